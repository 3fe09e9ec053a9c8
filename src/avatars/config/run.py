"""A run: its tables, their links, and what is set for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from avatars.config.checks import check_columns, check_parameters
from avatars.config.places import BLOCKS
from avatars.config.schema import LinkConfig, ReportConfig, TableConfig
from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.models import (
    AdviceType,
    Cardinality,
    DataFormat,
    Link,
    LinkMethod,
    Relations,
    TableParameters,
)

__all__ = ["Config"]

_PIA = {
    "datarecipient": "unknown",
    "data_type": "unknown",
    "datasubject": "unknown",
    "sensitivity_level": "Undefined",
}


class Config(BaseModel):
    """A run: its tables, their links, and what is set for each.

    It never changes: each method returns another one, checked as a whole, or raises and leaves
    everything as it was.

    Examples
    --------
    >>> from avatars.config import ColumnConfig, Config, TableConfig
    >>> config = Config(display_name="demo").with_table(
    ...     TableConfig(name="patients", file="patients.csv", columns=(ColumnConfig(field="age"),))
    ... )
    >>> config = config.with_parameters("patients", k=20)
    >>> config.standard["patients"].k
    20
    >>> Config.from_yaml(config.to_yaml()) == config
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    display_name: str
    seed: int | None = Field(None, repr=False)
    tables: dict[str, TableConfig] = {}
    standard: dict[str, TableParameters] = Field({}, description="By table, of the avatarization.")
    privacy_metrics: dict[str, TableParameters] = Field({}, description="By table.")
    signal_metrics: dict[str, TableParameters] = Field({}, description="By table.")
    advice: tuple[AdviceType, ...] = ()
    reports: tuple[ReportConfig, ...] = ()
    pia: dict[str, str] = _PIA
    annotations: dict[str, str] = {}
    output_format: DataFormat | None = None
    max_distribution_plots: int | None = None
    compute_figures: bool | None = None

    # ---- tables and links

    def with_table(self, table: TableConfig) -> Config:
        """Return the run with one more table.

        Parameters
        ----------
        table : TableConfig
            The table; its links come with ``with_link``.

        Returns
        -------
        Config
            The new run.

        Raises
        ------
        InvalidTableError
            If there is such a table already, or its columns contradict each other.
        """
        if table.name in self.tables:
            raise InvalidTableError(
                f"table {shown(table.name)} is there already: delete_table it first."
            )
        check_columns(table)
        return self._with(tables={**self.tables, table.name: table})

    def without_table(self, name: str) -> Config:
        """Return the run without a table, its links and parameters.

        Parameters
        ----------
        name : str
            The table.

        Returns
        -------
        Config
            The new run.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        """
        self.table(name)
        tables = {
            other.name: other.model_copy(
                update={"links": tuple(link for link in other.links if link.to_table != name)}
            )
            for other in self.tables.values()
            if other.name != name
        }
        return self.without_parameters(name)._with(tables=tables)

    def table(self, name: str) -> TableConfig:
        """Return a table by its name.

        Parameters
        ----------
        name : str
            The name.

        Returns
        -------
        TableConfig
            The table.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        """
        if name not in self.tables:
            known = ", ".join(shown(other) for other in self.tables) or "none"
            raise InvalidTableError(
                f"there is no table {shown(name)}: add_table it first (there are: {known})."
            )
        return self.tables[name]

    def with_link(
        self,
        parent_table: str,
        parent_field: str,
        child_table: str,
        child_field: str,
        method: LinkMethod = LinkMethod.LINEAR_SUM_ASSIGNMENT,
        cardinality: Cardinality = Cardinality.SMOOTHED,
    ) -> Config:
        """Return the run with a link from a parent to its children.

        Parameters
        ----------
        parent_table, parent_field : str
            The parent and its primary key.
        child_table, child_field : str
            The child and its column that names parents.
        method : LinkMethod, default=LinkMethod.LINEAR_SUM_ASSIGNMENT
            How children are given to parents.
        cardinality : Cardinality, default=Cardinality.SMOOTHED
            How many children parents have.

        Returns
        -------
        Config
            The new run.

        Raises
        ------
        InvalidTableError
            If a table is not there, a field is no such key, the link is there already, or tables
            would be their own ancestors.
        """
        parent, child = self.table(parent_table), self.table(child_table)
        named = f"{shown(parent_table)} to {shown(child_table)}"
        if parent.primary_key != parent_field:
            raise InvalidTableError(
                f"link {named}: {shown(parent_field)} is not the primary key of the parent. "
                "Declare it with add_table(primary_key=...)."
            )
        if child_field not in child.identifiers:
            raise InvalidTableError(
                f"link {named}: {shown(child_field)} is no foreign key of the child. Declare it "
                "with add_table(foreign_keys=[...])."
            )
        if any(link.to_table == child_table for link in parent.links):
            raise InvalidTableError(f"link {named} is there already: delete_link it first.")
        taken = [
            (other.name, link)
            for other in self.tables.values()
            for link in other.links
            if (link.to_table, link.to_field) == (child_table, child_field)
        ]
        if taken:
            raise InvalidTableError(
                f"link {named}: column {shown(child_field)} already names rows of "
                f"{shown(taken[0][0])}."
            )
        if parent_table in self._descendants(child_table):
            raise InvalidTableError(
                f"link {named} would make a table its own ancestor: links must not form a circle."
            )
        if parent.time_series_time is not None:
            raise InvalidTableError(
                f"link {named}: table {shown(parent_table)} holds series and can't be a parent."
            )
        if child.reference:
            raise InvalidTableError(
                f"link {named}: {shown(child_table)} is a reference table, which goes out as it "
                "is, and so can't belong to anybody."
            )
        is_series = child.time_series_time is not None
        if method is LinkMethod.TIME_SERIES and not is_series:
            raise InvalidTableError(
                f"link {named}: method 'time_series' is for tables of series, and "
                f"{shown(child_table)} has no time column. Declare it with "
                "add_table(time_series_time=...), or choose another method."
            )
        if is_series and self.relations().parents_of(child_table):
            raise InvalidTableError(
                f"link {named}: table {shown(child_table)} holds series and has a parent already: "
                "a series belongs to one table."
            )
        link = LinkConfig(
            field=parent_field,
            to_table=child_table,
            to_field=child_field,
            method=method,
            cardinality=cardinality,
        )
        linked = parent.model_copy(update={"links": (*parent.links, link)})
        return self._with(tables={**self.tables, parent_table: linked})

    def without_link(self, parent_table: str, child_table: str) -> Config:
        """Return the run without a link.

        Parameters
        ----------
        parent_table, child_table : str
            What it links.

        Returns
        -------
        Config
            The new run.

        Raises
        ------
        InvalidTableError
            If there is no such link.
        """
        parent = self.table(parent_table)
        self.table(child_table)
        left = tuple(link for link in parent.links if link.to_table != child_table)
        if left == parent.links:
            raise InvalidTableError(
                f"there is no link from {shown(parent_table)} to {shown(child_table)}."
            )
        cut = parent.model_copy(update={"links": left})
        return self._with(tables={**self.tables, parent_table: cut})

    def relations(self) -> Relations:
        """Return how the tables hang together.

        Returns
        -------
        Relations
            Tables, keys and links.
        """
        links = tuple(
            Link(
                parent=table.name,
                parent_field=link.field,
                child=link.to_table,
                child_field=link.to_field,
                method=link.method,
                cardinality=link.cardinality,
            )
            for table in self.tables.values()
            for link in table.links
        )
        tables = self.tables.values()
        children = {link.child for link in links}
        return Relations(
            tables=tuple(self.tables),
            primary_keys={t.name: t.primary_key for t in tables if t.primary_key},
            links=links,
            time_columns={t.name: t.time_series_time for t in tables if t.time_series_time},
            individual_level=frozenset(
                t.name
                for t in tables
                if not t.reference
                and (t.individual_level or (t.individual_level is None and t.name not in children))
            ),
            lookups=frozenset(t.name for t in tables if t.reference and t.links),
        )

    def needs_k(self, table: str) -> bool:
        """Tell whether a table can't be avatarized without ``k``.

        Parameters
        ----------
        table : str
            The table.

        Returns
        -------
        bool
            False for a table of things, which is released as it is, and for one of series, which
            are avatarized with the individuals that they belong to.
        """
        relations = self.relations()
        return table not in relations.lookups and table not in relations.time_columns

    def _descendants(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += [link.to_table for link in self.tables[current].links]
        return found

    # ---- parameters

    def with_parameters(self, table: str, **values: Any) -> Config:
        """Return the run with parameters of a table, in place of those it had.

        Parameters
        ----------
        table : str
            The table.
        **values
            Fields of :class:`avatars.models.TableParameters`.

        Returns
        -------
        Config
            The new run.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        InvalidParameterError
            Naming the parameter that can't be used.
        """
        parameters = TableParameters.checked(**values)
        check_parameters(self.table(table), parameters)
        cleared = self.without_parameters(table)
        return cleared._with(
            **{
                of: {**getattr(cleared, of), table: kept}
                for of in BLOCKS
                if (kept := _of_document(parameters, of)) is not None
            }
        )

    def without_parameters(self, table: str, names: list[str] | None = None) -> Config:
        """Return the run without parameters of a table.

        Parameters
        ----------
        table : str
            The table.
        names : list of str, optional
            Which ones; all of them unless given.

        Returns
        -------
        Config
            The new run.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        InvalidParameterError
            If one of the names is not set.
        """
        self.table(table)
        if names is None:
            return self._with(
                **{
                    of: {name: p for name, p in getattr(self, of).items() if name != table}
                    for of in BLOCKS
                }
            )
        current = self.set_parameters_of(table)
        for name in names:
            if name not in current:
                raise InvalidParameterError(name, f"is not set for table {shown(table)}.")
        left = {name: value for name, value in current.items() if name not in names}
        if not left:
            return self.without_parameters(table)
        return self.with_parameters(table, **left)

    def set_parameters_of(self, table: str) -> dict[str, Any]:
        """Return what is set for a table, wherever a document holds it.

        Parameters
        ----------
        table : str
            The table.

        Returns
        -------
        dict
            Fields of :class:`avatars.models.TableParameters` that are not left to their default.
        """
        self.table(table)
        found: dict[str, Any] = {}
        for of in reversed(BLOCKS):
            parameters: Mapping[str, TableParameters] = getattr(self, of)
            if table in parameters:
                found |= parameters[table].model_dump(exclude_defaults=True)
        return found

    # ---- documents

    def to_yaml(self) -> str:
        """Return the documents of the run.

        Returns
        -------
        str
            YAML that the public package for such documents reads as well.
        """
        from avatars.config.writing import written

        return written(self)

    @classmethod
    def from_yaml(cls, text: str) -> Config:
        """Read the documents of a run.

        Parameters
        ----------
        text : str
            YAML of up to a megabyte, as ``to_yaml`` or the public package writes it.

        Returns
        -------
        Config
            The run.

        Raises
        ------
        InvalidConfigError
            Naming the document and the field that can't be used, never a value.
        """
        from avatars.config.reading import read

        return read(text)

    def _with(self, **changes: Any) -> Config:
        return self.model_copy(update=changes)


def _of_document(parameters: TableParameters, of: str) -> TableParameters | None:
    """Return the parameters that a document holds, None where it would hold none."""
    names = {name for places in BLOCKS[of].values() for name in places}
    said = parameters.model_dump(exclude_defaults=True)
    kept = {name: value for name, value in said.items() if name in names}
    return TableParameters.checked(**kept) if kept else None
