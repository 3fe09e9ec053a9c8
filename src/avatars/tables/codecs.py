"""Numeric columns as float64 and back: exact where the source is exact.

Whole numbers, moments and decimals travel as their distance from an exact origin, so that a
number near 2**62 keeps its last digit. What comes back is rounded as the source is and never
leaves the source's range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import InvalidColumnError
from avatars.tables.storage import Storage, number_dtype

__all__ = ["FloatCodec", "NumericCodec", "WholeCodec", "learn_codec"]

_LOOKED_AT = 10_000
_MOST = 0.95
_LARGE, _SMALL = 1e100, 1e-100
_FULL_PRECISION = 15


@dataclass(frozen=True, repr=False, eq=False)
class WholeCodec:
    """Integers, moments and decimals as their distance from an origin.

    Attributes
    ----------
    storage : Storage
        Unpacks and packs the cells.
    low, high : int or None
        The range of the source, None if all of it is missing.
    step : int
        What values are rounded to, counted in the storage's units.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.codecs import learn_codec
    >>> from avatars.tables.storage import number_storage
    >>> column = pd.Series([2**62 + 3, 2**62 + 8])
    >>> storage = number_storage(column.dtype)
    >>> values, missing = storage.unpack(column)
    >>> codec = learn_codec(storage, values, missing, "id")
    >>> codec.encode(storage, values, missing).tolist()
    [0.0, 5.0]
    >>> codec.decode(codec.encode(storage, values, missing)).tolist() == column.tolist()
    True
    """

    storage: Storage
    low: int | None
    high: int | None
    step: int

    @property
    def origin(self) -> int:
        """Give the whole number that is encoded as zero.

        Returns
        -------
        int
            The minimum, rounded down to a step.
        """
        low = self.low or 0
        return low - low % self.step

    def encode(
        self, storage: Storage, values: NDArray[Any], missing: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return how far cells are from the origin.

        Parameters
        ----------
        storage : Storage
            What unpacked the values: the codec's own storage, or one of its family.
        values : ndarray
            Unpacked cells.
        missing : ndarray of bool
            Which of them are missing.

        Returns
        -------
        ndarray of float64
            Distances in units of the codec's storage, NaN for missing cells.
        """
        ratio = storage.grain / self.storage.grain
        if values.dtype.kind == "f":
            encoded = values * float(ratio) - float(self.origin)
        elif ratio == 1:
            encoded = _distances(values, self.origin)
        else:
            exact = values.astype(object) * ratio - self.origin
            encoded = exact.astype(np.float64)
        encoded[missing] = np.nan
        return encoded

    def decode(self, encoded: NDArray[np.float64]) -> Any:
        """Return a new column of the source's dtype, rounded as the source is, in its range.

        Parameters
        ----------
        encoded : ndarray of float64
            What ``encode`` gives, or means of it.

        Returns
        -------
        array
            The new column.
        """
        missing = np.isnan(encoded)
        if self.low is None or self.high is None:
            empty = np.zeros(len(encoded), dtype=np.int64)
            return self.storage.pack(empty, np.ones(len(encoded), dtype=bool))
        span = self.high - self.origin
        steps = np.rint(np.where(missing, 0.0, encoded) / self.step)
        above = steps >= span // self.step + 1
        counts = np.where(above | (steps < 0), 0.0, steps).astype(np.uint64)
        distances = np.minimum(counts * np.uint64(self.step), np.uint64(span))
        distances[above] = span
        distances = np.maximum(distances, np.uint64(self.low - self.origin))
        return self.storage.pack(self._absolute(distances), missing)

    def _absolute(self, distances: NDArray[np.uint64]) -> NDArray[Any]:
        low, high = self.origin, self.origin + int(distances.max(initial=0))
        for dtype in (np.int64, np.uint64):
            limits = np.iinfo(dtype)
            if limits.min <= low and high <= limits.max:
                return (distances + np.uint64(low % 2**64)).view(dtype)
        return distances.astype(object) + low


def _distances(values: NDArray[Any], origin: int) -> NDArray[np.float64]:
    """Subtract without overflow: unsigned arithmetic wraps, so the difference is exact."""
    limits = None if values.dtype == object else np.iinfo(values.dtype)
    if limits is None or not limits.min <= origin <= limits.max:
        return np.asarray(values.astype(object) - origin, dtype=np.float64)
    unsigned = values.astype(np.uint64) - np.uint64(origin % 2**64)
    distances = unsigned.astype(np.float64)
    below = values < origin
    if below.any():
        distances[below] = -(np.uint64(0) - unsigned[below]).astype(np.float64)
    return distances


@dataclass(frozen=True, repr=False, eq=False)
class FloatCodec:
    """Floats, divided by a power of two where their squares would leave float64.

    Attributes
    ----------
    storage : Storage
        Unpacks and packs the cells.
    low, high : float
        The range of the source, NaN if all of it is missing.
    exponent : int
        Of the power of two that values are divided by.
    decimals : int or None
        How many decimals come back, None for all of them.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.tables.codecs import learn_codec
    >>> from avatars.tables.storage import number_storage
    >>> column = pd.Series([0.25, 1.5, np.nan])
    >>> storage = number_storage(column.dtype)
    >>> codec = learn_codec(storage, *storage.unpack(column), "dose")
    >>> codec.decode(np.array([1.23456, 9.0, np.nan])).tolist()
    [1.23, 1.5, nan]
    """

    storage: Storage
    low: float
    high: float
    exponent: int
    decimals: int | None

    def encode(
        self, storage: Storage, values: NDArray[Any], missing: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return cells as floats whose squares can be summed.

        Parameters
        ----------
        storage : Storage
            What unpacked the values: the codec's own storage, or one of its family.
        values : ndarray
            Unpacked cells.
        missing : ndarray of bool
            Which of them are missing.

        Returns
        -------
        ndarray of float64
            Scaled values, NaN for missing cells.
        """
        floats = values.astype(np.float64)
        if storage.grain != 1:
            floats /= float(1 / storage.grain)
        if self.exponent:
            floats = np.ldexp(floats, -self.exponent)
        floats[missing] = np.nan
        # Adding zero turns -0.0 into 0.0: equal cells have equal bits.
        return np.asarray(floats + 0.0)

    def decode(self, encoded: NDArray[np.float64]) -> Any:
        """Return a new column of the source's dtype, rounded as the source is, in its range.

        Parameters
        ----------
        encoded : ndarray of float64
            What ``encode`` gives, or means of it.

        Returns
        -------
        array
            The new column.
        """
        bounds = np.ldexp(np.array([self.low, self.high]), -self.exponent)
        # Clipped twice: scaling up must not overflow, rounding must not leave the range.
        values = np.ldexp(np.clip(encoded, bounds[0], bounds[1]), self.exponent)
        if self.decimals is not None:
            values = np.round(values, self.decimals)
        values = np.clip(values, self.low, self.high)
        return self.storage.pack(values, np.isnan(values))


NumericCodec = WholeCodec | FloatCodec


def learn_codec(
    storage: Storage, values: NDArray[Any], missing: NDArray[np.bool_], label: Any
) -> NumericCodec:
    """Learn from a column how it is encoded.

    Parameters
    ----------
    storage : Storage
        What unpacked the column.
    values : ndarray
        Its unpacked cells.
    missing : ndarray of bool
        Which of them are missing.
    label : hashable
        The label of the column, for messages.

    Returns
    -------
    WholeCodec or FloatCodec
        The way there and back.

    Raises
    ------
    InvalidColumnError
        If values are infinite, or integers lie more than 64 bits apart.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.codecs import learn_codec
    >>> from avatars.tables.storage import number_storage
    >>> column = pd.Series([3, 5])
    >>> storage = number_storage(column.dtype)
    >>> learn_codec(storage, *storage.unpack(column), "age").origin
    3
    """
    present = values[~missing] if missing.any() else values
    if values.dtype.kind == "f":
        return _learn_float(storage, present, label)
    if not len(present):
        return WholeCodec(storage, None, None, 1)
    step = _common_step(present, storage.steps)
    codec = WholeCodec(storage, int(present.min()), int(present.max()), step)
    if int(present.max()) - codec.origin >= 2**64:
        raise InvalidColumnError(
            label, "holds whole numbers more than 64 bits apart: cast it to float."
        )
    return codec


def _learn_float(storage: Storage, present: NDArray[Any], label: Any) -> FloatCodec:
    infinite = len(present) - int(np.isfinite(present).sum())
    if infinite:
        raise InvalidColumnError(
            label,
            f"holds {infinite} infinite values (inf): replace them by missing (NaN) or finite "
            "numbers, or drop the column.",
        )
    if not len(present):
        return FloatCodec(storage, np.nan, np.nan, 0, None)
    low, high = float(present.min()), float(present.max())
    largest = max(abs(low), abs(high))
    exponent = int(np.frexp(largest)[1]) if largest > _LARGE or 0 < largest < _SMALL else 0
    return FloatCodec(
        storage, low, high, exponent, _common_decimals(present, number_dtype(storage.dtype))
    )


def _looked_at(present: NDArray[Any]) -> NDArray[Any]:
    """Take evenly spaced values, enough to tell how a column is rounded."""
    places = np.linspace(0, len(present) - 1, min(len(present), _LOOKED_AT)).astype(np.intp)
    some: NDArray[Any] = present[places]
    return some


def _common_step(present: NDArray[Any], steps: tuple[int, ...]) -> int:
    """Find the coarsest step that nearly all values keep to."""
    if steps == (1,):
        return 1
    some = _looked_at(present)
    return next(step for step in steps if np.mean(some % step == 0) >= _MOST or step == steps[-1])


def _common_decimals(present: NDArray[Any], precision: np.dtype[Any]) -> int | None:
    """Find how many decimals nearly all values keep to, None if they use all their digits."""
    some = _looked_at(present)
    # Zero fits any number of decimals: a column that is mostly zero is judged by the rest.
    some = some[some != 0]
    if not len(some):
        return 0
    digits_before = max(int(np.ceil(np.log10(np.abs(some).max()))), 0)
    exact = some.astype(precision)
    for decimals in range(13):
        if digits_before + decimals >= _FULL_PRECISION:
            return None
        rounded = np.round(some, decimals)
        # Parsers of text are wrong in the last bit at times.
        last_bits = 2 * np.finfo(np.float64).eps * np.abs(some)
        alike = (rounded.astype(precision) == exact) | (np.abs(rounded - some) <= last_bits)
        if np.mean(alike) >= _MOST:
            return decimals
    return None
