"""Whether people held out are people who were not in the table."""

from __future__ import annotations

import numpy as np

from avatars.exceptions import InvalidTableError
from avatars.tables import Table

__all__ = ["check_holdout"]

_SHARE = 0.01
"""Share of a hold-out that may equal people of the table whatever chance says, or one row."""

_DEVIATIONS = 3
"""Standard deviations by which two samples of one population may differ."""

_FEW = 20
"""People below which their own rows don't say how often two are equal."""


def check_holdout(people: Table, unseen: Table) -> None:
    """Refuse a hold-out that contains people of the table, with whom attacks have no control.

    An attack that succeeds with them on both sides looks as if it told nothing.

    Parameters
    ----------
    people, unseen : Table
        The table and the hold-out, with one schema.

    Raises
    ------
    InvalidTableError
        If more rows of the hold-out equal one of the table than chance explains, or both tables
        hold the same rows.

    Notes
    -----
    A person unseen equals somebody of the table as often as people of the table equal others of
    it. Rows of the hold-out may do so as often, and three standard deviations and a hundredth more.
    Where a number is nearly everybody's own, no equal rows within the table mean that there are
    none by chance; elsewhere there could have been one more, and chance counts with it.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.holdout import check_holdout
    >>> from avatars.tables import read_table
    >>> table = read_table(make_patients(200, random_state=0))
    >>> people = table.take(range(100))
    >>> check_holdout(people, table.take(range(100, 200)))
    >>> check_holdout(people, table.take(range(50, 150)))
    Traceback (most recent call last):
    avatars.exceptions.InvalidTableError: holdout shares 50 of its 100 rows with the table: ...
    """
    rows, held = people.row_hashes(), unseen.row_hashes()
    kinds, kind, counts = np.unique(rows, return_inverse=True, return_counts=True)
    shared = int(np.isin(held, kinds).sum())
    n, m = len(rows), len(held)
    alike = int((counts[kind] > 1).sum())
    chance = alike / n
    # One more, as in Laplace's rule: what wasn't seen among few people is not impossible.
    sure = n >= _FEW and _tell_people_apart(people)
    likely = chance if sure else (alike + 1) / (n + 2)
    deviation = np.sqrt(likely * (1 - likely) * (m + m * m / n))
    allowed = m * chance + _DEVIATIONS * deviation + max(1.0, _SHARE * m)
    # In a table of one kind of rows, people unseen have no other to show.
    same = len(kinds) > 1 and n == m and bool((np.sort(rows) == np.sort(held)).all())
    if same or shared > allowed:
        raise InvalidTableError(
            f"holdout shares {shared} of its {m} rows with the table: attacks would have no "
            "control. Draw it from the people who are left."
        )


def _tell_people_apart(people: Table) -> bool:
    """Tell whether some number is nearly everybody's own."""
    columns = (people.numeric[:, slot] for slot in range(people.numeric.shape[1]))
    return any(len(np.unique(cells[~np.isnan(cells)])) > 0.5 * people.n_rows for cells in columns)
