"""What the axes of the projection are made of."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.displays.base import TablesDisplay, described
from avatars.displays.plane import PeopleAxes
from avatars.displays.style import GREY, PEOPLE, house_style, note, panels, text_of, tidy
from avatars.displays.suppression import FEW, checked_few
from avatars.metrics.space import Types

__all__ = ["ContributionDisplay"]

_MOST = 12


class ContributionDisplay(TablesDisplay):
    """Show how much each column contributes to the axes on which people are compared.

    An axis that one column makes up says that neighbours are those who are alike in this column.

    Parameters
    ----------
    contributions : DataFrame
        Shares to three decimals, columns by axes; each axis sums to 1.
    explained, explained_avatars : ndarray of shape (n_axes,)
        The variance of people and of avatars along each axis, in shares of all of the people's, to
        two decimals.
    reason : str, default=""
        Why there is nothing to draw.

    Attributes
    ----------
    contributions, explained, explained_avatars, reason
        As passed.
    ax_ : ndarray of Axes, or Axes for a single axis
        One per axis.
    figure_ : Figure
        The figure they are in.

    See Also
    --------
    ProjectionDisplay : Where people and avatars stand on these axes.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import ContributionDisplay
    >>> avatarizer = Avatarizer(random_state=0).fit(make_patients(200, random_state=0))
    >>> display = ContributionDisplay.from_estimator(avatarizer, ncp=2)
    >>> display.contributions.sum().round(2).tolist()
    [1.0, 1.0]
    """

    def __init__(
        self,
        *,
        contributions: pd.DataFrame,
        explained: NDArray[np.float64],
        explained_avatars: NDArray[np.float64],
        reason: str = "",
    ) -> None:
        self.contributions = contributions
        self.explained = explained
        self.explained_avatars = explained_avatars
        self.reason = reason

    @classmethod
    def from_tables(
        cls,
        original: Any,
        avatars: Any,
        *,
        ncp: int = 3,
        types: Types | None = None,
        min_people: int = FEW,
        ax: Any = None,
    ) -> Self:
        """Draw the axes of the people.

        Parameters
        ----------
        original, avatars : table
            The people, on whom the axes are fitted, and the release, in any order.
        ncp : int, default=3
            Axes; fewer are drawn where the table carries fewer.
        types : dict, default=None
            What columns mean where their dtype doesn't say.
        min_people : int, default=5
            The fewest people that axes may be shown of.
        ax : Axes or array of Axes, default=None
            One per axis; None makes a figure.

        Returns
        -------
        ContributionDisplay
            Drawn.

        Raises
        ------
        InvalidTableError
            If the tables can't be compared.

        Examples
        --------
        >>> from avatars.datasets import make_patients
        >>> from avatars.displays import ContributionDisplay
        >>> people, others = (make_patients(200, random_state=seed) for seed in (0, 1))
        >>> ContributionDisplay.from_tables(people, others).contributions.columns.tolist()
        ['axis 1', 'axis 2', 'axis 3']
        """
        few = checked_few(min_people)
        people, release = described(original, avatars, types=types)
        columns = [*people.schema.numeric, *people.schema.categories]
        # A list of tuples would become an index of several levels.
        labels = pd.Index([c.label for c in columns], dtype=object, tupleize_cols=False)
        if people.n_rows < few:
            none = np.empty(0)
            return cls(
                contributions=pd.DataFrame(index=labels),
                explained=none,
                explained_avatars=none,
                reason=f"fewer than {few} people",
            ).plot(ax)
        axes = PeopleAxes(people, ncp)
        shares = axes.contributions().round(3)
        return cls(
            contributions=pd.DataFrame(
                shares,
                index=labels,
                columns=[f"axis {place + 1}" for place in range(shares.shape[1])],
            ),
            explained=axes.explained.round(2),
            explained_avatars=axes.explained_of(release).round(2),
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            One per axis; None makes a figure.

        Returns
        -------
        ContributionDisplay
            Itself.
        """
        n_axes = max(self.contributions.shape[1], 1)
        bars = min(len(self.contributions), _MOST + 1)
        with house_style():
            axes = panels(ax, n_axes, per_row=3, size=(3.1, 1.1 + 0.19 * bars))
            self.figure_ = axes[0].figure
            if self.reason:
                note(axes[0], self.reason)
            for place, (name, shares) in enumerate(self.contributions.items()):
                tidy(axes[place], grid="x")
                if shares.any():
                    _draw(axes[place], shares)
                else:
                    note(axes[place], "nothing varies")
                axes[place].set_title(
                    f"{name}: {100 * self.explained[place]:.0f} % of the variance\n"
                    f"(avatars {100 * self.explained_avatars[place]:.0f} %)",
                    fontsize=8.5,
                )
        self.ax_ = np.array(axes, dtype=object) if len(axes) > 1 else axes[0]
        return self


def _draw(ax: Any, shares: Any) -> None:
    order = np.argsort(-shares.to_numpy(), kind="stable")
    # A bar for a single other column would take as much room as the column itself.
    kept = order if len(order) <= _MOST + 1 else order[:_MOST]
    names = [text_of(shares.index[place], 18) for place in kept]
    values = shares.to_numpy()[kept]
    others = order[len(kept) :]
    if len(others):
        names.append(f"{len(others)} others")
        values = np.append(values, shares.to_numpy()[others].sum())
    ax.barh(np.arange(len(values)), 100 * values, color=PEOPLE, height=0.7)
    if len(others):
        ax.patches[-1].set_facecolor(GREY)
    # Where each bar would end if all columns weighed the same.
    ax.axvline(100 / len(order), color=GREY, linewidth=0.9, linestyle="--")
    ax.set_yticks(np.arange(len(values)), names)
    ax.tick_params(axis="y", labelsize=7.5, length=0)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter("{x:g} %")
