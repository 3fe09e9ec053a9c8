"""Counts and moments that tell fewer than five people apart nowhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.metrics.signal import by_column
from avatars.metrics.space import read_together
from avatars.report.data import ColumnFacts, ColumnUtility
from avatars.report.summary import column_facts, column_utility, label_text


def facts_of(before: pd.DataFrame, after: pd.DataFrame, **kw: object) -> dict[str, ColumnFacts]:
    return {fact.name: fact for fact in column_facts(*read_together(before, after, **kw))}


def utility_of(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, ColumnUtility]:
    tables = read_together(before, after)
    return {part.name: part for part in column_utility(*tables, by_column(*tables))}


@pytest.mark.parametrize(("gaps", "shown"), [(0, 0), (1, "< 5"), (4, "< 5"), (5, 5)])
def test_one_to_four_missing_cells_are_not_told_apart(gaps: int, shown: object) -> None:
    frame = pd.DataFrame({"x": np.arange(40.0) ** 1.5, "sex": ["f", "m"] * 20})
    frame.loc[: gaps - 1, "x"] = np.nan
    assert facts_of(frame, frame)["x"].missing_original == shown


def test_levels_are_counted_and_never_named() -> None:
    before = pd.DataFrame({"town": ["A"] * 30 + ["B"] * 4 + ["C"] * 5 + [None]})
    after = pd.DataFrame({"town": ["A"] * 20 + ["B"] + ["D"] * 2})
    facts = facts_of(before, after)["town"]
    assert (facts.distinct_original, facts.distinct_avatars) == (3, 3)
    assert (facts.rare_original, facts.rare_avatars) == (1, 1)
    assert (facts.missing_original, facts.missing_avatars) == ("< 5", 0)


def test_identifiers_are_named_and_not_counted() -> None:
    frame = pd.DataFrame({"id": [f"p{i}" for i in range(20)], "x": np.arange(20.0) ** 2})
    facts = facts_of(frame, frame, types={"id": "identifier"})["id"]
    assert facts.kind == "identifier"
    assert (facts.distinct_original, facts.missing_original) == (None, None)
    assert "id" not in {part.name for part in utility_of(frame[["x"]], frame[["x"]]).values()}


def test_moments_are_those_of_the_column_where_nothing_is_extreme() -> None:
    before = pd.DataFrame({"x": np.tile([1.0, 2.0, 3.0, 4.0], 10)})
    after = pd.DataFrame({"x": np.tile([2.0, 3.0], 10)})
    part = utility_of(before, after)["x"]
    assert (part.mean_original, part.std_original) == ("2.50", "1.12")
    assert (part.mean_avatars, part.std_avatars) == ("2.50", "0.50")


def test_one_extreme_value_can_t_be_worked_out_from_a_mean() -> None:
    x = np.linspace(1, 2, 50)
    tame, wild = (pd.DataFrame({"x": np.append(x, end)}) for end in (2.5, 9e6))
    first, second = utility_of(tame, tame)["x"], utility_of(wild, wild)["x"]
    assert first.mean_original == second.mean_original
    assert first.std_original == second.std_original


def test_moments_of_fewer_than_ten_people_are_not_shown() -> None:
    frame = pd.DataFrame({"x": [*np.arange(9.0) ** 2, *[np.nan] * 30], "y": np.arange(39.0) ** 2})
    part = utility_of(frame, frame)
    assert part["x"].mean_original is None
    assert part["x"].std_avatars is None
    assert part["y"].mean_original is not None


def test_moments_of_an_empty_column_of_the_release_are_absent() -> None:
    before = pd.DataFrame({"x": np.arange(20.0) ** 1.5, "y": ["a", "b"] * 10})
    part = utility_of(before, before.assign(x=np.nan))["x"]
    assert (part.mean_original is None, part.mean_avatars) == (False, None)


def test_moments_in_time_are_days_and_hours() -> None:
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.tile([0, 2], 20), unit="D")
    frame = pd.DataFrame(
        {
            "day": days,
            "stay": pd.to_timedelta(np.tile([1, 3], 20), unit="h"),
            "month": pd.PeriodIndex(days, freq="M"),
            "zone": days.tz_localize("Europe/Paris"),
        }
    )
    part = utility_of(frame, frame)
    assert (part["day"].mean_original, part["day"].std_original) == ("2024-01-02", "1.00 days")
    assert (part["stay"].mean_original, part["stay"].std_original) == ("2.00 h", "1.00 h")
    assert part["zone"].mean_original == "2024-01-02"
    assert part["month"].mean_original == "not shown"


def test_numbers_keep_three_digits_of_their_spread() -> None:
    spread = np.tile([-1.0, 1.0], 20)
    frame = pd.DataFrame(
        {
            "small": 5 + spread / 1000,
            "large": 123_456_789 + 1000 * spread,
            "huge": 1e200 * (2 + spread),
            "constant": np.full(40, 7.25),
        }
    )
    part = utility_of(frame, frame)
    assert part["small"].mean_original == "5.00000"
    assert part["large"].mean_original == "123,456,789"
    assert part["huge"].mean_original == "2e+200"
    assert (part["constant"].mean_original, part["constant"].std_original) == ("7.25", "0")


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("größe", "größe"),
        ("العمر", "العمر"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("a\x00b\nc", "a\\x00b\\nc"),
        ("\ud800", "\\ud800"),
        (("a", 1), "('a', 1)"),
        ("x" * 81, "x" * 79 + "…"),
    ],
)
def test_labels_are_spelt_so_that_they_can_t_act(label: object, text: str) -> None:
    assert label_text(label) == text
    label_text(label).encode("utf-8")
