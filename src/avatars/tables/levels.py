"""Categories as codes and back.

The levels of a column are its distinct values in an order that doesn't depend on the rows, or
the categories of a pandas ``Categorical`` as they are. A level that is not to be released is in
nothing that leaves: neither among the values nor among the categories of the dtype.
"""

from __future__ import annotations

import datetime
import decimal
import numbers
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidColumnError
from avatars.tables.objects import missing_cell
from avatars.tables.storage import forbid_missing

__all__ = ["LevelCodec", "factorize", "learn_levels"]


@dataclass(frozen=True, repr=False, eq=False)
class LevelCodec:
    """The levels of a column and how to spell them.

    Attributes
    ----------
    dtype : dtype
        The dtype of the column.
    levels : Index, pandas array or ndarray
        The levels by code, in a dtype that holds them one by one.
    is_ordered : bool
        Whether the order of the levels means something.
    gap : object
        What stands for a missing cell in a column of objects.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.tables.levels import learn_levels
    >>> codec, codes = learn_levels(pd.Series(["b", "a", None], dtype=object))
    >>> codes.tolist()
    [1, 0, -1]
    >>> codec.decode(np.array([1, -1]), kept=np.array([False, True])).tolist()
    ['b', None]
    """

    dtype: Any
    levels: Any
    is_ordered: bool
    gap: Any

    def encode(self, series: pd.Series[Any]) -> NDArray[np.int32]:
        """Return the codes of a column.

        Parameters
        ----------
        series : Series
            A column of any dtype.

        Returns
        -------
        ndarray of int32
            One code per cell, -1 for missing ones and for levels never seen.

        Raises
        ------
        InvalidColumnError
            If it holds another kind of values altogether.
        """
        codes, cells = factorize(series)
        return np.append(self._codes_of(series.name, codes, cells), -1).astype(np.int32)[codes]

    def unseen(self, series: pd.Series[Any]) -> list[Any]:
        """Return the values of a column that are no level.

        Parameters
        ----------
        series : Series
            A column of any dtype.

        Returns
        -------
        list
            Each once; those of a ``Categorical`` only if a cell holds them.

        Raises
        ------
        InvalidColumnError
            If it holds another kind of values altogether.
        """
        codes, cells = factorize(series)
        places = self._codes_of(series.name, codes, cells)
        present = np.unique(codes[codes >= 0])
        return [cells[place] for place in present[places[present] < 0].tolist()]

    def extended(self, values: Sequence[Any]) -> LevelCodec:
        """Return a codec with more levels, those of this one keeping their codes.

        It is for comparing tables: unless the column is a ``Categorical``, it decodes to objects.

        Parameters
        ----------
        values : sequence
            Values that are no level; equal ones become one level.

        Returns
        -------
        LevelCodec
            The same levels, and after them the new ones in an order of their own.
        """
        distinct = list({(_family(value), value): value for value in values}.values())
        order = np.argsort(_ranks(distinct))
        levels = np.empty(len(self.levels) + len(distinct), dtype=object)
        levels[:] = [*self.levels, *(distinct[place] for place in order)]
        is_categorical = isinstance(self.dtype, pd.CategoricalDtype)
        dtype = self.dtype if is_categorical else np.dtype(object)
        return replace(self, dtype=dtype, levels=levels)

    def _codes_of(self, label: Hashable, codes: NDArray[np.int64], cells: Any) -> NDArray[np.int64]:
        """Say the code of each distinct value, -1 for those that are no level."""
        known: dict[Any, int] = {}
        for code, level in enumerate(self.levels):
            known[type(level), level] = code
            known.setdefault((_family(level), level), code)
        families = {_family(level) for level in self.levels}
        present = np.unique(codes[codes >= 0])
        if families and len(present) and families.isdisjoint(_family(cells[i]) for i in present):
            raise InvalidColumnError(
                label,
                f"holds {_family(cells[present[0]])} where the table it is compared with holds "
                f"{min(families)}: cast one to the dtype of the other.",
            )
        # The very same value, else one of the same kind: 5.0 is 5 where gaps made floats of it.
        places = [
            known.get((type(cell), cell), known.get((_family(cell), cell), -1)) for cell in cells
        ]
        return np.array(places, dtype=np.int64)

    def decode(self, codes: NDArray[np.int32], kept: NDArray[np.bool_] | None) -> Any:
        """Return a new column of the source's dtype that knows of the kept levels only.

        Parameters
        ----------
        codes : ndarray of int32
            One code per cell, -1 for missing ones.
        kept : ndarray of bool or None
            Which levels may be known, by code; None for all.

        Returns
        -------
        array
            The new column.

        Raises
        ------
        RuntimeError
            If a cell holds a level that isn't kept, which only a mistake of ours can bring about.
        """
        levels = self.levels
        missing = codes < 0
        kept = np.ones(len(levels), dtype=bool) if kept is None else np.asarray(kept, dtype=bool)
        if len(levels):
            lost = int((~kept)[codes[~missing]].sum())
            if lost:
                raise RuntimeError(f"internal error: {lost} cells hold a level that isn't kept")
            position = np.append(np.cumsum(kept) - 1, -1)
            codes = position[np.where(missing, -1, codes)]
        # Taking copies, also when every level stays: nothing of the source is passed on.
        return self._spell(codes, missing, levels.take(np.flatnonzero(kept)))

    def _spell(self, codes: NDArray[Any], missing: NDArray[np.bool_], levels: Any) -> Any:
        if isinstance(self.dtype, pd.CategoricalDtype):
            return pd.Categorical.from_codes(codes, categories=levels, ordered=self.is_ordered)
        if _is_arrow_dictionary(self.dtype):
            return _arrow_dictionary(codes, missing, levels, self.dtype)
        if not isinstance(levels, np.ndarray):
            return levels.take(codes, allow_fill=True)
        if self.dtype.kind in "biu":
            forbid_missing(missing)
        if not len(levels):
            return np.full(len(codes), self.gap, dtype=self.dtype)
        cells = levels.take(codes)
        if missing.any():
            cells[missing] = np.nan if self.dtype.kind == "f" else self.gap
        return cells


def _is_object(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind == "O"


def _is_arrow_dictionary(dtype: Any) -> bool:
    return isinstance(dtype, pd.ArrowDtype) and str(dtype.pyarrow_dtype).startswith("dictionary")


def _arrow_dictionary(
    codes: NDArray[Any], missing: NDArray[np.bool_], levels: Any, dtype: Any
) -> Any:
    import pyarrow as pa

    kind = dtype.pyarrow_dtype
    indices = pa.array(codes.astype(np.int64), mask=missing).cast(kind.index_type)
    array = pa.DictionaryArray.from_arrays(indices, pa.array(levels), ordered=kind.ordered)
    return pd.arrays.ArrowExtensionArray(array.cast(kind))


def factorize(series: pd.Series[Any]) -> tuple[NDArray[np.int64], Any]:
    """Give the distinct values of a column numbers, in no particular order.

    Unlike in pandas, ``1``, ``1.0`` and ``True`` in one column of objects are three values.

    Parameters
    ----------
    series : Series
        The column.

    Returns
    -------
    codes : ndarray of int64
        One number per cell, -1 for missing ones.
    uniques : Index, pandas array or ndarray
        The value of each number; for a ``Categorical`` its categories, used or not.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.levels import factorize
    >>> factorize(pd.Series([1, True, "1", 1], dtype=object))[0].tolist()
    [0, 1, 2, 0]
    """
    dtype: Any = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes, dtype=np.int64), series.cat.categories
    if _is_arrow_dictionary(dtype):
        return _factorize_dictionary(series)
    if _is_object(dtype) and pd.api.types.infer_dtype(series, skipna=True) != "string":
        return _factorize_objects(series)
    is_plain = isinstance(dtype, np.dtype) and dtype.kind not in "mM"
    cells: Any = series.to_numpy() if is_plain else series.array
    return pd.factorize(cells)


def _factorize_dictionary(series: pd.Series[Any]) -> tuple[NDArray[np.int64], Any]:
    from avatars.tables.arrow import single_array

    array = single_array(series)
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    codes = np.where(np.asarray(array.is_null()), -1, codes)
    # A dictionary may hold a value twice, or a null: number its values instead of its places.
    values: Any = pd.arrays.ArrowExtensionArray(array.dictionary)
    places, uniques = pd.factorize(values)
    return np.append(places, -1)[codes], uniques


def _factorize_objects(series: pd.Series[Any]) -> tuple[NDArray[np.int64], Any]:
    numbers_of: dict[Any, int] = {}
    cells = series.to_numpy(dtype=object)
    missing = series.isna().to_numpy(dtype=bool)
    codes = np.full(len(cells), -1, dtype=np.int64)
    found: list[Any] = []
    for row in np.flatnonzero(~missing).tolist():
        cell = cells[row]
        number = numbers_of.setdefault((type(cell), cell), len(found))
        if number == len(found):
            found.append(cell)
        codes[row] = number
    uniques = np.empty(len(found), dtype=object)
    uniques[:] = found
    return codes, uniques


def learn_levels(series: pd.Series[Any]) -> tuple[LevelCodec, NDArray[np.int32]]:
    """Learn the levels of a column and encode it.

    Parameters
    ----------
    series : Series
        The column.

    Returns
    -------
    codec : LevelCodec
        The levels.
    codes : ndarray of int32
        One code per cell, -1 for missing ones.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.levels import learn_levels
    >>> codec, codes = learn_levels(pd.Series([True, None], dtype="boolean"))
    >>> [bool(level) for level in codec.levels], codes.tolist()
    ([False, True], [1, -1])
    """
    dtype: Any = series.dtype
    codes, uniques = factorize(series)
    if isinstance(dtype, pd.CategoricalDtype):
        levels = uniques.take(np.arange(len(uniques)))
        # The bare dtype: the levels are kept once.
        bare = pd.CategoricalDtype(ordered=dtype.ordered)
        return LevelCodec(bare, levels, bool(dtype.ordered), None), codes.astype(np.int32)
    gap = missing_cell(series) if _is_object(dtype) else None
    if _is_arrow_dictionary(dtype) and dtype.pyarrow_dtype.ordered:
        return LevelCodec(dtype, uniques, True, gap), codes.astype(np.int32)
    cells = list(uniques)
    if cells and all(isinstance(cell, (bool, np.bool_)) for cell in cells):
        # Both truth values are levels, whether both occur or not.
        levels = _truth_values(uniques)
        order = np.array([int(cell) for cell in cells])
    else:
        order = _ranks(cells)
        levels = uniques.take(np.argsort(order))
    return LevelCodec(dtype, levels, False, gap), np.append(order, -1)[codes].astype(np.int32)


def _truth_values(uniques: Any) -> Any:
    if isinstance(uniques, np.ndarray):
        return np.array([False, True], dtype=uniques.dtype)
    return pd.array([False, True], dtype=uniques.dtype)


def _ranks(cells: list[Any]) -> NDArray[np.int64]:
    """Say the place of each value in an order that is the same whatever the rows."""
    order = sorted(range(len(cells)), key=[_sort_key(cell) for cell in cells].__getitem__)
    ranks = np.empty(len(cells), dtype=np.int64)
    ranks[order] = np.arange(len(cells))
    return ranks


def _sort_key(cell: Any) -> tuple[str, Any]:
    family = _family(cell)
    comparable = family in ("numbers", "strings", "bytes", "dates", "durations")
    # Types of one family compare with one another; the name breaks the tie of 1 and 1.0.
    return family, (cell, type(cell).__name__) if comparable else (repr(cell), "")


def _family(cell: Any) -> str:
    """Name in the plural what a level is."""
    if isinstance(cell, str):
        return "strings"
    if isinstance(cell, (bool, np.bool_)):
        return "truth values"
    if isinstance(cell, (numbers.Real, decimal.Decimal, np.number)):
        return "numbers"
    if isinstance(cell, bytes):
        return "bytes"
    if isinstance(cell, datetime.datetime):
        return "datetimes"
    if isinstance(cell, datetime.date):
        return "dates"
    if isinstance(cell, datetime.timedelta):
        return "durations"
    if isinstance(cell, datetime.time):
        return "times of day"
    return f"{type(cell).__name__} objects"
