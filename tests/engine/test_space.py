"""The space of the neighbours, with and without a summary of the categories."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from avatars.engine.neighbours import Neighbours
from avatars.engine.project import Projection
from avatars.engine.records import Records
from avatars.engine.space import Space
from avatars.exceptions import RankWarning

Matrix = NDArray[np.float64]


def ones(people: Records) -> tuple[Matrix, Matrix]:
    return np.ones(people.numeric.shape[1]), np.ones(people.codes.shape[1])


def full(people: Records, reduces: bool, *weights: Matrix) -> tuple[Space, Matrix]:
    """Return a space that holds all there is, and the coordinates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RankWarning)
        space = Space(500, reduces)
        return space, space.fit(people, *(weights or ones(people)))


@pytest.mark.parametrize("ncp", [None, 2, 5])
def test_without_reduction_it_is_the_projection(mixed: Records, ncp: int | None) -> None:
    coordinates = Space(ncp, False).fit(mixed, *ones(mixed))
    expected = Projection(ncp or 5).fit(mixed).transform(mixed)
    np.testing.assert_array_equal(coordinates, expected)


def test_reduction_changes_nothing_when_twenty_axes_hold_all_categories(mixed: Records) -> None:
    plain, reduced = full(mixed, False), full(mixed, True)
    np.testing.assert_allclose(
        reduced[0].projection.eigenvalues, plain[0].projection.eigenvalues, rtol=1e-9
    )
    np.testing.assert_allclose(pdist(reduced[1]), pdist(plain[1]), atol=1e-8)
    for ncp in (2, 5):
        near = []
        for reduces in (False, True):
            coordinates = Space(ncp, reduces).fit(mixed, *ones(mixed))
            rng = np.random.default_rng(0)
            near.append(Neighbours(coordinates, rng).query(10, rng, own=np.arange(200))[1])
        np.testing.assert_array_equal(near[0], near[1])


def test_reduction_keeps_weights(mixed: Records) -> None:
    weights = np.array([1.0, 2.0, 0.5, 3.0]), np.array([4.0, 0.0, 1.5])
    plain, reduced = full(mixed, False, *weights), full(mixed, True, *weights)
    np.testing.assert_allclose(pdist(reduced[1]), pdist(plain[1]), atol=1e-8)


@pytest.fixture
def many_levels(rng: np.random.Generator) -> Records:
    codes = rng.integers(0, 30, size=(400, 2)).astype(np.int32)
    return Records(rng.normal(size=(400, 2)), codes, (30, 30))


def test_reduction_takes_the_twenty_largest_axes_of_the_categories(many_levels: Records) -> None:
    space, _ = full(many_levels, True)
    only_codes = Records(np.empty((400, 0)), many_levels.codes, many_levels.n_levels)
    of_categories = Projection(100).fit(only_codes).eigenvalues
    total = space.projection.eigenvalues.sum()
    assert total == pytest.approx(2 + of_categories[:20].sum())
    assert total < full(many_levels, False)[0].projection.eigenvalues.sum()
    assert space.projection.n_axes == 22


def test_reduction_of_numbers_alone_is_no_reduction(numbers: Records) -> None:
    np.testing.assert_array_equal(full(numbers, True)[1], full(numbers, False)[1])


def test_reduction_of_one_constant_category(rng: np.random.Generator) -> None:
    people = Records(rng.normal(size=(50, 2)), np.zeros((50, 1), dtype=np.int32), (1,))
    space, coordinates = full(people, True)
    assert coordinates.shape == (50, 2)
    np.testing.assert_allclose(space.projection.eigenvalues.sum(), 2)


@pytest.mark.parametrize("reduces", [False, True])
def test_people_of_the_fit_stand_where_they_stood(mixed: Records, reduces: bool) -> None:
    space = Space(4, reduces)
    coordinates = space.fit(mixed, *ones(mixed))
    some = np.array([7, 7, 100])
    np.testing.assert_allclose(space.transform(mixed.take(some)), coordinates[some], atol=1e-12)


def test_more_axes_than_there_are_warn_when_they_were_asked_for(numbers: Records) -> None:
    with pytest.warns(RankWarning, match="ncp=9.*4 axes"):
        Space(9, False).fit(numbers, *ones(numbers))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Space(None, False).fit(numbers, *ones(numbers)).shape == (200, 4)
        assert Space(4, False).fit(numbers, *ones(numbers)).shape == (200, 4)
