"""Tables of other tools, read together with a first one."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidColumnError, InvalidTableError, UnsupportedTypeError
from avatars.tables import Table, conform_together, read_table

SECRET = "ZZSECRET"
DAYS = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-11"]))


def together(first: Any, other: Any, **settings: Any) -> tuple[Table, ...]:
    """Read one column and another of the same name."""
    table = read_table(pd.DataFrame({"x": first}), **settings)
    return conform_together(table, {"release": pd.DataFrame({"x": other})})


# the first column, the other one, what it is encoded as
NUMBERS: dict[str, tuple[Any, Any, list[float]]] = {
    "extra decimals": ([3, 5], [4.25], [1.25]),
    "integers for floats": ([3.5, 5.0], [4], [4]),
    "nullable for plain": ([3, 5], pd.array([4, None], dtype="Int16"), [1, np.nan]),
    "category of integers": ([3, 5], pd.Categorical([5, 3, None]), [2, 0, np.nan]),
    "category of floats": ([3.5, 5.0], pd.Categorical([5.0, None]), [5, np.nan]),
    "decimals": ([0.5, 1.5], [decimal.Decimal("1.25")], [1.25]),
    "days written out": (DAYS, ["2020-01-02", None], [1, np.nan]),
    "days as objects": (DAYS, [datetime.date(2020, 1, 3)], [2]),
    "days as categories": (DAYS, pd.Categorical(DAYS + pd.Timedelta(days=1)), [1, 11]),
    "days in seconds": (DAYS, DAYS.astype("M8[s]"), [0, 10]),
    "nothing": ([3, 5], [None, None], [np.nan, np.nan]),
}


@pytest.mark.parametrize("case", NUMBERS, ids=str)
def test_numbers_are_read_as_the_first_table_has_them(case: str) -> None:
    first, other, expected = NUMBERS[case]
    tables = together(first, other)
    unit = tables[0].numeric[1, 0] / 10 if first is DAYS else 1.0
    np.testing.assert_allclose(tables[1].numeric.ravel() / unit, expected)
    assert tables[0].schema is tables[1].schema


# the first column, the other one, its codes; the levels of the first are a and b, or False and True
LEVELS: dict[str, tuple[Any, Any, list[int]]] = {
    "category for object": (["a", "b"], pd.Categorical(["b", "a", None]), [1, 0, -1]),
    "object for category": (pd.Categorical(["a", "b"]), ["b", "z"], [1, 2]),
    "another string dtype": (["a", "b"], pd.array(["b", None, "a"], dtype="string"), [1, -1, 0]),
    "unused categories": (["a", "b"], pd.Categorical(["a"], categories=["z", "b", "a"]), [0]),
    "nullable truth values": ([True, False], pd.array([True, None], dtype="boolean"), [1, -1]),
    "truth values as objects": ([True, False], np.array([False, None], dtype=object), [0, -1]),
    "one of the truth values": ([True, True], [False, True], [0, 1]),
    "two new levels": (["a", "b"], ["y", "c", "a", None], [3, 2, 0, -1]),
    "levels for none": ([None, None], ["b", "a"], [1, 0]),
    "numbers for integers": (pd.Categorical([3, 5]), [5.0, 3.0, 4.5], [1, 0, 2]),
}


@pytest.mark.parametrize("case", LEVELS, ids=str)
def test_levels_keep_their_codes_and_new_ones_follow(case: str) -> None:
    first, other, expected = LEVELS[case]
    tables = together(first, other)
    assert tables[1].codes.ravel().tolist() == expected
    alone = read_table(pd.DataFrame({"x": first}))
    np.testing.assert_array_equal(tables[0].codes, alone.codes)
    n_levels = tables[0].schema.columns[0].n_levels
    assert n_levels == max(alone.schema.columns[0].n_levels, 1 + max(expected))
    assert len(tables[0].schema.columns[0].codec.levels) == n_levels


def test_schema_stays_the_very_same_when_nothing_is_new() -> None:
    first = read_table(pd.DataFrame({"x": ["a", "b"], "y": [1.5, 2.5]}))
    tables = conform_together(first, {"other": pd.DataFrame({"y": [1], "x": ["b"]})})
    assert all(table.schema is first.schema for table in tables)


def test_new_levels_are_in_the_same_order_whatever_the_rows_and_tables() -> None:
    first = read_table(pd.DataFrame({"x": ["a", "b"]}))
    parts = [pd.DataFrame({"x": cells}) for cells in (["z", "c"], ["m", "z", "a"])]
    found = [
        conform_together(first, dict(zip("pq", order, strict=True)))
        for order in (parts, parts[::-1], [part[::-1] for part in parts])
    ]
    levels = [list(tables[0].schema.columns[0].codec.levels) for tables in found]
    assert levels == [["a", "b", "c", "m", "z"]] * 3


def test_equal_new_values_of_two_types_are_one_level() -> None:
    first = read_table(pd.DataFrame({"x": [3, 5, 3]}), types={"x": "category"})
    others = {"p": pd.DataFrame({"x": [7, 8]}), "q": pd.DataFrame({"x": [8.0, np.nan, 7.0]})}
    tables = conform_together(first, others)
    assert [table.codes.ravel().tolist() for table in tables] == [[0, 1, 0], [2, 3], [3, -1, 2]]


def test_frames_with_new_levels_are_written_with_them() -> None:
    for dtype in (object, "category", "string"):
        tables = together(pd.Series(["a", "b"], dtype=dtype), ["z", "a"])
        rng = np.random.default_rng(0)
        frame = tables[1].schema.frame(tables[1].numeric, tables[1].codes, identifiers_seed=rng)
        assert frame["x"].tolist() == ["z", "a"]


def test_columns_may_stand_in_any_order_and_identifiers_be_missing() -> None:
    people = pd.DataFrame({"id": ["p", "q"], "x": [1.5, 2.5], "c": ["a", "b"], np.nan: [3, 4]})
    first = read_table(people, primary_key="id")
    for other in (
        people[people.columns[::-1]],
        people.drop(columns="id")[["c", float("nan"), "x"]],
    ):
        _, found = conform_together(first, {"other": other})
        np.testing.assert_array_equal(found.numeric, first.numeric)
        np.testing.assert_array_equal(found.codes, first.codes)


def test_labels_that_lack_or_are_too_many_are_named() -> None:
    first = read_table(pd.DataFrame({"id": ["p", "q"], "x": [1.5, 2.5]}), primary_key="id")
    for other, message in (
        ({"id": ["p"]}, "'other' lacks 'x':"),
        ({"x": [1.5], "y": [1.5]}, "'other' adds 'y':"),
        ({"y": [1.5]}, "'other' lacks 'x' and adds 'y'"),
    ):
        with pytest.raises(InvalidTableError, match=message):
            conform_together(first, {"other": pd.DataFrame(other)})


REFUSED: dict[str, tuple[Any, Any, type[Exception], str]] = {
    "strings for numbers": ([1.5, 2.5], [SECRET], InvalidColumnError, "holds categories where"),
    "categories for numbers": (
        [1.5, 2.5],
        pd.Categorical([SECRET]),
        InvalidColumnError,
        "holds categories where",
    ),
    "truth values for numbers": ([1.5, 2.5], [True], InvalidColumnError, "holds categories where"),
    "numbers for strings": (["a", "b"], [1.5], InvalidColumnError, "holds numbers where"),
    "numbers for truth values": ([True, False], [1, 0], InvalidColumnError, "holds numbers where"),
    "strings for dates": (DAYS, [SECRET], InvalidColumnError, "holds categories where"),
    "zones": (DAYS, DAYS.dt.tz_localize("UTC"), InvalidColumnError, "with a zone where"),
    "infinite": ([1.5, 2.5], [np.inf], InvalidColumnError, "holds 1 infinite"),
    "lists": (["a", "b"], [[SECRET]], UnsupportedTypeError, "type list"),
    "complex": ([1.5, 2.5], [1j], InvalidColumnError, "Complex"),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_can_t_be_compared_is_refused_by_table_and_column(case: str) -> None:
    first, other, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message) as caught:
        together(first, other)
    assert "'x'" in str(caught.value)
    assert "table 'release'" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_declared_types_are_those_of_the_first() -> None:
    tables = together(["1", "3"], ["2"], types={"x": "int"})
    assert tables[1].numeric.tolist() == [[1.0]]
    tables = together([1, 3, 1], [3, 4], types={"x": "category"})
    assert tables[1].codes.ravel().tolist() == [1, 2]


def test_tables_that_were_read_together_are_joined_by_further_ones() -> None:
    first = read_table(pd.DataFrame({"x": ["a", "b"], "y": [1.5, 2.5]}))
    first, second = conform_together(first, {"p": pd.DataFrame({"x": ["z"], "y": [0.5]})})
    third = pd.DataFrame({"y": [7.5], "x": ["c"]})
    tables = conform_together(first, {"p": second, "q": third})
    assert [table.codes.ravel().tolist() for table in tables] == [[0, 1], [2], [3]]
    assert tables[1].numeric is second.numeric
    # Also when the later table was read with fewer levels, and when with more.
    alone = read_table(pd.DataFrame({"x": ["a", "b"], "y": [1.5, 2.5]}))
    narrow, wide = conform_together(alone, {"q": third})
    again = conform_together(
        alone,
        {"narrow": alone, "wide": wide, "p": pd.DataFrame({"x": ["b", "aa"], "y": [0.5, 0.5]})},
    )
    assert [table.codes.ravel().tolist() for table in again] == [[0, 1], [0, 1], [3], [1, 2]]
    assert narrow.schema is wide.schema


@pytest.mark.parametrize(
    "other",
    [{"x": ["a", "b"], "y": [1.5, 9.5]}, {"x": ["a", "b"], "z": [1.5, 2.5]}, {"x": ["a", "b"]}],
)
def test_tables_of_unrelated_schemas_are_refused(other: dict[str, Any]) -> None:
    first = read_table(pd.DataFrame({"x": ["a", "b"], "y": [1.5, 2.5]}))
    with pytest.raises(InvalidTableError, match="'other' is a Table that was read on its own"):
        conform_together(first, {"other": read_table(pd.DataFrame(other))})


def test_every_dtype_conforms_to_itself(column: pd.Series) -> None:
    frame = column.to_frame("x")
    first, second = conform_together(read_table(frame), {"other": frame.iloc[::-1]})
    assert first.schema is second.schema
    np.testing.assert_array_equal(second.numeric[::-1], first.numeric)
    np.testing.assert_array_equal(second.codes[::-1], first.codes)
