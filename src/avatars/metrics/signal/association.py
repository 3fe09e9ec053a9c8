"""How strongly columns of any kind go together, and how much of that the release keeps.

One measure per kind of pair, each with 0 for "nothing" and 1 (or -1 and 1) for "one follows from
the other": Pearson's correlation between numbers, Cramer's V between categories, the correlation
ratio between a category and a number. The latter two are corrected for the bias that many levels
and few people bring, or a release of another size, or one without rare levels, would differ from
the people where nothing has changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from avatars.metrics.signal.cells import average, crossed
from avatars.metrics.space import Types, read_together
from avatars.tables import Table

__all__ = ["associations", "correlation_difference", "correlation_difference_ratio"]

Matrix = NDArray[np.float64]

_CELLS = 8_000_000
"""Cells of levels by numbers that are held at once."""
_ROUNDING = 1e-9


def associations(table: Any, *, types: Types | None = None) -> pd.DataFrame:
    """Measure how strongly each two columns of a table go together.

    From -1 to 1 between numbers and from 0 to 1 elsewhere; it describes one table and has no good
    or bad. Rows need not be in any order.

    Parameters
    ----------
    table : table
        The people or the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    DataFrame
        Columns by columns, identifiers left out: Pearson's correlation between numbers, over the
        rows that have both; Cramer's V between categories [1]_ and the correlation ratio between
        a category and a number [2]_, both corrected for bias, a gap being a level of its own.
        NaN where a column is constant.

    References
    ----------
    .. [1] Bergsma, "A bias-correction for Cramer's V and Tschuprow's T", Journal of the Korean
       Statistical Society 42 (2013), 323-328, section 3.
    .. [2] Kelley, "An unbiased correlation ratio measure", PNAS 21 (1935), 554-559.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import associations
    >>> people = make_patients(2000, random_state=0)
    >>> associations(people).loc[["age", "severity"], ["systolic", "treatment"]].round(1)
              systolic  treatment
    age            0.6        0.3
    severity       0.4        0.3
    """
    (read,) = read_together(table, types=types)
    kept = [place for place, c in enumerate(read.schema.columns) if c.kind != "identifier"]
    labels = read.schema.index[kept]
    return pd.DataFrame(association_matrix(read), index=labels, columns=labels)


def correlation_difference(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how far the associations between columns have moved.

    Mean absolute difference, 0 (the same) to 2 (all correlations reversed); lower is better.
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
        Mean over all pairs of columns that vary among the people; a column that varies there and
        no longer in the release has lost its associations, which counts as 0. NaN if there is no
        pair.

    See Also
    --------
    associations : What is compared.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import correlation_difference
    >>> people = make_patients(200, random_state=0)
    >>> correlation_difference(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    return average(_moved_pairs(people, release))


def correlation_difference_ratio(
    original: Any, avatars: Any, *, limit: float = 0.1, types: Types | None = None
) -> float:
    """Measure how many pairs of columns no longer go together as they did.

    Percent of pairs, 0 (none has changed) to 100; lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    limit : float, default=0.1
        Change of the association that is still taken for none. Two samples of 200 people of one
        population differ by more in about a third of their pairs of independent numbers, samples
        of 1000 in 2.5 %.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Over the pairs that ``correlation_difference`` averages; those with a column that is
        constant among the people are neither in the count nor in the total. NaN if there is no
        pair.

    See Also
    --------
    associations : What is compared.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import correlation_difference_ratio
    >>> people = make_patients(200, random_state=0)
    >>> correlation_difference_ratio(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    return 100 * average((_moved_pairs(people, release) > limit + _ROUNDING).astype(float))


def _moved_pairs(people: Table, release: Table) -> Matrix:
    moved = association_changes(people, release)
    pairs = moved[np.triu_indices(len(moved), 1)]
    return np.asarray(pairs[~np.isnan(pairs)])


def association_changes(people: Table, release: Table) -> Matrix:
    """Return by how much each association differs, NaN where the people have none."""
    before, after = association_matrix(people), association_matrix(release)
    return np.asarray(np.abs(before - np.nan_to_num(after)))


def association_matrix(table: Table) -> Matrix:
    """Return ``associations`` as an array."""
    q, c = table.numeric.shape[1], table.codes.shape[1]
    known = ~np.isnan(table.numeric)
    levels, n_levels = _renumbered(table.codes)
    result = np.full((q + c, q + c), np.nan)
    z = _standardised(table.numeric, known)
    result[:q, :q] = _pearson(z, known.astype(float))
    result[q:, :q] = _correlation_ratios(z, known.astype(float), levels, n_levels)
    result[:q, q:] = result[q:, :q].T
    result[q:, q:] = _cramer(levels, n_levels)
    places = [
        column.slot + (q if column.kind == "category" else 0)
        for column in table.schema.columns
        if column.kind != "identifier"
    ]
    return np.asarray(result[np.ix_(places, places)])


def _renumbered(codes: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give numbers to the levels that occur, a gap being one."""
    levels = np.empty(codes.shape, dtype=np.intp)
    n_levels = np.empty(codes.shape[1], dtype=np.intp)
    for slot in range(codes.shape[1]):
        found, where = np.unique(codes[:, slot], return_inverse=True)
        levels[:, slot], n_levels[slot] = where.ravel(), len(found)
    return levels, n_levels


def _standardised(numeric: Matrix, known: NDArray[np.bool_]) -> Matrix:
    """Return numbers in standard deviations, 0 where they are missing and for constants."""
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, numeric - np.where(known, numeric, 0).sum(axis=0) / count, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    lowest = np.where(known, numeric, np.inf).min(axis=0)
    varies = lowest < np.where(known, numeric, -np.inf).max(axis=0)
    return np.asarray(centred / np.where(varies & (spread > 0), spread, np.inf))


def _pearson(z: Matrix, known: Matrix) -> Matrix:
    """Return correlations over the rows that have both numbers."""
    n = known.T @ known
    sums = z.T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        # By row the column measured, by column the one whose rows it is measured on.
        spread = (z**2).T @ known - sums**2 / n
        correlation = (z.T @ z - sums * sums.T / n) / np.sqrt(spread * spread.T)
    # What is left of the variance of a constant is rounding.
    constant = ~(spread > 1e-12 * n)
    correlation[constant | constant.T] = np.nan
    return np.clip(correlation, -1.0, 1.0)


def _correlation_ratios(
    z: Matrix, known: Matrix, levels: NDArray[np.intp], n_levels: NDArray[np.intp]
) -> Matrix:
    """Return the root of the share of variance that lies between levels, by category and number."""
    n_rows, q = z.shape
    result = np.full((levels.shape[1], q), np.nan)
    n = known.sum(axis=0)
    varies = (z**2).sum(axis=0) > 0
    if not varies.any():
        return result
    # As many columns at once as have few enough levels together.
    block = np.cumsum(n_levels) * q // _CELLS
    for number in np.unique(block):
        columns = np.flatnonzero(block == number)
        first = np.concatenate([[0], np.cumsum(n_levels[columns])])
        held = sparse.csr_array(
            (
                np.ones(n_rows * len(columns)),
                (levels[:, columns] + first[:-1]).ravel(),
                np.arange(0, n_rows * len(columns) + 1, len(columns)),
            ),
            shape=(n_rows, int(first[-1])),
        )
        count, sums = held.T @ known, held.T @ z
        between = np.add.reduceat(sums**2 / np.maximum(count, 1), first[:-1], axis=0)
        groups = np.add.reduceat((count > 0).astype(float), first[:-1], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1 - (n - 1) / (n - groups) * (1 - between / n)
        share[(groups < 2) | (groups >= n) | ~varies] = np.nan
        result[columns] = np.sqrt(np.clip(share, 0.0, 1.0))
    return result


def _cramer(levels: NDArray[np.intp], n_levels: NDArray[np.intp]) -> Matrix:
    """Return Cramer's V, corrected for bias."""
    n, c = levels.shape
    first = np.concatenate([[0], np.cumsum(n_levels)])
    owner = np.repeat(np.arange(c), n_levels)
    held = np.bincount((levels + first[:-1]).ravel(), minlength=first[-1]).astype(float)
    squares = np.zeros((c, c))
    for column, left, right, count in crossed(levels, n_levels):
        share = count**2 / (held[first[column] + left] * held[right])
        squares[column] += np.bincount(owner[right], share, minlength=c)
    # A column crossed with itself: every level has its own.
    squares += squares.T + np.diag(n_levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = n_levels - 1.0
        excess = squares - 1 - np.outer(degrees, degrees) / (n - 1)
        shrunk = degrees - degrees**2 / (n - 1)
        result = np.sqrt(np.maximum(excess, 0.0) / np.minimum(shrunk[:, None], shrunk))
    undefined = ~(shrunk > 0)
    result[undefined | undefined[:, None]] = np.nan
    return np.asarray(np.minimum(result, 1.0))
