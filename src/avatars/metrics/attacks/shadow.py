"""Who was in the table: told by an attacker who learnt on releases of the same generator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from avatars.metrics.attacks.candidates import logarithm, told_apart
from avatars.metrics.attacks.people import (
    NO_HOLDOUT,
    check_at_least_one,
    drawn,
    laid_out,
    most_exposed,
    read_sides,
)
from avatars.metrics.attacks.regeneration import NO_GENERATOR, NotRegenerated, regenerated
from avatars.metrics.attacks.search import nearest
from avatars.metrics.result import AttackResult
from avatars.metrics.space import Types, owners
from avatars.tables import Table

__all__ = ["shadow_membership"]

Floats = NDArray[np.float64]

_NAME = "shadow_membership"
_THREAT = (
    "Somebody holds the release, a person's whole record, a sample of the population and the "
    "generator: they learn on releases of their own how those who were in a table look beside it, "
    "and say who was in this one."
)
_SMALLEST_HOLDOUT = 200
_LARGEST_POPULATION = 4000
"""People that shadow tables are drawn from: more cost time and teach little."""

_K = 20
_RADII = np.array([0.5, 0.75, 1.0])
_SAME = 0.1
"""Numbers closer than this, in standard deviations, count as the same."""


def shadow_membership(
    original: Any,
    avatars: Any,
    holdout: Any = None,
    *,
    avatarizer: Any = None,
    types: Types | None = None,
    random_state: int = 0,
    n_attempts: int = 2000,
    n_shadows: int = 8,
) -> AttackResult:
    """Measure how well a learned attacker tells the people of the table from people unseen.

    An area under the curve, 0 to 1; .5 is best, since the attacker can't do better than guess.
    Rows need not be aligned.

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table, optional
        People of the same population who were not in it, at least 200. A third is tested, the
        others are the population that the attacker learns on.
    avatarizer : object, optional
        What made the release: a scikit-learn style object with ``fit_transform``. It is cloned
        and not changed. Without it the attack is not run.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Draws who is tested, the shadow tables, and the seeds of their releases.
    n_attempts : int, default=2000
        People tested of either side at most. The release they are compared with is always whole.
    n_shadows : int, default=8
        Releases to learn on. Each is made of half of the attacker's population, and of as many
        people as the table has at most.

    Returns
    -------
    AttackResult
        ``exposed`` is the same over the tenth whose five nearest people are farthest. ``success``
        is the share of members named at the threshold where at most a tenth of people unseen are
        named too, and ``control`` the share of those.

    Raises
    ------
    InvalidParameterError
        If ``n_attempts`` or ``n_shadows`` is below 1.

    Notes
    -----
    What the attacker sees of somebody: how far the twenty nearest avatars are, beside how far the
    twenty nearest people of the population are; how many avatars are as near as those; and in how
    many columns the nearest avatars agree. All of it is measured against people who are known not
    to be in the table, which makes shadow releases and a larger release comparable. A logistic
    regression says what counts.

    Shadow tables are smaller than the table where the hold-out is, and drawn from 4000 people at
    most, so that ten thousand people take seconds. An attacker with more people, more time or
    knowledge of the person sought may do better.

    References
    ----------
    .. [1] Stadler, Oprisanu, Troncoso, "Groundhog Day", USENIX Security 2022, section 4.
    .. [2] Houssiau et al., "TAPAS: a toolbox for adversarial privacy auditing of synthetic data",
       NeurIPS 2022 workshop on synthetic data, section 3.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks import shadow_membership
    >>> people = make_patients(600, random_state=0)
    >>> train, unseen = people.head(300), people.tail(300)
    >>> published = Avatarizer(protection="none", random_state=0)
    >>> result = shadow_membership(
    ...     train, published.fit_transform(train), unseen, avatarizer=published
    ... )
    >>> result.low > 0.5
    True
    """
    check_at_least_one(n_attempts=n_attempts, n_shadows=n_shadows)
    unrun = AttackResult.not_run(_NAME, "membership", _THREAT, NO_HOLDOUT, unit="auc")
    if holdout is None:
        return unrun
    if avatarizer is None:
        return replace(unrun, reason=NO_GENERATOR)
    people, release, unseen = read_sides(original, avatars, holdout, types)
    if unseen.n_rows < _SMALLEST_HOLDOUT:
        few = f"it learns on the hold-out and needs {_SMALLEST_HOLDOUT} people, not {unseen.n_rows}"
        return replace(unrun, reason=few)
    generator = np.random.default_rng(random_state)
    order = drawn(unseen, unseen.n_rows, generator)
    third = unseen.n_rows // 3
    tested = order.take(np.arange(third))
    population = order.take(np.arange(third, min(third + _LARGEST_POPULATION, unseen.n_rows)))
    size = min(population.n_rows // 2, people.n_rows)
    try:
        shadows = [_shadow(avatarizer, population, size, generator) for _ in range(n_shadows)]
    except NotRegenerated as reason:
        return replace(unrun, reason=str(reason))
    signs, member = (np.concatenate(parts) for parts in zip(*shadows, strict=True))
    attacker = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    attacker.fit(signs, member)
    sides = [drawn(side, n_attempts, generator) for side in (people, tested)]
    x, h, *asked = laid_out(release, people, unseen, *sides)[1:]
    *seen, outside = _signs(release, population, *sides)
    scores = [attacker.decision_function(_beside(side, outside)) for side in seen]
    return told_apart(scores, most_exposed(asked, [x, h]), unrun)


def _shadow(
    avatarizer: Any, population: Table, size: int, generator: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return how everybody of the population looks beside a release of some, and who is in it."""
    member = np.zeros(population.n_rows, dtype=bool)
    member[generator.permutation(population.n_rows)[:size]] = True
    release = regenerated(avatarizer, population, generator, np.flatnonzero(member))
    (signs,) = _signs(release, population)
    return _beside(signs, signs[~member]), member


def _signs(release: Table, population: Table, *others: Table) -> list[Floats]:
    """Return what an attacker sees of each of the others, and at last of the population itself."""
    # In an order of their own: of avatars equally near, the first ones are looked at.
    release = drawn(release, release.n_rows, np.random.default_rng(0))
    a, known, *asked = laid_out(release, population, *others)
    columns = np.eye(owners(release).max() + 1)[owners(release)]
    # The nearest of the population to one of its people is that person.
    return [_of_side(side, known, a, columns, 0) for side in asked] + [
        _of_side(known, known, a, columns, 1)
    ]


def _of_side(people: Any, population: Any, release: Any, columns: Floats, skip: int) -> Floats:
    distances, rows = nearest(people, release, _K)
    usual = nearest(people, population, _K + skip)[0][:, skip:]
    near, far = (
        [logarithm(part[:, :k]).mean(axis=1) for k in (1, 5, _K)] for part in (distances, usual)
    )
    signs = [*near, far[1], near[0] - far[1]]
    signs += [here - there for here, there in zip(near, far, strict=True)]
    # How far the fifth person is off is a scale that fits both crowds and loners.
    radii = usual[:, :5][:, -1:] * _RADII
    signs += [np.log1p((distances <= radius[:, None]).sum(axis=1)) for radius in radii.T]
    agreed = [_agreed(people, release[row], columns) for row in rows[:, :5].T]
    signs += [agreed[0].mean(axis=1), np.any(agreed, axis=0).mean(axis=1)]
    return np.column_stack(signs)


def _agreed(people: Any, avatars: Any, columns: Floats) -> NDArray[np.bool_]:
    """Tell in which columns people and avatars hold the same, row by row."""
    return np.asarray(abs(people - avatars) @ columns < _SAME)


def _beside(signs: Floats, outside: Floats) -> Floats:
    """Return signs in standard deviations of those of people who were not in the table."""
    spread = outside.std(axis=0)
    return np.asarray((signs - outside.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
