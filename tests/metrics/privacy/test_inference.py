"""What is read off the nearest avatar: constructions whose answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidParameterError
from avatars.metrics.privacy import inference_categorical, inference_continuous


def test_number_of_a_copy_is_read_off_it(people: pd.DataFrame) -> None:
    assert inference_continuous(people, people, known_variables=["pay"], target="age") == 0
    assert inference_categorical(people, people, known_variables=["pay"], target="level") == 0


def test_error_is_relative_to_the_value() -> None:
    people = pd.DataFrame({"key": [0.5, 10.5, 20.5], "age": [10.0, 20.0, 40.0]})
    release = pd.DataFrame({"key": [20.0, 0.0, 11.0], "age": [30.0, 11.0, 18.0]})
    expected = 100 * np.mean([1 / 10, 2 / 20, 10 / 40])
    found = inference_continuous(people, release, known_variables=["key"], target="age")
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("dtype", ["int64", "float32", "Int16", "object"])
def test_error_is_that_of_the_value_and_not_of_its_code(dtype: str) -> None:
    people = pd.DataFrame({"key": [0.5, 10.5, 10.6], "age": pd.Series([50, 60, 61], dtype=dtype)})
    release = people.assign(age=pd.Series([55, 60, 61], dtype=dtype))
    found = inference_continuous(people, release, known_variables=["key"], target="age")
    assert found == pytest.approx(100 * np.mean([5 / 50, 0, 0]))


def test_mean_of_equally_near_avatars_is_read() -> None:
    people = pd.DataFrame({"sex": list("ffmm"), "age": [20.0, 40.0, 50.0, 50.0]})
    release = pd.DataFrame({"sex": list("fffm"), "age": [10.0, 20.0, 60.0, 40.0]})
    # The attacker reads 30 and 40.
    expected = 100 * np.mean([10 / 20, 10 / 40, 10 / 50, 10 / 50])
    found = inference_continuous(people, release, known_variables=["sex"], target="age")
    assert found == pytest.approx(expected)


def test_values_near_zero_don_t_make_up_the_figure() -> None:
    people = pd.DataFrame({"key": [0.5, 10.5, 20.5, 30.5], "pay": [0.0, 1e-9, 100.0, 100.0]})
    release = people.assign(pay=people["pay"] + 1)
    # A tenth of the mean absolute value is five.
    expected = 100 * np.mean([1 / 5, 1 / 5, 1 / 100, 1 / 100])
    found = inference_continuous(people, release, known_variables=["key"], target="pay")
    assert found == pytest.approx(expected)


def test_value_that_is_zero_for_all_is_right_or_wrong() -> None:
    people = pd.DataFrame({"key": [0.5, 10.5], "pay": [0.0, 0.0]})
    release = people.assign(pay=[0.0, 3.0])
    assert inference_continuous(people, people, known_variables=["key"], target="pay") == 0
    assert inference_continuous(people, release, known_variables=["key"], target="pay") == 50


def test_dates_are_measured_from_the_earliest() -> None:
    people = pd.DataFrame(
        {
            "key": [0.5, 10.5, 20.5],
            "day": pd.to_datetime(["2020-01-01", "2020-01-11", "2020-01-21"]),
        }
    )
    release = people.assign(day=people["day"] + pd.Timedelta(days=1))
    # The mean distance from the earliest is ten days, a tenth of it one.
    expected = 100 * np.mean([1 / 1, 1 / 10, 1 / 20])
    found = inference_continuous(people, release, known_variables=["key"], target="day")
    assert found == pytest.approx(expected)


def test_most_frequent_level_of_equally_near_avatars_is_read() -> None:
    people = pd.DataFrame({"sex": list("ffmm"), "job": list("abab")})
    release = pd.DataFrame({"sex": list("fffmm"), "job": list("aabab")})
    # Of women the attacker reads a; of men a or b, at random.
    found = inference_categorical(people, release, known_variables=["sex"], target="job")
    assert found == pytest.approx(100 * (1 - np.mean([1, 0, 0.5, 0.5])))


def test_level_that_only_the_release_has_is_a_wrong_guess() -> None:
    people = pd.DataFrame({"sex": list("ffmm"), "job": list("aabb")})
    release = pd.DataFrame({"sex": list("fm"), "job": list("xb")})
    found = inference_categorical(people, release, known_variables=["sex"], target="job")
    assert found == 50


def test_gaps_of_the_target_don_t_count() -> None:
    people = pd.DataFrame(
        {"key": [0.5, 10.5, 20.5], "pay": [10.0, np.nan, 40.0], "job": ["a", None, "b"]}
    )
    release = pd.DataFrame(
        {"key": [0.5, 10.0, 20.5], "pay": [np.nan, 20.0, 40.0], "job": [None, "a", "a"]}
    )
    found = inference_continuous(people, release, known_variables=["key"], target="pay")
    assert found == pytest.approx(100 * np.mean([1.0, 0]))
    assert inference_categorical(people, release, known_variables=["key"], target="job") == 50


@pytest.mark.parametrize("empty", ["people", "release"])
def test_target_that_nobody_has_is_not_read(empty: str) -> None:
    tables = {
        name: pd.DataFrame({"key": [0.5, 10.5], "pay": [1.0, 2.0], "job": ["a", "b"]})
        for name in ("people", "release")
    }
    tables[empty] = tables[empty].assign(pay=np.nan, job=pd.Series([None, None], dtype=object))
    for metric, target in ((inference_continuous, "pay"), (inference_categorical, "job")):
        found = metric(tables["people"], tables["release"], known_variables=["key"], target=target)
        assert found == 100


@pytest.mark.parametrize(
    ("metric", "target", "message"),
    [
        (inference_continuous, "nobody", "names no column, 'nobody'"),
        (inference_continuous, "sex", "of kind category, 'sex': this metric needs one of kind n"),
        (inference_categorical, "age", "of kind numeric, 'age': this metric needs one of kind c"),
        (inference_continuous, "pay", "'pay', which is among known_variables"),
    ],
)
def test_target_is_checked(
    people: pd.DataFrame, metric: Callable[..., float], target: str, message: str
) -> None:
    with pytest.raises(InvalidParameterError, match=message) as caught:
        metric(people, people, known_variables=["pay", "height"], target=target)
    assert caught.value.parameter == "target"


@pytest.mark.parametrize("known", [["nobody"], "pay", [], None, ["age", "nobody"]])
def test_known_variables_are_checked(people: pd.DataFrame, known: object) -> None:
    for metric, target in ((inference_continuous, "height"), (inference_categorical, "sex")):
        with pytest.raises(InvalidParameterError) as caught:
            metric(people, people, known_variables=known, target=target)
        assert caught.value.parameter == "known_variables"
