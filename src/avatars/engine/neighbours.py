"""The k nearest others, exactly, with ties settled by chance and never by row order.

People with equal coordinates are collapsed to one point before the search: a k-d tree turns
quadratic on a heap of equal points, and whoever shares a point must be chosen among at random.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatars.engine.people import People
from avatars.engine.records import Floats, Ints
from avatars.exceptions import TooFewRowsError

__all__ = ["Neighbours"]

_TREE_DIMENSIONS = 15
"""Beyond this a k-d tree visits nearly every leaf, and blocked brute force is faster."""
_CANDIDATES = 4_000_000
"""Cells that are looked at at once where rows of the same person have to be passed over."""


class Neighbours:
    """An index of points that returns the k nearest other people.

    Parameters
    ----------
    points : ndarray of shape (n_rows, n_dimensions)
        Coordinates of the people.
    generator : numpy.random.Generator
        Puts people at one point in a random order.
    individuals : People, optional
        Who is behind the rows. Then no two neighbours belong to one individual, and none to an
        individual behind the query itself: k rows of one person would hide nobody.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.neighbours import Neighbours
    >>> rng = np.random.default_rng(0)
    >>> index = Neighbours(np.array([[0.0], [0.0], [1.0], [3.0]]), rng)
    >>> distances, who = index.query(2, rng, own=np.arange(4))
    >>> who[0].tolist(), distances[0].tolist()
    ([1, 2], [0.0, 1.0])
    """

    def __init__(
        self,
        points: Floats,
        generator: np.random.Generator,
        individuals: People | None = None,
    ) -> None:
        self.n_rows = len(points)
        self._ids = None if individuals is None or not individuals.n_kinds else individuals.ids
        # +0.0 makes -0.0 and 0.0 the same bytes.
        points = np.ascontiguousarray(points) + 0.0
        _, first, spot = np.unique(_hashes(points), return_index=True, return_inverse=True)
        # 32 bits: these arrays stay with the model, and no machine holds more people than that.
        self._spot = spot.ravel().astype(np.int32)
        self._spots = points[first]
        self._is_collapsed = len(first) < self.n_rows
        if self._is_collapsed:
            self._counts = np.bincount(self._spot)
            self._starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]])
            order = np.lexsort((generator.random(self.n_rows), self._spot))
            self._place = np.empty(self.n_rows, dtype=np.int32)
            self._place[order] = np.arange(self.n_rows) - np.repeat(self._starts, self._counts)
        else:
            order = first
        self._members = order.astype(np.int32)
        self._tree: cKDTree | None = None
        if points.shape[1] <= _TREE_DIMENSIONS:
            self._tree = cKDTree(self._spots, balanced_tree=False, compact_nodes=True)

    def query(
        self, k: int, generator: np.random.Generator, *, points: Floats | None = None, own: Ints
    ) -> tuple[Floats, Ints]:
        """Find the k nearest people of each query, the query's own record left out.

        Parameters
        ----------
        k : int
            Number of neighbours, fewer than the people in the index.
        generator : numpy.random.Generator
            Settles who is taken among people at the same point.
        points : ndarray of shape (n_queries, n_dimensions), optional
            Where to search; the points of ``own`` unless given.
        own : ndarray of shape (n_queries,), intp
            The query's own row in the index, or -1 where it has none.

        Returns
        -------
        distances : ndarray of shape (n_queries, k), float64
            Euclidean, rising along a row.
        rows : ndarray of shape (n_queries, k), intp
            Rows of the index.

        Raises
        ------
        TooFewRowsError
            If there are not k rows of k individuals.
        """
        if self._ids is not None:
            return self._apart(self._ids, k, generator, points, own)
        return self._nearest(k, generator, points, own)

    def _nearest(
        self, k: int, generator: np.random.Generator, points: Floats | None, own: Ints
    ) -> tuple[Floats, Ints]:
        wanted = min(k + 1, len(self._spots))
        places = self._spots[self._spot[own]] if points is None else np.ascontiguousarray(points)
        distances, spots = self._nearest_spots(places, wanted)
        if self._is_collapsed:
            return self._spread(distances, spots, k, own, generator)
        who = self._members[spots].astype(np.intp)
        is_own = who == own[:, None]
        # Without an own record in reach, the farthest of the k + 1 is the one too many.
        is_own[~is_own.any(axis=1), -1] = True
        n = len(places)
        return distances[~is_own].reshape(n, k), who[~is_own].reshape(n, k)

    def near_order(self) -> Ints:
        """Return all rows in an order in which those close by are close in space.

        Work done in this order finds the last query's tree nodes in cache.
        """
        rank = np.arange(len(self._spots))
        if self._tree is not None:
            rank[self._tree.indices] = np.arange(len(rank))
        return np.argsort(rank[self._spot], kind="stable")

    def _apart(
        self,
        ids: Ints,
        k: int,
        generator: np.random.Generator,
        points: Floats | None,
        own: Ints,
    ) -> tuple[Floats, Ints]:
        """Find the nearest rows of k individuals, none of them behind the query."""
        near = np.empty((len(own), k))
        who = np.empty((len(own), k), dtype=np.intp)
        left, wanted = np.arange(len(own)), min(3 * k, self.n_rows - 1)
        while len(left):
            short = []
            size = max(_CANDIDATES // wanted, 1)
            for start in range(0, len(left), size):
                part = left[start : start + size]
                places = None if points is None else points[part]
                found = self._nearest(wanted, generator, places, own[part])
                near[part], who[part], is_full = _first_of_each(*found, ids, own[part], k)
                short.append(part[~is_full])
            left = np.concatenate(short)
            if len(left) and wanted == self.n_rows - 1:
                raise TooFewRowsError(
                    f"no {k} rows can be found of which no two belong to one person: lower k, or "
                    "add rows of other people."
                )
            wanted = min(2 * wanted, self.n_rows - 1)
        return near, who

    def _nearest_spots(self, places: Floats, wanted: int) -> tuple[Floats, Ints]:
        if self._tree is not None:
            found: Any = self._tree.query(places, wanted)
        else:
            from sklearn.neighbors import NearestNeighbors

            search = NearestNeighbors(n_neighbors=wanted, algorithm="brute").fit(self._spots)
            spots = search.kneighbors(places, return_distance=False)
            # Its matrix products lose digits: exact twins would stand a little apart.
            squared: Floats = np.zeros(spots.shape)
            for place, spot in zip(places.T, self._spots.T, strict=True):
                squared += (place[:, None] - spot[spots]) ** 2
            order = squared.argsort(axis=1, kind="stable")
            found = [np.take_along_axis(cells, order, 1) for cells in (np.sqrt(squared), spots)]
        shape = (len(places), wanted)
        return found[0].reshape(shape), found[1].reshape(shape).astype(np.intp, copy=False)

    def _spread(
        self, distances: Floats, spots: Ints, k: int, own: Ints, generator: np.random.Generator
    ) -> tuple[Floats, Ints]:
        """Hand out the people behind each point, nearest points first."""
        n = len(spots)
        own_spot = np.where(own >= 0, self._spot[own], -1)
        is_own = spots == own_spot[:, None]
        filled = np.cumsum(self._counts[spots] - is_own, axis=1)
        start = generator.integers(0, 2**31, size=spots.shape) % self._counts[spots]
        # Starting just behind oneself, the turn ends before it comes back to oneself.
        start = np.where(is_own, self._place[own][:, None] + 1, start)
        here = np.arange(n)
        near = np.empty((n, k))
        who = np.empty((n, k), dtype=np.intp)
        for slot in range(k):
            which = (filled <= slot).sum(axis=1)
            before = np.where(which > 0, filled[here, which - 1], 0)
            spot = spots[here, which]
            turn = (start[here, which] + slot - before) % self._counts[spot]
            who[:, slot] = self._members[self._starts[spot] + turn]
            near[:, slot] = distances[here, which]
        return near, who


def _hashes(points: Floats) -> NDArray[np.uint64]:
    """Hash each row to 64 bits, so that equal points can be found by sorting one column."""
    mixed = np.zeros(len(points), dtype=np.uint64)
    for column in points.T:
        mixed ^= np.ascontiguousarray(column).view(np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _first_of_each(
    distances: Floats, rows: Ints, ids: Ints, own: Ints, k: int
) -> tuple[Floats, Ints, NDArray[np.bool_]]:
    """Pick, from the nearest on, rows that share no individual with one picked or the query's."""
    n, kinds = len(rows), ids.shape[1]
    near = np.zeros((n, k))
    who = np.zeros((n, k), dtype=np.intp)
    picked = np.full((n, k, kinds), -1, dtype=ids.dtype)
    own_ids = np.where((own >= 0)[:, None], ids[own], -1)
    count, here = np.zeros(n, dtype=np.intp), np.arange(n)
    for place in range(rows.shape[1]):
        candidate = ids[rows[:, place]]
        is_new = (count < k) & (candidate != own_ids).all(axis=1)
        is_new &= (picked != candidate[:, None, :]).all(axis=(1, 2))
        new, slot = here[is_new], count[is_new]
        near[new, slot], who[new, slot] = distances[new, place], rows[new, place]
        picked[new, slot] = candidate[new]
        count[new] += 1
        if (count == k).all():
            break
    return near, who, count == k
