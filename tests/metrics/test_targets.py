"""Targets by context."""

from __future__ import annotations

import math

import pytest

from avatars.exceptions import InvalidParameterError
from avatars.metrics import METRICS, get_targets, meets
from avatars.metrics.targets import PRESETS, RECIPIENTS
from avatars.models import DataRecipient

# The constants published with the documented metrics.
PUBLISHED = {
    "hidden_rate": "> 90",
    "local_cloaking": "> 5",
    "distance_to_closest": "> 0.2",
    "closest_distances_ratio": "> 0.3",
    "closest_rate": "> 90",
    "row_direct_match_protection": "> 90",
    "column_direct_match_protection": "> 50",
    "categorical_hidden_rate": "> 90",
    "correlation_protection_rate": "> 95",
    "inference_continuous": "> 10",
    "inference_categorical": "> 10",
    "hellinger_mean": "< 0.1",
    "correlation_difference_ratio": "< 10",
}


def test_default_is_what_was_published() -> None:
    assert get_targets().items() >= PUBLISHED.items()


@pytest.mark.parametrize("preset", PRESETS)
def test_targets_are_of_metrics_and_point_their_way(preset: str) -> None:
    for name, target in get_targets(preset).items():
        assert target[0] == {"higher": ">", "lower": "<"}[METRICS[name].direction]


def test_open_is_never_laxer_than_external_nor_external_than_internal() -> None:
    def bound(target: str) -> float:
        return float(target[1:]) * (1 if target[0] == ">" else -1)

    strict, middle, lax = (get_targets(name) for name in ("open", "external", "internal"))
    assert strict.keys() == middle.keys() == lax.keys()
    for name in strict:
        assert bound(strict[name]) >= bound(middle[name]) >= bound(lax[name]), name
    assert strict != middle != lax


@pytest.mark.parametrize("recipient", [member.value for member in DataRecipient])
def test_every_documented_recipient_has_targets(recipient: str) -> None:
    preset = RECIPIENTS.get(recipient, recipient)
    assert get_targets(recipient) == dict(PRESETS[preset])


def test_unknown_recipient_gets_the_strictest() -> None:
    assert get_targets("unknown") == get_targets("open")


def test_own_targets_take_the_place_of_the_published_ones() -> None:
    own = get_targets({"hidden_rate": 80, "hellinger_mean": 0.3, "pmse_ratio": "< 2"})
    assert own["hidden_rate"] == "> 80"
    assert own["hellinger_mean"] == "< 0.3"
    assert own["pmse_ratio"] == "< 2"
    assert own["local_cloaking"] == "> 5"


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ("nowhere", "opendata"),
        (None, "opendata"),
        ({"hiden_rate": 90}, "'hiden_rate'"),
        ({"hidden_rate": "90"}, "'> 90'"),
        ({"hidden_rate": "> ninety"}, "'> 90'"),
        ({"hidden_rate": "< 50"}, "higher is better"),
        ({"linkability": ">= 0.5"}, "lower is better"),
        ({"hidden_rate": True}, "'hidden_rate'"),
        ({"hidden_rate": None}, "'hidden_rate'"),
        ({"std_ratio": 1.2}, "'std_ratio'"),
    ],
)
def test_what_is_no_target_is_refused(context: object, named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        get_targets(context)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "value", "target", "met"),
    [
        ("hidden_rate", 90.1, "> 90", True),
        ("hidden_rate", 90.0, "> 90", False),
        ("hidden_rate", 90.0, ">= 90", True),
        ("hidden_rate", 95.0, 90, True),
        ("membership_inference", 0.55, 0.6, True),
        ("membership_inference", 0.65, "< 0.6", False),
        ("linkability", -0.01, "<= 0", True),
        ("hidden_rate", None, "> 90", None),
        ("linkability", math.nan, "< 0.05", None),
    ],
)
def test_meets(key: str, value: float | None, target: str | float, met: bool | None) -> None:
    assert meets(key, value, target) is met


def test_presets_cannot_be_changed_by_accident() -> None:
    get_targets()["hidden_rate"] = "> 0"
    assert get_targets()["hidden_rate"] == "> 90"
