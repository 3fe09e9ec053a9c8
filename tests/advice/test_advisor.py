"""``advise``: its parameters run on whatever people have, and nothing in it shows a person."""

from __future__ import annotations

import datetime
import html
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.advice import Advice, advise
from avatars.advice.columns import FIELDS
from avatars.datasets import make_patients
from avatars.exceptions import (
    InvalidColumnError,
    InvalidInputError,
    InvalidParameterError,
    InvalidTableError,
    RareValuesWarning,
    TooFewRowsError,
)
from avatars.tables import read_path, read_table

DATA = Path(__file__).parents[3] / "shared" / "data"
N = 300


def run(table: Any, advice: Advice) -> Any:
    kept = table.drop(columns=list(advice.drop)) if advice.drop else table
    with warnings.catch_warnings():
        # The advice has told of rare levels already.
        warnings.simplefilter("ignore", RareValuesWarning)
        return Avatarizer(**advice.parameters, random_state=0).fit_transform(kept)


def nullable(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": pd.array(rng.integers(0, 90, N), dtype="Int64"),
            "b": pd.array(rng.choice([True, False, None], N), dtype="boolean"),
            "c": pd.array(rng.choice(["x", "y", None], N), dtype="string"),
            "f": pd.array(np.where(rng.random(N) < 0.1, np.nan, rng.normal(size=N)), "Float64"),
        }
    )


def arrow(rng: np.random.Generator) -> pd.DataFrame:
    pytest.importorskip("pyarrow")
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, N), "D")
    return pd.DataFrame(
        {
            "a": pd.Series(rng.integers(0, 90, N), dtype="int64[pyarrow]"),
            "s": pd.Series(rng.choice(["x", "y"], N), dtype="string[pyarrow]"),
            "d": pd.Series(days).astype("timestamp[us][pyarrow]"),
        }
    )


def moments(rng: np.random.Generator) -> pd.DataFrame:
    dates = [
        datetime.date(2020, 1, 1) + datetime.timedelta(int(i)) for i in rng.integers(0, 900, N)
    ]
    return pd.DataFrame(
        {
            "zoned": pd.date_range("2024-01-01", periods=N, freq="h", tz="Europe/Paris"),
            "span": pd.to_timedelta(rng.integers(0, 1000, N), "min"),
            "month": pd.period_range("2000-01", periods=N, freq="M"),
            "date": dates,
            "written": [str(date) for date in dates],
        }
    )


def many_levels(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "flat": [f"z{i:05}" for i in rng.integers(0, 10_000, 5000)],
            "steep": [f"z{i:05}" for i in np.minimum(rng.zipf(1.4, 5000), 10_000)],
            "x": rng.normal(size=5000),
        }
    )


def telling(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [f"Per Son{i}" for i in range(N)],
            "notes": [f"on day {i} she was seen by doctor {i * 7}" for i in range(N)],
            "email": [f"{i % 90}@example.org" for i in range(N)],
            "patient_id": np.arange(N) * 3 + 1000,
            "x": rng.normal(size=N),
        }
    )


def refused(rng: np.random.Generator) -> pd.DataFrame:
    x = rng.normal(size=N)
    return pd.DataFrame(
        {
            "list": [[1, 2]] * N,
            "infinite": np.where(np.arange(N) == 3, np.inf, x),
            "complex": x + 1j,
            "interval": pd.interval_range(0, N),
            "sparse": pd.arrays.SparseArray(x),
            "key_id": np.where(np.arange(N) % 9 == 0, np.nan, np.arange(N) * 3.0),
            "x": x,
        }
    )


def labels_of_any_kind(rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame({0: rng.normal(size=N), "s": rng.choice(["x", "y"], N)})
    return frame.assign(k=np.arange(N) * 2).rename(columns={"k": ("visit", "id")})


TABLES: dict[str, Callable[[np.random.Generator], Any]] = {
    "nullable": nullable,
    "arrow": arrow,
    "moments": moments,
    "many levels": many_levels,
    "telling": telling,
    "refused": refused,
    "labels": labels_of_any_kind,
    "patients": lambda rng: make_patients(N, random_state=rng),
    "missing": lambda rng: pd.DataFrame(
        {"e": [None] * N, "g": pd.array([pd.NA] * N, dtype="Int64"), "x": rng.normal(size=N)}
    ),
    "constant": lambda rng: pd.DataFrame(
        {"k": [1] * N, "few": ["only"] * 3 + [None] * (N - 3), "x": rng.normal(size=N)}
    ),
    "wide": lambda rng: pd.DataFrame(rng.normal(size=(60, 200))).add_prefix("x"),
    "wide categories": lambda rng: pd.DataFrame(
        {f"c{i}": rng.choice(list("abcde"), 80) for i in range(60)}
    ),
    "one column": lambda rng: pd.DataFrame({"s": rng.choice(["x", "y"], N)}),
    "large numbers": lambda rng: pd.DataFrame(
        {"x": [2**70 + int(i) for i in rng.integers(0, 99, N)], "h": rng.normal(size=N) * 1e300}
    ),
    "array": lambda rng: rng.normal(size=(N, 3)),
    **{
        f"{n} rows": lambda rng, n=n: pd.DataFrame(
            {"x": rng.normal(size=n), "s": rng.choice(["a", "b"], n), "i": np.arange(n) * 2}
        )
        for n in (6, 9, 12, 24)
    },
}


@pytest.mark.parametrize("context", ["open", "external", "internal"])
@pytest.mark.parametrize("table", list(TABLES))
def test_advised_parameters_run(table: str, context: str) -> None:
    source = TABLES[table](np.random.default_rng(0))
    advice = advise(source, context=context)
    released = run(source, advice)
    assert released.shape == (len(source), source.shape[1] - len(advice.drop))
    assert set(advice.probable_ids).isdisjoint(advice.drop)
    assert len(advice.columns) == source.shape[1]
    json.dumps(advice.to_dict(), allow_nan=False)


def test_table_that_is_refused_as_it_is_runs_as_advised() -> None:
    people = telling(np.random.default_rng(0))
    with pytest.raises(InvalidColumnError):
        read_table(people)
    advice = advise(people)
    assert advice.probable_ids == ("name", "notes", "email", "patient_id")
    assert advice.parameters["primary_key"] == "patient_id"
    released = run(people, advice)
    for label in advice.probable_ids:
        assert set(released[label]).isdisjoint(people[label])


def test_columns_to_drop_are_named_with_the_reason() -> None:
    advice = advise(refused(np.random.default_rng(0)))
    assert advice.drop == ("list", "infinite", "complex", "interval", "sparse", "key_id")
    for label in advice.drop:
        assert advice.reasons[f"column '{label}'"].startswith(f"Column '{label}' ")
    kinds = advice.columns.set_index("label")["kind"]
    assert (kinds[list(advice.drop)] == "dropped").all()


def test_polars_and_paths_are_advised_on(tmp_path: Path) -> None:
    people = make_patients(N, random_state=0)
    people.to_csv(tmp_path / "people.csv", index=False)
    assert advise(tmp_path / "people.csv").n_rows == N
    polars = pytest.importorskip("polars")
    advice = advise(polars.from_pandas(telling(np.random.default_rng(0))))
    assert advice.parameters["primary_key"] == "patient_id"


def test_every_parameter_has_a_reason() -> None:
    advice = advise(make_patients(N, random_state=0).assign(id=np.arange(N) * 2))
    decided = {name for name, value in advice.parameters.items() if value is not None}
    assert decided - {"types"} <= set(advice.reasons)
    assert all(reason.endswith(".") and len(reason) > 20 for reason in advice.reasons.values())


def test_what_is_said_already_stays_said() -> None:
    people = make_patients(N, random_state=0).assign(record=np.arange(N) * 2, group=[1, 2, 3] * 100)
    advice = advise(
        people,
        types={"group": "category"},
        primary_key="record",
        target="severity",
        known_variables=["age"],
    )
    assert advice.parameters["types"]["group"] == "category"
    assert advice.parameters["primary_key"] == "record"
    assert advice.parameters["target"] == "severity"
    assert advice.parameters["known_variables"] == ["age"]
    assert "known_variables" not in advice.reasons
    assert run(people, advice).shape == people.shape


def test_known_variables_are_guessed_from_names_and_leave_out_the_target() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "age": rng.integers(18, 90, N),
            "sex": rng.choice(["f", "m"], N),
            "job": [None, None, "a"] * (N // 3),
            "pulse": rng.normal(size=N),
        }
    )
    assert advise(people).known_variables == ("age", "sex")
    assert advise(people, target="sex").known_variables == ("age",)


def test_rows_that_may_not_be_people_are_told_of() -> None:
    visits = pd.DataFrame({"patient_id": np.arange(N) // 3, "cost": np.arange(N) * 1.5})
    advice = advise(visits)
    assert "'patient_id' (100 distinct values in 300 cells)" in advice.reasons["individual_level"]
    assert "individual_level" not in advise(make_patients(N, random_state=0)).reasons


def test_skewed_columns_get_a_hint() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"pay": rng.lognormal(sigma=2, size=N), "x": rng.normal(size=N)})
    advice = advise(people)
    assert list(advice.hints) == ["pay"]
    assert advice.columns.set_index("label")["is_skewed"].to_dict() == {"pay": True, "x": False}


def test_summary_has_the_documented_fields() -> None:
    advice = advise(make_patients(N, random_state=0))
    assert tuple(advice.columns) == (*FIELDS, "kind")
    stats = advice.to_dict()["advice"]["summary"]["stats"]
    assert [set(FIELDS) <= set(record) for record in stats] == [True] * len(advice.columns)


def test_document_has_both_nestings() -> None:
    document = advise(make_patients(N, random_state=0)).to_dict("patients")
    assert (document["table_name"], document["advice"]["name"]) == ("patients", "patients")
    advised = document["advice"]
    for name, value in advised["parameters"].items():
        assert advised[name] == value
    assert advised["imputation"] == {
        "method": "knn",
        "k": None,
        "training_fraction": None,
        "return_data_imputed": False,
    }
    assert advised["seed"] is None


def test_dropped_columns_have_no_figures_in_the_document() -> None:
    document = advise(refused(np.random.default_rng(0))).to_dict()
    stats = {record["label"]: record for record in document["advice"]["summary"]["stats"]}
    assert stats["list"]["unique_number"] is None
    assert stats["infinite"]["mean"] is None


def test_nothing_shows_a_person() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "name": [f"ZZSECRET{i}" for i in range(N)],
            "rare": ["ZZSECRET"] * 4 + ["a", "b"] * ((N - 4) // 2),
            "list": [["ZZSECRET"]] * N,
            "text": [f"ZZSECRET lives with her {i} many loud cats" for i in range(N)],
            "pay": rng.normal(size=N).round(3) + 7000,
        }
    )
    people.loc[5, "pay"] = 987654.321
    advice = advise(people)
    told = "".join(
        [
            repr(advice),
            advice._repr_html_(),
            json.dumps(advice.to_dict()),
            advice.columns.to_csv(),
            *advice.reasons.values(),
            *advice.hints.values(),
        ]
    )
    assert "ZZSECRET" not in told
    assert [pay for pay in people["pay"] if repr(pay) in told] == []


def test_labels_with_markup_are_inert() -> None:
    label = "<img src=x onerror=alert(1)>"
    people = pd.DataFrame({label: [1] * N, "x": np.arange(N) * 1.5})
    page = advise(people)._repr_html_()
    assert "<img" not in page
    assert html.escape(label) in page


def test_table_is_not_changed() -> None:
    people = telling(np.random.default_rng(0))
    before = people.copy(deep=True)
    advise(people)
    pd.testing.assert_frame_equal(people, before)


def test_advice_repeats_exactly() -> None:
    people = make_patients(N, random_state=0)
    assert advise(people).to_dict() == advise(people).to_dict()


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"context": "moon"}, "context"),
        ({"mode": "guess"}, "mode"),
        ({"target": "wage"}, "target"),
        ({"primary_key": "wage"}, "primary_key"),
        ({"known_variables": ["wage"]}, "known_variables"),
        ({"types": {"wage": "int"}}, "types"),
        ({"holdout_fraction": 1.0}, "holdout_fraction"),
    ],
)
def test_options_are_refused_by_name(options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        advise(make_patients(50, random_state=0), **options)
    assert caught.value.parameter == parameter


def test_labels_are_no_single_string() -> None:
    with pytest.raises(InvalidParameterError, match="must be a list of column labels"):
        advise(make_patients(50, random_state=0), known_variables="age")


@pytest.mark.parametrize("options", [{"target": "name"}, {"known_variables": ["name"]}])
def test_identifier_can_t_be_known_or_predicted(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match="what column 'name' means"):
        advise(telling(np.random.default_rng(0)), **options)


def test_tables_without_anything_to_avatarize_are_refused() -> None:
    with pytest.raises(InvalidTableError, match="2 columns and nothing to avatarize"):
        advise(pd.DataFrame({"name": [f"n{i}" for i in range(N)], "l": [[1]] * N}))
    with pytest.raises(TooFewRowsError):
        advise(pd.DataFrame({"x": [1.5, 2.5, 3.5]}))
    with pytest.raises(InvalidInputError):
        advise(pd.DataFrame())


@pytest.mark.skipif(not DATA.exists(), reason="the tables are not ours to ship")
@pytest.mark.parametrize("name", ["visit", "students_dropout", "sensors_vanilla", "iris"])
def test_tables_as_people_have_them_run(name: str) -> None:
    people = read_path(DATA / f"{name}.csv")
    assert run(people, advise(people)).shape == people.shape
