"""How alike the series of people and of avatars are, point by point and over time."""

from avatars.metrics.series.curves import (
    Curves,
    autocorrelation_ratio,
    density_hellinger,
    mean_curve_difference,
    pointwise_hellinger,
    series_metrics,
    variance_ratio,
)

__all__ = [
    "Curves",
    "autocorrelation_ratio",
    "density_hellinger",
    "mean_curve_difference",
    "pointwise_hellinger",
    "series_metrics",
    "variance_ratio",
]
