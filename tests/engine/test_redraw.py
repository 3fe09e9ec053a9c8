"""Categories redrawn by trees: what no correlation sees, from groups and never from one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatars.engine.copula import LocalCopula
from avatars.engine.people import People
from avatars.engine.records import Records
from avatars.engine.redraw import CategoryRedraw


def redraw_of(
    people: Records, min_people: int = 10, n_jobs: int = 1, evidence: float = 0.0
) -> CategoryRedraw:
    rng = np.random.default_rng(1)
    near = rng.integers(0, people.n_rows, size=(people.n_rows, 10))
    coordinates = rng.normal(size=(people.n_rows, 2))
    copula = LocalCopula(people, coordinates, np.arange(people.n_rows), near, rng)
    return CategoryRedraw(people, copula, min_people=min_people, n_jobs=n_jobs, evidence=evidence)


def column(*cells: NDArray[np.generic]) -> NDArray[np.int32]:
    return np.column_stack(cells).astype(np.int32)


def test_interaction_of_two_columns_is_recovered(rng: np.random.Generator) -> None:
    # A third column that says whether two others differ.
    a, b = rng.random((2, 1_000)) < [[0.3], [0.4]]
    people = Records(np.empty((1_000, 0)), column(a, b, a ^ b), (2, 2, 2))
    scrambled = column(a, b, rng.integers(0, 2, 1_000))
    fresh = redraw_of(people).redraw(np.empty((1_000, 0)), scrambled, rng)
    assert ((fresh[:, 0] ^ fresh[:, 1]) == fresh[:, 2]).mean() > 0.95


@pytest.mark.parametrize("n_levels", [2, 90])
def test_noise_teaches_nothing(rng: np.random.Generator, n_levels: int) -> None:
    # Twelve columns of noise: a tree that split on them would hand people their own levels back.
    x = rng.normal(size=(1_000, 12))
    people = Records(x, rng.integers(0, n_levels, size=(1_000, 1)).astype(np.int32), (n_levels,))
    fresh = redraw_of(people, min_people=5, evidence=10.0).redraw(
        x, rng.permutation(people.codes), rng
    )
    same = (fresh == people.codes).mean()
    shares = np.bincount(people.codes[:, 0]) / 1_000
    # Two independent draws agree with the sum of the squared shares.
    chance = (shares**2).sum()
    assert same == pytest.approx(chance, abs=4 * np.sqrt(chance / 1_000))


def test_threshold_that_no_correlation_sees_is_recovered(rng: np.random.Generator) -> None:
    x = rng.normal(size=(1_000, 1))
    people = Records(x, (np.abs(x) > 0.8).astype(np.int32), (2,))
    assert abs(np.corrcoef(x[:, 0], people.codes[:, 0])[0, 1]) < 0.1
    fresh = redraw_of(people).redraw(x, rng.permutation(people.codes), rng)
    assert (fresh == people.codes).mean() > 0.95


@pytest.mark.parametrize("min_people", [5, 20, 80])
def test_lone_level_is_drawn_at_most_once_in_a_leaf(
    rng: np.random.Generator, min_people: int
) -> None:
    # One person far out holds a level of her own: a leaf of one would hand it out each time.
    x = rng.normal(size=(400, 2))
    codes = (x[:, :1] > 0).astype(np.int32)
    x[0], codes[0] = 9.0, 2
    redraw = redraw_of(Records(x, codes, (3,)), min_people)
    there = np.full((4_000, 2), 9.0)
    fresh = redraw.redraw(there, np.zeros((4_000, 1), np.int32), rng)
    share = (fresh == 2).mean()
    slack = 4 * np.sqrt(1 / min_people / 4_000)
    assert 0 < share < 1 / min_people + slack


def test_leaf_of_everybody_draws_from_everybody(rng: np.random.Generator) -> None:
    x = rng.normal(size=(300, 1))
    people = Records(x, (x > 0.5).astype(np.int32), (2,))
    there = np.full((5_000, 1), 2.0)
    fresh = redraw_of(people, min_people=300).redraw(there, np.zeros((5_000, 1), np.int32), rng)
    assert fresh.mean() == pytest.approx(people.codes.mean(), abs=0.03)


def test_levels_are_drawn_in_the_proportion_of_the_leaf(rng: np.random.Generator) -> None:
    side = np.repeat([0.0, 1.0], 500)[:, None]
    chance = np.where(side == 0, 0.2, 0.7)
    people = Records(side, (rng.random((1_000, 1)) < chance).astype(np.int32), (2,))
    there = np.repeat([0.0, 1.0], 4_000)[:, None]
    fresh = redraw_of(people, min_people=400).redraw(there, np.zeros((8_000, 1), np.int32), rng)
    for value in (0.0, 1.0):
        before = people.codes[side == value].mean()
        assert fresh[there == value].mean() == pytest.approx(before, abs=0.03)


@pytest.mark.parametrize("n_levels", [64, 65, 90])
def test_many_levels_follow_what_they_go_with(rng: np.random.Generator, n_levels: int) -> None:
    n = 3_000
    names = rng.permutation(n_levels)
    step = rng.integers(0, n_levels, n)
    x = (step + rng.normal(size=n))[:, None]
    people = Records(x, names[step].astype(np.int32)[:, None], (n_levels,))
    fresh = redraw_of(people, min_people=10).redraw(x, rng.permutation(people.codes), rng)
    step_of = np.argsort(names)
    assert set(fresh[:, 0]) <= set(people.codes[:, 0])
    # Any level would do for somebody in ninety only if it were within a few of theirs.
    assert np.abs(step_of[fresh[:, 0]] - step).mean() < n_levels / 15


def test_single_column_stays_as_it_was_drawn(rng: np.random.Generator) -> None:
    codes = rng.integers(0, 3, size=(100, 1)).astype(np.int32)
    people = Records(np.empty((100, 0)), codes, (3,))
    moved = rng.permutation(codes)
    np.testing.assert_array_equal(redraw_of(people).redraw(np.empty((100, 0)), moved, rng), moved)


def test_no_category_is_no_work(rng: np.random.Generator) -> None:
    none = np.empty((50, 0), dtype=np.int32)
    people = Records(rng.normal(size=(50, 2)), none, ())
    assert redraw_of(people).redraw(people.numeric, none, rng).shape == (50, 0)


def test_drawn_levels_are_left_as_they_are(mixed: Records, rng: np.random.Generator) -> None:
    before = mixed.codes.copy()
    redraw_of(mixed).redraw(mixed.numeric, mixed.codes, rng)
    np.testing.assert_array_equal(mixed.codes, before)


def test_threads_don_t_change_the_trees(mixed: Records) -> None:
    one, two = (
        redraw_of(mixed, n_jobs=n_jobs).redraw(mixed.numeric, mixed.codes, np.random.default_rng(3))
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_rows_of_a_kind_of_parent_alone_stay_with_that_kind() -> None:
    # An examination that one field of doctors does alone, and ages that tell the field but for a
    # few. The own column has the last word: redrawn before its parent's, a tenth went astray.
    shares = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        field = np.arange(50) < 12
        age = np.where(field, 38.0, 52.0) + 5 * rng.normal(size=50)
        of = np.sort(rng.integers(0, 50, 300))
        exam = np.where(rng.random(300) < 0.4, 0, np.where(field[of], 1, 2))
        people = Records(age[of][:, None], column(exam, field[of]), (3, 2))
        coordinates = np.column_stack([age[of], field[of]])
        near = rng.integers(0, 300, size=(300, 10))
        copula = LocalCopula(people, coordinates, np.arange(300), near, rng)
        redraw = CategoryRedraw(
            people, copula, min_people=15, n_jobs=1, individuals=People(of[:, None]), few=4
        )
        scrambled = rng.permutation(people.codes)
        fresh = redraw.redraw(rng.permutation(people.numeric), scrambled, rng)
        shares.append((fresh[fresh[:, 0] == 1, 1] == 0).mean())
    assert np.mean(shares) < 0.02
