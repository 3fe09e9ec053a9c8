"""Fills against scikit-learn, and against structure that was known before the gaps were made."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.impute import KNNImputer

from avatars.engine.impute import Imputer
from avatars.engine.records import Records
from avatars.models import ImputeMethod

Matrix = NDArray[np.float64]
Codes = NDArray[np.int32]

ALL = list(ImputeMethod)
NEAREST = [ImputeMethod.KNN, ImputeMethod.FAST_KNN]
SIMPLE = [ImputeMethod.MEAN, ImputeMethod.MEDIAN, ImputeMethod.MODE]


def no_codes(n: int) -> Codes:
    return np.empty((n, 0), dtype=np.int32)


def fitted(
    method: ImputeMethod,
    numeric: Matrix,
    codes: Codes | None = None,
    n_levels: tuple[int, ...] = (),
    *,
    k: int = 5,
    fraction: float = 1.0,
    seed: int = 0,
) -> Imputer:
    codes = no_codes(len(numeric)) if codes is None else codes
    imputer = Imputer(method, k, fraction)
    return imputer.fit(numeric, codes, n_levels, np.random.default_rng(seed))


def filled(
    method: ImputeMethod,
    numeric: Matrix,
    codes: Codes | None = None,
    n_levels: tuple[int, ...] = (),
    **settings: object,
) -> Records:
    imputer = fitted(method, numeric, codes, n_levels, **settings)
    return imputer.fill(numeric, no_codes(len(numeric)) if codes is None else codes)


def with_gaps(x: Matrix, share: float, rng: np.random.Generator) -> Matrix:
    gappy = x.copy()
    gappy[rng.random(x.shape) < share] = np.nan
    return gappy


@pytest.fixture
def low_rank(rng: np.random.Generator) -> Matrix:
    return rng.normal(size=(400, 2)) @ rng.normal(size=(2, 6)) + 0.1 * rng.normal(size=(400, 6))


@pytest.mark.parametrize("k", [1, 3, 10])
def test_knn_is_that_of_scikit_learn(low_rank: Matrix, rng: np.random.Generator, k: int) -> None:
    gappy = with_gaps(low_rank * [1, 10, 100, 1, 1, 1e4], 0.15, rng)
    # The scale is that of the columns filled by their means.
    mean = np.nanmean(gappy, axis=0)
    scale = np.where(np.isnan(gappy), mean, gappy).std(axis=0)
    theirs = KNNImputer(n_neighbors=k).fit_transform((gappy - mean) / scale) * scale + mean
    ours = filled(ImputeMethod.KNN, gappy, k=k).numeric
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=1e-8)


def test_knn_counts_categories_as_far_apart_as_they_are() -> None:
    # The first is nearer by the number, the second is the one of the same categories.
    codes = np.array([[0, 1], [1, 0], [0, 1], [1, 0]], dtype=np.int32)
    numeric = np.array([[0.0, np.nan], [-0.1, 9.0], [0.2, 5.0], [3.0, 9.0]])
    out = filled(ImputeMethod.KNN, numeric, codes, (2, 2), k=1)
    assert out.numeric[0, 1] == 5.0


@pytest.mark.parametrize(("apart", "expected"), [(1.3, 5.0), (1.5, 9.0)])
def test_two_levels_are_as_far_apart_as_numbers_sqrt_2_standard_deviations_apart(
    apart: float, expected: float
) -> None:
    # One who knows differs by the level, the other by the number; the rest give the scale of 1.
    rest = np.tile([-1.0, 1.0], 5_000)
    numeric = np.column_stack([np.append([0.0, 0.0, apart], rest), np.full(10_003, np.nan)])
    numeric[[1, 2], 1] = [9.0, 5.0]
    codes = np.zeros((10_003, 1), dtype=np.int32)
    codes[1] = 1
    imputer = fitted(ImputeMethod.KNN, numeric, codes, (2,), k=1)
    assert imputer.fill(numeric[:1], codes[:1]).numeric[0, 1] == expected


@pytest.mark.parametrize("method", NEAREST)
@pytest.mark.parametrize("share", [0.05, 0.2])
def test_low_rank_structure_is_recovered_better_than_by_means(
    rng: np.random.Generator, method: ImputeMethod, share: float
) -> None:
    people = rng.normal(size=(400, 2)) @ rng.normal(size=(2, 12))
    people += 0.1 * rng.normal(size=people.shape)
    gappy = with_gaps(people, share, rng)
    gaps = np.isnan(gappy)

    def error(method: ImputeMethod) -> float:
        return float(np.abs(filled(method, gappy).numeric - people)[gaps].mean())

    assert error(method) < 0.5 * error(ImputeMethod.MEAN)


@pytest.mark.parametrize("method", NEAREST)
def test_categories_are_filled_by_what_similar_people_hold(
    rng: np.random.Generator, method: ImputeMethod
) -> None:
    # Four groups far apart in each of ten columns, in another order in each.
    groups = np.repeat([0, 1, 2, 3], 100)
    centres = 8.0 * rng.permuted(np.tile(np.arange(4), (10, 1)), axis=1).T
    x = centres[groups] + rng.normal(size=(400, 10))
    known = np.array([2, 0, 1, 3], dtype=np.int32)[groups][:, None]
    codes = np.where(rng.random((400, 1)) < 0.2, np.int32(-1), known)
    np.testing.assert_array_equal(filled(method, x, codes, (4,)).codes, known)


def test_fills_by_columns_are_exact() -> None:
    column = np.array([1.0, 2.0, 2.0, 10.0, np.nan])
    for method, expected in zip(SIMPLE, [3.75, 2.0, 2.0], strict=True):
        assert filled(method, column[:, None]).numeric[4, 0] == expected


def test_mode_of_equally_frequent_values_is_the_least() -> None:
    column = np.array([5.0, 1.0, 5.0, 1.0, 7.0, np.nan])
    assert filled(ImputeMethod.MODE, column[:, None]).numeric[5, 0] == 1.0


@pytest.mark.parametrize("method", SIMPLE)
def test_categories_are_filled_by_majority(method: ImputeMethod, rng: np.random.Generator) -> None:
    codes = rng.choice(
        np.array([-1, 0, 1, 2], dtype=np.int32), size=(200, 2), p=[0.2, 0.2, 0.4, 0.2]
    )
    out = filled(method, np.empty((200, 0)), codes, (3, 4)).codes
    for column, before in zip(out.T, codes.T, strict=True):
        most = Counter(before[before >= 0]).most_common(1)[0][0]
        assert (column[before < 0] == most).all()


def test_majority_among_the_nearest() -> None:
    # The nearest holds 0, the next two hold 1, and the many far away hold 2.
    x = np.array([0.0, 0.1, -0.2, 0.3] + [50.0] * 6)[:, None]
    codes = np.array([-1, 0, 1, 1] + [2] * 6, dtype=np.int32)[:, None]
    assert filled(ImputeMethod.KNN, x, codes, (3,), k=3).codes[0, 0] == 1
    # Of two equally frequent levels the nearer one.
    assert filled(ImputeMethod.KNN, x, codes, (3,), k=2).codes[0, 0] == 0


@pytest.mark.parametrize("method", ALL)
def test_known_cells_stay(method: ImputeMethod, mixed: Records, rng: np.random.Generator) -> None:
    numeric = with_gaps(mixed.numeric, 0.1, rng)
    codes = np.where(rng.random(mixed.codes.shape) < 0.1, np.int32(-1), mixed.codes)
    before = numeric.copy(), codes.copy()
    out = filled(method, numeric, codes, mixed.n_levels)
    np.testing.assert_array_equal(out.numeric[~np.isnan(numeric)], numeric[~np.isnan(numeric)])
    np.testing.assert_array_equal(out.codes[codes >= 0], codes[codes >= 0])
    assert np.isfinite(out.numeric).all()
    assert ((out.codes >= 0) & (out.codes < mixed.n_levels)).all()
    np.testing.assert_array_equal(numeric, before[0])
    np.testing.assert_array_equal(codes, before[1])


@pytest.mark.parametrize("method", ALL)
def test_table_without_gaps_is_returned_as_it_is(method: ImputeMethod, mixed: Records) -> None:
    out = filled(method, mixed.numeric, mixed.codes, mixed.n_levels)
    assert out.numeric is mixed.numeric
    assert out.codes is mixed.codes


@pytest.mark.parametrize("method", ALL)
def test_columns_of_gaps_alone_get_one_value(
    method: ImputeMethod, rng: np.random.Generator
) -> None:
    numeric = np.column_stack([rng.normal(size=50), np.full(50, np.nan)])
    codes = np.full((50, 1), -1, dtype=np.int32)
    out = filled(method, numeric, codes, (1,))
    assert len(np.unique(out.numeric[:, 1])) == 1
    assert (out.codes == 0).all()


@pytest.mark.parametrize("method", NEAREST)
def test_row_of_gaps_alone_is_filled(method: ImputeMethod, low_rank: Matrix) -> None:
    low_rank[7] = np.nan
    out = filled(method, low_rank).numeric
    assert np.isfinite(out).all()
    others = np.delete(low_rank, 7, axis=0)
    assert (others.min(axis=0) <= out[7]).all() and (out[7] <= others.max(axis=0)).all()


def test_few_who_know_are_all_asked(rng: np.random.Generator) -> None:
    numeric = np.column_stack([rng.normal(size=30), np.full(30, np.nan)])
    numeric[[3, 11, 20], 1] = [1.0, 2.0, 6.0]
    out = filled(ImputeMethod.KNN, numeric, k=5).numeric
    np.testing.assert_allclose(np.delete(out[:, 1], [3, 11, 20]), 3.0)


@pytest.mark.parametrize("method", NEAREST)
@pytest.mark.parametrize("fraction", [0.1, 0.5, 1.0])
def test_values_are_taken_from_the_sample_alone(
    method: ImputeMethod, fraction: float, rng: np.random.Generator
) -> None:
    # Half of 400 people know; with one neighbour, a fill says whose value it is.
    x = rng.normal(size=(400, 6))
    x[200:, 0] = np.nan
    mean = filled(ImputeMethod.MEAN, x).numeric[200, 0]

    def donors(seed: int) -> set[float]:
        # fast_knn falls back to the mean where all who are near have the gap as well.
        fills = filled(method, x, k=1, fraction=fraction, seed=seed).numeric[200:, 0]
        return set(fills) - {mean}

    assert donors(0) <= set(x[:200, 0])
    assert 10 <= len(donors(0)) <= 400 * fraction
    assert (donors(0) == donors(1)) == (fraction == 1.0)


@pytest.mark.parametrize("method", NEAREST)
def test_tiny_sample_still_has_k_people_and_one(method: ImputeMethod, low_rank: Matrix) -> None:
    low_rank[:5, 0] = np.nan
    out = filled(method, low_rank, k=7, fraction=1e-9).numeric
    assert np.isfinite(out).all()
    assert len(set(out[:5, 0])) <= 8


@pytest.mark.parametrize("method", ALL)
def test_new_rows_are_filled_from_the_people_of_the_fit(
    method: ImputeMethod, rng: np.random.Generator
) -> None:
    u = rng.normal(size=(300, 1))
    x = np.hstack([u, u, u, u, u, 10 * u + 100])
    x[::7, 5] = np.nan
    new = np.repeat([[1.0], [-1.0]], 6, axis=1)
    new[:, 5] = np.nan
    out = fitted(method, x, k=3).fill(new, no_codes(2)).numeric[:, 5]
    if method in NEAREST:
        np.testing.assert_allclose(out, [110, 90], atol=5)
    else:
        assert out[0] == out[1]
        assert np.nanmin(x[:, 5]) <= out[0] <= np.nanmax(x[:, 5])


@pytest.mark.parametrize("method", ALL)
def test_new_rows_are_filled_where_the_people_had_no_gap(method: ImputeMethod) -> None:
    imputer = fitted(method, np.array([[1.0], [2.0], [2.0]]), np.zeros((3, 1), np.int32), (2,))
    out = imputer.fill(np.array([[np.nan]]), np.array([[-1]], dtype=np.int32))
    assert out.numeric[0, 0] in (pytest.approx(5 / 3), 2.0)
    assert out.codes[0, 0] == 0


@pytest.mark.parametrize("method", NEAREST)
def test_same_generator_same_fills(method: ImputeMethod, rng: np.random.Generator) -> None:
    x = rng.integers(0, 3, size=(200, 3)).astype(float)
    x[rng.random(x.shape) < 0.2] = np.nan
    one, two = (filled(method, x, k=3).numeric for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("n", [400, 4_000])
def test_people_with_the_same_gap_don_t_stand_in_each_other_s_way(
    rng: np.random.Generator, n: int
) -> None:
    # Half of the people lack one of eight columns that go together: filled alike, they are each
    # other's nearest, and none of them knows the value.
    people = rng.normal(size=(n, 1)) + 0.3 * rng.normal(size=(n, 8))
    gappy = people.copy()
    gappy[rng.random(n) < 0.5, 0] = np.nan
    gaps = np.isnan(gappy)
    nearest, mean = (
        np.abs(filled(method, gappy).numeric - people)[gaps].mean()
        for method in (ImputeMethod.FAST_KNN, ImputeMethod.MEAN)
    )
    assert nearest < 0.6 * mean
