"""The one description of a parameter, against the documented client and the estimator."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatars import Avatarizer, AvatarSampler
from avatars.exceptions import InvalidParameterError
from avatars.models import (
    AvatarizationParameters,
    ColumnType,
    ExcludeVariablesMethod,
    ImputeMethod,
    Protection,
)

# The documented client's set_parameters, but for the table's name and the series.
DOCUMENTED = [
    "k",
    "ncp",
    "use_categorical_reduction",
    "column_weights",
    "exclude_variable_names",
    "exclude_replacement_strategy",
    "imputation_method",
    "imputation_k",
    "imputation_training_fraction",
    "dp_epsilon",
    "dp_preprocess_budget_ratio",
    "known_variables",
    "target",
    "closest_rate_percentage_threshold",
    "closest_rate_ratio_threshold",
    "categorical_hidden_rate_variables",
]
# Ours: of the estimator, and of how a table is read and released.
OURS = [
    "protection",
    "types",
    "primary_key",
    "individual_level",
    "shuffle",
    "random_state",
    "n_jobs",
    "verbose",
    "dp_delta",
    "dp_domain",
    "dp_n_rows",
    "dp_ledger",
]
METHODS = ["KNN", "MODE", "MEDIAN", "MEAN", "FAST_KNN"]
STRATEGIES = ["ROW_ORDER", "COORDINATE_SIMILARITY"]
DOCUMENT = Path(__file__).parents[2] / "shared" / "spec" / "client-api.txt"

checked = AvatarizationParameters.checked


@pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the document is not ours to ship; it lies in ../shared"
)
def test_lists_of_this_file_are_those_of_the_document() -> None:
    text = DOCUMENT.read_text()
    signature = re.search(r"set_parameters\((.*?)\)¶", text)
    assert signature is not None
    names = re.findall(r"(\w+): [^=,]+(?:\[[^]]*\])?[^=,]*= None", signature.group(1))
    assert [name for name in names if not name.startswith("time_series_")] == DOCUMENTED
    assert set(re.findall(r"ImputeMethod\.(\w+)", text)) == set(METHODS)
    options = re.search(r"Strategy for replacing excluded variables. Options: (.*)\.", text)
    assert options is not None
    assert options.group(1).split(", ") == STRATEGIES


def test_enums_have_the_documented_members() -> None:
    assert list(ImputeMethod.__members__) == METHODS
    assert list(ExcludeVariablesMethod.__members__) == STRATEGIES
    for kind in (ImputeMethod, ExcludeVariablesMethod, Protection):
        for name, member in kind.__members__.items():
            assert member.value == name.lower()
            assert kind(member.value) is member
            assert member == member.value


def test_column_types_go_by_both_names() -> None:
    assert ColumnType.NUMERIC is ColumnType.FLOAT
    values = {"int", "bool", "category", "float", "datetime", "datetime_tz", "identifier"}
    assert {member.value for member in ColumnType} == values


def test_fields_are_the_documented_parameters_and_the_protection() -> None:
    assert list(AvatarizationParameters.model_fields) == [
        *DOCUMENTED,
        "protection",
        "dp_delta",
        "dp_domain",
        "dp_n_rows",
    ]


@pytest.mark.parametrize("estimator", [Avatarizer, AvatarSampler])
def test_estimators_have_the_documented_parameters_with_the_defaults_of_the_fields(
    estimator: Any,
) -> None:
    parameters = dict(inspect.signature(estimator).parameters)
    assert {p.kind for p in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    # Who runs the work is decided in Avatarizer alone, and comes when there is a server.
    assert set(parameters) - {"manager"} - set(OURS) == set(DOCUMENTED)
    assert set(OURS) - set(parameters) <= {"shuffle"}
    for name, field in AvatarizationParameters.model_fields.items():
        default = parameters[name].default
        assert default == field.default, name
        assert type(default) in (type(None), str)


def test_every_field_is_described() -> None:
    for name, field in AvatarizationParameters.model_fields.items():
        assert field.description is not None, name
        assert field.description.endswith("."), name


def test_nothing_asked_is_the_default() -> None:
    parameters = checked()
    assert parameters == AvatarizationParameters()
    assert parameters.protection is Protection.BALANCED
    assert all(getattr(parameters, name) is None for name in DOCUMENTED)


SECRET = 123454321.5

REFUSED = [
    ("k", 1),
    ("k", 0),
    ("k", -SECRET),
    ("k", 2.5),
    ("k", "20"),
    ("k", True),
    ("k", [20]),
    ("ncp", 0),
    ("ncp", 1.5),
    ("ncp", "five"),
    ("use_categorical_reduction", "yes"),
    ("use_categorical_reduction", 1),
    ("column_weights", {"age": -SECRET}),
    ("column_weights", {"age": float("inf")}),
    ("column_weights", {"age": float("nan")}),
    ("column_weights", {"age": "heavy"}),
    ("column_weights", ["age"]),
    ("column_weights", SECRET),
    ("exclude_variable_names", "age"),
    ("exclude_variable_names", b"age"),
    ("exclude_replacement_strategy", "rows"),
    ("exclude_replacement_strategy", 1),
    ("imputation_method", "fastknn"),
    ("imputation_method", Protection.BALANCED),
    ("imputation_k", 0),
    ("imputation_training_fraction", 0),
    ("imputation_training_fraction", 1.01),
    ("imputation_training_fraction", "all"),
    ("dp_epsilon", 0),
    ("dp_preprocess_budget_ratio", 1),
    ("known_variables", "age"),
    ("closest_rate_percentage_threshold", -1),
    ("closest_rate_percentage_threshold", 101),
    ("closest_rate_ratio_threshold", 1.5),
    ("categorical_hidden_rate_variables", "sex"),
    ("protection", "total"),
    ("protection", None),
    ("protection", True),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_bad_values_are_refused_by_name_and_not_shown(name: str, value: Any) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        checked(**{name: value})
    error = caught.value
    assert error.parameter == name
    assert str(error).startswith(f"parameter '{name}' must ") or "needs finite weights" in str(
        error
    )
    assert str(error).endswith(".")
    # The cause of pydantic's own error holds the value.
    assert error.__suppress_context__ or error.__context__ is None
    for shown in ("123454321", "heavy", "fastknn", "'rows'", "five", "total"):
        assert shown not in str(error)


def test_unknown_parameters_are_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="neighbours") as caught:
        checked(neighbours=20)
    assert caught.value.parameter == "neighbours"


def test_first_column_of_a_bad_weight_is_named() -> None:
    with pytest.raises(InvalidParameterError, match="column 'pay'"):
        checked(column_weights={"age": 1.0, "pay": -1.0})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("k", np.int64(20), 20),
        ("k", np.uint8(20), 20),
        ("k", np.array(20), 20),
        ("ncp", np.int32(3), 3),
        ("use_categorical_reduction", np.bool_(True), True),
        ("imputation_training_fraction", np.float32(0.5), 0.5),
        ("imputation_training_fraction", 1, 1.0),
        ("column_weights", {"age": np.float64(2.5), 7: np.int64(3)}, {"age": 2.5, 7: 3.0}),
        ("column_weights", {("a", "b"): 1}, {("a", "b"): 1.0}),
        ("exclude_variable_names", ("age", 7), ["age", 7]),
        ("exclude_variable_names", np.array(["age"]), ["age"]),
        ("known_variables", {"age": None}.keys(), ["age"]),
        ("exclude_replacement_strategy", "row_order", ExcludeVariablesMethod.ROW_ORDER),
        ("imputation_method", "fast_knn", ImputeMethod.FAST_KNN),
        ("imputation_method", ImputeMethod.MODE, ImputeMethod.MODE),
        ("protection", "strict", Protection.STRICT),
        ("target", ("pay", 1), ("pay", 1)),
    ],
)
def test_what_callers_reasonably_pass_is_taken(name: str, value: Any, expected: Any) -> None:
    found = getattr(checked(**{name: value}), name)
    assert found == expected
    assert type(found) is type(expected)


def test_parameters_can_t_be_changed_and_survive_a_round_trip() -> None:
    parameters = checked(k=30, protection="strict", column_weights={"age": 2.0})
    with pytest.raises(ValueError, match="frozen"):
        parameters.k = 2
    assert checked(**parameters.model_dump()) == parameters
