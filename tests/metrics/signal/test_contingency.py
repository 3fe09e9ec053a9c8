"""Two-way tables, against tables laid out by pandas."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from avatars.metrics.signal import cells, contingency_similarity


def test_laid_out_tables_give_the_same(gappy: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = unseen.head(170).assign(sex=["x"] * 20 + ["f"] * 150)
    binned = []
    for table in (gappy, release):
        columns = {}
        for name in table:
            column = table[name]
            if name not in ("level", "sex"):
                inner = np.quantile(gappy[name].dropna(), np.linspace(0, 1, 11))[1:-1]
                column = pd.Series(np.digitize(column, inner) * 1.0).where(column.notna())
            columns[name] = column.astype(str).where(column.notna(), "gap")
        binned.append(pd.DataFrame(columns))
    similar = []
    for one, other in combinations(gappy, 2):
        shares = [table.groupby([one, other], sort=False).size() / len(table) for table in binned]
        similar.append(1 - shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)
    assert contingency_similarity(gappy, release) == pytest.approx(np.mean(similar))


def test_it_sees_what_no_column_shows(people: pd.DataFrame, rng: np.random.Generator) -> None:
    pair = people[["age", "pay"]]
    torn = pair.assign(pay=rng.permutation(pair["pay"]))
    assert contingency_similarity(pair, pair) == 1
    assert contingency_similarity(pair, torn) < 0.6


def test_disjoint_tables_have_nothing_in_common(people: pd.DataFrame) -> None:
    table = people[["level", "sex"]]
    assert contingency_similarity(table, table.assign(level="new")) == 0


def test_two_samples_of_one_law_differ_as_much_as_said(rng: np.random.Generator) -> None:
    figures = [
        contingency_similarity(*(pd.DataFrame(rng.normal(size=(1000, 2))) for _ in range(2)))
        for _ in range(20)
    ]
    assert np.mean(figures) == pytest.approx(0.83, abs=0.01)


def test_thousands_of_levels_are_never_laid_out(rng: np.random.Generator) -> None:
    people, release = (
        pd.DataFrame({name: rng.integers(0, 9_000, 20_000).astype(str) for name in "cd"})
        for _ in range(2)
    )
    assert contingency_similarity(people, people) == 1
    assert contingency_similarity(people, release) < 0.01


@pytest.mark.parametrize("columns", [["age"], ["sex"]])
def test_single_column_gives_no_figure(people: pd.DataFrame, columns: list[str]) -> None:
    assert np.isnan(contingency_similarity(people[columns], people[columns]))


@pytest.mark.parametrize("limit", [1, 20, 10_000])
def test_columns_are_crossed_alike_in_blocks_of_any_size(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(cells, "_CROSSED", limit)
    n_places = np.array([3, 50, 2, 7])
    places = np.column_stack([rng.integers(0, n, 40) for n in n_places])
    first = np.concatenate([[0], np.cumsum(n_places)])
    weights = rng.normal(size=40)
    found = {}
    for column, left, right, count in cells.crossed(places, n_places, weights):
        for one, other, total in zip(left, right, count, strict=True):
            found[column, int(one), int(other)] = total
    expected: dict[tuple[int, int, int], float] = {}
    for row, weight in zip(places, weights, strict=True):
        for one, other in combinations(range(4), 2):
            key = (one, int(row[one]), int(first[other] + row[other]))
            expected[key] = expected.get(key, 0.0) + weight
    assert found == pytest.approx(expected)
