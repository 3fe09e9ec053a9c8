"""The figures that a column has for itself, one row per column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from avatars.metrics.signal.association import association_changes
from avatars.metrics.signal.cells import average
from avatars.metrics.signal.coverage import (
    level_coverages,
    missing_rates,
    range_coverages,
    std_ratios,
)
from avatars.metrics.signal.distributions import distances, references
from avatars.metrics.signal.marginals import (
    ks_statistics,
    total_variations,
    wasserstein_distances,
)
from avatars.metrics.space import Types, read_together

__all__ = ["by_column"]


def by_column(
    original: Any, avatars: Any, *, types: Types | None = None, random_state: int = 0
) -> pd.DataFrame:
    """Measure what is left of each column: figures only, no cell of either table.

    Ranges and good directions are those of the metrics that average the figures.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        For ``hellinger_reference``.

    Returns
    -------
    DataFrame
        A row per column of the table, identifiers left out, labelled as there, NaN where a figure
        has no meaning. ``kind`` is "numeric" or "category"; ``hellinger``,
        ``hellinger_reference``, ``ks``, ``wasserstein``, ``total_variation`` and ``std_ratio``
        are what those metrics average; ``coverage`` is that of the range or of the levels;
        ``missing_original`` and ``missing_avatars`` are shares of missing cells;
        ``correlation_difference`` is the mean over the pairs that the column is in.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import by_column
    >>> people, others = make_patients(500, random_state=0), make_patients(500, random_state=1)
    >>> by_column(people, others).loc[["age", "sex"], ["kind", "hellinger", "coverage"]].round(2)
             kind  hellinger  coverage
    age   numeric       0.11       1.0
    sex  category       0.01       1.0
    """
    people, release = read_together(original, avatars, types=types)
    figures = {
        "hellinger": distances(people, release),
        "hellinger_reference": references(people, release, random_state),
        "ks": ks_statistics(people, release),
        "wasserstein": wasserstein_distances(people, release),
        "total_variation": total_variations(people, release),
        "std_ratio": std_ratios(people, release),
        "coverage": range_coverages(people, release) | level_coverages(people, release),
        "missing_original": missing_rates(people),
        "missing_avatars": missing_rates(release),
    }
    places = [p for p, column in enumerate(people.schema.columns) if column.kind != "identifier"]
    columns = [people.schema.columns[place] for place in places]
    moved = association_changes(people, release)
    np.fill_diagonal(moved, np.nan)
    return pd.DataFrame(
        {
            "kind": [column.kind for column in columns],
            **{
                name: [values.get(column.label, np.nan) for column in columns]
                for name, values in figures.items()
            },
            "correlation_difference": [average(row) for row in moved],
        },
        index=people.schema.index[places],
    )
