"""What the release's own equivalence classes show: its records that share their known values.

These are properties of a table, not attacks on the people behind it, and need no control. An avatar
is nobody's record: a class of one avatar is no person found. They are what some regulators ask for.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError
from avatars.metrics.attacks.people import places
from avatars.metrics.space import Types, read_together
from avatars.tables import Column, Table

__all__ = ["k_anonymity", "l_diversity", "t_closeness"]

Integers = NDArray[np.intp]
Floats = NDArray[np.float64]


def k_anonymity(
    release: Any, quasi_identifiers: Sequence[Hashable], *, types: Types | None = None
) -> int:
    """Count the records of the smallest class that shares its quasi-identifiers.

    From 1 to the number of records; greater is better.
    A property of the release alone: there is nothing to align.

    Parameters
    ----------
    release : table
        The release, or any table.
    quasi_identifiers : sequence of labels
        Columns that an attacker may know. A gap is a value like any other.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    int
        The largest k for which the release has k-anonymity.

    Raises
    ------
    InvalidParameterError
        If ``quasi_identifiers`` is empty or names a column that can't be used.

    References
    ----------
    .. [1] Sweeney, "k-anonymity: a model for protecting privacy", International Journal of
       Uncertainty, Fuzziness and Knowledge-Based Systems 10(5), 2002, section 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.attacks.classes import k_anonymity
    >>> release = pd.DataFrame({"sex": list("ffmmm"), "age": [30, 30, 30, 40, 40]})
    >>> k_anonymity(release, ["sex"]), k_anonymity(release, ["sex", "age"])
    (2, 1)
    """
    table = _read(release, types)
    return int(np.bincount(_classes(table, quasi_identifiers, "quasi_identifiers")).min())


def l_diversity(
    release: Any,
    quasi_identifiers: Sequence[Hashable],
    sensitive: Hashable,
    *,
    kind: Literal["distinct", "entropy"] = "distinct",
    types: Types | None = None,
) -> float:
    """Count the sensitive values in the class that has the fewest.

    From 1 to the number of values; greater is better.
    A property of the release alone: there is nothing to align.

    Parameters
    ----------
    release : table
        The release, or any table.
    quasi_identifiers : sequence of labels
        Columns that an attacker may know. A gap is a value like any other.
    sensitive : label
        The column that nobody should learn.
    kind : {"distinct", "entropy"}, default="distinct"
        "distinct" counts values; "entropy" counts them by exp(entropy), which is as large only
        where all are equally frequent.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        The largest l for which the release has l-diversity.

    Raises
    ------
    InvalidParameterError
        If a parameter names a column that can't be used, or ``kind`` is neither.

    References
    ----------
    .. [1] Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam, "l-diversity: privacy beyond
       k-anonymity", ACM TKDD 1(1), 2007, section 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.attacks.classes import l_diversity
    >>> release = pd.DataFrame({"sex": list("ffffmm"), "ill": list("aaabab")})
    >>> l_diversity(release, ["sex"], "ill")
    2.0
    >>> round(l_diversity(release, ["sex"], "ill", kind="entropy"), 3)
    1.755
    """
    if kind not in ("distinct", "entropy"):
        raise InvalidParameterError("kind", "must be 'distinct' or 'entropy'.")
    table = _read(release, types)
    classes = _classes(table, quasi_identifiers, "quasi_identifiers")
    pairs = _Pairs.of(classes, _column(table, sensitive, "sensitive")[1])
    if kind == "distinct":
        return float(np.bincount(pairs.classes).min())
    return float(np.exp(-pairs.sums(pairs.shares * np.log(pairs.shares)).max()))


def t_closeness(
    release: Any,
    quasi_identifiers: Sequence[Hashable],
    sensitive: Hashable,
    *,
    types: Types | None = None,
) -> float:
    """Measure how far the sensitive values of a class lie at most from those of all records.

    From 0 to 1; smaller is better.
    A property of the release alone: there is nothing to align.

    Parameters
    ----------
    release : table
        The release, or any table.
    quasi_identifiers : sequence of labels
        Columns that an attacker may know. A gap is a value like any other.
    sensitive : label
        The column that nobody should learn.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        The smallest t for which the release has t-closeness: the largest earth mover's distance.

    Raises
    ------
    InvalidParameterError
        If a parameter names a column that can't be used.

    Notes
    -----
    Numbers and ordered categories are moved along the order of their distinct values, from the
    first to the last for a cost of 1; a gap comes before the first. The values of other categories
    are all equally far from each other.

    References
    ----------
    .. [1] Li, Li, Venkatasubramanian, "t-closeness: privacy beyond k-anonymity and l-diversity",
       ICDE 2007, sections 4 and 5.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.metrics.attacks.classes import t_closeness
    >>> release = pd.DataFrame({"ward": list("aaabbbccc"), "pay": [3, 4, 5, 6, 11, 8, 7, 9, 10]})
    >>> round(t_closeness(release, ["ward"], "pay", types={"pay": "int"}), 3)
    0.375
    """
    table = _read(release, types)
    classes = _classes(table, quasi_identifiers, "quasi_identifiers")
    column, values = _column(table, sensitive, "sensitive")
    overall = np.bincount(values) / table.n_rows
    pairs = _Pairs.of(classes, values)
    if column.kind == "numeric" or column.is_ordered:
        return float(pairs.ordered_distances(overall).max())
    return float(pairs.sums(np.maximum(pairs.shares - overall[pairs.values], 0.0)).max())


@dataclass(frozen=True)
class _Pairs:
    """The values that each class holds, by class and value, and their shares of the class."""

    classes: Integers
    values: Integers
    shares: Floats

    @classmethod
    def of(cls, classes: Integers, values: Integers) -> _Pairs:
        n_values = int(values.max()) + 1
        pairs, counts = np.unique(classes * n_values + values, return_counts=True)
        owners, held = np.divmod(pairs, n_values)
        return cls(owners, held, counts / np.bincount(classes)[owners])

    def sums(self, terms: Floats) -> Floats:
        """Add up what pairs contribute to their classes."""
        return np.asarray(np.bincount(self.classes, weights=terms), dtype=np.float64)

    def ordered_distances(self, overall: Floats) -> Floats:
        """Return the earth mover's distance of each class to all records, over ordered values.

        It is the area between two cumulative distributions. That of a class is a flight of stairs,
        and along each step the area has a closed form: no table of classes by values is needed.
        """
        n_values = len(overall)
        cumulative = overall.cumsum()
        area = np.concatenate([[0.0], cumulative.cumsum()])
        starts = np.flatnonzero(np.diff(self.classes, prepend=-1))
        total = self.shares.cumsum()
        level = total - (total[starts] - self.shares[starts])[self.classes]
        end = np.append(self.values[1:], n_values)
        end[np.append(starts[1:], len(end)) - 1] = n_values
        distances = self.sums(_step(level, self.values, end, cumulative, area))
        # Before its first value, the stairs of a class lie on the ground.
        distances += area[self.values[starts]]
        return distances / max(n_values - 1, 1)


def _step(
    level: Floats, start: Integers, end: Integers, cumulative: Floats, area: Floats
) -> Floats:
    """Return the area between a level and the cumulative distribution, from start to before end."""
    crossing = np.clip(np.searchsorted(cumulative, level), start, end)
    below = level * (crossing - start) - (area[crossing] - area[start])
    above = (area[end] - area[crossing]) - level * (end - crossing)
    return below + above


def _read(release: Any, types: Types | None) -> Table:
    return read_together(release, types=types)[0]


def _column(table: Table, label: Hashable, parameter: str) -> tuple[Column, Integers]:
    """Return a column and its values as numbers from 0, in their order."""
    place = places(table.schema, [label], parameter)[0]
    n_numeric = len(table.schema.numeric)
    if place < n_numeric:
        cells, column = table.numeric[:, place], table.schema.numeric[place]
        # A gap comes first.
        cells = np.where(np.isnan(cells), -np.inf, cells)
        return column, np.unique(cells, return_inverse=True)[1]
    codes = table.codes[:, place - n_numeric]
    return table.schema.categories[place - n_numeric], np.unique(codes, return_inverse=True)[1]


def _classes(table: Table, labels: Sequence[Hashable], parameter: str) -> Integers:
    """Give each record the number of its class: of those that share its values in some columns."""
    if isinstance(labels, str) or not len(labels):
        raise InvalidParameterError(parameter, "must be a sequence of at least one label.")
    classes = np.zeros(table.n_rows, dtype=np.intp)
    for label in labels:
        values = _column(table, label, parameter)[1]
        joint = classes * (int(values.max()) + 1) + values
        classes = np.unique(joint, return_inverse=True)[1]
    return classes
