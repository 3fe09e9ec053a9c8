"""What of the people stands in the release word for word.

In the cells themselves, as the table writes them: no axes, no distances. A match isn't a leak by
itself: where few kinds of rows exist, many people share each of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.metrics.privacy.alignment import read_aligned
from avatars.metrics.space import Types, only, read_together
from avatars.tables import Table

__all__ = [
    "categorical_hidden_rate",
    "column_direct_match_protection",
    "column_direct_match_protection_by_column",
    "row_direct_match_protection",
]


def row_direct_match_protection(
    original: Any, avatars: Any, *, types: Types | None = None
) -> float:
    """Measure the share of avatars that equal nobody.

    In percent, 0 to 100; higher is better.
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
        Percent of avatars that differ from every person in a column. Numbers are compared as
        ``original`` writes them, with its dtype and decimals; a gap equals a gap. 100 if there is
        no column but identifiers.

    Raises
    ------
    InvalidInputError, UnsupportedTypeError
        If the tables can't be compared; names the table and the column.

    References
    ----------
    .. [1] Demuth et al., J Med Internet Res 27, e71297 (2025), Table 1.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import row_direct_match_protection
    >>> people = make_patients(200, random_state=0)
    >>> row_direct_match_protection(people, people)
    0.0
    """
    people, release = read_together(original, avatars, types=types)
    if not (people.numeric.shape[1] or people.codes.shape[1]):
        return 100.0
    matches = np.isin(_written(release), _written(people))
    return float(100.0 * (~matches).mean())


def column_direct_match_protection(
    original: Any, avatars: Any, *, types: Types | None = None
) -> float:
    """Measure how little the worst column links people to the release by equal values.

    In percent, 0 to 100; higher is better.
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
        The lowest of ``column_direct_match_protection_by_column``; 100 if there is no category.

    Raises
    ------
    InvalidInputError, UnsupportedTypeError
        If the tables can't be compared; names the table and the column.

    References
    ----------
    .. [1] Demuth et al., J Med Internet Res 27, e71297 (2025), Table 1.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import column_direct_match_protection
    >>> people = make_patients(200, random_state=0)
    >>> column_direct_match_protection(people, people)
    96.5
    """
    found = column_direct_match_protection_by_column(original, avatars, types=types)
    return min(found.values(), default=100.0)


def column_direct_match_protection_by_column(
    original: Any, avatars: Any, *, types: Types | None = None
) -> dict[Hashable, float]:
    """Measure how little each category links people to the release by equal values.

    In percent, 0 (each person has a value alone, and all are released) to 100; higher is better.
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
        By category 100 (1 - m / n), where m distinct values of the n people are in the release as
        well. Gaps don't count.

    Raises
    ------
    InvalidInputError, UnsupportedTypeError
        If the tables can't be compared; names the table and the column.

    References
    ----------
    .. [1] Demuth et al., J Med Internet Res 27, e71297 (2025), Table 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.privacy import column_direct_match_protection_by_column
    >>> people = pd.DataFrame({"sex": ["f", "m"] * 4, "ward": list("aabbccdd")})
    >>> column_direct_match_protection_by_column(people, people)
    {'sex': 75.0, 'ward': 50.0}
    """
    people, release = read_together(original, avatars, types=types)
    result = {}
    for column in people.schema.categories:
        theirs, drawn = (np.unique(table.codes[:, column.slot]) for table in (people, release))
        shared = np.intersect1d(theirs, drawn)
        result[column.label] = 100.0 * (1.0 - (shared >= 0).sum().item() / people.n_rows)
    return result


def categorical_hidden_rate(
    original: Any,
    avatars: Any,
    *,
    types: Types | None = None,
    categorical_hidden_rate_variables: Sequence[Hashable] | None = None,
) -> float:
    """Measure the share of people known by their categories alone whose avatar has others.

    In percent, 0 to 100; higher is better.
    Rows must be aligned: row i of ``avatars`` was drawn around row i of ``original``.

    Parameters
    ----------
    original, avatars : table
        The people and their avatars.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    categorical_hidden_rate_variables : sequence of hashable, optional
        Columns whose combination is looked at, numbers as ``original`` writes them; all categories
        unless given.

    Returns
    -------
    float
        Percent of the people whose combination of values nobody shares; 100 if there are none, or
        no category. A gap is a value.

    Raises
    ------
    InvalidTableError
        If the tables have different lengths or columns, or the avatars the index of other rows.
    InvalidParameterError
        If ``categorical_hidden_rate_variables`` names what is no column to compare.

    Warns
    -----
    AlignmentWarning
        If people are no nearer to their own avatars than to those of random others.

    References
    ----------
    .. [1] Demuth et al., J Med Internet Res 27, e71297 (2025), Table 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.privacy import categorical_hidden_rate
    >>> people = pd.DataFrame({"sex": list("ffmmm"), "job": list("aabab")})
    >>> drawn = people.assign(job=list("aabbb"))
    >>> categorical_hidden_rate(people, drawn)
    100.0
    """
    pairs = read_aligned(original, avatars, types=types)
    people, drawn = pairs.people, pairs.avatars
    wanted = categorical_hidden_rate_variables
    if wanted is None:
        wanted = [column.label for column in people.schema.categories]
        if not wanted:
            return 100.0
    people, drawn = only(wanted, people, drawn, parameter="categorical_hidden_rate_variables")
    own, avatar = _written(people), _written(drawn)
    _, place, counts = np.unique(own, return_inverse=True, return_counts=True)
    is_alone = counts[place] == 1
    if not is_alone.any():
        return 100.0
    return float(100.0 * (own != avatar)[is_alone].mean())


def _written(table: Table) -> NDArray[np.uint64]:
    """Return hashes of rows whose numbers have the dtype and the decimals of the people."""
    return replace(table, numeric=table.schema.rounded(table.numeric)).row_hashes()
