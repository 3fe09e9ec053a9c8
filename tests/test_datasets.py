"""The generated tables follow the law that their documentation states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from avatars.datasets import make_patients
from avatars.exceptions import InvalidParameterError


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    return make_patients(n_samples=20_000, random_state=0)


def test_columns_have_the_documented_kinds(many: pd.DataFrame) -> None:
    numbers = {"age", "height", "systolic", "n_visits"}
    assert {column for column in many if many[column].dtype == np.int64} == numbers
    assert {column for column in many if many[column].dtype == bool} == {"smoker", "readmitted"}
    assert many["weight"].dtype == many["cholesterol"].dtype == np.float64
    assert many["admission"].dtype == "datetime64[s]"
    assert many["severity"].cat.ordered
    assert all(
        pd.api.types.is_string_dtype(many[column].dropna())
        for column in ("sex", "blood_group", "treatment")
    )


def test_same_seed_gives_the_same_table() -> None:
    assert_frame_equal(make_patients(50, random_state=3), make_patients(50, random_state=3))
    assert not make_patients(50, random_state=3).equals(make_patients(50, random_state=4))


def test_generator_is_used_and_moves_on() -> None:
    rng = np.random.default_rng(3)
    first, second = make_patients(50, random_state=rng), make_patients(50, random_state=rng)
    assert_frame_equal(first, make_patients(50, random_state=3))
    assert not first.equals(second)


def test_numbers_keep_to_their_bounds_and_decimals(many: pd.DataFrame) -> None:
    assert many["age"].between(18, 95).all()
    assert many["systolic"].between(80, 230).all()
    assert many["cholesterol"].min() >= 2
    assert many["admission"].between("2022-01-01", "2024-12-30").all()
    assert np.array_equal(many["weight"], many["weight"].round(1))
    assert np.array_equal(many["cholesterol"], many["cholesterol"].round(2), equal_nan=True)


def test_shares_are_those_of_the_notes(many: pd.DataFrame) -> None:
    blood_groups = many["blood_group"].value_counts(normalize=True)
    assert blood_groups["O+"] == pytest.approx(0.38, abs=0.02)
    assert blood_groups["AB-"] == pytest.approx(0.01, abs=0.005)
    assert (many["sex"] == "female").mean() == pytest.approx(0.52, abs=0.02)
    surgery = (many["treatment"] == "surgery").groupby(many["severity"], observed=True).mean()
    assert surgery["mild"] == pytest.approx(0.02, abs=0.01)
    assert surgery["critical"] == pytest.approx(0.55, abs=0.06)


def test_gaps_depend_on_other_columns(many: pd.DataFrame) -> None:
    no_cholesterol, no_blood_group = many["cholesterol"].isna(), many["blood_group"].isna()
    assert no_cholesterol.mean() == pytest.approx(0.05, abs=0.01)
    assert no_blood_group.mean() == pytest.approx(0.05, abs=0.01)
    young, operated = many["age"] < 50, many["treatment"] == "surgery"
    assert no_cholesterol[young].mean() / no_cholesterol[~young].mean() == pytest.approx(3, abs=0.6)
    assert no_blood_group[~operated].mean() / no_blood_group[operated].mean() > 2.5
    assert many.drop(columns=["cholesterol", "blood_group"]).notna().all(axis=None)


def test_smoking_matters_above_the_threshold_of_pressure(many: pd.DataFrame) -> None:
    share = many.groupby([many["systolic"] > 135, "smoker"])["readmitted"].mean().unstack()
    difference = share[True] - share[False]
    assert difference[True] > 0.15 > difference[False]


def test_no_gaps_when_none_are_asked_for() -> None:
    assert make_patients(200, missing=0, random_state=0).notna().all(axis=None)


def test_one_patient_is_a_table() -> None:
    assert make_patients(1, random_state=0).shape == (1, 13)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"n_samples": 0}, "n_samples"),
        ({"missing": -0.1}, "missing"),
        ({"missing": 0.6}, "missing"),
        ({"missing": float("nan")}, "missing"),
    ],
)
def test_bad_parameter_is_named(parameters: dict[str, float], named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        make_patients(**parameters)
