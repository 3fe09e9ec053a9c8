"""The protected draw: every cell from its own neighbour, tied together by what all people share.

One weight vector for all columns puts each avatar close to a few real people in every column at
once, and that is what finds members and links two halves of a record. Here each column draws its
own neighbour. What columns have in common beyond the axes is not lost: the positions at which they
draw, within the sorted values of the neighbourhood, follow a Gaussian copula whose correlations
are pooled over everybody, so they say nothing about anyone.

The copula of local ranks is the idea of Sklar's theorem applied to residuals: position = the
standard normal distribution function of a correlated normal vector, value = the empirical
quantile of the neighbourhood at that position (Nelsen, An Introduction to Copulas, 2nd ed., 2006,
section 2.9 on sampling by conditional quantiles).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from avatars.engine.records import Codes, Floats, Ints, Records

__all__ = ["LocalCopula"]

_TOP_LEVELS = 5
"""Levels of a category that stand for it when the others are put in order."""


class LocalCopula:
    """Draw each column from a neighbour of its own, at correlated local ranks.

    Parameters
    ----------
    people : Records
        The complete records that are drawn from.
    coordinates : ndarray of shape (n_sample, n_axes)
        Coordinates of a sample of the people.
    sample : ndarray of shape (n_sample,)
        Their rows.
    neighbours : ndarray of shape (n_sample, k)
        Their neighbours.
    generator : numpy.random.Generator
        Breaks ties between ranks.

    Attributes
    ----------
    correlations : ndarray of shape (n_columns, n_columns)
        Pooled correlation of local normal scores, numeric columns first.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.copula import LocalCopula
    >>> from avatars.engine.neighbours import Neighbours
    >>> from avatars.engine.records import Records
    >>> rng = np.random.default_rng(0)
    >>> u = rng.normal(size=500)
    >>> pair = np.column_stack([u, u + 0.1 * rng.normal(size=500)])
    >>> people = Records(pair, np.empty((500, 0), dtype=np.int32), ())
    >>> elsewhere = rng.normal(size=(500, 2))  # axes that say nothing about the two columns
    >>> _, near = Neighbours(elsewhere, rng).query(20, rng, own=np.arange(500))
    >>> copula = LocalCopula(people, elsewhere, np.arange(500), near, rng)
    >>> numeric, codes = copula.draw(near, rng)
    >>> bool(np.corrcoef(numeric.T)[0, 1] > 0.9)
    True
    """

    def __init__(
        self,
        people: Records,
        coordinates: Floats,
        sample: Ints,
        neighbours: Ints,
        generator: np.random.Generator,
    ) -> None:
        self._people = people
        orders = _level_orders(people.take(sample), coordinates)
        # The place of a level in its order: categories are sorted and drawn as small integers.
        self._levels = orders
        self._places = [np.argsort(order).astype(np.int32) for order in orders]
        scores = self._local_scores(neighbours, generator)
        self.correlations = _correlations(scores)
        values, vectors = np.linalg.eigh(self.correlations)
        self._mix = vectors * np.sqrt(np.maximum(values, 0.0))

    def _column(self, column: int) -> NDArray[Any]:
        """Return the sortable values of one column for everybody."""
        q = self._people.numeric.shape[1]
        if column < q:
            return np.asarray(self._people.numeric[:, column])
        return np.asarray(self._places[column - q][self._people.codes[:, column - q]])

    def places(self, column: int, codes: Codes) -> NDArray[np.int32]:
        """Return where levels of one category stand in its order."""
        return np.asarray(self._places[column][codes])

    def ordered(self, numeric: Floats, codes: Codes) -> NDArray[np.float32]:
        """Return records as one matrix in which levels are replaced by their place in the order."""
        columns = [self.places(c, codes[:, c]) for c in range(codes.shape[1])]
        # Trees take single precision, which doubles beyond its range would leave as infinities.
        limit = np.finfo(np.float32).max
        return np.column_stack([np.clip(numeric, -limit, limit), *columns]).astype(np.float32)

    def _local_scores(self, neighbours: Ints, generator: np.random.Generator) -> Floats:
        """Return the normal scores of one neighbour of each person among all of them.

        A neighbour and not the person: neighbours spread along the axes as well, and columns go
        together along them. The person stands in their middle and would show only the rest.
        """
        n, k = neighbours.shape
        width = self._people.numeric.shape[1] + self._people.codes.shape[1]
        scores = np.empty((n, width))
        chosen = generator.integers(0, k, size=(n, 1))
        for column in range(width):
            around = self._column(column)[neighbours]
            value = np.take_along_axis(around, chosen, axis=1)
            below = (around < value).sum(axis=1)
            level = (around == value).sum(axis=1)
            rank = below + level * generator.uniform(1e-9, 1, size=n)
            scores[:, column] = ndtri(rank / k)
        return scores

    def draw(self, neighbours: Ints, generator: np.random.Generator) -> tuple[Floats, Codes]:
        """Draw one avatar for each row of neighbours.

        Parameters
        ----------
        neighbours : ndarray of shape (n_rows, k)
            Rows of the people.
        generator : numpy.random.Generator
            Source of the variates.

        Returns
        -------
        numeric : ndarray of shape (n_rows, n_numeric)
            Each cell the value of one neighbour: smooth it (``marginals``) before it goes out.
        codes : ndarray of shape (n_rows, n_categories), int32
            Each cell the level of one neighbour.
        """
        n, k = neighbours.shape
        q = self._people.numeric.shape[1]
        normal = generator.standard_normal((n, len(self._mix))) @ self._mix.T
        position = np.minimum((ndtr(normal) * k).astype(np.intp), k - 1)
        numeric = np.empty((n, q))
        codes = np.empty((n, self._people.codes.shape[1]), dtype=np.int32)
        here = np.arange(n)
        for column in range(position.shape[1]):
            around = self._column(column)[neighbours]
            around.sort(axis=1)
            drawn = around[here, position[:, column]]
            if column < q:
                numeric[:, column] = drawn
            else:
                codes[:, column - q] = self._levels[column - q][drawn.astype(np.intp)]
        return numeric, codes


def _correlations(scores: Floats) -> Floats:
    """Correlate columns, a constant one with nothing but itself."""
    centred = scores - scores.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(spread > 0, spread, np.inf)
    result = unit.T @ unit
    np.fill_diagonal(result, 1.0)
    return np.asarray(result)


def _level_orders(people: Records, coordinates: Floats) -> list[Ints]:
    """Put the levels of each category in the order that correlates best with the other columns.

    The residuals of the other columns, after the axes, are averaged within each level; the leading
    singular vector of those averages is the one-dimensional score that explains most of them.
    """
    n, q = people.numeric.shape
    targets, owner = _targets(people)
    if targets.shape[1]:
        basis = np.column_stack([np.ones(n), coordinates])
        targets = targets - basis @ np.linalg.lstsq(basis, targets, rcond=None)[0]
        spread = targets.std(axis=0)
        targets = targets / np.where(spread > 1e-9, spread, np.inf)
    onehot = people.onehot()
    sums = onehot.T @ targets
    counts = onehot.sum(axis=0)
    orders = []
    for c, (first, last) in enumerate(zip(people.offsets[:-1], people.offsets[1:], strict=True)):
        held = np.maximum(counts[first:last], 1.0)
        means = sums[first:last][:, owner != q + c] / np.sqrt(held)[:, None]
        if means.shape[1] == 0:
            orders.append(np.arange(last - first))
            continue
        leading = np.linalg.svd(means, full_matrices=False)[0][:, 0] / np.sqrt(held)
        # An order and its reverse are one and the same: fix which end is first.
        sign = -1.0 if leading[np.abs(leading).argmax()] < 0 else 1.0
        orders.append(np.argsort(sign * leading, kind="stable"))
    return orders


def _targets(people: Records) -> tuple[Floats, Ints]:
    """Return the columns that levels are compared on, and which column each comes from."""
    q = people.numeric.shape[1]
    parts: list[Floats] = [people.numeric]
    owner = list(range(q))
    for c, levels in enumerate(people.n_levels):
        counts = np.bincount(people.codes[:, c], minlength=levels)
        top = np.argsort(-counts, kind="stable")[:_TOP_LEVELS]
        parts.append((people.codes[:, [c]] == top).astype(np.float64))
        owner += [q + c] * len(top)
    return np.column_stack(parts), np.array(owner, dtype=np.intp)
