"""No figure tells fewer than a few people apart: bins are merged, levels are pooled.

Edges are round numbers, never somebody's value, and what lies beyond nearly all people is counted
in the outermost bins: an outlier neither has a bar nor stretches an axis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError

__all__ = ["FEW", "checked_few", "merged", "round_edges", "usual_range"]

FEW = 5
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_OUTER = 0.01
"""Share of people at either end who don't stretch an axis."""


def checked_few(min_people: int) -> int:
    """Return ``min_people`` if it protects anybody.

    Parameters
    ----------
    min_people : int
        The fewest people that a figure may tell from the others.

    Returns
    -------
    int
        The same.

    Raises
    ------
    InvalidParameterError
        If it is no whole number from 2.

    Examples
    --------
    >>> from avatars.displays.suppression import checked_few
    >>> checked_few(1)
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter 'min_people' must be a whole number...
    """
    whole = isinstance(min_people, int | np.integer) and not isinstance(min_people, bool)
    if not whole or min_people < 2:
        raise InvalidParameterError(
            "min_people",
            "must be a whole number from 2: a figure of fewer shows somebody. Pass 5, say.",
        )
    return int(min_people)


def merged(counts: NDArray[np.intp], min_people: int) -> NDArray[np.intp]:
    """Merge adjacent bins until each holds enough people, or nobody.

    Parameters
    ----------
    counts : ndarray of shape (n_bins,)
        People by bin, ``min_people`` or more in all.
    min_people : int
        The fewest that a bin may hold.

    Returns
    -------
    ndarray of intp
        Where each merged bin begins.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.displays.suppression import merged
    >>> starts = merged(np.array([9, 0, 0, 2, 1, 7, 3]), 5)
    >>> starts.tolist(), np.add.reduceat([9, 0, 0, 2, 1, 7, 3], starts).tolist()
    ([0, 1, 2, 3], [9, 0, 0, 13])
    """
    starts: list[int] = []
    held = 0
    for place, count in enumerate(counts.tolist()):
        if held == 0:
            starts.append(place)
        held = 0 if held + count >= min_people else held + count
    while len(starts) > 1 and 0 < counts[starts[-1] :].sum() < min_people:
        starts.pop()
    return np.array(starts, dtype=np.intp)


def usual_range(values: NDArray[np.float64], min_people: int) -> tuple[float, float]:
    """Return a range beyond which, at either end, there are few people but not too few.

    Parameters
    ----------
    values : ndarray of shape (n,)
        A value per person, ``min_people`` or more.
    min_people : int
        The fewest people beyond it or on its border, at either end.

    Returns
    -------
    low, high : float
        Not for show: they are values of people.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.displays.suppression import usual_range
    >>> usual_range(np.append(np.arange(100.0), 1e9), 5)
    (4.0, 96.0)
    """
    n = len(values)
    # Of fewer than two times as many, the ends meet in the middle.
    beyond = min(max(min_people - 1, int(_OUTER * n)), (n - 1) // 2)
    ordered = np.partition(values, [beyond, n - 1 - beyond])
    return float(ordered[beyond]), float(ordered[n - 1 - beyond])


def round_edges(
    low: float, high: float, most: int, *, is_whole: bool = False
) -> NDArray[np.float64]:
    """Return edges of bins at round numbers, from below ``low`` to above ``high``.

    Parameters
    ----------
    low, high : float
        What the bins must cover.
    most : int
        The most bins.
    is_whole : bool, default=False
        Whether values are whole numbers: edges then stand between them.

    Returns
    -------
    ndarray of shape (n_bins + 1,)
        Equally far apart.

    Examples
    --------
    >>> from avatars.displays.suppression import round_edges
    >>> round_edges(3, 92, 5).tolist()
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    >>> round_edges(0, 3, 20, is_whole=True).tolist()
    [-0.5, 0.5, 1.5, 2.5, 3.5]
    """
    # Whole numbers fill the bin up to the next one.
    top = high + 1.0 if is_whole else high
    if top == low:
        # A single value gets a bin in proportion to it.
        span, most = 0.1 * abs(low) or 1.0, 1
    else:
        # Steps near the rounding of floats are none.
        span = max(top - low, 1e-9 * max(abs(low), abs(high)))
    power = int(np.floor(np.log10(span / most)))
    for step in (digit * 10.0**exponent for exponent in (power, power + 1) for digit in _STEPS):
        if is_whole and step not in (1.0, np.floor(step)):
            continue
        first, end = np.floor(low / step), np.ceil(top / step)
        if end - first <= most:
            break
    edges = np.arange(first, max(end, first + 1) + 1) * step
    return np.asarray(edges - 0.5 if is_whole else edges)
