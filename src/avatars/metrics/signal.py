"""How much of what the table says is still said by the release."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import r2_score, roc_auc_score

from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.space import Types, encoded, owners, read_together
from avatars.tables import Table

__all__ = ["correlation_difference", "hellinger", "hellinger_mean", "std_ratio", "tstr_score"]

_BINS = 20


def hellinger(original: Any, avatars: Any, *, types: Types | None = None) -> dict[Any, float]:
    """Measure how far each column's distribution has moved.

    Hellinger distance, 0 (the same) to 1 (disjoint); lower is better.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    dict of {label: float}
        By column, identifiers left out. Numbers are counted in up to 20 bins of equal frequency
        among the people, or by value where these are fewer than two; gaps are a level of their
        own.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import hellinger
    >>> people = make_patients(200, random_state=0)
    >>> hellinger(people, people)["age"]
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    result = {}
    for column in people.schema.columns:
        if column.kind == "identifier":
            continue
        if column.kind == "numeric":
            counts = _binned(people.numeric[:, column.slot], release.numeric[:, column.slot])
        else:
            counts = _counted(people.codes[:, column.slot], release.codes[:, column.slot])
        p, q = (np.sqrt(count / max(count.sum(), 1)) for count in counts)
        result[column.label] = float(np.sqrt(((p - q) ** 2).sum() / 2))
    return result


def hellinger_mean(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how far distributions have moved, on average over the columns.

    Hellinger distance, 0 (the same) to 1 (disjoint); lower is better.
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
        Mean of ``hellinger``.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import hellinger_mean
    >>> people = make_patients(200, random_state=0)
    >>> hellinger_mean(people, people)
    0.0
    """
    return float(np.mean(list(hellinger(original, avatars, types=types).values())))


def correlation_difference(original: Any, avatars: Any, *, types: Types | None = None) -> float:
    """Measure how far correlations between columns have moved.

    Mean absolute difference, 0 to 2; lower is better.
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
        Mean over all pairs of features of different columns, categories by one indicator per
        level; features that are constant among the people are left out.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import correlation_difference
    >>> people = make_patients(200, random_state=0)
    >>> correlation_difference(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    a, x = encoded(release, people)
    owner = owners(people)
    before, varies = _correlations(x)
    after, _ = _correlations(a)
    pairs = (owner[:, None] != owner) & np.outer(varies, varies)
    return float(np.abs(before - after)[pairs].mean()) if pairs.any() else 0.0


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
        Mean over numeric columns that vary; NaN if there is none.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import std_ratio
    >>> people = make_patients(200, random_state=0)
    >>> std_ratio(people, people)
    1.0
    """
    people, release = read_together(original, avatars, types=types)
    ratios = []
    for x, a in zip(people.numeric.T, release.numeric.T, strict=True):
        known, drawn = x[~np.isnan(x)], a[~np.isnan(a)]
        if len(known) and len(drawn) and known.std() > 0:
            ratios.append(drawn.std() / known.std())
    return float(np.mean(ratios)) if ratios else float("nan")


def tstr_score(avatars: Any, holdout: Any, target: Any, *, types: Types | None = None) -> float:
    """Train a model on the release and score it on real people it has never seen.

    For classes the area under the curve, .5 (chance) to 1; for numbers the share of variance
    explained, up to 1; higher is better.
    Rows need not be aligned.

    Parameters
    ----------
    avatars : table
        The release, or the training people for the figure to compare with.
    holdout : table
        People who were in neither.
    target : label
        The column to predict.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Of gradient boosting; over more than two classes the mean of one against the rest.

    Raises
    ------
    InvalidParameterError
        If ``target`` is no column.

    References
    ----------
    .. [1] Esteban, Hyland, Ratsch, "Real-valued (medical) time series generation with recurrent
       conditional GANs", arXiv:1706.02633 (2017), section 4.1 (train on synthetic, test on real).

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import tstr_score
    >>> people = make_patients(400, random_state=0)
    >>> tstr_score(people.head(300), people.tail(100), "readmitted") > 0.5
    True
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    # Levels of both sides: a release may have lost some, and people unseen may hold others.
    both, release, unseen = read_together(
        _concatenated(avatars, holdout), avatars, holdout, types=types
    )
    column = next((c for c in both.schema.columns if c.label == target), None)
    if column is None or column.kind == "identifier":
        raise InvalidParameterError("target", f"names no column to predict: {shown(target)}.")
    train, test = _features(release, column), _features(unseen, column)
    settings: dict[str, Any] = {"random_state": 0, "early_stopping": False}
    if column.kind == "numeric":
        known = [~np.isnan(t.numeric[:, column.slot]) for t in (release, unseen)]
        y, z = (t.numeric[k, column.slot] for t, k in zip((release, unseen), known, strict=True))
        model = HistGradientBoostingRegressor(**settings).fit(train[known[0]], y)
        return float(r2_score(z, model.predict(test[known[1]])))
    y, z = release.codes[:, column.slot], unseen.codes[:, column.slot]
    rows = np.isin(z, np.unique(y)) & (z >= 0)
    if len(np.unique(y[y >= 0])) < 2 or len(np.unique(z[rows])) < 2:
        return 0.5
    model = HistGradientBoostingClassifier(**settings).fit(train[y >= 0], y[y >= 0])
    chance = model.predict_proba(test[rows])
    if len(model.classes_) == 2:
        return float(roc_auc_score(z[rows] == model.classes_[1], chance[:, 1]))
    seen = np.isin(model.classes_, z[rows])
    scores = [
        roc_auc_score(z[rows] == level, chance[:, place])
        for place, level in enumerate(model.classes_)
        if seen[place]
    ]
    return float(np.mean(scores))


def _concatenated(first: Any, second: Any) -> pd.DataFrame:
    from avatars.tables.sources import to_frame

    return pd.concat([to_frame(first), to_frame(second)], ignore_index=True)


def _features(table: Table, target: Any) -> NDArray[np.float64]:
    codes = table.codes.astype(float)
    codes[codes < 0] = np.nan
    keep = [np.arange(table.numeric.shape[1]), np.arange(codes.shape[1])]
    kind = 0 if target.kind == "numeric" else 1
    keep[kind] = np.delete(keep[kind], target.slot)
    return np.hstack([table.numeric[:, keep[0]], codes[:, keep[1]]])


def _binned(people: Any, release: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    known = people[~np.isnan(people)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1))) if len(known) else known
    if len(edges) < 3:
        # Nearly everybody holds one value: quantiles see nothing else.
        values = np.unique(known)
        edges = np.concatenate([[-np.inf], values, np.nextafter(values[-1:], np.inf), [np.inf]])
    # Everything below the first and above the last edge belongs to the outer bins.
    inner = edges[1:-1]
    counts = []
    for cells in (people, release):
        place = np.searchsorted(inner, cells, side="right")
        place[np.isnan(cells)] = len(inner) + 1
        counts.append(np.bincount(place, minlength=len(inner) + 2))
    return counts[0], counts[1]


def _counted(people: Any, release: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    width = int(max(people.max(), release.max())) + 2
    one, other = (np.bincount(codes + 1, minlength=width) for codes in (people, release))
    return one, other


def _correlations(features: sparse.csr_array) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    n = features.shape[0]
    mean = np.asarray(features.mean(axis=0)).ravel()
    covariance = (features.T @ features).toarray() / n - np.outer(mean, mean)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    # Of a constant, the variance is left with a rounding that is no spread.
    varies = np.ravel(features.max(axis=0).toarray() != features.min(axis=0).toarray())
    scale = np.where(varies & (spread > 0), spread, np.inf)
    return covariance / np.outer(scale, scale), varies
