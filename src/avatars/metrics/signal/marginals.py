"""How far each column has moved, in the units of numbers and in shares of categories."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatars.metrics.signal.cells import Cells, Figures, average, counted, per_column
from avatars.metrics.space import Types, read_together
from avatars.tables import Table

__all__ = ["ks_mean", "total_variation_mean", "wasserstein_mean"]


def ks_mean(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure the largest gap between the distribution functions of numbers.

    Kolmogorov-Smirnov statistic, 0 (the same) to 1 (disjoint); lower is better.
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
        Mean over numeric columns, gaps left out; 1 for a column that is empty on one side only.
        NaN if no column has numbers.

    References
    ----------
    .. [1] Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals
       of Mathematical Statistics 19 (1948), 279-281.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import ks_mean
    >>> people = make_patients(200, random_state=0)
    >>> ks_mean(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    return average(ks_statistics(people, release).values())


def ks_statistics(people: Table, release: Table) -> Figures:
    """Return the Kolmogorov-Smirnov statistic of each numeric column."""

    def statistic(x: Cells, a: Cells) -> float:
        x, a = _known(x), _known(a)
        if not len(x) or not len(a):
            return 1.0 if len(x) or len(a) else float("nan")
        return float(_apart(x, a)[1].max())

    return per_column(people, release, statistic, ["numeric"])


def wasserstein_mean(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how far numbers would have to be carried to turn the release into the people.

    Distance in interquartile ranges of the people, from 0 (the same); lower is better.
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
        Mean over numeric columns, gaps left out. Where more than half of the people hold one
        value the interquartile range may be 0, and the standard deviation stands in for it.
        Columns that are constant among the people have no scale and are left out, as are those
        that are empty on either side. NaN if none is left.

    References
    ----------
    .. [1] Vallender, "Calculation of the Wasserstein distance between probability distributions
       on the line", Theory of Probability and its Applications 18 (1974), 784-786.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import wasserstein_mean
    >>> people = make_patients(200, random_state=0)
    >>> wasserstein_mean(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    return average(wasserstein_distances(people, release).values())


def wasserstein_distances(people: Table, release: Table) -> Figures:
    """Return the Wasserstein distance of each numeric column in its own scale."""

    def distance(x: Cells, a: Cells) -> float:
        x, a = _known(x), _known(a)
        if not len(x) or not len(a) or x.min() == x.max():
            return float("nan")
        low, high = np.quantile(x, [0.25, 0.75])
        widths, gaps = _apart(x, a)
        return float((widths * gaps[:-1]).sum() / (high - low if high > low else x.std()))

    return per_column(people, release, distance, ["numeric"])


def total_variation_mean(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure the share of people whose category would have to change to give the release.

    Total variation, 0 (the same shares) to 1 (disjoint); lower is better.
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
        Mean over category columns, a gap being a level of its own; NaN if there is none.

    References
    ----------
    .. [1] Levin, Peres, "Markov chains and mixing times", AMS 2017, section 4.1.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import total_variation_mean
    >>> people = make_patients(200, random_state=0)
    >>> total_variation_mean(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    return average(total_variations(people, release).values())


def total_variations(people: Table, release: Table) -> Figures:
    """Return the total variation of each category column."""

    def variation(x: Cells, a: Cells) -> float:
        p, q = counted(x, a)
        return float(np.abs(p / len(x) - q / len(a)).sum() / 2)

    return per_column(people, release, variation, ["category"])


def _known(cells: Cells) -> Cells:
    return cells[~np.isnan(cells)]


def _apart(x: Cells, a: Cells) -> tuple[Cells, Cells]:
    """Return the steps between all values and the gap of the distribution functions on each."""
    values = np.unique(np.concatenate([x, a]))
    below = [np.searchsorted(np.sort(cells), values, "right") / len(cells) for cells in (x, a)]
    return np.diff(values), np.abs(below[0] - below[1])
