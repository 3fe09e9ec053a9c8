"""What can't be read is refused by name, with the way out and without a cell."""

from __future__ import annotations

import decimal
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from avatars.exceptions import (
    AvatarsError,
    InvalidColumnError,
    InvalidParameterError,
    InvalidTableError,
    UnsupportedTypeError,
)
from avatars.tables import conform, read_table

SECRET = "ZZSECRET"
NAMES = [f"{SECRET}{i}" for i in range(12)]
PEOPLE = {"age": [41, 50, 38, 41], "sex": ["f", "m", "f", "f"]}


def column(cells: Any, dtype: Any = None) -> Callable[[], pd.DataFrame]:
    return lambda: pd.DataFrame({"bad": pd.Series(cells, dtype=dtype)})


class Opaque:
    """Has neither an order nor a repr that says what it is."""


class Changing:
    """Can be compared, but not hashed."""

    def __eq__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return SECRET


# source, options, the error, what its message holds
CASES: dict[str, tuple[Callable[[], Any], dict[str, Any], type[AvatarsError], str]] = {
    "no columns": (
        lambda: np.empty((12, 0)),
        {},
        InvalidTableError,
        r"0 feature\(s\) \(shape=\(12, 0\)\) while a minimum of 1 is required\.",
    ),
    "no rows": (lambda: np.empty((0, 3)), {}, InvalidTableError, r"0 sample\(s\)"),
    "no rows, frame": (
        lambda: pd.DataFrame({"a": []}),
        {},
        InvalidTableError,
        r"0 sample\(s\) \(shape=\(0, 1\)\)",
    ),
    "one dimension": (lambda: np.arange(5), {}, InvalidTableError, "Reshape your data"),
    "a series": (lambda: pd.Series([1, 2]), {}, InvalidTableError, "Reshape your data.*to_frame"),
    "three dimensions": (lambda: np.zeros((2, 2, 2)), {}, InvalidTableError, "dim 3"),
    "a number": (lambda: 5, {}, UnsupportedTypeError, "scalar of type int"),
    "nothing": (lambda: None, {}, UnsupportedTypeError, "scalar of type NoneType"),
    "a dict": (lambda: {"a": NAMES}, {}, UnsupportedTypeError, "type dict"),
    "rows of two lengths": (lambda: [[1, 2], [3]], {}, UnsupportedTypeError, "one length"),
    "a structured array": (
        lambda: np.zeros(3, dtype=[("a", int), ("b", float)]),
        {},
        UnsupportedTypeError,
        "DataFrame",
    ),
    "a masked array": (
        lambda: np.ma.masked_equal(np.arange(6).reshape(3, 2), 2),
        {},
        UnsupportedTypeError,
        "masked array.*filled",
    ),
    "a sparse matrix": (
        lambda: sparse.csr_matrix(np.eye(3)),
        {},
        UnsupportedTypeError,
        "sparse.*Sparse data.*toarray",
    ),
    "a sparse array": (
        lambda: sparse.coo_array(np.eye(3)),
        {},
        UnsupportedTypeError,
        "Sparse data",
    ),
    "repeated labels": (
        lambda: pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"]),
        {},
        InvalidTableError,
        "several columns named 'a': rename",
    ),
    "complex numbers": (
        lambda: np.ones((3, 2), dtype=complex),
        {},
        InvalidColumnError,
        "Complex data not supported",
    ),
    "complex objects": (
        column([1j, 2.0, 3j], object),
        {},
        InvalidColumnError,
        "type complex. Complex data not supported",
    ),
    "infinite floats": (
        column([1.0, np.inf, -np.inf, np.nan]),
        {},
        InvalidColumnError,
        "column 'bad' holds 2 infinite values",
    ),
    "infinite in Float32": (
        column(pd.array([1.0, np.inf], dtype="Float32")),
        {},
        InvalidColumnError,
        "holds 1 infinite",
    ),
    "infinite objects": (column([1.5, 10**400], object), {}, InvalidColumnError, "1 infinite"),
    "infinite decimals": (
        column([decimal.Decimal("Infinity"), decimal.Decimal(1)]),
        {},
        InvalidColumnError,
        "1 infinite decimals",
    ),
    "identifiers that are one string": (
        lambda: pd.DataFrame({"a": [1, 2]}),
        {"identifiers": "a"},
        InvalidParameterError,
        "sequence of labels, got one str",
    ),
    "decimals of many digits": (
        column([decimal.Decimal("1e60"), decimal.Decimal("0.5")]),
        {},
        InvalidColumnError,
        "more than 36 digits",
    ),
    "integers far apart": (column([-(2**70), 2**70]), {}, InvalidColumnError, "64 bits apart"),
    "lists": (column([[SECRET], [1]]), {}, UnsupportedTypeError, "'bad' holds cells of type list"),
    "dicts": (
        column([{"a": SECRET}, 1.5, 2.5]),
        {},
        UnsupportedTypeError,
        "type dict: .*argument must be .* string.* number",
    ),
    "sets": (column([{SECRET}, None]), {}, UnsupportedTypeError, "type set"),
    "frozensets": (column([frozenset([SECRET])] * 3), {}, UnsupportedTypeError, "type frozenset"),
    "tuples": (column([(SECRET, 1)] * 3), {}, UnsupportedTypeError, "type tuple"),
    "arrays": (column([np.zeros(2)] * 3, object), {}, UnsupportedTypeError, "type ndarray"),
    "opaque objects": (column([Opaque()] * 3), {}, UnsupportedTypeError, "type Opaque"),
    "unhashable objects": (column([Changing()] * 3), {}, UnsupportedTypeError, "type Changing"),
    "long bytes": (column([SECRET.encode() * 1000] * 3), {}, InvalidColumnError, "up to 8000 long"),
    "lists as categories": (
        column([[SECRET], [1]]),
        {"types": {"bad": "category"}},
        UnsupportedTypeError,
        "type list",
    ),
    "intervals": (
        lambda: pd.DataFrame({"bad": pd.interval_range(0, 3)}),
        {},
        UnsupportedTypeError,
        "interval.*left and its right end",
    ),
    "a sparse column": (
        column(pd.arrays.SparseArray([0, 0, 1])),
        {},
        UnsupportedTypeError,
        r"'bad'.*Sparse data.*to_dense\(\)",
    ),
    "datetimes of two zones": (
        column([pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020", tz="Asia/Tokyo")], object),
        {},
        InvalidColumnError,
        "2 zones",
    ),
    "moments of two grains": (
        column([pd.Timestamp(1), pd.Timestamp("9999-01-01").as_unit("s")], object),
        {},
        InvalidColumnError,
        "one unit of time",
    ),
    "names": (column(NAMES), {}, InvalidColumnError, "12 distinct values in 12 rows: .*identifier"),
    "names in objects": (column(NAMES, object), {}, InvalidColumnError, "12 distinct"),
    "names as category": (column(NAMES, "category"), {}, InvalidColumnError, "12 distinct"),
    "names with gaps": (
        column([*NAMES, None, None], object),
        {},
        InvalidColumnError,
        "12 distinct values in 14 rows",
    ),
    "names, one twice": (column([*NAMES, NAMES[0]]), {}, InvalidColumnError, "12 distinct"),
    "names of five": (column(NAMES[:5]), {}, InvalidColumnError, "5 distinct"),
    "names declared as category": (
        column(NAMES),
        {"types": {"bad": "category"}},
        InvalidColumnError,
        "12 distinct",
    ),
    "amounts declared as category": (
        column(np.sqrt(np.arange(30))),
        {"types": {"bad": "category"}},
        InvalidColumnError,
        "30 distinct",
    ),
    "mixed names": (column([*NAMES, 1, 2], object), {}, InvalidColumnError, "14 distinct"),
    "types of an unknown column": (
        lambda: pd.DataFrame(PEOPLE),
        {"types": {"agee": "int"}},
        InvalidParameterError,
        "parameter 'types' names 'agee'",
    ),
    "types that are none": (
        lambda: pd.DataFrame(PEOPLE),
        {"types": {"age": "number"}},
        InvalidParameterError,
        "column 'age' .* choose from int, bool",
    ),
    "types that map nothing": (
        lambda: pd.DataFrame(PEOPLE),
        {"types": ["age"]},
        InvalidParameterError,
        "must map labels to types, got list",
    ),
    "strings that are no numbers": (
        column(["12", SECRET, "3.5", None], object),
        {"types": {"bad": "float"}},
        InvalidColumnError,
        "1 cells can't be read",
    ),
    "strings that are infinite": (
        column(["12", "inf"]),
        {"types": {"bad": "float"}},
        InvalidColumnError,
        "1 infinite",
    ),
    "strings that are no dates": (
        column(["2020-01-01", SECRET]),
        {"types": {"bad": "datetime"}},
        InvalidColumnError,
        "1 cells can't be read",
    ),
    "dates of two zones": (
        column(["2020-01-01T00:00+01:00", "2020-01-01T00:00+02:00"]),
        {"types": {"bad": "datetime"}},
        InvalidColumnError,
        "several zones",
    ),
    "numbers declared as dates": (
        column([1, 2, 2]),
        {"types": {"bad": "datetime"}},
        InvalidColumnError,
        "declared 'datetime' but holds numbers",
    ),
    "dates declared as numbers": (
        column(pd.to_datetime(["2020-01-01", "2021-01-01"])),
        {"types": {"bad": "int"}},
        InvalidColumnError,
        "declared 'int' but holds datetimes",
    ),
    "truth values declared as numbers": (
        column([True, False, True]),
        {"types": {"bad": "int"}},
        InvalidColumnError,
        "holds truth values",
    ),
    "three values declared as bool": (
        column([1, 2, 3, 3]),
        {"types": {"bad": "bool"}},
        InvalidColumnError,
        "3 distinct values",
    ),
    "an unknown key": (
        lambda: pd.DataFrame(PEOPLE),
        {"primary_key": "id"},
        InvalidParameterError,
        "'primary_key' names column 'id'",
    ),
    "an unknown identifier": (
        lambda: pd.DataFrame(PEOPLE),
        {"identifiers": ["id"]},
        InvalidParameterError,
        "'identifiers' names column 'id'",
    ),
    "a key that repeats": (
        lambda: pd.DataFrame({"id": [1, 1, 1, 2], **PEOPLE}),
        {"primary_key": "id"},
        InvalidColumnError,
        "primary key, but 0 of its cells are missing and 2 repeat",
    ),
    "a key with gaps": (
        column([SECRET, None, "b"], object),
        {"primary_key": "bad"},
        InvalidColumnError,
        "1 of its cells are missing",
    ),
    "a key of lists": (
        column([[SECRET], [1]]),
        {"primary_key": "bad"},
        UnsupportedTypeError,
        "type list",
    ),
    "identifiers that are floats": (
        column([0.5, 1.5]),
        {"identifiers": ["bad"]},
        InvalidColumnError,
        "strings or whole numbers only",
    ),
    "identifiers that are dates": (
        column(pd.to_datetime(["2020-01-01", "2021-01-01"])),
        {"identifiers": ["bad"]},
        InvalidColumnError,
        "strings or whole numbers only",
    ),
    "identifiers that are mixed": (
        column([1, SECRET], object),
        {"identifiers": ["bad"]},
        InvalidColumnError,
        "strings or whole numbers only",
    ),
}


def chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [e for e in (current.__cause__, current.__context__) if e is not None]


def assert_is_discreet(error: BaseException) -> None:
    text = "".join(traceback.format_exception(error))
    assert SECRET not in text
    for link in chain(error):
        assert SECRET not in str(link)
        assert SECRET not in repr(link)
        assert SECRET not in repr(link.args)
    assert len(str(error)) < 2_000


@pytest.mark.parametrize("case", CASES, ids=str)
def test_table_is_refused(case: str) -> None:
    make, options, kind, message = CASES[case]
    source = make()
    with pytest.raises(kind, match=message) as caught:
        read_table(source, **options)
    assert isinstance(caught.value, ValueError | TypeError)
    assert_is_discreet(caught.value)


FRAMES = [name for name, (make, *_) in CASES.items() if isinstance(make(), pd.DataFrame)]


@pytest.mark.parametrize("case", FRAMES, ids=str)
def test_frame_is_unchanged_when_it_is_refused(case: str) -> None:
    make, options, kind, _ = CASES[case]
    source = make()
    before = source.copy(deep=True)
    with pytest.raises(kind):
        read_table(source, **options)
    pd.testing.assert_frame_equal(source, before)


ARROW_REFUSED = {
    "list": ([[SECRET]] * 3, "list_"),
    "struct": ([{"a": 1}] * 3, "struct"),
    "binary": ([SECRET.encode()] * 3, "binary"),
    "wide decimal": ([decimal.Decimal(10**20)] * 3, "decimal128"),
}


@pytest.mark.parametrize("case", ARROW_REFUSED, ids=str)
def test_arrow_column_is_refused(case: str) -> None:
    pa = pytest.importorskip("pyarrow")
    cells, kind = ARROW_REFUSED[case]
    dtypes = {
        "list_": pa.list_(pa.string()),
        "struct": pa.struct([("a", pa.int64())]),
        "binary": pa.binary(),
        "decimal128": pa.decimal128(38, 2),
    }
    frame = pd.DataFrame({"bad": pd.Series(cells, dtype=pd.ArrowDtype(dtypes[kind]))})
    with pytest.raises((UnsupportedTypeError, InvalidColumnError), match="'bad'") as caught:
        read_table(frame)
    assert_is_discreet(caught.value)


# the first table, the other one, the error, what its message holds
OTHERS: dict[str, tuple[dict[Any, Any], dict[Any, Any], type[AvatarsError], str]] = {
    "a column lacks": (PEOPLE, {"age": [1]}, InvalidTableError, "lacks 'sex'"),
    "a column too many": (
        PEOPLE,
        {**PEOPLE, "x": [1] * 4},
        InvalidTableError,
        "table 'other' adds 'x'",
    ),
    "one of each": (
        PEOPLE,
        {"age": [1], "gender": ["f"]},
        InvalidTableError,
        "lacks 'sex' and adds",
    ),
    "another order": (PEOPLE, {"sex": ["f"], "age": [1]}, InvalidTableError, "another order"),
    "strings for numbers": (
        PEOPLE,
        {"age": [SECRET], "sex": ["f"]},
        InvalidColumnError,
        "column 'age' holds categories where .* holds numbers",
    ),
    "numbers for strings": (
        PEOPLE,
        {"age": [1], "sex": [1]},
        InvalidColumnError,
        "'sex' holds numbers where .* holds strings",
    ),
    "naive for zoned": (
        {"t": pd.to_datetime(["2020-01-01", "2021-01-01"]).tz_localize("UTC")},
        {"t": pd.to_datetime(["2020-01-01"])},
        InvalidColumnError,
        "without a zone where .* with a zone",
    ),
    "infinite": (
        {"x": [0.5, 1.5]},
        {"x": [np.inf]},
        InvalidColumnError,
        "'x' holds 1 infinite",
    ),
    "lists": ({"x": ["a", "b"]}, {"x": [[SECRET]]}, UnsupportedTypeError, "type list"),
}


@pytest.mark.parametrize("case", OTHERS, ids=str)
def test_other_table_is_refused_when_it_does_not_conform(case: str) -> None:
    first, other, kind, message = OTHERS[case]
    table = read_table(pd.DataFrame(first))
    with pytest.raises(kind, match=message) as caught:
        conform(pd.DataFrame(other), table.schema, name="other")
    assert_is_discreet(caught.value)


def test_repr_says_names_and_shapes_only() -> None:
    frame = pd.DataFrame(
        {"who": [SECRET, SECRET, "b"], "cat": pd.Categorical([SECRET, "b", "b"]), "n": [7, 8, 9]}
    )
    table = read_table(frame)
    for thing in (table, table.schema, *table.schema.columns, table.schema.columns[0].codec):
        assert SECRET not in repr(thing)
        assert SECRET not in str(thing)
    assert repr(table) == "Table(3 rows, 3 columns: 'who' category, 'cat' category, 'n' numeric)"


def test_nothing_is_warned_of_when_columns_are_ordinary(mixed: pd.DataFrame) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = read_table(mixed)
        table.schema.frame(table.numeric, table.codes, identifiers_seed=np.random.default_rng(0))
        conform(mixed, table.schema)
    assert [str(warning.message) for warning in caught] == []


def test_message_stays_short_when_many_labels_are_wrong() -> None:
    frame = pd.DataFrame(np.zeros((2, 400)), columns=["x" * 500] * 400)
    with pytest.raises(InvalidTableError) as caught:
        read_table(frame)
    assert len(str(caught.value)) < 2_000
    with pytest.raises(InvalidParameterError) as other:
        read_table(pd.DataFrame(PEOPLE), types={f"{'y' * 500}{i}": "int" for i in range(400)})
    assert len(str(other.value)) < 2_000
    assert re.search("and 395 more", str(other.value))
