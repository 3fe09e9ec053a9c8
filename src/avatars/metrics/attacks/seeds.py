"""Whose avatar is it: the owner draws the release again and compares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from avatars.exceptions import InvalidParameterError
from avatars.metrics.attacks.intervals import risk
from avatars.metrics.attacks.laws import Laws
from avatars.metrics.attacks.people import (
    check_at_least_one,
    laid_out,
    most_exposed,
    too_few_exposed,
)
from avatars.metrics.attacks.regeneration import NO_GENERATOR, NotRegenerated, regenerated
from avatars.metrics.privacy.alignment import read_aligned
from avatars.metrics.result import AttackResult
from avatars.metrics.space import Types

__all__ = ["seed_linkage"]

_NAME = "seed_linkage"
_THREAT = (
    "Somebody holds the table itself and the generator but not its seed: they draw the release "
    "many times over, and attach each avatar to the person whose avatars resemble it most."
)
_REGENERATIONS = 50
_FEWEST_REGENERATIONS = 5
_AVATARS = 100_000
"""Avatars that are drawn in all unless a number of regenerations is asked for."""

_POOL = 2000
"""People among whom the most exposed are looked for."""


def seed_linkage(
    original: Any,
    sensitive_avatars: Any,
    *,
    avatarizer: Any = None,
    types: Types | None = None,
    random_state: int = 0,
    n_regenerations: int | None = None,
    n_targets: int = 200,
) -> AttackResult:
    """Measure how often an avatar is attached to its own person by drawing the release again.

    A risk, up to 1; 0 is best, and values about 0 are noise.
    Rows must be aligned: row i of ``sensitive_avatars`` was drawn around row i of ``original``.

    Parameters
    ----------
    original : table
        The people the release was made of.
    sensitive_avatars : table
        The release in the order of the people, **sensitive**.
    avatarizer : object, optional
        What made the release: a scikit-learn style object with ``fit_transform`` that keeps the
        order of rows, if told ``shuffle=False`` where it has that parameter. It is cloned and not
        changed. Without it the attack is not run.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Draws the seeds of the regenerations and the avatars to attach.
    n_regenerations : int, optional
        How often the release is drawn again. By default 50, fewer in tables of more than 2000
        people (100,000 avatars in all) and never fewer than 5.
    n_targets : int, default=200
        Avatars to attach at most. Everybody in the table is a candidate for each, however many.

    Returns
    -------
    AttackResult
        ``success`` is the share of avatars attached to their own person, ``control`` the chance
        1 / n of a guess. ``exposed`` is the same for the avatars of the tenth (of 2000 people
        drawn at random where there are more) whose five nearest people are farthest.

    Raises
    ------
    InvalidTableError
        If the tables have different lengths.
    InvalidParameterError
        If ``n_regenerations`` or ``n_targets`` can't be used.

    Warns
    -----
    AlignmentWarning
        If people are no nearer to their own avatars than to those of random others.

    Notes
    -----
    From the avatars that regenerations draw around a person, the attacker learns a law for each
    column: how often a value was repeated, mixed with a t-distribution of the person's own for
    numbers and with everybody's shares for levels. How much repeats count is learnt from one of
    the regenerations, whose people are known. An avatar is attached to the person under whose laws
    it is most likely; m people equally likely count 1 / m.

    Chance is known and small, one in as many as the table has people. There Wilson's interval would
    exclude it up to four times as often as it should, after two lucky guesses in 200; the interval
    is therefore the exact one of Clopper and Pearson [2]_.

    This attacker knows everything but the link, and so knows more than a receiver does: the figure
    is not what a receiver would find. Nor is it a bound, since a better law could find more.

    References
    ----------
    .. [1] Lautraite, Allard, Charest, Rajotte, Gambs, arXiv 2608.27037 (2026), density-based
       linkage. Read through a secondary source only, so that details may differ from theirs.
    .. [2] Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of
       the binomial", Biometrika 26 (1934).

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks import seed_linkage
    >>> people = make_patients(200, random_state=0)
    >>> avatarizer = Avatarizer(shuffle=False, random_state=0)
    >>> aligned = avatarizer.fit_transform(people)
    >>> result = seed_linkage(people, aligned, avatarizer=avatarizer, n_regenerations=5)
    >>> result.value < 0.2, result.n_attempts
    (True, 200)
    >>> seed_linkage(people, aligned)
    AttackResult(seed_linkage: not run, it needs the generator that made ...)
    """
    check_at_least_one(n_targets=n_targets)
    if n_regenerations is not None and n_regenerations < 2:
        raise InvalidParameterError(
            "n_regenerations", f"must be at least 2 or None, got {n_regenerations}."
        )
    unrun = AttackResult.not_run(_NAME, "linkability", _THREAT, NO_GENERATOR)
    if avatarizer is None:
        return unrun
    pairs = read_aligned(original, sensitive_avatars, types=types)
    people, release = pairs.people, pairs.avatars
    if people.n_rows < 2:
        return replace(unrun, reason="one person leaves nobody else to attach an avatar to")
    generator = np.random.default_rng(random_state)
    order = generator.permutation(people.n_rows)
    pool = order[:_POOL]
    _, x = laid_out(release, people)
    (exposed,) = most_exposed([x[pool]], [x])
    if n_regenerations is None:
        affordable = max(_AVATARS // people.n_rows, _FEWEST_REGENERATIONS)
        n_regenerations = min(_REGENERATIONS, affordable)
    try:
        releases = [regenerated(avatarizer, people, generator) for _ in range(n_regenerations)]
    except NotRegenerated as reason:
        return replace(unrun, reason=str(reason))
    if any(other.n_rows != people.n_rows for other in releases):
        return replace(unrun, reason="the generator doesn't give one avatar per person")
    laws = Laws(release, releases)
    few = too_few_exposed([exposed])
    most = replace(unrun, reason=few) if few else _attached(laws, pool[exposed][:n_targets], unrun)
    return replace(_attached(laws, order[:n_targets], unrun), exposed=most)


def _attached(laws: Laws, targets: NDArray[np.intp], unrun: AttackResult) -> AttackResult:
    found = [laws.own_share(int(target)) for target in targets]
    success, chance = sum(found) / len(found), 1.0 / laws.n_people
    low, high = (risk(end, chance) for end in _exact(sum(found), len(found)))
    return replace(
        unrun,
        reason=None,
        value=risk(success, chance),
        low=low,
        high=high,
        interval="Clopper-Pearson",
        success=success,
        control=chance,
        n_attempts=len(found),
    )


def _exact(successes: float, n: int) -> tuple[float, float]:
    """Return the ends of the exact 95 % interval of a share."""
    low = 0.0 if successes <= 0 else float(betaincinv(successes, n - successes + 1, 0.025))
    high = 1.0 if successes >= n else float(betaincinv(successes + 1, n - successes, 0.975))
    return low, high
