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
)
from avatars.metrics.result import AttackResult
from avatars.metrics.space import Types, read_together
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
    An avatar whose values others share is not described, and does not count.

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
    people, release, unseen = read_together(original, avatars, holdout, types=types)
    generator = np.random.default_rng(random_state)
    described = drawn(release, n_attempts, generator)
    boxes = _Boxes(
        len(release.schema.numeric),
        *(_ranked(release, table) for table in (release, described, people, unseen)),
    )
    asked = boxes.asked(generator)
    labels = [column.label for column in (*release.schema.numeric, *release.schema.categories)]
    everybody, points = laid_out(release, described)
    (exposed,) = most_exposed([points], [everybody])
    return replace(
        _judged(unrun, asked, labels, boxes.scale),
        exposed=_judged(unrun, [part.of(exposed) for part in asked], labels, boxes.scale),
    )


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
    """How boxes of one kind fared, and around which avatars they were."""

    avatars: NDArray[np.intp]
    success: Floats
    control: Floats

    def of(self, chosen: NDArray[np.bool_]) -> _Answers:
        kept = chosen[self.avatars]
        return _Answers(self.avatars[kept], self.success[kept], self.control[kept])

    @classmethod
    def joined(cls, parts: list[_Answers]) -> _Answers:
        return cls(
            np.concatenate([part.avatars for part in parts]),
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

    def asked(self, generator: np.random.Generator) -> list[_Answers]:
        """Ask in each single column, and last, if there are several, in sets of them."""
        n_columns = self.release.shape[1]
        everyone = np.arange(len(self.centres))
        alone = [self._asked(everyone, np.array([column])) for column in range(n_columns)]
        if n_columns < 2:
            return alone
        several = []
        for part in np.array_split(everyone, _SUBSETS):
            width = generator.integers(2, n_columns + 1)
            several.append(self._asked(part, generator.permutation(n_columns)[:width]))
        return [*alone, _Answers.joined(several)]

    def _asked(self, avatars: NDArray[np.intp], columns: NDArray[np.intp]) -> _Answers:
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
        return _Answers(avatars[kept], success, control)

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
