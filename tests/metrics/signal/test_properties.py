"""What holds for every metric of signal, whatever the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatars import Avatarizer
from avatars.exceptions import InvalidTableError
from avatars.metrics import signal
from avatars.metrics.space import read_together

pytestmark = pytest.mark.once

Metric = Callable[..., float]

# Each with the value of a table against itself.
PERFECT: dict[str, float] = {
    "hellinger_mean": 0,
    "hellinger_std": 0,
    "multivariate_hellinger": 0,
    "correlation_difference": 0,
    "correlation_difference_ratio": 0,
    "ks_mean": 0,
    "total_variation_mean": 0,
    "wasserstein_mean": 0,
    "missing_rate_difference": 0,
    "category_coverage": 1,
    "range_coverage": 1,
    "contingency_similarity": 1,
    "std_ratio": 1,
    "propensity_auc": 0.5,
    "pmse_ratio": 0,
}
BOUNDS: dict[str, tuple[float, float]] = {
    "hellinger_mean": (0, 1),
    "hellinger_std": (0, 0.5),
    "hellinger_reference": (0, 1),
    "multivariate_hellinger": (0, 1),
    "correlation_difference": (0, 2),
    "correlation_difference_ratio": (0, 100),
    "ks_mean": (0, 1),
    "total_variation_mean": (0, 1),
    "wasserstein_mean": (0, math.inf),
    "missing_rate_difference": (0, 1),
    "category_coverage": (0, 1),
    "range_coverage": (0, 1),
    "contingency_similarity": (0, 1),
    "std_ratio": (0, math.inf),
    "propensity_auc": (0, 1),
    "pmse_ratio": (0, math.inf),
}
EVERY = [pytest.param(getattr(signal, name), id=name) for name in BOUNDS]
# What stays the same to the last digits when columns or levels are named or placed otherwise:
# boosting grows other trees where two columns are equally good.
EXACT = [name for name in BOUNDS if name != "propensity_auc"]


def same(one: float, other: float) -> bool:
    return one == pytest.approx(other, abs=1e-9, nan_ok=True)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, ...]:
    """Draw two tables of the same columns: some constant, some empty, with ties and gaps."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = draw(
        st.lists(st.sampled_from(["float", "few", "level", "one", "none"]), min_size=1, max_size=5)
    )
    tables = []
    for n in (draw(st.integers(1, 60)), draw(st.integers(1, 60))):
        columns: dict[str, Any] = {}
        for place, kind in enumerate(kinds):
            gaps = rng.random(n) < draw(st.sampled_from([0.0, 0.3]))
            if kind == "float":
                cells = pd.Series(rng.normal(size=n)).mask(gaps)
            elif kind == "few":
                cells = pd.Series(rng.integers(0, 3, n) / 2).mask(gaps)
            elif kind == "level":
                cells = pd.Series(rng.choice(list("abc"), n).astype(object)).mask(gaps)
            else:
                cells = pd.Series(np.full(n, 0.1 if kind == "one" else np.nan))
            columns[f"{kind} {place}"] = cells
        tables.append(pd.DataFrame(columns))
    types = {name: "category" for name in tables[0] if name.startswith("level")}
    return read_together(*tables, types=types)


@settings(max_examples=25)
@given(pairs())
def test_every_metric_is_a_number_in_its_bounds_or_not_there(pair: Any) -> None:
    for name, (low, high) in BOUNDS.items():
        found = getattr(signal, name)(*pair)
        assert isinstance(found, float), name
        assert math.isnan(found) or low - 1e-9 <= found <= high + 1e-9, name


@settings(max_examples=25)
@given(pairs())
def test_table_against_itself_is_perfect_or_not_there(pair: Any) -> None:
    for name, perfect in PERFECT.items():
        found = getattr(signal, name)(pair[0], pair[0])
        assert math.isnan(found) or found == pytest.approx(perfect, abs=1e-9), name


@st.composite
def frames(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw two mixed tables without empty columns."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tables = []
    for n in (draw(st.integers(30, 80)), draw(st.integers(30, 80))):
        u = rng.normal(size=n)
        tables.append(
            pd.DataFrame(
                {
                    "x": u + rng.normal(size=n),
                    "y": pd.Series(np.round(u, 1)).mask(rng.random(n) < 0.2),
                    "c": rng.choice(list("abcd"), n),
                    "d": np.where(u > 0, "up", "down"),
                }
            )
        )
    return tables[0], tables[1]


@settings(max_examples=25)
@given(frames(), st.permutations(["x", "y", "c", "d"]))
def test_order_of_the_columns_doesn_t_matter(pair: Any, order: list[str]) -> None:
    for name in EXACT:
        metric: Metric = getattr(signal, name)
        assert same(metric(*pair), metric(*(table[order] for table in pair))), name


@settings(max_examples=25)
@given(frames(), st.permutations(["north", "east", "south", "west"]))
def test_names_of_the_levels_don_t_matter(pair: Any, names: list[str]) -> None:
    renamed = [table.replace({"c": dict(zip("abcd", names, strict=True))}) for table in pair]
    for name in EXACT:
        metric: Metric = getattr(signal, name)
        assert same(metric(*pair), metric(*renamed)), name


@settings(max_examples=25)
@given(frames(), st.sampled_from([0.1, "same"]))
def test_constant_column_adds_nothing_to_what_is_about_others(pair: Any, value: Any) -> None:
    wider = [table.assign(one=value) for table in pair]
    for name in (
        "correlation_difference",
        "correlation_difference_ratio",
        "std_ratio",
        "wasserstein_mean",
        "multivariate_hellinger",
        "pmse_ratio",
    ):
        metric: Metric = getattr(signal, name)
        assert same(metric(*pair), metric(*wider)), name
    before, after = signal.hellinger(*pair), signal.hellinger(*wider)
    assert after == before | {"one": 0.0}
    # Where every column counts, one that is kept counts as kept.
    reference = signal.hellinger_reference(*pair)
    assert same(signal.hellinger_reference(*wider), reference * 4 / 5)


@pytest.mark.parametrize("metric", EVERY)
def test_order_of_the_avatars_doesn_t_matter(people: pd.DataFrame, metric: Metric) -> None:
    aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    shuffled = aligned.sample(frac=1, random_state=1)
    assert metric(people, shuffled) == pytest.approx(metric(people, aligned), abs=1e-9)


@pytest.mark.parametrize("metric", EVERY)
def test_other_columns_are_refused(people: pd.DataFrame, metric: Metric) -> None:
    with pytest.raises(InvalidTableError, match="'pay'"):
        metric(people, people.drop(columns="pay"))


@pytest.mark.parametrize("metric", EVERY)
def test_polars_gives_the_same(people: pd.DataFrame, unseen: pd.DataFrame, metric: Metric) -> None:
    polars = pytest.importorskip("polars")
    columns = [{name: table[name].tolist() for name in table} for table in (people, unseen)]
    assert metric(*map(polars.DataFrame, columns)) == metric(people, unseen)


@pytest.mark.parametrize("metric", EVERY)
def test_tables_read_before_are_taken(
    people: pd.DataFrame, unseen: pd.DataFrame, metric: Metric
) -> None:
    release = unseen.assign(level="new")
    assert metric(*read_together(people, release)) == metric(people, release)


@pytest.mark.parametrize("metric", EVERY)
def test_identifiers_never_count(
    people: pd.DataFrame, unseen: pd.DataFrame, metric: Metric
) -> None:
    keyed = [
        table.assign(key=[f"{place} {row}" for row in range(300)])
        for place, table in enumerate((people, unseen))
    ]
    assert metric(*keyed, types={"key": "identifier"}) == metric(people, unseen)


@pytest.mark.parametrize("name", PERFECT)
def test_release_of_twice_the_people_has_lost_nothing(people: pd.DataFrame, name: str) -> None:
    twice = pd.concat([people, people], ignore_index=True)
    # Boosting is a little surer of the larger side of what it can't tell; corrections for bias
    # count people.
    tolerance = {"propensity_auc": 0.05, "correlation_difference": 0.02}.get(name, 1e-9)
    found = getattr(signal, name)(people, twice)
    assert found == pytest.approx(PERFECT[name], abs=tolerance)


@pytest.mark.parametrize("metric", EVERY)
def test_dtypes_of_another_tool_give_the_same(
    people: pd.DataFrame, unseen: pd.DataFrame, metric: Metric
) -> None:
    pytest.importorskip("pyarrow")
    release = unseen.astype(
        {"age": "double[pyarrow]", "pay": "Float64", "level": "category", "sex": "string[pyarrow]"}
    )
    assert metric(people, release) == pytest.approx(metric(people, unseen), abs=1e-9)
