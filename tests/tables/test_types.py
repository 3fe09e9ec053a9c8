"""Declared types, identifiers and the way a second table is read."""

from __future__ import annotations

import decimal
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import IdentifierWarning, InvalidColumnError
from avatars.models import ColumnType
from avatars.tables import Table, conform, read_table


def back(table: Table, n_rows: int | None = None, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = np.arange(table.n_rows if n_rows is None else n_rows) % table.n_rows
    return table.schema.frame(table.numeric[rows], table.codes[rows], identifiers_seed=rng)


# cells, declared type, kind, the column that comes back
DECLARED: dict[str, tuple[pd.Series, Any, str, pd.Series]] = {
    "int of strings": (pd.Series(["12", "7"]), "int", "numeric", pd.Series([12, 7])),
    "int of strings with gaps": (
        pd.Series(["12", None], dtype=object),
        ColumnType.INT,
        "numeric",
        pd.Series([12, None], dtype="Int64"),
    ),
    "int of long strings": (
        pd.Series([str(2**62 + 3), str(2**62)]),
        "int",
        "numeric",
        pd.Series([2**62 + 3, 2**62]),
    ),
    "int of decimal strings": (pd.Series(["1.2", "2.9"]), "int", "numeric", pd.Series([1.0, 3.0])),
    "int of floats": (pd.Series([1.25, 2.75]), "int", "numeric", pd.Series([1.0, 3.0])),
    "int of a counter": (pd.Series(range(30)), "int", "numeric", pd.Series(range(30))),
    "float of strings": (
        pd.Series(["3.5", None, "2"], dtype=object),
        ColumnType.FLOAT,
        "numeric",
        pd.Series([3.5, np.nan, 2.0]),
    ),
    "float of a category": (
        pd.Series(["3.5", "2", "2"], dtype="category"),
        "float",
        "numeric",
        pd.Series([3.5, 2.0, 2.0]),
    ),
    "float of integers": (pd.Series([3, 1]), "float", "numeric", pd.Series([3, 1])),
    "float of nothing": (
        pd.Series([None, None], dtype=object),
        "float",
        "numeric",
        pd.Series([np.nan, np.nan]),
    ),
    "category of integers": (
        pd.Series([75001, 13001, 75001], dtype="int32"),
        "category",
        "category",
        pd.Series([75001, 13001, 75001], dtype="int32"),
    ),
    "category of nullable integers": (
        pd.Series([3, None, 3], dtype="Int16"),
        "category",
        "category",
        pd.Series([3, None, 3], dtype="Int16"),
    ),
    "category of floats": (
        pd.Series([0.5, np.nan, 0.5], dtype="float32"),
        "category",
        "category",
        pd.Series([0.5, np.nan, 0.5], dtype="float32"),
    ),
    "category of float16": (
        pd.Series([0.5, 1.5, 0.5], dtype="float16"),
        "category",
        "category",
        pd.Series([0.5, 1.5, 0.5], dtype="float16"),
    ),
    "category of datetimes": (
        pd.Series(pd.to_datetime(["2020-01-01", None, "2019-01-01"])),
        "category",
        "category",
        pd.Series(pd.to_datetime(["2020-01-01", None, "2019-01-01"])),
    ),
    "category of datetimes with a zone": (
        pd.Series(pd.to_datetime(["2020-01-01", None])).dt.tz_localize("UTC"),
        "category",
        "category",
        pd.Series(pd.to_datetime(["2020-01-01", None])).dt.tz_localize("UTC"),
    ),
    "bool of integers": (pd.Series([0, 1, 0]), "bool", "category", pd.Series([0, 1, 0])),
    "bool of strings": (
        pd.Series(["yes", "no", "no"]),
        "bool",
        "category",
        pd.Series(["yes", "no", "no"]),
    ),
    "bool of bools": (pd.Series([True, True]), "bool", "category", pd.Series([True, True])),
    "datetime of datetimes": (
        pd.Series(pd.to_datetime(["2020-01-01"])),
        "datetime_tz",
        "numeric",
        pd.Series(pd.to_datetime(["2020-01-01"])),
    ),
}


@pytest.mark.parametrize("case", DECLARED, ids=str)
def test_column_comes_back_as_declared(case: str) -> None:
    cells, declared, kind, expected = DECLARED[case]
    frame = pd.DataFrame({"x": cells, "y": 1.5})
    table = read_table(frame, types={"x": declared})
    assert table.schema.columns[0].kind == kind
    pd.testing.assert_series_equal(back(table)["x"], expected.rename("x"))
    again = conform(frame, table.schema)
    np.testing.assert_array_equal(again.numeric, table.numeric)
    np.testing.assert_array_equal(again.codes, table.codes)
    released = conform(back(table), table.schema)
    np.testing.assert_array_equal(released.row_hashes(), table.row_hashes())


@pytest.mark.parametrize("kind", ["datetime", "datetime_tz"])
def test_strings_become_datetimes_when_declared(kind: str) -> None:
    cells = ["2020-01-31", None, "2021-05-01T10:30:00"]
    table = read_table(pd.DataFrame({"x": pd.Series(cells, dtype=object)}), types={"x": kind})
    released = back(table)["x"]
    assert released.dtype.kind == "M"
    assert released[0] == pd.Timestamp("2020-01-31")
    assert released.isna().tolist() == [False, True, False]


def test_levels_are_sorted_and_both_truth_values_are_levels() -> None:
    table = read_table(pd.DataFrame({"a": ["c", "a", "b", "a"], "b": [True] * 4}))
    first, second = table.schema.columns
    assert list(first.codec.levels) == ["a", "b", "c"]
    assert (first.n_levels, second.n_levels) == (3, 2)


def test_declared_levels_count_when_they_are_unused() -> None:
    cells = pd.Categorical(["b"], categories=["c", "b", "a"], ordered=True)
    column = read_table(pd.DataFrame({"x": cells})).schema.columns[0]
    assert column.n_levels == 3
    assert column.is_ordered


INTEGERS: dict[str, tuple[list[int], Any]] = {
    "int64": (list(range(1, 41)), "int64"),
    "int8": (list(range(20)), "int8"),
    "uint8 at the top": (list(range(200, 256)), "uint8"),
    "uint64 at the top": (list(range(2**64 - 30, 2**64)), "uint64"),
    "int64 at the top": (list(range(2**63 - 30, 2**63)), "int64"),
    "int64 at both ends": ([-(2**63), 5, 2**63 - 31], "int64"),
    "Int64": (list(range(30)), "Int64"),
    "object": (list(range(30)), object),
}


@pytest.mark.parametrize("case", INTEGERS, ids=str)
def test_fresh_integers_are_disjoint_from_the_old_ones(case: str) -> None:
    cells, dtype = INTEGERS[case]
    frame = pd.DataFrame({"id": pd.Series(cells, dtype=dtype), "x": 1.5})
    table = read_table(frame, primary_key="id")
    assert table.schema.identifiers[0].slot == -1
    assert table.numeric.shape[1] == 1
    fresh = back(table)["id"]
    assert fresh.dtype == frame["id"].dtype
    assert fresh.is_unique
    assert not set(fresh) & set(cells)
    numbers = sorted(int(cell) for cell in fresh)
    assert numbers == list(range(numbers[0], numbers[0] + len(cells)))
    if len(cells) > 10:
        assert [int(cell) for cell in fresh] != numbers


def test_fresh_integers_begin_at_a_power_of_ten() -> None:
    table = read_table(pd.DataFrame({"id": [3, 682, 17], "x": 1.5}), primary_key="id")
    assert sorted(back(table)["id"]) == [1000, 1001, 1002]
    assert back(table, 2500)["id"].min() == 10_000


def test_narrow_integers_are_refused_when_there_is_no_room() -> None:
    table = read_table(
        pd.DataFrame({"id": np.array([0, 127, -128], "int8"), "x": 1.5}), primary_key="id"
    )
    with pytest.raises(InvalidColumnError, match="int8, which has no room for 3 fresh"):
        back(table)


@pytest.mark.parametrize(
    "dtype", ["str", object, "string[python]", "category", "string[pyarrow]", "arrow", "dictionary"]
)
def test_fresh_strings_are_random_uuids(dtype: Any) -> None:
    if dtype in ("string[pyarrow]", "arrow", "dictionary"):
        pa = pytest.importorskip("pyarrow")
        arrow = {"arrow": pa.large_string(), "dictionary": pa.dictionary(pa.int32(), pa.string())}
        dtype = pd.ArrowDtype(arrow[dtype]) if dtype in arrow else dtype
    names = pd.Series([f"ZZ{i}" for i in range(15)], dtype=dtype)
    table = read_table(pd.DataFrame({"name": names, "x": 1.5}), types={"name": "identifier"})
    fresh = back(table)["name"]
    assert fresh.dtype == names.dtype or dtype == "category"
    assert fresh.is_unique
    assert {uuid.UUID(cell).version for cell in fresh} == {4}
    if dtype == "category":
        assert set(fresh.cat.categories) == set(fresh)
    assert list(back(table)["name"]) == list(fresh)
    assert set(back(table, seed=1)["name"]).isdisjoint(fresh)


def test_counter_becomes_an_identifier_with_a_warning() -> None:
    frame = pd.DataFrame({"row": np.random.default_rng(0).permutation(20) + 5, "x": 1.5})
    with pytest.warns(IdentifierWarning, match="'row' numbers the 20 rows") as caught:
        table = read_table(frame)
    assert caught[0].filename == __file__
    assert [column.label for column in table.schema.identifiers] == ["row"]
    assert set(back(table)["row"]).isdisjoint(frame["row"])
    assert read_table(frame, types={"row": "int"}).schema.identifiers == ()


@pytest.mark.parametrize(
    "cells",
    [range(19), [*range(19), 18], [*range(19), 20], [*range(19), None], np.arange(20.0)],
    ids=range(5),
)
def test_integers_are_measurements_when_they_do_not_count_rows(cells: Any) -> None:
    dtype = None if isinstance(cells, np.ndarray) else "Int64"
    table = read_table(pd.DataFrame({"x": pd.Series(cells, dtype=dtype)}))
    assert table.schema.columns[0].kind == "numeric"


@pytest.mark.parametrize("n_rows", [3, 4])
def test_tiny_table_passes_though_its_strings_differ(n_rows: int) -> None:
    table = read_table(pd.DataFrame({"group": ["A", "B", "AB", "O"][:n_rows]}))
    assert table.schema.columns[0].kind == "category"


def test_unknown_levels_are_missing_when_conforming() -> None:
    table = read_table(pd.DataFrame({"x": ["a", "b", None]}))
    other = conform(pd.DataFrame({"x": pd.Categorical(["b", "z", None])}), table.schema)
    assert other.codes.ravel().tolist() == [1, -1, -1]


# the first column, the other one, the encoded cells of the other one
CONFORMED: dict[str, tuple[Any, Any, list[float]]] = {
    "floats for integers": (pd.Series([3, 5]), pd.Series([4.0, np.nan, 2.5]), [1, np.nan, -0.5]),
    "integers for floats": (pd.Series([3.5, 5.0]), pd.Series([4]), [4]),
    "decimals for floats": (
        pd.Series([0.5, 1.5]),
        pd.Series([decimal.Decimal("1.25"), None], dtype=object),
        [1.25, np.nan],
    ),
    "floats for decimals": (
        pd.Series([decimal.Decimal("1.25"), decimal.Decimal("0.25")]),
        pd.Series([0.5]),
        [25],
    ),
    "int8 for uint64": (
        pd.Series([2**63 + 1, 2**63 + 2], dtype="uint64"),
        pd.Series([-1], dtype="int8"),
        [-float(2**63)],
    ),
    "seconds for nanoseconds": (
        pd.Series(pd.to_datetime(["2020-01-01"])).astype("M8[ns]"),
        pd.Series(pd.to_datetime(["2020-01-02"])).astype("M8[s]"),
        [86_400e9],
    ),
    "milliseconds for seconds": (
        pd.Series(pd.to_datetime(["2020-01-01"])).astype("M8[s]"),
        pd.Series(pd.to_datetime(["2020-01-01T00:00:00.250"])).astype("M8[ms]"),
        [0.25],
    ),
    "dates for datetimes": (
        pd.Series(pd.to_datetime(["2020-01-01"])).astype("M8[s]"),
        pd.Series(pd.to_datetime(["2020-01-02"]).date, dtype=object),
        [86_400],
    ),
    "another zone": (
        pd.Series(pd.to_datetime(["2020-01-01"])).astype("M8[s]").dt.tz_localize("Asia/Tokyo"),
        pd.Series(pd.to_datetime(["2020-01-01"])).astype("M8[s]").dt.tz_localize("UTC"),
        [9 * 3600],
    ),
    "missing floats for dates": (
        pd.Series(pd.to_datetime(["2020-01-01"])),
        pd.Series([np.nan]),
        [np.nan],
    ),
}


@pytest.mark.parametrize("case", CONFORMED, ids=str)
def test_other_dtype_of_the_same_family_is_read_alike(case: str) -> None:
    first, other, expected = CONFORMED[case]
    table = read_table(pd.DataFrame({"x": first}))
    found = conform(pd.DataFrame({"x": other}), table.schema).numeric.ravel()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("first", [[1, 2], [1e-300, 2e-300], [0.5, 1.5]], ids=str)
def test_number_far_outside_can_still_be_squared(first: list[float]) -> None:
    table = read_table(pd.DataFrame({"x": first}))
    far = conform(pd.DataFrame({"x": [1e300, -1e300]}), table.schema).numeric
    assert np.isfinite(far**2).all()
    assert (np.sign(far).ravel() == [1, -1]).all()


def test_levels_of_integers_are_found_among_floats() -> None:
    table = read_table(pd.DataFrame({"x": [3, 5, 3]}), types={"x": "category"})
    other = conform(pd.DataFrame({"x": [5.0, np.nan, 4.0]}), table.schema)
    assert other.codes.ravel().tolist() == [1, -1, -1]
