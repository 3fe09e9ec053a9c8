"""Who was in the table: told from how near, or how unexpectedly near, the release is."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from avatars.exceptions import InvalidParameterError
from avatars.metrics.attacks.candidates import logarithm, told_apart
from avatars.metrics.attacks.people import (
    NO_HOLDOUT,
    check_at_least_one,
    drawn,
    laid_out,
    most_exposed,
    read_sides,
)
from avatars.metrics.attacks.search import nearest
from avatars.metrics.result import AttackResult
from avatars.metrics.space import Types

__all__ = ["membership_inference"]

_NAME = "membership_inference"
_THREATS = {
    "distance": (
        "Somebody holds the release and a person's whole record, and says that the person was in "
        "the table the sooner the nearer the nearest avatar is."
    ),
    "density": (
        "Somebody holds the release, a person's whole record and a sample of the population, and "
        "says that the person was in the table the sooner the nearest avatar is nearer than people "
        "of that sample are."
    ),
}


def membership_inference(
    original: Any,
    avatars: Any,
    holdout: Any = None,
    *,
    attack: Literal["distance", "density"] = "distance",
    types: Types | None = None,
    random_state: int = 0,
    n_attempts: int = 2000,
) -> AttackResult:
    """Measure how well nearness to the release tells the people of the table from people unseen.

    An area under the curve, 0 to 1; .5 is best, since the attacker can't do better than guess.
    Rows need not be aligned.

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table, optional
        People of the same population who were not in it. Without them the attack is not run.
    attack : {"distance", "density"}, default="distance"
        "distance" looks at the nearest avatar alone [1]_. "density" compares it with the five
        nearest people of a sample of the population [2]_: one half of the hold-out is that sample
        and the other half is tested.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Draws who is tested.
    n_attempts : int, default=2000
        People tested of either side at most. The release they are compared with is always whole.

    Returns
    -------
    AttackResult
        ``exposed`` is the same over the tenth whose five nearest people are farthest. ``success``
        is the share of members named at the threshold where at most a tenth of people unseen are
        named too, and ``control`` the share of those.

    Raises
    ------
    InvalidParameterError
        If ``attack`` is no such attack, or ``n_attempts`` is below 1.

    Notes
    -----
    Distances are taken in standard deviations of the release and with one indicator per level, a
    space that no avatar was built in. Where the release would be as likely with anybody else in
    the table, the scores of both sides follow one law and the area is .5 up to chance, however
    good or bad the release is.

    The area speaks of everybody at once: a release that copies one person in twenty moves it by
    hundredths, and one that gives a single column away hardly at all.
    :func:`~avatars.metrics.attacks.singling_out` and
    :func:`~avatars.metrics.attacks.attribute_inference` look for those.

    References
    ----------
    .. [1] Chen, Yu, Zhang, Fritz, "GAN-Leaks", ACM CCS 2020, section 4.1 (full black box).
    .. [2] van Breugel, Sun, Qian, van der Schaar, "Membership inference attacks against synthetic
       data through overfitting detection", AISTATS 2023, section 4 (DOMIAS). There densities are
       estimated by kernels or flows; here by distances to nearest neighbours.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks import membership_inference
    >>> people = make_patients(400, random_state=0)
    >>> train, unseen = people.head(200), people.tail(200)
    >>> membership_inference(train, train, unseen).value  # a release of the people themselves
    1.0
    >>> membership_inference(train, train)
    AttackResult(membership_inference: not run, it needs a hold-out: people of the same ...)
    """
    if attack not in _THREATS:
        raise InvalidParameterError("attack", "must be 'distance' or 'density'.")
    check_at_least_one(n_attempts=n_attempts)
    unrun = AttackResult.not_run(_NAME, "membership", _THREATS[attack], NO_HOLDOUT, unit="auc")
    if holdout is None:
        return unrun
    people, release, unseen = read_sides(original, avatars, holdout, types)
    generator = np.random.default_rng(random_state)
    order = drawn(unseen, unseen.n_rows, generator)
    half = unseen.n_rows // 2 if attack == "density" else 0
    reference, tested = order.take(np.arange(half)), order.take(np.arange(half, unseen.n_rows))
    sides = [drawn(side, n_attempts, generator) for side in (people, tested)]
    a, x, h, r, *asked = laid_out(release, people, unseen, reference, *sides)
    scores = [-logarithm(nearest(side, a)[0][:, 0]) for side in asked]
    if half:
        # A single avatar near by gives a person away; a density is steadier over several people.
        usual = [logarithm(nearest(side, r, 5)[0]).mean(axis=1) for side in asked]
        scores = [score + around for score, around in zip(scores, usual, strict=True)]
    return told_apart(scores, most_exposed(asked, [x, h]), unrun)
