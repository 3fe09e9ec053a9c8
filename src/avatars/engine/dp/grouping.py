"""Fine cells of a column put together into a few groups, by their noisy counts: post-processing."""

from __future__ import annotations

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
    >>> grouping = Grouping.of(ages, np.full(100, 50), 2.0)
    >>> grouping.size, grouping.counts.sum().item()
    (20, 5000.0)
    """

    group: Ints
    size: int
    counts: Floats
    variances: Floats
    within: Floats

    @classmethod
    def of(cls, cells: Cells, noisy: Ints, scale: float) -> Grouping:
        """Group the cells of one column.

        Parameters
        ----------
        cells : Cells
            The column's.
        noisy : ndarray of shape (n_cells,), int64
            As measured.
        scale : float
            Standard deviation of the noise.

        Returns
        -------
        Grouping
            Neighbouring numbers together, and levels that hardly anybody seems to have.
        """
        counts = noisy.astype(np.float64)
        total = max(counts.sum(), 1.0)
        believed = counts.copy()
        n, group = cells.n_values, np.zeros(cells.size, dtype=np.int64)
        if cells.is_numeric:
            group[:n] = _intervals(counts[:n], total / _INTERVALS, scale)
        else:
            group[:n] = _levels(counts[:n], scale)
        # Zero, other levels and missing values stand apart where there seem to be some.
        for cell in range(n, cells.size):
            lone = counts[cell] > _SURE * scale
            believed[cell] = counts[cell] if lone else -np.inf
            group[cell] = group.max() + 1 if lone else _nearest(cells, group, cell)
        size = int(group.max()) + 1
        width = np.bincount(group, minlength=size)
        within = np.zeros((size, cells.size))
        clean = simplex(believed, total)
        for place in range(size):
            inside = group == place
            shares = clean[inside]
            within[place, inside] = shares if shares.sum() > 0 else 1.0
        within /= within.sum(axis=1, keepdims=True)
        return cls(
            group,
            size,
            np.bincount(group, weights=counts, minlength=size).astype(np.float64),
            np.asarray(width * scale**2, dtype=np.float64),
            within,
        )

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


def _intervals(counts: Floats, enough: float, scale: float) -> Ints:
    """Close an interval as soon as it holds enough rows, and more than noise would do."""
    group = np.zeros(len(counts), dtype=np.int64)
    place, held, width = 0, 0.0, 0
    for cell, count in enumerate(counts):
        # A cell that is much by itself stands alone: where people heap up, as at 40 hours.
        alone = count >= max(enough, 2 * _SURE * scale)
        if alone and width:
            place, held, width = place + 1, 0.0, 0
        group[cell] = place
        held, width = held + count, width + 1
        if held >= max(enough, 2 * _SURE * scale * np.sqrt(width)):
            place, held, width = place + 1, 0.0, 0
    if width and place and held < enough / 2:
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
