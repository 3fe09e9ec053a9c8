"""What became of the links: keys, numbers of children, whose child is whose, and relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import cKDTree

from avatars.exceptions import InvalidInputError
from avatars.metrics.linked.frames import LinkedFrames
from avatars.metrics.signal.association import association_changes
from avatars.metrics.space import read_together
from avatars.models import Link
from avatars.tables import PrimaryKey

__all__ = [
    "OwnParentRate",
    "cardinality_similarity",
    "cross_table_correlation_difference",
    "referential_integrity",
    "sensitive_own_parent_rate",
]

_NEAR = 10
"""Parents among whom a child could as well have gone."""
_FEWEST = 20


def referential_integrity(
    parent: pd.DataFrame, child: pd.DataFrame, *, parent_key: str, child_key: str
) -> float:
    """Measure the share of children that name a parent who is there.

    A share, 0 to 1; higher is better, and less than 1 is a broken release.
    Rows need not be aligned.

    Parameters
    ----------
    parent, child : DataFrame
        A parent and its child, both of people or both of avatars.
    parent_key, child_key : str
        The primary key, and the foreign key; missing foreign keys don't count.

    Returns
    -------
    float
        0 where the primary key is missing somewhere or repeats itself.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.metrics.linked import referential_integrity
    >>> clinic = make_clinic(random_state=0)
    >>> referential_integrity(
    ...     clinic["patient"], clinic["visit"], parent_key="id", child_key="patient_id")
    1.0
    """
    named = child[child_key].dropna()
    if not len(named):
        return 1.0
    keys = parent[parent_key]
    if keys.isna().any() or keys.duplicated().any():
        return 0.0
    return float(named.isin(keys).mean())


def cardinality_similarity(
    original_parent: pd.DataFrame,
    original_child: pd.DataFrame,
    avatar_parent: pd.DataFrame,
    avatar_child: pd.DataFrame,
    *,
    parent_key: str,
    child_key: str,
) -> float:
    """Measure how alike the numbers of children of people and of avatars are.

    One minus the Kolmogorov-Smirnov distance, 0 to 1; higher is better.
    Rows need not be aligned.

    Parameters
    ----------
    original_parent, original_child, avatar_parent, avatar_child : DataFrame
        The two tables of people, and those of avatars.
    parent_key, child_key : str
        The primary key, and the foreign key.

    Returns
    -------
    float
        1 where they are distributed alike.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.metrics.linked import cardinality_similarity
    >>> clinic = make_clinic(random_state=0)
    >>> tables = clinic["patient"], clinic["visit"]
    >>> cardinality_similarity(*tables, *tables, parent_key="id", child_key="patient_id")
    1.0
    """
    counts = []
    for parent, child in ((original_parent, original_child), (avatar_parent, avatar_child)):
        key = PrimaryKey.read(parent[parent_key], table="parent")
        rows = key.rows_of(child[child_key], table="child")
        counts.append(np.bincount(rows[rows >= 0], minlength=len(parent)))
    if not len(counts[0]) or not len(counts[1]):
        return float(len(counts[0]) == len(counts[1]))
    return float(1.0 - stats.ks_2samp(counts[0], counts[1], method="asymp").statistic)


@dataclass(frozen=True)
class OwnParentRate:
    """How many children came to the avatar of their own parent.

    Parameters
    ----------
    value : float
        The share, 0 to 1; lower is better.
    low, high : float
        Clopper-Pearson interval of 95 %.
    chance : float
        What the share would be if each child had been as likely to go to its own parent's avatar
        as to those of the parents nearest to it.
    n : int
        Children with a parent.

    Examples
    --------
    >>> from avatars.metrics.linked import OwnParentRate
    >>> OwnParentRate(value=0.02, low=0.01, high=0.04, chance=0.03, n=300).is_chance
    True
    """

    value: float
    low: float
    high: float
    chance: float
    n: int

    @property
    def is_chance(self) -> bool:
        """Tell whether the share is no larger than chance explains."""
        return self.low <= self.chance


def sensitive_own_parent_rate(
    own: NDArray[np.intp], given: NDArray[np.intp], parent_points: NDArray[np.float64] | None = None
) -> OwnParentRate:
    """Measure how often an avatar's parent is the avatar of its original's parent: **sensitive**.

    A share with an interval, 0 to 1; lower is better, down to the chance beside it.
    Row i of ``given`` is the avatar of row i of ``own``.

    Parameters
    ----------
    own : ndarray of shape (n_children,), intp
        The parent of each original, -1 for none.
    given : ndarray of shape (n_children,), intp
        The parent of its avatar, as a row of the avatars in the order of their originals.
    parent_points : ndarray of shape (n_parents, n_axes), optional
        Where the original parents stand. Children resemble their parents, and so do those of a
        parent's neighbours: chance is the mean share of children who came to the avatar of one of
        the ten parents nearest to their own. Without points it is that of links by lot.

    Returns
    -------
    OwnParentRate
        The share, its interval and chance.

    References
    ----------
    .. [1] Clopper and Pearson, Biometrika 26 (1934), 404-413.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.linked import sensitive_own_parent_rate
    >>> own = np.repeat(np.arange(50), 4)
    >>> sensitive_own_parent_rate(own, own).value
    1.0
    >>> by_lot = np.random.default_rng(0).permutation(own)
    >>> sensitive_own_parent_rate(own, by_lot).is_chance
    True
    """
    both = (own >= 0) & (given >= 0)
    own, given = own[both], given[both]
    n, hits = len(own), int((own == given).sum())
    if not n:
        return OwnParentRate(0.0, 0.0, 1.0, 0.0, 0)
    interval = stats.binomtest(hits, n).proportion_ci(0.95, method="exact")
    n_parents = int(max(own.max(), given.max())) + 1
    if parent_points is None or parent_points.shape[1] == 0 or len(parent_points) < 3:
        shares = np.bincount(given, minlength=n_parents) / n
        chance = float(shares[own].mean())
    else:
        k = min(_NEAR + 1, len(parent_points))
        near = np.asarray(cKDTree(parent_points).query(parent_points, k)[1])[:, 1:]
        others = np.where(near[own] == own[:, None], -1, near[own])
        chance = float((others == given[:, None]).sum() / max((others >= 0).sum(), 1))
    return OwnParentRate(hits / n, float(interval.low), float(interval.high), chance, n)


def cross_table_correlation_difference(
    people: LinkedFrames, avatars: LinkedFrames, name: str
) -> dict[str, float] | None:
    """Measure how associations between a table and its ancestors changed.

    Absolute differences of associations, 0 to 1; lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    people, avatars : LinkedFrames
        The tables.
    name : str
        The child: pairs of one of its columns and one of an ancestor, and of columns of two
        ancestors, are compared.

    Returns
    -------
    dict of {"mean", "greatest": float, "n_pairs": int} or None
        None where there is no pair.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.metrics.linked import LinkedFrames, cross_table_correlation_difference
    >>> from avatars.models import Link, Relations
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> keys = {"patient": "id", "visit": "id"}
    >>> relations = Relations(tables=tuple(keys), primary_keys=keys, links=(link,))
    >>> linked = LinkedFrames(make_clinic(random_state=0), relations)
    >>> cross_table_correlation_difference(linked, linked, "visit")["mean"]
    0.0
    """
    original, release = people.information(name), avatars.information(name)
    tables = ["" for _ in people.own(name).columns]
    for path in people.relations.paths_up(name):
        tables += [path[-1].parent] * people.own(path[-1].parent).shape[1]
    if len(set(tables)) < 2 or min(len(original), len(release)) < _FEWEST:
        return None
    try:
        first, second = read_together(original, release)
    except InvalidInputError:
        return None
    kept = [c.kind != "identifier" for c in first.schema.columns]
    of = [table for table, keep in zip(tables, kept, strict=True) if keep]
    changes = association_changes(first, second)
    across = np.array([[a != b for b in of] for a in of])
    pairs = changes[np.triu(across, 1)]
    pairs = pairs[~np.isnan(pairs)]
    if not len(pairs):
        return None
    return {"mean": float(pairs.mean()), "greatest": float(pairs.max()), "n_pairs": len(pairs)}


def links_of(people: LinkedFrames, avatars: LinkedFrames, link: Link) -> dict[str, Any]:
    """Return the figures of one link that need nobody's own avatar."""
    before = people.frames[link.parent], people.frames[link.child]
    after = avatars.frames[link.parent], avatars.frames[link.child]
    key, foreign = link.parent_field, link.child_field
    similarity = cardinality_similarity(*before, *after, parent_key=key, child_key=foreign)
    return {
        "parent": link.parent,
        "child": link.child,
        "field": link.child_field,
        "method": link.method.value,
        "cardinality": link.cardinality.value,
        "referential_integrity": referential_integrity(*after, parent_key=key, child_key=foreign),
        "cardinality_similarity": round(similarity, 4),
    }
