"""Series become attributes and come back: shape, roughness, times, gaps, levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from avatars.engine.series import SeriesModel
from avatars.engine.series.clock import Clock
from avatars.engine.series.components import Components, clipped, roughness
from avatars.engine.series.grid import Grid
from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.models import AlignmentMethod, ProjectionType

N, T = 300, 20


def rough(n: int = N, seed: int = 0) -> np.ndarray:
    """Return curves of a wave and an autoregressive noise."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, T))
    for point in range(1, T):
        noise[:, point] += 0.6 * noise[:, point - 1]
    return rng.normal(size=(n, 1)) * 2 * np.sin(np.linspace(0, 3, T)) + noise


def model_of(values: np.ndarray, **changes: Any) -> SeriesModel:
    n, points = values.shape
    asked: dict[str, Any] = {"labels": ["x"], "few": 5, "k": 10, "name": "beat", "time_label": "at"}
    return SeriesModel(
        np.repeat(np.arange(n), points),
        n,
        np.tile(np.arange(float(points)), n),
        values.reshape(-1, 1),
        np.empty((values.size, 0), dtype=np.int32),
        (),
        **{**asked, **changes},
    )


def permuted(model: SeriesModel, seed: int = 0) -> np.ndarray:
    """Return attributes of which each is somebody else's: the strictest independence there is."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.permutation(column) for column in model.attributes.T])


@pytest.mark.parametrize("projection", list(ProjectionType))
def test_variance_and_autocorrelation_come_back(projection: ProjectionType) -> None:
    values = rough()
    model = model_of(values, projection=projection)
    back = model.rebuild(permuted(model), np.random.default_rng(0)).numeric.reshape(N, T)
    kept = clipped(values, 10, 5)
    assert_allclose(back.var(axis=0).mean() / kept.var(axis=0).mean(), 1, atol=0.1)
    before, after = (
        np.mean([np.corrcoef(x[:, t], x[:, t + 1])[0, 1] for t in range(T - 1)])
        for x in (kept, back)
    )
    assert_allclose(after / before, 1, atol=0.1)
    assert not (back[:, None] == values[None]).all(axis=2).any()


def test_components_are_those_of_a_slow_reference() -> None:
    values, points = rough(60), np.linspace(0, 1, T)
    components = Components(values, points, nf=3)
    centred = values - values.mean(axis=0)
    weights = np.full(T, points[1])
    weights[[0, -1]] /= 2
    # Eigenfunctions of the covariance operator, by its symmetric form.
    root = np.sqrt(weights)
    cov = (centred * root).T @ (centred * root)
    eigenvalues, vectors = np.linalg.eigh(cov)
    slow = (centred * root) @ vectors[:, ::-1][:, :3]
    assert_allclose(np.abs(components.scores), np.abs(slow), atol=1e-9)
    assert_allclose(components.weights, eigenvalues[::-1][:3] / eigenvalues[-1], atol=1e-9)


def test_all_components_give_the_curves_back() -> None:
    values = rough(40)
    components = Components(values, np.linspace(0, 1, T), nf=T)
    assert_allclose(components.curves(components.scores), values, atol=1e-9)


def test_roughness_is_a_factor_of_the_covariance() -> None:
    residuals = rough(80)
    factor = roughness(residuals)
    assert_allclose(factor.T @ factor, residuals.T @ residuals / 80, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(list(AlignmentMethod)))
def test_irregular_series_get_regular_times(seed: int, method: AlignmentMethod) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 12, 20)
    owner = np.repeat(np.arange(20), lengths)
    times = np.concatenate([np.sort(rng.choice(500, n, replace=False)) * 60.0 for n in lengths])
    order = rng.permutation(len(owner))
    model = SeriesModel(
        owner[order],
        22,
        times[order],
        rng.normal(size=(len(owner), 1)),
        np.empty((len(owner), 0), dtype=np.int32),
        (),
        labels=["x"],
        nb_points=7 if method is AlignmentMethod.SPECIFIED else None,
        method=method,
        few=2,
        k=5,
        name="beat",
        time_label="at",
    )
    assert np.isnan(model.attributes[20:]).all()
    series = model.rebuild(model.attributes, rng)
    assert set(series.owner) == set(range(20))
    for who in range(20):
        own = series.times[series.owner == who]
        step = np.diff(own)
        assert (step > 0).all() and (len(step) == 0 or np.ptp(step) == 0)
        assert (own % 60 == times.min() % 60).all()
        theirs = times[owner == who]
        assert (
            len(own) < 3
            or len(own) != len(theirs)
            or np.ptp(np.diff(theirs)) == 0
            or (own != np.sort(theirs)).any()
        )


def test_numbers_of_points_are_those_of_a_few() -> None:
    lengths = np.array([5] * 10 + [90])
    owner = np.repeat(np.arange(11), lengths)
    times = np.concatenate(
        [np.sort(np.random.default_rng(n).random(m)) for n, m in enumerate(lengths)]
    )
    grid = Grid.of(owner, times, n_points=None, method=None, name="beat", label="at")
    clock = Clock(grid, few=3)
    assert clock.times(clock.attributes)[0].max() == 5


def test_gaps_come_back_in_their_share_and_in_runs() -> None:
    values = rough()
    rng = np.random.default_rng(0)
    for row in range(0, N, 2):
        start = rng.integers(0, T - 6)
        values[row, start : start + 6] = np.nan
    model = model_of(values)
    back = model.rebuild(model.attributes, rng).numeric.reshape(N, T)
    gap = np.isnan(back)
    assert abs(gap.mean() - np.isnan(values).mean()) < 0.03
    runs = gap.sum() / (np.diff(gap, axis=1, prepend=False) & gap).sum()
    assert runs > 3
    assert not gap[1::2].any()


def test_rare_levels_never_come_back_and_changes_are_as_frequent() -> None:
    rng = np.random.default_rng(0)
    codes = (np.arange(T) > rng.integers(5, 15, (N, 1))).astype(np.int32)
    codes[:3, 4] = 2
    model = SeriesModel(
        np.repeat(np.arange(N), T),
        N,
        np.tile(np.arange(float(T)), N),
        np.empty((N * T, 0)),
        codes.reshape(-1, 1),
        [3],
        labels=["state"],
        few=5,
        k=10,
        name="beat",
        time_label="at",
    )
    back = model.rebuild(permuted(model), rng).codes.reshape(N, T)
    assert set(np.unique(back)) <= {0, 1}
    rates = [(np.diff(x, axis=1) != 0).mean() for x in (codes, back)]
    assert abs(rates[0] - rates[1]) < 0.03
    assert_allclose(back.mean(axis=0), (codes == 1).mean(axis=0), atol=0.12)


def test_wild_person_has_no_component_of_their_own() -> None:
    values = rough()
    values[7] = 1e6 * np.sin(np.arange(T))
    back = model_of(values)
    assert back.rebuild(back.attributes, np.random.default_rng(0)).numeric.max() < 100


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"times": np.nan}, "'at' orders the series of table 'beat', but 1 of its cells"),
        ({"times": 1.0}, "'beat' has 1 rows at a time .column 'at'."),
        ({"owner": -1}, "'beat' holds series, but 1 of its rows belong to nobody"),
    ],
)
def test_bad_rows_are_counted_and_named(change: dict[str, float], says: str) -> None:
    owner, times = np.repeat(np.arange(10), 3), np.tile(np.arange(3.0), 10)
    columns = {"owner": owner, "times": times}
    for name, value in change.items():
        columns[name][0] = value
    with pytest.raises(InvalidTableError, match=says):
        Grid.of(
            columns["owner"], columns["times"], n_points=None, method=None, name="beat", label="at"
        )


def test_specified_needs_a_number_and_few_series_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="time_series_nb_points"):
        model_of(rough(20), method=AlignmentMethod.SPECIFIED)
    with pytest.raises(InvalidTableError, match="'beat' holds the series of 3 individuals"):
        model_of(rough(3))


def test_attributes_say_who_has_none() -> None:
    model = model_of(rough(30))
    assert len(model.names) == model.attributes.shape[1] == len(model.weights)
    assert model.weights[0] == 1.0 and (model.weights <= 1).all()
    nobody = np.full((4, len(model.names)), np.nan)
    series = model.rebuild(nobody, np.random.default_rng(0))
    assert_array_equal(series.owner, [])
