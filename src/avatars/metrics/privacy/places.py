"""Who is nearest, ties included, without ever holding all distances.

Rows that fall on the same point are one place with a count: a table of few kinds of rows is as
quickly searched as one in which everybody differs, and ties are seen whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.neighbors import KDTree

from avatars.engine.records import Floats, Ints

__all__ = ["Places", "within"]

_NUDGE = 1e-12
_PRODUCT_NUDGE = 1e-14
_CANCELS = 1e-3
_LEAF = 100
_PROBED, _WIDE = 1_000, 0.01
_TILE = (64, 4_096)
"""Rows and columns of all pairs that are compared at once: they stay in the cache."""


class Places:
    """The distinct points of a table, to be searched.

    Parameters
    ----------
    points : ndarray of shape (n_rows, n_axes)
        Coordinates of the rows.

    Attributes
    ----------
    of_row : ndarray of shape (n_rows,), intp
        The place of each row.
    counts : ndarray of shape (n_places,), intp
        How many rows stand at each place.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.privacy.places import Places
    >>> places = Places(np.array([[0.0], [2.0], [2.0]]))
    >>> places.counts.tolist(), places.of_row.tolist()
    ([1, 2], [0, 1, 1])
    >>> places.two_nearest(np.array([[0.5], [1.5]])).tolist()
    [[0.5, 1.5], [0.5, 0.5]]
    >>> places.nearest(np.array([[1.0], [5.0]])).toarray().tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """

    def __init__(self, points: Floats) -> None:
        distinct, of_row, counts = np.unique(
            points, axis=0, return_inverse=True, return_counts=True
        )
        self.of_row: Ints = of_row.reshape(-1)
        self.counts: Ints = counts
        self._tree = KDTree(distinct)

    def two_nearest(self, queries: Floats) -> Floats:
        """Return the distances of the nearest row and of the second nearest.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, n_axes)
            Points of any table.

        Returns
        -------
        ndarray of shape (n_queries, 2)
            The second is infinite where there is one row only.
        """
        k = min(2, len(self.counts))
        found, where = self._tree.query(queries, k=k)
        second = found[:, 1] if k == 2 else np.full(len(queries), np.inf)
        shared = self.counts[where[:, 0]] > 1
        return np.column_stack([found[:, 0], np.where(shared, found[:, 0], second)])

    def nearest_others(self) -> Floats:
        """Return how far each row is from the nearest other one, infinite where there is none."""
        distinct = np.asarray(self._tree.data)
        if len(distinct) == 1:
            apart = np.array([np.inf])
        else:
            apart = self._tree.query(distinct, k=2)[0][:, 1]
        return np.asarray(np.where(self.counts > 1, 0.0, apart)[self.of_row])

    def nearest(self, queries: Floats) -> sparse.csr_array:
        """Return which places are nearest: several where they are equally near.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, n_axes)
            Points of any table.

        Returns
        -------
        csr_array of shape (n_queries, n_places)
            One at the nearest places, zero elsewhere.
        """
        reach = _nudged(self._tree.query(queries)[0].ravel(), queries)
        found = self._tree.query_radius(queries, reach)
        columns = np.concatenate([np.sort(places) for places in found])
        starts = np.concatenate([[0], np.cumsum([len(places) for places in found])])
        return sparse.csr_array(
            (np.ones(len(columns)), columns, starts), shape=(len(queries), len(self.counts))
        )

    def chance_of_own(self, queries: Floats) -> Floats:
        """Return the chance that who picks one of the nearest rows gets the one in the same row.

        Parameters
        ----------
        queries : ndarray of shape (n_rows, n_axes)
            As many points as there are rows here.

        Returns
        -------
        ndarray of shape (n_rows,)
            1 / m where m rows are equally near and the own one is among them, else 0.
        """
        nearest = self.nearest(queries)
        of_query = np.repeat(np.arange(len(queries)), np.diff(nearest.indptr))
        is_own = nearest.indices == self.of_row[of_query]
        found = np.bincount(of_query[is_own], minlength=len(queries))
        return np.asarray(found / (nearest @ self.counts))


def within(queries: Floats, points: Floats, radii: Floats) -> NDArray[np.intp]:
    """Count the points that are as near to each query as its radius, or nearer.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, n_axes)
        Where to count.
    points : ndarray of shape (n_points, n_axes)
        What to count.
    radii : ndarray of shape (n_queries,)
        How far.

    Returns
    -------
    ndarray of shape (n_queries,), intp
        Counts; distances equal in theory count as equal.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.privacy.places import within
    >>> points = np.array([[0.0], [1.0], [2.0]])
    >>> within(points, points, np.array([0.5, 1.0, 9.0])).tolist()
    [1, 3, 3]
    """
    reach = _nudged(radii, queries)
    size = np.linalg.norm(queries, axis=1)
    some = points[:: max(1, len(points) // _PROBED)]
    # A tree is quick where few points lie within; elsewhere comparing with all of them is. Products
    # cancel where the radius is much smaller than what they are made of.
    is_wide = _among_all(queries, some, reach) > _WIDE * len(some)
    is_wide &= reach > _CANCELS * (1 + size)
    counts = np.empty(len(queries), dtype=np.intp)
    counts[is_wide] = _among_all(queries[is_wide], points, reach[is_wide])
    if not is_wide.all():
        tree = KDTree(points, leaf_size=_LEAF)
        counts[~is_wide] = tree.query_radius(queries[~is_wide], reach[~is_wide], count_only=True)
    return counts


def _among_all(queries: Floats, points: Floats, reach: Floats) -> NDArray[np.intp]:
    """Count the points within reach by looking at every one, a tile of all pairs at a time."""
    size = np.linalg.norm(queries, axis=1)
    # |q - p|^2 <= r^2 as one product; what rounding takes from it is given back.
    limit = reach**2 + _PRODUCT_NUDGE * (size + reach) ** 2 - size**2
    left = np.column_stack([queries, np.ones(len(queries))])
    right = np.ascontiguousarray(np.column_stack([-2.0 * points, (points**2).sum(axis=1)]).T)
    counts = np.zeros(len(queries), dtype=np.intp)
    for top in range(0, len(queries), _TILE[0]):
        rows = slice(top, top + _TILE[0])
        for start in range(0, len(points), _TILE[1]):
            found = left[rows] @ right[:, start : start + _TILE[1]] <= limit[rows, None]
            counts[rows] += np.count_nonzero(found, axis=1)
    return counts


def _nudged(radii: Floats, queries: Floats) -> Floats:
    """Widen radii by what coordinates are rounded by."""
    scale = 1 + np.linalg.norm(queries, axis=1)
    return np.asarray(radii * (1 + _NUDGE) + _NUDGE * scale)
