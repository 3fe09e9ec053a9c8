"""How many avatars stand between people and their own."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatars.displays.base import TablesDisplay
from avatars.displays.style import PEOPLE, house_style, note, panels, tidy
from avatars.displays.suppression import FEW, checked_few, merged
from avatars.metrics.space import Types

__all__ = ["CloakingDisplay"]

_UPRIGHT = 7
"""More labels than this would touch."""

_LADDER = np.array([0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000])


class CloakingDisplay(TablesDisplay):
    """Show how well people are hidden among avatars: their local cloaking, as a histogram.

    Ranges of counts are merged until each holds a few people, so that nobody badly hidden is seen
    alone; the highest is open.

    Parameters
    ----------
    starts : ndarray of shape (n_ranges,)
        Where each range of counts begins; it ends below the next.
    shares : ndarray of shape (n_ranges,)
        Shares of people.
    median : float
        Local cloaking of the typical person.
    reason : str, default=""
        Why there are no ranges.

    Attributes
    ----------
    starts, shares, median, reason
        As passed.
    ax_ : Axes
        The panel.
    figure_ : Figure
        The figure it is in.

    See Also
    --------
    avatars.metrics.privacy.local_cloaking : The median alone.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import CloakingDisplay
    >>> avatarizer = Avatarizer(random_state=0).fit(make_patients(200, random_state=0))
    >>> float(CloakingDisplay.from_estimator(avatarizer).shares.sum())
    1.0
    """

    def __init__(
        self,
        *,
        starts: NDArray[np.intp],
        shares: NDArray[np.float64],
        median: float,
        reason: str = "",
    ) -> None:
        self.starts = starts
        self.shares = shares
        self.median = median
        self.reason = reason

    @classmethod
    def from_tables(
        cls,
        original: Any,
        avatars: Any,
        *,
        ncp: int = 5,
        types: Types | None = None,
        min_people: int = FEW,
        ax: Any = None,
    ) -> Self:
        """Draw people beside their own avatars.

        Parameters
        ----------
        original, avatars : table
            Row i of ``avatars`` was drawn around row i of ``original``.
        ncp : int, default=5
            Axes, fitted on ``original``.
        types : dict, default=None
            What columns mean where their dtype doesn't say.
        min_people : int, default=5
            The fewest people that a bar may stand for.
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        CloakingDisplay
            Drawn.

        Raises
        ------
        InvalidTableError
            If the tables have different lengths or can't be compared.

        Examples
        --------
        >>> from avatars.datasets import make_patients
        >>> from avatars.displays import CloakingDisplay
        >>> people = make_patients(200, random_state=0)
        >>> CloakingDisplay.from_tables(people, people).shares.tolist()
        [1.0]
        """
        from avatars.metrics.privacy import sensitive_local_cloaking

        few = checked_few(min_people)
        covered = sensitive_local_cloaking(original, avatars, ncp=ncp, types=types)
        if len(covered) < few:
            reason = f"fewer than {few} people"
            none = np.empty(0)
            return cls(starts=none.astype(np.intp), shares=none, median=np.nan, reason=reason).plot(
                ax
            )
        rung = np.searchsorted(_LADDER, covered, side="right") - 1
        counts = np.bincount(rung)
        first = merged(counts, few)
        return cls(
            starts=_LADDER[first],
            shares=np.add.reduceat(counts, first) / len(covered),
            median=float(np.median(covered)),
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        CloakingDisplay
            Itself.
        """
        with house_style():
            (self.ax_,) = panels(ax, 1, per_row=1, size=(6.4, 3.0))
            self.figure_ = self.ax_.figure
            if self.reason:
                note(self.ax_, self.reason)
            else:
                self._draw(self.ax_)
        return self

    def _draw(self, ax: Any) -> None:
        tidy(ax, grid="y")
        place = np.arange(len(self.starts))
        ax.bar(place, 100 * self.shares, width=0.86, color=PEOPLE)
        ends = [int(end) - 1 for end in self.starts[1:]]
        names = [
            f"{start}" if start == end else f"{start}\N{EN DASH}{end}"
            for start, end in zip(self.starts.tolist(), ends, strict=False)
        ]
        leaning = {"rotation": 35, "ha": "right"} if len(place) > _UPRIGHT else {}
        ax.set_xticks(place, [*names, f"{self.starts[-1]}+"], **leaning)
        ax.yaxis.set_major_formatter("{x:g} %")
        ax.set(
            title=f"local cloaking, median {self.median:g}",
            xlabel="avatars between a person and the own avatar",
            ylabel="people",
        )
