"""Gaps filled for as long as the avatars are computed.

What is missing is avatarized beside the values (see ``model``) and put back at the end, so that a
fill is seen only where an avatar draws "not missing" from a person whose cell was missing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatars.engine.neighbours import Neighbours
from avatars.engine.project import Projection
from avatars.engine.records import Codes, Floats, Ints, Records
from avatars.models import ImputeMethod

__all__ = ["Imputer"]

_AXES = 5
"""Axes that fast_knn looks for similar people on."""
_REACH = 4
"""Neighbours that fast_knn looks at, as a multiple of k: some of them have gaps of their own."""


class Imputer:
    """Fill missing numeric cells and codes.

    Parameters
    ----------
    method : ImputeMethod
        ``MEAN``, ``MEDIAN`` and ``MODE`` fill a column by one value (categories always by their
        mode). ``KNN`` averages the k people nearest over the columns both have; its cost grows
        with the square of the rows. ``FAST_KNN`` looks for them on the axes of the table filled
        by means.
    k : int
        Neighbours of ``KNN`` and ``FAST_KNN``.
    training_fraction : float
        Share of the people, in (0, 1], that values are taken from by ``KNN`` and ``FAST_KNN``.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.impute import Imputer
    >>> from avatars.models import ImputeMethod
    >>> x = np.array([[1.0, 1.0], [1.1, np.nan], [9.0, 5.0], [9.1, 5.2]])
    >>> none = np.empty((4, 0), dtype=np.int32)
    >>> imputer = Imputer(ImputeMethod.KNN, k=1, training_fraction=1.0)
    >>> filled = imputer.fit(x, none, (), np.random.default_rng(0)).fill(x, none)
    >>> filled.numeric[1].tolist()
    [1.1, 1.0]
    """

    def __init__(self, method: ImputeMethod, k: int, training_fraction: float) -> None:
        self.method = method
        self.k = k
        self.training_fraction = training_fraction

    def fit(
        self,
        numeric: Floats,
        codes: Codes,
        n_levels: tuple[int, ...],
        generator: np.random.Generator,
    ) -> Imputer:
        """Learn from the people of a table.

        Parameters
        ----------
        numeric : ndarray of shape (n_rows, n_numeric)
            NaN where missing.
        codes : ndarray of shape (n_rows, n_categories), int32
            -1 where missing.
        n_levels : tuple of int
            Levels of each category.
        generator : numpy.random.Generator
            Draws the training people.

        Returns
        -------
        Imputer
            Itself.
        """
        self._n_levels = n_levels
        self._ties = int(generator.integers(2**63))
        self._centres = np.zeros(numeric.shape[1])
        for c, column in enumerate(numeric.T):
            known = column[~np.isnan(column)]
            if len(known):
                self._centres[c] = self._centre(known)
        self._modes = np.array(
            [
                np.bincount(column[column >= 0], minlength=max(levels, 1)).argmax()
                for column, levels in zip(codes.T, n_levels, strict=True)
            ],
            dtype=np.int32,
        )
        self._is_knn = self.method in (ImputeMethod.KNN, ImputeMethod.FAST_KNN)
        self._has_gaps = bool(np.isnan(numeric).any() or (codes < 0).any())
        if self._is_knn and self._has_gaps:
            n = len(numeric)
            size = min(n, max(int(round(self.training_fraction * n)), self.k + 1))
            rows = np.sort(generator.permutation(n)[:size])
            # People with the same gap are filled alike, stand close together, and can't help.
            whole = rows[~(np.isnan(numeric[rows]).any(axis=1) | (codes[rows] < 0).any(axis=1))]
            if self.method is ImputeMethod.FAST_KNN and len(whole) > max(self.k, size // 10):
                rows = whole
            self._numeric, self._codes = numeric[rows], codes[rows]
            simple = self._simple(self._numeric, self._codes)
            self._space = Projection(_AXES).fit(simple)
            self._points = self._space.transform(simple)
        return self

    def _centre(self, known: Floats) -> float:
        if self.method is ImputeMethod.MEDIAN:
            return float(np.median(known))
        if self.method is ImputeMethod.MODE:
            values, counts = np.unique(known, return_counts=True)
            return float(values[counts.argmax()])
        return float(known.mean())

    def _simple(self, numeric: Floats, codes: Codes) -> Records:
        if not (np.isnan(numeric).any() or (codes < 0).any()):
            return Records(numeric, codes, self._n_levels)
        return Records(
            np.where(np.isnan(numeric), self._centres, numeric),
            np.where(codes < 0, self._modes, codes),
            self._n_levels,
        )

    def fill(self, numeric: Floats, codes: Codes) -> Records:
        """Return complete records.

        Parameters
        ----------
        numeric : ndarray of shape (n_rows, n_numeric)
            NaN where missing.
        codes : ndarray of shape (n_rows, n_categories), int32
            -1 where missing.

        Returns
        -------
        Records
            The same people without gaps.
        """
        filled = self._simple(numeric, codes)
        no_number, no_code = np.isnan(numeric), codes < 0
        if not (self._is_knn and self._has_gaps and (no_number.any() or no_code.any())):
            return filled
        gaps = np.flatnonzero(no_number.any(axis=1) | no_code.any(axis=1))
        near = self._nearest(filled.take(gaps)) if self.method is ImputeMethod.FAST_KNN else None
        for column in np.flatnonzero(no_number.any(axis=0)):
            wanted = no_number[gaps, column]
            numbers = self._numeric[:, column]
            found = self._found(near, wanted, gaps, numeric, codes, ~np.isnan(numbers))
            values = np.where(found >= 0, numbers[found], np.nan)
            known = (found >= 0).any(axis=1)
            filled.numeric[gaps[wanted][known], column] = np.nanmean(values[known], axis=1)
        for column in np.flatnonzero(no_code.any(axis=0)):
            wanted = no_code[gaps, column]
            held = self._codes[:, column]
            found = self._found(near, wanted, gaps, numeric, codes, held >= 0)
            levels = np.where(found >= 0, held[found], -1)
            known = (found >= 0).any(axis=1)
            filled.codes[gaps[wanted][known], column] = _majority(levels[known])
        return filled

    def _nearest(self, people: Records) -> Ints:
        """Return the training people nearest on the axes, more of them than are needed."""
        k = min(_REACH * self.k, len(self._points) - 1)
        ties = np.random.default_rng(self._ties)
        nobody = np.full(people.n_rows, -1, dtype=np.intp)
        index = Neighbours(self._points, ties)
        return index.query(k, ties, points=self._space.transform(people), own=nobody)[1]

    def _found(
        self,
        near: Ints | None,
        wanted: NDArray[np.bool_],
        gaps: Ints,
        numeric: Floats,
        codes: Codes,
        has_value: NDArray[np.bool_],
    ) -> Ints:
        """Return up to k training people who have a value for each gap, -1 where fewer do."""
        if near is None:
            rows, donors = gaps[wanted], np.flatnonzero(has_value)
            if not len(donors):
                return np.full((len(rows), 1), -1, dtype=np.intp)
            return donors[
                self._nearest_shared(numeric[rows], codes[rows], donors, min(self.k, len(donors)))
            ]
        mine = near[wanted]
        usable = has_value[mine]
        return np.where(usable & (usable.cumsum(axis=1) <= self.k), mine, -1)

    def _nearest_shared(self, numeric: Floats, codes: Codes, donors: Ints, k: int) -> Ints:
        """Return the nearest donors by mean squared distance over the columns both have."""
        theirs = self._laid_out(self._numeric[donors], self._codes[donors])
        result = np.empty((len(numeric), k), dtype=np.intp)
        size = max(1, 4_000_000 // max(len(donors), 1))
        for start in range(0, len(numeric), size):
            part = slice(start, start + size)
            (x, m, onehot), (y, p, other) = self._laid_out(numeric[part], codes[part]), theirs
            squared = (x**2) @ p.T - 2 * (x @ y.T) + m @ (y**2).T
            known = (codes[part] >= 0).astype(float)
            both = known @ (self._codes[donors] >= 0).T.astype(float)
            # Two different levels are as far apart as two numbers sqrt(2) standard deviations are.
            squared += 2 * (both - (onehot @ other.T).toarray())
            shared = m @ p.T + both
            distance = squared / np.where(shared > 0, shared, np.nan)
            distance = np.where(np.isnan(distance), np.inf, distance)
            result[part] = np.argsort(distance, axis=1, kind="stable")[:, :k]
        return result

    def _laid_out(self, numeric: Floats, codes: Codes) -> tuple[Floats, Floats, sparse.csr_array]:
        known = ~np.isnan(numeric)
        z = np.where(known, (numeric - self._space.means) / self._space.scales, 0.0)
        shifted = np.where(codes < 0, 0, codes + 1).astype(np.int32)
        levels = tuple(level + 1 for level in self._n_levels)
        onehot = Records(np.empty((len(codes), 0)), shifted, levels).onehot().tocsc()
        firsts = np.concatenate([[0], np.cumsum(levels)[:-1]]).astype(np.intp)
        keep = np.setdiff1d(np.arange(onehot.shape[1]), firsts[: codes.shape[1]])
        return z, known.astype(float), onehot[:, keep].tocsr()


def _majority(codes: Codes) -> Codes:
    """Return the most frequent code of each row, -1 aside; the nearest one's among equals."""
    votes = ((codes[:, :, None] == codes[:, None, :]) & (codes >= 0)[:, None, :]).sum(axis=2)
    votes[codes < 0] = -1
    return np.asarray(codes[np.arange(len(codes)), votes.argmax(axis=1)])
