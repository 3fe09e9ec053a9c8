"""``df.avatars`` on frames of polars: ``import avatars.polars`` registers it."""

from __future__ import annotations

from typing import Any

from avatars.exceptions import MissingExtraError

try:
    import polars as pl
except ImportError:
    raise MissingExtraError("polars", "polars") from None

__all__ = ["AvatarsNamespace"]


@pl.api.register_dataframe_namespace("avatars")
class AvatarsNamespace:
    """Avatars of the people in a frame of polars. It keeps no state.

    Parameters
    ----------
    frame : polars.DataFrame
        The people, one per row.

    Examples
    --------
    >>> import polars as pl
    >>> import avatars.polars
    >>> people = pl.DataFrame({"age": range(20, 140, 2), "pay": range(0, 600, 10)})
    >>> people.avatars.avatarize(k=10).schema == people.schema
    True
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def avatarize(self, **parameters: Any) -> pl.DataFrame:
        """Return avatars of the people in the frame.

        Parameters
        ----------
        **parameters
            Those of :class:`avatars.Avatarizer`.

        Returns
        -------
        polars.DataFrame
            One avatar per row, shuffled unless ``shuffle=False``, in the dtypes of the frame.

        Raises
        ------
        InvalidInputError
            A ValueError that names the column or parameter that can't be used.

        Examples
        --------
        >>> import polars as pl
        >>> import avatars.polars
        >>> people = pl.DataFrame({"age": range(20, 140, 2), "pay": range(0, 600, 10)})
        >>> people.avatars.avatarize(k=10).height
        60
        """
        from avatars.estimators import Avatarizer

        released: pl.DataFrame = Avatarizer(**parameters).fit_transform(self._frame)
        return released
