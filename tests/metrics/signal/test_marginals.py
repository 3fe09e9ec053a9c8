"""Distances of single columns, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from avatars.metrics.signal import ks_mean, total_variation_mean, wasserstein_mean


@pytest.fixture
def numbers(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give numbers with ties and gaps in tables of other lengths."""
    people = pd.DataFrame(
        {
            "x": rng.normal(size=120),
            "ties": rng.integers(0, 5, 120) / 2,
            "pay": rng.gamma(2, 9, 120),
        }
    )
    release = pd.DataFrame(
        {"x": rng.normal(1, 2, 77), "ties": rng.integers(1, 7, 77) / 2, "pay": rng.gamma(3, 9, 77)}
    )
    return people.mask(rng.random((120, 3)) < 0.1), release.mask(rng.random((77, 3)) < 0.2)


class TestKolmogorovSmirnov:
    def test_scipy_gives_the_same(self, numbers: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        people, release = numbers
        expected = [
            stats.ks_2samp(people[c].dropna(), release[c].dropna(), method="asymp").statistic
            for c in people
        ]
        assert ks_mean(people, release) == pytest.approx(np.mean(expected))

    def test_disjoint_numbers(self) -> None:
        people = pd.DataFrame({"x": [0.5, 1.5, 2.5]})
        assert ks_mean(people, people + 10) == 1
        assert ks_mean(people, people - 10) == 1

    def test_column_that_came_out_empty_is_as_far_as_can_be(self) -> None:
        people = pd.DataFrame({"x": [0.5, 1.5, 2.5], "none": [np.nan] * 3})
        assert ks_mean(people, people.assign(x=np.nan)) == 1
        assert ks_mean(people, people) == 0

    def test_no_numbers_give_no_figure(self, people: pd.DataFrame) -> None:
        assert np.isnan(ks_mean(people[["sex"]], people[["sex"]]))
        empty = pd.DataFrame({"x": [np.nan] * 3})
        assert np.isnan(ks_mean(empty, empty))


class TestWasserstein:
    def test_scipy_gives_the_same(self, numbers: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        people, release = numbers
        expected = [
            stats.wasserstein_distance(people[c].dropna(), release[c].dropna())
            / stats.iqr(people[c].dropna())
            for c in people
        ]
        assert wasserstein_mean(people, release) == pytest.approx(np.mean(expected))

    def test_shift_is_counted_in_interquartile_ranges(self, people: pd.DataFrame) -> None:
        age = people[["age"]]
        shifted = age + 2 * stats.iqr(age["age"])
        assert wasserstein_mean(age, shifted) == pytest.approx(2)

    def test_deviation_stands_in_where_most_hold_one_value(self) -> None:
        people = pd.DataFrame({"x": [0.0] * 80 + [5.5] * 20})
        expected = 3 / np.std(people["x"])
        assert wasserstein_mean(people, people + 3) == pytest.approx(expected)

    def test_constant_and_empty_columns_have_no_scale(self, people: pd.DataFrame) -> None:
        table = people[["age"]].assign(one=1.5, none=np.nan)
        moved = table.assign(age=table["age"] + 1, one=99.5)
        assert wasserstein_mean(table, moved) == wasserstein_mean(table[["age"]], moved[["age"]])
        assert np.isnan(wasserstein_mean(table[["one", "none"]], table[["one", "none"]]))
        assert np.isnan(wasserstein_mean(table[["age"]], table[["age"]].assign(age=np.nan)))


class TestTotalVariation:
    def test_by_hand(self) -> None:
        people = pd.DataFrame({"c": ["a"] * 6 + ["b"] * 3 + [None], "d": ["x"] * 10})
        release = pd.DataFrame({"c": ["a", "b", "b", None, "new"], "d": ["x"] * 5})
        # a .6 -> .2, b .3 -> .4, a gap .1 -> .2, a new level .2; the other column stays.
        assert total_variation_mean(people, release) == pytest.approx(0.4 / 2)

    def test_disjoint_categories(self) -> None:
        people = pd.DataFrame({"c": ["a"] * 6, "x": np.linspace(0, 1, 6)})
        assert total_variation_mean(people, people.assign(c="b")) == 1
        assert (
            total_variation_mean(people, people.assign(c=pd.Series([None] * 6, dtype=object))) == 1
        )

    def test_no_categories_give_no_figure(self, people: pd.DataFrame) -> None:
        assert np.isnan(total_variation_mean(people[["age"]], people[["age"]]))
