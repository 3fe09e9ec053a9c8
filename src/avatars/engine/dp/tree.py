"""Distributions over many columns as a tree of small tables of their combinations.

A junction tree (Lauritzen & Spiegelhalter, JRSS B 50(2), 1988) holds the distribution of greatest
entropy with given marginals: exact marginals by two passes of messages, exact draws from the root
down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Clique", "JunctionTree"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Group = tuple[int, ...]


@dataclass(frozen=True)
class Clique:
    """Columns whose combinations are tabled together.

    Attributes
    ----------
    columns : tuple of int
        Ascending.
    parent : int
        The place of the clique above, which comes earlier; -1 for a root.
    shared : tuple of int
        What it has in common with that one.

    Examples
    --------
    >>> from avatars.engine.dp.tree import Clique
    >>> Clique((0, 2), -1, ()).columns
    (0, 2)
    """

    columns: Group
    parent: int
    shared: Group


class JunctionTree:
    """A junction tree over columns of which some stand together.

    Parameters
    ----------
    sizes : sequence of int
        How many cells each column has.
    groups : iterable of tuple of int
        Columns that must be in one clique.

    Attributes
    ----------
    cliques : list of Clique
        Parents before children.
    n_cells : int
        Of all their tables.
    root : list of int
        By column, the place of the root of its cliques.

    Examples
    --------
    >>> from avatars.engine.dp.tree import JunctionTree
    >>> tree = JunctionTree([2, 3, 4], [(0, 1), (1, 2)])
    >>> tree.n_cells, len(tree.cliques)
    (18, 2)
    """

    def __init__(self, sizes: Sequence[int], groups: Iterable[Group]) -> None:
        self.sizes = tuple(sizes)
        self.cliques = _cliques(self.sizes, groups)
        self._having: list[list[int]] = [[] for _ in sizes]
        # By column, the place of the root above it: columns of different ones are independent.
        self.root = [0] * len(self.sizes)
        roots: list[int] = []
        for place, clique in enumerate(self.cliques):
            roots.append(roots[clique.parent] if clique.parent >= 0 else place)
            for column in clique.columns:
                self._having[column].append(place)
                self.root[column] = roots[place]
        self.n_cells = sum(self._volume(clique.columns) for clique in self.cliques)

    def _volume(self, columns: Group) -> int:
        return int(np.prod([self.sizes[column] for column in columns], dtype=np.float64))

    def home(self, group: Group) -> int:
        """Return the place of the smallest clique that holds some columns.

        Parameters
        ----------
        group : tuple of int
            Columns that stood together in ``groups``.

        Returns
        -------
        int
            Its place.
        """
        return min(self._holding(group), key=lambda i: self._volume(self.cliques[i].columns))

    def holds(self, group: Group) -> bool:
        """Tell whether some columns stand together in a clique."""
        return bool(self._holding(group))

    def _holding(self, group: Group) -> list[int]:
        inside = set(self._having[group[0]])
        return sorted(inside.intersection(*(self._having[column] for column in group[1:])))

    def shape(self, columns: Group, within: Group) -> tuple[int, ...]:
        """Return the shape in which a table of some columns broadcasts to one of more."""
        return tuple(self.sizes[c] if c in columns else 1 for c in within)

    def marginals(self, potentials: Sequence[Floats], total: float) -> tuple[list[Floats], float]:
        """Return the table of each clique, and what normalised them.

        Parameters
        ----------
        potentials : sequence of ndarray
            Logarithms, by clique: the distribution is proportional to the product.
        total : float
            What each table sums up to.

        Returns
        -------
        tables : list of ndarray
            By clique, agreeing on what they share.
        log_partition : float
            Logarithm of the sum of the product over all combinations of all columns.
        """
        beliefs = [potential.copy() for potential in potentials]
        weights: list[Floats] = [np.empty(0)] * len(beliefs)
        sums: list[Floats] = [np.empty(0)] * len(beliefs)
        log_partition = 0.0
        for place in range(len(beliefs) - 1, -1, -1):
            clique, belief = self.cliques[place], beliefs[place]
            # Scaled by the greatest for each combination of what is shared: no sum underflows.
            axes = tuple(i for i, c in enumerate(clique.columns) if c not in clique.shared)
            top = belief.max(axis=axes, keepdims=True)
            weights[place] = np.exp(belief - top)
            sums[place] = weights[place].sum(axis=axes)
            message = np.log(sums[place]) + top.reshape(sums[place].shape)
            if clique.parent < 0:
                log_partition += float(message)
            else:
                above = self.cliques[clique.parent].columns
                beliefs[clique.parent] += message.reshape(self.shape(clique.shared, above))
        tables: list[Floats] = []
        for place, clique in enumerate(self.cliques):
            mass: Floats = np.asarray(total)
            if clique.parent >= 0:
                above = self.cliques[clique.parent].columns
                axes = tuple(i for i, c in enumerate(above) if c not in clique.shared)
                mass = tables[clique.parent].sum(axis=axes)
            share = (mass / sums[place]).reshape(self.shape(clique.shared, clique.columns))
            tables.append(weights[place] * share)
        return tables, log_partition

    def draw(self, tables: Sequence[Floats], n_rows: int, generator: np.random.Generator) -> Ints:
        """Draw rows.

        Parameters
        ----------
        tables : sequence of ndarray
            As ``marginals`` gives them.
        n_rows : int
            How many.
        generator : numpy.random.Generator
            Source of chance.

        Returns
        -------
        ndarray of shape (n_rows, n_columns), int64
            Among rows with the same cells above, cells come up as often as they should but for a
            fraction of one: less noise than independent draws.
        """
        rows = np.zeros((n_rows, len(self.sizes)), dtype=np.int64)
        for clique, table in zip(self.cliques, tables, strict=True):
            fresh = [c for c in clique.columns if c not in clique.shared]
            order = [clique.columns.index(c) for c in (*clique.shared, *fresh)]
            width = self._volume(tuple(fresh))
            conditional = table.transpose(order).reshape(-1, width)
            given = np.zeros(n_rows, dtype=np.int64)
            for column in clique.shared:
                given = given * self.sizes[column] + rows[:, column]
            cells = systematic(conditional, given, generator)
            for column in reversed(fresh):
                rows[:, column] = cells % self.sizes[column]
                cells = cells // self.sizes[column]
        return rows


def systematic(weights: Floats, given: Ints, generator: np.random.Generator) -> Ints:
    """Draw a cell for each row from the weights of what it is given, evenly among its likes.

    Parameters
    ----------
    weights : ndarray of shape (n_given, n_cells)
        Not negative.
    given : ndarray of shape (n_rows,), int64
        The row of weights that each row draws from.
    generator : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (n_rows,), int64
        Cells.
    """
    sums = weights.sum(axis=1, keepdims=True)
    shares = np.where(sums > 0, weights / np.where(sums > 0, sums, 1), 1 / weights.shape[1])
    upto = np.cumsum(shares, axis=1)
    upto /= upto[:, -1:]
    n = len(given)
    # A random order among likes: who is next to whom must not matter for the next columns.
    order = generator.permutation(n)
    order = order[np.argsort(given[order], kind="stable")]
    counts = np.bincount(given, minlength=len(weights))
    starts = np.cumsum(counts) - counts
    place = np.arange(n) - starts[given[order]]
    shift = generator.random(len(weights))[given[order]]
    at = (place + shift) / np.maximum(counts[given[order]], 1)
    flat = (upto + np.arange(len(weights))[:, None]).ravel()
    found = np.searchsorted(flat, given[order] + at, side="right") - given[order] * weights.shape[1]
    cells = np.empty(n, dtype=np.int64)
    cells[order] = np.clip(found, 0, weights.shape[1] - 1)
    return cells


def _cliques(sizes: tuple[int, ...], groups: Iterable[Group]) -> list[Clique]:
    """Take out columns one by one, each time the one whose neighbours make the smallest table.

    A column and its neighbours at that moment are a clique, which hangs below that of the
    neighbour that is taken out first.
    """
    near: list[set[int]] = [set() for _ in sizes]
    for group in groups:
        for a, b in combinations(group, 2):
            near[a].add(b)
            near[b].add(a)
    logs = np.log(np.maximum(sizes, 1)).tolist()
    volume = [logs[c] + sum(logs[o] for o in near[c]) for c in range(len(sizes))]
    queue = [(size, column) for column, size in enumerate(volume)]
    heapify(queue)
    order: dict[int, int] = {}
    while queue:
        size, column = heappop(queue)
        if column in order or size != volume[column]:
            continue
        order[column] = len(order)
        around = near[column]
        for a, b in combinations(around, 2):
            near[a].add(b)
            near[b].add(a)
        for other in around:
            near[other].discard(column)
            volume[other] = logs[other] + sum(logs[o] for o in near[other])
            heappush(queue, (volume[other], other))
    result: list[Clique] = []
    place_of: dict[int, int] = {}
    for column in reversed(order):
        shared = tuple(sorted(near[column]))
        columns = tuple(sorted((column, *shared)))
        above = place_of[min(shared, key=order.__getitem__)] if shared else -1
        if shared and result[above].columns == shared:
            # All that the one above has is here: one clique instead of two.
            result[above] = Clique(columns, result[above].parent, result[above].shared)
            place_of[column] = above
        else:
            place_of[column] = len(result)
            result.append(Clique(columns, above, shared))
    return result
