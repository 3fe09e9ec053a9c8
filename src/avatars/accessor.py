"""``df.avatars``: the engine from a pandas method chain."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["AvatarsAccessor"]


@pd.api.extensions.register_dataframe_accessor("avatars")
class AvatarsAccessor:
    """Avatars of the people in a frame. It keeps no state and never changes the frame.

    Parameters
    ----------
    frame : DataFrame
        The people, one per row.

    Examples
    --------
    >>> import avatars
    >>> from avatars.datasets import make_patients
    >>> people = make_patients(200, random_state=0)
    >>> released = people.query("age > 40").avatars.avatarize(k=20, random_state=0)
    >>> list(released.columns) == list(people.columns)
    True
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def __repr__(self) -> str:
        return f"AvatarsAccessor({self._frame.shape[0]} rows, {self._frame.shape[1]} columns)"

    def avatarize(self, **parameters: Any) -> pd.DataFrame:
        """Return avatars of the people in the frame.

        Parameters
        ----------
        **parameters
            Those of :class:`avatars.Avatarizer`.

        Returns
        -------
        DataFrame
            One avatar per row, shuffled unless ``shuffle=False``, in the dtypes of the frame.

        Raises
        ------
        InvalidInputError
            A ValueError that names the column or parameter that can't be used.
        TypeError
            For a parameter that there isn't.

        Examples
        --------
        >>> import avatars
        >>> from avatars.datasets import make_patients
        >>> make_patients(100, random_state=0).avatars.avatarize(k=10).shape[0]
        100
        """
        from avatars.estimators import Avatarizer

        released: pd.DataFrame = Avatarizer(**parameters).fit_transform(self._frame)
        return released
