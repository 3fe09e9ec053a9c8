"""Which columns are amounts and which are names of something."""

from __future__ import annotations

import pandas as pd

__all__ = ["split_columns_types"]


def split_columns_types(df: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Return the places of continuous and of categorical columns.

    Parameters
    ----------
    df : DataFrame
        Any table.

    Returns
    -------
    continuous, categorical : list of int
        Integers and floats of any size and kind are continuous; everything else, dates and
        booleans included, is categorical.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.lib import split_columns_types
    >>> split_columns_types(pd.DataFrame({"age": [41, 50], "sex": ["f", "m"]}))
    ([0], [1])
    """
    continuous = [
        place
        for place, dtype in enumerate(df.dtypes)
        if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    ]
    return continuous, [place for place in range(df.shape[1]) if place not in set(continuous)]
