"""Identifiers never pass: they are recognised, and fresh ones are issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidColumnError
from avatars.tables.storage import Storage, number_dtype

__all__ = [
    "IdentifierCodec",
    "forbid_names",
    "holds_integers",
    "learn_identifiers",
    "numbers_the_rows",
]

_NEARLY_ALL = 0.9
_FEW, _MANY = 5, 10
_A_COUNTER = 20


def forbid_names(label: Any, codes: NDArray[np.int32]) -> None:
    """Refuse a category that tells people apart instead of grouping them.

    From ten cells on, more than nine in ten distinct is too many. Of five to nine cells all have
    to be distinct: a handful of people may well have a blood group each, five different ones
    of a legitimate category are rare, five different names are the rule. Below five, nothing can
    be told from the counts.

    Parameters
    ----------
    label : hashable
        The label of the column.
    codes : ndarray of int32
        Its codes.

    Raises
    ------
    InvalidColumnError
        If nearly every cell has a value of its own.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables.identifiers import forbid_names
    >>> forbid_names("colour", np.array([0, 1, 0, 1, 2]))
    """
    present = codes[codes >= 0]
    distinct = int(np.count_nonzero(np.bincount(present))) if len(present) else 0
    is_name = (
        distinct > _NEARLY_ALL * len(present)
        if len(present) >= _MANY
        else len(present) >= _FEW and distinct == len(present)
    )
    if is_name:
        raise InvalidColumnError(
            label,
            f"holds {distinct} distinct values in {len(codes)} rows: it looks like an identifier, "
            "a name or free text. Declare it with types={...: 'identifier'} to have fresh values "
            "issued, exclude it, or drop it.",
        )


def numbers_the_rows(values: NDArray[Any], missing: NDArray[np.bool_]) -> bool:
    """Tell whether whole numbers are consecutive, each of them once.

    Parameters
    ----------
    values : ndarray
        Unpacked cells.
    missing : ndarray of bool
        Which of them are missing.

    Returns
    -------
    bool
        True for a counter of at least 20 rows, in any order.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables.identifiers import numbers_the_rows
    >>> numbers_the_rows(np.arange(100)[::-1], np.zeros(100, dtype=bool))
    True
    """
    n_rows = len(values)
    if values.dtype.kind not in "iuO" or n_rows < _A_COUNTER or missing.any():
        return False
    low = int(values.min())
    if int(values.max()) - low != n_rows - 1:
        return False
    seen = np.zeros(n_rows, dtype=bool)
    seen[
        (values - values.dtype.type(low) if values.dtype != object else values - low).astype(int)
    ] = True
    return bool(seen.all())


def holds_integers(storage: Storage) -> bool:
    """Tell whether a column may hold integers, and not just numbers that happen to be whole.

    Parameters
    ----------
    storage : Storage
        What unpacks it.

    Returns
    -------
    bool
        True for integer dtypes, and for objects without decimals.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.identifiers import holds_integers
    >>> from avatars.tables.storage import number_storage
    >>> holds_integers(number_storage(pd.Series([1]).dtype))
    True
    """
    if pd.api.types.is_object_dtype(storage.dtype):
        return storage.family == "numbers" and storage.grain == 1
    return bool(pd.api.types.is_integer_dtype(storage.dtype))


@dataclass(frozen=True, repr=False, eq=False)
class IdentifierCodec:
    """How fresh identifiers look.

    Whole numbers are a shuffled run that begins at a power of ten beyond every number of the
    source, below zero or right beside the source's range where the dtype has no other room.
    Strings are 32 hexadecimal digits, a random UUID.

    Attributes
    ----------
    dtype : dtype
        The dtype of the column.
    storage : Storage or None
        Packs whole numbers; None for strings.
    low, high : int
        The range of the source's whole numbers.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.tables.identifiers import learn_identifiers
    >>> codec = learn_identifiers(pd.Series(["x7", "y8"], name="id"), storage=None)
    >>> len(codec.issue(2, np.random.default_rng(), "id")[0])
    32
    """

    dtype: Any
    storage: Storage | None
    low: int
    high: int

    def issue(self, n_rows: int, rng: np.random.Generator, label: Any) -> Any:
        """Return a new column of distinct identifiers that the source doesn't hold.

        Parameters
        ----------
        n_rows : int
            How many.
        rng : Generator
            What they are drawn from.
        label : hashable
            The label of the column, for messages.

        Returns
        -------
        array
            Of the source's dtype, without a gap.

        Raises
        ------
        InvalidColumnError
            If the dtype has no room for as many fresh numbers.
        """
        if self.storage is None:
            return _as_strings(_random_hex(n_rows, rng), self.dtype)
        start = self._start(n_rows, label)
        numbers = rng.permutation(n_rows)
        limits = np.iinfo(np.int64)
        nothing = np.zeros(n_rows, dtype=bool)
        if limits.min <= start and start + n_rows <= limits.max:
            return self.storage.pack(numbers + start, nothing)
        if start >= 0:
            return self.storage.pack(numbers.astype(np.uint64) + np.uint64(start), nothing)
        return self.storage.pack(numbers.astype(object) + start, nothing)

    def _start(self, n_rows: int, label: Any) -> int:
        precision = number_dtype(self.dtype)
        limits = np.iinfo(precision if precision.kind in "iu" else np.int64)
        beyond = 10 ** len(str(max(abs(self.low), abs(self.high), n_rows)))
        for start in (beyond, 1 - beyond - n_rows, self.high + 1, self.low - n_rows):
            if limits.min <= start and start + n_rows - 1 <= limits.max:
                return int(start)
        raise InvalidColumnError(
            label,
            f"is an identifier of dtype {self.dtype}, which has no room for {n_rows} fresh "
            "numbers: cast it to int64.",
        )


def _random_hex(n_rows: int, rng: np.random.Generator) -> list[str]:
    raw = np.frombuffer(rng.bytes(16 * n_rows), dtype=np.uint8).reshape(n_rows, 16).copy()
    # The marks of a random UUID (RFC 9562, version 4).
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    digits = raw.tobytes().hex()
    return [digits[start : start + 32] for start in range(0, len(digits), 32)]


def _as_strings(cells: list[str], dtype: Any) -> Any:
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(cells, ordered=dtype.ordered)
    if isinstance(dtype, np.dtype):
        return np.array(cells, dtype=object)
    if isinstance(dtype, pd.ArrowDtype):
        import pyarrow as pa

        array = pa.array(cells)
        if pa.types.is_dictionary(dtype.pyarrow_dtype):
            array = array.dictionary_encode()
        return pd.arrays.ArrowExtensionArray(array.cast(dtype.pyarrow_dtype))
    return pd.array(cells, dtype=dtype)


def learn_identifiers(series: pd.Series[Any], storage: Storage | None) -> IdentifierCodec:
    """Learn how the identifiers of a column look.

    Parameters
    ----------
    series : Series
        The column.
    storage : Storage or None
        What unpacks it, None for values that can only be told apart.

    Returns
    -------
    IdentifierCodec
        What issues fresh ones.

    Raises
    ------
    InvalidColumnError
        If it holds neither whole numbers nor strings.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.identifiers import learn_identifiers
    >>> learn_identifiers(pd.Series(["x7", "y8"], name="id"), None).low
    0
    """
    dtype: Any = series.dtype
    dtype = (
        pd.CategoricalDtype(ordered=dtype.ordered)
        if isinstance(dtype, pd.CategoricalDtype)
        else dtype
    )
    if storage is None:
        if not _holds_strings(series):
            raise _not_issued(series)
        return IdentifierCodec(dtype, None, 0, 0)
    values, missing = storage.unpack(series)
    if not holds_integers(storage) or values.dtype.kind == "f":
        raise _not_issued(series)
    present = values[~missing]
    low, high = (int(present.min()), int(present.max())) if len(present) else (0, 0)
    return IdentifierCodec(dtype, storage, low, high)


def _holds_strings(series: pd.Series[Any]) -> bool:
    dtype: Any = series.dtype
    cells: Any = dtype.categories if isinstance(dtype, pd.CategoricalDtype) else series
    if isinstance(dtype, pd.ArrowDtype):
        from avatars.tables.arrow import is_text

        return is_text(dtype)
    return pd.api.types.infer_dtype(cells, skipna=True) in ("string", "empty")


def _not_issued(series: pd.Series[Any]) -> InvalidColumnError:
    return InvalidColumnError(
        series.name,
        f"of dtype {series.dtype} is to hold identifiers: fresh ones are issued as strings or "
        "whole numbers only. Cast it to one of them, or drop it.",
    )
