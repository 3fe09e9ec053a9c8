"""The distribution that noisy marginals speak for, among all: post-processing.

Of all distributions the one that minimises half the squared error, weighted by the noise, less
its entropy times a small weight. That is convex, and so is its dual, in one weight for each cell
that was measured: what is given here is the single optimum, up to the steps that are allowed
(duality of entropy and exponential families: Wainwright & Jordan, Foundations and Trends in
Machine Learning 1(1-2), 2008, section 3.6; the graphical model as in McKenna, Sheldon & Miklau,
ICML 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from avatars.engine.dp.tree import Floats, Group, JunctionTree

__all__ = ["Estimate", "Measurement"]

_ENTROPY = 0.02
"""Weight of entropy against fit: chooses among what fits alike, and keeps noise from being fitted.

With 1 the result would be the table that most populations of its size look like; on Adult, a
classifier learns most from .01 to .1, whatever the budget.
"""
_TOLERANCE = 1e-8
"""Relative change of the objective at which it counts as reached."""


@dataclass(frozen=True, repr=False, eq=False)
class Measurement:
    """A noisy marginal.

    Attributes
    ----------
    columns : tuple of int
        Ascending.
    counts : ndarray
        One axis for each column.
    precision : float or ndarray
        One over the variance of the noise.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.estimate import Measurement
    >>> Measurement((0,), np.array([3.0, 5.0]), 1.0).columns
    (0,)
    """

    columns: Group
    counts: Floats
    precision: float | Floats


class Estimate:
    """A distribution that is fitted to measurements as they come.

    Parameters
    ----------
    sizes : sequence of int
        How many cells each column has.
    total : float
        The number of rows, as measured.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.estimate import Estimate, Measurement
    >>> estimate = Estimate([2, 2], 10.0)
    >>> estimate.add(Measurement((0, 1), np.array([[5.0, 0.0], [0.0, 5.0]]), 1.0))
    >>> estimate.fit(200)
    >>> np.round(estimate.marginal((0, 1))).tolist()
    [[5.0, 0.0], [0.0, 5.0]]
    """

    def __init__(self, sizes: Sequence[int], total: float) -> None:
        self.sizes = tuple(sizes)
        self.total = max(total, 1.0)
        self._measured: dict[Group, tuple[Floats, Floats]] = {}
        self._weights: dict[Group, Floats] = {}
        self._tree: JunctionTree | None = None
        self._homes: dict[Group, int] = {}
        self._tables: list[Floats] = []
        self._cells_with: dict[Group, int] = {}

    @property
    def tree(self) -> JunctionTree:
        """Give the tree that holds all that was measured."""
        if self._tree is None:
            self._tree = JunctionTree(self.sizes, self._weights)
            self._homes = {group: self._tree.home(group) for group in self._weights}
            self._cells_with = {}
        return self._tree

    def add(self, measurement: Measurement) -> None:
        """Take one more measurement into account; ``fit`` has to be called.

        Parameters
        ----------
        measurement : Measurement
            Of any columns; those of the same are averaged by their precision.
        """
        group = measurement.columns
        shape = tuple(self.sizes[c] for c in group)
        precision = np.broadcast_to(measurement.precision, shape).astype(np.float64)
        counts = measurement.counts
        if group in self._measured:
            before, sure = self._measured[group]
            both = sure + precision
            counts = (before * sure + counts * precision) / both
            precision = both
        else:
            self._weights[group] = np.zeros(shape)
            self._tree = None
        self._measured[group] = counts, precision
        self._tables = []

    def cells_with(self, pair: tuple[int, int]) -> int:
        """Return how many cells there would be if two columns stood together.

        Parameters
        ----------
        pair : tuple of int
            Columns.

        Returns
        -------
        int
            Over all cliques.
        """
        tree = self.tree
        if tree.holds(pair):
            return tree.n_cells
        if pair not in self._cells_with:
            a, b = pair
            if tree.root[a] == tree.root[b]:
                cells = JunctionTree(self.sizes, [*self._weights, pair]).n_cells
            else:
                # One more clique joins what was apart; a column that was alone is in it.
                alone = [c for c in pair if tree.root.count(tree.root[c]) == 1]
                cells = tree.n_cells + self.sizes[a] * self.sizes[b]
                cells -= sum(self.sizes[c] for c in alone)
            self._cells_with[pair] = cells
        return self._cells_with[pair]

    def fit(self, n_steps: int) -> None:
        """Approach the optimum from where the last fit ended.

        Parameters
        ----------
        n_steps : int
            Steps of L-BFGS, at most.
        """
        groups = list(self._measured)
        if not groups:
            return
        shapes = [self._weights[group].shape for group in groups]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
        counts = np.concatenate([self._measured[group][0].ravel() for group in groups])
        ridge = _ENTROPY / np.concatenate([self._measured[group][1].ravel() for group in groups])
        # About the curvature in each direction, so that steps are as long in all of them.
        unit = 1 / np.sqrt(np.maximum(counts, 1.0) + ridge)

        def weights_of(vector: Floats) -> dict[Group, Floats]:
            parts = np.split(vector * unit, ends)
            return {g: p.reshape(s) for g, p, s in zip(groups, parts, shapes, strict=True)}

        def dual(vector: Floats) -> tuple[float, Floats]:
            weights = vector * unit
            tables, log_partition = self._marginals(weights_of(vector))
            fitted = np.concatenate([self._within(tables, group).ravel() for group in groups])
            value = self.total * log_partition - weights @ counts + 0.5 * ridge @ weights**2
            slope = (fitted - counts + ridge * weights) * unit
            return float(value) / self.total, slope / self.total

        start = np.concatenate([self._weights[group].ravel() for group in groups]) / unit
        options: Any = {"maxiter": n_steps, "maxfun": 2 * n_steps + 20, "maxcor": 20}
        options |= {"ftol": _TOLERANCE, "gtol": 0.0}
        found = minimize(dual, start, jac=True, method="L-BFGS-B", options=options)
        self._weights = weights_of(found.x)
        self._tables = []

    def tables(self) -> list[Floats]:
        """Return the table of each clique of ``tree``."""
        if not self._tables:
            self._tables = self._marginals(self._weights)[0]
        return self._tables

    def marginal(self, group: Group) -> Floats:
        """Return the counts of columns that were measured together.

        Parameters
        ----------
        group : tuple of int
            Ascending.

        Returns
        -------
        ndarray
            One axis for each.
        """
        return self._within(self.tables(), group)

    def _marginals(self, weights: dict[Group, Floats]) -> tuple[list[Floats], float]:
        tree = self.tree
        potentials = [np.zeros([self.sizes[c] for c in q.columns]) for q in tree.cliques]
        for group, table in weights.items():
            home = self._homes[group]
            potentials[home] += table.reshape(tree.shape(group, tree.cliques[home].columns))
        return tree.marginals(potentials, self.total)

    def _within(self, tables: Sequence[Floats], group: Group) -> Floats:
        home = self._homes[group]
        columns = self.tree.cliques[home].columns
        axes = tuple(i for i, c in enumerate(columns) if c not in group)
        return np.asarray(tables[home].sum(axis=axes))
