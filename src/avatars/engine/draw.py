"""The published draw: one weight vector per avatar over its neighbours.

Guillaudeux et al., npj Digital Medicine 6, 37 (2023), doi 10.1038/s41746-023-00771-5: numeric
columns are the barycentre of the neighbours' complete records, and each category is that of one
neighbour drawn with the same weights.
"""

from __future__ import annotations

import numpy as np

from avatars.engine.neighbours import Neighbours
from avatars.engine.records import Codes, Floats, Ints, Records

__all__ = ["PublishedDraw", "barycentres", "weights"]


class PublishedDraw:
    """Draw avatars as the paper does.

    Parameters
    ----------
    people : Records
        The complete records.
    neighbours : Neighbours
        The index over their coordinates.
    k : int
        Neighbours of an avatar.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.draw import PublishedDraw
    >>> from avatars.engine.neighbours import Neighbours
    >>> from avatars.engine.records import Records
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(50, 2))
    >>> people = Records(x, np.empty((50, 0), dtype=np.int32), ())
    >>> numeric, codes, near = PublishedDraw(people, Neighbours(x, rng), k=5).draw(
    ...     np.arange(50), None, rng)
    >>> numeric.shape, near.shape
    ((50, 2), (50, 5))
    """

    def __init__(self, people: Records, neighbours: Neighbours, k: int) -> None:
        self._people = people
        self._neighbours = neighbours
        self._k = k

    def draw(
        self, own: Ints, points: Floats | None, generator: np.random.Generator
    ) -> tuple[Floats, Codes, Ints]:
        """Draw one avatar around each place.

        Parameters
        ----------
        own : ndarray of shape (n_rows,)
            The person at that place, -1 for none.
        points : ndarray of shape (n_rows, n_axes) or None
            The places; those of ``own`` if None.
        generator : numpy.random.Generator
            Source of chance.

        Returns
        -------
        numeric, codes : ndarray
            Barycentres and drawn levels.
        near : ndarray of shape (n_rows, k)
            The neighbours of each place.
        """
        distances, near = self._neighbours.query(self._k, generator, points=points, own=own)
        share = weights(distances, generator)
        return *barycentres(self._people, near, share, generator), near


def weights(distances: Floats, generator: np.random.Generator) -> Floats:
    """Draw the weight of each neighbour.

    The weight is proportional to (1 / distance) x an exponential variate x one of 1/2, 1/4, ...,
    1/2^k in random order, so that about one neighbour in k leads and nobody knows which.

    Parameters
    ----------
    distances : ndarray of shape (n_rows, k)
        Distance to each neighbour, at least 0. Neighbours at distance 0 share all the weight.
    generator : numpy.random.Generator
        Source of the variates.

    Returns
    -------
    ndarray of shape (n_rows, k)
        Weights; each row sums to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.draw import weights
    >>> w = weights(np.ones((1000, 20)), np.random.default_rng(0))
    >>> bool(np.allclose(w.sum(axis=1), 1)), round(float((w**2).sum(axis=1).mean()), 1)
    (True, 0.4)
    """
    n, k = distances.shape
    # Ranks of uniforms permute each row; much faster than permuting row by row.
    halvings = generator.random((n, k), dtype=np.float32).argsort(axis=1)
    raw = generator.standard_exponential((n, k)) * np.exp2(-1.0 - halvings)
    at_zero = (distances <= 0).any(axis=1)
    raw[~at_zero] /= distances[~at_zero]
    raw[at_zero] *= distances[at_zero] <= 0
    total = raw.sum(axis=1, keepdims=True)
    return np.asarray(raw / total)


def barycentres(
    people: Records, neighbours: Ints, share: Floats, generator: np.random.Generator
) -> tuple[Floats, Codes]:
    """Draw one avatar for each row of neighbours.

    Parameters
    ----------
    people : Records
        The complete records.
    neighbours : ndarray of shape (n_rows, k)
        Rows of ``people``.
    share : ndarray of shape (n_rows, k)
        Weights as ``weights`` draws them.
    generator : numpy.random.Generator
        Draws the neighbour whose category is taken, column by column.

    Returns
    -------
    numeric : ndarray of shape (n_rows, n_numeric)
        Weighted means.
    codes : ndarray of shape (n_rows, n_categories), int32
        Drawn levels.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.draw import barycentres
    >>> from avatars.engine.records import Records
    >>> people = Records(np.array([[0.0], [4.0]]), np.array([[0], [1]], dtype=np.int32), (2,))
    >>> numeric, codes = barycentres(
    ...     people, np.array([[0, 1]]), np.array([[0.25, 0.75]]), np.random.default_rng(0))
    >>> numeric.tolist(), codes.shape
    ([[3.0]], (1, 1))
    """
    n, k = neighbours.shape
    numeric = np.empty((n, people.numeric.shape[1]))
    for column in range(numeric.shape[1]):
        values = people.numeric[:, column][neighbours]
        np.einsum("nk,nk->n", values, share, out=numeric[:, column])
    codes = np.empty((n, people.codes.shape[1]), dtype=np.int32)
    filled = np.cumsum(share, axis=1)
    here = np.arange(n)
    for column in range(codes.shape[1]):
        spin = generator.random(n) * filled[:, -1]
        which = np.minimum((filled <= spin[:, None]).sum(axis=1), k - 1)
        codes[:, column] = people.codes[:, column][neighbours[here, which]]
    return numeric, codes
