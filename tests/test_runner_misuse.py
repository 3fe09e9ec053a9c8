"""Every wrong call is an error that names what is wrong, and leaves the run as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from avatars import Manager, Runner
from avatars.datasets import make_patients
from avatars.exceptions import (
    AvatarsError,
    InvalidConfigError,
    InvalidInputError,
    InvalidParameterError,
    InvalidTableError,
    JobError,
    JobFailedError,
    NotAvailableError,
    UnsupportedTypeError,
)
from avatars.models import JobKind, JobStatus, PlotKind, Pseudonymization, Results

Call = Callable[[Runner], Any]

DOCTORS = pd.DataFrame({"doctor": range(20), "age": [30, 40] * 10})
PEOPLE = make_patients(60, random_state=0)[["age", "sex", "weight"]].assign(
    person=range(60), doctor=[i % 20 for i in range(60)]
)


@pytest.fixture
def runner() -> Runner:
    runner = Manager().create_runner("demo", seed=5)
    runner.add_table("doctors", DOCTORS, primary_key="doctor")
    runner.add_table("people", PEOPLE, primary_key="person", foreign_keys=["doctor"])
    runner.add_link("doctors", "doctor", "people", "doctor")
    runner.set_parameters("people", k=5, target="sex")
    return runner


WRONG: list[tuple[Call, type[Exception], str]] = [
    # Tables
    (lambda r: r.add_table("people", PEOPLE), InvalidTableError, "'people' is there already"),
    (
        lambda r: r.add_table("new", PEOPLE, primary_key="nobody"),
        InvalidTableError,
        "'primary_key' names column 'nobody', which table 'new'",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, foreign_keys=["nobody"]),
        InvalidTableError,
        "'foreign_keys' names column 'nobody'",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, time_series_time="nobody"),
        InvalidTableError,
        "'time_series_time' names column 'nobody'",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, types={"nobody": "int"}),
        InvalidTableError,
        "'types' names column 'nobody'",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, columns_to_drop=["nobody"]),
        InvalidTableError,
        "'columns_to_drop' names column 'nobody'",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, types={"age": "colour"}),
        InvalidParameterError,
        "'types' has no such type for column 'age'",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, primary_key="person", foreign_keys=["person"]),
        InvalidTableError,
        "'person' of table 'new' is both primary and foreign key",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, primary_key="person", time_series_time="person"),
        InvalidTableError,
        "'person' of table 'new' is both a key and the time",
    ),
    (
        lambda r: r.add_table("new", PEOPLE, primary_key="person", columns_to_drop=["person"]),
        InvalidTableError,
        "'person' of table 'new' is a key",
    ),
    (
        lambda r: r.add_table("new", pd.concat([PEOPLE, PEOPLE["age"]], axis=1)),
        InvalidTableError,
        "'new' has column 'age' more than once",
    ),
    (
        lambda r: r.add_table("new", PEOPLE.rename(columns={"age": 7})),
        InvalidTableError,
        "'new' has 1 column labels that are no strings",
    ),
    (lambda r: r.add_table("", PEOPLE), InvalidParameterError, "'table_name'"),
    (lambda r: r.add_table(3, PEOPLE), InvalidParameterError, "'table_name'"),
    (
        lambda r: r.add_table("new", [1, 2]),
        UnsupportedTypeError,
        "'new': data must be a DataFrame or the path of a file, got list",
    ),
    (lambda r: r.add_table("new", PEOPLE, avatar_data=3), UnsupportedTypeError, "'new'.*got int"),
    (
        lambda r: r.add_table("new", PEOPLE, avatar_data_is_aligned=True),
        InvalidParameterError,
        "'avatar_data_is_aligned' needs avatar_data",
    ),
    (
        lambda r: r.add_table(
            "new", PEOPLE, avatar_data=PEOPLE.head(9), avatar_data_is_aligned=True
        ),
        InvalidParameterError,
        "'avatar_data_is_aligned' needs avatar_data of as many rows",
    ),
    (lambda r: r.add_table("new", "nowhere.csv"), FileNotFoundError, "nowhere.csv"),
    (lambda r: r.delete_table("nobody"), InvalidTableError, "no table 'nobody'"),
    (lambda r: r.upload_file("nobody", PEOPLE), InvalidTableError, "no table 'nobody'"),
    (
        lambda r: r.upload_file("people", PEOPLE.drop(columns="sex")),
        InvalidTableError,
        "'people' is described with column 'sex'",
    ),
    (lambda r: r.upload_file("people", 3), UnsupportedTypeError, "'people'.*got int"),
    # Links
    (
        lambda r: r.add_link("doctors", "age", "people", "doctor"),
        InvalidTableError,
        "'age' is not the primary key",
    ),
    (
        lambda r: r.add_link("doctors", "doctor", "people", "age"),
        InvalidTableError,
        "'age' is no foreign key",
    ),
    (
        lambda r: r.add_link("nobody", "doctor", "people", "doctor"),
        InvalidTableError,
        "no table 'nobody'",
    ),
    (
        lambda r: r.add_link("doctors", "doctor", "people", "doctor", "magic"),
        InvalidParameterError,
        "'method' must be a member of LinkMethod",
    ),
    (
        lambda r: r.delete_link("people", "doctors"),
        InvalidTableError,
        "no link from 'people' to 'doctors'",
    ),
    (lambda r: r.delete_link("nobody", "people"), InvalidTableError, "no table 'nobody'"),
    # Parameters
    (lambda r: r.set_parameters("nobody", k=5), InvalidTableError, "no table 'nobody'"),
    (lambda r: r.set_parameters("people", k=0), InvalidParameterError, "'k' must be greater"),
    (lambda r: r.set_parameters("people", k=1), InvalidParameterError, "'k' must be greater"),
    (lambda r: r.set_parameters("people", k=2.5), InvalidParameterError, "'k'"),
    (lambda r: r.set_parameters("people", k=True), InvalidParameterError, "'k'"),
    (lambda r: r.set_parameters("people", knn=5), InvalidParameterError, "'knn'"),
    (
        lambda r: r.set_parameters("people", k=5, dp_epsilon=1.0),
        InvalidParameterError,
        "'dp_epsilon' can't be combined with k",
    ),
    (
        lambda r: r.set_parameters("people", dp_epsilon=1.0, fast_dp={"epsilon": 1.0}),
        InvalidParameterError,
        "'dp_epsilon' can't be combined with fast_dp",
    ),
    (
        lambda r: r.set_parameters("people", dp_preprocess_budget_ratio=0.2),
        InvalidParameterError,
        "'dp_preprocess_budget_ratio' needs dp_epsilon",
    ),
    (
        lambda r: r.set_parameters("people", imputation_method="guess"),
        InvalidParameterError,
        "'imputation_method' must be one of",
    ),
    (
        lambda r: r.set_parameters("people", column_weights={"age": -1}),
        InvalidParameterError,
        "'column_weights'.*'age'",
    ),
    (
        lambda r: r.set_parameters("people", target="nobody"),
        InvalidParameterError,
        "'target' names 'nobody', which is no column of table 'people'",
    ),
    (
        lambda r: r.set_parameters("people", known_variables=["age", "nobody"]),
        InvalidParameterError,
        "'known_variables' names 'nobody'",
    ),
    (
        lambda r: r.set_parameters("people", known_variables="age"),
        InvalidParameterError,
        "'known_variables' must be a list",
    ),
    (
        lambda r: r.set_parameters("people", data_augmentation_target_column="sex"),
        InvalidParameterError,
        "'data_augmentation_target_column' needs data_augmentation_strategy",
    ),
    (
        lambda r: r.set_parameters("people", data_augmentation_strategy="minority"),
        InvalidParameterError,
        "'data_augmentation_strategy' balances classes and needs",
    ),
    (
        lambda r: r.set_parameters(
            "people", pseudonymized_columns={"nobody": Pseudonymization(kind="UUID4")}
        ),
        InvalidParameterError,
        "'pseudonymized_columns' names 'nobody'",
    ),
    (
        lambda r: r.set_parameters("people", pseudonymized_columns={"age": "UUID4"}),
        InvalidParameterError,
        "'pseudonymized_columns' must map columns to Pseudonymization",
    ),
    (
        lambda r: r.update_parameters("doctors", k=5),
        InvalidParameterError,
        "'doctors', which has no parameters yet",
    ),
    (lambda r: r.update_parameters("people", k=0), InvalidParameterError, "'k'"),
    (lambda r: r.update_parameters("people", dp_epsilon=1.0), InvalidParameterError, "dp_epsilon"),
    (lambda r: r.update_parameters("nobody", k=5), InvalidTableError, "no table 'nobody'"),
    (lambda r: r.delete_parameters("nobody"), InvalidTableError, "no table 'nobody'"),
    (
        lambda r: r.delete_parameters("people", ["k", "ncp"]),
        InvalidParameterError,
        "'ncp' is not set for table 'people'",
    ),
    (lambda r: r.print_parameters("nobody"), InvalidTableError, "no table 'nobody'"),
    (lambda r: r.advise_parameters("nobody"), InvalidTableError, "no table 'nobody'"),
    (lambda r: r.table_summary("nobody"), InvalidTableError, "no table 'nobody'"),
    # Running, and what it would leave
    (lambda r: r.run([]), InvalidParameterError, "'jobs_to_run' names no job"),
    (lambda r: r.run("standard"), InvalidParameterError, "'jobs_to_run' must be a list"),
    (lambda r: r.run(["magic"]), InvalidParameterError, "'jobs_to_run' must name kinds of jobs"),
    (lambda r: r.run(3), InvalidParameterError, "'jobs_to_run' must be a list"),
    (lambda r: r.run(), InvalidTableError, "'doctors' has no k"),
    (lambda r: r.get_status(JobKind.standard), JobError, "job standard was not run"),
    (lambda r: r.get_job("magic"), InvalidParameterError, "'job_name'"),
    (lambda r: r.shuffled("people"), JobError, "job standard was not run"),
    (lambda r: r.shuffled("nobody"), InvalidTableError, "no table 'nobody'"),
    (lambda r: r.sensitive_unshuffled("people"), JobError, "job standard was not run"),
    (lambda r: r.privacy_metrics("people"), JobError, "job privacy_metrics was not run"),
    (lambda r: r.signal_metrics("people"), JobError, "job signal_metrics was not run"),
    (lambda r: r.metrics_summary(), JobError, "was not run"),
    (lambda r: r.projections("people"), JobError, "job standard was not run"),
    (
        lambda r: r.get_specific_result("people", JobKind.standard, "magic"),
        InvalidParameterError,
        "'result' must be a member of Results",
    ),
    (
        lambda r: r.get_specific_result("people", "magic"),
        InvalidParameterError,
        "'job_name' must be a member of JobKind",
    ),
    (lambda r: r.render_plot("people", "magic"), InvalidParameterError, "'plot_kind'"),
    (lambda r: r.render_plot("people", PlotKind.CORRELATION), JobError, "was not run"),
    (lambda r: r.render_plot("nobody", PlotKind.CORRELATION), InvalidTableError, "'nobody'"),
    (lambda r: r.from_yaml("nowhere.yaml"), FileNotFoundError, "nowhere.yaml"),
]


@pytest.mark.parametrize(
    ("call", "kind", "match"), WRONG, ids=lambda v: v if isinstance(v, str) else ""
)
def test_wrong_call_is_refused_and_changes_nothing(
    runner: Runner, call: Call, kind: type[Exception], match: str
) -> None:
    before, sources = runner.get_yaml(), dict(runner._people)
    with pytest.raises(kind, match=match):
        call(runner)
    assert runner.get_yaml() == before
    assert runner._people.keys() == sources.keys()
    assert all(runner._people[name] is frame for name, frame in sources.items())
    assert runner.statuses() == {}
    assert runner.set_id is None


def test_report_that_was_not_made_writes_nothing(runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="job report was not run"):
        runner.download_report(str(tmp_path / "report.pdf"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("kind: AvatarMagic\n", "AvatarMagic"),
        ("- a list", "must be a mapping"),
        ("a: [", "can't be read"),
        ("kind: AvatarMetadata\nspec:\n  display_name: x\n  secret: 1\n", "unknown key 'secret'"),
        ("x" * 1_000_001, "larger than a megabyte"),
    ],
)
def test_document_that_can_not_be_used_changes_nothing(
    runner: Runner, tmp_path: Path, text: str, match: str
) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text, "utf-8")
    before = runner.get_yaml()
    with pytest.raises(InvalidConfigError, match=match):
        runner.from_yaml(path)
    path.write_bytes(b"kind: \xff\xfe")
    with pytest.raises(InvalidConfigError, match="not encoded in UTF-8"):
        runner.from_yaml(path)
    assert runner.get_yaml() == before


def test_documented_flow_without_k_or_tables() -> None:
    runner = Manager().create_runner("demo")
    for call in (runner.run, runner.advise_parameters):
        with pytest.raises(InvalidTableError, match="the run has no table"):
            call()
    runner.add_table("people", PEOPLE)
    with pytest.raises(InvalidTableError, match=r"'people' has no k: set_parameters\('people'"):
        runner.run()
    runner.set_parameters("people", ncp=3)
    with pytest.raises(InvalidTableError, match="'people' has no k"):
        runner.run()
    with pytest.raises(InvalidTableError, match="'people' has no avatars"):
        runner.run([JobKind.privacy_metrics])
    assert runner.statuses() == {}


def test_table_of_a_document_without_its_file_is_asked_for(tmp_path: Path, runner: Runner) -> None:
    path = tmp_path / "run.yaml"
    runner.get_yaml(str(path))
    again = Manager().create_runner_from_yaml(path)
    again.delete_link("doctors", "people")
    with pytest.raises(InvalidTableError, match="'doctors' has no data: upload_file it first"):
        again.run([JobKind.standard])


def test_job_that_fails_says_why_and_its_followers_say_whose_fault_it_is() -> None:
    runner = Manager().create_runner("demo")
    runner.add_table("people", PEOPLE.drop(columns=["person", "doctor"]).head(4))
    runner.set_parameters("people", k=5)
    with pytest.raises(JobFailedError, match="job standard failed: .*'people'") as caught:
        runner.run([JobKind.standard, JobKind.signal_metrics], wait=True)
    assert isinstance(caught.value.__cause__, InvalidInputError)
    statuses = runner.statuses()
    assert statuses[JobKind.standard].status is JobStatus.ERROR
    assert statuses[JobKind.signal_metrics].status is JobStatus.PARENT_ERROR
    assert all(job.done and "'people'" in job.exception for job in statuses.values())
    with pytest.raises(InvalidTableError, match="its job ended as 'error'"):
        runner.run([JobKind.signal_metrics])


def test_job_that_fails_names_the_table_as_well_as_the_column() -> None:
    runner = Manager().create_runner("demo")
    names = PEOPLE[["age"]].assign(name=[f"name {i}" for i in range(60)])
    for table in ("people", "others"):
        runner.add_table(table, PEOPLE[["age", "sex"]] if table == "people" else names)
        runner.set_parameters(table, k=5)
    runner.run([JobKind.standard])
    with pytest.raises(JobFailedError, match=r"column 'name'.*table 'others'"):
        runner.shuffled("people")


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"set_name": ""}, InvalidParameterError, "'set_name'"),
        ({"set_name": None}, InvalidParameterError, "'set_name'"),
        ({"seed": -1}, InvalidParameterError, "'seed'"),
        ({"seed": True}, InvalidParameterError, "'seed'"),
        ({"seed": "x"}, InvalidParameterError, "'seed'"),
        ({"max_distribution_plots": "many"}, InvalidParameterError, "'max_distribution_plots'"),
        ({"max_distribution_plots": -1}, InvalidParameterError, "'max_distribution_plots'"),
        ({"output_format": "xlsx"}, InvalidParameterError, "'output_format' must be one of csv"),
        ({"pia_data_recipient": "me"}, InvalidParameterError, "'pia_data_recipient'"),
        ({"pia_data_type": "me"}, InvalidParameterError, "'pia_data_type'"),
        ({"pia_data_subject": "me"}, InvalidParameterError, "'pia_data_subject'"),
        ({"pia_sensitivity_level": "me"}, InvalidParameterError, "'pia_sensitivity_level'"),
        ({"report_language": "fr"}, NotAvailableError, "English"),
    ],
)
def test_run_that_can_not_begin(
    arguments: dict[str, Any], kind: type[AvatarsError], match: str
) -> None:
    with pytest.raises(kind, match=match):
        Manager().create_runner(**{"set_name": "demo", **arguments})


def test_result_that_a_job_does_not_leave_says_what_it_leaves() -> None:
    runner = Manager().create_runner("demo")
    runner.add_table("people", PEOPLE[["age", "sex"]])
    runner.set_parameters("people", k=5)
    runner.run([JobKind.standard])
    with pytest.raises(JobError, match=r"left no report of table 'people': it left .*shuffled"):
        runner.get_specific_result("people", JobKind.standard, Results.REPORT)
    with pytest.raises(JobError, match="drawn by render_plot"):
        runner.get_specific_result("people", JobKind.standard, Results.FIGURES)
