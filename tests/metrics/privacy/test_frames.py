"""Tables of any tool and of any shape: each metric gives a figure or refuses by name."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import AlignmentWarning, InvalidColumnError, InvalidTableError
from avatars.metrics import privacy
from avatars.metrics.space import read_together

Metric = Callable[..., Any]

PAIRED: list[Metric] = [
    privacy.hidden_rate,
    privacy.local_cloaking,
    privacy.categorical_hidden_rate,
]
FREE: list[Metric] = [
    privacy.distance_to_closest,
    privacy.closest_distances_ratio,
    privacy.closest_rate,
    privacy.row_direct_match_protection,
    privacy.column_direct_match_protection,
    privacy.linkability_protection_rate,
]
METRICS = PAIRED + FREE
EXTREMES: dict[str, pd.DataFrame] = {
    "one row": pd.DataFrame({"x": [1.5], "c": ["a"]}),
    "two rows": pd.DataFrame({"x": [1.5, 2.5], "c": ["a", "b"]}),
    "one number": pd.DataFrame({"x": np.arange(30) / 7}),
    "one category": pd.DataFrame({"c": list("abcde") * 12}),
    "constants": pd.DataFrame({"x": [1.5] * 30, "c": ["a"] * 30}),
    "nothing known": pd.DataFrame({"x": [np.nan] * 30, "c": pd.Series([None] * 30, dtype=object)}),
    "a column of gaps": pd.DataFrame({"x": np.arange(30) / 7, "y": [np.nan] * 30}),
    "huge": pd.DataFrame({"x": np.arange(1, 31) * 1e300, "y": np.arange(30) / 7}),
    "tiny": pd.DataFrame({"x": np.arange(1, 31) * 1e-300, "y": np.arange(30) / 7}),
    "integers of 64 bits": pd.DataFrame({"x": [2**62 + 3 * i * i for i in range(30)]}),
    "truth values": pd.DataFrame({"b": [True, False, True] * 20, "x": np.arange(60) / 7}),
    "10 000 levels": pd.DataFrame(
        {
            "c": [f"level {min(i % 11_000, 9_999)}" for i in range(30_000)],
            "x": np.arange(30_000) / 7,
        }
    ),
}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
@pytest.mark.parametrize("case", EXTREMES, ids=str)
@pytest.mark.filterwarnings("ignore:people are no nearer:avatars.exceptions.AlignmentWarning")
def test_extreme_table_gives_a_figure(case: str, metric: Metric) -> None:
    people = EXTREMES[case]
    for avatars in (people, people.iloc[::-1].reset_index(drop=True)):
        value = metric(people, avatars)
        assert isinstance(value, float)
        assert np.isfinite(value)
        assert value >= 0


@pytest.mark.parametrize("case", EXTREMES, ids=str)
def test_extreme_table_against_itself_is_not_private(case: str) -> None:
    people = EXTREMES[case]
    assert privacy.distance_to_closest(people, people) == 0
    assert privacy.row_direct_match_protection(people, people) == 0
    kinds = len(people.drop_duplicates())
    assert privacy.hidden_rate(people, people) == pytest.approx(100 * (1 - kinds / len(people)))


def other_tool(people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Write the same cells as other tools would."""
    return {
        "category": people.astype({"level": "category", "sex": "category"}),
        "object": people.astype({"level": object, "sex": object}),
        "string": people.astype({"level": "string", "sex": "string[python]"}),
        "nullable": people.convert_dtypes(),
        "column order": people[people.columns[::-1]],
        "category of numbers": people.astype({"age": "category"}),
    }


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
@pytest.mark.parametrize("case", other_tool(pd.DataFrame(columns=["level", "sex", "age"])), ids=str)
def test_dtypes_of_another_tool_change_nothing(
    people: pd.DataFrame, rng: np.random.Generator, case: str, metric: Metric
) -> None:
    people = people.round(2)
    drawn = people.assign(age=(people["age"] + rng.normal(0, 3, 300)).round(2))
    assert metric(people, other_tool(drawn)[case]) == pytest.approx(metric(people, drawn))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_integers_drawn_as_floats_are_taken(people: pd.DataFrame, metric: Metric) -> None:
    whole = people.assign(age=people["age"].round().astype("int64"))
    assert metric(whole, people) >= 0
    assert metric(people, whole) >= 0


@pytest.mark.parametrize("metric", FREE, ids=lambda metric: metric.__name__)
def test_any_number_of_rows_is_taken(people: pd.DataFrame, metric: Metric) -> None:
    for release in (people.head(1), people.head(7), pd.concat([people] * 3)):
        assert np.isfinite(metric(people, release))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_tables_that_were_read_before_give_the_same(
    people: pd.DataFrame, rng: np.random.Generator, metric: Metric
) -> None:
    drawn = people.assign(age=people["age"] + rng.normal(0, 3, 300), sex=["x", "f", "m"] * 100)
    assert metric(*read_together(people, drawn)) == metric(people, drawn)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_identifiers_never_count(people: pd.DataFrame, metric: Metric) -> None:
    key = [f"p{i}" for i in range(300)]
    types = {"key": "identifier"}
    with_key = metric(people.assign(key=key), people.assign(key=key[::-1]), types=types)
    without = metric(people.assign(key=key), people, types=types)
    assert with_key == without == metric(people, people)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_what_can_t_be_compared_is_refused_by_table_and_column(
    people: pd.DataFrame, metric: Metric
) -> None:
    secret = "ZZSECRET"
    with pytest.raises(InvalidColumnError, match="column 'age' of table 'avatars' holds") as caught:
        metric(people, people.assign(age=secret))
    assert secret not in str(caught.value)
    with pytest.raises(InvalidColumnError, match="column 'sex' of table 'avatars' holds numbers"):
        metric(people, people.assign(sex=1.5))
    with pytest.raises(InvalidTableError, match="'avatars' lacks 'pay' and adds 'wage'"):
        metric(people, people.rename(columns={"pay": "wage"}))


@pytest.mark.parametrize("metric", [*PAIRED[:2], *FREE[:3]], ids=lambda metric: metric.__name__)
def test_table_of_identifiers_has_no_distances(metric: Metric) -> None:
    people = pd.DataFrame({"key": ["p1", "q7", "r5"]})
    with pytest.raises(InvalidTableError, match="no column but identifiers"):
        metric(people, people, types={"key": "identifier"})


def test_order_of_the_release_changes_nothing(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    for metric in FREE:
        values = {
            metric(people, unseen.sample(frac=1, random_state=seed, ignore_index=True))
            for seed in range(5)
        }
        assert len(values) == 1


def test_number_far_outside_the_people_is_far_and_overflows_nothing(people: pd.DataFrame) -> None:
    for scale in (1.0, 1e-90, 1e90):
        original = people.assign(age=people["age"] * scale)
        far = original.assign(age=[1e300, -1e300] * 150)
        assert privacy.distance_to_closest(original, far) > 1e40
        assert privacy.closest_rate(original, far) == 100
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AlignmentWarning)
            assert privacy.hidden_rate(original, far) > 90
