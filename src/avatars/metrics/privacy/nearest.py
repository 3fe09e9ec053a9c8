"""How near avatars come to people, whoever's avatars they are.

On axes fitted on the people. A release that copies real people comes very near to them; but one
that doesn't can still give them away, and on tables of few kinds of rows distances are zero without
harm. Read them beside :mod:`avatars.metrics.attacks`, which have a control.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from avatars.engine.records import Floats
from avatars.exceptions import InvalidParameterError
from avatars.metrics.privacy.places import Places
from avatars.metrics.space import Types, projected, read_together

__all__ = ["closest_distances_ratio", "closest_rate", "distance_to_closest"]

_PERCENTAGE, _RATIO = 0.3, 0.3
"""The example values of the documented parameters; their documentation gives no defaults."""

_ROUNDING = 1e-9


def distance_to_closest(
    original: Any, avatars: Any, *, ncp: int = 5, types: Types | None = None
) -> float:
    """Measure how far a typical avatar is from the person nearest to it.

    A distance on standardised axes, from 0; higher is better, up to what real people keep apart.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Median over the avatars. 0 is normal where the table has few kinds of rows.

    Raises
    ------
    InvalidInputError, UnsupportedTypeError
        If the tables can't be compared; names the table and the column.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, "Privacy metrics".

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import distance_to_closest
    >>> people = make_patients(200, random_state=0)
    >>> distance_to_closest(people, people)
    0.0
    """
    _, found = _two_nearest(original, avatars, ncp, types)
    return float(np.median(found[:, 0]))


def closest_distances_ratio(
    original: Any, avatars: Any, *, ncp: int = 5, types: Types | None = None
) -> float:
    """Measure how much nearer a typical avatar is to one person than to any other.

    Ratio of the two smallest distances, 0 (points at one person) to 1; higher is better.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Median over the avatars. An avatar that equals two people or more counts 1, and 0 if there
        is only one person.

    Raises
    ------
    InvalidInputError, UnsupportedTypeError
        If the tables can't be compared; names the table and the column.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, "Privacy metrics".

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import closest_distances_ratio
    >>> people = make_patients(200, random_state=0)
    >>> closest_distances_ratio(people, people)
    0.0
    """
    _, found = _two_nearest(original, avatars, ncp, types)
    return float(np.median(_ratios(found)))


def closest_rate(
    original: Any,
    avatars: Any,
    *,
    ncp: int = 5,
    types: Types | None = None,
    closest_rate_percentage_threshold: float | None = None,
    closest_rate_ratio_threshold: float | None = None,
    quantile_threshold: int | None = None,
) -> float:
    """Measure the share of avatars that don't come suspiciously near to one person.

    In percent, 0 to 100; higher is better.
    Rows need not be aligned.

    An avatar is at risk if it is as near to a person as the nearest people are to one another, and
    much nearer to that person than to the next. The original definition is unpublished: this one
    follows the documentation of the two thresholds.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    closest_rate_percentage_threshold : float, optional
        Percentile, 0 to 100, of the distances between people and the nearest other person: what
        is as near, or nearer, is suspicious. 0.3 unless given, the documented example.
    closest_rate_ratio_threshold : float, optional
        Suspicious are ratios of the two smallest distances below this one, 0 to 1. 0.3 unless
        given, the documented example.
    quantile_threshold : int, optional
        Percentile to take in place of ``closest_rate_percentage_threshold``, as later versions of
        the documentation have it.

    Returns
    -------
    float
        Percent. The copy of a person whom no other equals is always at risk.

    Raises
    ------
    InvalidParameterError
        If a threshold is outside its range.

    References
    ----------
    .. [1] Documentation of the client of Octopize, versions 1.0 and 1.0.10, parameters of the
       privacy metrics.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import closest_rate
    >>> people = make_patients(200, random_state=0)
    >>> closest_rate(people, people)
    0.0
    """
    percentage = _checked(
        "closest_rate_percentage_threshold", closest_rate_percentage_threshold, _PERCENTAGE, 100
    )
    ratio = _checked("closest_rate_ratio_threshold", closest_rate_ratio_threshold, _RATIO, 1)
    percentage = _checked("quantile_threshold", quantile_threshold, percentage, 100)
    places, found = _two_nearest(original, avatars, ncp, types)
    # Not interpolated: of a single person the distance to the nearest other one is infinite.
    limit = np.percentile(places.nearest_others(), percentage, method="higher")
    at_risk = (found[:, 0] <= limit * (1 + _ROUNDING)) & (_ratios(found) < ratio)
    return float(100.0 * (~at_risk).mean())


def _checked(parameter: str, value: float | None, default: float, highest: float) -> float:
    if value is None:
        return default
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= highest:
        raise InvalidParameterError(
            parameter,
            f"must be a number from 0 to {highest:g}, got one of type "
            f"{type(value).__name__} that is none: correct it.",
        )
    return float(value)


def _two_nearest(
    original: Any, avatars: Any, ncp: int, types: Types | None
) -> tuple[Places, Floats]:
    """Return where the people stand, and how far each avatar is from the two nearest."""
    people, release = projected(*read_together(original, avatars, types=types), ncp=ncp)
    places = Places(people)
    return places, places.two_nearest(release)


def _ratios(found: Floats) -> Floats:
    first, second = found.T
    return np.asarray(np.divide(first, second, out=np.ones(len(first)), where=second > 0))
