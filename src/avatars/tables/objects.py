"""Columns of Python objects: what they hold is looked up, and given back as the same kind.

Plain loops over cells live here and nowhere else; a column of a real dtype never pays for them.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidColumnError, UnsupportedTypeError, shown
from avatars.tables.moments import (
    DATETIMES,
    DURATIONS,
    ZONED,
    clock_grain,
    clock_steps,
    from_wall_clock,
    to_wall_clock,
)
from avatars.tables.storage import Cells, Storage

__all__ = ["check_cells", "missing_cell", "object_storage"]

_LONGEST_BYTES = 1_000
_CONTAINERS = (list, dict, set, frozenset, tuple, bytearray, memoryview, np.ndarray, pd.Series)


def missing_cell(series: pd.Series[Any]) -> Any:
    """Return what stands for a missing cell in a column of objects.

    Parameters
    ----------
    series : Series
        The column.

    Returns
    -------
    object
        The first missing cell, ``None`` if there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.objects import missing_cell
    >>> missing_cell(pd.Series(["a", pd.NA], dtype=object))
    <NA>
    """
    gaps = np.flatnonzero(series.isna().to_numpy(dtype=bool))
    return series.iloc[gaps[0]] if len(gaps) else None


def check_cells(series: pd.Series[Any]) -> None:
    """Refuse a column whose cells are containers, or can't be told apart or put in order.

    Parameters
    ----------
    series : Series
        A column of objects.

    Raises
    ------
    UnsupportedTypeError
        Names the column and the type of the offending cells.
    InvalidColumnError
        If it holds complex numbers, or bytes too long to be a category.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.objects import check_cells
    >>> check_cells(pd.Series([1, "one"], name="mixed", dtype=object))
    """
    kinds = {type(cell): cell for cell in series.array}
    for kind, example in kinds.items():
        if issubclass(kind, (complex, np.complexfloating)):
            raise InvalidColumnError(
                series.name,
                f"holds cells of type {kind.__name__}. Complex data not supported: give the real "
                "and the imaginary part a column each.",
            )
        if issubclass(kind, _CONTAINERS) or not _can_be_told_apart(kind, example):
            raise UnsupportedTypeError(
                f"column {shown(series.name)} holds cells of type {kind.__name__}: a cell of the "
                "argument must be a string, a truth value, a moment or a number. Spread the "
                "content over columns of its own, turn it into strings, or drop the column."
            )
    if bytes in kinds:
        longest = max(len(cell) for cell in series.array if isinstance(cell, bytes))
        if longest > _LONGEST_BYTES:
            raise InvalidColumnError(
                series.name,
                f"holds cells of type bytes, up to {longest} long: content like that is no "
                "category. Drop the column.",
            )


def _can_be_told_apart(kind: type, example: Any) -> bool:
    """Tell whether equal cells are found equal, and sorted alike in every session."""
    # The address of a cell is no value: it differs from session to session.
    if hex(id(example)) in repr(example):
        return False
    try:
        hash(example)
    except TypeError:
        return False
    return True


def object_storage(series: pd.Series[Any]) -> Storage | None:
    """Find the storage of a column of objects.

    Parameters
    ----------
    series : Series
        A column of dtype ``object``.

    Returns
    -------
    Storage or None
        None for values that can only be told apart: strings, truth values, mixtures.

    Raises
    ------
    UnsupportedTypeError, InvalidColumnError
        If the cells are of a kind that can be neither averaged nor drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.objects import object_storage
    >>> object_storage(pd.Series([1, None], dtype=object)).family
    'numbers'
    >>> object_storage(pd.Series(["a", None], dtype=object)) is None
    True
    """
    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind in ("string", "boolean", "empty"):
        return None
    try:
        gap = missing_cell(series)
    except decimal.InvalidOperation:
        raise InvalidColumnError(
            series.name, "holds signalling NaN decimals: replace them by missing (None)."
        ) from None
    if kind == "integer":
        return _WholeObjects(dtype=series.dtype, family="numbers", gap=gap)
    if kind in ("floating", "mixed-integer-float"):
        return _FloatObjects(dtype=series.dtype, family="numbers", gap=gap)
    if kind == "decimal":
        return _decimal_storage(series, gap)
    if kind in ("date", "datetime", "timedelta"):
        return _clock_storage(series, kind, gap)
    check_cells(series)
    return None


def _present(series: pd.Series[Any]) -> tuple[list[Any], NDArray[np.bool_]]:
    missing = series.isna().to_numpy(dtype=bool)
    return series.to_numpy(dtype=object)[~missing].tolist(), missing


def _whole(cells: list[int], missing: NDArray[np.bool_]) -> NDArray[Any]:
    """Spread integers over the cells that aren't missing, in 64 bits if that holds them."""
    for dtype in (np.int64, np.uint64):
        limits = np.iinfo(dtype)
        if all(limits.min <= cell <= limits.max for cell in cells):
            values = np.zeros(len(missing), dtype=dtype)
            values[~missing] = np.array(cells, dtype=dtype)
            return values
    wide = np.zeros(len(missing), dtype=object)
    wide[~missing] = cells
    return wide


def _spread(cells: Iterable[Any], missing: NDArray[np.bool_], gap: Any) -> NDArray[np.object_]:
    """Put objects where nothing is missing, and the mark of a gap elsewhere."""
    spread = np.empty(len(missing), dtype=object)
    spread[:] = gap
    where = np.flatnonzero(~missing)
    for row, cell in zip(where.tolist(), cells, strict=True):
        spread[row] = cell
    return spread


class _WholeObjects(Storage):
    def unpack(self, series: pd.Series[Any]) -> Cells:
        cells, missing = _present(series)
        return _whole([int(cell) for cell in cells], missing), missing

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        return _spread(values[~missing].tolist(), missing, self.gap)


class _FloatObjects(_WholeObjects):
    def unpack(self, series: pd.Series[Any]) -> Cells:
        cells, missing = _present(series)
        values = np.full(len(missing), np.nan)
        values[~missing] = [_float(cell) for cell in cells]
        return values, missing


def _float(cell: Any) -> float:
    """Convert a number, too large a one to infinity, which is refused later by its column."""
    try:
        return float(cell)
    except OverflowError:
        return np.inf


def _decimal_storage(series: pd.Series[Any], gap: Any) -> Storage:
    cells, _ = _present(series)
    infinite = sum(cell.is_infinite() for cell in cells)
    if infinite:
        raise InvalidColumnError(
            series.name,
            f"holds {infinite} infinite decimals: replace them by missing or finite ones, or drop "
            "the column.",
        )
    digits = max((-cell.as_tuple().exponent for cell in cells), default=0)
    widest = max((cell.adjusted() for cell in cells), default=0)
    if widest + digits > 36:
        raise InvalidColumnError(
            series.name, "holds decimals of more than 36 digits: cast it to float, or round it."
        )
    digits = max(digits, 0)
    return _DecimalObjects(
        dtype=series.dtype,
        family="numbers",
        grain=Fraction(1, 10**digits),
        steps=tuple(10**step for step in range(digits, -1, -1)),
        gap=gap,
        digits=digits,
    )


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class _DecimalObjects(Storage):
    """Decimals, exactly, as whole numbers of their last digit."""

    digits: int

    def unpack(self, series: pd.Series[Any]) -> Cells:
        cells, missing = _present(series)
        unit = 10**self.digits
        return _whole([int(Fraction(cell) * unit) for cell in cells], missing), missing

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        with decimal.localcontext(decimal.Context(prec=60)):
            cells = [decimal.Decimal(int(v)).scaleb(-self.digits) for v in values[~missing]]
        return _spread(cells, missing, self.gap)


def _clock_storage(series: pd.Series[Any], kind: str, gap: Any) -> Storage:
    cells, _ = _present(series)
    zones = {str(zone): zone for zone in (getattr(cell, "tzinfo", None) for cell in cells)}
    if len(zones) > 1:
        raise InvalidColumnError(
            series.name,
            f"holds datetimes of {len(zones)} zones: bring them to one with pandas.to_datetime"
            "(column, utc=True), or drop the zones.",
        )
    is_pandas = all(isinstance(cell, (pd.Timestamp, pd.Timedelta)) for cell in cells)
    fine = any(getattr(cell, "nanosecond", getattr(cell, "nanoseconds", 0)) for cell in cells)
    unit = "D" if kind == "date" else "ns" if fine else "us"
    zone = next(iter(zones.values()))
    return _ClockObjects(
        dtype=series.dtype,
        family=DURATIONS if kind == "timedelta" else DATETIMES if zone is None else ZONED,
        grain=clock_grain(unit),
        steps=clock_steps(unit),
        zone=zone,
        gap=gap,
        unit=unit,
        is_pandas=is_pandas,
    )


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class _ClockObjects(Storage):
    """Dates, datetimes, timedeltas, Timestamps and Timedeltas."""

    unit: str
    is_pandas: bool

    @property
    def _numpy_dtype(self) -> str:
        return f"{'m' if self.family == DURATIONS else 'M'}8[{self.unit}]"

    def unpack(self, series: pd.Series[Any]) -> Cells:
        cells, missing = _present(series)
        counts = self._counts(cells)
        if counts is None:
            raise InvalidColumnError(
                series.name,
                "holds moments that don't fit into one unit of time: cast it to datetime64[us].",
            )
        values = np.zeros(len(missing), dtype=np.int64)
        values[~missing] = counts
        return values, missing

    def _counts(self, cells: list[Any]) -> NDArray[np.int64] | None:
        try:
            if self.unit == "ns":
                counts = np.array([cell.as_unit("ns").value for cell in cells], dtype=np.int64)
            else:
                if self.zone is not None:
                    cells = [cell.astimezone(datetime.UTC).replace(tzinfo=None) for cell in cells]
                moments = np.array(cells, dtype=self._numpy_dtype)
                # NumPy wraps durations beyond 292,000 years without a word.
                if self.family == DURATIONS and moments.tolist() != cells:
                    return None
                counts = moments.view(np.int64)
        except (OverflowError, ValueError, AttributeError):
            return None
        return counts if self.zone is None else to_wall_clock(counts, self.unit, self.zone)

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        counts = values[~missing].astype(np.int64)
        cells: Any
        if self.zone is not None:
            index = from_wall_clock(counts, self.unit, self.zone)
            cells = index.astype(object) if self.is_pandas else index.to_pydatetime()
        elif self.is_pandas:
            cells = pd.Index(counts.view(self._numpy_dtype)).astype(object)
        else:
            cells = counts.view(self._numpy_dtype).astype(object)
        return _spread(cells, missing, self.gap)
