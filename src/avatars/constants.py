"""What the documented client takes for granted: the order of jobs, and what each needs.

Peers of this client import such a module by this name. What theirs holds isn't documented; ours
holds what the engine itself goes by.
"""

from __future__ import annotations

from avatars.models import JobKind

__all__ = ["JOBS_IN_ORDER", "JOBS_NEEDED"]

JOBS_IN_ORDER = (
    JobKind.advice,
    JobKind.standard,
    JobKind.signal_metrics,
    JobKind.privacy_metrics,
    JobKind.report,
)
"""The order in which the jobs of one call are carried out."""
JOBS_NEEDED = {
    JobKind.signal_metrics: (JobKind.standard,),
    JobKind.privacy_metrics: (JobKind.standard,),
    JobKind.report: (JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics),
}
"""The jobs whose results a job reads."""
