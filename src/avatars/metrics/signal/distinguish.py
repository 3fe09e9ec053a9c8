"""How well a model tells avatars from people: what no single column or pair shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from avatars.engine.records import blocks
from avatars.metrics.signal.inputs import boosted, model_inputs, one_thread
from avatars.metrics.space import Types, encoded, read_together
from avatars.tables import Table

__all__ = ["pmse_ratio", "propensity_auc"]

_FOLDS = 5
_FEWEST = 20
"""Rows of either table below which nothing is said."""
_MANY = 10
"""Equal rows that are spread over the folds."""
_RAREST = 0.01


def propensity_auc(
    original: Any, avatars: Any, *, types: Types | None = None, random_state: int = 0
) -> float:
    """Measure how well a model of gradient boosting tells avatars from people.

    Area under the curve, .5 (it can't) to 1 (always); lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        For tables of more than 200 000 rows: draws those that bins are made of.

    Returns
    -------
    float
        On rows the model was not trained on, five folds, mean weighted by their pairs of a person
        and an avatar. Chance may put it a little below .5, and avatars that are people but for a
        cell may put it far below. NaN for tables of fewer than twenty rows or without columns but
        identifiers.

    Notes
    -----
    The fold of a row follows from its cells: a person and an equal avatar share it. In any
    other way, a model that has seen the person would be sure to be wrong about the copy, and a
    release of copies would come out below .5 instead of at it. Only rows that occur ten times or
    more are spread over the folds.

    References
    ----------
    .. [1] Lopez-Paz, Oquab, "Revisiting classifier two-sample tests", ICLR 2017, section 3.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import propensity_auc
    >>> people = make_patients(200, random_state=0)
    >>> propensity_auc(people, people)
    0.5
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    people, release = read_together(original, avatars, types=types)
    features, is_category = model_inputs(people, release)
    if min(people.n_rows, release.n_rows) < _FEWEST or not len(is_category):
        return float("nan")
    hashes = np.concatenate([table.row_hashes() for table in (people, release)])
    side = np.repeat([0, 1], [people.n_rows, release.n_rows])
    # Sums of floats depend on the order of the rows: it must not be that of the release.
    order = np.lexsort([side, hashes])
    x, side, folds = np.vstack(features)[order], side[order], _folds(hashes[order], side[order])
    leaf = int(np.clip(len(x) // 20, 1, 20))
    areas, pairs = [], []
    for fold in range(_FOLDS):
        test = folds == fold
        n_avatars = int(side[test].sum())
        n_pairs = n_avatars * (int(test.sum()) - n_avatars)
        if not n_pairs or len(np.unique(side[~test])) < 2:
            continue
        with one_thread():
            model = boosted(
                HistGradientBoostingClassifier,
                x[~test],
                side[~test],
                is_category,
                random_state,
                min_samples_leaf=leaf,
            )
            chances = model.predict_proba(x[test])[:, 1]
        areas.append(roc_auc_score(side[test], chances))
        pairs.append(n_pairs)
    return float(np.average(areas, weights=pairs)) if pairs else float("nan")


def _folds(hashes: NDArray[np.uint64], side: NDArray[np.intp]) -> NDArray[np.intp]:
    """Put equal rows into one fold, but many of them evenly into all, people and avatars apart.

    Rows must be in the order of their hashes, then of their side.
    """
    starts = np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))
    count = np.diff(starts, append=len(hashes))
    is_first = np.diff(side, prepend=-1) != 0
    is_first[starts] = True
    rows = np.arange(len(hashes))
    place = rows - np.maximum.accumulate(np.where(is_first, rows, 0))
    place[np.repeat(count < _MANY, count)] = 0
    return np.asarray(((hashes % _FOLDS).astype(np.intp) + place) % _FOLDS)


def pmse_ratio(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how much better than by chance a linear model tells avatars from people.

    A ratio from 0; 1 is what the right model of the people gives, and the more above the worse.
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
        The mean squared distance of the propensity score from the share of avatars, over what is
        expected of a release drawn from the law that the people follow in the table. Other people
        of the same population would give 1 + (avatars / people), 2 for a release of as many rows;
        avatars that keep closer to the people than a random draw give less than 1. NaN where the
        table is constant or has more features than rows.

    Notes
    -----
    The score is that of a least-squares fit of numbers, gaps, and levels in more than 1 % of the
    rows. The reference fits a logistic regression, which has the same expected value and none of
    its own where a level is on one side only.

    References
    ----------
    .. [1] Snoke, Raab, Nowok, Dibben, Slavkovic, "General and specific utility measures for
       synthetic data", Journal of the Royal Statistical Society A 181 (2018), 663-688, section 3
       (the ratio and its expected value).

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import pmse_ratio
    >>> people = make_patients(200, random_state=0)
    >>> abs(round(pmse_ratio(people, people), 9))
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    n, m = people.n_rows, release.n_rows
    share, n_parameters = _explained(people, release)
    if not 0 < n_parameters < n + m - 1:
        return float("nan")
    # Both the score and its expected value have the factor c (1 - c), c the share of avatars.
    return float(share * (n + m) / (n_parameters * (1 - m / (n + m))))


def _explained(people: Table, release: Table) -> tuple[float, int]:
    """Return the share of variance that a linear model explains, and its free parameters."""
    x = sparse.csr_array(sparse.vstack(encoded(people, release)))
    n_rows = x.shape[0]
    held = np.diff(x.tocsc().indptr)
    numbers = np.arange(x.shape[1]) < len(people.schema.numeric)
    x = x[:, np.flatnonzero(numbers | (held > _RAREST * n_rows))]
    if not 0 < x.shape[1] < n_rows - 1:
        return 0.0, 0
    side = np.repeat([0.0, 1.0], [people.n_rows, release.n_rows]) - release.n_rows / n_rows
    mean = np.asarray(x.mean(axis=0)).ravel()
    gram = -np.outer(mean, mean)
    for _, rows in blocks(n_rows):
        # Laid out: most tables have numbers enough for this to be many times faster.
        part = x[rows].toarray()
        gram += part.T @ part / n_rows
    spread = np.sqrt(np.maximum(np.diag(gram), 0.0))
    varies = np.flatnonzero(spread > 1e-7 * np.maximum(np.abs(mean), 1.0))
    if not len(varies):
        return 0.0, 0
    gram = gram[np.ix_(varies, varies)] / np.outer(spread[varies], spread[varies])
    with_side = (x.T @ side)[varies] / n_rows / spread[varies]
    # The indicators of a category depend on one another: pivoting says what is left.
    root, pivots, rank, _ = linalg.lapack.dpstrf(gram, tol=1e-8, lower=1)
    chosen = pivots[:rank] - 1
    solved = linalg.solve_triangular(
        np.tril(root)[:rank, :rank], with_side[chosen], lower=True, check_finite=False
    )
    return float((solved**2).sum() / side.var()), int(rank)
