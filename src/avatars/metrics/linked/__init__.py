"""Metrics of linked tables: links, people across tables, and what relates them."""

from avatars.metrics.linked.bundles import (
    linked_meta,
    linked_privacy_metrics,
    linked_signal_metrics,
)
from avatars.metrics.linked.frames import LinkedFrames
from avatars.metrics.linked.structure import (
    OwnParentRate,
    cardinality_similarity,
    cross_table_correlation_difference,
    referential_integrity,
    sensitive_own_parent_rate,
)

__all__ = [
    "LinkedFrames",
    "OwnParentRate",
    "cardinality_similarity",
    "cross_table_correlation_difference",
    "linked_meta",
    "linked_privacy_metrics",
    "linked_signal_metrics",
    "referential_integrity",
    "sensitive_own_parent_rate",
]
