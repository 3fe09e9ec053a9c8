"""What jobs do: the one place where a job of any kind is carried out."""

from avatars.jobs.execute import execute, refuse_unavailable
from avatars.jobs.fit import fit_private, fit_table, released_frame, sampled_frame
from avatars.jobs.look import drawn, linked
from avatars.jobs.sources import Sources, StandardResult

__all__ = [
    "Sources",
    "StandardResult",
    "drawn",
    "execute",
    "fit_private",
    "fit_table",
    "linked",
    "refuse_unavailable",
    "released_frame",
    "sampled_frame",
]
