"""Figures of a release, and how tables may be linked: looked at, not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avatars.config import Config
from avatars.exceptions import InvalidParameterError, NotAvailableError
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
    from avatars.displays import (
        ContributionDisplay,
        CorrelationDisplay,
        DistributionDisplay,
        ProjectionDisplay,
        figure_as_svg,
    )

    people, avatars, _ = comparable(name, config, sources, release_of(name, sources, earlier))
    makers: dict[PlotKind, Any] = {
        PlotKind.CORRELATION: CorrelationDisplay,
        PlotKind.CORRELATION_DIFFERENCE: CorrelationDisplay,
        PlotKind.CONTRIBUTION: ContributionDisplay,
        PlotKind.PROJECTION_2D: ProjectionDisplay,
        PlotKind.DISTRIBUTION: DistributionDisplay,
    }
    if kind not in makers:
        raise NotAvailableError(
            f"plot {kind.value} is not drawn by this version: choose one of "
            f"{', '.join(k.value for k in makers)}."
        )
    columns = list(people.columns)
    settings: dict[str, Any] = {}
    if kind is PlotKind.DISTRIBUTION and config.max_distribution_plots is not None:
        if config.max_distribution_plots < 1:
            raise InvalidParameterError("max_distribution_plots", "must be at least 1 to draw one.")
        settings["columns"] = columns[: config.max_distribution_plots]
    display = makers[kind].from_tables(people, avatars, **settings)
    try:
        return figure_as_svg(display.figure_)
    finally:
        import matplotlib.pyplot as plt

        plt.close(display.figure_)


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
