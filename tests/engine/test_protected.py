"""The protected draw as a whole: what its steps give together, where the axes say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatars.engine.neighbours import Neighbours
from avatars.engine.plan import Measures
from avatars.engine.protected import ProtectedDraw
from avatars.engine.records import Records
from avatars.engine.streams import Streams

Matrix = NDArray[np.float64]

N = 2_000
BALANCED = Measures(few=5, spread=1, leaf=0.25, evidence=2.0, sparse_share=0.1, sparse_spread=3)


def protected(
    people: Records, coordinates: Matrix, measures: Measures = BALANCED, n_jobs: int = 1
) -> ProtectedDraw:
    neighbours = Neighbours(coordinates, np.random.default_rng(1))
    streams = Streams(b"seed", b"digest")
    return ProtectedDraw(
        people, coordinates, neighbours, k=20, measures=measures, streams=streams, n_jobs=n_jobs
    )


def avatars_of(people: Records, coordinates: Matrix) -> Records:
    draw = protected(people, coordinates)
    rng = np.random.default_rng(2)
    numeric, codes, _ = draw.draw(np.arange(people.n_rows), None, rng)
    numeric = draw.learn_marginals(numeric, list(people.numeric.T))
    codes = draw.redraw(numeric, codes, np.random.default_rng(1))
    return Records(numeric, codes, people.n_levels)


@pytest.fixture
def latent(rng: np.random.Generator) -> Matrix:
    """Give four normal columns that correlate by .8 in pairs."""
    u, v = rng.normal(size=(2, N))
    return np.column_stack(
        [u, 0.8 * u + 0.6 * rng.normal(size=N), v, 0.8 * v + 0.6 * rng.normal(size=N)]
    )


def test_ties_of_categories_are_given_back_by_the_trees(
    latent: Matrix, rng: np.random.Generator
) -> None:
    people = Records(latent[:, :1], (latent[:, 1:] > 0.3).astype(np.int32), (2, 2, 2))
    avatars = avatars_of(people, rng.normal(size=(N, 2)))
    before, after = (
        np.corrcoef(np.column_stack([table.numeric, table.codes]).T) for table in (people, avatars)
    )
    assert abs(before[0, 1]) > 0.6 and abs(before[2, 3]) > 0.5
    np.testing.assert_allclose(after, before, atol=0.12)


def test_distributions_are_given_back(latent: Matrix, rng: np.random.Generator) -> None:
    numeric = np.column_stack([latent[:, 0], np.exp(0.5 * latent[:, 2])])
    people = Records(numeric, (latent[:, 1:2] > 0.8).astype(np.int32), (2,))
    avatars = avatars_of(people, rng.normal(size=(N, 2)))
    np.testing.assert_allclose(avatars.numeric.std(axis=0), numeric.std(axis=0), rtol=0.02)
    np.testing.assert_allclose(avatars.numeric.mean(axis=0), numeric.mean(axis=0), atol=0.01)
    # A level is held by as many, give or take three standard errors of a share of a fifth.
    assert avatars.codes.mean() == pytest.approx(people.codes.mean(), abs=3 * 0.4 / np.sqrt(N))


def test_later_draws_have_the_distribution_of_the_first(
    latent: Matrix, rng: np.random.Generator
) -> None:
    people = Records(latent, np.empty((N, 0), dtype=np.int32), ())
    draw = protected(people, latent[:, [0, 2]])
    first, *_ = draw.draw(np.arange(N), None, rng)
    first = draw.learn_marginals(first, list(latent.T))
    later, *_ = draw.draw(np.arange(N), None, rng)
    later = draw.released(later, "later")
    levels = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(
        np.quantile(later, levels, axis=0), np.quantile(first, levels, axis=0), atol=0.1
    )
    assert not np.isin(later, latent).any()


def test_those_far_out_draw_from_more_people(rng: np.random.Generator) -> None:
    # One column whose value says who was drawn from, on axes that say nothing about it.
    coordinates = rng.standard_t(2, size=(N, 2))
    people = Records(rng.permutation(N).astype(float)[:, None], np.empty((N, 0), np.int32), ())
    draw = protected(people, coordinates)
    donor_of = np.empty(N, dtype=np.intp)
    donor_of[people.numeric[:, 0].astype(int)] = np.arange(N)
    near_distance = np.sort(
        np.linalg.norm(coordinates[:, None] - coordinates[None], axis=2), axis=1
    )[:, 20]
    cut = np.quantile(near_distance, 0.9)
    reached = np.zeros(N)
    for _ in range(20):
        numeric, _, near = draw.draw(np.arange(N), None, rng)
        donors = donor_of[numeric[:, 0].astype(int)]
        reached += (donors[:, None] != near).all(axis=1)
    # Two in three of the donors of those far out stand behind the twentieth neighbour.
    assert (reached[near_distance < cut * 0.999] == 0).all()
    far = near_distance > cut * 1.001
    assert far.mean() == pytest.approx(0.1, abs=0.002)
    assert reached[far].mean() / 20 == pytest.approx(2 / 3, abs=0.05)


def test_places_of_nobody_are_drawn_around(latent: Matrix, rng: np.random.Generator) -> None:
    people = Records(latent, np.empty((N, 0), dtype=np.int32), ())
    draw = protected(people, latent[:, [0, 2]])
    places = np.tile([1.5, -1.0], (400, 1))
    numeric, _, near = draw.draw(np.full(400, -1), places, rng)
    expected = np.argsort(np.linalg.norm(latent[:, [0, 2]] - places[0], axis=1))[:20]
    np.testing.assert_array_equal(np.sort(near, axis=1), np.tile(np.sort(expected), (400, 1)))
    np.testing.assert_allclose(numeric[:, [0, 2]].mean(axis=0), [1.5, -1.0], atol=0.2)


def test_threads_don_t_change_the_draw(mixed: Records, rng: np.random.Generator) -> None:
    coordinates = rng.normal(size=(200, 2))
    one, two = (
        protected(mixed, coordinates, n_jobs=n_jobs).draw(
            np.arange(200), None, np.random.default_rng(3)
        )
        for n_jobs in (1, 2)
    )
    for cells, others in zip(one, two, strict=True):
        np.testing.assert_array_equal(cells, others)
