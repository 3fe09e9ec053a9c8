"""Bounds and levels that nobody gave, found with a part of the budget.

What is found is as public as the release. It is rough: bounds are powers of two, and levels that
few rows hold are never named.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from avatars.engine.dp.measure import Meter, histogram, stable_levels

__all__ = ["bought_bounds", "bought_levels"]

_LEAST, _MOST = -20, 63
"""Exponents: numbers nearer to zero count as zero, greater ones as the greatest."""
_POWERS = _MOST - _LEAST + 1
_CHANCE = 1e-3
"""That an empty interval is taken for one with people in it."""


def bought_bounds(
    values: NDArray[np.float64], rho: float, meter: Meter, *, whole: bool
) -> tuple[float, float] | None:
    """Find bounds of a column of numbers.

    Rows are counted between powers of two, which are the same for every column: a histogram.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        NaN for none.
    rho : float
        What it may cost.
    meter : Meter
        Who pays.
    whole : bool
        Whether values are whole numbers, publicly.

    Returns
    -------
    low, high : float, or None
        Powers of two or zero; None where no interval has enough rows.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.bought import bought_bounds
    >>> from avatars.engine.dp.measure import Meter
    >>> bought_bounds(np.arange(20.0, 90.0).repeat(50), 0.5, Meter(0.5), whole=True)
    (16.0, 128.0)
    """
    counts, scale = histogram(powers(values), 2 * _POWERS + 2, rho, meter)
    sure = scale * float(norm.isf(_CHANCE / len(counts)))
    found = np.flatnonzero(counts[:-1] > sure) - _POWERS
    if not len(found):
        return None
    low, high = (_edges(int(place)) for place in (found.min(), found.max()))
    bounds = low[0], high[1]
    if whole:
        bounds = float(np.floor(bounds[0])), float(np.ceil(bounds[1]))
    return bounds if bounds[0] < bounds[1] else (bounds[0], bounds[0] + 1.0)


def powers(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the power of two that each number lies above: a cell for each row by itself.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        NaN for none.

    Returns
    -------
    ndarray of shape (n_rows,), int64
        Below 170; the last is that of missing ones.
    """
    known = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.where(known, np.floor(np.log2(np.abs(values))), _LEAST)
    place = 1 + np.clip(exponent, _LEAST, _MOST).astype(np.int64) - _LEAST
    place[exponent < _LEAST] = 0
    return np.where(known, np.where(values > 0, place, -place) + _POWERS, 2 * _POWERS + 1)


def _edges(place: int) -> tuple[float, float]:
    if place == 0:
        return 0.0, 0.0
    exponent = abs(place) - 1 + _LEAST
    inner, outer = 2.0**exponent, 2.0 ** (exponent + 1)
    return (inner, outer) if place > 0 else (-outer, -inner)


def bought_levels(
    column: NDArray[Any], rho: float, delta: float, meter: Meter
) -> tuple[list[Any], float]:
    """Find levels that enough rows hold.

    Parameters
    ----------
    column : ndarray of shape (n_rows,), object
        Cells, None for none.
    rho, delta : float
        What it may cost.
    meter : Meter
        Who pays.

    Returns
    -------
    levels : list
        In random order.
    threshold : float
        The count that each had to pass.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.bought import bought_levels
    >>> from avatars.engine.dp.measure import Meter
    >>> column = np.array(["f"] * 500 + ["rare"], dtype=object)
    >>> bought_levels(column, 0.5, 1e-6, Meter(0.5, 1e-6))[0]
    ['f']
    """
    import pandas as pd

    numbers, levels = pd.factorize(column, use_na_sentinel=True)
    found, threshold = stable_levels(numbers.astype(np.int64), rho, delta, meter)
    return [levels[number] for number in found], threshold
