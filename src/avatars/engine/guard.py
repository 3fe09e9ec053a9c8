"""The last look: no avatar copies a person or shows a pattern of gaps that few people have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatars.engine.people import People
from avatars.engine.records import Codes, Floats
from avatars.tables import Table

__all__ = ["Guard"]


class Guard:
    """Tell which avatars must be drawn again.

    A copy is an avatar equal, in all columns and as it would be written, to a record that too few
    people hold. Whether it may stay depends on what its absence would say.

    - A record with a number that fewer than ``few`` people have is **never** copied: nobody would
      expect to meet it by chance, and its absence says nothing. Records that fewer than ``few``
      people hold count, since a few equal ones may be one person entered twice.
    - Any other record that one person holds comes up by **chance**, in tables of categories or of
      coarse numbers, whether that person is in the table or not. Were it never to come up, its
      absence would mark the person as surely as a copy. Such copies are thinned to the rate at
      which avatars meet records that nobody in the table has.

    Parameters
    ----------
    table : Table
        The people.
    few : int
        Fewest people behind what may be seen in the release.
    individuals : People, optional
        Who is behind the rows; everybody has one unless given.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.engine.guard import Guard
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"pay": [1.25, 2.5, 7.0], "sex": list("ffm")}))
    >>> guard = Guard(table, few=2)
    >>> guard.offends(table.numeric, table.codes, np.random.default_rng(0)).tolist()
    [True, True, True]
    """

    def __init__(self, table: Table, few: int, individuals: People | None = None) -> None:
        people = individuals or People.each_a_row(table.n_rows)
        self._schema = table.schema
        settled = table.numeric.copy(order="F")
        table.schema.settle(settled)
        as_written = Table(table.schema, settled, table.codes, table.n_rows)
        telling = _holds_unshared_number(table.numeric, few, people)
        ways = [table]
        if not np.array_equal(settled, table.numeric, equal_nan=True):
            telling |= _holds_unshared_number(settled, few, people)
            ways.append(as_written)
        never, by_chance, everybody = [], [], []
        for hashes in (way.row_hashes() for way in ways):
            rare = np.isin(hashes, _held_by_fewer(hashes, few, people))
            alone = np.isin(hashes, _held_by_fewer(hashes, 2, people))
            never.append(hashes[rare & telling])
            by_chance.append(hashes[alone & ~telling])
            everybody.append(hashes)
        self._never = np.unique(np.concatenate(never))
        self._by_chance = np.unique(np.concatenate(by_chance))
        self._everybody = np.unique(np.concatenate(everybody))
        self._patterns = _held_by_fewer(_gap_patterns(table.numeric, table.codes), few, people)
        self._kept = 0.0

    def learn_chance(self, numeric: Floats, codes: Codes) -> None:
        """Learn from one avatar per person how many copies are what chance brings.

        Parameters
        ----------
        numeric, codes : ndarray
            The avatars as they were drawn, settled.
        """
        rows = self._hashes(numeric, codes)
        copied = np.isin(rows, self._by_chance).sum() / max(len(self._by_chance), 1)
        # How often an avatar that is nobody's record meets another one just like it: what a
        # person unseen with such a record would meet.
        _, where, counts = np.unique(rows, return_inverse=True, return_counts=True)
        strange = ~np.isin(rows, self._everybody)
        met = (counts[where.ravel()][strange] - 1).mean() if strange.any() else 0.0
        self._kept = float(min(1.0, met / copied)) if copied > 0 else 1.0

    def offends(
        self, numeric: Floats, codes: Codes, generator: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Return which avatars may not go out.

        Parameters
        ----------
        numeric : ndarray of shape (n_rows, n_numeric)
            Settled values, NaN where missing.
        codes : ndarray of shape (n_rows, n_categories), int32
            Levels, -1 where missing.
        generator : numpy.random.Generator
            Decides which copies by chance may stay.

        Returns
        -------
        ndarray of shape (n_rows,), bool
            True for a copy, or a pattern of gaps that too few people have.
        """
        rows = self._hashes(numeric, codes)
        thinned = np.isin(rows, self._by_chance) & (generator.random(len(rows)) >= self._kept)
        patterns = np.isin(_gap_patterns(numeric, codes), self._patterns)
        return np.isin(rows, self._never) | thinned | patterns

    def _hashes(self, numeric: Floats, codes: Codes) -> NDArray[np.uint64]:
        return Table(self._schema, numeric, codes, len(numeric)).row_hashes()


def _holds_unshared_number(numeric: Floats, few: int, people: People) -> NDArray[np.bool_]:
    """Return which rows hold a number that fewer than ``few`` people have."""
    result = np.zeros(len(numeric), dtype=bool)
    for column in numeric.T:
        values, where = np.unique(column, return_inverse=True)
        counts = people.held_by(where.ravel().astype(np.intp), len(values))
        result |= (counts[where.ravel()] < few) & ~np.isnan(column)
    return result


def _held_by_fewer(hashes: NDArray[np.uint64], few: int, people: People) -> NDArray[np.uint64]:
    values, where = np.unique(hashes, return_inverse=True)
    return values[people.held_by(where.ravel().astype(np.intp), len(values)) < few]


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
