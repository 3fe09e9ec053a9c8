"""``df.avatars`` on frames of polars: ``import avatars.polars`` registers it."""

from __future__ import annotations

from avatars.accessor import AvatarsAccessor
from avatars.exceptions import MissingExtraError

try:
    import polars as pl
except ImportError:
    raise MissingExtraError("polars", "polars") from None

__all__ = ["AvatarsNamespace"]


@pl.api.register_dataframe_namespace("avatars")
class AvatarsNamespace(AvatarsAccessor):
    """Avatars of the people in a frame of polars: the same as on frames of pandas.

    Parameters
    ----------
    frame : polars.DataFrame
        The people, one per row.

    Examples
    --------
    >>> import polars as pl
    >>> import avatars.polars
    >>> people = pl.DataFrame({"age": range(20, 140, 2), "pay": range(0, 600, 10)})
    >>> released = people.avatars.avatarize(k=10)
    >>> released.schema == people.schema, released.height
    (True, 60)
    """
