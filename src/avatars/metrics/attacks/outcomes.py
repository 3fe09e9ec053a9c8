"""What came of an attack: its success beyond the control, and the worst of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from avatars.metrics.attacks.intervals import risk, risk_interval
from avatars.metrics.result import AttackResult

__all__ = ["NOBODY", "beyond_control", "worst"]

NOBODY = "nobody could be attacked on one of its sides"


def beyond_control(
    unrun: AttackResult,
    success: NDArray[Any],
    control: NDArray[Any],
    *,
    scale: float = 1.0,
    confidence: float = 0.95,
) -> AttackResult:
    """Return what an attack got on people of the table beyond what it got on people unseen.

    Parameters
    ----------
    unrun : AttackResult
        The place of the attack: its name, its threat, and the reason if nobody is attacked.
    success, control : ndarray of float or bool
        One entry per attempt: whether it succeeded, or on average over its chances.
    scale : float, default=1
        What both shares are multiplied by, if not all attempts can succeed.
    confidence : float, default=0.95
        How often the interval holds the true risk.

    Returns
    -------
    AttackResult
        With the risk and its interval; ``unrun`` itself if either side has no attempt.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics import AttackResult
    >>> from avatars.metrics.attacks.outcomes import beyond_control
    >>> place = AttackResult.not_run("linkability", "linkability", "Somebody tries.", "not yet")
    >>> beyond_control(place, np.ones(200), np.arange(100) < 25)
    AttackResult(linkability: risk 1.000 [0.873, 1.000], n=200)
    """
    if not len(success) or not len(control):
        return unrun
    found, expected = scale * float(success.mean()), scale * float(control.mean())
    low, high = risk_interval(
        found, len(success), expected, len(control), scale=scale, confidence=confidence
    )
    return replace(
        unrun,
        value=risk(found, expected),
        low=low,
        high=high,
        success=found,
        control=expected,
        n_attempts=len(success),
        reason=None,
    )


def worst(results: Sequence[AttackResult]) -> AttackResult:
    """Return the worst of results whose intervals hold together.

    Parameters
    ----------
    results : sequence of AttackResult
        What came of each goal of an attack; at least one.

    Returns
    -------
    AttackResult
        The one whose interval begins highest: a risk that is proven comes before a larger one that
        a few attempts happened to give. The first, if none was run.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics import AttackResult
    >>> from avatars.metrics.attacks.outcomes import beyond_control, worst
    >>> place = AttackResult.not_run("linkability", "linkability", "Somebody tries.", "not yet")
    >>> lucky = beyond_control(place, np.ones(1), np.zeros(1))
    >>> sure = beyond_control(place, np.arange(200) < 100, np.zeros(200))
    >>> worst([place, lucky, sure]) is sure
    True
    """
    run = [result for result in results if result.was_run]
    return max(run, key=lambda result: (result.low, result.value), default=results[0])
