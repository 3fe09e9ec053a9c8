"""Marginals given back without giving anybody's value back.

Drawn values are replaced, rank by rank, by a smoothed version of the people's own distribution:

- a value that enough people share stays itself (0 in a column of gains, a code, a whole age);
- in between, people form disjoint groups of neighbouring values, and outputs are interpolated
  between the means of the groups; stretches of too few people join the nearest shared value;
- the two tails follow a power law fitted to the mean and the reach of their excesses, so that they
  say how far values go and not where the extreme people are. The reach is the mean excess of the
  few most extreme, cut at five times the median excess: one wild value doesn't move it.

Released values are read off that distribution at ranks moved by up to a group's width at random.
Read off exactly, the sorted release would be a system of equations for the people's values, and
two releases of almost the same people would name the difference by their counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatars.engine.people import People
from avatars.engine.records import Floats, Ints

__all__ = ["Marginal", "outlier_bounds"]

_KNOTS = 8_192
"""Quantiles kept for draws that come after the fit."""
_MANY = 100
"""People in a run from which on wild values are told by its tails, and not by all of it."""
_WILD = 5.0
"""Median excesses beyond which a tail value counts as wild."""


def _window(n: int, k: int, few: int) -> int:
    """Half-width of the smoothing window: k people in large tables, a fortieth of small ones."""
    return max(few // 2, min(k // 2, n // 40), 1)


def _tail_length(n: int, half: int, few: int) -> int:
    return min(max(2 * half + 1, 2 * few), n // 3)


def outlier_bounds(
    values: Floats, k: int, few: int, individuals: People | None = None
) -> tuple[float, float]:
    """Return how far values go once those of a few wild people are cut.

    Parameters
    ----------
    values : ndarray of shape (n,)
        One numeric column, complete.
    k, few : int
        Neighbours of an avatar, and fewest people behind a released value.
    individuals : People, optional
        Who is behind the values; everybody has one unless given. Bounds are then within what
        ``few`` individuals reach.

    Returns
    -------
    low, high : float
        Bounds within the range of ``values``.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.marginals import outlier_bounds
    >>> ages = np.append(np.linspace(20, 80, 500), 1e6)
    >>> low, high = outlier_bounds(ages, k=20, few=5)
    >>> low, round(high)
    (20.0, 84)
    """
    if individuals is not None:
        values = np.clip(values, *individuals.extremes(values, few))
    ordered = np.sort(values)
    tail = _tail_length(len(ordered), _window(len(ordered), k, few), few)
    if tail < 3:
        return float(ordered[0]), float(ordered[-1])
    high = _reach(ordered[-tail:] - ordered[-tail - 1], few) + ordered[-tail - 1]
    low = ordered[tail] - _reach((ordered[tail] - ordered[:tail])[::-1], few)
    return float(max(low, ordered[0])), float(min(high, ordered[-1]))


def _reach(excess: Floats, few: int) -> float:
    """Return the largest credible excess of a tail; ``excess`` rises."""
    median = float(np.median(excess))
    if median > 0:
        return _WILD * median
    # More than half of the tail sits on the threshold: look at those who don't.
    beyond = excess[excess > 0]
    if len(beyond) < few:
        return 0.0
    return float(np.minimum(beyond, _WILD * np.median(beyond)).mean())


def _fitted_tail(excess: Floats, few: int) -> Floats:
    """Return as many rising excesses, of a power law with about the same mean and reach."""
    excess = np.minimum(np.maximum(excess, 0.0), max(_reach(excess, few), 0.0))
    reach, mean = float(excess[-few:].mean()), float(excess.mean())
    if reach <= 0 or mean <= 0:
        return np.zeros_like(excess)
    # u^b on [0, 1] has mean 1 / (b + 1).
    power = max(reach / mean - 1.0, 0.05)
    return np.asarray(reach * ((np.arange(len(excess)) + 0.5) / len(excess)) ** power)


@dataclass(frozen=True, repr=False, eq=False)
class Marginal:
    """The map from drawn values to released values of one numeric column.

    Build it with ``learn``; use ``released`` for values drawn later.

    Parameters
    ----------
    drawn : ndarray of shape (n_knots,)
        Quantiles of the drawn values, rising.
    smoothed : ndarray of shape (n_knots,)
        Released values at the same ranks, rising.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.marginals import Marginal
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=2000)
    >>> marginal, out = Marginal.learn(people, people * 0.7, k=20, few=5, generator=rng)
    >>> round(float(out.std() / people.std()), 1), bool(np.isin(out, people).any())
    (1.0, False)
    """

    drawn: Floats
    smoothed: Floats

    @classmethod
    def learn(
        cls,
        people: Floats,
        drawn: Floats,
        *,
        k: int,
        few: int,
        generator: np.random.Generator,
        individuals: People | None = None,
    ) -> tuple[Marginal, Floats]:
        """Learn the map and apply it to the draws it is learnt on.

        Parameters
        ----------
        people : ndarray of shape (n_known,)
            What people really have in the column: no fill of a gap, nothing clipped.
        drawn : ndarray of shape (n,)
            What was drawn for the avatars.
        k, few : int
            Neighbours of an avatar, and fewest people behind a released value.
        generator : numpy.random.Generator
            Orders equal draws and moves ranks.
        individuals : People, optional
            Who is behind ``people``; everybody has one value unless given.

        Returns
        -------
        marginal : Marginal
            For draws that come later.
        released : ndarray of shape (n,)
            The draws, mapped.
        """
        quantiles = smoothed_quantiles(people, k=k, few=few, individuals=individuals)
        width = 2 * _window(len(people), k, few) + 1
        order = np.lexsort((generator.random(len(drawn)), drawn))
        ranks = np.arange(0.5, len(drawn)) * (len(people) / len(drawn))
        moved = _read_off(quantiles, ranks, width, generator)
        released = np.empty(len(drawn))
        released[order] = moved
        knots = np.linspace(0, len(drawn) - 1, min(len(drawn), _KNOTS)).round().astype(np.intp)
        # The moved values and not the quantiles: many later draws would average the moves away.
        return cls(drawn[order][knots], moved[knots]), released

    def released(self, drawn: Floats, generator: np.random.Generator) -> Floats:
        """Map values drawn after the fit, by their rank among those of the fit.

        Parameters
        ----------
        drawn : ndarray of shape (n,)
            Drawn values.
        generator : numpy.random.Generator
            Places a draw among equal ones.

        Returns
        -------
        ndarray of shape (n,)
            Released values.
        """
        first = np.searchsorted(self.drawn, drawn, side="left")
        last = np.searchsorted(self.drawn, drawn, side="right")
        place = first + generator.random(len(drawn)) * (last - first)
        return self.smoothed[np.minimum(place.astype(np.intp), len(self.smoothed) - 1)]


def smoothed_quantiles(
    people: Floats, *, k: int, few: int, individuals: People | None = None
) -> Floats:
    """Return one releasable value for each rank of a column.

    Parameters
    ----------
    people : ndarray of shape (n,)
        The column of the people, complete.
    k, few : int
        Neighbours of an avatar, and fewest people behind a released value.
    individuals : People, optional
        Who is behind the values; everybody has one unless given.

    Returns
    -------
    ndarray of shape (n,)
        Rising values.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.marginals import smoothed_quantiles
    >>> gains = np.append(np.zeros(96), [1.0, 2.0, 3.0, 900.0])
    >>> smoothed_quantiles(gains, k=20, few=5).max().item()
    0.0
    """
    behind = individuals if individuals is not None and individuals.n_kinds else None
    if behind is not None:
        people = np.clip(people, *behind.extremes(people, few))
        order = np.argsort(people, kind="stable")
        ordered, behind = people[order], behind.take(order)
    else:
        ordered = np.sort(people)
    values, where, counts = np.unique(ordered, return_inverse=True, return_counts=True)
    if behind is not None:
        counts = behind.held_by(where.ravel().astype(np.intp), len(values))
    shared = counts >= few
    alone = ~shared[where.ravel()]
    if not alone.any():
        return np.asarray(ordered)
    result = ordered.copy()
    half = _window(len(ordered), k, few)
    nearest = _nearest(values[shared], ordered[alone]) if shared.any() else None
    # A run is a stretch of unshared values between two shared ones.
    rank = np.flatnonzero(alone)
    starts = np.flatnonzero(np.diff(rank, prepend=-2) > 1)
    for start, stop in zip(starts, np.append(starts[1:], len(rank)), strict=True):
        run = rank[start:stop]
        held = len(run) if behind is None else behind.take(run).fewest
        if held < few and nearest is not None:
            result[run] = nearest[start:stop]
        else:
            is_first, is_last = run[0] == 0, run[-1] == len(ordered) - 1
            whose = None if behind is None else behind.take(run)
            result[run] = _smoothed_run(ordered[run], half, few, is_first, is_last, whose)
    return np.maximum.accumulate(result)


def _nearest(shared: Floats, values: Floats) -> Floats:
    right = np.clip(np.searchsorted(shared, values), 0, len(shared) - 1)
    left = np.maximum(right - 1, 0)
    closer = np.abs(values - shared[left]) <= np.abs(shared[right] - values)
    return np.where(closer, shared[left], shared[right])


def _read_off(
    quantiles: Floats, ranks: Floats, width: int, generator: np.random.Generator
) -> Floats:
    """Return rising values at ranks that are each moved by up to ``width`` at random."""
    n = len(quantiles)
    moved = ranks + generator.uniform(-width, width, size=len(ranks))
    # Reflected at the ends: cut off there, the extremes would pile up.
    moved = np.abs(moved)
    moved = np.where(moved > n, 2 * n - moved, moved)
    return np.asarray(quantiles[np.sort(np.clip(moved.astype(np.intp), 0, n - 1))])


def _smoothed_run(
    run: Floats, half: int, few: int, is_first: bool, is_last: bool, whose: People | None = None
) -> Floats:
    n = len(run)
    groups = max(n // (2 * half + 1), 1)
    edges = np.linspace(0, n, groups + 1).round().astype(np.intp)
    if whose is not None:
        edges = _held_by_enough(edges, whose, few)
    means = np.add.reduceat(_credible(run, half, few), edges[:-1]) / np.diff(edges)
    result = np.interp(np.arange(n) + 0.5, (edges[:-1] + edges[1:]) / 2, means)
    result = np.clip(result, run[0], run[-1])
    tail = _tail_length(n, half, few)
    if tail >= 3 and is_last:
        threshold = result[n - tail - 1]
        result[n - tail :] = threshold + _fitted_tail(run[n - tail :] - threshold, few)
    if tail >= 3 and is_first:
        threshold = result[tail]
        result[:tail] = threshold - _fitted_tail((threshold - run[:tail])[::-1], few)[::-1]
    return np.asarray(result)


def _held_by_enough(edges: Ints, whose: People, few: int) -> Ints:
    """Return the edges of groups, those of too few individuals joined with what follows."""
    while len(edges) > 2:
        group = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        thin = np.flatnonzero(whose.held_by(group, len(edges) - 1) < few)
        if not len(thin):
            break
        # Every other one of a stretch: two thin neighbours may do together. The last joins what
        # precedes it.
        begins = np.maximum.accumulate(np.where(np.diff(thin, prepend=-2) > 1, thin, 0))
        chosen = thin[(thin - begins) % 2 == 0]
        edges = np.delete(edges, np.unique(np.minimum(chosen + 1, len(edges) - 2)))
    return edges


def _credible(run: Floats, half: int, few: int) -> Floats:
    """Cut values wildly far from the others of a run, so that no mean is one person's doing."""
    if len(run) > _MANY:
        tail = _tail_length(len(run), half, few)
        low, high = run[tail], run[-tail - 1]
        reach = _reach((low - run[:tail])[::-1], few), _reach(run[-tail:] - high, few)
        return np.clip(run, low - reach[0], high + reach[1])
    middle = float(np.median(run))
    spread = float(np.median(np.abs(run - middle)))
    if spread <= 0:
        return run
    return np.clip(run, middle - 2 * _WILD * spread, middle + 2 * _WILD * spread)
