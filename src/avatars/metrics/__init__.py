"""Measure how private a release is and how faithful.

Functions of tables: ``privacy`` holds the published distance metrics, ``attacks`` what an attacker
can do beyond a control, ``signal`` what is left of the table's content.
"""

from avatars.metrics.attacks import (
    MembershipResult,
    closer_to_training_share,
    linkability,
    membership_auc,
)
from avatars.metrics.privacy import hidden_rate, local_cloaking
from avatars.metrics.signal import (
    correlation_difference,
    hellinger,
    hellinger_mean,
    std_ratio,
    tstr_score,
)

__all__ = [
    "MembershipResult",
    "closer_to_training_share",
    "correlation_difference",
    "hellinger",
    "hellinger_mean",
    "hidden_rate",
    "linkability",
    "local_cloaking",
    "membership_auc",
    "std_ratio",
    "tstr_score",
]
