"""Privacy and signal of all tables of a run, in one figure each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from avatars.displays.style import GREY, PEOPLE, house_style, note, panels, text_of, tidy

__all__ = ["SummaryDisplay"]


class SummaryDisplay:
    """Show the weakest score of privacy and that of signal, by table and reference.

    Scores from 0 to 100; higher is better. They are conventions of ours, for sorting settings: a
    release is judged by its figures, one at a time.

    Parameters
    ----------
    scores : dict of {str: tuple of float or None}
        By table and reference, privacy and signal.

    Attributes
    ----------
    scores
        As passed.
    ax_ : Axes
        The panel.
    figure_ : Figure
        The figure it is in.

    Examples
    --------
    >>> from avatars.displays import SummaryDisplay
    >>> figures = {"meta_privacy_metric": 80.0, "meta_signal_metric": 95.0}
    >>> SummaryDisplay.from_meta({"patients": {"standalone": figures}}).scores
    {'patients': (80.0, 95.0)}
    """

    def __init__(self, *, scores: dict[str, tuple[float | None, float | None]]) -> None:
        self.scores = scores

    @classmethod
    def from_meta(
        cls, meta: Mapping[str, Mapping[str, Mapping[str, Any]]], *, ax: Any = None
    ) -> Self:
        """Draw what sums up a run.

        Parameters
        ----------
        meta : dict of {table: dict of {reference: dict}}
            As :func:`avatars.metrics.meta_metrics` gives it for each.
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        SummaryDisplay
            Drawn.
        """
        scores = {
            table if reference == "standalone" else f"{table}, by {reference}": (
                figures.get("meta_privacy_metric"),
                figures.get("meta_signal_metric"),
            )
            for table, references in meta.items()
            for reference, figures in references.items()
        }
        return cls(scores=scores).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        SummaryDisplay
            Itself.
        """
        with house_style():
            size = (5.6, 0.5 * max(len(self.scores), 2) + 0.9)
            (self.ax_,) = panels(ax, 1, per_row=1, size=size)
            if not self.scores:
                note(self.ax_, "nothing was measured")
            else:
                self._bars()
        self.figure_ = self.ax_.figure
        return self

    def _bars(self) -> None:
        rows = np.arange(len(self.scores))
        for place, (name, colour) in enumerate((("privacy", PEOPLE), ("signal", GREY))):
            values = [pair[place] for pair in self.scores.values()]
            known = np.array([value is not None for value in values])
            width = np.array([0.0 if value is None else value for value in values])
            self.ax_.barh(
                rows[known] + 0.38 * place - 0.19, width[known], 0.34, color=colour, label=name
            )
        self.ax_.set_yticks(rows, [text_of(name, 40) for name in self.scores])
        self.ax_.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5), xlabel="weakest score, of 100")
        self.ax_.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        tidy(self.ax_, grid="x")
