"""Complete records as arrays: what the engine computes on once the gaps are filled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["BLOCK", "Codes", "Floats", "Ints", "Records", "blocks"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Ints = NDArray[np.intp]

BLOCK = 8_192
"""Rows that are worked on at once: temporaries stay in cache, and each block has its own stream."""


def blocks(n_rows: int, size: int = BLOCK) -> Iterator[tuple[int, slice]]:
    """Yield the number and the slice of each block of rows.

    Examples
    --------
    >>> from avatars.engine.records import blocks
    >>> list(blocks(5, 3))
    [(0, slice(0, 3, None)), (1, slice(3, 5, None))]
    """
    for number, start in enumerate(range(0, n_rows, size)):
        yield number, slice(start, min(start + size, n_rows))


@dataclass(frozen=True, repr=False, eq=False)
class Records:
    """Complete records: no missing cell, every code a level.

    Parameters
    ----------
    numeric : ndarray of shape (n_rows, n_numeric), float64
        Columns that are averaged.
    codes : ndarray of shape (n_rows, n_categories), int32
        Columns that are drawn; each code lies in ``[0, n_levels)`` of its column.
    n_levels : tuple of int
        Levels of each category column, those that nobody holds included.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.records import Records
    >>> people = Records(np.zeros((3, 1)), np.array([[0], [1], [1]], dtype=np.int32), (2,))
    >>> people.n_rows, people.onehot().toarray().tolist()
    (3, [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    """

    numeric: Floats
    codes: Codes
    n_levels: tuple[int, ...]

    def __repr__(self) -> str:
        return (
            f"Records(n_rows={self.n_rows}, n_numeric={self.numeric.shape[1]}, "
            f"n_categories={self.codes.shape[1]})"
        )

    @property
    def n_rows(self) -> int:
        """Number of people."""
        return int(self.numeric.shape[0])

    @property
    def offsets(self) -> Ints:
        """First position of each category column among all levels, and their number at the end."""
        return np.concatenate([[0], np.cumsum(self.n_levels, dtype=np.intp)]).astype(np.intp)

    def take(self, rows: Ints | slice) -> Records:
        """Return the records of some rows."""
        return Records(self.numeric[rows], self.codes[rows], self.n_levels)

    def onehot(self) -> sparse.csr_array:
        """Return the indicator matrix of all category columns, sparse."""
        n, width = self.codes.shape
        columns = (self.codes + self.offsets[:-1].astype(np.int32)).ravel()
        return sparse.csr_array(
            (np.ones(n * width), columns, np.arange(0, n * width + 1, max(width, 1))[: n + 1])
            if width
            else (n, 0),
            shape=(n, int(self.offsets[-1])),
        )
