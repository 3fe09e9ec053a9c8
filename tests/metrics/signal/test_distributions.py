"""Hellinger distance against the textbook, and its reference against known laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.metrics.signal import (
    hellinger,
    hellinger_mean,
    hellinger_reference,
    hellinger_std,
    multivariate_hellinger,
)
from avatars.metrics.space import projected, read_together


def distance(p: Any, q: Any) -> float:
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    return float(np.sqrt(1 - np.sqrt(p / p.sum() * q / q.sum()).sum()))


class TestHellinger:
    def test_categories_by_hand(self) -> None:
        people = pd.DataFrame({"c": ["a"] * 6 + ["b"] * 3 + [None]})
        release = pd.DataFrame({"c": ["a"] * 2 + ["b"] * 2 + [None] * 4})
        expected = distance([6, 3, 1], [2, 2, 4])
        assert hellinger(people, release)["c"] == pytest.approx(expected)

    def test_new_level_is_no_gap(self) -> None:
        people = pd.DataFrame({"c": ["a"] * 6 + [None] * 4})
        release = pd.DataFrame({"c": ["a"] * 6 + ["b"] * 4})
        expected = distance([6, 4, 0], [6, 0, 4])
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
        assert hellinger(people, release) == {"x": 1.0, "c": 1.0}
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

    def test_mean_and_deviation_leave_identifiers_out(self, people: pd.DataFrame) -> None:
        keyed = people.assign(key=[f"k{row}" for row in range(300)])
        release = keyed.sample(50, random_state=0)
        types = {"key": "identifier"}
        by_column = hellinger(keyed, release, types=types)
        assert "key" not in by_column
        figures = list(by_column.values())
        assert hellinger_mean(keyed, release, types=types) == pytest.approx(np.mean(figures))
        assert hellinger_std(keyed, release, types=types) == pytest.approx(np.std(figures))
        assert hellinger_mean(people, release[people.columns]) == pytest.approx(np.mean(figures))


LAWS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "mostly one number": lambda rng, n: np.where(rng.random(n) < 0.9, 0.0, rng.normal(size=n)),
    "five levels": lambda rng, n: rng.choice(list("abcde"), n, p=[0.4, 0.3, 0.2, 0.07, 0.03]),
    "a level for every few people": lambda rng, n: rng.integers(0, 120, n).astype(str),
    "many rare levels": lambda rng, n: np.minimum(rng.zipf(1.7, n), 9_999).astype(str),
}


class TestReference:
    @pytest.mark.parametrize("sizes", [(400, 400), (400, 100), (300, 600)])
    @pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
    def test_it_is_what_two_samples_of_one_law_give(
        self, rng: np.random.Generator, law: Callable[..., Any], sizes: tuple[int, int]
    ) -> None:
        # Several columns of one law, so that a mean has several draws in it.
        found, expected = [], []
        for draw in range(3):
            people, others = (
                pd.DataFrame({column: law(rng, n) for column in range(12)}) for n in sizes
            )
            found.append(hellinger_mean(people, others))
            expected.append(hellinger_reference(people, others, random_state=draw))
        assert np.mean(expected) == pytest.approx(np.mean(found), rel=0.17)

    def test_small_table_has_a_larger_one(self, people: pd.DataFrame) -> None:
        assert hellinger_reference(people.head(50), people) > hellinger_reference(people, people)
        assert hellinger_reference(people, people.head(50)) > hellinger_reference(people, people)

    def test_release_counts_by_its_rows_only(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        assert hellinger_reference(people, unseen) == hellinger_reference(people, people)

    def test_seed_moves_it_little(self, people: pd.DataFrame) -> None:
        figures = [hellinger_reference(people, people, random_state=seed) for seed in range(5)]
        assert len(set(figures)) == 5
        assert np.std(figures) < 0.03 * np.mean(figures)

    def test_single_person_says_nothing_of_a_population(self) -> None:
        person = pd.DataFrame({"x": [1.5], "c": ["a"]})
        assert np.isnan(hellinger_reference(person, person))

    def test_constant_is_expected_to_be_kept(self) -> None:
        table = pd.DataFrame({"x": [1.5] * 30, "c": ["a"] * 30, "none": [np.nan] * 30})
        assert hellinger_reference(table, table) == 0


class TestMultivariate:
    def test_mean_over_the_axes_of_the_people(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        points, others = projected(*read_together(people, unseen), ncp=3)
        axes = [
            hellinger(pd.DataFrame({"x": x}), pd.DataFrame({"x": a}))["x"]
            for x, a in zip(points.T, others.T, strict=True)
        ]
        assert len(axes) == 3
        assert multivariate_hellinger(people, unseen, ncp=3) == pytest.approx(np.mean(axes))

    def test_it_sees_what_no_column_shows(self, people: pd.DataFrame) -> None:
        torn = people.assign(pay=people["pay"].sample(frac=1, random_state=0).to_numpy())
        assert hellinger_mean(people, torn) == 0
        assert multivariate_hellinger(people, torn) > 0.1

    def test_equal_records_stay_in_one_bin(self, rng: np.random.Generator) -> None:
        # Few distinct records: every coordinate lies on the edge of a bin.
        people = pd.DataFrame({name: rng.choice(list("abc"), 20_000) for name in "xyz"})
        shuffled = people.sample(frac=1, random_state=0, ignore_index=True)
        assert multivariate_hellinger(people, shuffled) == 0

    def test_no_columns_give_no_figure(self) -> None:
        table = pd.DataFrame({"key": ["a", "b"]})
        types = {"key": "identifier"}
        for metric in (multivariate_hellinger, hellinger_mean, hellinger_std, hellinger_reference):
            assert np.isnan(metric(table, table, types=types))
