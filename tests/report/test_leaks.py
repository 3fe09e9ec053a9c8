"""What a report must never hold: rows, values of single people, rare levels, extremes."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.metrics.evaluation import Evaluation
from avatars.report import Report, report
from avatars.tables import Table

pypdf = pytest.importorskip("pypdf")

pytestmark = pytest.mark.once

PLANTED = ["ZZSECRET", "Zebulon", "987654.321", "987,654", "-0.123456789", "1871-05-13", "314159"]


@pytest.fixture(scope="module")
def marked() -> pd.DataFrame:
    """Give people among whom a few hold what nobody else does."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "pay": rng.lognormal(7, 0.4, 200),
            "dose": rng.normal(0, 1, 200),
            "visits": rng.poisson(3, 200),
            "town": rng.choice(["north", "south", "west"], 200),
            "group": rng.choice(["a", "b"], 200),
            "birth": pd.Timestamp("1980-01-01") + pd.to_timedelta(rng.integers(0, 9000, 200), "D"),
            "mostly_empty": np.where(rng.random(200) < 0.02, 314159.265, np.nan),
        }
    )
    frame.loc[3, ["pay", "dose"]] = [987654.321, -0.123456789]
    frame.loc[4, "town"] = "ZZSECRET"
    frame.loc[5:6, "group"] = "Zebulon"
    frame.loc[7, "birth"] = pd.Timestamp("1871-05-13")
    frame.loc[8, "visits"] = 314159
    frame["town"] = frame["town"].astype("category")
    return frame


@pytest.fixture(scope="module")
def texts(
    marked: pd.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
    make_evaluation: Callable[..., Evaluation],
) -> dict[str, str]:
    """Give a report on these people, and on a release that is the very same table, as text."""
    folder = tmp_path_factory.mktemp("reports")
    written = {}
    aligned = {
        "avatars": Avatarizer(random_state=0, shuffle=False).fit_transform(marked),
        "leak": marked,
    }
    for name, unshuffled in aligned.items():
        released = unshuffled.sample(frac=1, random_state=0, ignore_index=True)
        made = report(
            marked,
            released,
            sensitive_unshuffled=unshuffled,
            holdout=marked.head(50),
            avatarizer=Avatarizer(random_state=987654321, types={"group": "category"}),
            evaluation=make_evaluation(marked, released, unseen=marked.head(50)),
        )
        made.to_pdf(folder / "report.pdf")
        pages = pypdf.PdfReader(folder / "report.pdf").pages
        written[f"{name} PDF"] = "".join(page.extract_text() for page in pages)
        written[f"{name} HTML"] = made.to_html()
        written[f"{name} Markdown"] = made.to_markdown()
        written[f"{name} JSON"] = made.to_json()
    return written


@pytest.mark.parametrize("planted", [*PLANTED, "987654321"])
def test_nothing_planted_is_in_any_format(texts: dict[str, str], planted: str) -> None:
    assert len(texts) == 8
    assert [name for name, text in texts.items() if planted in text] == []


def test_no_cell_with_six_digits_is_in_any_format(
    marked: pd.DataFrame, texts: dict[str, str]
) -> None:
    cells = pd.concat([marked["pay"], marked["dose"]]).abs()
    held = {f"{value:.6g}" for value in cells} | {f"{value:.4f}" for value in cells if value > 1}
    for name, text in texts.items():
        # Paths of drawings and digests are full of digits that stand for nothing.
        plain = re.sub(r'\bd="[^"]*"|[0-9a-f]{64}', "", text)
        numbers = set(re.findall(r"\d+\.\d+", plain.replace(",", "")))
        assert numbers
        assert numbers & held == set(), name


def test_least_and_greatest_are_nowhere(marked: pd.DataFrame, texts: dict[str, str]) -> None:
    ends = {f"{end:.{digits}f}" for end in marked["pay"].agg(["min", "max"]) for digits in (1, 2)}
    found = {
        name: [end for end in ends if re.search(rf"(?<![\d.]){re.escape(end)}(?!\d)", plain)]
        for name, text in texts.items()
        if (plain := re.sub(r'\bd="[^"]*"', "", text).replace(",", ""))
    }
    assert found == dict.fromkeys(texts, [])


def test_report_in_memory_holds_no_table(made: Report, people: pd.DataFrame) -> None:
    def reached(value: object, depth: int) -> list[str]:
        if isinstance(value, (pd.DataFrame, pd.Series, Table)):
            return [type(value).__name__]
        parts = (
            value if isinstance(value, (list, tuple)) else getattr(value, "__dict__", {}).values()
        )
        return [name for part in parts for name in reached(part, depth - 1)] if depth else []

    assert reached(made, depth=5) == []
    assert reached([{"a": 1}, (made, made.data, people)], depth=5) == ["DataFrame"]
