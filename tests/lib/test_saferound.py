"""Rounding keeps the sum, moves nothing far, and says which values give way."""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatars.exceptions import InvalidParameterError
from avatars.lib import RoundingStrategy, saferound, split_columns_types
from avatars.lib.saferound import saferound_rows


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        # 13.9 is what the values round to, 14.0 their sum: one tenth has to go somewhere.
        (RoundingStrategy.DIFFERENCE, [1.0, 5.3, 4.2, 3.5]),
        (RoundingStrategy.LARGEST, [1.0, 5.4, 4.2, 3.4]),
        (RoundingStrategy.SMALLEST, [1.1, 5.3, 4.2, 3.4]),
        ("largest", [1.0, 5.4, 4.2, 3.4]),
    ],
)
def test_strategy_says_which_value_gives_way(
    strategy: RoundingStrategy | str, expected: list[float]
) -> None:
    assert saferound([1.01, 5.33, 4.21, 3.44], 1, strategy) == expected


def test_among_equals_the_first_gives_way() -> None:
    assert saferound([0.25, 0.25, 0.5], 1) == [0.3, 0.2, 0.5]
    assert saferound([2.0, 2.0], 0, RoundingStrategy.LARGEST, topline=5) == [3.0, 2.0]


def test_kind_of_the_input_comes_back() -> None:
    assert saferound((33.4, 33.4, 33.2), 0) == (34.0, 33.0, 33.0)
    ordered = saferound(OrderedDict(a=33.4, b=33.4, c=33.2), 0)
    assert isinstance(ordered, OrderedDict)
    assert list(ordered.items()) == [("a", 34.0), ("b", 33.0), ("c", 33.0)]
    series = pd.Series([33.4, 33.4, 33.2], index=list("xyz"), name="share")
    pd.testing.assert_series_equal(
        saferound(series, 0), pd.Series([34.0, 33.0, 33.0], index=list("xyz"), name="share")
    )
    assert saferound([], 2, topline=1) == []


def test_topline_far_from_the_sum_is_still_met() -> None:
    assert saferound([1.0, 1.0, 1.0], 0, topline=10) == [4.0, 3.0, 3.0]
    assert saferound([1.0, 1.0, 1.0], 0, topline=-1) == [-1.0, 0.0, 0.0]


@pytest.mark.parametrize("bad", ["a", math.nan, math.inf, None])
def test_values_that_are_no_finite_numbers_are_refused(bad: object) -> None:
    with pytest.raises(InvalidParameterError, match="all values in the iterable to be float"):
        saferound([1.0, bad], 1)


def test_unknown_strategy_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="valid RoundingStrategy"):
        saferound([1.0], 1, "nearest")


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.integers(-2, 4),
    st.sampled_from(RoundingStrategy),
)
def test_sum_is_kept(values: list[float], places: int, strategy: RoundingStrategy) -> None:
    rounded = saferound(values, places, strategy)
    assert math.fsum(rounded) == pytest.approx(round(math.fsum(values), places), abs=1e-6)
    assert [round(x, places) for x in rounded] == rounded


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.integers(-2, 4))
def test_no_value_moves_by_a_unit(values: list[float], places: int) -> None:
    unit = 10.0**-places
    moved = np.abs(np.subtract(saferound(values, places), values))
    assert (moved <= unit * (1 + 1e-6)).all()


def test_rows_are_rounded_on_their_own() -> None:
    rows = np.array([[33.4, 33.4, 33.2], [10.0, 20.0, 30.0]])
    found = saferound_rows(rows, 0, np.array([100.0, 60.0]))
    assert found.tolist() == [saferound(row.tolist(), 0) for row in rows]


def test_columns_are_split_by_what_their_dtype_says() -> None:
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int8"),
            "flag": [True, False],
            "half": np.array([0.5, 1.0], dtype=np.float16),
            "word": ["a", "b"],
            "day": pd.to_datetime(["2020-01-01", "2021-01-01"]),
        }
    )
    assert split_columns_types(frame) == ([0, 2], [1, 3, 4])
