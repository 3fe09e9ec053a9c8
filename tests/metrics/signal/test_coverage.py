"""What still occurs in the release, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.metrics.signal import (
    category_coverage,
    missing_rate_difference,
    range_coverage,
    std_ratio,
)


class TestMissing:
    def test_mean_over_all_columns(self) -> None:
        people = pd.DataFrame({"x": [1.5, None, None, 2.5], "c": ["a", "b", None, "a"]})
        release = pd.DataFrame({"x": [1.5, 2.5], "c": [None, "a"]})
        assert missing_rate_difference(people, release) == pytest.approx((0.5 + 0.25) / 2)

    def test_worst_is_one(self, people: pd.DataFrame) -> None:
        ages = people[["age"]]
        assert missing_rate_difference(ages, ages * np.nan) == 1

    def test_new_level_is_no_gap(self, people: pd.DataFrame) -> None:
        assert missing_rate_difference(people, people.assign(level="new")) == 0


class TestCategories:
    def test_share_of_the_levels_that_somebody_holds(self) -> None:
        people = pd.DataFrame(
            {
                "c": pd.Categorical(["a", "b", "c", "d", None], list("abcdefg")),
                "d": ["x", "y", "x", "y", "x"],
            }
        )
        release = people.head(3).assign(d=["x", "new", None])
        assert category_coverage(people, release) == pytest.approx((3 / 4 + 1 / 2) / 2)

    def test_nothing_is_covered_by_other_levels(self, people: pd.DataFrame) -> None:
        assert category_coverage(people, people.assign(level="new", sex=None)) == 0

    def test_no_level_gives_no_figure(self, people: pd.DataFrame) -> None:
        assert np.isnan(category_coverage(people[["age"]], people[["age"]]))
        empty = pd.DataFrame({"c": pd.Series([None] * 4, dtype=object)})
        assert np.isnan(category_coverage(empty, empty))


class TestRange:
    @pytest.mark.parametrize(
        ("cells", "expected"),
        [
            ([0.0, 10.0], 1.0),
            ([-5.0, 15.0], 1.0),
            ([2.5, 5.0], 0.25),
            ([-5.0, 2.5], 0.25),
            ([2.5, np.nan], 0.0),
            ([11.0, 12.0], 0.0),
            ([np.nan, np.nan], 0.0),
        ],
    )
    def test_by_hand(self, cells: list[float], expected: float) -> None:
        people = pd.DataFrame({"x": [0.0, 4.5, 10.0, np.nan]})
        assert range_coverage(people, pd.DataFrame({"x": cells})) == pytest.approx(expected)

    def test_constant_is_covered_by_who_reaches_it(self) -> None:
        people = pd.DataFrame({"x": [3.5, 3.5]})
        assert range_coverage(people, people) == 1
        assert range_coverage(people, pd.DataFrame({"x": [3.0, 4.0]})) == 1
        assert range_coverage(people, pd.DataFrame({"x": [4.0, 5.0]})) == 0

    def test_no_numbers_give_no_figure(self, people: pd.DataFrame) -> None:
        assert np.isnan(range_coverage(people[["sex"]], people[["sex"]]))


class TestSpread:
    def test_mean_ratio_of_the_numbers(self, people: pd.DataFrame) -> None:
        release = people.assign(age=people["age"] / 2, pay=people["pay"] * 3)
        assert std_ratio(people, release) == pytest.approx((0.5 + 3 + 1) / 3)

    def test_gaps_are_left_out(self, gappy: pd.DataFrame) -> None:
        release = gappy.assign(pay=gappy["pay"] * 2)
        assert std_ratio(gappy, release) == pytest.approx((1 + 2 + 1) / 3)

    def test_columns_without_spread_are_left_out(self, people: pd.DataFrame) -> None:
        # Of a tenth, three times over, the mean is not exactly a tenth.
        table = people.assign(one=0.1, none=np.nan)
        release = table.assign(one=np.arange(300) / 2, age=table["age"] / 2)
        assert std_ratio(table, release) == pytest.approx((0.5 + 1 + 1) / 3)

    def test_no_number_gives_no_figure(self, people: pd.DataFrame) -> None:
        assert np.isnan(std_ratio(people[["sex"]], people[["sex"]]))
        assert np.isnan(std_ratio(pd.DataFrame({"x": [1.5]}), pd.DataFrame({"x": [1.5]})))

    def test_column_that_came_out_empty_is_left_out(self, people: pd.DataFrame) -> None:
        release = people.assign(age=np.nan, pay=people["pay"] * 3)
        assert std_ratio(people, release) == pytest.approx((3 + 1) / 2)
