"""How tables hang together: which rows name rows of which other table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from avatars.exceptions import InvalidTableError, shown
from avatars.models.enums import Cardinality, LinkMethod

__all__ = ["Link", "Relations"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Link(_Frozen):
    """A link from a parent, whose key is ``parent_field``, to the children that name it.

    Examples
    --------
    >>> from avatars.models import Link
    >>> Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    Link('patient'.'id' <- 'visit'.'patient_id')
    """

    parent: str
    parent_field: str
    child: str
    child_field: str
    method: LinkMethod = LinkMethod.LINEAR_SUM_ASSIGNMENT
    cardinality: Cardinality = Cardinality.SMOOTHED

    def __repr__(self) -> str:
        return (
            f"Link({shown(self.parent)}.{shown(self.parent_field)} <- "
            f"{shown(self.child)}.{shown(self.child_field)})"
        )


class Relations(_Frozen):
    """Tables, their keys, and the links between them, without a circle.

    Examples
    --------
    >>> from avatars.models import Link, Relations
    >>> relations = Relations(
    ...     tables=("visit", "patient"),
    ...     primary_keys={"patient": "id"},
    ...     links=(Link(parent="patient", parent_field="id", child="visit", child_field="p"),),
    ... )
    >>> relations.order, sorted(relations.individual_level)
    (['patient', 'visit'], ['patient'])
    """

    tables: tuple[str, ...]
    primary_keys: dict[str, str] = Field({}, description="By table, what names its rows.")
    links: tuple[Link, ...] = ()
    time_columns: dict[str, str] = Field({}, description="By table of series, what orders them.")
    individual_level: frozenset[str] = Field(
        frozenset(), description="Tables with one row per person; those without parents by default."
    )
    lookups: frozenset[str] = Field(
        frozenset(), description="Tables that describe things, and are released as they are."
    )

    @model_validator(mode="after")
    def _individuals_by_default(self) -> Self:
        if "individual_level" not in self.model_fields_set:
            found = {table for table in self.tables if not self.parents_of(table)}
            # Frozen: set once, here, so that nobody has to ask for the default again.
            object.__setattr__(self, "individual_level", frozenset(found - self.lookups))
        return self

    def parents_of(self, table: str) -> tuple[Link, ...]:
        """Return the links to the parents of a table.

        Parameters
        ----------
        table : str
            The table.

        Returns
        -------
        tuple of Link
            In the order in which they were declared.
        """
        return tuple(link for link in self.links if link.child == table)

    def children_of(self, table: str) -> tuple[Link, ...]:
        """Return the links to the children of a table.

        Parameters
        ----------
        table : str
            The table.

        Returns
        -------
        tuple of Link
            In the order in which they were declared.
        """
        return tuple(link for link in self.links if link.parent == table)

    def paths_up(self, table: str) -> Iterator[tuple[Link, ...]]:
        """Give every way from a table up to one of its ancestors.

        Parameters
        ----------
        table : str
            The table.

        Yields
        ------
        tuple of Link
            From the link at the table to the one at the ancestor, nearer ancestors first.
        """
        waiting: list[tuple[Link, ...]] = [(link,) for link in self.parents_of(table)]
        while waiting:
            path = waiting.pop(0)
            yield path
            waiting += [(*path, link) for link in self.parents_of(path[-1].parent)]

    @property
    def order(self) -> list[str]:
        """Give the tables, parents before children, else as they were declared.

        Returns
        -------
        list of str
            Every table once.

        Raises
        ------
        InvalidTableError
            If links form a circle.
        """
        left, done = list(self.tables), list[str]()
        while left:
            ready = [t for t in left if all(link.parent in done for link in self.parents_of(t))]
            if not ready:
                raise InvalidTableError(
                    f"the links of table {shown(left[0])} form a circle: no table may be its own "
                    "ancestor. Cut one of them."
                )
            done.append(ready[0])
            left.remove(ready[0])
        return done

    def components(self) -> list[tuple[str, ...]]:
        """Return the tables that hang together, group by group.

        Returns
        -------
        list of tuple of str
            Each table in one of them, in the order of ``tables``.
        """
        groups: list[set[str]] = [{table} for table in self.tables]
        for link in self.links:
            joined = {
                table for group in groups if group & {link.parent, link.child} for table in group
            }
            groups = [group for group in groups if not group & joined] + [joined]
        ordered = [tuple(t for t in self.tables if t in group) for group in groups]
        return sorted(ordered, key=lambda group: self.tables.index(group[0]))
