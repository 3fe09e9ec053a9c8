"""Rules for parameters: their bounds and directions, and that they say why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatars.advice.rules import Rule, estimated, preset_of, protection_for, rules_for
from avatars.exceptions import TooFewRowsError
from avatars.metrics.targets import PRESETS, RECIPIENTS
from avatars.models import Protection
from avatars.tables import Table, read_table


def numbers(n_rows: int, n_columns: int = 3) -> Table:
    rng = np.random.default_rng(0)
    return read_table(pd.DataFrame(rng.normal(size=(n_rows, n_columns))).add_prefix("x"))


def rules(table: Table, preset: str = "external") -> dict[str, Rule]:
    return rules_for(table, preset, Protection.BALANCED)


def test_every_context_has_a_preset() -> None:
    assert {preset_of(context) for context in [*PRESETS, *RECIPIENTS]} == {
        "open",
        "external",
        "internal",
    }


@settings(max_examples=40)
@given(st.integers(6, 400), st.sampled_from(["open", "external", "internal"]))
def test_k_is_small_enough_for_the_table_and_never_below_five(n_rows: int, preset: str) -> None:
    k = rules(numbers(n_rows, 1), preset)["k"].value
    assert 5 <= k < n_rows
    assert k == 5 or k <= n_rows / 5


def test_more_eyes_ask_for_more_neighbours() -> None:
    table = numbers(500)
    assert [rules(table, preset)["k"].value for preset in ("internal", "external", "open")] == [
        *(15, 20, 30)
    ]


def test_table_of_five_is_refused() -> None:
    with pytest.raises(TooFewRowsError, match="table of 5 rows"):
        rules(numbers(5))


def test_axes_follow_the_variance() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(size=300)
    close = pd.DataFrame({f"x{i}": one + rng.normal(size=300) / 100 for i in range(8)})
    assert rules(read_table(close))["ncp"].value == 2
    assert rules(numbers(300, 3))["ncp"].value == 3
    assert rules(numbers(300, 12))["ncp"].value == 5
    assert rules(numbers(300, 1))["ncp"].value == 1


def test_table_without_variance_has_no_axes_to_choose() -> None:
    constant = read_table(pd.DataFrame({"x": [1.5] * 50, "s": ["a"] * 50}))
    assert rules(constant)["ncp"].value is None


def test_categories_are_summed_up_where_they_outnumber_people() -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame({f"c{i}": rng.choice(list("abcde"), 200) for i in range(10)})
    assert rules(read_table(wide))["use_categorical_reduction"].value is True
    assert rules(read_table(pd.concat([wide] * 10)))["use_categorical_reduction"].value is False
    assert rules(numbers(60, 40))["use_categorical_reduction"].value is False


def test_gaps_decide_how_they_are_filled() -> None:
    full = rules(numbers(300))
    assert full["imputation_method"].value is None
    frame = pd.DataFrame({"x": np.arange(300.0), "y": [None, "a", "b"] * 100})
    some = rules(read_table(frame))
    assert some["imputation_method"].value == "knn"
    assert "100 of 600 cells (16.7%)" in some["imputation_method"].reason
    many = rules(read_table(pd.concat([frame] * 100)))
    assert many["imputation_method"].value == "fast_knn"
    assert many["imputation_training_fraction"].value == pytest.approx(20_000 / 30_000)


def test_protection_is_strict_where_many_look_or_few_stand() -> None:
    assert protection_for(10**6, "open").value == "strict"
    assert protection_for(999, "external").value == "strict"
    assert protection_for(1000, "external").value == "balanced"
    assert protection_for(50, "internal").value == "balanced"


def test_estimate_grows_with_the_table() -> None:
    small, long, wide = (
        estimated(table, {}) for table in (numbers(100), numbers(50_000), numbers(100, 60))
    )
    assert small["seconds"] < long["seconds"]
    assert small["megabytes"] < long["megabytes"]
    assert small["seconds"] <= wide["seconds"]
    strict = estimated(numbers(50_000), {"protection": "strict"})
    assert strict["seconds"] > long["seconds"]


def test_order_of_the_people_doesn_t_matter() -> None:
    table = numbers(300, 8)
    moved = table.take(np.random.default_rng(1).permutation(300))
    assert rules(table) == rules(moved)
