"""Which storage a column needs, or why it is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from avatars.exceptions import InvalidColumnError, UnsupportedTypeError, shown
from avatars.tables.moments import moment_storage
from avatars.tables.objects import check_cells, object_storage
from avatars.tables.storage import Storage, number_storage

__all__ = ["column_storage"]

_WAYS_OUT = {
    "interval": "keep its left and its right end as two columns, or cast it to category",
    "sparse": "densify it with column.sparse.to_dense()",
    "arrow": "spread its content over columns of its own, cast it, or drop it",
    "other": "cast it to a dtype of pandas, or drop it",
}


def column_storage(series: pd.Series[Any]) -> Storage | None:
    """Find out how the cells of a column are kept.

    Parameters
    ----------
    series : Series
        The column, its name being its label.

    Returns
    -------
    Storage or None
        None for values that can only be told apart: strings, truth values, categories.

    Raises
    ------
    UnsupportedTypeError, InvalidColumnError
        If the dtype or the kind of the cells can be neither averaged nor drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.dtypes import column_storage
    >>> column_storage(pd.Series([1.5])).family
    'numbers'
    >>> column_storage(pd.Series(["a"])) is None
    True
    """
    dtype: Any = series.dtype
    if isinstance(dtype, np.dtype):
        return _numpy_storage(series, dtype)
    if isinstance(dtype, pd.DatetimeTZDtype | pd.PeriodDtype):
        return moment_storage(dtype)
    if isinstance(dtype, pd.CategoricalDtype):
        levels = dtype.categories
        if levels is not None and levels.dtype == object:
            check_cells(pd.Series(levels, name=series.name, dtype=object))
        return None
    if isinstance(dtype, (pd.StringDtype, pd.BooleanDtype)):
        return None
    if isinstance(dtype, pd.ArrowDtype):
        from avatars.tables.arrow import arrow_storage

        storage = arrow_storage(dtype)
        if isinstance(storage, str):
            raise _refusal(series, "arrow", storage)
        return storage
    if isinstance(dtype, pd.IntervalDtype):
        raise _refusal(series, "interval", "has no mean and no distance")
    if isinstance(dtype, pd.SparseDtype):
        raise _refusal(series, "sparse", "is sparse (Sparse data is not supported)")
    if pd.api.types.is_numeric_dtype(dtype) and hasattr(dtype, "numpy_dtype"):
        return number_storage(dtype)
    raise _refusal(series, "other", "is of an unknown kind")


def _numpy_storage(series: pd.Series[Any], dtype: np.dtype[Any]) -> Storage | None:
    if dtype.kind in "iuf":
        return number_storage(dtype)
    if dtype.kind in "Mm":
        return moment_storage(dtype)
    if dtype.kind == "O":
        return object_storage(series)
    if dtype.kind == "c":
        raise InvalidColumnError(
            series.name,
            f"is of dtype {dtype}. Complex data not supported: give the real and the imaginary "
            "part a column each.",
        )
    return None


def _refusal(series: pd.Series[Any], kind: str, problem: str) -> UnsupportedTypeError:
    return UnsupportedTypeError(
        f"column {shown(series.name)} of dtype {series.dtype} {problem}: {_WAYS_OUT[kind]}."
    )
