"""Every documented name, argument, kind and default is here; what is ours comes after, by name."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from avatars import models, runner
from avatars.client import ApiClient
from avatars.manager import Manager
from avatars.models import JobKind, LinkMethod, ProjectionType, Results, TableParameters

DOCUMENT = Path(__file__).parents[2] / "shared" / "spec" / "client-api.txt"

SET_PARAMETERS = (
    "table_name, k=None, ncp=None, use_categorical_reduction=None, column_weights=None, "
    "exclude_variable_names=None, exclude_replacement_strategy=None, imputation_method=None, "
    "imputation_k=None, imputation_training_fraction=None, dp_epsilon=None, "
    "dp_preprocess_budget_ratio=None, time_series_nf=None, time_series_projection_type=None, "
    "time_series_nb_points=None, time_series_method=None, known_variables=None, target=None, "
    "closest_rate_percentage_threshold=None, closest_rate_ratio_threshold=None, "
    "categorical_hidden_rate_variables=None"
)
RUNNER = {
    "Runner": "api_client, set_name, seed=None",
    "add_table": (
        "table_name, data, primary_key=None, foreign_keys=None, time_series_time=None, types={}, "
        "individual_level=None, avatar_data=None"
    ),
    "advise_parameters": "table_name=None",
    "upload_file": "table_name, data, avatar_data=None",
    "add_link": (
        "parent_table_name, parent_field, child_table_name, child_field, "
        "method=LinkMethod.LINEAR_SUM_ASSIGNMENT"
    ),
    "set_parameters": SET_PARAMETERS,
    "update_parameters": "table_name, **kwargs",
    "delete_parameters": "table_name, parameters_names=None",
    "delete_link": "parent_table_name, child_table_name",
    "delete_table": "table_name",
    "get_yaml": "path=None",
    "run": (
        "jobs_to_run=[JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics, "
        "JobKind.report]"
    ),
    "get_status": "job_name",
    "get_specific_result": "table_name, job_name, result=Results.SHUFFLED",
    "get_all_results": "",
    "download_report": "path=None",
    "print_parameters": "table_name=None",
    "kill": "",
    "shuffled": "table_name",
    "sensitive_unshuffled": "table_name",
    "privacy_metrics": "table_name",
    "signal_metrics": "table_name",
    "projections": "table_name, job_name=JobKind.standard",
    # Of the older client, without a line in its document.
    "get_job": "job_name",
    "from_yaml": "yaml_path",
    # Of later clients.
    "render_plot": "table_name, plot_kind",
    "table_summary": "table_name",
    "metrics_summary": "",
    "advise_links": "",
    "statuses": "",
    "cancel": "",
    "delete": "",
}
MANAGER = {
    "Manager": "base_url=None, api_client=None",
    "authenticate": "username, password, should_verify_compatibility=None",
    "forgotten_password": "email",
    "reset_password": "email, new_password, new_password_repeated, token",
    "create_runner": "set_name",
    "create_runner_from_yaml": "yaml_path, set_name=None",
    "create_runner_from_id": "set_id",
    "create_runner_from_name": "name",
    "find_ids_by_name": "name",
    "get_last_jobs": "count=1, name=None",
    "get_last_results": "count=1",
    "get_jobs_by_name": "name",
    "get_jobs_by_id": "set_id",
    "get_health": "",
}
API_CLIENT = {
    "ApiClient": "base_url",
    "authenticate": "username, password",
    "get_health": "",
}
# Arguments of ours and of later clients: by keyword, so that no documented call can mean them.
LATER = {
    "Runner": {
        "max_distribution_plots",
        "output_format",
        "pia_data_recipient",
        "pia_data_type",
        "pia_data_subject",
        "pia_sensitivity_level",
        "report_language",
    },
    "add_table": {"columns_to_drop", "holdout_data", "avatar_data_is_aligned"},
    "set_parameters": {"pseudonymized_columns"},
    "get_all_results": {"include_sensitive"},
    "run": {"wait"},
    "create_runner": {"seed", "max_distribution_plots", "output_format", "report_language"},
}
MEMBERS = {
    "AdviceType": "variables parameters tables_links",
    "AlignmentMethod": "specified max min mean",
    "AugmentationStrategy": "minority not_majority",
    "ColumnType": "int bool category float datetime datetime_tz",
    "DataFormat": "csv parquet",
    "DataRecipient": (
        "unknown opendata contractual_thirdparty internal outside_eu trusted_thirdparty"
    ),
    "DataSubject": "unknown patients employees clients users students",
    "DataType": "unknown health hr mobility insurance finance education",
    "ExcludeVariablesMethod": "row_order coordinate_similarity",
    "ImputeMethod": "knn mode median mean fast_knn",
    "JobKind": "standard privacy_metrics signal_metrics report advice",
    "JobStatus": "queued created orphaned parent_error error finished pending lost cancelled",
    "LinkMethod": (
        "linear_sum_assignment minimum_distance_assignment sensitive_original_order_assignment "
        "time_series"
    ),
    "OutputFormat": "pdf docx",
    "PiiType": "EMAIL FIRST_NAME LAST_NAME FULL_NAME PHONE SSN ADDRESS FREE_TEXT",
    "PlotKind": (
        "correlation correlation_difference contribution 2d_projection 3d_projection distribution "
        "aggregate_stats raw_series normalized_series class_projection_2d metrics_summary"
    ),
    "ProjectionType": "fpca flatten fcpa",
    "ReportLanguage": "en fr",
    "ReportType": "basic pia",
    "Results": (
        "advice shuffled unshuffled privacy_metrics signal_metrics report_images "
        "projections-original projections-avatars run_metadata report meta_metrics "
        "original_projections avatar_projections meta_privacy_metric meta_signal_metric figures "
        "figures_metadata privacy_metrics_summary signal_metrics_summary"
    ),
    "SpecificIdLetterCase": "upper lower both",
}
RESULTS = {
    "ADVICE": "advice",
    "SHUFFLED": "shuffled",
    "UNSHUFFLED": "unshuffled",
    "PRIVACY_METRICS": "privacy_metrics",
    "SIGNAL_METRICS": "signal_metrics",
    "REPORT_IMAGES": "report_images",
    "PROJECTIONS_ORIGINAL": "projections-original",
    "PROJECTIONS_AVATARS": "projections-avatars",
    "METADATA": "run_metadata",
    "REPORT": "report",
    "META_METRICS": "meta_metrics",
}


def meaning(node: ast.expr) -> Any:
    """Return the value that a documented default stands for."""
    match node:
        case ast.Attribute(ast.Name(of), member):
            return getattr(getattr(models, of), member)
        case ast.List(elements):
            return [meaning(element) for element in elements]
        case ast.Call(ast.Name("LinkMethod"), args=[]):
            # How the tool that wrote the document shows a member; its text names which.
            return LinkMethod("linear_sum_assignment")
        case _:
            return ast.literal_eval(node)


def parameters_of(written: str) -> list[tuple[str, Any, Any]]:
    """Return name, kind and default of each argument of a signature as written."""
    (function,) = ast.parse(f"def f({written}): ...").body
    assert isinstance(function, ast.FunctionDef)
    names = [argument.arg for argument in function.args.args]
    defaults = [meaning(node) for node in function.args.defaults]
    empty = [inspect.Parameter.empty] * (len(names) - len(defaults))
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    found = [(n, kind, d) for n, d in zip(names, [*empty, *defaults], strict=True)]
    if function.args.kwarg:
        found.append(
            (function.args.kwarg.arg, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.empty)
        )
    return found


def actual(owner: type, name: str) -> dict[str, inspect.Parameter]:
    target = owner if name == owner.__name__ else getattr(owner, name)
    found = dict(inspect.signature(target).parameters)
    found.pop("self", None)
    return found


def is_as_written(owner: type, name: str, written: str) -> bool:
    """Tell whether a signature begins with what is documented, and goes on by keyword alone."""
    wanted = parameters_of(written)
    found = actual(owner, name)
    begins = [(p.name, p.kind, p.default) for p in found.values()][: len(wanted)]
    rest = list(found.values())[len(wanted) :]
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    return begins == wanted and all(parameter.kind in by_name for parameter in rest)


CALLS = [
    (owner, name, written)
    for owner, table in ((runner.Runner, RUNNER), (Manager, MANAGER), (ApiClient, API_CLIENT))
    for name, written in table.items()
]


@pytest.mark.parametrize(("owner", "name", "written"), CALLS, ids=lambda value: str(value)[:40])
def test_signature_is_the_documented_one(owner: type, name: str, written: str) -> None:
    assert is_as_written(owner, name, written)


@pytest.mark.parametrize("name", LATER)
def test_later_arguments_are_there(name: str) -> None:
    owner = Manager if name in MANAGER else runner.Runner
    assert LATER[name] <= set(actual(owner, name))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("get_status", "job"),
        ("get_status", "job_name=None"),
        ("get_specific_result", "table_name, job_name, result=Results.UNSHUFFLED"),
        ("add_link", RUNNER["add_link"].replace("LINEAR_SUM", "MINIMUM_DISTANCE")),
        ("delete_link", "child_table_name, parent_table_name"),
        ("add_table", "table_name, data"),
    ],
)
def test_other_signature_is_told_apart(name: str, written: str) -> None:
    assert not is_as_written(runner.Runner, name, written)


def test_every_parameter_of_a_table_is_described_once() -> None:
    documented = {name for name, *_ in parameters_of(SET_PARAMETERS)} - {"table_name"}
    assert documented <= set(TableParameters.model_fields)


@pytest.mark.parametrize("of", MEMBERS)
def test_enum_has_every_documented_value(of: str) -> None:
    kind: type[Enum] = getattr(models, of)
    for value in MEMBERS[of].split():
        assert kind(value) in kind


def test_sensitivity_has_every_documented_value() -> None:
    written = ["Very High", "High", "Medium", "Low", "Very Low", "Negligible", "Undefined"]
    assert [level.value for level in models.SensitivityLevel] == written


def test_results_have_the_documented_names() -> None:
    assert {name: Results[name].value for name in RESULTS} == RESULTS
    assert runner.Results is Results
    assert Results.ORIGINAL_PROJECTIONS is Results.PROJECTIONS_ORIGINAL
    assert Results.AVATAR_PROJECTIONS is Results.PROJECTIONS_AVATARS


def test_other_spellings_are_the_same_member() -> None:
    assert ProjectionType.FCPA is ProjectionType.FPCA
    assert models.ColumnType.NUMERIC is models.ColumnType.FLOAT
    assert JobKind("standard") is JobKind.standard


# ---- the document itself, where it lies beside the repository


def documented() -> Iterator[tuple[str, str]]:
    """Give name and signature of each method in the document."""
    for line in DOCUMENT.read_text("utf-8").splitlines():
        line = line.strip().removesuffix("¶").strip().removeprefix("- ")
        line = line.removeprefix("class avatars.runner.")
        # What is returned stands behind, without an arrow.
        if match := re.fullmatch(r"(\w+)\((.*)\)(?: [\w\[\], |]+)?", line):
            yield match[1], match[2]


@pytest.mark.skipif(not DOCUMENT.exists(), reason="the document is not ours to ship")
def test_document_says_what_our_table_says() -> None:
    found = {name: written for name, written in documented() if name != "Results"}
    assert len(found) == 23
    for name, written in found.items():
        assert parameters_of(written) == parameters_of(RUNNER[name]), name
        assert is_as_written(runner.Runner, name, written), name


@pytest.mark.skipif(not DOCUMENT.exists(), reason="the document is not ours to ship")
def test_document_lists_the_results_of_our_table() -> None:
    lines = re.findall(r"^- ([A-Z_]+) = '([^']+)'", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert dict(lines) == RESULTS
