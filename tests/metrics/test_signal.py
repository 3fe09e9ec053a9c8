"""What is left of a table's content, against textbook formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

from avatars import Avatarizer
from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.metrics import (
    correlation_difference,
    hellinger,
    hellinger_mean,
    std_ratio,
    tstr_score,
)

PAIRS: list[Callable[..., Any]] = [
    hellinger,
    hellinger_mean,
    correlation_difference,
    std_ratio,
]


def distance(p: Any, q: Any) -> float:
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    return float(np.sqrt(1 - np.sqrt(p / p.sum() * q / q.sum()).sum()))


class TestFacts:
    def test_table_against_itself_has_lost_nothing(
        self, people: pd.DataFrame, gappy: pd.DataFrame
    ) -> None:
        for table in (people, gappy):
            assert set(hellinger(table, table).values()) == {0.0}
            assert hellinger_mean(table, table) == 0
            assert correlation_difference(table, table) == 0
            assert std_ratio(table, table) == 1

    @pytest.mark.parametrize("metric", PAIRS)
    def test_order_of_the_avatars_doesn_t_matter(
        self, people: pd.DataFrame, metric: Callable[..., Any]
    ) -> None:
        aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
        shuffled = aligned.sample(frac=1, random_state=1)
        assert metric(people, shuffled) == pytest.approx(metric(people, aligned), abs=1e-12)

    @pytest.mark.parametrize("metric", PAIRS)
    def test_tables_of_other_lengths_are_taken(
        self, people: pd.DataFrame, metric: Callable[..., Any]
    ) -> None:
        twice = pd.concat([people, people], ignore_index=True)
        assert metric(people, twice) == pytest.approx(metric(people, people), abs=1e-9)

    @pytest.mark.parametrize("metric", PAIRS)
    def test_other_columns_are_refused(
        self, people: pd.DataFrame, metric: Callable[..., Any]
    ) -> None:
        with pytest.raises(InvalidTableError, match="'pay'"):
            metric(people, people.drop(columns="pay"))

    @pytest.mark.parametrize("metric", PAIRS)
    def test_polars_gives_the_same(
        self, people: pd.DataFrame, unseen: pd.DataFrame, metric: Callable[..., Any]
    ) -> None:
        polars = pytest.importorskip("polars")
        columns = [{name: table[name].tolist() for name in table} for table in (people, unseen)]
        assert metric(*map(polars.DataFrame, columns)) == metric(people, unseen)


class TestHellinger:
    def test_categories_by_hand(self) -> None:
        people = pd.DataFrame({"c": ["a"] * 6 + ["b"] * 3 + [None]})
        release = pd.DataFrame({"c": ["a"] * 2 + ["b"] * 2 + [None] * 4})
        expected = distance([6, 3, 1], [2, 2, 4])
        assert hellinger(people, release)["c"] == pytest.approx(expected)

    def test_numbers_in_twentieths_of_the_people(self, rng: np.random.Generator) -> None:
        x, a = rng.normal(size=1_000), rng.normal(0.3, 1.4, size=700)
        inner = np.quantile(x, np.linspace(0, 1, 21))[1:-1]
        counts = [np.bincount(np.digitize(cells, inner), minlength=20) for cells in (x, a)]
        found = hellinger(pd.DataFrame({"x": x}), pd.DataFrame({"x": a}))["x"]
        assert found == pytest.approx(distance(*counts))

    def test_disjoint_columns_are_as_far_as_can_be(self) -> None:
        people = pd.DataFrame({"x": np.linspace(0, 1, 50), "c": ["a"] * 25 + ["b"] * 25})
        release = pd.DataFrame({"x": np.full(50, np.nan), "c": ["c"] * 50})
        found = hellinger(people, release)
        assert found == {"x": 1.0, "c": 1.0}
        assert hellinger_mean(people, release) == 1

    @pytest.mark.parametrize("value", [0.0, 7.5])
    def test_constant_column_is_the_same_or_another(self, value: float) -> None:
        people = pd.DataFrame({"x": np.full(50, value)})
        assert hellinger(people, people)["x"] == 0
        for other in (value + 1, value - 1):
            assert hellinger(people, pd.DataFrame({"x": np.full(50, other)}))["x"] == 1.0

    def test_zeros_of_nearly_everybody_are_seen(self) -> None:
        people = pd.DataFrame({"x": [0.0] * 98 + [5.5, 7.0]})
        release = pd.DataFrame({"x": [0.0] * 49 + [5.5] * 49 + [7.0] * 2})
        expected = distance([98, 1, 1], [49, 49, 2])
        assert hellinger(people, release)["x"] == pytest.approx(expected)

    def test_two_samples_of_one_law_are_as_far_as_chance_puts_them(
        self, rng: np.random.Generator
    ) -> None:
        # 8 n H^2 / 2 is about chi-squared with (bins - 1) degrees of freedom, for two samples of n.
        n, squares = 4_000, []
        for _ in range(40):
            x, a = rng.normal(size=(2, n))
            found = hellinger(pd.DataFrame({"x": x}), pd.DataFrame({"x": a}))["x"]
            squares.append(4 * n * found**2)
        assert np.mean(squares) == pytest.approx(19, abs=4 * np.sqrt(2 * 19 / 40))

    def test_mean_leaves_identifiers_out(self, people: pd.DataFrame) -> None:
        keyed = people.assign(key=[f"k{row}" for row in range(300)])
        release = keyed.sample(50, random_state=0)
        types = {"key": "identifier"}
        by_column = hellinger(keyed, release, types=types)
        assert "key" not in by_column
        mean = hellinger_mean(keyed, release, types=types)
        assert mean == pytest.approx(np.mean(list(by_column.values())))
        assert mean == hellinger_mean(people, release[people.columns])


class TestCorrelations:
    def test_numbers_by_hand(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        numbers = ["age", "pay", "height"]
        moved = (people[numbers].corr() - unseen[numbers].corr()).abs().to_numpy()
        expected = moved[~np.eye(3, dtype=bool)].mean()
        found = correlation_difference(people[numbers], unseen[numbers])
        assert found == pytest.approx(expected)

    def test_categories_by_one_indicator_per_level(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        dummies = [pd.get_dummies(table, dtype=float) for table in (people, unseen)]
        owner = np.array([name.split("_")[0] for name in dummies[0]])
        moved = (dummies[0].corr() - dummies[1].corr()).abs().to_numpy()
        expected = moved[owner[:, None] != owner].mean()
        assert correlation_difference(people, unseen) == pytest.approx(expected)

    def test_columns_torn_apart_lose_their_correlation(
        self, people: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        numbers = people[["age", "pay"]]
        torn = numbers.assign(pay=rng.permutation(numbers["pay"]))
        lost = numbers.corr().iloc[0, 1] - torn.corr().iloc[0, 1]
        assert correlation_difference(numbers, torn) == pytest.approx(lost)

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

    @pytest.mark.parametrize("columns", [["age"], ["level"]])
    def test_single_column_has_none(
        self, people: pd.DataFrame, unseen: pd.DataFrame, columns: list[str]
    ) -> None:
        assert correlation_difference(people[columns], unseen[columns]) == 0

    def test_constant_column_of_the_people_is_left_out(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        found = correlation_difference(people.assign(one=1.5), unseen.assign(one=2.5))
        assert found == pytest.approx(correlation_difference(people, unseen))

    def test_constants_of_both_leave_nothing(self) -> None:
        table = pd.DataFrame({"x": [1.5] * 9, "y": ["a"] * 9})
        assert correlation_difference(table, table) == 0


class TestSpread:
    def test_mean_ratio_of_the_numbers(self, people: pd.DataFrame) -> None:
        release = people.assign(age=people["age"] / 2, pay=people["pay"] * 3)
        assert std_ratio(people, release) == pytest.approx((0.5 + 3 + 1) / 3)

    def test_gaps_are_left_out(self, gappy: pd.DataFrame) -> None:
        release = gappy.assign(pay=gappy["pay"] * 2)
        assert std_ratio(gappy, release) == pytest.approx((1 + 2 + 1) / 3)

    def test_columns_without_spread_are_left_out(self, people: pd.DataFrame) -> None:
        table = people.assign(one=1.5, none=np.nan)
        release = table.assign(one=np.arange(300) / 2, age=table["age"] / 2)
        assert std_ratio(table, release) == pytest.approx((0.5 + 1 + 1) / 3)

    def test_no_number_gives_no_figure(self, people: pd.DataFrame) -> None:
        assert np.isnan(std_ratio(people[["sex"]], people[["sex"]]))
        assert np.isnan(std_ratio(pd.DataFrame({"x": [1.5]}), pd.DataFrame({"x": [1.5]})))

    def test_column_that_came_out_empty_is_left_out(self, people: pd.DataFrame) -> None:
        release = people.assign(age=np.nan, pay=people["pay"] * 3)
        assert std_ratio(people, release) == pytest.approx((3 + 1) / 2)


class TestTrainOnAvatars:
    def test_two_classes(self, population: pd.DataFrame) -> None:
        train, test = population.head(400), population.tail(200)
        score = tstr_score(train, test, "level")
        assert 0.75 < score < 1
        # Who is which sex is said by nothing.
        assert tstr_score(train, test, "sex") == pytest.approx(0.5, abs=0.12)

    def test_three_classes(self) -> None:
        iris = load_iris(as_frame=True).frame.sample(frac=1, random_state=0, ignore_index=True)
        types = {"target": "category"}
        train, test = iris.head(100), iris.tail(50)
        assert tstr_score(train, test, "target", types=types) > 0.95
        torn = train.assign(target=np.random.default_rng(0).permutation(train["target"]))
        assert tstr_score(torn, test, "target", types=types) < 0.75

    def test_numbers(self) -> None:
        table = load_diabetes(as_frame=True).frame
        assert 0.2 < tstr_score(table.head(300), table.tail(142), "target") < 0.6
        rng = np.random.default_rng(0)
        x = rng.normal(size=500)
        exact = pd.DataFrame({"x": x, "y": 3 * x})
        assert tstr_score(exact.head(300), exact.tail(200), "y") > 0.9
        noise = pd.DataFrame({"x": x, "y": rng.normal(size=500)})
        assert tstr_score(noise.head(300), noise.tail(200), "y") < 0.1

    def test_two_levels_are_scored_as_one_against_the_other(self, population: pd.DataFrame) -> None:
        old = population.assign(old=np.where(population["age"] > 50, "yes", "no"))
        train, test = old.head(400), old.tail(200)
        assert tstr_score(train, test, "old") > 0.99
        turned = old.assign(old=np.where(population["age"] > 50, "no", "yes"))
        assert tstr_score(turned.head(400), test, "old") < 0.01

    def test_gaps_and_levels_that_only_one_side_has(
        self, population: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        holed = population.assign(
            age=population["age"].mask(rng.random(600) < 0.2),
            level=population["level"].mask(rng.random(600) < 0.2),
        )
        train, test = holed.head(400), holed.tail(200)
        assert 0.75 < tstr_score(train, test, "level") < 1
        assert tstr_score(train, test, "age") > 0.3
        train = train[train["level"] != "high"]
        assert 0.5 < tstr_score(train, test, "level") < 1
        assert 0.5 < tstr_score(train.assign(sex="x"), test, "level") < 1

    def test_one_class_teaches_nothing(self, population: pd.DataFrame) -> None:
        train = population[population["level"] == "mid"]
        assert tstr_score(train, population, "level") == 0.5
        assert tstr_score(population, train, "level") == 0.5

    def test_training_again_gives_the_same(self, population: pd.DataFrame) -> None:
        scores = {tstr_score(population.head(400), population.tail(200), "level") for _ in "ab"}
        assert len(scores) == 1

    @pytest.mark.parametrize("target", ["nobody", None, "key"])
    def test_what_is_no_column_to_predict_is_refused(
        self, population: pd.DataFrame, target: Any
    ) -> None:
        keyed = population.assign(key=[f"k{row}" for row in range(600)])
        with pytest.raises(InvalidParameterError, match="target"):
            tstr_score(keyed.head(300), keyed.tail(300), target, types={"key": "identifier"})
