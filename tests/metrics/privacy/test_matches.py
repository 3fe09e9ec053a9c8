"""Equal rows, equal values, equal combinations."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidParameterError
from avatars.metrics.privacy import (
    categorical_hidden_rate,
    column_direct_match_protection,
    column_direct_match_protection_by_column,
    row_direct_match_protection,
)


def rows(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


PEOPLE = rows(
    age=[41, 50, 38, 60], pay=[1.25, 3.5, 2.75, 9.99], sex=["f", "m", None, "f"], on=[True] * 4
)


def test_rows_match_in_every_column_or_not_at_all() -> None:
    assert row_direct_match_protection(PEOPLE, PEOPLE) == 0
    assert row_direct_match_protection(PEOPLE, PEOPLE.assign(pay=7.77)) == 100
    mixed = PEOPLE.assign(sex=["f", "m", None, "m"])
    assert row_direct_match_protection(PEOPLE, mixed) == 25
    # A row made of the cells of two people is nobody's.
    assert row_direct_match_protection(PEOPLE, PEOPLE.assign(age=[50, 41, 60, 38])) == 100


def test_share_is_of_the_avatars() -> None:
    avatars = pd.concat([PEOPLE.head(1)] * 3 + [PEOPLE.assign(age=99)], ignore_index=True)
    assert row_direct_match_protection(PEOPLE, avatars) == pytest.approx(100 * 4 / 7)


@pytest.mark.parametrize(
    "pay",
    [
        [1.2501, 3.4999, 2.7500001, 9.991],
        np.array([1.25, 3.5, 2.75, 9.99], dtype="float32"),
        [decimal.Decimal(text) for text in ("1.25", "3.50", "2.75", "9.99")],
        pd.array([1.25, 3.5, 2.75, 9.99], dtype="Float64"),
    ],
    ids=["more decimals", "float32", "decimals", "nullable"],
)
def test_numbers_match_as_the_original_writes_them(pay: object) -> None:
    avatars = PEOPLE.assign(pay=pay, age=PEOPLE["age"].astype(float))
    assert row_direct_match_protection(PEOPLE, avatars) == 0


def test_numbers_beyond_the_range_are_not_pulled_back_into_a_match() -> None:
    avatars = PEOPLE.assign(pay=[-5.0, 3.5, 2.75, 50.0])
    assert row_direct_match_protection(rows(pay=PEOPLE["pay"]), rows(pay=avatars["pay"])) == 50
    ages = rows(age=[41, 50, 38, 60])
    assert row_direct_match_protection(ages, rows(age=[35, 99, 38, 60])) == 50


def test_full_precision_is_compared_to_the_last_bit(rng: np.random.Generator) -> None:
    people = rows(x=rng.normal(size=50))
    assert row_direct_match_protection(people, people) == 0
    assert row_direct_match_protection(people, people * (1 + 1e-15)) == 100


def test_gap_matches_a_gap_and_nothing_else() -> None:
    people = rows(x=[1.5, np.nan, 2.5], day=pd.to_datetime(["2020-01-01", None, "2020-01-02"]))
    assert row_direct_match_protection(people, people) == 0
    filled = people.assign(x=[1.5, 1.5, 2.5])
    assert row_direct_match_protection(people, filled) == pytest.approx(100 / 3)


def test_gap_where_the_original_has_none_is_no_match() -> None:
    people = rows(age=[41, 50], sex=["f", "m"])
    avatars = rows(age=[41, None], sex=["f", "m"])
    assert row_direct_match_protection(people, avatars) == 50


def test_number_too_large_for_the_dtype_is_no_match() -> None:
    people = rows(x=np.array([1.5, 2.25], dtype="float32"))
    assert row_direct_match_protection(people, rows(x=[1e300, 2.25])) == 50


def test_new_level_is_not_a_gap() -> None:
    people = rows(sex=["f", None, "m", "f"] * 5)
    avatars = rows(sex=["x"] * 20)
    assert row_direct_match_protection(people, avatars) == 100
    assert column_direct_match_protection(people, avatars) == 100
    assert categorical_hidden_rate(people.head(3), avatars.head(3)) == 100


def test_worst_column_counts() -> None:
    people = rows(sex=["f", "m"] * 10, ward=[f"w{i // 2}" for i in range(20)], x=[0.5] * 20)
    found = column_direct_match_protection_by_column(people, people)
    assert found == {"sex": pytest.approx(90), "ward": pytest.approx(50)}
    assert column_direct_match_protection(people, people) == pytest.approx(50)


def test_gaps_are_no_value_to_match() -> None:
    people = rows(sex=["f", None, "m", None])
    assert column_direct_match_protection(people, people) == 50
    assert column_direct_match_protection(people, rows(sex=[None] * 4)) == 100


def test_number_of_people_counts_and_not_that_of_avatars() -> None:
    people = rows(sex=["f", "m"] * 10)
    assert column_direct_match_protection(people, people.head(4)) == 90


def test_table_without_categories_has_nothing_to_match() -> None:
    people = rows(x=[0.5, 1.5, 3.5])
    assert column_direct_match_protection(people, people) == 100
    assert column_direct_match_protection_by_column(people, people) == {}
    assert categorical_hidden_rate(people, people) == 100


def test_table_of_identifiers_has_nothing_to_match() -> None:
    people = rows(id=["a7", "b8", "c9"])
    types = {"id": "identifier"}
    assert row_direct_match_protection(people, people, types=types) == 100
    assert column_direct_match_protection(people, people, types=types) == 100


def test_unique_combination_is_hidden_when_the_own_avatar_has_another() -> None:
    people = rows(sex=list("ffmmm"), job=list("aabab"), age=[1.5, 2.5, 3.5, 4.5, 5.5])
    # Only (m, a) is held by one person, the fourth. That others' avatars hold it doesn't matter.
    drawn = people.assign(sex=list("mfmmm"), job=list("aaaab"))
    assert categorical_hidden_rate(people, drawn) == 0
    assert categorical_hidden_rate(people, drawn.assign(job=list("aaabb"))) == 100


def test_combination_with_a_gap_is_a_combination() -> None:
    people = rows(sex=["f", "f", "m", "m"], job=["a", "a", "a", None])
    drawn = people.assign(job=["a", "a", "b", None])
    # Two people are alone: the one with the gap is found.
    assert categorical_hidden_rate(people, drawn) == 50


def test_variables_say_what_is_combined() -> None:
    people = rows(sex=["f", "f", "m", "m"], job=list("abab"), age=[20.5, 30.5, 30.5, 30.5])
    drawn = people.assign(job=list("bbbb"))
    one, two = ["sex"], ["sex", "job"]
    assert categorical_hidden_rate(people, drawn, categorical_hidden_rate_variables=one) == 100
    assert categorical_hidden_rate(people, drawn, categorical_hidden_rate_variables=two) == 50
    by_age = categorical_hidden_rate(people, drawn, categorical_hidden_rate_variables=["age"])
    assert by_age == 0


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["nobody"], "'nobody', which the table doesn't have"),
        (["key"], "'key', which is an identifier"),
        ("sex", "list of labels, got str"),
        ([], "at least one column"),
        ([["sex"]], "which the table doesn't have"),
    ],
)
def test_variables_are_checked(wanted: object, message: str) -> None:
    people = rows(sex=["f", "f", "m", "m"], key=["p1", "p2", "p3", "p4"])
    with pytest.raises(InvalidParameterError, match=message) as caught:
        categorical_hidden_rate(
            people, people, types={"key": "identifier"}, categorical_hidden_rate_variables=wanted
        )
    assert caught.value.parameter == "categorical_hidden_rate_variables"
