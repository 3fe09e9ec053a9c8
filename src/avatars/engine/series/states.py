"""Categories that change over time."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from avatars.engine.records import Codes, Floats, Ints
from avatars.engine.series.components import Components

__all__ = ["States"]

_MOST = 20
"""Levels that have a curve of their own."""
_ROUNDS = 7
"""Halvings by which the persistence of a category is found."""


class States:
    """The chance of each level over time, summed up by components.

    A level that fewer than ``few`` individuals ever have gets no curve, and never comes out. An
    avatar's levels are drawn from its chances with a uniform variate that changes slowly: how
    slowly is found by how often levels change from one row to the next.

    Parameters
    ----------
    codes : ndarray of shape (n_series, n_points), int32
        Levels on the grid, -1 = missing.
    n_levels : int
        Levels of the column.
    points : ndarray of shape (n_points,)
        The grid.
    nf : int or None
        Components kept.
    few : int
        Fewest individuals behind a level.
    change_rate : float
        Share of rows that differ from the row before.

    Attributes
    ----------
    scores, weights : ndarray
        As of :class:`Components`; without columns where no level may come out.
    kept_levels : ndarray of shape (n_levels,), bool
        Levels that may come out.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series.states import States
    >>> codes = np.repeat(np.array([[0, 0, 1, 1], [0, 1, 1, 1]], dtype=np.int32), 10, axis=0)
    >>> states = States(codes, 2, np.linspace(0, 1, 4), nf=None, few=5, change_rate=1 / 3)
    >>> lengths = np.full(20, 4)
    >>> drawn = states.draw(states.scores, lengths, np.random.default_rng(0)).reshape(20, 4)
    >>> bool((drawn == codes).mean() > 0.95)
    True
    """

    def __init__(
        self,
        codes: Codes,
        n_levels: int,
        points: Floats,
        *,
        nf: int | None,
        few: int,
        change_rate: float,
    ) -> None:
        held = np.array([(codes == level).any(axis=1).sum() for level in range(n_levels)])
        common = np.argsort(-held, kind="stable")[:_MOST]
        self._levels = np.sort(common[held[common] >= max(few, 1)]).astype(np.int32)
        self.kept_levels = np.isin(np.arange(n_levels), self._levels)
        self._points, self._change_rate = points, change_rate
        self.scores, self.weights = np.empty((len(codes), 0)), np.empty(0)
        if not len(self._levels):
            return
        indicators = (codes[:, :, None] == self._levels).astype(np.float64)
        # A series without any level has the chances that all others have together.
        nothing = (codes < 0).all(axis=1)
        indicators[nothing] = indicators[~nothing].mean(axis=0)
        flat = indicators.reshape(len(codes), -1)
        # All levels at a point share its weight: the grid is walked through once.
        self._components = Components(flat, np.arange(flat.shape[1], dtype=float), nf)
        self.scores, self.weights = self._components.scores, self._components.weights

    def draw(self, scores: Floats, lengths: Ints, generator: np.random.Generator) -> Codes:
        """Draw the levels of some avatars.

        Parameters
        ----------
        scores : ndarray of shape (n_avatars, n_components)
            As avatars have them.
        lengths : ndarray of shape (n_avatars,), intp
            Points of each.
        generator : numpy.random.Generator
            Source of chance.

        Returns
        -------
        ndarray of shape (sum of lengths,), int32
            Levels, one series after the other; -1 where no level may come out.
        """
        if not len(self._levels):
            return np.full(int(lengths.sum()), -1, dtype=np.int32)
        edges = self._edges(scores, lengths)
        noise = generator.standard_normal(len(edges))
        first = np.cumsum(lengths) - lengths
        inner = np.ones(len(edges), dtype=bool)
        inner[first[lengths > 0]] = False
        low, high = 0.0, 1.0
        for _ in range(_ROUNDS):
            middle = (low + high) / 2
            drawn = _drawn(edges, noise, lengths, middle)
            changes = (drawn[1:] != drawn[:-1])[inner[1:]]
            too_often = bool(len(changes)) and changes.mean() > self._change_rate
            low, high = (middle, high) if too_often else (low, middle)
        return self._levels[_drawn(edges, noise, lengths, high)]

    def _edges(self, scores: Floats, lengths: Ints) -> Floats:
        """Return the cumulated chances of the levels at each point of each series."""
        shape = (len(scores), len(self._points), len(self._levels))
        chances = np.clip(self._components.curves(scores).reshape(shape), 0.0, None)
        at = _interpolated(chances, self._points, lengths)
        # Where nothing is likely, everything is as likely.
        total = at.sum(axis=1, keepdims=True)
        at = np.where(total > 1e-9, at / np.where(total > 1e-9, total, 1.0), 1.0 / at.shape[1])
        return np.asarray(np.cumsum(at, axis=1))


def _interpolated(curves: Floats, points: Floats, lengths: Ints) -> Floats:
    """Return curves of shape (n, n_points, width) at as many regular points as each series has."""
    series = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(series)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    position = place / np.maximum(np.repeat(lengths, lengths) - 1, 1)
    after = np.clip(np.searchsorted(points, position), 1, len(points) - 1)
    gap = points[after] - points[after - 1]
    share = np.clip((position - points[after - 1]) / np.where(gap > 0, gap, 1.0), 0.0, 1.0)[:, None]
    return np.asarray(
        curves[series, after - 1] * (1 - share) + curves[series, after] * share, dtype=np.float64
    )


def _drawn(edges: Floats, noise: Floats, lengths: Ints, persistence: float) -> Ints:
    """Return the place of the level at each point, for one persistence of the variate."""
    state = np.empty(len(noise))
    first = np.cumsum(lengths) - lengths
    fresh = np.sqrt(1.0 - persistence**2)
    for step in range(int(lengths.max(initial=0))):
        at = first[lengths > step] + step
        state[at] = noise[at] if step == 0 else persistence * state[at - 1] + fresh * noise[at]
    places = (ndtr(state)[:, None] > edges).sum(axis=1)
    return np.asarray(np.minimum(places, edges.shape[1] - 1), dtype=np.intp)
