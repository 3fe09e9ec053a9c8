"""Every metric against a slow one that looks at all pairs, on small tables full of ties."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from avatars.metrics import privacy
from avatars.metrics.space import only, projected, read_together

# Tables of a few rows drawn at random are no one's avatars, and may be told so.
pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore::avatars.exceptions.AlignmentWarning"),
]

SLACK = 1e-9
KNOWN = ["x", "c"]
slow = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def frames(draw: st.DrawFn, n: int) -> pd.DataFrame:
    """Draw a table of few values, so that many rows and distances are equal."""

    def column(cells: list[Any]) -> list[Any]:
        return draw(st.lists(st.sampled_from(cells), min_size=n, max_size=n))

    return pd.DataFrame(
        {
            "x": pd.Series(column([0.5, 1.5, 2.5, 7.5]), dtype=float),
            "y": pd.Series(column([0.25, 0.5, np.nan]), dtype=float),
            "c": pd.Series(column(["a", "b", "c"]), dtype=object),
            "d": pd.Series(column(["u", "v", None]), dtype=object),
        }
    )


@st.composite
def pairs(draw: st.DrawFn, *, same_length: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    n = draw(st.integers(1, 24))
    return draw(frames(n)), draw(frames(n if same_length else draw(st.integers(1, 24))))


def distances(
    people: pd.DataFrame, avatars: pd.DataFrame, known: list[str] | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return all distances from people to avatars, and among people."""
    tables = read_together(people, avatars)
    x, a = projected(*(tables if known is None else only(known, *tables)))
    return cdist(x, a), cdist(x, x)


def nearest(found: NDArray[Any]) -> NDArray[np.bool_]:
    return found <= found.min(axis=1, keepdims=True) + SLACK


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.astype(object).where(frame.notna(), None).to_numpy()]


@slow
@given(pairs(same_length=True))
def test_hidden_rate_and_local_cloaking(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found, _ = distances(*tables)
    near = nearest(found)
    chance = np.diag(near) / near.sum(axis=1)
    np.testing.assert_allclose(privacy.hidden_rate(*tables), 100 * (1 - chance).mean())
    np.testing.assert_allclose(
        privacy.hidden_rate(*tables, ties="hidden"), 100 * (chance < 1).mean()
    )
    covered = (found <= np.diag(found)[:, None] + SLACK).sum(axis=1) - 1
    np.testing.assert_array_equal(privacy.sensitive_local_cloaking(*tables), covered)
    assert privacy.local_cloaking(*tables) == np.median(covered)


@slow
@given(pairs(same_length=False), st.sampled_from([0, 10, 50, 90, 100]), st.sampled_from([0.3, 0.9]))
def test_distances_to_the_nearest(
    tables: tuple[pd.DataFrame, pd.DataFrame], percentage: int, limit: float
) -> None:
    found, among = distances(*tables)
    theirs = np.sort(found.T, axis=1)
    first = theirs[:, 0]
    second = theirs[:, 1] if theirs.shape[1] > 1 else np.full(len(first), np.inf)
    ratios = np.array([1.0 if b < SLACK else a / b for a, b in zip(first, second, strict=True)])
    np.testing.assert_allclose(privacy.distance_to_closest(*tables), np.median(first), atol=1e-12)
    np.testing.assert_allclose(
        privacy.closest_distances_ratio(*tables), np.median(ratios), atol=1e-12
    )
    np.fill_diagonal(among, np.inf)
    reach = np.percentile(among.min(axis=1), percentage, method="higher")
    at_risk = (first <= reach + SLACK) & (ratios < limit)
    rate = privacy.closest_rate(
        *tables, closest_rate_percentage_threshold=percentage, closest_rate_ratio_threshold=limit
    )
    np.testing.assert_allclose(rate, 100 * (1 - at_risk.mean()))


@slow
@given(pairs(same_length=True))
def test_matches(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    people, avatars = tables
    known = set(rows(people))
    equal = np.mean([row in known for row in rows(avatars)])
    np.testing.assert_allclose(privacy.row_direct_match_protection(*tables), 100 * (1 - equal))
    shared = {
        label: len(set(people[label].dropna()) & set(avatars[label].dropna()))
        for label in ("c", "d")
    }
    by_column = privacy.column_direct_match_protection_by_column(*tables)
    assert set(by_column) == {"c", "d"}
    for label, count in shared.items():
        np.testing.assert_allclose(by_column[label], 100 * (1 - count / len(people)))
    assert privacy.column_direct_match_protection(*tables) == min(by_column.values())
    own, drawn = rows(people[["c", "d"]]), rows(avatars[["c", "d"]])
    times = Counter(own)
    hidden = [mine != theirs for mine, theirs in zip(own, drawn, strict=True) if times[mine] == 1]
    expected = 100 * np.mean(hidden) if hidden else 100
    np.testing.assert_allclose(privacy.categorical_hidden_rate(*tables), expected)


@slow
@given(pairs(same_length=True))
def test_correlation_protection(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    near = nearest(distances(*tables, KNOWN)[0])
    chance = np.diag(near) / near.sum(axis=1)
    found = privacy.correlation_protection_rate(*tables, known_variables=KNOWN)
    np.testing.assert_allclose(found, 100 * (1 - chance).mean())


@slow
@given(pairs(same_length=False))
def test_linkability_protection(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    one, other = (nearest(distances(*tables, half)[0]) for half in (["x", "d"], ["c", "y"]))
    chance = (one & other).sum(axis=1) / (one.sum(axis=1) * other.sum(axis=1))
    found = privacy.linkability_protection_rate(*tables, known_variables=(["x", "d"], ["c", "y"]))
    np.testing.assert_allclose(found, 100 * (1 - chance).mean())


@slow
@given(pairs(same_length=False))
def test_inference(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    people, avatars = tables
    found, _ = distances(*tables, KNOWN)

    def near(label: str) -> tuple[NDArray[np.bool_], pd.Series, pd.Series]:
        asked, told = people[label].notna(), avatars[label].notna()
        some = found[np.ix_(asked, told)]
        return nearest(some) if some.size else some, people[label][asked], avatars[label][told]

    number = privacy.inference_continuous(*tables, known_variables=KNOWN, target="y")
    level = privacy.inference_categorical(*tables, known_variables=KNOWN, target="d")
    is_near, truth, drawn = near("y")
    errors = [
        abs(drawn[mine].mean() - value) / max(abs(value), 0.1 * truth.abs().mean())
        for mine, value in zip(is_near, truth, strict=True)
        if is_near.size
    ]
    np.testing.assert_allclose(number, 100 * np.mean(errors) if errors else 100, atol=1e-9)
    is_near, truth, drawn = near("d")
    wrong = []
    for mine, value in zip(is_near, truth, strict=True):
        if is_near.size:
            modes = list(drawn[mine].mode())
            wrong.append(1 - (value in modes) / len(modes))
    np.testing.assert_allclose(level, 100 * np.mean(wrong) if wrong else 100, atol=1e-9)


@slow
@given(pairs(same_length=False), st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_and_names_of_levels_don_t_matter(
    tables: tuple[pd.DataFrame, pd.DataFrame], chance: Any
) -> None:
    people, avatars = tables
    order = list(range(len(avatars)))
    chance.shuffle(order)
    changed = [
        table[["d", "x", "c", "y"]].replace({"c": {"a": "zz", "b": "m", "c": "b"}})
        for table in (people, avatars.iloc[order])
    ]
    halves = (["x", "d"], ["c", "y"])
    for metric, settings_ in (
        (privacy.distance_to_closest, {}),
        (privacy.closest_distances_ratio, {}),
        (privacy.closest_rate, {}),
        (privacy.row_direct_match_protection, {}),
        (privacy.column_direct_match_protection, {}),
        (privacy.linkability_protection_rate, {"known_variables": halves}),
        (privacy.inference_continuous, {"known_variables": KNOWN, "target": "y"}),
        (privacy.inference_categorical, {"known_variables": KNOWN, "target": "d"}),
    ):
        before, after = metric(*tables, **settings_), metric(*changed, **settings_)
        np.testing.assert_allclose(before, after, atol=1e-6, err_msg=metric.__name__)
