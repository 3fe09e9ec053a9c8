"""The last look: no avatar copies a person or shows a pattern of gaps that few people have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatars.engine.records import Codes, Floats
from avatars.tables import Table

__all__ = ["Guard"]


class Guard:
    """Tell which avatars must be drawn again.

    A copy is an avatar equal, in all columns and as it would be written, to a record that one
    person holds, or fewer than ``few`` where the table has a numeric column: a few equal records
    of numbers are likelier one person entered twice than several people.

    Parameters
    ----------
    table : Table
        The people.
    few : int
        Fewest people behind what may be seen in the release.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.guard import Guard
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"sex": list("ffm"), "smoker": [True, True, False]}))
    >>> Guard(table, few=2).offends(table.numeric, table.codes).tolist()
    [False, False, True]
    """

    def __init__(self, table: Table, few: int) -> None:
        self._schema = table.schema
        fewest = few if table.numeric.shape[1] else 2
        settled = table.numeric.copy(order="F")
        table.schema.settle(settled)
        as_written = Table(table.schema, settled, table.codes, table.n_rows)
        self._copies = np.union1d(
            _held_by_fewer(table.row_hashes(), fewest),
            _held_by_fewer(as_written.row_hashes(), fewest),
        )
        self._patterns = _held_by_fewer(_gap_patterns(table.numeric, table.codes), few)

    def offends(self, numeric: Floats, codes: Codes) -> NDArray[np.bool_]:
        """Return which avatars may not go out.

        Parameters
        ----------
        numeric : ndarray of shape (n_rows, n_numeric)
            Settled values, NaN where missing.
        codes : ndarray of shape (n_rows, n_categories), int32
            Levels, -1 where missing.

        Returns
        -------
        ndarray of shape (n_rows,), bool
            True for a copy, or a pattern of gaps that too few people have.
        """
        rows = Table(self._schema, numeric, codes, len(numeric)).row_hashes()
        patterns = _gap_patterns(numeric, codes)
        return np.isin(rows, self._copies) | np.isin(patterns, self._patterns)


def _held_by_fewer(hashes: NDArray[np.uint64], few: int) -> NDArray[np.uint64]:
    values, counts = np.unique(hashes, return_counts=True)
    return values[counts < few]


def _gap_patterns(numeric: Floats, codes: Codes) -> NDArray[np.uint64]:
    """Give each pattern of missing cells a number; no gap at all is 0."""
    pattern = np.zeros(len(numeric), dtype=np.uint64)
    weight = np.uint64(0x9E3779B97F4A7C15)
    for missing in [*np.isnan(numeric).T, *(codes < 0).T]:
        # Odd multipliers of a golden-ratio sequence: sums of different subsets don't collide
        # but with a chance of about 2**-64.
        weight = np.uint64((int(weight) * 0xD1342543DE82EF95 + 1) % 2**64)
        pattern[missing] += weight
    return pattern
