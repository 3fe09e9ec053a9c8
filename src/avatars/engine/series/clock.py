"""When the points of an avatar's series are: never at a person's own times."""

from __future__ import annotations

import numpy as np

from avatars.engine.records import Floats, Ints
from avatars.engine.series.grid import Grid

__all__ = ["Clock"]

_LARGEST = 2**53


class Clock:
    """The times of series as attributes of their individuals, and back.

    Where everybody has the same times, they are everybody's, and so the avatars'. Otherwise an
    avatar has a start, a duration and a number of points of its own, at regular steps on the grid
    that all times of the source share, if they share one: a vector of irregular times is a
    fingerprint.

    Parameters
    ----------
    grid : Grid
        The series.
    few : int
        Fewest people behind the smallest and the largest number of points.

    Attributes
    ----------
    names : list of str
        Of the attributes; none where times are shared.
    attributes : ndarray of shape (n_series, n_attributes)
        Start, duration, number of points.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series.clock import Clock
    >>> from avatars.engine.series.grid import Grid
    >>> owner, times = np.array([0, 0, 1, 1, 1]), np.array([0.0, 10.0, 5.0, 10.0, 30.0])
    >>> clock = Clock(Grid.of(owner, times, n_points=3, method=None, name="t", label="at"), few=0)
    >>> clock.attributes.tolist()
    [[0.0, 10.0, 2.0], [5.0, 25.0, 3.0]]
    >>> lengths, times = clock.times(np.array([[1.2, 21.0, 2.9]]))
    >>> lengths.tolist(), times.tolist()
    ([3], [0.0, 10.0, 20.0])
    """

    def __init__(self, grid: Grid, few: int) -> None:
        self._shared = grid.times[: grid.lengths[0]] if grid.is_shared else None
        self.names: list[str] = []
        self.attributes = np.empty((len(grid.owners), 0))
        if self._shared is not None:
            return
        start = grid.times[grid.starts]
        duration = grid.times[grid.starts + grid.lengths - 1] - start
        self.names = ["start", "duration", "points"]
        self.attributes = np.column_stack([start, duration, grid.lengths])
        by_length = np.sort(grid.lengths)
        place = min(max(few, 1), len(by_length)) - 1
        self._fewest, self._most = int(by_length[place]), int(by_length[-place - 1])
        self._fewest = min(self._fewest, self._most)
        self._step, self._offset = _common_step(grid)

    def times(self, attributes: Floats) -> tuple[Ints, Floats]:
        """Return the times of the series of some avatars.

        Parameters
        ----------
        attributes : ndarray of shape (n_avatars, n_attributes)
            As avatars have them.

        Returns
        -------
        lengths : ndarray of shape (n_avatars,), intp
            Points of each.
        times : ndarray of shape (sum of lengths,)
            One series after the other, rising strictly within each but for a single point.
        """
        n = len(attributes)
        if self._shared is not None:
            return np.full(n, len(self._shared), dtype=np.intp), np.tile(self._shared, n)
        start, duration, points = attributes.T
        lengths = np.clip(np.rint(points), self._fewest, self._most).astype(np.intp)
        step = np.maximum(duration, 0.0) / np.maximum(lengths - 1, 1)
        if self._step:
            step = np.maximum(np.rint(step / self._step), 1.0) * self._step
            start = self._offset + np.rint((start - self._offset) / self._step) * self._step
        else:
            # Two points at one time would be one too many.
            step = np.maximum(step, np.spacing(np.abs(start) + 1.0) * 16)
        place = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return lengths, np.repeat(start, lengths) + place * np.repeat(step, lengths)


def _common_step(grid: Grid) -> tuple[float, float]:
    """Return the step of which all times are multiples from some offset; 0 where there is none."""
    times = grid.times
    if not (times == np.rint(times)).all() or np.abs(times).max(initial=0.0) >= _LARGEST:
        return 0.0, 0.0
    whole = times.astype(np.int64)
    step = int(np.gcd.reduce(whole - whole.min())) if len(whole) else 0
    return float(step), float(whole.min() % step) if step else 0.0
