"""Who is attacked, and what they look like to whoever holds the release."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.attacks.search import exposure, nearest
from avatars.metrics.holdout import check_holdout
from avatars.metrics.space import Types, encoded, read_together
from avatars.tables import Schema, Table

__all__ = [
    "NO_HOLDOUT",
    "Sides",
    "check_at_least_one",
    "drawn",
    "laid_out",
    "most_exposed",
    "nearest_avatars",
    "places",
    "read_sides",
    "too_few_exposed",
]

NO_HOLDOUT = "it needs a hold-out: people of the same population who were not in the table"

_CELLS = 2_000_000
"""Squared distances that are held at once: few enough to stay in the processor's cache."""

_NARROW = 400
"""Features up to which a table of points is held dense, which is many times as fast."""

_TIE = 1e-13
"""Squared distances that differ by less, in squares of a query, are equal but for rounding."""


_FEWEST_EXPOSED = 20
"""People in the most exposed tenth of a side, below which nothing is said of them."""

_MOST_EXPOSED = 0.2
"""Share of the people above which a tenth that ties have filled up is no tenth any more."""


def read_sides(
    original: Any, avatars: Any, holdout: Any, types: Types | None = None
) -> tuple[Table, Table, Table]:
    """Read the people, the release and the people unseen, who must be others.

    Parameters
    ----------
    original, avatars, holdout : table
        As an attack is given them.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    people, release, unseen : Table
        With one schema.

    Raises
    ------
    InvalidTableError
        If more people of the table are in the hold-out than chance explains.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks.people import read_sides
    >>> people = make_patients(100, random_state=0)
    >>> read_sides(people, people, people.head(40))
    Traceback (most recent call last):
    avatars.exceptions.InvalidTableError: holdout shares 40 of its 40 rows with the table: ...
    """
    people, release, unseen = read_together(original, avatars, holdout, types=types)
    check_holdout(people, unseen)
    return people, release, unseen


def drawn(table: Table, n: int, generator: np.random.Generator) -> Table:
    """Draw rows of a table: the same ones, in the same order, however its rows were ordered.

    Parameters
    ----------
    table : Table
        People or avatars.
    n : int
        How many; all of them if the table has no more.
    generator : Generator
        Draws them.

    Returns
    -------
    Table
        The rows drawn, without replacement.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.metrics.attacks.people import drawn
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50, 38, 77]}))
    >>> one = drawn(table, 2, np.random.default_rng(0))
    >>> other = drawn(table.take([3, 2, 1, 0]), 2, np.random.default_rng(0))
    >>> bool((one.numeric == other.numeric).all())
    True
    """
    by_content = np.argsort(table.row_hashes(), kind="stable")
    return table.take(by_content[generator.permutation(table.n_rows)[:n]])


@dataclass(frozen=True)
class Sides:
    """The release, and the people on either side of an attack on it.

    Parameters
    ----------
    release : Table
        The release, in an order of its own.
    attacked : list of Table
        People of the table, and people unseen.
    avatars : ndarray or csr_array of shape (n_avatars, n_features)
        The release as points.
    points : list of ndarray or csr_array of shape (n_attacked, n_features)
        The attacked as points.
    exposed : list of ndarray of bool, shape (n_attacked,)
        Which of them belong to the most exposed tenth.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks.people import Sides
    >>> from avatars.metrics.space import read_together
    >>> tables = read_together(*[make_patients(60, random_state=seed) for seed in range(3)])
    >>> sides = Sides.drawn(*tables, 40, np.random.default_rng(0))
    >>> [table.n_rows for table in sides.attacked], int(sum(map(sum, sides.exposed)))
    ([40, 40], 8)
    """

    release: Table
    attacked: list[Table]
    avatars: Any
    points: list[Any]
    exposed: list[NDArray[np.bool_]]

    @classmethod
    def drawn(
        cls,
        people: Table,
        release: Table,
        unseen: Table,
        n_attempts: int,
        generator: np.random.Generator,
    ) -> Sides:
        """Draw who is attacked.

        Parameters
        ----------
        people, release, unseen : Table
            As the attack was given them.
        n_attempts : int
            How many people to attack on either side, at most.
        generator : Generator
            Draws them.

        Returns
        -------
        Sides
            The same, however the rows of the tables were ordered.
        """
        release = drawn(release, release.n_rows, generator)
        attacked = [drawn(side, n_attempts, generator) for side in (people, unseen)]
        avatars, *points = laid_out(release, *attacked, people, unseen)
        return cls(release, attacked, avatars, points[:2], most_exposed(points[:2], points[2:]))


def check_at_least_one(**counts: int) -> None:
    """Refuse counts below one.

    Parameters
    ----------
    **counts : int
        Parameters by name.

    Raises
    ------
    InvalidParameterError
        If one of them is below 1.

    Examples
    --------
    >>> from avatars.metrics.attacks.people import check_at_least_one
    >>> check_at_least_one(n_attempts=0)
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter 'n_attempts' must be at least 1, got 0.
    """
    for parameter, count in counts.items():
        if count < 1:
            raise InvalidParameterError(parameter, f"must be at least 1, got {count}.")


def places(schema: Schema, labels: Iterable[Hashable], parameter: str) -> list[int]:
    """Return the numbers by which :func:`avatars.metrics.space.owners` calls columns.

    Parameters
    ----------
    schema : Schema
        The schema of the tables.
    labels : iterable of hashable
        The columns.
    parameter : str
        Which parameter names them, for messages.

    Returns
    -------
    list of int
        Numeric columns come first, categories after them.

    Raises
    ------
    InvalidParameterError
        If there is no such column, or it is an identifier.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.attacks.people import places
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"sex": ["f", "m"], "age": [41, 50]}))
    >>> places(table.schema, ["sex", "age"], "targets")
    [1, 0]
    """
    numbers = {
        column.label: number for number, column in enumerate((*schema.numeric, *schema.categories))
    }
    result = []
    for label in labels:
        if label not in numbers:
            fault = "is an identifier" if label in schema.labels else "the table doesn't have"
            raise InvalidParameterError(
                parameter, f"names column {shown(label)}, which {fault}: name others."
            )
        result.append(numbers[label])
    return result


def laid_out(release: Table, *others: Table) -> list[Any]:
    """Return tables as points in the space of whoever holds the release.

    Parameters
    ----------
    release : Table
        The release, whose means and standard deviations are the scale.
    *others : Table
        Tables with the same schema.

    Returns
    -------
    list of ndarray or csr_array of shape (n_rows, n_features)
        What :func:`avatars.metrics.space.encoded` gives, dense where it is narrow.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.attacks.people import laid_out
    >>> from avatars.tables import read_table
    >>> laid_out(read_table(pd.DataFrame({"age": [41, 43]})))[0].tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    points = encoded(release, *others)
    return [part.toarray() if part.shape[1] <= _NARROW else part for part in points]


def nearest_avatars(queries: Any, avatars: Any, k: int = 1) -> NDArray[np.intp]:
    """Return the rows of the nearest avatars of each query, the nearest first.

    Parameters
    ----------
    queries, avatars : ndarray or csr_array of shape (n, n_features)
        As :func:`laid_out` gives them. Of avatars equally near, the first count.
    k : int, default=1
        How many, at most the number of avatars.

    Returns
    -------
    ndarray of intp, shape (n_queries, k)
        Rows of ``avatars``.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.people import nearest_avatars
    >>> nearest_avatars(np.array([[0.0], [9.0]]), np.array([[3.0], [1.0], [3.0]])).tolist()
    [[1], [0]]
    """
    if k > 1:
        return nearest(queries, avatars, k)[1]
    squares, lengths = (
        np.asarray((points * points).sum(axis=1)).ravel() for points in (avatars, queries)
    )
    transposed: Any = -2 * avatars.T
    if sparse.issparse(avatars):
        transposed = transposed.tocsr()
    rows = np.empty((queries.shape[0], 1), dtype=np.intp)
    step = max(1, _CELLS // avatars.shape[0])
    for start in range(0, queries.shape[0], step):
        part = slice(start, start + step)
        # Without the square of the query, which is the same for all avatars.
        products: Any = queries[part] @ transposed
        found = np.asarray(products if isinstance(products, np.ndarray) else products.toarray())
        found += squares
        bound = found.min(axis=1) + _TIE * (1 + lengths[part])
        rows[part, 0] = (found <= bound[:, None]).argmax(axis=1)
    return rows


def most_exposed(asked: Sequence[Any], everybody: Sequence[Any]) -> list[NDArray[np.bool_]]:
    """Tell who of those asked belongs to the tenth that stands farthest from the nearest others.

    Parameters
    ----------
    asked : sequence of array or csr_array of shape (n, n_features)
        Points on each side of an attack; one tenth of all sides together is chosen.
    everybody : sequence of array or csr_array of shape (n, n_features)
        All who are known on each side, those asked among them. Nobody is left out, since a
        person's nearest others in a sample are farther than they are.

    Returns
    -------
    list of ndarray of bool, shape (n,)
        One mask per side.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.people import most_exposed
    >>> points = np.array([*range(19), 99.0])[:, None]
    >>> sides = [points[5:15], np.delete(points, slice(5, 15), axis=0)]
    >>> [mask.nonzero()[0].tolist() for mask in most_exposed(sides, sides)]
    [[], [0, 8, 9]]
    """
    stack = sparse.vstack if sparse.issparse(everybody[0]) else np.vstack
    distances = [exposure(side, stack(everybody)) for side in asked]
    bound = np.quantile(np.concatenate(distances), 0.9)
    return [side >= bound for side in distances]


def too_few_exposed(masks: Sequence[NDArray[np.bool_]]) -> str | None:
    """Say why nothing can be said of the most exposed tenth.

    Parameters
    ----------
    masks : sequence of ndarray of bool
        As :func:`most_exposed` gives them.

    Returns
    -------
    str or None
        The reason: fewer than 20 of one side are in it, or ties make it more than a fifth of all.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.metrics.attacks.people import too_few_exposed
    >>> too_few_exposed([np.arange(300) < 30])
    >>> too_few_exposed([np.arange(100) < 10])
    'fewer than 20 of the people attacked are in it'
    """
    if np.concatenate(masks).mean() > _MOST_EXPOSED:
        return "so many people stand equally far from others that it is more than a fifth of them"
    if min(mask.sum() for mask in masks) < _FEWEST_EXPOSED:
        return f"fewer than {_FEWEST_EXPOSED} of the people attacked are in it"
    return None
