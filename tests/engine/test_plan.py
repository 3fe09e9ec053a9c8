"""How many neighbours a table allows, what a protection means, and what is refused."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
import pytest

from avatars.engine.plan import Measures, neighbours_wanted, refuse_impossible
from avatars.exceptions import InvalidParameterError, SensitiveWarning, TooFewRowsError
from avatars.models import AvatarizationParameters, Protection
from avatars.tables import Table, read_table

checked = AvatarizationParameters.checked


@pytest.mark.parametrize(
    ("k", "n_rows", "wanted"),
    [
        (None, 1_000, 20),
        (None, 21, 20),
        (None, 20, 19),
        (None, 6, 5),
        (5, 6, 5),
        (20, 21, 20),
        (300, 1_000, 300),
    ],
)
def test_neighbours_follow_the_table(k: int | None, n_rows: int, wanted: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert neighbours_wanted(checked(k=k), n_rows, "patients") == wanted


@pytest.mark.parametrize(
    ("k", "n_rows", "needed"), [(20, 20, 21), (20, 1, 21), (2, 2, 3), (None, 5, 6), (None, 1, 6)]
)
def test_too_few_rows_are_refused(k: int | None, n_rows: int, needed: int) -> None:
    with pytest.raises(TooFewRowsError, match=f"needs at least {needed} rows.*has {n_rows} "):
        neighbours_wanted(checked(k=k), n_rows, "patients")


@pytest.mark.parametrize("k", [2, 3, 4])
def test_low_k_warns(k: int) -> None:
    with pytest.warns(SensitiveWarning, match=f"k={k}"):
        assert neighbours_wanted(checked(k=k), 100, "patients") == k


def test_protections_rise() -> None:
    assert Measures.of(Protection.NONE, 1_000) is None
    balanced, strict = (
        Measures.of(protection, 1_000) for protection in (Protection.BALANCED, Protection.STRICT)
    )
    assert balanced is not None and strict is not None
    assert (balanced.few, strict.few) == (5, 10)
    assert strict.spread > balanced.spread
    assert strict.leaf > balanced.leaf


@pytest.mark.parametrize("protection", [Protection.BALANCED, Protection.STRICT])
def test_few_is_at_most_a_fifth_of_the_people_and_at_least_two(protection: Protection) -> None:
    few = [Measures.of(protection, n_rows).few for n_rows in range(3, 200)]
    assert few == sorted(few)
    assert few[0] == 2
    assert all(
        count <= max(2, n_rows / 5) for count, n_rows in zip(few, range(3, 200), strict=True)
    )


@pytest.fixture
def table() -> Table:
    return read_table(pd.DataFrame({"age": [41, 50], 7: ["f", "m"]}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("column_weights", {"age": 1.0, "pay": 2.0}),
        ("exclude_variable_names", ["pay"]),
        ("known_variables", ["age", "pay"]),
        ("target", "pay"),
        ("categorical_hidden_rate_variables", ["pay"]),
    ],
)
def test_unknown_columns_are_named(table: Table, name: str, value: Any) -> None:
    with pytest.raises(InvalidParameterError, match="'pay'") as caught:
        refuse_impossible(checked(**{name: value}), table)
    assert caught.value.parameter == name


@pytest.mark.parametrize("name", ["dp_epsilon", "dp_preprocess_budget_ratio"])
def test_differential_privacy_is_refused(table: Table, name: str) -> None:
    with pytest.raises(InvalidParameterError, match="belongs to differential privacy"):
        refuse_impossible(checked(**{name: 0.5}), table)


def test_what_names_columns_of_the_table_passes(table: Table) -> None:
    refuse_impossible(checked(), table)
    refuse_impossible(
        checked(
            column_weights={7: 2.0, "age": 0.5},
            exclude_variable_names=[7],
            known_variables=["age", 7],
            target=7,
            categorical_hidden_rate_variables=[7],
        ),
        table,
    )
