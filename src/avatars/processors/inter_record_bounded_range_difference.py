"""Stretches that follow one another and stay within bounds."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.processors.base import (
    Processor,
    in_order_of,
    order_within,
    refuse_missing,
    refuse_unknown,
)
from avatars.processors.inter_record_bounded_cumulated_difference import moved, share_to_bound

__all__ = ["InterRecordBoundedRangeDifferenceProcessor"]


class InterRecordBoundedRangeDifferenceProcessor(Processor):
    """Express lengths of stretches and the gaps between as shares of what is left to the bounds.

    Bounds are the least and the largest start or end of the table, so that no avatar leaves them.

    Parameters
    ----------
    id_variable : label
        Whose record it is.
    target_start_variable, target_end_variable : label
        Where a stretch begins and ends.
    new_first_variable_name, new_range_variable, new_difference_variable_name : str
        What the new columns are called: first start, share of the length, share of the gap.
    sort_by_variable : label, optional
        What puts the records of an individual in order; the order of rows unless given.
    should_round_output : bool, default=True
        Whether decoded values are rounded to integers.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import InterRecordBoundedRangeDifferenceProcessor
    >>> shifts = pd.DataFrame({"nurse": [1, 1], "in": [0, 6], "out": [4, 8]})
    >>> processor = InterRecordBoundedRangeDifferenceProcessor(
    ...     id_variable="nurse",
    ...     target_start_variable="in",
    ...     target_end_variable="out",
    ...     new_first_variable_name="first",
    ...     new_range_variable="length",
    ...     new_difference_variable_name="gap",
    ... )
    >>> before = processor.preprocess(shifts)
    >>> before[["length", "gap"]].to_numpy().tolist()
    [[0.5, 0.0], [1.0, 0.5]]
    >>> processor.postprocess(shifts, before).equals(shifts)
    True
    """

    def __init__(
        self,
        *,
        id_variable: Hashable,
        target_start_variable: Hashable,
        target_end_variable: Hashable,
        new_first_variable_name: str,
        new_range_variable: str,
        new_difference_variable_name: str,
        sort_by_variable: Hashable | None = None,
        should_round_output: bool = True,
    ) -> None:
        self.id_variable = id_variable
        self.target_start_variable = target_start_variable
        self.target_end_variable = target_end_variable
        self.new_first_variable_name = new_first_variable_name
        self.new_range_variable = new_range_variable
        self.new_difference_variable_name = new_difference_variable_name
        self.sort_by_variable = sort_by_variable
        self.should_round_output = should_round_output

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with first, length and gap, in its order; see :class:`Processor`."""
        start, end, low, high = self._source(df)
        order, rank = self._order(df)
        previous = np.r_[start[order][:1], end[order][:-1]]
        gap = np.where(rank == 0, 0.0, share_to_bound(previous, start[order], low, high))
        starts = np.flatnonzero(rank == 0)
        sizes = np.diff(np.r_[starts, len(order)])
        original = df[self.target_start_variable].to_numpy()
        first, difference = original.copy(), np.empty(len(df))
        first[order], difference[order] = np.repeat(original[order][starts], sizes), gap
        result = df.drop(columns=[self.target_start_variable, self.target_end_variable])
        result[self.new_range_variable] = share_to_bound(start, end, low, high)
        result[self.new_first_variable_name] = first
        result[self.new_difference_variable_name] = difference
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with starts and ends within bounds; see :class:`Processor`."""
        new: dict[str, Hashable] = {
            "new_first_variable_name": self.new_first_variable_name,
            "new_range_variable": self.new_range_variable,
            "new_difference_variable_name": self.new_difference_variable_name,
        }
        names = {"id_variable": self.id_variable, **new}
        refuse_unknown(dest, names)
        refuse_missing(dest, {f"`{name}`": label for name, label in names.items()})
        low, high = self._source(source)[2:]
        order, rank = self._order(dest)
        first, length, gap = (dest[c].to_numpy(dtype=float)[order] for c in new.values())
        begin = np.clip(first, low, high)
        finish = moved(begin, length, low, high)
        for step in range(1, int(rank.max(initial=0)) + 1):
            rows = np.flatnonzero(rank == step)
            begin[rows] = moved(finish[rows - 1], gap[rows], low, high)
            finish[rows] = moved(begin[rows], length[rows], low, high)
        result = dest.drop(columns=list(new.values()))
        for label, decoded in (
            (self.target_start_variable, begin),
            (self.target_end_variable, finish),
        ):
            values = np.empty(len(dest))
            values[order] = decoded
            rounded = np.rint(values).astype(np.int64) if self.should_round_output else values
            result[label] = rounded
        return in_order_of(source, result)

    def _order(self, df: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        refuse_unknown(df, {"sort_by_variable": self.sort_by_variable})
        by = None if self.sort_by_variable is None else df[self.sort_by_variable]
        return order_within(df[self.id_variable], by)

    def _source(
        self, df: pd.DataFrame
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
        names: dict[str, Hashable] = {
            "id_variable": self.id_variable,
            "target_start_variable": self.target_start_variable,
            "target_end_variable": self.target_end_variable,
        }
        if self.sort_by_variable is not None:
            names["sort_by_variable"] = self.sort_by_variable
        refuse_unknown(df, names)
        refuse_missing(df, {f"`{name}`": label for name, label in names.items()})
        start = df[self.target_start_variable].to_numpy(dtype=float)
        end = df[self.target_end_variable].to_numpy(dtype=float)
        return start, end, min(start.min(), end.min()), max(start.max(), end.max())
