"""Rounding that keeps the sum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError

__all__ = ["RoundingStrategy", "saferound", "saferound_rows"]


class RoundingStrategy(str, Enum):
    """Which values give way so that the sum is kept.

    ``DIFFERENCE`` takes those that rounding moved most, ``LARGEST`` the largest, ``SMALLEST`` the
    smallest; among equals the first.

    Examples
    --------
    >>> from avatars.lib.saferound import RoundingStrategy
    >>> [strategy.value for strategy in RoundingStrategy]
    ['difference', 'largest', 'smallest']
    """

    DIFFERENCE = "difference"
    LARGEST = "largest"
    SMALLEST = "smallest"


def saferound(
    iterable: Any,
    places: int,
    strategy: RoundingStrategy | str = RoundingStrategy.DIFFERENCE,
    topline: float | None = None,
) -> Any:
    """Round values so that they still add up.

    Parameters
    ----------
    iterable : list, tuple, dict or Series of float
        The values; of a dict, its values.
    places : int
        Decimals to keep; negative for tens, hundreds and so on.
    strategy : RoundingStrategy or str, default="difference"
        Which values give way.
    topline : float, optional
        What the rounded values shall add up to; the rounded sum of the values unless given.

    Returns
    -------
    list, tuple, dict or Series
        Of the kind given. Without ``topline`` each value moves by less than one unit of the last
        place.

    Raises
    ------
    InvalidParameterError
        For values that are no finite numbers, or an unknown strategy.

    Notes
    -----
    Every value is rounded; as many units of the last place as the sum then lacks are given to the
    values that the strategy names (the largest-remainder method of apportionment).

    Examples
    --------
    >>> from avatars.lib.saferound import saferound
    >>> saferound([33.4, 33.4, 33.2], 0)
    [34.0, 33.0, 33.0]
    >>> saferound({"a": 0.25, "b": 0.25, "c": 0.5}, 1)
    {'a': 0.3, 'b': 0.2, 'c': 0.5}
    """
    keys: list[Any] = []
    if isinstance(iterable, Mapping):
        keys, values = list(iterable), list(iterable.values())
    else:
        values = list(iterable)
    if not all(isinstance(v, Real) and math.isfinite(v) for v in values):
        raise InvalidParameterError(
            "iterable", "needs all values in the iterable to be float, and finite."
        )
    try:
        strategy = RoundingStrategy(strategy)
    except ValueError:
        raise InvalidParameterError(
            "strategy", "must be a valid RoundingStrategy: difference, largest or smallest."
        ) from None
    total = math.fsum(values) if topline is None else topline
    row = np.array([values], dtype=float).reshape(1, -1)
    rounded = saferound_rows(row, places, np.array([total]), strategy)[0].tolist()
    if isinstance(iterable, Mapping):
        return type(iterable)(zip(keys, rounded, strict=True))  # type: ignore[call-arg]
    if isinstance(iterable, pd.Series):
        return pd.Series(rounded, index=iterable.index, name=iterable.name, dtype=float)
    return tuple(rounded) if isinstance(iterable, tuple) else rounded


def saferound_rows(
    values: NDArray[np.float64],
    places: int,
    toplines: NDArray[np.float64],
    strategy: RoundingStrategy = RoundingStrategy.DIFFERENCE,
) -> NDArray[np.float64]:
    """Round each row of a matrix so that it adds up to its topline.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_values)
        Finite numbers.
    places : int
        Decimals to keep.
    toplines : ndarray of shape (n_rows,)
        What the rounded rows shall add up to, once rounded themselves.
    strategy : RoundingStrategy, default=RoundingStrategy.DIFFERENCE
        Which values give way.

    Returns
    -------
    ndarray of shape (n_rows, n_values)
        Rounded values.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.lib.saferound import saferound_rows
    >>> saferound_rows(np.array([[33.4, 33.4, 33.2]]), 0, np.array([100.0])).tolist()
    [[34.0, 33.0, 33.0]]
    """
    n, width = values.shape
    if not width:
        return values.copy()
    # Whole units of the last place: their sums are exact.
    unit = 10.0**-places
    rounded = np.round(values, places)
    units = np.rint(rounded / unit)
    lacking = np.rint(np.round(toplines, places) / unit) - units.sum(axis=1)
    direction = np.sign(lacking)[:, None]
    if strategy is RoundingStrategy.DIFFERENCE:
        # Rounded, so that what rounding moved equally far stays equal.
        priority = -np.round((values - rounded) / unit * direction, 9)
    else:
        priority = rounded if strategy is RoundingStrategy.SMALLEST else -rounded
    rank = np.empty((n, width), dtype=np.intp)
    order = np.argsort(priority, axis=1, kind="stable")
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(width), (n, width)), axis=1)
    # More units than values, where a topline is far from the sum: everybody gets their share.
    share, rest = np.divmod(np.abs(lacking), width)
    units += direction * (share[:, None] + (rank < rest[:, None]))
    return np.asarray(np.round(units * unit, max(places, 0)) + 0.0)
