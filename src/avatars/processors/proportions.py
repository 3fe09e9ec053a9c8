"""Parts of a whole as proportions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidTableError
from avatars.lib.saferound import saferound_rows
from avatars.processors.base import Processor

__all__ = ["ProportionProcessor"]


class ProportionProcessor(Processor):
    """Express columns as proportions, so that avatars of parts add up to their whole.

    Parameters
    ----------
    variable_names : list of labels
        The parts.
    reference : label
        The whole.
    sum_to_one : bool, default=True
        Whether the parts make up the whole: they are then divided by their own sum, and add up to
        the reference afterwards. Otherwise each is divided by the reference.
    decimal_count : int, default=1
        Decimals of the parts afterwards.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import ProportionProcessor
    >>> people = pd.DataFrame({"pay": [100.0, 60.0], "rent": [40.0, 15.0], "food": [60.0, 45.0]})
    >>> processor = ProportionProcessor(["rent", "food"], "pay", decimal_count=0)
    >>> before = processor.preprocess(people)
    >>> before["rent"].tolist()
    [0.4, 0.25]
    >>> processor.postprocess(people, before.assign(pay=[101.0, 60.0]))["food"].tolist()
    [61.0, 45.0]
    """

    def __init__(
        self,
        variable_names: Sequence[Any],
        reference: Hashable,
        *,
        sum_to_one: bool = True,
        decimal_count: int = 1,
    ) -> None:
        self.variable_names = list(variable_names)
        self.reference = reference
        self.sum_to_one = sum_to_one
        self.decimal_count = decimal_count

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with proportions; 0 of a whole of 0; see :class:`Processor`."""
        parts, whole = self._numbers(df)
        if self.sum_to_one:
            whole = np.nansum(parts, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = parts / whole[:, None]
        shares[(whole == 0)[:, None] & ~np.isnan(parts)] = 0.0
        return self._with(df, shares)

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with parts in the units of the whole; see :class:`Processor`."""
        shares, whole = self._numbers(dest)
        if not self.sum_to_one:
            return self._with(dest, np.round(shares * whole[:, None], self.decimal_count))
        known = ~np.isnan(shares)
        shares = np.where(known, shares, 0.0)
        total = shares.sum(axis=1)
        # Where nothing is known of the parts, or of the whole, there is nothing to make up.
        usable = (total > 0) & ~np.isnan(whole)
        amounts = shares * whole[:, None]
        scaled = shares[usable] / total[usable, None] * whole[usable, None]
        amounts[usable] = saferound_rows(scaled, self.decimal_count, whole[usable])
        amounts[~known] = np.nan
        return self._with(dest, amounts)

    def _numbers(self, df: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        for label in (self.reference, *self.variable_names):
            if label not in df.columns:
                raise InvalidTableError(
                    f"parameter 'variable_name', 'variable {str(label)[:80]} cannot be found in "
                    "the dataframe variables': name columns of the table."
                )
        parts = df[self.variable_names].to_numpy(dtype=float, na_value=np.nan)
        return parts, df[self.reference].to_numpy(dtype=float, na_value=np.nan)

    def _with(self, df: pd.DataFrame, cells: NDArray[np.float64]) -> pd.DataFrame:
        result = df.copy()
        for place, label in enumerate(self.variable_names):
            result[label] = cells[:, place]
        return result
