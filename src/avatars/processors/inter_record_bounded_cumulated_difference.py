"""Values that change from record to record and stay within bounds."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.processors.base import Processor, in_order_of, order_within, refuse_missing
from avatars.processors.inter_record_cumulated_difference import check_names

__all__ = ["InterRecordBoundedCumulatedDifferenceProcessor"]


class InterRecordBoundedCumulatedDifferenceProcessor(Processor):
    """Express a change as a share of what is left to the bound that it moves toward.

    Bounds are the least and the largest value of the table, so that no avatar leaves them.

    Parameters
    ----------
    id_variable : label
        Whose record it is.
    target_variable : label
        The value that changes.
    new_first_variable_name, new_difference_variable_name : str
        What the two new columns are called.
    should_round_output : bool, default=False
        Whether decoded values are rounded to integers.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import InterRecordBoundedCumulatedDifferenceProcessor
    >>> visits = pd.DataFrame({"patient": [1, 1, 2], "weight": [60.0, 80.0, 100.0]})
    >>> processor = InterRecordBoundedCumulatedDifferenceProcessor(
    ...     id_variable="patient",
    ...     target_variable="weight",
    ...     new_first_variable_name="first",
    ...     new_difference_variable_name="change",
    ... )
    >>> before = processor.preprocess(visits)
    >>> before["change"].tolist()
    [0.0, 0.5, 0.0]
    >>> processor.postprocess(visits, before).equals(visits)
    True
    """

    def __init__(
        self,
        id_variable: Hashable,
        target_variable: Hashable,
        new_first_variable_name: str,
        new_difference_variable_name: str,
        should_round_output: bool = False,
    ) -> None:
        self.id_variable = id_variable
        self.target_variable = target_variable
        self.new_first_variable_name = new_first_variable_name
        self.new_difference_variable_name = new_difference_variable_name
        self.should_round_output = should_round_output

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with first value and changes, in its order; see :class:`Processor`."""
        self._check_source(df)
        target = df[self.target_variable]
        values = target.to_numpy(dtype=float)
        order, rank = order_within(df[self.id_variable])
        previous = np.r_[values[order][:1], values[order][:-1]]
        change = np.where(
            rank == 0, 0.0, share_to_bound(previous, values[order], values.min(), values.max())
        )
        starts = np.flatnonzero(rank == 0)
        sizes = np.diff(np.r_[starts, len(order)])
        first, difference = target.to_numpy().copy(), np.empty(len(df))
        first[order] = np.repeat(target.to_numpy()[order][starts], sizes)
        difference[order] = change
        result = df.drop(columns=[self.target_variable])
        result[self.new_first_variable_name] = first
        result[self.new_difference_variable_name] = difference
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars within the bounds of the source; see :class:`Processor`."""
        self._check_source(source, " in source")
        new = {
            "new_first_variable_name": self.new_first_variable_name,
            "new_difference_variable_name": self.new_difference_variable_name,
        }
        check_names(dest, {"id_variable": self.id_variable, **new})
        refuse_missing(dest, {f"`{name}`": label for name, label in new.items()})
        bounds = source[self.target_variable].to_numpy(dtype=float)
        low, high = bounds.min(), bounds.max()
        order, rank = order_within(dest[self.id_variable])
        first = dest[self.new_first_variable_name].to_numpy(dtype=float)[order]
        share = dest[self.new_difference_variable_name].to_numpy(dtype=float)[order]
        decoded = np.clip(first, low, high)
        for step in range(1, int(rank.max(initial=0)) + 1):
            rows = np.flatnonzero(rank == step)
            decoded[rows] = moved(decoded[rows - 1], share[rows], low, high)
        values = np.empty(len(dest))
        values[order] = decoded
        result = dest.drop(columns=list(new.values()))
        result[self.target_variable] = np.rint(values) if self.should_round_output else values
        return in_order_of(source, result)

    def _check_source(self, df: pd.DataFrame, where: str = "") -> None:
        check_names(df, {"id_variable": self.id_variable, "target_variable": self.target_variable})
        columns = {"id variable": self.id_variable, "target variable": self.target_variable}
        refuse_missing(df, columns, where)


def share_to_bound(
    start: NDArray[np.float64], end: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Return moves as shares of what is left to the bound they go toward, in [-1, 1]."""
    move = end - start
    room = np.where(move > 0, high - start, start - low)
    return np.asarray(np.divide(move, room, out=np.zeros_like(move), where=room > 0))


def moved(
    start: NDArray[np.float64], share: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Return where moves by shares of what is left to the bound end."""
    share = np.clip(share, -1.0, 1.0)
    return np.asarray(start + share * np.where(share > 0, high - start, start - low))
