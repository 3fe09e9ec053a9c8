"""A run from its tables to its report, in memory and in a folder alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from avatars import Avatarizer, Manager, Runner
from avatars.datasets import make_patients
from avatars.exceptions import InvalidParameterError, InvalidTableError, JobError
from avatars.models import (
    ColumnType,
    ImputeMethod,
    JobKind,
    JobStatus,
    PlotKind,
    Pseudonymization,
    Results,
)

SENSITIVE = {Results.UNSHUFFLED, Results.PROJECTIONS_ORIGINAL, Results.PROJECTIONS_AVATARS}
MEASURES = [JobKind.signal_metrics, JobKind.privacy_metrics]


@pytest.fixture(params=["memory", "folder"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Manager:
    if request.param == "folder":
        pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")
    return Manager(workspace=None if request.param == "memory" else tmp_path / "workspace")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Give a mixed table with a key, gaps, and dtypes that files like to lose."""
    table = make_patients(120, random_state=0)
    gap = np.arange(120) % 7 == 0
    table.insert(0, "number", np.arange(1000, 1120))
    table["grade"] = pd.array((np.arange(120) % 5).astype("int8"))
    table["visits"] = pd.Series(np.arange(120) % 9, dtype="Int64").mask(gap)
    table["dose"] = pd.Series(np.linspace(0, 2, 120), dtype="Float32").mask(gap)
    table["consent"] = pd.Series(np.arange(120) % 3 == 0, dtype="boolean").mask(gap)
    table["ward"] = pd.Series(["east", "west", "north"] * 40, dtype="string").mask(gap)
    table["letter"] = pd.Series(["a", "b"] * 60, dtype=object)
    table["stage"] = pd.Categorical([3, 1, 2] * 40, categories=[1, 2, 3], ordered=True)
    table["seen"] = pd.date_range("2024-01-01", periods=120, tz="Europe/Paris").astype(
        "datetime64[s, Europe/Paris]"
    )
    return table


@pytest.fixture(scope="module")
def whole() -> Runner:
    """Give a run whose four jobs are done: the report takes seconds."""
    pytest.importorskip("reportlab", reason="the report is an extra")
    runner = Manager().create_runner("whole", seed=1)
    runner.add_table("patients", make_patients(60, random_state=0)[["age", "sex", "weight"]])
    runner.set_parameters("patients", k=5, known_variables=["age"], target="sex")
    runner.run()
    runner.get_all_results()
    return runner


def begun(manager: Manager, people: pd.DataFrame, **parameters: Any) -> Runner:
    runner = manager.create_runner("demo", seed=3)
    runner.add_table("people", people, primary_key="number", types={"grade": ColumnType.CATEGORY})
    runner.set_parameters("people", **{"k": 10, **parameters})
    return runner


# ---- the same seed gives the same release


def test_release_is_that_of_the_estimator(manager: Manager, people: pd.DataFrame) -> None:
    runner = begun(manager, people)
    runner.run([JobKind.standard])
    how: dict[str, Any] = {
        "k": 10,
        "primary_key": "number",
        "types": {"grade": "category"},
        "random_state": 3,
    }
    assert_frame_equal(runner.shuffled("people"), Avatarizer(**how).fit_transform(people))
    assert_frame_equal(runner.shuffled("people"), people.avatars.avatarize(**how))
    aligned = Avatarizer(**how, shuffle=False).fit_transform(people)
    assert_frame_equal(runner.sensitive_unshuffled("people"), aligned)
    assert runner.shuffled("people").dtypes.equals(people.dtypes)


def test_documents_repeat_the_release(
    manager: Manager, people: pd.DataFrame, tmp_path: Path
) -> None:
    runner = begun(manager, people, imputation_method=ImputeMethod.MODE, ncp=3)
    runner.run([JobKind.standard])
    path = tmp_path / "run.yaml"
    text = runner.get_yaml(str(path))
    assert path.read_text("utf-8") == text
    again = manager.create_runner_from_yaml(path)
    assert again.get_yaml() == text
    again.upload_file("people", people)
    again.run([JobKind.standard])
    assert_frame_equal(again.shuffled("people"), runner.shuffled("people"))


def test_files_beside_a_document_are_found(tmp_path: Path) -> None:
    csv = tmp_path / "patients.csv"
    make_patients(60, random_state=0).drop(columns="admission").to_csv(csv, index=False)
    runner = Manager().create_runner("demo", seed=3)
    runner.add_table("patients", str(csv))
    runner.set_parameters("patients", k=5)
    runner.run([JobKind.standard])
    runner.get_yaml(str(tmp_path / "run.yaml"))
    again = Manager().create_runner_from_yaml(tmp_path / "run.yaml", "other")
    again.run([JobKind.standard])
    assert again.set_name == "other"
    assert_frame_equal(again.shuffled("patients"), runner.shuffled("patients"))


def test_uploaded_file_is_named_in_the_documents(tmp_path: Path) -> None:
    csv = tmp_path / "later.csv"
    table = make_patients(60, random_state=0)
    table.to_csv(csv, index=False)
    runner = Manager().create_runner("demo")
    runner.add_table("patients", table)
    assert runner.upload_file("patients", str(csv), table) == (
        "later.csv",
        "patients_avatars.parquet",
    )
    assert "file: later.csv" in runner.get_yaml()


def test_another_seed_gives_another_release(people: pd.DataFrame) -> None:
    releases = []
    for seed in (1, 2):
        runner = Manager().create_runner("demo", seed=seed)
        runner.add_table("people", people, primary_key="number")
        runner.set_parameters("people", k=10)
        runner.run([JobKind.standard])
        releases.append(runner.shuffled("people"))
    assert not releases[0].equals(releases[1])


# ---- what jobs leave


def test_all_jobs_are_done_in_the_documented_order(whole: Runner) -> None:
    statuses = whole.statuses()
    assert list(statuses) == [JobKind.standard, *MEASURES, JobKind.report]
    assert all(job.status is JobStatus.FINISHED and job.done for job in statuses.values())
    assert all(job.exception == "" and job.progress == 1.0 for job in statuses.values())
    ended = [job.finished_at for job in statuses.values() if job.finished_at is not None]
    assert len(ended) == 4
    assert ended == sorted(ended)
    assert whole.get_status(JobKind.report) == "finished"


def test_all_results_hold_nothing_that_pairs_people_with_avatars(whole: Runner) -> None:
    found = whole.get_all_results()
    assert set(found) == {JobKind.standard, *MEASURES, JobKind.report}
    assert all(SENSITIVE.isdisjoint(of_job["patients"]) for of_job in found.values())
    assert Results.SHUFFLED in found[JobKind.standard]["patients"]
    everything = whole.get_all_results(include_sensitive=True)
    assert set(everything[JobKind.standard]["patients"]) >= SENSITIVE


def test_metrics_have_the_documented_keys(whole: Runner) -> None:
    (privacy,), (signal,) = whole.privacy_metrics("patients"), whole.signal_metrics("patients")
    assert {"hidden_rate", "local_cloaking", "distance_to_closest"} <= set(privacy)
    assert {"hellinger_mean", "hellinger_std", "correlation_difference_ratio"} <= set(signal)
    for found in (privacy, signal):
        assert found["metadata"]["table_name"] == "patients"
        assert found["targets"]


def test_summary_has_a_row_per_table(whole: Runner) -> None:
    summary = whole.metrics_summary()
    assert list(summary.index) == ["patients"]
    assert ((summary >= 0) & (summary <= 100)).all(axis=None)


def test_report_is_a_file(whole: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole.download_report()
    whole.download_report(str(tmp_path / "mine.pdf"))
    first, second = ((tmp_path / name).read_bytes() for name in ("report.pdf", "mine.pdf"))
    assert first == second
    assert first.startswith(b"%PDF-")


def test_projections_have_a_row_per_person(whole: Runner) -> None:
    original, avatars = whole.projections("patients")
    assert original.shape == avatars.shape
    assert len(original) == 60
    assert list(original.columns)[:2] == ["Dim. 1", "Dim. 2"]
    later = whole.get_specific_result("patients", JobKind.standard, Results("original_projections"))
    assert_frame_equal(later, original)


@pytest.mark.parametrize(
    "kind",
    [
        PlotKind.CORRELATION,
        PlotKind.PROJECTION_3D,
        PlotKind.AGGREGATE_STATS,
        PlotKind.METRICS_SUMMARY,
    ],
)
def test_plot_is_drawn(whole: Runner, kind: PlotKind, tmp_path: Path) -> None:
    plot = whole.render_plot("patients", kind)
    assert repr(plot) == f"Plot({kind.value})"
    assert plot._repr_html_().startswith("<svg")
    assert plot.save(tmp_path / "plot.svg").read_text("utf-8") == plot.svg


def test_classes_that_augmentation_balances_are_drawn() -> None:
    runner = Manager().create_runner("classes", seed=0)
    people = make_patients(150, random_state=0)
    runner.add_table("people", people)
    runner.set_parameters(
        "people",
        k=8,
        data_augmentation_strategy="minority",
        data_augmentation_target_column="readmitted",
    )
    runner.run([JobKind.standard, JobKind.privacy_metrics], wait=True)
    assert len(runner.shuffled("people")) > 150
    assert runner.privacy_metrics("people")[0]["hidden_rate"] is None
    svg = runner.render_plot("people", PlotKind.CLASS_PROJECTION_2D).svg
    assert "readmitted True" in svg and "readmitted False" in svg


@pytest.mark.once
def test_plot_that_a_table_can_not_have_says_why(whole: Runner) -> None:
    with pytest.raises(InvalidParameterError, match="data_augmentation_target_column"):
        whole.render_plot("patients", PlotKind.CLASS_PROJECTION_2D)
    with pytest.raises(InvalidParameterError, match="'patients' holds none"):
        whole.render_plot("patients", PlotKind.RAW_SERIES)


def test_metadata_say_what_was_run_and_no_seed(whole: Runner) -> None:
    metadata = whole.get_specific_result("patients", JobKind.standard, Results.METADATA)
    assert metadata["created_at"] <= metadata["finished_at"]
    assert metadata["parameters"]["k"] == 5
    assert (metadata["n_rows"], metadata["n_avatars"]) == (60, 60)
    assert "seed" not in str(metadata)


def test_results_are_the_callers_own(whole: Runner) -> None:
    before = whole.shuffled("patients")
    changed = whole.get_specific_result("patients", JobKind.standard)
    changed.iloc[:, 0] = 0
    whole.privacy_metrics("patients")[0]["hidden_rate"] = -1.0
    everything = whole.get_all_results()[JobKind.standard]["patients"]
    everything[Results.SHUFFLED].iloc[:, 0] = 0
    assert_frame_equal(whole.shuffled("patients"), before)
    assert whole.privacy_metrics("patients")[0]["hidden_rate"] >= 0


# ---- running again


def test_metric_parameters_reuse_the_release(manager: Manager, people: pd.DataFrame) -> None:
    runner = begun(manager, people)
    runner.run([JobKind.standard])
    release = runner.shuffled("people")
    job = runner.get_job(JobKind.standard)
    runner.run([JobKind.privacy_metrics])
    assert runner.privacy_metrics("people")[0]["correlation_protection_rate"] is None
    runner.update_parameters("people", known_variables=["age", "sex"], target="readmitted")
    runner.run([JobKind.privacy_metrics])
    assert runner.privacy_metrics("people")[0]["correlation_protection_rate"] > 0
    assert runner.get_job(JobKind.standard) == job
    assert_frame_equal(runner.shuffled("people"), release)


def test_changed_release_is_not_measured_before_it_is_made(
    manager: Manager, people: pd.DataFrame
) -> None:
    runner = begun(manager, people)
    runner.run([JobKind.standard], wait=True)
    runner.update_parameters("people", k=20)
    for jobs in ([JobKind.privacy_metrics], MEASURES, [JobKind.report]):
        with pytest.raises(InvalidTableError, match="'people' has no avatars of what is set now"):
            runner.run(jobs)
    # Advice between the two doesn't make the old release one of what is set now.
    runner.run([JobKind.advice], wait=True)
    with pytest.raises(InvalidTableError, match="no avatars of what is set now"):
        runner.run([JobKind.privacy_metrics])
    assert runner.set_id is not None
    resumed = manager.create_runner_from_id(runner.set_id)
    assert resumed.config.standard["people"].k == 10
    runner.run([JobKind.standard, JobKind.privacy_metrics])
    metadata = runner.get_specific_result("people", JobKind.privacy_metrics, Results.METADATA)
    assert metadata["parameters"]["k"] == 20


def test_jobs_that_wait_keep_what_was_set_when_they_were_asked_for(people: pd.DataFrame) -> None:
    runner = begun(Manager(), people)
    first = runner.run([JobKind.standard, JobKind.privacy_metrics])
    runner.update_parameters("people", k=20)
    second = runner.run([JobKind.standard, JobKind.privacy_metrics])
    ks = [
        runner._backend.results(jobs[kind].name)["people"][Results.METADATA]["parameters"]["k"]
        for jobs in (first, second)
        for kind in (JobKind.standard, JobKind.privacy_metrics)
    ]
    assert ks == [10, 10, 20, 20]


def test_rerun_takes_the_place_of_earlier_results(manager: Manager, people: pd.DataFrame) -> None:
    runner = begun(manager, people)
    runner.run([JobKind.standard], wait=True)
    first = runner.shuffled("people")
    runner.update_parameters("people", k=30)
    runner.run([JobKind.standard], wait=True)
    assert not runner.shuffled("people").equals(first)
    runner.update_parameters("people", k=10)
    runner.run([JobKind.standard], wait=True)
    assert_frame_equal(runner.shuffled("people"), first)


def test_replaced_table_is_not_drawn_with_the_avatars_of_the_old_one(
    people: pd.DataFrame,
) -> None:
    runner = begun(Manager(), people)
    runner.run([JobKind.standard], wait=True)
    runner.upload_file("people", people.assign(age=people["age"] + 1))
    with pytest.raises(JobError, match="'people' has no avatars of the tables as they are now"):
        runner.render_plot("people", PlotKind.CORRELATION)
    with pytest.raises(InvalidTableError, match="run JobKind.standard"):
        runner.run([JobKind.privacy_metrics])


def test_caller_may_change_a_table_after_adding_it(people: pd.DataFrame) -> None:
    mine = people.copy()
    runner = begun(Manager(), mine)
    mine["age"] = 0
    runner.run([JobKind.standard])
    assert runner.shuffled("people")["age"].nunique() > 10


# ---- tables


def test_unlinked_tables_are_run_one_by_one(manager: Manager, people: pd.DataFrame) -> None:
    runner = begun(manager, people)
    other = make_patients(80, random_state=1)
    runner.add_table("others", other)
    runner.set_parameters("others", k=5)
    runner.run([JobKind.standard, *MEASURES])
    assert runner.shuffled("people").shape == people.shape
    assert runner.shuffled("others").shape == other.shape
    assert list(runner.metrics_summary().index) == ["people", "others"]
    # A table's release is its own business.
    alone = Avatarizer(k=5, random_state=3).fit_transform(other)
    assert_frame_equal(runner.shuffled("others"), alone)


def test_dropped_and_pseudonymized_columns(manager: Manager, people: pd.DataFrame) -> None:
    runner = manager.create_runner("demo", seed=3)
    table = people.assign(mail=[f"person{i}@example.org" for i in range(120)])
    runner.add_table("people", table, primary_key="number", columns_to_drop=["blood_group"])
    removed = Pseudonymization(kind="CONSTANT", value="removed")
    runner.set_parameters("people", k=10, pseudonymized_columns={"mail": removed})
    runner.run([JobKind.standard, JobKind.privacy_metrics])
    release = runner.shuffled("people")
    assert list(release.columns) == list(table.columns.drop("blood_group"))
    assert set(release["mail"]) == {"removed"}
    assert 0 <= runner.privacy_metrics("people")[0]["hidden_rate"] <= 100


@pytest.mark.parametrize(
    ("parameters", "rows"),
    [
        ({"data_augmentation_strategy": 1.5}, 180),
        (
            {
                "data_augmentation_strategy": {"male": 2.0},
                "data_augmentation_target_column": "sex",
            },
            None,
        ),
    ],
)
def test_augmentation_gives_more_avatars(
    people: pd.DataFrame, parameters: dict[str, Any], rows: int | None
) -> None:
    runner = begun(Manager(), people, **parameters)
    runner.run([JobKind.standard])
    counts = runner.sensitive_unshuffled("people")["sex"].value_counts()
    wanted = rows or counts["male"] * 2 + counts["female"]
    assert len(runner.shuffled("people")) == wanted
    assert len(runner.sensitive_unshuffled("people")) == 120


def test_avatars_made_elsewhere_are_measured(manager: Manager) -> None:
    people, unseen = (make_patients(100, random_state=seed) for seed in (0, 1))
    how: dict[str, Any] = {"k": 10, "random_state": 0}
    aligned = Avatarizer(**how, shuffle=False).fit_transform(people)
    mixed = Avatarizer(**how).fit_transform(people)
    hidden = {}
    for name, avatars in (("aligned", aligned), ("mixed", mixed)):
        runner = manager.create_runner(name)
        runner.add_table(
            "people",
            people,
            avatar_data=avatars,
            holdout_data=unseen,
            avatar_data_is_aligned=name == "aligned",
        )
        runner.run([JobKind.privacy_metrics])
        (found,) = runner.privacy_metrics("people")
        hidden[name] = found["hidden_rate"]
        assert "membership" in str(found["metadata"]["attacks"])
    expected = people.avatars.privacy(mixed, holdout=unseen, sensitive_unshuffled=aligned)
    # Whose avatar is whose isn't known of a shuffled table, and no figure pretends it is.
    assert hidden == {"aligned": expected["hidden_rate"], "mixed": None}


def test_rows_of_a_new_file_are_not_taken_for_aligned() -> None:
    people = make_patients(100, random_state=0)
    avatars = Avatarizer(k=10, random_state=0, shuffle=False).fit_transform(people)
    runner = Manager().create_runner("demo")
    runner.add_table("people", people, avatar_data=avatars, avatar_data_is_aligned=True)
    runner.upload_file("people", people.sample(frac=1, random_state=0))
    runner.run([JobKind.privacy_metrics])
    assert runner.privacy_metrics("people")[0]["hidden_rate"] is None


def test_avatars_of_a_file_are_measured(tmp_path: Path) -> None:
    people = make_patients(60, random_state=0).drop(columns="admission")
    for name in ("people.csv", "avatars.csv"):
        people.to_csv(tmp_path / name, index=False)
    runner = Manager().create_runner("demo")
    runner.add_table("t", str(tmp_path / "people.csv"), avatar_data=str(tmp_path / "avatars.csv"))
    runner.run([JobKind.signal_metrics])
    assert runner.signal_metrics("t")[0]["hellinger_mean"] == 0
    assert "file: avatars.csv" in runner.get_yaml()


@pytest.mark.parametrize(
    ("part", "word"), [("avatar_data", "avatars"), ("holdout_data", "holdout_data")]
)
def test_tables_to_compare_with_need_the_same_columns(part: str, word: str) -> None:
    people = make_patients(60, random_state=0)
    others: dict[str, Any] = {"avatar_data": people, part: people.drop(columns="age")}
    runner = Manager().create_runner("demo")
    runner.add_table("t", people, **others)
    with pytest.raises(JobError, match=f"the {word} of table 't' lack column 'age'"):
        runner.run([JobKind.privacy_metrics], wait=True)
