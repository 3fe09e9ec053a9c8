"""The distribution that noisy marginals speak for, among all: post-processing.

Of all distributions the one of greatest entropy that fits the measured marginals best in squared
error, weighted by their noise, found by mirror descent on its marginals (McKenna, Sheldon &
Miklau, ICML 2019, algorithm 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avatars.engine.dp.tree import Floats, Group, JunctionTree

__all__ = ["Estimate", "Measurement"]

_HALVINGS = 25


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
        self._measured: list[Measurement] = []
        self._weights: dict[Group, Floats] = {}
        self.tree = JunctionTree(self.sizes, [])
        self._tables: list[Floats] = []
        self._step = 1.0 / self.total

    def add(self, measurement: Measurement) -> None:
        """Take one more measurement into account; ``fit`` has to be called.

        Parameters
        ----------
        measurement : Measurement
            Of any columns.
        """
        self._measured.append(measurement)
        if measurement.columns not in self._weights:
            shape = tuple(self.sizes[c] for c in measurement.columns)
            self._weights[measurement.columns] = np.zeros(shape)
            self.tree = JunctionTree(self.sizes, self._weights)
            self._homes = {group: self.tree.home(group) for group in self._weights}
        self._tables = []

    def cells_with(self, group: Group) -> int:
        """Return how many cells there would be if columns stood together.

        Parameters
        ----------
        group : tuple of int
            Columns.

        Returns
        -------
        int
            Over all cliques.
        """
        return JunctionTree(self.sizes, [*self._weights, group]).n_cells

    def fit(self, n_steps: int) -> None:
        """Descend.

        Parameters
        ----------
        n_steps : int
            At most.
        """
        weights = self._weights
        tables = self._marginals(weights)
        loss, slopes = self._loss(tables)
        step = self._step * 2
        for _ in range(n_steps):
            before = {group: self._within(tables, group) for group in slopes}
            gained = False
            for _ in range(_HALVINGS):
                tried = {g: w - step * slopes[g] for g, w in weights.items()}
                fresh = self._marginals(tried)
                lower, others = self._loss(fresh)
                promised = sum(
                    float((slopes[g] * (before[g] - self._within(fresh, g))).sum()) for g in slopes
                )
                if loss - lower >= 0.5 * promised:
                    gained = True
                    break
                step /= 2
            if not gained:
                break
            little = loss - lower <= 1e-7 * max(loss, 1e-9)
            weights, tables, loss, slopes = tried, fresh, lower, others
            self._step, step = step, step * 2
            if little:
                break
        self._weights, self._tables = weights, tables

    def tables(self) -> list[Floats]:
        """Return the table of each clique of ``tree``."""
        if not self._tables:
            self._tables = self._marginals(self._weights)
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

    def _marginals(self, weights: dict[Group, Floats]) -> list[Floats]:
        potentials = [
            np.zeros(tuple(self.sizes[c] for c in clique.columns)) for clique in self.tree.cliques
        ]
        for group, table in weights.items():
            home = self._homes[group]
            potentials[home] += table.reshape(
                self.tree.shape(group, self.tree.cliques[home].columns)
            )
        return self.tree.marginals(potentials, self.total)

    def _within(self, tables: Sequence[Floats], group: Group) -> Floats:
        home = self._homes[group]
        columns = self.tree.cliques[home].columns
        axes = tuple(i for i, c in enumerate(columns) if c not in group)
        return np.asarray(tables[home].sum(axis=axes))

    def _loss(self, tables: Sequence[Floats]) -> tuple[float, dict[Group, Floats]]:
        slopes = {group: np.zeros_like(table) for group, table in self._weights.items()}
        marginals: dict[Group, Floats] = {}
        loss = 0.0
        for measured in self._measured:
            group = measured.columns
            if group not in marginals:
                marginals[group] = self._within(tables, group)
            off = marginals[group] - measured.counts
            pull = measured.precision * off
            slopes[group] += pull
            loss += 0.5 * float((off * pull).sum())
        return loss, slopes
