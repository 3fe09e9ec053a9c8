"""What the documented client takes for granted: the order of jobs, and what several come to."""

from __future__ import annotations

from collections.abc import Iterable

from avatars.models import JobKind, JobStatus

__all__ = ["aggregate_job_status"]

# The order in which the jobs of one call are carried out.
JOBS_IN_ORDER = (
    JobKind.advice,
    JobKind.standard,
    JobKind.signal_metrics,
    JobKind.privacy_metrics,
    JobKind.report,
)
# The jobs whose results a job reads.
JOBS_NEEDED = {
    JobKind.signal_metrics: (JobKind.standard,),
    JobKind.privacy_metrics: (JobKind.standard,),
    JobKind.report: (JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics),
}

_WORST_FIRST = (
    # What failed or was stopped, what is at work, what waits.
    (
        JobStatus.ERROR,
        JobStatus.PARENT_ERROR,
        JobStatus.LOST,
        JobStatus.ORPHANED,
        JobStatus.CANCELLED,
    ),
    (JobStatus.PENDING, JobStatus.CREATED),
    (JobStatus.QUEUED, JobStatus.field_),
)


def aggregate_job_status(statuses: Iterable[JobStatus]) -> JobStatus:
    """Return what several jobs come to.

    Parameters
    ----------
    statuses : iterable of JobStatus
        Of the jobs.

    Returns
    -------
    JobStatus
        The first that failed; else the first at work; else the first that waits; else finished,
        as no job at all is.

    Examples
    --------
    >>> from avatars.constants import aggregate_job_status
    >>> from avatars.models import JobStatus
    >>> aggregate_job_status([JobStatus.FINISHED, JobStatus.PENDING, JobStatus.LOST]).name
    'LOST'
    """
    found = list(statuses)
    for group in _WORST_FIRST:
        for status in found:
            if status in group:
                return status
    return JobStatus.FINISHED
