"""Whether two files about the same people can be joined through the release."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError
from avatars.metrics.attacks.outcomes import NOBODY, beyond_control
from avatars.metrics.attacks.people import (
    NO_HOLDOUT,
    Sides,
    check_at_least_one,
    nearest_avatars,
    places,
    read_sides,
    too_few_exposed,
)
from avatars.metrics.result import AttackResult
from avatars.metrics.space import Types, owners
from avatars.tables import Schema

__all__ = ["linkability"]

_THREAT = (
    "Somebody holds two files with different columns about the same people, and joins two records "
    "where both lead to the same avatar."
)


def linkability(
    original: Any,
    avatars: Any,
    holdout: Any = None,
    *,
    known_variables: tuple[Sequence[Hashable], Sequence[Hashable]] | None = None,
    n_neighbors: int = 1,
    n_splits: int = 5,
    types: Types | None = None,
    random_state: int = 0,
    n_attempts: int = 2000,
) -> AttackResult:
    """Measure how often two parts of a person's columns lead to the same avatar.

    A risk from -1 to 1: 0 is none, 1 the worst, and values below 0 are noise around it.
    Rows need not be aligned.

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table, optional
        People of the same population who were not in it. Without them the attack is not run.
    known_variables : tuple of two sequences of labels, optional
        The columns of either file. By default the columns are halved at random.
    n_neighbors : int, default=1
        How many avatars nearest to either part are compared; one in common makes the link.
    n_splits : int, default=5
        Random halvings to average over.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Draws the halvings, and the people who are attacked.
    n_attempts : int, default=2000
        How many people of the table are attacked at most, and how many people unseen.

    Returns
    -------
    AttackResult
        The risk, with its Wilson interval; ``exposed`` counts the tenth of those attacked whose
        five nearest people are farthest. Not run for tables of a single column.

    Raises
    ------
    InvalidParameterError
        If ``known_variables`` names columns that aren't there or are in both files, or a count is
        below 1.

    Notes
    -----
    Halvings of one person are not independent: the interval counts people, not links.

    References
    ----------
    .. [1] Giomi, Boenisch, Wehmeyer, Tasnadi, "A unified framework for quantifying privacy risk
       in synthetic data", PoPETs 2023(2), section 5.2.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks.linkability import linkability
    >>> people = make_patients(600, random_state=0)
    >>> train, unseen = people.head(300), people.tail(300)
    >>> linkability(train, train, unseen).low > 0.5  # a release of the people themselves
    True
    >>> linkability(train, train)
    AttackResult(linkability: not run, it needs a hold-out: people of ...)
    """
    check_at_least_one(n_neighbors=n_neighbors, n_splits=n_splits, n_attempts=n_attempts)
    unrun = AttackResult.not_run("linkability", "linkability", _THREAT, NO_HOLDOUT)
    if holdout is None:
        return unrun
    people, release, unseen = read_sides(original, avatars, holdout, types)
    generator = np.random.default_rng(random_state)
    halves = _halves(people.schema, known_variables, n_splits, generator)
    if not halves:
        return replace(unrun, reason="it needs at least two columns")
    unrun = replace(unrun, reason=NOBODY)
    sides = Sides.drawn(people, release, unseen, n_attempts, generator)
    owner = owners(release)
    files = [[np.isin(owner, part) for part in half] for half in halves]
    links = [_links(points, sides.avatars, files, n_neighbors) for points in sides.points]
    exposed = [linked[mask] for linked, mask in zip(links, sides.exposed, strict=True)]
    few = too_few_exposed(sides.exposed)
    most = replace(unrun, reason=few) if few else beyond_control(unrun, *exposed)
    return replace(beyond_control(unrun, *links), exposed=most)


def _halves(
    schema: Schema,
    known_variables: tuple[Sequence[Hashable], Sequence[Hashable]] | None,
    n_splits: int,
    generator: np.random.Generator,
) -> list[tuple[Sequence[int], Sequence[int]]]:
    """Return the columns of either file, once or per split, by their numbers."""
    if known_variables is None:
        columns = np.arange(len(schema.numeric) + len(schema.categories))
        half = len(columns) // 2
        orders = [generator.permutation(columns).tolist() for _ in range(n_splits)]
        return [(order[:half], order[half:]) for order in orders] if half else []
    one, other = (places(schema, labels, "known_variables") for labels in known_variables)
    shared = set(one) & set(other)
    if shared or not one or not other:
        fault = f"has {len(shared)} columns in both files" if shared else "has an empty file"
        raise InvalidParameterError(
            "known_variables", f"{fault}: name the columns of two files that share none."
        )
    return [(one, other)]


def _links(
    points: Any, avatars: Any, files: list[list[NDArray[np.bool_]]], n_neighbors: int
) -> NDArray[np.float64]:
    """Return the share of splits by which each person's two records are joined."""
    linked = np.zeros(points.shape[0])
    for file in files:
        one, other = (
            nearest_avatars(points[:, held], avatars[:, held], n_neighbors) for held in file
        )
        linked += (one[:, :, None] == other[:, None, :]).any(axis=(1, 2))
    return linked / len(files)
