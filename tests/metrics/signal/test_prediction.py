"""Train on avatars, test on real people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

from avatars.exceptions import InvalidParameterError
from avatars.metrics.signal import tstr_ratio, tstr_score


class TestScore:
    def test_two_classes(self, population: pd.DataFrame) -> None:
        train, test = population.head(400), population.tail(200)
        assert 0.75 < tstr_score(train, train, test, "level") < 1
        # Who is which sex is said by nothing.
        assert tstr_score(train, train, test, "sex") == pytest.approx(0.5, abs=0.12)

    def test_three_classes(self) -> None:
        iris = load_iris(as_frame=True).frame.sample(frac=1, random_state=0, ignore_index=True)
        types = {"target": "category"}
        train, test = iris.head(100), iris.tail(50)
        assert tstr_score(train, train, test, "target", types=types) > 0.95
        torn = train.assign(target=np.random.default_rng(0).permutation(train["target"]))
        assert tstr_score(train, torn, test, "target", types=types) < 0.75

    def test_numbers(self) -> None:
        table = load_diabetes(as_frame=True).frame
        train, test = table.head(300), table.tail(142)
        assert 0.2 < tstr_score(train, train, test, "target") < 0.6
        rng = np.random.default_rng(0)
        x = rng.normal(size=500)
        exact = pd.DataFrame({"x": x, "y": 3 * x})
        train, test = exact.head(300), exact.tail(200)
        assert tstr_score(train, train, test, "y") > 0.9
        noise = pd.DataFrame({"x": x, "y": rng.normal(size=500)})
        assert tstr_score(noise.head(300), noise.head(300), noise.tail(200), "y") < 0.1
        assert tstr_score(train, train.assign(y=-train["y"]), test, "y") < -1

    def test_turned_classes_are_worse_than_none(self, population: pd.DataFrame) -> None:
        old = population.assign(old=np.where(population["age"] > 50, "yes", "no"))
        train, test = old.head(400), old.tail(200)
        assert tstr_score(train, train, test, "old") > 0.99
        turned = train.assign(old=np.where(train["age"] > 50, "no", "yes"))
        assert tstr_score(train, turned, test, "old") < 0.01

    def test_gaps_and_levels_that_only_one_side_has(
        self, population: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        holed = population.assign(
            age=population["age"].mask(rng.random(600) < 0.2),
            level=population["level"].mask(rng.random(600) < 0.2),
        )
        train, test = holed.head(400), holed.tail(200)
        whole = tstr_score(train, train, test, "level")
        assert 0.75 < whole < 1
        assert tstr_score(train, train, test, "age") > 0.3
        assert tstr_score(train, train.assign(sex="x"), test, "level") > 0.7

    def test_class_that_was_lost_counts_as_guessed(self, population: pd.DataFrame) -> None:
        train, test = population.head(400), population.tail(200)
        release = train[train["level"] != "high"]
        # Two classes are told as one against the other; the third is at .5 in the mean of three.
        kept = tstr_score(train, release, test, "level")
        assert 0.5 < kept < tstr_score(train, train, test, "level")
        assert kept < (1 + 1 + 0.5) / 3

    def test_one_class_teaches_nothing(self, population: pd.DataFrame) -> None:
        one = population[population["level"] == "mid"]
        assert tstr_score(population, one, population, "level") == 0.5
        empty = population.assign(age=np.nan)
        assert tstr_score(population, empty, population, "age") == 0

    def test_one_class_asked_says_nothing(self, population: pd.DataFrame) -> None:
        one = population[population["level"] == "mid"]
        assert np.isnan(tstr_score(population, population, one, "level"))
        assert np.isnan(tstr_score(population, population, population.head(1), "age"))
        only = population[["level"]]
        assert np.isnan(tstr_score(only, only, only, "level"))

    def test_thousands_of_classes_become_ten(self, rng: np.random.Generator) -> None:
        x = rng.normal(size=4_000)
        common = np.digitize(x, [-0.5, 0.5]).astype(str)
        rare = rng.integers(10, 3_000, 4_000).astype(str)
        table = pd.DataFrame({"x": x, "c": np.where(rng.random(4_000) < 0.7, common, rare)})
        train, test = table.head(3_000), table.tail(1_000)
        # The levels that the number stands for are learnt; those of chance are at about .5.
        assert 0.5 < tstr_score(train, train, test, "c") < 0.8

    def test_order_of_rows_doesn_t_matter(self, population: pd.DataFrame) -> None:
        train, test = population.head(400), population.tail(200)
        shuffled = train.sample(frac=1, random_state=1)
        for target in ("level", "age"):
            scores = {tstr_score(train, release, test, target) for release in (train, shuffled)}
            assert len(scores) == 1

    @pytest.mark.parametrize("metric", [tstr_score, tstr_ratio])
    @pytest.mark.parametrize("target", ["nobody", None, "key"])
    def test_what_is_no_column_to_predict_is_refused(
        self, population: pd.DataFrame, target: Any, metric: Any
    ) -> None:
        keyed = population.assign(key=[f"k{row}" for row in range(600)])
        train, test = keyed.head(300), keyed.tail(300)
        with pytest.raises(InvalidParameterError, match="target"):
            metric(train, train, test, target, types={"key": "identifier"})


class TestRatio:
    def test_people_themselves_are_as_good_as_themselves(self, population: pd.DataFrame) -> None:
        train, test = population.head(400), population.tail(200)
        for target in ("level", "age"):
            assert tstr_ratio(train, train, test, target) == 1

    def test_it_is_the_ratio_beyond_chance(
        self, population: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        train, test = population.head(400), population.tail(200)
        release = train.assign(pay=train["pay"] * np.exp(rng.normal(0, 0.5, 400)))
        for target, chance in (("level", 0.5), ("age", 0.0)):
            taught = tstr_score(train, release, test, target) - chance
            possible = tstr_score(train, train, test, target) - chance
            assert tstr_ratio(train, release, test, target) == pytest.approx(taught / possible)

    def test_release_that_teaches_nothing_is_at_zero(self, population: pd.DataFrame) -> None:
        train, test = population.head(400), population.tail(200)
        assert tstr_ratio(train, train.assign(level="mid"), test, "level") == 0

    def test_what_nobody_can_learn_gives_no_figure(self, rng: np.random.Generator) -> None:
        noise = pd.DataFrame(rng.normal(size=(600, 2)), columns=["x", "y"])
        train, test = noise.head(400), noise.tail(200)
        assert tstr_score(train, train, test, "y") < 0.02
        assert np.isnan(tstr_ratio(train, train, test, "y"))
