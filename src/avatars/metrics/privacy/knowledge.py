"""Whether what somebody knows of a person leads to an avatar: the documented linkability metrics.

On axes of the known columns, fitted on the people, the attacker goes to the nearest avatar. There
is no control here; :mod:`avatars.metrics.attacks` has one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from avatars.engine.records import Floats
from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.privacy.alignment import read_aligned
from avatars.metrics.privacy.places import Places
from avatars.metrics.space import Types, only, projected, read_together
from avatars.tables import Table

__all__ = [
    "correlation_protection_rate",
    "linkability_protection_rate",
]


def correlation_protection_rate(
    original: Any,
    avatars: Any,
    *,
    known_variables: Sequence[Hashable],
    ncp: int = 5,
    types: Types | None = None,
) -> float:
    """Measure the share of people whom an outside file doesn't lead to their own avatar.

    In percent, 0 to 100; higher is better.
    Rows must be aligned: row i of ``avatars`` was drawn around row i of ``original``.

    Parameters
    ----------
    original, avatars : table
        The people and their avatars.
    known_variables : sequence of hashable
        The columns that the outside file has.
    ncp : int, default=5
        Axes of these columns, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Percent of people whose nearest avatar is not their own; where m are equally near, the own
        one counts as found with 1 / m.

    Raises
    ------
    InvalidTableError
        If the tables have different lengths or columns, or the avatars the index of other rows.
    InvalidParameterError
        If ``known_variables`` names what is no column to compare.

    Warns
    -----
    AlignmentWarning
        If people are no nearer to their own avatars than to those of random others.

    References
    ----------
    .. [1] Article 29 Working Party, Opinion 05/2014 on anonymisation techniques, section 2.2
       (linkability).

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import correlation_protection_rate
    >>> people = make_patients(200, random_state=0)
    >>> correlation_protection_rate(people, people, known_variables=["sex"])
    99.0
    """
    pairs = read_aligned(original, avatars, types=types)
    known = only(known_variables, pairs.people, pairs.avatars)
    people, drawn = projected(*known, ncp=ncp)
    return float(100.0 * (1.0 - Places(drawn).chance_of_own(people)).mean())


def linkability_protection_rate(
    original: Any,
    avatars: Any,
    *,
    known_variables: tuple[Sequence[Hashable], Sequence[Hashable]] | None = None,
    ncp: int = 5,
    types: Types | None = None,
) -> float:
    """Measure the share of people whose two halves of columns lead to different avatars.

    In percent, 0 to 100; higher is better.
    Rows need not be aligned.

    Who holds two files with different columns of the same people can join them if both halves of
    a person lead to one avatar.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    known_variables : pair of sequences of hashable, optional
        The columns of one file and those of the other. Unless given every other column, so that
        each half has numbers and categories.
    ncp : int, default=5
        Axes of each half, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Percent; where several avatars are equally near to a half, one is picked at random. 100 if
        there is one column only.

    Raises
    ------
    InvalidParameterError
        If ``known_variables`` is no pair of lists of columns without one in common.

    References
    ----------
    .. [1] Article 29 Working Party, Opinion 05/2014 on anonymisation techniques, section 2.2
       (linkability).

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import linkability_protection_rate
    >>> people = make_patients(200, random_state=0)
    >>> linkability_protection_rate(people, people) < 20
    True
    """
    tables = read_together(original, avatars, types=types)
    halves = _halves(tables[0], known_variables)
    if halves is None:
        return 100.0
    sides = []
    for labels in halves:
        people, release = projected(*only(labels, *tables), ncp=ncp)
        places = Places(release)
        sides.append((places, places.nearest(people)))
    return float(100.0 * (1.0 - _chance_of_one(*sides[0], *sides[1])).mean())


def _halves(
    people: Table, known_variables: Any
) -> tuple[Sequence[Hashable], Sequence[Hashable]] | None:
    if known_variables is None:
        labels = [column.label for column in people.schema.columns if column.kind != "identifier"]
        return (labels[::2], labels[1::2]) if len(labels) > 1 else None
    try:
        one, other = known_variables
    except (TypeError, ValueError):
        one = other = ""
    if any(isinstance(half, str) for half in (one, other)):
        raise InvalidParameterError(
            "known_variables", "must be a pair of lists of labels: ([...], [...])."
        )
    shared = [label for label in one if label in list(other)]
    if shared:
        raise InvalidParameterError(
            "known_variables", f"names column {shown(shared[0])} in both halves: keep it in one."
        )
    return one, other


def _chance_of_one(
    one: Places, near_one: sparse.csr_array, other: Places, near_other: sparse.csr_array
) -> Floats:
    """Return the chance that picks among the nearest rows of both sides are the same row."""
    # How many rows stand at a place of one side and at a place of the other.
    width = len(other.counts)
    keys, shared = np.unique(one.of_row.astype(np.int64) * width + other.of_row, return_counts=True)
    # Every pair of nearest places of a person: seldom more than one.
    many, more = np.diff(near_one.indptr), np.diff(near_other.indptr)
    pairs = many * more
    person = np.repeat(np.arange(len(pairs)), pairs)
    number = np.arange(len(person)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    first = near_one.indices[near_one.indptr[person] + number // more[person]]
    second = near_other.indices[near_other.indptr[person] + number % more[person]]
    wanted = first.astype(np.int64) * width + second
    where = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    rows = np.where(keys[where] == wanted, shared[where], 0)
    both = np.bincount(person, weights=rows, minlength=len(pairs))
    return np.asarray(both / ((near_one @ one.counts) * (near_other @ other.counts)))
