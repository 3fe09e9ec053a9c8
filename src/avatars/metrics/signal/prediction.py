"""Whether what the release teaches holds for real people."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.signal.cells import average
from avatars.metrics.signal.inputs import boosted, model_inputs, one_thread
from avatars.metrics.space import Types, read_together
from avatars.tables import Table
from avatars.tables.schema import Column

__all__ = ["tstr_ratio", "tstr_score"]

_MOST_CLASSES = 10
_LEAST_TAUGHT = 0.02


def tstr_score(
    original: Any,
    avatars: Any,
    holdout: Any,
    target: Any,
    *,
    types: Types | None = None,
    random_state: int = 0,
) -> float:
    """Train a model on the release and score it on real people it has never seen.

    From .5 (chance) to 1 for classes, from 0 (chance) to 1 for numbers; higher is better.
    Rows need not be aligned.

    For classes it is the area under the curve, for numbers the share of variance explained. Both
    fall below chance when the release misleads.

    Parameters
    ----------
    original : table
        The people the release was made of; they say what the columns are.
    avatars : table
        The release.
    holdout : table
        People who were in neither.
    target : label
        The column to predict.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        For tables of more than 200 000 rows: draws those that bins are made of.

    Returns
    -------
    float
        Of gradient boosting; the area is the mean over the classes of the hold-out, one against
        the rest. A class that the release has lost counts as guessed, and of more than ten
        classes, all but the nine that most people are of are one. NaN where the hold-out has but
        one class or value, or there is nothing to predict it from.

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
    >>> from avatars.metrics.signal import tstr_score
    >>> people = make_patients(400, random_state=0)
    >>> train, unseen = people.head(300), people.tail(100)
    >>> tstr_score(train, train, unseen, "readmitted") > 0.5
    True
    """
    people, release, unseen = read_together(original, avatars, holdout, types=types)
    column = _column(people, target)
    return _score(people, release, unseen, column, random_state)


def tstr_ratio(
    original: Any,
    avatars: Any,
    holdout: Any,
    target: Any,
    *,
    types: Types | None = None,
    random_state: int = 0,
) -> float:
    """Measure how much of what the people teach a model the release teaches it.

    A ratio: 1 as much, 0 nothing, below 0 worse than nothing; higher is better.
    Rows need not be aligned.

    Both scores are those of ``tstr_score`` beyond chance, which is .5 for classes and 0 for
    numbers. A plain ratio of areas would call a release that teaches nothing half as good.

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table
        People who were in neither.
    target : label
        The column to predict.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        For tables of more than 200 000 rows: draws those that bins are made of.

    Returns
    -------
    float
        Chance may put it a little above 1. NaN where the people themselves teach less than .02
        beyond chance, or ``tstr_score`` is NaN.

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
    >>> from avatars.metrics.signal import tstr_ratio
    >>> people = make_patients(400, random_state=0)
    >>> train, unseen = people.head(300), people.tail(100)
    >>> tstr_ratio(train, train, unseen, "readmitted")
    1.0
    """
    people, release, unseen = read_together(original, avatars, holdout, types=types)
    column = _column(people, target)
    chance = 0.5 if column.kind == "category" else 0.0
    taught, possible = (
        _score(people, table, unseen, column, random_state) - chance for table in (release, people)
    )
    return taught / possible if possible >= _LEAST_TAUGHT else float("nan")


def _column(people: Table, target: Any) -> Column:
    for column in people.schema.columns:
        if column.label == target and column.kind != "identifier":
            return column
    raise InvalidParameterError("target", f"names no column to predict: {shown(target)}.")


def _score(
    people: Table, release: Table, unseen: Table, column: Column, random_state: int
) -> float:
    (train, test), is_category = model_inputs(release, unseen, without=column)
    if not len(is_category):
        return float("nan")
    # Sums of floats depend on the order of the rows: it must not be that of the release.
    order = np.argsort(release.row_hashes(), kind="stable")
    if column.kind == "numeric":
        y, z = release.numeric[order, column.slot], unseen.numeric[:, column.slot]
        return _explained(train[order], y, test, z, is_category, random_state)
    counts = np.bincount(people.codes[:, column.slot] + 1, minlength=column.n_levels + 1)[1:]
    held, asked = (_classes(table.codes[:, column.slot], counts) for table in (release, unseen))
    return _area(train[order], held[order], test, asked, is_category, random_state)


def _classes(codes: NDArray[np.int32], counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return levels by how many people hold them, the rarest sharing the last number."""
    ranks = np.empty(len(counts) + 1, dtype=np.intp)
    ranks[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    classes = np.minimum(ranks, _MOST_CLASSES - 1)
    classes[-1] = -1
    return np.asarray(classes[codes])


def _explained(
    train: Any, y: Any, test: Any, z: Any, is_category: NDArray[np.bool_], random_state: int
) -> float:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.metrics import r2_score

    taught, asked = ~np.isnan(y), ~np.isnan(z)
    if len(np.unique(z[asked])) < 2:
        return float("nan")
    if not taught.any():
        return 0.0
    with one_thread():
        model = boosted(
            HistGradientBoostingRegressor, train[taught], y[taught], is_category, random_state
        )
        predicted = model.predict(test[asked])
    return float(r2_score(z[asked], predicted))


def _area(
    train: Any, y: Any, test: Any, z: Any, is_category: NDArray[np.bool_], random_state: int
) -> float:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    taught, asked = y >= 0, z >= 0
    if len(np.unique(z[asked])) < 2:
        return float("nan")
    if len(np.unique(y[taught])) < 2:
        return 0.5
    with one_thread():
        model = boosted(
            HistGradientBoostingClassifier, train[taught], y[taught], is_category, random_state
        )
        chances = model.predict_proba(test[asked])
    known = {level: chances[:, place] for place, level in enumerate(model.classes_)}
    return average(
        roc_auc_score(z[asked] == level, known[level]) if level in known else 0.5
        for level in np.unique(z[asked])
    )
