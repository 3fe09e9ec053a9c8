"""Columns by role, levels that may come out, and gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.engine.roles import Gaps, levels_to_keep, slots_of
from avatars.exceptions import InvalidColumnError, InvalidParameterError, RareValuesWarning
from avatars.tables import read_table


def test_slots_of_drawn_and_excluded_columns(frame: pd.DataFrame) -> None:
    table = read_table(frame)
    roles = slots_of(table, ["sex", "pay"])
    numeric = [table.schema.numeric[slot].label for slot in roles.numeric]
    codes = [table.schema.categories[slot].label for slot in roles.codes]
    assert numeric == ["age", "height"]
    assert codes == ["level", "smokes"]
    assert [table.schema.numeric[slot].label for slot in roles.excluded_numeric] == ["pay"]
    assert [table.schema.categories[slot].label for slot in roles.excluded_codes] == ["sex"]


def test_nothing_left_to_draw_is_refused(frame: pd.DataFrame) -> None:
    table = read_table(frame.assign(key=np.arange(len(frame))), primary_key="key")
    with pytest.raises(InvalidParameterError, match="exclude_variable_names"):
        slots_of(table, list(frame.columns))


@pytest.mark.parametrize("few", [2, 5])
def test_level_needs_enough_people(few: int) -> None:
    cells = ["a"] * 40 + ["b"] * few + ["c"] * (few - 1)
    table = read_table(pd.DataFrame({"x": cells}))
    levels = table.schema.categories[0].codec.levels
    kept = {
        str(level)
        for level, keep in zip(levels, levels_to_keep(table, few)[0], strict=True)
        if keep
    }
    assert kept == {"a", "b"}
    assert levels_to_keep(table, 0)[0].all()


@pytest.mark.parametrize("ordered", [True, False])
def test_level_that_nobody_holds_is_kept_where_levels_are_a_scale(ordered: bool) -> None:
    cells = pd.Categorical(["low", "high"] * 20, ["low", "mid", "high"], ordered=ordered)
    kept = levels_to_keep(read_table(pd.DataFrame({"x": cells})), 5)[0]
    assert kept.tolist() == [True, ordered, True]


def test_column_of_rare_levels_alone_is_refused_by_name() -> None:
    table = read_table(pd.DataFrame({"where": list("abcdefgh") * 3, "x": range(0, 48, 2)}))
    with pytest.raises(InvalidColumnError, match="'where'.*fewer than 5 people"):
        levels_to_keep(table, 5)


def test_much_rare_is_warned_about() -> None:
    cells = ["a"] * 30 + [letter for letter in "bcdefghijk" for _ in range(2)]
    with pytest.warns(RareValuesWarning, match="'x': 40%.*10 levels"):
        levels_to_keep(read_table(pd.DataFrame({"x": cells})), 5)


NONE = np.empty((100, 0), dtype=bool)


def missing(*counts: int, n: int = 100) -> np.ndarray:
    """Make one column per count, with its gaps spread over the rows in a way of its own."""
    columns = np.zeros((n, len(counts)), dtype=bool)
    for column, count in enumerate(counts):
        columns[np.random.default_rng(column).permutation(n)[:count], column] = True
    return columns


def test_gaps_of_few_leave_no_trace_and_values_of_few_neither() -> None:
    gaps = Gaps(missing(0, 4, 5, 95, 96, 100), NONE, few=5)
    assert gaps.flags.shape == (100, 2)
    none, all_ = np.zeros((3, 2), dtype=np.int32), np.ones((3, 2), dtype=np.int32)
    shown = [(gaps.of_numeric(c, none).any(), gaps.of_numeric(c, all_).all()) for c in range(6)]
    assert shown == [
        (False, False),
        (False, False),
        (False, True),
        (False, True),
        (True, True),
        (True, True),
    ]


def test_without_protection_every_gap_has_a_flag() -> None:
    where = missing(1, 99, 0, 100)
    gaps = Gaps(where, NONE, few=0)
    np.testing.assert_array_equal(gaps.flags, where[:, :2])
    assert gaps.of_numeric(3, gaps.flags).all()
    assert not gaps.of_numeric(2, gaps.flags).any()


def test_columns_missing_together_share_a_flag() -> None:
    one, other = missing(20, 30).T
    gaps = Gaps(np.column_stack([one, other]), np.column_stack([one, one]), few=5)
    assert gaps.flags.shape == (100, 2)
    drawn = np.random.default_rng(9).integers(0, 2, size=(50, 2)).astype(np.int32)
    for column in (0, 1):
        np.testing.assert_array_equal(gaps.of_codes(column, drawn), gaps.of_numeric(0, drawn))
    assert (gaps.of_numeric(0, drawn) != gaps.of_numeric(1, drawn)).any()


def test_flags_give_the_gaps_back() -> None:
    numeric, codes = missing(10, 40), missing(25, 0, 60)
    gaps = Gaps(numeric, codes, few=5)
    for column in range(2):
        np.testing.assert_array_equal(gaps.of_numeric(column, gaps.flags), numeric[:, column])
    for column in range(3):
        np.testing.assert_array_equal(gaps.of_codes(column, gaps.flags), codes[:, column])
    np.testing.assert_array_equal(gaps.of(numeric, codes), gaps.flags)


def test_flag_weighs_as_its_heaviest_column() -> None:
    one, other = missing(20, 30).T
    gaps = Gaps(np.column_stack([one, other]), one[:, None], few=5)
    assert gaps.weights(np.array([2.0, 0.5]), np.array([3.0])).tolist() == [3.0, 0.5]


def test_no_gap_is_no_flag() -> None:
    gaps = Gaps(missing(0, 0), NONE, few=5)
    assert gaps.flags.shape == (100, 0)
    assert gaps.of(missing(3, 4, n=7), np.empty((7, 0), dtype=bool)).shape == (7, 0)
