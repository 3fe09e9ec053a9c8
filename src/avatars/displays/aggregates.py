"""Means and standard deviations of numbers, people beside avatars."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatars.displays.base import TablesDisplay, described
from avatars.displays.style import AVATARS, GREY, PEOPLE, house_style, note, panels, text_of, tidy
from avatars.displays.suppression import FEW, checked_few, usual_range
from avatars.metrics.space import Types

__all__ = ["AggregatesDisplay"]

_MOST = 10


class AggregatesDisplay(TablesDisplay):
    """Show means and standard deviations of numbers, in units of the people's.

    A dot is a mean, a line reaches one standard deviation to either side. Values beyond those that
    a few people have are moved to these before: no mean is one person's doing.

    Parameters
    ----------
    labels : list
        Columns, by row.
    means, deviations : ndarray of shape (n_columns,)
        Of the avatars, where people have mean 0 and deviation 1; NaN where there are few people.

    Attributes
    ----------
    labels, means, deviations
        As passed.
    ax_ : Axes
        The panel.
    figure_ : Figure
        The figure it is in.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import AggregatesDisplay
    >>> people = make_patients(200, random_state=0)
    >>> AggregatesDisplay.from_tables(people, people).means.round(9).tolist()[:2]
    [0.0, 0.0]
    """

    def __init__(
        self,
        *,
        labels: list[Hashable],
        means: NDArray[np.float64],
        deviations: NDArray[np.float64],
    ) -> None:
        self.labels = labels
        self.means = means
        self.deviations = deviations

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
            The fewest people behind a figure.
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        AggregatesDisplay
            Drawn, of the first ten numeric columns.

        Raises
        ------
        InvalidTableError
            If the tables can't be compared.
        """
        few = checked_few(min_people)
        people, release = described(original, avatars, types=types)
        columns = people.schema.numeric[:_MOST]
        means, deviations = np.full(len(columns), np.nan), np.full(len(columns), np.nan)
        for row, column in enumerate(columns):
            x, a = (table.numeric[:, column.slot] for table in (people, release))
            x, a = x[~np.isnan(x)], a[~np.isnan(a)]
            if min(len(x), len(a)) < few:
                continue
            x, a = (np.clip(cells, *usual_range(x, few)) for cells in (x, a))
            spread = float(x.std()) or 1.0
            means[row], deviations[row] = (a.mean() - x.mean()) / spread, a.std() / spread
        return cls(
            labels=[column.label for column in columns], means=means, deviations=deviations
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        AggregatesDisplay
            Itself.
        """
        with house_style():
            height = 0.42 * max(len(self.labels), 2) + 0.9
            (self.ax_,) = panels(ax, 1, per_row=1, size=(5.4, height))
            if not self.labels:
                note(self.ax_, "no numeric column")
            else:
                self._lines()
        self.figure_ = self.ax_.figure
        return self

    def _lines(self) -> None:
        rows = np.arange(len(self.labels))
        zero, one = np.zeros(len(rows)), np.ones(len(rows))
        for shift, means, deviations, colour, name in (
            (-0.15, zero, one, PEOPLE, "people"),
            (0.15, self.means, self.deviations, AVATARS, "avatars"),
        ):
            self.ax_.errorbar(
                means,
                rows + shift,
                xerr=deviations,
                fmt="o",
                markersize=4,
                color=colour,
                label=name,
            )
        self.ax_.axvline(0, color=GREY, linewidth=0.6, zorder=0)
        self.ax_.set_yticks(rows, [text_of(label) for label in self.labels])
        self.ax_.set(ylim=(len(rows) - 0.5, -0.5), xlabel="standard deviations of the people")
        self.ax_.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        tidy(self.ax_, grid="x")
