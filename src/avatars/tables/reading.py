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
    InvalidTableError,
    shown,
)
from avatars.tables.codecs import FloatCodec, WholeCodec, learn_codec
from avatars.tables.declared import as_declared, check_types
from avatars.tables.identifiers import (
    forbid_names,
    holds_integers,
    learn_identifiers,
    numbers_the_rows,
)
from avatars.tables.levels import LevelCodec, learn_levels
from avatars.tables.schema import Column, Schema
from avatars.tables.sources import to_frame
from avatars.tables.storage import Cells, Storage
from avatars.tables.table import Table

__all__ = ["conform", "read_table"]

_Encoded = NDArray[Any] | None
_FAR = 1e140


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
    return _table(schema, numeric, codes, len(frame))


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
    values, missing = _unpacked(series, storage, declared)
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


def _unpacked(series: pd.Series[Any], storage: Storage, declared: str | None) -> Cells:
    values, missing = storage.unpack(series)
    if declared == "int" and values.dtype.kind == "f":
        values = np.rint(values)
    return values, missing


def _table(
    schema: Schema, numeric: list[NDArray[Any]], codes: list[NDArray[Any]], n_rows: int
) -> Table:
    return Table(
        schema,
        _side_by_side(numeric, np.float64, n_rows),
        _side_by_side(codes, np.int32, n_rows),
        n_rows,
    )


def _side_by_side(columns: list[NDArray[Any]], dtype: Any, n_rows: int) -> NDArray[Any]:
    array = np.empty((n_rows, len(columns)), dtype=dtype, order="F")
    for slot, column in enumerate(columns):
        array[:, slot] = column
    return array


def conform(source: Any, schema: Schema, *, name: str = "table") -> Table:
    """Read another table with the schema of a first one, so that their arrays can be compared.

    Parameters
    ----------
    source : object
        What ``read_table`` takes, with the labels of the schema in its order.
    schema : Schema
        The schema of the first table.
    name : str, default="table"
        What messages call the source.

    Returns
    -------
    Table
        The same schema, the cells of the source; levels that the first table doesn't have are -1.

    Raises
    ------
    InvalidTableError
        If labels are missing, unknown or in another order.
    InvalidColumnError
        If a column holds another kind of values.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables import conform, read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]}))
    >>> other = conform(pd.DataFrame({"age": [40.5], "sex": ["x"]}), table.schema)
    >>> other.numeric.tolist(), other.codes.tolist()
    ([[-0.5]], [[-1]])
    """
    frame = to_frame(source, name=name)
    _check_labels(list(frame.columns), schema.labels, name)
    numeric: list[NDArray[Any]] = []
    codes: list[NDArray[Any]] = []
    for place, column in enumerate(schema.columns):
        codec = column.codec
        series = frame.iloc[:, place]
        if isinstance(codec, LevelCodec):
            as_declared(series, column.declared or "category")
            codes.append(codec.encode(series))
        elif isinstance(codec, WholeCodec | FloatCodec):
            numeric.append(_conformed(series, column, codec))
    return _table(schema, numeric, codes, len(frame))


def _check_labels(found: list[Hashable], wanted: list[Hashable], name: str) -> None:
    if len(found) == len(wanted) and all(map(_same, found, wanted)):
        return
    lacking = [label for label in wanted if not any(_same(label, other) for other in found)]
    unknown = [label for label in found if not any(_same(label, other) for other in wanted)]
    if not lacking and not unknown:
        raise InvalidTableError(
            f"table {shown(name)} has the columns of the first table in another order: bring them "
            "into the same with frame[first.columns]."
        )
    problems = [
        f"{verb} {', '.join(shown(label) for label in labels[:5])}"
        + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
        for verb, labels in (("lacks", lacking), ("adds", unknown))
        if labels
    ]
    raise InvalidTableError(
        f"table {shown(name)} {' and '.join(problems)}: pass the columns of the first table."
    )


def _same(label: Hashable, other: Hashable) -> bool:
    """Compare labels, NaN being the same as NaN."""
    return label is other or label == other or (label != label and other != other)


def _conformed(
    series: pd.Series[Any], column: Column, codec: WholeCodec | FloatCodec
) -> NDArray[np.float64]:
    # Nothing is known of a column without cells, so its dtype can't contradict the first table's.
    if series.isna().all():
        return np.full(len(series), np.nan)
    series, storage = as_declared(series, column.declared)
    if storage is None or storage.family != codec.storage.family:
        found = "categories" if storage is None else storage.family
        raise InvalidColumnError(
            series.name,
            f"holds {found} where the table it is compared with holds {codec.storage.family}: "
            "cast one to the dtype of the other.",
        )
    # Clocks are read in the zone of the first table.
    storage = replace(storage, zone=codec.storage.zone)
    values, missing = _unpacked(series, storage, column.declared)
    infinite = 0 if values.dtype.kind != "f" else int(np.isinf(values).sum())
    if infinite:
        raise InvalidColumnError(
            series.name,
            f"holds {infinite} infinite values (inf): replace them by missing (NaN) or finite "
            "numbers.",
        )
    # A number far outside the first table's range would overflow when it is squared.
    with np.errstate(over="ignore"):
        encoded = codec.encode(storage, values, missing)
    return np.clip(encoded, -_FAR, _FAR)
