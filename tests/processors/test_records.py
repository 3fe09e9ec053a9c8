"""Several records of one individual, as firsts, growths and gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatars.exceptions import InvalidTableError
from avatars.processors import (
    InterRecordBoundedCumulatedDifferenceProcessor,
    InterRecordBoundedRangeDifferenceProcessor,
    InterRecordCumulatedDifferenceProcessor,
    InterRecordRangeDifferenceProcessor,
    Processor,
)

VALUES = {
    "id_variable": "car",
    "target_variable": "km",
    "new_first_variable_name": "first",
    "new_difference_variable_name": "step",
}
STAYS = {
    "id_variable": "car",
    "target_start_variable": "out",
    "target_end_variable": "back",
    "new_first_variable_name": "first",
    "new_range_variable": "length",
    "new_difference_variable_name": "gap",
}
CHAIN = {
    "id_variable": "car",
    "target_start_variable": "out",
    "target_end_variable": "back",
    "sort_by_variable": "out",
    "new_first_variable": "first",
    "new_range_variable": "length",
    "new_difference_variable": "gap",
}
ALL: list[Processor] = [
    InterRecordCumulatedDifferenceProcessor(**VALUES, keep_record_order=True),  # type: ignore[arg-type]
    InterRecordBoundedCumulatedDifferenceProcessor(**VALUES),
    InterRecordRangeDifferenceProcessor(**CHAIN, keep_record_order=True),  # type: ignore[arg-type]
    InterRecordBoundedRangeDifferenceProcessor(**STAYS),  # type: ignore[arg-type]
]


@pytest.fixture
def trips() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    out = rng.permutation(np.arange(0, 400, 10))
    return pd.DataFrame(
        {
            "car": rng.integers(0, 6, 40),
            "km": rng.permutation(1000)[:40],
            "out": out,
            "back": out + rng.integers(1, 9, 40),
            "driver": rng.choice(["a", "b"], 40),
        },
        index=rng.permutation(40),
    )


@pytest.mark.parametrize("processor", ALL, ids=lambda p: type(p).__name__)
def test_way_back_gives_the_source(processor: Processor, trips: pd.DataFrame) -> None:
    untouched = trips.copy()
    before = processor.preprocess(trips)
    assert len(before) == len(trips)
    assert before.index.equals(trips.index)
    back = processor.postprocess(trips, before)
    pd.testing.assert_frame_equal(back, trips, check_dtype=False, check_exact=False)
    pd.testing.assert_frame_equal(trips, untouched)


@pytest.mark.parametrize("processor", ALL, ids=lambda p: type(p).__name__)
def test_columns_of_the_avatars_are_kept(processor: Processor, trips: pd.DataFrame) -> None:
    before = processor.preprocess(trips).assign(extra=1)
    back = processor.postprocess(trips.assign(gone=2), before)
    assert list(back.columns) == [*trips.columns, "extra"]


@pytest.mark.parametrize("processor", ALL, ids=lambda p: type(p).__name__)
def test_gaps_are_refused(processor: Processor, trips: pd.DataFrame) -> None:
    # Whatever column it is: those that aren't used may have gaps.
    for column in ("car", "km", "out", "back"):
        gappy = trips.astype({column: float})
        gappy.loc[3, column] = np.nan
        uses = column in vars(processor).values()
        if not uses:
            processor.preprocess(gappy)
            continue
        with pytest.raises(
            InvalidTableError, match=f"no missing values for .*1 in column '{column}'"
        ):
            processor.preprocess(gappy)
    before = processor.preprocess(trips)
    for column in set(before.columns) - set(trips.columns):
        gappy = before.astype({column: float})
        gappy.loc[3, column] = np.nan
        with pytest.raises(InvalidTableError, match=f"no missing values for .*'{column}'"):
            processor.postprocess(trips, gappy)


@pytest.mark.parametrize("processor", ALL, ids=lambda p: type(p).__name__)
def test_unknown_columns_are_refused(processor: Processor, trips: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match="Expected.*valid.*id_variable.*'car'"):
        processor.preprocess(trips.rename(columns={"car": "lorry"}))
    before = processor.preprocess(trips)
    with pytest.raises(InvalidTableError, match="Expected.*valid.*'first'"):
        processor.postprocess(trips, before.drop(columns="first"))


@pytest.mark.parametrize("processor", [ALL[0], ALL[2]], ids=lambda p: type(p).__name__)
def test_order_of_other_rows_is_refused(processor: Processor, trips: pd.DataFrame) -> None:
    before = processor.preprocess(trips).reset_index(drop=True)
    with pytest.raises(InvalidTableError, match="`keep_record_order` to be `True` only if"):
        processor.postprocess(trips, before)


def test_without_record_order_rows_are_cumulated_as_they_stand() -> None:
    avatars = pd.DataFrame({"car": [1, 2, 1], "first": [10, 50, 10], "step": [5, 0, 7]})
    source = pd.DataFrame({"car": [1], "km": [3]})
    processor = InterRecordCumulatedDifferenceProcessor(**VALUES)  # type: ignore[arg-type]
    assert processor.postprocess(source, avatars)["km"].tolist() == [15, 50, 22]
    chain = InterRecordRangeDifferenceProcessor(**CHAIN)  # type: ignore[arg-type]
    avatars = pd.DataFrame(
        {"car": [1, 2, 1], "first": [10, 50, 10], "length": [2, 3, 4], "gap": [0, 1, 5]}
    )
    found = chain.postprocess(pd.DataFrame({"car": [1], "out": [1], "back": [2]}), avatars)
    assert found[["out", "back"]].to_numpy().tolist() == [[10, 12], [51, 54], [17, 21]]


@given(
    shares=st.lists(st.floats(-3, 3), min_size=6, max_size=6),
    first=st.floats(-1e3, 1e3),
    rounds=st.booleans(),
)
def test_bounds_are_never_left(shares: list[float], first: float, rounds: bool) -> None:
    source: Any = pd.DataFrame({"car": [1, 2], "km": [-5.0, 20.0], "out": [-5, 3], "back": [4, 20]})
    values = InterRecordBoundedCumulatedDifferenceProcessor(**VALUES, should_round_output=rounds)  # type: ignore[arg-type]
    avatars = pd.DataFrame({"car": [1, 1, 2, 1, 2, 2], "first": first, "step": shares})
    assert values.postprocess(source, avatars)["km"].between(-5, 20).all()
    stays = InterRecordBoundedRangeDifferenceProcessor(**STAYS, should_round_output=rounds)  # type: ignore[arg-type]
    avatars = avatars.rename(columns={"step": "gap"}).assign(length=shares[::-1])
    found = stays.postprocess(source, avatars)
    assert found["out"].between(-5, 20).all()
    assert found["back"].between(-5, 20).all()


def test_many_records_come_back() -> None:
    n = 200_000
    source = pd.DataFrame({"car": np.arange(n) // 4, "km": np.arange(n, dtype=float)})
    processor = InterRecordBoundedCumulatedDifferenceProcessor(**VALUES)
    back = processor.postprocess(source, processor.preprocess(source))
    assert back["km"].to_numpy() == pytest.approx(source["km"].to_numpy())
