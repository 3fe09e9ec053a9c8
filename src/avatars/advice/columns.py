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

__all__ = ["FIELDS", "FEW", "Look", "look_at", "summarised"]

FEW = 5
"""Fewest people behind a figure or a value of the summary."""
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
    def skewness(self) -> float:
        """Third standardised moment of the numbers; NaN where there is none."""
        x = self.numbers
        if x is None or len(x) < FEW or not np.isfinite(x).all():
            return float("nan")
        x, _ = _scaled(x)
        x = x - x.mean()
        spread = x.std()
        return float(((x / spread) ** 3).mean()) if spread > 1e-9 else float("nan")


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
        By field. Of numbers the mean, the standard deviation and the median, which is the mean of
        the five or six values in the middle; where fewer than five people have a value, and for
        what is no number, None. ``mode`` is the level that most people hold, if at least five
        do, and of categories only. Identifiers and what can't be read have none of all this.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.columns import look_at, summarised
    >>> fields = summarised(look_at(pd.Series([1, 2, 3, 4, 5, 99], name="x")), "numeric")
    >>> fields["mean"], fields["median"], fields["mode"]
    (19.0, 19.0, None)
    """
    figures: dict[str, Any] = dict.fromkeys(("mean", "median", "standard_deviation", "mode"))
    numbers = look.numbers
    if kind == "numeric" and numbers is not None and len(numbers) >= FEW:
        # One person's value would be shown by the median itself.
        width = FEW + (len(numbers) - FEW) % 2
        first = (len(numbers) - width) // 2
        middle = np.partition(numbers, (first, first + width - 1))[first : first + width]
        for field, part in (("mean", numbers), ("median", middle)):
            scaled, scale = _scaled(part)
            figures[field] = float(scaled.mean() * scale)
        scaled, scale = _scaled(numbers)
        figures["standard_deviation"] = float(scaled.std() * scale)
    if kind == "category" and look.n_distinct and look.counts.max() >= FEW:
        mode = look.levels[int(look.counts.argmax())]
        figures["mode"] = mode.item() if isinstance(mode, np.generic) else mode
    readable = look.n_distinct > 0 or look.n_present == 0
    return {
        "label": look.label,
        "dtype": look.dtype,
        "missing_number": look.n_missing,
        "missing_proportion": look.n_missing / look.n_rows,
        "unique_number": look.n_distinct if readable else None,
        "unique_proportion": look.n_distinct / max(look.n_present, 1) if readable else None,
        **figures,
        "is_skewed": bool(kind == "numeric" and abs(look.skewness) > _SKEWED),
        "is_rare": bool(kind == "category" and (look.counts < FEW).any()),
    }


def _scaled(numbers: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return numbers divided by a power of two about as large: squares and sums can't overflow."""
    largest = float(np.abs(numbers).max())
    scale = 2.0 ** np.clip(np.frexp(largest)[1] - 1, -1000, 1000)
    return numbers / scale, float(scale)
