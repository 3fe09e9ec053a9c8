"""Columns of Arrow types that pandas doesn't turn into plain numbers by itself.

pyarrow is imported inside the functions: a table without Arrow columns never needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidColumnError
from avatars.tables.moments import (
    DATETIMES,
    DURATIONS,
    TIMES,
    ZONED,
    clock_grain,
    clock_steps,
    from_wall_clock,
    to_wall_clock,
)
from avatars.tables.storage import Cells, Storage, number_storage

__all__ = ["arrow_array", "arrow_storage", "is_text", "single_array"]

_DIGITS = 38


def arrow_array(values: NDArray[Any], missing: NDArray[np.bool_], dtype: pd.ArrowDtype) -> Any:
    """Wrap a NumPy array as an Arrow-backed pandas array.

    Parameters
    ----------
    values : ndarray
        Values that Arrow can take as they are, or integers that stand for them.
    missing : ndarray of bool
        The cells to leave empty.
    dtype : ArrowDtype
        The dtype of the result.

    Returns
    -------
    ArrowExtensionArray
        The new array.

    Examples
    --------
    >>> import numpy as np, pandas as pd, pyarrow as pa
    >>> from avatars.tables.arrow import arrow_array
    >>> day = pd.ArrowDtype(pa.date32())
    >>> arrow_array(np.array([0, 1], dtype="int32"), np.array([False, True]), day).isna()
    array([False,  True])
    """
    import pyarrow as pa

    array = pa.array(values, mask=missing)
    return pd.arrays.ArrowExtensionArray(array.cast(dtype.pyarrow_dtype))


def single_array(series: pd.Series[Any]) -> Any:
    """Return the Arrow array behind a column as one piece.

    Parameters
    ----------
    series : Series
        A column with an ``ArrowDtype``.

    Returns
    -------
    pyarrow.Array
        Its cells; dictionaries of the pieces are united.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.arrow import single_array
    >>> len(single_array(pd.Series([1, 2], dtype="int64[pyarrow]")))
    2
    """
    import pyarrow as pa

    array = pa.array(series.array)
    if isinstance(array, pa.ChunkedArray):
        return array.unify_dictionaries().combine_chunks()
    return array


def is_text(dtype: pd.ArrowDtype) -> bool:
    """Tell whether an Arrow column holds strings, or a dictionary of strings.

    Parameters
    ----------
    dtype : ArrowDtype
        The dtype of the column.

    Returns
    -------
    bool
        True for ``string``, ``large_string``, ``string_view`` and dictionaries of those.

    Examples
    --------
    >>> import pandas as pd, pyarrow as pa
    >>> from avatars.tables.arrow import is_text
    >>> is_text(pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))
    True
    """
    from pyarrow import types

    kind = dtype.pyarrow_dtype
    kind = kind.value_type if types.is_dictionary(kind) else kind
    return str(kind) in ("string", "large_string", "string_view")


def arrow_storage(dtype: pd.ArrowDtype) -> Storage | str | None:
    """Find the storage of an Arrow column.

    Parameters
    ----------
    dtype : ArrowDtype
        The dtype of the column.

    Returns
    -------
    Storage, str or None
        None for values that can only be told apart; a string says that the type is refused.

    Examples
    --------
    >>> import pandas as pd, pyarrow as pa
    >>> from avatars.tables.arrow import arrow_storage
    >>> arrow_storage(pd.ArrowDtype(pa.date32())).family
    'datetimes without a zone'
    """
    from pyarrow import types

    kind = dtype.pyarrow_dtype
    if types.is_integer(kind) or types.is_floating(kind):
        return number_storage(dtype)
    if types.is_boolean(kind) or types.is_null(kind) or is_text(dtype):
        return None
    if types.is_dictionary(kind):
        inner = arrow_storage(pd.ArrowDtype(kind.value_type))
        return inner if isinstance(inner, str) else None
    if types.is_decimal(kind):
        digits = max(kind.scale, 0)
        return _ArrowDecimals(
            dtype=dtype,
            family="numbers",
            grain=Fraction(1, 10**digits),
            steps=tuple(10**step for step in range(digits, -1, -1)),
        )
    if types.is_date(kind):
        return _clock(dtype, DATETIMES, "D", None)
    if types.is_timestamp(kind):
        return _clock(dtype, DATETIMES if kind.tz is None else ZONED, kind.unit, kind.tz)
    if types.is_duration(kind) or types.is_time(kind):
        return _clock(dtype, DURATIONS if types.is_duration(kind) else TIMES, kind.unit, None)
    return "is neither a number, a moment, a truth value nor a string"


def _clock(dtype: pd.ArrowDtype, family: str, unit: str, zone: str | None) -> Storage:
    return _ArrowClock(
        dtype=dtype,
        family=family,
        grain=clock_grain(unit),
        steps=clock_steps(unit),
        zone=zone,
        unit=unit,
        ticks=86_400_000 if str(dtype.pyarrow_dtype).startswith("date64") else 1,
    )


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class _ArrowClock(Storage):
    """Timestamps, dates, times of day and durations."""

    unit: str
    # Arrow's date64 counts milliseconds, but may only hold whole days.
    ticks: int

    def unpack(self, series: pd.Series[Any]) -> Cells:
        import pyarrow as pa

        array = single_array(series)
        missing = np.asarray(array.is_null())
        narrow = pa.int32() if array.type.bit_width == 32 else pa.int64()
        counts = array.cast(narrow).fill_null(0).to_numpy(zero_copy_only=False)
        values = counts.astype(np.int64) // self.ticks
        if self.zone is not None:
            values = to_wall_clock(values, self.unit, self.zone)
        return values, missing

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        counts = np.where(missing, 0, values) * self.ticks
        if self.zone is not None:
            counts = from_wall_clock(counts, self.unit, self.zone).asi8
        narrow = np.int32 if self.dtype.pyarrow_dtype.bit_width == 32 else np.int64
        return arrow_array(counts.astype(narrow), missing, self.dtype)


class _ArrowDecimals(Storage):
    """Decimals, exactly, as whole numbers of their last digit."""

    def unpack(self, series: pd.Series[Any]) -> Cells:
        import pyarrow as pa

        array = single_array(series)
        missing = np.asarray(array.is_null())
        array = array.cast(pa.decimal128(_DIGITS, array.type.scale), safe=False)
        words = np.frombuffer(array.buffers()[1], dtype=np.int64).reshape(-1, 2)
        words = words[array.offset : array.offset + len(array)]
        fits = words[:, 1] == words[:, 0] >> 63
        if not (fits | missing).all():
            raise InvalidColumnError(
                series.name,
                f"holds decimals ({self.dtype}) of more than 18 digits: cast it to double, or to "
                "a decimal of fewer digits.",
            )
        return np.where(missing, 0, words[:, 0]), missing

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        import pyarrow as pa

        words = np.empty((len(values), 2), dtype=np.int64)
        words[:, 0] = np.where(missing, 0, values)
        words[:, 1] = words[:, 0] >> 63
        bits = np.packbits(~missing, bitorder="little").tobytes()
        buffers = [pa.py_buffer(bits), pa.py_buffer(words.tobytes())]
        wide = pa.decimal128(_DIGITS, self.dtype.pyarrow_dtype.scale)
        array = pa.Array.from_buffers(wide, len(values), buffers)
        return pd.arrays.ArrowExtensionArray(array.cast(self.dtype.pyarrow_dtype))
