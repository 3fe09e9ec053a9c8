"""Tables as bytes, and back as they were: every dtype, not only those that Parquet has."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd

from avatars.exceptions import WorkspaceError, shown

__all__ = ["frame_as_bytes", "frame_from_bytes"]

_GAPS = {"None": None, "nan": np.nan, "<NA>": pd.NA, "NaT": pd.NaT}
_NOTES = b"avatars"


def frame_as_bytes(frame: pd.DataFrame) -> bytes:
    """Write a table so that it can be read back in the very same dtypes.

    Parameters
    ----------
    frame : DataFrame
        With strings as labels.

    Returns
    -------
    bytes
        An Arrow file, with notes on what Arrow doesn't know.

    Raises
    ------
    WorkspaceError
        Naming the column that can't be kept as it is.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.backends.frames import frame_as_bytes, frame_from_bytes
    >>> frame = pd.DataFrame({"stage": pd.Categorical([2, 1, 2])})
    >>> frame_from_bytes(frame_as_bytes(frame)).equals(frame)
    True
    """
    import pyarrow as pa

    plain: dict[str, pd.Series[Any]] = {}
    notes: list[dict[str, Any]] = []
    metadata: dict[bytes, bytes] = {}
    for place, label in enumerate(frame.columns):
        column = frame[label]
        notes.append({"label": label, **_note(column)})
        if isinstance(column.dtype, pd.CategoricalDtype):
            levels = pd.DataFrame({str(label): column.cat.categories})
            metadata[b"levels-%d" % place] = frame_as_bytes(levels)
            column = column.cat.codes
        plain[str(place)] = column
        try:
            pa.Table.from_pandas(pd.DataFrame({"column": column}))
        except Exception:  # What Arrow says shows cells.
            raise _unkept(label) from None
    table = pa.Table.from_pandas(pd.DataFrame(plain, index=frame.index))
    metadata[_NOTES] = json.dumps(notes).encode("ascii")
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata})
    file = io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    content = file.getvalue()
    found = frame_from_bytes(content)
    for label in frame.columns:
        if not _same_kind(frame[label], found[label]):
            raise _unkept(label)
    return content


def frame_from_bytes(content: bytes) -> pd.DataFrame:
    """Read a table that :func:`frame_as_bytes` wrote.

    Parameters
    ----------
    content : bytes
        The Arrow file.

    Returns
    -------
    DataFrame
        As it was.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.backends.frames import frame_as_bytes, frame_from_bytes
    >>> frame = pd.DataFrame({"code": pd.Series([1, None, 2], dtype=object)})
    >>> frame_from_bytes(frame_as_bytes(frame))["code"].tolist()
    [1, None, 2]
    """
    import pyarrow as pa

    table = pa.ipc.open_file(content).read_all()
    metadata = table.schema.metadata
    notes = json.loads(metadata[_NOTES])
    apart = [str(i) for i, note in enumerate(notes) if "gap" in note or "arrow" in note]
    plain = table.drop_columns(apart).to_pandas()
    found: dict[str, Any] = {}
    for place, note in enumerate(notes):
        cells = table.column(str(place))
        if "gap" in note:
            gap = _GAPS[note["gap"]]
            values = [gap if cell is None else cell for cell in cells.to_pylist()]
            column: Any = pd.Series(values, dtype=object, index=plain.index)
        elif "arrow" in note:
            dtype = pd.ArrowDtype(cells.type)
            column = pd.Series(pd.array(cells, dtype=dtype), index=plain.index)
        else:
            column = plain[str(place)]
        if "ordered" in note:
            levels = pd.Index(frame_from_bytes(metadata[b"levels-%d" % place]).iloc[:, 0])
            column = pd.Series(
                pd.Categorical.from_codes(column, levels.rename(None), ordered=note["ordered"]),
                index=plain.index,
            )
        if "text" in note:
            storage, missing_is_nan = note["text"]
            missing: Any = {"na_value": np.nan} if missing_is_nan else {}
            column = column.astype(pd.StringDtype(storage, **missing))
        found[note["label"]] = column
    return pd.DataFrame(found, index=plain.index)


def _note(column: pd.Series[Any]) -> dict[str, Any]:
    """Return what Arrow would not know of a column."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return {"ordered": bool(dtype.ordered)}
    if isinstance(dtype, pd.ArrowDtype):
        return {"arrow": True}
    if isinstance(dtype, pd.StringDtype):
        # pandas 2.2 says by the storage alone what stands for a gap.
        storage: str = dtype.storage
        return {"text": [storage, storage != "pyarrow_numpy" and dtype.na_value is not pd.NA]}
    if pd.api.types.is_object_dtype(dtype):
        gaps = {str(cell) for cell in column[column.isna()]}
        return {"gap": gaps.pop() if len(gaps) == 1 else "None"}
    return {}


def _same_kind(one: pd.Series[Any], other: pd.Series[Any]) -> bool:
    """Tell whether nothing but the place of the cells changed, in objects their kind as well."""
    if one.dtype != other.dtype:
        return False
    if not pd.api.types.is_object_dtype(one.dtype):
        return True
    kinds, found = (set(map(type, column.dropna())) for column in (one, other))
    return kinds == found


def _unkept(label: str) -> WorkspaceError:
    return WorkspaceError(
        f"column {shown(label)} is of a kind that a workspace can't keep as it is: cast it to "
        "numbers, text or dates, or use a Manager without a workspace."
    )
