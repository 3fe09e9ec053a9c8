"""Figures of people beside avatars, made in scikit-learn's manner.

Each display takes what was computed, or computes it with ``from_estimator`` or ``from_tables``,
draws it with ``plot``, and keeps its ``figure_`` and ``ax_``. None shows fewer than five people
apart from the others, or fewer than the ``min_people`` it is given. They need matplotlib (extra
``plot``).
"""

from avatars.displays.aggregates import AggregatesDisplay
from avatars.displays.attack import AttackDisplay
from avatars.displays.cloaking import CloakingDisplay
from avatars.displays.contribution import ContributionDisplay
from avatars.displays.correlation import CorrelationDisplay
from avatars.displays.distance import DistanceDisplay
from avatars.displays.distribution import DistributionDisplay
from avatars.displays.projection import ProjectionDisplay
from avatars.displays.relations import CardinalityDisplay, RelationsDisplay
from avatars.displays.series import SeriesDisplay
from avatars.displays.summary import SummaryDisplay
from avatars.displays.svg import figure_as_svg

__all__ = [
    "AggregatesDisplay",
    "AttackDisplay",
    "CardinalityDisplay",
    "CloakingDisplay",
    "ContributionDisplay",
    "CorrelationDisplay",
    "DistanceDisplay",
    "DistributionDisplay",
    "ProjectionDisplay",
    "RelationsDisplay",
    "SeriesDisplay",
    "SummaryDisplay",
    "figure_as_svg",
]
