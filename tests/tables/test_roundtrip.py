"""What goes in comes back: every dtype, exactly, and nothing of the source beside it."""

from __future__ import annotations

import datetime
import pickle
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from avatars.exceptions import shown
from avatars.tables import Table, conform, read_table


def back(table: Table, **options: Any) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return table.schema.frame(table.numeric, table.codes, identifiers_seed=rng, **options)


def test_column_comes_back_when_nothing_was_done_to_it(column: pd.Series) -> None:
    frame = pd.DataFrame({"x": column})
    table = read_table(frame)
    assert table.numeric.dtype == np.float64
    assert table.codes.dtype == np.int32
    assert table.numeric.shape[1] + table.codes.shape[1] == 1
    released = back(table)
    pd.testing.assert_frame_equal(released, frame.reset_index(drop=True))
    for cell, original in zip(released["x"], frame["x"], strict=True):
        assert type(cell) is type(original)


def test_dtype_and_range_are_kept_when_values_are_averaged(column: pd.Series) -> None:
    frame = pd.DataFrame({"x": column})
    table = read_table(frame)
    rng = np.random.default_rng(0)
    spread = np.nanmax(table.numeric, initial=1)
    numeric = rng.normal(0, 3 * spread, size=(500, table.numeric.shape[1]))
    codes = table.codes[rng.integers(0, len(frame), 500)]
    released = table.schema.frame(numeric, codes, identifiers_seed=rng)["x"]
    assert released.dtype == column.dtype
    assert len(released) == 500
    if table.schema.numeric and column.notna().any():
        assert released.dropna().min() == column.dropna().min()
        assert released.dropna().max() == column.dropna().max()


def test_other_table_is_encoded_alike_when_it_conforms(column: pd.Series) -> None:
    frame = pd.DataFrame({"x": column})
    table = read_table(frame)
    again = conform(frame.iloc[::-1], table.schema)
    np.testing.assert_array_equal(again.numeric, table.numeric[::-1])
    np.testing.assert_array_equal(again.codes, table.codes[::-1])
    np.testing.assert_array_equal(again.row_hashes(), table.row_hashes()[::-1])


def test_input_is_unchanged_and_its_memory_not_shared(mixed: pd.DataFrame) -> None:
    mixed.index = pd.Index([f"row {i}" for i in range(len(mixed))], name="ZZINDEX")
    mixed.attrs["who"] = "ZZATTRS"
    before = mixed.copy(deep=True)
    table = read_table(mixed)
    released = back(table)
    pd.testing.assert_frame_equal(mixed, before)
    assert released.attrs == {}
    assert isinstance(released.index, pd.RangeIndex)
    assert released.index.name is None
    assert b"ZZINDEX" not in pickle.dumps((table, released))
    assert b"ZZATTRS" not in pickle.dumps((table, released))
    for place in range(mixed.shape[1]):
        theirs, ours = mixed.iloc[:, place], released.iloc[:, place]
        if isinstance(theirs.dtype, np.dtype):
            assert not np.shares_memory(theirs.to_numpy(), ours.to_numpy())
            for array in (table.numeric, table.codes):
                assert not np.shares_memory(theirs.to_numpy(), array)


def test_frame_may_have_no_rows(mixed: pd.DataFrame) -> None:
    table = read_table(mixed, types={"str": "identifier", "int64": "identifier"})
    released = table.schema.frame(
        table.numeric[:0], table.codes[:0], identifiers_seed=np.random.default_rng(0)
    )
    assert released.shape == (0, mixed.shape[1])
    pd.testing.assert_series_equal(released.dtypes, mixed.dtypes)


def test_schema_pickles(mixed: pd.DataFrame) -> None:
    table = read_table(mixed)
    again = pickle.loads(pickle.dumps(table))  # noqa: S301 - bytes of our own making
    pd.testing.assert_frame_equal(back(again), back(table))
    assert again.digest() == table.digest()


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1],
        [("a", 1), ("a", 2)],
        [None, float("nan")],
        ["", "x" * 10_000],
        ["index", "__missing__"],
        ["\x00\x07", "\u202e👩‍⚕️"],
        ["level_0", 3.5],
    ],
    ids=range(7),
)
def test_labels_come_back_when_they_are_odd(labels: list[Any]) -> None:
    frame = pd.DataFrame([[1.5, "a"], [2.5, "b"], [0.5, "a"]])
    frame[1] = frame[1].astype(object)
    frame.columns = pd.Index(labels, tupleize_cols=False, dtype=object)
    table = read_table(frame)
    pd.testing.assert_frame_equal(back(table), frame)
    assert conform(frame, table.schema).digest() == table.digest()
    assert len(repr(table)) < 500


def test_labels_come_back_when_they_have_levels_and_names() -> None:
    columns = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["which", "nr"])
    frame = pd.DataFrame([[1.5, 2], [3.5, 4]], columns=columns)
    pd.testing.assert_frame_equal(back(read_table(frame)), frame)


def test_level_is_nowhere_when_it_is_not_kept(mixed: pd.DataFrame) -> None:
    table = read_table(mixed)
    codes = table.codes.copy()
    # Everybody who held the first level of a column now holds the last one.
    codes[codes == 0] = np.broadcast_to(
        [max(column.n_levels - 1, 0) for column in table.schema.categories], codes.shape
    )[codes == 0]
    kept = [np.arange(column.n_levels) > 0 for column in table.schema.categories]
    kept = [mask if len(mask) > 1 else np.ones(len(mask), bool) for mask in kept]
    released = table.schema.frame(
        table.numeric, codes, identifiers_seed=np.random.default_rng(0), kept_levels=kept
    )
    for column in table.schema.categories:
        if column.n_levels < 2:
            continue
        first = column.codec.levels[0]
        series = released[column.label]
        found = {(type(cell), cell) for cell in series.dropna()}
        assert (type(first), first) not in found, shown(column.label)
        if isinstance(series.dtype, pd.CategoricalDtype):
            assert first not in series.cat.categories
        if str(series.dtype).startswith("dictionary"):
            chunks = series.array.__arrow_array__()
            chunks = chunks.chunks if hasattr(chunks, "chunks") else [chunks]
            assert all(first not in chunk.dictionary.to_pylist() for chunk in chunks)


def test_planted_level_is_in_no_byte_when_it_is_not_kept() -> None:
    cells = pd.Series(["ZZSECRET", "b", "b", "c", "c"] * 2)
    kept = [np.array([False, True, True])] * 3
    dtypes: list[Any] = ["category", object, "string[python]", "str"]
    if find_spec("pyarrow"):
        import pyarrow as pa

        dtypes += ["string[pyarrow]", "large_string[pyarrow]"]
        dtypes += [pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))]
    for dtype in dtypes:
        frame = pd.DataFrame({i: cells.astype(dtype) for i in range(3)})
        table = read_table(frame)
        released = table.schema.frame(
            table.numeric,
            np.where(table.codes == 0, -1, table.codes),
            identifiers_seed=np.random.default_rng(0),
            kept_levels=kept,
        )
        assert b"ZZSECRET" not in pickle.dumps(released)
        assert released.isna().sum().tolist() == [2, 2, 2]


def test_code_of_a_dropped_level_is_an_internal_error() -> None:
    table = read_table(pd.DataFrame({"x": ["a", "b", "a"]}))
    with pytest.raises(RuntimeError, match="internal error: 2 cells"):
        back(table, kept_levels=[np.array([False, True])])


def test_gap_is_an_internal_error_when_the_dtype_has_none() -> None:
    table = read_table(pd.DataFrame({"x": [3, 4, 4], "y": [True, False, True]}))
    rng = np.random.default_rng(0)
    with pytest.raises(RuntimeError, match="internal error: 3 missing"):
        table.schema.frame(table.numeric * np.nan, table.codes, identifiers_seed=rng)
    with pytest.raises(RuntimeError, match="internal error: 3 missing"):
        table.schema.frame(table.numeric, table.codes * 0 - 1, identifiers_seed=rng)


@given(st.data())
def test_integers_come_back_when_their_span_fits_a_float(data: st.DataObject) -> None:
    dtype = np.dtype(data.draw(st.sampled_from(["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])))
    limits = np.iinfo(dtype)
    low = data.draw(st.integers(limits.min, limits.max))
    high = min(low + 2**53 - 1, limits.max)
    cells = data.draw(st.lists(st.integers(low, high), min_size=1, max_size=15))
    frame = pd.DataFrame({"x": np.array(cells, dtype=dtype)})
    pd.testing.assert_frame_equal(back(read_table(frame)), frame)


@given(hnp.arrays(np.int64, st.integers(1, 10)), hnp.arrays(np.float64, 10))
def test_integers_stay_in_range_whatever_the_engine_returns(
    cells: np.ndarray, answer: np.ndarray
) -> None:
    table = read_table(pd.DataFrame({"x": cells}))
    numeric = np.nan_to_num(answer, nan=0.5, posinf=np.inf, neginf=-np.inf)[:, None]
    rng = np.random.default_rng(0)
    released = table.schema.frame(numeric, np.empty((10, 0), dtype=np.int32), identifiers_seed=rng)[
        "x"
    ]
    assert released.dtype == np.int64
    assert released.between(cells.min(), cells.max()).all()


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.integers(1, 12),
        elements=st.integers(-(10**5), 10**5).map(lambda i: i / 8),
    ),
    st.integers(0, 3),
)
def test_floats_come_back_when_they_have_few_decimals(cells: np.ndarray, decimals: int) -> None:
    cells = np.round(cells.astype(np.float64), decimals).astype(cells.dtype)
    frame = pd.DataFrame({"x": cells})
    released = back(read_table(frame))
    pd.testing.assert_frame_equal(released, frame, check_exact=True)


@given(
    st.lists(st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30)), min_size=1),
    st.sampled_from(["s", "ms", "us"]),
)
def test_dates_come_back_when_they_keep_to_a_step(
    cells: list[datetime.datetime], unit: str
) -> None:
    days = np.array(cells, dtype="M8[D]").astype(f"M8[{unit}]")
    frame = pd.DataFrame({"x": days})
    released = back(read_table(frame))
    assert released["x"].dtype == f"datetime64[{unit}]"
    pd.testing.assert_frame_equal(released, frame)


def test_decimals_are_those_of_most_values() -> None:
    weights = pd.Series([60.25, 59.0] * 48 + [60.12345] * 4)
    table = read_table(pd.DataFrame({"weight": weights}))
    released = back(table)["weight"]
    assert (released.iloc[96:] == 60.12).all()


def test_decimals_are_found_when_the_last_bit_is_wrong() -> None:
    exact = np.random.default_rng(0).normal(size=1_000).round(2)
    parsed = np.nextafter(exact, np.inf)
    table = read_table(pd.DataFrame({"x": parsed}))
    np.testing.assert_array_equal(back(table)["x"], np.clip(exact, parsed.min(), parsed.max()))


def test_float_comes_back_at_the_ends_of_its_dtype() -> None:
    limits = np.finfo(np.float64)
    for cells in ([limits.max, limits.min], [5e-324, 1e-320], [0.0, 5e-324]):
        frame = pd.DataFrame({"x": cells})
        pd.testing.assert_frame_equal(back(read_table(frame)), frame, check_exact=True)


def test_decimals_are_those_of_the_rest_when_most_values_are_zero() -> None:
    table = read_table(pd.DataFrame({"fee": [0.0] * 990 + [0.25] * 10}))
    assert back(table)["fee"].iloc[-1] == 0.25


def test_moment_is_rounded_to_the_step_of_its_column() -> None:
    days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-31", "2020-02-10"]))
    table = read_table(pd.DataFrame({"day": days}))
    rng = np.random.default_rng(0)
    released = table.schema.frame(
        table.numeric.mean(axis=0, keepdims=True), table.codes[:1], identifiers_seed=rng
    )
    assert released["day"].iloc[0] == pd.Timestamp("2020-01-24")
    assert released["day"].dtype == days.dtype


def test_wall_clock_that_does_not_exist_is_moved_without_an_error() -> None:
    # Clocks in Paris went from 2 to 3 on 2021-03-28, and from 3 back to 2 on 2021-10-31.
    cells = pd.Series(pd.to_datetime(["2021-03-28 00:30", "2021-03-28 04:30", "2021-10-31 02:30"]))
    zoned = cells.dt.tz_localize("Europe/Paris", ambiguous=np.ones(3, dtype=bool))
    table = read_table(pd.DataFrame({"seen": zoned}))
    mean = table.numeric[:2].mean(axis=0, keepdims=True)
    released = table.schema.frame(mean, table.codes[:1], identifiers_seed=np.random.default_rng(0))
    assert str(released["seen"].iloc[0]) == "2021-03-28 03:00:00+02:00"
    pd.testing.assert_series_equal(back(table)["seen"], zoned.rename("seen"))


def test_one_and_true_are_told_apart_in_a_column_of_objects() -> None:
    table = read_table(pd.DataFrame({"x": [1, True, 1.0, "1"] * 3}, dtype=object))
    assert table.schema.columns[0].n_levels == 4
    assert [type(cell) for cell in back(table)["x"][:4]] == [int, bool, float, str]


def test_levels_do_not_depend_on_the_order_of_rows(column: pd.Series) -> None:
    one = read_table(pd.DataFrame({"x": column}))
    other = read_table(pd.DataFrame({"x": column.iloc[::-1]}))
    np.testing.assert_array_equal(one.codes, other.codes[::-1])
    np.testing.assert_array_equal(one.numeric, other.numeric[::-1])
