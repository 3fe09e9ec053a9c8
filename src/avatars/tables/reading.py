"""Reading a table: every column typed, checked and encoded, once."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import (
    IdentifierWarning,
    InvalidColumnError,
    InvalidParameterError,
    shown,
)
from avatars.tables.codecs import learn_codec
from avatars.tables.declared import as_declared, check_types
from avatars.tables.identifiers import (
    forbid_names,
    holds_integers,
    learn_identifiers,
    numbers_the_rows,
)
from avatars.tables.levels import learn_levels
from avatars.tables.schema import Column, Schema
from avatars.tables.sources import to_frame
from avatars.tables.storage import Cells, Storage
from avatars.tables.table import Table

__all__ = ["assembled", "read_table", "unpacked"]

_Encoded = NDArray[Any] | None


def read_table(
    source: Any,
    *,
    name: str = "table",
    types: Mapping[Any, Any] | None = None,
    primary_key: Hashable | None = None,
    identifiers: Sequence[Hashable] = (),
) -> Table:
    """Read a table of people, one row each.

    Columns that tell people apart never pass: integers that number the rows become identifiers
    with a warning, columns in which nearly everybody has a category of their own are refused.

    Parameters
    ----------
    source : object
        A frame of pandas or polars, an Arrow table, a NumPy array, or the path of a CSV or Parquet
        file. It isn't changed.
    name : str, default="table"
        What messages call it.
    types : mapping of label to ColumnType or str, optional
        What columns mean, where their dtype doesn't say. Strings declared ``"int"``, ``"float"``
        or ``"datetime"`` are parsed and come back in a numeric or datetime dtype; everything else
        comes back in its own.
    primary_key : hashable, optional
        The label of the column that names the rows: fresh values are issued for it.
    identifiers : sequence of hashable, optional
        The labels of further columns to issue anew.

    Returns
    -------
    Table
        The encoded cells and their schema.

    Raises
    ------
    InvalidTableError
        If the table is empty, or has repeated labels.
    InvalidColumnError
        If a column can't be used as it is; names it and what to do.
    InvalidParameterError
        If a parameter names a column that isn't there.
    UnsupportedTypeError
        If the source is no table, or a column holds what can be neither averaged nor drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables import read_table
    >>> people = pd.DataFrame({"id": ["x7", "y8"], "age": [41, 50], "sex": ["f", "m"]})
    >>> read_table(people, primary_key="id")
    Table(2 rows, 3 columns: 'id' identifier, 'age' numeric, 'sex' category)
    """
    frame = to_frame(source, name=name)
    labels: list[Hashable] = list(frame.columns)
    declared = check_types(types, labels)
    for label in _checked_keys(primary_key, identifiers, labels):
        declared[label] = "identifier"
    if primary_key is not None:
        _check_primary_key(frame.iloc[:, labels.index(primary_key)])
    columns: list[Column] = []
    numeric: list[NDArray[Any]] = []
    codes: list[NDArray[Any]] = []
    for place, label in enumerate(labels):
        column, encoded = _learn_column(frame.iloc[:, place], declared.get(label))
        if encoded is not None:
            store = numeric if column.kind == "numeric" else codes
            column = replace(column, slot=len(store))
            store.append(encoded)
        columns.append(column)
    schema = Schema(tuple(columns), frame.columns.copy(deep=True))
    return assembled(schema, numeric, codes, len(frame))


def _checked_keys(
    primary_key: Hashable | None, identifiers: Sequence[Hashable], labels: list[Hashable]
) -> list[Hashable]:
    if primary_key is not None and primary_key not in labels:
        raise InvalidParameterError(
            "primary_key", f"names column {shown(primary_key)}, which the table doesn't have."
        )
    if isinstance(identifiers, str):
        raise InvalidParameterError("identifiers", "must be a sequence of labels, got one str.")
    for label in identifiers:
        if label not in labels:
            raise InvalidParameterError(
                "identifiers", f"names column {shown(label)}, which the table doesn't have."
            )
    return [*identifiers, *([] if primary_key is None else [primary_key])]


def _check_primary_key(series: pd.Series[Any]) -> None:
    as_declared(series, "identifier")
    missing = int(series.isna().sum())
    repeated = int(series.dropna().duplicated().sum())
    if missing or repeated:
        raise InvalidColumnError(
            series.name,
            f"is the primary key, but {missing} of its cells are missing and {repeated} repeat an "
            "earlier one: choose a column that names every row once, or declare it as an "
            "identifier only.",
        )


def _learn_column(series: pd.Series[Any], declared: str | None) -> tuple[Column, _Encoded]:
    label = series.name
    series, storage = as_declared(series, declared)
    if declared == "identifier":
        codec = learn_identifiers(series, storage)
        return Column(label, "identifier", -1, 0, False, codec, declared), None
    if storage is None:
        levels, codes = learn_levels(series)
        if declared == "bool":
            _check_two_levels(label, codes)
        forbid_names(label, codes)
        column = Column(
            label, "category", -1, len(levels.levels), levels.is_ordered, levels, declared
        )
        return column, codes
    values, missing = unpacked(series, storage, declared)
    if declared is None and holds_integers(storage) and numbers_the_rows(values, missing):
        warnings.warn(
            IdentifierWarning(
                f"column {shown(label)} numbers the {len(values)} rows: fresh numbers are issued "
                "for it. Declare it with types={...: 'int'} if it is a measurement."
            ),
            stacklevel=3,
        )
        codec = learn_identifiers(series, storage)
        return Column(label, "identifier", -1, 0, False, codec, "identifier"), None
    numbers = learn_codec(storage, values, missing, label)
    column = Column(label, "numeric", -1, 0, False, numbers, declared)
    return column, numbers.encode(storage, values, missing)


def _check_two_levels(label: Hashable, codes: NDArray[np.int32]) -> None:
    distinct = len(np.unique(codes[codes >= 0]))
    if distinct > 2:
        raise InvalidColumnError(
            label, f"is declared 'bool' but holds {distinct} distinct values: declare 'category'."
        )


def unpacked(series: pd.Series[Any], storage: Storage, declared: str | None) -> Cells:
    """Return the cells of a numeric column, whole where the caller declared them so.

    Parameters
    ----------
    series : Series
        The column.
    storage : Storage
        What unpacks it.
    declared : str or None
        The type that the caller declared.

    Returns
    -------
    values : ndarray
        The cells; anything where they are missing.
    missing : ndarray of bool
        Which are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.reading import unpacked
    >>> from avatars.tables.storage import number_storage
    >>> column = pd.Series([2.4])
    >>> unpacked(column, number_storage(column.dtype), "int")[0].tolist()
    [2.0]
    """
    values, missing = storage.unpack(series)
    if declared == "int" and values.dtype.kind == "f":
        values = np.rint(values)
    return values, missing


def assembled(
    schema: Schema, numeric: Sequence[NDArray[Any]], codes: Sequence[NDArray[Any]], n_rows: int
) -> Table:
    """Return encoded columns as a table.

    Parameters
    ----------
    schema : Schema
        What the columns are.
    numeric, codes : sequence of ndarray
        Columns by slot.
    n_rows : int
        How many rows they have.

    Returns
    -------
    Table
        With arrays in Fortran order.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.tables import read_table
    >>> from avatars.tables.reading import assembled
    >>> schema = read_table(pd.DataFrame({"age": [41, 50]})).schema
    >>> assembled(schema, [np.array([3.0])], [], 1)
    Table(1 rows, 1 columns: 'age' numeric)
    """
    return Table(
        schema,
        _side_by_side(numeric, np.float64, n_rows),
        _side_by_side(codes, np.int32, n_rows),
        n_rows,
    )


def _side_by_side(columns: Sequence[NDArray[Any]], dtype: Any, n_rows: int) -> NDArray[Any]:
    array = np.empty((n_rows, len(columns)), dtype=dtype, order="F")
    for slot, column in enumerate(columns):
        array[:, slot] = column
    return array
