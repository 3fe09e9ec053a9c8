"""Telling avatars from people: constructions, and the expected value against simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.metrics.signal import pmse_ratio, propensity_auc


class TestPropensity:
    def test_release_of_the_people_themselves_can_t_be_told(self, gappy: pd.DataFrame) -> None:
        assert propensity_auc(gappy, gappy) == 0.5
        twice = pd.concat([gappy, gappy])
        assert propensity_auc(gappy, twice) == pytest.approx(0.5, abs=0.05)

    def test_other_people_of_the_population_can_t_be_told(
        self, people: pd.DataFrame, unseen: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        assert propensity_auc(people, unseen) == pytest.approx(0.5, abs=0.08)
        # Levels that only one side has by chance must not give it away.
        rare = [t.assign(c=rng.integers(0, 150, 300).astype(str)) for t in (people, unseen)]
        assert propensity_auc(*rare) == pytest.approx(0.5, abs=0.08)

    @pytest.mark.parametrize("n_rows", [20, 300])
    def test_disjoint_tables_are_always_told(self, people: pd.DataFrame, n_rows: int) -> None:
        table = people.head(n_rows)
        # By boosting: where several columns split alike, a machine's last bits choose among them.
        assert propensity_auc(table, table.assign(age=table["age"] + 1_000)) > 0.99

    def test_disjoint_levels_are_always_told(self, people: pd.DataFrame) -> None:
        assert propensity_auc(people, people.assign(sex="x")) == 1
        assert propensity_auc(people[["sex"]], people[["sex"]].assign(sex="x")) == 1

    def test_single_distinct_rows_are_told_too(self) -> None:
        people, release = pd.DataFrame({"c": ["a"] * 30}), pd.DataFrame({"c": ["b"] * 30})
        assert propensity_auc(people, release) == 1
        assert propensity_auc(people, people) == 0.5

    def test_it_sees_what_no_column_shows(
        self, population: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        torn = population.apply(lambda column: rng.permutation(column))
        assert propensity_auc(population, torn) > 0.65

    def test_order_of_rows_doesn_t_matter(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        expected = propensity_auc(people, unseen)
        assert propensity_auc(people[::-1], unseen.sample(frac=1, random_state=0)) == expected

    def test_few_rows_and_no_columns_give_no_figure(self, people: pd.DataFrame) -> None:
        assert np.isnan(propensity_auc(people.head(19), people))
        assert np.isnan(propensity_auc(people, people.head(1)))
        key = pd.DataFrame({"key": [f"k{row}" for row in range(40)]})
        assert np.isnan(propensity_auc(key, key, types={"key": "identifier"}))


def law(rng: np.random.Generator, n: int) -> pd.DataFrame:
    u = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": u + rng.normal(size=n),
            "y": np.exp(u),
            "c": rng.choice(list("abc"), n),
            "d": rng.choice(list("uvwxyz"), n, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05]),
        }
    )


class TestRatio:
    @pytest.mark.once
    @pytest.mark.parametrize("sizes", [(400, 400), (400, 200)])
    def test_draws_from_the_law_of_the_people_give_one(
        self, rng: np.random.Generator, sizes: tuple[int, int]
    ) -> None:
        n, m = sizes
        drawn = []
        for seed in range(100):
            people = law(rng, n)
            drawn.append(pmse_ratio(people, people.sample(m, replace=True, random_state=seed)))
        # Chi-squared with 9 degrees of freedom, over 9.
        assert np.mean(drawn) == pytest.approx(1, abs=3 * np.sqrt(2 / 9 / 100))

    @pytest.mark.once
    @pytest.mark.parametrize("sizes", [(400, 400), (400, 200)])
    def test_other_people_give_one_and_the_ratio_of_rows(
        self, rng: np.random.Generator, sizes: tuple[int, int]
    ) -> None:
        n, m = sizes
        expected = 1 + m / n
        drawn = [pmse_ratio(law(rng, n), law(rng, m)) for _ in range(100)]
        assert np.mean(drawn) == pytest.approx(expected, abs=3 * expected * np.sqrt(2 / 9 / 100))

    def test_least_squares_by_hand(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        release = unseen.head(200)
        both = pd.concat([people, release], ignore_index=True)
        x = pd.get_dummies(both, drop_first=True, dtype=float).assign(one=1.0).to_numpy()
        side = np.repeat([0.0, 1.0], [300, 200])
        score = x @ np.linalg.lstsq(x, side, rcond=None)[0]
        share, n_parameters = 200 / 500, x.shape[1]
        expected = (n_parameters - 1) * (1 - share) ** 2 * share / 500
        found = pmse_ratio(people, release)
        assert found == pytest.approx(((score - share) ** 2).mean() / expected)

    def test_gap_is_seen(self, people: pd.DataFrame, gappy: pd.DataFrame) -> None:
        assert pmse_ratio(people, gappy) > 5

    def test_disjoint_tables_are_as_far_as_can_be(self, people: pd.DataFrame) -> None:
        # All variance explained: (n + m) / (parameters * (1 - share)), one parameter.
        sex = people[["sex"]].assign(sex="f")
        assert pmse_ratio(sex, sex.assign(sex="x")) == pytest.approx(600 / 0.5)

    def test_table_against_itself_is_closer_than_any_draw(self, gappy: pd.DataFrame) -> None:
        assert pmse_ratio(gappy, gappy) == pytest.approx(0, abs=1e-9)

    def test_what_can_t_be_fitted_gives_no_figure(self, rng: np.random.Generator) -> None:
        constant = pd.DataFrame({"x": [0.1] * 30, "c": ["a"] * 30})
        assert np.isnan(pmse_ratio(constant, constant))
        wide = pd.DataFrame(rng.normal(size=(10, 30)))
        assert np.isnan(pmse_ratio(wide, wide))
        row = pd.DataFrame({"x": [1.5], "c": ["a"]})
        assert np.isnan(pmse_ratio(row, row))

    def test_rare_levels_aren_t_fitted_one_by_one(self, rng: np.random.Generator) -> None:
        people, release = (
            law(rng, 2_000).assign(e=rng.integers(0, 1_500, 2_000).astype(str)) for _ in range(2)
        )
        expected = pmse_ratio(people.drop(columns="e"), release.drop(columns="e"))
        assert pmse_ratio(people, release) == pytest.approx(expected)
