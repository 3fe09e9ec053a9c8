"""Tables put together from columns that never stood in a frame."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.tables.codecs import NumericCodec, learn_codec
from avatars.tables.levels import learn_levels
from avatars.tables.reading import assembled
from avatars.tables.schema import Column, Schema
from avatars.tables.storage import number_storage
from avatars.tables.table import Table

__all__ = ["beside", "lent", "level_table", "number_table"]


def number_table(labels: Sequence[str], cells: NDArray[np.float64]) -> Table:
    """Return numbers as a table.

    Parameters
    ----------
    labels : sequence of str
        What to call the columns.
    cells : ndarray of shape (n_rows, n_columns), float64
        Finite numbers, NaN = missing.

    Returns
    -------
    Table
        Numeric columns only.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables import number_table
    >>> number_table(["axis 1"], np.array([[0.5], [np.nan]]))
    Table(2 rows, 1 columns: 'axis 1' numeric)
    """
    columns, numeric = [], []
    for slot, (label, values) in enumerate(zip(labels, cells.T, strict=True)):
        codec, encoded = _plain(label, values)
        numeric.append(encoded)
        columns.append(Column(label, "numeric", slot, 0, False, codec, None))
    return assembled(_schema(columns), numeric, [], len(cells))


def _plain(label: str, values: NDArray[np.float64]) -> tuple[NumericCodec, NDArray[np.float64]]:
    """Return numbers as float64, which has room for gaps."""
    storage = number_storage(np.dtype(np.float64))
    values = np.ascontiguousarray(values)
    codec = learn_codec(storage, values, np.isnan(values), label)
    return codec, codec.encode(storage, values, np.isnan(values))


def level_table(label: str, places: NDArray[np.intp]) -> tuple[Table, NDArray[np.intp]]:
    """Return row numbers as a category.

    Parameters
    ----------
    label : str
        What to call the column.
    places : ndarray of shape (n_rows,), intp
        Numbers from 0, -1 = missing.

    Returns
    -------
    table : Table
        One category.
    levels : ndarray of intp
        The number that each code stands for.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables import level_table
    >>> table, levels = level_table("hospital", np.array([7, 3, -1, 7]))
    >>> table.codes.ravel().tolist(), levels.tolist()
    ([1, 0, -1, 1], [3, 7])
    """
    levels, codes = np.unique(places[places >= 0], return_inverse=True)
    cells = np.full(len(places), -1, dtype=np.int32)
    cells[places >= 0] = codes.ravel()
    dtype = pd.CategoricalDtype(pd.Index(levels))
    codec, _ = learn_levels(pd.Series(pd.Categorical.from_codes(cells, dtype=dtype), name=label))
    column = Column(label, "category", 0, len(levels), False, codec, None)
    return assembled(_schema([column]), [], [cells], len(places)), levels.astype(np.intp)


def beside(first: Table, *others: Table) -> Table:
    """Return tables of the same rows as one, column after column.

    Parameters
    ----------
    first, *others : Table
        Of equal length, with distinct labels. The slots of ``first`` stay what they are.

    Returns
    -------
    Table
        All columns.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables import beside, number_table
    >>> beside(number_table(["a"], np.zeros((2, 1))), number_table(["b"], np.ones((2, 1))))
    Table(2 rows, 2 columns: 'a' numeric, 'b' numeric)
    """
    columns: list[Column] = []
    offsets = {"numeric": 0, "category": 0, "identifier": 0}
    for table in (first, *others):
        columns += [
            replace(column, slot=column.slot + offsets[column.kind])
            for column in table.schema.columns
        ]
        offsets["numeric"] += table.numeric.shape[1]
        offsets["category"] += table.codes.shape[1]
    tables = (first, *others)
    return assembled(
        _schema(columns),
        [column for table in tables for column in table.numeric.T],
        [column for table in tables for column in table.codes.T],
        first.n_rows,
    )


def lent(table: Table, rows: NDArray[np.intp], labels: Mapping[Hashable, str]) -> Table:
    """Return rows of one table as columns of another.

    Parameters
    ----------
    table : Table
        The table whose rows are named.
    rows : ndarray of shape (n,), intp
        Which row each gets; -1 for none, whose cells are missing.
    labels : dict of {label: str}
        What to call the columns.

    Returns
    -------
    Table
        Of n rows.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables import lent, number_table
    >>> patients = number_table(["age"], np.array([[41.0], [50.0]]))
    >>> lent(patients, np.array([1, -1, 0]), {"age": "patient.age"}).numeric.ravel().tolist()
    [50.0, nan, 41.0]
    """
    taken = table.take(np.maximum(rows, 0))
    taken.numeric[rows < 0] = np.nan
    taken.codes[rows < 0] = -1
    columns = []
    for column in table.schema.columns:
        label = labels[column.label]
        if column.kind == "numeric":
            # Their own dtype may have no room for the gaps of those who name no row.
            codec, taken.numeric[:, column.slot] = _plain(label, taken.numeric[:, column.slot])
            columns.append(replace(column, label=label, codec=codec, declared=None))
        else:
            columns.append(replace(column, label=label))
    return Table(_schema(columns), taken.numeric, taken.codes, len(rows))


def _schema(columns: Sequence[Column]) -> Schema:
    return Schema(tuple(columns), pd.Index([column.label for column in columns], dtype=object))
