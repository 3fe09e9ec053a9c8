"""Inline SVG: inert, the same each time, and without a number that belongs to somebody."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from avatars.datasets import make_patients
from avatars.displays import (
    ContributionDisplay,
    CorrelationDisplay,
    DistributionDisplay,
    ProjectionDisplay,
    figure_as_svg,
)

pytestmark = pytest.mark.once

HOSTILE = {
    "age": "<img src=x onerror=alert(1)>",
    "sex": "$\\alpha$",
    "height": "</text></svg><script>alert(1)</script>",
    "weight": "pay in $",
    "smoker": "a & b; \"quoted\" 'twice'",
    "systolic": "two\nlines\x00\u202etxt",
    "cholesterol": "x" * 5000,
    "blood_group": "\u540d\u524d",
    "severity": "$\\frac{1}{0$ _a^b \\",
}


class Elements(HTMLParser):
    """Collect the names of elements, their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def hostile() -> pd.DataFrame:
    """Give patients whose labels and levels are markup, formulas and control characters."""
    people = make_patients(120, random_state=0)
    people["treatment"] = np.where(people["sex"] == "male", "<b onclick=x>", "$x$")
    return people.rename(columns=HOSTILE)


def test_labels_are_inert_and_shown_as_they_are(hostile: pd.DataFrame) -> None:
    for display in (DistributionDisplay, CorrelationDisplay, ContributionDisplay):
        page = Elements(figure_as_svg(display.from_tables(hostile, hostile).figure_))
        assert page.names <= {
            "svg",
            "defs",
            "g",
            "path",
            "text",
            "tspan",
            "use",
            "clippath",
            "rect",
        }
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        assert "$\\alpha$" in page.words
        assert "pay in $" in page.words
        assert "\u540d\u524d" in page.words
        assert max(len(words.strip()) for words in page.words) < 80
    page = Elements(figure_as_svg(DistributionDisplay.from_tables(hostile, hostile).figure_))
    assert {"<b onclick=x>", "$x$"} <= set(page.words)
    assert any(words.startswith("<img src=x") for words in page.words)


def test_nothing_is_fetched_or_said_about_the_machine(hostile: pd.DataFrame) -> None:
    svg = figure_as_svg(ProjectionDisplay.from_tables(hostile, hostile).figure_)
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    for word in ("metadata", "<style", "<image", "atplotlib", "<!--", "<?xml"):
        assert word not in svg
    references = re.findall(r"(?:href=\"#|url\(#)([^\")]+)", svg)
    assert set(references) == set(re.findall(r" id=\"([^\"]+)\"", svg))
    assert references


def test_same_figure_is_the_same_text_and_another_shares_no_identifier() -> None:
    people, others = make_patients(120, random_state=0), make_patients(120, random_state=1)

    def drawn(column: str) -> str:
        return figure_as_svg(
            DistributionDisplay.from_tables(people, others, columns=[column]).figure_
        )

    age, height = drawn("age"), drawn("height")
    assert age == drawn("age")
    names = [set(re.findall(r" id=\"([^\"]+)\"", svg)) for svg in (age, height)]
    assert names[0] and names[1] and not names[0] & names[1]


def test_no_number_has_more_than_five_digits(hostile: pd.DataFrame) -> None:
    root = ElementTree.fromstring(
        figure_as_svg(CorrelationDisplay.from_tables(hostile, hostile).figure_)
    )
    numbers = [
        number.replace(".", "").strip("-0")
        for element in root.iter()
        for key, value in element.attrib.items()
        if key in ("d", "x", "y", "width", "height", "transform")
        for number in re.findall(r"-?\d+\.?\d*", value)
    ]
    assert len(numbers) > 1000
    assert max(len(number) for number in numbers) <= 5


def test_no_value_of_a_person_is_in_a_figure(rng: np.random.Generator) -> None:
    people = pd.DataFrame(
        {
            "pay": rng.lognormal(8, 1, 400),
            "dose": rng.normal(0.5, 0.1, 400),
            "code": np.where(np.arange(400) < 3, "ZZSECRET", "usual"),
        }
    )
    values = people[["pay", "dose"]].to_numpy().ravel()
    written = {f"{value:.6g}" for value in values}
    for display in (
        DistributionDisplay,
        CorrelationDisplay,
        ContributionDisplay,
        ProjectionDisplay,
    ):
        svg = figure_as_svg(display.from_tables(people, people).figure_)
        numbers = set(re.findall(r"\d+(?:\.\d+)?", svg))
        assert not numbers & written
        assert "ZZSECRET" not in svg


def test_any_figure_of_matplotlib_can_be_written() -> None:
    figure, ax = plt.subplots()
    ax.imshow(np.eye(2))
    ax.set_title("pixels")
    svg = figure_as_svg(figure)
    assert 'href="data:image/png;base64' in svg
    assert ">pixels</text>" in svg
