"""Tables as points: the two ways in which metrics compare people with avatars.

``projected`` is the space of the published metrics: axes fitted on the originals alone, onto which
every other table is only transformed. ``encoded`` is a space that no avatar was built in: numbers
in standard deviations of the release and one indicator per level, as an attacker who holds the
release would lay it out.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from avatars.engine.impute import Imputer
from avatars.engine.project import Projection
from avatars.engine.records import Codes, Floats, Records
from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.models import ColumnType, ImputeMethod
from avatars.tables import Schema, Table, conform_together, read_table

__all__ = ["encoded", "only", "owners", "projected", "read_pair", "read_together"]

Types = dict[Any, ColumnType | str]

_FAR = 1e150


def read_together(original: Any, *others: Any, types: Types | None = None) -> tuple[Table, ...]:
    """Read several tables with one schema: that of the first, and the levels that others add.

    Tables of any tool are taken: their columns may stand in another order, their numbers have
    more decimals, their strings another dtype. What was read before, a ``Table``, isn't read again.

    Parameters
    ----------
    original : table
        The people.
    *others : table
        Tables of the same columns, named "avatars", "holdout", "table 3" and so on in messages.
    types : dict, optional
        What columns mean where their dtype doesn't say; a ``Table`` knows it already.

    Returns
    -------
    tuple of Table
        In the order given.

    Raises
    ------
    InvalidInputError, UnsupportedTypeError
        If a table can't be read, lacks or adds a column, or holds values of another kind; names
        the table and the column.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import read_together
    >>> people = make_patients(100, random_state=0)
    >>> [table.n_rows for table in read_together(people, people.head(40))]
    [100, 40]
    """
    first = original
    if not isinstance(first, Table):
        first = read_table(original, name="original", types=types)
    names = ["avatars", "holdout", *(f"table {place}" for place in range(3, len(others) + 1))]
    return conform_together(first, dict(zip(names, others, strict=False)))


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
        If the lengths differ, or the avatars carry the index of other rows.

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
    index = getattr(avatars, "index", None)
    if isinstance(index, pd.Index) and not (
        index.equals(pd.RangeIndex(drawn.n_rows)) or index.equals(getattr(original, "index", None))
    ):
        raise InvalidTableError(
            "avatars has an index that is neither 0 to n - 1 nor that of original, as a shuffled "
            "frame has: this metric compares each person with the own avatar. Bring the rows into "
            "the order of original, then call reset_index(drop=True)."
        )
    return people, drawn


def only(
    labels: Sequence[Hashable], *tables: Table, parameter: str = "known_variables"
) -> tuple[Table, ...]:
    """Return tables that have some of the columns only.

    Parameters
    ----------
    labels : sequence of hashable
        Labels of columns that are no identifiers.
    *tables : Table
        Tables with one schema.
    parameter : str, default="known_variables"
        What messages call ``labels``.

    Returns
    -------
    tuple of Table
        In the order given, their columns in the order of the schema.

    Raises
    ------
    InvalidParameterError
        If ``labels`` is no sequence or empty, or names a column that isn't there or an identifier.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import only, read_together
    >>> only(["age", "sex"], *read_together(make_patients(100, random_state=0)))
    (Table(100 rows, 2 columns: 'age' numeric, 'sex' category),)
    """
    schema = tables[0].schema
    if isinstance(labels, str) or not isinstance(labels, Sequence | np.ndarray | pd.Index):
        raise InvalidParameterError(
            parameter, f"must be a list of labels, got {type(labels).__name__}."
        )
    wanted = list(labels)
    if not wanted:
        raise InvalidParameterError(parameter, "must name at least one column.")
    comparable = [column.label for column in schema.columns if column.kind != "identifier"]
    for label in wanted:
        if label not in comparable:
            problem = "is an identifier" if label in schema.labels else "the table doesn't have"
            raise InvalidParameterError(
                parameter, f"names column {shown(label)}, which {problem}: name another."
            )
    chosen = [column for column in schema.columns if column.label in wanted]
    slots: dict[str, list[int]] = {"numeric": [], "category": []}
    columns = []
    for column in chosen:
        columns.append(replace(column, slot=len(slots[column.kind])))
        slots[column.kind].append(column.slot)
    narrow = Schema(tuple(columns), pd.Index([column.label for column in chosen], dtype=object))
    return tuple(
        Table(
            narrow,
            np.asfortranarray(table.numeric[:, slots["numeric"]]),
            np.asfortranarray(table.codes[:, slots["category"]]),
            table.n_rows,
        )
        for table in tables
    )


def projected(original: Table, *others: Table, ncp: int = 5) -> list[Floats]:
    """Return coordinates on axes fitted on the first table.

    Gaps count as a category of their own and are filled by means and modes of the first table.
    Levels that nobody in it holds stand at the centre. Equal rows have equal coordinates, to the
    last bit, whichever tables they are in.

    Parameters
    ----------
    original : Table
        The people.
    *others : Table
        Tables with the same schema.
    ncp : int, default=5
        Axes; fewer where the table carries fewer.

    Returns
    -------
    list of ndarray of shape (n_rows, n_axes)
        Coordinates of each table.

    Raises
    ------
    InvalidParameterError
        If ``ncp`` is no whole number from 1.
    InvalidTableError
        If there is no column but identifiers.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import projected, read_together
    >>> people = make_patients(100, random_state=0)
    >>> [points.shape for points in projected(*read_together(people, people.head(40)))]
    [(100, 5), (40, 5)]
    """
    if isinstance(ncp, bool) or not isinstance(ncp, int | np.integer) or ncp < 1:
        raise InvalidParameterError(
            "ncp",
            f"must be a whole number from 1, got one of type {type(ncp).__name__}: pass 5, say.",
        )
    if len(original.schema.identifiers) == len(original.schema.columns):
        raise InvalidTableError(
            "original has no column but identifiers, which tell nothing about the people: pass "
            "the columns that describe them."
        )
    tables = (original, *others)
    n_levels = tuple(max(column.n_levels, 1) for column in original.schema.categories)
    imputer = Imputer(ImputeMethod.MEAN, k=1, training_fraction=1.0)
    imputer.fit(original.numeric, original.codes, n_levels, np.random.default_rng(0))
    gaps = np.asarray(np.hstack([np.isnan(original.numeric), original.codes < 0]).any(axis=0))
    space = Projection(int(ncp)).fit(_with_gaps(imputer, original.numeric, original.codes, gaps))
    # One row of each kind is projected: matrix products don't round alike in every row.
    hashes = np.concatenate([table.row_hashes() for table in tables])
    _, kinds, kind = np.unique(hashes, return_index=True, return_inverse=True)
    numeric = np.concatenate([table.numeric for table in tables])[kinds]
    codes = np.concatenate([table.codes for table in tables])[kinds]
    points = space.transform(_with_gaps(imputer, numeric, codes, gaps))[kind]
    # The square of a point far outside must not overflow.
    np.clip(points, -_FAR, _FAR, out=points)
    return np.split(points, np.cumsum([table.n_rows for table in tables])[:-1])


def _with_gaps(imputer: Imputer, numeric: Floats, codes: Codes, gaps: NDArray[np.bool_]) -> Records:
    filled = imputer.fill(numeric, codes)
    flags = np.hstack([np.isnan(numeric), codes < 0])[:, gaps].astype(np.int32)
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
