"""Values that only grow from record to record, such as an odometer's."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from avatars.exceptions import InvalidTableError, shown
from avatars.processors.base import (
    Processor,
    in_order_of,
    order_within,
    refuse_missing,
    refuse_other_order,
)

__all__ = ["InterRecordCumulatedDifferenceProcessor"]


class InterRecordCumulatedDifferenceProcessor(Processor):
    """Express a value as the first one of an individual and the growth since the last record.

    Parameters
    ----------
    id_variable : label
        Whose record it is.
    target_variable : label
        The value that grows.
    new_first_variable_name, new_difference_variable_name : str
        What the two new columns are called.
    keep_record_order : bool, default=False
        Whether avatars are cumulated in the order of the people's records, **which links them**
        and needs tables with the same index; otherwise in the order of their own rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import InterRecordCumulatedDifferenceProcessor
    >>> trips = pd.DataFrame({"car": [1, 1, 2], "km": [1000, 1025, 70]})
    >>> processor = InterRecordCumulatedDifferenceProcessor(
    ...     id_variable="car",
    ...     target_variable="km",
    ...     new_first_variable_name="first",
    ...     new_difference_variable_name="driven",
    ... )
    >>> before = processor.preprocess(trips)
    >>> before["driven"].tolist()
    [0, 25, 0]
    >>> processor.postprocess(trips, before).equals(trips)
    True
    """

    def __init__(
        self,
        *,
        id_variable: Hashable,
        target_variable: Hashable,
        new_first_variable_name: str,
        new_difference_variable_name: str,
        keep_record_order: bool = False,
    ) -> None:
        self.id_variable = id_variable
        self.target_variable = target_variable
        self.new_first_variable_name = new_first_variable_name
        self.new_difference_variable_name = new_difference_variable_name
        self.keep_record_order = keep_record_order

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with first value and growth, in its order; see :class:`Processor`."""
        self._check_source(df)
        target = df[self.target_variable]
        order, rank = order_within(df[self.id_variable], target)
        values = target.to_numpy()[order]
        starts = np.flatnonzero(rank == 0)
        sizes = np.diff(np.r_[starts, len(order)])
        growth = np.empty_like(values)
        growth[1:] = values[1:] - values[:-1]
        growth[starts] = 0
        first, difference = np.empty_like(values), np.empty_like(values)
        first[order], difference[order] = np.repeat(values[starts], sizes), growth
        result = df.drop(columns=[self.target_variable])
        result[self.new_first_variable_name] = first
        result[self.new_difference_variable_name] = difference
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with cumulated values; see :class:`Processor`."""
        self._check_source(source, " in source")
        check_names(dest, {"id_variable": self.id_variable, **self._new_names()})
        refuse_missing(dest, {f"`{name}`": label for name, label in self._new_names().items()})
        by = None
        if self.keep_record_order:
            refuse_other_order(source, dest)
            by = source[self.target_variable]
        order, rank = order_within(dest[self.id_variable], by)
        growth = dest[self.new_difference_variable_name].to_numpy()[order]
        starts = np.flatnonzero(rank == 0)
        sizes = np.diff(np.r_[starts, len(order)])
        first = dest[self.new_first_variable_name].to_numpy()[order][starts]
        total = np.cumsum(growth)
        before = total[starts] - growth[starts]
        values = np.empty(len(order), dtype=np.result_type(first, growth))
        values[order] = total + np.repeat(first - before, sizes)
        result = dest.drop(columns=list(self._new_names().values()))
        result[self.target_variable] = values
        return in_order_of(source, result)

    def _new_names(self) -> dict[str, str]:
        return {
            "new_first_variable_name": self.new_first_variable_name,
            "new_difference_variable_name": self.new_difference_variable_name,
        }

    def _check_source(self, df: pd.DataFrame, where: str = "") -> None:
        check_names(df, {"id_variable": self.id_variable, "target_variable": self.target_variable})
        columns = {"id variable": self.id_variable, "target variable": self.target_variable}
        refuse_missing(df, columns, where)


def check_names(df: pd.DataFrame, columns: dict[str, Hashable]) -> None:
    """Refuse a table without one of the columns; keys are the parameters that name them."""
    for name, label in columns.items():
        if label not in df.columns:
            raise InvalidTableError(
                f"Expected a valid `{name}`: the table has no column {shown(label)}."
            )
