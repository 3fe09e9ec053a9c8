"""Avatars as scikit-learn estimators: ``Avatarizer`` transforms, ``AvatarSampler`` resamples.

Two classes, because imbalanced-learn's pipeline refuses a step that has both ``transform`` and
``fit_resample``. ``MultiTableAvatarizer`` takes a dict of linked tables.
"""

from avatars.estimators.avatarizer import Avatarizer
from avatars.estimators.multi_table import MultiTableAvatarizer
from avatars.estimators.sampler import AvatarSampler

__all__ = ["AvatarSampler", "Avatarizer", "MultiTableAvatarizer"]
