"""What a hostile reader found in reports: each of these was once wrong."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.exceptions import InvalidInputError, InvalidParameterError
from avatars.metrics import AttackResult, evaluate
from avatars.report import report
from avatars.report.findings import attack_checks

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return make_patients(400, random_state=0)


@pytest.fixture(scope="module")
def people(table: pd.DataFrame) -> pd.DataFrame:
    return table.head(200)


@pytest.fixture(scope="module")
def unseen(table: pd.DataFrame) -> pd.DataFrame:
    return table.tail(200)


@pytest.fixture(scope="module")
def released(people: pd.DataFrame) -> pd.DataFrame:
    avatars: pd.DataFrame = Avatarizer(random_state=0).fit_transform(people)
    return avatars


def result(value: float, low: float, high: float, **more: Any) -> AttackResult:
    return AttackResult(
        attack="attribute_inference",
        criterion="inference",
        threat="Somebody guesses.",
        unit="risk",
        value=value,
        low=low,
        high=high,
        n_attempts=2000,
        **more,
    )


def test_target_is_met_only_where_every_column_meets_it() -> None:
    sure, unsure = result(0.04, 0.03, 0.05), result(0.3, -0.9, 0.9)
    found = result(0.04, 0.03, 0.05, columns={"weight": sure, "hiv": unsure})
    (check,) = attack_checks([found], {"attribute_inference": "< 0.1"})
    assert check.status in ("unsettled", "not met")


def test_column_named_is_the_one_whose_figure_is_shown() -> None:
    sure, unsure = result(0.04, 0.03, 0.05), result(0.3, -0.9, 0.9)
    found = result(0.04, 0.03, 0.05, columns={"weight": sure, "hiv": unsure})
    (check,) = attack_checks([found], {})
    assert (check.worst_column, check.value) in (("weight", 0.04), ("hiv", 0.3))


def test_evaluation_of_another_release_is_refused(
    people: pd.DataFrame, unseen: pd.DataFrame, released: pd.DataFrame
) -> None:
    flattering = evaluate(people, released, holdout=unseen)
    leak = people.sample(frac=1, random_state=0, ignore_index=True)
    with pytest.raises(InvalidParameterError, match="evaluation"):
        report(people, leak, holdout=unseen, evaluation=flattering)


def test_shuffled_release_passed_as_aligned_gives_no_figure(
    people: pd.DataFrame, released: pd.DataFrame
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = report(people, released, sensitive_unshuffled=released)
        except InvalidInputError:
            return
    statuses = {check.key: check.status for check in made.data.distances}
    assert statuses["hidden_rate"] == statuses["local_cloaking"] == "not run"


def with_outlier(value: float) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    pay = np.append(rng.normal(30_000, 8_000, 199), value)
    return pd.DataFrame({"pay": pay, "sex": rng.choice(["f", "m"], 200)})


def utility(original: pd.DataFrame, avatars: pd.DataFrame) -> dict[str, float | None]:
    return {check.key: check.value for check in report(original, avatars).data.utility}


@pytest.mark.parametrize("key", ["std_ratio", "range_coverage", "wasserstein_mean"])
def test_greatest_value_does_not_move_a_published_figure(key: str) -> None:
    avatars = with_outlier(30_000)
    figures = [utility(with_outlier(value), avatars)[key] for value in (900_000, 990_000)]
    assert figures[0] == figures[1]


def test_one_to_four_gaps_are_not_told_apart_by_a_figure() -> None:
    rng = np.random.default_rng(0)
    full = pd.DataFrame({"ward": rng.choice(["a", "b"], 100), "x": rng.normal(size=100)})
    figures = set()
    for gaps in range(1, 5):
        people = full.copy()
        people.loc[: gaps - 1, "ward"] = None
        figures.add(utility(people, full)["missing_rate_difference"])
    assert len(figures) == 1


def test_one_to_four_people_of_a_level_are_not_told_apart_by_a_figure() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=100)
    avatars = pd.DataFrame({"hiv": ["no"] * 100, "x": x})
    figures = set()
    for held in range(1, 5):
        people = pd.DataFrame({"hiv": ["yes"] * held + ["no"] * (100 - held), "x": x})
        column = report(people, avatars).data.column_utility[0]
        figures.add((column.gap, column.hellinger, column.hellinger_reference))
    assert len(figures) == 1


def test_moments_of_few_people_give_nobody_away() -> None:
    marker = np.full(60, np.nan)
    values = [12.3, 15.1, 17.8, 19.9, 23.4, 31.7, 44.0, 47.2, 55.5, 61.1]
    marker[: len(values)] = values
    people = pd.DataFrame({"marker": marker, "x": np.random.default_rng(0).normal(size=60)})
    column = report(people, people).data.column_utility[0]
    if column.mean_original is not None and column.std_original is not None:
        mean, std = float(column.mean_original), float(column.std_original)
        ends = (mean - std, mean + std)
        assert not any(np.isclose(end, values, atol=0.02).any() for end in ends)


def test_exposed_figure_of_fewer_than_five_people_is_not_published() -> None:
    table = make_patients(24, random_state=0)
    people, unseen = table.head(12), table.tail(12)
    attacks = report(people, people, holdout=unseen).data.attacks
    # A tenth of twelve people is one of them.
    assert [check.key for check in attacks if check.exposed is not None] == []


def test_snippet_of_a_report_with_own_targets_can_be_run(
    people: pd.DataFrame, released: pd.DataFrame
) -> None:
    snippet = report(people, released, context={"hidden_rate": 95}).data.snippet
    assert "context='custom'" not in snippet
