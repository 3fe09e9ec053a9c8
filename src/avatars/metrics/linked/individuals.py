"""Distance metrics of people with several rows: any row of the own avatar counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatars.metrics.privacy.places import within

__all__ = ["hidden_rate_of_owners", "local_cloaking_of_owners"]

Points = NDArray[np.float64]
Owners = NDArray[np.intp]


def hidden_rate_of_owners(
    points: Points, owner: Owners, avatar_points: Points, avatar_owner: Owners
) -> float:
    """Measure the share of rows whose nearest avatar row isn't one of their own person's avatar.

    In percent, 0 to 100; higher is better.
    Owners must be aligned: individual i of ``avatar_owner`` is the avatar of individual i.

    Parameters
    ----------
    points, avatar_points : ndarray of shape (n_rows, n_axes)
        Where rows stand, on axes fitted on the originals.
    owner, avatar_owner : ndarray of shape (n_rows,), intp
        The individual behind each, -1 for none.

    Returns
    -------
    float
        Rows of nobody don't count. Of several rows equally near one is picked at random.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.linked.individuals import hidden_rate_of_owners
    >>> x, who = np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, 1])
    >>> hidden_rate_of_owners(x, who, x, who)
    0.0
    """
    spots, spot = np.unique(avatar_points, axis=0, return_inverse=True)
    rows = np.flatnonzero(owner >= 0)
    if not len(rows) or not len(spots):
        return 100.0
    nearest = cKDTree(spots).query(points[rows])[1]
    width = int(max(owner.max(), avatar_owner.max())) + 2
    pairs, held = np.unique(spot.ravel() * width + avatar_owner + 1, return_counts=True)
    asked = nearest * width + owner[rows] + 1
    place = np.minimum(np.searchsorted(pairs, asked), len(pairs) - 1)
    own = np.where(pairs[place] == asked, held[place], 0)
    return float(100.0 * (1.0 - (own / np.bincount(spot.ravel())[nearest]).mean()))


def local_cloaking_of_owners(
    points: Points, owner: Owners, avatar_points: Points, avatar_owner: Owners
) -> float:
    """Measure how many avatar rows of others stand between a row and its own person's avatar.

    A count; higher is better.
    Owners must be aligned: individual i of ``avatar_owner`` is the avatar of individual i.

    Parameters
    ----------
    points, avatar_points : ndarray of shape (n_rows, n_axes)
        Where rows stand, on axes fitted on the originals.
    owner, avatar_owner : ndarray of shape (n_rows,), intp
        The individual behind each, -1 for none.

    Returns
    -------
    float
        Median over rows; those whose person's avatar has no row are left out. NaN where there is
        none.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.linked.individuals import local_cloaking_of_owners
    >>> x, who = np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, 1])
    >>> local_cloaking_of_owners(x, who, x[::-1], who)
    1.0
    """
    order = np.argsort(avatar_owner, kind="stable")
    first = np.searchsorted(avatar_owner[order], owner, side="left")
    last = np.searchsorted(avatar_owner[order], owner, side="right")
    rows = np.flatnonzero((owner >= 0) & (last > first))
    if not len(rows):
        return float("nan")
    n_own = (last - first)[rows]
    of_row = np.repeat(np.arange(len(rows)), n_own)
    place = np.arange(len(of_row)) - np.repeat(np.cumsum(n_own) - n_own, n_own)
    own = order[first[rows][of_row] + place]
    distances = np.linalg.norm(points[rows][of_row] - avatar_points[own], axis=1)
    nearest = np.minimum.reduceat(distances, np.cumsum(n_own) - n_own)
    inside = within(points[rows], avatar_points, nearest)
    # Of the own ones, those at that distance are inside as well.
    tied = np.bincount(of_row[distances <= nearest[of_row] * (1 + 1e-12)], minlength=len(rows))
    return float(np.median(inside - tied))
