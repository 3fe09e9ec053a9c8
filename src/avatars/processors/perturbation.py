"""Avatars moved back toward the people that they were drawn around."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.processors.base import Processor

__all__ = ["PerturbationProcessor"]


class PerturbationProcessor(Processor):
    """Mix avatars with the people that they were drawn around: **sensitive**.

    The release then holds parts of people's own values, and none of the figures that were
    measured on the avatars hold for it. Rows of both tables must belong together.

    Parameters
    ----------
    perturbation_level : dict of {label: float}
        By column, from 0, the person's own value, to 1, the avatar's.
    seed : int, optional
        Draws which categories come from whom; from the operating system unless given.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import PerturbationProcessor
    >>> people, avatars = pd.DataFrame({"age": [40.0]}), pd.DataFrame({"age": [50.0]})
    >>> PerturbationProcessor({"age": 0.25}).postprocess(people, avatars)["age"].tolist()
    [42.5]
    """

    def __init__(self, perturbation_level: Mapping[Any, float], *, seed: int | None = None) -> None:
        for label, level in perturbation_level.items():
            if not 0 <= level <= 1:
                raise InvalidParameterError(
                    "perturbation_level", f"must be in [0, 1]: look at column {shown(label)}."
                )
        self.perturbation_level = perturbation_level
        self.seed = seed

    def __repr__(self) -> str:
        return f"PerturbationProcessor({len(self.perturbation_level)} columns)"

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table as it is; see :class:`Processor`."""
        return df.copy()

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return avatars mixed with people, row by row; see :class:`Processor`."""
        if len(source) != len(dest):
            raise InvalidTableError(
                f"the people have {len(source)} rows and the avatars {len(dest)}: this processor "
                "mixes row i with row i. Pass unshuffled avatars."
            )
        for table in (source, dest):
            unknown = [c for c in self.perturbation_level if c not in table.columns]
            if unknown:
                raise InvalidParameterError(
                    "perturbation_level", f"names a column that there isn't: {shown(unknown[0])}."
                )
        generator = np.random.default_rng(self.seed)
        result = dest.copy()
        for label, level in self.perturbation_level.items():
            own = pd.Series(source[label].array, index=dest.index, name=label)
            drawn = dest[label]
            if _is_amount(own.dtype) and _is_amount(drawn.dtype):
                mixed = own + (drawn - own) * level
                # Whoever has no value of their own can't be moved toward it.
                result[label] = mixed.where(own.notna() | drawn.isna(), drawn)
            else:
                from_avatar = generator.random(len(dest)) >= 1 - level
                result[label] = drawn.where(from_avatar, own)
        return result


def _is_amount(dtype: Any) -> bool:
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    return bool(is_number or pd.api.types.is_datetime64_any_dtype(dtype))
