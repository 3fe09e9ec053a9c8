"""Distributions: bars that are true, and none of few people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import dates

from avatars.datasets import make_patients
from avatars.displays import DistributionDisplay
from avatars.displays.shares import ColumnShares
from avatars.exceptions import InvalidParameterError


def shares_of(
    people: pd.DataFrame, avatars: pd.DataFrame | None = None, **settings: object
) -> ColumnShares:
    """Give the bars of a table of one column."""
    avatars = people if avatars is None else avatars
    (column,) = DistributionDisplay.from_tables(people, avatars, **settings).columns
    return column


def test_bins_hold_the_shares_that_a_histogram_gives(rng: np.random.Generator) -> None:
    people, avatars = (pd.DataFrame({"x": rng.normal(size=n)}) for n in (500, 300))
    column = shares_of(people, avatars)
    inner = column.edges[1:-1]
    for frame, shares in ((people, column.original), (avatars, column.avatars)):
        counts = np.bincount(np.searchsorted(inner, frame["x"], side="right"))
        assert shares == pytest.approx(counts / len(frame))
    assert len(shares) > 10


@given(st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0]), min_size=5, max_size=80))
def test_no_bin_holds_few_people_and_no_edge_is_somebody_s_value(values: list[float]) -> None:
    column = shares_of(pd.DataFrame({"x": [value + 1 / 3 for value in values]}))
    held = column.original * len(values)
    assert ((held == 0) | (held > 4.99)).all()
    assert column.original.sum() == pytest.approx(1)
    assert not set(column.edges) & {value + 1 / 3 for value in values}


def test_outlier_neither_has_a_bar_nor_stretches_the_axis(rng: np.random.Generator) -> None:
    people = pd.DataFrame({"x": np.append(rng.normal(size=200), 1e9)})
    column = shares_of(people, people.clip(-1, 1))
    assert column.edges[-1] < 5
    # An arrow would stand for one person; avatars from beyond are public.
    assert not column.is_open[1]
    assert shares_of(people).is_open[1]
    assert len(column.edges) > 8


def test_closed_ends_have_no_arrow() -> None:
    column = shares_of(pd.DataFrame({"x": np.repeat([1, 2, 3], 30)}))
    assert column.edges.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert column.original == pytest.approx([1 / 3] * 3)
    assert column.is_open == (False, False)


def test_rare_levels_are_pooled_and_not_named() -> None:
    people = pd.DataFrame({"x": ["a"] * 30 + ["b"] * 20 + ["c", "d"] * 4})
    column = shares_of(people)
    assert column.names == ("a", "b", "other")
    assert column.original == pytest.approx([30 / 58, 20 / 58, 8 / 58])


def test_pool_of_few_people_joins_the_least_level_and_is_said_to() -> None:
    people = pd.DataFrame({"x": ["a"] * 30 + ["b"] * 20 + ["c", "c", "d", "d"]})
    avatars = pd.DataFrame({"x": ["a"] * 10 + ["c"] * 10 + ["new"] * 20})
    column = shares_of(people, avatars)
    assert column.names == ("a", "b", "other")
    assert column.original == pytest.approx([30 / 54, 24 / 54, 0])
    # What only avatars have is seen; the others' rare levels are where the people's are.
    assert column.avatars == pytest.approx([0.25, 0.25, 0.5])
    assert column.remark == "b: with values of < 5 people"


def test_level_that_only_avatars_have_is_seen() -> None:
    people = pd.DataFrame({"x": ["a"] * 30 + ["b"] * 20})
    avatars = pd.DataFrame({"x": ["a"] * 10 + ["new"] * 30})
    column = shares_of(people, avatars)
    assert column.names == ("a", "b", "other")
    assert column.original == pytest.approx([0.6, 0.4, 0])
    assert column.avatars == pytest.approx([0.25, 0, 0.75])


def test_most_frequent_of_many_levels_are_shown() -> None:
    people = pd.DataFrame({"x": np.repeat([f"level {j}" for j in range(30)], np.arange(6, 36))})
    column = shares_of(people)
    assert column.names == (*(f"level {j}" for j in range(29, 19, -1)), "other")
    assert column.original.sum() == pytest.approx(1)


def test_ordered_levels_keep_their_order() -> None:
    levels = pd.CategoricalDtype(["s", "m", "l"], ordered=True)
    people = pd.DataFrame({"x": pd.Series(["m"] * 30 + ["s"] * 10 + ["l"] * 20, dtype=levels)})
    assert shares_of(people).names == ("s", "m", "l")


@pytest.mark.parametrize(
    ("gaps", "remark"),
    [
        (3, "missing: avatars 3 %; people < 5,\nin the fullest bar"),
        (97, "missing: people all but < 5, avatars 97 %"),
        (20, "missing: people 20 %, avatars 20 %"),
        (0, ""),
    ],
)
def test_missing_cells_are_said_unless_few_people_have_one(gaps: int, remark: str) -> None:
    people = pd.DataFrame({"x": ([np.nan] * gaps + [0.5, 1.5] * 50)[:100]})
    assert shares_of(people).remark == remark


def test_dates_are_days_of_the_calendar() -> None:
    days = pd.Series(pd.date_range("2020-01-01", periods=300))
    expected = dates.date2num(days.to_numpy())
    for kind in (days, days.dt.tz_localize("Asia/Tokyo"), days.dt.to_period("D")):
        column = shares_of(pd.DataFrame({"x": kind}))
        assert column.is_date
        assert expected[0] - 40 < column.edges[0] <= expected[5]
        assert expected[-5] <= column.edges[-1] < expected[-1] + 40


@pytest.mark.parametrize(
    ("unit", "shown"), [("D", "days"), ("h", "hours"), ("min", "minutes"), ("s", "seconds")]
)
def test_lengths_of_time_have_a_unit_that_people_read(unit: str, shown: str) -> None:
    lengths = pd.to_timedelta(np.repeat([1, 2, 3, 4], 10), unit=unit)
    display = DistributionDisplay.from_tables(*[pd.DataFrame({"stay": lengths})] * 2)
    (column,) = display.columns
    assert column.unit == shown
    assert display.ax_.get_title(loc="left") == f"stay ({shown})"
    assert 0 <= column.edges[0] <= 1
    assert 4 <= column.edges[-1] <= 5


def test_columns_are_those_asked_for_in_that_order() -> None:
    people = make_patients(60, random_state=0)
    display = DistributionDisplay.from_tables(people, people, columns=["sex", "age"])
    assert [ax.get_title(loc="left") for ax in display.ax_] == ["sex", "age"]
    people["id"] = [f"p{j}" for j in range(60)]
    for columns in (["shoe size"], ["id"], []):
        with pytest.raises(InvalidParameterError, match="columns"):
            DistributionDisplay.from_tables(
                people, people, columns=columns, types={"id": "identifier"}
            )


def test_identifiers_are_not_drawn() -> None:
    people = make_patients(60, random_state=0).assign(id=[f"p{j}" for j in range(60)])
    display = DistributionDisplay.from_tables(people, people, types={"id": "identifier"})
    assert "id" not in [column.label for column in display.columns]
