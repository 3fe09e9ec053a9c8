"""Which tables belong together: keys found by their names, and checked by their values."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from avatars.advice.columns import Look, look_at
from avatars.advice.names import names_identifier, stem, words
from avatars.exceptions import InvalidParameterError, shown
from avatars.models import LinkMethod
from avatars.tables.sources import to_frame

__all__ = ["LinkAdvice", "advise_links"]

Confidence = Literal["high", "medium", "low"]

_RANK: dict[Confidence, int] = {"high": 3, "medium": 2, "low": 1}
_TIMES = frozenset(("t", "time", "timestamp", "date", "datetime"))
_POINTS = 5
"""Mean rows per individual from which on rows with a time are a series."""
_MOSTLY = 0.5


@dataclass(frozen=True, kw_only=True)
class LinkAdvice:
    """A foreign key and the table it probably points to.

    Parameters
    ----------
    parent_table, parent_field : str and label, or None
        Where it points; None for a key whose table was not found.
    child_table : str
        The table that holds the key.
    child_field : label
        The key.
    method : LinkMethod or None
        How children are to be given to avatars of parents.
    confidence : {"high", "medium", "low"} or None
        High where the name of the key says the table or its primary key, medium where it contains
        the name of the table, low where only values speak for it, or where they speak against it.
    included : float or None
        Share of the key's distinct values that the parent's key holds, 0 to 1.
    basis : {"names and values", "names", "values"} or None
        What the advice rests on: values count where all of them are found.
    candidate_tables : tuple of str
        Of a key that stays unlinked, the tables it might point to.
    reason : str
        One sentence, without a value.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice import advise_links
    >>> tables = {
    ...     "patients": pd.DataFrame({"id": range(10), "age": range(40, 50)}),
    ...     "visits": pd.DataFrame({"patient_id": [0, 0, 3, 9], "cost": [1.5, 2.0, 9.0, 4.0]}),
    ... }
    >>> [link] = advise_links(tables)
    >>> link.parent_table, link.parent_field, link.confidence, link.basis
    ('patients', 'id', 'high', 'names and values')
    """

    parent_table: str | None
    parent_field: Hashable | None
    child_table: str
    child_field: Hashable
    method: LinkMethod | None
    confidence: Confidence | None
    included: float | None
    basis: Literal["names and values", "names", "values"] | None
    candidate_tables: tuple[str, ...] = ()
    reason: str

    @property
    def is_linked(self) -> bool:
        """Tell whether a table was found for the key."""
        return self.parent_table is not None

    @property
    def is_verified(self) -> bool:
        """Tell whether every value of the key was found in the parent."""
        return self.included == 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return the documented form: of a link as its parent lists it, or of an unlinked key.

        Returns
        -------
        dict
            ``field``, ``to``, ``method``, ``confidence``; or ``field``, ``candidate_tables``.
        """
        if self.method is None:
            return {
                "field": str(self.child_field),
                "candidate_tables": list(self.candidate_tables),
            }
        return {
            "field": str(self.parent_field),
            "to": {"table": self.child_table, "field": str(self.child_field)},
            "method": self.method.value,
            "confidence": self.confidence,
        }


@dataclass(frozen=True)
class _Key:
    table: str
    look: Look
    values: frozenset[Any]

    @property
    def label(self) -> Hashable:
        return self.look.label

    @property
    def is_unique(self) -> bool:
        return self.look.n_distinct == self.look.n_rows


def advise_links(tables: Mapping[str, Any]) -> list[LinkAdvice]:
    """Find the foreign keys of some tables and where they point.

    A key is looked for by the names of columns and tables, and then its values are looked up in
    the keys it may point to: that stays on this machine. No table is linked to itself, none twice
    to the same parent, and links never form a circle.

    Parameters
    ----------
    tables : dict of {name: table}
        Whatever ``Avatarizer`` takes, by name.

    Returns
    -------
    list of LinkAdvice
        One for each foreign key: links first, the surest first, then keys whose table wasn't found
        (``is_linked`` is False).

    Raises
    ------
    InvalidParameterError
        If ``tables`` is no dict of named tables.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice import advise_links
    >>> visits = pd.DataFrame({"visit_id": range(30), "doctor_id": [1, 2, 3] * 10})
    >>> [key] = advise_links({"visits": visits})
    >>> key.is_linked, key.child_field
    (False, 'doctor_id')
    """
    if not isinstance(tables, Mapping) or not all(isinstance(name, str) for name in tables):
        raise InvalidParameterError("tables", "must map names to tables.")
    frames = {name: to_frame(table, name=name) for name, table in tables.items()}
    keys = [key for name, frame in frames.items() for key in _keys(name, frame)]
    parents = [key for key in keys if key.is_unique]
    names = {name: stem(name) for name in frames}
    foreign = [key for key in keys if not key.is_unique or _points_elsewhere(key, names)]
    found = [
        (key, parent, confidence)
        for key in foreign
        for parent in parents
        if parent.table != key.table and (confidence := _confidence(key, parent, parents, names))
    ]
    found.sort(key=lambda each: (-_RANK[each[2]], -_share(each[0], each[1])))
    links: list[LinkAdvice] = []
    linked: set[tuple[str, Hashable]] = set()
    edges: set[tuple[str, str]] = set()
    for key, parent, confidence in found:
        edge = (parent.table, key.table)
        if (key.table, key.label) in linked or edge in edges or _closes_circle(edge, edges):
            continue
        linked.add((key.table, key.label))
        edges.add(edge)
        links.append(_link(key, parent, confidence, frames[key.table]))
    rest = [key for key in foreign if (key.table, key.label) not in linked]
    return [*links, *(_unlinked(key, parents) for key in rest)]


def _keys(name: str, frame: pd.DataFrame) -> Iterator[_Key]:
    for place, label in enumerate(frame.columns):
        if names_identifier(label):
            look = look_at(frame.iloc[:, place])
            values = frozenset(map(_comparable, look.levels))
            if look.n_distinct and not look.is_moment:
                yield _Key(name, look, values)


def _comparable(value: Any) -> Any:
    """Return a key as other tables may spell it: gaps make floats of whole numbers."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _points_elsewhere(key: _Key, names: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether a key without repetitions is named after another table than its own."""
    what = stem(key.label)
    return bool(what) and what in [name for table, name in names.items() if table != key.table]


def _confidence(
    key: _Key, parent: _Key, parents: list[_Key], names: Mapping[str, tuple[str, ...]]
) -> Confidence | None:
    what, table = stem(key.label), names[parent.table]
    share = _share(key, parent)
    same = key.label == parent.label
    alone = sum(each.label == key.label and each.table != key.table for each in parents) == 1
    by_name: Confidence | None = None
    if (what and what == table) or (same and (what or alone)):
        by_name = "high"
    elif table and set(table) <= set(what):
        by_name = "medium"
    if by_name and share < _MOSTLY:
        return "low"
    if by_name is None and share == 1.0 and not key.is_unique:
        return "low"
    return by_name


def _share(key: _Key, parent: _Key) -> float:
    return len(key.values & parent.values) / len(key.values)


def _closes_circle(edge: tuple[str, str], edges: set[tuple[str, str]]) -> bool:
    top, reached = edge[0], {edge[1]}
    while more := {child for parent, child in edges if parent in reached} - reached:
        reached |= more
    return top in reached


def _link(key: _Key, parent: _Key, confidence: Confidence, frame: pd.DataFrame) -> LinkAdvice:
    share = _share(key, parent)
    named = confidence != "low" or share < _MOSTLY
    basis: Literal["names and values", "names", "values"] = (
        "values" if not named else "names and values" if share == 1.0 else "names"
    )
    method = LinkMethod.LINEAR_SUM_ASSIGNMENT
    if _is_series(key, frame):
        method = LinkMethod.TIME_SERIES
    says = {
        "names and values": "names agree and every value was found",
        "names": f"names agree, and {share:.1%} of the distinct values were found",
        "values": "every value was found, and nothing in the names speaks for it",
    }[basis]
    return LinkAdvice(
        parent_table=parent.table,
        parent_field=parent.label,
        child_table=key.table,
        child_field=key.label,
        method=method,
        confidence=confidence,
        included=share,
        basis=basis,
        reason=(
            f"Column {shown(key.label)} of table {shown(key.table)} points to "
            f"{shown(parent.label)} of {shown(parent.table)}: {says}."
        ),
    )


def _is_series(key: _Key, frame: pd.DataFrame) -> bool:
    """Tell whether rows are points in time of individuals, with numbers and nothing else."""
    if key.look.n_present < _POINTS * key.look.n_distinct:
        return False
    labels: list[Hashable] = list(frame.columns)
    times = [
        label for label in labels if not _TIMES.isdisjoint(words(label)[:1] + words(label)[-1:])
    ]
    rest = [
        place
        for place, label in enumerate(labels)
        if label not in times and not names_identifier(label)
    ]
    looks = [look_at(frame.iloc[:, place]) for place in rest]
    if not times or not looks or any(look.numbers is None for look in looks):
        return False
    both = frame.loc[:, [label in (key.label, times[0]) for label in labels]]
    return not bool(both.duplicated().any())


def _unlinked(key: _Key, parents: list[_Key]) -> LinkAdvice:
    candidates = tuple(
        dict.fromkeys(
            parent.table for parent in parents if parent.table != key.table and _share(key, parent)
        )
    )
    near = f" Some of its values are in {', '.join(map(shown, candidates))}." if candidates else ""
    return LinkAdvice(
        parent_table=None,
        parent_field=None,
        child_table=key.table,
        child_field=key.label,
        method=None,
        confidence=None,
        included=None,
        basis=None,
        candidate_tables=candidates,
        reason=(
            f"Column {shown(key.label)} of table {shown(key.table)} looks like a foreign key, and "
            f"no table was found for it.{near}"
        ),
    )
