"""Counting and finding without all distances, against all distances."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from avatars.metrics.privacy.places import Places, within


@pytest.mark.parametrize("decimals", [0, 1, 8])
@pytest.mark.parametrize("width", [1, 3, 8])
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_counts_within_any_radius_are_those_of_all_distances(
    rng: np.random.Generator, decimals: int, width: int, scale: float
) -> None:
    points = rng.normal(size=(3_000, width)).round(decimals)
    queries = points[rng.permutation(3_000)[:400]] + np.where(rng.random((400, 1)) < 0.5, 0, 0.25)
    radii = np.linalg.norm(queries - points[:400], axis=1)
    radii[:40] = 0
    radii[40:80] = 1e9
    found = within(queries * scale, points * scale, radii * scale)
    expected = (cdist(queries, points) <= radii[:, None] + 1e-10).sum(axis=1)
    np.testing.assert_array_equal(found, expected)


def test_nearly_equal_points_are_told_apart(rng: np.random.Generator) -> None:
    # Half of all stand a hundred thousandth apart: products of coordinates lose that.
    points = 50 + np.concatenate([rng.normal(size=(500, 3)) * 1e-5, rng.normal(size=(500, 3))])
    radii = np.full(500, 1e-5)
    expected = (cdist(points[:500], points) <= 1e-5).sum(axis=1)
    assert expected.max() > 10
    np.testing.assert_array_equal(within(points[:500], points, radii), expected)


def test_no_array_of_all_pairs_is_held(rng: np.random.Generator) -> None:
    points, queries = rng.normal(size=(8_000, 3)), rng.normal(size=(8_000, 3))
    tracemalloc.start()
    counts = within(queries, points, np.linalg.norm(queries - points, axis=1))
    Places(points).nearest(queries)
    Places(points).two_nearest(queries)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts.mean() > 1_000
    # All pairs would be 8000 * 8000 = 64 million truth values.
    assert peak < 20e6


def test_places_are_distinct_points_with_counts() -> None:
    points = np.array([[2.0, 1.0], [0.0, 1.0], [2.0, 1.0], [-0.0, 1.0]])
    places = Places(points)
    assert places.counts.tolist() == [2, 2]
    assert places.of_row.tolist() == [1, 0, 1, 0]
    assert places.nearest_others().tolist() == [0, 0, 0, 0]
    assert places.two_nearest(np.array([[2.0, 1.0], [0.5, 1.0]])).tolist() == [[0, 0], [0.5, 0.5]]


def test_single_point_has_no_other() -> None:
    assert Places(np.array([[1.0]])).nearest_others().tolist() == [np.inf]
    assert Places(np.array([[1.0]])).two_nearest(np.array([[3.0]])).tolist() == [[2.0, np.inf]]
    assert Places(np.array([[1.0], [1.0]])).nearest_others().tolist() == [0, 0]


def test_many_equal_points_are_searched_at_once() -> None:
    # All pairs would be ten thousand million: the test would not end.
    points = np.repeat(np.array([[0.0, 1.0], [2.0, 1.0]]), 50_000, axis=0)
    assert Places(points).nearest(points).shape == (100_000, 2)
    assert (Places(points).chance_of_own(points) == 1 / 50_000).all()
    assert (within(points, points, np.zeros(100_000)) == 50_000).all()
