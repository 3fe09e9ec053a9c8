"""The report as a PDF file: the same content on pages of A4."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from avatars.exceptions import MissingExtraError
from avatars.report.data import Check, ReportData, Status
from avatars.report.figures import ReportFigure
from avatars.report.spelling import (
    MARKS,
    STATUS_TEXTS,
    figure_text,
    interval_text,
    target_text,
    value_text,
)
from avatars.report.words import LINKED

if TYPE_CHECKING:
    from avatars.report.pages import Pages

__all__ = ["pdf_bytes"]


def pdf_bytes(data: ReportData, figures: Sequence[ReportFigure]) -> bytes:
    """Write a report as PDF.

    Parameters
    ----------
    data : ReportData
        What it says.
    figures : sequence of ReportFigure
        What it shows.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    MissingExtraError
        Without reportlab or matplotlib, which brings the letters.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.report import report
    >>> from avatars.report.pdf import pdf_bytes
    >>> people, release = (make_patients(60, random_state=seed) for seed in (0, 1))
    >>> pdf_bytes(report(people, release).data, figures=[])[:5]
    b'%PDF-'
    """
    try:
        from avatars.report.pages import Pages
    except ImportError as error:
        raise MissingExtraError((error.name or "reportlab").partition(".")[0], "report") from None

    pages = Pages(data)
    _front(pages, data)
    _context(pages, data)
    _table(pages, data)
    _attacks(pages, data, figures)
    _utility(pages, data, figures)
    _linked(pages, data, figures)
    _back(pages, data)
    file = io.BytesIO()
    pages.write(file)
    return file.getvalue()


def _front(pages: Pages, data: ReportData) -> None:
    pages.title("Report on a release of avatars", data.name)
    pages.text(
        "Which attacks were run on this release, what came of them, and what is left of the "
        "table's content. It supports an assessment; the decision is the controller's."
    )
    form = "the file as it was given" if data.release_form == "file" else "written as CSV"
    pages.facts(
        [
            ("Made", f"{data.created:%Y-%m-%d %H:%M} UTC"),
            ("People in the table", str(data.n_original)),
            ("Rows released", str(data.n_avatars)),
            ("People held out", "none" if data.n_holdout is None else str(data.n_holdout)),
            ("Columns", str(data.n_columns)),
            ("Context", data.context),
            ("Made with", f"avatars {data.software['avatars']}"),
            ("Seed", data.avatarization_seed or "withheld"),
        ],
        (f"SHA-256 of the release, {form}", data.release_sha256),
    )
    pages.heading("1. Findings")
    pages.box(data.conclusions)
    pages.table(
        ["Criterion", "Question", "Finding", "Why"],
        [
            [
                item.criterion.capitalize(),
                item.question,
                _finding(pages, item.status),
                item.sentence,
            ]
            for item in data.findings
        ],
        widths=[14, 34, 14, 38],
    )
    pages.text(
        "Met: all of the 95 % interval is within the target. Not settled: the value is, and the "
        "interval reaches across. Tenth: the tenth of people who are most exposed. Attacks come "
        "first and decide; distances are evidence of a weaker kind.",
        small=True,
    )
    pages.table(
        ["Test", "Value", "Target", "Finding", "Who does what"],
        [
            ["Attacks, against a control"],
            *(_row(pages, check) for check in data.attacks),
            ["Distance metrics"],
            *(_row(pages, check) for check in data.distances),
        ],
        widths=[22, 20, 8, 14, 36],
        numbers=[1, 2],
    )
    pages.heading("2. What was not tested")
    pages.items([(item.title, item.reason) for item in data.untested])
    pages.signature(
        f"For the release with the digest {data.release_sha256[:16]}… and the context "
        f"“{data.context}”:"
    )


def _row(pages: Pages, check: Check) -> list[Any]:
    value = [figure_text(check.value, check.unit), interval_text(check, check.unit)]
    finding = [_finding(pages, check.status)]
    if check.exposed is not None:
        value.append(f"tenth {value_text(check.exposed, check.unit)}")
    if check.exposed_status is not None and check.exposed_status != check.status:
        finding.append(_finding(pages, check.exposed_status, "tenth: "))
    sentence = check.sentence
    if check.worst_column is not None:
        sentence += f" Furthest on column {check.worst_column}."
    if check.reason is not None:
        sentence += f" Not run: {check.reason}."
    return [
        f"{check.title}\n{check.criterion}",
        "\n".join(part for part in value if part),
        target_text(check),
        finding,
        sentence,
    ]


def _finding(pages: Pages, status: Status, lead: str = "") -> Any:
    return pages.badge(status, f"{lead}{MARKS[status]} {STATUS_TEXTS[status]}")


def _context(pages: Pages, data: ReportData) -> None:
    pages.heading("3. Context and targets")
    pages.text(data.context_sentence)
    pages.text(
        "Targets of distance metrics are constants published with the method; those of attacks "
        "say how far beyond chance an attacker may get. All are conventions: nothing makes a "
        "figure just inside right and one just outside wrong."
    )


def _table(pages: Pages, data: ReportData) -> None:
    pages.heading("4. The table before and after")
    pages.text(
        "Counts only; one to four people are written “< 5”. A level is rare where one to four "
        "people hold it: in the release it can point at them."
    )
    pages.table(
        ["Column", "Kind and dtype", "Missing, before", "after", "Distinct, before", "after"]
        + ["Rare levels", "released"],
        [
            [
                column.name,
                f"{column.kind}\n{column.dtype}",
                *map(
                    _dashed,
                    [
                        column.missing_original,
                        column.missing_avatars,
                        column.distinct_original,
                        column.distinct_avatars,
                        column.rare_original,
                        column.rare_avatars,
                    ],
                ),
            ]
            for column in data.column_facts
        ],
        widths=[24, 20, 10, 8, 10, 8, 10, 10],
        numbers=range(2, 8),
    )
    pages.heading("5. How the release was made")
    if data.guarantee:
        pages.table(
            ["Differential privacy", "What is promised"],
            [[line.title, line.text] for line in data.guarantee],
            widths=[25, 75],
        )
    if data.parameters:
        pages.table(
            ["Parameter", "Value", "What it does", "Why"],
            [
                [item.name, item.value, item.meaning, _dashed(item.reason)]
                for item in data.parameters
            ],
            widths=[22, 18, 34, 26],
        )
        pages.text("Every other parameter has its default.")
    else:
        pages.text(
            "The report was not told how the release was made: its figures hold for the release "
            "as it is, whoever made it."
        )


def _dashed(value: Any) -> str:
    return "–" if value is None else str(value)


def _attacks(pages: Pages, data: ReportData, figures: Sequence[ReportFigure]) -> None:
    pages.heading("6. Attacks")
    pages.text(
        "Each attack is carried out on people of the table and, as a control, on people who were "
        "not in it. What succeeds on both tells about the population; only the difference is the "
        "release's doing."
    )
    pages.figures(figures, "attacks")
    pages.table(
        ["Attack", "Value", "Success inside", "on control", "Attempts", "Exposed tenth"],
        [
            [
                check.title,
                value_text(check, check.unit),
                figure_text(check.success, "risk"),
                figure_text(check.control, "risk"),
                _dashed(check.n_attempts),
                value_text(check.exposed, check.unit),
            ]
            for check in data.attacks
        ],
        widths=[24, 20, 12, 12, 10, 22],
        numbers=range(1, 6),
    )
    pages.heading("7. Distances")
    pages.text(
        "How near avatars come to people, on axes fitted on the people. Such figures can be "
        "excellent on a release that the attacks above see through; read them as a description, "
        f"not as protection. {data.space}"
    )
    pages.figures(figures, "distances")


def _utility(pages: Pages, data: ReportData, figures: Sequence[ReportFigure]) -> None:
    pages.heading("8. What is left of the content")
    pages.table(
        ["Figure", "Value", "Target", "Finding", "What it is"],
        [
            [
                check.title,
                figure_text(check.value, check.unit),
                target_text(check),
                "–" if check.status == "no target" else _finding(pages, check.status),
                check.sentence if check.reason is None else f"Not run: {check.reason}.",
            ]
            for check in data.utility
        ],
        widths=[25, 11, 10, 14, 40],
        numbers=[1, 2],
    )
    if data.worst_columns:
        pages.text(f"The columns that moved most: {', '.join(data.worst_columns)}.")
    pages.text(
        "Means and standard deviations are taken with everything beyond the people's fifth "
        "smallest and fifth largest value moved to it, in both tables. The gap is the "
        "Kolmogorov-Smirnov statistic of numbers (KS) and the total variation of categories (TV). "
        "By chance: the Hellinger distance between two samples of these sizes.",
        small=True,
    )
    pages.table(
        ["Column", "Hellinger", "by chance", "Gap", "Mean, people", "release"]
        + ["Deviation, people", "release"],
        [
            [
                column.name,
                figure_text(column.hellinger, "share"),
                figure_text(column.hellinger_reference, "share"),
                f"{figure_text(column.gap, 'share')} {column.gap_kind}",
                *map(
                    _dashed,
                    [
                        column.mean_original,
                        column.mean_avatars,
                        column.std_original,
                        column.std_avatars,
                    ],
                ),
            ]
            for column in data.column_utility
        ],
        widths=[20, 10, 10, 12, 12, 12, 12, 12],
        numbers=range(1, 8),
    )
    pages.figures(figures, "utility")


def _linked(pages: Pages, data: ReportData, figures: Sequence[ReportFigure]) -> None:
    if not data.linked:
        return
    pages.heading("Links and series")
    pages.text(LINKED)
    for table in data.linked:
        pages.text(f"{table.title}.")
        widths = [22, *([78 / max(len(table.head) - 1, 1)] * (len(table.head) - 1))]
        pages.table(table.head, table.rows, widths=widths)
        if table.note:
            pages.text(table.note, small=True)
    pages.figures(figures, "linked")


def _back(pages: Pages, data: ReportData) -> None:
    pages.heading("9. How to make this report again")
    pages.code(data.snippet)
    versions = ", ".join(f"{package} {number}" for package, number in data.software.items())
    pages.text(f"{versions}.", small=True)
    pages.heading("10. Words and formulas")
    pages.items(
        [
            (term.title, f"{term.text} {term.formula}{'.' if term.formula else ''}")
            for term in data.glossary
        ],
        small=True,
    )
    pages.heading("11. What figures of this kind can't say")
    pages.items([("", sentence) for sentence in data.limitations])
