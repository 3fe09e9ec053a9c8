"""The report as one HTML document that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from avatars.exceptions import MissingExtraError
from avatars.report import spelling
from avatars.report.data import ReportData
from avatars.report.figures import ReportFigure
from avatars.report.words import LINKED

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["as_frame", "environment", "html_text"]


def environment() -> Environment:
    """Return where templates are found and how they are filled: everything is escaped.

    Returns
    -------
    jinja2.Environment
        With the spelling of figures.

    Raises
    ------
    MissingExtraError
        Without jinja2.

    Examples
    --------
    >>> from avatars.report.html import environment
    >>> environment().from_string("{{ label }}").render(label="<b>")
    '&lt;b&gt;'
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtraError("jinja2", "report") from None
    made = Environment(
        loader=PackageLoader("avatars.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {
        "figure_text": spelling.figure_text,
        "linked_text": LINKED,
        "interval_text": spelling.interval_text,
        "marks": spelling.MARKS,
        "statuses": spelling.STATUS_TEXTS,
        "target_text": spelling.target_text,
        "value_text": spelling.value_text,
    }
    return made


def html_text(data: ReportData, figures: Sequence[ReportFigure]) -> str:
    """Write a report as HTML.

    Parameters
    ----------
    data : ReportData
        What it says.
    figures : sequence of ReportFigure
        What it shows.

    Returns
    -------
    str
        A whole document.

    Raises
    ------
    MissingExtraError
        Without jinja2.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.report import report
    >>> from avatars.report.html import html_text
    >>> people, release = (make_patients(60, random_state=seed) for seed in (0, 1))
    >>> html_text(report(people, release).data, figures=[])[:15]
    '<!DOCTYPE html>'
    """
    from markupsafe import Markup

    drawn = [
        {
            "section": figure.section,
            "title": figure.title,
            "caption": figure.caption,
            "alt": figure.alt,
            # The drawing is markup of ours, in which labels are escaped already.
            "svg": Markup(figure.svg),
        }
        for figure in figures
    ]
    return environment().get_template("report.html.j2").render(data=data, figures=drawn)


def as_frame(document: str) -> str:
    """Wrap a document so that a notebook shows it without mixing it into its own page.

    Parameters
    ----------
    document : str
        A whole document.

    Returns
    -------
    str
        An element that holds it.

    Examples
    --------
    >>> from avatars.report.html import as_frame
    >>> as_frame("<p>")
    '<iframe title="Report" sandbox srcdoc="&lt;p&gt;" style="...">...
    """
    return (
        f'<iframe title="Report" sandbox srcdoc="{escape(document)}" '
        'style="width:100%;height:45rem;border:0"></iframe>'
    )
