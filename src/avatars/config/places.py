"""Where each parameter stands in each document: one table for writing and reading.

What is ours alone, ``protection`` and more than ``epsilon``, stands beside ``k`` or epsilon, where
other readers skip it.
"""

from __future__ import annotations

__all__ = ["BLOCKS", "EXCLUDED", "KINDS", "SPELT", "Places"]

Places = dict[str, tuple[str, ...]]

COMMON: Places = {
    "ncp": ("ncp",),
    "use_categorical_reduction": ("use_categorical_reduction",),
    "column_weights": ("column_weights",),
    "exclude_variable_names": ("exclude_variables", "variable_names"),
    "exclude_replacement_strategy": ("exclude_variables", "replacement_strategy"),
    "imputation_method": ("imputation", "method"),
    "imputation_k": ("imputation", "k"),
    "imputation_training_fraction": ("imputation", "training_fraction"),
    "imputation_return_data_imputed": ("imputation", "return_data_imputed"),
}
_AUGMENTATION: Places = {
    "data_augmentation_strategy": ("data_augmentation", "augmentation_strategy"),
    "data_augmentation_target_column": ("data_augmentation", "target_column"),
    "data_augmentation_should_anonymize_original_table": (
        "data_augmentation",
        "should_anonymize_original_table",
    ),
}
_AVATARIZATION: Places = {
    "k": ("k",),
    **COMMON,
    **_AUGMENTATION,
    "processors": ("avatarization_processors_parameters",),
    "protection": ("protection",),
}
_OPEN_DP: Places = {
    "dp_epsilon": ("epsilon",),
    "dp_preprocess_budget_ratio": ("preprocess_budget_ratio",),
    "dp_delta": ("delta",),
    "dp_domain": ("domain",),
    "dp_n_rows": ("n_rows",),
    "dp_ledger": ("ledger",),
    **COMMON,
    **_AUGMENTATION,
}
_TIME_SERIES: Places = {
    "time_series_projection_type": ("projection", "projection_type"),
    "time_series_nf": ("projection", "nf"),
    "time_series_nb_points": ("alignment", "nb_points"),
    "time_series_method": ("alignment", "method"),
}
_PRIVACY: Places = {
    "ncp": ("ncp",),
    "use_categorical_reduction": ("use_categorical_reduction",),
    "known_variables": ("known_variables",),
    "target": ("target",),
    "quantile_threshold": ("quantile_threshold",),
    "closest_rate_percentage_threshold": ("closest_rate_percentage_threshold",),
    "closest_rate_ratio_threshold": ("closest_rate_ratio_threshold",),
    "categorical_hidden_rate_variables": ("categorical_hidden_rate_variables",),
    **COMMON,
}
# Newer documents may exclude columns in any block.
EXCLUDED = {name: place for name, place in COMMON.items() if place[0] in ("exclude_variables",)}
BLOCKS: dict[str, dict[str, Places]] = {
    "standard": {
        "avatarization": _AVATARIZATION,
        "avatarization_open_dp": _OPEN_DP,
        "avatarization_fast_dp": {"fast_dp": ()},
        "time_series": _TIME_SERIES,
    },
    "privacy_metrics": {"time_series": _TIME_SERIES, "privacy_metrics": _PRIVACY},
    "signal_metrics": {"time_series": _TIME_SERIES, "signal_metrics": COMMON},
}
# What older documents call a block.
SPELT = {"avatarization_dp": "avatarization_open_dp"}
KINDS = {
    "standard": "AvatarParameters",
    "privacy_metrics": "AvatarPrivacyMetricsParameters",
    "signal_metrics": "AvatarSignalMetricsParameters",
}
