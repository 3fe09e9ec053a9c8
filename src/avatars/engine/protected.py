"""The protected draw: what all people share is learnt once, then each block of avatars is drawn."""

from __future__ import annotations

import numpy as np
from joblib import Parallel, delayed

from avatars.engine.copula import LocalCopula
from avatars.engine.marginals import Marginal
from avatars.engine.neighbours import Neighbours
from avatars.engine.people import People
from avatars.engine.plan import Measures
from avatars.engine.records import Codes, Floats, Ints, Records
from avatars.engine.redraw import CategoryRedraw
from avatars.engine.streams import Streams

__all__ = ["ProtectedDraw"]

_SAMPLE = 10_000
"""People on whom what is shared by everybody (correlations, orders, trees) is learnt."""
_CELLS = 4_000_000
"""Cells of that sample: wide tables learn from fewer people."""


class ProtectedDraw:
    """Each column from a neighbour of its own, categories redrawn, marginals smoothed.

    Parameters
    ----------
    people : Records
        The complete records.
    coordinates : ndarray of shape (n_rows, n_axes)
        Where they stand.
    neighbours : Neighbours
        The index over those coordinates.
    k : int
        Neighbours of an avatar.
    measures : Measures
        How far the protection goes.
    streams : Streams
        Sources of chance.
    n_jobs : int
        Threads.
    individuals : People, optional
        Who is behind the rows; everybody has one unless given.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.neighbours import Neighbours
    >>> from avatars.engine.plan import Measures
    >>> from avatars.engine.protected import ProtectedDraw
    >>> from avatars.engine.records import Records
    >>> from avatars.engine.streams import Streams
    >>> from avatars.models import Protection
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(300, 2))
    >>> people = Records(x, (x[:, :1] > 0).astype(np.int32), (2,))
    >>> measures = Measures.of(Protection.BALANCED, n_rows=300)
    >>> streams = Streams(b"seed", b"digest")
    >>> protected = ProtectedDraw(
    ...     people, x, Neighbours(x, rng), k=20, measures=measures, streams=streams, n_jobs=1)
    >>> numeric, codes, near = protected.draw(np.arange(300), None, rng)
    >>> numeric = protected.learn_marginals(numeric, list(x.T))
    >>> bool(np.isin(numeric, x).any())
    False
    """

    def __init__(
        self,
        people: Records,
        coordinates: Floats,
        neighbours: Neighbours,
        *,
        k: int,
        measures: Measures,
        streams: Streams,
        n_jobs: int,
        individuals: People | None = None,
    ) -> None:
        self._people = people
        self._individuals = individuals
        self._neighbours = neighbours
        self._measures = measures
        self._streams = streams
        self._k = k
        self._n_jobs = n_jobs
        # Of people with several rows, it takes more of them than there are neighbours to find k
        # rows of which no two share anybody.
        has_kinds = individuals is not None and individuals.n_kinds > 0
        most = max(individuals.fewest // 2, k) if has_kinds and individuals else people.n_rows - 1
        self._near = min(k * measures.spread, most)
        self._wide = min(self._near * measures.sparse_spread, most)
        generator = streams.generator("shared")
        width = people.numeric.shape[1] + people.codes.shape[1]
        size = min(people.n_rows, max(1_000, min(_SAMPLE, _CELLS // width)))
        sample = np.sort(generator.permutation(people.n_rows)[:size])
        distances, near = neighbours.query(self._near, generator, own=sample)
        self._sparse_beyond = float(np.quantile(distances[:, -1], 1 - measures.sparse_share))
        self._copula = LocalCopula(people, coordinates[sample], sample, near, generator)
        self._redraw = CategoryRedraw(
            people.take(sample),
            self._copula,
            min_people=max(round(measures.leaf * k), measures.few),
            n_jobs=n_jobs,
            # Where all columns are categories, leaves come close to whole records.
            evidence=measures.evidence * (1 if people.numeric.shape[1] else 2),
            individuals=None if individuals is None else individuals.take(sample),
            few=measures.few,
        )

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
        numeric : ndarray of shape (n_rows, n_numeric)
            Values of single people: not for release before ``learn_marginals`` or ``released``.
        codes : ndarray of shape (n_rows, n_categories), int32
            Levels.
        near : ndarray of shape (n_rows, k)
            The neighbours of each place.
        """
        distances, near = self._neighbours.query(self._near, generator, points=points, own=own)
        numeric, codes = self._copula.draw(near, generator)
        sparse = np.flatnonzero(distances[:, -1] > self._sparse_beyond)
        if len(sparse):
            places = None if points is None else points[sparse]
            _, around = self._neighbours.query(
                self._wide, generator, points=places, own=own[sparse]
            )
            numeric[sparse], codes[sparse] = self._copula.draw(around, generator)
        return numeric, codes, near

    def redraw(self, numeric: Floats, codes: Codes, generator: np.random.Generator) -> Codes:
        """Return categories redrawn given numbers as they will be released.

        After the marginals and not before: mapping numbers by rank moves them a little, and what
        a category goes with are the numbers that stand beside it in the end.
        """
        return self._redraw.redraw(numeric, codes, generator)

    def learn_marginals(
        self, numeric: Floats, known: list[Floats], behind: list[People | None] | None = None
    ) -> Floats:
        """Return the draws of all people with the people's own distributions, smoothed.

        Parameters
        ----------
        numeric : ndarray of shape (n_rows, n_numeric)
            What was drawn.
        known : list of ndarray
            For each column what people really have, gaps left out and nothing clipped.
        behind : list of People or None, optional
            For each column who that is; everybody has one row unless given.

        Returns
        -------
        ndarray of shape (n_rows, n_numeric)
            Values for release.
        """
        whose = behind or [None] * len(known)
        learnt = Parallel(n_jobs=self._n_jobs, prefer="threads")(
            delayed(Marginal.learn)(
                known[column] if len(known[column]) else self._people.numeric[:, column],
                drawn,
                k=self._k,
                few=self._measures.few,
                generator=self._streams.generator("marginal", column),
                individuals=whose[column] if len(known[column]) else self._individuals,
            )
            for column, drawn in enumerate(numeric.T)
        )
        self._marginals = [marginal for marginal, _ in learnt]
        released = np.empty_like(numeric)
        for column, (_, values) in enumerate(learnt):
            released[:, column] = values
        return released

    def released(self, numeric: Floats, purpose: str) -> Floats:
        """Return later draws with those distributions."""
        generator = self._streams.generator(purpose + "-marginal")
        result = np.empty_like(numeric)
        for column, marginal in enumerate(self._marginals):
            result[:, column] = marginal.released(numeric[:, column], generator)
        return result
