"""What is known of a table before anybody looks at it, completed with what is bought.

Names and dtypes of columns are public, as are bounds and levels that the caller gives. The table
is read with a schema made from these alone: were a row added or taken away, it would be the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.engine.dp.bought import bought_bounds, bought_levels
from avatars.engine.dp.cells import Cells
from avatars.engine.dp.measure import Meter
from avatars.exceptions import (
    DataDerivedWarning,
    InvalidColumnError,
    InvalidParameterError,
    shown,
)
from avatars.models import PublicColumn
from avatars.tables import Schema, conform, read_table
from avatars.tables.codecs import FloatCodec, WholeCodec
from avatars.tables.declared import check_types

__all__ = ["Asked", "PublicTable", "kinds_wanting"]

Ints = NDArray[np.int64]
_DAY = 86_400.0
_REPEATED = 12
"""Rows of the table of public values, so that no column of it looks like row numbers."""


@dataclass(frozen=True, repr=False, eq=False)
class Asked:
    """What was said of the columns of a table.

    Attributes
    ----------
    domain : dict of {label: PublicColumn}
        Bounds and levels.
    types : dict of {label: str}
        Meanings.
    identifiers : frozenset of labels
        Columns of which fresh values are issued.

    Examples
    --------
    >>> from avatars.engine.dp.public import Asked
    >>> Asked({}, {}, frozenset()).identifiers
    frozenset()
    """

    domain: Mapping[Any, PublicColumn]
    types: Mapping[Any, str]
    identifiers: frozenset[Any]


@dataclass(frozen=True, repr=False, eq=False)
class PublicTable:
    """The schema of a table, its columns' cells, and where they are from.

    Build it with ``settled``.

    Attributes
    ----------
    schema : Schema
        Made from public values alone.
    cells : tuple of Cells
        Of numeric columns by slot, then of categories by slot.
    labels : tuple
        Of the same columns.
    origins : dict of {label: str}
        Where bounds or levels are from.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.dp.measure import Meter
    >>> from avatars.engine.dp.public import Asked, PublicTable
    >>> from avatars.models import PublicColumn
    >>> people = pd.DataFrame({"age": [41, 50, 37]})
    >>> asked = Asked({"age": PublicColumn(bounds=(0, 120))}, {}, frozenset())
    >>> public = PublicTable.settled(people, asked, rho=0.1, delta=0.0, meter=Meter(0.1))
    >>> public.cells[0].size, public.rows(people)[0].tolist()
    (121, [41, 50, 37])
    """

    schema: Schema
    cells: tuple[Cells, ...]
    labels: tuple[Hashable, ...]
    origins: Mapping[Any, str]

    @classmethod
    def settled(
        cls, frame: pd.DataFrame, asked: Asked, *, rho: float, delta: float, meter: Meter
    ) -> PublicTable:
        """Find out what is public of a table.

        Parameters
        ----------
        frame : DataFrame
            The people; looked at only for what has to be bought, or was asked to be read.
        asked : Asked
            What was said of its columns.
        rho, delta : float
            What may be spent on what nobody said.
        meter : Meter
            Who pays.

        Returns
        -------
        PublicTable
            Complete.

        Raises
        ------
        InvalidColumnError
            Naming a column of which nothing public can be found.
        InvalidParameterError
            If what is said of a column can't be true of its dtype.

        Warns
        -----
        DataDerivedWarning
            For each column with ``from_data=True``.
        """
        declared = check_types(asked.types, list(frame.columns))
        used = [label for label in frame.columns if label not in asked.identifiers]
        kinds = {
            label: _kind(frame[label].dtype, asked.domain.get(label), declared.get(label), label)
            for label in used
        }
        wanting = kinds_wanting(frame, asked)
        named = [label for label, kind in wanting.items() if kind == "category"]
        settled: dict[Any, PublicColumn] = {}
        origins: dict[Any, str] = {}
        for label in used:
            said, kind = asked.domain.get(label), kinds[label]
            if said is not None and not said.from_data:
                settled[label], origins[label] = said, "given"
            elif said is not None:
                warnings.warn(
                    f"column {shown(label)}: {'levels' if kind == 'category' else 'bounds'} are "
                    "read from the people, as asked. No guarantee covers what they tell.",
                    DataDerivedWarning,
                    stacklevel=2,
                )
                settled[label] = _read(frame[label], kind, said)
                origins[label] = "read from the people, not covered"
            elif kind == "bool":
                settled[label] = PublicColumn(categories=[False, True])
                origins[label] = "of the dtype"
            elif kind == "category":
                found, threshold = bought_levels(
                    _objects(frame[label]), rho / len(wanting), delta / len(named), meter
                )
                if not found:
                    raise InvalidColumnError(
                        label,
                        "has no level that enough rows hold for it to be named within the budget "
                        "(among objects, strings alone can be): give its categories in dp_domain, "
                        "cast it, declare it as identifier, or drop it.",
                    )
                settled[label] = PublicColumn(categories=_ordered(found))
                origins[label] = f"bought: levels of more than about {threshold:.0f} rows"
            else:
                bounds = bought_bounds(
                    _numbers(frame[label], kind), rho / len(wanting), meter, whole=kind != "float"
                )
                if bounds is None:
                    raise InvalidColumnError(
                        label,
                        "has too few rows for bounds to be found within the budget: give its "
                        "bounds in dp_domain.",
                    )
                settled[label] = PublicColumn(bounds=_spelt(bounds, frame[label].dtype, kind))
                of_days = " of days" if kind == "datetime" else ""
                origins[label] = f"bought: powers of two{of_days}"
        return cls._of(frame, asked, settled, kinds, origins)

    @classmethod
    def _of(
        cls,
        frame: pd.DataFrame,
        asked: Asked,
        settled: Mapping[Any, PublicColumn],
        kinds: Mapping[Any, str],
        origins: Mapping[Any, str],
    ) -> PublicTable:
        length = max([2, *(len(s.categories or ()) for s in settled.values())]) * _REPEATED
        columns = {}
        for label in frame.columns:
            dtype = frame[label].dtype
            if label not in settled:
                columns[label] = _fresh(dtype, length)
                continue
            said = settled[label]
            values = said.categories if said.bounds is None else list(said.bounds)
            assert values is not None
            columns[label] = _column(values, dtype, kinds[label], length, label)
        template = pd.DataFrame(columns)
        template.columns = frame.columns
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = read_table(
                template,
                types={**kinds, **dict.fromkeys(asked.identifiers, "identifier")},
            )
        schema, cells, labels = table.schema, [], []
        changed = []
        for column in schema.columns:
            codec = column.codec
            if isinstance(codec, FloatCodec):
                codec = replace(codec, decimals=settled[column.label].decimals)
            changed.append(replace(column, codec=codec))
        schema = replace(schema, columns=tuple(changed))
        for column in (*schema.numeric, *schema.categories):
            said, codec = settled[column.label], column.codec
            can_miss = _can_miss(frame[column.label].dtype)
            if isinstance(codec, WholeCodec | FloatCodec):
                numbers = table.numeric[:, column.slot]
                step = float(codec.step) if isinstance(codec, WholeCodec) else 0.0
                if isinstance(codec, FloatCodec) and codec.decimals == 0:
                    step = 1.0
                zero = -float(codec.origin) if isinstance(codec, WholeCodec) else 0.0
                cell = Cells.of_numbers(
                    float(numbers.min()),
                    float(numbers.max()),
                    step=step,
                    zero=zero if kinds[column.label] != "datetime" else np.nan,
                    has_missing=can_miss,
                )
            else:
                cell = Cells.of_levels(
                    column.n_levels,
                    has_other=kinds[column.label] != "bool",
                    has_missing=can_miss,
                )
            cells.append(cell)
            labels.append(column.label)
        return cls(schema, tuple(cells), tuple(labels), dict(origins))

    def rows(self, frame: pd.DataFrame) -> list[Ints]:
        """Return the cells of people, column by column. What comes back is theirs.

        Parameters
        ----------
        frame : DataFrame
            The people.

        Returns
        -------
        list of ndarray of shape (n_rows,), int64
            One for each of ``cells``: each depends on the row alone.
        """
        if not len(frame):
            return [np.zeros(0, dtype=np.int64) for _ in self.cells]
        identifiers = {column.label for column in self.schema.identifiers}
        plain = frame.copy(deep=False)
        for label in identifiers:
            # Whatever names the rows is never looked at.
            plain[label] = _fresh(frame[label].dtype, len(frame))
        table = conform(plain, self.schema)
        n_numeric = len(self.schema.numeric)
        result = []
        for place, (cell, label) in enumerate(zip(self.cells, self.labels, strict=True)):
            if cell.is_numeric:
                result.append(cell.of_values(table.numeric[:, place]))
            else:
                missing = frame[label].isna().to_numpy()
                result.append(cell.of_codes(table.codes[:, place - n_numeric], missing))
        return result


def kinds_wanting(frame: pd.DataFrame, asked: Asked) -> dict[Any, str]:
    """Return the kinds of columns of which something has to be bought.

    Parameters
    ----------
    frame : DataFrame
        Only its labels and dtypes are looked at.
    asked : Asked
        What was said of its columns.

    Returns
    -------
    dict of {label: str}
        Without those that are described, named rows or have two values by their dtype.

    Raises
    ------
    InvalidParameterError
        If something is said of a column that isn't there, or of which fresh values are issued.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.dp.public import Asked, kinds_wanting
    >>> people = pd.DataFrame({"age": [41], "smokes": [True]})
    >>> kinds_wanting(people, Asked({}, {}, frozenset()))
    {'age': 'int'}
    """
    for label in asked.domain:
        if label not in frame.columns:
            raise InvalidParameterError("dp_domain", f"names no column: {shown(label)}.")
        if label in asked.identifiers:
            raise InvalidParameterError(
                "dp_domain", f"describes {shown(label)}, of which fresh values are issued."
            )
    declared = check_types(asked.types, list(frame.columns))
    kinds = {
        label: _kind(frame[label].dtype, None, declared.get(label), label)
        for label in frame.columns
        if label not in asked.identifiers and label not in asked.domain
    }
    return {label: kind for label, kind in kinds.items() if kind != "bool"}


def _kind(dtype: Any, said: PublicColumn | None, declared: str | None, label: Hashable) -> str:
    """Tell what a column is, from what is said of it and from its dtype alone."""
    kind = _kind_said(dtype, said, declared, label)
    if kind != "category" and (_is_text(dtype) or str(dtype).startswith("decimal")):
        raise InvalidColumnError(
            label,
            f"has dtype {dtype} and is to be read as {kind}: there, what a cell means can hang on "
            "the cells of others. Cast it before, with pandas.to_numeric or pandas.to_datetime.",
        )
    return kind


def _kind_said(dtype: Any, said: PublicColumn | None, declared: str | None, label: Hashable) -> str:
    by_dtype = "category"
    if pd.api.types.is_bool_dtype(dtype) and not isinstance(dtype, pd.CategoricalDtype):
        by_dtype = "bool"
    elif pd.api.types.is_integer_dtype(dtype):
        by_dtype = "int"
    elif pd.api.types.is_float_dtype(dtype) or str(dtype).startswith("decimal"):
        by_dtype = "float"
    elif pd.api.types.is_datetime64_any_dtype(dtype) or str(dtype).startswith(
        ("timestamp", "date")
    ):
        by_dtype = "datetime"
    elif pd.api.types.is_timedelta64_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        raise InvalidColumnError(
            label, f"has dtype {dtype}, which differential privacy can't take: cast it to numbers."
        )
    kind = (declared or by_dtype).replace("datetime_tz", "datetime")
    if said is None or said.from_data:
        return kind
    if said.categories is not None:
        return "bool" if kind == "bool" else "category"
    if kind in ("category", "bool"):
        if declared or by_dtype == "bool":
            raise InvalidParameterError(
                "dp_domain", f"gives bounds of {shown(label)}, which is no column of numbers."
            )
        assert said.bounds is not None
        return "float" if isinstance(said.bounds[0], (int, float)) else "datetime"
    return kind


def _is_text(dtype: Any) -> bool:
    return bool(pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(dtype))


def _can_miss(dtype: Any) -> bool:
    return not (isinstance(dtype, np.dtype) and dtype.kind in "biu")


def _column(values: list[Any], dtype: Any, kind: str, length: int, label: Hashable) -> Any:
    """Return public values as a column of a dtype."""
    repeated = [values[i % len(values)] for i in range(length)]
    try:
        if isinstance(dtype, pd.CategoricalDtype):
            return pd.Categorical(repeated, categories=values, ordered=bool(dtype.ordered))
        if kind == "datetime":
            moments = pd.Series([pd.Timestamp(value) for value in repeated])
            zone = getattr(dtype, "tz", None)
            if zone is not None and moments.dt.tz is None:
                moments = moments.dt.tz_localize(zone)
            return moments.astype(dtype)
        column = pd.Series(repeated).astype(dtype)
    except (TypeError, ValueError, OverflowError):
        raise InvalidParameterError(
            "dp_domain", f"gives values of {shown(label)} that its dtype {dtype} can't hold."
        ) from None
    return column


def _fresh(dtype: Any, length: int) -> Any:
    """Return values that name rows and are nobody's."""
    numbers = pd.Series(np.arange(length))
    try:
        return numbers.astype(dtype) if not isinstance(dtype, pd.CategoricalDtype) else numbers
    except (TypeError, ValueError):
        return numbers.astype(str).astype(dtype)


def _objects(column: pd.Series[Any]) -> NDArray[Any]:
    """Return what may become a level: cells that are spelt alike in every row that holds them.

    Of Python objects that are strings alone: 1 and True are equal, and so are decimals of other
    digits, so that which of them is shown would hang on who comes first.
    """
    if pd.api.types.is_float_dtype(column.dtype):
        column = column + 0.0  # No negative zero.
    cells, known = column.astype(object), column.notna()
    if pd.api.types.is_object_dtype(column.dtype):
        known &= cells.map(lambda cell: type(cell) is str)
    return np.asarray(cells.where(known, None), dtype=object)


def _numbers(column: pd.Series[Any], kind: str) -> NDArray[np.float64]:
    """Return numbers, or days since 1970, as floats."""
    if kind == "datetime":
        moments = pd.to_datetime(column, utc=True)
        passed = moments.dt.as_unit("us") - pd.Timestamp(0, tz="UTC")
        return np.asarray(passed.dt.total_seconds().to_numpy(dtype=float) / _DAY)
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))


def _spelt(bounds: tuple[float, float], dtype: Any, kind: str) -> tuple[Any, Any]:
    low, high = bounds
    if kind == "datetime":
        first, last = pd.Timestamp("1700-01-01"), pd.Timestamp("2250-01-01")
        days = [max(first, min(last, _day(value))) for value in bounds]
        return days[0], days[1]
    if kind == "int":
        name = str(dtype).lower().removesuffix("[pyarrow]")
        limits = np.iinfo(name if name.startswith(("int", "uint")) else "int64")
        low, high = max(low, float(limits.min)), min(high, float(limits.max))
        return max(int(low), int(limits.min)), min(int(high), int(limits.max))
    return low, high


def _day(value: float) -> pd.Timestamp:
    return pd.Timestamp(0) + pd.Timedelta(days=float(np.clip(value, -90_000, 100_000)))


def _ordered(levels: list[Any]) -> list[Any]:
    return sorted(levels, key=lambda level: (type(level).__name__, str(level)))


def _read(column: pd.Series[Any], kind: str, said: PublicColumn) -> PublicColumn:
    """Read bounds or levels from the people: asked for, warned of, and not covered."""
    if kind == "category":
        return PublicColumn(categories=_ordered(list(column.dropna().unique())), other=said.other)
    known = column.dropna()
    if known.nunique() < 2:
        raise InvalidColumnError(
            column.name, "has a single value, which makes no bounds: drop the column."
        )
    return PublicColumn(bounds=(known.min(), known.max()), decimals=said.decimals)
