"""Neighbours against a full matrix of distances."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from avatars.engine.neighbours import Neighbours

Matrix = NDArray[np.float64]


def found(
    points: Matrix, k: int, seed: int = 0, *, queries: Matrix | None = None, own: object = None
) -> tuple[Matrix, NDArray[np.intp]]:
    rng = np.random.default_rng(seed)
    who = np.arange(len(points)) if own is None else np.asarray(own)
    return Neighbours(points, rng).query(k, rng, points=queries, own=who)


def distances_to_others(points: Matrix) -> Matrix:
    matrix = cdist(points, points)
    np.fill_diagonal(matrix, np.inf)
    return matrix


def assert_answers_right(points: Matrix, k: int, seed: int = 0) -> None:
    """Check distances, that nobody is the own neighbour, and that nobody comes twice."""
    near, who = found(points, k, seed)
    matrix = distances_to_others(points)
    np.testing.assert_allclose(near, np.sort(matrix, axis=1)[:, :k], atol=1e-9)
    np.testing.assert_allclose(near, np.take_along_axis(matrix, who, axis=1), atol=1e-9)
    assert (np.diff(np.sort(who, axis=1), axis=1) > 0).all()
    assert near.shape == who.shape == (len(points), k)


@pytest.mark.parametrize("dimensions", [1, 2, 5, 15])
@pytest.mark.parametrize("k", [2, 20])
def test_nearest_others_are_found(rng: np.random.Generator, dimensions: int, k: int) -> None:
    points = rng.normal(size=(300, dimensions))
    _, who = found(points, k)
    np.testing.assert_array_equal(who, distances_to_others(points).argsort(axis=1)[:, :k])
    assert_answers_right(points, k)


@pytest.mark.parametrize("dimensions", [16, 40])
def test_nearest_others_are_found_in_many_dimensions(
    rng: np.random.Generator, dimensions: int
) -> None:
    points = rng.normal(size=(300, dimensions))
    near, who = found(points, 20)
    matrix = distances_to_others(points)
    np.testing.assert_array_equal(who, matrix.argsort(axis=1)[:, :20])
    np.testing.assert_allclose(near, np.sort(matrix, axis=1)[:, :20], rtol=1e-9)


@pytest.mark.parametrize("dimensions", [5, 20])
def test_twins_are_at_distance_zero_and_first(rng: np.random.Generator, dimensions: int) -> None:
    points = rng.normal(size=(200, dimensions)) + 3
    points[100:] = points[:100]
    near, who = found(points, 5)
    np.testing.assert_array_equal(who[:, 0], (np.arange(200) + 100) % 200)
    np.testing.assert_array_equal(near[:, 0], 0)
    assert (near[:, 1] > 0).all()


@pytest.mark.parametrize("side", [2, 3, 8])
@pytest.mark.parametrize("seed", range(3))
def test_grids_full_of_ties(side: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert_answers_right(rng.integers(0, side, size=(150, 3)).astype(float), 20, seed)


@pytest.mark.parametrize("heaps", [(40,), (5, 35), (1, 1, 1, 40), (21, 20, 2), (20,) * 6])
@pytest.mark.parametrize("k", [2, 20])
def test_heaps_of_equal_points(heaps: tuple[int, ...], k: int) -> None:
    points = np.repeat(np.arange(len(heaps))[:, None] * [1.0, -2.0], heaps, axis=0)
    for seed in range(5):
        assert_answers_right(points, k, seed)


@pytest.mark.parametrize("distinct", [30, 7, 1])
def test_everybody_else_when_k_is_as_large_as_can_be(
    rng: np.random.Generator, distinct: int
) -> None:
    points = rng.normal(size=(distinct, 2))[np.arange(30) % distinct]
    _, who = found(points, 29)
    for row, others in enumerate(who):
        assert sorted(others) == [other for other in range(30) if other != row]


def test_minus_zero_is_zero() -> None:
    near, who = found(np.array([[0.0], [-0.0], [1.0]]), 1)
    assert who[:2].ravel().tolist() == [1, 0]
    assert near[:2].ravel().tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kind", ["distinct", "grid"])
def test_places_of_nobody(rng: np.random.Generator, kind: str) -> None:
    points, queries = rng.normal(size=(120, 3)), rng.normal(size=(50, 3))
    if kind == "grid":
        points, queries = np.rint(points), np.rint(queries)
    near, who = found(points, 9, queries=queries, own=np.full(50, -1))
    matrix = cdist(queries, points)
    np.testing.assert_allclose(near, np.sort(matrix, axis=1)[:, :9], atol=1e-9)
    np.testing.assert_allclose(near, np.take_along_axis(matrix, who, axis=1), atol=1e-9)
    assert (np.diff(np.sort(who, axis=1), axis=1) > 0).all()


@pytest.mark.parametrize("kind", ["distinct", "grid"])
def test_own_record_is_left_out_wherever_one_searches(rng: np.random.Generator, kind: str) -> None:
    points = rng.normal(size=(120, 3))
    if kind == "grid":
        points = np.rint(points)
    own = rng.integers(-1, 120, size=60)
    # Half of them search where they stand, half of them elsewhere.
    queries = points[own] + np.where(np.arange(60) % 2, 0.4, 0.0)[:, None]
    near, who = found(points, 9, queries=queries, own=own)
    matrix = cdist(queries, points)
    matrix[np.arange(60)[own >= 0], own[own >= 0]] = np.inf
    np.testing.assert_allclose(near, np.sort(matrix, axis=1)[:, :9], atol=1e-9)
    np.testing.assert_allclose(near, np.take_along_axis(matrix, who, axis=1), atol=1e-9)


def test_rows_asked_in_any_number_and_order(rng: np.random.Generator) -> None:
    points = rng.normal(size=(80, 2))
    near, who = found(points, 6)
    some = np.array([70, 3, 3, 41])
    near_some, who_some = found(points, 6, own=some)
    np.testing.assert_array_equal(who_some, who[some])
    np.testing.assert_array_equal(near_some, near[some])


@pytest.mark.parametrize("k", [1, 3])
def test_members_of_a_heap_are_chosen_alike(k: int) -> None:
    # Twelve at one point, and somebody nearby whose k neighbours are among the twelve.
    points = np.array([[0.0]] * 12 + [[1.0], [9.0]])
    n_seeds = 1500
    for person in (12, 4):
        counts = np.zeros(14)
        for seed in range(n_seeds):
            counts[found(points, k, seed, own=[person])[1][0]] += 1
        candidates = [other for other in range(12) if other != person]
        expected = n_seeds * k / len(candidates)
        assert counts.sum() == n_seeds * k
        statistic = ((counts[candidates] - expected) ** 2).sum() / expected
        # Chi-squared with 11 or 10 degrees of freedom exceeds 31 once in a thousand.
        assert statistic < 31
        assert counts[candidates].sum() == n_seeds * k


def test_order_of_rows_doesn_t_matter(rng: np.random.Generator) -> None:
    points = rng.normal(size=(200, 4))
    order = rng.permutation(200)
    near, who = found(points, 7)
    near_moved, who_moved = found(points[order], 7)
    np.testing.assert_array_equal(order[who_moved], who[order])
    np.testing.assert_allclose(near_moved, near[order])


def test_near_order_names_everybody_once_and_keeps_heaps_together(
    rng: np.random.Generator,
) -> None:
    points = rng.integers(0, 4, size=(200, 2)).astype(float)
    for dimensions in (points, np.hstack([points] * 8)):
        order = Neighbours(dimensions, rng).near_order()
        assert sorted(order) == list(range(200))
        changes = (np.diff(dimensions[order], axis=0) != 0).any(axis=1).sum()
        assert changes == len(np.unique(points, axis=0)) - 1


def test_heap_of_most_people_takes_no_longer_than_distinct_people(
    rng: np.random.Generator,
) -> None:
    # A k-d tree on equal points is quadratic: hundreds of times slower at this size.
    n = 50_000
    distinct = rng.normal(size=(n, 3))
    heap = distinct.copy()
    heap[: n * 4 // 5] = 0.1

    def seconds(points: Matrix) -> float:
        start = time.process_time()
        index = Neighbours(points, np.random.default_rng(0))
        index.query(20, np.random.default_rng(0), own=index.near_order())
        return time.process_time() - start

    pairs = [(seconds(heap), seconds(distinct)) for _ in range(3)]
    with_heap, without = np.median(pairs, axis=0)
    assert with_heap < 3 * without
