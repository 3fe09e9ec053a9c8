"""What the jobs of a run left."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pandas as pd

from avatars.backends import LocalBackend
from avatars.config import Config
from avatars.exceptions import InvalidParameterError, JobError, shown
from avatars.models import JobKind, JobResponse, PlotKind, Results
from avatars.runner.configuration import RunConfiguration
from avatars.runner.plot import Plot
from avatars.tables import write_whole

__all__ = ["RunResults"]

# What pairs people with avatars, or shows where people stand.
SENSITIVE = (Results.UNSHUFFLED, Results.PROJECTIONS_ORIGINAL, Results.PROJECTIONS_AVATARS)
_NOTHING = (Results.REPORT_IMAGES, Results.FIGURES, Results.FIGURES_METADATA)


class RunResults(RunConfiguration):
    """What the jobs of a run left.

    Parameters
    ----------
    config : Config
        The run.
    backend : LocalBackend
        What carries the jobs out.

    Examples
    --------
    >>> from avatars.backends import LocalBackend
    >>> from avatars.config import Config
    >>> from avatars.runner.results import RunResults
    >>> RunResults(Config(display_name="demo"), LocalBackend()).get_all_results()
    {}
    """

    def __init__(self, config: Config, backend: LocalBackend) -> None:
        super().__init__(config)
        self._backend = backend
        self._jobs: dict[JobKind, str] = {}

    # ---- jobs

    def get_job(self, job_name: JobKind) -> JobResponse:
        """Return what is known of a job.

        Parameters
        ----------
        job_name : JobKind
            Which one.

        Returns
        -------
        JobResponse
            Its state now.

        Raises
        ------
        JobError
            If it wasn't run.
        """
        return self._backend.job(self._job(job_name))

    def get_status(self, job_name: JobKind) -> str:
        """Return where a job stands.

        Parameters
        ----------
        job_name : JobKind
            Which one.

        Returns
        -------
        str
            A value of :class:`avatars.models.JobStatus`.
        """
        return str(self.get_job(job_name).status.value)

    def statuses(self) -> dict[JobKind, JobResponse]:
        """Return what is known of all jobs.

        Returns
        -------
        dict of {JobKind: JobResponse}
            Of those that were run.
        """
        return {kind: self._backend.job(name) for kind, name in self._jobs.items()}

    def _job(self, kind: JobKind | str) -> str:
        try:
            kind = JobKind(kind)
        except ValueError:
            raise InvalidParameterError("job_name", "must be a member of JobKind.") from None
        if kind not in self._jobs:
            raise JobError(f"job {kind.value} was not run: run([JobKind.{kind.value}]) first.")
        return self._jobs[kind]

    # ---- results

    def get_specific_result(
        self, table_name: str, job_name: JobKind, result: Results = Results.SHUFFLED
    ) -> Any:
        """Return one result; waits until its job is done.

        Parameters
        ----------
        table_name : str
            Of which table.
        job_name : JobKind
            Of which job.
        result : Results, default=Results.SHUFFLED
            Which one.

        Returns
        -------
        DataFrame, dict, list of dict, or bytes
            By what it is.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        JobError
            If the job wasn't run, failed, or leaves no such result.
        """
        self.config.table(table_name)
        try:
            wanted = Results(result)
        except ValueError:
            raise InvalidParameterError("result", "must be a member of Results.") from None
        found = self._backend.results(self._job(job_name)).get(table_name, {})
        if wanted not in found:
            others = ", ".join(sorted(r.value for r in found)) or "nothing"
            hint = " Figures are drawn by render_plot." if wanted in _NOTHING else ""
            if wanted in SENSITIVE and _is_private(self.config, table_name):
                hint = " Avatars with differential privacy are drawn around nobody."
            raise JobError(
                f"job {JobKind(job_name).value} left no {wanted.value} of table "
                f"{shown(table_name)}: it left {others}.{hint}"
            )
        return _own(found[wanted])

    def get_all_results(
        self, *, include_sensitive: bool = False
    ) -> dict[JobKind, dict[str, dict[Results, Any]]]:
        """Return what all jobs left; waits until they are done.

        Parameters
        ----------
        include_sensitive : bool, default=False
            Also what pairs people with their avatars, or shows where people stand.

        Returns
        -------
        dict of {JobKind: dict of {table: dict of {Results: object}}}
            Of the jobs that were run.
        """
        return {
            kind: {
                table: {
                    result: _own(value)
                    for result, value in found.items()
                    if include_sensitive or result not in SENSITIVE
                }
                for table, found in self._backend.results(name).items()
            }
            for kind, name in self._jobs.items()
        }

    def shuffled(self, table_name: str) -> pd.DataFrame:
        """Return the release of a table.

        Parameters
        ----------
        table_name : str
            The table.

        Returns
        -------
        DataFrame
            Avatars in random order, with a fresh index.
        """
        frame: pd.DataFrame = self.get_specific_result(table_name, JobKind.standard)
        return frame

    def sensitive_unshuffled(self, table_name: str) -> pd.DataFrame:
        """Return avatars in the order of the people: **sensitive**, never release it.

        Parameters
        ----------
        table_name : str
            The table.

        Returns
        -------
        DataFrame
            Row i was drawn around row i of the people.
        """
        frame: pd.DataFrame = self.get_specific_result(
            table_name, JobKind.standard, Results.UNSHUFFLED
        )
        return frame

    def privacy_metrics(self, table_name: str) -> list[dict[str, Any]]:
        """Return the privacy metrics of a table.

        Parameters
        ----------
        table_name : str
            The table.

        Returns
        -------
        list of dict
            One per computation, with the documented keys, ``targets`` and ``metadata``; attacks
            with their intervals are in ``metadata["attacks"]``.
        """
        found: list[dict[str, Any]] = self.get_specific_result(
            table_name, JobKind.privacy_metrics, Results.PRIVACY_METRICS
        )
        return found

    def signal_metrics(self, table_name: str) -> list[dict[str, Any]]:
        """Return the signal metrics of a table.

        Parameters
        ----------
        table_name : str
            The table.

        Returns
        -------
        list of dict
            One per computation, with the documented keys, ``targets`` and ``metadata``.
        """
        found: list[dict[str, Any]] = self.get_specific_result(
            table_name, JobKind.signal_metrics, Results.SIGNAL_METRICS
        )
        return found

    def projections(
        self, table_name: str, job_name: JobKind = JobKind.standard
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return where people and avatars stand on the axes: **sensitive**, rows are aligned.

        Parameters
        ----------
        table_name : str
            The table.
        job_name : JobKind, default=JobKind.standard
            The job that made them.

        Returns
        -------
        original, avatars : DataFrame
            Columns "Dim. 1", "Dim. 2" ...
        """
        original, avatars = (
            self.get_specific_result(table_name, job_name, result)
            for result in (Results.PROJECTIONS_ORIGINAL, Results.PROJECTIONS_AVATARS)
        )
        return original, avatars

    def download_report(self, path: str | os.PathLike[str] | None = None) -> None:
        """Write the report to a file.

        Parameters
        ----------
        path : path, optional
            A PDF or HTML file, by its suffix; ``report.pdf`` unless given. With several tables
            each has its own, with the name of the table before the suffix.

        Raises
        ------
        InvalidParameterError
            For another suffix.
        JobError
            If there is no report.
        """
        target = Path("report.pdf" if path is None else path)
        formats = {".pdf": Results.REPORT, ".html": Results.REPORT_HTML}
        if target.suffix.lower() not in formats:
            raise InvalidParameterError("path", f"must end in {' or '.join(formats)}.")
        reports = {
            name: self.get_specific_result(name, JobKind.report, formats[target.suffix.lower()])
            for name in self.config.tables
        }
        for number, (name, content) in enumerate(reports.items()):
            words = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
            place = target.with_name(f"{target.stem}-{number}-{words}{target.suffix}")
            written = content.encode("utf-8") if isinstance(content, str) else content
            write_whole(target if len(reports) == 1 else place, written)

    def render_plot(self, table_name: str, plot_kind: PlotKind) -> Plot:
        """Draw a figure of a release in which nobody can be told apart.

        Parameters
        ----------
        table_name : str
            The table.
        plot_kind : PlotKind
            Which figure.

        Returns
        -------
        Plot
            Shown by notebooks; ``save`` writes it.
        """
        self.config.table(table_name)
        try:
            kind = PlotKind(plot_kind)
        except ValueError:
            raise InvalidParameterError("plot_kind", "must be a member of PlotKind.") from None
        job = "" if table_name in self._avatars else self._job(JobKind.standard)
        if job and self._sources_changed:
            raise JobError(
                f"table {shown(table_name)} has no avatars of the tables as they are now: run "
                "JobKind.standard again."
            )
        jobs = {JobKind.standard: job} if job else {}
        if kind is PlotKind.METRICS_SUMMARY:
            jobs |= {of: self._job(of) for of in (JobKind.privacy_metrics, JobKind.signal_metrics)}
        drawn = self._backend.plot(kind, table_name, self.config, self._sources, jobs)
        return Plot(kind, drawn)

    def metrics_summary(self) -> pd.DataFrame:
        """Return one figure each for privacy and signal of every table.

        Returns
        -------
        DataFrame
            Indexed by table, columns by reference; 0 to 100, the weakest link for privacy, higher
            is better.
        """
        rows: dict[str, dict[tuple[str, str], Any]] = {}
        for name in self.config.tables:
            rows[name] = {}
            for what, job in (
                ("privacy", JobKind.privacy_metrics),
                ("signal", JobKind.signal_metrics),
            ):
                meta = self.get_specific_result(name, job, Results.META_METRICS)
                for reference, figures in meta.get("references", {"standalone": meta}).items():
                    rows[name][reference, what] = figures.get(f"meta_{what}_metric")
        # The table itself first, then what it is linked to.
        found = {key for row in rows.values() for key in row}
        order = sorted(found, key=lambda key: (key[0] != "standalone", key))
        columns = pd.MultiIndex.from_tuples(order, names=["reference", "metric"])
        frame = pd.DataFrame([[row.get(key) for key in order] for row in rows.values()])
        frame.columns, frame.index = columns, pd.Index(rows, name="table")
        return frame


def _own(value: Any) -> Any:
    """Return a result that its receiver may change without changing what is measured next."""
    return value.copy() if isinstance(value, pd.DataFrame) else copy.deepcopy(value)


def _is_private(config: Config, table: str) -> bool:
    parameters = config.standard.get(table)
    return parameters is not None and parameters.dp_epsilon is not None
