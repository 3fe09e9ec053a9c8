"""Series of individuals as attributes that can be avatarized, and back.

``model.SeriesModel`` is the way in: ``grid`` brings series to common points, ``components`` sums
curves up, ``states`` does so for categories, and ``clock`` gives avatars times of their own.
"""

from avatars.engine.series.model import Series, SeriesModel

__all__ = ["Series", "SeriesModel"]
