"""Singling out: what it finds in releases of which it is known what they give away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import comb

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.metrics.attacks.singling_out import singling_out
from avatars.metrics.space import read_together

pytestmark = pytest.mark.once


def split(table: pd.DataFrame, *sizes: int) -> list[pd.DataFrame]:
    """Cut a table into parts of these sizes."""
    ends = np.cumsum(sizes)
    return [
        table.iloc[end - size : end].reset_index(drop=True)
        for end, size in zip(ends, sizes, strict=True)
    ]


def numbers(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(n, 1)) + rng.normal(size=(n, 4)), columns=list("abcd"))


def test_release_of_the_people_singles_all_of_them_out(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    result = singling_out(people, people, unseen)
    assert result.success == result.value == result.high == 1
    assert result.low > 0.95
    assert result.control < 0.05
    # Of boxes in several columns, a few are in categories alone, which avatars share.
    assert 270 < result.n_attempts <= 300
    assert result.exposed.value == 1
    assert result.exposed.low > 0.5


def test_release_of_the_unseen_singles_nobody_out(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    assert singling_out(people, unseen, unseen).high < 0


def test_few_copied_rows_are_found() -> None:
    for seed in range(5):
        people, release, unseen = split(make_patients(3000, random_state=seed), *[1000] * 3)
        release.iloc[:50] = people.iloc[:50]
        result = singling_out(people, release, unseen)
        assert result.low > 0
        assert result.value == pytest.approx(0.05, abs=0.03)


def test_column_that_half_of_the_people_kept_is_found_and_named(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    release = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    clean = singling_out(people, release, unseen)
    release.loc[::2, "pay"] = people.loc[::2, "pay"]
    result = singling_out(people, release, unseen)
    # More than half: of the other avatars, some share a number, and are not described by it.
    assert 0.5 <= result.columns["pay"].value < 0.8
    assert result.columns["pay"].low > 0.4
    assert result.low > 0.4
    assert [label for label, part in result.columns.items() if part.low > 0] == ["pay"]
    assert clean.covers_chance


@pytest.mark.parametrize("sizes", [(200, 200, 200), (300, 300, 60), (80, 150, 300)])
@pytest.mark.parametrize("law", [lambda n, s: make_patients(n, random_state=s), numbers])
def test_independent_release_covers_chance(law: object, sizes: tuple[int, ...]) -> None:
    results = []
    for seed in range(20):
        people, release, unseen = split(law(sum(sizes), seed), *sizes)
        results.append(singling_out(people, release, unseen, random_state=seed))
    assert np.mean([result.covers_chance for result in results]) >= 0.9
    most = [result.exposed for result in results if result.exposed.was_run]
    assert not most or np.mean([part.covers_chance for part in most]) >= 0.9


@pytest.mark.parametrize("size", [100, 200, 800])
def test_smaller_or_larger_hold_out_gives_the_same_risk(size: int) -> None:
    people, release, unseen = split(numbers(1200 + size, 3), 600, 600, size)
    release.iloc[:300] = people.iloc[:300]
    result = singling_out(people, release, unseen)
    assert result.value == pytest.approx(0.5, abs=0.12)
    assert result.low > 0.2
    leaked = singling_out(people, people, unseen)
    assert leaked.value > 0.9


def test_larger_side_counts_by_what_a_random_part_of_it_would_give() -> None:
    # One column of whole numbers: each box is a single value, held by so many on either side.
    release = pd.DataFrame({"x": [0, 10, 20, 30]})
    people = pd.DataFrame({"x": [0, 0, 10, 20, 20, 20, 5, 6]})
    unseen = pd.DataFrame({"x": [0, 30, 7, 8]})
    result = singling_out(people, release, unseen, types={"x": "int"})
    # Of eight people, four make a part: one of those inside is in it, and three of the others.
    part = [c * comb(8 - c, 3) / comb(8, 4) for c in (2, 1, 3, 0)]
    assert result.success == pytest.approx(2 * np.mean(part))
    assert result.control == pytest.approx(2 * 2 / 4)
    other = singling_out(unseen, release, people, types={"x": "int"})
    assert other.success == pytest.approx(2 / 4)
    assert other.control == pytest.approx(np.mean(part))


def test_box_holds_the_avatar_alone_and_ends_where_the_release_ends() -> None:
    release = pd.DataFrame({"x": [0.5, 1.5, 2.5, 100.5], "c": ["a", "a", "b", "b"]})
    near = pd.DataFrame({"x": [0.505, 1.495, 2.5, 99.5], "c": ["a", "a", "a", "b"]})
    far = pd.DataFrame({"x": [0.4, 1.6, 3.5, 200.5], "c": ["a", "a", "b", "b"]})
    result = singling_out(near, release, far)
    # Within a hundredth of the way to the next avatar, on the scale of ranks; beyond the range,
    # nowhere. 99.5 is nearly as far from 100.5 as that: one part in 98 of a step.
    assert result.columns["x"].success == 3 / 4
    assert result.columns["x"].control == 0
    # Each level is held by two avatars, and nothing is said of it.
    assert not result.columns["c"].was_run
    # In both columns, 2.5 is another level's.
    assert result.n_attempts == 4


def test_records_that_are_released_often_count_once() -> None:
    table = pd.DataFrame({"c": ["a", "b"] * 30})
    result = singling_out(table, table, table.iloc[1:])
    # Two records, each of which many hold: nobody is singled out by either.
    assert result.n_attempts == 2
    assert result.success == result.control == 0
    assert result.exposed is not None
    assert not result.exposed.was_run


def test_gaps_are_values(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    # The only avatar without a number is found among people by that.
    release, other = people.copy(), people.copy()
    release.loc[0, "age"] = other.loc[5, "age"] = np.nan
    result = singling_out(other[["age"]], release[["age"]], unseen[["age"]])
    assert result.success == pytest.approx(299 / 300)


def test_without_a_hold_out_it_is_not_run(people: pd.DataFrame) -> None:
    result = singling_out(people, people)
    assert not result.was_run
    assert "hold-out" in result.reason
    assert result.criterion == "singling out"


def test_order_of_rows_and_reading_before_don_t_matter(
    gappy: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    release = pd.concat([gappy.iloc[:100], unseen.iloc[:100]], ignore_index=True)
    # A level that only the release has must not depend on where it comes first.
    release.loc[[3, 150], "level"] = ["new", "other"]
    tables = (gappy, release, unseen.iloc[100:])
    first = singling_out(*tables, n_attempts=90)
    moved = [table.sample(frac=1, random_state=4) for table in tables]
    assert singling_out(*moved, n_attempts=90) == first
    assert singling_out(*read_together(*tables), n_attempts=90) == first
    assert singling_out(*tables, n_attempts=90, random_state=1) != first


@pytest.mark.parametrize("n", [1, 2])
def test_tiny_tables_have_wide_intervals(people: pd.DataFrame, n: int) -> None:
    result = singling_out(people.head(n), people.head(n), people.tail(n))
    assert result.value == result.high == 1
    assert result.covers_chance


def test_tables_of_other_columns_are_refused(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match="lacks 'pay'"):
        singling_out(people, people.drop(columns="pay"), unseen)
    with pytest.raises(InvalidParameterError, match="'n_attempts' must be at least 1"):
        singling_out(people, people, unseen, n_attempts=0)
