"""``Manager``: where runs begin, and where earlier ones are found again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from avatars.backends import LocalBackend
from avatars.client import ApiClient
from avatars.exceptions import InvalidParameterError, JobError, NotAvailableError, shown
from avatars.models import JobResponse, JobStatus
from avatars.runner import Runner
from avatars.runner.results import SENSITIVE

__all__ = ["Manager"]

_NO_SERVER = (
    "this Manager computes in this process and has no server to log in to: create_runner straight "
    "away. For a server pass base_url."
)


class Manager:
    """Where runs begin, and where earlier ones are found again.

    Without arguments everything is computed in this process, without a server or an account.

    Parameters
    ----------
    base_url : str, optional
        The address of a server. This version can log in to one; running on it comes with a later
        one.
    api_client : ApiClient, optional
        A connection to a server, instead of ``base_url``.
    workspace : path, optional
        A folder in which runs, jobs and results are kept, so that a later process finds them. They
        live as long as this object unless given. Whoever can read it can read the people.
    api_key : str, optional
        For the server at ``base_url``.
    n_jobs : int, optional
        Threads of the engine.

    Examples
    --------
    >>> from avatars import Manager
    >>> from avatars.datasets import make_patients
    >>> runner = Manager().create_runner("demo", seed=0)
    >>> runner.add_table("patients", make_patients(200, random_state=0))
    >>> runner.set_parameters("patients", k=20)
    >>> from avatars.models import JobKind
    >>> _ = runner.run([JobKind.standard])
    >>> runner.shuffled("patients").shape
    (200, 13)
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_client: ApiClient | None = None,
        *,
        workspace: str | os.PathLike[str] | None = None,
        api_key: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        given = [
            name
            for name, value in (("base_url", base_url), ("api_client", api_client))
            if value is not None
        ]
        if len(given) == 2:
            raise InvalidParameterError("api_client", "can't be combined with base_url.")
        if given and workspace is not None:
            raise InvalidParameterError(
                "workspace", f"can't be combined with {given[0]}: a server keeps its own."
            )
        if api_key is not None and base_url is None:
            raise InvalidParameterError(
                "api_key", "needs base_url: the engine in this process asks for no key."
            )
        self._client = api_client
        if base_url is not None:
            self._client = ApiClient(base_url, api_key=api_key)
        self._backend = None if self._client else LocalBackend(workspace, n_jobs=n_jobs)

    def __repr__(self) -> str:
        return f"Manager({self._client or self._backend!r})"

    # ---- accounts

    def authenticate(
        self, username: str, password: str, should_verify_compatibility: bool | None = None
    ) -> None:
        """Log in to a server.

        Parameters
        ----------
        username, password : str
            Of an account there.
        should_verify_compatibility : bool, optional
            Taken for the sake of older code; there is nothing to verify yet.

        Raises
        ------
        NotAvailableError
            If there is no server to log in to.
        """
        self._server().authenticate(username, password)

    def forgotten_password(self, email: str) -> None:
        """Ask a server for a mail to set a new password with.

        Parameters
        ----------
        email : str
            Of the account.

        Raises
        ------
        NotAvailableError
            If there is no server.
        """
        self._server().request("POST", "/login/forgotten_password", json={"email": email})

    def reset_password(
        self, email: str, new_password: str, new_password_repeated: str, token: str
    ) -> None:
        """Set a new password on a server.

        Parameters
        ----------
        email : str
            Of the account.
        new_password, new_password_repeated : str
            The new one, twice.
        token : str
            What the mail holds.

        Raises
        ------
        NotAvailableError
            If there is no server.
        """
        if new_password != new_password_repeated:
            raise InvalidParameterError("new_password_repeated", "differs from new_password.")
        self._server().request(
            "POST",
            "/login/reset_password",
            json={
                "email": email,
                "new_password": new_password,
                "new_password_repeated": new_password_repeated,
                "token": token,
            },
        )

    def get_health(self) -> dict[str, Any]:
        """Return whether jobs can be carried out.

        Returns
        -------
        dict
            Of the engine in this process, or what the server says of itself.
        """
        if self._backend is not None:
            return self._backend.health()
        health: dict[str, Any] = self._server().get_health()
        return health

    # ---- runs

    def create_runner(
        self,
        set_name: str,
        *,
        seed: int | None = None,
        max_distribution_plots: int | None = None,
        output_format: Any = None,
        pia_data_recipient: Any = None,
        pia_data_type: Any = None,
        pia_data_subject: Any = None,
        pia_sensitivity_level: Any = None,
        report_language: Any = None,
    ) -> Runner:
        """Begin a run.

        Parameters
        ----------
        set_name : str
            What to call it.
        seed : int, optional
            The seed of the release, which is a secret. From the operating system unless given.
        max_distribution_plots : int, optional
            Columns that are drawn at most.
        output_format : DataFormat, optional
            Format of released tables where they are written to files.
        pia_data_recipient, pia_data_type, pia_data_subject, pia_sensitivity_level : enum, optional
            Where the release goes and what it is about; the recipient decides the targets.
        report_language : ReportLanguage, optional
            Language of the report; English is what there is.

        Returns
        -------
        Runner
            Without tables yet.
        """
        return Runner(
            self.engine,
            set_name,
            seed,
            max_distribution_plots=max_distribution_plots,
            output_format=output_format,
            pia_data_recipient=pia_data_recipient,
            pia_data_type=pia_data_type,
            pia_data_subject=pia_data_subject,
            pia_sensitivity_level=pia_sensitivity_level,
            report_language=report_language,
        )

    def create_runner_from_yaml(
        self, yaml_path: str | os.PathLike[str], set_name: str | None = None
    ) -> Runner:
        """Begin a run that a document describes.

        Files that the document names are looked for beside it; give tables whose file isn't there
        with ``upload_file``.

        Parameters
        ----------
        yaml_path : path
            The document.
        set_name : str, optional
            What to call the run; as the document does unless given.

        Returns
        -------
        Runner
            As described.

        Raises
        ------
        InvalidConfigError
            Naming what can't be used.
        """
        runner = Runner(self.engine, set_name or Path(yaml_path).stem)
        runner.from_yaml(yaml_path)
        if set_name is not None:
            runner.rename(set_name)
        return runner

    def create_runner_from_id(self, set_id: str) -> Runner:
        """Return to a run that was submitted before, with its jobs and results.

        Parameters
        ----------
        set_id : str
            What ``runner.set_id`` was.

        Returns
        -------
        Runner
            As it was.

        Raises
        ------
        JobError
            If there is no such run.
        """
        return Runner.resumed(self.engine, set_id)

    def create_runner_from_name(self, name: str) -> Runner:
        """Return to the newest run of a name.

        Parameters
        ----------
        name : str
            What it was called.

        Returns
        -------
        Runner
            As it was.

        Raises
        ------
        JobError
            If there is no such run.
        """
        found = self.find_ids_by_name(name)
        if not found:
            raise JobError(f"there is no run called {shown(name)}.")
        return self.create_runner_from_id(found[0])

    def find_ids_by_name(self, name: str) -> list[str]:
        """Return the runs of a name.

        Parameters
        ----------
        name : str
            What they were called.

        Returns
        -------
        list of str
            The newest first.
        """
        seen: dict[str, None] = {}
        for job in self.engine.jobs():
            if job.display_name == name:
                seen.setdefault(job.set_name)
        return list(seen)

    # ---- jobs

    def get_last_jobs(self, count: int = 1, name: str | None = None) -> dict[str, JobResponse]:
        """Return the newest jobs.

        Parameters
        ----------
        count : int, default=1
            How many.
        name : str, optional
            Of runs called so only.

        Returns
        -------
        dict of {str: JobResponse}
            By name, the newest first.
        """
        _check_count(count)
        jobs = [j for j in self.engine.jobs() if name is None or j.display_name == name]
        return {job.name: job for job in jobs[:count]}

    def get_last_results(self, count: int = 1) -> list[dict[str, Any]]:
        """Return what the newest finished jobs left.

        Parameters
        ----------
        count : int, default=1
            How many jobs.

        Returns
        -------
        list of dict
            By table and result, the newest first; without what pairs people with avatars.
        """
        _check_count(count)
        finished = [job for job in self.engine.jobs() if job.status is JobStatus.FINISHED]
        return [_public(self.engine.results(job.name)) for job in finished[:count]]

    def get_jobs_by_name(self, name: str) -> list[JobResponse]:
        """Return the jobs of runs of a name.

        Parameters
        ----------
        name : str
            What the runs were called.

        Returns
        -------
        list of JobResponse
            The newest first.
        """
        return [job for job in self.engine.jobs() if job.display_name == name]

    def get_jobs_by_id(self, set_id: str) -> list[JobResponse]:
        """Return the jobs of a run.

        Parameters
        ----------
        set_id : str
            What ``runner.set_id`` was.

        Returns
        -------
        list of JobResponse
            The newest first.
        """
        return [job for job in self.engine.jobs() if job.set_name == set_id]

    def cancel_job(self, job_name: str) -> JobResponse:
        """Stop a job, and those that wait for it.

        Parameters
        ----------
        job_name : str
            Its name.

        Returns
        -------
        JobResponse
            Its state afterwards.
        """
        return self.engine.cancel(job_name)

    def delete_job(self, job_name: str) -> JobResponse:
        """Forget a job and what it left.

        Parameters
        ----------
        job_name : str
            Its name.

        Returns
        -------
        JobResponse
            Its last state.
        """
        return self.engine.delete_job(job_name)

    def _server(self) -> ApiClient:
        if self._client is None:
            raise NotAvailableError(_NO_SERVER)
        return self._client

    @property
    def engine(self) -> LocalBackend:
        """Give what carries jobs out in this process."""
        if self._backend is None:
            raise NotAvailableError(
                "running on a server comes with a later version: Manager() without an address "
                "computes in this process."
            )
        return self._backend


def _check_count(count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidParameterError("count", "must be an integer of at least 1.")


def _public(results: Any) -> dict[str, Any]:
    return {
        table: {result: value for result, value in found.items() if result not in SENSITIVE}
        for table, found in results.items()
    }
