"""Series of many individuals brought to common points in time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatars.engine.records import Codes, Floats, Ints
from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.models import AlignmentMethod

__all__ = ["Grid"]

_MOST = 500
"""Points that series are brought to at most; longer ones are summed up by as many."""


@dataclass(frozen=True, repr=False, eq=False)
class Grid:
    """Where the rows of a table of series stand, series by series.

    Build it with ``of``.

    Attributes
    ----------
    order : ndarray of shape (n_rows,), intp
        Rows by owner and time.
    owners : ndarray of shape (n_series,), intp
        Who has a series.
    starts, lengths : ndarray of shape (n_series,), intp
        Where each series begins within ``order``, and how many points it has.
    times : ndarray of shape (n_rows,)
        Times in that order.
    positions : ndarray of shape (n_rows,)
        The same between 0 and 1 for each series.
    is_shared : bool
        Whether all series have the very same times.
    n_points : int
        Points of the grid.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series.grid import Grid
    >>> grid = Grid.of(np.array([1, 0, 1, 0]), np.array([9.0, 0.0, 5.0, 4.0]),
    ...                n_points=3, method=None, name="beats", label="at")
    >>> grid.order.tolist(), grid.positions.tolist(), grid.curves(np.arange(4.0)).tolist()
    ([1, 3, 2, 0], [0.0, 1.0, 0.0, 1.0], [[1.0, 2.0, 3.0], [2.0, 1.0, 0.0]])
    """

    order: Ints
    owners: Ints
    starts: Ints
    lengths: Ints
    times: Floats
    positions: Floats
    is_shared: bool
    n_points: int

    @classmethod
    def of(
        cls,
        owner: Ints,
        times: Floats,
        *,
        n_points: int | None,
        method: AlignmentMethod | None,
        name: str,
        label: Hashable,
    ) -> Grid:
        """Sort and check the rows of a table of series.

        Parameters
        ----------
        owner : ndarray of shape (n_rows,), intp
            Whose row it is.
        times : ndarray of shape (n_rows,)
            When it was.
        n_points : int or None
            Points of the grid; found by ``method`` unless given.
        method : AlignmentMethod or None
            How it is found: the most, the fewest or the mean number of points of a series (the
            mean where None); with shared times these times, unless something else is asked for.
        name : str
            What messages call the table.
        label : hashable
            What they call its time column.

        Returns
        -------
        Grid
            The grid.

        Raises
        ------
        InvalidTableError
            If times or owners are missing, or an owner has two rows at one time; says how many.
        InvalidParameterError
            If ``method`` is "specified" and the number isn't.
        """
        _check(owner, times, name, label)
        order = np.lexsort((times, owner))
        owner, times = owner[order], times[order]
        owners, starts, lengths = np.unique(owner, return_index=True, return_counts=True)
        twice = int(((np.diff(owner) == 0) & (np.diff(times) == 0)).sum())
        if twice:
            raise InvalidTableError(
                f"table {shown(name)} has {twice} rows at a time (column {shown(label)}) at which "
                "their individual has another row: keep or average one of them."
            )
        first, last = times[starts], times[starts + lengths - 1]
        duration = np.repeat(last - first, lengths)
        since = times - np.repeat(first, lengths)
        positions = np.divide(since, duration, out=np.zeros_like(since), where=duration > 0)
        is_shared = bool((lengths == lengths[0]).all()) and bool(
            (times.reshape(len(owners), -1) == times[: lengths[0]]).all()
        )
        wanted = _points(lengths, n_points, method, is_shared)
        return cls(order, owners, starts, lengths, times, positions, is_shared, wanted)

    @property
    def points(self) -> Floats:
        """Give the points of the grid, between 0 and 1."""
        if self.is_shared and self.n_points == self.lengths[0]:
            return self.positions[: self.n_points]
        return np.linspace(0.0, 1.0, self.n_points)

    def curves(self, values: Floats) -> Floats:
        """Return one variable on the grid.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            In the order of the table, NaN = missing.

        Returns
        -------
        ndarray of shape (n_series, n_points)
            Interpolated linearly; NaN for a series without any value.
        """
        ordered, points = values[self.order], self.points
        if self.is_shared and self.n_points == self.lengths[0] and not np.isnan(values).any():
            return ordered.reshape(len(self.owners), -1)
        result = np.full((len(self.owners), len(points)), np.nan)
        for series, (start, length) in enumerate(zip(self.starts, self.lengths, strict=True)):
            y, x = ordered[start : start + length], self.positions[start : start + length]
            known = ~np.isnan(y)
            if known.any():
                result[series] = np.interp(points, x[known], y[known])
        return result

    def states(self, codes: Codes) -> Codes:
        """Return one category on the grid.

        Parameters
        ----------
        codes : ndarray of shape (n_rows,), int32
            In the order of the table, -1 = missing.

        Returns
        -------
        ndarray of shape (n_series, n_points), int32
            Of the nearest row that has one; -1 for a series without any.
        """
        ordered, points = codes[self.order], self.points
        result = np.full((len(self.owners), len(points)), -1, dtype=np.int32)
        for series, (start, length) in enumerate(zip(self.starts, self.lengths, strict=True)):
            y, x = ordered[start : start + length], self.positions[start : start + length]
            x, y = x[y >= 0], y[y >= 0]
            if len(y):
                after = np.minimum(np.searchsorted(x, points), len(x) - 1)
                before = np.maximum(after - 1, 0)
                is_before = np.abs(points - x[before]) <= np.abs(x[after] - points)
                result[series] = y[np.where(is_before, before, after)]
        return result

    def shares(self, missing: NDArray[np.bool_]) -> Floats:
        """Return the share of the rows of each series that are missing."""
        return np.asarray(np.add.reduceat(missing[self.order].astype(float), self.starts)) / (
            self.lengths
        )

    def mean_run(self, marked: NDArray[np.bool_]) -> float:
        """Return the mean length of a run of marked rows within a series, at least 1."""
        ordered = marked[self.order]
        begins = ordered & ~np.append(False, ordered[:-1])
        begins[self.starts] = ordered[self.starts]
        return max(float(ordered.sum()) / max(int(begins.sum()), 1), 1.0)

    def change_rate(self, codes: Codes) -> float:
        """Return how often a category differs from that of the row before, between 0 and 1."""
        ordered = codes[self.order]
        inner = np.ones(len(ordered), dtype=bool)
        inner[self.starts] = False
        both = inner & (ordered >= 0) & (np.append(-1, ordered[:-1]) >= 0)
        changed = ordered != np.append(-1, ordered[:-1])
        return float(changed[both].mean()) if both.any() else 0.0


def _check(owner: Ints, times: Floats, name: str, label: Hashable) -> None:
    nobody, never = int((owner < 0).sum()), int(np.isnan(times).sum())
    if nobody:
        raise InvalidTableError(
            f"table {shown(name)} holds series, but {nobody} of its rows belong to nobody: fill in "
            "the key of the individual, or drop them."
        )
    if never:
        raise InvalidTableError(
            f"column {shown(label)} orders the series of table {shown(name)}, but {never} of its "
            "cells are missing: fill them in, or drop the rows."
        )


def _points(
    lengths: Ints, n_points: int | None, method: AlignmentMethod | None, is_shared: bool
) -> int:
    if method is AlignmentMethod.SPECIFIED and n_points is None:
        raise InvalidParameterError(
            "time_series_method", "is 'specified', and time_series_nb_points is not: set it."
        )
    if n_points is not None:
        wanted = n_points
    elif method is AlignmentMethod.MAX or (method is None and is_shared):
        wanted = int(lengths.max())
    elif method is AlignmentMethod.MIN:
        wanted = int(lengths.min())
    else:
        wanted = round(float(lengths.mean()))
    return min(max(wanted, 2), _MOST)
