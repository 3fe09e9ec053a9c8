"""Which avatar of a parent each avatar of a child belongs to."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatars.engine.links.assignment import assign, nearest
from avatars.engine.links.cardinality import allotted, merged_counts
from avatars.engine.records import Floats, Ints
from avatars.exceptions import SensitiveWarning, shown
from avatars.models import Cardinality, Link, LinkMethod

__all__ = ["Borrowed", "following", "give", "telling"]

_REST = 0.05
"""Weight of directions that say nothing about a child, beside 1 for those that say all."""
_DIRECTIONS = 8
"""Most directions: beyond, a k-d tree visits nearly every leaf."""
_AROUND = 8
"""Parents among whom it is told whether children ask for more of them than there are."""


@dataclass(frozen=True, repr=False, eq=False)
class Borrowed:
    """The axes of one parent as the rows of a child have them, **sensitive**.

    Attributes
    ----------
    original : ndarray of shape (n_children, n_axes)
        Of the parent that each original names; NaN for none.
    drawn : ndarray of shape (n_children, n_axes)
        As drawn for each avatar.
    given : ndarray of shape (n_children, n_axes)
        Of the avatar parent that it was given to.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.giving import Borrowed
    >>> Borrowed(np.zeros((3, 2)), np.zeros((3, 2)), np.ones((3, 2))).given.shape
    (3, 2)
    """

    original: Floats
    drawn: Floats
    given: Floats


def following(original: Floats, drawn: Floats, settled: Sequence[Borrowed]) -> Floats:
    """Return drawn axes of one parent, moved along with what other parents turned out to be.

    An avatar parent is seldom exactly where the child asked for. What two parents of one child
    have in common (a patient's age and the doctor's field) would be lost a little with each link:
    the axes of the next parent are moved by what the pooled regression on the axes of the earlier
    ones says of the difference.

    Parameters
    ----------
    original, drawn : ndarray of shape (n_children, n_axes)
        Axes of the next parent.
    settled : sequence of Borrowed
        Parents that were given already.

    Returns
    -------
    ndarray of shape (n_children, n_axes)
        Axes to look for the next parent at.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.giving import Borrowed, following
    >>> x = np.arange(10.0)[:, None]
    >>> following(2 * x, 2 * x, [Borrowed(x, x, x + 1)]).ravel()[:3].round(6).tolist()
    [2.0, 4.0, 6.0]
    """
    usable = [block for block in settled if block.original.shape[1]]
    if not usable or not original.shape[1]:
        return drawn
    before = np.hstack([block.original for block in usable])
    moved = np.hstack([block.given - block.drawn for block in usable])
    complete = ~np.isnan(np.hstack([before, original])).any(axis=1)
    if complete.sum() <= 2 * before.shape[1]:
        return drawn
    x, y = before[complete], original[complete]
    slopes = np.linalg.lstsq(x - x.mean(axis=0), y - y.mean(axis=0), rcond=None)[0]
    return np.asarray(drawn + np.nan_to_num(moved) @ slopes)


def telling(original: Floats, child: Floats) -> Floats:
    """Return the map onto the directions of a parent that its children tell something of.

    A child asks for a parent by all axes, and gets one that is near. Where it is not quite there
    matters along directions that go with the child's own columns, and hardly along others: what a
    child can predict of each direction is its weight (the squared canonical correlations of
    parent and child; Hotelling, Biometrika 28, 1936, 321-377).

    Parameters
    ----------
    original : ndarray of shape (n_children, n_axes)
        Axes of the parents of the originals, NaN for none.
    child : ndarray of shape (n_children, n_features)
        What the originals have themselves.

    Returns
    -------
    ndarray of shape (n_axes, n_directions)
        At most 8 directions. Distances are measured between coordinates times this matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.giving import telling
    >>> rng = np.random.default_rng(0)
    >>> parent = rng.normal(size=(500, 2))
    >>> weights = (telling(parent, parent[:, :1]) ** 2).sum(axis=1)
    >>> bool(weights[0] > 10 * weights[1])
    True
    """
    width = original.shape[1]
    known = ~np.isnan(original).any(axis=1)
    spread = original[known].std(axis=0) if known.any() else np.ones(width)
    spread = np.where(spread > 0, spread, 1.0)
    if known.sum() <= 2 * child.shape[1] or not width:
        return np.diag(1.0 / spread)[:, :_DIRECTIONS]
    z = (original[known] - original[known].mean(axis=0)) / spread
    x = child[known] - child[known].mean(axis=0)
    predicted = x @ np.linalg.lstsq(x, z, rcond=None)[0]
    weights, directions = np.linalg.eigh(predicted.T @ predicted / len(z))
    kept = np.argsort(-weights, kind="stable")[:_DIRECTIONS]
    stretch = np.sqrt(np.maximum(weights[kept], 0.0) + _REST)
    return np.asarray(directions[:, kept] * stretch / spread[:, None])


def give(
    link: Link,
    wanted: Floats,
    places: Floats,
    *,
    rows: Ints,
    has_parent: NDArray[np.bool_],
    counts: Floats,
    k: int,
    few: int,
    generator: np.random.Generator,
) -> Ints:
    """Give each avatar of a child to an avatar of a parent.

    Parameters
    ----------
    link : Link
        The link, its method and its cardinality.
    wanted : ndarray of shape (n_children, n_axes)
        Where each avatar's parent should stand.
    places : ndarray of shape (n_parents, n_axes)
        Where the avatars of the parent stand.
    rows : ndarray of shape (n_children,), intp
        The parent of each original, -1 for none.
    has_parent : ndarray of shape (n_children,), bool
        Which avatars have a parent.
    counts : ndarray of shape (n_parents,)
        Numbers of children as drawn for the avatars of the parent.
    k : int
        Neighbours of an avatar of the parent.
    few : int
        Parents without children that are enough to stay without.
    generator : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (n_children,), intp
        Rows of the avatars of the parent, -1 for none.

    Warns
    -----
    SensitiveWarning
        If the method keeps each child with the avatar of its own parent.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.giving import give
    >>> from avatars.models import Link
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> at = np.array([[0.0], [10.0], [0.1], [9.9]])
    >>> give(link, at, np.array([[0.0], [10.0]]), rows=np.array([1, 0, 1, 0]),
    ...      has_parent=np.ones(4, dtype=bool), counts=np.array([2.0, 2.0]), k=2, few=0,
    ...      generator=np.random.default_rng(0)).tolist()
    [0, 1, 0, 1]
    """
    if link.method is LinkMethod.SENSITIVE_ORIGINAL_ORDER_ASSIGNMENT:
        warnings.warn(
            f"the link from {shown(link.parent)} to {shown(link.child)} keeps each row with the "
            "avatar of its own parent: whoever recognises one recognises the other. "
            "'linear_sum_assignment' decides by distance.",
            SensitiveWarning,
            stacklevel=2,
        )
        return rows
    result = np.full(len(wanted), -1, dtype=np.intp)
    linked = np.flatnonzero(has_parent)
    if link.method is LinkMethod.MINIMUM_DISTANCE_ASSIGNMENT:
        result[linked] = nearest(wanted[linked], places, generator)
        return result
    own = np.bincount(rows[rows >= 0], minlength=len(places)).astype(np.intp)
    if link.cardinality is Cardinality.SMOOTHED:
        own = merged_counts(own, k, without=few)
    leaning = _where_asked(counts, wanted[linked], places)
    room = allotted(leaning, own, len(linked), generator)
    result[linked] = assign(wanted[linked], places, room, generator)
    return result


def _where_asked(counts: Floats, wanted: Floats, places: Floats) -> Floats:
    """Return drawn numbers of children, moved to where children ask for parents.

    Left alone, one sex of patients may have room for fewer visits than were drawn for it, and the
    rest would go to the other. What parents of a neighbourhood have together is brought to what is
    asked for there; who of them has much and who little stays as it was drawn.
    """
    around = min(_AROUND, len(places))
    if not len(wanted) or not wanted.shape[1] or around < 2:
        return counts
    tree = cKDTree(places)
    asked = np.bincount(tree.query(wanted, around)[1].ravel(), minlength=len(places))
    near = tree.query(places, around)[1]
    counts = np.maximum(counts, 0.0) + 0.5
    return np.asarray(counts * (asked[near].mean(axis=1) + 0.5) / counts[near].mean(axis=1))
