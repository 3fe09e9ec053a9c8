"""How sure a figure is: 95 % intervals for shares, risks beyond a control, and areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

__all__ = ["auc", "auc_interval", "risk", "risk_interval", "wilson"]

Floats = NDArray[np.float64]


def wilson(successes: float, n: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share.

    From 0 to 1; it never collapses, not even at a share of 0 or 1.

    Parameters
    ----------
    successes : float
        How many attempts succeeded; not a whole number where attempts count in part.
    n : float
        How many there were. Without any, the interval is all of 0 to 1.
    confidence : float, default=0.95
        How often the interval holds the true share.

    Returns
    -------
    low, high : float
        Ends of the interval.

    References
    ----------
    .. [1] Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
       (1927).

    Examples
    --------
    >>> from avatars.metrics.attacks.intervals import wilson
    >>> [round(end, 3) for end in wilson(81, 263)]
    [0.255, 0.366]
    >>> [round(end, 3) for end in wilson(0, 20)]
    [0.0, 0.161]
    """
    if n <= 0:
        return 0.0, 1.0
    z = float(ndtri(0.5 + confidence / 2))
    share = successes / n
    centre = share + z**2 / (2 * n)
    reach = z * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    scale = 1 + z**2 / n
    # At 0 and 1 the ends are exact, but for a rounding that would exclude the share itself.
    low = 0.0 if share <= 0 else float((centre - reach) / scale)
    high = 1.0 if share >= 1 else float((centre + reach) / scale)
    return max(low, 0.0), min(high, 1.0)


def risk(success: float, control: float) -> float:
    """Return what an attack gets beyond its control, as a share of what was left to get.

    From -1 to 1; 0 is none, 1 the worst, and values below 0 are noise around it.

    Parameters
    ----------
    success, control : float
        Share of attempts that succeeded, on people of the table and on people unseen.

    Returns
    -------
    float
        (success - control) / (1 - control). With a control of 1 nothing was left to get, and the
        difference is not scaled.

    References
    ----------
    .. [1] Giomi, Boenisch, Wehmeyer, Tasnadi, "A unified framework for quantifying privacy risk
       in synthetic data", PoPETs 2023(2), section 4.

    Examples
    --------
    >>> from avatars.metrics.attacks.intervals import risk
    >>> risk(0.75, 0.5), risk(0.5, 0.5), risk(1.0, 1.0)
    (0.5, 0.0, 0.0)
    """
    return float(np.clip((success - control) / _left(control), -1.0, 1.0))


def risk_interval(
    success: float,
    n: float,
    control: float,
    m: float,
    *,
    scale: float = 1.0,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Return the interval of a risk beyond its control.

    From -1 to 1; a release that gives nothing away has an interval that covers 0.

    Newcombe's hybrid score interval of the difference of two shares, divided by what the control
    leaves to get.

    Parameters
    ----------
    success : float
        Share of attempts that succeeded on people of the table.
    n : float
        How many attempts that were.
    control : float
        Share that succeeded on people unseen.
    m : float
        How many attempts those were.
    scale : float, default=1
        What both shares were multiplied by after they had been counted, so that 1 is what an
        attack can get at most.
    confidence : float, default=0.95
        How often the interval holds the true risk.

    Returns
    -------
    low, high : float
        Ends of the interval.

    References
    ----------
    .. [1] Newcombe, "Interval estimation for the difference between independent proportions",
       Statistics in Medicine 17 (1998), method 10.

    Examples
    --------
    >>> from avatars.metrics.attacks.intervals import risk_interval
    >>> low, high = risk_interval(56 / 70, 70, 48 / 80, 80)
    >>> round(low * 0.4, 4), round(high * 0.4, 4)  # the paper's example (a), before the scaling
    (0.0524, 0.3339)
    """
    difference = success - control
    low, high, bottom, top = (
        scale * end
        for share, attempts in ((success, n), (control, m))
        for end in wilson(share / scale * attempts, attempts, confidence=confidence)
    )
    left = _left(control)
    down = difference - np.hypot(success - low, top - control)
    up = difference + np.hypot(high - success, control - bottom)
    return float(np.clip(down / left, -1, 1)), float(np.clip(up / left, -1, 1))


def _left(control: float) -> float:
    return 1.0 - control if control < 1 else 1.0


def auc(members: Floats, unseen: Floats) -> float:
    """Return how often a member's score is above that of somebody unseen.

    From 0 to 1; .5 is best, since the scores then tell nothing.

    Parameters
    ----------
    members, unseen : ndarray of float
        Scores, higher for who is thought a member. Ties count half.

    Returns
    -------
    float
        Area under the receiver operating characteristic; NaN if there is nobody on a side.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.intervals import auc
    >>> auc(np.array([3.0, 2.0]), np.array([2.0, 1.0]))
    0.875
    """
    if not len(members) or not len(unseen):
        return float("nan")
    return float(_placements(members, unseen)[0].mean())


def auc_interval(
    members: Floats, unseen: Floats, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of an area under the curve.

    From 0 to 1; a release that gives nothing away has an interval that covers .5.

    The variance is DeLong's; the ends are those of Wilson's interval of a share that varies as
    much, so that an area of 1 has an interval too.

    Parameters
    ----------
    members, unseen : ndarray of float
        Scores, higher for who is thought a member.
    confidence : float, default=0.95
        How often the interval holds the true area.

    Returns
    -------
    low, high : float
        Ends of the interval; 0 and 1 if there are fewer than two people on a side.

    Notes
    -----
    Where nearly all pairs are told apart, DeLong's variance tends to 0 and would promise more than
    a few people can show. The share is never thought of as more attempts than ``3 n m / (n + m +
    1)``, which is what scores without ties vary like when they tell nothing.

    References
    ----------
    .. [1] DeLong, DeLong, Clarke-Pearson, "Comparing the areas under two or more correlated
       receiver operating characteristic curves", Biometrics 44 (1988).

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.intervals import auc_interval
    >>> scores = np.arange(100.0)
    >>> [round(end, 2) for end in auc_interval(scores, scores)]
    [0.42, 0.58]
    >>> [round(end, 2) for end in auc_interval(scores + 100, scores)]
    [0.97, 1.0]
    """
    n, m = len(members), len(unseen)
    if min(n, m) < 2:
        return 0.0, 1.0
    above, below = _placements(members, unseen)
    area = float(above.mean())
    variance = float(above.var(ddof=1) / n + below.var(ddof=1) / m)
    attempts = 3 * n * m / (n + m + 1)
    if variance > 0:
        attempts = min(attempts, area * (1 - area) / variance)
    return wilson(area * attempts, attempts, confidence=confidence)


def _placements(members: Floats, unseen: Floats) -> tuple[Floats, Floats]:
    """Return the share of the unseen below each member, and of members above each unseen."""
    n, m = len(members), len(unseen)
    ranks = rankdata(np.concatenate([members, unseen]))
    above = (ranks[:n] - rankdata(members)) / m
    below = 1 - (ranks[n:] - rankdata(unseen)) / n
    return above, below
