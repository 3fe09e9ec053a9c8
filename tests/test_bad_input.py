"""Messy and hostile tables: each one works with its shape kept, or is refused by name.

Whichever it is, no cell is in what is said, the input stays as it was, NumPy's global generator
isn't touched, and every warning is one of ours.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import itertools
import random
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from avatars import Avatarizer, AvatarSampler
from avatars.exceptions import AvatarsWarning

N = 60
SECRET = "ZZSECRET"
NUMBER = 987654321.125  # what SECRET is among strings, this is among numbers
NAMES = [f"{SECRET} {i}" for i in range(N)]
DAYS = pd.date_range("2020-01-01", periods=N, freq="31h")
WORKS = ""

Make = Callable[[], Any]


class Case(NamedTuple):
    """What is passed, with which parameters, and what the refusal says; WORKS if there is none."""

    make: Make
    refusal: str = WORKS
    parameters: dict[str, Any] = {}  # noqa: RUF012  never written to


def plain(n: int = N) -> pd.DataFrame:
    """Give a table with nothing odd about it."""
    rng = np.random.default_rng(1)
    age, pay = rng.integers(20, 80, n), rng.normal(2000, 300, n).round(2)
    return pd.DataFrame({"age": age, "pay": pay, "sex": rng.choice(["f", "m"], n)})


def odd(cells: Any, dtype: Any = None) -> Make:
    """Put a column "odd", of cells that are repeated until it is full, beside plain ones."""

    def make() -> pd.DataFrame:
        full = list(itertools.islice(itertools.cycle(cells), N))
        return plain().assign(odd=pd.Series(full, dtype=dtype))

    return make


def taken(column: Any) -> Make:
    """Put a column "odd" as it is beside plain ones."""
    return lambda: plain(len(column)).assign(odd=column)


def labelled(*labels: Any) -> Make:
    """Call the plain columns something else."""
    return lambda: plain().set_axis(pd.Index(labels, dtype=object), axis=1)


def given(**parameters: Any) -> dict[str, Any]:
    return parameters


def asks(refusal: str, **parameters: Any) -> Case:
    """Ask for something of a plain table."""
    return Case(plain, refusal, parameters)


def rows(n: int, refusal: str = WORKS, **parameters: Any) -> Case:
    return Case(lambda: plain(n), refusal, parameters)


def wide() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(2).normal(size=(40, 500))).add_prefix("x")


def collinear() -> pd.DataFrame:
    return plain().eval("twice = 2 * pay\nless = -pay\nsame = pay")


def mostly_alike() -> pd.DataFrame:
    frame = plain()
    frame.iloc[: N * 4 // 5] = frame.iloc[0]
    return frame


def levels(n_levels: int, people_each: int) -> Make:
    names = [f"{SECRET} {i}" for i in range(n_levels)] * people_each
    return lambda: pd.DataFrame(
        {"odd": names, "x": np.random.default_rng(3).normal(size=len(names))}
    )


def arrow(cells: list[Any], make_type: Callable[[Any], Any]) -> Make:
    def make() -> pd.DataFrame:
        pa = pytest.importorskip("pyarrow")
        return odd(cells, pd.ArrowDtype(make_type(pa)))()

    return make


def in_polars(**columns: list[Any]) -> Make:
    def make() -> Any:
        polars = pytest.importorskip("polars")
        return polars.DataFrame({"x": plain()["pay"].to_list(), **columns})

    return make


def in_arrow(**columns: list[Any]) -> Make:
    def make() -> Any:
        return pytest.importorskip("pyarrow").table({"x": plain()["pay"].to_list(), **columns})

    return make


def _read_only(cells: Any) -> Any:
    cells.flags.writeable = False
    return cells


def array(dtype: Any, scale: float = 9.0) -> Make:
    return lambda: (scale * np.random.default_rng(4).random((N, 3))).astype(dtype)


FRAMES: dict[str, Case] = {
    # ---- columns that say little or nothing
    "constant integers": Case(odd([7])),
    "constant floats": Case(odd([0.1])),
    "constant strings": Case(odd(["x"])),
    "constant categories": Case(odd(["x"], "category")),
    "constant dates": Case(odd(DAYS[:1])),
    "constant truth values": Case(odd([True])),
    "all floats missing": Case(odd([np.nan])),
    "all Int64 missing": Case(odd([pd.NA], "Int64")),
    "all boolean missing": Case(odd([pd.NA], "boolean")),
    "all str missing": Case(odd([None], "str")),
    "all objects None": Case(odd([None], object)),
    "all objects NaN": Case(odd([np.nan], object)),
    "all categories missing": Case(odd([None], "category")),
    "all dates missing": Case(odd([pd.NaT], "datetime64[ns]")),
    "all durations missing": Case(odd([pd.NaT], "timedelta64[ns]")),
    "all periods missing": Case(odd([pd.NaT], "period[M]")),
    "all nulls of Arrow": Case(arrow([None], lambda pa: pa.null())),
    "one number known": Case(odd([NUMBER] + [np.nan] * (N - 1))),
    "one string known": Case(odd([SECRET] + [None] * (N - 1)), "'odd' has 1 levels"),
    "one number missing": Case(odd([*range(N - 1), np.nan])),
    "everything constant": Case(lambda: pd.DataFrame({"a": [1.5] * N, "b": ["x"] * N})),
    "everything missing": Case(lambda: pd.DataFrame({"a": [np.nan] * N, "b": [None] * N})),
    # ---- numbers at the ends
    "inf": Case(odd([1.5, np.inf, NUMBER]), r"'odd' holds 20 infinite"),
    "minus inf": Case(odd([1.5, -np.inf]), r"'odd' holds 30 infinite"),
    "inf among objects": Case(odd([1.5, np.inf], object), r"'odd' holds 30 infinite"),
    "integers near 2**62": Case(odd([2**62 + i for i in range(0, 3 * N, 3)])),
    "integers at both ends": Case(odd([-(2**63), 0, 2**63 - 1])),
    "uint64 up to its end": Case(odd([2**64 - 1 - 5 * i for i in range(N)], "uint64")),
    "integers beyond 64 bits": Case(odd([2**70 + 3 * i for i in range(N)], object)),
    "integers far apart": Case(odd([-(2**70), 2**70], object), "'odd' holds whole numbers more"),
    "1e300": Case(odd([1e300 * (1 + i) for i in range(N)])),
    "1e-300": Case(odd([1e-300 * (1 + i) for i in range(N)])),
    "both ends of float64": Case(odd([1.7e308 * np.sin(i) for i in range(N)])),
    "smallest float64": Case(odd([5e-324, 0.0])),
    "tiny beside huge": Case(odd([1e-300, 1e300])),
    "minus zero": Case(odd([-0.0, 0.0])),
    "one wild value": Case(odd([1e12] + [i / 7 for i in range(N - 1)])),
    # ---- dtypes
    **{
        f"dtype {name}": Case(odd([(i * 37) % 101 for i in range(N)], name))
        for name in ("int8", "uint8", "int16", "int32", "uint32", "float16", "float32", "Float32")
    },
    **{
        f"dtype {name} with gaps": Case(odd([1, 5, None, 9, 77, 3, 20], name))
        for name in ("Int8", "UInt64", "Float64", "float64")
    },
    "bool": Case(odd([True, False, False], bool)),
    "bool with gaps": Case(odd([True, False, pd.NA], "boolean")),
    "bool among objects": Case(odd([True, False, None], object)),
    "complex": Case(odd([1j, 2.5]), "'odd' is of dtype complex128.*real"),
    "string[python]": Case(odd(["a", "b", None], "string[python]")),
    "ordered categories": Case(taken(pd.Categorical(["c", "a", "b"] * 20, ["c", "b", "a"], True))),
    "unused categories": Case(taken(pd.Categorical(["a", "b"] * 30, ["a", SECRET, "b"]))),
    "categories of numbers": Case(odd([10, 2, 33], "category")),
    "categories of intervals": Case(taken(pd.cut(np.arange(N) % 7, 3))),
    "intervals": Case(taken(pd.interval_range(0, N)), "'odd' of dtype interval.*left"),
    "periods": Case(taken(pd.period_range("2001-01", periods=N, freq="M"))),
    "durations": Case(taken(DAYS - DAYS[0])),
    "dates with gaps": Case(odd([*DAYS[:5], pd.NaT])),
    "dates at both ends": Case(odd([pd.Timestamp.min, pd.Timestamp.max])),
    "dates in seconds, year 9000": Case(odd(["9000-01-01", "9600-05-06"], "datetime64[s]")),
    "dates out of range among objects": Case(
        odd([datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)], object)
    ),
    "durations out of range among objects": Case(
        odd([datetime.timedelta(days=106_751_992 + i) for i in range(N)], object), "'odd' holds"
    ),
    "hours that the clock skips or repeats": Case(
        taken(pd.date_range("2021-10-30 21:00", periods=N, freq="31min", tz="Europe/Paris"))
    ),
    "dates of two zones": Case(
        odd([pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020", tz="Asia/Tokyo")], object),
        "'odd' holds datetimes of 2 zones",
    ),
    "datetime.date": Case(odd([datetime.date(2020, 1, 1 + i) for i in range(28)], object)),
    "datetime.time": Case(odd([datetime.time(7), datetime.time(8, 30)], object)),
    "decimals": Case(odd([decimal.Decimal(i) / 8 for i in range(50)], object)),
    "decimals of many digits": Case(
        odd([decimal.Decimal("1e60"), decimal.Decimal("0.5")], object), "'odd' holds decimals"
    ),
    "int64 of Arrow": Case(arrow([2**62, 5, None], lambda pa: pa.int64())),
    "strings of Arrow": Case(arrow(["a", "b", None], lambda pa: pa.string())),
    "dictionary of Arrow": Case(arrow(["a", "b"], lambda pa: pa.dictionary(pa.int8(), "string"))),
    "decimals of Arrow": Case(arrow([decimal.Decimal(1) / 4], lambda pa: pa.decimal128(9, 2))),
    "dates of Arrow": Case(arrow([datetime.date(2020, 2, 1)], lambda pa: pa.date32())),
    "lists of Arrow": Case(
        arrow([[SECRET]], lambda pa: pa.list_(pa.string())), "'odd' of dtype list"
    ),
    "bytes of Arrow": Case(arrow([SECRET.encode()], lambda pa: pa.binary()), "'odd' of dtype bin"),
    # ---- cells that are no cells
    "lists": Case(odd([[SECRET], [1]]), "'odd' holds cells of type list"),
    "dicts": Case(odd([{"a": SECRET}], object), "'odd' holds cells of type dict"),
    "sets": Case(odd([{SECRET}], object), "'odd' holds cells of type set"),
    "tuples": Case(odd([(SECRET, 1)], object), "'odd' holds cells of type tuple"),
    "arrays": Case(odd([np.zeros(2)], object), "'odd' holds cells of type ndarray"),
    "frames": Case(odd([pd.DataFrame({"a": [SECRET]})], object), "'odd' holds cells of type"),
    "functions": Case(odd([plain], object), "'odd' holds cells of type function"),
    "bytes": Case(odd([b"red", b"blue"], object)),
    "long bytes": Case(odd([SECRET.encode() * 500], object), "'odd' holds cells of type bytes"),
    "mixed cells": Case(odd([1, "1", 1.0, True, None, b"1"], object)),
    "mixed names": Case(odd([*NAMES[:-2], 1, 2.5], object), "'odd' holds 60 distinct"),
    # ---- strings of all sorts
    "formulas": Case(odd(["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2"])),
    "emoji": Case(odd(["👩‍⚕️", "🏥", "é", "e\u0301"])),
    "control characters": Case(odd(["\x00", "a\x00b", "\r\n", "\x1b[31m", "\u202egnp"])),
    "lone surrogates": Case(odd(["\ud800", "b"], object)),
    "very long strings": Case(odd(["x" * 100_000, "y" * 100_000])),
    "empty strings": Case(odd(["", " ", "nan", "None", "NA"])),
    "format and markup": Case(odd(["%s%n{0}", "<script>alert(1)</script>", "'; DROP TABLE--"])),
    "strings that are dates": Case(odd(["2020-01-01", "2021-05-06"])),
    "unique names": Case(odd(NAMES), "'odd' holds 60 distinct values in 60 rows.*identifier"),
    "unique names with gaps": Case(odd([*NAMES[:40], *[None] * 20]), "'odd' holds 40 distinct"),
    "free text": Case(odd([f"I am {n} and ill" for n in NAMES]), "'odd' holds 60 distinct"),
    "unique bytes": Case(odd([n.encode() for n in NAMES], object), "'odd' holds 60 distinct"),
    "unique categories": Case(odd(NAMES, "category"), "'odd' holds 60 distinct"),
    "names declared identifiers": Case(odd(NAMES), WORKS, given(types={"odd": "identifier"})),
    "unique row numbers": Case(taken(np.random.default_rng(5).permutation(N) + 1000)),
    "10,000 shared levels": Case(levels(10_000, 5)),
    "10,000 rare levels": Case(levels(10_000, 2), "'odd' has 10000 levels, each held by fewer"),
    "some rare levels": Case(odd([*["a", "b"] * 27, *NAMES[:6]])),
    "mostly rare levels": Case(odd([*["a"] * 20, *NAMES[:20] * 2])),
    # ---- labels
    "repeated labels": Case(labelled("a", "b", "a"), "several columns named 'a': rename"),
    "integer labels": Case(lambda: plain().set_axis([2, 0, 1], axis=1)),
    "tuple labels": Case(labelled(("a", 1), ("a", 2), "b")),
    "labels in levels": Case(
        lambda: plain().set_axis(
            pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["u", "v"]), axis=1
        )
    ),
    "None as a label": Case(labelled("a", None, "b")),
    "NaN as a label": Case(labelled("a", np.nan, "b")),
    "empty label": Case(labelled("a", "", "b")),
    "dates as labels": Case(lambda: plain().set_axis(DAYS[:3], axis=1)),
    "truth values as labels": Case(labelled(True, False, "b")),
    "1 and '1' as labels": Case(labelled(1, "1", 2.5)),
    "label of 10,000 characters": Case(labelled("x" * 10_000, "a", "b")),
    "long label, refused": Case(
        lambda: odd(NAMES)().rename(columns={"odd": "o" * 10_000}), r"'o{70,80}\.\.\.'"
    ),
    "emoji as labels": Case(labelled("👩‍⚕️", "\x1b[31m", "a\nb")),
    "label of control characters, refused": Case(
        lambda: odd(NAMES)().rename(columns={"odd": "\x1b[31m\n"}), r"'\\x1b\[31m\\n' holds"
    ),
    "labels like pandas' own": Case(labelled("index", "level_0", "_merge")),
    "labels like ours": Case(labelled("y", "y_", "_model")),
    "labels like methods": Case(labelled("avatars", "columns", "shape")),
    "named columns": Case(lambda: plain().rename_axis(columns=SECRET)),
    "index with names": Case(lambda: odd([1.5, 2.25])().set_index(pd.Index(NAMES, name="who"))),
    "index with duplicates": Case(lambda: plain().set_axis([0] * N)),
    # ---- shapes
    "no rows": Case(lambda: plain().iloc[:0], r"0 sample\(s\)"),
    "no columns": Case(lambda: pd.DataFrame(index=range(N)), r"0 feature\(s\)"),
    "nothing at all": Case(pd.DataFrame, r"0 feature\(s\)"),
    "one row": rows(1, "needs at least 6 rows.*has 1"),
    "two rows": rows(2, "needs at least 6 rows.*has 2"),
    "two rows, k=2": rows(2, "k=2 needs at least 3 rows.*has 2", k=2),
    "three rows, k=2": rows(3, k=2),
    "six rows": rows(6),
    "seven rows, strict": rows(7, protection="strict"),
    "far more columns than rows": Case(wide),
    "collinear columns": Case(collinear),
    "one column": Case(lambda: plain()[["pay"]]),
    "one category": Case(lambda: plain()[["sex"]]),
    "identical rows": Case(lambda: plain().iloc[[0] * N]),
    "identical rows of categories": Case(lambda: pd.DataFrame({"a": ["x"] * N})),
    "mostly identical rows": Case(mostly_alike),
    "each row twice": Case(lambda: pd.concat([plain()] * 2)),
}

OTHERS: dict[str, Case] = {
    "int8 array": Case(array(np.int8)),
    "float16 array": Case(array(np.float16)),
    "bool array": Case(lambda: array(np.int8)() > 4),
    "object array": Case(lambda: plain().to_numpy(dtype=object)),
    "big-endian array": Case(array(">f8")),
    "Fortran array": Case(lambda: np.asfortranarray(array(float)())),
    "read-only array": Case(lambda: _read_only(array(float)())),
    "list of rows": Case(lambda: plain()[["age", "pay"]].to_numpy().tolist()),
    "list of ragged rows": Case(lambda: [[1, SECRET], [3]], "type list is no table"),
    "array of inf": Case(lambda: np.full((N, 2), np.inf), "column 0 holds 60 infinite"),
    "array of one dimension": Case(lambda: np.arange(5.0), "Expected 2D array.*reshape"),
    "array of three dimensions": Case(lambda: np.zeros((2, 2, 2)), "dim 3"),
    "structured array": Case(
        lambda: np.zeros(9, dtype=[("a", int), ("b", float)]), "ndarray is no table"
    ),
    "masked array": Case(lambda: np.ma.masked_less(array(float)(), 3), "masked array.*filled"),
    "series": Case(lambda: plain()["pay"], "Expected 2D.*to_frame"),
    "sparse matrix": Case(lambda: sparse.csr_matrix(np.eye(9)), "sparse csr_matrix.*toarray"),
    "sparse column": Case(taken(pd.arrays.SparseArray([0, 0, 1] * 20)), "'odd'.*to_dense"),
    "polars": Case(in_polars(w=["a", "b", None] * 20, i=[1, 2, 3] * 20)),
    "polars, names": Case(in_polars(who=NAMES), "'who' holds 60 distinct"),
    "polars, lists": Case(in_polars(who=[[n] for n in NAMES]), "'who'"),
    "Arrow table": Case(in_arrow(w=["a", "b", None] * 20, i=[1, 2, 3] * 20)),
    "Arrow table, structs": Case(in_arrow(who=[{"a": n} for n in NAMES]), "'who'"),
    "None": Case(lambda: None, "NoneType"),
    "a number": Case(lambda: 5, "scalar of type int"),
    "a dict": Case(lambda: {"a": NAMES}, "type dict, which is no table"),
    "a set": Case(lambda: set(NAMES), "type set, which is no table"),
    "a generator": Case(lambda: (row for row in [[1, 2]]), "type generator"),
    "a class": Case(lambda: pd.DataFrame, "type type"),
    "a string of another suffix": Case(lambda: "people.txt", "'path' ends in '.txt'"),
    "a string with a zero": Case(lambda: "a\x00b.csv", "embedded null byte"),
    "a string without a suffix": Case(lambda: "people", "'path' ends in ''"),
    "a web address": Case(lambda: "http://localhost/people.csv", "'path' is a URL"),
}

PARAMETERS: dict[str, Case] = {
    "k=1": asks("'k' must be greater than or equal to 2", k=1),
    "k=0": asks("'k' must be", k=0),
    "k negative": asks("'k' must be", k=-20),
    "k a string": asks("'k' must be", k="20"),
    "k a float": asks("'k' must be", k=2.5),
    "k a truth value": asks("'k' must be", k=True),
    "k NaN": asks("'k' must be", k=float("nan")),
    "k huge": asks("k=100000000000 needs at least", k=10**11),
    "k as many as rows": asks("k=60 needs at least 61 rows", k=N),
    "k one less than rows": asks(WORKS, k=N - 1),
    "k of NumPy": asks(WORKS, k=np.int64(5)),
    "k low": asks(WORKS, k=2),
    "ncp more than columns": asks(WORKS, ncp=50),
    "ncp=0": asks("'ncp' must be", ncp=0),
    "ncp a string": asks("'ncp' must be", ncp="5"),
    "use_categorical_reduction a number": asks(
        "'use_categorical_reduction'", use_categorical_reduction=3
    ),
    "types unknown": asks("'types' declares column 'age'", types={"age": "number"}),
    "types of no column": asks("'types' names 'ages'", types={"ages": "int"}),
    "types a list": asks("'types' must map", types=["age"]),
    "types wrong for the cells": Case(
        odd([SECRET, "12"]), "'odd' is declared as numbers", given(types={"odd": "float"})
    ),
    "column_weights of no column": asks(
        "'column_weights' names no.*'ages'", column_weights={"ages": 1.0}
    ),
    "column_weights negative": asks("'column_weights'.*'age'", column_weights={"age": -1.0}),
    "column_weights NaN": asks("'column_weights'.*'age'", column_weights={"age": np.nan}),
    "column_weights inf": asks("'column_weights'.*'age'", column_weights={"age": np.inf}),
    "column_weights strings": asks("'column_weights'", column_weights={"age": "1"}),
    "column_weights a list": asks("'column_weights'", column_weights=[1, 2]),
    "column_weights huge": asks(WORKS, column_weights={"age": 1e300}),
    "column_weights all 0": asks(WORKS, column_weights={"age": 0, "pay": 0, "sex": 0}),
    "exclude_variable_names of no column": asks(
        "'exclude_variable_names'.*'ages'", exclude_variable_names=["ages"]
    ),
    "exclude_variable_names a string": asks(
        "'exclude_variable_names' must be a list", exclude_variable_names="age"
    ),
    "exclude_variable_names a number": asks("'exclude_variable_names'", exclude_variable_names=5),
    "exclude_variable_names unhashable": asks(
        "'exclude_variable_names'", exclude_variable_names=[["age"]]
    ),
    "exclude_variable_names everything": asks(
        "'exclude_variable_names' leaves no column", exclude_variable_names=["age", "pay", "sex"]
    ),
    "identifiers and nothing else": Case(
        lambda: pd.DataFrame({"id": range(N)}), "leaves no column to avatarize"
    ),
    "exclude_variable_names some": asks(WORKS, exclude_variable_names=["pay"]),
    "exclude_replacement_strategy unknown": asks(
        "'exclude_replacement_strategy' must be one of", exclude_replacement_strategy="random"
    ),
    "imputation_method unknown": asks(
        "'imputation_method' must be one of", imputation_method="magic"
    ),
    "imputation_k=0": asks("'imputation_k' must be", imputation_k=0),
    "imputation_training_fraction=0": asks(
        "'imputation_training_fraction'", imputation_training_fraction=0
    ),
    "imputation_training_fraction=1.5": asks(
        "'imputation_training_fraction'", imputation_training_fraction=1.5
    ),
    "imputation_training_fraction tiny": Case(
        odd([1.5, None, 7.25]), WORKS, given(imputation_training_fraction=1e-9)
    ),
    "dp_epsilon and a seed": asks(
        "'random_state' can't be set with dp_epsilon", dp_epsilon=1.0, k=5
    ),
    "dp_delta alone": asks("'dp_delta' belongs to differential privacy", dp_delta=1e-6),
    "protection unknown": asks("'protection' must be one of", protection="maximal"),
    "protection None": asks("'protection'", protection=None),
    "target of no column": asks("'target' names no", target="ages"),
    "target unhashable": asks("'target'", target=["age"]),
    "known_variables of no column": asks("'known_variables' names no", known_variables=["ages"]),
    "manager an object": asks("'manager' must be None or a Manager", manager=object()),
    "random_state negative": asks("'random_state' must be", random_state=-1),
    "random_state a string": asks("'random_state' must be", random_state="x"),
    "random_state a float": asks("'random_state' must be", random_state=1.5),
    "random_state a truth value": asks("'random_state' must be", random_state=True),
    "random_state huge": asks(WORKS, random_state=2**200),
    "n_jobs=0": asks("n_jobs", n_jobs=0),
    "n_jobs a string": asks("'n_jobs'", n_jobs="2"),
    "individual_level=False": asks(WORKS, individual_level=False),
    "primary_key of no column": asks("'primary_key' names column 'id'", primary_key="id"),
    "primary_key unhashable": asks("'primary_key'", primary_key=["id"]),
    "primary_key that repeats": Case(
        odd([SECRET, "b"]), "'odd' is the primary key.*58 repeat", given(primary_key="odd")
    ),
    "primary_key with gaps": Case(
        odd([*NAMES[1:], None]), "'odd' is the primary key, but 1", given(primary_key="odd")
    ),
    "primary_key of floats": Case(
        odd([NUMBER + i for i in range(N)]),
        "'odd' of dtype float64.*identifiers",
        given(primary_key="odd"),
    ),
    "primary_key of names": Case(odd(NAMES), WORKS, given(primary_key="odd")),
}

CASES = {**FRAMES, **OTHERS, **PARAMETERS}


# ---- the three doors


def by_avatarizer(source: Any, parameters: dict[str, Any]) -> Any:
    return Avatarizer(**{"random_state": 0, **parameters}).fit_transform(source)


def by_accessor(source: Any, parameters: dict[str, Any]) -> Any:
    return source.avatars.avatarize(random_state=0, **parameters)


def by_sampler(source: Any, parameters: dict[str, Any]) -> Any:
    y = np.arange(len(source)) % 2
    X, _ = AvatarSampler(**{"random_state": 0, **parameters}).fit_resample(source, y)
    return X


# ---- what holds in every case


def links(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set()
    while waiting:
        link = waiting.pop()
        if id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [e for e in (link.__cause__, link.__context__) if e is not None]


def assert_is_discreet(error: BaseException) -> None:
    assert len(str(error)) < 2_000
    for link in links(error):
        # What Python prints of it, but for the lines of source code.
        printed = traceback.TracebackException.from_exception(link).format_exception_only()
        for text in (*printed, repr(link), repr(link.args), repr(getattr(link, "__notes__", ""))):
            assert SECRET not in text
            assert str(int(NUMBER)) not in text


def assert_is_unchanged(source: Any, twin: Any) -> None:
    if isinstance(source, pd.DataFrame):
        pd.testing.assert_frame_equal(source, twin, check_freq=True, check_flags=True)
        assert source.attrs == twin.attrs
    elif isinstance(source, pd.Series):
        pd.testing.assert_series_equal(source, twin)
    elif isinstance(source, np.ndarray):
        assert source.dtype == twin.dtype
        np.testing.assert_array_equal(source, twin)
    elif sparse.issparse(source):
        np.testing.assert_array_equal(source.toarray(), twin.toarray())
    elif hasattr(source, "__next__"):
        assert list(source) == list(twin)
    elif hasattr(source, "equals") and not isinstance(source, type):
        assert source.equals(twin)
    else:
        assert source == twin


def attempt(case: Case, door: Callable[[Any, dict[str, Any]], Any]) -> Any:
    """Return what comes out, or the refusal, having checked what must hold either way."""
    source, twin = case.make(), case.make()
    before = repr((np.random.get_state(), random.getstate()))  # noqa: NPY002
    outcome: Any
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            outcome = door(source, case.parameters)
        except (ValueError, TypeError) as error:
            outcome = error
            assert_is_discreet(error)
    assert repr((np.random.get_state(), random.getstate())) == before  # noqa: NPY002
    assert_is_unchanged(source, twin)
    for warning in heard:
        assert issubclass(warning.category, AvatarsWarning)
        assert SECRET not in str(warning.message)
        assert str(int(NUMBER)) not in str(warning.message)
    return outcome


# ---- what holds where it works


def as_frame(thing: Any) -> pd.DataFrame:
    if isinstance(thing, pd.DataFrame):
        return thing
    if hasattr(thing, "to_pandas"):
        return thing.to_pandas()
    array = np.asarray(thing)
    return pd.DataFrame(array.astype(array.dtype.newbyteorder("=")))


def cells_of(column: pd.Series) -> list[Any]:
    return [cell for cell in column.astype(object) if not pd.isna(cell)]


def is_measured(column: pd.Series) -> bool:
    """Tell whether cells can be averaged: numbers and moments, of one type."""
    kinds = {type(cell) for cell in cells_of(column)}
    if isinstance(column.dtype, pd.CategoricalDtype) or len(kinds) != 1:
        return False
    measures = (int, float, np.number, decimal.Decimal, datetime.date, datetime.timedelta)
    (kind,) = kinds
    return issubclass(kind, (*measures, pd.Period)) and kind is not bool


def is_issued(column: pd.Series, parameters: dict[str, Any]) -> bool:
    """Tell whether fresh values are issued: it is declared an identifier, or numbers the rows."""
    if column.name == parameters.get("primary_key", object()) or parameters.get("types") == {
        column.name: "identifier"
    }:
        return True
    cells = cells_of(column)
    counts = len(cells) == len(column) >= 20 and pd.api.types.is_integer_dtype(column.dtype)
    return counts and sorted(cells) == list(range(min(cells), min(cells) + len(cells)))


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    columns = [frame.iloc[:, c].astype(object) for c in range(frame.shape[1])]
    return list(zip(*(c.where(c.notna(), None) for c in columns), strict=True))


def assert_labels_and_dtypes_are_kept(released: Any, source: Any) -> None:
    if isinstance(source, pd.DataFrame):
        pd.testing.assert_index_equal(released.columns, source.columns, exact=True)
        pd.testing.assert_index_equal(released.index, pd.RangeIndex(len(source)), exact=True)
        assert released.attrs == {}
        for place in range(source.shape[1]):
            dtype, new = source.dtypes.iloc[place], released.dtypes.iloc[place]
            if isinstance(dtype, pd.CategoricalDtype):
                assert isinstance(new, pd.CategoricalDtype)
                assert new.ordered == dtype.ordered
                kept = dtype.categories.isin(new.categories)
                assert list(dtype.categories[kept]) == list(new.categories)
            else:
                assert new == dtype
    elif hasattr(source, "schema"):
        assert released.schema == source.schema
    else:
        assert isinstance(released, np.ndarray)
        assert released.dtype == np.asarray(source).dtype


def assert_cells_are_of_the_source(
    released: pd.DataFrame, source: pd.DataFrame, issued: list[int]
) -> None:
    for place in range(source.shape[1]):
        old, new = cells_of(source.iloc[:, place]), cells_of(released.iloc[:, place])
        if place in issued:
            assert len(set(new)) == len(source)
            assert set(new).isdisjoint(old)
        elif is_measured(source.iloc[:, place]):
            assert not new or (min(old) <= min(new) and max(new) <= max(old))
        else:
            assert {(type(cell), cell) for cell in new} <= {(type(cell), cell) for cell in old}


def assert_nobody_is_copied(
    released: pd.DataFrame, source: pd.DataFrame, issued: list[int]
) -> None:
    """Whoever holds a measured value that nobody else holds must not come out as they are."""
    there = [place for place in range(source.shape[1]) if place not in issued]
    people, avatars = rows_of(source.iloc[:, there]), rows_of(released.iloc[:, there])
    exposed: set[tuple[Any, ...]] = set()
    for place, column in enumerate(there):
        if is_measured(source.iloc[:, column]):
            held = collections.Counter(row[place] for row in people)
            exposed |= {row for row in people if row[place] is not None and held[row[place]] == 1}
    assert exposed.isdisjoint(avatars)


def assert_works(case: Case, released: Any) -> None:
    assert not isinstance(released, Exception), released
    source = case.make()
    assert_labels_and_dtypes_are_kept(released, source)
    people, avatars = as_frame(source), as_frame(released)
    assert avatars.shape == people.shape
    issued = [c for c in range(people.shape[1]) if is_issued(people.iloc[:, c], case.parameters)]
    assert_cells_are_of_the_source(avatars, people, issued)
    assert_nobody_is_copied(avatars, people, issued)


def assert_outcome(case: Case, door: Callable[[Any, dict[str, Any]], Any]) -> None:
    outcome = attempt(case, door)
    if case.refusal == WORKS:
        assert_works(case, outcome)
    else:
        assert isinstance(outcome, ValueError | TypeError), "it was not refused"
        assert re.search(case.refusal, str(outcome), re.DOTALL), str(outcome)


@pytest.mark.parametrize("name", CASES, ids=ascii)
def test_table_works_or_is_refused(name: str) -> None:
    assert_outcome(CASES[name], by_avatarizer)


@pytest.mark.parametrize("name", FRAMES, ids=ascii)
def test_frame_works_or_is_refused_by_the_accessor(name: str) -> None:
    assert_outcome(FRAMES[name], by_accessor)


@pytest.mark.parametrize("name", FRAMES, ids=ascii)
def test_frame_works_or_is_refused_by_the_sampler(name: str) -> None:
    assert_outcome(FRAMES[name], by_sampler)


def test_cases_are_at_least_a_hundred_of_each_kind_when_counted() -> None:
    refused = sum(case.refusal != WORKS for case in CASES.values())
    assert refused >= 100
    assert len(CASES) - refused >= 100


# ---- y, and what is asked of a fitted estimator

Y: dict[str, tuple[Any, str]] = {
    "missing": (None, "'y' is required"),
    "too short": ([SECRET] * (N - 1), "inconsistent numbers of samples"),
    "too long": (np.zeros(N + 1), "inconsistent numbers of samples"),
    "empty": ([], "inconsistent numbers of samples"),
    "with NaN": ([NUMBER, np.nan] * (N // 2), "'y' .*NaN in 30 rows"),
    "with None": (np.array([SECRET, None] * (N // 2), dtype=object), "'y' .*NaN in 30 rows"),
    "infinite": ([NUMBER, np.inf] * (N // 2), "'y' holds 30 infinite"),
    "two columns": (np.zeros((N, 2)), "'y' must have one column"),
    "names": (NAMES, "'y' holds 60 distinct"),
    "dicts": ([{"a": SECRET}] * N, "'y' holds cells of type dict"),
    "classes of two people": ([*NAMES[: N // 2] * 2], "'y' has 30 levels"),
    "a number": (5, "inconsistent numbers of samples"),
}


@pytest.mark.parametrize("name", Y, ids=str)
def test_y_is_refused(name: str) -> None:
    y, refusal = Y[name]
    outcome = attempt(Case(plain), lambda X, _: AvatarSampler(random_state=0).fit_resample(X, y))
    assert isinstance(outcome, ValueError | TypeError)
    assert re.search(refusal, str(outcome), re.DOTALL), str(outcome)


ASKED: dict[str, tuple[Callable[[Avatarizer], Any], str]] = {
    "y beside shuffled rows": (lambda a: a.fit_transform(plain(), [0] * N), "'y' can't be passed"),
    "no sample": (lambda a: a.sample(0), "'n_samples' must be"),
    "a negative sample": (lambda a: a.sample(-1), "'n_samples' must be"),
    "a sample of a string": (lambda a: a.sample("3"), "'n_samples' must be"),
    "a sample of a truth value": (lambda a: a.sample(True), "'n_samples' must be"),
    "a sample of a fraction": (lambda a: a.sample(0.5), "'n_samples' must be"),
    "a column less": (lambda a: a.transform(plain()[["age", "pay"]]), "sex"),
    "a column more": (lambda a: a.transform(odd([SECRET])()), "odd"),
    "another order": (lambda a: a.transform(plain()[["sex", "pay", "age"]]), "order"),
    "infinite numbers": (lambda a: a.transform(plain().assign(pay=np.inf)), "'pay' holds 60 inf"),
    "strings for numbers": (lambda a: a.transform(plain().assign(age=SECRET)), "'age' holds"),
    "numbers for strings": (lambda a: a.transform(plain().assign(sex=NUMBER)), "'sex' holds"),
    "no rows": (lambda a: a.transform(plain().iloc[:0]), r"0 sample\(s\)"),
    "nothing": (lambda a: a.transform(None), "NoneType"),
}


@pytest.mark.parametrize("name", ASKED, ids=str)
def test_fitted_estimator_refuses(name: str) -> None:
    ask, refusal = ASKED[name]
    fitted = Avatarizer(random_state=0).fit(plain())
    outcome = attempt(Case(plain), lambda *_: ask(fitted))
    assert isinstance(outcome, ValueError | TypeError)
    assert re.search(refusal, str(outcome), re.DOTALL), str(outcome)


def test_transform_accepts_levels_and_gaps_it_never_saw() -> None:
    fitted = Avatarizer(random_state=0, shuffle=False).fit(plain())
    strangers = pd.DataFrame({"age": [1000, -5], "pay": [np.nan, 1e300], "sex": [SECRET, None]})
    released = fitted.transform(strangers)
    assert released["age"].between(20, 79).all()
    assert set(released["sex"]) <= {"f", "m"}
    assert (released.dtypes == plain().dtypes).all()


def test_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no such file\.csv"):
        Avatarizer().fit_transform("no such file.csv")
