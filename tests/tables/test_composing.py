"""Tables put together from parts give each part back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from avatars.tables import beside, lent, level_table, number_table, read_table

CELLS = arrays(np.float64, (7, 3), elements=st.integers(-(10**6), 10**6).map(lambda n: n / 8))


@given(CELLS)
def test_numbers_come_back_as_they_were(cells: np.ndarray) -> None:
    cells[2] = np.nan
    table = number_table(["a", "b", "c"], cells)
    assert_array_equal(table.numeric, cells + 0.0)
    assert [column.kind for column in table.schema.columns] == ["numeric"] * 3


@given(arrays(np.intp, 9, elements=st.integers(-1, 5)))
def test_levels_stand_for_the_numbers_they_were_made_of(places: np.ndarray) -> None:
    table, levels = level_table("hospital", places)
    codes = table.codes[:, 0]
    assert_array_equal(codes < 0, places < 0)
    assert_array_equal(levels[codes[codes >= 0]], places[places >= 0])


def test_tables_stand_side_by_side_with_their_slots_moved() -> None:
    people = read_table(
        pd.DataFrame({"id": ["x", "y"], "age": [41, 50], "sex": ["f", "m"]}), primary_key="id"
    )
    more = number_table(["pay"], np.array([[1.5], [2.5]]))
    whole = beside(people, more, level_table("ward", np.array([1, 0]))[0])
    assert whole.schema.labels == ["id", "age", "sex", "pay", "ward"]
    slots = {column.label: column.slot for column in whole.schema.columns}
    assert slots == {"id": -1, "age": 0, "sex": 0, "pay": 1, "ward": 1} | {"id": slots["id"]}
    assert_array_equal(whole.numeric[:, slots["pay"]], [1.5, 2.5])
    assert_array_equal(whole.codes[:, slots["ward"]], [1, 0])
    assert_array_equal(whole.numeric[:, 0], people.numeric[:, 0])


def test_rows_are_lent_by_number_and_missing_without_one() -> None:
    people = read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]}))
    table = lent(people, np.array([1, -1, 0, 1]), {"age": "p.age", "sex": "p.sex"})
    assert table.schema.labels == ["p.age", "p.sex"]
    assert_array_equal(table.numeric[:, 0], [9.0, np.nan, 0.0, 9.0])
    assert_array_equal(table.codes[:, 0], [1, -1, 0, 1])
    assert people.n_rows == 2 and people.schema.labels == ["age", "sex"]
