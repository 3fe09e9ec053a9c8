"""What printed values of the method prove, and what a metric must say of the plainest releases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.exceptions import AlignmentWarning
from avatars.metrics.privacy import (
    categorical_hidden_rate,
    closest_distances_ratio,
    closest_rate,
    column_direct_match_protection,
    column_direct_match_protection_by_column,
    distance_to_closest,
    hidden_rate,
    local_cloaking,
    row_direct_match_protection,
    sensitive_local_cloaking,
)

WBCD = Path(__file__).parents[4] / "shared" / "data" / "wbcd.csv"
CLASS = {"Class": "category"}
published = pytest.mark.skipif(
    not WBCD.exists(), reason="the table is not ours to ship; it lies in ../shared where we work"
)


@pytest.fixture(scope="module")
def wbcd() -> pd.DataFrame:
    return pd.read_csv(WBCD)


@pytest.fixture(scope="module")
def releases(wbcd: pd.DataFrame) -> list[pd.DataFrame]:
    types = dict.fromkeys(wbcd, "category")
    return [
        Avatarizer(
            k=20, ncp=2, protection="none", types=types, shuffle=False, random_state=seed
        ).fit_transform(wbcd)
        for seed in range(5)
    ]


def test_percentages_count_people(people: pd.DataFrame) -> None:
    aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    for metric in (hidden_rate, closest_rate, row_direct_match_protection, categorical_hidden_rate):
        count = metric(people, aligned) * 300 / 100
        assert count == pytest.approx(round(count))


@pytest.mark.parametrize(
    ("n", "levels", "expected"),
    [(50, 2, 96.0), (130, 2, 98.46), (51, 2, 96.08), (150, 2, 98.67), (300, 5, 98.33)],
)
def test_column_match_is_the_share_of_values_in_people(
    n: int, levels: int, expected: float
) -> None:
    people = pd.DataFrame({"sex": [f"level {i % levels}" for i in range(n)], "x": np.arange(n) / 7})
    found = column_direct_match_protection(people, people)
    assert found == pytest.approx(100 * (1 - levels / n))
    assert round(found, 2) == expected


def test_column_match_counts_values_of_both_and_no_numbers() -> None:
    people = pd.DataFrame({"job": list("aabbccdd"), "age": [1.5] * 8, "sex": list("ffffmmmm")})
    avatars = pd.DataFrame({"job": list("aabbxxyy"), "age": [1.5] * 8, "sex": list("ffffmmmm")})
    assert column_direct_match_protection_by_column(people, avatars) == {"job": 75.0, "sex": 75.0}


def test_identifiers_are_left_out_of_the_column_match() -> None:
    people = pd.DataFrame({"id": [f"p{i}" for i in range(60)], "sex": ["f", "m"] * 30})
    types = {"id": "identifier"}
    assert column_direct_match_protection(people, people, types=types) == pytest.approx(96 + 2 / 3)


@pytest.mark.parametrize(("kept", "expected"), [(2, 66.67), (6, 0.0), (0, 100.0)])
def test_categorical_hidden_rate_has_unique_combinations_for_denominator(
    kept: int, expected: float
) -> None:
    # Six people stand alone with day and exam, the other 44 share theirs.
    day = [*"abcdef", *["a"] * 22, *["b"] * 22]
    exam = [*"uvwuvw", *["w"] * 22, *["u"] * 22]
    people = pd.DataFrame({"day": day, "exam": exam, "age": np.arange(50) / 7})
    drawn = people.assign(exam=[*exam[:kept], *["x"] * (6 - kept), *["v"] * 44])
    assert round(categorical_hidden_rate(people, drawn), 2) == expected


def test_categorical_hidden_rate_is_100_when_no_combination_is_unique() -> None:
    people = pd.DataFrame({"sex": ["f", "m"] * 30, "age": np.arange(60) / 7})
    assert categorical_hidden_rate(people, people) == 100


def test_original_against_itself(people: pd.DataFrame) -> None:
    assert hidden_rate(people, people) == 0
    assert local_cloaking(people, people) == 0
    assert distance_to_closest(people, people) == 0
    assert closest_distances_ratio(people, people) == 0
    assert closest_rate(people, people) == 0
    assert row_direct_match_protection(people, people) == 0


def test_permuting_avatars_changes_what_is_paired_and_nothing_else(people: pd.DataFrame) -> None:
    aligned = Avatarizer(k=5, shuffle=False, random_state=0).fit_transform(people)
    aligned.iloc[:20] = people.iloc[:20]
    # Half of the rows change places: the rest still looks aligned.
    order = np.arange(300)
    order[150:] = order[:149:-1]
    permuted = aligned.iloc[order].reset_index(drop=True)
    for metric in (hidden_rate, local_cloaking):
        assert metric(people, permuted) > metric(people, aligned)
    for metric in (
        distance_to_closest,
        closest_distances_ratio,
        closest_rate,
        row_direct_match_protection,
        column_direct_match_protection,
    ):
        assert metric(people, permuted) == metric(people, aligned)


@pytest.mark.filterwarnings("ignore:people are no nearer:avatars.exceptions.AlignmentWarning")
def test_shuffled_avatars_hide_all_but_one_in_n(people: pd.DataFrame) -> None:
    rates = [
        hidden_rate(people, people.sample(frac=1, random_state=seed, ignore_index=True))
        for seed in range(40)
    ]
    # A permutation has one fixed point on average, with variance 1.
    assert np.mean(rates) == pytest.approx(100 * (1 - 1 / 300), abs=3 * 100 / 300 / np.sqrt(40))


def test_reversed_avatars_hide_everybody_and_are_warned_of(people: pd.DataFrame) -> None:
    backwards = people[::-1].reset_index(drop=True)
    with pytest.warns(AlignmentWarning):
        assert hidden_rate(people, backwards) == 100
    with pytest.warns(AlignmentWarning):
        assert local_cloaking(people, backwards) > 10


def test_few_kinds_of_rows_are_near_without_harm(rng: np.random.Generator) -> None:
    # Fifteen possible rows for 300 visits, as in the tutorials of the method.
    visits = pd.DataFrame(
        {"day": rng.choice(list("abcde"), 300), "exam": rng.choice(list("xyz"), 300)}
    )
    release = pd.DataFrame(
        {"day": rng.choice(list("abcde"), 300), "exam": rng.choice(list("xyz"), 300)}
    )
    assert distance_to_closest(visits, release) == 0
    assert closest_distances_ratio(visits, release) == 1
    assert closest_rate(visits, release) == 100
    assert row_direct_match_protection(visits, release) == 0


@published
def test_twins_of_the_published_table_count_as_the_tie_rule_says(wbcd: pd.DataFrame) -> None:
    # 683 people of whom 280 have a twin: the people as their own avatars are found but for these,
    # and as many of them as there are kinds of record.
    twins = wbcd.duplicated(keep=False)
    assert (len(wbcd), twins.sum()) == (683, 280)
    rate = hidden_rate(wbcd, wbcd, ncp=10, types=CLASS)
    assert rate == pytest.approx(100 * (1 - len(wbcd.drop_duplicates()) / 683))
    assert hidden_rate(wbcd, wbcd, ncp=10, types=CLASS, ties="hidden") == pytest.approx(
        100 * 280 / 683
    )
    covered = sensitive_local_cloaking(wbcd, wbcd, ncp=10, types=CLASS)
    size = wbcd.groupby(list(wbcd))["Class"].transform("size")
    np.testing.assert_array_equal(covered, size - 1)


@published
def test_local_cloaking_of_the_published_table(
    wbcd: pd.DataFrame, releases: list[pd.DataFrame]
) -> None:
    # The abstract's 24, ties included; 24.5 on average over many seeds.
    found = [local_cloaking(wbcd, release, ncp=2, types=CLASS) for release in releases]
    assert np.median(found) == 24.0


@published
def test_ties_decide_the_hidden_rate_of_the_published_table(
    wbcd: pd.DataFrame, releases: list[pd.DataFrame]
) -> None:
    picked, hidden = (
        np.mean([hidden_rate(wbcd, r, ncp=2, types=CLASS, ties=ties) for r in releases])
        for ties in ("random", "hidden")
    )
    # Published of one run: 92.69 and 98.54. Over 25 seeds ours are 93.2 and 99.1, and five move by
    # a few tenths with the machine, whose last bits decide which people are equally near.
    assert picked == pytest.approx(92.69, abs=1.0)
    assert hidden == pytest.approx(98.54, abs=1.2)


@published
def test_published_table_has_twins_in_the_release_by_the_hundred(
    wbcd: pd.DataFrame, releases: list[pd.DataFrame]
) -> None:
    # .001 and 1.0 are the medians that the paper's own files give.
    release = releases[0]
    assert distance_to_closest(wbcd, release, ncp=2, types=CLASS) == pytest.approx(0.001, abs=0.001)
    assert closest_distances_ratio(wbcd, release, ncp=2, types=CLASS) == pytest.approx(1, abs=0.03)
