"""What several jobs come to is what is worst among them."""

from __future__ import annotations

from itertools import permutations

import pytest

from avatars.constants import JOBS_IN_ORDER, JOBS_NEEDED, aggregate_job_status
from avatars.models import JobStatus

FAILED = (JobStatus.error, JobStatus.parent_error, JobStatus.lost, JobStatus.orphaned)


def test_no_job_and_finished_ones_are_finished() -> None:
    assert aggregate_job_status([]) is JobStatus.FINISHED
    assert aggregate_job_status([JobStatus.finished] * 3) is JobStatus.FINISHED


@pytest.mark.parametrize("failed", FAILED)
def test_failure_comes_before_work_and_work_before_waiting(failed: JobStatus) -> None:
    for order in permutations([JobStatus.finished, JobStatus.field_, JobStatus.created, failed]):
        assert aggregate_job_status(order) is failed
        left = [status for status in order if status is not failed]
        assert aggregate_job_status(left) is JobStatus.CREATED
        left.remove(JobStatus.created)
        assert aggregate_job_status(left) is JobStatus.field_


def test_first_of_several_failures_counts() -> None:
    for first, second in permutations(FAILED, 2):
        assert aggregate_job_status([JobStatus.finished, first, second]) is first


def test_jobs_come_after_those_they_need() -> None:
    for job, needed in JOBS_NEEDED.items():
        assert all(JOBS_IN_ORDER.index(other) < JOBS_IN_ORDER.index(job) for other in needed)


def test_small_letters_are_other_spellings() -> None:
    for status in JobStatus:
        assert getattr(JobStatus, status.value or "field_") is status
