"""Moments as seconds."""

from __future__ import annotations

from typing import Any

import pandas as pd

from avatars.processors.base import Processor

__all__ = ["DatetimeProcessor"]


class DatetimeProcessor(Processor):
    """Turn moments into seconds since 1970, and back into the dtype of the source.

    Avatars don't need it: tables with dates are read as they are. It is here for those who
    compute with the seconds in between.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import DatetimeProcessor
    >>> people = pd.DataFrame({"born": pd.to_datetime(["1970-01-02", None])})
    >>> DatetimeProcessor().preprocess(people)["born"].tolist()
    [86400.0, nan]
    """

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with seconds in float64; see :class:`Processor`."""
        result = df.copy()
        for label in _moments(df):
            moments = _in_utc(df[label])
            seconds = (moments - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
            result[label] = seconds.astype("float64")
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with moments, to the microsecond; see :class:`Processor`."""
        result = dest.copy()
        for label in _moments(source):
            # A float holds seconds of our time to a fraction of a microsecond and no further.
            micros = (dest[label].astype("float64") * 1e6).round().astype("Int64")
            moments = pd.to_datetime(micros, unit="us")
            dtype = source[label].dtype
            if isinstance(dtype, pd.DatetimeTZDtype) or "tz=" in str(dtype):
                moments = moments.dt.tz_localize("UTC")
            result[label] = moments.astype(dtype)
        return result


def _moments(df: pd.DataFrame) -> list[Any]:
    return [c for c in df.columns if pd.api.types.is_datetime64_any_dtype(df[c].dtype)]


def _in_utc(column: pd.Series[Any]) -> pd.Series[Any]:
    moments = pd.to_datetime(column, utc=True)
    return moments.dt.tz_localize(None).astype("datetime64[ns]")
