"""Every metric has its words, and none of them promises anything."""

from __future__ import annotations

from pathlib import Path

import avatars.report
from avatars.metrics import METRICS
from avatars.metrics.targets import PRESETS
from avatars.report import words

PACKAGE = Path(avatars.report.__file__).parent
WORD = "anonym"


def test_every_metric_has_words_of_its_own() -> None:
    assert set(METRICS) <= set(words.WORDS)
    titles = [word.title for word in words.WORDS.values()]
    assert len(titles) == len(set(titles))
    assert all(word.formula and word.text for word in words.WORDS.values())


def test_distance_metrics_say_who_does_what() -> None:
    paired = {name for name, info in METRICS.items() if info.family == "privacy"}
    assert {name for name in paired if not words.WORDS[name].threat} == set()


def test_every_preset_is_described() -> None:
    assert set(words.CONTEXTS) == set(PRESETS)


def test_no_text_promises_what_no_test_can_show() -> None:
    texts = [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".j2", ".css"}]
    assert len(texts) > 10
    said = [path.name for path in texts if WORD in path.read_text("utf-8").lower()]
    # The name of a metric of the literature is no promise.
    assert [name for name in said if name != "words.py"] == []
    assert (PACKAGE / "words.py").read_text("utf-8").lower().count(WORD) == 1
    lower = (PACKAGE / "words.py").read_text("utf-8").lower()
    assert "gdpr-compliant" not in lower
    assert '"k_anonymity"' in lower
