"""What a table is made of, without its cells.

The engine works on two arrays: floats of the numeric columns and codes of the categories. A
``Schema`` says which column is where, and turns such arrays back into a frame.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import shown
from avatars.tables.codecs import FloatCodec, WholeCodec
from avatars.tables.identifiers import IdentifierCodec
from avatars.tables.levels import LevelCodec

__all__ = ["Column", "Schema", "dtype_name"]

_NAMED = 8


def dtype_name(dtype: Any) -> str:
    """Name a dtype without its categories.

    Parameters
    ----------
    dtype : dtype
        A dtype of NumPy or pandas.

    Returns
    -------
    str
        Its name.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables.schema import dtype_name
    >>> dtype_name(pd.CategoricalDtype(["Ann", "Bob"]))
    'category'
    """
    return "category" if isinstance(dtype, pd.CategoricalDtype) else str(dtype)


@dataclass(frozen=True, repr=False, eq=False)
class Column:
    """One column of a table, as the engine treats it.

    Attributes
    ----------
    label : hashable
        Its label in the source.
    kind : {"numeric", "category", "identifier"}
        Averaged, drawn, or issued anew.
    slot : int
        Its column in ``Table.numeric`` or ``Table.codes``; -1 for identifiers.
    n_levels : int
        How many levels a category has, declared but unused ones included; else 0.
    is_ordered : bool
        Whether the order of the levels means something.
    codec : WholeCodec, FloatCodec, LevelCodec or IdentifierCodec
        The way to the arrays and back.
    declared : str or None
        The type that the caller declared.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables import read_table
    >>> read_table(pd.DataFrame({"age": [41, 50]})).schema.columns[0]
    Column('age', numeric, int64)
    """

    label: Hashable
    kind: Literal["numeric", "category", "identifier"]
    slot: int
    n_levels: int
    is_ordered: bool
    codec: WholeCodec | FloatCodec | LevelCodec | IdentifierCodec
    declared: str | None

    @property
    def dtype(self) -> Any:
        """Give the dtype that comes back.

        Returns
        -------
        dtype
            Of a ``Categorical``, without its categories.
        """
        if isinstance(self.codec, WholeCodec | FloatCodec):
            return self.codec.storage.dtype
        return self.codec.dtype

    def __repr__(self) -> str:
        return f"Column({shown(self.label)}, {self.kind}, {dtype_name(self.dtype)})"


@dataclass(frozen=True, repr=False, eq=False)
class Schema:
    """The columns of a table, in the order of its source.

    Attributes
    ----------
    columns : tuple of Column
        All columns.
    index : Index
        The labels as pandas had them, with their names and levels.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.tables import read_table
    >>> schema = read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]})).schema
    >>> schema
    Schema(2 columns: 'age' numeric, 'sex' category)
    >>> [column.label for column in schema.categories]
    ['sex']
    """

    columns: tuple[Column, ...]
    index: pd.Index

    @property
    def numeric(self) -> tuple[Column, ...]:
        """Give the numeric columns.

        Returns
        -------
        tuple of Column
            By slot.
        """
        return tuple(column for column in self.columns if column.kind == "numeric")

    @property
    def categories(self) -> tuple[Column, ...]:
        """Give the categories.

        Returns
        -------
        tuple of Column
            By slot.
        """
        return tuple(column for column in self.columns if column.kind == "category")

    @property
    def identifiers(self) -> tuple[Column, ...]:
        """Give the columns that are issued anew.

        Returns
        -------
        tuple of Column
            In the order of the source.
        """
        return tuple(column for column in self.columns if column.kind == "identifier")

    @property
    def labels(self) -> list[Hashable]:
        """Give the labels.

        Returns
        -------
        list of hashable
            In the order of the source.
        """
        return [column.label for column in self.columns]

    def __repr__(self) -> str:
        named = ", ".join(
            f"{shown(column.label)} {column.kind}" for column in self.columns[:_NAMED]
        )
        more = f" and {len(self.columns) - _NAMED} more" if len(self.columns) > _NAMED else ""
        return f"Schema({len(self.columns)} columns: {named}{more})"

    def settle(self, numeric: NDArray[np.float64]) -> None:
        """Round and clip numeric columns in place to what ``frame`` would write.

        Parameters
        ----------
        numeric : ndarray of shape (m, n_numeric)
            Values by slot, NaN = missing; afterwards what reading the frame again would give.

        Examples
        --------
        >>> import pandas as pd
        >>> from avatars.tables import read_table
        >>> table = read_table(pd.DataFrame({"age": [41, 50]}))
        >>> drawn = table.numeric + 0.4
        >>> table.schema.settle(drawn)
        >>> drawn.ravel().tolist()
        [0.0, 9.0]
        """
        for column in self.numeric:
            codec = column.codec
            assert not isinstance(codec, LevelCodec | IdentifierCodec)
            written = pd.Series(codec.decode(numeric[:, column.slot]))
            values, missing = codec.storage.unpack(written)
            numeric[:, column.slot] = codec.encode(codec.storage, values, missing)

    def rounded(self, numeric: NDArray[np.float64]) -> NDArray[np.float64]:
        """Round numeric columns as ``frame`` would, but leave what lies outside the source's range.

        Parameters
        ----------
        numeric : ndarray of shape (m, n_numeric)
            Values by slot, NaN = missing.

        Returns
        -------
        ndarray of shape (m, n_numeric)
            New values: two that are written alike are equal.

        Examples
        --------
        >>> import pandas as pd
        >>> from avatars.tables import read_table
        >>> table = read_table(pd.DataFrame({"age": [41, 50]}))
        >>> table.schema.rounded(table.numeric + 9.4).ravel().tolist()
        [9.0, 18.0]
        """
        result = np.empty_like(numeric, order="F")
        for column in self.numeric:
            codec, cells = column.codec, numeric[:, column.slot]
            if isinstance(codec, WholeCodec):
                result[:, column.slot] = np.rint(cells / codec.step) * codec.step
            elif isinstance(codec, FloatCodec):
                boundless = replace(codec, low=-np.inf, high=np.inf)
                # What the dtype has no room for becomes infinite, and equal to nothing finite.
                with np.errstate(over="ignore"):
                    written = pd.Series(boundless.decode(cells))
                    result[:, column.slot] = codec.encode(
                        codec.storage, *codec.storage.unpack(written)
                    )
        return result

    def frame(
        self,
        numeric: NDArray[np.float64],
        codes: NDArray[np.int32],
        *,
        identifiers_seed: np.random.Generator,
        kept_levels: Sequence[NDArray[np.bool_]] | None = None,
        rows: NDArray[np.intp] | None = None,
    ) -> pd.DataFrame:
        """Turn arrays back into a frame with the labels and dtypes of the source.

        Parameters
        ----------
        numeric : ndarray of shape (m, n_numeric)
            Values by slot, NaN = missing.
        codes : ndarray of shape (m, n_categories)
            Codes by slot, -1 = missing.
        identifiers_seed : Generator
            What fresh identifiers are drawn from.
        kept_levels : sequence of ndarray of bool, optional
            By slot and code, the levels that the result may know of. All of them by default.
        rows : ndarray of intp, optional
            Which rows to write, and in which order. All of them by default.

        Returns
        -------
        DataFrame
            New columns, a fresh index, no attributes.

        Raises
        ------
        InvalidColumnError
            If the dtype of an identifier has no room for fresh ones.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from avatars.tables import read_table
        >>> table = read_table(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]}))
        >>> rng = np.random.default_rng()
        >>> table.schema.frame(table.numeric + 0.4, table.codes, identifiers_seed=rng)
           age sex
        0   41   f
        1   50   m
        """
        n_rows = len(numeric) if rows is None else len(rows)
        # Column by column: a table of many rows is never copied as a whole.
        wanted: Any = slice(None) if rows is None else rows
        arrays: dict[int, Any] = {}
        for place, column in enumerate(self.columns):
            codec = column.codec
            if isinstance(codec, IdentifierCodec):
                arrays[place] = codec.issue(n_rows, identifiers_seed, column.label)
            elif isinstance(codec, LevelCodec):
                kept = None if kept_levels is None else kept_levels[column.slot]
                arrays[place] = codec.decode(codes[wanted, column.slot], kept)
            else:
                arrays[place] = codec.decode(numeric[wanted, column.slot])
        series = {
            place: pd.Series(array, dtype=getattr(array, "dtype", None), copy=False)
            for place, array in arrays.items()
        }
        # The arrays are new: consolidating them would only hold them twice.
        frame = pd.DataFrame(series, index=pd.RangeIndex(n_rows), copy=False)
        frame.columns = self.index.copy(deep=True)
        return frame
