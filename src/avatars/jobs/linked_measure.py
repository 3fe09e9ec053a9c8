"""Measuring linked tables and series, and reporting on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from avatars.config import Config
from avatars.jobs.linked import described, owners_of
from avatars.jobs.measure import as_results
from avatars.jobs.sources import Sources, release_of
from avatars.models import JobKind, Relations, Results, TableParameters

__all__ = ["linked_measured", "linked_reported"]


def linked_measured(
    kind: JobKind,
    names: tuple[str, ...],
    config: Config,
    sources: Sources,
    before: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]],
) -> dict[str, dict[Results, Any]]:
    """Measure tables that hang together.

    Parameters
    ----------
    kind : JobKind
        Privacy or signal.
    names : tuple of str
        One group of ``tables_together``.
    config : Config
        The run.
    sources : Sources
        Its tables.
    before : dict of {JobKind: results}
        What the job that made the avatars left.

    Returns
    -------
    dict of {table: dict of {Results: object}}
        Metrics, a list of one dict per computation, and ``META_METRICS``: the weakest figures of
        the table, and by reference all of them.

    Examples
    --------
    >>> from avatars.config import ColumnConfig, Config, TableConfig
    >>> from avatars.datasets import make_heartbeats
    >>> from avatars.jobs import Sources
    >>> from avatars.jobs.linked_measure import linked_measured
    >>> from avatars.models import JobKind, Results
    >>> beats = make_heartbeats(40, random_state=0)["beat"]
    >>> columns = (ColumnConfig(field="patient_id", identifier=True),
    ...            ColumnConfig(field="at", time_series_time=True))
    >>> run = Config(display_name="demo").with_table(TableConfig(name="beat", columns=columns))
    >>> sources = Sources({"beat": beats}, {"beat": beats})
    >>> found = linked_measured(JobKind.signal_metrics, ("beat",), run, sources, {})
    >>> found["beat"][Results.SIGNAL_METRICS][0]["pointwise_hellinger_mean"]
    0.0
    """
    from avatars.metrics.linked import linked_meta, linked_privacy_metrics, linked_signal_metrics

    relations, _ = described(names, config)
    tables = _Measurables.of(names, config, sources, before, relations)
    people, avatars = tables.people, tables.avatars
    recipient = config.pia.get("datarecipient", "unknown")
    settings: dict[str, Any] = {
        "context": recipient,
        "types": {n: _types_of(config, n, people[n]) for n in names},
    }
    privacy: dict[str, Any] = {}
    signal: dict[str, Any] = {}
    of = config.privacy_metrics
    aims = {n: p.target for n, p in of.items() if n in names and p.target is not None}
    if kind is JobKind.privacy_metrics:
        privacy = linked_privacy_metrics(
            people,
            avatars,
            relations,
            sensitive_unshuffled=tables.sensitive_unshuffled,
            holdout=tables.holdout,
            known_variables={n: p.known_variables for n, p in of.items() if p.known_variables},
            target=aims,
            ncp={n: p.ncp for n, p in of.items() if p.ncp},
            **settings,
        )
    else:
        signal = linked_signal_metrics(
            people,
            avatars,
            relations,
            target=aims,
            ncp={n: p.ncp for n, p in config.signal_metrics.items() if p.ncp},
            **settings,
        )
    meta = linked_meta(privacy, signal, relations)
    result = Results.PRIVACY_METRICS if privacy else Results.SIGNAL_METRICS
    return {
        name: {
            result: (privacy or signal)[name],
            Results.META_METRICS: _weakest(meta.get(name, {})),
        }
        for name in names
    }


def linked_reported(
    name: str,
    names: tuple[str, ...],
    config: Config,
    sources: Sources,
    before: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]],
) -> dict[Results, Any]:
    """Report on one of several tables that hang together.

    Parameters
    ----------
    name : str
        The table.
    names : tuple of str
        Its group, one of ``tables_together``.
    config : Config
        The run.
    sources : Sources
        Its tables.
    before : dict of {JobKind: results}
        What the jobs before left; metrics that are not there are computed.

    Returns
    -------
    dict of {Results: object}
        ``REPORT``, the bytes of a PDF, and ``REPORT_HTML``.

    Examples
    --------
    >>> from avatars.config import ColumnConfig, Config, TableConfig
    >>> from avatars.datasets import make_heartbeats
    >>> from avatars.jobs import Sources
    >>> from avatars.jobs.linked_measure import linked_reported
    >>> from avatars.models import Results
    >>> beats = make_heartbeats(40, random_state=0)["beat"]
    >>> columns = (ColumnConfig(field="patient_id", identifier=True),
    ...            ColumnConfig(field="at", time_series_time=True))
    >>> run = Config(display_name="demo").with_table(TableConfig(name="beat", columns=columns))
    >>> sources = Sources({"beat": beats}, {"beat": beats})
    >>> linked_reported("beat", ("beat",), run, sources, {})[Results.REPORT][:5]
    b'%PDF-'
    """
    from avatars.report import linked_report

    relations, _ = described(names, config)
    found: dict[JobKind, dict[str, Any]] = {}
    for kind, result in (
        (JobKind.privacy_metrics, Results.PRIVACY_METRICS),
        (JobKind.signal_metrics, Results.SIGNAL_METRICS),
    ):
        made: Mapping[str, Mapping[Results, Any]] = before.get(kind, {})
        if any(other not in made for other in names):
            made = linked_measured(kind, names, config, sources, before)
        found[kind] = {other: made[other][result] for other in names}
    tables = _Measurables.of(names, config, sources, before, relations)
    parameters = config.privacy_metrics.get(name, TableParameters())
    report = linked_report(
        tables.people,
        tables.avatars,
        relations,
        name,
        privacy=found[JobKind.privacy_metrics],
        signal=found[JobKind.signal_metrics],
        sensitive_unshuffled=tables.sensitive_unshuffled,
        holdout=tables.holdout,
        parameters=config.set_parameters_of(name),
        context=config.pia.get("datarecipient", "unknown"),
        known_variables=parameters.known_variables,
        target=parameters.target,
        types=_types_of(config, name, tables.people[name]),
    )
    return as_results(report)


@dataclass(frozen=True, repr=False, eq=False)
class _Measurables:
    """The tables of one group as metrics and report read them."""

    people: dict[str, pd.DataFrame]
    avatars: dict[str, pd.DataFrame]
    sensitive_unshuffled: dict[str, pd.DataFrame] | None
    holdout: dict[str, pd.DataFrame] | None

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        config: Config,
        sources: Sources,
        before: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]],
        relations: Relations,
    ) -> _Measurables:
        releases = {name: release_of(name, sources, before) for name in names}

        def whole(frames: dict[str, pd.DataFrame | None]) -> dict[str, pd.DataFrame] | None:
            there = {n: _measurable(f, config, n) for n, f in frames.items() if f is not None}
            return _with_owners(there, relations) if len(there) == len(names) else None

        people = whole({n: sources.people[n] for n in names})
        avatars = whole({n: release.shuffled for n, release in releases.items()})
        assert people is not None and avatars is not None
        aligned = whole({n: release.sensitive_unshuffled for n, release in releases.items()})
        return cls(people, avatars, aligned, whole({n: sources.holdout.get(n) for n in names}))


def _weakest(by_reference: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the lowest figures of a table, and by reference all of them."""
    found: dict[str, Any] = {"meta_privacy_metric": None, "meta_signal_metric": None}
    for key in found:
        values = [figures[key] for figures in by_reference.values() if figures.get(key) is not None]
        found[key] = min(values, default=None)
    return {**found, "references": by_reference}


def _measurable(frame: pd.DataFrame, config: Config, name: str) -> pd.DataFrame:
    """Return the columns that say something, and the keys that link."""
    relations = config.relations()
    linked = {link.child_field for link in relations.parents_of(name)}
    linked.add(relations.primary_keys.get(name, ""))
    table = config.table(name)
    if name in relations.time_columns:
        linked |= set(table.identifiers)
    apart = {c.field for c in table.columns if c.drop or c.is_key or c.pseudonymization} - linked
    return frame[[label for label in frame.columns if label not in apart]]


def _with_owners(frames: dict[str, pd.DataFrame], relations: Relations) -> dict[str, pd.DataFrame]:
    """Return the tables with those of individuals who have none."""
    found = dict(frames)
    for link in relations.links:
        if link.parent not in found:
            owners = owners_of(frames[link.child], link)
            found[link.parent] = pd.DataFrame({link.parent_field: owners})
    return found


def _types_of(config: Config, name: str, frame: pd.DataFrame) -> dict[Any, Any]:
    relations, table = config.relations(), config.table(name)
    keys = {c.field for c in table.columns if c.is_key} | {relations.time_columns.get(name, "")}
    return {c: t for c, t in table.types.items() if c in frame.columns and c not in keys}
