"""The rules by which figures keep quiet about few people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from avatars.displays.projection import _centres, _hexagons
from avatars.displays.suppression import merged, round_edges, usual_range

counts = st.lists(st.integers(0, 12), min_size=1, max_size=30).map(np.array)
finite = st.floats(-1e9, 1e9, allow_nan=False)


@given(counts, st.integers(2, 9))
def test_merged_bins_hold_enough_people_or_nobody(held: NDArray[np.intp], few: int) -> None:
    starts = merged(held, few)
    sums = np.add.reduceat(held, starts)
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()
    assert sums.sum() == held.sum()
    if held.sum() >= few or held.sum() == 0:
        assert ((sums == 0) | (sums >= few)).all()


def test_bins_that_hold_enough_are_left_alone() -> None:
    assert merged(np.array([5, 0, 7, 0, 0, 9]), 5).tolist() == [0, 1, 2, 3, 4, 5]


def test_last_bin_joins_the_people_before_it_across_empty_ones() -> None:
    assert merged(np.array([5, 8, 0, 0, 4]), 5).tolist() == [0, 1]


@given(st.lists(finite, min_size=2, max_size=60), st.integers(2, 9))
def test_usual_range_leaves_enough_people_on_or_beyond_its_ends(
    values: list[float], few: int
) -> None:
    array = np.array(values)
    low, high = usual_range(array, few)
    assert low <= high
    at_least = min(few, (len(array) - 1) // 2 + 1)
    assert (array <= low).sum() >= at_least
    assert (array >= high).sum() >= at_least


@given(finite, finite, st.integers(1, 40), st.booleans())
def test_round_edges_cover_the_range(one: float, other: float, most: int, whole: bool) -> None:
    low, high = sorted([one, other])
    if whole:
        low, high = np.rint(low), np.rint(high)
    edges = round_edges(low, high, most, is_whole=whole)
    assert (np.diff(edges) > 0).all()
    tiny = 1e-9 * max(1.0, abs(low), abs(high))
    assert edges[0] <= low + tiny
    assert edges[-1] >= high - tiny
    # A range that straddles zero can need one more than a single bin.
    assert len(edges) - 1 <= max(most, 2)


@pytest.mark.parametrize(
    ("low", "high", "edges"),
    [
        (18, 95, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (7.0, 7.0, [7.0, 7.1]),
        (0.0, 0.0, [0.0, 1.0]),
    ],
)
def test_round_edges_are_round(low: float, high: float, edges: list[float]) -> None:
    assert round_edges(low, high, 10 if high > 1 else 9)[: len(edges)] == pytest.approx(edges)


def test_whole_numbers_lie_in_the_middle_of_their_bins() -> None:
    assert round_edges(0, 4, 30, is_whole=True).tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5]
    assert round_edges(0, 9, 5, is_whole=True).tolist() == [-0.5, 1.5, 3.5, 5.5, 7.5, 9.5]


def test_hexagon_of_a_point_is_the_one_with_the_nearest_centre() -> None:
    points = np.random.default_rng(0).uniform(-3, 3, size=(300, 2))
    hexagons = _hexagons(points, 0.7)
    every = np.stack(np.meshgrid(np.arange(-16, 17), np.arange(-16, 17)), axis=-1).reshape(-1, 2)
    # Both coordinates are even in the middle of a rectangle, and odd where four of them meet.
    every = every[every[:, 0] % 2 == every[:, 1] % 2]
    centres = _centres(every, 0.7)
    apart = np.linalg.norm(points[:, None] - centres, axis=2)
    own = np.linalg.norm(points - _centres(hexagons, 0.7), axis=1)
    assert own == pytest.approx(apart.min(axis=1))
