"""How much of what the table says is still said by the release.

Every figure compares two tables row order apart, so it is the same for a shuffled release, and
takes releases of any number of rows.
"""

from avatars.metrics.signal.association import (
    associations,
    correlation_difference,
    correlation_difference_ratio,
)
from avatars.metrics.signal.columns import by_column
from avatars.metrics.signal.contingency import contingency_similarity
from avatars.metrics.signal.coverage import (
    category_coverage,
    missing_rate_difference,
    range_coverage,
    std_ratio,
)
from avatars.metrics.signal.distinguish import pmse_ratio, propensity_auc
from avatars.metrics.signal.distributions import (
    hellinger,
    hellinger_mean,
    hellinger_reference,
    hellinger_std,
    multivariate_hellinger,
)
from avatars.metrics.signal.marginals import ks_mean, total_variation_mean, wasserstein_mean
from avatars.metrics.signal.prediction import tstr_ratio, tstr_score

__all__ = [
    "associations",
    "by_column",
    "category_coverage",
    "contingency_similarity",
    "correlation_difference",
    "correlation_difference_ratio",
    "hellinger",
    "hellinger_mean",
    "hellinger_reference",
    "hellinger_std",
    "ks_mean",
    "missing_rate_difference",
    "multivariate_hellinger",
    "pmse_ratio",
    "propensity_auc",
    "range_coverage",
    "std_ratio",
    "total_variation_mean",
    "tstr_ratio",
    "tstr_score",
    "wasserstein_mean",
]
