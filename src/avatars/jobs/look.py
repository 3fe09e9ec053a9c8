"""Figures of a release, and how tables may be linked: looked at, not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avatars.config import Config
from avatars.exceptions import InvalidParameterError, NotAvailableError, shown
from avatars.jobs.measure import comparable
from avatars.jobs.sources import Sources, release_of
from avatars.models import JobKind, PlotKind, Results

__all__ = ["drawn", "linked"]


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
    NotAvailableError
        For figures that this version doesn't draw.
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
    if kind not in makers:
        raise NotAvailableError(
            f"plot {kind.value} is not drawn by this version: choose one of "
            f"{', '.join(k.value for k in makers)}."
        )
    release = release_of(name, sources, earlier)
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
