"""What the caller says a column means, where its dtype doesn't say it."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from avatars.exceptions import InvalidColumnError, InvalidParameterError, shown
from avatars.tables.dtypes import column_storage
from avatars.tables.storage import Storage

__all__ = ["as_declared", "check_types"]

_NUMERIC = ("int", "float")
_MOMENTS = ("datetime", "datetime_tz")


def check_types(types: Mapping[Any, Any] | None, labels: list[Hashable]) -> dict[Any, str]:
    """Check the declared types of a table.

    Parameters
    ----------
    types : mapping or None
        Column label to ``ColumnType`` or its string.
    labels : list of hashable
        The labels of the table.

    Returns
    -------
    dict
        Column label to the string of its type.

    Raises
    ------
    InvalidParameterError
        Names the labels that the table lacks, or the value that is no type.

    Examples
    --------
    >>> from avatars.tables.declared import check_types
    >>> check_types({"zip": "category"}, ["zip", "age"])
    {'zip': 'category'}
    """
    if types is None:
        return {}
    if not isinstance(types, Mapping):
        raise InvalidParameterError("types", f"must map labels to types, got {_kind(types)}.")
    known = set(labels)
    unknown = [label for label in types if label not in known]
    if unknown:
        raise InvalidParameterError(
            "types",
            f"names {_listed(unknown)}, which the table doesn't have: correct or drop it.",
        )
    return {label: _type_name(label, declared) for label, declared in types.items()}


def _type_name(label: Hashable, declared: Any) -> str:
    from avatars.models import ColumnType

    names = [kind.value for kind in ColumnType]
    if not isinstance(declared, str) or declared not in names:
        raise InvalidParameterError(
            "types",
            f"declares column {shown(label)} as something that is no type: choose from "
            f"{', '.join(names)}.",
        )
    return ColumnType(declared).value


def _kind(value: Any) -> str:
    return type(value).__name__


def _listed(labels: list[Any]) -> str:
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return ", ".join(shown(label) for label in labels[:5]) + more


def as_declared(
    series: pd.Series[Any], declared: str | None
) -> tuple[pd.Series[Any], Storage | None]:
    """Return a column in the dtype its declared type needs, and its storage.

    Only strings change dtype: those declared ``int`` or ``float`` are parsed into a numeric one,
    those declared ``datetime`` into a datetime one, and so they come back.

    Parameters
    ----------
    series : Series
        The column, its name being its label.
    declared : str or None
        The value of a ``ColumnType``, None to go by the dtype.

    Returns
    -------
    series : Series
        The column, converted if need be.
    storage : Storage or None
        What unpacks it, None for a category.

    Raises
    ------
    InvalidColumnError
        If the cells aren't what they are declared to be; says how many.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.declared import as_declared
    >>> as_declared(pd.Series(["12", "7"], name="age"), "int")[0].dtype
    dtype('int64')
    """
    storage = column_storage(series)
    if declared in ("category", "bool"):
        return series, None
    if declared is None or declared == "identifier":
        return series, storage
    family = "strings or categories" if storage is None else storage.family
    if storage is None and not _holds_truth_values(series):
        parsed = _parse_numbers(series) if declared in _NUMERIC else _parse_moments(series)
        return parsed, column_storage(parsed)
    if declared in _NUMERIC and family == "numbers":
        return series, storage
    if declared in _MOMENTS and family not in ("numbers", "strings or categories"):
        return series, storage
    if storage is None:
        family = "truth values"
    raise InvalidColumnError(
        series.name,
        f"is declared '{declared}' but holds {family}: cast it before, or declare what it holds.",
    )


def _holds_truth_values(series: pd.Series[Any]) -> bool:
    is_object = series.dtype == object
    if is_object:
        return pd.api.types.infer_dtype(series, skipna=True) == "boolean"
    return pd.api.types.is_bool_dtype(series.dtype)


def _parse_numbers(series: pd.Series[Any]) -> pd.Series[Any]:
    missing = series.isna().to_numpy(dtype=bool)
    cells = pd.Series(series.to_numpy(dtype=object)[~missing], dtype=object)
    parsed: Any
    try:
        parsed = pd.to_numeric(cells, errors="coerce")
    except (TypeError, ValueError, OverflowError):
        parsed = None
    failed = len(cells) if parsed is None else int(parsed.isna().sum())
    if failed or (len(cells) and parsed.dtype.kind not in "iuf"):
        raise InvalidColumnError(
            series.name,
            f"is declared as numbers, but {failed or len(cells)} cells can't be read as one: "
            "mend them, make them missing, or declare it 'category'.",
        )
    if len(cells) and parsed.dtype.kind in "iu":
        if not missing.any():
            return pd.Series(parsed.to_numpy(), name=series.name)
        whole = np.zeros(len(missing), dtype=parsed.dtype)
        whole[~missing] = parsed.to_numpy()
        return pd.Series(pd.arrays.IntegerArray(whole, missing), name=series.name)
    floats = np.full(len(missing), np.nan)
    floats[~missing] = parsed.to_numpy(dtype=np.float64)
    return pd.Series(floats, name=series.name)


def _parse_moments(series: pd.Series[Any]) -> pd.Series[Any]:
    missing = series.isna().to_numpy(dtype=bool)
    cells = pd.Series(series.to_numpy(dtype=object), dtype=object)
    cells[missing] = None
    parsed: Any
    # pandas says in a warning, elsewhere in an error, that the cells have several zones.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = pd.to_datetime(cells, errors="coerce", format="ISO8601")
        except (TypeError, ValueError, OverflowError):
            parsed = None
    if parsed is None or parsed.dtype.kind != "M":
        raise InvalidColumnError(
            series.name,
            "is declared as datetimes, but its cells have several zones or can't be read: parse it "
            "with pandas.to_datetime(column, utc=True) before.",
        )
    failed = int((parsed.isna().to_numpy() & ~missing).sum())
    if failed:
        raise InvalidColumnError(
            series.name,
            f"is declared as datetimes, but {failed} cells can't be read as one (ISO 8601, like "
            "2024-12-31): mend them, make them missing, or declare it 'category'.",
        )
    return pd.Series(parsed.array, name=series.name)
