"""Distance metrics of the published method, and direct matches: how avatars hide people."""

from avatars.metrics.privacy.inference import inference_categorical, inference_continuous
from avatars.metrics.privacy.knowledge import (
    correlation_protection_rate,
    linkability_protection_rate,
)
from avatars.metrics.privacy.matches import (
    categorical_hidden_rate,
    column_direct_match_protection,
    column_direct_match_protection_by_column,
    row_direct_match_protection,
)
from avatars.metrics.privacy.nearest import (
    closest_distances_ratio,
    closest_rate,
    distance_to_closest,
)
from avatars.metrics.privacy.own import hidden_rate, local_cloaking, sensitive_local_cloaking

__all__ = [
    "categorical_hidden_rate",
    "closest_distances_ratio",
    "closest_rate",
    "column_direct_match_protection",
    "column_direct_match_protection_by_column",
    "correlation_protection_rate",
    "distance_to_closest",
    "hidden_rate",
    "inference_categorical",
    "inference_continuous",
    "linkability_protection_rate",
    "local_cloaking",
    "row_direct_match_protection",
    "sensitive_local_cloaking",
]
