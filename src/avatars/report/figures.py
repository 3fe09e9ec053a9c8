"""Which figures a report shows, and what each of them says to those who can't see it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from avatars.exceptions import MissingExtraError
from avatars.report.guarded import FEW
from avatars.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from avatars.metrics.evaluation import Evaluation

__all__ = ["ReportFigure", "draw"]

Section = Literal["attacks", "distances", "utility", "linked"]
_DPI = 200
_COLUMNS = 24
"""More small multiples than this fill pages and are looked at by nobody."""


@dataclass(frozen=True)
class ReportFigure:
    """A figure with its words.

    Parameters
    ----------
    section : {"attacks", "distances", "utility", "linked"}
        Where it stands.
    title : str
        What it shows.
    caption : str
        How to read it.
    drawing : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from avatars.report.figures import ReportFigure
    >>> ReportFigure("utility", "Distributions", "Bars by column.", Figure()).alt
    'Distributions. Bars by column.'
    """

    section: Section
    title: str
    caption: str
    drawing: Figure

    @property
    def alt(self) -> str:
        """Give what a reader hears who can't see the figure.

        Returns
        -------
        str
            Title and caption; the figures themselves are in the tables beside it.
        """
        return f"{self.title}. {self.caption}"

    @cached_property
    def svg(self) -> str:
        """Give the figure as an element for a page.

        Returns
        -------
        str
            Inline SVG, labels escaped.
        """
        from avatars.displays import figure_as_svg

        return figure_as_svg(self.drawing)

    @cached_property
    def png(self) -> bytes:
        """Give the figure as an image.

        Returns
        -------
        bytes
            A PNG of 200 dots per inch.
        """
        image = io.BytesIO()
        with _without_word_of_letters():
            self.drawing.savefig(image, format="png", dpi=_DPI, metadata={"Software": None})
        return image.getvalue()


def draw(
    original: Table,
    avatars: Table,
    aligned: Table | None,
    holdout: Table | None,
    evaluation: Evaluation,
    *,
    min_people: int = FEW,
) -> list[ReportFigure]:
    """Draw a report's figures.

    Parameters
    ----------
    original, avatars : Table
        The people and the release.
    aligned : Table or None
        The release with row i drawn around person i.
    holdout : Table or None
        People who were not in the table.
    evaluation : Evaluation
        What was measured.
    min_people : int, default=5
        How many people a cell of the projection needs to be drawn.

    Returns
    -------
    list of ReportFigure
        None of which tells fewer than five people apart.

    Raises
    ------
    MissingExtraError
        Without matplotlib.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import evaluate
    >>> from avatars.metrics.space import read_together
    >>> from avatars.report.figures import draw
    >>> tables = read_together(*(make_patients(60, random_state=seed) for seed in (0, 1)))
    >>> [figure.section for figure in draw(*tables, None, None, evaluate(*tables))][:2]
    ['attacks', 'distances']
    """
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        raise MissingExtraError("matplotlib", "report") from None
    from avatars import displays

    made: list[tuple[Section, str, str, Callable[[], Any]]] = [
        (
            "attacks",
            "Attacks with their 95 % intervals",
            "The line is what an attacker gets by chance. An interval that lies beyond it is a "
            "finding; one that is wide says that too few people were there to settle it.",
            lambda: displays.AttackDisplay.from_results(evaluation.attacks),
        )
    ]
    # Where rows look unrelated the figure says nothing, as the metric doesn't.
    if aligned is not None and evaluation.privacy[0].get("local_cloaking") is not None:
        made.append(
            (
                "distances",
                "Local cloaking",
                "How many avatars stand between a person and the own avatar. Bars that would hold "
                "fewer than five people are merged.",
                lambda: displays.CloakingDisplay.from_tables(original, aligned),
            )
        )
    made += [
        (
            "distances",
            "Nearest person and nearest two",
            "Share of avatars within a distance of the nearest person, and the ratio of the two "
            "nearest. Where people held out are shown, avatars should keep as far from the table's "
            "people as from these.",
            lambda: displays.DistanceDisplay.from_tables(original, avatars, holdout),
        ),
        (
            "utility",
            "Distributions",
            "Columns among the people and in the release, those that moved most if there are many. "
            "Bars that would hold fewer than five people are merged.",
            lambda: displays.DistributionDisplay.from_tables(
                original, avatars, columns=_most_moved(evaluation)
            ),
        ),
        (
            "utility",
            "Associations between columns",
            "Among the people, in the release, and the difference: pale where nothing changed.",
            lambda: displays.CorrelationDisplay.from_tables(original, avatars),
        ),
        (
            "utility",
            "Projection",
            "People and avatars on the first two axes, in cells; a cell with fewer than "
            f"{min_people} people is not drawn.",
            lambda: displays.ProjectionDisplay.from_tables(
                original, avatars, min_people=min_people
            ),
        ),
        (
            "utility",
            "What the axes are made of",
            "How much each column contributes to the axes of the projection.",
            lambda: displays.ContributionDisplay.from_tables(original, avatars),
        ),
    ]
    drawn = []
    for section, title, caption, display in made:
        drawing = display().figure_
        # pyplot would show it beside the report in a notebook, and keep it for ever elsewhere.
        plt.close(drawing)
        # Laid out once and for all: every saving would move things a little further.
        with _without_word_of_letters():
            drawing.draw_without_rendering()
        drawing.set_layout_engine("none")
        drawn.append(ReportFigure(section, title, caption, drawing))
    return drawn


@contextmanager
def _without_word_of_letters() -> Iterator[None]:
    """Keep quiet about letters that matplotlib's font lacks: the tables have them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def _most_moved(evaluation: Evaluation) -> list[Hashable] | None:
    """Return the labels of as many columns as one figure holds, None for all."""
    columns = evaluation.columns
    if len(columns) <= _COLUMNS:
        return None
    moved = columns["hellinger"].sort_values(ascending=False, kind="stable")
    return list(moved.index[:_COLUMNS])
