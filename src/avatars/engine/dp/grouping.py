"""Fine cells of a column put together into a few groups, by their noisy counts: post-processing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avatars.engine.dp.cells import Cells, simplex
from avatars.engine.dp.tree import Floats, Ints, systematic

__all__ = ["Grouping"]

_INTERVALS, _LEVELS = 24, 40
_SURE = 3.0
"""Standard deviations above zero at which a count is taken for that of somebody."""


@dataclass(frozen=True, repr=False, eq=False)
class Grouping:
    """The groups that cells of one column are measured in with other columns.

    Attributes
    ----------
    group : ndarray of shape (n_cells,), int64
        Of each cell.
    size : int
        How many groups there are.
    counts : ndarray of shape (n_groups,)
        Noisy counts of groups.
    variances : ndarray of shape (n_groups,)
        Of their noise.
    within : ndarray of shape (n_groups, n_cells)
        How a group is spread over its cells.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.cells import Cells
    >>> from avatars.engine.dp.grouping import Grouping
    >>> ages = Cells.of_numbers(0.0, 99.0, step=1.0, zero=np.nan, has_missing=False)
    >>> by_eight = np.append(np.full(12, 400), 200)
    >>> grouping = Grouping.of(ages, [np.full(100, 50), by_eight], 2.0, 5000.0)
    >>> grouping.size, grouping.group[:6].tolist()
    (20, [0, 0, 0, 0, 0, 1])
    """

    group: Ints
    size: int
    counts: Floats
    variances: Floats
    within: Floats

    @classmethod
    def of(cls, cells: Cells, noisy: Sequence[Ints], scale: float, total: float) -> Grouping:
        """Group the cells of one column.

        Parameters
        ----------
        cells : Cells
            The column's.
        noisy : sequence of ndarray, int64
            Counts as measured, for each of ``cells.widths``.
        scale : float
            Standard deviation of their noise.
        total : float
            The number of rows, as measured.

        Returns
        -------
        Grouping
            Neighbouring numbers together, and levels that hardly anybody seems to have.
        """
        n, group = cells.n_values, np.zeros(cells.size, dtype=np.int64)
        # Zero, other levels and missing values are counted at each width.
        lone = np.mean([counts[len(counts) - (cells.size - n) :] for counts in noisy], axis=0)
        lone_variance = scale**2 / len(noisy)
        seen = lone > _SURE * math.sqrt(lone_variance)
        left = max(total - lone[seen].sum(), 0.0)
        if cells.is_numeric:
            runs = _Runs(cells, noisy, scale)
            group[:n] = _intervals(runs, total / _INTERVALS)
            counts, clean = runs.counts, runs.cleaned(left)
            variances = runs.variances_of(group[:n])
        else:
            counts = np.asarray(noisy[0][:n], dtype=np.float64)
            group[:n] = _levels(counts, scale)
            variances = np.asarray(np.bincount(group[:n]) * scale**2, dtype=np.float64)
            rest = np.bincount(group[:n])[group[:n]] > 1
            clean = np.maximum(counts, 0.0)
            if rest.any():
                among = shrunk(counts[rest], scale**2)
                clean[rest] = simplex(among, max(float(among.sum()), 1.0))
        sums = np.bincount(group[:n], weights=counts).astype(np.float64)
        within = np.zeros((len(sums) + int(seen.sum()), cells.size))
        for place in range(len(sums)):
            inside = np.flatnonzero(group[:n] == place)
            shares = clean[inside]
            within[place, inside] = shares if shares.sum() > 0 else 1.0
        for cell, found, count in zip(range(n, cells.size), seen, lone, strict=True):
            if found:
                group[cell] = len(sums)
                within[len(sums), cell] = 1.0
                sums, variances = np.append(sums, count), np.append(variances, lone_variance)
            else:
                # Nobody seems to be there: who is counts with others, and is never drawn.
                place = _nearest(cells, group, cell)
                group[cell] = place
                sums[place] += count
                variances[place] += lone_variance
        within /= within.sum(axis=1, keepdims=True)
        return cls(group, len(sums), sums, variances, within)

    def cells_of(self, groups: Ints, generator: np.random.Generator) -> Ints:
        """Draw a cell of each group.

        Parameters
        ----------
        groups : ndarray of shape (n,), int64
            Groups.
        generator : numpy.random.Generator
            Source of chance.

        Returns
        -------
        ndarray of shape (n,), int64
            Cells.
        """
        return systematic(self.within, groups, generator)


class _Runs:
    """Counts of cells and of runs of them, as one: least squares, all noise being alike."""

    def __init__(self, cells: Cells, noisy: Sequence[Ints], scale: float) -> None:
        self.n = cells.n_values
        self._widths = cells.widths
        place = np.arange(self.n)
        normal, sums = np.zeros((self.n, self.n)), np.zeros(self.n)
        for width, counts in zip(self._widths, noisy, strict=True):
            run = place // width
            normal += run[:, None] == run
            sums += counts[run]
        inverse = np.linalg.inv(normal)
        self.counts: Floats = np.asarray(inverse @ sums)
        self._upto = np.zeros((self.n + 1, self.n + 1))
        self._upto[1:, 1:] = (inverse * scale**2).cumsum(axis=0).cumsum(axis=1)

    def variance(self, start: int, stop: int) -> float:
        """Return the variance of the noise in the sum of cells."""
        upto = self._upto
        return float(upto[stop, stop] - 2 * upto[start, stop] + upto[start, start])

    def variances_of(self, group: Ints) -> Floats:
        """Return that of each group of neighbours."""
        ends = np.flatnonzero(np.diff(group, append=group[-1] + 1)) + 1
        starts = np.append(0, ends[:-1])
        return np.array([self.variance(int(a), int(b)) for a, b in zip(starts, ends, strict=True)])

    def cleaned(self, total: float) -> Floats:
        """Share a total out from the widest runs to cells: none has less than nobody."""
        starts, shares = np.array([0, self.n]), np.array([total])
        for width in reversed(self._widths):
            finer = np.append(np.arange(0, self.n, width), self.n)
            sums = np.add.reduceat(self.counts, finer[:-1])
            above = np.searchsorted(starts, finer[:-1], side="right") - 1
            fresh = np.zeros(len(sums))
            for place in np.flatnonzero(shares > 0):
                inside = np.flatnonzero(above == place)
                noise = [self.variance(finer[i], finer[i + 1]) for i in inside]
                among = shrunk(sums[inside], float(np.mean(noise)))
                fresh[inside] = simplex(among, shares[place])
            starts, shares = finer, fresh
        return shares


def shrunk(counts: Floats, variance: float) -> Floats:
    """Move noisy counts to their mean by the share of their spread that noise explains."""
    away = counts - counts.mean()
    spread = float(away @ away)
    kept = max(0.0, 1 - variance * (len(counts) - 1) / spread) if spread > 0 else 0.0
    return np.asarray(counts.mean() + kept * away)


def _intervals(runs: _Runs, enough: float) -> Ints:
    """Close an interval as soon as it holds enough rows, and more than noise would do."""
    group = np.zeros(runs.n, dtype=np.int64)
    place, start, held = 0, 0, 0.0
    for cell, count in enumerate(runs.counts):
        # A cell that is much by itself stands alone: where people heap up, as at 40 hours.
        alone = count >= max(enough, 2 * _SURE * math.sqrt(runs.variance(cell, cell + 1)))
        if alone and start < cell:
            place, start, held = place + 1, cell, 0.0
        group[cell] = place
        held += count
        if held >= max(enough, 2 * _SURE * math.sqrt(runs.variance(start, cell + 1))):
            place, start, held = place + 1, cell + 1, 0.0
    if start < runs.n and place and held < enough / 2:
        # What is left over at the end joins the last interval.
        group[group == place] = place - 1
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _levels(counts: Floats, scale: float) -> Ints:
    often = np.argsort(-counts, kind="stable")[:_LEVELS]
    often = np.sort(often[counts[often] > _SURE * scale])
    group = np.full(len(counts), len(often), dtype=np.int64)
    group[often] = np.arange(len(often))
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _nearest(cells: Cells, group: Ints, cell: int) -> int:
    """Return the group that a cell of nobody joins."""
    if cells.is_numeric and cells.has_other and cell == cells.other:
        return int(group[cells.of_values(np.array([cells.zero + 1e-12]))[0] % cells.n_values])
    return int(group[: cells.n_values].max())
