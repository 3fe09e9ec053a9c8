"""Measure how private a release is and how faithful.

Functions of tables: ``privacy`` holds the published distance metrics, ``attacks`` what an attacker
can do beyond a control, ``signal`` what is left of the table's content. METRICS says of each how to
read it; scorers, bundles, comparisons and evaluations are made from it.
"""

from avatars.metrics.attacks import (
    attribute_inference,
    closer_to_training_share,
    k_anonymity,
    l_diversity,
    linkability,
    membership_inference,
    seed_linkage,
    shadow_membership,
    singling_out,
    t_closeness,
)
from avatars.metrics.bundles import (
    attack_metrics,
    privacy_metrics,
    signal_metrics,
)
from avatars.metrics.choice import (
    best_utility,
)
from avatars.metrics.compare import (
    compare,
)
from avatars.metrics.evaluation import (
    Evaluation,
    evaluate,
)
from avatars.metrics.meta import (
    meta_metrics,
)
from avatars.metrics.privacy import (
    categorical_hidden_rate,
    closest_distances_ratio,
    closest_rate,
    column_direct_match_protection,
    correlation_protection_rate,
    distance_to_closest,
    hidden_rate,
    inference_categorical,
    inference_continuous,
    linkability_protection_rate,
    local_cloaking,
    row_direct_match_protection,
)
from avatars.metrics.registry import (
    METRICS,
    MetricInfo,
)
from avatars.metrics.result import (
    AttackResult,
)
from avatars.metrics.scorers import (
    AvatarScorer,
    get_scorer,
    get_scorer_names,
    get_scorers,
    make_avatar_scorer,
)
from avatars.metrics.signal import (
    associations,
    by_column,
    category_coverage,
    contingency_similarity,
    correlation_difference,
    correlation_difference_ratio,
    hellinger,
    hellinger_mean,
    hellinger_reference,
    hellinger_std,
    ks_mean,
    missing_rate_difference,
    multivariate_hellinger,
    pmse_ratio,
    propensity_auc,
    range_coverage,
    std_ratio,
    total_variation_mean,
    tstr_ratio,
    tstr_score,
    wasserstein_mean,
)
from avatars.metrics.targets import (
    get_targets,
    meets,
)

__all__ = [
    "METRICS",
    "AttackResult",
    "AvatarScorer",
    "Evaluation",
    "MetricInfo",
    "associations",
    "attack_metrics",
    "attribute_inference",
    "best_utility",
    "by_column",
    "categorical_hidden_rate",
    "category_coverage",
    "closer_to_training_share",
    "closest_distances_ratio",
    "closest_rate",
    "column_direct_match_protection",
    "compare",
    "contingency_similarity",
    "correlation_difference",
    "correlation_difference_ratio",
    "correlation_protection_rate",
    "distance_to_closest",
    "evaluate",
    "get_scorer",
    "get_scorer_names",
    "get_scorers",
    "get_targets",
    "hellinger",
    "hellinger_mean",
    "hellinger_reference",
    "hellinger_std",
    "hidden_rate",
    "inference_categorical",
    "inference_continuous",
    "k_anonymity",
    "ks_mean",
    "l_diversity",
    "linkability",
    "linkability_protection_rate",
    "local_cloaking",
    "make_avatar_scorer",
    "meets",
    "membership_inference",
    "meta_metrics",
    "missing_rate_difference",
    "multivariate_hellinger",
    "pmse_ratio",
    "privacy_metrics",
    "propensity_auc",
    "range_coverage",
    "row_direct_match_protection",
    "seed_linkage",
    "shadow_membership",
    "signal_metrics",
    "singling_out",
    "std_ratio",
    "t_closeness",
    "total_variation_mean",
    "tstr_ratio",
    "tstr_score",
    "wasserstein_mean",
]
