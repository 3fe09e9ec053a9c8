"""What is known of a job."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from avatars.models.enums import JobKind, JobStatus

__all__ = ["JobResponse"]


class JobResponse(BaseModel):
    """What is known of a job.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from avatars.models import JobKind, JobResponse, JobStatus
    >>> job = JobResponse(
    ...     name="7f", set_name="3a", parameters_name="standard", display_name="patients",
    ...     created_at=datetime(2026, 11, 24, tzinfo=UTC), kind=JobKind.standard,
    ...     status=JobStatus.FINISHED, done=True, progress=1.0,
    ... )
    >>> job.done, job.exception
    (True, '')
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    set_name: str
    parameters_name: str
    display_name: str = ""
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    kind: JobKind
    status: JobStatus
    exception: str = Field("", description="What went wrong, in words without a cell; else empty.")
    done: bool = Field(False, description="Whether nothing more will happen, failed jobs included.")
    progress: float | None = Field(None, description="Share done, in [0, 1], where it is known.")
    phase: str = Field("", description="What is being done.")
    deleted_at: datetime | None = None
