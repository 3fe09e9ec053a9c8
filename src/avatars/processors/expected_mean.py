"""Means, and standard deviations, of groups set to those of the people."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from avatars.exceptions import AvatarsWarning, shown
from avatars.processors.base import Processor, refuse_unknown

__all__ = ["ExpectedMeanProcessor"]


class ExpectedMeanProcessor(Processor):
    """Shift avatars so that their means, by group, are those of the people.

    Exact means are released with it: with groups of few people they say what these people have.

    Parameters
    ----------
    target_variables : list of labels
        Numeric columns to shift.
    groupby_variables : list of labels, optional
        Columns whose combinations are the groups; one group unless given.
    same_std : bool, default=False
        Stretch each group to the standard deviation of the people as well.

    Attributes
    ----------
    properties_df : DataFrame
        By group, mean and standard deviation of each target; after ``preprocess``.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import ExpectedMeanProcessor
    >>> people = pd.DataFrame({"sex": list("ffmm"), "pay": [10.0, 20.0, 30.0, 50.0]})
    >>> avatars = people.assign(pay=[14.0, 18.0, 40.0, 42.0])
    >>> processor = ExpectedMeanProcessor(["pay"], groupby_variables=["sex"])
    >>> _ = processor.preprocess(people)
    >>> processor.postprocess(people, avatars)["pay"].tolist()
    [13.0, 17.0, 39.0, 41.0]
    """

    nogroup_name = "nogroup"
    nogroup_value = "all"
    properties_df: pd.DataFrame

    def __init__(
        self,
        target_variables: Sequence[Any],
        *,
        groupby_variables: Sequence[Any] | None = None,
        same_std: bool = False,
    ) -> None:
        self.target_variables = list(target_variables)
        self.groupby_variables = None if groupby_variables is None else list(groupby_variables)
        self.same_std = same_std

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Learn the means and return the table as it is; see :class:`Processor`."""
        self.properties_df = self._properties(df)
        return df.copy()

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars shifted, in their order; see :class:`Processor`."""
        if not hasattr(self, "properties_df"):
            self.properties_df = self._properties(source)
        keys = [self.nogroup_name] if self.groupby_variables is None else self.groupby_variables
        wanted = self._groups(dest)[keys].merge(self.properties_df, on=keys, how="left")
        found = self._groups(dest)[keys].merge(self._properties(dest), on=keys, how="left")
        result = dest.copy()
        for label in self.target_variables:
            centred = result[label] - found[f"{label}mean"].set_axis(dest.index)
            goal = wanted[f"{label}mean"].set_axis(dest.index)
            if self.same_std:
                spread = found[f"{label}std"].set_axis(dest.index)
                stretchable = spread > 0
                if not stretchable.all():
                    warnings.warn(
                        f"column {shown(label)} has groups of avatars with a std of 0: they are "
                        "shifted and not stretched.",
                        AvatarsWarning,
                        stacklevel=2,
                    )
                ratio = wanted[f"{label}std"].set_axis(dest.index) / spread
                centred = centred * ratio.where(stretchable, 1.0)
            # Groups that the people don't have are left where they are.
            result[label] = (centred + goal).where(goal.notna(), result[label])
        return result

    def _groups(self, df: pd.DataFrame) -> pd.DataFrame:
        if self.groupby_variables is None:
            return pd.DataFrame({self.nogroup_name: [self.nogroup_value] * len(df)})
        return df.reset_index(drop=True)

    def _properties(self, df: pd.DataFrame) -> pd.DataFrame:
        columns: list[Hashable] = [*self.target_variables, *(self.groupby_variables or [])]
        refuse_unknown(df, {f"variable {i}": label for i, label in enumerate(columns)})
        keys = [self.nogroup_name] if self.groupby_variables is None else self.groupby_variables
        table = df.reset_index(drop=True)
        table = pd.concat([self._groups(df)[keys], table[self.target_variables]], axis=1)
        grouped = table.groupby(keys, dropna=False, observed=True)[self.target_variables]
        both = grouped.agg(["mean", "std"])
        both.columns = pd.Index([f"{pair[0]}{pair[1]}" for pair in both.columns])
        return both.reset_index()
