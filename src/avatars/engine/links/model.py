"""From tables that name each other's rows to avatars that do.

Parents come first. A child is drawn with its own columns beside the axes of its parents, from
neighbours of whom no two belong to the same person; then each of its avatars is given to an avatar
of a parent that stands where the drawn axes say. Who an avatar's parent is, is decided by geometry
and never by who the parent of the original was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.engine.links.axes import Axes
from avatars.engine.links.composition import Composition
from avatars.engine.links.giving import Borrowed, following, give, telling
from avatars.engine.model import AvatarModel
from avatars.engine.people import People
from avatars.engine.plan import Measures, neighbours_wanted
from avatars.engine.records import Codes, Floats, Ints
from avatars.engine.series import SeriesModel
from avatars.engine.streams import Streams
from avatars.exceptions import AvatarsError, shown
from avatars.models import Link, ProjectionType, Relations, TableParameters
from avatars.tables import Table

__all__ = ["LinkedAvatars", "LinkedModel"]


@dataclass(frozen=True, repr=False, eq=False)
class LinkedAvatars:
    """The avatars of one of the tables, **sensitive**: in the order of their originals.

    Attributes
    ----------
    numeric, codes : ndarray
        Settled columns by slot, without keys. Of a table of series, in an order of its own.
    parents : dict of {Link: ndarray of intp}
        The avatar parent of each avatar, as a row of the parent's avatars; -1 for none.
    kept_levels : list of ndarray of bool or None
        By slot and code, the levels that may be released; None where all are.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.model import LinkedAvatars
    >>> LinkedAvatars(np.zeros((2, 1)), np.zeros((2, 0), dtype=np.int32)).parents
    {}
    """

    numeric: Floats
    codes: Codes
    parents: Mapping[Link, Ints] = field(default_factory=dict)
    kept_levels: list[NDArray[np.bool_]] | None = None


class LinkedModel:
    """Avatars of tables that name each other's rows.

    Build it with ``fit``.

    Parameters
    ----------
    relations : Relations
        How the tables hang together.
    tables : dict of {str: Table}
        Their columns but the keys; a table may have none.
    rows : dict of {Link: ndarray of intp}
        For each row of the child, the row of the parent that it names; -1 for none.
    parameters : dict of {str: TableParameters}
        By table, what decides how it becomes avatars.
    seed : bytes
        The secret of the release.
    n_jobs : int, optional
        Threads.
    progress : callable, optional
        Called with the name of each step; it may raise to stop the work.

    Attributes
    ----------
    sensitive_avatars : dict of {str: LinkedAvatars}
        By table.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.engine.links.model import LinkedModel
    >>> from avatars.models import Link, Relations, TableParameters
    >>> from avatars.tables import read_table
    >>> rng = np.random.default_rng(0)
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> relations = Relations(tables=("patient", "visit"), links=(link,))
    >>> age = rng.integers(20, 90, 100)
    >>> of = rng.integers(0, 100, 300)
    >>> tables = {
    ...     "patient": read_table(pd.DataFrame({"age": age})),
    ...     "visit": read_table(pd.DataFrame({"days": age[of] // 10 + rng.integers(0, 3, 300)})),
    ... }
    >>> k = {name: TableParameters.checked(k=10) for name in tables}
    >>> model = LinkedModel(relations, tables, {link: of}, k, seed=b"secret").fit()
    >>> visits = model.sensitive_avatars["visit"]
    >>> visits.numeric.shape, visits.parents[link].shape
    ((300, 1), (300,))
    """

    def __init__(
        self,
        relations: Relations,
        tables: Mapping[str, Table],
        rows: Mapping[Link, Ints],
        parameters: Mapping[str, TableParameters],
        *,
        seed: bytes,
        n_jobs: int | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self._relations = relations
        self._tables = tables
        self._rows = rows
        self._parameters = parameters
        self._seed = seed
        self._n_jobs = n_jobs
        self._progress = progress or (lambda _: None)
        self._streams = Streams(seed, self._digest())
        self.sensitive_avatars: dict[str, LinkedAvatars] = {}
        self._axes: dict[str, Axes] = {}
        self._points: dict[str, Floats] = {}
        self._wanted: dict[Link, Floats] = {}
        self._k: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"LinkedModel({len(self._tables)} tables)"

    def fit(self) -> LinkedModel:
        """Draw the avatars of all tables.

        Returns
        -------
        LinkedModel
            Itself.

        Raises
        ------
        TooFewRowsError
            If a table has no more people than an avatar has neighbours.
        InvalidInputError
            Naming the table and the column or parameter that can't be used.
        """
        for name in self._relations.order:
            try:
                if name in self._relations.lookups:
                    self._keep(name)
                elif name not in self._relations.time_columns:
                    self._draw(name)
            except AvatarsError as error:
                if shown(name) not in str(error) and not getattr(error, "__notes__", None):
                    error.add_note(f"This is about table {shown(name)}.")
                raise
        return self

    def generator(self, purpose: str) -> np.random.Generator:
        """Return the generator of one purpose, which depends on the seed and on all tables."""
        return self._streams.generator(purpose)

    def _digest(self) -> bytes:
        state = hashlib.blake2b(digest_size=32)
        for name, table in self._tables.items():
            state.update(name.encode("utf-8", "surrogatepass") + b"\0" + table.digest())
        for link in self._relations.links:
            state.update(np.ascontiguousarray(self._rows[link]).data)
        return state.digest()

    # ---- one table

    def _keep(self, name: str) -> None:
        """Release a table of things as it is."""
        table = self._tables[name]
        self._axes[name] = Axes(table, {}, self._streams)
        self._points[name] = self._axes[name].points
        self.sensitive_avatars[name] = LinkedAvatars(table.numeric, table.codes)

    def _draw(self, name: str) -> None:
        own, relations = self._tables[name], self._relations
        things = [link for link in relations.parents_of(name) if link.parent in relations.lookups]
        up = [link for link in relations.parents_of(name) if link not in things]
        series = [c for c in relations.children_of(name) if c.child in relations.time_columns]
        counted = [c for c in relations.children_of(name) if c not in series]
        columns = Composition(own)
        # Blocks are balanced as in multiple factor analysis: each lender counts as much along its
        # first axis as the table's own columns do along theirs.
        asked = {str(c): w for c, w in (self._parameters[name].column_weights or {}).items()}
        itself = Axes(own, asked, self._streams)
        for link in (*up, *things):
            axes = self._axes[link.parent]
            weights = {label: w * itself.leading for label, w in axes.weights.items()}
            columns.borrow(link, axes.lent, weights, self._rows[link])
        # Which thing it is, is drawn like any category; its columns help to find who is alike.
        levels = {link: columns.name_rows(link, self._rows[link]) for link in things}
        for link in counted:
            counts = np.bincount(self._rows[link][self._rows[link] >= 0], minlength=own.n_rows)
            columns.lend(
                ("count", link), f"rows of {link.child}", counts[:, None].astype(np.float64), [1.0]
            )
        models = {link: self._series(link) for link in series}
        for link, model in models.items():
            weighed = model.weights * itself.leading
            columns.lend(("series", link), link.child, model.attributes, weighed)
        numeric, codes, kept = self._avatars(name, columns)
        self._wanted |= {c: columns.part(("count", c), numeric, codes)[0][:, 0] for c in counted}
        parents = {
            link: _at(levels[link], columns.part(("name", link), numeric, codes)[1][:, 0])
            for link in things
        }
        settled: list[Borrowed] = []
        for link in up:
            axes, has_parent = self._axes[link.parent], columns.has_parent(link, numeric, codes)
            original = _at(axes.points, self._rows[link])
            drawn = axes.of_lent(*columns.part(link, numeric, codes))
            wanted = following(original, drawn, settled)
            others = [_at(self._axes[o.parent].points, self._rows[o]) for o in up if o is not link]
            along = telling(original, np.nan_to_num(np.hstack([itself.points, *others])))
            parents[link] = self._given(link, wanted, has_parent, along)
            given = _at(self._points[link.parent], parents[link])
            settled.append(Borrowed(original, drawn, given))
        own_numeric, own_codes = columns.part("own", numeric, codes)
        self.sensitive_avatars[name] = LinkedAvatars(
            own_numeric, own_codes, parents, kept[: own.codes.shape[1]]
        )
        for link, model in models.items():
            self._rebuild(link, model, columns.part(("series", link), numeric, codes)[0])
        if counted:
            self._place(name, own_numeric, own_codes, [*up, *things])

    def _avatars(
        self, name: str, columns: Composition
    ) -> tuple[Floats, Codes, list[NDArray[np.bool_]]]:
        """Draw the rows of a table with all that it borrows, in the order of the originals."""
        whole, parameters = columns.whole, self._parameters[name]
        if not whole.numeric.shape[1] + whole.codes.shape[1]:
            return whole.numeric, whole.codes, []
        weights: dict[Any, float] = dict(parameters.column_weights or {})
        weights |= columns.column_weights
        people = People(self._individuals(name))
        few = self._few(name)
        kept = np.flatnonzero(people.within_cap(few, self.generator(f"cap/{name}")))
        model = AvatarModel(
            whole.take(kept),
            parameters.model_copy(update={"column_weights": weights}),
            seed=self._seed,
            individuals=people.take(kept),
            n_jobs=self._n_jobs,
            progress=lambda step: self._progress(f"{shown(name)}: {step}"),
            name=name,
        ).fit()
        self._k[name] = model.k
        numeric = np.empty(whole.numeric.shape, order="F")
        codes = np.empty(whole.codes.shape, dtype=np.int32, order="F")
        numeric[kept], codes[kept] = model.sensitive_numeric, model.sensitive_codes
        surplus = np.setdiff1d(np.arange(whole.n_rows), kept)
        if len(surplus):
            # Rows beyond the cap of one person are replaced by avatars around anybody's rows.
            numeric[surplus], codes[surplus] = model.sample(len(surplus))
        return numeric, codes, model.kept_levels

    def _individuals(self, name: str) -> Ints:
        """Return who is behind each row: one column for every way up to a table of people."""
        n_rows = self._tables[name].n_rows
        kinds = []
        for path in self._relations.paths_up(name):
            if path[-1].parent not in self._relations.individual_level:
                continue
            rows = self._rows[path[0]]
            for link in path[1:]:
                rows = _at(self._rows[link], rows)
            # Whoever is nobody's row is a person apart.
            apart = self._tables[path[-1].parent].n_rows + np.arange(n_rows)
            kinds.append(np.where(rows >= 0, rows, apart))
        return np.column_stack(kinds or [np.empty((n_rows, 0))]).astype(np.intp)

    def _few(self, name: str) -> int:
        measures = Measures.of(self._parameters[name].protection, self._tables[name].n_rows)
        return measures.few if measures else 0

    def _given(
        self, link: Link, wanted: Floats, has_parent: NDArray[np.bool_], along: Floats
    ) -> Ints:
        self._progress(f"{shown(link.child)}: linking to {shown(link.parent)}")
        return give(
            link,
            wanted @ along,
            self._points[link.parent] @ along,
            rows=self._rows[link],
            has_parent=has_parent,
            counts=self._wanted[link],
            k=self._k[link.parent],
            few=self._few(link.parent),
            generator=self.generator(f"give/{link.child}/{link.child_field}"),
        )

    def _place(self, name: str, numeric: Floats, codes: Codes, up: list[Link]) -> None:
        """Say where rows and avatars stand, with what they have from their own parents."""
        columns, avatars = Composition(self._tables[name]), [numeric]
        parents = self.sensitive_avatars[name].parents
        for link in up:
            points = self._axes[link.parent].points
            variances = points.var(axis=0) if len(points) else np.empty(0)
            weights = variances / max(variances.max(initial=0.0), 1e-12)
            columns.lend(link, f"{link.parent} axis", _at(points, self._rows[link]), weights)
            avatars.append(_at(self._points[link.parent], parents[link]))
        self._axes[name] = Axes(columns.whole, columns.column_weights, self._streams)
        self._points[name] = self._axes[name].of(np.hstack(avatars), codes)

    # ---- series

    def _series(self, link: Link) -> SeriesModel:
        table, parameters = self._tables[link.child], self._parameters[link.child]
        time, others = self._time_slot(link.child)
        owner = self._parameters[link.parent]
        n_owners = self._tables[link.parent].n_rows
        return SeriesModel(
            self._rows[link],
            n_owners,
            table.numeric[:, time],
            table.numeric[:, others],
            table.codes,
            [column.n_levels for column in table.schema.categories],
            labels=[
                *(str(c.label) for c in table.schema.numeric if c.slot != time),
                *(str(c.label) for c in table.schema.categories),
            ],
            projection=parameters.time_series_projection_type or ProjectionType.FPCA,
            nf=parameters.time_series_nf,
            nb_points=parameters.time_series_nb_points,
            method=parameters.time_series_method,
            few=self._few(link.parent),
            k=neighbours_wanted(owner, n_owners, link.parent),
            name=link.child,
            time_label=self._relations.time_columns[link.child],
        )

    def _rebuild(self, link: Link, model: SeriesModel, attributes: Floats) -> None:
        table = self._tables[link.child]
        time, others = self._time_slot(link.child)
        series = model.rebuild(attributes, self.generator(f"series/{link.child}"))
        numeric = np.empty((len(series.owner), table.numeric.shape[1]), order="F")
        numeric[:, time], numeric[:, others] = series.times, series.numeric
        table.schema.settle(numeric)
        self.sensitive_avatars[link.child] = LinkedAvatars(
            numeric, series.codes, {link: series.owner}, model.kept_levels
        )

    def _time_slot(self, name: str) -> tuple[int, list[int]]:
        label = self._relations.time_columns[name]
        slots = {column.label: column.slot for column in self._tables[name].schema.numeric}
        return slots[label], [slot for other, slot in slots.items() if other != label]


def _at(cells: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    """Return cells by row: NaN, or -1 for whole numbers, where there is no row."""
    nothing = -1 if cells.dtype.kind == "i" else np.nan
    taken = cells[np.maximum(rows, 0)] if len(cells) else np.zeros((len(rows), *cells.shape[1:]))
    taken = taken.astype(cells.dtype)
    taken[rows < 0] = nothing
    return taken
