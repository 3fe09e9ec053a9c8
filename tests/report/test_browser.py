"""The page in a real browser: nothing complains, and nothing sticks out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from avatars.metrics.evaluation import Evaluation
from avatars.report import Report, report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        BROWSER is None, reason="no Chromium on this machine; ci/browser.sh installs one"
    ),
]

WIDTHS = [1280, 400]
QUIET = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--enable-logging=stderr", "--v=0", "--virtual-time-budget=10000"),
]


def browse(page: Path, profile: Path, width: int) -> tuple[str, list[str]]:
    """Open a page; give what became of it, and what its console says."""
    done = subprocess.run(
        [
            str(BROWSER),
            *QUIET,
            f"--user-data-dir={profile}",
            f"--window-size={width},900",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, re.findall(r"CONSOLE[^\n]*", done.stderr)


def measured(document: str, folder: Path) -> dict[str, dict[str, int]]:
    """Lay a document out in frames of each width, and measure how wide it comes out."""
    frames = "".join(
        f'<iframe sandbox="allow-same-origin" style="width:{width}px;height:900px;border:0" '
        f'data-width="{width}" srcdoc="{escape(document)}"></iframe>'
        for width in WIDTHS
    )
    script = """
        addEventListener("load", () => {
          const found = {};
          for (const frame of document.querySelectorAll("iframe")) {
            const page = frame.contentDocument;
            const cut = [...page.querySelectorAll("body *")].filter((part) =>
              !part.closest(".scroll, .drawing, pre")
              && part.getBoundingClientRect().right > page.documentElement.clientWidth + 1);
            found[frame.dataset.width] = {
              client: page.documentElement.clientWidth,
              scroll: page.documentElement.scrollWidth,
              tall: page.documentElement.scrollHeight,
              cut: cut.length,
            };
          }
          const output = document.createElement("output");
          output.textContent = JSON.stringify(found);
          document.body.replaceChildren(output);
        });
    """
    page = folder / "measure.html"
    page.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><script>{script}</script><body>{frames}", "utf-8"
    )
    dom, _ = browse(page, folder / "profile", 1400)
    (found,) = re.findall("<output>(.*?)</output>", dom)
    return json.loads(found)


@pytest.fixture(scope="module")
def long_names(make_evaluation: Callable[..., Evaluation]) -> Report:
    """Give a report with names that don't break anywhere."""
    rng = np.random.default_rng(0)
    names = ["W" * 200, "_".join(["column"] * 30), "العمر" * 20, "年龄" * 40, "a b " * 40]
    people = pd.DataFrame({name: rng.normal(size=60) for name in names})
    evaluation = make_evaluation(people, people, name="M" * 300)
    return report(people, people, evaluation=evaluation, parameters={"k": 20, "W" * 90: "W" * 300})


@pytest.mark.parametrize("kind", ["made", "long_names"])
def test_page_never_scrolls_sideways(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    found = measured(request.getfixturevalue(kind).to_html(), tmp_path)
    assert set(found) == {str(width) for width in WIDTHS}
    for width, page in found.items():
        assert page["tall"] > 2000
        assert page["client"] == int(width) or page["client"] >= int(width) - 20
        assert page["scroll"] <= page["client"], width
        assert page["cut"] == 0, width


@pytest.mark.parametrize("width", WIDTHS)
def test_console_is_silent(made: Report, tmp_path: Path, width: int) -> None:
    path = tmp_path / "report.html"
    made.to_html(path)
    dom, said = browse(path, tmp_path / "profile", width)
    assert "11. What figures of this kind" in dom
    assert said == []


def test_what_is_wrong_would_be_seen(tmp_path: Path) -> None:
    # The two tests above must be able to fail.
    policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">"
    path = tmp_path / "bad.html"
    path.write_text(f"<!DOCTYPE html>{policy}<img src='x.png'><p>seen", "utf-8")
    dom, said = browse(path, tmp_path / "profile", 400)
    assert "seen" in dom
    assert any("Content Security Policy" in line for line in said)
    wide = '<!DOCTYPE html><div style="width:3000px;height:3000px">'
    assert measured(wide, tmp_path)["400"]["scroll"] >= 3000
