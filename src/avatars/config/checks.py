"""What a table and its parameters may not say at once."""

from __future__ import annotations

from typing import Any

from avatars.config.schema import TableConfig
from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.models import DP_PARAMETERS, TableParameters


def check_columns(table: TableConfig) -> None:
    """Refuse columns that contradict each other."""
    name = shown(table.name)
    fields = [column.field for column in table.columns]
    twice = sorted({field for field in fields if fields.count(field) > 1})
    if twice:
        raise InvalidTableError(f"table {name} has column {shown(twice[0])} more than once.")
    if table.reference and table.individual_level:
        raise InvalidTableError(
            f"table {name} can't be both a reference, which goes out as it is, and at individual "
            "level."
        )
    if sum(column.primary_key for column in table.columns) > 1:
        raise InvalidTableError(f"table {name} has more than one primary key: declare one.")
    if sum(column.time_series_time for column in table.columns) > 1:
        raise InvalidTableError(f"table {name} has more than one time column: declare one.")
    for column in table.columns:
        what = f"column {shown(column.field)} of table {name}"
        if column.primary_key and column.identifier:
            raise InvalidTableError(f"{what} is both primary and foreign key: declare it once.")
        if column.is_key and column.time_series_time:
            raise InvalidTableError(f"{what} is both a key and the time column: declare it once.")
        if column.drop and (column.is_key or column.time_series_time):
            raise InvalidTableError(f"{what} is a key or the time column and can't be dropped.")


def check_parameters(table: TableConfig, parameters: TableParameters) -> None:
    """Refuse parameters that can't be had together, or name no column."""
    if table.reference and parameters.k is not None:
        raise InvalidParameterError(
            "k", f"is set for {shown(table.name)}, a reference table, which goes out as it is."
        )
    if parameters.k is not None and (parameters.dp_epsilon or parameters.fast_dp):
        raise InvalidParameterError(
            "dp_epsilon", "can't be combined with k: choose neighbours or differential privacy."
        )
    if parameters.dp_epsilon and parameters.fast_dp is not None:
        raise InvalidParameterError("dp_epsilon", "can't be combined with fast_dp: choose one.")
    for name in (*DP_PARAMETERS, "dp_ledger"):
        if getattr(parameters, name) is not None and parameters.dp_epsilon is None:
            raise InvalidParameterError(name, "needs dp_epsilon.")
    strategy = parameters.data_augmentation_strategy
    classes = strategy is not None and not isinstance(strategy, (int, float))
    if classes and parameters.data_augmentation_target_column is None:
        raise InvalidParameterError(
            "data_augmentation_strategy",
            "balances classes and needs data_augmentation_target_column.",
        )
    if parameters.data_augmentation_target_column is not None and strategy is None:
        raise InvalidParameterError(
            "data_augmentation_target_column", "needs data_augmentation_strategy."
        )
    # From a path only some columns may be described: what isn't can't be checked here.
    known = {column.field for column in table.columns if not column.drop}
    if table.file is None or not known:
        return
    named: dict[str, list[Any]] = {
        "column_weights": list(parameters.column_weights or {}),
        "exclude_variable_names": parameters.exclude_variable_names or [],
        "dp_domain": list(parameters.dp_domain or {}),
        "known_variables": parameters.known_variables or [],
        "target": [] if parameters.target is None else [parameters.target],
        "categorical_hidden_rate_variables": parameters.categorical_hidden_rate_variables or [],
        "data_augmentation_target_column": (
            []
            if parameters.data_augmentation_target_column is None
            else [parameters.data_augmentation_target_column]
        ),
    }
    for parameter, labels in named.items():
        strange = [label for label in labels if label not in known]
        if strange and not _is_partial(table):
            raise InvalidParameterError(
                parameter,
                f"names {shown(strange[0])}, which is no column of table {shown(table.name)}.",
            )


def _is_partial(table: TableConfig) -> bool:
    """Tell whether there may be columns that are not described, as in documents by hand.

    Where all are listed, some have nothing to be said of them.
    """
    return all(c.type or c.is_key or c.time_series_time or c.drop for c in table.columns)
