"""From the people of one table to their avatars."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from avatars.engine.draw import PublishedDraw
from avatars.engine.guard import Guard
from avatars.engine.neighbours import Neighbours
from avatars.engine.people import People
from avatars.engine.plan import Measures, neighbours_wanted, refuse_impossible
from avatars.engine.prepare import Preparation
from avatars.engine.project import Projection
from avatars.engine.protected import ProtectedDraw
from avatars.engine.records import BLOCK, Codes, Floats, Ints, blocks
from avatars.engine.space import Space
from avatars.engine.streams import Streams
from avatars.exceptions import SensitiveWarning
from avatars.models import AvatarizationParameters
from avatars.tables import Table

__all__ = ["AvatarModel"]

_ROUNDS = 8
"""How often an avatar that may not go out is drawn again before another takes its place."""


P = ParamSpec("P")
R = TypeVar("R")


def _one_blas_thread(
    method: Callable[Concatenate[AvatarModel, P], R],
) -> Callable[Concatenate[AvatarModel, P], R]:
    """Keep BLAS on one thread: its threads hinder ours, and their sums differ by machine."""

    @wraps(method)
    def limited(self: AvatarModel, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(limits=1, user_api="blas"):
            return method(self, *args, **kwargs)

    return limited


class AvatarModel:
    """Avatars of the people of one table, and the means to draw more of them.

    Build it with ``fit``.

    Attributes
    ----------
    table : Table
        The people.
    parameters : AvatarizationParameters
        As asked for.
    k : int
        Neighbours as used.
    sensitive_numeric, sensitive_codes : ndarray
        The avatars, row i drawn around person i.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.model import AvatarModel
    >>> from avatars.models import AvatarizationParameters
    >>> from avatars.tables import read_table
    >>> people = read_table(pd.DataFrame({"age": range(20, 120, 2), "pay": range(0, 500, 10)}))
    >>> parameters = AvatarizationParameters.checked(k=10)
    >>> model = AvatarModel(people, parameters, seed=b"secret").fit()
    >>> model.sensitive_numeric.shape
    (50, 2)
    """

    sensitive_numeric: Floats
    sensitive_codes: Codes

    def __init__(
        self,
        table: Table,
        parameters: AvatarizationParameters,
        *,
        seed: bytes,
        n_jobs: int | None = None,
        progress: Callable[[str], None] | None = None,
        name: str = "table",
        individuals: People | None = None,
    ) -> None:
        self.table = table
        self._individuals = individuals or People.each_a_row(table.n_rows)
        self.parameters = parameters
        self._seed = seed
        self._streams = Streams(seed, table.digest())
        self._n_jobs = effective_n_jobs(n_jobs)
        self._progress = progress or (lambda _: None)
        self._name = name

    def __repr__(self) -> str:
        return f"AvatarModel({self.table!r}, protection={self.parameters.protection.value!r})"

    @_one_blas_thread
    def fit(self) -> AvatarModel:
        """Draw one avatar around each person.

        Returns
        -------
        AvatarModel
            Itself.

        Raises
        ------
        TooFewRowsError
            If the table has no more people than an avatar has neighbours.
        InvalidColumnError
            If no level of a category may be released.
        InvalidParameterError
            If a parameter names a column that isn't there, or asks for what can't be had.
        """
        refuse_impossible(self.parameters, self.table)
        self.k = neighbours_wanted(
            self.parameters, self.table.n_rows, self._name, self._individuals.fewest
        )
        measures = Measures.of(self.parameters.protection, self.table.n_rows)
        few = measures.few if measures else 0
        self._progress("filling gaps")
        self._prepared = Preparation(
            self.table,
            self.parameters,
            few=few,
            k=self.k,
            streams=self._streams,
            individuals=self._individuals,
        )
        people = self._prepared.people
        self._progress("projecting")
        self._space = Space(self.parameters.ncp, bool(self.parameters.use_categorical_reduction))
        coordinates = self._space.fit(people, *self._prepared.weights(self.parameters))
        neighbours = Neighbours(
            coordinates, self._streams.generator("neighbours"), self._individuals
        )
        if measures is None:
            self._guard = None
            self._drawn: PublishedDraw | ProtectedDraw = PublishedDraw(people, neighbours, self.k)
        else:
            self._guard = Guard(self.table, few, self._individuals)
            self._progress("learning what people share")
            self._drawn = ProtectedDraw(
                people,
                coordinates,
                neighbours,
                k=self.k,
                measures=measures,
                streams=self._streams,
                n_jobs=self._n_jobs,
                individuals=self._individuals,
            )
        del coordinates
        self._progress("drawing avatars")
        rows = np.arange(people.n_rows)
        numeric, codes, donors, leaning = self._draw_around(
            rows, "draw", order=neighbours.near_order()
        )
        if isinstance(self._drawn, ProtectedDraw):
            known = self._prepared.known_numbers(self.table)
            behind = self._prepared.behind_numbers(self.table)
            numeric = self._drawn.learn_marginals(numeric, known, behind)
            codes = self._redrawn(numeric, codes, "draw")
            if self._prepared.n_flags:
                chance = self._streams.generator("gaps")
                codes = self._prepared.topped_up(codes, leaning, chance)
        self._progress("checking for copies")
        self.sensitive_numeric, self.sensitive_codes = self._finish(
            rows, numeric, codes, donors, "draw"
        )
        return self

    @property
    def projection(self) -> Projection:
        """The axes on which neighbours were found."""
        return self._space.projection

    @property
    def kept_levels(self) -> list[NDArray[np.bool_]]:
        """By slot and code, the levels that may be released."""
        return self._prepared.kept_levels

    @_one_blas_thread
    def draw_for(self, table: Table) -> tuple[Floats, Codes]:
        """Return one avatar for each row of a table, aligned with it: sensitive.

        A row that was in the fit gets the avatar that was drawn then, so that asking again says
        nothing new. Others get one drawn around their neighbours among the people of the fit.

        Parameters
        ----------
        table : Table
            Rows read with the schema of the fit.

        Returns
        -------
        numeric, codes : ndarray
            Settled columns by slot.
        """
        own = _same_people(self.table.row_hashes(), table.row_hashes())
        if (own >= 0).all():
            return self.sensitive_numeric[own], self.sensitive_codes[own]
        strangers = np.flatnonzero(own < 0)
        numeric = np.empty(table.numeric.shape, order="F")
        codes = np.empty(table.codes.shape, dtype=np.int32, order="F")
        known = np.flatnonzero(own >= 0)
        numeric[known] = self.sensitive_numeric[own[known]]
        codes[known] = self.sensitive_codes[own[known]]
        numeric[strangers], codes[strangers] = self._draw_strangers(table.take(strangers))
        return numeric, codes

    def _draw_strangers(self, table: Table) -> tuple[Floats, Codes]:
        points = self._space.transform(self._prepared.records(table))
        purpose = "stranger-" + table.digest().hex()
        nobody = np.full(table.n_rows, -1, dtype=np.intp)
        numeric, codes, donors, _ = self._draw_around(nobody, purpose, points=points)
        numeric, codes = self._released(numeric, codes, purpose)
        return self._finish(nobody, numeric, codes, donors, purpose, points)

    @_one_blas_thread
    def sample(self, n_rows: int) -> tuple[Floats, Codes]:
        """Draw any number of avatars around people taken at random.

        Parameters
        ----------
        n_rows : int
            How many, at least 1.

        Returns
        -------
        numeric, codes : ndarray
            Settled columns by slot, in random order.
        """
        purpose = f"sample-{n_rows}"
        generator = self._streams.generator(purpose + "-people")
        rounds = -(-n_rows // self.table.n_rows)
        own = np.concatenate([generator.permutation(self.table.n_rows) for _ in range(rounds)])
        own = own[:n_rows].astype(np.intp)
        numeric, codes, donors, _ = self._draw_around(own, purpose)
        numeric, codes = self._released(numeric, codes, purpose)
        return self._finish(own, numeric, codes, donors, purpose)

    def permutation(self, table: Table) -> Ints:
        """Return the order in which avatars of the rows of a table are released."""
        generator = Streams(self._seed, table.digest()).generator("shuffle")
        return generator.permutation(table.n_rows).astype(np.intp)

    def identifiers_seed(self, table: Table, purpose: str = "release") -> np.random.Generator:
        """Return what fresh identifiers of one release are drawn from."""
        return Streams(self._seed, table.digest()).generator("identifiers-" + purpose)

    def _draw_around(
        self,
        own: Ints,
        purpose: str,
        *,
        order: Ints | None = None,
        points: Floats | None = None,
    ) -> tuple[Floats, Codes, Ints, Floats]:
        """Draw one avatar around each place, block by block, each with its own stream.

        Returns the drawn columns, for each excluded one a neighbour it can be taken from, and for
        each flag of gaps the share of neighbours who have it.
        """
        n, people = len(own), self._prepared.people
        order = np.arange(n) if order is None else order
        numeric = np.empty((n, people.numeric.shape[1]), order="F")
        codes = np.empty((n, people.codes.shape[1]), dtype=np.int32, order="F")
        donors = np.empty((n, self._prepared.n_excluded), dtype=np.intp)
        leaning = np.empty((n, self._prepared.n_flags))
        first_flag = codes.shape[1] - leaning.shape[1]

        def work(block: int, part: slice) -> None:
            rows = order[part]
            generator = self._streams.generator(purpose, block)
            places = None if points is None else points[rows]
            numeric[rows], codes[rows], near = self._drawn.draw(own[rows], places, generator)
            which = generator.integers(0, near.shape[1], size=(len(rows), donors.shape[1]))
            donors[rows] = near[np.arange(len(rows))[:, None], which]
            for flag in range(leaning.shape[1]):
                leaning[rows, flag] = people.codes[:, first_flag + flag][near].mean(axis=1)

        self._in_blocks(work, n)
        return numeric, codes, donors, leaning

    def _in_blocks(self, work: Callable[[int, slice], None], n_rows: int) -> None:
        Parallel(n_jobs=self._n_jobs, require="sharedmem")(
            delayed(work)(block, part) for block, part in blocks(n_rows, BLOCK)
        )

    def _released(self, numeric: Floats, codes: Codes, purpose: str) -> tuple[Floats, Codes]:
        """Return later draws with the marginals of the fit, and categories that go with them."""
        if isinstance(self._drawn, ProtectedDraw):
            numeric = self._drawn.released(numeric, purpose)
            codes = self._redrawn(numeric, codes, purpose)
        return numeric, codes

    def _redrawn(self, numeric: Floats, codes: Codes, purpose: str) -> Codes:
        assert isinstance(self._drawn, ProtectedDraw)
        drawn, result = self._drawn, np.empty_like(codes)

        def work(block: int, rows: slice) -> None:
            generator = self._streams.generator(purpose + "-redraw", block)
            result[rows] = drawn.redraw(numeric[rows], codes[rows], generator)

        self._in_blocks(work, len(codes))
        return result

    def _finish(
        self,
        own: Ints,
        numeric: Floats,
        codes: Codes,
        donors: Ints,
        purpose: str,
        points: Floats | None = None,
    ) -> tuple[Floats, Codes]:
        """Return whole rows, and draw again those that may not go out."""
        result = self._prepared.rows(own, numeric, codes, donors)
        if self._guard is None:
            return result
        if purpose == "draw":
            self._guard.learn_chance(*result)
        chance = self._streams.generator(purpose + "-chance")
        offending = np.flatnonzero(self._guard.offends(*result, chance))
        for round_ in range(_ROUNDS):
            if not len(offending):
                return result
            again = f"{purpose}-again-{round_}"
            places = None if points is None else points[offending]
            x, levels, others, _ = self._draw_around(own[offending], again, points=places)
            x, levels = self._released(x, levels, again)
            fresh = self._prepared.rows(own[offending], x, levels, others)
            result[0][offending], result[1][offending] = fresh
            offending = offending[self._guard.offends(*fresh, chance)]
        self._replace(result, offending, purpose)
        return result

    def _replace(self, result: tuple[Floats, Codes], offending: Ints, purpose: str) -> None:
        """Give the avatars that stay copies the row of another avatar."""
        if not len(offending):
            return
        good = np.setdiff1d(np.arange(len(result[0])), offending)
        if not len(good):
            warnings.warn(
                "every avatar coincides with some person: the table has too few distinct records "
                "for its size. Add columns or rows before it goes out.",
                SensitiveWarning,
                stacklevel=2,
            )
            return
        chosen = self._streams.generator(purpose + "-replace").choice(good, size=len(offending))
        result[0][offending], result[1][offending] = result[0][chosen], result[1][chosen]


def _same_people(known: NDArray[np.uint64], asked: NDArray[np.uint64]) -> Ints:
    """Return where each asked row stands among the known ones, -1 where it doesn't.

    Equal rows are paired in order of appearance: the second of two twins is the second twin.
    """
    order = np.argsort(known, kind="stable")
    first = np.searchsorted(known[order], asked, side="left")
    last = np.searchsorted(known[order], asked, side="right")
    by_asked = np.argsort(asked, kind="stable")
    starts = np.searchsorted(asked[by_asked], asked[by_asked], side="left")
    nth = np.empty(len(asked), dtype=np.intp)
    nth[by_asked] = np.arange(len(asked)) - starts
    count = last - first
    place = first + nth % np.maximum(count, 1)
    return np.where(count > 0, order[np.minimum(place, len(known) - 1)], -1).astype(np.intp)
