"""Tables that a workspace keeps come back in the very same dtypes, or are refused by column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from avatars.backends.frames import frame_as_bytes, frame_from_bytes
from avatars.exceptions import WorkspaceError

pa = pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")

COLUMNS: dict[str, Any] = {
    "seconds": pd.date_range("2024", periods=6).astype("datetime64[s]"),
    "zoned": pd.date_range("2024", periods=6, tz="Europe/Paris").astype(
        "datetime64[s, Europe/Paris]"
    ),
    "spans": pd.to_timedelta(np.arange(6), unit="h").astype("timedelta64[s]"),
    "small": np.arange(6).astype("int8"),
    "half": np.arange(6).astype("float32"),
    "Int64": pd.array([1, None] * 3, dtype="Int64"),
    "boolean": pd.array([True, None] * 3, dtype="boolean"),
    "text": ["a", None, "c"] * 2,
    "string": pd.array(["a", None] * 3, dtype="string"),
    "python": pd.array(["a", None] * 3, dtype="string[python]"),
    "object text": pd.Series(["a", None, "c"] * 2, dtype=object),
    "object nan": pd.Series(["a", np.nan, "c"] * 2, dtype=object),
    "object flag": pd.Series([True, None, False] * 2, dtype=object),
    "object whole": pd.Series([1, None, 2] * 2, dtype=object),
    "levels": pd.Categorical([3, 1, 2] * 2, categories=[1, 2, 3, 4], ordered=True),
    "no levels": pd.Categorical([None] * 6),
    "intervals": pd.cut(np.arange(6), 3),
    "arrow": pd.array([1, None] * 3, dtype="int64[pyarrow]"),
    "arrow text": pd.array(["a", None] * 3, dtype=pd.ArrowDtype(pa.string())),
    "arrow moments": pd.array([pd.Timestamp("2024")] * 6, dtype=pd.ArrowDtype(pa.timestamp("s"))),
    "days": pd.Series([pd.Timestamp("2024").date()] * 6, dtype=object),
    "periods": pd.period_range("2024", periods=6, freq="M"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_dtype_comes_back(name: str) -> None:
    frame = pd.DataFrame({name: COLUMNS[name]})
    assert_frame_equal(frame_from_bytes(frame_as_bytes(frame)), frame)


@pytest.mark.parametrize(
    "cells",
    [
        [1 + 2j] * 3,
        [object()] * 3,
        ["a", 1, "b"],
        [1, 2.5, 2],
        pd.arrays.SparseArray([0, 0, 1]),
    ],
)
def test_what_would_not_come_back_is_refused(cells: Any) -> None:
    frame = pd.DataFrame({"fine": [1, 2, 3], "odd": cells})
    if not isinstance(cells, pd.arrays.SparseArray):
        frame["odd"] = pd.Series(cells, dtype=object)
    with pytest.raises(WorkspaceError, match="column 'odd' is of a kind"):
        frame_as_bytes(frame)


def test_names_of_columns_may_be_anything() -> None:
    frame = pd.DataFrame({"": [1], "0": [2], "a/b": [3], "é\n": ["x"], "index": [4]})
    assert_frame_equal(frame_from_bytes(frame_as_bytes(frame)), frame)
