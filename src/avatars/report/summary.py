"""Columns before and after in counts and moments that say nothing about single people."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Hashable
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.report.data import ColumnFacts, ColumnUtility, Count
from avatars.report.guarded import FEW, FEWEST_NUMBERS, ends_of
from avatars.tables import Column, Table
from avatars.tables.codecs import FloatCodec, WholeCodec
from avatars.tables.moments import DATETIMES, DURATIONS, TIMES, ZONED
from avatars.tables.schema import dtype_name

__all__ = ["column_facts", "column_utility", "label_text"]

_LONGEST = 80
_DAY = 86_400
_ABSENT = "not shown"
_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def label_text(label: Hashable) -> str:
    r"""Spell a label so that it can't act: control and direction marks as escapes, 80 characters.

    Parameters
    ----------
    label : hashable
        The label as the table has it.

    Returns
    -------
    str
        Its text, letters of all scripts as they are.

    Examples
    --------
    >>> from avatars.report.summary import label_text
    >>> label_text("größe"), label_text("a\u202eb"), len(label_text("x" * 100))
    ('größe', 'a\\u202eb', 80)
    """
    text = "".join(
        char.encode("ascii", "backslashreplace").decode()
        if unicodedata.category(char) in _HIDDEN and not char.isascii()
        else repr(char)[1:-1]
        if unicodedata.category(char) in _HIDDEN
        else char
        for char in str(label)
    )
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def column_facts(original: Table, avatars: Table) -> list[ColumnFacts]:
    """Count what columns hold, before and after.

    Parameters
    ----------
    original, avatars : Table
        The people and the release, in one schema.

    Returns
    -------
    list of ColumnFacts
        In the order of the table. Values of identifiers are not counted.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.space import read_together
    >>> from avatars.report.summary import column_facts
    >>> people = make_patients(100, missing=0.02, random_state=0)
    >>> facts = column_facts(*read_together(people, people.head(50)))
    >>> facts[7].name, facts[7].missing_original, facts[7].rare_original
    ('blood_group', '< 5', 1)
    """
    return [_facts(column, original, avatars) for column in original.schema.columns]


def _facts(column: Column, original: Table, avatars: Table) -> ColumnFacts:
    if column.kind == "identifier":
        return ColumnFacts(name=label_text(column.label), kind="identifier", dtype=_dtype(column))
    before, after = (_distinct(table, column) for table in (original, avatars))
    levels, counts = before
    rare = levels[counts < FEW] if column.kind == "category" else None
    return ColumnFacts(
        name=label_text(column.label),
        kind=_kind(column),
        dtype=_dtype(column),
        # The gaps of all but one to four people would tell how many these are.
        missing_original=None
        if 0 < (n_known := int(counts.sum())) < FEW < original.n_rows
        else _count(original.n_rows - n_known),
        missing_avatars=avatars.n_rows - int(after[1].sum()),
        distinct_original=len(levels),
        distinct_avatars=len(after[0]),
        rare_original=None if rare is None else len(rare),
        rare_avatars=None if rare is None else int(np.isin(rare, after[0]).sum()),
    )


def _dtype(column: Column) -> str:
    return label_text(dtype_name(column.dtype))


def _kind(column: Column) -> str:
    if column.kind == "category":
        return "ordered category" if column.is_ordered else "category"
    assert isinstance(column.codec, WholeCodec | FloatCodec)
    family: str = column.codec.storage.family
    return family if family != "numbers" else "number"


def _known(table: Table, column: Column) -> NDArray[Any]:
    cells: NDArray[Any]
    if column.kind == "category":
        cells = table.codes[:, column.slot]
        return cells[cells >= 0]
    cells = table.numeric[:, column.slot]
    return cells[~np.isnan(cells)]


def _distinct(table: Table, column: Column) -> tuple[NDArray[Any], NDArray[np.intp]]:
    values, counts = np.unique(_known(table, column), return_counts=True)
    return values, counts.astype(np.intp)


def _count(people: int) -> Count:
    return people if people == 0 or people >= FEW else "< 5"


def column_utility(original: Table, avatars: Table, columns: pd.DataFrame) -> list[ColumnUtility]:
    """Put the figures of each column beside its moments.

    Moments are taken between the fifth smallest and the fifth largest value of the people, to
    which all others are moved: one person's extreme value can't be worked out from a mean. Where
    fewer than twenty people have a value there are none. Figures have three decimals.

    Parameters
    ----------
    original, avatars : Table
        The people and the release, in one schema.
    columns : DataFrame
        What :func:`avatars.report.guarded.guarded_columns` gives.

    Returns
    -------
    list of ColumnUtility
        In the order of the table, without identifiers.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.signal import by_column
    >>> from avatars.metrics.space import read_together
    >>> from avatars.report.summary import column_utility
    >>> people = make_patients(100, random_state=0)
    >>> utility = column_utility(*read_together(people, people), by_column(people, people))
    >>> utility[0].hellinger, utility[0].mean_original == utility[0].mean_avatars
    (0.0, True)
    """
    people = [column for column in original.schema.columns if column.kind != "identifier"]
    records = columns.to_dict("records")
    return [
        _utility(column, original, avatars, figures)
        for column, figures in zip(people, records, strict=True)
    ]


def _utility(
    column: Column, original: Table, avatars: Table, figures: dict[Hashable, Any]
) -> ColumnUtility:
    gap_kind: Literal["KS", "TV"] = "KS" if column.kind == "numeric" else "TV"
    before, after = _Moments.of(column, original, avatars) if gap_kind == "KS" else (None, None)
    return ColumnUtility(
        name=label_text(column.label),
        hellinger=_finite(figures["hellinger"]),
        hellinger_reference=_finite(figures["hellinger_reference"]),
        gap=_finite(figures["ks" if gap_kind == "KS" else "total_variation"]),
        gap_kind=gap_kind,
        mean_original=None if before is None else before.mean,
        mean_avatars=None if after is None else after.mean,
        std_original=None if before is None else before.std,
        std_avatars=None if after is None else after.std,
    )


def _finite(figure: float) -> float | None:
    return round(float(figure), 3) if math.isfinite(figure) else None


class _Moments(NamedTuple):
    mean: str
    std: str

    @classmethod
    def of(
        cls, column: Column, original: Table, avatars: Table
    ) -> tuple[_Moments | None, _Moments | None]:
        """Return moments of people and avatars, moved inside the people's fifth-last values."""
        codec = column.codec
        assert isinstance(codec, WholeCodec | FloatCodec)
        cells = _known(original, column)
        if len(cells) < FEWEST_NUMBERS:
            return None, None
        ends = ends_of(cells)
        sides = [np.clip(cells, *ends), np.clip(_known(avatars, column), *ends)]
        digits = float(np.std(sides[0]))
        before, after = (
            cls(*_spoken(codec, float(np.mean(side)), float(np.std(side)), digits))
            if len(side)
            else None
            for side in sides
        )
        return before, after


def _spoken(codec: WholeCodec | FloatCodec, mean: float, std: float, scale: float) -> list[str]:
    """Write a mean and a deviation in the units of the column, to three digits of the scale."""
    family = codec.storage.family
    if isinstance(codec, FloatCodec):
        mean, std, scale = (math.ldexp(value, codec.exponent) for value in (mean, std, scale))
    else:
        grain = float(codec.storage.grain)
        mean, std, scale = (codec.origin + mean) * grain, std * grain, scale * grain
    if family == "numbers":
        return [_number(mean, scale), _number(std, scale)]
    if family in (DATETIMES, ZONED):
        return [_day(mean), f"{_number(std / _DAY, scale / _DAY)} days"]
    if family in (DURATIONS, TIMES):
        return [f"{_number(value / 3600, scale / 3600)} h" for value in (mean, std)]
    return [_ABSENT, _ABSENT]


def _number(value: float, scale: float) -> str:
    if not scale or not 1e-4 <= scale <= 1e9:
        return f"{value:.4g}"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(scale)))}f}"


def _day(seconds: float) -> str:
    return str(np.datetime64(round(seconds / _DAY), "D"))
