"""A column as finitely many cells that are known before anybody looks at it, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cells", "simplex"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FINE = 512
"""Most intervals of a numeric column, all equally wide."""
_RUN = 8
"""Cells that are counted together once more, and runs of them, as long as there are that many."""


@dataclass(frozen=True, repr=False, eq=False)
class Cells:
    """The cells of one column.

    Cells of numbers are whole numbers where few enough lie between the bounds, else equally wide
    intervals, and zero apart. Cells of levels are the levels, and one for all others. The last is
    that of missing values, where the dtype has them.

    Attributes
    ----------
    low, high : float
        Bounds as the table encodes them; unused for levels.
    n_values : int
        Intervals or levels.
    step : float
        Distance of whole numbers, 0 where there is none.
    zero : float
        How the table encodes zero; NaN where it is no cell of its own.
    has_other, has_missing : bool
        Whether there are those cells.
    is_numeric : bool
        Whether these are numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.cells import Cells
    >>> ages = Cells.of_numbers(0.0, 120.0, step=1.0, zero=np.nan, has_missing=True)
    >>> ages.size, ages.of_values(np.array([0.0, 40.0, 300.0, np.nan])).tolist()
    (122, [0, 40, 120, 121])
    """

    low: float
    high: float
    n_values: int
    step: float
    zero: float
    has_other: bool
    has_missing: bool
    is_numeric: bool

    @classmethod
    def of_numbers(
        cls, low: float, high: float, *, step: float, zero: float, has_missing: bool
    ) -> Cells:
        """Return the cells of numbers between bounds.

        Parameters
        ----------
        low, high : float
            The bounds.
        step : float
            Distance of whole numbers, 0 where values have any.
        zero : float
            What is a cell of its own, where it is between the bounds.
        has_missing : bool
            Whether values can be missing.

        Returns
        -------
        Cells
            At most 514.
        """
        whole = bool(step) and (high - low) / step + 1 <= _FINE
        n = round((high - low) / step) + 1 if whole else _FINE
        if whole or not low <= zero <= high:
            zero = np.nan
        return cls(low, high, n, step, zero, not np.isnan(zero), has_missing, True)

    @classmethod
    def of_levels(cls, n_levels: int, *, has_other: bool, has_missing: bool) -> Cells:
        """Return the cells of levels.

        Parameters
        ----------
        n_levels : int
            Public or bought ones.
        has_other : bool
            Whether there may be others.
        has_missing : bool
            Whether they can be missing.

        Returns
        -------
        Cells
            One each.
        """
        return cls(0.0, 0.0, n_levels, 0.0, np.nan, has_other, has_missing, False)

    @property
    def size(self) -> int:
        """Give how many there are."""
        return self.n_values + self.has_other + self.has_missing

    @property
    def other(self) -> int:
        """Give the cell of zero, or of other levels; only if there is one."""
        return self.n_values

    @property
    def missing(self) -> int:
        """Give the cell of missing values; only if there is one."""
        return self.size - 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Give how many cells of numbers in a row are counted together, finest first.

        Counts of fine cells alone add up to noise where hardly anybody is (Hay, Rastogi, Miklau &
        Suciu, VLDB 2010).
        """
        widths = [1]
        while self.is_numeric and self.n_values >= widths[-1] * _RUN**2:
            widths.append(widths[-1] * _RUN)
        return tuple(widths)

    def size_at(self, width: int) -> int:
        """Return how many cells there are if some in a row are put together.

        Parameters
        ----------
        width : int
            How many; the cells of zero, others and missing values stay as they are.

        Returns
        -------
        int
            At least 1.
        """
        return -(-self.n_values // width) + self.has_other + self.has_missing

    def at(self, cells: Ints, width: int) -> Ints:
        """Return the wider cell of each cell.

        Parameters
        ----------
        cells : ndarray of shape (n,), int64
            Cells.
        width : int
            As in ``size_at``.

        Returns
        -------
        ndarray of shape (n,), int64
            Below ``size_at(width)``.
        """
        after = cells - self.n_values - (self.has_other + self.has_missing)
        return np.where(cells < self.n_values, cells // width, self.size_at(width) + after)

    @property
    def is_whole(self) -> bool:
        """Tell whether each cell of a number is one number."""
        return bool(self.step) and self.n_values == round((self.high - self.low) / self.step) + 1

    def of_values(self, values: Floats) -> Ints:
        """Return the cell of each number.

        Parameters
        ----------
        values : ndarray of shape (n,)
            NaN for missing ones.

        Returns
        -------
        ndarray of shape (n,), int64
            Those beyond the bounds are in the outermost cells.
        """
        missing = np.isnan(values)
        inside = np.clip(np.where(missing, self.low, values), self.low, self.high)
        if self.is_whole:
            cells = np.rint((inside - self.low) / self.step).astype(np.int64)
        else:
            share = (inside - self.low) / (self.high - self.low)
            cells = np.minimum((share * self.n_values).astype(np.int64), self.n_values - 1)
            if self.has_other:
                cells[inside == self.zero] = self.other
        return np.where(missing, self.missing if self.has_missing else 0, cells)

    def of_codes(self, codes: NDArray[np.int32], missing: NDArray[np.bool_]) -> Ints:
        """Return the cell of each level.

        Parameters
        ----------
        codes : ndarray of shape (n,), int32
            -1 for missing and for other levels.
        missing : ndarray of shape (n,), bool
            Which are missing.

        Returns
        -------
        ndarray of shape (n,), int64
            Where there is no cell for them, they are in the first.
        """
        cells = codes.astype(np.int64)
        cells[cells < 0] = self.other if self.has_other else 0
        if self.has_missing:
            cells[missing] = self.missing
        return cells

    def values_of(self, cells: Ints, generator: np.random.Generator) -> Floats:
        """Draw a number from each cell, uniformly.

        Parameters
        ----------
        cells : ndarray of shape (n,), int64
            Cells of numbers.
        generator : numpy.random.Generator
            Source of chance.

        Returns
        -------
        ndarray of shape (n,), float64
            NaN for missing ones.
        """
        if self.is_whole:
            values = self.low + cells * self.step
        else:
            width = (self.high - self.low) / self.n_values
            values = self.low + (cells + generator.random(len(cells))) * width
            if self.step:
                values = self.low + np.floor((values - self.low) / self.step) * self.step
        if self.has_other:
            values[cells == self.other] = self.zero
        if self.has_missing:
            values[cells == self.missing] = np.nan
        return np.asarray(values)


def simplex(counts: Floats, total: float) -> Floats:
    """Return the nearest counts that are not negative and have a total.

    Parameters
    ----------
    counts : ndarray of shape (n,)
        Noisy ones.
    total : float
        At least 0.

    Returns
    -------
    ndarray of shape (n,)
        The projection in L2 norm (Duchi et al., ICML 2008, figure 1).

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.cells import simplex
    >>> simplex(np.array([5.0, -1.0, 2.0]), 6.0).tolist()
    [4.5, 0.0, 1.5]
    """
    down = np.sort(counts)[::-1]
    excess = (np.cumsum(down) - total) / np.arange(1, len(counts) + 1)
    kept = np.flatnonzero(down - excess > 0)
    return np.asarray(np.maximum(counts - excess[kept[-1] if len(kept) else 0], 0.0))
