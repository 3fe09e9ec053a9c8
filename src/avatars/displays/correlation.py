"""How columns go together among people and among avatars, and what has changed."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.displays.base import TablesDisplay, described
from avatars.displays.style import house_style, panels, pyplot, text_of, tidy
from avatars.displays.suppression import FEW, checked_few
from avatars.displays.tiles import colour_bar, draw_tiles, rectangles
from avatars.metrics.space import Types
from avatars.tables import Table

__all__ = ["CorrelationDisplay"]

_NAMED_BELOW = 20
"""Of more columns, only numbers fit under the panels."""
_MOST = 80
_STEP = 0.1
_NOTHING = "#c5cad2"
_ASSOCIATIONS, _CHANGES = [-0.9, -0.5, 0.0, 0.5, 0.9], [-0.4, -0.2, 0.0, 0.2, 0.4]


class CorrelationDisplay(TablesDisplay):
    """Show associations between columns among people, among avatars, and the difference.

    Correlations between numbers (from -1 to 1), Cramer's V between categories and correlation
    ratios between both (from 0 to 1), in steps of 0.1; two decimals are kept. Pairs that fewer than
    a few people have both values of are left grey, like those of constant columns. Of very wide
    tables, the 80 columns are drawn whose associations have changed most.

    Parameters
    ----------
    original, avatars : DataFrame
        Associations, columns by columns; NaN where there is none.

    Attributes
    ----------
    original, avatars : DataFrame
        As passed.
    ax_ : ndarray of three Axes
        People, avatars, and avatars less people.
    figure_ : Figure
        The figure they are in.

    See Also
    --------
    avatars.metrics.signal.associations : What is shown.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import CorrelationDisplay
    >>> avatarizer = Avatarizer(random_state=0).fit(make_patients(200, random_state=0))
    >>> CorrelationDisplay.from_estimator(avatarizer).original.shape
    (13, 13)
    """

    def __init__(self, *, original: pd.DataFrame, avatars: pd.DataFrame) -> None:
        self.original = original
        self.avatars = avatars

    @classmethod
    def from_tables(
        cls,
        original: Any,
        avatars: Any,
        *,
        types: Types | None = None,
        min_people: int = FEW,
        ax: Any = None,
    ) -> Self:
        """Draw people and avatars.

        Parameters
        ----------
        original, avatars : table
            The people and the release, in any order.
        types : dict, default=None
            What columns mean where their dtype doesn't say.
        min_people : int, default=5
            The fewest people that an association may be measured on.
        ax : array of three Axes, default=None
            None makes a figure.

        Returns
        -------
        CorrelationDisplay
            Drawn.

        Raises
        ------
        InvalidTableError
            If the tables can't be compared.

        Examples
        --------
        >>> from avatars.datasets import make_patients
        >>> from avatars.displays import CorrelationDisplay
        >>> people, others = (make_patients(200, random_state=seed) for seed in (0, 1))
        >>> display = CorrelationDisplay.from_tables(people, others)
        >>> [ax.get_title(loc="left") for ax in display.ax_]
        ['people', 'avatars', 'avatars less people']
        """
        from avatars.metrics.signal import associations

        few = checked_few(min_people)
        people, release = described(original, avatars, types=types)
        # With all digits, an outlier's value could be worked out from a correlation.
        before, after = (associations(table).round(2) for table in (people, release))
        return cls(original=before.where(_held_by(people) >= few), avatars=after).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : array of three Axes, default=None
            None makes a figure.

        Returns
        -------
        CorrelationDisplay
            Itself.
        """
        drawn = self._drawn()
        height = 3.9 + 0.11 * max(0, len(drawn) - _NAMED_BELOW)
        with house_style():
            axes = panels(ax, 3, per_row=3, size=(3.5, height))
            self.figure_ = axes[0].figure
            self._draw(axes, drawn)
        self.ax_ = np.array(axes, dtype=object)
        return self

    def _drawn(self) -> NDArray[np.intp]:
        """Return the places of the columns to draw, in their order."""
        width = len(self.original)
        if width <= _MOST:
            return np.arange(width)
        changes = np.abs(self.avatars.to_numpy() - self.original.to_numpy())
        order = np.argsort(-np.nansum(changes, axis=1), kind="stable")
        return np.sort(order[:_MOST])

    def _draw(self, axes: list[Any], drawn: NDArray[np.intp]) -> None:
        before, after = (
            frame.to_numpy()[np.ix_(drawn, drawn)] for frame in (self.original, self.avatars)
        )
        scale, changes = _colours(0.95, "RdBu_r"), _colours(0.45, "PuOr_r")
        for ax, cells, colours, title in (
            (axes[0], before, scale, "people"),
            (axes[1], after, scale, "avatars"),
            (axes[2], after - before, changes, "avatars less people"),
        ):
            ax.set_title(title)
            tidy(ax)
            _draw_matrix(ax, cells, colours)
        self._name(axes, drawn)
        below = {"location": "bottom", "shrink": 0.8, "format": "{x:g}"}
        of_all = "" if len(drawn) == len(self.original) else f", {len(drawn)} columns of all"
        label = f"association{of_all}; grey: none to show"
        colour_bar(self.figure_, axes[:2], scale, label, ticks=_ASSOCIATIONS, **below)
        colour_bar(self.figure_, axes[2], changes, "difference", ticks=_CHANGES, **below)

    def _name(self, axes: list[Any], drawn: NDArray[np.intp]) -> None:
        width = len(drawn)
        places = np.arange(width)
        is_short = width <= _NAMED_BELOW
        names = [text_of(self.original.columns[place], 20) for place in drawn]
        if not is_short:
            names = [f"{name}  {place + 1}" for name, place in zip(names, places, strict=True)]
        size = 7.5 if is_short else 6
        for ax in axes:
            if is_short:
                ax.set_xticks(places, names, rotation=90, fontsize=size)
            else:
                ax.set_xticks(places[4::5], [str(place + 1) for place in places[4::5]])
            ax.set_yticks(places, [])
            ax.tick_params(length=0)
        axes[0].set_yticks(places, names, fontsize=size)


def _draw_matrix(ax: Any, cells: Any, colours: Any) -> None:
    width = len(cells)
    row, column = (place.ravel() for place in np.indices(cells.shape))
    off_diagonal = row != column
    row, column = row[off_diagonal], column[off_diagonal]
    corners = rectangles(column - 0.5, row - 0.5, column + 0.5, row + 0.5)
    draw_tiles(ax, corners, cells[row, column], colours)
    ax.set(xlim=(-0.5, width - 0.5), ylim=(width - 0.5, -0.5), facecolor=_NOTHING)
    if width <= _NAMED_BELOW:
        ax.set_aspect("equal")
    ax.spines[:].set_visible(False)


def _colours(widest: float, name: str) -> Any:
    """Return colours in steps of 0.1, the middle one for what is as good as nothing."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm

    edges = np.linspace(-widest, widest, round(2 * widest / _STEP) + 1)
    colours = pyplot().get_cmap(name)
    return ScalarMappable(BoundaryNorm(edges, colours.N, extend="both"), colours)


def _held_by(people: Table) -> Any:
    """Count, for each two columns, the people who have both; gaps of categories are values."""
    known = np.column_stack(
        [
            ~np.isnan(people.numeric[:, column.slot])
            if column.kind == "numeric"
            else np.ones(people.n_rows, dtype=bool)
            for column in people.schema.columns
            if column.kind != "identifier"
        ]
    ).astype(np.float64)
    return known.T @ known
