"""Carrying out a job: from the description of a run and its tables to results."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from avatars.config import Config
from avatars.engine.streams import seed_bytes
from avatars.exceptions import (
    AvatarsError,
    InvalidParameterError,
    InvalidTableError,
    NotAvailableError,
    shown,
)
from avatars.jobs.augment import augmented
from avatars.jobs.fit import fit_private, fit_table, released_frame
from avatars.jobs.linked import linked_standard, tables_together
from avatars.jobs.linked_measure import linked_measured, linked_reported
from avatars.jobs.measure import advised, measured_privacy, measured_signal, reported
from avatars.jobs.sources import Sources, release_of
from avatars.metrics.space import projected
from avatars.models import JobKind, Results, TableParameters
from avatars.tables import Table

__all__ = ["execute", "refuse_unavailable"]

TableResults = dict[Results, Any]


def execute(
    kind: JobKind,
    config: Config,
    sources: Sources,
    *,
    earlier: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]] | None = None,
    progress: Callable[[str], None] | None = None,
    n_jobs: int | None = None,
) -> dict[str, TableResults]:
    """Carry out a job.

    Parameters
    ----------
    kind : JobKind
        What to do.
    config : Config
        The run.
    sources : Sources
        Its tables.
    earlier : dict of {JobKind: results}, optional
        What the jobs before it left.
    progress : callable, optional
        Called with the name of each step; it may raise to stop the job.
    n_jobs : int, optional
        Threads.

    Returns
    -------
    dict of {table: dict of {Results: object}}
        Frames, dicts, lists of dicts, and bytes of reports.

    Raises
    ------
    InvalidInputError
        Naming the table, column or parameter that can't be used.
    NotAvailableError
        For what this version can't run: partial differential privacy, processors within the run,
        differential privacy of linked tables or series.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources, execute
    >>> from avatars.models import JobKind, Results
    >>> run = Config(display_name="demo", seed=0).with_table(TableConfig(name="patients"))
    >>> run = run.with_parameters("patients", k=10)
    >>> sources = Sources({"patients": make_patients(100, random_state=0)})
    >>> found = execute(JobKind.standard, run, sources)
    >>> found["patients"][Results.SHUFFLED].shape
    (100, 13)
    """
    say = progress or (lambda _: None)
    before = earlier or {}
    refuse_unavailable(kind, config)
    results: dict[str, TableResults] = {}
    started = datetime.now(UTC)
    names = _tables_of(kind, config, sources)
    together: dict[str, TableResults] = {}
    for name in names:
        clock = time.perf_counter()
        try:
            if kind in (JobKind.privacy_metrics, JobKind.signal_metrics) and name not in together:
                together |= _measured_together(kind, name, config, sources, before, say)
            if kind is JobKind.standard:
                if name not in together:
                    together |= _standard(name, names, config, sources, say, n_jobs)
                found = together[name]
            elif name in together:
                found = together[name]
            elif kind is JobKind.report and (group := _group_of(name, config)):
                say(f"reporting on {shown(name)} with the tables it is linked to")
                found = linked_reported(name, group, config, sources, before)
            elif kind is JobKind.advice:
                say(f"looking at {shown(name)}")
                found = advised(name, config, sources)
            else:
                release = release_of(name, sources, before)
                say(f"measuring {shown(name)}")
                work = {
                    JobKind.privacy_metrics: measured_privacy,
                    JobKind.signal_metrics: measured_signal,
                    JobKind.report: reported,
                }[kind]
                found = work(name, config, sources, release)
        except AvatarsError as error:
            # Of linked tables the first stands for all: which it is about was said further down.
            if shown(name) not in str(error) and not _group_of(name, config):
                error.add_note(f"This is about table {shown(name)}.")
            raise
        found[Results.METADATA] = {
            **_metadata(kind, name, config, sources, found, started, clock),
            **found.get(Results.METADATA, {}),
        }
        results[name] = found
    return results


def refuse_unavailable(kind: JobKind, config: Config) -> None:
    """Refuse a job that this version can't carry out, before anything is done for it.

    Parameters
    ----------
    kind : JobKind
        What is asked for; advice looks at tables one by one and is always to be had.
    config : Config
        The run.

    Raises
    ------
    NotAvailableError
        For what no engine here does.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.jobs import refuse_unavailable
    >>> from avatars.models import JobKind
    >>> run = Config(display_name="demo").with_table(TableConfig(name="patients"))
    >>> refuse_unavailable(JobKind.standard, run.with_parameters("patients", fast_dp={}))
    Traceback (most recent call last):
    avatars.exceptions.NotAvailableError: table 'patients' asks for fast_dp, ...
    """
    if kind is JobKind.advice:
        return
    for name, parameters in config.standard.items():
        if parameters.fast_dp is not None:
            raise NotAvailableError(
                f"table {shown(name)} asks for fast_dp, whose guarantee covers a part of the "
                "computation alone: it is stored and written to YAML, and never run. Set "
                "dp_epsilon, which covers all of it."
            )
        if parameters.dp_epsilon is not None:
            _refuse_beside_privacy(name, parameters, config)
        if parameters.processors:
            raise NotAvailableError(
                f"table {shown(name)} asks for processors within the run: put those of "
                "avatars.processors around it instead."
            )


def _refuse_beside_privacy(name: str, parameters: TableParameters, config: Config) -> None:
    """Refuse what differential privacy can't be combined with."""
    table = config.table(name)
    if _group_of(name, config) or table.time_series_time is not None:
        raise NotAvailableError(
            f"table {shown(name)} has dp_epsilon and is linked to others or holds series: the "
            "guarantee is about single rows, of which a person would have several. Sum people up "
            "in one row each, or set k."
        )
    if config.seed is not None:
        raise InvalidParameterError(
            "seed",
            f"can't be set while table {shown(name)} has dp_epsilon: noise that somebody can "
            "repeat is none. Leave the seed out.",
        )
    if parameters.data_augmentation_strategy is not None:
        raise InvalidParameterError(
            "data_augmentation_strategy",
            "can't be combined with dp_epsilon: set dp_n_rows, which costs nothing.",
        )
    if table.pseudonymized:
        raise InvalidParameterError(
            "pseudonymized_columns",
            "can't be combined with dp_epsilon, since what is invented goes with the real rows: "
            "drop these columns, or declare them as identifiers.",
        )


def _tables_of(kind: JobKind, config: Config, sources: Sources) -> list[str]:
    """Return the tables that a job is about, and refuse to run without any."""
    if not config.tables:
        raise InvalidTableError("the run has no table: add_table one first.")
    names = []
    for name in config.tables:
        made_elsewhere = name in sources.avatars
        parameters = config.standard.get(name)
        if kind is JobKind.standard:
            if made_elsewhere:
                continue
            asked = parameters is not None and (parameters.k or parameters.dp_epsilon)
            if config.needs_k(name) and not asked:
                raise InvalidTableError(
                    f"table {shown(name)} has no k: set_parameters({shown(name)}, k=...) first."
                )
        if name not in sources.people:
            raise InvalidTableError(f"table {shown(name)} has no data: upload_file it first.")
        names.append(name)
    return names


def _standard(
    name: str,
    names: list[str],
    config: Config,
    sources: Sources,
    say: Callable[[str], None],
    n_jobs: int | None,
) -> dict[str, TableResults]:
    """Avatarize a table, and with it those that it hangs together with."""
    group = _group_of(name, config)
    if not group:
        return {name: _single(name, config, sources, say, n_jobs)}
    apart = [other for other in group if other not in names]
    if apart:
        raise InvalidTableError(
            f"table {shown(name)} is linked to {shown(apart[0])}, whose avatars were made "
            "elsewhere: pass avatar_data for all linked tables, or for none."
        )
    return linked_standard(group, config, sources, say, n_jobs)


def _measured_together(
    kind: JobKind,
    name: str,
    config: Config,
    sources: Sources,
    before: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]],
    say: Callable[[str], None],
) -> dict[str, TableResults]:
    """Measure the tables that one hangs together with; nothing where it stands alone."""
    group = _group_of(name, config)
    if not group:
        return {}
    say(f"measuring {shown(name)} with the tables it is linked to")
    return linked_measured(kind, group, config, sources, before)


def _group_of(name: str, config: Config) -> tuple[str, ...]:
    return next((group for group in tables_together(config) if name in group), ())


def _single(
    name: str, config: Config, sources: Sources, say: Callable[[str], None], n_jobs: int | None
) -> TableResults:
    table = config.table(name)
    parameters = config.standard[name]
    people = sources.people[name]
    dropped = [label for label in table.dropped if label in people.columns]
    people = people.drop(columns=dropped)
    if parameters.dp_epsilon is not None:
        private = fit_private(
            people,
            parameters,
            types={c: t for c, t in table.types.items() if c in people.columns},
            primary_key=table.primary_key,
            identifiers=table.identifiers,
            name=name,
            ledger=parameters.dp_ledger,
            progress=lambda step: say(f"{shown(name)}: {step}"),
        )
        said = {"differential_privacy": private.guarantee.described()}
        return {Results.SHUFFLED: private.frame(), Results.METADATA: said}
    invented = {c: how for c, how in table.pseudonymized.items() if c in people.columns}
    model = fit_table(
        people.drop(columns=list(invented)),
        parameters,
        seed=seed_bytes(config.seed),
        types={c: t for c, t in table.types.items() if c in people.columns and c not in invented},
        primary_key=None if table.primary_key in invented else table.primary_key,
        identifiers=[c for c in table.identifiers if c not in invented],
        name=name,
        n_jobs=n_jobs,
        progress=lambda step: say(f"{shown(name)}: {step}"),
    )
    shuffled, aligned = released_frame(model), released_frame(model, shuffle=False)
    if parameters.data_augmentation_strategy is not None:
        shuffled = augmented(model, shuffled, parameters)
    if invented:
        from avatars.pseudonyms import pseudonymize

        shuffled, aligned = (
            pseudonymize(people, frame, invented, seed=config.seed) for frame in (shuffled, aligned)
        )
    found: TableResults = {Results.SHUFFLED: shuffled, Results.UNSHUFFLED: aligned}
    drawn = Table(
        model.table.schema, model.sensitive_numeric, model.sensitive_codes, model.table.n_rows
    )
    original, avatars = projected(model.table, drawn, ncp=model.projection.n_axes)
    for result, points in (
        (Results.PROJECTIONS_ORIGINAL, original),
        (Results.PROJECTIONS_AVATARS, avatars),
    ):
        axes = [f"Dim. {axis + 1}" for axis in range(points.shape[1])]
        found[result] = pd.DataFrame(points, columns=axes)
    return found


def _of_the_people(people: pd.DataFrame, clock: float) -> dict[str, Any]:
    return {
        "finished_at": datetime.now(UTC).isoformat(),
        "seconds": round(time.perf_counter() - clock, 3),
        "n_rows": len(people),
    }


def _metadata(
    kind: JobKind,
    name: str,
    config: Config,
    sources: Sources,
    found: TableResults,
    started: datetime,
    clock: float,
) -> dict[str, Any]:
    """Say what ties a result to a run: no seed, no host, nothing of the people but their number."""
    parameters = config.standard.get(name, TableParameters())
    people = sources.people[name]
    is_private = parameters.dp_epsilon is not None
    metadata: dict[str, Any] = {
        "created_at": started.isoformat(),
        "kind": kind.value,
        "table_name": name,
        "set_name": config.display_name,
        "parameters": parameters.model_dump(exclude_defaults=True, mode="json"),
        "protection": "differential privacy" if is_private else parameters.protection.value,
        # Nobody may know whether one person more was there, nor by how long it took.
        **({} if is_private else _of_the_people(people, clock)),
        "n_columns": people.shape[1],
        "versions": {
            "avatars": version("avatars"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "scikit-learn": version("scikit-learn"),
        },
    }
    if Results.SHUFFLED in found:
        released = found[Results.SHUFFLED]
        content = released.to_csv(index=False, lineterminator="\n").encode("utf-8")
        metadata["n_avatars"] = len(released)
        metadata["sha256_of_avatars_as_csv"] = hashlib.sha256(content).hexdigest()
    return metadata
