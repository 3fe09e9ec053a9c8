"""The tables of a run and their links."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from avatars.backends import Sources
from avatars.config import ColumnConfig, Config, TableConfig
from avatars.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    UnsupportedTypeError,
    shown,
)
from avatars.models import Cardinality, ColumnType, LinkMethod
from avatars.tables import read_path

__all__ = ["RunTables"]


class RunTables:
    """The tables of a run and their links.

    Each method either does all of it, or raises and changes nothing.

    Examples
    --------
    >>> from avatars.config import Config
    >>> from avatars.datasets import make_patients
    >>> from avatars.runner.tables import RunTables
    >>> run = RunTables(Config(display_name="demo"))
    >>> run.add_table("patients", make_patients(100, random_state=0))
    >>> list(run.config.tables)
    ['patients']
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._people: dict[str, pd.DataFrame] = {}
        self._avatars: dict[str, pd.DataFrame] = {}
        self._holdout: dict[str, pd.DataFrame] = {}
        self._aligned: set[str] = set()
        self._data: dict[str, Any] = {}
        """Paths that tables were read from, for whoever has to know how their dtypes came about."""
        self._sources_changed = True

    # ---- tables

    def add_table(
        self,
        table_name: str,
        data: str | pd.DataFrame,
        primary_key: str | None = None,
        foreign_keys: list[str] | None = None,
        time_series_time: str | None = None,
        types: dict[str, ColumnType] = {},  # noqa: B006  the documented default, never written to
        individual_level: bool | None = None,
        avatar_data: str | pd.DataFrame | None = None,
        *,
        columns_to_drop: Sequence[str] | None = None,
        holdout_data: str | pd.DataFrame | None = None,
        avatar_data_is_aligned: bool = False,
        reference: bool = False,
    ) -> None:
        """Add a table.

        Parameters
        ----------
        table_name : str
            What to call it.
        data : DataFrame or path
            The people, one per row; of a CSV or Parquet file. It is copied.
        primary_key : str, optional
            The column that names the rows; it comes out with fresh values.
        foreign_keys : list of str, optional
            Columns that name rows of other tables.
        time_series_time : str, optional
            The column that orders a series.
        types : dict of {str: ColumnType}, optional
            What columns mean where their dtype doesn't say.
        individual_level : bool, optional
            Whether each row is one person.
        avatar_data : DataFrame or path, optional
            Avatars that were made elsewhere, to be measured.
        columns_to_drop : sequence of str, optional
            Columns that are left out.
        holdout_data : DataFrame or path, optional
            People of the same population who are not in the table: the control of attacks.
        avatar_data_is_aligned : bool, default=False
            Whether row i of ``avatar_data`` was drawn around person i: figures that compare people
            with their own avatars are then given as well. Of a shuffled table they would mean
            nothing, and look excellent.
        reference : bool, default=False
            Whether the table describes things and nobody, such as wards or drugs: linked tables may
            name its rows, and **it is released as it is**, with fresh keys.

        Raises
        ------
        InvalidTableError
            If there is such a table, or a column that is named isn't there.
        UnsupportedTypeError
            A TypeError, if it is no table.
        FileNotFoundError
            If there is no such file.
        """
        if not isinstance(table_name, str) or not table_name:
            raise InvalidParameterError("table_name", "must be a word.")
        frames = {
            "data": _frame(data, table_name),
            "avatar_data": None if avatar_data is None else _frame(avatar_data, table_name),
            "holdout_data": None if holdout_data is None else _frame(holdout_data, table_name),
        }
        people = frames["data"]
        assert people is not None
        foreign = list(foreign_keys or [])
        named = {
            "primary_key": [] if primary_key is None else [primary_key],
            "foreign_keys": foreign,
            "time_series_time": [] if time_series_time is None else [time_series_time],
            "types": list(types),
            "columns_to_drop": list(columns_to_drop or []),
        }
        for parameter, labels in named.items():
            for label in labels:
                if label not in people.columns:
                    raise InvalidTableError(
                        f"parameter {shown(parameter)} names column {shown(label)}, which table "
                        f"{shown(table_name)} doesn't have."
                    )
        columns = tuple(
            ColumnConfig(
                field=label,
                type=_type(types, label),
                primary_key=label == primary_key,
                identifier=label in foreign,
                time_series_time=label == time_series_time,
                drop=label in named["columns_to_drop"],
            )
            for label in people.columns
        )
        table = TableConfig(
            name=table_name,
            columns=columns,
            individual_level=individual_level,
            reference=reference,
            file=_file(data, f"{table_name}.parquet"),
            avatars_file=(
                None if avatar_data is None else _file(avatar_data, f"{table_name}_avatars.parquet")
            ),
        )
        avatars = frames["avatar_data"]
        if avatar_data_is_aligned and (avatars is None or len(avatars) != len(people)):
            raise InvalidParameterError(
                "avatar_data_is_aligned", "needs avatar_data of as many rows as there are people."
            )
        self.config = self.config.with_table(table)
        self._keep(table_name, **frames)
        self._read_from(table_name, data)
        if avatar_data_is_aligned:
            self._aligned.add(table_name)

    def upload_file(
        self,
        table_name: str,
        data: str | pd.DataFrame,
        avatar_data: str | pd.DataFrame | None = None,
        *,
        holdout_data: str | pd.DataFrame | None = None,
    ) -> tuple[str, str | None]:
        """Give a table that a document describes its people.

        Parameters
        ----------
        table_name : str
            The table.
        data : DataFrame or path
            The people.
        avatar_data : DataFrame or path, optional
            Avatars that were made elsewhere.
        holdout_data : DataFrame or path, optional
            People of the same population who are not in the table: the control of attacks.

        Returns
        -------
        file, avatars_file : str
            What the documents call them; None where there are no such avatars.

        Raises
        ------
        InvalidTableError
            If there is no such table, or the data lack a column that it describes.
        """
        table = self.config.table(table_name)
        people = _frame(data, table_name)
        avatars = None if avatar_data is None else _frame(avatar_data, table_name)
        holdout = None if holdout_data is None else _frame(holdout_data, table_name)
        lacking = [c.field for c in table.columns if c.field not in people.columns]
        if lacking:
            raise InvalidTableError(
                f"table {shown(table_name)} is described with column {shown(lacking[0])}, which "
                "the data don't have."
            )
        described = {c.field: c for c in table.columns}
        table = table.model_copy(
            update={
                "columns": tuple(
                    described.get(label, ColumnConfig(field=label)) for label in people.columns
                ),
                "file": _file(data, table.file or f"{table_name}.parquet"),
                "avatars_file": (
                    table.avatars_file
                    if avatar_data is None
                    else _file(avatar_data, f"{table_name}_avatars.parquet")
                ),
            }
        )
        tables = {**self.config.tables, table_name: table}
        self.config = self.config.model_copy(update={"tables": tables})
        self._keep(table_name, data=people, avatar_data=avatars, holdout_data=holdout)
        self._read_from(table_name, data)
        assert table.file is not None
        return table.file, table.avatars_file

    def delete_table(self, table_name: str) -> None:
        """Take a table away, with its links and parameters.

        Parameters
        ----------
        table_name : str
            The table.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        """
        self.config = self.config.without_table(table_name)
        for kept in (self._people, self._avatars, self._holdout):
            kept.pop(table_name, None)
        self._aligned.discard(table_name)
        self._data.pop(table_name, None)
        self._sources_changed = True

    def add_link(
        self,
        parent_table_name: str,
        parent_field: str,
        child_table_name: str,
        child_field: str,
        method: LinkMethod = LinkMethod.LINEAR_SUM_ASSIGNMENT,
        *,
        cardinality: Cardinality | str = Cardinality.SMOOTHED,
    ) -> None:
        """Link a table of children to their parents.

        Parameters
        ----------
        parent_table_name, parent_field : str
            The parents and their primary key.
        child_table_name, child_field : str
            The children and the foreign key that names parents.
        method : LinkMethod, default=LinkMethod.LINEAR_SUM_ASSIGNMENT
            How avatars of children are given to avatars of parents.
        cardinality : Cardinality, default=Cardinality.SMOOTHED
            Whether numbers of children that too few parents have are merged.

        Raises
        ------
        InvalidTableError
            If a table or key isn't there, or the link would form a circle.
        InvalidParameterError
            If the method is none of LinkMethod.
        """
        try:
            method = LinkMethod(method)
        except ValueError:
            raise InvalidParameterError("method", "must be a member of LinkMethod.") from None
        try:
            cardinality = Cardinality(cardinality)
        except ValueError:
            raise InvalidParameterError("cardinality", "must be 'smoothed' or 'exact'.") from None
        self.config = self.config.with_link(
            parent_table_name, parent_field, child_table_name, child_field, method, cardinality
        )

    def delete_link(self, parent_table_name: str, child_table_name: str) -> None:
        """Take a link away.

        Parameters
        ----------
        parent_table_name, child_table_name : str
            What it links.

        Raises
        ------
        InvalidTableError
            If there is no such link.
        """
        self.config = self.config.without_link(parent_table_name, child_table_name)

    def _keep(
        self,
        name: str,
        data: pd.DataFrame | None = None,
        avatar_data: pd.DataFrame | None = None,
        holdout_data: pd.DataFrame | None = None,
    ) -> None:
        for kept, frame in (
            (self._people, data),
            (self._avatars, avatar_data),
            (self._holdout, holdout_data),
        ):
            if frame is not None:
                kept[name] = frame
        # That was said of other rows.
        self._aligned.discard(name)
        self._sources_changed = True

    def _read_from(self, name: str, data: Any) -> None:
        self._data.pop(name, None)
        if isinstance(data, (str, os.PathLike)):
            self._data[name] = data

    @property
    def _sources(self) -> Sources:
        return Sources(
            dict(self._people), dict(self._avatars), dict(self._holdout), frozenset(self._aligned)
        )


def _frame(data: Any, table_name: str) -> pd.DataFrame:
    if isinstance(data, (str, os.PathLike)):
        frame = read_path(data)
    elif isinstance(data, pd.DataFrame):
        frame = data.copy()
        frame.attrs = {}
    else:
        raise UnsupportedTypeError(
            f"table {shown(table_name)}: data must be a DataFrame or the path of a file, got "
            f"{type(data).__name__}."
        )
    others = [label for label in frame.columns if not isinstance(label, str)]
    if others:
        raise InvalidTableError(
            f"table {shown(table_name)} has {len(others)} column labels that are no strings, such "
            f"as {shown(others[0])}: rename them, documents can't hold them."
        )
    return frame.reset_index(drop=True)


def _file(data: Any, otherwise: str) -> str:
    return otherwise if isinstance(data, pd.DataFrame) else Path(data).name


def _type(types: Mapping[str, Any], label: str) -> ColumnType | None:
    if label not in types:
        return None
    try:
        return ColumnType(types[label])
    except ValueError:
        raise InvalidParameterError(
            "types", f"has no such type for column {shown(label)}: use a member of ColumnType."
        ) from None
