"""Who is behind the rows: what is protected is a person, and a person may have many rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avatars.engine.records import Ints

__all__ = ["People"]


class People:
    """The individuals behind each row, of one or several kinds.

    A visit belongs to a patient and to a doctor: these are two kinds. In a table with one row per
    person there is no kind at all, and each row counts for itself.

    Parameters
    ----------
    ids : ndarray of shape (n_rows, n_kinds), intp
        For each kind a number from 0 per individual.

    Attributes
    ----------
    ids : ndarray of shape (n_rows, n_kinds)
        The same.
    n_rows, n_kinds : int
        Rows, and kinds of individuals.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.people import People
    >>> people = People(np.array([[0], [0], [1], [2]]))
    >>> people.held_by(np.array([0, 0, 0, 1]), 2).tolist()
    [2, 1]
    """

    def __init__(self, ids: NDArray[np.intp]) -> None:
        self.ids = ids
        self.n_rows, self.n_kinds = ids.shape

    @classmethod
    def each_a_row(cls, n_rows: int) -> People:
        """Return people with one row each."""
        return cls(np.empty((n_rows, 0), dtype=np.intp))

    def take(self, rows: ArrayLike) -> People:
        """Return the people behind some rows."""
        return People(self.ids[np.asarray(rows)])

    @property
    def fewest(self) -> int:
        """Individuals of the kind that has the fewest; the rows where there is no kind."""
        return min((len(np.unique(kind)) for kind in self.ids.T), default=self.n_rows)

    def held_by(self, where: Ints, n: int) -> Ints:
        """Count the individuals behind each of several groups of rows.

        Parameters
        ----------
        where : ndarray of shape (n_rows,), intp
            The group of each row, from 0; -1 for none.
        n : int
            Groups there are.

        Returns
        -------
        ndarray of shape (n,), intp
            Distinct individuals, of the kind of which there are fewest.
        """
        inside = where >= 0
        if not self.n_kinds:
            return np.bincount(where[inside], minlength=n).astype(np.intp)
        counts = []
        for kind in self.ids.T:
            # One number per pair; sorting them is faster than sorting pairs.
            pairs = np.unique(where[inside].astype(np.int64) * (int(kind.max()) + 1) + kind[inside])
            counts.append(np.bincount(pairs // (int(kind.max()) + 1), minlength=n))
        return np.asarray(np.min(counts, axis=0), dtype=np.intp)

    def extremes(self, values: NDArray[np.float64], few: int) -> tuple[float, float]:
        """Return what at least ``few`` individuals lie below, and above.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            One column, NaN = missing.
        few : int
            Fewest individuals behind an extreme.

        Returns
        -------
        low, high : float
            Bounds; infinite without kinds, where each row is judged for itself.
        """
        low, high = -np.inf, np.inf
        known = ~np.isnan(values)
        for kind in self.ids[known].T:
            of = np.unique(kind, return_inverse=True)[1].ravel()
            n = int(of.max(initial=-1)) + 1
            if n < max(few, 1):
                continue
            highest, lowest = np.full(n, -np.inf), np.full(n, np.inf)
            np.maximum.at(highest, of, values[known])
            np.minimum.at(lowest, of, values[known])
            high = min(high, float(np.sort(highest)[-max(few, 1)]))
            low = max(low, float(np.sort(lowest)[max(few, 1) - 1]))
        return min(low, high), max(low, high)

    def within_cap(self, few: int, generator: np.random.Generator) -> NDArray[np.bool_]:
        """Tell which rows stay if nobody may have more than ``few`` individuals do.

        Parameters
        ----------
        few : int
            The ``few``-th largest number of rows of a kind is the most anybody keeps.
        generator : numpy.random.Generator
            Says which rows go.

        Returns
        -------
        ndarray of shape (n_rows,), bool
            All of them without kinds, or if ``few`` is 0.
        """
        stay = np.ones(self.n_rows, dtype=bool)
        if not few:
            return stay
        for kind in self.ids.T:
            rows = generator.permutation(np.flatnonzero(stay))
            of = kind[rows]
            sizes = np.sort(np.bincount(of))
            cap = int(sizes[-few]) if len(sizes) >= few else 1
            order = np.argsort(of, kind="stable")
            starts = np.searchsorted(of[order], of[order], side="left")
            place = np.empty(len(rows), dtype=np.intp)
            place[order] = np.arange(len(rows)) - starts
            stay[rows[place >= max(cap, 1)]] = False
        return stay
