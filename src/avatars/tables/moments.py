"""Datetimes, durations and periods of pandas as whole numbers.

A datetime is taken by its wall clock, in the unit its own column counts in: a consultation at
nine is at nine in summer and in winter, and averages of consultations should be too.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.tables.storage import Cells, Storage

__all__ = [
    "DATETIMES",
    "DURATIONS",
    "TIMES",
    "ZONED",
    "clock_grain",
    "clock_steps",
    "from_wall_clock",
    "moment_storage",
    "to_wall_clock",
]

DATETIMES, ZONED = "datetimes without a zone", "datetimes with a zone"
DURATIONS, TIMES = "durations", "times of day"

_MISSING = np.iinfo(np.int64).min
_GRAINS = {
    "D": Fraction(86_400),
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
_ROUND = [Fraction(86_400), Fraction(3_600), Fraction(60), *list(_GRAINS.values())[1:]]


def clock_grain(unit: str) -> Fraction:
    """Say how many seconds a unit of time lasts.

    Parameters
    ----------
    unit : {"D", "s", "ms", "us", "ns"}
        The unit.

    Returns
    -------
    Fraction
        Seconds.

    Examples
    --------
    >>> from avatars.tables.moments import clock_grain
    >>> clock_grain("ms")
    Fraction(1, 1000)
    """
    return _GRAINS[unit]


def clock_steps(unit: str) -> tuple[int, ...]:
    """List day, hour, minute, second and its parts, as far as a unit can tell them.

    Parameters
    ----------
    unit : {"D", "s", "ms", "us", "ns"}
        The unit.

    Returns
    -------
    tuple of int
        How many units each of them lasts.

    Examples
    --------
    >>> from avatars.tables.moments import clock_steps
    >>> clock_steps("s")
    (86400, 3600, 60, 1)
    """
    return tuple(int(step / _GRAINS[unit]) for step in _ROUND if step >= _GRAINS[unit])


def to_wall_clock(instants: NDArray[np.int64], unit: str, zone: Any) -> NDArray[np.int64]:
    """Turn UTC counts into what the clocks of a zone show.

    Parameters
    ----------
    instants : ndarray of int64
        Counts of the unit since 1970 in UTC.
    unit : {"s", "ms", "us", "ns"}
        What is counted.
    zone : tzinfo or str
        The zone.

    Returns
    -------
    ndarray of int64
        Counts of the unit since 1970 on the wall clock.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables.moments import to_wall_clock
    >>> to_wall_clock(np.array([0]), "s", "Asia/Tokyo").tolist()
    [32400]
    """
    index = pd.DatetimeIndex(instants.view(f"M8[{unit}]")).tz_localize("UTC")
    return index.tz_convert(zone).tz_localize(None).asi8


def from_wall_clock(wall: NDArray[np.int64], unit: str, zone: Any) -> pd.DatetimeIndex:
    """Turn what the clocks of a zone show into datetimes with that zone.

    An hour that occurs twice is taken the first time, one that is skipped begins after the gap.

    Parameters
    ----------
    wall : ndarray of int64
        Counts of the unit since 1970 on the wall clock.
    unit : {"s", "ms", "us", "ns"}
        What is counted.
    zone : tzinfo or str
        The zone.

    Returns
    -------
    DatetimeIndex
        Datetimes with the zone.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables.moments import from_wall_clock
    >>> str(from_wall_clock(np.array([32400]), "s", "Asia/Tokyo")[0])
    '1970-01-01 09:00:00+09:00'
    """
    index = pd.DatetimeIndex(wall.view(f"M8[{unit}]"))
    first_time: Any = np.ones(len(index), dtype=bool)
    return index.tz_localize(zone, ambiguous=first_time, nonexistent="shift_forward")


def moment_storage(dtype: Any) -> Storage:
    """Return the storage of datetimes, timedeltas or periods of pandas.

    Parameters
    ----------
    dtype : dtype
        The dtype of the column.

    Returns
    -------
    Storage
        What unpacks and packs it.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.moments import moment_storage
    >>> column = pd.Series(pd.to_datetime(["1970-01-02", None])).astype("datetime64[s]")
    >>> values, missing = moment_storage(column.dtype).unpack(column)
    >>> int(values[0]), missing.tolist()
    (86400, [False, True])
    """
    if isinstance(dtype, pd.PeriodDtype):
        return _Periods(dtype=dtype, family=f"periods of frequency {dtype.freq.freqstr}")
    zone = dtype.tz if isinstance(dtype, pd.DatetimeTZDtype) else None
    unit = str(dtype.unit) if zone is not None else np.datetime_data(dtype)[0]
    kind = _Datetimes if dtype.kind == "M" else _Durations
    family = DURATIONS if dtype.kind == "m" else DATETIMES if zone is None else ZONED
    return kind(
        dtype=dtype,
        family=family,
        grain=clock_grain(unit),
        steps=clock_steps(unit),
        zone=zone,
        unit=unit,
    )


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class _Datetimes(Storage):
    unit: str

    def unpack(self, series: pd.Series[Any]) -> Cells:
        index = pd.DatetimeIndex(series.array)
        if self.zone is not None:
            index = index.tz_convert(self.zone).tz_localize(None)
        values = index.asi8
        return values, values == _MISSING

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        counts = np.where(missing, _MISSING, values)
        if self.zone is None:
            return counts.view(self.dtype)
        return from_wall_clock(counts, self.unit, self.zone).array


class _Durations(_Datetimes):
    def unpack(self, series: pd.Series[Any]) -> Cells:
        values = series.to_numpy(dtype=self.dtype).view(np.int64)
        return values, values == _MISSING


class _Periods(Storage):
    def unpack(self, series: pd.Series[Any]) -> Cells:
        values = pd.PeriodIndex(series.array).asi8
        return values, values == _MISSING

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        return pd.arrays.PeriodArray(np.where(missing, _MISSING, values), dtype=self.dtype)
