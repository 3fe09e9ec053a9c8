"""Tables as what gradient boosting takes: gaps stay gaps, categories stay categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from avatars.tables import Table
from avatars.tables.schema import Column

__all__ = ["boosted", "model_inputs", "one_thread"]

_MOST_LEVELS = 255
"""Levels that the boosting of scikit-learn tells apart in a category."""


def model_inputs(
    *tables: Table, without: Column | None = None
) -> tuple[list[NDArray[np.float64]], NDArray[np.bool_]]:
    """Return the features of tables of one schema, and which of them are categories.

    Parameters
    ----------
    *tables : Table
        The tables.
    without : Column, optional
        A column to leave out.

    Returns
    -------
    features : list of ndarray of shape (n_rows, n_features)
        Numbers, then codes; NaN = missing. Of more than 255 levels, all but the 254 that most
        rows of all tables together hold are one.
    is_category : ndarray of shape (n_features,), bool
        Which features are codes.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.signal.inputs import model_inputs
    >>> from avatars.tables import read_table
    >>> model_inputs(read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", None]})))
    ([array([[ 0.,  0.],
           [ 9., nan]])], array([False,  True]))
    """
    columns = [*tables[0].schema.numeric, *tables[0].schema.categories]
    kept = [column for column in columns if column is not without]
    features = [np.empty((table.n_rows, len(kept))) for table in tables]
    for place, column in enumerate(kept):
        if column.kind == "numeric":
            for part, table in zip(features, tables, strict=True):
                part[:, place] = table.numeric[:, column.slot]
            continue
        numbers = _by_frequency([table.codes[:, column.slot] for table in tables], column.n_levels)
        for part, table in zip(features, tables, strict=True):
            part[:, place] = numbers[table.codes[:, column.slot]]
    return features, np.array([column.kind == "category" for column in kept], dtype=bool)


def _by_frequency(codes: list[NDArray[np.int32]], n_levels: int) -> NDArray[np.float64]:
    """Return the number of each level, the most frequent first, and NaN at the end for gaps.

    Numbers in the order of the schema would say which table a level was first seen in.
    """
    counts = sum(np.bincount(part + 1, minlength=n_levels + 1)[1:] for part in codes)
    numbers = np.full(n_levels + 1, np.nan)
    numbers[np.argsort(-np.asarray(counts), kind="stable")] = np.arange(n_levels)
    return np.asarray(np.minimum(numbers, _MOST_LEVELS - 1))


def boosted(
    kind: Any,
    features: NDArray[np.float64],
    target: NDArray[Any],
    is_category: NDArray[np.bool_],
    random_state: int,
    **settings: Any,
) -> Any:
    """Return a model of gradient boosting that comes out the same each time.

    Parameters
    ----------
    kind : class
        Of scikit-learn's histogram boosting, classifier or regressor.
    features : ndarray of shape (n_rows, n_features)
        As ``model_inputs`` gives them.
    target : ndarray of shape (n_rows,)
        What to learn.
    is_category : ndarray of shape (n_features,), bool
        As ``model_inputs`` gives it.
    random_state : int
        Draws the rows that bins are made of, beyond 200 000.
    **settings : object
        More of its parameters.

    Returns
    -------
    estimator
        The fitted model.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from avatars.metrics.signal.inputs import boosted
    >>> x = np.repeat([[0.0], [1.0]], 30, axis=0)
    >>> model = boosted(HistGradientBoostingRegressor, x, x.ravel(), np.array([False]), 0)
    >>> model.predict([[0.0], [1.0]]).round(3).tolist()
    [0.0, 1.0]
    """
    model = kind(
        categorical_features=is_category if is_category.any() else None,
        early_stopping=False,
        random_state=random_state,
        **settings,
    )
    # There are no bins for a feature without a value: let it be a constant, which says as little.
    empty = np.isnan(features).all(axis=0)
    return model.fit(np.where(empty, 0.0, features), target)


def one_thread() -> Any:
    """Return a context in which boosting fits and predicts on one thread.

    Returns
    -------
    context manager
        Threads gain a tenth where cores are idle, and on busy ones they wait for each other in
        each of a great many small steps: two seconds become thirty.

    Examples
    --------
    >>> from avatars.metrics.signal.inputs import one_thread
    >>> with one_thread():
    ...     pass
    """
    return threadpool_limits(limits=1, user_api="openmp")
