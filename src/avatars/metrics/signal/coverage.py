"""How much of what occurs among the people still occurs in the release."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatars.metrics.signal.cells import Cells, Figures, average, per_column
from avatars.metrics.space import Types, read_together
from avatars.tables import Table

__all__ = ["category_coverage", "missing_rate_difference", "range_coverage", "std_ratio"]


def missing_rate_difference(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how far the shares of missing cells have moved.

    Mean absolute difference, 0 (the same) to 1; lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Mean over the columns; NaN if all are identifiers.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import missing_rate_difference
    >>> people = make_patients(200, random_state=0)
    >>> missing_rate_difference(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    before, after = missing_rates(people), missing_rates(release)
    return average(abs(rate - after[label]) for label, rate in before.items())


def missing_rates(table: Table) -> Figures:
    """Return the share of missing cells of each column."""
    return per_column(table, table, lambda x, _: float(_missing(x).mean()), ["numeric", "category"])


def category_coverage(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure the share of the people's levels that the release still has.

    From 0 (none) to 1 (all); higher is better.
    Rows need not be aligned.

    A release that leaves out levels held by too few people is below 1, as it should be.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Mean over category columns; levels that nobody holds don't count, and a gap is none. NaN
        if no column has a level.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import category_coverage
    >>> people = make_patients(200, random_state=0)
    >>> category_coverage(people, people)
    1.0
    """
    people, release = read_together(original, avatars, types=types)
    return average(level_coverages(people, release).values())


def level_coverages(people: Table, release: Table) -> Figures:
    """Return the share of the people's levels that the release has, by category column."""

    def coverage(x: Cells, a: Cells) -> float:
        levels = np.unique(x[x >= 0])
        return float(np.isin(levels, a).mean()) if len(levels) else float("nan")

    return per_column(people, release, coverage, ["category"])


def range_coverage(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure the share of the people's range of numbers that the release spans.

    From 0 (none) to 1 (all); higher is better.
    Rows need not be aligned.

    A release that leaves out extremes that point to one person is below 1, as it should be.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Mean over numeric columns; a constant is covered by a release that reaches it, and no
        column by an empty one. NaN if no column has numbers.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import range_coverage
    >>> people = make_patients(200, random_state=0)
    >>> range_coverage(people, people)
    1.0
    """
    people, release = read_together(original, avatars, types=types)
    return average(range_coverages(people, release).values())


def range_coverages(people: Table, release: Table) -> Figures:
    """Return the share of the people's range that the release spans, by numeric column."""

    def coverage(x: Cells, a: Cells) -> float:
        x, a = x[~np.isnan(x)], a[~np.isnan(a)]
        if not len(x):
            return float("nan")
        if not len(a):
            return 0.0
        low, high = max(x.min(), a.min()), min(x.max(), a.max())
        width = x.max() - x.min()
        return float(max(high - low, 0.0) / width if width > 0 else high >= low)

    return per_column(people, release, coverage, ["numeric"])


def std_ratio(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how much of the spread of numbers is left.

    A ratio from 0; 1 is best, less means shrunk, more means inflated.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Mean over numeric columns that vary among the people and that the release has numbers in;
        NaN if there is none.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import std_ratio
    >>> people = make_patients(200, random_state=0)
    >>> std_ratio(people, people)
    1.0
    """
    people, release = read_together(original, avatars, types=types)
    return average(std_ratios(people, release).values())


def std_ratios(people: Table, release: Table) -> Figures:
    """Return the ratio of standard deviations of each numeric column."""

    def ratio(x: Cells, a: Cells) -> float:
        x, a = x[~np.isnan(x)], a[~np.isnan(a)]
        # Of a constant, the deviation is left with a rounding that is no spread.
        if not len(x) or not len(a) or x.min() == x.max():
            return float("nan")
        return float(a.std() / x.std())

    return per_column(people, release, ratio, ["numeric"])


def _missing(cells: Cells) -> Cells:
    return np.isnan(cells) if cells.dtype.kind == "f" else cells < 0
