"""Whether the release says something that is true of exactly one person."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from scipy.stats import hypergeom

from avatars.metrics.attacks.outcomes import beyond_control, worst
from avatars.metrics.attacks.people import (
    NO_HOLDOUT,
    check_at_least_one,
    drawn,
    laid_out,
    most_exposed,
    read_sides,
    too_few_exposed,
)
from avatars.metrics.result import AttackResult
from avatars.metrics.space import Types
from avatars.tables import Table

__all__ = ["singling_out"]

_THREAT = (
    "Somebody who holds nothing but the release describes a box of values around an avatar, and "
    "exactly one person of the table lies in it."
)
_INSIDE = 0.01
"""People that a box is expected to hold by chance, if they are as many as the avatars."""

_SUBSETS = 20
"""Sets of columns that boxes are described in."""

_GAP, _BELOW, _ABOVE = -9.0, -3.0, 4.0
"""Where numbers lie that are missing or out of the release's range: farther than 1 from all."""

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def singling_out(
    original: Any,
    avatars: Any,
    holdout: Any = None,
    *,
    types: Types | None = None,
    random_state: int = 0,
    n_attempts: int = 2000,
) -> AttackResult:
    """Measure how often a description taken from the release is true of exactly one person.

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
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Draws the avatars, and the columns they are described in.
    n_attempts : int, default=2000
        How many avatars are described at most, each once in several columns and once in every
        single one.

    Returns
    -------
    AttackResult
        The worst of the descriptions in several columns and of those in each single one, which
        ``columns`` holds. The Wilson intervals hold together (Bonferroni). ``exposed`` counts the
        tenth of avatars that stand farthest from the others.

    Raises
    ------
    InvalidParameterError
        If ``n_attempts`` is below 1.

    Notes
    -----
    A description is a predicate in the sense of [1]_: a box of values around an avatar, in a
    random set of columns. Numbers are laid out by their ranks in the release, categories and gaps
    must be equal. The box is the cube up to the nearest other avatar, shrunk to a hundredth of its
    volume: only that avatar is in it, and somebody by chance one or two times in a hundred where
    numbers are continuous. Rounded numbers and categories can't be shrunk, and chance finds more.
    An avatar whose values others share is not described, and does not count. A record that is
    released more than once counts as one: to repeat it hides nothing.

    Chance singles out too: a predicate that is true of a share w of the population is true of
    exactly one of n people with probability n w (1 - w)^(n - 1), up to 1/e at w = 1/n. It is an
    attack only beyond that baseline, and only a small w leaves room for it. The baseline is not
    computed from a model: the same boxes are asked about people unseen.

    That comparison needs as many people on both sides. The larger side counts by its expected
    success in a random part of it that is as large as the smaller (a hypergeometric probability,
    so that nothing is drawn). In a part, an attack can find no more than the part's share of
    people; both shares are divided by it.

    References
    ----------
    .. [1] Cohen, Nissim, "Towards formalizing the GDPR's notion of singling out", PNAS 117(15),
       2020, sections 2 and 3.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks.singling_out import singling_out
    >>> people = make_patients(600, random_state=0)
    >>> train, unseen = people.head(300), people.tail(300)
    >>> singling_out(train, train, unseen).low > 0.9  # a release of the people themselves
    True
    >>> singling_out(train, train)
    AttackResult(singling_out: not run, it needs a hold-out: people of ...)
    """
    check_at_least_one(n_attempts=n_attempts)
    unrun = AttackResult.not_run("singling_out", "singling out", _THREAT, NO_HOLDOUT)
    if holdout is None:
        return unrun
    people, release, unseen = read_sides(original, avatars, holdout, types)
    generator = np.random.default_rng(random_state)
    # A record that is released twice tells no less than once.
    release = release.take(np.unique(release.row_hashes(), return_index=True)[1])
    described = drawn(release, n_attempts, generator)
    boxes = _Boxes(
        len(release.schema.numeric),
        *(_ranked(release, table) for table in (release, described, people, unseen)),
    )
    sets = boxes.sets(generator)
    labels = [column.label for column in (*release.schema.numeric, *release.schema.categories)]
    everybody, points = laid_out(release, described)
    (exposed,) = most_exposed([points], [everybody])
    everyone = np.ones_like(exposed)
    few = too_few_exposed([exposed])
    most = replace(unrun, reason=few)
    if not few:
        most = _judged(unrun, boxes.asked(sets, exposed), labels, boxes.scale)
    return replace(_judged(unrun, boxes.asked(sets, everyone), labels, boxes.scale), exposed=most)


def _judged(
    unrun: AttackResult, asked: list[_Answers], labels: list[Hashable], scale: float
) -> AttackResult:
    """Return the worst kind of description: in each single column, and in several."""
    confidence = 1 - 0.05 / max(sum(len(part.success) > 0 for part in asked), 1)
    unrun = replace(unrun, reason="no avatar has values to itself")
    results = [
        beyond_control(unrun, part.success, part.control, scale=scale, confidence=confidence)
        for part in asked
    ]
    columns = dict(zip(labels, results, strict=False))
    return replace(worst(results), columns=columns)


@dataclass(frozen=True)
class _Answers:
    """How boxes of one kind fared."""

    success: Floats
    control: Floats

    @classmethod
    def joined(cls, parts: list[_Answers]) -> _Answers:
        return cls(
            np.concatenate([part.success for part in parts]),
            np.concatenate([part.control for part in parts]),
        )


@dataclass(frozen=True)
class _Boxes:
    """Boxes around avatars, and who is in them. Columns are ranks, then codes."""

    n_numeric: int
    release: Floats
    centres: Floats
    people: Floats
    unseen: Floats

    @property
    def size(self) -> int:
        return min(len(self.people), len(self.unseen))

    @property
    def scale(self) -> float:
        """Give what makes 1 of the most that can be found in ``size`` of the people."""
        return len(self.people) / self.size

    def sets(self, generator: np.random.Generator) -> list[tuple[Rows, Rows]]:
        """Draw the sets of several columns, and the avatars that are described in each."""
        n_columns = self.release.shape[1]
        if n_columns < 2:
            return []
        drawn_sets = []
        for part in np.array_split(np.arange(len(self.centres)), _SUBSETS):
            width = generator.integers(2, n_columns + 1)
            drawn_sets.append((part, generator.permutation(n_columns)[:width]))
        return drawn_sets

    def asked(self, sets: list[tuple[Rows, Rows]], chosen: NDArray[np.bool_]) -> list[_Answers]:
        """Ask of chosen avatars in each single column, and last, if there are any, in sets."""
        avatars = np.flatnonzero(chosen)
        alone = [self._asked(avatars, np.array([c])) for c in range(self.release.shape[1])]
        several = [self._asked(part[chosen[part]], columns) for part, columns in sets]
        return [*alone, _Answers.joined(several)] if several else alone

    def _asked(self, avatars: Rows, columns: Rows) -> _Answers:
        release, centres = self.release[:, columns], self.centres[avatars][:, columns]
        # The nearest of all is the avatar itself.
        apart = np.asarray(KDTree(release).query(centres, k=[2], p=np.inf)[0])[:, 0]
        # Ranks differ by less than 1, different codes by at least as much: below it, all
        # categories are equal. Of a cube, the numbers' sides alone can be shrunk.
        n_numeric = int((columns < self.n_numeric).sum())
        reach = np.minimum(apart, 1.0) * _INSIDE ** (1 / max(n_numeric, 1))
        kept = reach > 0
        success, control = (
            self._isolates(side[:, columns], centres[kept], reach[kept])
            for side in (self.people, self.unseen)
        )
        return _Answers(success, control)

    def _isolates(self, side: Floats, centres: Floats, reach: Floats) -> Floats:
        """Return how likely exactly one of ``size`` people of a side is in each box."""
        inside = KDTree(side).query_ball_point(centres, reach, p=np.inf, return_length=True)
        return np.asarray(hypergeom.pmf(1, len(side), inside, self.size), dtype=np.float64)


def _ranked(release: Table, table: Table) -> Floats:
    """Return numbers as their ranks in the release, from 0 to 1, and codes as they are.

    Beyond the range of the release nobody is in a box, which would otherwise have no end there.
    """
    ranked = np.empty((table.n_rows, table.numeric.shape[1] + table.codes.shape[1]))
    for slot in range(table.numeric.shape[1]):
        known = release.numeric[~np.isnan(release.numeric[:, slot]), slot]
        values, counts = np.unique(known, return_counts=True)
        ranks = (counts.cumsum() - counts / 2) / max(len(known), 1)
        cells = table.numeric[:, slot]
        if len(known):
            cells = np.interp(cells, values, ranks, left=_BELOW, right=_ABOVE)
        ranked[:, slot] = np.where(np.isnan(table.numeric[:, slot]), _GAP, cells)
    ranked[:, table.numeric.shape[1] :] = table.codes
    return ranked
