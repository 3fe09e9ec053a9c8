"""Arrays, digests and hashes of a table."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.tables import conform, read_table

PINNED = "1d39ee12e0467b9a3351976e96639146d68bffb47b9284f13defd946d2ff1089"


def people(**changes: Any) -> pd.DataFrame:
    cells: dict[str, Any] = {
        "age": [41.0, np.nan, 38.5, 41.0],
        "sex": ["f", "m", None, "f"],
        "seen": pd.to_datetime(["2020-01-01", "2020-05-01", None, "2020-01-01"]),
        "id": ["a", "b", "c", "d"],
    }
    return pd.DataFrame({**cells, **changes})


def digest(frame: pd.DataFrame) -> bytes:
    return read_table(frame, primary_key="id").digest()


def test_arrays_are_in_fortran_order_and_typed() -> None:
    table = read_table(people(), primary_key="id")
    assert table.numeric.flags.f_contiguous
    assert table.codes.flags.f_contiguous
    assert table.numeric.shape == (4, 2)
    assert table.codes.shape == (4, 1)
    assert table.n_rows == 4
    assert np.isnan(table.numeric).sum() == 2
    assert [column.slot for column in table.schema.columns] == [0, 0, 1, -1]


@pytest.mark.parametrize(
    "rows", [[2, 0, 0], np.array([False, True, False, True]), []], ids=range(3)
)
def test_rows_are_taken_whole(rows: Any) -> None:
    frame = people()
    table = read_table(frame, primary_key="id")
    taken = table.take(rows)
    chosen = frame[rows] if isinstance(rows, np.ndarray) else frame.iloc[rows]
    assert taken.n_rows == len(chosen)
    assert taken.numeric.flags.f_contiguous
    np.testing.assert_array_equal(taken.numeric[:, 0], chosen["age"].to_numpy(dtype=float) * 1.0)
    assert not np.shares_memory(taken.numeric, table.numeric)


def test_digest_is_the_same_when_the_people_are() -> None:
    first = digest(people())
    assert len(first) == 32
    assert digest(people(id=["w", "x", "y", "z"])) == first
    assert digest(people().set_index(pd.Index(list("wxyz")))) == first
    assert digest(people(sex=pd.Series(["f", "m", None, "f"], dtype=object))) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"age": [41.0, np.nan, 38.5, 41.5]},
        {"age": [42.0, np.nan, 38.5, 41.0]},
        {"age": pd.array([41.0, None, 38.5, 41.0], dtype="Float64")},
        {"sex": ["f", "m", "m", "f"]},
        {"sex": ["F", "m", None, "F"]},
        {"seen": pd.to_datetime(["2020-01-02", "2020-05-02", None, "2020-01-02"])},
        {"more": [1.0, 2.0, 3.0, 5.0]},
    ],
    ids=range(7),
)
def test_digest_differs_when_anything_does(changes: dict[str, Any]) -> None:
    assert digest(people(**changes)) != digest(people())


def test_digest_is_the_same_in_every_version() -> None:
    # Two people with different versions of Python, NumPy and pandas get the same release from
    # the same data and seed. If this changes, so does every seeded release: say so in CHANGELOG.
    frame = people(
        seen=pd.Series(pd.to_datetime(["2020-01-01", None, None, None])).astype("M8[s]"),
        smokes=[True, False, True, True],
        zip=[75001, 13001, 75001, 75001],
        ward=pd.Categorical([1.5, 2.5, 1.5, 2.5]),
    )
    table = read_table(frame, primary_key="id", types={"zip": "category"})
    assert table.digest().hex() == PINNED


def test_digest_differs_when_rows_or_columns_change_places() -> None:
    frame = people()
    assert digest(frame.iloc[[1, 0, 2, 3]]) != digest(frame)
    assert digest(frame[["sex", "age", "seen", "id"]]) != digest(frame)
    assert digest(frame.rename(columns={"age": "years"})) != digest(frame)


def test_digest_and_hashes_take_minus_zero_for_zero() -> None:
    zero, minus = pd.DataFrame({"x": [0.0, 1.5]}), pd.DataFrame({"x": [-0.0, 1.5]})
    assert read_table(zero).digest() == read_table(minus).digest()
    table = read_table(zero)
    np.testing.assert_array_equal(table.row_hashes(), conform(minus, table.schema).row_hashes())


def test_row_hashes_are_equal_when_and_only_when_rows_are() -> None:
    hashes = read_table(people(), primary_key="id").row_hashes()
    assert hashes.dtype == np.uint64
    assert hashes[0] == hashes[3]
    assert len(set(hashes.tolist())) == 3


def test_row_hashes_differ_when_values_change_columns() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 6, size=(20_000, 6)).astype(float))
    hashes = read_table(frame).row_hashes()
    assert len(np.unique(hashes)) == len(frame.drop_duplicates())


def test_large_table_is_read_in_good_time() -> None:
    # Generous bounds for a busy machine: what they rule out is a Python loop over the rows.
    rng = np.random.default_rng(0)
    n_rows = 200_000
    words = np.array([f"level {i}" for i in range(50)], dtype=object)
    frame = pd.DataFrame(
        {
            **{f"n{i}": rng.normal(size=n_rows).round(3) for i in range(8)},
            **{f"c{i}": words[rng.integers(0, 50, n_rows)] for i in range(7)},
        }
    )
    start = time.perf_counter()
    table = read_table(frame)
    read = time.perf_counter()
    table.digest()
    table.row_hashes()
    hashed = time.perf_counter()
    table.schema.frame(table.numeric, table.codes, identifiers_seed=rng)
    done = time.perf_counter()
    assert read - start < 3
    assert hashed - read < 2
    assert done - hashed < 3
