"""Measuring a release, advising on a table, and reporting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from avatars.config import Config
from avatars.exceptions import InvalidInputError, shown
from avatars.jobs.sources import Sources, StandardResult
from avatars.models import Results, TableParameters

if TYPE_CHECKING:
    from avatars.report import Report

__all__ = ["advised", "as_results", "measured_privacy", "measured_signal", "reported"]

_RECIPIENTS = "datarecipient"


def measured_privacy(
    name: str, config: Config, sources: Sources, release: StandardResult
) -> dict[Results, Any]:
    """Return privacy metrics of a table, with the attacks in their metadata.

    Parameters
    ----------
    name : str
        The table.
    config : Config
        The run.
    sources : Sources
        Its tables.
    release : StandardResult
        The avatars.

    Returns
    -------
    dict
        ``PRIVACY_METRICS``, a list of one dict, and ``META_METRICS``.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources, StandardResult
    >>> from avatars.jobs.measure import measured_privacy
    >>> from avatars.models import Results
    >>> people = make_patients(100, random_state=0)
    >>> run = Config(display_name="demo").with_table(TableConfig(name="patients"))
    >>> release = StandardResult(people, None)
    >>> found = measured_privacy("patients", run, Sources({"patients": people}), release)
    >>> found[Results.PRIVACY_METRICS][0]["row_direct_match_protection"]
    0.0
    """
    from avatars.metrics import meta_metrics, privacy_metrics

    parameters = config.privacy_metrics.get(name, TableParameters())
    people, avatars, holdout = comparable(name, config, sources, release)
    unshuffled = _paired(release, avatars)
    found = privacy_metrics(
        people,
        avatars,
        holdout=holdout,
        sensitive_unshuffled=unshuffled,
        known_variables=parameters.known_variables,
        target=parameters.target,
        closest_rate_percentage_threshold=parameters.closest_rate_percentage_threshold,
        closest_rate_ratio_threshold=parameters.closest_rate_ratio_threshold,
        quantile_threshold=parameters.quantile_threshold,
        categorical_hidden_rate_variables=parameters.categorical_hidden_rate_variables,
        ncp=parameters.ncp or 5,
        context=_context(config),
        exclude_variable_names=_excluded(parameters),
        types=_types(config, name, people),
        name=name,
    )
    return {
        Results.PRIVACY_METRICS: found,
        Results.META_METRICS: meta_metrics(found, {"targets": {}}),
    }


def measured_signal(
    name: str, config: Config, sources: Sources, release: StandardResult
) -> dict[Results, Any]:
    """Return signal metrics of a table.

    Parameters
    ----------
    name : str
        The table.
    config : Config
        The run.
    sources : Sources
        Its tables.
    release : StandardResult
        The avatars.

    Returns
    -------
    dict
        ``SIGNAL_METRICS``, a list of one dict, and ``META_METRICS``.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources, StandardResult
    >>> from avatars.jobs.measure import measured_signal
    >>> from avatars.models import Results
    >>> people = make_patients(100, random_state=0)
    >>> run = Config(display_name="demo").with_table(TableConfig(name="patients"))
    >>> release = StandardResult(people, None)
    >>> found = measured_signal("patients", run, Sources({"patients": people}), release)
    >>> found[Results.SIGNAL_METRICS][0]["hellinger_mean"]
    0.0
    """
    from avatars.metrics import meta_metrics, signal_metrics

    parameters = config.signal_metrics.get(name, TableParameters())
    people, avatars, holdout = comparable(name, config, sources, release)
    # The target is documented in both senses, and written in one place.
    target = config.privacy_metrics.get(name, TableParameters()).target
    found = signal_metrics(
        people,
        avatars,
        holdout=holdout,
        target=target,
        ncp=parameters.ncp or 5,
        context=_context(config),
        exclude_variable_names=_excluded(parameters),
        types=_types(config, name, people),
        name=name,
    )
    return {
        Results.SIGNAL_METRICS: found,
        Results.META_METRICS: meta_metrics({"targets": {}}, found),
    }


def reported(
    name: str, config: Config, sources: Sources, release: StandardResult
) -> dict[Results, Any]:
    """Return the report of a table.

    Parameters
    ----------
    name : str
        The table.
    config : Config
        The run.
    sources : Sources
        Its tables.
    release : StandardResult
        The avatars.

    Returns
    -------
    dict
        ``REPORT``, the bytes of a PDF, and ``REPORT_HTML``, the same as one HTML document.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources, StandardResult
    >>> from avatars.jobs.measure import reported
    >>> from avatars.models import Results
    >>> people = make_patients(100, random_state=0)
    >>> run = Config(display_name="demo").with_table(TableConfig(name="patients"))
    >>> release = StandardResult(people, None)
    >>> found = reported("patients", run, Sources({"patients": people}), release)
    >>> found[Results.REPORT][:5]
    b'%PDF-'
    """
    from avatars.report import report

    people, avatars, holdout = comparable(name, config, sources, release)
    parameters = config.privacy_metrics.get(name, TableParameters())
    made = report(
        people,
        avatars,
        holdout=holdout,
        sensitive_unshuffled=_paired(release, avatars),
        parameters=config.set_parameters_of(name),
        context=_context(config),
        known_variables=parameters.known_variables,
        target=parameters.target,
        types=_types(config, name, people),
        name=name,
        guarantee=release.guarantee,
    )
    return as_results(made)


def as_results(made: Report) -> dict[Results, Any]:
    """Return a report as jobs keep it: the bytes of a PDF, and one HTML document.

    Parameters
    ----------
    made : Report
        The report.

    Returns
    -------
    dict
        ``REPORT`` and ``REPORT_HTML``.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs.measure import as_results
    >>> from avatars.report import report
    >>> people = make_patients(60, random_state=0)
    >>> sorted(as_results(report(people, people)))
    [<Results.REPORT: 'report'>, <Results.REPORT_HTML: 'report_html'>]
    """
    import tempfile
    from pathlib import Path

    # The report knows how to write a file; its folder is private and goes with it.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        made.to_pdf(path)
        return {Results.REPORT: path.read_bytes(), Results.REPORT_HTML: made.to_html()}


def advised(name: str, config: Config, sources: Sources) -> dict[Results, Any]:
    """Return advice on a table.

    Parameters
    ----------
    name : str
        The table.
    config : Config
        The run.
    sources : Sources
        Its tables.

    Returns
    -------
    dict
        ``ADVICE``, in the documented nesting.

    Examples
    --------
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources
    >>> from avatars.jobs.measure import advised
    >>> from avatars.models import Results
    >>> run = Config(display_name="demo").with_table(TableConfig(name="patients"))
    >>> sources = Sources({"patients": make_patients(100, random_state=0)})
    >>> advised("patients", run, sources)[Results.ADVICE]["table_name"]
    'patients'
    """
    from avatars.advice import advise

    table, people = config.table(name), sources.people[name]
    advice = advise(
        people.drop(columns=[c for c in table.dropped if c in people.columns]),
        context=_context(config),
        types=_types(config, name, people),
        primary_key=table.primary_key,
    )
    return {Results.ADVICE: advice.to_dict(name)}


def comparable(
    name: str, config: Config, sources: Sources, release: StandardResult
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """Return people, avatars and people unseen with the columns that can be compared."""
    table, people = config.table(name), sources.people[name]
    # Keys name rows and say nothing; pseudonyms are inventions.
    apart = {c.field for c in table.columns if c.drop or c.is_key or c.pseudonymization}
    kept = [label for label in people.columns if label not in apart]
    holdout = sources.holdout.get(name)
    for what, frame in (("avatars", release.shuffled), ("holdout_data", holdout)):
        lacking = [] if frame is None else [c for c in kept if c not in frame.columns]
        if lacking:
            raise InvalidInputError(
                f"the {what} of table {shown(name)} lack column {shown(lacking[0])}: pass the same "
                "columns."
            )
    return people[kept], release.shuffled[kept], None if holdout is None else holdout[kept]


def _paired(release: StandardResult, avatars: pd.DataFrame) -> pd.DataFrame | None:
    """Return avatars in the order of the people; None where there are more of them than people."""
    unshuffled = release.sensitive_unshuffled
    if unshuffled is None or len(unshuffled) != len(avatars):
        return None
    return unshuffled[avatars.columns]


def _context(config: Config) -> str:
    return config.pia.get(_RECIPIENTS, "unknown")


def _excluded(parameters: TableParameters) -> list[Any] | None:
    if parameters.use_excluded_variables_in_metrics:
        return None
    return parameters.exclude_variable_names


def _types(config: Config, name: str, people: pd.DataFrame) -> dict[Any, Any] | None:
    table = config.table(name)
    types = {
        c.field: c.type
        for c in table.columns
        if c.type is not None
        and c.field in people.columns
        and not (c.drop or c.is_key or c.pseudonymization)
    }
    return types or None
