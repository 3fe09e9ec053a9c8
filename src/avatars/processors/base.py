"""What a processor is, and the checks that all of them make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidTableError, shown

__all__ = ["Processor"]


class Processor(ABC):
    """A change made before avatarization, and its way back afterwards.

    Neither step changes the table that it is given.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import DatetimeProcessor
    >>> people = pd.DataFrame({"born": pd.to_datetime(["1970-01-02", "1970-01-03"])})
    >>> processor = DatetimeProcessor()
    >>> before = processor.preprocess(people)
    >>> before["born"].tolist()
    [86400.0, 172800.0]
    >>> processor.postprocess(people, before).equals(people)
    True
    """

    @abstractmethod
    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table as it shall be avatarized.

        Parameters
        ----------
        df : DataFrame
            The people.

        Returns
        -------
        DataFrame
            A new table.
        """

    @abstractmethod
    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return avatars in the form of the source.

        Parameters
        ----------
        source : DataFrame
            The people, before ``preprocess``.
        dest : DataFrame
            Avatars of the preprocessed people.

        Returns
        -------
        DataFrame
            A new table.
        """


def refuse_missing(df: pd.DataFrame, columns: Mapping[str, Hashable], where: str = "") -> None:
    """Refuse a table with gaps in columns that need to be complete.

    ``columns`` maps the words of the message to labels.
    """
    for words, label in columns.items():
        count = int(df[label].isna().sum())
        if count:
            raise InvalidTableError(
                f"Expected no missing values for {words}{where}, got {count} in column "
                f"{shown(label)}: fill them or drop these rows."
            )


def refuse_unknown(df: pd.DataFrame, columns: Mapping[str, Hashable | None]) -> None:
    """Refuse a table that lacks a column; ``columns`` maps parameters to labels."""
    lacking = {name: c for name, c in columns.items() if c is not None and c not in df.columns}
    if lacking:
        named = ", ".join(f"`{name}` ({shown(label)})" for name, label in lacking.items())
        raise InvalidTableError(
            f"Expected valid variable names for {named}: the table has no such column."
        )


def in_order_of(source: pd.DataFrame, df: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the columns of the source first, in its order."""
    known = [label for label in source.columns if label in df.columns]
    return df[known + [label for label in df.columns if label not in source.columns]]


def refuse_other_order(source: pd.DataFrame, dest: pd.DataFrame) -> None:
    """Refuse to take the order of records from a source whose rows are others."""
    if not source.index.equals(dest.index):
        raise InvalidTableError(
            "Expected `keep_record_order` to be `True` only if both tables have the same index: "
            "set it to False for shuffled avatars."
        )


def order_within(
    ids: pd.Series[Any], by: pd.Series[Any] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return positions of rows grouped by id, each group in order, and their rank within it."""
    codes = pd.factorize(ids)[0]
    if by is None:
        order = np.argsort(codes, kind="stable")
    else:
        within = np.argsort(by.to_numpy(), kind="stable")
        order = within[np.argsort(codes[within], kind="stable")]
    sorted_codes = codes[order]
    starts = np.flatnonzero(np.r_[True, sorted_codes[1:] != sorted_codes[:-1]])
    sizes = np.diff(np.r_[starts, len(order)])
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    return order, rank
