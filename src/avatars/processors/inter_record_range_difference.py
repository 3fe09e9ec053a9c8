"""Stretches that follow one another, such as stays in a hospital."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from avatars.processors.base import (
    Processor,
    in_order_of,
    order_within,
    refuse_missing,
    refuse_other_order,
    refuse_unknown,
)

__all__ = ["InterRecordRangeDifferenceProcessor"]


class InterRecordRangeDifferenceProcessor(Processor):
    """Express stretches as the first start of an individual, their lengths and the gaps between.

    Parameters
    ----------
    id_variable : label
        Whose record it is.
    target_start_variable, target_end_variable : label
        Where a stretch begins and ends.
    sort_by_variable : label
        What puts the records of an individual in order.
    new_first_variable, new_range_variable, new_difference_variable : str
        What the new columns are called: first start, length, gap since the previous end.
    keep_record_order : bool, default=False
        Whether avatars are chained in the order of the people's records, **which links them** and
        needs tables with the same index; otherwise in the order of their own rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import InterRecordRangeDifferenceProcessor
    >>> stays = pd.DataFrame({"patient": [1, 1], "in": [3, 10], "out": [5, 11]})
    >>> processor = InterRecordRangeDifferenceProcessor(
    ...     id_variable="patient",
    ...     target_start_variable="in",
    ...     target_end_variable="out",
    ...     sort_by_variable="in",
    ...     new_first_variable="first",
    ...     new_range_variable="days",
    ...     new_difference_variable="gap",
    ... )
    >>> before = processor.preprocess(stays)
    >>> before[["days", "gap"]].to_numpy().tolist()
    [[2, 0], [1, 5]]
    >>> processor.postprocess(stays, before).equals(stays)
    True
    """

    def __init__(
        self,
        id_variable: Hashable,
        target_start_variable: Hashable,
        target_end_variable: Hashable,
        sort_by_variable: Hashable,
        new_first_variable: str,
        new_range_variable: str,
        new_difference_variable: str,
        keep_record_order: bool = False,
    ) -> None:
        self.id_variable = id_variable
        self.target_start_variable = target_start_variable
        self.target_end_variable = target_end_variable
        self.sort_by_variable = sort_by_variable
        self.new_first_variable = new_first_variable
        self.new_range_variable = new_range_variable
        self.new_difference_variable = new_difference_variable
        self.keep_record_order = keep_record_order

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with first, length and gap, in its order; see :class:`Processor`."""
        names: dict[str, Hashable] = {
            "id_variable": self.id_variable,
            "target_start_variable": self.target_start_variable,
            "target_end_variable": self.target_end_variable,
            "sort_by_variable": self.sort_by_variable,
        }
        refuse_unknown(df, names)
        refuse_missing(df, {f"`{name}`": label for name, label in names.items()})
        order, rank = order_within(df[self.id_variable], df[self.sort_by_variable])
        start = df[self.target_start_variable].to_numpy()
        end = df[self.target_end_variable].to_numpy()
        starts = np.flatnonzero(rank == 0)
        sizes = np.diff(np.r_[starts, len(order)])
        gap = np.empty_like(start)
        gap[1:] = start[order][1:] - end[order][:-1]
        gap[starts] = 0
        first, difference = np.empty_like(start), np.empty_like(start)
        first[order], difference[order] = np.repeat(start[order][starts], sizes), gap
        result = df.drop(columns=[self.target_start_variable, self.target_end_variable])
        result[self.new_range_variable] = end - start
        result[self.new_first_variable] = first
        result[self.new_difference_variable] = difference
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with starts and ends; see :class:`Processor`."""
        new: dict[str, Hashable] = {
            "new_first_variable": self.new_first_variable,
            "new_range_variable": self.new_range_variable,
            "new_difference_variable": self.new_difference_variable,
        }
        names = {"id_variable": self.id_variable, **new}
        refuse_unknown(dest, names)
        refuse_missing(dest, {f"`{name}`": label for name, label in names.items()})
        by = None
        if self.keep_record_order:
            refuse_other_order(source, dest)
            refuse_unknown(source, {"sort_by_variable": self.sort_by_variable})
            by = source[self.sort_by_variable]
        order, rank = order_within(dest[self.id_variable], by)
        length = dest[self.new_range_variable].to_numpy()[order]
        gap = dest[self.new_difference_variable].to_numpy()[order]
        starts = np.flatnonzero(rank == 0)
        sizes = np.diff(np.r_[starts, len(order)])
        first = dest[self.new_first_variable].to_numpy()[order][starts]
        # Each record begins after all gaps and lengths before it.
        total = np.cumsum(gap + length)
        before = total[starts] - (gap + length)[starts]
        ends = total + np.repeat(first - before, sizes)
        begin, finish = np.empty_like(ends), np.empty_like(ends)
        begin[order], finish[order] = ends - length, ends
        result = dest.drop(columns=list(new.values()))
        result[self.target_start_variable] = begin
        result[self.target_end_variable] = finish
        return in_order_of(source, result)
