"""The forest plot of attacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import same_color

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.displays import AttackDisplay, figure_as_svg
from avatars.displays.style import ALARM, PEOPLE
from avatars.exceptions import InvalidParameterError
from avatars.metrics import AttackResult


def result(value: float, low: float, high: float, unit: Any = "risk", **more: Any) -> AttackResult:
    """Give a result of an attack that was run."""
    settings = {"attack": "singling_out", "criterion": "singling out", "threat": "Somebody reads."}
    return AttackResult(**settings | more, unit=unit, value=value, low=low, high=high)


def not_run(reason: str, unit: Any = "risk") -> AttackResult:
    """Give one that wasn't."""
    return AttackResult.not_run("linkability", "linkability", "Somebody holds two.", reason, unit)


def marks(ax: Any) -> list[Any]:
    """Give the marks of values, which are single points."""
    return [line for line in ax.lines if line.get_marker() == "o"]


def test_value_interval_and_chance_are_drawn() -> None:
    display = AttackDisplay.from_results([result(0.2, 0.1, 0.3), result(0.6, 0.4, 0.8, "auc")])
    for ax, chance, value, interval in zip(
        display.ax_, (0, 0.5), (0.2, 0.6), ([0.1, 0.3], [0.4, 0.8]), strict=True
    ):
        line, reach, mark = ax.lines
        assert list(line.get_xdata()) == [chance, chance]
        assert list(reach.get_xdata()) == interval
        assert list(mark.get_xdata()) == [value]
        assert f"({chance:g} = chance)" in ax.get_xlabel()


@pytest.mark.parametrize(
    ("low", "high", "unit", "beyond"),
    [
        (0.01, 0.1, "risk", True),
        (-0.01, 0.1, "risk", False),
        (-0.2, -0.1, "risk", False),
        (0.51, 0.6, "auc", True),
        (0.45, 0.6, "auc", False),
    ],
)
def test_interval_beyond_chance_is_filled_and_red(
    low: float, high: float, unit: str, beyond: bool
) -> None:
    display = AttackDisplay.from_results([result((low + high) / 2, low, high, unit)])
    (mark,) = marks(display.ax_)
    assert same_color(mark.get_color(), ALARM if beyond else PEOPLE)
    assert same_color(mark.get_markerfacecolor(), ALARM if beyond else "white")


def test_most_exposed_have_a_mark_of_their_own() -> None:
    exposed = result(0.4, 0.1, 0.6, n_attempts=5)
    display = AttackDisplay.from_results([result(0.1, -0.05, 0.2, exposed=exposed)])
    everybody, tenth = marks(display.ax_)
    assert [list(mark.get_xdata()) for mark in (everybody, tenth)] == [[0.1], [0.4]]
    assert tenth.get_markersize() < everybody.get_markersize()
    low, high = display.ax_.get_xlim()
    assert low < -0.05
    assert high > 0.6


@pytest.mark.parametrize(("unit", "few"), [("risk", 4), ("auc", 9)])
def test_fewer_than_five_most_exposed_have_no_mark(unit: str, few: int) -> None:
    exposed = result(0.4, 0.1, 0.9, unit, n_attempts=few)
    display = AttackDisplay.from_results([result(0.1, -0.05, 0.2, unit, exposed=exposed)])
    assert [list(mark.get_xdata()) for mark in marks(display.ax_)] == [[0.1]]
    assert display.ax_.get_xlim()[1] < 0.9


def test_attack_that_was_not_run_has_its_reason_and_no_mark() -> None:
    display = AttackDisplay.from_results([not_run("it needs $people$ held out " * 20)])
    assert marks(display.ax_) == []
    (text,) = display.ax_.texts
    assert text.get_text().startswith(r"it needs \$people\$ held out")
    assert len(text.get_text()) < 200
    assert display.ax_.get_yticklabels()[0].get_text() == "linkability\nnot run"
    assert "it needs $people$ held out" in figure_as_svg(display.figure_)


def test_results_stand_in_the_panel_of_their_unit() -> None:
    results = [result(0.6, 0.5, 0.7, "auc"), not_run("x"), not_run("y", "auc")]
    display = AttackDisplay.from_results(results)
    assert [len(ax.get_yticklabels()) for ax in display.ax_] == [1, 2]


def test_no_result_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="results"):
        AttackDisplay.from_results([])


def test_estimator_is_attacked_with_people_held_out() -> None:
    patients = make_patients(150, random_state=0)
    fitted = Avatarizer(random_state=0).fit(patients.head(100))
    display = AttackDisplay.from_estimator(fitted, patients.tail(50), n_attempts=50)
    assert [r.attack for r in display.results] == [
        "singling_out",
        "linkability",
        "attribute_inference",
        "membership_inference",
    ]
    assert all(r.was_run for r in display.results)
    assert len(np.ravel(display.ax_)) == 2
    again = AttackDisplay.from_estimator(fitted, patients.tail(50), n_attempts=50)
    assert figure_as_svg(again.figure_) == figure_as_svg(display.figure_)
    alone = AttackDisplay.from_estimator(fitted, n_attempts=50)
    assert not all(r.was_run for r in alone.results)
