"""Reading other tables with the schema of a first one, so that their arrays can be compared.

``conform`` reads one table for an estimator that has been fitted: it knows no level that the fit
didn't. ``conform_together`` reads tables of whatever origin for the metrics.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidColumnError, InvalidTableError, UnsupportedTypeError, shown
from avatars.tables.codecs import FloatCodec, WholeCodec
from avatars.tables.declared import as_declared
from avatars.tables.levels import LevelCodec
from avatars.tables.moments import DATETIMES, ZONED
from avatars.tables.reading import assembled, unpacked
from avatars.tables.schema import Column, Schema
from avatars.tables.sources import to_frame
from avatars.tables.table import Table

__all__ = ["conform", "conform_together"]

_FAR = 1e140
_Series = Any
"""A column of pandas, or None for an identifier, which is never compared."""


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
    places = _places(frame, schema, name)
    if places != list(range(frame.shape[1])):
        raise InvalidTableError(
            f"table {shown(name)} has the columns of the first table in another order: bring them "
            "into the same with frame[first.columns]."
        )
    cells = [_checked(frame.iloc[:, place], column) for place, column in enumerate(schema.columns)]
    return _encoded(cells, schema, len(frame))


def conform_together(first: Table, others: Mapping[str, Any]) -> tuple[Table, ...]:
    """Read tables of any origin with one schema: that of the first, and the levels they add.

    Columns may stand in any order, and identifiers, which are never compared, may be missing.
    Numbers kept as categories and dates written out (ISO 8601) are read as the first table has
    them. Nothing else is converted: another kind of values is refused by name.

    Parameters
    ----------
    first : Table
        The table whose schema counts.
    others : mapping of str to object
        By the name that messages call them: what ``read_table`` takes, or tables that were read
        together with the first before.

    Returns
    -------
    tuple of Table
        The first and the others. Levels of the first keep their codes, new ones follow, and -1
        is for missing cells only.

    Raises
    ------
    InvalidTableError
        If labels are missing or unknown, or a ``Table`` was read on its own.
    InvalidColumnError, UnsupportedTypeError
        If a column holds another kind of values; names the table and the column.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables import conform_together, read_table
    >>> people = read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]}))
    >>> release = pd.DataFrame({"sex": ["x", "f", None], "age": [40.5, 50.0, 41.0]})
    >>> people, avatars = conform_together(people, {"avatars": release})
    >>> avatars.numeric.ravel().tolist(), avatars.codes.ravel().tolist()
    ([-0.5, 9.0, 0.0], [2, 0, -1])
    >>> people.schema is avatars.schema, people.schema.columns[1].n_levels
    (True, 3)
    """
    if all(isinstance(other, Table) and other.schema is first.schema for other in others.values()):
        return first, *others.values()
    columns: dict[str, list[_Series]] = {}
    lengths: dict[str, int] = {}
    for name, other in others.items():
        with _naming(name):
            if isinstance(other, Table):
                columns[name], lengths[name] = _levels(other, first.schema, name), other.n_rows
            else:
                frame = to_frame(other, name=name)
                columns[name], lengths[name] = _columns(frame, first.schema, name), len(frame)
    schema = _extended(first.schema, columns)
    tables = [replace(first, schema=schema)]
    for name, other in others.items():
        with _naming(name):
            tables.append(
                _recoded(other, schema)
                if isinstance(other, Table)
                else _encoded(columns[name], schema, lengths[name])
            )
    return tuple(tables)


@contextmanager
def _naming(table: str) -> Iterator[None]:
    """Say in what a column is refused for which table it belongs to."""
    try:
        yield
    except InvalidColumnError as error:
        raise InvalidColumnError(error.column, f"of table {shown(table)} {error.problem}") from None
    except UnsupportedTypeError as error:
        raise UnsupportedTypeError(f"table {shown(table)}: {error}") from None


def _columns(frame: pd.DataFrame, schema: Schema, name: str) -> list[_Series]:
    """Return the columns of a frame in the order and the manner of the schema."""
    places = _places(frame, schema, name, without_identifiers=True)
    return [
        None
        if place is None or column.kind == "identifier"
        else _comparable(_checked(frame.iloc[:, place], column), column)
        for place, column in zip(places, schema.columns, strict=True)
    ]


def _levels(table: Table, schema: Schema, name: str) -> list[_Series]:
    """Return the levels of each category of a table whose schema is related."""
    is_related = len(table.schema.columns) == len(schema.columns) and all(
        _key(mine.label) == _key(theirs.label)
        and mine.kind == theirs.kind
        and (mine.kind != "numeric" or mine.codec is theirs.codec)
        for mine, theirs in zip(table.schema.columns, schema.columns, strict=True)
    )
    if not is_related:
        raise InvalidTableError(
            f"table {shown(name)} is a Table that was read on its own: read it together with the "
            "first one, or pass its frame."
        )
    return [
        pd.Series(list(column.codec.levels), dtype=object, name=column.label)
        if isinstance(column.codec, LevelCodec)
        else None
        for column in table.schema.columns
    ]


def _extended(schema: Schema, others: Mapping[str, Sequence[_Series]]) -> Schema:
    """Return the schema with the levels that only others hold, the very same if there are none."""
    columns = list(schema.columns)
    for place, column in enumerate(columns):
        codec = column.codec
        if not isinstance(codec, LevelCodec):
            continue
        fresh: list[Any] = []
        for name, cells in others.items():
            with _naming(name):
                fresh += codec.unseen(cells[place])
        if fresh:
            wider = codec.extended(fresh)
            columns[place] = replace(column, codec=wider, n_levels=len(wider.levels))
    if all(mine is theirs for mine, theirs in zip(columns, schema.columns, strict=True)):
        return schema
    return Schema(tuple(columns), schema.index)


def _recoded(table: Table, schema: Schema) -> Table:
    """Return a table in the codes of a related schema that has all of its levels."""
    codes = table.codes.copy(order="F")
    for mine, theirs in zip(table.schema.categories, schema.categories, strict=True):
        assert isinstance(mine.codec, LevelCodec) and isinstance(theirs.codec, LevelCodec)
        if mine.codec is not theirs.codec:
            levels = pd.Series(list(mine.codec.levels), dtype=object)
            codes[:, mine.slot] = np.append(theirs.codec.encode(levels), -1)[codes[:, mine.slot]]
    return Table(schema, table.numeric, codes, table.n_rows)


def _places(
    frame: pd.DataFrame, schema: Schema, name: str, *, without_identifiers: bool = False
) -> list[int | None]:
    """Find each column of the schema in a frame; None for identifiers that may be missing."""
    found = {_key(label): place for place, label in enumerate(frame.columns)}
    wanted = {_key(column.label): column for column in schema.columns}
    missing = [
        column.label
        for key, column in wanted.items()
        if key not in found and not (without_identifiers and column.kind == "identifier")
    ]
    unknown = [label for label in frame.columns if _key(label) not in wanted]
    problems = [
        f"{verb} {', '.join(shown(label) for label in labels[:5])}"
        + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
        for verb, labels in (("lacks", missing), ("adds", unknown))
        if labels
    ]
    if problems:
        raise InvalidTableError(
            f"table {shown(name)} {' and '.join(problems)}: pass the columns of the first table."
        )
    return [found.get(key) for key in wanted]


def _key(label: Hashable) -> Hashable:
    # Two NaN are one label.
    return "NaN" if isinstance(label, float) and label != label else (label,)


def _checked(series: _Series, column: Column) -> _Series:
    """Refuse cells that can't even be told apart where categories are."""
    if column.kind == "category":
        as_declared(series, column.declared or "category")
    return series


def _comparable(series: _Series, column: Column) -> _Series:
    """Take numbers out of categories and dates out of strings where the first table has them so."""
    codec = column.codec
    if not isinstance(codec, WholeCodec | FloatCodec):
        return series
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    if codec.storage.family in (DATETIMES, ZONED) and as_declared(series, None)[1] is None:
        try:
            return as_declared(series, "datetime")[0]
        except InvalidColumnError:
            # It is refused later, for being what it is.
            return series
    return series


def _encoded(columns: Sequence[_Series], schema: Schema, n_rows: int) -> Table:
    numeric: list[NDArray[Any]] = []
    codes: list[NDArray[Any]] = []
    for column, series in zip(schema.columns, columns, strict=True):
        codec = column.codec
        if isinstance(codec, LevelCodec):
            codes.append(codec.encode(series))
        elif isinstance(codec, WholeCodec | FloatCodec):
            numeric.append(_numbers(series, column, codec))
    return assembled(schema, numeric, codes, n_rows)


def _numbers(
    series: _Series, column: Column, codec: WholeCodec | FloatCodec
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
    values, missing = unpacked(series, storage, column.declared)
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
