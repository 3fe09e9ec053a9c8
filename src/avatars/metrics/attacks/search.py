"""Nearest records without ever holding all distances, and who is most exposed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

__all__ = ["exposure", "nearest"]


def nearest(queries: Any, targets: Any, k: int = 1) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return distances and rows of the nearest targets of each query, the nearest first.

    Parameters
    ----------
    queries, targets : array or csr_array of shape (n, n_features)
        As :func:`avatars.metrics.space.encoded` lays tables out.
    k : int, default=1
        How many, at most the number of targets.

    Returns
    -------
    distances, rows : ndarray of shape (n_queries, k)
        Distances are rounded to six decimals, so that those equal in theory are ties; of targets
        equally near, the first comes first.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.search import nearest
    >>> distances, rows = nearest(np.array([[0.0]]), np.array([[3.0], [1.0]]), k=2)
    >>> distances.tolist(), rows.tolist()
    ([[1.0, 3.0]], [[1, 0]])
    """
    search = NearestNeighbors(n_neighbors=min(k, targets.shape[0]), algorithm="brute").fit(targets)
    distances, rows = search.kneighbors(queries)
    distances = distances.round(6)
    order = np.lexsort((rows, distances), axis=1)
    return np.take_along_axis(distances, order, axis=1), np.take_along_axis(rows, order, axis=1)


def exposure(people: Any, everybody: Any, k: int = 5) -> NDArray[np.float64]:
    """Return how far each person is from the nearest others: the larger, the more exposed.

    Parameters
    ----------
    people : array or csr_array of shape (n_people, n_features)
        Whose exposure to measure; each is also among everybody.
    everybody : array or csr_array of shape (n_everybody, n_features)
        All people known.
    k : int, default=5
        Nearest others to average over.

    Returns
    -------
    ndarray of shape (n_people,)
        Mean distance.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.search import exposure
    >>> points = np.array([[0.0], [1.0], [2.0], [50.0]])
    >>> exposure(points, points, k=1).tolist()
    [1.0, 1.0, 1.0, 48.0]
    """
    k = min(k, everybody.shape[0] - 1)
    distances, _ = nearest(people, everybody, k + 1)
    # The nearest of all is the person's own place.
    return np.asarray(distances[:, 1:].mean(axis=1) if k else np.zeros(people.shape[0]))
