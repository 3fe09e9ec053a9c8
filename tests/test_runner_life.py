"""What a run can't do yet, what it advises, and how it is changed, stopped and forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from avatars import Manager, Runner
from avatars.datasets import make_patients
from avatars.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    JobError,
    JobFailedError,
)
from avatars.models import (
    ColumnType,
    DataRecipient,
    JobKind,
    JobStatus,
    Results,
)

MEASURES = [JobKind.signal_metrics, JobKind.privacy_metrics]


@pytest.fixture(params=["memory", "folder"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Manager:
    if request.param == "folder":
        pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")
    return Manager(workspace=None if request.param == "memory" else tmp_path / "workspace")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return make_patients(120, random_state=0).assign(number=range(1000, 1120), grade=[1, 2, 3] * 40)


def begun(manager: Manager, people: pd.DataFrame, **parameters: Any) -> Runner:
    runner = manager.create_runner("demo", seed=3)
    runner.add_table("people", people, primary_key="number", types={"grade": ColumnType.CATEGORY})
    runner.set_parameters("people", **{"k": 10, **parameters})
    return runner


# ---- kept, and not run yet


def test_links_are_kept_and_run(people: pd.DataFrame) -> None:
    runner = Manager().create_runner("demo")
    runner.add_table("people", people, primary_key="number")
    visits = make_patients(50, random_state=1)[["age", "smoker"]]
    visits = visits.assign(visit=range(50), of=range(1000, 1050))
    runner.add_table("visits", visits, primary_key="visit", foreign_keys=["of"])
    runner.add_link("people", "number", "visits", "of")
    for name in ("people", "visits"):
        runner.set_parameters(name, k=5)
    assert "method: linear_sum_assignment" in runner.get_yaml()
    runner.run([JobKind.standard])
    assert runner.shuffled("visits")["of"].isin(runner.shuffled("people")["number"]).all()
    # Advice looks at tables one by one.
    runner.advise_parameters("visits")
    runner.delete_link("people", "visits")
    runner.run([JobKind.standard])
    assert len(runner.shuffled("visits")) == 50


def test_series_are_kept_and_refused_where_there_are_few() -> None:
    runner = Manager().create_runner("demo")
    owner, pulse = [1, 1, 2, 2] * 10, [60, 61, 70, 72] * 10
    series = pd.DataFrame({"who": owner, "day": range(40), "pulse": pulse})
    runner.add_table("pulse", series, foreign_keys=["who"], time_series_time="day")
    runner.set_parameters("pulse", k=5, time_series_nf=2, time_series_method="mean")
    with pytest.raises(JobFailedError, match="'pulse individuals' has 2"):
        runner.run([JobKind.standard], wait=True)
    assert "nf: 2" in runner.get_yaml()


def test_budget_is_kept_and_refused_beside_a_seed(manager: Manager, people: pd.DataFrame) -> None:
    runner = manager.create_runner("demo")
    runner.add_table("people", people)
    runner.set_parameters("people", dp_epsilon=3.0, dp_preprocess_budget_ratio=0.2)
    runner.config = runner.config.model_copy(update={"seed": 5})
    with pytest.raises(InvalidParameterError, match="'seed' can't be set while table 'people'"):
        runner.run([JobKind.standard])
    assert "epsilon: 3.0" in runner.get_yaml()
    assert runner.set_id is None
    assert manager.get_health()["jobs_not_done"] == 0


# ---- advice


def test_advice_fills_parameters_in_and_keeps_the_others(people: pd.DataFrame) -> None:
    runner = Manager().create_runner("demo", pia_data_recipient=DataRecipient.OPENDATA)
    runner.add_table("people", people, primary_key="number")
    runner.add_table("others", make_patients(50, random_state=1))
    runner.set_parameters("people", known_variables=["age"])
    runner.advise_parameters("people")
    assert runner.config.standard["people"].k is not None
    assert runner.config.privacy_metrics["people"].known_variables == ["age"]
    assert "others" not in runner.config.standard
    runner.advise_parameters()
    assert runner.config.standard["others"].k is not None


def test_advice_is_a_job_too(manager: Manager, people: pd.DataFrame) -> None:
    runner = manager.create_runner("demo")
    runner.add_table("people", people)
    runner.run([JobKind.advice])
    advice = runner.get_specific_result("people", JobKind.advice, Results.ADVICE)
    assert advice["table_name"] == "people"
    # As both older and newer clients read it.
    assert advice["advice"]["parameters"]["k"] == advice["advice"]["k"] >= 2


def test_summary_of_a_table_has_a_row_per_column(people: pd.DataFrame) -> None:
    runner = Manager().create_runner("demo")
    runner.add_table("people", people)
    assert len(runner.table_summary("people")) == people.shape[1]


def test_links_are_advised_from_keys(people: pd.DataFrame) -> None:
    runner = Manager().create_runner("demo")
    doctors = pd.DataFrame({"doctor_id": range(10, 40), "age": range(30, 60)})
    visits = pd.DataFrame({"doctor_id": [10, 11, 11, 12] * 5, "cost": range(20)})
    runner.add_table("doctor", doctors)
    runner.add_table("visit", visits)
    links = runner.advise_links()
    assert links.iloc[0][
        ["parent_table", "parent_field", "child_table", "child_field"]
    ].tolist() == [
        "doctor",
        "doctor_id",
        "visit",
        "doctor_id",
    ]


# ---- parameters


def test_parameters_are_set_changed_and_taken_away(
    people: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = begun(Manager(), people, ncp=4, target="sex")
    runner.update_parameters("people", k=15)
    assert runner.config.set_parameters_of("people") == {"k": 15, "ncp": 4, "target": "sex"}
    runner.delete_parameters("people", ["ncp"])
    runner.update_parameters("people", target=None)
    assert runner.config.set_parameters_of("people") == {"k": 15}
    runner.print_parameters("people")
    assert "'k': 15" in capsys.readouterr().out
    runner.set_parameters("people", ncp=2)
    assert runner.config.set_parameters_of("people") == {"ncp": 2}
    runner.delete_parameters("people")
    runner.print_parameters()
    assert "no avatarization parameters set" in capsys.readouterr().out


# ---- stopping and forgetting


def test_running_job_is_stopped_and_earlier_results_stay(manager: Manager) -> None:
    runner = manager.create_runner("demo", seed=0)
    runner.add_table("small", make_patients(60, random_state=0))
    runner.set_parameters("small", k=5)
    runner.run([JobKind.standard], wait=True)
    release = runner.shuffled("small")
    assert runner.set_id is not None
    first = runner.set_id
    runner.add_table("large", make_patients(60_000, random_state=0))
    runner.set_parameters("large", k=5)
    runner.run([JobKind.standard, *MEASURES])
    while not runner.get_job(JobKind.standard).phase.startswith("'large'"):
        assert not runner.get_job(JobKind.standard).done
    statuses = runner.cancel()
    assert {job.status for job in statuses.values()} == {JobStatus.CANCELLED}
    assert all(job.done for job in statuses.values())
    with pytest.raises(JobError, match="job standard was stopped: run it again"):
        runner.shuffled("large")
    with pytest.raises(InvalidTableError, match="its job ended as 'cancelled'"):
        runner.run([JobKind.privacy_metrics])
    earlier = manager.create_runner_from_id(first)
    assert_frame_equal(earlier.shuffled("small"), release)
    runner.delete_table("large")
    runner.run([JobKind.standard])
    assert_frame_equal(runner.shuffled("small"), release)


def test_stopping_what_is_done_changes_nothing(people: pd.DataFrame) -> None:
    runner = begun(Manager(), people)
    runner.run([JobKind.standard], wait=True)
    before = runner.statuses()
    assert runner.cancel() == before
    assert Manager().create_runner("empty").cancel() == {}


def test_deleted_run_is_gone(manager: Manager, people: pd.DataFrame) -> None:
    runner = begun(manager, people)
    runner.run([JobKind.standard], wait=True)
    name = runner.set_id
    runner.delete()
    assert name is not None
    with pytest.raises(JobError, match="there is no run"):
        manager.create_runner_from_id(name)
    assert manager.get_last_jobs(10) == {}
    with pytest.raises(JobError, match="job standard was not run"):
        runner.shuffled("people")
    runner.run([JobKind.standard])
    assert len(runner.shuffled("people")) == 120
