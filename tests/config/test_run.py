"""A run is checked as a whole: every wrong call is refused by name and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.config import ColumnConfig, Config, TableConfig, column_type
from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.models import ColumnType, LinkMethod


def table(name: str, key: str | None = None, *foreign: str, **changes: Any) -> TableConfig:
    columns = [
        *([ColumnConfig(field=key, primary_key=True, type=ColumnType.INT)] if key else []),
        *(ColumnConfig(field=field, identifier=True, type=ColumnType.INT) for field in foreign),
        ColumnConfig(field="age"),
    ]
    return TableConfig(
        **{"name": name, "columns": tuple(columns), "file": f"{name}.csv", **changes}
    )


@pytest.fixture
def run() -> Config:
    run = Config(display_name="demo", seed=99)
    for entry in (table("doctor", "d"), table("patient", "p", "d"), table("visit", "v", "p", "d")):
        run = run.with_table(entry)
    return run.with_link("doctor", "d", "patient", "d")


def test_tables_links_and_parameters_come_and_go(run: Config) -> None:
    linked = run.with_link("patient", "p", "visit", "p", LinkMethod.MINIMUM_DISTANCE_ASSIGNMENT)
    assert [link.to_table for link in linked.table("patient").links] == ["visit"]
    assert linked.without_link("patient", "visit") == run
    set_ = linked.with_parameters("patient", k=20, target="age")
    assert set_.set_parameters_of("patient") == {"k": 20, "target": "age"}
    assert set_.without_parameters("patient", ["k"]).set_parameters_of("patient") == {
        "target": "age"
    }
    assert set_.without_parameters("patient") == linked
    gone = set_.without_table("patient")
    assert gone.table("doctor").links == ()
    assert "patient" not in gone.standard


def test_nothing_changes_in_place(run: Config) -> None:
    before = run.model_dump()
    run.with_parameters("doctor", k=5).without_table("visit")
    assert run.model_dump() == before


def test_seed_is_not_shown(run: Config) -> None:
    assert "99" not in repr(run)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda r: r.with_table(table("visit")), "'visit' is there already"),
        (lambda r: r.with_link("doctors", "d", "visit", "d"), "no table 'doctors'"),
        (lambda r: r.with_link("doctor", "d", "visits", "d"), "no table 'visits'"),
        (lambda r: r.with_link("doctor", "age", "visit", "d"), "not the primary key"),
        (lambda r: r.with_link("doctor", "d", "visit", "age"), "no foreign key of the child"),
        (lambda r: r.with_link("doctor", "d", "patient", "d"), "is there already: delete_link"),
        (lambda r: r.with_link("visit", "v", "visit", "p"), "its own ancestor"),
        (lambda r: r.without_link("doctor", "visit"), "no link from 'doctor' to 'visit'"),
        (lambda r: r.without_link("doctor", "nobody"), "no table 'nobody'"),
        (lambda r: r.without_table("nobody"), "no table 'nobody'"),
        (lambda r: r.without_parameters("nobody"), "no table 'nobody'"),
        (lambda r: r.with_parameters("nobody", k=5), "no table 'nobody'"),
    ],
)
def test_wrong_tables_and_links_are_refused(
    run: Config, call: Callable[[Config], Any], match: str
) -> None:
    with pytest.raises(InvalidTableError, match=match):
        call(run)


def test_circle_is_refused() -> None:
    run = Config(display_name="x").with_table(table("a", "a", "b")).with_table(table("b", "b", "a"))
    run = run.with_link("a", "a", "b", "a")
    with pytest.raises(InvalidTableError, match="must not form a circle"):
        run.with_link("b", "b", "a", "b")


def test_child_column_names_rows_of_one_parent() -> None:
    run = Config(display_name="x")
    for entry in (table("a", "a"), table("b", "b"), table("c", "c", "of")):
        run = run.with_table(entry)
    with pytest.raises(InvalidTableError, match="already names rows of 'a'"):
        run.with_link("a", "a", "c", "of").with_link("b", "b", "c", "of")


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ([{"field": "a"}, {"field": "a"}], "'a' more than once"),
        (
            [{"field": "a", "primary_key": True}, {"field": "b", "primary_key": True}],
            "one primary key",
        ),
        ([{"field": "a", "primary_key": True, "identifier": True}], "both primary and foreign key"),
        (
            [{"field": "a", "primary_key": True, "time_series_time": True}],
            "key and the time column",
        ),
        ([{"field": "a", "primary_key": True, "drop": True}], "can't be dropped"),
        (
            [{"field": "a", "time_series_time": True}, {"field": "b", "time_series_time": True}],
            "time",
        ),
    ],
)
def test_columns_that_contradict_each_other_are_refused(
    columns: list[dict[str, Any]], match: str
) -> None:
    described = tuple(ColumnConfig(**column) for column in columns)
    with pytest.raises(InvalidTableError, match=match):
        Config(display_name="x").with_table(TableConfig(name="t", columns=described))


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"k": 0}, "k"),
        ({"k": 1}, "k"),
        ({"k": 2.5}, "k"),
        ({"k": 5, "dp_epsilon": 1.0}, "dp_epsilon"),
        ({"dp_epsilon": 1.0, "fast_dp": {"epsilon": 1.0}}, "dp_epsilon"),
        ({"dp_preprocess_budget_ratio": 0.5}, "dp_preprocess_budget_ratio"),
        ({"dp_epsilon": -1.0}, "dp_epsilon"),
        ({"k": 5, "nonsense": 1}, "nonsense"),
        ({"k": 5, "target": "rage"}, "target"),
        ({"k": 5, "known_variables": ["age", "rage"]}, "known_variables"),
        ({"k": 5, "known_variables": "age"}, "known_variables"),
        ({"k": 5, "column_weights": {"rage": 1.0}}, "column_weights"),
        ({"k": 5, "exclude_variable_names": ["rage"]}, "exclude_variable_names"),
        (
            {"k": 5, "categorical_hidden_rate_variables": ["rage"]},
            "categorical_hidden_rate_variables",
        ),
        ({"k": 5, "closest_rate_percentage_threshold": 101.0}, "closest_rate_percentage_threshold"),
        ({"k": 5, "quantile_threshold": 101}, "quantile_threshold"),
        ({"k": 5, "imputation_method": "magic"}, "imputation_method"),
        ({"time_series_method": "magic"}, "time_series_method"),
        ({"data_augmentation_strategy": "minority"}, "data_augmentation_strategy"),
        ({"data_augmentation_strategy": "magic"}, "data_augmentation_strategy"),
        ({"data_augmentation_target_column": "age"}, "data_augmentation_target_column"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    run: Config, values: dict[str, Any], parameter: str
) -> None:
    with pytest.raises(InvalidParameterError) as refusal:
        run.with_parameters("doctor", **values)
    assert refusal.value.parameter == parameter


def test_table_that_is_described_in_part_may_have_other_columns(run: Config) -> None:
    keys = TableConfig(
        name="stay", file="stay.csv", columns=(ColumnConfig(field="s", primary_key=True),)
    )
    assert run.with_table(keys).with_parameters("stay", k=5, target="ward").standard["stay"].k == 5


def test_parameter_that_is_not_set_cannot_be_deleted(run: Config) -> None:
    with pytest.raises(InvalidParameterError, match="'ncp' is not set for table 'doctor'"):
        run.with_parameters("doctor", k=5).without_parameters("doctor", ["k", "ncp"])


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pd.Series([1]), ColumnType.INT),
        (pd.Series([1], dtype="UInt8"), ColumnType.INT),
        (pd.Series([1.5]), ColumnType.FLOAT),
        (pd.Series([1.5], dtype="Float32"), ColumnType.FLOAT),
        (pd.Series([True]), ColumnType.BOOL),
        (pd.Series([True], dtype="boolean"), ColumnType.BOOL),
        (pd.Series(["a"]), ColumnType.CATEGORY),
        (pd.Series([1], dtype="category"), ColumnType.CATEGORY),
        (pd.Series([b"a"], dtype=object), ColumnType.CATEGORY),
        (pd.Series(pd.to_datetime(["2020-01-01"])), ColumnType.DATETIME),
        (
            pd.Series(pd.to_datetime(["2020-01-01"]).tz_localize("Asia/Tokyo")),
            ColumnType.DATETIME_TZ,
        ),
        (pd.Series(np.array(["2020"], dtype="datetime64[s]")), ColumnType.DATETIME),
    ],
)
def test_type_of_a_dtype(series: pd.Series[Any], expected: ColumnType) -> None:
    assert column_type(series.dtype) is expected


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("int64[pyarrow]", ColumnType.INT),
        ("double[pyarrow]", ColumnType.FLOAT),
        ("bool[pyarrow]", ColumnType.BOOL),
        ("string[pyarrow]", ColumnType.CATEGORY),
        ("timestamp[us][pyarrow]", ColumnType.DATETIME),
        ("timestamp[us, tz=UTC][pyarrow]", ColumnType.DATETIME_TZ),
    ],
)
def test_type_of_an_arrow_dtype(dtype: str, expected: ColumnType) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is an extra")
    assert column_type(pd.Series([], dtype=dtype).dtype) is expected
