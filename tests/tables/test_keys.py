"""Keys are read whatever dtype holds them, checked, and issued anew so that they still link."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatars.exceptions import InvalidColumnError, InvalidTableError
from avatars.tables import PrimaryKey, foreign_key

NUMBERS = ["int64", "Int64", "int32", "uint8", "int64[pyarrow]", "object"]
GAPPY = ["Int64", "float64", "int64[pyarrow]", "Float64"]
STRINGS = ["object", "string", "category", "string[pyarrow]"]


def key_of(cells: list[Any], dtype: str = "int64") -> PrimaryKey:
    return PrimaryKey.read(pd.Series(cells, name="id").astype(dtype), table="patient")


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("foreign", [*GAPPY, "int64"])
def test_numbers_link_across_dtypes(dtype: str, foreign: str) -> None:
    key = key_of([3, 1, 2], dtype)
    named = pd.Series([1, 2, 3, 1], name="patient_id").astype(foreign)
    assert key.rows_of(named, table="visit").tolist() == [1, 2, 0, 1]
    fresh = key.fresh(3, np.random.default_rng(0))
    assert fresh.dtype == pd.Series([1]).astype(dtype).dtype
    written = foreign_key(fresh, np.array([1, 2, 0, 1]), named)
    assert written.dtype == named.dtype and written.name == "patient_id"
    assert written.astype(float).tolist() == [float(fresh[row]) for row in (1, 2, 0, 1)]


@pytest.mark.parametrize("foreign", GAPPY)
def test_rows_without_parent_stay_without(foreign: str) -> None:
    key = key_of([3, 1, 2])
    named = pd.Series([1, None, 3], name="patient_id", dtype="Int64").astype(foreign)
    assert key.rows_of(named, table="visit").tolist() == [1, -1, 0]
    written = foreign_key(key.fresh(3, np.random.default_rng(0)), np.array([-1, 0, 1]), named)
    assert written.dtype == named.dtype and written.isna().tolist() == [True, False, False]


@pytest.mark.parametrize("dtype", STRINGS)
@pytest.mark.parametrize("foreign", STRINGS)
def test_strings_link_across_dtypes(dtype: str, foreign: str) -> None:
    key = key_of(["a", "b", "c"], dtype)
    named = pd.Series(["b", None, "c", "b"], name="patient_id").astype(foreign)
    assert key.rows_of(named, table="visit").tolist() == [1, -1, 2, 1]
    fresh = key.fresh(3, np.random.default_rng(0))
    written = foreign_key(fresh, np.array([1, -1, 2, 1]), named)
    assert isinstance(written.dtype, type(named.dtype))
    assert written.isna().sum() == 1 and written[0] == written[3] == fresh.astype(object)[1]
    assert not set(fresh.astype(object)) & {"a", "b", "c"}


@given(st.sets(st.integers(0, 255), min_size=1, max_size=60), st.integers(0, 2**32))
def test_fresh_keys_are_distinct_and_new(cells: set[int], seed: int) -> None:
    fresh = key_of(sorted(cells)).fresh(len(cells), np.random.default_rng(seed))
    assert fresh.is_unique and not set(fresh) & cells


@pytest.mark.parametrize(
    ("cells", "dtype", "says"),
    [
        ([1, 1, 2], "int64", "0 of its cells are missing and 1 repeat"),
        ([1, None, 2], "Int64", "1 of its cells are missing and 0 repeat"),
        ([1.0, 2.0], "float64", "cast it to whole numbers"),
        ([1.5, 2.0], "float64", "keys are whole numbers or strings"),
        ([True, False], "bool", "keys are whole numbers or strings"),
    ],
)
def test_bad_primary_keys_are_named(cells: list[Any], dtype: str, says: str) -> None:
    with pytest.raises(InvalidColumnError, match=f"'id'.*'patient'.*{says}"):
        key_of(cells, dtype)


def test_orphans_are_counted_and_never_shown() -> None:
    key = key_of([1, 2, 3])
    with pytest.raises(InvalidTableError, match="'patient_id' of table 'visit' has 2 cells") as e:
        key.rows_of(pd.Series([1, 987654, 987655], name="patient_id"), table="visit")
    assert "98765" not in str(e.value)


def test_keys_of_other_kinds_are_named() -> None:
    with pytest.raises(InvalidColumnError, match="'visit' holds strings.*'patient'.*whole numbers"):
        key_of([1, 2]).rows_of(pd.Series(["1", "2"], name="patient_id"), table="visit")


def test_key_without_rows_links_nobody() -> None:
    like = pd.Series([1, 2], name="patient_id", dtype="Int64")
    written = foreign_key(pd.Series([], dtype="int64"), np.array([-1, -1]), like)
    assert written.isna().all() and written.dtype == "Int64"
