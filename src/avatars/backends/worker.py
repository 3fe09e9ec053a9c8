"""Carrying one job out, and knowing how it ended."""

from __future__ import annotations

import threading
import traceback
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from avatars.backends.protocol import JobResults, Store
from avatars.config import Config
from avatars.exceptions import (
    AvatarsError,
    JobCancelledError,
    JobError,
    JobFailedError,
    shown,
)
from avatars.jobs import execute
from avatars.models import JobKind, JobResponse, JobStatus

__all__ = ["Worker"]


class _Cancelled(Exception):
    """Raised between two steps of a job that was stopped."""


class Worker:
    """Carries one job out at a time, and knows how each ended.

    Parameters
    ----------
    store : Store
        Where runs, jobs and results are kept.
    n_jobs : int, optional
        Threads within a job.

    Examples
    --------
    >>> from avatars.backends import MemoryStore
    >>> from avatars.backends.worker import Worker
    >>> Worker(MemoryStore()).jobs()
    []
    """

    def __init__(self, store: Store, n_jobs: int | None = None) -> None:
        self._store = store
        self.n_jobs = n_jobs
        self._lock = threading.RLock()
        self._pool: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[None]] = {}
        self._cancelled: set[str] = set()
        self._causes: dict[str, Exception] = {}
        # By job of this object, the jobs that it needs.
        self._parents: dict[str, dict[JobKind, str]] = {}

    def job(self, name: str) -> JobResponse:
        """Return what is known of a job.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        JobResponse
            Its state now.

        Raises
        ------
        JobError
            If there is no such job.
        """
        found = [job for job in self._store.all_jobs() if job.name == name]
        if not found:
            raise JobError(f"there is no job {shown(name)}.")
        return self._seen(found[0])

    def jobs(self) -> list[JobResponse]:
        """Return all jobs.

        Returns
        -------
        list of JobResponse
            The newest first.
        """
        jobs = [self._seen(job) for job in self._store.all_jobs()]
        return sorted(jobs, key=lambda job: job.created_at, reverse=True)

    def results(self, name: str) -> JobResults:
        """Return what a job left; waits until it is done.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        dict of {table: dict of {Results: object}}
            Everything it left.

        Raises
        ------
        JobFailedError
            If the job ended with an error, which is the cause.
        JobCancelledError
            If it was stopped.
        """
        job = self._finished(name)
        results = self._store.get_results(name)
        if results is None:
            raise JobError(f"the results of job {job.kind.value} were deleted: run it again.")
        return results

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="avatars-job")
            return self._pool

    def _carry_out_here(self, jobs: list[JobResponse], config: Config) -> None:
        try:
            for job in jobs:
                self._carry_out(job, config)
        except KeyboardInterrupt:
            for job in jobs:
                if not self.job(job.name).done:
                    self._end(job, JobStatus.CANCELLED)
            raise
        for job in jobs:
            self._finished(job.name)

    def _finished(self, name: str) -> JobResponse:
        """Wait for a job and return it, or raise what went wrong."""
        future = self._futures.get(name)
        if future is not None:
            with suppress(CancelledError):  # It was stopped before it began, as is said below.
                future.result()
        job = self.job(name)
        if job.status is JobStatus.CANCELLED:
            raise JobCancelledError(f"job {job.kind.value} was stopped: run it again.")
        if job.status is not JobStatus.FINISHED:
            why = job.exception or "it has not ended; another process is at it"
            raise JobFailedError(f"job {job.kind.value} failed: {why}") from self._causes.get(name)
        return job

    def _of(self, set_name: str) -> list[JobResponse]:
        return [job for job in self.jobs() if job.set_name == set_name]

    def _carry_out(self, job: JobResponse, config: Config) -> None:
        try:
            self._step(job, "starting")
            _, sources = self._store.get_set(job.set_name)
            earlier = self._earlier(job)
            results = execute(
                job.kind,
                config,
                sources,
                earlier=earlier,
                progress=lambda phase: self._step(job, phase),
                n_jobs=self.n_jobs,
            )
            self._step(job, "keeping results")
            self._store.put_results(job.name, results)
            self._end(job, JobStatus.FINISHED)
        except _Cancelled:
            self._end(job, JobStatus.CANCELLED)
        except JobFailedError as error:
            self._end(job, JobStatus.PARENT_ERROR, error)
        except Exception as error:
            self._end(job, JobStatus.ERROR, error)

    def _earlier(self, job: JobResponse) -> dict[JobKind, JobResults]:
        """Return what the jobs that this one needs have left, of those that were asked for."""
        found: dict[JobKind, JobResults] = {}
        for kind, name in self._parents[job.name].items():
            if self.job(name).status is JobStatus.CANCELLED:
                raise _Cancelled
            if kind is JobKind.standard:
                found[kind] = self.results(name)
        return found

    def _step(self, job: JobResponse, phase: str) -> None:
        if job.name in self._cancelled:
            raise _Cancelled
        update = {"status": JobStatus.PENDING, "phase": phase}
        self._store.put_job(job.model_copy(update=update))

    def _end(self, job: JobResponse, status: JobStatus, error: Exception | None = None) -> None:
        said = ""
        if error is not None:
            # Messages of ours hold no cell. What others say might, and is left out.
            if isinstance(error, AvatarsError):
                said = " ".join([str(error), *getattr(error, "__notes__", [])])
                self._causes[job.name] = error
            else:
                said = f"internal error of type {type(error).__name__} at {_where(error)}"
        update = {
            "status": status,
            "exception": said,
            "done": True,
            "phase": "",
            "progress": 1.0 if status is JobStatus.FINISHED else None,
            "finished_at": datetime.now(UTC),
        }
        self._store.put_job(job.model_copy(update=update))
        self._store.release(job.name)

    def _seen(self, job: JobResponse) -> JobResponse:
        """Return a job as it is: one whose process ended without a word is lost."""
        if job.done or job.name in self._futures or not self._store.claim(job.name):
            return job
        # Nobody holds it: its process ended, perhaps properly since this was read.
        again = next((o for o in self._store.all_jobs() if o.name == job.name), job)
        if again.done:
            self._store.release(job.name)
            return again
        said = "the process that ran it ended before it did: run it again"
        lost = again.model_copy(
            update={"status": JobStatus.LOST, "exception": said, "done": True, "phase": ""}
        )
        self._store.put_job(lost)
        self._store.release(job.name)
        return lost


def _where(error: Exception) -> str:
    """Return the last place of ours that an error came from."""
    package = Path(__file__).parents[1]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if package in Path(frame.filename).parents]
    return f"{Path(ours[-1].filename).relative_to(package)}, line {ours[-1].lineno}"
