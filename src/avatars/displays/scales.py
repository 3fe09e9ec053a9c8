"""Numeric columns in the units that people read: numbers, days of the calendar, lengths of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.tables import Column
from avatars.tables.codecs import FloatCodec, WholeCodec
from avatars.tables.moments import DATETIMES, DURATIONS, TIMES, ZONED

__all__ = ["Scale", "scale_of"]

_DAY = 86_400.0
_LENGTHS = {"days": _DAY, "hours": 3_600.0, "minutes": 60.0, "seconds": 1.0}


@dataclass(frozen=True)
class Scale:
    """How the encoded cells of a column are read.

    Attributes
    ----------
    origin, factor : float
        A value is ``(encoded + origin) * factor``.
    is_date : bool
        Whether values are days since 1970.
    is_whole : bool
        Whether values are whole numbers.
    unit : str
        What is counted, empty for plain numbers and dates.
    period : object
        The frequency of periods, whose numbers are no days; else None.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.displays.scales import scale_of
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50]}))
    >>> scale_of(table.schema.columns[0], table.numeric[:, 0]).values(table.numeric[:, 0]).tolist()
    [41.0, 50.0]
    """

    origin: float
    factor: float
    is_date: bool = False
    is_whole: bool = False
    unit: str = ""
    period: Any = None

    def values(self, encoded: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return cells in this scale.

        Parameters
        ----------
        encoded : ndarray of shape (n,)
            Cells as a ``Table`` holds them.

        Returns
        -------
        ndarray of shape (n,)
            Numbers, days or lengths of time; NaN = missing.
        """
        if self.period is None:
            return np.asarray((encoded + self.origin) * self.factor)
        missing = np.isnan(encoded)
        ordinals = np.where(missing, 0.0, encoded + self.origin).astype(np.int64)
        index: Any = pd.PeriodIndex
        begins = index.from_ordinals(ordinals, freq=self.period).to_timestamp()
        days = begins.to_numpy().astype("datetime64[s]").astype(np.float64) / _DAY
        return np.where(missing, np.nan, days)


def scale_of(column: Column, encoded: NDArray[np.float64]) -> Scale:
    """Return the scale of a numeric column.

    Parameters
    ----------
    column : Column
        The column.
    encoded : ndarray of shape (n,)
        Its cells: how long lengths of time are decides their unit.

    Returns
    -------
    Scale
        The scale.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.displays.scales import scale_of
    >>> from avatars.tables import read_table
    >>> stays = pd.DataFrame({"stay": pd.to_timedelta([30, 55, 400], unit="h")})
    >>> table = read_table(stays)
    >>> scale_of(table.schema.columns[0], table.numeric[:, 0]).unit
    'days'
    """
    codec = column.codec
    if isinstance(codec, FloatCodec):
        # Beyond float64 there is nothing that a figure could show.
        return Scale(0.0, float(np.ldexp(1.0, codec.exponent)), is_whole=codec.decimals == 0)
    assert isinstance(codec, WholeCodec)
    grain, family, origin = float(codec.storage.grain), codec.storage.family, float(codec.origin)
    if isinstance(column.dtype, pd.PeriodDtype):
        return Scale(origin, 1.0, is_date=True, period=column.dtype.freq)
    if family in (DATETIMES, ZONED):
        return Scale(origin, grain / _DAY, is_date=True)
    if family in (DURATIONS, TIMES):
        seconds = np.abs(encoded[~np.isnan(encoded)] + origin) * grain
        usual = float(np.median(seconds)) if len(seconds) else 0.0
        unit = "hours" if family == TIMES else _unit(usual)
        return Scale(origin, grain / _LENGTHS[unit], unit=unit)
    return Scale(origin, grain, is_whole=grain == 1)


def _unit(seconds: float) -> str:
    return next((unit for unit, length in _LENGTHS.items() if seconds >= length), "seconds")
