"""Counts and moments that tell fewer than five people apart nowhere."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from avatars.metrics import signal
from avatars.metrics.space import read_together
from avatars.report.data import ColumnFacts, ColumnUtility
from avatars.report.guarded import figures_of, guarded, guarded_columns
from avatars.report.summary import column_facts, column_utility, label_text


def facts_of(before: pd.DataFrame, after: pd.DataFrame, **kw: object) -> dict[str, ColumnFacts]:
    return {fact.name: fact for fact in column_facts(*read_together(before, after, **kw))}


def utility_of(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, ColumnUtility]:
    tables = read_together(before, after)
    columns = guarded_columns(*guarded(*tables), random_state=0)
    return {part.name: part for part in column_utility(*tables, columns)}


def figures(before: pd.DataFrame, after: pd.DataFrame) -> Mapping[str, float]:
    tables = guarded(*read_together(before, after))
    return figures_of(*tables, guarded_columns(*tables, random_state=0))


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


def test_nothing_is_said_of_fewer_than_twenty_numbers() -> None:
    frame = pd.DataFrame({"x": [*np.arange(19.0) ** 2, *[np.nan] * 20], "y": np.arange(39.0) ** 2})
    part = utility_of(frame, frame)
    assert part["x"].mean_original is None
    assert part["x"].std_avatars is None
    assert (part["x"].hellinger, part["x"].gap) == (None, None)
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


def test_gaps_of_all_but_a_few_people_are_not_counted() -> None:
    frame = pd.DataFrame({"x": [1.5, *[np.nan] * 39], "y": np.arange(40.0) ** 1.5})
    facts = facts_of(frame, frame)
    assert (facts["x"].missing_original, facts["y"].missing_original) == (None, 0)


def test_figures_of_columns_have_three_decimals() -> None:
    rng = np.random.default_rng(0)
    frames = [pd.DataFrame({"x": rng.normal(size=97), "s": rng.choice(list("ab"), 97)})] * 2
    frames[1] = frames[1].sample(frac=1, replace=True, random_state=0)
    parts = utility_of(*frames).values()
    found = [*figures(*frames).values()]
    found += [value for part in parts for value in (part.hellinger, part.gap) if value]
    assert len(found) > 10
    assert [value for value in found if value != round(value, 3)] == []


def test_what_a_release_adds_stays_visible() -> None:
    before = pd.DataFrame({"s": ["no"] * 97 + ["yes"] * 3, "x": np.arange(100.0) ** 1.5})
    few, many = (
        before.assign(s=["no"] * (100 - n) + ["yes"] * n, x=before["x"].where(before.index >= n))
        for n in (4, 40)
    )
    new = before.assign(s=["no"] * 60 + ["never"] * 40)
    assert utility_of(before, few)["s"].gap == 0
    assert utility_of(before, many)["s"].gap == 0.4
    assert utility_of(before, new)["s"].gap == pytest.approx(0.4)
    assert figures(before, few)["missing_rate_difference"] == 0
    assert figures(before, many)["missing_rate_difference"] == 0.2


def test_levels_of_few_people_are_one_where_five_hold_one_of_them() -> None:
    before = pd.DataFrame({"s": ["a"] * 90 + ["b"] * 3 + ["c"] * 3 + ["d"] * 4})
    after = pd.DataFrame({"s": ["a"] * 90 + ["b"] * 10})
    assert utility_of(before, after)["s"].gap == 0
    assert utility_of(before, before.head(90))["s"].gap == 0.1


def test_figures_are_those_of_the_metrics_where_nobody_is_alone() -> None:
    before = pd.DataFrame({"x": np.repeat(np.arange(8.0), 10), "s": list("abcdefgh") * 10})
    after = before.assign(x=before["x"] // 2, s=before["s"].replace("a", "b"))
    tables = read_together(before, after)
    for name, value in figures(before, after).items():
        assert value == pytest.approx(getattr(signal, name)(*tables), abs=6e-4), name


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
