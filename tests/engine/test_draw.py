"""The published draw against the figures measured on the authors' own files (method.md)."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatars.engine.draw import PublishedDraw, barycentres, weights
from avatars.engine.neighbours import Neighbours
from avatars.engine.records import Records

Matrix = NDArray[np.float64]


@pytest.fixture
def distances(rng: np.random.Generator) -> Matrix:
    """Give the distances to 20 neighbours in a table with a dense middle and thin outskirts."""
    points = rng.standard_t(5, size=(2_000, 5)) * np.sqrt([3.0, 2.0, 1.5, 1.2, 1.0])
    near, _ = Neighbours(points, rng).query(20, rng, own=np.arange(2_000))
    return near


def as_in_the_paper(distances: Matrix, rng: np.random.Generator) -> Matrix:
    """Weigh neighbours row by row, as method.md words it."""
    rows = []
    for row in distances:
        halvings = rng.permutation(0.5 ** np.arange(1, len(row) + 1))
        raw = rng.exponential(size=len(row)) * halvings / row
        rows.append(raw / raw.sum())
    return np.array(rows)


def test_weights_are_shares(distances: Matrix, rng: np.random.Generator) -> None:
    share = weights(distances, rng)
    assert share.shape == distances.shape
    assert (share >= 0).all()
    np.testing.assert_allclose(share.sum(axis=1), 1)


def test_sum_of_squared_weights_is_the_published_one(
    distances: Matrix, rng: np.random.Generator
) -> None:
    squared = np.mean([(weights(distances, rng) ** 2).sum(axis=1).mean() for _ in range(10)])
    assert squared == pytest.approx(0.42, abs=0.01)


def test_weights_follow_the_law_of_the_paper(distances: Matrix, rng: np.random.Generator) -> None:
    ours = np.vstack([weights(distances, rng) for _ in range(5)])
    theirs = np.vstack([as_in_the_paper(distances, rng) for _ in range(5)])
    levels = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), atol=0.006)
    np.testing.assert_allclose(
        np.quantile(ours.max(axis=1), levels), np.quantile(theirs.max(axis=1), levels), atol=0.02
    )


def test_dispersion_is_the_published_one(distances: Matrix, rng: np.random.Generator) -> None:
    # Columns that the axes say nothing about: any twenty people may be the neighbours.
    x = rng.normal(size=(2_000, 10))
    near = rng.integers(0, 2_000, size=distances.shape)
    numeric, _ = barycentres(
        Records(x, np.empty((2_000, 0), np.int32), ()), near, weights(distances, rng), rng
    )
    local = x[near]
    squares = (numeric - local.mean(axis=1)) ** 2
    assert squares.mean() / local.var(axis=1, ddof=1).mean() == pytest.approx(0.372, abs=0.02)


def test_neighbours_at_distance_zero_take_all_weight(rng: np.random.Generator) -> None:
    distances = np.tile([0.0, 0.0, 0.5, 1e-9], (500, 1))
    distances[0] = 0.0
    share = weights(distances, rng)
    assert (share[1:, 2:] == 0).all()
    assert (share[:, :2] > 0).all()
    np.testing.assert_allclose(share.sum(axis=1), 1)
    assert share[1:, 0].mean() == pytest.approx(0.5, abs=0.05)


def test_no_neighbour_has_a_lead_by_its_place(rng: np.random.Generator) -> None:
    share = weights(np.ones((20_000, 20)), rng)
    # The standard error of a mean weight of about .05 +- .14 is .001.
    np.testing.assert_allclose(share.mean(axis=0), 0.05, atol=0.005)


@pytest.fixture
def drawn(
    mixed: Records, rng: np.random.Generator
) -> tuple[Matrix, NDArray[np.int32], NDArray[np.intp]]:
    points = rng.normal(size=(200, 3))
    return PublishedDraw(mixed, Neighbours(points, rng), k=7).draw(np.arange(200), None, rng)


def test_numbers_lie_in_the_box_of_the_neighbours(mixed: Records, drawn: tuple) -> None:
    numeric, _, near = drawn
    around = mixed.numeric[near]
    # A mean of numbers may leave their range by a rounding.
    slack = 1e-12 * np.abs(around).max(axis=1)
    assert (numeric >= around.min(axis=1) - slack).all()
    assert (numeric <= around.max(axis=1) + slack).all()


def test_categories_are_those_of_a_neighbour(mixed: Records, drawn: tuple) -> None:
    _, codes, near = drawn
    assert (codes[:, None, :] == mixed.codes[near]).any(axis=1).all()
    assert codes.dtype == np.int32


def test_own_record_is_no_neighbour(drawn: tuple) -> None:
    _, _, near = drawn
    assert (near != np.arange(200)[:, None]).all()


def test_barycentre_is_the_weighted_mean(mixed: Records, rng: np.random.Generator) -> None:
    near = rng.integers(0, 200, size=(50, 6))
    share = rng.dirichlet(np.ones(6), size=50)
    numeric, _ = barycentres(mixed, near, share, rng)
    expected = [w @ mixed.numeric[rows] for w, rows in zip(share, near, strict=True)]
    np.testing.assert_allclose(numeric, expected, rtol=1e-12)


def test_level_is_drawn_as_often_as_it_weighs(rng: np.random.Generator) -> None:
    people = Records(np.empty((4, 0)), np.array([[0], [1], [2], [1]], np.int32), (3,))
    n = 20_000
    share = np.tile([0.1, 0.2, 0.4, 0.3], (n, 1))
    _, codes = barycentres(people, np.tile(np.arange(4), (n, 1)), share, rng)
    counted = np.bincount(codes[:, 0], minlength=3) / n
    # Three standard errors of a share of a half.
    np.testing.assert_allclose(counted, [0.1, 0.5, 0.4], atol=3 * 0.5 / np.sqrt(n))


def test_weight_zero_is_never_drawn(rng: np.random.Generator) -> None:
    people = Records(np.empty((3, 0)), np.array([[0], [1], [2]], np.int32), (3,))
    share = np.tile([0.0, 1.0, 0.0], (5_000, 1))
    _, codes = barycentres(people, np.tile(np.arange(3), (5_000, 1)), share, rng)
    assert (codes == 1).all()


def test_columns_are_drawn_apart_from_each_other(rng: np.random.Generator) -> None:
    codes = np.repeat(np.arange(2, dtype=np.int32)[:, None], 2, axis=1)
    people = Records(np.empty((2, 0)), codes, (2, 2))
    _, drawn = barycentres(people, np.tile([0, 1], (9_000, 1)), np.full((9_000, 2), 0.5), rng)
    together = (drawn[:, 0] == drawn[:, 1]).mean()
    assert together == pytest.approx(0.5, abs=0.02)
