"""Where people and avatars stand on two axes, in cells that hold several of them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatars.displays.base import TablesDisplay, described
from avatars.displays.plane import PeopleAxes
from avatars.displays.style import house_style, note, panels, pyplot, tidy
from avatars.displays.suppression import FEW, checked_few
from avatars.displays.tiles import colour_bar, draw_tiles
from avatars.metrics.space import Types

__all__ = ["ProjectionDisplay"]

Floats = NDArray[np.float64]

_FINEST, _SHOWN = 30, 0.8
_OUTLINED = 200
_HEXAGON = np.column_stack([np.sin(np.pi / 3 * np.arange(6)), np.cos(np.pi / 3 * np.arange(6))])


class ProjectionDisplay(TablesDisplay):
    """Show where people and avatars stand on the two axes that carry most.

    The plane is laid out in hexagons, as fine as leaves four people in five in one that holds a few
    of them; those that hold fewer, outliers first of all, are left out, and so are their like among
    the avatars. Where these are few people in all, the emptiest hexagon is left out with them.

    Parameters
    ----------
    cells : ndarray of shape (n_cells, 2)
        Centres of the hexagons.
    size : tuple of float
        Their width and height.
    original, avatars : ndarray of shape (n_cells,)
        Shares of people and of avatars in each; NaN where there are too few.
    explained : ndarray of shape (2,)
        Share of the people's variance along each axis, to two decimals.
    min_people : int, default=5
        What is too few.
    axes : tuple of int, default=(1, 2)
        Which axes these are.

    Attributes
    ----------
    cells, size, original, avatars, explained, min_people, axes
        As passed.
    ax_ : ndarray of two Axes
        People and avatars.
    figure_ : Figure
        The figure they are in.

    See Also
    --------
    ContributionDisplay : What the axes are made of.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import ProjectionDisplay
    >>> avatarizer = Avatarizer(random_state=0).fit(make_patients(200, random_state=0))
    >>> display = ProjectionDisplay.from_estimator(avatarizer)
    >>> float(np.nanmin(display.original)) >= 5 / 200
    True
    """

    def __init__(
        self,
        *,
        cells: Floats,
        size: tuple[float, float],
        original: Floats,
        avatars: Floats,
        explained: Floats,
        min_people: int = FEW,
        axes: tuple[int, int] = (1, 2),
    ) -> None:
        self.axes = axes
        self.cells = cells
        self.size = size
        self.original = original
        self.avatars = avatars
        self.explained = explained
        self.min_people = min_people

    @classmethod
    def from_tables(
        cls,
        original: Any,
        avatars: Any,
        *,
        types: Types | None = None,
        min_people: int = FEW,
        axes: tuple[int, int] = (1, 2),
        fitted: PeopleAxes | None = None,
        ax: Any = None,
    ) -> Self:
        """Draw people and avatars.

        Parameters
        ----------
        original, avatars : table
            The people, on whom the axes are fitted, and the release, in any order.
        types : dict, default=None
            What columns mean where their dtype doesn't say.
        min_people : int, default=5
            The fewest people, or avatars, that a hexagon may stand for.
        axes : tuple of int, default=(1, 2)
            Which two axes, counted from 1: the first carries most.
        fitted : PeopleAxes, default=None
            Axes that were fitted on more people than these; on these unless given.
        ax : array of two Axes, default=None
            None makes a figure.

        Returns
        -------
        ProjectionDisplay
            Drawn.

        Raises
        ------
        InvalidTableError
            If the tables can't be compared.

        Examples
        --------
        >>> from avatars.datasets import make_patients
        >>> from avatars.displays import ProjectionDisplay
        >>> people, others = (make_patients(200, random_state=seed) for seed in (0, 1))
        >>> ProjectionDisplay.from_tables(people, others).ax_[0].get_xlabel()
        "axis 1, 12 % of the people's variance"
        """
        few = checked_few(min_people)
        people, release = described(original, avatars, types=types)
        fitted = fitted or PeopleAxes(people, max(axes))
        points = [_two(fitted.transform(table), axes) for table in (people, release)]
        spread = points[0].std(axis=0)
        spread[spread == 0] = 1.0
        for across in range(_FINEST, 0, -1):
            width = 5.0 / across
            places = [_hexagons(where / spread, width) for where in points]
            cells, counts = _counted(places, few)
            if np.nansum(counts[0]) >= _SHOWN * people.n_rows:
                break
        return cls(
            cells=_centres(cells, width) * spread,
            size=(width * spread[0], width * spread[1]),
            original=counts[0] / people.n_rows,
            avatars=counts[1] / max(release.n_rows, 1),
            explained=_padded(fitted.explained[None], max(axes))[0, np.subtract(axes, 1)].round(2),
            min_people=few,
            axes=axes,
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : array of two Axes, default=None
            None makes a figure.

        Returns
        -------
        ProjectionDisplay
            Itself.
        """
        with house_style():
            axes = panels(ax, 2, per_row=2, size=(4.1, 3.9))
            self.figure_ = axes[0].figure
            self._draw(axes)
        self.ax_ = np.array(axes, dtype=object)
        return self

    def _draw(self, axes: list[Any]) -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import BoundaryNorm, ListedColormap

        steps = self._steps()
        # The palest of these colours can't be told from the paper.
        colours = pyplot().get_cmap("YlGnBu")(np.linspace(0.15, 1, len(steps) - 1))
        scale = ScalarMappable(BoundaryNorm(steps, len(colours)), ListedColormap(colours))
        radius = np.array(self.size) / np.sqrt(3)
        corners = self.cells[:, None] + _HEXAGON * radius
        line = "white" if len(corners) < _OUTLINED else None
        drawn = ~(np.isnan(self.original) & np.isnan(self.avatars))
        for ax, shares, name in zip(
            axes, (self.original, self.avatars), ("people", "avatars"), strict=True
        ):
            tidy(ax)
            shown = 100 * np.nansum(shares)
            ax.set_title(f"{name}: {shown:.0f} % are in groups of {self.min_people} or more")
            if not shown:
                note(ax, f"no group of {self.min_people}")
                continue
            draw_tiles(ax, corners, 100 * shares, scale, line=line)
            low, high = corners[drawn].min(axis=(0, 1)), corners[drawn].max(axis=(0, 1))
            margin = 0.05 * (high - low)
            ax.set(
                xlim=(low[0] - margin[0], high[0] + margin[0]),
                ylim=(low[1] - margin[1], high[1] + margin[1]),
                xlabel=f"axis {self.axes[0]}, {100 * self.explained[0]:.0f} % of the people's "
                "variance",
                ylabel=f"axis {self.axes[1]}, {100 * self.explained[1]:.0f} %",
            )
        colour_bar(self.figure_, axes, scale, "% of the table in a cell", format="{x:.3g}")

    def _steps(self) -> Floats:
        """Return percentages a constant factor apart that hold all shares to draw."""
        shares = np.concatenate([self.original, self.avatars])
        known = 100 * shares[~np.isnan(shares)]
        if not len(known):
            return np.array([50.0, 100.0])
        low, high = np.floor(np.log2(known.min())), np.ceil(np.log2(known.max()))
        high = max(high, low + 1)
        steps = 2.0 ** np.arange(low, high + 0.1, 0.5 if high - low < 4 else 1.0)
        return np.append(steps[:-1], min(steps[-1], 100.0))


def _two(coordinates: Floats, axes: tuple[int, int]) -> Floats:
    """Return two coordinates, of tables that carry fewer as well."""
    return _padded(coordinates, max(axes))[:, np.subtract(axes, 1)]


def _padded(cells: Floats, width: int) -> Floats:
    padded = np.zeros((len(cells), width))
    padded[:, : cells.shape[1]] = cells[:, :width]
    return padded


def _hexagons(points: Floats, width: float) -> NDArray[np.intp]:
    """Return the hexagon that each point is in, as twice its place on a grid of rectangles.

    The centres of hexagons are those of the rectangles, and where four of these meet.
    """
    grid = points / (width * np.array([1.0, np.sqrt(3)]))
    centres = np.stack([np.rint(grid), np.floor(grid) + 0.5])
    apart = (((grid - centres) * [1.0, np.sqrt(3)]) ** 2).sum(axis=-1)
    nearer = np.where((apart[0] <= apart[1])[:, None], centres[0], centres[1])
    return np.asarray(np.rint(2 * nearer), dtype=np.intp)


def _centres(hexagons: NDArray[np.intp], width: float) -> Floats:
    return np.asarray(hexagons / 2 * width * np.array([1.0, np.sqrt(3)]))


def _counted(
    places: list[NDArray[np.intp]], min_people: int
) -> tuple[NDArray[np.intp], list[Floats]]:
    """Return the hexagons that hold enough of either table, and how many, NaN where too few."""
    cells, place = np.unique(np.concatenate(places), axis=0, return_inverse=True)
    parts = np.split(place.ravel(), [len(places[0])])
    counts = [np.bincount(part, minlength=len(cells)).astype(np.float64) for part in parts]
    for count in counts:
        is_few = count < min_people
        # How many few people are left out would follow from the shares of all the others.
        if 0 < count[is_few].sum() < min_people and (~is_few).sum() > 1:
            is_few[np.where(is_few, np.inf, count).argmin()] = True
        count[is_few] = np.nan
    shown = ~np.isnan(counts).all(axis=0)
    return cells[shown], [count[shown] for count in counts]
