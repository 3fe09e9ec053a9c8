"""``Runner``: one run, from its tables to its report."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeVar

import pandas as pd

from avatars.backends import LocalBackend
from avatars.client import ApiClient
from avatars.config import Config
from avatars.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    NotAvailableError,
    shown,
)
from avatars.models import (
    DataFormat,
    DataRecipient,
    DataSubject,
    DataType,
    JobKind,
    JobResponse,
    JobStatus,
    ReportLanguage,
    Results,
    SensitivityLevel,
)
from avatars.runner.results import RunResults
from avatars.tables.sources import refuse_without_dtypes

__all__ = ["Runner"]

E = TypeVar("E", bound=Enum)

_DEFAULT_JOBS = [
    JobKind.standard,
    JobKind.signal_metrics,
    JobKind.privacy_metrics,
    JobKind.report,
]


class Runner(RunResults):
    """One run, from its tables to its report.

    :meth:`avatars.manager.Manager.create_runner` makes one.

    Parameters
    ----------
    api_client : LocalBackend
        What carries the jobs out: the engine of a Manager. An ApiClient is taken when running on a
        server comes.
    set_name : str
        What to call the run.
    seed : int, optional
        The seed of the release, which is a secret. From the operating system unless given.
    max_distribution_plots : int, optional
        Columns that are drawn at most.
    output_format : DataFormat, optional
        Format of released tables where they are written to files.
    pia_data_recipient, pia_data_type, pia_data_subject, pia_sensitivity_level : enum, optional
        Where the release goes and what it is about; the recipient decides the targets.
    report_language : ReportLanguage, optional
        English is what there is.

    Attributes
    ----------
    config : Config
        The run as it is described.
    set_id : str or None
        What the run is found by later, once it has run.

    Examples
    --------
    >>> from avatars import Manager
    >>> from avatars.datasets import make_patients
    >>> from avatars.models import JobKind
    >>> runner = Manager().create_runner("demo", seed=0)
    >>> runner.add_table("patients", make_patients(150, random_state=0))
    >>> runner.set_parameters("patients", k=20, known_variables=["age", "sex"])
    >>> jobs = runner.run([JobKind.standard, JobKind.privacy_metrics])
    >>> runner.privacy_metrics("patients")[0]["hidden_rate"] > 90
    True
    """

    def __init__(
        self,
        api_client: LocalBackend | ApiClient,
        set_name: str,
        seed: int | None = None,
        *,
        max_distribution_plots: int | None = None,
        output_format: Any = None,
        pia_data_recipient: Any = None,
        pia_data_type: Any = None,
        pia_data_subject: Any = None,
        pia_sensitivity_level: Any = None,
        report_language: Any = None,
    ) -> None:
        if isinstance(api_client, ApiClient):
            raise NotAvailableError(
                "running on a server comes with a later version: Manager().create_runner(...) "
                "computes in this process."
            )
        if not isinstance(set_name, str) or not set_name:
            raise InvalidParameterError("set_name", "must be a word.")
        if report_language not in (None, ReportLanguage.EN):
            raise NotAvailableError("reports are written in English by this version.")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
            raise InvalidParameterError("seed", "must be None or an integer of at least 0.")
        pia: dict[str, tuple[type[Enum], str, Any]] = {
            "datarecipient": (DataRecipient, "pia_data_recipient", pia_data_recipient),
            "data_type": (DataType, "pia_data_type", pia_data_type),
            "datasubject": (DataSubject, "pia_data_subject", pia_data_subject),
            "sensitivity_level": (
                SensitivityLevel,
                "pia_sensitivity_level",
                pia_sensitivity_level,
            ),
        }
        most = max_distribution_plots
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
            raise InvalidParameterError(
                "max_distribution_plots", "must be None or an integer of at least 0."
            )
        described = Config(display_name=set_name)
        words = {
            name: _member(kind, parameter, value).value
            for name, (kind, parameter, value) in pia.items()
            if value is not None
        }
        format_ = (
            None if output_format is None else _member(DataFormat, "output_format", output_format)
        )
        super().__init__(
            Config(
                display_name=set_name,
                seed=seed,
                pia={**described.pia, **words},
                annotations={"client_type": "python"},
                output_format=format_,
                max_distribution_plots=most,
            ),
            api_client,
        )
        self.set_id: str | None = None
        self._ran: Config | None = None

    @classmethod
    def resumed(cls, backend: LocalBackend, set_id: str) -> Runner:
        """Return to a run that was submitted before.

        Parameters
        ----------
        backend : LocalBackend
            Where it was submitted.
        set_id : str
            What it is found by.

        Returns
        -------
        Runner
            With its tables, jobs and results.
        """
        config, sources = backend.load(set_id)
        runner = cls(backend, config.display_name or "run")
        runner.config = runner._ran = config
        for name in sources.people:
            runner._keep(
                name,
                sources.people[name],
                sources.avatars.get(name),
                sources.holdout.get(name),
            )
        runner._aligned = set(sources.aligned)
        runner._sources_changed = False
        runner.set_id = set_id
        runner._find_jobs()
        return runner

    def __repr__(self) -> str:
        tables = ", ".join(shown(name) for name in self.config.tables) or "no tables"
        return f"Runner({shown(self.set_name)}: {tables})"

    @property
    def set_name(self) -> str:
        """Give what the run is called."""
        return self.config.display_name

    # ---- running

    def run(
        self,
        jobs_to_run: list[JobKind] = _DEFAULT_JOBS,
        *,
        wait: bool = False,
    ) -> dict[JobKind, JobResponse]:
        """Carry jobs out.

        They run one after another, in the order in which they need one another, while this
        returns; whoever asks for a result waits for it. Jobs that are run again take the place of
        their earlier results.

        Parameters
        ----------
        jobs_to_run : list of JobKind, default=[standard, signal_metrics, privacy_metrics, report]
            Which ones.
        wait : bool, default=False
            Return when all are done, and raise what goes wrong.

        Returns
        -------
        dict of {JobKind: JobResponse}
            As the jobs were when this returned.

        Raises
        ------
        InvalidParameterError
            For kinds that there aren't.
        InvalidTableError
            If there is no table, a table lacks its data or k, or there is nothing to measure.
        NotAvailableError
            For what no engine here does, such as differential privacy of linked tables.
        WorkspaceError
            If a table can't be kept in the workspace.
        """
        kinds = _kinds(jobs_to_run)
        self._backend.check(self.config, kinds)
        self._check_runnable(kinds)
        if self.set_id is None or self._sources_changed:
            self.set_id = self._backend.put(self.config, self._sources)
            self._sources_changed = False
            self._ran = self.config
        elif JobKind.standard in kinds or not self._release_changed():
            self._backend.update(self.set_id, self.config)
            self._ran = self.config
        # Else it is advice alone, and what is set now goes with no release yet.
        try:
            return self._backend.submit(self.set_id, kinds, wait=wait)
        finally:
            self._find_jobs()

    def _find_jobs(self) -> None:
        """Know the newest job of each kind, those that failed as well."""
        of_this = [job for job in self._backend.jobs() if job.set_name == self.set_id]
        self._jobs = {job.kind: job.name for job in reversed(of_this)}

    def _check_runnable(self, kinds: set[JobKind]) -> None:
        if not self.config.tables:
            raise InvalidTableError("the run has no table: add_table one first.")
        for name in self.config.tables:
            if name not in self._people:
                raise InvalidTableError(f"table {shown(name)} has no data: upload_file it first.")
        apart = [name for name in self.config.tables if name not in self._avatars]
        if JobKind.standard in kinds:
            for name in apart:
                parameters = self.config.standard.get(name)
                if parameters and parameters.dp_epsilon is not None and name in self._data:
                    refuse_without_dtypes(self._data[name], name)
                asked = parameters and (parameters.k or parameters.dp_epsilon)
                if self.config.needs_k(name) and not asked:
                    raise InvalidTableError(
                        f"table {shown(name)} has no k: set_parameters({name!r}, k=...) first."
                    )
            return
        measuring = kinds - {JobKind.advice}
        if not measuring or not apart:
            return
        if JobKind.standard not in self._jobs or self._sources_changed or self._release_changed():
            raise InvalidTableError(
                f"table {shown(apart[0])} has no avatars of what is set now: run "
                "JobKind.standard as well."
            )
        made = self.get_job(JobKind.standard)
        if made.done and made.status is not JobStatus.FINISHED:
            raise InvalidTableError(
                f"table {shown(apart[0])} has no avatars, its job ended as {made.status.value!r}: "
                "run JobKind.standard as well."
            )

    def _release_changed(self) -> bool:
        """Tell whether what decides the avatars was changed since they were made."""
        assert self._ran is not None
        parts = ("standard", "tables", "seed")
        return any(getattr(self.config, part) != getattr(self._ran, part) for part in parts)

    def kill(self) -> None:
        """Stop the jobs that are not done; results that are there stay.

        A running job stops at its next step: within a block of 16,384 people while avatars are
        drawn, at the end of the step otherwise.
        """
        for name in self._jobs.values():
            self._backend.cancel(name)

    def cancel(self) -> dict[JobKind, JobResponse]:
        """Stop the jobs that are not done.

        Returns
        -------
        dict of {JobKind: JobResponse}
            As they are afterwards.
        """
        self.kill()
        return self.statuses()

    def delete(self) -> None:
        """Forget the run where it is kept: its tables, jobs and results."""
        if self.set_id is not None:
            self._backend.delete_set(self.set_id)
        self.set_id, self._jobs, self._sources_changed = None, {}, True

    # ---- advice

    def table_summary(self, table_name: str) -> pd.DataFrame:
        """Return what there is to know of the columns of a table.

        Parameters
        ----------
        table_name : str
            The table.

        Returns
        -------
        DataFrame
            One row per column; values that fewer than five people share are left out.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        """
        self.config.table(table_name)
        advice = self._advice()[table_name]
        return pd.DataFrame.from_records(advice["advice"]["summary"]["stats"])

    def advise_parameters(self, table_name: str | None = None) -> None:
        """Set what is advised for a table; other parameters stay.

        Parameters
        ----------
        table_name : str, optional
            The table; all of them unless given.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        """
        names = list(self.config.tables) if table_name is None else [table_name]
        for name in names:
            self.config.table(name)
        advice = self._advice()
        config = self.config
        for name in names:
            said = advice[name]["advice"]
            imputation = said.get("imputation") or {}
            advised = {
                "k": said["k"],
                "ncp": said["ncp"],
                "use_categorical_reduction": said["use_categorical_reduction"],
                "imputation_method": imputation.get("method"),
                "imputation_training_fraction": imputation.get("training_fraction"),
            }
            current = config.set_parameters_of(name)
            if current.get("dp_epsilon") is not None:
                advised.pop("k")
            merged = {**current, **{n: v for n, v in advised.items() if v is not None}}
            config = config.with_parameters(name, **merged)
        self.config = config

    def advise_links(self) -> pd.DataFrame:
        """Return how the tables may be linked.

        Returns
        -------
        DataFrame
            One row per foreign key: where it points, how sure that is, and why.
        """
        return pd.DataFrame.from_records(self._backend.advise_links(self._sources))

    def _advice(self) -> dict[str, Any]:
        self._check_runnable({JobKind.advice})
        backend = LocalBackend()
        name = backend.put(self.config, self._sources)
        job = backend.submit(name, [JobKind.advice], wait=True)[JobKind.advice]
        found = backend.results(job.name)
        return {table: results[Results.ADVICE] for table, results in found.items()}


def _member(kind: type[E], parameter: str, value: Any) -> E:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(member.value) for member in kind)
        raise InvalidParameterError(parameter, f"must be one of {known}.") from None


def _kinds(jobs_to_run: Iterable[JobKind | str]) -> set[JobKind]:
    if isinstance(jobs_to_run, (str, bytes)) or not isinstance(jobs_to_run, Iterable):
        raise InvalidParameterError("jobs_to_run", "must be a list of JobKind.")
    try:
        kinds = {JobKind(kind) for kind in jobs_to_run}
    except ValueError:
        known = ", ".join(kind.value for kind in JobKind)
        raise InvalidParameterError("jobs_to_run", f"must name kinds of jobs: {known}.") from None
    if not kinds:
        raise InvalidParameterError("jobs_to_run", "names no job.")
    return kinds
