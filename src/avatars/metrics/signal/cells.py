"""Columns of two tables side by side: the cells, the bins and the averages that figures share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.tables import Table

__all__ = ["average", "counted", "crossed", "per_column", "placed"]

Cells = NDArray[Any]
Figures = dict[Hashable, float]

_BINS = 20
_CROSSED = 4_000_000
"""Pairs of cells that are worked on at once."""


def per_column(
    people: Table, release: Table, measure: Callable[[Cells, Cells], float], kinds: Iterable[str]
) -> Figures:
    """Measure each column of some kinds.

    Parameters
    ----------
    people, release : Table
        Tables of one schema.
    measure : callable
        Takes the cells of a column in both tables: floats, NaN = missing, or codes, -1 = missing.
    kinds : iterable of {"numeric", "category"}
        Which columns.

    Returns
    -------
    dict of {label: float}
        In the order of the columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.signal.cells import per_column
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]}))
    >>> per_column(table, table, lambda x, a: float(len(x)), ["numeric"])
    {'age': 2.0}
    """
    figures: Figures = {}
    for column in people.schema.columns:
        if column.kind in kinds:
            x, a = (
                (table.numeric if column.kind == "numeric" else table.codes)[:, column.slot]
                for table in (people, release)
            )
            figures[column.label] = float(measure(x, a))
    return figures


def average(figures: Iterable[float]) -> float:
    """Return the mean of the figures that are there, NaN if none is.

    Parameters
    ----------
    figures : iterable of float
        NaN where a column can't be measured.

    Returns
    -------
    float
        Their mean.

    Examples
    --------
    >>> from avatars.metrics.signal.cells import average
    >>> average([1.0, float("nan"), 2.0]), average([])
    (1.5, nan)
    """
    known = [figure for figure in figures if not np.isnan(figure)]
    return float(np.mean(known)) if known else float("nan")


def placed(people: Cells, release: Cells, n_bins: int) -> tuple[Cells, Cells, int]:
    """Give each cell of a column the number of its bin or level.

    Numbers go into bins of equal frequency among the people, or by value where nearly everybody
    holds one; what lies outside belongs to the outer bins. Gaps are a level of their own.

    Parameters
    ----------
    people, release : ndarray
        Floats, or codes of one schema.
    n_bins : int
        How many bins numbers are put into at most.

    Returns
    -------
    people, release : ndarray of int
        Numbers from 0.
    n_places : int
        How many numbers there are.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.signal.cells import placed
    >>> placed(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 9.0, np.nan]), 2)
    (array([0, 0, 1, 1]), array([0, 1, 2]), 3)
    """
    if people.dtype.kind != "f":
        n_levels = int(max(people.max(), release.max())) + 1
        return people + 1, release + 1, n_levels + 1
    known = people[~np.isnan(people)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, n_bins + 1))) if len(known) else known
    if len(edges) < 3:
        # Nearly everybody holds one value: quantiles see nothing else.
        values = np.unique(known)
        edges = np.concatenate([[-np.inf], values, np.nextafter(values[-1:], np.inf), [np.inf]])
    inner = edges[1:-1]
    places = []
    for cells in (people, release):
        place = np.searchsorted(inner, cells, side="right")
        place[np.isnan(cells)] = len(inner) + 1
        places.append(place)
    return places[0], places[1], len(inner) + 2


def counted(people: Cells, release: Cells) -> tuple[Cells, Cells]:
    """Count the cells of a column by bin or level.

    Parameters
    ----------
    people, release : ndarray
        Floats, put into 20 bins, or codes of one schema.

    Returns
    -------
    people, release : ndarray of int
        How many cells each bin or level has, gaps included.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.signal.cells import counted
    >>> counted(np.array([0, 0, 1]), np.array([1, -1]))
    (array([0, 2, 1]), array([1, 0, 1]))
    """
    x, a, n_places = placed(people, release, _BINS)
    return np.bincount(x, minlength=n_places), np.bincount(a, minlength=n_places)


def crossed(
    places: Cells, n_places: Cells, weights: Cells | None = None
) -> Iterator[tuple[int, Cells, Cells, Cells]]:
    """Cross every column with all those right of it, without ever laying a table out.

    Parameters
    ----------
    places : ndarray of shape (n_rows, n_columns), int
        Levels by number, from 0.
    n_places : ndarray of shape (n_columns,), int
        Levels of each column.
    weights : ndarray of shape (n_rows,), optional
        What a row counts; 1 by default.

    Yields
    ------
    column : int
        The left column of the pairs.
    left, right : ndarray of int
        A combination of levels that some row has; those on the right are numbered through all
        columns.
    count : ndarray of float
        The sum of the weights of the rows that have it.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.signal.cells import crossed
    >>> places = np.array([[0, 0], [1, 0], [1, 1], [1, 1]])
    >>> [tuple(part.tolist() for part in found[1:]) for found in crossed(places, np.array([2, 2]))]
    [([0, 1, 1], [2, 2, 3], [1.0, 1.0, 2.0])]
    """
    n_rows, n_columns = places.shape
    first = np.concatenate([[0], np.cumsum(n_places)]).astype(np.int64)
    numbered = places.astype(np.int64) + first[:-1]
    step = max(1, _CROSSED // max(n_rows, 1))
    for column in range(n_columns - 1):
        for start in range(column + 1, n_columns, step):
            stop = min(start + step, n_columns)
            low, width = first[start], first[stop] - first[start]
            keys = places[:, column, None] * width + (numbered[:, start:stop] - low)
            repeated = None if weights is None else np.repeat(weights, stop - start)
            found, count = _tallied(keys.ravel(), int(n_places[column] * width), repeated)
            yield column, found // width, found % width + low, count


def _tallied(keys: Cells, n_keys: int, weights: Cells | None) -> tuple[Cells, Cells]:
    """Return the distinct keys and the sum of the weights of each."""
    if n_keys <= 4 * len(keys):
        held = np.bincount(keys, minlength=n_keys)
        found = np.flatnonzero(held)
        count = held if weights is None else np.bincount(keys, weights, minlength=n_keys)
        return found, count[found].astype(float)
    # Levels of two wide categories: there are more combinations than rows to have them.
    found, where = np.unique(keys, return_inverse=True)
    return found, np.bincount(where.ravel(), weights).astype(float)
