"""``Runner``: one run, from its tables to its report."""

from avatars.models import Results
from avatars.runner.runner import Runner

__all__ = ["Results", "Runner"]
