"""Whether the release lets one column of a person be read off the others."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.metrics.attacks.outcomes import NOBODY, beyond_control, worst
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

__all__ = ["attribute_inference"]

_THREAT = (
    "Somebody knows other columns of a person, looks for the nearest avatar in them, and says that "
    "the person has that avatar's value in the column in question."
)
_Right = list[NDArray[np.bool_]]
"""Who was guessed right: people of the table, and people unseen."""

_ERRORS = (0.001, 0.1)
"""Errors that a guessed number may have, as shares of the release's interquartile range."""


def attribute_inference(
    original: Any,
    avatars: Any,
    holdout: Any = None,
    *,
    known_variables: Sequence[Hashable] | None = None,
    targets: Sequence[Hashable] | None = None,
    types: Types | None = None,
    random_state: int = 0,
    n_attempts: int = 2000,
) -> AttackResult:
    """Measure how much better a person's value is guessed for having been in the table.

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
    known_variables : sequence of labels, optional
        Columns that the attacker knows. By default all but the one in question.
    targets : sequence of labels, optional
        Columns to guess. By default all that aren't among ``known_variables``.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Draws the people who are attacked.
    n_attempts : int, default=2000
        How many people of the table are attacked at most, and how many people unseen.

    Returns
    -------
    AttackResult
        The worst column; ``columns`` has them all. The Wilson intervals hold together
        (Bonferroni), so that a release which gives nothing away covers 0 in its worst column too.
        ``exposed`` counts the tenth of those attacked whose five nearest people are farthest.
        Not run where nothing is known beside the target.

    Raises
    ------
    InvalidParameterError
        If a parameter names a column that isn't there, or ``n_attempts`` is below 1.

    Notes
    -----
    What the population gives away is no news of a person: the same guesses are made about people
    unseen, and their success is taken off.

    A guessed category is right where it is the same, and a gap where both are gaps. A number is
    asked twice, for a leak of exact values and for one of rough ones: it is right to the digit
    within a thousandth of the release's interquartile range, and about right within a tenth. Of
    both answers, the column shows the one whose interval begins higher.

    References
    ----------
    .. [1] Giomi, Boenisch, Wehmeyer, Tasnadi, "A unified framework for quantifying privacy risk
       in synthetic data", PoPETs 2023(2), section 5.3.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks.attribute_inference import attribute_inference
    >>> people = make_patients(600, random_state=0)
    >>> train, unseen = people.head(300), people.tail(300)
    >>> result = attribute_inference(train, train, unseen, targets=["weight", "smoker"])
    >>> [f"{label}: {part.value:.2f}" for label, part in result.columns.items()]
    ['weight: 1.00', 'smoker: 1.00']
    >>> attribute_inference(train, train)
    AttackResult(attribute_inference: not run, it needs a hold-out: people of ...)
    """
    check_at_least_one(n_attempts=n_attempts)
    unrun = AttackResult.not_run("attribute_inference", "inference", _THREAT, NO_HOLDOUT)
    if holdout is None:
        return unrun
    people, release, unseen = read_sides(original, avatars, holdout, types)
    labels = [column.label for column in (*people.schema.numeric, *people.schema.categories)]
    known = labels if known_variables is None else list(known_variables)
    sought = [label for label in labels if known_variables is None or label not in known]
    sought = sought if targets is None else list(targets)
    known_places = places(people.schema, known, "known_variables")
    goals = dict(zip(sought, places(people.schema, sought, "targets"), strict=True))
    if not goals or any(set(known_places) <= {goal} for goal in goals.values()):
        return replace(unrun, reason="it needs a column to guess and another one that is known")
    sides = Sides.drawn(people, release, unseen, n_attempts, np.random.default_rng(random_state))
    answers = {
        label: _answers(sides, goal, [place for place in known_places if place != goal])
        for label, goal in goals.items()
    }
    everybody = [np.ones_like(mask) for mask in sides.exposed]
    unrun = replace(unrun, reason=NOBODY)
    few = too_few_exposed(sides.exposed)
    most = replace(unrun, reason=few) if few else _judged(unrun, answers, sides.exposed)
    return replace(_judged(unrun, answers, everybody), exposed=most)


def _judged(
    unrun: AttackResult, answers: dict[Hashable, list[_Right]], counted: _Right
) -> AttackResult:
    """Return the worst column over the people who are counted on either side."""
    confidence = 1 - 0.05 / sum(map(len, answers.values()))
    columns = {}
    for label, questions in answers.items():
        results = []
        for right in questions:
            success, control = (side[mask] for side, mask in zip(right, counted, strict=True))
            results.append(beyond_control(unrun, success, control, confidence=confidence))
        columns[label] = worst(results)
    return replace(worst(list(columns.values())), columns=columns)


def _answers(sides: Sides, goal: int, known: list[int]) -> list[_Right]:
    """Tell of each question about a column who is guessed right, on either side."""
    held = np.isin(owners(sides.release), known)
    slot = goal - len(sides.release.schema.numeric)
    pairs: list[tuple[NDArray[Any], NDArray[Any]]] = []
    for attacked, points in zip(sides.attacked, sides.points, strict=True):
        rows = nearest_avatars(points[:, held], sides.avatars[:, held])[:, 0]
        if slot >= 0:
            pairs.append((attacked.codes[:, slot], sides.release.codes[rows, slot]))
        else:
            pairs.append((attacked.numeric[:, goal], sides.release.numeric[rows, goal]))
    if slot >= 0:
        return [[truth == guess for truth, guess in pairs]]
    spread = _interquartile_range(sides.release.numeric[:, goal])
    return [
        [
            (np.abs(truth - guess) <= error * spread) | (np.isnan(truth) & np.isnan(guess))
            for truth, guess in pairs
        ]
        for error in _ERRORS
    ]


def _interquartile_range(numbers: NDArray[np.float64]) -> float:
    known = numbers[~np.isnan(numbers)]
    return float(np.subtract(*np.percentile(known, [75, 25]))) if len(known) else 0.0
