"""What met its target and what didn't, and that the attacks decide."""

from __future__ import annotations

import math

import pytest

from avatars.metrics import METRICS, AttackResult
from avatars.report.data import Check
from avatars.report.findings import (
    attack_checks,
    conclusions,
    criterion_findings,
    figure_checks,
)

TARGETS = {"linkability": "< 0.05", "membership_inference": "< 0.6", "hidden_rate": "> 90"}


def risk(value: float, low: float, high: float, **more: object) -> AttackResult:
    given = {"attack": "linkability", "criterion": "linkability", "unit": "risk"}
    given = {**given, "n_attempts": 40, **more}
    return AttackResult(threat="Somebody does it.", value=value, low=low, high=high, **given)


@pytest.mark.parametrize(
    ("value", "low", "high", "status"),
    [
        (0.01, -0.02, 0.04, "met"),
        (0.01, -0.02, 0.05, "unsettled"),  # < 0.05 isn't met at 0.05
        (0.049, 0.01, 0.2, "unsettled"),
        (0.05, 0.02, 0.08, "not met"),
        (0.9, 0.8, 0.95, "not met"),
        (0.01, math.nan, math.nan, "met"),  # no interval: the value is all there is
    ],
)
def test_attack_meets_its_target_only_with_all_of_its_interval(
    value: float, low: float, high: float, status: str
) -> None:
    (check,) = attack_checks([risk(value, low, high)], TARGETS)
    assert check.status == status


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [(-0.1, 0.04, "met"), (0.0, 0.3, "unsettled"), (0.06, 0.4, "not met")],
)
def test_the_exposed_tenth_is_judged_by_its_interval_alone(
    low: float, high: float, status: str
) -> None:
    exposed = risk((low + high) / 2, low, high)
    (check,) = attack_checks([risk(0.0, -0.01, 0.01, exposed=exposed)], TARGETS)
    assert (check.status, check.exposed_status) == ("met", status)


def test_attack_without_target_or_figure_is_said_to_be_so() -> None:
    unrun = AttackResult.not_run("linkability", "linkability", "It.", "it needs a hold-out")
    free = risk(0.1, 0, 0.2, attack="seed_linkage")
    statuses = [check.status for check in attack_checks([unrun, free], TARGETS)]
    assert statuses == ["not run", "no target"]
    first = attack_checks([unrun], TARGETS)[0]
    assert (first.value, first.low, first.n_attempts) == (None, None, None)
    assert first.reason == "it needs a hold-out"


def test_worst_column_is_named() -> None:
    columns = {
        "age": risk(0.1, 0, 0.2),
        "p\u202eay": risk(0.3, 0, 0.4),
        "sex": AttackResult.not_run("linkability", "linkability", "It.", "no level"),
    }
    (check,) = attack_checks([risk(0.3, 0, 0.4, columns=columns)], TARGETS)
    assert check.worst_column == "p\\u202eay"


def test_figure_of_several_columns_names_none() -> None:
    columns = {"age": risk(0.3, 0, 0.4), "pay": risk(0.3, 0, 0.4), "sex": risk(0.5, -1, 1)}
    (check,) = attack_checks([risk(0.3, 0, 0.4, columns=columns)], TARGETS)
    assert check.worst_column is None


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [(0.0, 0.04, "met"), (-0.9, 0.9, "unsettled"), (0.06, 0.4, "not met")],
)
def test_every_column_has_to_meet_the_target(low: float, high: float, status: str) -> None:
    shown = risk(0.01, 0, 0.02)
    unrun = AttackResult.not_run("linkability", "linkability", "It.", "no level")
    columns = {"pay": shown, "sex": risk((low + high) / 2, low, high), "age": unrun}
    (check,) = attack_checks([risk(0.01, 0, 0.02, columns=columns)], TARGETS)
    assert (check.status, check.worst_column) == (status, "pay")
    said = "By column, 1 of 2 are beyond the target or not settled."
    assert (said in check.sentence) == (status != "met")
    exposed = risk(0.01, 0, 0.02, columns=columns)
    (check,) = attack_checks([risk(0.01, 0, 0.02, exposed=exposed)], TARGETS)
    assert (check.status, check.exposed_status) == ("met", status)


@pytest.mark.parametrize(
    ("unit", "n_attempts", "is_shown"),
    [("risk", 4, False), ("risk", 5, True), ("auc", 9, False), ("auc", 10, True)],
)
def test_exposed_people_are_shown_where_there_are_five(
    unit: str, n_attempts: int, is_shown: bool
) -> None:
    exposed = risk(0.4, 0.2, 0.6, unit=unit, n_attempts=n_attempts)
    (check,) = attack_checks([risk(0.0, -0.01, 0.01, exposed=exposed)], TARGETS)
    assert (check.exposed is not None, check.exposed_status is not None) == (is_shown, is_shown)


def test_exposed_people_who_were_not_attacked_are_not_shown() -> None:
    unrun = AttackResult.not_run("linkability", "linkability", "It.", "fewer than five people")
    (check,) = attack_checks([risk(0.0, -0.01, 0.01, exposed=unrun)], TARGETS)
    assert (check.exposed, check.exposed_status) == (None, None)


def test_figures_are_held_against_their_targets_in_the_order_given() -> None:
    checks = figure_checks(
        {"local_cloaking": None, "hidden_rate": 89.9, "closest_rate": 50.0},
        {"local_cloaking": "it needs the aligned release"},
        TARGETS,
        "distance",
    )
    assert [(check.key, check.status) for check in checks] == [
        ("local_cloaking", "not run"),
        ("hidden_rate", "not met"),
        ("closest_rate", "no target"),
    ]
    assert [check.reason for check in checks] == ["it needs the aligned release", None, None]
    assert [check.unit for check in checks] == ["count", "percent", "percent"]


def test_every_criterion_has_a_finding_and_the_worst_attack_decides() -> None:
    attacks = attack_checks(
        [
            risk(0.01, 0, 0.02),
            risk(0.2, 0.1, 0.3),
            risk(0.55, 0.5, 0.58, attack="membership_inference", criterion="membership"),
        ],
        TARGETS,
    )
    found = {finding.criterion: finding.status for finding in criterion_findings(attacks)}
    assert found == {
        "singling out": "not run",
        "linkability": "not met",
        "inference": "not run",
        "membership": "met",
    }


def test_exposed_people_decide_as_well() -> None:
    exposed = risk(0.4, 0.2, 0.6)
    attacks = attack_checks([risk(0.0, -0.01, 0.01, exposed=exposed)], TARGETS)
    assert criterion_findings(attacks)[1].status == "not met"
    assert conclusions(attacks, []) == [
        "On all people taken together, 1 of 1 attacks stayed within their target.",
        "Beyond the target for the most exposed tenth: linkability.",
    ]


def test_criteria_of_attacks_are_those_that_are_asked_about() -> None:
    asked = {finding.criterion for finding in criterion_findings([])}
    assert {info.criterion for info in METRICS.values() if info.family == "attack"} == asked


def distance(key: str, value: float) -> Check:
    return figure_checks({key: value}, {}, TARGETS, "distance")[0]


def test_report_follows_the_attacks_where_distances_disagree() -> None:
    leaking = attack_checks([risk(0.4, 0.3, 0.5)], TARGETS)
    said = conclusions(leaking, [distance("hidden_rate", 99.0)])
    assert said[-1] == (
        "The distance metrics all meet their targets. The attacks don't: this report follows the "
        "attacks."
    )


def test_report_follows_the_attacks_where_distances_look_worse() -> None:
    safe = attack_checks([risk(0.0, -0.01, 0.01)], TARGETS)
    said = conclusions(safe, [distance("hidden_rate", 10.0)])
    assert said[0] == "On all people taken together, 1 of 1 attacks stayed within their target."
    assert said[-1].startswith("Distance metrics short of their target: hidden rate.")


def test_nothing_is_concluded_from_distances_alone() -> None:
    unrun = AttackResult.not_run("linkability", "linkability", "It.", "it needs a hold-out")
    (sentence,) = conclusions(attack_checks([unrun], TARGETS), [distance("hidden_rate", 99.0)])
    assert "support no conclusion" in sentence
