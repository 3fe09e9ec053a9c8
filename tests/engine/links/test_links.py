"""Children get parents: as near as can be, as many as there is room for, and never by row order."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from avatars.engine.links.assignment import assign, nearest
from avatars.engine.links.cardinality import allotted, merged_counts
from avatars.engine.links.giving import Borrowed, following, give, telling
from avatars.exceptions import InvalidParameterError, MissingExtraError
from avatars.models import Link, LinkMethod

SOLVERS = ["dense", "flow", "chunks"]


def needs(solver: str) -> None:
    if solver == "flow":
        pytest.importorskip("ortools", reason="the flow is OR-Tools', which is an extra")


def cost(x: np.ndarray, y: np.ndarray, given: np.ndarray) -> float:
    return float(np.linalg.norm(x - y[given], axis=1).sum())


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("seed", range(4))
def test_small_assignments_are_optimal(solver: str, seed: int) -> None:
    needs(solver)
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(4, 2))
    room = np.array([2, 0, 3, 1])
    copies = np.repeat(np.arange(4), room)
    best = min(cost(x, y, np.array(order)) for order in permutations(copies))
    given_ = assign(x, y, room, rng, solver=solver)
    assert_array_equal(np.bincount(given_, minlength=4), room)
    assert cost(x, y, given_) <= best * 1.0001


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(SOLVERS), st.integers(0, 3))
def test_every_parent_gets_its_number(seed: int, solver: str, width: int) -> None:
    needs(solver)
    rng = np.random.default_rng(seed)
    room = rng.integers(0, 5, 30)
    x, y = rng.normal(size=(int(room.sum()), width)).round(1), rng.normal(size=(30, width)).round(1)
    assert_array_equal(np.bincount(assign(x, y, room, rng, solver=solver), minlength=30), room)


@pytest.mark.parametrize("solver", ["flow", "chunks"])
def test_large_solvers_come_within_three_percent(solver: str) -> None:
    needs(solver)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1_500, 4)), rng.normal(size=(300, 4))
    room = 1 + np.bincount(rng.integers(0, 300, 1_200), minlength=300)
    best = cost(x, y, assign(x, y, room, rng, solver="dense"))
    assert cost(x, y, assign(x, y, room, rng, solver=solver)) <= 1.03 * best


@pytest.mark.parametrize("solver", SOLVERS)
def test_row_order_decides_nothing_among_equals(solver: str) -> None:
    needs(solver)
    x, y, room = np.zeros((4, 2)), np.zeros((4, 2)), np.ones(4, dtype=np.intp)
    found = np.zeros((4, 4))
    for seed in range(400):
        given_ = assign(x, y, room, np.random.default_rng(seed), solver=solver)
        found[np.arange(4), given_] += 1
    # Binomial of 400 and 1/4: four standard deviations.
    assert (np.abs(found - 100) < 35).all()


def test_wrong_room_and_missing_packages_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidParameterError, match="'capacities'"):
        assign(np.zeros((3, 1)), np.zeros((2, 1)), np.array([1, 1]), rng)
    monkeypatch.setitem(__import__("sys").modules, "ortools.graph.python.min_cost_flow", None)
    with pytest.raises(MissingExtraError, match="links"):
        assign(np.zeros((2, 1)), np.zeros((2, 1)), np.array([1, 1]), rng, solver="flow")


def test_nearest_takes_equal_parents_by_turns() -> None:
    rng = np.random.default_rng(0)
    given_ = nearest(np.zeros((3_000, 1)), np.array([[0.0], [0.0], [0.0], [5.0]]), rng)
    counts = np.bincount(given_, minlength=4)
    assert counts[3] == 0 and (np.abs(counts[:3] - 1_000) < 120).all()


@given(st.lists(st.integers(0, 40), min_size=1, max_size=80), st.integers(2, 12))
def test_no_number_of_children_is_that_of_few(counts: list[int], few: int) -> None:
    merged = merged_counts(np.array(counts), few)
    held = np.unique(merged, return_counts=True)[1]
    assert held.min() >= min(few, len(counts))
    if len(counts) > few:
        assert merged.max() <= np.sort(counts)[-few]


def test_one_parent_with_hundreds_shifts_nobody() -> None:
    usual = np.tile([3, 4, 5, 6], 25)
    with_wild = merged_counts(np.append(usual, 500), 20)
    assert_array_equal(with_wild[:100], merged_counts(usual, 20))
    assert with_wild[100] == 6


def test_parents_without_children_stay_apart() -> None:
    counts = np.array([0] * 8 + [1] * 20 + [2] * 20)
    assert (merged_counts(counts, 10)[:8] > 0).all() or merged_counts(counts, 10)[8] == 0
    assert_array_equal(merged_counts(counts, 10, without=5) == 0, counts == 0)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40),
    st.integers(0, 200),
    st.integers(0, 2**32 - 1),
)
def test_allotted_numbers_sum_up(counts: list[int], total: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    room = allotted(rng.normal(size=len(counts)), np.array(counts), total, rng)
    assert room.sum() == total and (room >= 0).all()
    if any(counts):
        assert (room == 0).sum() >= counts.count(0)


def test_who_asks_for_more_gets_more() -> None:
    drawn = np.array([0.1, 9.0, 3.0, 5.0])
    room = allotted(drawn, np.array([4, 1, 2, 3]), 10, np.random.default_rng(0))
    assert room.tolist() == [1, 4, 2, 3]


def test_directions_that_say_nothing_hardly_count() -> None:
    rng = np.random.default_rng(0)
    parent = rng.normal(size=(2_000, 3))
    child = parent[:, [1]] + 0.1 * rng.normal(size=(2_000, 1))
    weights = (telling(parent, child) ** 2).sum(axis=1)
    assert weights[1] > 8 * max(weights[0], weights[2])


def test_second_parent_follows_the_first() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=(500, 2))
    second = first @ np.array([[1.0, 0.0], [0.5, 2.0]])
    moved = following(second, second, [Borrowed(first, first, first + 1.0)])
    np.testing.assert_allclose(moved - second, np.tile([1.5, 2.0], (500, 1)), atol=1e-9)


@pytest.mark.parametrize("method", list(LinkMethod)[:3])
def test_who_has_no_parent_gets_none(method: LinkMethod) -> None:
    rng = np.random.default_rng(0)
    link = Link(parent="p", parent_field="id", child="c", child_field="p", method=method)
    rows = np.where(np.arange(40) % 4, np.arange(40) % 10, -1)
    has = rows >= 0
    with np.errstate(all="ignore"):
        import warnings

        warnings.simplefilter("ignore")
        found = give(
            link,
            rng.normal(size=(40, 2)),
            rng.normal(size=(10, 2)),
            rows=rows,
            has_parent=has,
            counts=rng.normal(3, 1, 10),
            k=4,
            few=2,
            generator=rng,
        )
    assert_array_equal(found >= 0, has)
