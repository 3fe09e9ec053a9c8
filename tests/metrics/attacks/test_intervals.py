"""Intervals: published examples, and how often they hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from avatars.metrics.attacks.intervals import auc, auc_interval, risk, risk_interval, wilson

# The examples of Newcombe (1998), by method 10.
NEWCOMBE = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0)),
]


@given(
    n=st.integers(1, 5000), share=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.95, 0.999])
)
def test_wilson_is_what_scipy_gives(n: int, share: float, confidence: float) -> None:
    successes = round(share * n)
    expected = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert wilson(successes, n, confidence=confidence) == pytest.approx(tuple(expected), abs=1e-9)


def test_no_attempt_tells_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert risk_interval(0.0, 0, 0.0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize(("first", "second", "ends"), NEWCOMBE)
def test_published_differences_come_out(
    first: tuple[int, int], second: tuple[int, int], ends: tuple[float, float]
) -> None:
    success, control = first[0] / first[1], second[0] / second[1]
    found = np.array(risk_interval(success, first[1], control, second[1])) * (1 - control)
    # A risk is at most 1, whatever the interval of the difference.
    assert found == pytest.approx(np.minimum(ends, 1 - control), abs=5.1e-5)


def test_risk_is_a_share_of_what_the_control_leaves() -> None:
    assert risk(0.9, 0.8) == pytest.approx(0.5)
    assert risk(0.0, 0.0) == 0
    # Whatever people unseen give away is no news, and below it there is noise.
    assert risk(0.3, 0.6) == pytest.approx(-0.75)
    assert risk(0.0, 0.9) == -1
    assert risk(1.0, 1.0) == 0
    assert risk(0.9, 1.0) == pytest.approx(-0.1)


def test_control_that_leaves_nothing_has_an_interval_around_nothing() -> None:
    low, high = risk_interval(1.0, 500, 1.0, 500)
    assert -0.01 < low < 0 < high < 0.01


def test_scaled_shares_have_scaled_intervals() -> None:
    # A tenth of the attempts can succeed at most, and all of these do.
    low, high = risk_interval(1.0, 1000, 0.0, 1000, scale=10)
    ends = [10 * end for end in wilson(100, 1000)]
    assert low == pytest.approx(1 - np.hypot(1 - ends[0], 10 * wilson(0, 1000)[1]))
    assert high == 1


@pytest.mark.parametrize(("p", "q"), [(0.02, 0.02), (0.5, 0.4), (0.05, 0.0), (1.0, 0.6)])
@pytest.mark.parametrize(("n", "m"), [(40, 40), (400, 60)])
def test_interval_of_a_risk_holds_the_true_one(p: float, q: float, n: int, m: int) -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(400):
        low, high = risk_interval(rng.binomial(n, p) / n, n, rng.binomial(m, q) / m, m)
        held.append(low <= (p - q) / (1 - q) <= high)
    assert np.mean(held) > 0.93


@given(
    members=st.lists(st.integers(0, 6), min_size=1, max_size=20),
    unseen=st.lists(st.integers(0, 6), min_size=1, max_size=20),
)
def test_area_is_the_one_of_scikit_learn(members: list[int], unseen: list[int]) -> None:
    label = [1] * len(members) + [0] * len(unseen)
    expected = roc_auc_score(label, members + unseen)
    found = auc(np.array(members, dtype=float), np.array(unseen, dtype=float))
    assert found == pytest.approx(expected, abs=1e-12)
    low, high = auc_interval(np.array(members, dtype=float), np.array(unseen, dtype=float))
    assert 0 <= low <= found + 1e-12
    assert found - 1e-12 <= high <= 1


def test_variance_of_the_area_is_delongs() -> None:
    rng = np.random.default_rng(1)
    members, unseen = rng.normal(1, 1, 200), rng.normal(size=300)
    above = (members[:, None] > unseen).astype(float)
    area = above.mean()
    variance = above.mean(1).var(ddof=1) / 200 + above.mean(0).var(ddof=1) / 300
    low, high = auc_interval(members, unseen)
    # Far from 0 and 1, Wilson's interval is nearly the one of Wald.
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(variance), rel=0.03)
    assert low < area < high


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.5])
@pytest.mark.parametrize(("n", "m"), [(30, 30), (200, 25)])
def test_interval_of_an_area_holds_the_true_one(shift: float, n: int, m: int) -> None:
    rng = np.random.default_rng(2)
    true = auc(rng.normal(shift, 1, 20_000), rng.normal(size=20_000))
    held = []
    for _ in range(300):
        low, high = auc_interval(rng.normal(shift, 1, n), rng.normal(size=m))
        held.append(low <= true <= high)
    assert np.mean(held) > 0.92


def test_area_of_everything_or_nothing_has_an_interval() -> None:
    apart = np.arange(40.0)
    low, high = auc_interval(apart + 100, apart)
    assert 0.9 < low < 1
    assert high == 1
    assert auc_interval(apart, apart + 100) == pytest.approx((1 - high, 1 - low))
    # Scores that are all the same tell nothing.
    low, high = auc_interval(np.zeros(40), np.zeros(40))
    assert low < 0.5 < high


def test_a_single_person_on_a_side_tells_nothing() -> None:
    assert auc_interval(np.array([1.0]), np.arange(50.0)) == (0.0, 1.0)
    assert np.isnan(auc(np.array([]), np.arange(50.0)))
