"""Pages of A4: headings, tables, figures and boxes, set with reportlab."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

import matplotlib
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    ListFlowable,
    ListItem,
    PageTemplate,
    Paragraph,
    Preformatted,
    Spacer,
    Table,
)

from avatars.report.data import ReportData, Status
from avatars.report.figures import ReportFigure

__all__ = ["Pages"]

_MARGIN = 16 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_INK, _SOFT, _LINE = "#17212b", "#51606e", "#d5dce3"
_TINT, _ACCENT = "#f3f6f9", "#0b4f6c"
_STATUS_COLORS: dict[Status, str] = {
    "met": "#12633d",
    "not met": "#a3181d",
    "unsettled": "#7a4b00",
    "no target": _SOFT,
    "not run": _SOFT,
}
_FONTS = {
    "avatars": "DejaVuSans.ttf",
    "avatars-bold": "DejaVuSans-Bold.ttf",
    "avatars-mono": "DejaVuSansMono.ttf",
}


@cache
def _letters() -> frozenset[int]:
    """Register the fonts that come with matplotlib, and return what they can write."""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    for name, file in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily("avatars", normal="avatars", bold="avatars-bold")
    glyphs = (set(pdfmetrics.getFont(name).face.charToGlyph) for name in _FONTS)
    return frozenset(set.intersection(*glyphs))


def _written(text: str) -> str:
    """Write letters that the fonts lack as escapes: no two names may look alike."""
    letters = _letters()
    return "".join(
        char
        if ord(char) in letters or char == "\n"
        else char.encode("ascii", "backslashreplace").decode()
        for char in text
    )


def _plain(text: str) -> str:
    return escape(_written(text))


def _document(file: BinaryIO, data: ReportData) -> Any:
    """Return a document with a running foot, whose headings are in the outline."""
    document = BaseDocTemplate(
        file,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=18 * mm,
        title=f"Release report: {data.name}",
        author=f"avatars {data.software['avatars']}",
        subject=f"SHA-256 of the release: {data.release_sha256}",
        lang="en",
    )
    foot = _written(f"{data.name} · release {data.release_sha256[:16]}… · {data.created:%Y-%m-%d}")

    def page_foot(canvas: Any, _: Any) -> None:
        canvas.setFont("avatars", 7)
        canvas.setFillColor(colors.HexColor(_SOFT))
        canvas.drawString(_MARGIN, 10 * mm, foot)
        canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, f"{canvas.getPageNumber()}")

    def outline(flowable: Flowable) -> None:
        if isinstance(flowable, Paragraph) and flowable.style.name == "heading":
            text = flowable.getPlainText()
            document.canv.bookmarkPage(text)
            document.canv.addOutlineEntry(text, text, level=0)

    body = Frame(_MARGIN, 18 * mm, _WIDTH, A4[1] - _MARGIN - 18 * mm, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [body], onPage=page_foot))
    document.afterFlowable = outline
    return document


class Pages:
    """What stands on the pages, from top to bottom; every text is escaped here.

    Parameters
    ----------
    data : ReportData
        For the running foot and the file's properties.

    Examples
    --------
    >>> from avatars.report.pages import Pages
    >>> Pages.__doc__.splitlines()[0]
    'What stands on the pages, from top to bottom; every text is escaped here.'
    """

    def __init__(self, data: ReportData) -> None:
        _letters()
        self._data = data
        self._flow: list[Flowable] = []

    def write(self, file: BinaryIO) -> None:
        """Set the pages and write the file."""
        _document(file, self._data).build(self._flow)

    def title(self, kicker: str, text: str) -> None:
        """Add the title."""
        self._flow += [
            _paragraph(kicker.upper(), size=7.5, bold=True, color=_ACCENT),
            _paragraph(text, size=17, bold=True, after=2 * mm),
        ]

    def heading(self, text: str) -> None:
        """Add a heading."""
        self._flow.append(
            _paragraph(
                text, "heading", size=12, bold=True, color=_ACCENT, before=5 * mm, after=1.5 * mm
            )
        )

    def text(self, text: str, *, small: bool = False) -> None:
        """Add a paragraph."""
        size, color = (7.5, _SOFT) if small else (9, _INK)
        self._flow.append(_paragraph(text, size=size, color=color, after=2 * mm))

    def code(self, text: str) -> None:
        """Add lines of code."""
        style = ParagraphStyle(
            "code", fontName="avatars-mono", fontSize=7, leading=9.5, textColor=_INK
        )
        lines = [part for line in text.splitlines() for part in _wrapped(line, 100)]
        box = Table([[Preformatted("\n".join(lines), style)]], colWidths=[_WIDTH])
        box.setStyle([("BACKGROUND", (0, 0), (-1, -1), _TINT), *_padded(6)])
        self._flow += [box, Spacer(0, 2 * mm)]

    def facts(self, facts: Sequence[tuple[str, str]], last: tuple[str, str]) -> None:
        """Add facts in four columns, and a long one below."""
        cells = [
            [_paragraph(title, size=6.5, color=_SOFT), _paragraph(text, size=9, bold=True)]
            for title, text in facts
        ]
        rows: list[list[Any]] = [cells[place : place + 4] for place in range(0, len(cells), 4)]
        below = [
            _paragraph(last[0], size=6.5, color=_SOFT),
            _paragraph(last[1], size=7.5, font="avatars-mono"),
        ]
        rows.append([below, "", "", ""])
        table = Table(rows, colWidths=[_WIDTH / 4] * 4)
        table.setStyle(
            [
                ("SPAN", (0, -1), (-1, -1)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEABOVE", (0, 0), (-1, 0), 0.5, _LINE),
                ("LINEBELOW", (0, -1), (-1, -1), 0.5, _LINE),
                *_padded(3),
            ]
        )
        self._flow.append(table)

    def box(self, sentences: Iterable[str]) -> None:
        """Add sentences that stand out."""
        cells = [[[_paragraph(sentence, size=8.5, after=0.6 * mm) for sentence in sentences]]]
        table = Table(cells, colWidths=[_WIDTH])
        table.setStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), _TINT),
                ("LINEBEFORE", (0, 0), (0, -1), 3, _ACCENT),
                *_padded(7),
            ]
        )
        self._flow += [table, Spacer(0, 3 * mm)]

    def badge(self, status: Status, text: str) -> Paragraph:
        """Return a status in its colour, for a cell of a table."""
        return _paragraph(text, size=7, bold=True, color=_STATUS_COLORS[status])

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        widths: Sequence[float],
        numbers: Iterable[int] = (),
    ) -> None:
        """Add a table; a row of one cell is a heading within it."""
        right = set(numbers)
        cells: list[list[Any]] = [
            [
                _paragraph(text, size=6.5, bold=True, color=_SOFT, right=place in right)
                for place, text in enumerate(head)
            ]
        ]
        style: list[Any] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), _TINT),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            *_padded(2.2),
        ]
        for number, row in enumerate(rows, start=1):
            if len(row) == 1:
                group = _paragraph(row[0], size=7.5, bold=True, color=_ACCENT)
                cells.append([group, *[""] * (len(head) - 1)])
                style += [
                    ("SPAN", (0, number), (-1, number)),
                    ("BACKGROUND", (0, number), (-1, number), _TINT),
                    # The name of a group stays with its first row.
                    ("NOSPLIT", (0, number), (0, number + 1)),
                ]
                continue
            cells.append([_cell(part, place, place in right) for place, part in enumerate(row)])
        table = Table(
            cells, colWidths=[_WIDTH * width / sum(widths) for width in widths], repeatRows=1
        )
        table.setStyle(style)
        self._flow += [table, Spacer(0, 3 * mm)]

    def items(self, items: Iterable[tuple[str, str]], *, small: bool = False) -> None:
        """Add a list, each item led by its title."""
        paragraphs = [
            Paragraph(
                f"<b>{_plain(title)}.</b> {_plain(text)}" if title else _plain(text),
                _style(size=7.5 if small else 8.5, after=0.6 * mm),
            )
            for title, text in items
        ]
        self._flow.append(
            ListFlowable(
                [ListItem(paragraph, leftIndent=10) for paragraph in paragraphs],
                bulletType="bullet",
                start="•",
                bulletFontName="avatars",
                bulletFontSize=7,
                bulletColor=_ACCENT,
                leftIndent=10,
            )
        )

    def signature(self, text: str) -> None:
        """Add the box in which the decision is written down."""
        choices = ["☐ accepted", "☐ accepted on the conditions attached", "☐ refused"]
        lines = ["Name and role", "Date", "Signature"]
        table = Table(
            [
                [_paragraph("Decision", size=12, bold=True), "", ""],
                [_paragraph(text, size=8.5), "", ""],
                [_paragraph(choice, size=9) for choice in choices],
                [Spacer(0, 5 * mm)] * 3,
                [_paragraph(line, size=7, color=_SOFT) for line in lines],
            ],
            colWidths=[_WIDTH * 0.3, _WIDTH * 0.4, _WIDTH * 0.3],
        )
        table.setStyle(
            [
                ("BOX", (0, 0), (-1, -1), 1.2, _INK),
                ("SPAN", (0, 0), (-1, 0)),
                ("SPAN", (0, 1), (-1, 1)),
                ("LINEABOVE", (0, 4), (-1, 4), 0.6, _INK),
                *_padded(5),
            ]
        )
        self._flow += [Spacer(0, 3 * mm), KeepTogether([table])]

    def figures(self, figures: Iterable[ReportFigure], section: str) -> None:
        """Add the figures of a section."""
        for figure in figures:
            if figure.section != section:
                continue
            width, height = ImageReader(io.BytesIO(figure.png)).getSize()
            scale = min(_WIDTH / width, 215 * mm / height)
            caption = Paragraph(
                f"<b>{_plain(figure.title)}.</b> {_plain(figure.caption)}",
                _style(size=7.5, color=_SOFT, after=4 * mm),
            )
            image = Image(io.BytesIO(figure.png), width * scale, height * scale)
            self._flow.append(KeepTogether([image, caption]))


def _style(
    name: str = "text",
    *,
    size: float,
    color: str = _INK,
    bold: bool = False,
    right: bool = False,
    font: str = "avatars",
    before: float = 0,
    after: float = 0,
) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName=f"{font}-bold" if bold else font,
        fontSize=size,
        leading=size * (1.35 if size > 7 else 1.22),
        textColor=color,
        spaceBefore=before,
        spaceAfter=after,
        keepWithNext=name == "heading",
        alignment=TA_RIGHT if right else 0,
        splitLongWords=1,
    )


def _paragraph(text: str, name: str = "text", **look: Any) -> Paragraph:
    return Paragraph(_plain(text).replace("\n", "<br/>"), _style(name, **look))


def _cell(part: Any, place: int, right: bool) -> Any:
    if not isinstance(part, str):
        return part
    first, *below = part.split("\n")
    look = _style(size=7, bold=place == 0, right=right)
    small = "".join(
        f'<br/><font name="avatars" size="6" color="{_SOFT}">{_plain(line)}</font>'
        for line in below
    )
    return Paragraph(_plain(first) + small, look)


def _padded(points: float) -> list[tuple[Any, ...]]:
    sides = ("LEFT", "RIGHT", "TOP", "BOTTOM")
    return [(f"{side}PADDING", (0, 0), (-1, -1), points) for side in sides]


def _wrapped(line: str, width: int) -> list[str]:
    return [line[place : place + width] for place in range(0, max(len(line), 1), width)]
