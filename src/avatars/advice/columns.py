"""What a column holds, in figures that tell of no single person."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidInputError, UnsupportedTypeError
from avatars.tables.dtypes import column_storage
from avatars.tables.identifiers import holds_integers
from avatars.tables.levels import factorize
from avatars.tables.schema import dtype_name

__all__ = ["FIELDS", "FEW", "Look", "told", "look_at", "summarised"]

FEW = 5
"""Fewest people behind a figure or a value of the summary."""
_FEWEST_NUMBERS = 20
"""Of fewer numbers than this, a mean and a deviation say too much about single ones."""
FIELDS = (
    "label",
    "dtype",
    "missing_number",
    "missing_proportion",
    "unique_number",
    "unique_proportion",
    "mean",
    "median",
    "standard_deviation",
    "mode",
    "is_skewed",
    "is_rare",
)
_SKEWED = 2.0


@dataclass(frozen=True, repr=False, eq=False)
class Look:
    """One column as it was found.

    Parameters
    ----------
    label : hashable
        Its label.
    dtype : str
        Its dtype, without categories.
    n_rows, n_missing : int
        Cells, and how many of them are missing.
    counts : ndarray of int
        People behind each distinct value, in the order of the values where they have one. Empty
        where the cells can't be read.
    levels : sequence
        The distinct values, in the same order.
    numbers : ndarray of float64 or None
        Cells that aren't missing, in their own unit and order; None for what is no number.
    is_moment, is_text, is_integer : bool
        Whether the cells are dates, times or durations; strings; whole numbers of a dtype that
        holds no others.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.columns import look_at
    >>> look_at(pd.Series([41, 50, 41], name="age"))
    Look('age', int64, 3 rows, 2 distinct)
    """

    label: Hashable
    dtype: str
    n_rows: int
    n_missing: int
    counts: NDArray[np.int64]
    levels: Any
    numbers: NDArray[np.float64] | None
    is_moment: bool
    is_text: bool
    is_integer: bool

    def __repr__(self) -> str:
        return f"Look({self.label!r}, {self.dtype}, {self.n_rows} rows, {self.n_distinct} distinct)"

    @property
    def n_present(self) -> int:
        """Cells that aren't missing."""
        return self.n_rows - self.n_missing

    @property
    def n_distinct(self) -> int:
        """Distinct values among them."""
        return len(self.counts)

    @property
    def told_missing(self) -> int:
        """Cells that are missing, as everybody may know it."""
        return told(self.n_missing, self.n_rows)

    @property
    def told_present(self) -> int:
        """Cells that aren't, as everybody may know it."""
        return self.n_rows - self.told_missing

    @property
    def told_distinct(self) -> int:
        """Distinct values, no more than cells that are told of."""
        repeats = self.n_distinct < self.n_present
        return min(self.n_distinct, self.told_present - repeats)

    @property
    def skewness(self) -> float:
        """Third standardised moment of the numbers; NaN where there is none."""
        x = self.numbers
        if x is None or len(x) < FEW or not np.isfinite(x).all():
            return float("nan")
        x, _ = _scaled(x)
        x = x - x.mean()
        spread = x.std()
        return float(((x / spread) ** 3).mean()) if spread > 1e-9 else float("nan")


def told(n_people: int, n_rows: int) -> int:
    """Return a number of people that may be told to everybody: one to four are given as five.

    So are all but one to four, which would tell of these.

    Parameters
    ----------
    n_people, n_rows : int
        How many of how many.

    Returns
    -------
    int
        The same where it is none, all, or neither few nor all but few.

    Examples
    --------
    >>> from avatars.advice.columns import told
    >>> [told(n_people, 100) for n_people in (0, 1, 4, 6, 98, 100)]
    [0, 5, 5, 6, 95, 100]
    """
    if n_people in (0, n_rows):
        return n_people
    return min(max(n_people, FEW), max(n_rows - FEW, FEW), n_rows)


def look_at(series: pd.Series[Any]) -> Look:
    """Look at a column of any dtype; what can't be read is looked at as far as it goes.

    Parameters
    ----------
    series : Series
        The column, its name being its label.

    Returns
    -------
    Look
        Counts and numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.columns import look_at
    >>> look_at(pd.Series(["a", None, "a"], name="group")).counts.tolist()
    [2]
    """
    n_missing = int(series.isna().sum())
    none = np.empty(0, dtype=np.int64)
    found: tuple[Any, ...] = (none, none, None, False, False, False)
    try:
        storage = column_storage(series)
        if storage is None:
            codes, uniques = factorize(series)
            counts = np.bincount(codes[codes >= 0], minlength=len(uniques)).astype(np.int64)
            held = np.flatnonzero(counts)
            levels = uniques.take(held)
            is_text = pd.api.types.infer_dtype(levels, skipna=True) == "string"
            found = (counts[held], levels, None, False, is_text, False)
        else:
            values, missing = storage.unpack(series)
            present = values[~missing]
            levels, counts = np.unique(present, return_counts=True)
            is_number = storage.family == "numbers"
            numbers = present.astype(np.float64) * float(storage.grain) if is_number else None
            found = (counts, levels, numbers, not is_number, False, holds_integers(storage))
    except (InvalidInputError, UnsupportedTypeError):
        pass
    return Look(series.name, dtype_name(series.dtype), len(series), n_missing, *found)


def summarised(look: Look, kind: str) -> dict[str, Any]:
    """Return the documented fields of the summary of a column.

    Parameters
    ----------
    look : Look
        The column.
    kind : {"numeric", "category", "identifier", "dropped"}
        What it is taken for.

    Returns
    -------
    dict
        By field. Of numbers the mean and the standard deviation between the fifth smallest and
        the fifth largest, to which all others are moved, and the median, which is the mean of the
        five or six values in the middle: to three digits of the deviation, and None where fewer
        than twenty people have a value, and for what is no number. ``mode`` is the level that
        most people hold, if at least five do, and of categories only. Identifiers and what can't
        be read have none of all this. One to four missing cells are given as five, and distinct
        values are no more than the cells that this leaves; they are None where fewer than five
        people have a value.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.columns import look_at, summarised
    >>> fields = summarised(look_at(pd.Series([*range(39), 10**9], name="x")), "numeric")
    >>> fields["mean"], fields["median"], fields["mode"]
    (19.5, 19.5, None)
    """
    figures: dict[str, Any] = dict.fromkeys(("mean", "median", "standard_deviation", "mode"))
    numbers = look.numbers
    if kind == "numeric" and numbers is not None and len(numbers) >= _FEWEST_NUMBERS:
        figures |= _moments(numbers)
    if kind == "category" and look.n_distinct and look.counts.max() >= FEW:
        mode = look.levels[int(look.counts.argmax())]
        figures["mode"] = mode.item() if isinstance(mode, np.generic) else mode
    countable = look.n_present == 0 or (look.n_distinct > 0 and look.n_present >= FEW)
    return {
        "label": look.label,
        "dtype": look.dtype,
        "missing_number": look.told_missing,
        "missing_proportion": look.told_missing / look.n_rows,
        "unique_number": look.told_distinct if countable else None,
        "unique_proportion": look.told_distinct / max(look.told_present, 1) if countable else None,
        **figures,
        "is_skewed": bool(kind == "numeric" and abs(look.skewness) > _SKEWED),
        "is_rare": bool(kind == "category" and (look.counts < FEW).any()),
    }


def _moments(numbers: NDArray[np.float64]) -> dict[str, float]:
    """Return figures from which no value of a single person can be worked out."""
    ordered = np.sort(numbers)
    # One person's value would be shown by the median itself.
    width = FEW + (len(ordered) - FEW) % 2
    first = (len(ordered) - width) // 2
    middle, middle_scale = _scaled(ordered[first : first + width])
    usual, scale = _scaled(ordered.clip(ordered[FEW - 1], ordered[-FEW]))
    spread = float(usual.std() * scale)
    # More digits would only serve to work backwards.
    digits = 2 - int(np.floor(np.log10(spread))) if spread > 0 else None
    figures = {
        "mean": float(usual.mean() * scale),
        "median": float(middle.mean() * middle_scale),
        "standard_deviation": spread,
    }
    if digits is None:
        return figures
    return {field: round(figure, digits) for field, figure in figures.items()}


def _scaled(numbers: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return numbers divided by a power of two about as large: squares and sums can't overflow."""
    largest = float(np.abs(numbers).max())
    scale = 2.0 ** np.clip(np.frexp(largest)[1] - 1, -1000, 1000)
    return numbers / scale, float(scale)
