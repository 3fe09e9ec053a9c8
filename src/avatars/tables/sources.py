"""Whatever holds a table, as a frame of pandas and back."""

from __future__ import annotations

import os
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from avatars.exceptions import InvalidTableError, MissingExtraError, UnsupportedTypeError, shown
from avatars.tables.files import read_path

__all__ = ["like_source", "to_frame"]


def to_frame(source: Any, *, name: str = "table") -> pd.DataFrame:
    """Return the cells of a source as a frame of pandas with distinct labels.

    Parameters
    ----------
    source : object
        A frame of pandas or polars, an Arrow table, a NumPy array, something that becomes one, or
        the path of a file.
    name : str, default="table"
        What messages call it.

    Returns
    -------
    DataFrame
        It may share the source's memory: don't write into it.

    Raises
    ------
    UnsupportedTypeError
        If it is no table.
    InvalidTableError
        If it has no rows, no columns, not two dimensions, or repeated labels.

    Examples
    --------
    >>> from avatars.tables.sources import to_frame
    >>> to_frame([[41, "f"], [50, "m"]])
        0  1
    0  41  f
    1  50  m
    """
    frame = _frame(source, name)
    if frame.shape[1] == 0:
        raise InvalidTableError(
            f"table {shown(name)}: Found array with 0 feature(s) (shape=({len(frame)}, 0)) while a "
            "minimum of 1 is required."
        )
    if len(frame) == 0:
        raise InvalidTableError(
            f"table {shown(name)}: Found array with 0 sample(s) (shape={frame.shape}) while a "
            "minimum of 1 is required."
        )
    repeated = frame.columns[frame.columns.duplicated()].unique()
    if len(repeated):
        _refuse_repeated(list(repeated), name)
    return frame


def refuse_without_dtypes(source: Any, name: str = "table") -> None:
    """Refuse tables whose dtypes would be guessed from the people: the proof takes them as public.

    Parameters
    ----------
    source : object
        A table, or what is to be read as one.
    name : str, default="table"
        What to call it.

    Raises
    ------
    UnsupportedTypeError
        If it has no dtypes of its own, or such as tell of the people.

    Examples
    --------
    >>> from avatars.tables.sources import refuse_without_dtypes
    >>> refuse_without_dtypes([[1, 2.5], [3, 4.0]])
    Traceback (most recent call last):
    avatars.exceptions.UnsupportedTypeError: table 'table' has no dtypes of its own, and those ...
    """
    if isinstance(source, (str, os.PathLike)):
        has_dtypes = str(os.fspath(source)).lower().endswith((".parquet", ".pq"))
    else:
        dtype = getattr(source, "dtype", None)
        is_frame = any(hasattr(source, of) for of in ("columns", "column_names", "to_frame"))
        # The dtype of an array of strings says how long the longest is.
        has_dtypes = is_frame or (dtype is not None and getattr(dtype, "kind", "O") in "biufM")
    if not has_dtypes:
        raise UnsupportedTypeError(
            f"table {shown(name)} has no dtypes of its own, and those that are guessed tell of the "
            "people: with dp_epsilon pass a frame whose columns you cast to dtypes of your choice."
        )


def _refuse_repeated(labels: list[Hashable], name: str) -> None:
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    raise InvalidTableError(
        f"table {shown(name)} has several columns named "
        f"{', '.join(shown(label) for label in labels[:5])}{more}: rename them."
    )


def _package(source: Any) -> str:
    return type(source).__module__.partition(".")[0]


def _frame(source: Any, name: str) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return source
    if isinstance(source, (str, os.PathLike)):
        return read_path(source)
    if _package(source) == "polars" and hasattr(source, "get_columns"):
        return _from_polars(source)
    if _package(source) == "pyarrow" and hasattr(source, "column_names"):
        if len(set(source.column_names)) < len(source.column_names):
            names = source.column_names
            _refuse_repeated(sorted({label for label in names if names.count(label) > 1}), name)
        frame: pd.DataFrame = source.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
        return frame
    return _from_array(source, name)


def _from_polars(source: Any) -> pd.DataFrame:
    import polars as pl

    columns = {}
    for label, dtype in source.schema.items():
        cells = source[label]
        if dtype == pl.Enum:
            # Arrow would forget which levels were declared.
            codes = cells.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
            columns[label] = pd.Series(
                pd.Categorical.from_codes(codes, categories=dtype.categories.to_list())
            )
            continue
        refused = False
        try:
            columns[label] = cells.to_pandas(use_pyarrow_extension_array=True)
        except ImportError:
            raise MissingExtraError("pyarrow", "polars") from None
        except (ValueError, TypeError, NotImplementedError):
            refused = True
        if refused:
            raise UnsupportedTypeError(
                f"column {shown(label)} of dtype {dtype} can't be read: cast it to a number, a "
                "moment, a truth value or a string, or drop it."
            )
    return pd.DataFrame(columns, index=pd.RangeIndex(len(source)), copy=False)


def _from_array(source: Any, name: str) -> pd.DataFrame:
    kind = type(source).__name__
    if _package(source) == "scipy" and hasattr(source, "toarray"):
        raise UnsupportedTypeError(
            f"table {shown(name)} is a sparse {kind}. Sparse data was passed, but dense data is "
            "required: use '.toarray()'."
        )
    if isinstance(source, (dict, set, pd.Index)) or hasattr(source, "collect"):
        raise UnsupportedTypeError(
            f"table {shown(name)} is of type {kind}, which is no table: pass a frame, an array or "
            "the path of a file."
        )
    if isinstance(source, np.ma.MaskedArray):
        raise UnsupportedTypeError(
            f"table {shown(name)} is a masked array, whose hidden cells could leak: pass "
            "array.filled(numpy.nan)."
        )
    array = _as_array(source)
    if array is None or array.dtype.names is not None:
        raise UnsupportedTypeError(
            f"table {shown(name)} of type {kind} is no table of rows of one length: pass a "
            "pandas.DataFrame."
        )
    if array.ndim == 1 or isinstance(source, pd.Series):
        raise InvalidTableError(
            f"table {shown(name)}: Expected 2D array, got 1D array instead (shape={array.shape}). "
            "Reshape your data: array.reshape(-1, 1) or series.to_frame() makes it one column."
        )
    if array.ndim == 0:
        raise UnsupportedTypeError(
            f"table {shown(name)}: Expected 2D array, got a scalar of type {kind} instead. Reshape "
            "your data: pass a frame, an array or the path of a file."
        )
    if array.ndim > 2:
        raise InvalidTableError(
            f"table {shown(name)}: Found array with dim {array.ndim}, while dim 2 is required."
        )
    if array.dtype.kind == "S":
        array = array.astype(object)
    # Said explicitly: pandas would guess at strings and dates among objects.
    return pd.DataFrame(array, dtype=object if array.dtype == object else None)


def _as_array(source: Any) -> np.ndarray[Any, Any] | None:
    try:
        array = np.asarray(source)
        if array.dtype.kind in "USO" and not hasattr(source, "dtype"):
            # One string among numbers must not make strings of them all.
            array = np.asarray(source, dtype=object)
    except (ValueError, TypeError):
        return None
    return array


def like_source(frame: pd.DataFrame, source: Any) -> Any:
    """Return a frame as the same kind of thing as a source.

    Parameters
    ----------
    frame : DataFrame
        What ``Schema.frame`` returned.
    source : object
        What the schema was read from.

    Returns
    -------
    object
        A frame of polars with the source's schema, an Arrow table with its types, a NumPy array of
        its dtype; a frame of pandas for a frame of pandas or a path.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.tables import like_source
    >>> like_source(pd.DataFrame({0: [1.0], 1: [2.0]}), np.zeros((5, 2), dtype="float32"))
    array([[1., 2.]], dtype=float32)
    """
    if isinstance(source, (pd.DataFrame, str, os.PathLike)):
        return frame
    if _package(source) == "polars":
        return _to_polars(frame, source.schema)
    if _package(source) == "pyarrow":
        return _to_arrow(frame, source.schema)
    array = _as_array(source)
    return frame.to_numpy(dtype=None if array is None else array.dtype)


def _to_polars(frame: pd.DataFrame, schema: Any) -> Any:
    import polars as pl

    columns = []
    for label, series in frame.items():
        dtype = schema.get(label)
        if dtype == pl.Enum and isinstance(series.dtype, pd.CategoricalDtype):
            # An Enum that knew of every level of the source would give the rare ones away.
            dtype = pl.Enum(series.cat.categories.to_list())
        cells = pl.from_pandas(series)
        columns.append((cells if dtype is None else cells.cast(dtype)).alias(str(label)))
    return pl.DataFrame(columns)


def _to_arrow(frame: pd.DataFrame, schema: Any) -> Any:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        schema.field(field.name).remove_metadata() if field.name in schema.names else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields)).replace_schema_metadata(None)
