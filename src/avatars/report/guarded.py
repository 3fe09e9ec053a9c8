"""The two tables as a report measures them, so that no figure can be turned into one person.

A figure of one column with many digits is an equation in the value of whoever is alone in it. The
people's greatest value, or whether one or four people hold a level, could be worked out from it by
somebody who has the release, as every reader may.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.metrics.signal import by_column, contingency_similarity, correlation_difference
from avatars.tables import Table

__all__ = ["FEW", "FEWEST_NUMBERS", "ends_of", "figures_of", "guarded", "guarded_columns"]

Cells = NDArray[Any]

FEW = 5
"""Fewer people than this are never told apart: the report is read by many."""
FEWEST_NUMBERS = 20
"""Of fewer numbers than this, a mean and a deviation say too much about single ones."""

_MEASURED = {
    "hellinger_mean": "hellinger",
    "hellinger_reference": "hellinger_reference",
    "ks_mean": "ks",
    "total_variation_mean": "total_variation",
    "wasserstein_mean": "wasserstein",
    "std_ratio": "std_ratio",
}
"""The averages, and which figure of the columns they average."""


def ends_of(known: Cells) -> tuple[float, float]:
    """Return the fifth smallest and the fifth largest number of the people.

    Parameters
    ----------
    known : ndarray
        Their numbers, at least ten, without gaps.

    Returns
    -------
    low, high : float
        What numbers beyond are moved to.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.report.guarded import ends_of
    >>> ends_of(np.arange(100.0))
    (4.0, 95.0)
    """
    parted = np.sort(known)
    return float(parted[FEW - 1]), float(parted[-FEW])


def guarded(original: Table, avatars: Table) -> tuple[Table, Table]:
    """Return the tables without what one to four people alone bring into a column.

    Numbers beyond the people's fifth smallest and fifth largest are moved to these. Levels of one
    to four people are one level, and those of fewer than five people in all join the commonest, as
    one to four gaps do. Of the release they join it too, unless it has a larger share of them than
    four people would be: what a release adds stays visible. Columns in which fewer than twenty
    people have a number, or fewer than five a level, are empty.

    Parameters
    ----------
    original, avatars : Table
        The people and the release, in one schema.

    Returns
    -------
    original, avatars : Table
        Copies, in the same schema.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from avatars.report.guarded import guarded
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"pay": np.append(np.arange(30.5), 1e6)}))
    >>> float(guarded(table, table)[0].numeric.max())
    27.0
    """
    sides = (original, avatars)
    numeric = [side.numeric.copy() for side in sides]
    codes = [side.codes.copy() for side in sides]
    for column in original.schema.columns:
        if column.kind == "identifier":
            continue
        arrays, guard = (
            (numeric, _guarded_numbers) if column.kind == "numeric" else (codes, _guarded_levels)
        )
        x, a = guard(*(cells[:, column.slot] for cells in arrays))
        arrays[0][:, column.slot], arrays[1][:, column.slot] = x, a
    people, release = (
        replace(side, numeric=n, codes=c) for side, n, c in zip(sides, numeric, codes, strict=True)
    )
    return people, release


def _guarded_numbers(x: Cells, a: Cells) -> tuple[Cells, Cells]:
    known = x[~np.isnan(x)]
    if len(known) < FEWEST_NUMBERS:
        return np.full_like(x, np.nan), np.full_like(a, np.nan)
    x, a = (np.clip(cells, *ends_of(known)) for cells in (x, a))
    middle = np.quantile(known, 0.5, method="lower")
    return _joined(x, a, np.isnan(x), np.isnan(a), middle)


def _guarded_levels(x: Cells, a: Cells) -> tuple[Cells, Cells]:
    counts = np.bincount(x[x >= 0], minlength=1)
    if counts.sum() < FEW:
        return np.full_like(x, -1), np.full_like(a, -1)
    rare = np.flatnonzero((counts > 0) & (counts < FEW))
    if len(rare):
        x, a = (np.where(np.isin(cells, rare), rare[0], cells) for cells in (x, a))
    commonest = int(np.bincount(x[x >= 0]).argmax())
    if len(rare):
        x, a = _joined(x, a, x == rare[0], a == rare[0], commonest)
    return _joined(x, a, x < 0, a < 0, commonest)


def _joined(x: Cells, a: Cells, some: Cells, others: Cells, common: float) -> tuple[Cells, Cells]:
    """Move cells of fewer than five people, and as small a share of the release, elsewhere."""
    if some.sum() >= FEW:
        return x, a
    are_few = others.sum() * len(x) < FEW * len(a)
    return np.where(some, common, x), np.where(others, common, a) if are_few else a


def guarded_columns(original: Table, avatars: Table, *, random_state: int) -> pd.DataFrame:
    """Measure the columns of guarded tables.

    Parameters
    ----------
    original, avatars : Table
        What ``guarded`` returns.
    random_state : int
        As in :func:`avatars.metrics.signal.by_column`.

    Returns
    -------
    DataFrame
        What that function gives; NaN for columns that were emptied.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import read_together
    >>> from avatars.report.guarded import guarded, guarded_columns
    >>> people = make_patients(100, random_state=0)
    >>> tables = guarded(*read_together(people, people))
    >>> float(guarded_columns(*tables, random_state=0)["hellinger"].max())
    0.0
    """
    columns = by_column(original, avatars, random_state=random_state)
    figures = columns.columns.drop("kind")
    columns.loc[(columns["missing_original"] == 1).to_numpy(), figures] = np.nan
    return columns


def figures_of(original: Table, avatars: Table, columns: pd.DataFrame) -> Mapping[str, float]:
    """Return the figures of utility that columns and pairs of guarded tables come to.

    Parameters
    ----------
    original, avatars : Table
        What ``guarded`` returns.
    columns : DataFrame
        What ``guarded_columns`` returns.

    Returns
    -------
    dict of {metric: float}
        With three decimals; NaN where a table has no such figure.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import read_together
    >>> from avatars.report.guarded import figures_of, guarded, guarded_columns
    >>> people = make_patients(100, random_state=0)
    >>> tables = guarded(*read_together(people, people))
    >>> figures_of(*tables, guarded_columns(*tables, random_state=0))["range_coverage"]
    1.0
    """
    gaps = (columns["missing_original"] - columns["missing_avatars"]).abs()
    figures = {
        **{metric: columns[figure].mean() for metric, figure in _MEASURED.items()},
        "hellinger_std": columns["hellinger"].std(ddof=0),
        "range_coverage": columns.loc[(columns["kind"] == "numeric").to_numpy(), "coverage"].mean(),
        "missing_rate_difference": gaps.mean(),
        "correlation_difference": correlation_difference(original, avatars),
        "contingency_similarity": contingency_similarity(original, avatars),
    }
    return {metric: _rounded(figure) for metric, figure in figures.items()}


def _rounded(figure: float) -> float:
    """Round to three decimals: more would only serve to work backwards."""
    return round(float(figure), 3) if math.isfinite(figure) else math.nan
