"""How people and avatars spread over the bins or levels of a column, without telling on anybody."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.displays.scales import scale_of
from avatars.displays.style import text_of
from avatars.displays.suppression import merged, round_edges, usual_range
from avatars.tables import Column, Table
from avatars.tables.levels import LevelCodec

__all__ = ["ColumnShares", "column_shares"]

Floats = NDArray[np.float64]

_MOST_LEVELS, _MOST_BINS = 10, 30
_OTHER = "other"


@dataclass(frozen=True)
class ColumnShares:
    """The bars of one column.

    Attributes
    ----------
    label : hashable
        The column.
    original, avatars : ndarray or None
        Shares of the cells that aren't missing, by bin or by level; None where too few people have
        one. Few people who have a gap or a rare level are counted in a bar, as ``remark`` says, so
        that it can't be worked out how many they are.
    edges : ndarray or None
        Of the bins of a numeric column.
    is_open : tuple of bool
        Whether the first and the last bin hold cells from beyond their outer edges, of avatars or
        of more than a few people.
    names : tuple
        Levels of a category.
    is_date, is_whole : bool
        Whether edges are days since 1970, and whether values are whole numbers.
    unit : str
        What a numeric column counts, where it isn't plain numbers.
    remark : str
        What the bars leave out or take together, in words: missing cells, levels of few people.
    reason : str
        Why there are no bars.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays.shares import column_shares
    >>> from avatars.tables import read_table
    >>> people = read_table(make_patients(200, random_state=0))
    >>> shares = column_shares(people.schema.columns[1], people, people, 5)
    >>> shares.names, float(shares.original.sum())
    (('male', 'female'), 1.0)
    """

    label: Hashable
    original: Floats | None = None
    avatars: Floats | None = None
    edges: Floats | None = None
    is_open: tuple[bool, bool] = (False, False)
    names: tuple[Any, ...] = ()
    is_date: bool = False
    is_whole: bool = False
    unit: str = ""
    remark: str = ""
    reason: str = ""


def column_shares(column: Column, people: Table, release: Table, min_people: int) -> ColumnShares:
    """Count people and avatars by bin or by level.

    Parameters
    ----------
    column : Column
        No identifier.
    people, release : Table
        Of one schema.
    min_people : int
        The fewest people that a bin or a level may hold.

    Returns
    -------
    ColumnShares
        Bins are made for the people alone: they tell nothing about the release.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays.shares import column_shares
    >>> from avatars.tables import read_table
    >>> few = read_table(make_patients(4, random_state=0))
    >>> column_shares(few.schema.columns[0], few, few, 5).reason
    'fewer than 5 people'
    """
    is_numeric = column.kind == "numeric"
    known: list[Any]
    if is_numeric:
        cells = [table.numeric[:, column.slot] for table in (people, release)]
        known = [x[~np.isnan(x)] for x in cells]
    else:
        codes = [table.codes[:, column.slot] for table in (people, release)]
        known = [x[x >= 0] for x in codes]
    remark = _gaps(people.n_rows, len(known[0]), release.n_rows, len(known[1]), min_people)
    n_gaps = people.n_rows - len(known[0])
    # Shares of all but a few would tell how many these are.
    few_gaps = n_gaps if n_gaps < min_people else 0
    if len(known[0]) < min_people:
        reason = f"fewer than {min_people} people"
        return ColumnShares(column.label, remark=remark, reason=reason)
    if is_numeric:
        return _binned(column, known[0], known[1], remark, few_gaps, min_people)
    return _levelled(column, known[0], known[1], remark, few_gaps, min_people)


def _binned(
    column: Column, x: Floats, a: Floats, remark: str, few_gaps: int, min_people: int
) -> ColumnShares:
    scale = scale_of(column, x)
    x, a = scale.values(x), scale.values(a)
    most = max(1, min(int(2 * len(x) ** (1 / 3)), len(x) // min_people, _MOST_BINS))
    edges = round_edges(*usual_range(x, min_people), most, is_whole=scale.is_whole)
    counts: list[Any] = [np.histogram(np.clip(v, edges[0], edges[-1]), edges)[0] for v in (x, a)]
    starts = merged(counts[0], min_people)
    # An arrow for a single person would tell where a range ends.
    beyond = [(v < edges[0], v > edges[-1]) for v in (x, a)]
    people, release = (np.sum(sides, axis=1) for sides in beyond)
    is_open = (people >= min_people) | (release > 0)
    return ColumnShares(
        column.label,
        original=_shares(_fullest_with(np.add.reduceat(counts[0], starts), few_gaps)),
        avatars=_shares(np.add.reduceat(counts[1], starts)),
        edges=np.append(edges[starts], edges[-1]),
        is_open=(bool(is_open[0]), bool(is_open[1])),
        is_date=scale.is_date,
        is_whole=scale.is_whole,
        unit=scale.unit,
        remark=remark,
    )


def _levelled(
    column: Column, x: Any, a: Any, remark: str, few_gaps: int, min_people: int
) -> ColumnShares:
    codec = column.codec
    assert isinstance(codec, LevelCodec)
    counts: list[Any] = [np.bincount(codes, minlength=column.n_levels) for codes in (x, a)]
    most = np.argsort(-counts[0], kind="stable")[:_MOST_LEVELS]
    kept = most[counts[0][most] >= min_people]
    if column.is_ordered:
        kept = np.sort(kept)
    is_rest = np.ones(column.n_levels, dtype=bool)
    is_rest[kept] = False
    if 0 < counts[0][is_rest].sum() < min_people:
        # A pool of few people tells as much as a level of few, and so does a bar that isn't there.
        host = kept[counts[0][kept].argmin()]
        few = is_rest & (counts[0] > 0)
        for count in counts:
            count[host] += count[few].sum()
            count[few] = 0
        name = text_of(codec.levels[int(host)], 12)
        with_few = f"{name}: with values of < {min_people} people"
        remark = f"{remark}\n{with_few}" if remark else with_few
    rest = [int(count[is_rest].sum()) for count in counts]
    bars = [count[kept] for count in counts]
    names = tuple(codec.levels[code] for code in kept.tolist())
    if any(rest):
        names += (_OTHER,)
        bars = [np.append(bar, pool) for bar, pool in zip(bars, rest, strict=True)]
    original, avatars = _shares(_fullest_with(bars[0], few_gaps)), _shares(bars[1])
    return ColumnShares(column.label, original, avatars, names=names, remark=remark)


def _fullest_with(counts: NDArray[Any], few: int) -> NDArray[Any]:
    """Count few people in the fullest bar, which they change least."""
    counts = counts.copy()
    counts[counts.argmax()] += few
    return counts


def _shares(counts: NDArray[Any]) -> Floats:
    return np.asarray(counts / max(int(counts.sum()), 1), dtype=np.float64)


def _gaps(n: int, known: int, n_release: int, known_release: int, min_people: int) -> str:
    """Say how much is missing; which few people lack a cell is nobody's business."""
    missing, missing_release = n - known, n_release - known_release
    if not missing and not missing_release:
        return ""
    among = f"avatars {100 * missing_release / max(n_release, 1):.0f} %"
    if 0 < known < min_people:
        return f"missing: people all but < {min_people}, {among}"
    if 0 < missing < min_people:
        return f"missing: {among}; people < {min_people},\nin the fullest bar"
    return f"missing: people {100 * missing / n:.0f} %, {among}"
