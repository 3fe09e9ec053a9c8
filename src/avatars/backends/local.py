"""Carrying jobs out in this process."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from avatars.backends.protocol import Store
from avatars.backends.stores import FolderStore, MemoryStore
from avatars.backends.worker import Worker
from avatars.config import Config
from avatars.constants import JOBS_IN_ORDER, JOBS_NEEDED
from avatars.exceptions import JobError
from avatars.jobs import Sources, drawn, linked, refuse_unavailable
from avatars.models import JobKind, JobResponse, JobStatus, PlotKind

__all__ = ["LocalBackend"]


class LocalBackend(Worker):
    """Carries jobs out in this process, one after another.

    Parameters
    ----------
    workspace : path, optional
        A folder in which runs, jobs and results are kept for later processes; it is made if it
        isn't there. In memory unless given.
    n_jobs : int, optional
        Threads within a job.

    Examples
    --------
    >>> from avatars.backends import LocalBackend
    >>> from avatars.config import Config, TableConfig
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import Sources
    >>> from avatars.models import JobKind, Results
    >>> run = Config(display_name="demo", seed=0).with_table(TableConfig(name="patients"))
    >>> run = run.with_parameters("patients", k=10)
    >>> backend = LocalBackend()
    >>> name = backend.put(run, Sources({"patients": make_patients(100, random_state=0)}))
    >>> jobs = backend.submit(name, [JobKind.standard], wait=False)
    >>> found = backend.results(jobs[JobKind.standard].name)
    >>> found["patients"][Results.SHUFFLED].shape
    (100, 13)
    """

    def __init__(
        self, workspace: str | os.PathLike[str] | None = None, *, n_jobs: int | None = None
    ) -> None:
        store: Store = MemoryStore() if workspace is None else FolderStore(workspace)
        super().__init__(store, n_jobs)
        self._workspace = workspace

    def __repr__(self) -> str:
        return f"LocalBackend({len(self._store.all_jobs())} jobs)"

    def __copy__(self) -> LocalBackend:
        return self  # Runs are kept in one place, however many Managers know it.

    def __deepcopy__(self, memo: dict[int, Any]) -> LocalBackend:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle holds no people: what is in memory stays behind.
        return _opened, (self._workspace, self.n_jobs)

    # ---- runs

    def check(self, config: Config, kinds: Iterable[JobKind]) -> None:
        """Refuse jobs that can't be carried out, before anything is done for them.

        Parameters
        ----------
        config : Config
            The run.
        kinds : iterable of JobKind
            What is asked for.

        Raises
        ------
        NotAvailableError
            For what this version can't run.
        """
        for kind in kinds:
            refuse_unavailable(kind, config)

    def put(self, config: Config, sources: Sources) -> str:
        """Keep a run and its tables.

        Parameters
        ----------
        config : Config
            The run.
        sources : Sources
            Its tables.

        Returns
        -------
        str
            Its name, which can't be guessed.
        """
        name = str(uuid.uuid4())
        self._store.put_set(name, config, sources)
        return name

    def update(self, set_name: str, config: Config) -> None:
        """Change the parameters of a run whose tables stay the same.

        Parameters
        ----------
        set_name : str
            What ``put`` returned.
        config : Config
            The run as it is now.
        """
        self._store.put_config(set_name, config)

    def load(self, set_name: str) -> tuple[Config, Sources]:
        """Return a run that was kept.

        Parameters
        ----------
        set_name : str
            What ``put`` returned.

        Returns
        -------
        config : Config
            The run.
        sources : Sources
            Its tables.

        Raises
        ------
        JobError
            If there is no such run.
        """
        return self._store.get_set(set_name)

    def delete_set(self, set_name: str) -> None:
        """Forget a run, its tables and its jobs.

        Parameters
        ----------
        set_name : str
            What ``put`` returned.
        """
        jobs = [job.name for job in self._of(set_name)]
        for name in jobs:
            self.cancel(name)
        for name in jobs:
            self.delete_job(name)
        self._store.delete_set(set_name)

    # ---- jobs

    def submit(
        self, set_name: str, kinds: Iterable[JobKind], *, wait: bool = False
    ) -> dict[JobKind, JobResponse]:
        """Have jobs of a run carried out in the order in which they need one another.

        Parameters
        ----------
        set_name : str
            What ``put`` returned.
        kinds : iterable of JobKind
            Which jobs.
        wait : bool, default=False
            Carry them out in this thread, and raise what goes wrong.

        Returns
        -------
        dict of {JobKind: JobResponse}
            As they were when this returns.
        """
        config, _ = self._store.get_set(set_name)
        wanted = set(kinds)
        jobs: dict[JobKind, JobResponse] = {}
        # The newest release of the run serves those that are asked for without one.
        releases = [job.name for job in self._of(set_name) if job.kind is JobKind.standard]
        parents = {JobKind.standard: releases[0]} if releases else {}
        for kind in JOBS_IN_ORDER:
            if kind in wanted:
                job = JobResponse(
                    name=str(uuid.uuid4()),
                    set_name=set_name,
                    parameters_name=kind.value,
                    display_name=config.display_name,
                    created_at=datetime.now(UTC),
                    kind=kind,
                    status=JobStatus.CREATED,
                )
                self._parents[job.name] = {
                    need: parents[need] for need in JOBS_NEEDED.get(kind, ()) if need in parents
                }
                self._store.claim(job.name)
                self._store.put_job(job)
                jobs[kind] = job
                parents[kind] = job.name
        # As the run is described now: what is set later is no business of these jobs.
        if wait:
            self._carry_out_here(list(jobs.values()), config)
        else:
            for job in jobs.values():
                self._futures[job.name] = self._executor().submit(self._carry_out, job, config)
        return {kind: self.job(job.name) for kind, job in jobs.items()}

    def cancel(self, name: str) -> JobResponse:
        """Stop a job, and those of its run that need it.

        A running job stops at its next step: within a block of 16,384 people while avatars are
        drawn, at the end of the step otherwise.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        JobResponse
            Its state after it has stopped; unchanged if it had ended.

        Raises
        ------
        JobError
            If another process carries it out.
        """
        job = self.job(name)
        if job.done:
            return job
        if name not in self._parents:
            raise JobError(
                f"job {job.kind.value} is being carried out by another process: stop it there."
            )
        with self._lock:
            self._cancelled.add(name)
        future = self._futures.get(name)
        if future is not None:
            if future.cancel():
                self._end(job, JobStatus.CANCELLED)
            else:
                future.result()
        for other, needed in list(self._parents.items()):
            if name in needed.values():
                self.cancel(other)
        return self.job(name)

    def delete_job(self, name: str) -> JobResponse:
        """Stop a job if need be, and forget it and what it left.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        JobResponse
            Its last state.
        """
        job = self.cancel(name)
        self._store.delete_job(name)
        self._futures.pop(name, None)
        self._causes.pop(name, None)
        self._parents.pop(name, None)
        return job

    def advise_links(self, sources: Sources) -> list[dict[str, Any]]:
        """Return how tables may be linked.

        Parameters
        ----------
        sources : Sources
            The tables.

        Returns
        -------
        list of dict
            One per link, see :func:`avatars.advice.advise_links`.
        """
        return linked(sources)

    def plot(
        self,
        kind: PlotKind,
        table: str,
        config: Config,
        sources: Sources,
        jobs: Mapping[JobKind, str],
    ) -> str:
        """Return a figure of a release.

        Parameters
        ----------
        kind : PlotKind
            Which one.
        table : str
            The table.
        config : Config
            The run.
        sources : Sources
            Its tables.
        jobs : dict of {JobKind: str}
            The jobs whose results it shows; of tables whose avatars were made elsewhere, none.

        Returns
        -------
        str
            An ``<svg>`` element.
        """
        earlier = {made: self.results(job) for made, job in jobs.items()}
        return drawn(kind, table, config, sources, earlier)

    def health(self) -> dict[str, Any]:
        """Return whether jobs can be carried out.

        Returns
        -------
        dict
            ``message``, and how many jobs are not done.
        """
        waiting = sum(not job.done for job in self._store.all_jobs())
        return {"message": "OK", "engine": "in this process", "jobs_not_done": waiting}


def _opened(workspace: str | os.PathLike[str] | None, n_jobs: int | None) -> LocalBackend:
    return LocalBackend(workspace, n_jobs=n_jobs)
