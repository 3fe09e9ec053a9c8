"""Avatars as scikit-learn estimators: ``Avatarizer`` transforms, ``AvatarSampler`` resamples.

Two classes, because imbalanced-learn's pipeline refuses a step that has both ``transform`` and
``fit_resample``.
"""

from avatars.estimators.avatarizer import Avatarizer
from avatars.estimators.sampler import AvatarSampler

__all__ = ["AvatarSampler", "Avatarizer"]
