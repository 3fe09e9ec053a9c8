"""The local copula: what the axes don't say survives, and no donor gives two columns."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from avatars.engine.copula import LocalCopula
from avatars.engine.neighbours import Neighbours
from avatars.engine.records import Records

Matrix = NDArray[np.float64]

N, K = 4_000, 20
NO_NUMBERS = np.empty((N, 0))
NO_CODES = np.empty((N, 0), dtype=np.int32)


def drawn(people: Records, seed: int = 0) -> tuple[LocalCopula, Records, NDArray[np.intp]]:
    """Draw on axes that say nothing: the neighbours are any others."""
    rng = np.random.default_rng(seed)
    n = people.n_rows
    coordinates = rng.normal(size=(n, 2))
    _, near = Neighbours(coordinates, rng).query(K, rng, own=np.arange(n))
    copula = LocalCopula(people, coordinates, np.arange(n), near, rng)
    numeric, codes = copula.draw(near, rng)
    return copula, Records(numeric, codes, people.n_levels), near


def pair(rho: float, seed: int = 0) -> Matrix:
    rng = np.random.default_rng(seed)
    u, v = rng.normal(size=(2, N))
    return np.column_stack([u, rho * u + np.sqrt(1 - rho**2) * v])


def assert_kept(after: float, before: float) -> None:
    """Check that a tie is kept but for a tenth: ranks among twenty say less than numbers do."""
    assert after == pytest.approx(before * 0.92, abs=0.06 * abs(before) + 0.02)


@pytest.mark.parametrize("rho", [-0.8, -0.3, 0.0, 0.5, 0.9])
def test_correlation_of_numbers_survives(rho: float) -> None:
    _, avatars, _ = drawn(Records(pair(rho), NO_CODES, ()))
    assert_kept(np.corrcoef(avatars.numeric.T)[0, 1], rho)


def test_correlation_of_ranks_survives_any_rising_map() -> None:
    both = pair(0.7)
    bent = np.column_stack([np.exp(both[:, 0]), both[:, 1] ** 3])
    _, avatars, _ = drawn(Records(bent, NO_CODES, ()))
    ranks = avatars.numeric.argsort(axis=0).argsort(axis=0)
    # Spearman's rho of a normal pair is 6 / pi * arcsin(rho / 2).
    assert_kept(np.corrcoef(ranks.T)[0, 1], 6 / np.pi * np.arcsin(0.35))


@pytest.mark.parametrize("rho", [-0.8, 0.5])
def test_tie_of_number_and_category_survives_as_far_as_ranks_of_ties_let_it(rho: float) -> None:
    # The rank of a yes among equal yeses is drawn. Its normal score has mean sqrt(2 / pi), so that
    # 2 / pi of the correlation stays; trees give the rest back (test_protected.py).
    both = pair(rho)
    people = Records(both[:, :1], (both[:, 1:] > 0).astype(np.int32), (2,))
    _, avatars, _ = drawn(people)
    before, after = (
        np.corrcoef(table.numeric[:, 0], table.codes[:, 0])[0, 1] for table in (people, avatars)
    )
    assert_kept(after, 2 / np.pi * before)


def test_tie_of_two_categories_survives_as_far_as_ranks_of_ties_let_it() -> None:
    both = pair(0.8)
    people = Records(NO_NUMBERS, (both > 0).astype(np.int32), (2, 2))
    _, avatars, _ = drawn(people)
    before, after = (np.corrcoef(table.codes.T)[0, 1] for table in (people, avatars))
    # Sheppard: two signs of a normal pair correlate by 2 / pi * arcsin(rho).
    assert after == pytest.approx(2 / np.pi * np.arcsin(2 / np.pi * before), abs=0.05)


def test_tie_with_a_category_of_levels_out_of_order_survives(rng: np.random.Generator) -> None:
    both = pair(0.9)
    names = np.array([3, 0, 2, 4, 1])
    codes = names[np.digitize(both[:, 1], [-0.8, -0.2, 0.3, 0.9])].astype(np.int32)[:, None]
    people = Records(both[:, :1], codes, (5,))
    _, avatars, _ = drawn(people)
    before, after = (
        [table.numeric[table.codes[:, 0] == level].mean() for level in names]
        for table in (people, avatars)
    )
    assert after == sorted(after)
    assert 0.75 < np.polyfit(before, after, 1)[0] < 1.0


def test_independent_columns_stay_independent(rng: np.random.Generator) -> None:
    people = Records(
        rng.normal(size=(N, 2)), rng.integers(0, 3, size=(N, 2)).astype(np.int32), (3, 3)
    )
    copula, avatars, _ = drawn(people)
    off = copula.correlations[~np.eye(4, dtype=bool)]
    np.testing.assert_allclose(off, 0, atol=4 / np.sqrt(N))
    assert np.corrcoef(avatars.numeric.T)[0, 1] == pytest.approx(0, abs=4 / np.sqrt(N))


def test_cells_are_those_of_neighbours(mixed: Records) -> None:
    _, avatars, near = drawn(mixed)
    assert (avatars.numeric[:, None] == mixed.numeric[near]).any(axis=1).all()
    assert (avatars.codes[:, None] == mixed.codes[near]).any(axis=1).all()


def test_two_independent_columns_share_a_donor_once_in_k(rng: np.random.Generator) -> None:
    people = Records(rng.normal(size=(N, 2)), NO_CODES, ())
    _, avatars, near = drawn(people)
    donors = [
        (avatars.numeric[:, [column]] == people.numeric[near, column]).argmax(axis=1)
        for column in range(2)
    ]
    shared = (donors[0] == donors[1]).mean()
    assert shared == pytest.approx(1 / K, abs=4 * np.sqrt(1 / K / N))


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_tied_columns_share_a_donor_no_more_often_than_ranks_meet(rho: float) -> None:
    people = Records(pair(rho), NO_CODES, ())
    _, avatars, near = drawn(people)
    donors = [
        (avatars.numeric[:, [column]] == people.numeric[near, column]).argmax(axis=1)
        for column in range(2)
    ]
    # By a simulation of its own: two normals of that correlation, each rank of k leads to a person
    # among k others whose two ranks are tied in the same way.
    rng = np.random.default_rng(5)
    neighbours = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=(N, K))
    order = neighbours.argsort(axis=1)
    position = (norm.cdf(rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=N)) * K).astype(
        int
    )
    expected = (
        order[np.arange(N), position[:, 0], 0] == order[np.arange(N), position[:, 1], 1]
    ).mean()
    assert (donors[0] == donors[1]).mean() == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_levels_are_ordered_as_what_they_go_with(seed: int) -> None:
    rng = np.random.default_rng(seed)
    u = rng.normal(size=N)
    names = rng.permutation(6)
    codes = names[np.digitize(u, [-1, -0.4, 0.0, 0.5, 1.2])].astype(np.int32)[:, None]
    other = np.column_stack([u + 0.5 * rng.normal(size=N), rng.normal(size=N)])
    copula, _, _ = drawn(Records(other, codes, (6,)), seed)
    place = copula.ordered(other, codes)[:, 2]
    by_level = [place[codes[:, 0] == names[step]][0] for step in range(6)]
    assert by_level in (sorted(by_level), sorted(by_level, reverse=True))
    assert sorted(by_level) == list(range(6))


@pytest.mark.parametrize("kind", ["number", "category"])
def test_single_column_keeps_its_distribution(rng: np.random.Generator, kind: str) -> None:
    x = rng.normal(size=(N, 1))
    if kind == "number":
        people = Records(x, NO_CODES, ())
        _, avatars, _ = drawn(people)
        levels = np.linspace(0.05, 0.95, 19)
        np.testing.assert_allclose(
            np.quantile(avatars.numeric, levels), np.quantile(x, levels), atol=0.12
        )
    else:
        people = Records(NO_NUMBERS, (x > 0.6).astype(np.int32), (2,))
        _, avatars, _ = drawn(people)
        assert avatars.codes.mean() == pytest.approx(people.codes.mean(), abs=0.03)


def test_constant_columns_go_with_nothing(rng: np.random.Generator) -> None:
    people = Records(
        np.column_stack([rng.normal(size=N), np.full(N, 7.0)]),
        np.column_stack([np.zeros(N), rng.integers(0, 2, N)]).astype(np.int32),
        (1, 2),
    )
    copula, avatars, _ = drawn(people)
    assert (avatars.numeric[:, 1] == 7).all()
    assert (avatars.codes[:, 0] == 0).all()
    assert np.isfinite(copula.correlations).all()
    np.testing.assert_allclose(copula.correlations[1, [0, 2, 3]], 0, atol=4 / np.sqrt(N))
