"""The tree, the fit, the groups and what they rest on, against slow and plain references."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from avatars.engine.dp import estimate as module
from avatars.engine.dp.cells import Cells, simplex
from avatars.engine.dp.estimate import Estimate, Measurement
from avatars.engine.dp.grouping import Grouping, _Runs, shrunk
from avatars.engine.dp.tree import JunctionTree, systematic

sizes_and_pairs = st.lists(st.integers(1, 3), min_size=2, max_size=5).flatmap(
    lambda sizes: st.tuples(
        st.just(sizes),
        st.lists(
            st.tuples(st.integers(0, len(sizes) - 1), st.integers(0, len(sizes) - 1)).filter(
                lambda pair: pair[0] < pair[1]
            ),
            max_size=6,
        ),
        st.integers(0, 2**32 - 1),
    )
)


def summed(joint: np.ndarray, columns: tuple[int, ...]) -> np.ndarray:
    return joint.sum(axis=tuple(i for i in range(joint.ndim) if i not in columns))


@settings(max_examples=60)
@given(sizes_and_pairs)
def test_tree_holds_every_pair_and_gives_the_marginals_of_the_whole_product(drawn: tuple) -> None:
    sizes, pairs, seed = drawn
    tree = JunctionTree(sizes, pairs)
    for pair in pairs:
        assert set(pair) <= set(tree.cliques[tree.home(pair)].columns)
    assert {c for clique in tree.cliques for c in clique.columns} == set(range(len(sizes)))
    generator = np.random.default_rng(seed)
    potentials = [
        generator.normal(0, 30, [sizes[c] for c in clique.columns]) for clique in tree.cliques
    ]
    logs = np.zeros(sizes)
    for clique, potential in zip(tree.cliques, potentials, strict=True):
        logs += potential.reshape(tree.shape(clique.columns, tuple(range(len(sizes)))))
    joint = np.exp(logs - logs.max())
    tables, log_partition = tree.marginals(potentials, 7.0)
    assert log_partition == pytest.approx(np.log(joint.sum()) + logs.max())
    for clique, table in zip(tree.cliques, tables, strict=True):
        expected = summed(joint, clique.columns) * 7.0 / joint.sum()
        assert np.allclose(table, expected, atol=1e-9)


def test_draws_follow_the_tables_and_nothing_else() -> None:
    generator = np.random.default_rng(0)
    tree = JunctionTree([3, 4, 2, 3], [(0, 1), (1, 2), (2, 3)])
    potentials = [
        generator.normal(0, 1, [tree.sizes[c] for c in clique.columns]) for clique in tree.cliques
    ]
    tables, _ = tree.marginals(potentials, 1.0)
    rows = tree.draw(tables, 40_000, generator)
    for clique, table in zip(tree.cliques, tables, strict=True):
        found = np.zeros(table.shape)
        np.add.at(found, tuple(rows[:, c] for c in clique.columns), 1 / len(rows))
        assert np.abs(found - table).sum() < 0.005
    # Columns 0 and 2 meet through column 1 alone: given it, they know nothing of each other.
    for given_ in range(4):
        of = rows[rows[:, 1] == given_]
        both = np.histogram2d(of[:, 0], of[:, 2], bins=(3, 2))[0] / len(of)
        assert np.abs(both - np.outer(both.sum(1), both.sum(0))).sum() < 0.06


@settings(max_examples=60)
@given(st.integers(1, 5), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_systematic_draws_are_within_one_of_what_is_due(size: int, n: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    weights = generator.random((3, size)) * (generator.random((3, size)) < 0.7)
    of = generator.integers(0, 3, n)
    cells = systematic(weights, of, generator)
    for row in range(3):
        shares = (
            weights[row] / weights[row].sum() if weights[row].sum() else np.full(size, 1 / size)
        )
        due = shares * (of == row).sum()
        assert np.abs(np.bincount(cells[of == row], minlength=size) - due).max() < 1 + 1e-9


@pytest.mark.once
@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_fit_is_the_optimum_that_a_general_solver_finds(seed: int) -> None:
    generator = np.random.default_rng(seed)
    sizes, total = (2, 3, 2), 100.0
    estimate = Estimate(sizes, total)
    measured = []
    for group in [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1)]:
        shape = tuple(sizes[c] for c in group)
        counts = generator.normal(total / np.prod(shape), 10, shape)
        precision = float(generator.uniform(0.02, 0.5))
        estimate.add(Measurement(group, counts, precision))
        measured.append((group, counts, precision))
    estimate.fit(2000)

    def objective(logits: np.ndarray) -> float:
        joint = np.exp(logits - logits.max()).reshape(sizes)
        joint *= total / joint.sum()
        wrong = sum(p * ((summed(joint, g) - y) ** 2).sum() / 2 for g, y, p in measured)
        shares = joint / total
        return float(wrong + module._ENTROPY * total * (shares * np.log(shares + 1e-300)).sum())

    best = min(
        (minimize(objective, generator.normal(size=12), method="BFGS") for _ in range(2)),
        key=lambda found: found.fun,
    )
    joint = np.exp(best.x - best.x.max()).reshape(sizes)
    joint *= total / joint.sum()
    for group in {group for group, _, _ in measured}:
        # In rows, of a hundred: the descent ends at a tolerance.
        assert np.allclose(estimate.marginal(group), summed(joint, group), atol=0.5)


def test_exact_marginals_of_a_chain_are_given_back_and_their_ends_meet_as_they_must() -> None:
    first = np.array([[30.0, 10.0], [5.0, 55.0]])
    second = np.array([[15.0, 20.0], [60.0, 5.0]])
    estimate = Estimate([2, 2, 2], 100.0)
    estimate.add(Measurement((0, 1), first, 1e4))
    estimate.add(Measurement((1, 2), second, 1e4))
    estimate.fit(2000)
    assert np.allclose(estimate.marginal((0, 1)), first, atol=0.01)
    assert np.allclose(estimate.marginal((1, 2)), second, atol=0.01)
    rows = estimate.tree.draw(estimate.tables(), 100_000, np.random.default_rng(0))
    ends = np.histogram2d(rows[:, 0], rows[:, 2], bins=2)[0] / 1000
    assert np.allclose(ends, first / first.sum(0) @ second, atol=0.3)


def test_same_columns_twice_are_averaged_by_their_precision() -> None:
    estimate = Estimate([2], 10.0)
    estimate.add(Measurement((0,), np.array([8.0, 2.0]), 3e3))
    estimate.add(Measurement((0,), np.array([4.0, 6.0]), 1e3))
    estimate.fit(500)
    assert np.allclose(estimate.marginal((0,)), [7.0, 3.0], atol=0.01)


# ---- groups


def numbers(n: int, *, missing: bool = False, zero: bool = False) -> Cells:
    return Cells(0.0, 1.0, n, 0.0, 0.0 if zero else np.nan, zero, missing, True)


@settings(max_examples=40)
@given(st.integers(1, 700), st.booleans(), st.booleans(), st.data())
def test_each_row_is_in_one_cell_at_each_width(
    n: int, zero: bool, missing: bool, data: st.DataObject
) -> None:
    cells = numbers(n, zero=zero, missing=missing)
    rows = np.array(data.draw(st.lists(st.integers(0, cells.size - 1), min_size=1, max_size=30)))
    gone = data.draw(st.integers(0, len(rows) - 1))
    for width in cells.widths:
        at = cells.at(rows, width)
        assert (at >= 0).all() and (at < cells.size_at(width)).all()
        counts, fewer = (
            np.bincount(x, minlength=cells.size_at(width)) for x in (at, np.delete(at, gone))
        )
        assert np.linalg.norm(counts - fewer) == 1
        # A row's wider cell is its own, whoever else is there.
        assert at[gone] == cells.at(rows[[gone]], width)[0]
    assert np.array_equal(cells.at(np.arange(cells.size), 1), np.arange(cells.size))


@pytest.mark.parametrize("n", [5, 64, 100, 512])
def test_counts_of_all_widths_together_are_the_least_squares_and_their_noise_is_known(
    n: int,
) -> None:
    cells, generator = numbers(n), np.random.default_rng(n)
    scale = 3.0
    design = np.vstack(
        [np.arange(cells.size_at(w))[:, None] == np.arange(n)[None, :] // w for w in cells.widths]
    ).astype(float)
    noisy = [generator.integers(0, 50, cells.size_at(w)) for w in cells.widths]
    runs = _Runs(cells, noisy, scale)
    expected, *_ = np.linalg.lstsq(design, np.concatenate(noisy), rcond=None)
    assert np.allclose(runs.counts, expected)
    covariance = scale**2 * np.linalg.pinv(design.T @ design)
    for start, stop in [(0, n), (0, 1), (n // 3, n // 2 + 1)]:
        assert runs.variance(start, stop) == pytest.approx(covariance[start:stop, start:stop].sum())


@settings(max_examples=60)
@given(
    st.integers(1, 600),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.floats(0.1, 50),
    st.integers(0, 2**32 - 1),
)
def test_groups_take_in_every_cell_and_are_spread_over_their_own(
    n: int, numeric: bool, zero: bool, missing: bool, scale: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    cells = numbers(n, zero=zero, missing=missing)
    if not numeric:
        cells = Cells.of_levels(n, has_other=zero, has_missing=missing)
    truth = generator.poisson(generator.exponential(20, cells.size))
    rows = np.repeat(np.arange(cells.size), truth)
    noisy = [
        np.bincount(cells.at(rows, w), minlength=cells.size_at(w))
        + np.rint(generator.normal(0, scale, cells.size_at(w))).astype(np.int64)
        for w in cells.widths
    ]
    grouping = Grouping.of(cells, noisy, scale, float(len(rows)))
    assert grouping.group.shape == (cells.size,)
    assert np.array_equal(np.unique(grouping.group), np.arange(grouping.size))
    assert grouping.within.shape == (grouping.size, cells.size)
    assert np.allclose(grouping.within.sum(axis=1), 1.0) and (grouping.within >= 0).all()
    own = grouping.group[None, :] == np.arange(grouping.size)[:, None]
    assert (grouping.within[~own] == 0).all()
    assert (grouping.variances > 0).all()
    # Nothing is lost: groups are sums of cells, up to their noise.
    wrong = grouping.counts - np.bincount(grouping.group, weights=truth, minlength=grouping.size)
    assert (np.abs(wrong) < 7 * np.sqrt(grouping.variances) + 1).all()


@settings(max_examples=60)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8), st.floats(0, 100))
def test_simplex_is_the_nearest_point(counts: list[float], total: float) -> None:
    start = np.array(counts)
    found = simplex(start, total)
    assert found.sum() == pytest.approx(total, abs=1e-9) and (found >= 0).all()
    distance = ((found - start) ** 2).sum()
    corners = [total * np.eye(len(start))[i] for i in range(len(start))]
    middles = [total / 2 * (a + b) / total if total else a for a, b in product(corners, corners)]
    for other in [*corners, *middles]:
        for step in (0.01, 0.3, 1.0):
            moved = found + step * (other * (total / max(other.sum(), 1e-300)) - found)
            assert ((moved - start) ** 2).sum() >= distance - 1e-6


def test_noise_is_shrunk_away_and_differences_are_kept() -> None:
    generator = np.random.default_rng(0)
    noise = 100 + generator.normal(0, 5, 400)
    assert np.abs(shrunk(noise, 25.0) - 100).max() < 0.25 * np.abs(noise - 100).max()
    apart = np.array([0.0, 1000.0, 0.0, 1000.0])
    assert np.allclose(shrunk(apart, 25.0), apart, atol=1)
    assert shrunk(np.full(3, 7.0), 1.0).tolist() == [7.0, 7.0, 7.0]
