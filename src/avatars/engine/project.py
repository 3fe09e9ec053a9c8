"""PCA, MCA and FAMD as one weighted singular value decomposition.

Numeric columns are standardised with the population standard deviation, the indicator of a level
held by a share p is centred and divided by sqrt(p), each column is multiplied by the square root of
its weight, and the axes are the leading eigenvectors of the Gram matrix of all that. With numeric
columns only this is PCA; with categories only it is MCA up to the factor sqrt(1 / number of
columns), which no neighbour sees; mixed it is FAMD (Pages, Revue de statistique appliquee 52(4),
2004, 93-111). The indicators are never laid out: sums over levels come from sparse products, block
by block of rows.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import LinearOperator, eigsh

from avatars.engine.records import Floats, Records, blocks

__all__ = ["Projection"]

_DENSE = 1_500
"""Widest Gram matrix that is decomposed densely; beyond it, Lanczos to machine precision."""
_RANK_TOLERANCE = 1e-10


class Projection:
    """Axes that carry most of the variance of a table of complete records.

    Parameters
    ----------
    ncp : int, default=5
        Number of axes; fewer are kept when the table has a lower rank.

    Attributes
    ----------
    means, scales : ndarray of shape (n_numeric,)
        Centre and population standard deviation of the numeric columns (1 where constant).
    shares : ndarray of shape (n_levels,)
        Share of people who hold each level, all category columns in a row.
    axes : ndarray of shape (n_numeric + n_levels, n_axes)
        Orthonormal loadings; the largest of each axis is positive.
    eigenvalues : ndarray of shape (n_axes,)
        Variance along each axis, falling.
    explained_variance_ratio : ndarray of shape (n_axes,)
        The same as shares of the total, between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.project import Projection
    >>> from avatars.engine.records import Records
    >>> x = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.5]])
    >>> people = Records(x, np.empty((3, 0), dtype=np.int32), ())
    >>> projection = Projection(ncp=2).fit(people)
    >>> bool(projection.explained_variance_ratio[0] > 0.99)
    True
    >>> back, _ = projection.inverse_transform(projection.transform(people))
    >>> bool(np.allclose(back, x))
    True
    """

    means: Floats
    scales: Floats
    shares: Floats
    axes: Floats
    eigenvalues: Floats
    explained_variance_ratio: Floats

    def __init__(self, ncp: int = 5) -> None:
        self.ncp = ncp

    def fit(
        self,
        records: Records,
        numeric_weights: Floats | None = None,
        category_weights: Floats | None = None,
    ) -> Projection:
        """Learn the axes.

        Parameters
        ----------
        records : Records
            The people.
        numeric_weights : ndarray of shape (n_numeric,), optional
            Weight of each numeric column, 1 unless given: squared distances between coordinates
            in full rank are the weighted sums of squared distances between columns.
        category_weights : ndarray of shape (n_categories,), optional
            The same for category columns.

        Returns
        -------
        Projection
            Itself.
        """
        n, q = records.numeric.shape
        width = records.codes.shape[1]
        self.n_levels = records.n_levels
        self._offsets = records.offsets
        self.means = records.numeric.mean(axis=0)
        # A column's own rounding must not make a constant look like a variable.
        spread = records.numeric.std(axis=0)
        tiny = spread <= 1e-12 * np.maximum(np.abs(self.means), np.finfo(float).tiny)
        self.scales = np.where(tiny, 1.0, spread)
        counts = [
            np.bincount(records.codes[:, c], minlength=levels)
            for c, levels in enumerate(records.n_levels)
        ]
        self.shares = np.concatenate(counts) / n if width else np.empty(0)
        ones = np.ones
        by_column = ones(width) if category_weights is None else category_weights
        by_number = ones(q) if numeric_weights is None else numeric_weights
        self._numeric_factor = np.where(tiny, 0.0, np.sqrt(by_number) / self.scales)
        held = np.where(self.shares > 0, self.shares, 1.0)
        self._level_factor = np.where(
            self.shares > 0, np.sqrt(np.repeat(by_column, self.n_levels) / held), 0.0
        )
        self._decompose(records)
        return self

    def _decompose(self, records: Records) -> None:
        width = records.numeric.shape[1] + len(self.shares)
        spread = (self._numeric_factor * records.numeric.std(axis=0)) ** 2
        level_variance = self._level_factor**2 * self.shares * (1 - self.shares)
        total = float(spread.sum() + level_variance.sum())
        wanted = min(self.ncp, width)
        if width <= _DENSE:
            values, vectors = _leading(self._gram(records), wanted)
        else:
            wanted = min(wanted, records.n_rows - 1, width - 1)
            # A start of ones lies in the null space where all levels are held equally often.
            start = np.random.default_rng(0).uniform(0.5, 1.5, width)
            values, vectors = eigsh(self._operator(records), k=wanted, v0=start, tol=0)
        order = np.argsort(-values, kind="stable")
        values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
        rank = int((values > _RANK_TOLERANCE * max(total, np.finfo(float).tiny)).sum())
        keep = max(rank, 1)
        values, vectors = values[:keep], vectors[:, :keep]
        if rank == 0:
            vectors = np.zeros_like(vectors)
        largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(keep)]
        self.axes = np.ascontiguousarray(vectors * np.where(largest < 0, -1.0, 1.0))
        self.eigenvalues = values
        self.explained_variance_ratio = values / total if total > 0 else np.zeros(keep)

    def _standardised(self, numeric: Floats) -> Floats:
        return np.asarray((numeric - self.means) * self._numeric_factor)

    def _gram(self, records: Records) -> Floats:
        q, levels = records.numeric.shape[1], len(self.shares)
        gram = np.zeros((q + levels, q + levels))
        for _, rows in blocks(records.n_rows):
            part = records.take(rows)
            z = self._standardised(part.numeric)
            gram[:q, :q] += z.T @ z
            if levels:
                onehot = part.onehot()
                gram[q:, :q] += onehot.T @ z
                gram[q:, q:] += (onehot.T @ onehot).toarray()
        gram /= records.n_rows
        gram[q:, q:] -= np.outer(self.shares, self.shares)
        gram[q:, q:] *= np.outer(self._level_factor, self._level_factor)
        # The numeric columns are centred, so the centring of the indicators drops out here.
        gram[q:, :q] *= self._level_factor[:, None]
        gram[:q, q:] = gram[q:, :q].T
        return gram

    def _operator(self, records: Records) -> LinearOperator:
        q = records.numeric.shape[1]
        z, onehot = self._standardised(records.numeric), records.onehot()

        def gram_times(vector: Floats) -> Floats:
            vector = np.ravel(vector)
            scaled = self._level_factor * vector[q:]
            scores = z @ vector[:q] + onehot @ scaled - self.shares @ scaled
            level_part = self._level_factor * (onehot.T @ scores - self.shares * scores.sum())
            return np.concatenate([z.T @ scores, level_part]) / records.n_rows

        width = q + len(self.shares)
        return LinearOperator((width, width), matvec=gram_times, dtype=np.float64)

    @property
    def n_axes(self) -> int:
        """Number of axes kept."""
        return int(self.axes.shape[1])

    def transform(self, records: Records) -> Floats:
        """Return the coordinates of some records.

        Parameters
        ----------
        records : Records
            People of the same columns; levels that nobody held in ``fit`` count as average.

        Returns
        -------
        ndarray of shape (n_rows, n_axes)
            Coordinates, float64.
        """
        q = len(self.means)
        loadings = self.axes[q:] * self._level_factor[:, None]
        offset = self.shares @ loadings
        result = np.empty((records.n_rows, self.n_axes))
        for _, rows in blocks(records.n_rows):
            part = self._standardised(records.numeric[rows]) @ self.axes[:q] - offset
            for c, first in enumerate(self._offsets[:-1]):
                part += loadings[first + records.codes[rows, c]]
            result[rows] = part
        return result

    def inverse_transform(self, coordinates: Floats) -> tuple[Floats, Floats]:
        """Rebuild what the axes carry of each record.

        Parameters
        ----------
        coordinates : ndarray of shape (n_rows, n_axes)
            As ``transform`` gives them.

        Returns
        -------
        numeric : ndarray of shape (n_rows, n_numeric)
            Numeric columns in their own units.
        shares : ndarray of shape (n_rows, n_levels)
            Share of each level; with fewer axes than the rank it can leave [0, 1].
        """
        q = len(self.means)
        z = coordinates @ self.axes.T
        numeric_factor = np.where(self._numeric_factor > 0, self._numeric_factor, np.inf)
        level_factor = np.where(self._level_factor > 0, self._level_factor, np.inf)
        return z[:, :q] / numeric_factor + self.means, z[:, q:] / level_factor + self.shares

    def contributions(self) -> Floats:
        """Return the share of each axis that each column makes up.

        Returns
        -------
        ndarray of shape (n_numeric + n_categories, n_axes)
            Numeric columns first; each axis sums to 1.
        """
        q = len(self.means)
        squared = self.axes**2
        per_category = [
            squared[q + first : q + last].sum(axis=0)
            for first, last in zip(self._offsets[:-1], self._offsets[1:], strict=True)
        ]
        return np.vstack([squared[:q], *per_category])

    def correlations(self) -> Floats:
        """Return how strongly each column goes with each axis.

        Returns
        -------
        ndarray of shape (n_numeric + n_categories, n_axes)
            Pearson correlation of a numeric column with the axis, in [-1, 1]; for a category the
            correlation ratio (the square root of the variance between its levels over the
            variance of the axis), in [0, 1].
        """
        q = len(self.means)
        deviation = np.sqrt(np.maximum(self.eigenvalues, np.finfo(float).tiny))
        with_numeric = self.axes[:q] * deviation
        # z is standardised and multiplied by sqrt(weight): undo the latter.
        weight = self._numeric_factor * self.scales
        with_numeric = with_numeric / np.where(weight > 0, weight, np.inf)[:, None]
        # Mean of an axis within a level = eigenvalue * loading / (factor * share).
        scale = self._level_factor * self.shares
        means = self.axes[q:] * self.eigenvalues / np.where(scale > 0, scale, np.inf)[:, None]
        between = self.shares[:, None] * means**2
        ratios = [
            np.sqrt(between[first:last].sum(axis=0)) / deviation
            for first, last in zip(self._offsets[:-1], self._offsets[1:], strict=True)
        ]
        return np.asarray(np.clip(np.vstack([with_numeric, *ratios]), -1.0, 1.0))


def _leading(gram: Floats, wanted: int) -> tuple[Floats, Floats]:
    """Return the largest eigenvalues and their vectors."""
    width = len(gram)
    values, vectors = linalg.eigh(gram, subset_by_index=(width - wanted, width - 1))
    if len(values) < wanted:
        # Where many levels are held equally often, one eigenvalue has a multiplicity of hundreds.
        # Asked for a few, LAPACK then gives none at times, without a word (seen with SciPy 1.17).
        values, vectors = (part[..., -wanted:] for part in linalg.eigh(gram))
    return values, vectors
