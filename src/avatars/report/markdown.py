"""The report as Markdown, for reviews and for telling two reports apart."""

from __future__ import annotations

import re
from typing import Any

from avatars.report.data import ReportData
from avatars.report.html import environment

__all__ = ["markdown_text"]

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~$^=:<>&@-])")
_BLANKS = re.compile(r"\n{3,}")


def markdown_text(data: ReportData) -> str:
    r"""Write a report as Markdown with tables.

    Parameters
    ----------
    data : ReportData
        What it says.

    Returns
    -------
    str
        In which labels can be neither markup nor links.

    Raises
    ------
    MissingExtraError
        Without jinja2.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.report import report
    >>> from avatars.report.markdown import markdown_text
    >>> people, release = (make_patients(60, random_state=seed) for seed in (0, 1))
    >>> markdown_text(report(people, release, name="ward_7").data).splitlines()[0]
    '# Report on a release of avatars: ward\\_7'
    """
    templates = environment()
    templates.filters["plain"] = _plain
    text = templates.get_template("report.md.j2").render(data=data)
    return _BLANKS.sub("\n\n", text)


def _plain(text: Any) -> Any:
    """Spell a text so that Markdown takes none of it for markup, and HTML in it neither."""
    from markupsafe import Markup, escape

    # Entities first: Markdown's own escapes hold no character that HTML would take for markup.
    parts = re.split(r"(&[#\w]+;)", str(escape(text)))
    return Markup("").join(
        Markup(part) if place % 2 else Markup(_MARKS.sub(r"\\\1", part))
        for place, part in enumerate(parts)
    )
