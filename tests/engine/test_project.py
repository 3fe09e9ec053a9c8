"""The projection against dense matrices and textbook formulas."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatars.engine import project
from avatars.engine.project import Projection
from avatars.engine.records import Records

Matrix = NDArray[np.float64]

KINDS = ["numbers", "levels", "mixed"]


@pytest.fixture(params=KINDS)
def people(request: pytest.FixtureRequest) -> Records:
    found: Records = request.getfixturevalue(request.param)
    return found


def weights_of(people: Records, seed: int = 1) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(seed)
    return (
        rng.uniform(0.2, 4, people.numeric.shape[1]),
        rng.uniform(0.2, 4, people.codes.shape[1]),
    )


def standardised(people: Records, by_numeric: object = 1.0, by_code: object = 1.0) -> Matrix:
    """Lay the people out as method.md defines: the matrix whose singular vectors are the axes."""
    x = people.numeric
    spread = x.std(axis=0)
    parts = [(x - x.mean(axis=0)) / np.where(spread > 0, spread, 1) * np.sqrt(by_numeric)]
    by_code = np.broadcast_to(by_code, people.codes.shape[1])
    for column, n_levels, weight in zip(people.codes.T, people.n_levels, by_code, strict=True):
        indicator = (column[:, None] == np.arange(n_levels)).astype(float)
        share = indicator.mean(axis=0)
        part = (indicator - share) / np.sqrt(np.where(share > 0, share, 1)) * np.sqrt(weight)
        parts.append(part)
    return np.hstack(parts)


def dense_axes(z: Matrix, ncp: int) -> tuple[Matrix, Matrix]:
    """Return eigenvalues and coordinates by a singular value decomposition of all of it."""
    _, singular, axes = np.linalg.svd(z, full_matrices=False)
    return (singular**2 / len(z))[:ncp], (z @ axes.T)[:, :ncp]


def assert_same_up_to_sign(found: Matrix, expected: Matrix, atol: float = 1e-9) -> None:
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=atol)


def test_axes_are_those_of_a_dense_decomposition(people: Records) -> None:
    z = standardised(people)
    values, coordinates = dense_axes(z, 3)
    projection = Projection(3).fit(people)
    np.testing.assert_allclose(projection.eigenvalues, values, rtol=1e-10)
    np.testing.assert_allclose(
        projection.explained_variance_ratio, values / z.var(axis=0).sum(), rtol=1e-10
    )
    assert_same_up_to_sign(projection.transform(people), coordinates)


def test_axes_are_those_of_a_dense_decomposition_when_columns_are_weighted(people: Records) -> None:
    weights = weights_of(people)
    z = standardised(people, *weights)
    values, coordinates = dense_axes(z, 3)
    projection = Projection(3).fit(people, *weights)
    np.testing.assert_allclose(projection.eigenvalues, values, rtol=1e-10)
    np.testing.assert_allclose(
        projection.explained_variance_ratio, values / z.var(axis=0).sum(), rtol=1e-10
    )
    assert_same_up_to_sign(projection.transform(people), coordinates)


def test_pca_has_the_eigenvalues_of_the_correlation_matrix(numbers: Records) -> None:
    expected = np.sort(np.linalg.eigvalsh(np.corrcoef(numbers.numeric.T)))[::-1]
    np.testing.assert_allclose(Projection(4).fit(numbers).eigenvalues, expected, rtol=1e-9)


def test_mca_has_the_eigenvalues_of_correspondence_analysis_times_the_columns(
    levels: Records,
) -> None:
    # Correspondence analysis of the indicator matrix: residuals from independence, scaled by the
    # square roots of the masses (Greenacre, Correspondence Analysis in Practice, appendix A).
    table = levels.onehot().toarray()
    table = table[:, table.any(axis=0)] / table.sum()
    row, column = table.sum(axis=1), table.sum(axis=0)
    residual = (table - np.outer(row, column)) / np.sqrt(np.outer(row, column))
    singular = np.linalg.svd(residual, compute_uv=False)
    n_columns = levels.codes.shape[1]
    expected = singular[:5] ** 2 * n_columns
    np.testing.assert_allclose(Projection(5).fit(levels).eigenvalues, expected, rtol=1e-9)


@pytest.mark.parametrize("n_levels", [(2, 2), (2, 4, 5), (3,)])
def test_mca_spreads_levels_less_one_per_column(
    rng: np.random.Generator, n_levels: tuple[int, ...]
) -> None:
    codes = np.column_stack([rng.integers(0, levels, 100) for levels in n_levels]).astype(np.int32)
    people = Records(np.empty((100, 0)), codes, n_levels)
    total = Projection(50).fit(people).eigenvalues.sum()
    assert total == pytest.approx(sum(levels - 1 for levels in n_levels))


def test_squared_distances_are_weighted_sums_over_columns_in_full_rank(people: Records) -> None:
    by_numeric, by_code = weights_of(people)
    coordinates = Projection(99).fit(people, by_numeric, by_code).transform(people)
    found = ((coordinates[:, None] - coordinates[None]) ** 2).sum(axis=2)
    expected = np.zeros_like(found)
    for column, weight in zip(people.numeric.T, by_numeric, strict=True):
        expected += weight * (column[:, None] - column[None]) ** 2 / column.var()
    for column, weight in zip(people.codes.T, by_code, strict=True):
        # Two people of different levels differ by one indicator of each.
        share = np.bincount(column)[column] / len(column)
        differ = column[:, None] != column[None]
        expected += weight * differ * (1 / share[:, None] + 1 / share[None])
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_inverse_gives_records_back_in_full_rank(people: Records) -> None:
    projection = Projection(99).fit(people, *weights_of(people))
    numeric, shares = projection.inverse_transform(projection.transform(people))
    np.testing.assert_allclose(numeric, people.numeric, rtol=1e-9)
    np.testing.assert_allclose(shares, people.onehot().toarray(), atol=1e-9)


def test_inverse_is_the_nearest_record_of_that_rank(numbers: Records) -> None:
    # Eckart and Young: what is left is the sum of the eigenvalues left out.
    projection = Projection(2).fit(numbers)
    numeric, _ = projection.inverse_transform(projection.transform(numbers))
    left = (((numbers.numeric - numeric) / numbers.numeric.std(axis=0)) ** 2).sum(axis=1).mean()
    others = np.sort(np.linalg.eigvalsh(np.corrcoef(numbers.numeric.T)))[:2]
    assert left == pytest.approx(others.sum())


def test_largest_loading_of_each_axis_is_positive(people: Records) -> None:
    axes = Projection(4).fit(people).axes
    largest = np.abs(axes).argmax(axis=0)
    assert (axes[largest, np.arange(axes.shape[1])] > 0).all()
    np.testing.assert_allclose(axes.T @ axes, np.eye(axes.shape[1]), atol=1e-9)


def test_constant_columns_change_nothing(mixed: Records) -> None:
    n = mixed.n_rows
    wider = Records(
        np.column_stack([mixed.numeric, np.full(n, 0.1), np.full(n, -3e8)]),
        np.column_stack([mixed.codes, np.zeros(n, dtype=np.int32)]),
        (*mixed.n_levels, 2),
    )
    plain, padded = Projection(4).fit(mixed), Projection(4).fit(wider)
    np.testing.assert_allclose(padded.eigenvalues, plain.eigenvalues)
    np.testing.assert_allclose(padded.transform(wider), plain.transform(mixed), atol=1e-9)
    numeric, shares = padded.inverse_transform(padded.transform(wider))
    np.testing.assert_allclose(numeric[:, -2:], wider.numeric[:, -2:])
    np.testing.assert_allclose(shares[:, -2:], np.tile([1.0, 0.0], (n, 1)), atol=1e-9)


def test_table_of_constants_has_one_axis_on_which_nobody_moves() -> None:
    people = Records(np.full((9, 2), 7.3), np.zeros((9, 1), dtype=np.int32), (1,))
    projection = Projection(5).fit(people)
    assert projection.n_axes == 1
    np.testing.assert_array_equal(projection.transform(people), np.zeros((9, 1)))
    np.testing.assert_array_equal(projection.explained_variance_ratio, [0.0])
    numeric, shares = projection.inverse_transform(projection.transform(people))
    np.testing.assert_allclose(numeric, people.numeric)
    np.testing.assert_array_equal(shares, np.ones((9, 1)))


def test_no_more_axes_than_the_rank(numbers: Records) -> None:
    x = numbers.numeric
    twice = Records(np.column_stack([x, x[:, 0] + x[:, 1], 3 * x[:, 2]]), numbers.codes, ())
    assert Projection(99).fit(twice).n_axes == 4
    assert Projection(99).fit(twice.take(slice(3))).n_axes == 2


@pytest.mark.parametrize("weighted", [False, True])
def test_wide_tables_get_the_same_axes(
    monkeypatch: pytest.MonkeyPatch, people: Records, weighted: bool
) -> None:
    weights = weights_of(people) if weighted else ()
    dense = Projection(3).fit(people, *weights)
    monkeypatch.setattr(project, "_DENSE", 1)
    lanczos = Projection(3).fit(people, *weights)
    np.testing.assert_allclose(lanczos.eigenvalues, dense.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(lanczos.axes, dense.axes, atol=1e-7)
    np.testing.assert_allclose(lanczos.transform(people), dense.transform(people), atol=1e-7)


def test_column_of_more_levels_than_a_dense_matrix_takes(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2_000, 2))
    codes = rng.permutation(np.arange(2_000) % 1_600).astype(np.int32)[:, None]
    projection = Projection(2).fit(Records(x, codes, (1_600,)))
    assert projection.axes.shape == (1_602, 2)
    # Each number can be told by its level as far as a level's mean tells it, and no axis can hold
    # more than such a pair: 1 + the correlation ratio.
    centred = (x - x.mean(axis=0)) / x.std(axis=0)
    means = np.array([centred[codes[:, 0] == level].mean(axis=0) for level in range(1_600)])
    held = np.bincount(codes[:, 0], minlength=1_600)[:, None] / 2_000
    ratio = np.sqrt((held * means**2).sum(axis=0))
    assert projection.eigenvalues[0] >= 1 + ratio.max() - 1e-6


def test_blocks_of_rows_add_up(monkeypatch: pytest.MonkeyPatch, mixed: Records) -> None:
    whole = Projection(4).fit(mixed)
    blocks = project.blocks
    monkeypatch.setattr(project, "blocks", lambda n_rows: blocks(n_rows, 37))
    pieces = Projection(4).fit(mixed)
    np.testing.assert_allclose(pieces.axes, whole.axes, atol=1e-9)
    np.testing.assert_allclose(pieces.transform(mixed), whole.transform(mixed), atol=1e-9)


@pytest.mark.parametrize("offset", [1.7e9, -1.7e9, 1e12])
def test_large_offsets_keep_small_variations(rng: np.random.Generator, offset: float) -> None:
    # Seconds since 1970 within a minute; whole, so that the shifted column is exact.
    x = rng.integers(0, 60, size=(500, 3)).astype(float)
    none = np.empty((500, 0), dtype=np.int32)
    near, far = Records(x, none, ()), Records(x + offset, none, ())
    here, there = Projection(3).fit(near), Projection(3).fit(far)
    precision = abs(offset) * 1e-15
    np.testing.assert_allclose(there.eigenvalues, here.eigenvalues, atol=precision)
    np.testing.assert_allclose(there.transform(far), here.transform(near), atol=10 * precision)


def correlation(x: Matrix, y: Matrix) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def correlation_ratio(codes: NDArray[np.int32], y: Matrix) -> float:
    means = [y[codes == level].mean() for level in np.unique(codes)]
    counts = [(codes == level).sum() for level in np.unique(codes)]
    between = np.average((np.array(means) - y.mean()) ** 2, weights=counts)
    return float(np.sqrt(between / y.var()))


@pytest.mark.parametrize("weighted", [False, True])
def test_correlations_are_those_of_the_columns_with_the_coordinates(
    people: Records, weighted: bool
) -> None:
    projection = Projection(3).fit(people, *(weights_of(people) if weighted else ()))
    axes = projection.transform(people).T
    expected = [[correlation(x, axis) for axis in axes] for x in people.numeric.T]
    expected += [[correlation_ratio(codes, axis) for axis in axes] for codes in people.codes.T]
    np.testing.assert_allclose(projection.correlations(), expected, atol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_contributions_are_shares_of_the_variance_of_an_axis(
    people: Records, weighted: bool
) -> None:
    # Pages (2004): an axis has the variance of the weighted sum of squared correlations with the
    # numeric columns and squared correlation ratios with the categories.
    by_numeric, by_code = weights_of(people) if weighted else (1.0, 1.0)
    weights = [by_numeric, by_code] if weighted else []
    projection = Projection(3).fit(people, *weights)
    axes = projection.transform(people).T
    squares = [[correlation(x, axis) ** 2 for axis in axes] for x in people.numeric.T]
    squares += [[correlation_ratio(codes, axis) ** 2 for axis in axes] for codes in people.codes.T]
    by_column = np.concatenate(
        [
            np.broadcast_to(by_numeric, people.numeric.shape[1]),
            np.broadcast_to(by_code, people.codes.shape[1]),
        ]
    )
    variance = np.array(squares) * by_column[:, None]
    np.testing.assert_allclose(variance.sum(axis=0), projection.eigenvalues)
    contributions = projection.contributions()
    np.testing.assert_allclose(contributions, variance / variance.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(contributions.sum(axis=0), 1)


def test_column_of_weight_zero_has_no_say(mixed: Records) -> None:
    without = Records(mixed.numeric[:, 1:], mixed.codes[:, 1:], mixed.n_levels[1:])
    projection = Projection(3).fit(mixed, np.array([0.0, 1, 1, 1]), np.array([0.0, 1, 1]))
    expected = Projection(3).fit(without).transform(without)
    np.testing.assert_allclose(projection.transform(mixed), expected, atol=1e-9)
    np.testing.assert_allclose(projection.contributions()[[0, 4]], 0, atol=1e-20)


def test_level_that_nobody_held_counts_as_average(levels: Records) -> None:
    projection = Projection(3).fit(levels)
    stranger = levels.take(np.array([0]))
    stranger.codes[0, 1] = 2
    # Everybody in the stranger's place, but for the second column: its average is the origin.
    others = Records(
        np.empty((200, 0)), np.tile(stranger.codes, (200, 1)).astype(np.int32), levels.n_levels
    )
    others.codes[:, 1] = levels.codes[:, 1]
    expected = projection.transform(others).mean(axis=0)
    np.testing.assert_allclose(projection.transform(stranger)[0], expected, atol=1e-9)


def test_levels_held_equally_often_have_axes_in_wide_tables() -> None:
    # One category of equal shares: every axis is as good as another, and there must be some.
    codes = np.tile(np.arange(1600, dtype=np.int32), 3)[:, None]
    people = Records(np.empty((4800, 0)), codes, (1600,))
    projection = Projection(ncp=3).fit(people)
    assert projection.eigenvalues == pytest.approx([1.0, 1.0, 1.0])


def test_many_levels_held_equally_often_leave_no_table_without_axes() -> None:
    # One eigenvalue of a multiplicity of hundreds: LAPACK gave none of those that were asked for.
    for seed in range(6):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(150, 400))
        codes = np.column_stack(
            [rng.integers(0, 3, n), np.unique(rng.integers(0, n, n), return_inverse=True)[1]]
        ).astype(np.int32)
        people = Records(rng.normal(size=(n, 1)), codes, (3, int(codes[:, 1].max()) + 1))
        projection = Projection(5).fit(people)
        slow = np.linalg.eigvalsh(projection._gram(people))[::-1][:5]
        np.testing.assert_allclose(projection.eigenvalues, slow, atol=1e-9)
