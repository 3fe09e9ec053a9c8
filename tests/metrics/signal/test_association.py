"""Associations of columns of any kind, against slow formulas and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from avatars.metrics.signal import (
    association,
    associations,
    by_column,
    cells,
    correlation_difference,
    correlation_difference_ratio,
)
from avatars.metrics.space import read_together


def cramer(x: Any, y: Any) -> float:
    """Follow Bergsma's section 3 from a two-way table."""
    table = pd.crosstab(x.astype(object).fillna("gap"), y.astype(object).fillna("gap")).to_numpy()
    n, (r, c) = table.sum(), table.shape
    phi = stats.chi2_contingency(table, correction=False).statistic / n
    phi = max(0, phi - (r - 1) * (c - 1) / (n - 1))
    return float(np.sqrt(phi / min(r - (r - 1) ** 2 / (n - 1) - 1, c - (c - 1) ** 2 / (n - 1) - 1)))


def correlation_ratio(x: Any, y: Any) -> float:
    """Follow Kelley from the variances within and around groups."""
    groups = x.astype(object).fillna("gap")[y.notna()]
    y = y.dropna()
    within = (y - y.groupby(groups).transform("mean")) ** 2
    unbiased = within.sum() / (len(y) - groups.nunique()) / y.var(ddof=1)
    return float(np.sqrt(max(0, 1 - unbiased)))


class TestMatrix:
    def test_numbers_over_the_rows_that_have_both(self, gappy: pd.DataFrame) -> None:
        numbers = gappy[["age", "pay", "height"]].assign(age=gappy["age"].mask(gappy["age"] > 70))
        pd.testing.assert_frame_equal(associations(numbers), numbers.corr())

    def test_categories_are_corrected_for_bias(
        self, gappy: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        table = gappy[["level", "sex"]].assign(noise=rng.integers(0, 30, 300).astype(str))
        found = associations(table)
        for x, y in [("level", "sex"), ("level", "noise"), ("noise", "sex")]:
            assert found.loc[x, y] == found.loc[y, x] == pytest.approx(cramer(table[x], table[y]))
        # Thirty levels go together with anything, were it not for the correction.
        assert found.loc["noise", "level"] < 0.1

    def test_number_and_category(self, gappy: pd.DataFrame, rng: np.random.Generator) -> None:
        table = gappy.assign(noise=rng.integers(0, 30, 300).astype(str))
        found = associations(table)
        for x in ("level", "sex", "noise"):
            for y in ("age", "pay", "height"):
                expected = correlation_ratio(table[x], table[y])
                assert found.loc[x, y] == found.loc[y, x] == pytest.approx(expected, abs=1e-9)
        assert found.loc["level", "age"] > 0.6
        assert found.loc["noise", "age"] < 0.2

    def test_what_follows_from_the_other_is_one(self, rng: np.random.Generator) -> None:
        x = rng.integers(0, 5, 400)
        table = pd.DataFrame(
            {"c": x.astype(str), "d": (x + 10).astype(str), "y": x * 2.5, "z": x * -2.5}
        )
        found = associations(table).to_numpy()
        expected = np.ones((4, 4))
        expected[2, 3] = expected[3, 2] = -1
        np.testing.assert_allclose(found, expected)

    def test_constants_have_none(self, people: pd.DataFrame) -> None:
        found = associations(people.assign(one=0.1, same="a", none=np.nan, gap=None))
        assert found.loc[["one", "same", "none", "gap"]].isna().all(axis=None)
        pd.testing.assert_frame_equal(
            found.loc[people.columns, people.columns], associations(people)
        )

    def test_number_that_is_constant_where_the_other_is_known(self) -> None:
        table = pd.DataFrame({"x": [1.5, 1.5, 1.5, 9.0], "y": [1.0, 2.0, 4.5, np.nan]})
        assert np.isnan(associations(table).loc["x", "y"])

    def test_labels_are_those_of_the_table_without_identifiers(self) -> None:
        table = pd.DataFrame(
            {("a", 1): ["x", "y"] * 5, ("a", 2): np.arange(10) / 3, ("key", 0): list("abcdefghij")}
        )
        found = associations(table, types={("key", 0): "identifier"})
        assert found.index.tolist() == found.columns.tolist() == [("a", 1), ("a", 2)]

    def test_single_row_says_nothing(self) -> None:
        row = pd.DataFrame({"x": [1.5], "y": [2.5], "c": ["a"], "d": ["b"]})
        assert associations(row).isna().all(axis=None)

    def test_levels_of_one_row_each_say_nothing(self, people: pd.DataFrame) -> None:
        release = people.drop_duplicates("level")
        found = associations(read_together(people, release)[1])
        assert len(release) == 3
        assert found.loc["level", ["age", "sex", "level"]].isna().all()
        assert found.loc[["age", "sex"], ["pay", "age"]].notna().all(axis=None)

    def test_thousands_of_levels_are_never_laid_out(self, rng: np.random.Generator) -> None:
        codes = rng.integers(0, 9_000, 30_000)
        table = pd.DataFrame({"c": codes.astype(str), "d": (codes % 7_000).astype(str)})
        assert associations(table).loc["c", "d"] == pytest.approx(1, abs=0.15)

    def test_wide_table_of_many_levels_is_taken_in_blocks(
        self, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        table = pd.DataFrame(
            {f"c{i}": rng.integers(0, 4 + i, 200).astype(str) for i in range(6)}
            | {f"x{i}": rng.normal(size=200) for i in range(4)}
        )
        whole = associations(table)
        monkeypatch.setattr(association, "_CELLS", 50)
        monkeypatch.setattr(cells, "_CROSSED", 400)
        pd.testing.assert_frame_equal(associations(table), whole)


class TestDifference:
    def test_numbers_by_hand(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        numbers = ["age", "pay", "height"]
        moved = (people[numbers].corr() - unseen[numbers].corr()).abs().to_numpy()
        expected = moved[~np.eye(3, dtype=bool)].mean()
        found = correlation_difference(people[numbers], unseen[numbers])
        assert found == pytest.approx(expected)

    def test_mean_and_share_over_the_pairs(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        moved = (associations(people) - associations(unseen)).abs().to_numpy()
        pairs = moved[np.triu_indices(5, 1)]
        assert correlation_difference(people, unseen) == pytest.approx(pairs.mean())
        for limit in (0.0, 0.05, 0.1):
            found = correlation_difference_ratio(people, unseen, limit=limit)
            assert found == pytest.approx(100 * (pairs > limit).mean())

    def test_columns_torn_apart_lose_their_correlation(
        self, people: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        numbers = people[["age", "pay"]]
        torn = numbers.assign(pay=rng.permutation(numbers["pay"]))
        lost = numbers.corr().iloc[0, 1] - torn.corr().iloc[0, 1]
        assert correlation_difference(numbers, torn) == pytest.approx(lost)
        assert correlation_difference_ratio(numbers, torn) == 100

    def test_reversed_correlation_is_as_far_as_can_be(self, rng: np.random.Generator) -> None:
        x = rng.normal(size=50)
        people = pd.DataFrame({"x": x, "y": x})
        assert correlation_difference(people, people.assign(y=-x)) == pytest.approx(2)

    def test_column_that_became_constant_has_lost_its_correlations(
        self, rng: np.random.Generator
    ) -> None:
        x = rng.normal(size=50)
        people = pd.DataFrame({"x": x, "y": 2 * x})
        assert correlation_difference(people, people.assign(y=3.5)) == pytest.approx(1)
        assert correlation_difference_ratio(people, people.assign(y=3.5)) == 100

    def test_difference_of_just_the_limit_is_within_it(self) -> None:
        people = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0] * 9, "y": [1.0, 2.0, 3.0, 4.0] * 9})
        release = people.assign(y=[1.0, 3.0, 2.0, 4.0] * 9)
        moved = 1 - release.corr().iloc[0, 1]
        assert correlation_difference_ratio(people, release, limit=moved) == 0
        assert correlation_difference_ratio(people, release, limit=moved - 1e-6) == 100

    @pytest.mark.parametrize("columns", [["age"], ["level"]])
    def test_single_column_gives_no_figure(
        self, people: pd.DataFrame, unseen: pd.DataFrame, columns: list[str]
    ) -> None:
        assert np.isnan(correlation_difference(people[columns], unseen[columns]))
        assert np.isnan(correlation_difference_ratio(people[columns], unseen[columns]))

    def test_constant_column_of_the_people_is_left_out(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        one, other = people.assign(one=1.5), unseen.assign(one=np.arange(300) / 2)
        for metric in (correlation_difference, correlation_difference_ratio):
            assert metric(one, other) == pytest.approx(metric(people, unseen))

    def test_constants_leave_nothing(self) -> None:
        table = pd.DataFrame({"x": [1.5] * 9, "y": ["a"] * 9})
        assert np.isnan(correlation_difference(table, table))


class TestByColumn:
    def test_change_of_a_column_is_the_mean_over_its_pairs(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        moved = (associations(people) - associations(unseen)).abs().to_numpy(copy=True)
        np.fill_diagonal(moved, np.nan)
        found = by_column(people, unseen)["correlation_difference"]
        np.testing.assert_allclose(found, np.nanmean(moved, axis=1))
