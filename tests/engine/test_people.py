"""What is counted is people, and what is near are different people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from avatars.engine.guard import Guard
from avatars.engine.marginals import outlier_bounds, smoothed_quantiles
from avatars.engine.model import AvatarModel
from avatars.engine.neighbours import Neighbours
from avatars.engine.people import People
from avatars.engine.roles import Gaps, levels_to_keep
from avatars.exceptions import TooFewRowsError
from avatars.models import AvatarizationParameters
from avatars.tables import Table, beside, level_table, number_table


def owners(rng: np.random.Generator, n: int, kinds: int, most: int) -> People:
    return People(rng.integers(0, most, size=(n, kinds)).astype(np.intp))


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 60))
def test_distinct_individuals_are_counted(seed: int, kinds: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    people, where = owners(rng, n, kinds, 5), rng.integers(-1, 4, n)
    expected = [
        min(
            len({people.ids[row, kind] for row in np.flatnonzero(where == group)})
            for kind in range(kinds)
        )
        for group in range(4)
    ]
    assert_array_equal(people.held_by(where, 4), expected)


def test_without_kinds_every_row_is_somebody() -> None:
    people = People.each_a_row(5)
    assert_array_equal(people.held_by(np.array([0, 0, 1, -1, 0]), 2), [3, 1])
    assert people.fewest == 5 and people.extremes(np.arange(5.0), 2) == (-np.inf, np.inf)
    assert people.within_cap(2, np.random.default_rng(0)).all()


@given(st.integers(0, 2**32 - 1))
def test_nobody_keeps_more_rows_than_a_few_have(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 30, 12)
    people = People(np.repeat(np.arange(12), sizes)[:, None])
    kept = people.within_cap(3, rng)
    left = np.bincount(people.ids[kept, 0], minlength=12)
    assert_array_equal(left, np.minimum(sizes, np.sort(sizes)[-3]))


def slow_neighbours(points: np.ndarray, people: People, row: int, k: int) -> list[int]:
    distances = np.linalg.norm(points - points[row], axis=1)
    taken: list[int] = []
    for other in np.argsort(distances, kind="stable"):
        mine = [*taken, row]
        if len(taken) < k and all((people.ids[other] != people.ids[m]).all() for m in mine):
            taken.append(int(other))
    return taken


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 2))
def test_neighbours_are_the_nearest_rows_of_different_people(seed: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    people, points = owners(rng, 90, kinds, 25), rng.normal(size=(90, 3))
    expected = [slow_neighbours(points, people, row, 6) for row in range(90)]
    distances, rows = Neighbours(points, rng, people).query(6, rng, own=np.arange(90))
    assert_array_equal(rows, expected)
    assert (np.diff(distances, axis=1) >= 0).all()


def test_equal_rows_of_one_person_are_passed_over() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([np.zeros((400, 2)), rng.normal(size=(60, 2))])
    people = People(np.concatenate([np.zeros(400), np.arange(1, 61)]).astype(np.intp)[:, None])
    _, rows = Neighbours(points, rng, people).query(10, rng, own=np.arange(460))
    for row, near in enumerate(rows):
        ids = people.ids[near, 0]
        assert len(set(ids)) == 10 and people.ids[row, 0] not in ids


def test_too_few_people_are_said_not_counted_twice() -> None:
    rng = np.random.default_rng(0)
    people = People(np.repeat(np.arange(4), 10)[:, None])
    with pytest.raises(TooFewRowsError, match="no 5 rows can be found"):
        Neighbours(rng.normal(size=(40, 2)), rng, people).query(5, rng, own=np.arange(40))


def test_levels_gaps_and_copies_need_people() -> None:
    ids = np.concatenate([np.zeros(50), np.arange(1, 51)]).astype(np.intp)
    people = People(ids[:, None])
    theirs = np.repeat([1, 0], 50)
    table, _ = level_table("ward", theirs)
    assert levels_to_keep(table, 5)[0].tolist() == [True, True]
    assert levels_to_keep(table, 5, people)[0].tolist() == [True, False]
    missing = (theirs == 1)[:, None]
    nothing = np.empty((100, 0), dtype=bool)
    assert Gaps(missing, nothing, 5).flags.shape[1] == 1
    assert Gaps(missing, nothing, 5, people).flags.shape[1] == 0
    numbers = number_table(["cost"], np.where(theirs == 1, 7.5, np.arange(100) % 10)[:, None])
    guard = Guard(numbers, 5, people)
    offends = guard.offends(numbers.numeric, numbers.codes, np.random.default_rng(0))
    assert (
        offends[:50].all()
        and not Guard(numbers, 5)
        .offends(numbers.numeric, numbers.codes, np.random.default_rng(0))[:50]
        .any()
    )


def test_extremes_of_one_person_stay_out_of_marginals() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(1_000, 1, 60), rng.normal(size=600)])
    people = People(np.concatenate([np.zeros(60), np.arange(1, 601) // 2 + 1]).astype(int)[:, None])
    assert smoothed_quantiles(values, k=20, few=5).max() > 900
    assert smoothed_quantiles(values, k=20, few=5, individuals=people).max() < 10
    assert outlier_bounds(values, 20, 5, people)[1] < 10


@pytest.mark.parametrize("protection", ["none", "balanced", "strict"])
def test_planted_person_leaves_nothing_behind(protection: str) -> None:
    rng = np.random.default_rng(0)
    n = 400
    owner = np.concatenate([np.arange(n) // 2, np.full(8, n)])
    x = np.concatenate([rng.normal(size=n), np.full(8, 50.0)])
    level, _ = level_table("ward", np.concatenate([rng.integers(0, 3, n), np.full(8, 3)]))
    table = beside(number_table(["cost"], x[:, None]), level)
    model = AvatarModel(
        table,
        AvatarizationParameters.checked(k=10, protection=protection),
        seed=b"secret",
        individuals=People(owner[:, None]),
    ).fit()
    if protection != "none":
        assert model.sensitive_numeric.max() < 10
        assert not (model.sensitive_codes == 3).any()
    else:
        # The published method keeps levels and extremes; but no avatar is the mean of one person.
        theirs = model.sensitive_numeric[n:, 0]
        assert (theirs < 10).all()


def test_one_row_each_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    table = number_table(["a", "b"], rng.normal(size=(300, 2)))
    parameters = AvatarizationParameters.checked(k=10)
    plain = AvatarModel(table, parameters, seed=b"s").fit()
    same = AvatarModel(table, parameters, seed=b"s", individuals=People.each_a_row(300)).fit()
    assert_array_equal(plain.sensitive_numeric, same.sensitive_numeric)
    assert isinstance(plain.table, Table)
