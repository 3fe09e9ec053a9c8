"""What a runner asks of what carries its jobs out, and that of where it keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from avatars.config import Config
from avatars.jobs import Sources
from avatars.models import JobKind, JobResponse, PlotKind, Results

__all__ = ["Backend", "Store"]

JobResults = Mapping[str, Mapping[Results, Any]]


class Backend(Protocol):
    """Carries jobs out.

    Examples
    --------
    >>> from avatars.backends import Backend, LocalBackend
    >>> backend: Backend = LocalBackend()
    >>> backend.jobs()
    []
    """

    def check(self, config: Config, kinds: Iterable[JobKind]) -> None:
        """Refuse jobs that can't be carried out, before anything is done for them."""

    def put(self, config: Config, sources: Sources) -> str:
        """Keep a run and its tables, and return its name."""

    def update(self, set_name: str, config: Config) -> None:
        """Change the parameters of a run whose tables stay the same."""

    def load(self, set_name: str) -> tuple[Config, Sources]:
        """Return a run that was kept."""

    def submit(
        self, set_name: str, kinds: Iterable[JobKind], *, wait: bool
    ) -> dict[JobKind, JobResponse]:
        """Have jobs of a run carried out, one after another."""

    def job(self, name: str) -> JobResponse:
        """Return what is known of a job."""

    def jobs(self) -> list[JobResponse]:
        """Return all jobs, the newest first."""

    def results(self, name: str) -> JobResults:
        """Return what a job left, once it is done."""

    def cancel(self, name: str) -> JobResponse:
        """Stop a job, and those that wait for it."""

    def delete_job(self, name: str) -> JobResponse:
        """Forget a job and what it left."""

    def delete_set(self, set_name: str) -> None:
        """Forget a run, its tables and its jobs."""

    def advise_links(self, sources: Sources) -> list[dict[str, Any]]:
        """Return how tables may be linked."""

    def plot(self, kind: PlotKind, table: str, config: Config, sources: Sources, job: str) -> str:
        """Return a figure of a release."""

    def health(self) -> dict[str, Any]:
        """Return whether jobs can be carried out."""


class Store(Protocol):
    """Keeps runs, jobs and results; each thing whole, or not at all.

    Examples
    --------
    >>> from avatars.backends import MemoryStore, Store
    >>> store: Store = MemoryStore()
    >>> store.all_jobs()
    []
    """

    def put_set(self, set_name: str, config: Config, sources: Sources) -> None:
        """Keep a run and its tables."""

    def put_config(self, set_name: str, config: Config) -> None:
        """Change the parameters of a run whose tables stay the same."""

    def get_set(self, set_name: str) -> tuple[Config, Sources]:
        """Return a run."""

    def sets(self) -> list[str]:
        """Return the names of all runs."""

    def delete_set(self, set_name: str) -> None:
        """Forget a run and its tables."""

    def put_job(self, job: JobResponse) -> None:
        """Keep the state of a job."""

    def all_jobs(self) -> list[JobResponse]:
        """Return the state of all jobs."""

    def delete_job(self, name: str) -> None:
        """Forget a job and its results."""

    def put_results(self, name: str, results: JobResults) -> None:
        """Keep what a job left."""

    def get_results(self, name: str) -> JobResults | None:
        """Return what a job left, None where there is nothing."""

    def claim(self, name: str) -> bool:
        """Take a job for as long as this process lives; False if another one has it."""

    def release(self, name: str) -> None:
        """Give a job back."""
