"""What somebody who holds the release can find out about people, beyond what people unseen give.

Every figure has a control: people who were not in the training table. An attack that works as well
on them says something about the population, not about anybody in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import euclidean_distances

from avatars.metrics.space import Types, encoded, owners, read_together

__all__ = ["MembershipResult", "closer_to_training_share", "linkability", "membership_auc"]

_CELLS = 8_000_000
"""Distances that are held at once."""


@dataclass(frozen=True)
class MembershipResult:
    """How well members are told from people unseen.

    Parameters
    ----------
    auc : float
        Area under the curve over everybody; .5 is chance, 1 the worst.
    auc_exposed : float
        The same over the tenth of people farthest from those around them.

    Examples
    --------
    >>> from avatars.metrics import MembershipResult
    >>> MembershipResult(auc=0.52, auc_exposed=0.55).auc
    0.52
    """

    auc: float
    auc_exposed: float


def membership_auc(
    original: Any, avatars: Any, holdout: Any, *, types: Types | None = None
) -> MembershipResult:
    """Measure how well distance to the release tells members from people unseen.

    From 0 to 1; .5 is best, since the attacker can't do better than guess.
    Rows need not be aligned.

    The attacker holds the release and somebody's whole record, and says "was in the table" the
    sooner the nearer the nearest avatar is. Distances are taken in standard deviations of the
    release and with one indicator per level, a space that no avatar was built in.

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table
        People of the same population who were not in it.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    MembershipResult
        Over everybody, and over the tenth whose five nearest people are farthest.

    References
    ----------
    .. [1] Chen, Yu, Zhang, Fritz, "GAN-Leaks", ACM CCS 2020, section 4.1 (full black box).

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import membership_auc
    >>> people = make_patients(400, random_state=0)
    >>> train, unseen = people.head(200), people.tail(200)
    >>> membership_auc(train, train, unseen).auc  # a release of the people themselves
    1.0
    """
    release, people, unseen = _read(original, avatars, holdout, types)
    a, x, h = encoded(release, people, unseen)
    everybody = _stacked(x, h)
    score = -np.concatenate([_nearest(x, a)[0], _nearest(h, a)[0]])
    member = np.concatenate([np.ones(x.shape[0]), np.zeros(h.shape[0])])
    exposure = _mean_distance_to_others(everybody)
    exposed = exposure >= np.quantile(exposure, 0.9)
    return MembershipResult(_auc(member, score), _auc(member[exposed], score[exposed]))


def linkability(
    original: Any,
    avatars: Any,
    holdout: Any,
    *,
    n_splits: int = 5,
    random_state: int = 0,
    types: Types | None = None,
) -> float:
    """Measure how often two halves of a person's columns lead to the same avatar.

    From about 0 to 1; 0 is best, and small negative values are noise around it.
    Rows need not be aligned.

    The attacker holds two files about the same people with different columns, looks for the
    nearest avatar from either half, and links the two where it is the same one. The success with
    people unseen is taken off: (success - control) / (1 - control).

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table
        People of the same population who were not in it.
    n_splits : int, default=5
        Random halvings of the columns to average over.
    random_state : int, default=0
        Draws them.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Success beyond the control. 0 for tables of one column.

    References
    ----------
    .. [1] Giomi, Boenisch, Wehmeyer, Tasnadi, "A unified framework for quantifying privacy risk
       in synthetic data", PoPETs 2023(2), section 5.2.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import linkability
    >>> people = make_patients(400, random_state=0)
    >>> linkability(people.head(200), people.head(200), people.tail(200)) > 0.2
    True
    """
    release, people, unseen = _read(original, avatars, holdout, types)
    a, x, h = encoded(release, people, unseen)
    owner = owners(release)
    columns = np.unique(owner)
    if len(columns) < 2:
        return 0.0
    generator = np.random.default_rng(random_state)
    results = []
    for _ in range(n_splits):
        half = np.isin(owner, generator.permutation(columns)[: len(columns) // 2])
        success = [_same_avatar(side, a, half) for side in (x, h)]
        results.append((success[0] - success[1]) / max(1.0 - success[1], 1e-9))
    return float(np.mean(results))


def closer_to_training_share(
    original: Any,
    avatars: Any,
    holdout: Any,
    *,
    random_state: int = 0,
    types: Types | None = None,
) -> float:
    """Measure the share of avatars that lie closer to a person of the table than to one unseen.

    From 0 to 1; .5 is best.
    Rows need not be aligned.

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table
        People of the same population who were not in it.
    random_state : int, default=0
        Draws as many people from the larger of the two as the smaller has.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Avatars equally far from both count half.

    References
    ----------
    .. [1] Platzer, Reutterer, "Holdout-based empirical assessment of mixed-type synthetic data",
       Frontiers in Big Data 4 (2021), section 2.3.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import closer_to_training_share
    >>> people = make_patients(400, random_state=0)
    >>> closer_to_training_share(people.head(200), people.head(200), people.tail(200))
    1.0
    """
    release, people, unseen = _read(original, avatars, holdout, types)
    a, x, h = encoded(release, people, unseen)
    generator = np.random.default_rng(random_state)
    size = min(x.shape[0], h.shape[0])
    seen, control = (
        _nearest(a, side[generator.permutation(side.shape[0])[:size]])[0] for side in (x, h)
    )
    return float((seen < control).mean() + (seen == control).mean() / 2)


def _read(original: Any, avatars: Any, holdout: Any, types: Types | None) -> tuple[Any, Any, Any]:
    people, release, unseen = read_together(original, avatars, holdout, types=types)
    return release, people, unseen


def _same_avatar(people: Any, avatars: Any, half: NDArray[np.bool_]) -> float:
    """Return the share of people whose two halves of columns have the same nearest avatar."""
    one, other = (_nearest(people[:, columns], avatars[:, columns])[1] for columns in (half, ~half))
    return float((one == other).mean())


def _stacked(first: Any, second: Any) -> Any:
    from scipy import sparse

    return sparse.csr_array(sparse.vstack([first, second]))


def _nearest(queries: Any, targets: Any) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return distance and row of the nearest target of each query."""
    n = queries.shape[0]
    distance, where = np.empty(n), np.empty(n, dtype=np.intp)
    step = max(1, _CELLS // max(targets.shape[0], 1))
    for start in range(0, n, step):
        part = slice(start, start + step)
        found = euclidean_distances(queries[part], targets)
        where[part] = found.argmin(axis=1)
        distance[part] = found[np.arange(len(found)), where[part]]
    # Rounded, so that distances equal in theory stay ties.
    return distance.round(6), where


def _mean_distance_to_others(points: Any, k: int = 5) -> NDArray[np.float64]:
    n = points.shape[0]
    k = min(k, n - 1)
    result = np.empty(n)
    step = max(1, _CELLS // n)
    for start in range(0, n, step):
        part = slice(start, start + step)
        found = euclidean_distances(points[part], points)
        found[np.arange(len(found)), np.arange(start, start + len(found))] = np.inf
        result[part] = np.partition(found, k - 1, axis=1)[:, :k].mean(axis=1)
    return result


def _auc(member: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    if len(np.unique(member)) < 2:
        return float("nan")
    return float(roc_auc_score(member, score))
