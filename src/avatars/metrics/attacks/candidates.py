"""How well a score tells the people of the table from people unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatars.metrics.attacks.intervals import auc, auc_interval
from avatars.metrics.attacks.people import too_few_exposed
from avatars.metrics.result import AttackResult

__all__ = ["logarithm", "told_apart"]

Floats = NDArray[np.float64]

_FEW = 2
"""People on either side below which an area under the curve has no interval."""

_BY_MISTAKE = 0.1
"""Share of people unseen that an attacker may name by mistake, for ``success``."""

_NEAR = 1e-4
"""Distance, in standard deviations, below which differences hardly count in a logarithm."""


def told_apart(
    scores: Sequence[Floats], exposed: Sequence[NDArray[np.bool_]], unrun: AttackResult
) -> AttackResult:
    """Return how well scores tell members from the others, everybody's and the most exposed's.

    Parameters
    ----------
    scores : sequence of two ndarrays of float
        Of members and of people unseen; the larger, the sooner the attacker says "member".
    exposed : sequence of two ndarrays of bool
        Who of them belongs to the most exposed tenth.
    unrun : AttackResult
        The place of the attack, which says its name and its threat.

    Returns
    -------
    AttackResult
        An area under the curve. ``success`` is the share of members named at the threshold where
        at most a tenth of people unseen are named too, ``control`` the share of those.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics import AttackResult
    >>> from avatars.metrics.attacks.candidates import told_apart
    >>> place = AttackResult.not_run("shouting", "membership", "Somebody asks.", "", unit="auc")
    >>> scores = [np.array([3.0, 2.0, 4.0]), np.array([1.0, 2.0, 0.0])]
    >>> result = told_apart(scores, [np.array([True, False, False])] * 2, place)
    >>> round(result.value, 2), result.exposed.was_run
    (0.94, False)
    """
    most = [score[chosen] for score, chosen in zip(scores, exposed, strict=True)]
    few = too_few_exposed(exposed)
    part = replace(unrun, reason=few) if few else _judged(most, unrun)
    return replace(_judged(scores, unrun), exposed=part)


def logarithm(distances: Floats) -> Floats:
    """Return logarithms of distances, of which some may be 0.

    Parameters
    ----------
    distances : ndarray of float
        In standard deviations.

    Returns
    -------
    ndarray of float
        A ten-thousandth of a standard deviation is added first.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.candidates import logarithm
    >>> logarithm(np.array([0.0, 0.9999])).round(1).tolist()
    [-9.2, 0.0]
    """
    return np.asarray(np.log(distances + _NEAR))


def _judged(scores: Sequence[Floats], unrun: AttackResult) -> AttackResult:
    members, unseen = scores
    if min(len(members), len(unseen)) < _FEW:
        reason = f"{len(members)} members and {len(unseen)} people unseen are too few to compare"
        return replace(unrun, reason=reason)
    low, high = auc_interval(members, unseen)
    bound = np.quantile(unseen, 1 - _BY_MISTAKE, method="higher")
    return replace(
        unrun,
        reason=None,
        value=auc(members, unseen),
        low=low,
        high=high,
        interval="DeLong",
        success=float((members > bound).mean()),
        control=float((unseen > bound).mean()),
        n_attempts=len(members) + len(unseen),
    )
