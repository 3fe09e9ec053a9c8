"""From the series of individuals to attributes, and from avatars' attributes to their series."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatars.engine.records import Codes, Floats, Ints
from avatars.engine.series.clock import Clock
from avatars.engine.series.components import Components, clipped, roughness
from avatars.engine.series.grid import Grid
from avatars.engine.series.states import States
from avatars.exceptions import InvalidTableError, shown
from avatars.models import AlignmentMethod, ProjectionType

__all__ = ["Series", "SeriesModel"]

_FEWEST = 5
"""Series that there must be: of fewer, the components would be single people's curves."""


@dataclass(frozen=True, repr=False, eq=False)
class Series:
    """Rows of a table of series.

    Attributes
    ----------
    owner : ndarray of shape (n_rows,), intp
        Whose row it is.
    times : ndarray of shape (n_rows,)
        When.
    numeric : ndarray of shape (n_rows, n_numeric)
        Numbers, NaN = missing.
    codes : ndarray of shape (n_rows, n_categories), int32
        Levels, -1 = missing.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series import Series
    >>> nothing = np.zeros((2, 0))
    >>> Series(np.array([0, 0]), np.array([0.0, 1.0]), nothing, nothing.astype(np.int32)).times
    array([0., 1.])
    """

    owner: Ints
    times: Floats
    numeric: Floats
    codes: Codes


class SeriesModel:
    """The series of one table as attributes of the individuals they belong to.

    Parameters
    ----------
    owner : ndarray of shape (n_rows,), intp
        Whose row it is, from 0.
    n_owners : int
        Individuals there are; some may have no series.
    times : ndarray of shape (n_rows,)
        When; in any order.
    numeric : ndarray of shape (n_rows, n_numeric)
        Variables that are numbers, NaN = missing.
    codes : ndarray of shape (n_rows, n_categories), int32
        Variables that are categories, -1 = missing.
    n_levels : sequence of int
        Levels of each category.
    labels : sequence of str
        Names of the variables, numbers first.
    projection : ProjectionType, default=ProjectionType.FPCA
        What numbers are summed up by; categories always by components.
    nf : int, optional
        Components per variable.
    nb_points : int, optional
        Points of the common grid.
    method : AlignmentMethod, optional
        How that number is found.
    few, k : int
        Fewest people behind an extreme or a level, and neighbours of an avatar.
    name : str
        What messages call the table.
    time_label : hashable
        What they call its time column.

    Attributes
    ----------
    names : list of str
        Of the attributes.
    attributes : ndarray of shape (n_owners, n_attributes)
        NaN where an individual has no series.
    weights : ndarray of shape (n_attributes,)
        How much each counts in the distance between individuals: as much as one column along the
        first direction of each variable (Escofier and Pages, Computational Statistics & Data
        Analysis 18, 1994, 121-140, section 2).

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series import SeriesModel
    >>> rng = np.random.default_rng(0)
    >>> owner, times = np.repeat(np.arange(50), 12), np.tile(np.arange(12.0), 50)
    >>> rate = rng.normal(size=50)[owner] * np.sin(times / 2)
    >>> model = SeriesModel(owner, 50, times, rate[:, None], np.empty((600, 0), dtype=np.int32), (),
    ...                     labels=["rate"], few=5, k=10, name="beats", time_label="at")
    >>> model.names
    ['rate 1']
    >>> series = model.rebuild(model.attributes[:3], rng)
    >>> series.numeric.shape, bool(np.allclose(series.numeric[:, 0], rate[:36], atol=0.5))
    ((36, 1), True)
    """

    def __init__(
        self,
        owner: Ints,
        n_owners: int,
        times: Floats,
        numeric: Floats,
        codes: Codes,
        n_levels: Sequence[int],
        *,
        labels: Sequence[str],
        projection: ProjectionType = ProjectionType.FPCA,
        nf: int | None = None,
        nb_points: int | None = None,
        method: AlignmentMethod | None = None,
        few: int,
        k: int,
        name: str,
        time_label: Hashable,
    ) -> None:
        grid = Grid.of(owner, times, n_points=nb_points, method=method, name=name, label=time_label)
        if len(grid.owners) < max(few, _FEWEST):
            raise InvalidTableError(
                f"table {shown(name)} holds the series of {len(grid.owners)} individuals: at least "
                f"{max(few, _FEWEST)} are needed, or a component would be one person's own curve."
            )
        self._grid, self._clock = grid, Clock(grid, few)
        curves = [clipped(grid.curves(column), k, few) for column in numeric.T]
        self._bounds = [(float(c.min()), float(c.max())) for c in curves]
        # The values at all points, turned into their own principal directions: distances stay what
        # they are, and attributes that are drawn one by one don't break neighbouring points apart.
        kept = grid.n_points if projection is ProjectionType.FLATTEN else nf
        self._numbers = [Components(c, grid.points, kept) for c in curves]
        left = [c - n.curves(n.scores) for c, n in zip(curves, self._numbers, strict=True)]
        self._roughness = roughness(np.hstack(left)) if left else None
        self._states = [
            States(
                grid.states(column),
                levels,
                grid.points,
                nf=nf,
                few=few,
                change_rate=grid.change_rate(column),
            )
            for column, levels in zip(codes.T, n_levels, strict=True)
        ]
        missing = [*np.isnan(numeric).T, *(codes < 0).T]
        shares = [grid.shares(column) for column in missing]
        # A gap that few people have doesn't come out.
        self._gappy = [i for i, share in enumerate(shares) if (share > 0).sum() >= max(few, 1)]
        self._runs = [grid.mean_run(missing[i]) for i in self._gappy]
        parts = [
            *((label, part.scores, part.weights) for label, part in self._blocks(labels)),
            (None, self._clock.attributes, np.ones(len(self._clock.names))),
            *((f"{labels[i]} missing", shares[i][:, None], np.ones(1)) for i in self._gappy),
        ]
        self.names = []
        for label, cells, _ in parts:
            if label is None:
                self.names += self._clock.names
            else:
                self.names += [f"{label} {place + 1}" for place in range(cells.shape[1])]
        self.weights = np.concatenate([weights for _, _, weights in parts])
        self._widths = [cells.shape[1] for _, cells, _ in parts]
        self.attributes = np.full((n_owners, len(self.names)), np.nan)
        self.attributes[grid.owners] = np.hstack([cells for _, cells, _ in parts])

    @property
    def kept_levels(self) -> list[NDArray[np.bool_]]:
        """Give, by category and code, the levels that may come out."""
        return [states.kept_levels for states in self._states]

    def _blocks(self, labels: Sequence[str]) -> list[tuple[str, Components | States]]:
        return list(zip(labels, [*self._numbers, *self._states], strict=True))

    def rebuild(self, attributes: Floats, generator: np.random.Generator) -> Series:
        """Return the series of avatars.

        Parameters
        ----------
        attributes : ndarray of shape (n_avatars, n_attributes)
            As avatars have them; NaN for one without a series.
        generator : numpy.random.Generator
            Source of what components leave out, of levels, and of where gaps are.

        Returns
        -------
        Series
            By avatar and time. Of numbers, nothing goes beyond what the people's clipped curves
            reach.
        """
        owners = np.flatnonzero(~np.isnan(attributes).any(axis=1))
        parts = np.split(attributes[owners], np.cumsum(self._widths)[:-1], axis=1)
        n_blocks = len(self._numbers) + len(self._states)
        lengths, times = self._clock.times(parts[n_blocks])
        series = np.repeat(np.arange(len(owners)), lengths)
        place = np.arange(len(series)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        n_points = self._grid.n_points
        noise = self._noise(len(owners), generator)
        numeric = np.empty((len(series), len(self._numbers)), order="F")
        for column, (model, (low, high)) in enumerate(
            zip(self._numbers, self._bounds, strict=True)
        ):
            curves = model.curves(parts[column])
            if noise is not None:
                curves = curves + noise[:, column * n_points : (column + 1) * n_points]
            positions = self._positions(series, place, lengths)
            numeric[:, column] = np.clip(self._read(curves, series, positions), low, high)
        codes = np.empty((len(series), len(self._states)), dtype=np.int32, order="F")
        for column, states in enumerate(self._states):
            codes[:, column] = states.draw(parts[len(self._numbers) + column], lengths, generator)
        for which, run, share in zip(self._gappy, self._runs, parts[n_blocks + 1 :], strict=True):
            gap = _gaps(np.clip(share[:, 0], 0.0, 1.0), run, lengths, generator)
            if which < numeric.shape[1]:
                numeric[gap, which] = np.nan
            else:
                codes[gap, which - numeric.shape[1]] = -1
        return Series(owners[series].astype(np.intp), times, numeric, codes)

    def _noise(self, n: int, generator: np.random.Generator) -> Floats | None:
        if self._roughness is None:
            return None
        return np.asarray(generator.standard_normal((n, len(self._roughness))) @ self._roughness)

    def _positions(self, series: Ints, place: Ints, lengths: Ints) -> Floats:
        """Return where each row stands between the first and the last of its series."""
        if self._grid.is_shared:
            return self._grid.positions[place]
        return place / np.maximum(lengths[series] - 1, 1)

    def _read(self, curves: Floats, series: Ints, positions: Floats) -> Floats:
        """Read curves on the grid at other positions."""
        points = self._grid.points
        after = np.clip(np.searchsorted(points, positions), 1, len(points) - 1)
        gap = points[after] - points[after - 1]
        share = (positions - points[after - 1]) / np.where(gap > 0, gap, 1.0)
        return np.asarray(curves[series, after - 1] * (1 - share) + curves[series, after] * share)


def _gaps(
    share: Floats, run: float, lengths: Ints, generator: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Mark rows of each series as missing, at its share, in runs of a mean length.

    A chain with two states: it leaves a gap with chance 1 / run, and enters one as often as makes
    gaps as frequent as they are to be.
    """
    leave = 1.0 / run
    enter = np.where(share < 1.0, leave * share / np.maximum(1.0 - share, 1e-9), 1.0)
    enter = np.minimum(enter, 1.0)
    first = np.cumsum(lengths) - lengths
    gap = np.zeros(int(lengths.sum()), dtype=bool)
    chance = generator.random(len(gap))
    for step in range(int(lengths.max(initial=0))):
        live = lengths > step
        at = first[live] + step
        if step == 0:
            gap[at] = chance[at] < share[live]
            continue
        stay = np.where(share[live] >= 1.0, 1.0, 1.0 - leave)
        gap[at] = chance[at] < np.where(gap[at - 1], stay, enter[live])
    return gap
