"""Links between tables: by names, checked by values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from avatars.advice import LinkAdvice, advise_links
from avatars.exceptions import InvalidInputError, InvalidParameterError
from avatars.models import LinkMethod
from avatars.tables import read_path

DATA = Path(__file__).parents[3] / "shared" / "data"


def patients(key: str = "patient_id") -> pd.DataFrame:
    return pd.DataFrame({key: np.arange(1000, 1040), "age": np.arange(40) % 7})


def visits(key: str = "patient_id", **more: object) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"visit_id": np.arange(90), key: rng.integers(1000, 1040, 90), "exam": ["a", "b"] * 45}
        | more
    )


def only(found: list[LinkAdvice]) -> LinkAdvice:
    (link,) = found
    return link


@pytest.mark.parametrize(
    ("parent", "child", "confidence"),
    [
        ("patient_id", "patient_id", "high"),
        ("id", "patient_id", "high"),
        ("p_id", "PatientID", "high"),
        ("id", "referring_patient_id", "medium"),
        ("id", "subject_id", "low"),
    ],
)
def test_confidence_comes_from_names(parent: str, child: str, confidence: str) -> None:
    link = only(advise_links({"patients": patients(parent), "visits": visits(child)}))
    assert (link.parent_table, link.parent_field) == ("patients", parent)
    assert (link.child_table, link.child_field) == ("visits", child)
    assert link.confidence == confidence
    assert link.is_verified
    assert link.basis == ("values" if confidence == "low" else "names and values")


def test_names_alone_are_said_to_be_alone() -> None:
    few = patients().head(30)
    link = only(advise_links({"patients": few, "visits": visits()}))
    share = visits()["patient_id"].drop_duplicates().isin(few["patient_id"]).mean()
    assert (link.confidence, link.basis) == ("high", "names")
    assert link.included == pytest.approx(share)
    assert not link.is_verified


def test_values_that_are_elsewhere_speak_against_names() -> None:
    others = patients().assign(patient_id=np.arange(40))
    link = only(advise_links({"patients": others, "visits": visits()}))
    assert (link.confidence, link.basis, link.included) == ("low", "names", 0.0)


@pytest.mark.parametrize("dtype", ["float64", "Int64", "int64[pyarrow]", "object"])
def test_keys_of_other_dtypes_are_compared_by_value(dtype: str) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    child = visits().astype({"patient_id": dtype})
    assert only(advise_links({"patients": patients(), "visits": child})).is_verified


def test_key_with_gaps_is_compared_by_what_is_there() -> None:
    child = visits().astype({"patient_id": "float64"})
    child.loc[::7, "patient_id"] = np.nan
    assert only(advise_links({"patients": patients(), "visits": child})).is_verified


def test_two_parents_get_a_link_each() -> None:
    rng = np.random.default_rng(1)
    doctors = pd.DataFrame({"doctor_id": np.arange(12), "job": list("abc") * 4})
    tables = {
        "patients": patients(),
        "doctors": doctors,
        "visits": visits(doctor_id=rng.integers(0, 12, 90)),
    }
    found = advise_links(tables)
    assert {(link.parent_table, link.child_field) for link in found} == {
        ("patients", "patient_id"),
        ("doctors", "doctor_id"),
    }
    assert all(link.method is LinkMethod.LINEAR_SUM_ASSIGNMENT for link in found)


def test_order_of_the_tables_doesn_t_matter() -> None:
    tables = {"patients": patients(), "visits": visits()}
    assert advise_links(tables) == advise_links(dict(reversed(tables.items())))


def test_key_without_its_table_stays_unlinked() -> None:
    child = visits(hospital_id=np.arange(90) % 30)
    link, key = advise_links({"patients": patients(), "visits": child})
    assert link.is_linked
    assert (key.is_linked, key.child_field, key.candidate_tables) == (False, "hospital_id", ())
    assert key.to_dict() == {"field": "hospital_id", "candidate_tables": []}


def test_parent_is_linked_to_a_child_once() -> None:
    child = visits(referring_patient_id=visits()["patient_id"].to_numpy()[::-1])
    link, key = advise_links({"patients": patients(), "visits": child})
    assert (link.child_field, link.confidence) == ("patient_id", "high")
    assert (key.child_field, key.candidate_tables) == ("referring_patient_id", ("patients",))


def test_links_form_no_circle() -> None:
    n = 40
    half = np.arange(n) // 2
    tables = {
        "a": pd.DataFrame({"a_id": np.arange(n), "c_id": half}),
        "b": pd.DataFrame({"b_id": np.arange(n), "a_id": half}),
        "c": pd.DataFrame({"c_id": np.arange(n), "b_id": half}),
    }
    found = advise_links(tables)
    assert sum(link.is_linked for link in found) == 2
    assert sum(not link.is_linked for link in found) == 1


def test_table_is_never_linked_to_itself() -> None:
    people = patients("id").assign(parent_id=[1000, 1001] * 20)
    key = only(advise_links({"people": people}))
    assert (key.child_field, key.is_linked) == ("parent_id", False)


def test_key_that_is_a_primary_key_as_well_points_to_the_table_it_names() -> None:
    charts = pd.DataFrame({"patient_id": np.arange(1000, 1030), "weight": np.arange(30.0)})
    link = only(advise_links({"patients": patients("id"), "charts": charts}))
    assert (link.parent_table, link.child_table) == ("patients", "charts")


def test_points_in_time_are_a_series() -> None:
    rows = [(person, t) for person in range(1000, 1020) for t in range(12)]
    series = pd.DataFrame(rows, columns=["patient_id", "t"]).assign(pulse=np.arange(240.0))
    tables = {"patients": patients(), "sensors": series}
    assert only(advise_links(tables)).method is LinkMethod.TIME_SERIES
    tables["sensors"] = series.assign(ward=["x", "y"] * 120)
    assert only(advise_links(tables)).method is LinkMethod.LINEAR_SUM_ASSIGNMENT
    tables["sensors"] = series.assign(t=0)
    assert only(advise_links(tables)).method is LinkMethod.LINEAR_SUM_ASSIGNMENT


def test_document_names_the_link_as_its_parent_lists_it() -> None:
    link = only(advise_links({"patients": patients("id"), "visits": visits()}))
    assert link.to_dict() == {
        "field": "id",
        "to": {"table": "visits", "field": "patient_id"},
        "method": "linear_sum_assignment",
        "confidence": "high",
    }


def test_tables_without_keys_have_no_links() -> None:
    assert advise_links({"a": pd.DataFrame({"x": [1.5, 2.5]}), "b": pd.DataFrame({"y": [1]})}) == []
    assert advise_links({}) == []


def test_no_value_is_shown() -> None:
    parent = pd.DataFrame({"id": [f"ZZSECRET{i}" for i in range(30)]})
    child = pd.DataFrame({"patient_id": ["ZZSECRET3", "ZZSECRET4", "ZZSECRETx"] * 10})
    found = advise_links({"patient": parent, "visit": child})
    assert "ZZSECRET" not in repr(found) + repr([link.to_dict() for link in found])


def test_no_tables_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="'tables' must map names"):
        advise_links([patients()])  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="'empty'"):
        advise_links({"empty": pd.DataFrame()})


@pytest.mark.skipif(not DATA.exists(), reason="the tables are not ours to ship")
def test_tables_as_people_have_them() -> None:
    found = advise_links({name: read_path(DATA / f"{name}.csv") for name in ("visit", "patient")})
    assert [(link.parent_field, link.child_field) for link in found if link.is_linked] == [
        ("p_id", "patient_id")
    ]
    names = ("sensors_timeseries1", "sensors_vanilla", "sensors_timeseries2")
    series = advise_links({name: read_path(DATA / f"{name}.csv") for name in names})
    assert {link.parent_table for link in series} == {"sensors_vanilla"}
    assert {link.method for link in series} == {LinkMethod.TIME_SERIES}
