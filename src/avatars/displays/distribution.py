"""Each column among the people and among the avatars, side by side."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Self

import numpy as np

from avatars.displays.base import TablesDisplay, described
from avatars.displays.shares import ColumnShares, column_shares
from avatars.displays.style import AVATARS, GREY, PEOPLE, house_style, note, panels, text_of, tidy
from avatars.displays.suppression import FEW, checked_few
from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.space import Types

__all__ = ["DistributionDisplay"]

_PER_ROW = 4
_BAR = 0.38
# Pale people and strong avatars can be told apart where they overlap, and without colours.
_LOOKS: dict[str, Any] = {
    "people": {"color": PEOPLE, "alpha": 0.5},
    "avatars": {"color": AVATARS, "alpha": 1.0},
}
_BEYOND: dict[str, Any] = {"color": GREY, "markersize": 4.5}


class DistributionDisplay(TablesDisplay):
    """Show how the values of each column are distributed among people and avatars.

    Numbers and dates as histograms, categories as bars. No bar holds fewer than a few people: bins
    are merged, rare levels pooled as "other", and outliers counted in the outermost bin, which an
    arrow then marks.

    Parameters
    ----------
    columns : sequence of ColumnShares
        One per panel.

    Attributes
    ----------
    columns : sequence of ColumnShares
        As passed.
    ax_ : Axes, or ndarray of Axes for several columns
        The panels.
    figure_ : Figure
        The figure they are in.

    See Also
    --------
    CorrelationDisplay : How columns go together.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import DistributionDisplay
    >>> avatarizer = Avatarizer(random_state=0).fit(make_patients(200, random_state=0))
    >>> display = DistributionDisplay.from_estimator(avatarizer, columns=["age", "severity"])
    >>> [column.label for column in display.columns]
    ['age', 'severity']
    """

    def __init__(self, *, columns: Sequence[ColumnShares]) -> None:
        self.columns = columns

    @classmethod
    def from_tables(
        cls,
        original: Any,
        avatars: Any,
        *,
        columns: Sequence[Hashable] | None = None,
        types: Types | None = None,
        min_people: int = FEW,
        ax: Any = None,
    ) -> Self:
        """Draw people and avatars.

        Parameters
        ----------
        original, avatars : table
            The people and the release, in any order.
        columns : list of labels, default=None
            Which columns, in which order; None is all but identifiers.
        types : dict, default=None
            What columns mean where their dtype doesn't say.
        min_people : int, default=5
            The fewest people that a bar may stand for.
        ax : Axes or array of Axes, default=None
            One per column; None makes a figure.

        Returns
        -------
        DistributionDisplay
            Drawn.

        Raises
        ------
        InvalidParameterError
            If a column isn't there or is an identifier.
        InvalidTableError
            If the tables can't be compared.

        Examples
        --------
        >>> from avatars.datasets import make_patients
        >>> from avatars.displays import DistributionDisplay
        >>> people, others = (make_patients(200, random_state=seed) for seed in (0, 1))
        >>> DistributionDisplay.from_tables(people, others).ax_.shape
        (13,)
        """
        few = checked_few(min_people)
        people, release = described(original, avatars, types=types)
        by_label = {c.label: c for c in people.schema.columns if c.kind != "identifier"}
        wanted = list(by_label) if columns is None else list(columns)
        for label in wanted:
            if label not in by_label:
                raise InvalidParameterError(
                    "columns",
                    f"names column {shown(label)}, which isn't there or is an identifier: name "
                    "another.",
                )
        if not wanted:
            raise InvalidParameterError("columns", "must name at least one column.")
        shares = [column_shares(by_label[label], people, release, few) for label in wanted]
        return cls(columns=shares).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            One per column; None makes a figure.

        Returns
        -------
        DistributionDisplay
            Itself.
        """
        with house_style():
            axes = panels(ax, len(self.columns), per_row=_PER_ROW, size=(2.45, 1.95))
            for place, column in zip(axes, self.columns, strict=True):
                _draw(place, column)
            self.figure_ = axes[0].figure
            if ax is None:
                _explain(self.figure_)
        self.ax_ = np.array(axes, dtype=object) if len(axes) > 1 else axes[0]
        return self


def _draw(ax: Any, column: ColumnShares) -> None:
    tidy(ax)
    name = text_of(column.label, 22)
    ax.set_title(f"{name} ({column.unit})" if column.unit else name)
    if column.original is None:
        note(ax, column.reason)
    elif column.edges is None:
        _draw_levels(ax, column)
    else:
        _draw_bins(ax, column)
    if column.remark:
        ax.set_xlabel(column.remark, color=GREY, fontsize=7)


def _draw_levels(ax: Any, column: ColumnShares) -> None:
    place = np.arange(len(column.names))
    for name, shift, shares in (("people", -1, column.original), ("avatars", 1, column.avatars)):
        height = place + shift * _BAR / 2
        ax.barh(height, 100 * np.asarray(shares), _BAR, label=name, **_LOOKS[name])
    ax.set_yticks(place, [text_of(name, 16) for name in column.names])
    ax.tick_params(axis="y", labelsize=7 if len(place) < 9 else 6, length=0)
    ax.invert_yaxis()
    ax.xaxis.set_major_locator(_few_ticks())
    ax.xaxis.set_major_formatter("{x:g} %")


def _draw_bins(ax: Any, column: ColumnShares) -> None:
    edges = np.asarray(column.edges)
    widths = np.diff(edges)
    # The densities' unit is none that anybody reads, and could leave float64.
    relative = widths / widths.max()
    densities = [np.asarray(shares) / relative for shares in (column.original, column.avatars)]
    ax.stairs(densities[0], edges, fill=True, label="people", **_LOOKS["people"])
    ax.stairs(densities[1], edges, linewidth=1.6, label="avatars", **_LOOKS["avatars"])
    ax.set(yticks=[], ylim=(0, None), xlim=(edges[0], edges[-1]))
    ax.spines["left"].set_visible(False)
    for place, marker, is_open in zip((0, 1), "<>", column.is_open, strict=True):
        if is_open:
            ax.plot([place], [0], marker, transform=ax.transAxes, clip_on=False, **_BEYOND)
    if column.is_date:
        import matplotlib.dates

        dates: Any = matplotlib.dates
        locator = dates.AutoDateLocator(minticks=2, maxticks=5)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    else:
        ax.xaxis.set_major_locator(_few_ticks(is_whole=column.is_whole))
        ax.xaxis.get_offset_text().set_fontsize(7)


def _few_ticks(*, is_whole: bool = False) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=is_whole, min_n_ticks=1)


def _explain(figure: Any) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figure.legend(
        handles=[
            *(Patch(label=name, **look) for name, look in _LOOKS.items()),
            Line2D([], [], linestyle="", marker=">", label="and beyond", **_BEYOND),
        ],
        loc="outside upper right",
        ncols=3,
    )
