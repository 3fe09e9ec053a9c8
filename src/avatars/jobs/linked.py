"""Linked tables and tables of series: from frames to frames that link in the same way."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.config import Config
from avatars.engine.links.model import LinkedAvatars, LinkedModel
from avatars.engine.streams import seed_bytes
from avatars.exceptions import AvatarsError, InvalidParameterError, InvalidTableError, shown
from avatars.jobs.sources import Sources
from avatars.metrics.space import projected
from avatars.models import Link, Relations, Results, TableParameters
from avatars.tables import PrimaryKey, Schema, Table, foreign_key, read_table

__all__ = ["described", "linked_standard", "owners_of", "tables_together"]

_NOBODY = " individuals"
"""What is added to the name of a table of series to name its people, who have no table."""


@dataclass(frozen=True, repr=False, eq=False)
class _Source:
    """One table as it came."""

    frame: pd.DataFrame
    table: Table
    key: PrimaryKey | None


def tables_together(config: Config) -> list[tuple[str, ...]]:
    """Return the tables of a run that can't be avatarized one by one.

    Parameters
    ----------
    config : Config
        The run.

    Returns
    -------
    list of tuple of str
        Groups of linked tables, and each table of series.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.jobs.linked import tables_together
    >>> tables_together(Config(display_name="demo").with_table(TableConfig(name="patients")))
    []
    """
    relations = config.relations()
    return [
        group
        for group in relations.components()
        if len(group) > 1 or group[0] in relations.time_columns
    ]


def linked_standard(
    names: tuple[str, ...],
    config: Config,
    sources: Sources,
    say: Callable[[str], None],
    n_jobs: int | None,
) -> dict[str, dict[Results, Any]]:
    """Avatarize tables that hang together.

    Parameters
    ----------
    names : tuple of str
        One group of ``tables_together``.
    config : Config
        The run.
    sources : Sources
        Its tables.
    say : callable
        Called with the name of each step; it may raise to stop the job.
    n_jobs : int or None
        Threads.

    Returns
    -------
    dict of {table: dict of {Results: object}}
        As for single tables. In each, ``SHUFFLED`` and ``UNSHUFFLED`` hold the same fresh keys.

    Raises
    ------
    InvalidInputError
        Naming the table, column or parameter that can't be used, never a key.

    Examples
    --------
    >>> from avatars.config import ColumnConfig, Config, TableConfig
    >>> from avatars.datasets import make_clinic
    >>> from avatars.jobs import Sources
    >>> from avatars.jobs.linked import linked_standard
    >>> from avatars.models import Results
    >>> clinic = make_clinic(n_patients=60, random_state=0)
    >>> visits = clinic["visit"].drop(columns=["id", "doctor_id"])
    >>> run = Config(display_name="demo", seed=0)
    >>> for name, columns in (
    ...     ("patient", (ColumnConfig(field="id", primary_key=True),)),
    ...     ("visit", (ColumnConfig(field="patient_id", identifier=True),)),
    ... ):
    ...     run = run.with_table(TableConfig(name=name, columns=columns))
    ...     run = run.with_parameters(name, k=10)
    >>> run = run.with_link("patient", "id", "visit", "patient_id")
    >>> sources = Sources({"patient": clinic["patient"], "visit": visits})
    >>> found = linked_standard(("patient", "visit"), run, sources, str, None)
    >>> patients, visits = (found[name][Results.SHUFFLED] for name in ("patient", "visit"))
    >>> visits["patient_id"].isin(patients["id"]).all().item()
    True
    """
    relations, parameters = described(names, config)
    frames = {name: _frame(name, config, sources) for name in names}
    empty = [name for name in names if not len(frames[name])]
    relations, read, rows = _read(relations, config, frames, empty)
    for name in relations.tables:
        if parameters[name].data_augmentation_strategy is not None:
            raise InvalidParameterError(
                "data_augmentation_strategy",
                f"is set for table {shown(name)}, which is linked to others or holds series: rows "
                "can be added to single tables only.",
            )
    model = LinkedModel(
        relations,
        {name: source.table for name, source in read.items()},
        rows,
        parameters,
        seed=seed_bytes(config.seed),
        n_jobs=n_jobs,
        progress=say,
    ).fit()
    found = {name: _empty(frames[name]) for name in empty}
    keys = {
        name: source.key.fresh(
            len(model.sensitive_avatars[name].numeric), model.generator(f"keys/{name}")
        )
        for name, source in read.items()
        if source.key is not None
    }
    for name, source in read.items():
        if name in frames:
            people = sources.people[name].drop(columns=config.table(name).dropped)
            found[name] = _written(name, config, people, source, model, keys)
    return found


def described(
    names: tuple[str, ...], config: Config
) -> tuple[Relations, dict[str, TableParameters]]:
    """Return the relations of one group, with the people of series who have no table.

    Parameters
    ----------
    names : tuple of str
        One group of ``tables_together``.
    config : Config
        The run.

    Returns
    -------
    relations : Relations
        Of these tables, and of one of individuals for each table of series that is linked to none.
    parameters : dict of {str: TableParameters}
        By table.

    Examples
    --------
    >>> from avatars.config import ColumnConfig, Config, TableConfig
    >>> from avatars.jobs.linked import described
    >>> columns = (ColumnConfig(field="who", identifier=True),
    ...            ColumnConfig(field="at", time_series_time=True))
    >>> run = Config(display_name="demo").with_table(TableConfig(name="beat", columns=columns))
    >>> described(("beat",), run)[0].tables
    ('beat', 'beat individuals')
    """
    whole = config.relations()
    links = [link for link in whole.links if link.child in names]
    tables, keys = list(names), {n: k for n, k in whole.primary_keys.items() if n in names}
    parameters = {name: config.standard.get(name, TableParameters()) for name in names}
    individuals = set(whole.individual_level)
    for name in names:
        if name not in whole.time_columns or any(link.child == name for link in links):
            continue
        owners = config.table(name).identifiers
        if len(owners) != 1:
            raise InvalidTableError(
                f"table {shown(name)} holds series, but says in {len(owners)} columns whose they "
                "are: declare one with add_table(foreign_keys=[...]), and link it where there is a "
                "table of these individuals."
            )
        nobody = name + _NOBODY
        keys[nobody] = owners[0]
        links.append(Link(parent=nobody, parent_field=owners[0], child=name, child_field=owners[0]))
        tables.append(nobody)
        individuals.add(nobody)
        parameters[nobody] = parameters[name]
    relations = Relations(
        tables=tuple(tables),
        primary_keys=keys,
        links=tuple(links),
        time_columns={n: t for n, t in whole.time_columns.items() if n in names},
        individual_level=frozenset(individuals & set(tables)),
        lookups=whole.lookups & set(tables),
    )
    return relations, parameters


def _frame(name: str, config: Config, sources: Sources) -> pd.DataFrame:
    """Return the columns of a table that take part, its keys among them."""
    table, people = config.table(name), sources.people[name]
    for label in table.pseudonymized:
        if table.column(label).is_key:  # type: ignore[union-attr]
            raise InvalidTableError(
                f"column {shown(label)} of table {shown(name)} is a key of linked tables, which is "
                "issued anew: don't pseudonymize it."
            )
    apart = {*table.dropped, *table.pseudonymized}
    return people[[label for label in people.columns if label not in apart]]


def _read(
    relations: Relations, config: Config, frames: dict[str, pd.DataFrame], empty: list[str]
) -> tuple[Relations, dict[str, _Source], dict[Link, NDArray[np.intp]]]:
    """Read keys and columns of all tables that have rows."""
    for link in relations.links:
        if link.parent in empty and link.child not in empty:
            raise InvalidTableError(
                f"table {shown(link.parent)} has no rows, but table {shown(link.child)} is linked "
                "to it: add its rows, or delete_link the two."
            )
    left = [name for name in relations.tables if name not in empty]
    relations = Relations(
        tables=tuple(left),
        primary_keys={n: k for n, k in relations.primary_keys.items() if n in left},
        links=tuple(link for link in relations.links if link.child in left),
        time_columns={n: t for n, t in relations.time_columns.items() if n in left},
        individual_level=relations.individual_level & set(left),
        lookups=relations.lookups & set(left),
    )
    keys: dict[str, PrimaryKey] = {}
    owners = {link.parent: link for link in relations.links if link.parent not in frames}
    for name, label in relations.primary_keys.items():
        nobody = owners.get(name)
        if nobody is None:
            keys[name] = PrimaryKey.read(frames[name][label], table=name)
        else:
            named = owners_of(frames[nobody.child], nobody)
            keys[name] = PrimaryKey.read(named, table=nobody.child)
    rows = {
        link: keys[link.parent].rows_of(frames[link.child][link.child_field], table=link.child)
        for link in relations.links
    }
    read = {}
    for name in left:
        frame = frames.get(name)
        if frame is None:
            frame, table = pd.DataFrame(), _no_columns(keys[name].n_rows)
        else:
            table = _table(name, config, frame, relations)
        read[name] = _Source(frame, table, keys.get(name))
    return relations, read, rows


def owners_of(frame: pd.DataFrame, link: Link) -> pd.Series[Any]:
    """Return the people of a table of series, each once.

    Parameters
    ----------
    frame : DataFrame
        The table.
    link : Link
        Its link to its individuals.

    Returns
    -------
    Series
        Their keys, in order of appearance.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.jobs.linked import owners_of
    >>> from avatars.models import Link
    >>> link = Link(parent="people", parent_field="who", child="beat", child_field="who")
    >>> owners_of(pd.DataFrame({"who": [2, 2, 1]}), link).tolist()
    [2, 1]
    """
    owners = frame[link.child_field]
    return owners.dropna().drop_duplicates().reset_index(drop=True)


def _table(name: str, config: Config, frame: pd.DataFrame, relations: Relations) -> Table:
    described = config.table(name)
    linked = {link.child_field for link in relations.parents_of(name)}
    keys = linked | {relations.primary_keys[name]} if name in relations.primary_keys else linked
    own = frame[[label for label in frame.columns if label not in keys]]
    if not own.shape[1]:
        return _no_columns(len(frame))
    types: dict[Hashable, Any] = {c: t for c, t in described.types.items() if c in own.columns}
    time = relations.time_columns.get(name)
    if time is not None and pd.api.types.is_integer_dtype(own[time].dtype):
        # A counter of rows is an identifier elsewhere; here it is the time.
        types.setdefault(time, "int")
    loose = [c for c in described.identifiers if c in own.columns]
    try:
        table = read_table(own, name=name, types=types, identifiers=loose)
    except AvatarsError as error:
        if shown(name) not in str(error):
            error.add_note(f"This is about table {shown(name)}.")
        raise
    times = [column.label for column in table.schema.numeric]
    if time is not None and time not in times:
        raise InvalidTableError(
            f"column {shown(time)} of table {shown(name)} is the time of series, but holds neither "
            "numbers nor moments: declare it with types={...: 'datetime'}, or cast it."
        )
    return table


def _no_columns(n_rows: int) -> Table:
    schema = Schema((), pd.Index([], dtype=object))
    nothing = np.empty((n_rows, 0), order="F")
    return Table(schema, nothing, nothing.astype(np.int32), n_rows)


def _empty(frame: pd.DataFrame) -> dict[Results, Any]:
    """Return the release of a table without rows: its columns and dtypes."""
    nothing = frame.iloc[:0].reset_index(drop=True)
    return {Results.SHUFFLED: nothing, Results.UNSHUFFLED: nothing.copy()}


def _written(
    name: str,
    config: Config,
    people: pd.DataFrame,
    source: _Source,
    model: LinkedModel,
    keys: dict[str, pd.Series[Any]],
) -> dict[Results, Any]:
    """Write the avatars of one table, in their order and in that of the release."""
    avatars = model.sensitive_avatars[name]
    columns = _with_keys(name, source, avatars, keys, model.generator(f"identifiers/{name}"))
    aligned = columns[list(source.frame.columns)]
    aligned.columns = source.frame.columns
    order = model.generator(f"shuffle/{name}").permutation(len(aligned))
    shuffled = aligned.take(order).reset_index(drop=True)
    invented = config.table(name).pseudonymized
    if invented:
        from avatars.pseudonyms import pseudonymize

        shuffled, aligned = (
            pseudonymize(people, frame, invented, seed=config.seed) for frame in (shuffled, aligned)
        )
    found: dict[Results, Any] = {Results.SHUFFLED: shuffled, Results.UNSHUFFLED: aligned}
    found |= _projections(source.table, avatars)
    return found


def _with_keys(
    name: str,
    source: _Source,
    avatars: LinkedAvatars,
    keys: dict[str, pd.Series[Any]],
    generator: np.random.Generator,
) -> pd.DataFrame:
    frame = source.table.schema.frame(
        avatars.numeric,
        avatars.codes,
        identifiers_seed=generator,
        kept_levels=avatars.kept_levels,
    )
    cells: dict[Hashable, Any] = {label: frame[label] for label in frame.columns}
    for link, rows in avatars.parents.items():
        like = source.frame[link.child_field]
        cells[link.child_field] = foreign_key(keys[link.parent], rows, like)
    if source.key is not None:
        cells[source.key.label] = keys[name]
    return pd.DataFrame(cells, index=pd.RangeIndex(len(avatars.numeric)), copy=False)


def _projections(table: Table, avatars: LinkedAvatars) -> dict[Results, Any]:
    """Return where rows and avatars stand, of a table that has columns to tell."""
    if not table.numeric.shape[1] + table.codes.shape[1]:
        return {}
    drawn = Table(table.schema, avatars.numeric, avatars.codes, len(avatars.numeric))
    found = {}
    kinds = (Results.PROJECTIONS_ORIGINAL, Results.PROJECTIONS_AVATARS)
    for result, points in zip(kinds, projected(table, drawn), strict=True):
        axes = [f"Dim. {axis + 1}" for axis in range(points.shape[1])]
        found[result] = pd.DataFrame(points, columns=axes)
    return found
