"""Keys that link tables: read into row numbers, and issued anew so that they still link.

A key is whole numbers or strings. Which dtype holds them is left to each table: 7, 7.0 beside a
gap, and a nullable 7 are the same key.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidColumnError, InvalidTableError, shown
from avatars.tables.dtypes import column_storage
from avatars.tables.identifiers import IdentifierCodec, learn_identifiers

__all__ = ["PrimaryKey", "foreign_key"]


@dataclass(frozen=True, repr=False, eq=False)
class PrimaryKey:
    """What names the rows of a table.

    Build it with ``read``.

    Attributes
    ----------
    table : str
        The table.
    label : hashable
        The column.
    kind : {"whole numbers", "strings"}
        What the key is made of.
    n_rows : int
        How many rows it names.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables import PrimaryKey
    >>> key = PrimaryKey.read(pd.Series([7, 8, 9], name="id"), table="patient")
    >>> key.rows_of(pd.Series([9.0, None, 7.0], name="patient_id"), table="visit").tolist()
    [2, -1, 0]
    """

    table: str
    label: Hashable
    kind: str
    n_rows: int
    _index: pd.Index
    _codec: IdentifierCodec

    @classmethod
    def read(cls, series: pd.Series[Any], *, table: str) -> PrimaryKey:
        """Read and check a primary key.

        Parameters
        ----------
        series : Series
            The column, its name being its label.
        table : str
            What messages call the table.

        Returns
        -------
        PrimaryKey
            The key.

        Raises
        ------
        InvalidColumnError
            If cells are missing or repeated, or neither whole numbers nor strings; says how many.
        """
        cells, missing, kind = _plain(series, table)
        index = pd.Index(cells)
        repeated = int(index[~missing].duplicated().sum())
        if missing.any() or repeated:
            raise InvalidColumnError(
                series.name,
                f"is the primary key of table {shown(table)}, but {int(missing.sum())} of its "
                f"cells are missing and {repeated} repeat an earlier one: every row needs a key "
                "of its own.",
            )
        if pd.api.types.is_float_dtype(series.dtype):
            raise InvalidColumnError(
                series.name,
                f"is the primary key of table {shown(table)}, but of dtype {series.dtype}: cast "
                "it to whole numbers, with astype('int64').",
            )
        codec = learn_identifiers(series, column_storage(series))
        return cls(table, series.name, kind, len(series), index, codec)

    def rows_of(self, series: pd.Series[Any], *, table: str) -> NDArray[np.intp]:
        """Return the row that each cell of a foreign key names.

        Parameters
        ----------
        series : Series
            The foreign key of a child.
        table : str
            What messages call the child.

        Returns
        -------
        ndarray of shape (n_rows,), intp
            Rows of this key's table, -1 where the cell is missing.

        Raises
        ------
        InvalidColumnError
            If cells are of another kind than the key.
        InvalidTableError
            If cells name a row that isn't there; says how many.
        """
        cells, missing, kind = _plain(series, table)
        if kind != self.kind and not missing.all():
            raise InvalidColumnError(
                series.name,
                f"of table {shown(table)} holds {kind} (dtype {series.dtype}), but names rows of "
                f"table {shown(self.table)} by their {shown(self.label)}, which holds {self.kind}: "
                "cast one to the dtype of the other.",
            )
        rows: NDArray[np.intp] = self._index.get_indexer(pd.Index(cells)).astype(np.intp)
        rows[missing] = -1
        orphans = int(((rows < 0) & ~missing).sum())
        if orphans:
            raise InvalidTableError(
                f"column {shown(series.name)} of table {shown(table)} has {orphans} cells that "
                f"name no row of table {shown(self.table)}: add the rows they name, make the cells "
                "missing, or drop the rows."
            )
        return rows

    def fresh(self, n_rows: int, generator: np.random.Generator) -> pd.Series[Any]:
        """Issue new keys.

        Parameters
        ----------
        n_rows : int
            How many.
        generator : Generator
            What they are drawn from.

        Returns
        -------
        Series
            Distinct keys of the source's dtype, none of them the source's.

        Raises
        ------
        InvalidColumnError
            If the dtype has no room for as many fresh numbers.
        """
        array = self._codec.issue(n_rows, generator, self.label)
        return pd.Series(array, dtype=getattr(array, "dtype", None), name=self.label)


def foreign_key(
    keys: pd.Series[Any], rows: NDArray[np.intp], like: pd.Series[Any]
) -> pd.Series[Any]:
    """Write a foreign key.

    Parameters
    ----------
    keys : Series
        Fresh primary keys of the parent, by row.
    rows : ndarray of shape (n_children,), intp
        The parent row of each child, -1 for none.
    like : Series
        The foreign key of the source: its label and dtype.

    Returns
    -------
    Series
        Of the source's dtype, missing where there is no parent.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.tables import foreign_key
    >>> keys, source = pd.Series([70, 80]), pd.Series([1.0, None, 2.0], name="patient_id")
    >>> foreign_key(keys, np.array([1, 0, -1]), source).tolist()
    [80.0, 70.0, nan]
    """
    if not len(keys):
        return like.iloc[:0].reindex(pd.RangeIndex(len(rows)))
    taken: Any = keys.take(np.maximum(rows, 0)).reset_index(drop=True)
    taken.name = like.name
    if isinstance(like.dtype, pd.CategoricalDtype):
        taken = taken.astype(object).astype("category")
    elif taken.dtype != like.dtype:
        taken = taken.astype(like.dtype)
    result: pd.Series[Any] = taken.mask(rows < 0) if (rows < 0).any() else taken
    return result


def _plain(series: pd.Series[Any], table: str) -> tuple[NDArray[Any], NDArray[np.bool_], str]:
    """Return cells that compare by what they say, which are missing, and what they are."""
    missing = series.isna().to_numpy(dtype=bool)
    dtype: Any = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    present = series.to_numpy(dtype=object)[~missing]
    cells = np.full(len(series), "", dtype=object)
    if pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_float_dtype(dtype):
        numbers = np.array([_whole(cell) for cell in present], dtype=object)
        if not any(number is None for number in numbers):
            cells[~missing] = numbers
            return cells, missing, "whole numbers"
    elif pd.api.types.infer_dtype(present, skipna=False) in ("string", "empty"):
        cells[~missing] = [str(cell) for cell in present]
        return cells, missing, "strings"
    elif pd.api.types.infer_dtype(present, skipna=False) == "integer":
        cells[~missing] = [int(cell) for cell in present]
        return cells, missing, "whole numbers"
    raise InvalidColumnError(
        series.name,
        f"of table {shown(table)} is a key of dtype {series.dtype}: keys are whole numbers or "
        "strings, so cast it to one of them.",
    )


def _whole(cell: Any) -> int | None:
    number = int(cell) if np.isfinite(cell) else None
    return number if number is not None and number == cell and abs(cell) < 2**64 else None
