"""Small tools that processors and callers share."""

from avatars.lib.saferound import RoundingStrategy, saferound
from avatars.lib.split_columns_types import split_columns_types

__all__ = ["RoundingStrategy", "saferound", "split_columns_types"]
