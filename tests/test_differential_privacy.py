"""``dp_epsilon`` as users meet it: estimators, runs, reports, and what never comes out."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from avatars import Avatarizer, AvatarSampler, Manager, PrivacyLedger
from avatars.config import Config
from avatars.datasets import make_clinic, make_patients
from avatars.exceptions import (
    AvatarsError,
    DataDerivedWarning,
    InvalidColumnError,
    InvalidParameterError,
    JobError,
    NotAvailableError,
    PrivacyBudgetError,
    PrivacyBudgetWarning,
    UnsupportedTypeError,
)
from avatars.models import JobKind, PublicColumn, Results

pytest.importorskip("opendp")
pytestmark = pytest.mark.filterwarnings("ignore::avatars.exceptions.PrivacyBudgetWarning")
PEOPLE = make_patients(400, random_state=0)[["age", "smoker", "readmitted"]]
AGE = {"age": {"bounds": (0, 120)}}


def test_release_has_the_dtypes_and_no_order() -> None:
    private = Avatarizer(dp_epsilon=3.0, dp_domain=AGE)
    released = private.fit_transform(PEOPLE)
    assert (released.dtypes == PEOPLE.dtypes).all()
    assert abs(len(released) - 400) < 100 and len(private.sample(37)) == 37
    assert private.guarantee_.epsilon == 3.0 and private.guarantee_.delta == 1e-5
    assert private.guarantee_.origins["age"] == "given"
    assert not private.fit_transform(PEOPLE).head(20).equals(released.head(20))
    # With little noise it is like the people.
    near = Avatarizer(dp_epsilon=100.0, dp_domain=AGE, dp_n_rows=4000).fit_transform(PEOPLE)
    assert abs(near["age"].mean() - PEOPLE["age"].mean()) < 2
    assert abs(near["smoker"].mean() - PEOPLE["smoker"].mean()) < 0.05


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 5},
        {"random_state": 0},
        {"shuffle": False},
        {"protection": "strict"},
        {"ncp": 3},
        {"column_weights": {"age": 2.0}},
        {"imputation_method": "mean"},
        {"dp_delta": 0.5},
        {"dp_domain": {"nobody": {"bounds": (0, 1)}}},
        {"dp_domain": {"age": {"bounds": (1, 0)}}},
        {"dp_domain": {"age": {"bounds": (0, 1), "categories": [1]}}},
        {"dp_domain": {"smoker": {"bounds": (0, 1)}}},
    ],
)
@pytest.mark.parametrize("estimator", [Avatarizer, AvatarSampler])
def test_what_takes_the_guarantee_back_is_refused_and_costs_nothing(
    estimator: Any, wrong: dict[str, Any]
) -> None:
    ledger = PrivacyLedger(5.0, 1e-4)
    private = estimator(dp_epsilon=1.0, dp_ledger=ledger).set_params(**wrong)
    with pytest.raises(InvalidParameterError, match=next(iter(wrong))):
        private.fit(PEOPLE)
    assert ledger.entries == []


def test_parameters_need_epsilon() -> None:
    for name, value in {
        "dp_delta": 1e-6,
        "dp_n_rows": 5,
        "dp_ledger": PrivacyLedger(1, 1e-5),
    }.items():
        with pytest.raises(InvalidParameterError, match=name):
            Avatarizer(**{name: value}).fit(PEOPLE)


def test_rows_have_no_avatar_of_their_own() -> None:
    private = Avatarizer(dp_epsilon=1.0, dp_domain=AGE).fit(PEOPLE)
    for call in (lambda: private.transform(PEOPLE), private.sensitive_tables):
        with pytest.raises(NotAvailableError, match="dp_epsilon"):
            call()
    assert not hasattr(private, "k_")
    assert hasattr(private.set_params(dp_epsilon=None, dp_domain=None).fit(PEOPLE), "k_")
    assert not hasattr(private, "guarantee_")


def test_ledger_pays_for_every_fit_and_refuses_the_last() -> None:
    ledger = PrivacyLedger(1.3, 1e-5)
    private = Avatarizer(dp_epsilon=1.0, dp_domain=AGE, dp_ledger=ledger)
    private.fit(PEOPLE)
    with pytest.raises(PrivacyBudgetError, match="Nothing was looked at"):
        clone(private).fit(PEOPLE)
    assert len(ledger.entries) == 1


def test_second_fit_of_a_table_warns() -> None:
    table = PEOPLE.sample(frac=1.0, random_state=7).head(300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Avatarizer(dp_epsilon=1.0, dp_domain=AGE).fit(table)
    with pytest.warns(PrivacyBudgetWarning, match="2 times"):
        # In another order it is the same table.
        again = Avatarizer(dp_epsilon=1.0, dp_domain=AGE).fit(table.iloc[::-1])
    # Whoever sees the release learns nothing of it: whether two tables are the same is a secret.
    first = Avatarizer(dp_epsilon=1.0, dp_domain=AGE).fit(table.head(299))
    assert again.guarantee_.described() == first.guarantee_.described()


def test_bounds_are_given_or_bought_or_read_with_a_warning_and_names_are_refused() -> None:
    table = PEOPLE.assign(name=[f"MARKER-{i}" for i in range(400)])
    with pytest.raises(InvalidColumnError, match="'name'") as caught:
        Avatarizer(dp_epsilon=1.0).fit(table)
    assert "MARKER" not in str(caught.value)
    bought = Avatarizer(dp_epsilon=5.0).fit(PEOPLE[["age", "smoker"]])
    assert bought.guarantee_.origins == {
        "age": "bought: powers of two",
        "smoker": "of the dtype",
    }
    with pytest.warns(DataDerivedWarning, match="'age'"):
        read = Avatarizer(dp_epsilon=1.0, dp_domain={"age": {"from_data": True}}).fit(PEOPLE)
    assert read.guarantee_.origins["age"] == "read from the people, not covered"
    for kind in ("float", "int", "datetime", "bool"):
        for dtype in (object, "string"):
            with pytest.raises(InvalidColumnError, match="'name'") as caught:
                Avatarizer(dp_epsilon=1.0, types={"name": kind}).fit(table.astype({"name": dtype}))
            assert "MARKER" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        PEOPLE.to_numpy().tolist(),
        PEOPLE.astype(str).to_numpy(dtype="U"),
        PEOPLE.astype(object).to_numpy(),
        "people.csv",
    ],
)
def test_tables_whose_dtypes_are_guessed_from_the_people_are_refused(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    PEOPLE.to_csv("people.csv", index=False)
    ledger = PrivacyLedger(5.0, 1e-4)
    private = Avatarizer(dp_epsilon=1.0, dp_ledger=ledger)
    with pytest.raises(UnsupportedTypeError, match="has no dtypes of its own"):
        private.fit(source)
    with pytest.raises(UnsupportedTypeError, match="has no dtypes of its own"):
        AvatarSampler(dp_epsilon=1.0, dp_ledger=ledger).fit_resample(PEOPLE, [0, 1] * 200)
    assert ledger.entries == []
    made = Manager().create_runner("csv")
    made.add_table("people", "people.csv")
    made.set_parameters("people", dp_epsilon=1.0)
    with pytest.raises(UnsupportedTypeError, match="'people' has no dtypes of its own"):
        made.run([JobKind.standard])
    PEOPLE.to_parquet("people.parquet")
    assert private.fit_transform("people.parquet").shape[1] == 3


def test_nothing_of_a_person_is_in_pickles_releases_or_messages(capfd: Any) -> None:
    table = PEOPLE.assign(ward=pd.Series(["A", "B"] * 200, dtype=object), pay=10.0)
    table.loc[3, ["ward", "pay"]] = ["MARKER-9", 7654321.25]
    domain = {**AGE, "ward": {"categories": ["A", "B"]}, "pay": {"bounds": (0, 100)}}
    table["key"] = [f"MARKER-{i}" for i in range(400)]
    private = Avatarizer(dp_epsilon=2.0, dp_domain=domain, primary_key="key", verbose=True)
    released = private.fit_transform(table)
    written = [
        released.to_csv(),
        repr(private),
        private.__sklearn_tags__().__repr__(),
        str(private.guarantee_),
        *capfd.readouterr(),
    ]
    kept = pickle.dumps(private)
    for secret in ("MARKER", "7654321"):
        assert not any(secret in text for text in written)
        assert secret.encode() not in kept
    assert np.float64(7654321.25).tobytes() not in kept
    assert len(pickle.loads(kept).sample(5)) == 5
    assert released["key"].is_unique


@pytest.mark.parametrize("n", [1, 2])
def test_tables_of_hardly_anybody(n: int) -> None:
    domain = {**AGE, "smoker": {"categories": [True, False]}}
    released = Avatarizer(dp_epsilon=1.0, dp_domain=domain, dp_n_rows=9).fit_transform(
        PEOPLE[["age", "smoker"]].head(n)
    )
    assert released.shape == (9, 2)


def test_missing_values_zones_and_many_levels_come_out_in_their_dtype() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "n": pd.array(rng.integers(0, 9, 500), dtype="Int64"),
            "x": rng.normal(size=500),
            "code": rng.integers(0, 5000, 500).astype(str),
            "when": pd.Timestamp("2020-01-01", tz="Europe/Paris")
            + pd.to_timedelta(rng.integers(0, 900, 500), unit="D"),
        }
    )
    table.loc[::4, ["n", "x"]] = None
    table.loc[::5, "when"] = pd.NaT
    domain = {
        "n": PublicColumn(bounds=(0, 9)),
        "x": PublicColumn(bounds=(-4.0, 4.0), decimals=1),
        "code": PublicColumn(categories=[str(i) for i in range(5000)]),
        "when": PublicColumn(bounds=("2020-01-01", "2023-01-01")),
    }
    released = Avatarizer(dp_epsilon=20.0, dp_domain=domain).fit_transform(table)
    assert (released.dtypes == table.dtypes).all()
    for column in ("n", "x", "when"):
        assert abs(released[column].isna().mean() - table[column].isna().mean()) < 0.08
    assert released["n"].dropna().between(0, 9).all()
    assert (released["x"].dropna().round(1) == released["x"].dropna()).all()


@pytest.mark.parametrize(
    "odd",
    [
        PEOPLE.assign(odd=pd.Series([["MARKER"]] * 400, dtype=object)),
        PEOPLE.assign(odd=pd.to_timedelta(range(400), unit="s")),
        PEOPLE.assign(odd=1).rename(columns={"odd": "age"}),
        PEOPLE.head(0),
    ],
)
def test_table_that_nobody_can_read_costs_nothing(odd: pd.DataFrame) -> None:
    ledger = PrivacyLedger(5.0, 1e-4)
    with pytest.raises(AvatarsError) as caught:
        Avatarizer(dp_epsilon=1.0, dp_ledger=ledger).fit(odd)
    assert "MARKER" not in str(caught.value)
    assert ledger.entries == []


def test_sampler_keeps_x_and_y_together() -> None:
    X, y = PEOPLE[["age", "smoker"]], PEOPLE["readmitted"].astype(int)
    domain = {**AGE, "y": {"categories": [0, 1]}}
    Xa, ya = AvatarSampler(dp_epsilon=5.0, dp_domain=domain).fit_resample(X, y)
    assert len(Xa) == len(ya) and set(ya) <= {0, 1} and ya.dtype == y.dtype


# ---- runs


@pytest.fixture
def runner() -> Any:
    made = Manager().create_runner("private")
    made.add_table("people", PEOPLE)
    made.set_parameters("people", dp_epsilon=1.0, dp_delta=1e-6, dp_domain=AGE)
    return made


def test_run_promises_and_says_so_in_metadata_and_report(runner: Any, tmp_path: Path) -> None:
    assert Config.from_yaml(runner.get_yaml()) == runner.config
    runner.run(
        [JobKind.standard, JobKind.privacy_metrics, JobKind.signal_metrics, JobKind.report],
        wait=True,
    )
    metadata = runner.get_specific_result("people", JobKind.standard, Results.METADATA)
    assert metadata["differential_privacy"]["delta"] == 1e-6
    assert not {"n_rows", "seconds", "finished_at"} & set(metadata)
    for call in (runner.sensitive_unshuffled, runner.projections):
        with pytest.raises(JobError, match="drawn around nobody"):
            call("people")
    assert runner.privacy_metrics("people")[0]["hidden_rate"] is None
    runner.download_report(tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text("utf-8")
    for said in (
        "Unit of privacy",
        "Neighbouring relation",
        "Not covered",
        "Given – age.",
        "1e-06",
    ):
        assert said in text
    assert "no differential privacy is claimed" not in text


def test_run_is_charged_to_the_ledger_that_is_named(runner: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.ledger"
    PrivacyLedger(1.2, 1e-5, path)
    runner.update_parameters("people", dp_ledger=str(path))
    runner.run([JobKind.standard], wait=True)
    assert len(PrivacyLedger.open(path).entries) == 1
    with pytest.raises(AvatarsError):
        runner.run([JobKind.standard], wait=True)
    assert len(PrivacyLedger.open(path).entries) == 1


def test_linked_tables_are_refused() -> None:
    made = Manager().create_runner("clinic")
    clinic = make_clinic(random_state=0)
    made.add_table("patient", clinic["patient"], primary_key="id")
    made.add_table("visit", clinic["visit"], primary_key="id", foreign_keys=["patient_id"])
    made.add_link("patient", "id", "visit", "patient_id")
    made.set_parameters("patient", dp_epsilon=1.0)
    made.set_parameters("visit", k=5)
    with pytest.raises(NotAvailableError, match="'patient' has dp_epsilon and is linked"):
        made.run([JobKind.standard])


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(ImportError, match=r"avatars\[dp\]"):
        Avatarizer(dp_epsilon=1.0, dp_domain=AGE).fit(PEOPLE)
