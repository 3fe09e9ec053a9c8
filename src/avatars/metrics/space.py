"""Tables as points: the two ways in which metrics compare people with avatars.

``projected`` is the space of the published metrics: axes fitted on the originals alone, onto which
every other table is only transformed. ``encoded`` is a space that no avatar was built in: numbers
in standard deviations of the release and one indicator per level, as an attacker who holds the
release would lay it out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatars.engine.impute import Imputer
from avatars.engine.project import Projection
from avatars.engine.records import Floats, Records
from avatars.exceptions import InvalidTableError
from avatars.models import ColumnType, ImputeMethod
from avatars.tables import Table, conform, read_table

__all__ = ["encoded", "owners", "projected", "read_pair", "read_together"]

Types = dict[Any, ColumnType | str]


def read_together(original: Any, *others: Any, types: Types | None = None) -> tuple[Table, ...]:
    """Read several tables with the schema of the first.

    Parameters
    ----------
    original : table
        The people.
    *others : table
        Tables of the same columns.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    tuple of Table
        In the order given.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import read_together
    >>> people = make_patients(100, random_state=0)
    >>> [table.n_rows for table in read_together(people, people.head(40))]
    [100, 40]
    """
    first = read_table(original, types=types)
    return first, *(conform(other, first.schema) for other in others)


def read_pair(original: Any, avatars: Any, types: Types | None = None) -> tuple[Table, Table]:
    """Read people and avatars that must be aligned row by row.

    Parameters
    ----------
    original, avatars : table
        Row i of ``avatars`` was drawn around row i of ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    original, avatars : Table
        Of equal length.

    Raises
    ------
    InvalidTableError
        If the lengths differ.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import read_pair
    >>> people = make_patients(100, random_state=0)
    >>> read_pair(people, people.head(40))
    Traceback (most recent call last):
    avatars.exceptions.InvalidTableError: original has 100 rows and avatars 40: ...
    """
    people, drawn = read_together(original, avatars, types=types)
    if people.n_rows != drawn.n_rows:
        raise InvalidTableError(
            f"original has {people.n_rows} rows and avatars {drawn.n_rows}: this metric compares "
            "each person with the own avatar. Pass the aligned release of "
            "Avatarizer(shuffle=False)."
        )
    return people, drawn


def projected(original: Table, *others: Table, ncp: int = 5) -> list[Floats]:
    """Return coordinates on axes fitted on the first table.

    Gaps count as a category of their own and are filled by means and modes of the first table.

    Parameters
    ----------
    original : Table
        The people.
    *others : Table
        Tables with the same schema.
    ncp : int, default=5
        Axes.

    Returns
    -------
    list of ndarray of shape (n_rows, n_axes)
        Coordinates of each table.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import projected, read_together
    >>> people = make_patients(100, random_state=0)
    >>> [points.shape for points in projected(*read_together(people, people.head(40)))]
    [(100, 5), (40, 5)]
    """
    n_levels = tuple(max(column.n_levels, 1) for column in original.schema.categories)
    imputer = Imputer(ImputeMethod.MEAN, k=1, training_fraction=1.0)
    imputer.fit(original.numeric, original.codes, n_levels, np.random.default_rng(0))
    gaps = np.asarray(np.hstack([np.isnan(original.numeric), original.codes < 0]).any(axis=0))
    records = [_with_gaps(imputer, table, gaps) for table in (original, *others)]
    space = Projection(ncp).fit(records[0])
    return [space.transform(people) for people in records]


def _with_gaps(imputer: Imputer, table: Table, gaps: NDArray[np.bool_]) -> Records:
    filled = imputer.fill(table.numeric, table.codes)
    flags = np.hstack([np.isnan(table.numeric), table.codes < 0])[:, gaps].astype(np.int32)
    return Records(
        filled.numeric,
        np.hstack([filled.codes, flags]),
        filled.n_levels + (2,) * flags.shape[1],
    )


def encoded(avatars: Table, *others: Table) -> list[sparse.csr_array]:
    """Return tables laid out as who holds nothing but the release would lay them out.

    Parameters
    ----------
    avatars : Table
        The release: its means and standard deviations are the scale.
    *others : Table
        Tables with the same schema.

    Returns
    -------
    list of csr_array of shape (n_rows, n_features)
        Numbers in standard deviations, then indicators, then indicators of gaps. Column c of the
        table owns the features that ``owners`` names.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import encoded, read_together
    >>> people = make_patients(100, random_state=0)
    >>> a, b = encoded(*read_together(people, people.head(40)))
    >>> a.shape[1] == b.shape[1]
    True
    """
    with np.errstate(invalid="ignore"):
        known = ~np.isnan(avatars.numeric)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, avatars.numeric, 0).sum(axis=0) / count
        spread = np.sqrt(np.where(known, (avatars.numeric - mean) ** 2, 0).sum(axis=0) / count)
    spread = np.where(spread > 0, spread, 1.0)
    n_levels = tuple(column.n_levels + 1 for column in avatars.schema.categories)
    result = []
    for table in (avatars, *others):
        missing = np.isnan(table.numeric)
        numbers = np.where(missing, 0.0, (table.numeric - mean) / spread)
        # A gap of a category is one more level; one of a number an indicator beside it.
        codes = np.where(table.codes < 0, np.array(n_levels, dtype=np.int32) - 1, table.codes)
        levels = Records(numbers, codes.astype(np.int32), n_levels).onehot()
        parts = [sparse.csr_array(numbers), sparse.csr_array(missing.astype(float)), levels]
        result.append(sparse.csr_array(sparse.hstack(parts)))
    return result


def owners(table: Table) -> NDArray[np.intp]:
    """Return which column of the table owns each feature of ``encoded``, numeric columns first.

    Parameters
    ----------
    table : Table
        Any of the encoded tables.

    Returns
    -------
    ndarray of shape (n_features,), intp
        Numbers from 0; categories follow the numeric columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.space import owners
    >>> from avatars.tables import read_table
    >>> owners(read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]}))).tolist()
    [0, 0, 1, 1, 1]
    """
    q = len(table.schema.numeric)
    numbers = np.arange(q)
    widths = [column.n_levels + 1 for column in table.schema.categories]
    levels = np.repeat(q + np.arange(len(widths)), widths)
    return np.concatenate([numbers, numbers, levels]).astype(np.intp)
