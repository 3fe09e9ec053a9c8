"""Smoothed marginals: the distribution comes back, and nobody's value does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from avatars.engine.marginals import (
    Marginal,
    outlier_bounds,
    smoothed_quantiles,
)

Matrix = NDArray[np.float64]

N = 2_000
LAWS = {
    "normal": lambda rng: rng.normal(50, 10, N),
    "uniform": lambda rng: rng.uniform(-3, 8, N),
    "lognormal": lambda rng: rng.lognormal(3, 0.5, N),
    "heavy": lambda rng: rng.standard_t(3, N),
    "small numbers": lambda rng: rng.normal(0, 1e-9, N),
    "far from zero": lambda rng: rng.uniform(1.7e9, 1.7e9 + 100, N),
}


def smoothed(people: Matrix, k: int = 20, few: int = 5) -> Matrix:
    return smoothed_quantiles(people, k=k, few=few)


@pytest.fixture(params=list(LAWS))
def people(request: pytest.FixtureRequest, rng: np.random.Generator) -> Matrix:
    return np.asarray(LAWS[request.param](rng))


@pytest.mark.parametrize(("k", "few"), [(20, 5), (5, 5), (50, 10)])
def test_values_rise_within_the_range_and_none_is_a_person_s(
    people: Matrix, k: int, few: int
) -> None:
    out = smoothed(people, k, few)
    assert len(out) == N
    assert (np.diff(out) >= 0).all()
    assert people.min() <= out[0] <= out[-1] <= people.max()
    assert not np.isin(out, people).any()


@pytest.mark.parametrize("law", ["normal", "uniform", "lognormal"])
@pytest.mark.parametrize("few", [5, 10])
def test_spread_and_mean_are_kept(law: str, few: int) -> None:
    for seed in range(5):
        people = LAWS[law](np.random.default_rng(seed))
        out = smoothed(people, few=few)
        assert out.std() / people.std() == pytest.approx(1, abs=0.02)
        assert out.mean() == pytest.approx(people.mean(), abs=0.01 * people.std())


def test_quantiles_are_kept(people: Matrix) -> None:
    levels = np.linspace(0.05, 0.95, 19)
    moved = np.quantile(smoothed(people), levels) - np.quantile(people, levels)
    assert np.abs(moved).max() < 0.03 * people.std()


def test_middle_lies_between_the_means_of_groups_of_people(people: Matrix) -> None:
    # k 20: groups of about 21, and nobody is farther than a group from the one next to them.
    ordered, out = np.sort(people), smoothed(people)
    for rank in range(100, 1_900, 7):
        below, above = ordered[rank - 42 : rank].mean(), ordered[rank : rank + 42].mean()
        assert below < out[rank] < above


def test_release_can_t_be_solved_for_people(people: Matrix) -> None:
    # A line has two unknowns: between two bends, nothing is said of those in between.
    middle = smoothed(people)[100:1_900]
    bends = np.abs(np.diff(middle, 2)) > 1e-4 * np.diff(middle).max()
    assert bends.sum() <= 2 * (1_800 / 21 + 1)


def test_extremes_are_not_given_away(rng: np.random.Generator) -> None:
    people = rng.lognormal(3, 0.5, N)
    out, ordered = smoothed(people), np.sort(people)
    for side in (slice(0, 10), slice(-10, None)):
        gaps = np.abs(out[:, None] - ordered[side][None])
        # No release is a copy of an extreme, not even to a hundredth of a standard deviation
        # more often than the density of the released values explains.
        assert (gaps > 0).all()
    assert out[-1] < ordered[-1]
    assert out[0] > ordered[0]


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("wild", [60.0, 1e6, 1e300])
def test_one_wild_value_moves_nothing(rng: np.random.Generator, side: int, wild: float) -> None:
    usual = rng.normal(size=N)
    with_wild = np.append(usual, side * wild)
    before, after = smoothed(usual), smoothed(with_wild)
    assert np.abs(after).max() < np.abs(usual).max() * 1.2
    levels = np.linspace(0, 1, 41)
    moved = np.abs(np.quantile(after, levels) - np.quantile(before, levels))
    assert moved[1:-1].max() < 0.02
    assert moved.max() < 0.5
    low, high = outlier_bounds(with_wild, 20, 5)
    assert -10 < low < -2
    assert 2 < high < 10


def test_wild_value_is_seen_no_better_the_wilder_it_is(rng: np.random.Generator) -> None:
    usual = rng.normal(size=N)
    wild, wilder = (smoothed(np.append(usual, value)) for value in (50.0, 5e4))
    np.testing.assert_array_equal(wild, wilder)


def test_bounds_of_a_tame_column_are_its_range(rng: np.random.Generator) -> None:
    for people in (rng.uniform(size=N), np.arange(100.0), rng.normal(size=N)):
        low, high = outlier_bounds(people, 20, 5)
        assert (low, high) == (people.min(), people.max())


@pytest.mark.parametrize("few", [5, 10])
def test_shared_values_stay_exactly(rng: np.random.Generator, few: int) -> None:
    people = np.concatenate([np.zeros(600), np.full(few, 17.5), rng.uniform(1, 40, 400)])
    out = smoothed(people, few=few)
    assert (out == 0).sum() == 600
    assert (out == 17.5).sum() == few
    alone = people[(people != 0) & (people != 17.5)]
    assert not np.isin(out, alone).any()


def test_value_of_one_fewer_than_enough_doesn_t_stay(rng: np.random.Generator) -> None:
    people = np.concatenate([np.full(4, 17.5), rng.uniform(1, 40, 400)])
    assert not (smoothed(people) == 17.5).any()


def test_integers_that_everybody_shares_stay_as_they_are(rng: np.random.Generator) -> None:
    people = rng.integers(18, 40, N).astype(float)
    np.testing.assert_array_equal(smoothed(people), np.sort(people))


@pytest.mark.parametrize("n_alone", [2, 3, 4, 5, 9])
def test_people_between_shared_values_are_not_given_back(
    rng: np.random.Generator, n_alone: int
) -> None:
    alone = rng.uniform(1, 8, n_alone)
    people = np.concatenate([np.zeros(3), alone, np.full(3, 9.0)])
    out = smoothed(people, k=2, few=2)
    assert not np.isin(out, alone).any()
    assert (out == 0).sum() == (out == 9).sum() == 3


def test_few_people_between_shared_values_join_the_nearest() -> None:
    people = np.concatenate([np.zeros(50), [1.0, 4.0], np.full(50, 5.0), [5.5, 900.0]])
    expected = np.concatenate([np.zeros(51), np.full(53, 5.0)])
    np.testing.assert_array_equal(smoothed(people), expected)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10])
def test_tiny_columns(rng: np.random.Generator, n: int) -> None:
    for few in (2, 5):
        people = rng.normal(size=n)
        out = smoothed(people, few=few)
        assert out.shape == (n,)
        assert (np.diff(out) >= 0).all()
        assert people.min() <= out[0] <= out[-1] <= people.max()
        marginal, released = Marginal.learn(people, people, k=n, few=few, generator=rng)
        assert np.isin(released, out).all()
        assert np.isin(marginal.released(rng.normal(size=50), rng), out).all()


def test_equal_values_stay_equal() -> None:
    for n in (1, 3, 100):
        np.testing.assert_array_equal(smoothed(np.full(n, 0.1)), np.full(n, 0.1))


def test_zero_inflated_columns_keep_their_zeros_and_their_spread(
    rng: np.random.Generator,
) -> None:
    people = np.where(rng.random(N) < 0.7, 0.0, rng.lognormal(5, 0.5, N))
    out = smoothed(people)
    assert (out == 0).sum() == (people == 0).sum()
    assert (out >= 0).all()
    assert out.std() / people.std() == pytest.approx(1, abs=0.02)
    assert not np.isin(out[out > 0], people).any()


finite = st.floats(-1e12, 1e12, allow_subnormal=False)


@given(
    people=arrays(np.float64, st.integers(1, 60), elements=finite)
    | arrays(np.float64, st.integers(1, 60), elements=st.integers(-3, 3).map(float)),
    k=st.integers(2, 30),
    few=st.integers(2, 10),
)
def test_any_column_gives_finite_rising_values_in_its_range(
    people: Matrix, k: int, few: int
) -> None:
    out = smoothed(people, k, few)
    assert out.shape == people.shape
    assert np.isfinite(out).all()
    assert (np.diff(out) >= 0).all()
    # A mean of equal numbers may be off by its last digit.
    slack = 1e-12 * np.abs(people).max()
    assert people.min() - slack <= out[0] <= out[-1] <= people.max() + slack
    low, high = outlier_bounds(people, k, few)
    assert people.min() <= low <= high <= people.max()


@given(
    people=arrays(np.float64, st.integers(10, 60), elements=finite, unique=True),
    k=st.integers(2, 30),
)
def test_order_of_people_doesn_t_matter(people: Matrix, k: int) -> None:
    np.testing.assert_array_equal(smoothed(people, k), smoothed(people[::-1], k))


def test_ranks_of_the_draws_decide_but_for_a_group(rng: np.random.Generator) -> None:
    people, drawn = rng.normal(size=N), rng.exponential(size=N)
    _, released = Marginal.learn(people, drawn, k=20, few=5, generator=rng)
    quantiles, rising = smoothed(people), released[drawn.argsort()]
    assert (np.diff(rising) >= 0).all()
    assert (quantiles[:-22] <= rising[22:]).all()
    assert (rising[:-22] <= quantiles[22:]).all()


def test_same_people_are_read_off_elsewhere_in_another_release(rng: np.random.Generator) -> None:
    # Were counts exact, two releases of almost the same people would name who came in between.
    people = np.where(rng.random(N) < 0.3, 0.0, rng.lognormal(size=N))
    zeros = {
        int((Marginal.learn(people, people, k=20, few=5, generator=rng)[1] == 0).sum())
        for _ in range(20)
    }
    assert len(zeros) > 5
    assert np.ptp(list(zeros)) < 2 * 21


def test_equal_draws_are_ordered_by_chance(rng: np.random.Generator) -> None:
    people, drawn = rng.normal(size=N), np.zeros(N)
    _, released = Marginal.learn(people, drawn, k=20, few=5, generator=rng)
    assert abs(np.corrcoef(released, np.arange(N))[0, 1]) < 4 / np.sqrt(N)
    assert np.isin(released, smoothed(people)).all()


@pytest.mark.parametrize("n", [500, 20_000])
def test_draws_that_come_later_have_the_same_distribution(rng: np.random.Generator, n: int) -> None:
    people = np.where(rng.random(n) < 0.3, 0.0, rng.lognormal(size=n))
    drawn, later = (np.where(rng.random(n) < 0.3, 0.0, rng.lognormal(size=n)) for _ in range(2))
    marginal, released = Marginal.learn(people, drawn, k=20, few=5, generator=rng)
    after = marginal.released(later, rng)
    assert (after == 0).mean() == pytest.approx((released == 0).mean(), abs=3 * 0.5 / np.sqrt(n))
    levels = np.linspace(0.05, 0.95, 19)
    both = np.quantile(after, levels), np.quantile(released, levels)
    # Kolmogorov: two samples of n are farther apart than 1.63 sqrt(2 / n) once in a hundred.
    reach = 1.63 * np.sqrt(2 / n)
    below = np.quantile(released, np.clip(levels - reach, 0, 1))
    above = np.quantile(released, np.clip(levels + reach, 0, 1))
    assert ((below <= both[0]) & (both[0] <= above)).all()
    assert np.isin(after, smoothed(people)).all()


def test_draws_beyond_those_of_the_fit_stay_in_range(rng: np.random.Generator) -> None:
    people = rng.normal(size=200)
    marginal, _ = Marginal.learn(people, people, k=20, few=5, generator=rng)
    far = marginal.released(np.array([-1e9, 1e9]), rng)
    low, high = smoothed(people)[[0, -1]]
    assert low <= far[0] < np.quantile(people, 0.1)
    assert np.quantile(people, 0.9) < far[1] <= high
