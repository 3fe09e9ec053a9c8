"""How much of the joint distribution of each two columns is left."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatars.metrics.signal.cells import crossed, placed
from avatars.metrics.space import Types, read_together

__all__ = ["contingency_similarity"]

_BINS = 10


def contingency_similarity(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how much the two-way tables of people and release have in common.

    From 0 (no combination of two cells occurs in both) to 1 (the same shares); higher is better.
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
        1 minus the total variation between the joint shares of two columns, mean over all pairs;
        NaN for fewer than two columns. Numbers are counted in up to 10 bins of equal frequency
        among the people; gaps are a level of their own.

    Notes
    -----
    A two-way table of many combinations and few people differs by chance alone: two samples of
    1000 people of one population have about .83 in common over 10 x 10 bins, and hardly anything
    where both columns have thousands of levels. Compare releases of one table with one another.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import contingency_similarity
    >>> people = make_patients(200, random_state=0)
    >>> contingency_similarity(people, people)
    1.0
    """
    people, release = read_together(original, avatars, types=types)
    columns = [
        placed(before[:, slot], after[:, slot], _BINS)
        for before, after in ((people.numeric, release.numeric), (people.codes, release.codes))
        for slot in range(before.shape[1])
    ]
    c = len(columns)
    if c < 2:
        return float("nan")
    places = np.column_stack([np.concatenate(column[:2]) for column in columns])
    n_places = np.array([column[2] for column in columns])
    owner = np.repeat(np.arange(c), n_places)
    n, m = people.n_rows, release.n_rows
    # Whole numbers, so that equal shares cancel to nothing.
    weights = np.repeat([float(m), -float(n)], [n, m])
    differences = np.zeros(c)
    for _, _, right, count in crossed(places, n_places, weights):
        differences += np.bincount(owner[right], np.abs(count), minlength=c)
    return float(1 - differences.sum() / (2 * n * m) / (c * (c - 1) / 2))
