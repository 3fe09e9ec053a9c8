"""Documents hold the whole run, are read back as it was, and can't do harm."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from avatars.config import ColumnConfig, Config, ReportConfig, TableConfig
from avatars.exceptions import InvalidConfigError
from avatars.models import (
    AdviceType,
    Cardinality,
    ColumnType,
    DataFormat,
    LinkMethod,
    OutputFormat,
    Pseudonymization,
    ReportType,
)

EXAMPLE = Path(__file__).parents[3] / "shared" / "spec" / "config-example.yaml"
PUBLIC = os.environ.get("AVATARS_YAML_PYTHON", "")
# Words that YAML takes for something else where they stand bare.
HOSTILE = [
    *("no", "1e3", "0x1F", "~", "null", "- x", ": y", "a: b", "#", "2020-01-01", "&a", "*a", "\n"),
    *("é\u202e", "{{7*7}}", "!!int 3"),
]


def full(field: str = "x") -> Config:
    """Return a run that uses every kind of document and every block."""
    run = Config(
        display_name="demo",
        seed=7,
        advice=(AdviceType.PARAMETERS, AdviceType.TABLES_LINKS),
        reports=(
            ReportConfig(),
            ReportConfig(report_type=ReportType.PIA, output_format=OutputFormat.DOCX),
        ),
        annotations={"client_type": "python"},
        output_format=DataFormat.PARQUET,
        max_distribution_plots=4,
        compute_figures=False,
    )
    hidden = Pseudonymization.checked(
        kind="SPECIFIC_ID", pattern="AA-99", letter_case="upper", consistent=True
    )
    run = run.with_table(
        TableConfig(
            name="parent",
            file="parent.csv",
            individual_level=True,
            columns=(
                ColumnConfig(field="id", type=ColumnType.INT, primary_key=True),
                ColumnConfig(field=field, type=ColumnType.FLOAT),
                ColumnConfig(field="card", type=ColumnType.CATEGORY, pseudonymization=hidden),
                ColumnConfig(field="note", type=ColumnType.CATEGORY, drop=True),
            ),
        )
    )
    run = run.with_table(
        TableConfig(
            name="child",
            file="child.parquet",
            avatars_file="child_avatars.parquet",
            columns=(
                ColumnConfig(field="t", type=ColumnType.DATETIME_TZ, time_series_time=True),
                ColumnConfig(field="pid", type=ColumnType.INT, identifier=True),
                ColumnConfig(field="v", type=ColumnType.FLOAT),
            ),
        )
    ).with_table(TableConfig(name="other", file="other.csv"))
    run = run.with_link("parent", "id", "child", "pid", LinkMethod.TIME_SERIES)
    run = run.with_parameters(
        "parent",
        k=5,
        ncp=3,
        use_categorical_reduction=True,
        column_weights={field: 2.0},
        exclude_variable_names=[field],
        exclude_replacement_strategy="coordinate_similarity",
        imputation_method="knn",
        imputation_k=4,
        imputation_training_fraction=0.5,
        imputation_return_data_imputed=True,
        data_augmentation_strategy={"a": 1.5},
        data_augmentation_target_column="card",
        known_variables=[field],
        target=field,
        closest_rate_percentage_threshold=0.3,
        closest_rate_ratio_threshold=0.3,
        categorical_hidden_rate_variables=["card"],
        quantile_threshold=95,
        protection="strict",
        processors=[{"target": field, "references": ["id"]}],
    )
    run = run.with_parameters(
        "child",
        time_series_nf=3,
        time_series_projection_type="flatten",
        time_series_nb_points=10,
        time_series_method="mean",
    )
    return run.with_parameters("other", dp_epsilon=3.0, dp_preprocess_budget_ratio=0.2)


def test_every_document_comes_back() -> None:
    assert Config.from_yaml(full().to_yaml()) == full()


def test_documents_stand_in_the_documented_order() -> None:
    kinds = [document["kind"] for document in yaml.safe_load_all(full().to_yaml())]
    assert kinds == [
        "AvatarMetadata",
        "AvatarSchema",
        "AvatarSchema",
        "AvatarAdviceParameters",
        "AvatarParameters",
        "AvatarPrivacyMetricsParameters",
        "AvatarSignalMetricsParameters",
        "AvatarReportParameters",
        "AvatarReportParameters",
    ]


def test_parameters_stand_in_their_documents() -> None:
    documents = {d["metadata"]["name"]: d["spec"] for d in yaml.safe_load_all(full().to_yaml())}
    block = documents["standard"]["avatarization"]["parent"]
    assert (block["k"], block["imputation"]["k"]) == (5, 4)
    assert block["exclude_variables"]["replacement_strategy"] == "coordinate_similarity"
    assert documents["standard"]["avatarization_open_dp"]["other"]["epsilon"] == 3.0
    assert "other" not in documents["standard"]["avatarization"]
    assert documents["standard"]["time_series"]["child"]["projection"]["nf"] == 3
    privacy = documents["privacy_metrics"]["privacy_metrics"]["parent"]
    assert (privacy["target"], privacy["ncp"], privacy["quantile_threshold"]) == ("x", 3, 95)
    assert "k" not in privacy
    assert documents["signal_metrics"]["signal_metrics"]["parent"]["ncp"] == 3
    assert documents["standard"]["results"] == {
        "volume": "results",
        "path": "standard",
        "format": "parquet",
        "max_distribution_plots": 4,
    }


@pytest.mark.once
@settings(max_examples=40)
@given(
    st.sampled_from(HOSTILE) | st.text(min_size=1).filter(lambda s: s not in ("id", "card", "note"))
)
def test_any_name_of_a_column_comes_back(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return  # No file can hold half a character.
    assert Config.from_yaml(full(name).to_yaml()) == full(name)


@pytest.mark.skipif(
    not EXAMPLE.exists(), reason="the example lies beside the repository, not in it"
)
def test_example_comes_back_as_it_was() -> None:
    text = EXAMPLE.read_text("utf-8")
    assert Config.from_yaml(text).to_yaml().strip() == text.strip()


@pytest.mark.skipif(
    not PUBLIC, reason="AVATARS_YAML_PYTHON names no environment with octopize-avatar-yaml"
)
def test_public_package_reads_ours_and_we_read_its() -> None:
    script = (
        "import sys; from avatar_yaml import Config; "
        "sys.stdout.write(Config.from_yaml(sys.stdin.read()).get_yaml())"
    )
    theirs = subprocess.run(
        [PUBLIC, "-c", script], input=full().to_yaml(), capture_output=True, text=True, check=True
    ).stdout
    # What it has no words for it leaves out: those are ours, and older documents'.
    forgotten = (
        "protection",
        "closest_rate_percentage_threshold",
        "closest_rate_ratio_threshold",
        "categorical_hidden_rate_variables",
    )
    left = full()
    for of in ("standard", "privacy_metrics", "signal_metrics"):
        kept = {
            table: parameters.model_copy(
                update={name: type(parameters).model_fields[name].default for name in forgotten}
            )
            for table, parameters in getattr(left, of).items()
        }
        left = left.model_copy(update={of: kept})
    # Nor does its reader keep the file of avatars that were made elsewhere.
    child = left.table("child").model_copy(update={"avatars_file": None})
    left = left.model_copy(update={"tables": {**left.tables, "child": child}})
    assert Config.from_yaml(theirs).to_yaml() == left.to_yaml()


@pytest.mark.parametrize(
    "config",
    [
        Config(display_name="bare", seed=7, max_distribution_plots=3),
        Config(display_name="budget")
        .with_table(TableConfig(name="people", file="people.csv"))
        .with_parameters("people", dp_epsilon=3.0, data_augmentation_strategy=2.0),
        Config(display_name="things")
        .with_table(
            TableConfig(
                name="drug",
                file="drug.csv",
                reference=True,
                columns=(ColumnConfig(field="code", primary_key=True),),
            )
        )
        .with_table(
            TableConfig(
                name="dose", file="dose.csv", columns=(ColumnConfig(field="drug", identifier=True),)
            )
        )
        .with_link("drug", "code", "dose", "drug", cardinality=Cardinality.EXACT),
    ],
    ids=lambda config: config.display_name,
)
def test_nothing_is_lost_that_no_table_has_parameters_for(config: Config) -> None:
    assert Config.from_yaml(config.to_yaml()) == config


def test_older_name_of_the_private_block_is_read() -> None:
    text = full().to_yaml().replace("avatarization_open_dp", "avatarization_dp")
    assert Config.from_yaml(text) == full()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("kind: AvatarDatabase\nmetadata: {name: x}\nspec: {}", "'AvatarDatabase' can't be read"),
        ("- a\n- b", "must be a mapping"),
        ("a: !!python/object/apply:os.system ['true']", "line 1 of the YAML can't be read"),
        ("a: 1\na: 2", "has a key twice"),
        ("? [a]\n: 1", "list or mapping as a key"),
        ("a: [" * 40, "line 1"),
        ("a: &a [1]\nb: [" + ", ".join(["*a"] * 200) + "]", "100 aliases"),
        ("a: ZZSECRET: b", "line 1 of the YAML can't be read"),
        ("x" * 1_000_001, "larger than 1,000,000 bytes"),
        ("kind: AvatarMetadata\nspec: {display_name: [1]}", "spec.display_name must be a word"),
        ("kind: AvatarMetadata\nspec: 3", "AvatarMetadata.spec must be a mapping"),
        ("kind: AvatarSchema\nspec: {tables: 3}", "spec.tables must be a list"),
        (
            "kind: AvatarSchema\nspec: {tables: [{name: t, data: {}, colour: 1}]}",
            "unknown key 'colour'",
        ),
        (
            "kind: AvatarSchema\n"
            "spec: {tables: [{name: t, data: {}, columns: [{field: a, type: zz}]}]}",
            r"columns\[0\].type",
        ),
        (
            "kind: AvatarSchema\nspec: {tables: [{name: t, avatars_data: {auto: true}}]}",
            "no schema",
        ),
        ("kind: AvatarParameters\nspec: {avatarization: {t: {k: 0}}}", "parameter 'k'"),
        ("kind: AvatarParameters\nspec: {avatarization: {t: {kk: 5}}}", "unknown key 'kk'"),
        ("kind: AvatarParameters\nspec: {avatarization: {t: {k: 5}}}", "no table 't'"),
    ],
)
def test_documents_that_cannot_be_used_are_refused(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match) as refusal:
        Config.from_yaml(text)
    assert "ZZSECRET" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_bomb_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    with pytest.raises(InvalidConfigError, match="100 aliases"):
        Config.from_yaml("\n".join(lines))


def test_values_are_never_in_messages() -> None:
    values: list[dict[str, Any]] = [
        {"avatarization": {"t": {"k": "ZZSECRET"}}},
        {"avatarization": {"t": {"imputation": {"method": "ZZSECRET"}}}},
        {"seed": "ZZSECRET"},
        {"results": {"format": "ZZSECRET"}},
    ]
    for spec in values:
        text = yaml.safe_dump({"kind": "AvatarParameters", "spec": spec})
        with pytest.raises(ValueError) as refusal:
            Config.from_yaml(text)
        assert "ZZSECRET" not in str(refusal.value)
