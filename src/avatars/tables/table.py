"""A table as the engine and the metrics see it: two arrays and their schema."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avatars.tables.codecs import WholeCodec
from avatars.tables.levels import LevelCodec
from avatars.tables.schema import Column, Schema, dtype_name

__all__ = ["Table"]


@dataclass(frozen=True, repr=False, eq=False)
class Table:
    """Typed columns as arrays.

    Attributes
    ----------
    schema : Schema
        What the columns are.
    numeric : ndarray of float64, shape (n_rows, n_numeric)
        Encoded numbers and moments in Fortran order, NaN = missing.
    codes : ndarray of int32, shape (n_rows, n_categories)
        Codes of the categories in Fortran order, -1 = missing.
    n_rows : int
        The number of people.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50, 38], "sex": ["f", "m", "f"]}))
    >>> table
    Table(3 rows, 2 columns: 'age' numeric, 'sex' category)
    >>> table.numeric.ravel().tolist(), table.codes.ravel().tolist()
    ([3.0, 12.0, 0.0], [0, 1, 0])
    """

    schema: Schema
    numeric: NDArray[np.float64]
    codes: NDArray[np.int32]
    n_rows: int

    def __repr__(self) -> str:
        return f"Table({self.n_rows} rows, {repr(self.schema).removeprefix('Schema(')}"

    def take(self, rows: ArrayLike) -> Table:
        """Return some rows as a table of their own.

        Parameters
        ----------
        rows : array-like of int or bool
            Row numbers, or a mask of all rows.

        Returns
        -------
        Table
            The same schema, copied cells.

        Examples
        --------
        >>> import pandas as pd
        >>> from avatars.tables import read_table
        >>> read_table(pd.DataFrame({"age": [41, 50, 38]})).take([2, 0]).numeric.ravel().tolist()
        [0.0, 3.0]
        """
        chosen = np.asarray(rows)
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.intp)
        return Table(
            self.schema, _taken(self.numeric, chosen), _taken(self.codes, chosen), len(chosen)
        )

    def digest(self) -> bytes:
        """Return 32 bytes that depend on every label, dtype, level and cell, and their order.

        Identifiers don't count. Strings count by what they say, not by the dtype that holds them:
        the same file read by another version of pandas gives the same bytes.

        Returns
        -------
        bytes
            A BLAKE2b digest.

        Examples
        --------
        >>> import pandas as pd
        >>> from avatars.tables import read_table
        >>> table = read_table(pd.DataFrame({"age": [41, 50, 38]}))
        >>> table.digest() == table.take([0, 1, 2]).digest(), len(table.digest())
        (True, 32)
        >>> table.digest() == table.take([2, 1, 0]).digest()
        False
        """
        state = hashlib.blake2b(digest_size=32)
        for column in self.schema.columns:
            for part in _description(column):
                text = part.encode("utf-8", "surrogatepass")
                state.update(len(text).to_bytes(8, "little") + text)
        for cells in (self.numeric, self.codes):
            state.update(repr(cells.shape).encode())
            state.update(np.ascontiguousarray(cells.T).reshape(-1).data)
        return state.digest()

    def row_hashes(self) -> NDArray[np.uint64]:
        """Return a number per row by which an equal row is recognised.

        Equal rows of one table, or of tables with one schema, have equal hashes; two different
        ones share theirs with a chance of about 2**-64. Identifiers don't count.

        Returns
        -------
        ndarray of uint64
            One hash per row.

        Examples
        --------
        >>> import pandas as pd
        >>> from avatars.tables import read_table
        >>> hashes = read_table(pd.DataFrame({"age": [41, 50, 41]})).row_hashes()
        >>> bool(hashes[0] == hashes[2]), bool(hashes[0] == hashes[1])
        (True, False)
        """
        hashes = np.zeros(self.n_rows, dtype=np.uint64)
        for slot in range(self.numeric.shape[1]):
            # Adding zero makes -0.0 and 0.0 the same bits.
            values = self.numeric[:, slot] + 0.0
            values[np.isnan(values)] = np.nan
            hashes = _mixed(hashes, values.view(np.uint64))
        for slot in range(self.codes.shape[1]):
            hashes = _mixed(hashes, self.codes[:, slot].astype(np.uint64))
        return hashes


def _taken(cells: NDArray[Any], rows: NDArray[np.intp]) -> NDArray[Any]:
    taken = np.empty((len(rows), cells.shape[1]), dtype=cells.dtype, order="F")
    for slot in range(cells.shape[1]):
        taken[:, slot] = cells[rows, slot]
    return taken


def _mixed(hashes: NDArray[np.uint64], bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Stir one column into the hashes: the finaliser of SplitMix64, a bijection of 64 bits."""
    mixed = (hashes * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x2545F4914F6CDD1D)) ^ bits
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _description(column: Column) -> list[str]:
    """Say what a column is, in strings that are the same in every session."""
    parts = [_spelt(column.label), column.kind]
    codec = column.codec
    if isinstance(codec, LevelCodec):
        return [*parts, str(column.is_ordered), *(_spelt(level) for level in codec.levels)]
    if column.kind == "numeric":
        parts.append(dtype_name(column.dtype))
    if isinstance(codec, WholeCodec):
        parts.append(str(codec.origin))
    return parts


def _spelt(value: Any) -> str:
    # NumPy 1 and 2 write their scalars differently.
    value = value.item() if isinstance(value, np.generic) else value
    return f"{type(value).__name__} {value if isinstance(value, str) else repr(value)}"
