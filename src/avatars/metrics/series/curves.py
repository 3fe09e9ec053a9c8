"""Series of people and of avatars on common points, and how alike they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.engine.series.grid import Grid
from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.metrics.signal import hellinger
from avatars.tables import read_table

__all__ = [
    "Curves",
    "autocorrelation_ratio",
    "density_hellinger",
    "mean_curve_difference",
    "pointwise_hellinger",
    "series_metrics",
    "variance_ratio",
]

_LAGS = 10
_POINTS = 20
"""Points at which distributions are compared, and which stand for a series as one row."""


@dataclass(frozen=True, repr=False, eq=False)
class Curves:
    """One numeric variable of two tables of series, on common points.

    Build it with ``read``.

    Parameters
    ----------
    original : ndarray of shape (n_series, n_points)
        The people's; NaN in the row of a series without any value.
    avatars : ndarray of shape (n_avatar_series, n_points)
        The avatars'.

    Examples
    --------
    >>> from avatars.datasets import make_heartbeats
    >>> from avatars.metrics.series import Curves
    >>> beats = make_heartbeats(30, random_state=0)["beat"]
    >>> curves = Curves.read(beats, beats, id_column="patient_id", time_column="at")
    >>> list(curves), curves["rate"].original.shape
    (['rate'], (30, 24))
    """

    original: NDArray[np.float64]
    avatars: NDArray[np.float64]

    @classmethod
    def read(
        cls, original: pd.DataFrame, avatars: pd.DataFrame, *, id_column: str, time_column: str
    ) -> dict[str, Curves]:
        """Bring every numeric variable of two tables of series to common points.

        Parameters
        ----------
        original, avatars : DataFrame
            Rows of series, in any order.
        id_column, time_column : str
            Whose row it is, and when. Times that all people share are kept; else each series is
            brought to [0, 1], and to as many points as people have on average.

        Returns
        -------
        dict of {str: Curves}
            By variable.

        Raises
        ------
        InvalidTableError
            If a column isn't there, or times or owners are missing or repeated.

        Examples
        --------
        >>> from avatars.datasets import make_heartbeats
        >>> from avatars.metrics.series import Curves
        >>> beats = make_heartbeats(30, regular=False, random_state=0)["beat"]
        >>> len(Curves.read(beats, beats, id_column="patient_id", time_column="at"))
        1
        """
        grids: list[Grid] = []
        for name, frame in (("original", original), ("avatars", avatars)):
            for label in (id_column, time_column):
                if label not in frame.columns:
                    raise InvalidTableError(f"{name} has no column {shown(label)}: pass it.")
            owner = pd.factorize(frame[id_column], use_na_sentinel=True)[0].astype(np.intp)
            n_points = grids[0].n_points if grids else None
            grids.append(
                Grid.of(
                    owner,
                    _seconds(frame[time_column]),
                    n_points=n_points,
                    method=None,
                    name=name,
                    label=time_column,
                )
            )
        found = {}
        for label in original.columns:
            if label in (id_column, time_column) or not _is_number(original[label]):
                continue
            if label not in avatars.columns or not _is_number(avatars[label]):
                raise InvalidTableError(f"avatars has no numbers in column {shown(label)}.")
            curves = (
                grid.curves(frame[label].to_numpy(dtype=float, na_value=np.nan))
                for grid, frame in zip(grids, (original, avatars), strict=True)
            )
            found[str(label)] = cls(*curves)
        return found


def pointwise_hellinger(curves: Curves) -> NDArray[np.float64]:
    """Measure how far the distribution has moved at each point in time.

    Hellinger distances, 0 (the same) to 1 (disjoint); lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    curves : Curves
        One variable.

    Returns
    -------
    ndarray of shape (at most 20,)
        At points spread evenly over the series.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.series import Curves, pointwise_hellinger
    >>> x = np.random.default_rng(0).normal(size=(50, 8))
    >>> pointwise_hellinger(Curves(x, x)).max().item()
    0.0
    """
    frames = [at_points({"x": curves.original}), at_points({"x": curves.avatars})]
    types = dict.fromkeys(frames[0].columns, "float")
    return np.array(list(hellinger(*frames, types=types).values()))


def density_hellinger(curves: Curves) -> float:
    """Measure how far the distribution of all values has moved, whenever they were.

    Hellinger distance, 0 (the same) to 1 (disjoint); lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    curves : Curves
        One variable.

    Returns
    -------
    float
        Of all points of all series together.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.series import Curves, density_hellinger
    >>> x = np.random.default_rng(0).normal(size=(50, 8))
    >>> density_hellinger(Curves(x, x))
    0.0
    """
    frames = [pd.DataFrame({"x": part.ravel()}) for part in (curves.original, curves.avatars)]
    return hellinger(*frames, types={"x": "float"})["x"]


def mean_curve_difference(curves: Curves) -> float:
    """Measure how far the mean curve has moved.

    L2 norm of the difference as a share of that of the people's mean curve about its own mean and
    spread, from 0; lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    curves : Curves
        One variable.

    Returns
    -------
    float
        0 where the means agree at every point.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.series import Curves, mean_curve_difference
    >>> x = np.random.default_rng(0).normal(size=(50, 8)) + 10
    >>> mean_curve_difference(Curves(x, x))
    0.0
    """
    before, after = (np.nanmean(part, axis=0) for part in (curves.original, curves.avatars))
    size = float(np.linalg.norm(before))
    return float(np.linalg.norm(after - before) / size) if size > 0 else float("nan")


def variance_ratio(curves: Curves) -> float:
    """Measure how much of the variance between individuals is left, over all points.

    A ratio from 0; best is 1.
    Rows need not be aligned.

    Parameters
    ----------
    curves : Curves
        One variable.

    Returns
    -------
    float
        Mean variance at a point of the avatars over that of the people; NaN where people don't
        vary.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.series import Curves, variance_ratio
    >>> x = np.random.default_rng(0).normal(size=(50, 8))
    >>> variance_ratio(Curves(x, 2 * x))
    4.0
    """
    before, after = (np.nanvar(part, axis=0).mean() for part in (curves.original, curves.avatars))
    return float(after / before) if before > 0 else float("nan")


def autocorrelation_ratio(curves: Curves, lag: int = 1) -> float:
    """Measure how much of the autocorrelation is left.

    A ratio; best is 1.
    Rows need not be aligned.

    Parameters
    ----------
    curves : Curves
        One variable.
    lag : int, default=1
        Points apart, at least 1.

    Returns
    -------
    float
        Mean, over pairs of points that far apart, of the correlation between individuals; that of
        avatars over that of people. NaN where people have none.

    Raises
    ------
    InvalidParameterError
        If the series are not longer than the lag.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.series import Curves, autocorrelation_ratio
    >>> x = np.random.default_rng(0).normal(size=(50, 8)).cumsum(axis=1)
    >>> autocorrelation_ratio(Curves(x, x))
    1.0
    """
    if lag < 1 or lag >= curves.original.shape[1]:
        raise InvalidParameterError("lag", "must be at least 1 and less than the points there are.")
    before, after = (_autocorrelation(part, lag) for part in (curves.original, curves.avatars))
    return float(after / before) if before else float("nan")


def series_metrics(
    original: pd.DataFrame, avatars: pd.DataFrame, *, id_column: str, time_column: str
) -> dict[str, dict[str, float]]:
    """Measure how alike two tables of series are, variable by variable.

    Distances and ratios as the single functions say.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : DataFrame
        Rows of series, in any order.
    id_column, time_column : str
        Whose row it is, and when.

    Returns
    -------
    dict of {str: dict of {str: float}}
        By numeric variable: ``pointwise_hellinger_mean``, ``pointwise_hellinger_std``,
        ``density_hellinger``, ``mean_curve_difference``, ``variance_ratio``,
        ``autocorrelation_ratio`` and ``autocorrelation_difference`` (mean over lags 1 to 10).

    Examples
    --------
    >>> from avatars.datasets import make_heartbeats
    >>> from avatars.metrics.series import series_metrics
    >>> beats = make_heartbeats(30, random_state=0)["beat"]
    >>> found = series_metrics(beats, beats, id_column="patient_id", time_column="at")
    >>> found["rate"]["variance_ratio"], found["rate"]["mean_curve_difference"]
    (1.0, 0.0)
    """
    read = Curves.read(original, avatars, id_column=id_column, time_column=time_column)
    found = {}
    for label, curves in read.items():
        pointwise = pointwise_hellinger(curves)
        lags = range(1, min(_LAGS, curves.original.shape[1] - 1) + 1)
        differences = [
            abs(_autocorrelation(curves.original, lag) - _autocorrelation(curves.avatars, lag))
            for lag in lags
        ]
        found[label] = {
            "pointwise_hellinger_mean": float(pointwise.mean()),
            "pointwise_hellinger_std": float(pointwise.std()),
            "density_hellinger": density_hellinger(curves),
            "mean_curve_difference": mean_curve_difference(curves),
            "variance_ratio": variance_ratio(curves),
            "autocorrelation_ratio": autocorrelation_ratio(curves),
            "autocorrelation_difference": float(np.mean(differences)),
        }
    return found


def at_points(curves: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Return series as rows: each variable at no more than 20 points."""
    columns: dict[str, NDArray[np.float64]] = {}
    for label, part in curves.items():
        places = np.unique(
            np.linspace(0, part.shape[1] - 1, min(part.shape[1], _POINTS)).round().astype(np.intp)
        )
        columns |= {f"{label} @{place}": part[:, place] for place in places}
    return pd.DataFrame(columns)


def _autocorrelation(curves: NDArray[np.float64], lag: int) -> float:
    known = curves[~np.isnan(curves).any(axis=1)]
    z = known - known.mean(axis=0)
    spread = np.sqrt((z**2).sum(axis=0))
    z = z / np.where(spread > 0, spread, np.inf)
    return float((z[:, :-lag] * z[:, lag:]).sum(axis=0).mean())


def _is_number(cells: pd.Series[Any]) -> bool:
    is_number = pd.api.types.is_numeric_dtype(cells.dtype)
    return is_number and not pd.api.types.is_bool_dtype(cells.dtype)


def _seconds(times: pd.Series[Any]) -> NDArray[np.float64]:
    """Return times as numbers, whatever holds them."""
    table = read_table(
        pd.DataFrame({"time": times.reset_index(drop=True)}),
        types={"time": "int"} if pd.api.types.is_integer_dtype(times.dtype) else None,
    )
    if not table.numeric.shape[1]:
        raise InvalidTableError(
            f"column {shown(times.name)} is to hold times, but holds neither numbers nor moments: "
            "cast it."
        )
    return table.numeric[:, 0]
