"""Figures of a release, and how tables may be linked: looked at, not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from avatars.config import Config
from avatars.exceptions import InvalidParameterError, shown
from avatars.jobs.measure import comparable
from avatars.jobs.sources import Sources, release_of
from avatars.models import JobKind, PlotKind, Results, TableParameters

__all__ = ["drawn", "linked"]

_CLASSES, _FEW = 6, 5


def drawn(
    kind: PlotKind,
    name: str,
    config: Config,
    sources: Sources,
    earlier: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]],
) -> str:
    """Draw a figure of a release.

    Parameters
    ----------
    kind : PlotKind
        Which one.
    name : str
        The table.
    config : Config
        The run.
    sources : Sources
        Its tables.
    earlier : dict of {JobKind: results}
        What the job that made the avatars left.

    Returns
    -------
    str
        An ``<svg>`` element in which nobody can be told apart.

    Raises
    ------
    InvalidParameterError
        For figures that this table can't have.
    MissingExtraError
        Without matplotlib.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources, drawn
    >>> from avatars.models import PlotKind
    >>> people = make_patients(100, random_state=0)
    >>> run = Config(display_name="demo").with_table(TableConfig(name="patients"))
    >>> sources = Sources({"patients": people}, {"patients": people})
    >>> drawn(PlotKind.CORRELATION, "patients", run, sources, {})[:4]
    '<svg'
    """
    from avatars.displays import figure_as_svg

    figure = _figure(kind, name, config, sources, earlier)
    try:
        return figure_as_svg(figure)
    finally:
        import matplotlib.pyplot as plt

        plt.close(figure)


def _figure(
    kind: PlotKind,
    name: str,
    config: Config,
    sources: Sources,
    earlier: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]],
) -> Any:
    from avatars import displays

    makers: dict[PlotKind, Any] = {
        PlotKind.CORRELATION: displays.CorrelationDisplay,
        PlotKind.CORRELATION_DIFFERENCE: displays.CorrelationDisplay,
        PlotKind.CONTRIBUTION: displays.ContributionDisplay,
        PlotKind.PROJECTION_2D: displays.ProjectionDisplay,
        PlotKind.PROJECTION_3D: displays.ProjectionDisplay,
        PlotKind.DISTRIBUTION: displays.DistributionDisplay,
        PlotKind.AGGREGATE_STATS: displays.AggregatesDisplay,
        PlotKind.RAW_SERIES: displays.SeriesDisplay,
        PlotKind.NORMALIZED_SERIES: displays.SeriesDisplay,
    }
    if kind is PlotKind.METRICS_SUMMARY:
        return displays.SummaryDisplay.from_meta(_scores(config, earlier)).figure_
    release = release_of(name, sources, earlier)
    if kind is PlotKind.CLASS_PROJECTION_2D:
        return _planes_by_class(*comparable(name, config, sources, release)[:2], name, config)
    if makers[kind] is displays.SeriesDisplay:
        table = config.table(name)
        if table.time_series_time is None or not table.identifiers:
            raise InvalidParameterError(
                "plot_kind", f"is of series, and table {shown(name)} holds none."
            )
        # Keys and inventions are no variables.
        apart = {c.field for c in table.columns if c.drop or c.is_key or c.pseudonymization}
        apart.discard(owner := table.identifiers[0])
        frames = [
            frame.drop(columns=[c for c in frame.columns if c in apart])
            for frame in (sources.people[name], release.shuffled)
        ]
        return displays.SeriesDisplay.from_tables(
            *frames,
            id_column=owner,
            time_column=table.time_series_time,
            normalized=kind is PlotKind.NORMALIZED_SERIES,
        ).figure_
    people, avatars, _ = comparable(name, config, sources, release)
    if kind is PlotKind.PROJECTION_3D:
        return _three_planes(people, avatars, name)
    settings: dict[str, Any] = {}
    if kind is PlotKind.DISTRIBUTION and config.max_distribution_plots is not None:
        if config.max_distribution_plots < 1:
            raise InvalidParameterError("max_distribution_plots", "must be at least 1 to draw one.")
        settings["columns"] = list(people.columns)[: config.max_distribution_plots]
    return makers[kind].from_tables(people, avatars, **settings).figure_


def _scores(
    config: Config, earlier: Mapping[JobKind, Mapping[str, Mapping[Results, Any]]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what sums up each table, by reference."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind in (JobKind.privacy_metrics, JobKind.signal_metrics):
        for name in config.tables:
            meta = earlier[kind][name][Results.META_METRICS]
            for reference, figures in meta.get("references", {"standalone": meta}).items():
                kept = {key: value for key, value in figures.items() if value is not None}
                found.setdefault(name, {}).setdefault(reference, {}).update(kept)
    return found


def _planes_by_class(people: Any, avatars: Any, name: str, config: Config) -> Any:
    """Draw each class of a column that more avatars balanced, on the same two axes."""
    from avatars.displays import ProjectionDisplay
    from avatars.displays.plane import PeopleAxes
    from avatars.displays.style import panels, text_of
    from avatars.metrics.space import read_together

    parameters = config.standard.get(name, TableParameters())
    target = parameters.data_augmentation_target_column
    first, second = read_together(people, avatars, types={target: "category"} if target else None)
    column = next((c for c in first.schema.categories if c.label == target), None)
    if column is None:
        raise InvalidParameterError(
            "plot_kind",
            f"shows classes that augmentation balances, and table {shown(name)} has no "
            "data_augmentation_target_column.",
        )
    fitted = PeopleAxes(first, 2)
    counts = np.bincount(np.maximum(first.codes[:, column.slot], 0), minlength=column.n_levels)
    common = [c for c in np.argsort(-counts, kind="stable")[:_CLASSES] if counts[c] >= _FEW]
    axes = panels(None, 2 * max(len(common), 1), per_row=2, size=(4.1, 3.9))
    for row, code in enumerate(common):
        both = (table.take(table.codes[:, column.slot] == code) for table in (first, second))
        pair = axes[2 * row : 2 * row + 2]
        ProjectionDisplay.from_tables(*both, fitted=fitted, ax=pair)
        level = column.codec.levels[code]  # type: ignore[union-attr]
        for axis, who in zip(pair, ("people", "avatars"), strict=True):
            axis.set_title(f"{text_of(target)} {text_of(level, 16)}: {who}", loc="left")
    return axes[0].figure


def _three_planes(people: Any, avatars: Any, name: str) -> Any:
    """Draw three axes as the planes between them: a cloud of points would show everybody."""
    from avatars.displays import ProjectionDisplay
    from avatars.displays.plane import PeopleAxes
    from avatars.displays.style import panels
    from avatars.tables import read_table

    if PeopleAxes(read_table(people, name=name), 3).coordinates.shape[1] < 3:
        raise InvalidParameterError(
            "plot_kind", f"asks for three axes, and table {shown(name)} carries fewer."
        )
    axes = panels(None, 6, per_row=2, size=(4.1, 3.9))
    for row, pair in enumerate(((1, 2), (1, 3), (2, 3))):
        ProjectionDisplay.from_tables(people, avatars, axes=pair, ax=axes[2 * row : 2 * row + 2])
    return axes[0].figure


def linked(sources: Sources) -> list[dict[str, Any]]:
    """Return how tables may be linked.

    Parameters
    ----------
    sources : Sources
        The tables.

    Returns
    -------
    list of dict
        Fields of :class:`avatars.advice.LinkAdvice`.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.jobs import Sources, linked
    >>> doctors = pd.DataFrame({"doctor_id": range(10, 20), "age": range(30, 40)})
    >>> visits = pd.DataFrame({"doctor_id": [10, 11, 11, 12], "cost": [5, 6, 7, 8]})
    >>> linked(Sources({"doctor": doctors, "visit": visits}))[0]["child_field"]
    'doctor_id'
    """
    from dataclasses import asdict

    from avatars.advice import advise_links

    return [asdict(link) for link in advise_links(dict(sources.people))]
