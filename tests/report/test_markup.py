"""Labels are text, whatever they look like, in every format."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd
import pytest

from avatars.metrics.evaluation import Evaluation
from avatars.report import Report, report

html5lib = pytest.importorskip("html5lib")
pypdf = pytest.importorskip("pypdf")

pytestmark = pytest.mark.once

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(2)</script>',
    "' onmouseover='alert(3)",
    "{{7*7}}{% raw %}",
    "</style></title></svg><svg onload=alert(4)>",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202egnp.exe",
    "$\\alpha$",
    "`x` [y](javascript:alert(5)) ![z](http://evil.example/z.png)",
    "a|b\n# c\n```",
    "--> <!-- <b>",
    "&lt;i&gt;",
    "x" * 400,
]


@pytest.fixture(scope="module")
def hostile(make_evaluation: Callable[..., Evaluation]) -> Report:
    """Give the report on a table whose name, columns and levels are markup."""
    rng = np.random.default_rng(0)
    columns: dict[Any, Any] = {
        label: rng.normal(size=60) if place % 2 else rng.choice(HOSTILE[:4], 60)
        for place, label in enumerate(HOSTILE)
    }
    people = pd.DataFrame(columns)
    released = people.sample(frac=1, random_state=0, ignore_index=True)
    parameters = {"k": 20, "column_weights": {HOSTILE[0]: 2.0}, HOSTILE[1]: HOSTILE[2]}
    evaluation = make_evaluation(people, released, name=HOSTILE[1], context=HOSTILE[0])
    return report(people, released, evaluation=evaluation, parameters=parameters)


def elements(text: str) -> list[Element]:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return list(parser.parse(text).iter())


def tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def test_page_holds_no_element_and_no_attribute_that_acts(hostile: Report) -> None:
    found = elements(hostile.to_html())
    tags = {tag(element) for element in found}
    assert {"html", "table", "svg", "figure", "h1"} <= tags
    forbidden = {"script", "iframe", "object", "embed", "form", "link", "base", "audio", "video"}
    assert forbidden.isdisjoint(tags)
    for element in found:
        for name, value in element.attrib.items():
            assert not str(name).lower().rpartition("}")[2].startswith("on")
            assert "javascript:" not in value
            if str(name).rpartition("}")[2] in ("src", "href"):
                assert value.startswith(("#", "data:image/"))
    assert not [element for element in found if tag(element) == "img"]


def test_page_loads_nothing(hostile: Report) -> None:
    text = hostile.to_html()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    styles = "".join(re.findall(r"<style.*?</style>", text, re.DOTALL))
    assert "@import" not in styles
    assert "url(" not in styles.replace("url(#", "(#")


def test_labels_are_shown_as_they_are(hostile: Report) -> None:
    names = ["".join(element.itertext()) for element in elements(hostile.to_html())]
    assert HOSTILE[0] in names
    assert "{{7*7}}{% raw %}" in names
    assert "\\u202egnp.exe" in names
    assert not any("49{% raw" in name for name in names)


def test_template_marks_in_a_name_are_not_carried_out(hostile: Report) -> None:
    assert "{{7*7}}" in hostile.to_html()
    assert hostile.data.name == HOSTILE[1]
    assert elements(hostile.to_html())[0].find(".//title").text.endswith(HOSTILE[1])


def test_markdown_has_neither_markup_nor_links_of_the_table(hostile: Report) -> None:
    text = hostile.to_markdown()
    assert "<" not in text
    assert "](" not in re.sub(r"\\.", "", text)
    assert "javascript:" not in text
    # Every line of a table has the columns of its head.
    bars = [line.replace("\\|", "").count("|") for line in text.splitlines()]
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert max(bars) > 2
    for block in blocks:
        assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1


def test_frame_for_notebooks_may_run_nothing(hostile: Report) -> None:
    (frame,) = [part for part in elements(hostile._repr_html_()) if tag(part) == "iframe"]
    assert frame.attrib["sandbox"] == ""
    assert frame.attrib["srcdoc"] == hostile.to_html()


def test_pdf_shows_labels_as_text(hostile: Report, tmp_path: Any) -> None:
    hostile.to_pdf(tmp_path / "report.pdf")
    reader = pypdf.PdfReader(io.BytesIO((tmp_path / "report.pdf").read_bytes()))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
    assert "<img src=x onerror=alert(1)>" in text
    assert "\\u202egnp.exe" in text
    assert all("/JS" not in str(page.get("/AA", "")) for page in reader.pages)
    assert "/OpenAction" not in reader.trailer["/Root"]
    assert [page for page in reader.pages if page.get("/Annots")] == []
