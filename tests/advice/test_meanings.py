"""What columns are taken for, one rule after the other."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.advice.meanings import Meaning, meanings, sentence
from avatars.exceptions import InvalidColumnError

N = 400
RNG = np.random.default_rng(0)


def meaning(cells: Any, label: Any = "x", few: int = 5, dtype: Any = None, **types: str) -> Meaning:
    frame = pd.DataFrame({label: pd.Series(cells, dtype=dtype)})
    (found,) = meanings(frame, types, None, few=few)
    return found


@pytest.mark.parametrize(
    ("cells", "label", "kind", "declared", "because"),
    [
        (np.arange(N) * 3 + 1000, "patient_id", "identifier", "identifier", "all distinct"),
        (np.arange(N) // 2, "patient_id", "identifier", "identifier", "200 distinct values"),
        (np.arange(N) % 8, "site_id", "numeric", None, "8 whole numbers"),
        (np.arange(N)[::-1], "row", "identifier", "identifier", "numbers the 400 rows"),
        (np.arange(N) * 3 + 1000, "record", "identifier", "identifier", "rise from row to row"),
        (RNG.permutation(N) * 3, "record", "numeric", None, None),
        ([f"n{i}" for i in range(N)], "who", "identifier", "identifier", "tells people apart"),
        ([f"n{i % 40}" for i in range(N)], "name", "identifier", "identifier", "names people"),
        ([f"n{i % 40}" for i in range(N)], "hospital_name", "category", None, None),
        (["a", "b"] * (N // 2), "email", "category", None, None),
        (
            [f"on day {i % 300} she was seen by her doctor" for i in range(N)],
            *("notes", "identifier", "identifier", "free text"),
        ),
        ([f"z{i % 150}" for i in range(N)], "zip", "identifier", "identifier", "only 0%"),
        ([f"{i / 7:.2f}" for i in range(N)], "x", "numeric", "float", "numbers as strings"),
        ([str(i * 7 % 900) for i in range(N)], "x", "numeric", "int", "numbers as strings"),
        ([f"{i % 30:05}" for i in range(N)], "zip", "category", None, None),
        (["1", "2"] * (N // 2), "x", "category", None, None),
        (
            [str(datetime.date(2020, 1, 1) + datetime.timedelta(i % 90)) for i in range(N)],
            *("x", "numeric", "datetime", "moments as strings"),
        ),
        (
            [f"{i % 28 + 1:02}/{i % 12 + 1:02}/2{i // 2:03}" for i in range(N)],
            *("x", "identifier", "identifier", "pandas.to_datetime"),
        ),
        ([0, 1] * (N // 2), "flag", "category", "category", "two numbers"),
        ([0.0, 1.0, np.nan, 1.0] * (N // 4), "flag", "category", "category", "two numbers"),
        ([1, 17, 5, 171] * (N // 4), "mode", "category", "category", "codes without an order"),
        ([1, 2, 3, 4] * (N // 4), "score", "numeric", None, "declare it 'category'"),
        ([1.5, 2.5] * (N // 2), "dose", "numeric", None, None),
        ([7] * N, "x", "numeric", None, "one value"),
        ([None] * N, "x", "category", None, "nothing but missing"),
        ([1.5, 2.5, np.nan, np.nan, np.nan] * (N // 5), "x", "numeric", None, "60% of its cells"),
        (["a"] * (N - 3) + ["b"] * 3, "x", "category", None, "1 of 2 levels with fewer than 5"),
        (["a"] * 3 + [None] * (N - 3), "x", "identifier", "identifier", "only 0%"),
    ],
)
def test_column_is_taken_for(
    cells: Any, label: str, kind: str, declared: str | None, because: str | None
) -> None:
    found = meaning(cells, label)
    assert (found.kind, found.declared) == (kind, declared)
    assert (found.reason is None) == (because is None)
    assert because is None or because in sentence(found)


@pytest.mark.parametrize(
    ("cells", "because"),
    [
        ([[1, 2]] * N, "cells of type list"),
        ([1.5] * (N - 1) + [np.inf], "1 infinite values"),
        (np.arange(N) + 1j, "Complex data"),
        (pd.interval_range(0, N), "has no mean"),
        (pd.arrays.SparseArray(np.arange(N)), "is sparse"),
        ([decimal.Decimal("Infinity")] * N, "infinite decimals"),
        ([i if i % 2 else str(i) for i in range(N)], "to hold identifiers"),
    ],
)
def test_column_that_can_t_be_read_is_dropped(cells: Any, because: str) -> None:
    found = meaning(cells)
    assert (found.kind, found.declared) == ("dropped", None)
    assert because in sentence(found)


def test_identifier_that_can_t_be_issued_is_not_averaged_instead() -> None:
    found = meaning(np.where(np.arange(N) % 9 == 0, np.nan, np.arange(N) * 3.0), "patient_id")
    assert found.kind == "dropped"
    assert "Cast it" in sentence(found)
    whole = meaning(found.look.numbers, "patient_id", dtype="Int64")
    assert whole.kind == "identifier"


def test_what_is_declared_is_not_questioned() -> None:
    found = meaning(np.arange(N) * 3 + 1000, "patient_id", patient_id="int")
    assert (found.kind, found.declared, found.reason) == ("numeric", "int", None)


def test_declaration_that_can_t_hold_is_refused() -> None:
    with pytest.raises(InvalidColumnError, match="is declared as numbers"):
        meaning(["a", "b"] * 10, "x", x="int")


def test_more_people_behind_a_level_are_asked_for_by_a_stricter_protection() -> None:
    cells = [f"n{i % 50}" for i in range(N)]
    assert meaning(cells, few=5).kind == "category"
    assert meaning(cells, few=10).kind == "identifier"


@pytest.mark.parametrize(
    "dtype",
    ["object", "string", "category", "string[pyarrow]", "large_string[pyarrow]"],
)
def test_names_are_found_in_every_dtype(dtype: str) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    assert meaning([f"n{i}" for i in range(N)], "who", dtype=dtype).declared == "identifier"


def test_no_reason_shows_a_cell() -> None:
    frame = pd.DataFrame(
        {
            "who": [f"ZZSECRET{i}" for i in range(N)],
            "rare": ["ZZSECRET"] + ["a"] * (N - 1),
            "list": [["ZZSECRET"]] * N,
            "odd": [i if i % 2 else f"ZZSECRET{i}" for i in range(N)],
            "text": [f"ZZSECRET lives with her {i} many loud cats" for i in range(N)],
        }
    )
    found = meanings(frame, {}, None, few=5)
    assert len([each for each in found if each.reason]) == 5
    assert "ZZSECRET" not in "".join(map(sentence, found)) + repr(found)
