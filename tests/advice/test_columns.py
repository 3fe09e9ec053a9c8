"""The summary of a column: the documented figures, and nobody in them."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatars.advice.columns import FEW, FIELDS, look_at, summarised, told


def summary(cells: object, kind: str = "numeric", **keywords: object) -> dict[str, object]:
    return summarised(look_at(pd.Series(cells, name="x", **keywords)), kind)


def test_fields_are_the_documented_ones() -> None:
    assert tuple(summary([1, 2, 2])) == FIELDS


def test_counts_of_a_column_with_gaps() -> None:
    found = summary(["a", "b", None, "a"] * 6, "category", dtype=object)
    assert (found["missing_number"], found["missing_proportion"]) == (6, 0.25)
    assert (found["unique_number"], found["unique_proportion"]) == (2, pytest.approx(1 / 9))


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=40))
def test_figures_of_numbers(values: list[float]) -> None:
    found = summary(values)
    width = FEW if len(values) % 2 else FEW + 1
    middle = sorted(values)[(len(values) - width) // 2 :][:width]
    usual = np.clip(values, sorted(values)[4], sorted(values)[-5])
    # Three digits of the deviation are kept.
    exact = 0.006 * np.std(usual) + 1e-6
    assert found["mean"] == pytest.approx(np.mean(usual), abs=exact)
    assert found["standard_deviation"] == pytest.approx(np.std(usual), abs=exact)
    assert found["median"] == pytest.approx(np.mean(middle), abs=exact)


@pytest.mark.parametrize("few", [1, 2, 3, 4, 5])
def test_few_gaps_and_all_but_few_are_given_as_five(few: int) -> None:
    cells = np.arange(60.0)
    counts = ("missing_number", "unique_number", "unique_proportion")
    gappy = summary(np.where(cells < few, np.nan, cells))
    assert [gappy[field] for field in counts] == [5, 55, 1]
    sparse = summary(np.where(cells < few, cells, np.nan))
    assert sparse["missing_number"] == 55
    assert (sparse["unique_number"] is None) is (few < FEW)


@pytest.mark.parametrize("rows", [6, 9])
def test_few_are_not_told_of_few(rows: int) -> None:
    assert {told(few, rows) for few in range(1, rows)} == {5}


def test_figures_that_few_people_are_behind_are_left_out() -> None:
    some = summary([1.5, 2.5, 3.5, 4.5] * 4 + [0.5] * 3 + [np.nan] * 9)
    assert some["mean"] is some["median"] is some["standard_deviation"] is None
    assert summary(["a"] * 4 + ["b"] * 4, "category")["mode"] is None
    assert summary(["a"] * 5 + ["b"] * 4, "category")["mode"] == "a"


def test_identifiers_have_no_figures() -> None:
    found = summary([7] * 20, "identifier")
    assert [found[field] for field in ("mean", "median", "standard_deviation", "mode")] == [
        None
    ] * 4


def test_large_numbers_don_t_overflow() -> None:
    found = summary(np.array([1.0, -1.0] * 10) * 1e300)
    assert found["mean"] == 0
    assert found["standard_deviation"] == pytest.approx(1e300)
    assert summary([0.0] * 20)["standard_deviation"] == 0


def test_skewness_is_that_of_the_third_moment() -> None:
    x = np.random.default_rng(0).exponential(size=5000)
    look = look_at(pd.Series(x, name="x"))
    assert look.skewness == pytest.approx((((x - x.mean()) / x.std()) ** 3).mean())
    assert summarised(look, "numeric")["is_skewed"] is (abs(look.skewness) > 2)
    assert summary([1.0, 2.0, 3.0, 4.0, 5.0])["is_skewed"] is False


def test_rare_levels_are_told_of() -> None:
    assert summary(["a"] * 9 + ["b"], "category")["is_rare"] is True
    assert summary(["a"] * 9 + ["b"] * 9, "category")["is_rare"] is False


@pytest.mark.parametrize(
    ("series", "distinct", "is_number", "is_moment", "is_text"),
    [
        (pd.Series([1, 2, None], dtype="Int64"), 2, True, False, False),
        (pd.Series([True, None, False], dtype="boolean"), 2, False, False, False),
        (pd.Series(pd.Categorical(["a", "a"], ["a", "unused"])), 1, False, False, True),
        (pd.Series([datetime.date(2024, 1, 1), None], dtype=object), 1, False, True, False),
        (
            pd.Series(pd.to_datetime(["2024-01-01"]).tz_localize("Asia/Tokyo")),
            1,
            False,
            True,
            False,
        ),
        (pd.Series([decimal.Decimal("1.25"), decimal.Decimal("2.50")]), 2, True, False, False),
        (pd.Series([2**70, 2**70 + 1], dtype=object), 2, True, False, False),
        (pd.Series([[1], [2]]), 0, False, False, False),
        (pd.Series([None, None], dtype=object), 0, False, False, False),
    ],
)
def test_every_dtype_is_looked_at(
    series: pd.Series, distinct: int, is_number: bool, is_moment: bool, is_text: bool
) -> None:
    look = look_at(series)
    assert look.n_distinct == distinct
    assert (look.numbers is not None) is is_number
    assert (look.is_moment, look.is_text) == (is_moment, is_text)


def test_decimals_are_in_their_own_unit() -> None:
    look = look_at(pd.Series([decimal.Decimal("1.25"), None, decimal.Decimal("2.50")]))
    assert look.numbers is not None
    assert look.numbers.tolist() == [1.25, 2.5]


def test_what_can_t_be_read_has_no_counts() -> None:
    found = summary([[1], [2], None] * 6, "dropped")
    assert found["unique_number"] is None
    assert found["missing_number"] == 6


def test_repr_shows_no_cell() -> None:
    assert "ZZSECRET" not in repr(look_at(pd.Series(["ZZSECRET"], name="x")))
