"""Releases side by side, whoever made them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer, metrics
from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.metrics import METRICS, compare

pytestmark = pytest.mark.once


@pytest.fixture
def released(people: pd.DataFrame) -> pd.DataFrame:
    return Avatarizer(k=10, random_state=0).fit_transform(people)


def test_columns_are_releases_bounds_and_target(
    people: pd.DataFrame, released: pd.DataFrame
) -> None:
    table = compare({"ours": released, "theirs": people.head(100)}, people)
    assert [*table] == ["ours", "theirs", "original", "independent columns", "target"]
    assert all(METRICS[name].alignment == "any" for name in table.index)
    assert table["ours"].dtype == float


def test_figures_are_those_of_the_functions(
    people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    table = compare({"ours": released}, people, holdout=unseen, target="sex")
    assert table.loc["hellinger_mean", "ours"] == metrics.hellinger_mean(people, released)
    membership = metrics.membership_inference(people, released, unseen)
    assert table.loc["membership_inference", "ours"] == membership.value
    score = metrics.tstr_score(people, people, unseen, "sex")
    assert table.loc["tstr_score", "original"] == score


def test_bounds_are_all_signal_and_no_privacy_or_distributions_alone(
    people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    table = compare({"ours": released}, people, holdout=unseen)
    assert table.loc["hellinger_mean", ["original", "independent columns"]].tolist() == [0, 0]
    assert table.loc["correlation_difference_ratio", "original"] == 0
    assert table.loc["correlation_difference_ratio", "independent columns"] > 20
    assert table.loc["membership_inference", "original"] == 1
    assert table.loc["row_direct_match_protection", "original"] == 0
    assert table.loc["row_direct_match_protection", "independent columns"] == 100
    assert table.loc["hellinger_mean", "target"] == "< 0.1"


def test_result_is_the_same_each_time_and_in_any_order(
    people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    first = compare({"ours": released}, people, holdout=unseen)
    moved = released.sample(frac=1, random_state=3)[[*released][::-1]]
    pd.testing.assert_frame_equal(first, compare({"ours": moved}, people, holdout=unseen))


def test_metrics_that_nothing_can_be_computed_of_are_left_out(
    people: pd.DataFrame, released: pd.DataFrame
) -> None:
    table = compare({"ours": released}, people)
    assert "tstr_score" not in table.index
    assert "membership_inference" not in table.index


def test_releases_of_other_tools_are_taken(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    theirs = {
        "more rows": pd.concat([unseen, unseen], ignore_index=True),
        "one row": unseen.head(1),
        "level lost": unseen[unseen["level"] != "high"],
        "level new": unseen.assign(level=unseen["level"].replace("high", "very high")),
        "other dtypes": unseen.astype(
            {"age": "Float64", "pay": "float32", "level": "category", "sex": object}
        ),
        "whole numbers": unseen.assign(age=unseen["age"].round().astype(int)),
        "gaps": unseen.mask(np.random.default_rng(0).random(unseen.shape) < 0.2),
        "other index": unseen.set_index(unseen.index + 1000),
    }
    table = compare(theirs, people, holdout=unseen)
    assert [*table][: len(theirs)] == [*theirs]
    assert table.loc["hellinger_mean"].drop("target").notna().all()
    assert table.loc["hellinger_mean", "other dtypes"] == pytest.approx(
        table.loc["hellinger_mean", "other index"]
    )


@pytest.mark.parametrize(
    ("release", "problem"),
    [
        (lambda x: x.drop(columns="pay"), "'pay'"),
        (lambda x: x.assign(more=1), "'more'"),
        (lambda x: x.assign(pay="ZZSECRET"), "'pay'"),
        (lambda x: x.head(0), "minimum of 1"),
        (lambda x: "ZZSECRET", "release"),
    ],
)
def test_release_that_cannot_be_read_is_refused_by_its_name(
    people: pd.DataFrame, release: object, problem: str
) -> None:
    with pytest.raises(InvalidTableError, match="release 'theirs'") as caught:
        compare({"ours": people, "theirs": release(people)}, people)  # type: ignore[operator]
    assert problem in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["original", "independent columns", "target"])
def test_names_of_the_bounds_are_taken(people: pd.DataFrame, name: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"'{name}'"):
        compare({name: people}, people)


@pytest.mark.parametrize("releases", [{}, [1, 2], None])
def test_no_release_is_refused(people: pd.DataFrame, releases: object) -> None:
    with pytest.raises(InvalidParameterError, match="'releases'"):
        compare(releases, people)  # type: ignore[arg-type]


def test_misspelt_target_is_not_blamed_on_a_release(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterError, match="'target' names 'sexx'"):
        compare({"ours": people}, people, target="sexx")
