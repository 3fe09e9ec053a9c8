"""What the avatars drawn around each person are like, from many releases of the same people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from avatars.tables import Table

__all__ = ["Laws"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

_PRIOR = 2.0
"""For how many avatars of a person everybody's count, in a spread."""

_SMALLEST = 1e-6
"""Variance of numbers that a generator repeats to the digit, so that it can be divided by."""

_IMPOSSIBLE = 1e-300
"""Chance of what is too far off to have one, so that it has a logarithm."""

_WEIGHTS = np.array([0.5, 2.0, 8.0, 32.0, 128.0, 512.0])
"""For how many avatars of a person what is smooth counts beside what was repeated."""


class Laws:
    """One law per person and column, of numbers and of levels.

    A number, or a level, is as likely around a person as it was repeated among the person's
    avatars, mixed with something smooth: the density of a t-distribution of the person's own, or
    the share of the level among everybody. How much repeats count is learnt by column, from the
    last of the releases, whose people are known.

    Parameters
    ----------
    release : Table
        The avatars to attach to people, in the order of the people.
    drawn : sequence of Table
        Two or more other releases of the same people, in the same order.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.attacks.laws import Laws
    >>> from avatars.tables import read_table
    >>> release = read_table(pd.DataFrame({"age": [41, 50, 38]}))
    >>> laws = Laws(release, [release, release])
    >>> [laws.own_share(avatar) for avatar in range(3)]
    [1.0, 1.0, 1.0]
    """

    def __init__(self, release: Table, drawn: Sequence[Table]) -> None:
        tables = (release, *drawn)
        self.n_people = release.n_rows
        self._numbers = _Numbers(np.stack([table.numeric for table in tables]))
        # A gap is a level beside the others: of numbers it has a column of its own.
        gaps = np.stack([np.isnan(table.numeric) for table in tables])
        gaps = gaps[:, :, gaps.any(axis=(0, 1))]
        codes = np.stack([table.codes for table in tables])
        self._levels = _Levels(np.concatenate([codes, gaps.astype(np.int32)], axis=2))

    def own_share(self, avatar: int) -> float:
        """Return the chance that an attacker attaches an avatar to its own person.

        Parameters
        ----------
        avatar : int
            Its row.

        Returns
        -------
        float
            1 / m where the own person is one of m under whose laws it is most likely, else 0.
        """
        likelihood = self._numbers.likelihood(avatar) + self._levels.likelihood(avatar)
        # Rounded, so that likelihoods equal in theory stay ties.
        best = np.round(likelihood - likelihood.max(), 6) == 0
        return float(best[avatar] / best.sum())


class _Levels:
    def __init__(self, codes: Codes) -> None:
        self._release, self._drawn = codes[0], codes[1:]
        n_drawn, n, width = self._drawn.shape
        # Half a person keeps a level that no other release has from being impossible.
        n_codes = codes.max(initial=0) + 2
        counts = [
            np.bincount(self._drawn[:, :, c].ravel() + 1, minlength=n_codes) for c in range(width)
        ]
        self._shares = [(count / n_drawn + 0.5) / (n + 1) for count in counts]
        drawn, held = self._drawn[:-1], self._drawn[-1]
        same = (drawn == held).sum(axis=0)
        counted = np.ones(held.shape, dtype=bool)
        self._weights = _weights(same, self._smooth(held), len(drawn), counted)

    def _smooth(self, codes: Codes) -> Floats:
        shares = [share[column + 1] for share, column in zip(self._shares, codes.T, strict=True)]
        return np.column_stack(shares) if shares else np.ones(codes.shape)

    def likelihood(self, avatar: int) -> Floats:
        same = (self._drawn == self._release[avatar]).sum(axis=0)
        smooth = self._smooth(self._release[avatar : avatar + 1])
        logs = _mixed(same, smooth, len(self._drawn), self._weights)
        return np.asarray(logs.sum(axis=1))


class _Numbers:
    def __init__(self, numbers: Floats) -> None:
        spread = np.sqrt(_mean((numbers[0] - _mean(numbers[0])) ** 2))
        numbers = (numbers - _mean(numbers[0])) / np.where(spread > 0, spread, 1.0)
        self._release, self._drawn = numbers[0], numbers[1:]
        # What lies between two neighbouring values is how much of a density one value stands for.
        self._width = np.array([_step(column) for column in np.moveaxis(self._drawn, 2, 0)])
        drawn, held = self._drawn[:-1], self._drawn[-1]
        self._learn(drawn)
        same = (drawn == held).sum(axis=0)
        self._weights = _weights(same, self._smooth(held), len(drawn), ~np.isnan(held))
        self._learn(self._drawn)

    def _learn(self, drawn: Floats) -> None:
        known = ~np.isnan(drawn)
        count = known.sum(axis=0)
        divisor = np.maximum(count, 1)
        cells = np.where(known, drawn, 0.0)
        self._mean = cells.sum(axis=0) / divisor
        squares = np.where(known, (cells - self._mean) ** 2, 0.0).sum(axis=0)
        own = np.maximum(count - 1, 0)
        pooled = squares.sum(axis=0) / np.maximum(own.sum(axis=0), 1)
        freedom = own + _PRIOR
        variance = (squares + _PRIOR * pooled) / freedom + _SMALLEST
        # The mean is a guess too; where a person's avatars never have the number, so is everything.
        self._scale = np.sqrt(np.where(count > 0, variance * (1 + 1 / divisor), 1.0))
        # The density of Student's t, but for the term that depends on the value.
        self._power = (freedom + 1) / 2
        self._height = np.exp(gammaln(self._power) - gammaln(freedom / 2)) / (
            np.sqrt(freedom * np.pi) * self._scale
        )

    def _smooth(self, values: Floats) -> Floats:
        z = (values - self._mean) / self._scale
        density = self._height * np.exp(-self._power * np.log1p(z**2 / (2 * self._power - 1)))
        return np.asarray(np.minimum(density * self._width, 1.0))

    def likelihood(self, avatar: int) -> Floats:
        values = self._release[avatar]
        same = (self._drawn == values).sum(axis=0)
        logs = _mixed(same, self._smooth(values), len(self._drawn), self._weights)
        return np.asarray(logs[:, ~np.isnan(values)].sum(axis=1))


def _mixed(same: NDArray[np.intp], smooth: Floats, n_drawn: int, weights: Floats) -> Floats:
    """Return how likely values are that were repeated so often, as logarithms."""
    return np.asarray(np.log((same + weights * smooth + _IMPOSSIBLE) / (n_drawn + weights)))


def _weights(
    same: NDArray[np.intp], smooth: Floats, n_drawn: int, counted: NDArray[np.bool_]
) -> Floats:
    """Return, by column, the weight under which people's own avatars are likeliest."""
    fits = [
        np.where(counted, _mixed(same, smooth, n_drawn, weight), 0.0).sum(axis=0)
        for weight in _WEIGHTS
    ]
    return np.asarray(_WEIGHTS[np.argmax(fits, axis=0)])


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _step(values: Floats) -> float:
    distinct = np.unique(values[~np.isnan(values)])
    return float(np.median(np.diff(distinct))) if len(distinct) > 1 else 1.0
