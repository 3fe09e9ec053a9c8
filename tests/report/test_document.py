"""The report as its readers meet it: formats, files, and what is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.exceptions import InvalidTableError, MissingExtraError
from avatars.metrics.evaluation import Evaluation
from avatars.report import Report, report

pypdf = pytest.importorskip("pypdf")

SECTIONS = [
    "1. Findings",
    "2. What was not tested",
    "Decision",
    "3. Context and targets",
    "4. The table before and after",
    "5. How the release was made",
    "6. Attacks",
    "7. Distances",
    "8. What is left of the content",
    "9. How to make this report again",
    "10. Words and formulas",
    "11. What figures of this kind can't say",
]


@pytest.fixture(scope="module")
def pdf(made: Report, tmp_path_factory: pytest.TempPathFactory) -> pypdf.PdfReader:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    made.to_pdf(path)
    return pypdf.PdfReader(path)


def in_order(text: str, parts: list[str]) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_sections_come_in_order_in_every_format(made: Report, pdf: pypdf.PdfReader) -> None:
    html = made.to_html().replace("&#39;", "'")
    assert in_order(html, [f">{section}<" for section in SECTIONS])
    assert in_order(made.to_markdown(), [f"# {section}" for section in SECTIONS])
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert in_order(text, [f"\n{section}" for section in SECTIONS])
    assert [entry["/Title"] for entry in pdf.outline] == [
        section for section in SECTIONS if section != "Decision"
    ]


def test_attacks_stand_above_distances(made: Report) -> None:
    for text in (made.to_html(), made.to_markdown()):
        assert in_order(text, ["Attacks, against a control", "Distance metrics", "Hidden rate"])


def test_first_table_says_value_interval_target_and_finding(made: Report) -> None:
    row = next(
        line for line in made.to_markdown().splitlines() if "inference | membership |" in line
    )
    assert "membership | 0.660 [0.630, 0.690] | &lt; 0.6 | ✕ not met" in row


def test_pdf_carries_the_release_it_is_of(made: Report, pdf: pypdf.PdfReader) -> None:
    digest = made.data.release_sha256
    assert digest in pdf.metadata.subject
    assert digest in pdf.pages[0].extract_text().replace("\n", "")
    assert all(digest[:16] in page.extract_text() for page in pdf.pages)
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    # Letters are in the file: it looks the same on a machine without these fonts.
    fonts = pdf.pages[0]["/Resources"]["/Font"].get_object().values()
    bases = [str(font.get_object()["/BaseFont"]) for font in fonts]
    assert any("DejaVu" in base for base in bases)


def test_files_hold_what_is_returned(made: Report, tmp_path: Path) -> None:
    for name in ("html", "markdown", "json"):
        path = tmp_path / f"report.{name}"
        text = getattr(made, f"to_{name}")(path)
        assert path.read_text("utf-8") == text
        assert getattr(made, f"to_{name}")() == text


@pytest.mark.once
def test_same_release_gives_the_same_report(
    made: Report,
    people: pd.DataFrame,
    released: pd.DataFrame,
    unseen: pd.DataFrame,
    make_evaluation: Callable[..., Evaluation],
) -> None:
    evaluation = make_evaluation(people, released, unseen=unseen)
    again = report(people, released, holdout=unseen, evaluation=evaluation)
    same = made.data.model_copy(update={"created": again.data.created})
    assert again.data == same
    assert Report(same, made._figures).to_html() == again.to_html()


def test_evaluation_is_made_when_it_isn_t_given(
    people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    aligned = Avatarizer(k=20, random_state=0, shuffle=False).fit_transform(people)
    data = report(
        people, released, holdout=unseen, sensitive_unshuffled=aligned, context="open", name="ward"
    ).data
    assert (data.name, data.context, data.targets["hidden_rate"]) == ("ward", "open", "> 95")
    run = {check.key for check in data.attacks if check.status != "not run"}
    assert {"singling_out", "linkability", "attribute_inference", "membership_inference"} <= run
    assert next(check for check in data.distances if check.key == "hidden_rate").value > 50


@pytest.mark.once
def test_release_that_is_the_table_itself_is_found_out(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    data = report(people, people.sample(frac=1, random_state=0), holdout=unseen).data
    assert {finding.status for finding in data.findings} == {"not met"}


def test_tables_of_other_columns_are_refused(people: pd.DataFrame, released: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match="lacks 'age'"):
        report(people, released.drop(columns="age"))


@pytest.mark.parametrize(
    ("package", "write"),
    [
        ("jinja2", lambda made, path: made.to_html()),
        ("jinja2", lambda made, path: made.to_markdown()),
        ("reportlab", lambda made, path: made.to_pdf(path)),
    ],
)
def test_missing_package_is_named_with_its_extra(
    made: Report,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    package: str,
    write: Callable[[Report, Path], object],
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "avatars.report.pages", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"'{package}': pip install 'avatars\[report\]'"):
        write(made, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
    assert made.to_json()


def test_repr_holds_counts_alone(made: Report) -> None:
    assert repr(made) == "Report('patients': 300 people, 300 avatars)"
