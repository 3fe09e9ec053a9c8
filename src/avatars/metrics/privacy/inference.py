"""What somebody who knows some columns of a person reads off the nearest avatar.

The documented metrics of inference, on axes of the known columns, fitted on the people. They have
no control: what is easily guessed of people who were never in the table looks dangerous here.
:mod:`avatars.metrics.attacks` has one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatars.engine.records import Floats
from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.privacy.places import Places
from avatars.metrics.space import Types, only, projected, read_together
from avatars.tables import Column, Table
from avatars.tables.codecs import WholeCodec
from avatars.tables.moments import DURATIONS

__all__ = ["inference_categorical", "inference_continuous"]

_SMALL = 0.1
"""Relative errors are taken of at least this share of the mean absolute value."""


def inference_continuous(
    original: Any,
    avatars: Any,
    *,
    known_variables: Sequence[Hashable],
    target: Hashable,
    ncp: int = 5,
    types: Types | None = None,
) -> float:
    """Measure how wrong a number is that is read off the nearest avatar.

    Mean relative error in percent, from 0; higher is better.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    known_variables : sequence of hashable
        The columns that the attacker knows of a person.
    target : hashable
        The numeric column that the attacker is after.
    ncp : int, default=5
        Axes of the known columns, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Of several avatars that are equally near the mean is read. Errors are relative to the
        person's value, or to a tenth of the mean absolute value where that is larger, so that
        people near zero don't make up the figure; those of dates to the time since the earliest.
        People and avatars without a value don't count; 100 if none is left on either side.

    Raises
    ------
    InvalidParameterError
        If ``known_variables`` or ``target`` names what is no column for it.

    References
    ----------
    .. [1] Article 29 Working Party, Opinion 05/2014 on anonymisation techniques, section 2.2
       (inference).

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import inference_continuous
    >>> people = make_patients(200, random_state=0)
    >>> error = inference_continuous(people, people, known_variables=["sex"], target="age")
    >>> 20 < error < 60
    True
    """
    tables = read_together(original, avatars, types=types)
    known = only(known_variables, *tables)
    column = _target(tables[0], target, known[0], "numeric")
    truth, drawn = (_from_zero(column, table.numeric[:, column.slot]) for table in tables)
    is_known, is_drawn = ~np.isnan(truth), ~np.isnan(drawn)
    if not (is_known.any() and is_drawn.any()):
        return 100.0
    places, nearest = _nearest_known(known, ncp, is_known, is_drawn)
    sums = np.bincount(places.of_row, weights=drawn[is_drawn])
    guess = (nearest @ sums) / (nearest @ places.counts)
    truth = truth[is_known]
    size = np.maximum(np.abs(truth), _SMALL * np.abs(truth).mean())
    # Where all people have zero, any other guess is wrong altogether.
    error = np.where(guess == truth, 0.0, 1.0)
    np.divide(np.abs(guess - truth), size, out=error, where=size > 0)
    return float(100.0 * error.mean())


def inference_categorical(
    original: Any,
    avatars: Any,
    *,
    known_variables: Sequence[Hashable],
    target: Hashable,
    ncp: int = 5,
    types: Types | None = None,
) -> float:
    """Measure how often a category is wrong that is read off the nearest avatar.

    Share of wrong guesses in percent, 0 to 100; higher is better.
    Rows need not be aligned.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    known_variables : sequence of hashable
        The columns that the attacker knows of a person.
    target : hashable
        The category that the attacker is after.
    ncp : int, default=5
        Axes of the known columns, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Of several avatars that are equally near the most frequent level is read, one of them at
        random where several are. People and avatars without a value don't count; 100 if none is
        left on either side.

    Raises
    ------
    InvalidParameterError
        If ``known_variables`` or ``target`` names what is no column for it.

    References
    ----------
    .. [1] Article 29 Working Party, Opinion 05/2014 on anonymisation techniques, section 2.2
       (inference).

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import inference_categorical
    >>> people = make_patients(200, random_state=0)
    >>> inference_categorical(people, people, known_variables=["age", "weight"], target="sex")
    0.5
    """
    tables = read_together(original, avatars, types=types)
    known = only(known_variables, *tables)
    column = _target(tables[0], target, known[0], "category")
    truth, drawn = (table.codes[:, column.slot] for table in tables)
    is_known, is_drawn = truth >= 0, drawn >= 0
    if not (is_known.any() and is_drawn.any()):
        return 100.0
    places, nearest = _nearest_known(known, ncp, is_known, is_drawn)
    held = sparse.csr_array(
        (np.ones(len(places.of_row)), (places.of_row, drawn[is_drawn])),
        shape=(len(places.counts), column.n_levels),
    )
    return float(100.0 * (1.0 - _chance_of_level(nearest, held, truth[is_known])).mean())


def _chance_of_level(
    nearest: sparse.csr_array, held: sparse.csr_array, wanted: NDArray[np.int32]
) -> Floats:
    """Return the chance that the most frequent level at the nearest places is the wanted one."""
    # People with the same nearest places get the same answer: it is worked out once for all.
    cuts = zip(nearest.indptr[:-1].tolist(), nearest.indptr[1:].tolist(), strict=True)
    sets: dict[bytes, int] = {}
    of_person = np.array(
        [sets.setdefault(nearest.indices[cut[0] : cut[1]].tobytes(), len(sets)) for cut in cuts]
    )
    _, first = np.unique(of_person, return_index=True)
    votes = sparse.csr_array(nearest[first] @ held)
    of_vote = np.repeat(np.arange(len(first)), np.diff(votes.indptr))
    is_best = votes.data == np.maximum.reduceat(votes.data, votes.indptr[:-1])[of_vote]
    width = held.shape[1]
    best = of_vote[is_best] * width + votes.indices[is_best]
    is_right = np.isin(of_person * width + wanted, best)
    return np.asarray(is_right / np.bincount(of_vote[is_best])[of_person])


def _target(people: Table, target: Hashable, known: Table, kind: str) -> Column:
    column = next((c for c in people.schema.columns if c.label == target), None)
    if column is None or column.kind != kind:
        found = "names no column" if column is None else f"names a column of kind {column.kind}"
        raise InvalidParameterError(
            "target", f"{found}, {shown(target)}: this metric needs one of kind {kind}."
        )
    if target in known.schema.labels:
        raise InvalidParameterError(
            "target", f"names {shown(target)}, which is among known_variables: drop it there."
        )
    return column


def _from_zero(column: Column, cells: Floats) -> Floats:
    """Return numbers and durations as such, dates as the time since the earliest person's."""
    codec = column.codec
    if isinstance(codec, WholeCodec) and codec.storage.family in ("numbers", DURATIONS):
        return cells + float(codec.origin)
    return cells


def _nearest_known(
    known: tuple[Table, ...],
    ncp: int,
    is_known: NDArray[np.bool_],
    is_drawn: NDArray[np.bool_],
) -> tuple[Places, sparse.csr_array]:
    """Return the places of the avatars that tell, and which are nearest to the people asked for."""
    people, release = projected(*known, ncp=ncp)
    places = Places(release[is_drawn])
    return places, places.nearest(people[is_known])
