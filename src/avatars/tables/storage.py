"""How the cells of a column are kept: exact plain arrays out of them, and back.

A storage knows one kind of column (a dtype, or a kind of Python object in a column of objects)
and nothing of averages. It unpacks the column into an array of whole numbers or floats beside a
mask of the missing cells, and packs such a pair into a new column of the same dtype.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Cells", "Storage", "forbid_missing", "number_dtype", "number_storage"]

Cells = tuple[NDArray[Any], NDArray[np.bool_]]


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Storage(ABC):
    """What every storage has in common.

    Attributes
    ----------
    dtype : dtype
        The dtype of the column, as pandas has it.
    family : str
        What the values are, in the plural; columns of one family can be compared.
    grain : Fraction
        What one unpacked unit is worth: 1 for numbers, seconds for everything about time.
    steps : tuple of int
        The round steps that values may keep to, in unpacked units, coarsest first.
    zone : tzinfo, str or None
        The zone whose wall clock is read.
    gap : object
        What stands for a missing cell in a column of objects.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.storage import number_storage
    >>> number_storage(pd.Series([1.5]).dtype).family
    'numbers'
    """

    dtype: Any
    family: str
    grain: Fraction = Fraction(1)
    steps: tuple[int, ...] = (1,)
    zone: Any = None
    gap: Any = None

    @abstractmethod
    def unpack(self, series: pd.Series[Any]) -> Cells:
        """Return the cells as plain values, and which of them are missing.

        Parameters
        ----------
        series : Series
            A column of this dtype.

        Returns
        -------
        values : ndarray of int64, uint64, float64 or of Python's integers
            The cells; anything where they are missing. Don't write into it.
        missing : ndarray of bool
            Which are missing.
        """

    @abstractmethod
    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        """Return a new column made of plain values.

        Parameters
        ----------
        values : ndarray
            What ``unpack`` gives.
        missing : ndarray of bool
            Which cells stay empty.

        Returns
        -------
        array
            Of the dtype, sharing no memory with anything.
        """


def number_dtype(dtype: Any) -> np.dtype[Any]:
    """Name the NumPy dtype that the numbers of a column fit in.

    Parameters
    ----------
    dtype : dtype
        The dtype of the column.

    Returns
    -------
    numpy.dtype
        Float64 for a column of objects.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.storage import number_dtype
    >>> number_dtype(pd.Float32Dtype())
    dtype('float32')
    """
    if isinstance(dtype, np.dtype):
        return np.dtype(np.float64) if dtype.kind == "O" else np.dtype(dtype)
    plain: np.dtype[Any] = dtype.numpy_dtype
    return plain


def number_storage(dtype: Any) -> Storage:
    """Return the storage of integers and floats of NumPy, pandas or Arrow.

    Parameters
    ----------
    dtype : dtype
        The dtype of the column.

    Returns
    -------
    Storage
        What unpacks and packs it.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.storage import number_storage
    >>> column = pd.Series([2**62 + 3, None], dtype="Int64")
    >>> values, missing = number_storage(column.dtype).unpack(column)
    >>> [int(value) for value in values], missing.tolist()
    ([4611686018427387907, 0], [False, True])
    """
    return _Numbers(dtype=dtype, family="numbers")


class _Numbers(Storage):
    def unpack(self, series: pd.Series[Any]) -> Cells:
        kind = number_dtype(self.dtype).kind
        if kind in "iu":
            wide = np.uint64 if kind == "u" else np.int64
            return series.to_numpy(dtype=wide, na_value=0), series.isna().to_numpy(dtype=bool)
        # A long double may hold what float64 can't: it becomes infinite and is refused later.
        with np.errstate(over="ignore"):
            values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.isnan(values)

    def pack(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
        plain = values.astype(number_dtype(self.dtype))
        if isinstance(self.dtype, np.dtype):
            if plain.dtype.kind in "iu":
                forbid_missing(missing)
            else:
                plain[missing] = np.nan
            return plain
        if isinstance(self.dtype, pd.ArrowDtype):
            from avatars.tables.arrow import arrow_array

            return arrow_array(plain, missing, self.dtype)
        return self.dtype.construct_array_type()(plain, missing.copy())


def forbid_missing(missing: NDArray[np.bool_]) -> None:
    """Stop when a gap would have to go where its dtype has no room for one.

    Parameters
    ----------
    missing : ndarray of bool
        The cells that are to be empty.

    Raises
    ------
    RuntimeError
        If there is one: only a mistake of ours can put a gap where the source had none.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.tables.storage import forbid_missing
    >>> forbid_missing(np.array([False, False]))
    """
    if missing.any():
        raise RuntimeError(
            f"internal error: {int(missing.sum())} missing cells for a dtype that has none"
        )
