"""What jobs read and what the first of them leaves for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from avatars.exceptions import InvalidTableError, shown
from avatars.models import JobKind, Results

__all__ = ["Sources", "StandardResult"]


@dataclass(frozen=True, repr=False)
class Sources:
    """The tables of a run by name.

    Attributes
    ----------
    people : dict of {str: DataFrame}
        Each table's people.
    avatars : dict of {str: DataFrame}
        Avatars that were made elsewhere.
    holdout : dict of {str: DataFrame}
        People of the same population who are not in the table.
    aligned : frozenset of str
        Tables whose avatars made elsewhere are in the order of the people: declared, since no
        look at them can tell.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources
    >>> Sources({"patients": make_patients(30, random_state=0)})
    Sources(1 tables)
    """

    people: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    avatars: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    holdout: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    aligned: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Sources({len(self.people)} tables)"


@dataclass(frozen=True, repr=False)
class StandardResult:
    """The release of one table, as metrics and report need it.

    Attributes
    ----------
    shuffled : DataFrame
        The release.
    sensitive_unshuffled : DataFrame or None
        The same in the order of the people: **sensitive**.
    guarantee : dict or None
        What differential privacy promises of it, if it was made so.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.jobs import StandardResult
    >>> StandardResult(pd.DataFrame({"age": [41]}), None)
    StandardResult(1 rows)
    """

    shuffled: pd.DataFrame
    sensitive_unshuffled: pd.DataFrame | None
    guarantee: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return f"StandardResult({len(self.shuffled)} rows)"


def release_of(
    name: str,
    sources: Sources,
    before: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]],
) -> StandardResult:
    """Return the avatars of a table, whoever made them."""
    if name in sources.avatars:
        frame = sources.avatars[name]
        return StandardResult(frame, frame if name in sources.aligned else None)
    made = before.get(JobKind.standard, {}).get(name)
    if made is None:
        raise InvalidTableError(
            f"table {shown(name)} has no avatars: run JobKind.standard first, or pass avatar_data."
        )
    return StandardResult(
        made[Results.SHUFFLED],
        made.get(Results.UNSHUFFLED),
        made.get(Results.METADATA, {}).get("differential_privacy"),
    )
