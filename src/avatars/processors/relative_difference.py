"""One column as what it has beyond others."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.processors.base import Processor, in_order_of, refuse_missing, refuse_unknown

__all__ = ["RelativeDifferenceProcessor"]


class RelativeDifferenceProcessor(Processor):
    """Express a column as its difference to the sum of others, so that their order is kept.

    Parameters
    ----------
    target : label
        The column to express.
    references : list of labels
        The columns whose sum is taken off.
    scaling_unit : float, optional
        What the difference is divided by.
    target_rename : label, optional
        What the difference is called; the name of the target unless given.
    drop_original_target : bool, default=False
        Whether the target goes when the difference has a name of its own.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import RelativeDifferenceProcessor
    >>> people = pd.DataFrame({"low": [70, 80], "high": [120, 130]})
    >>> processor = RelativeDifferenceProcessor("high", ["low"])
    >>> before = processor.preprocess(people)
    >>> before["high"].tolist()
    [50, 50]
    >>> processor.postprocess(people, before).equals(people)
    True
    """

    def __init__(
        self,
        target: Hashable,
        references: Sequence[Any],
        scaling_unit: float | None = None,
        target_rename: Hashable | None = None,
        drop_original_target: bool = False,
    ) -> None:
        if drop_original_target and target_rename is None:
            raise InvalidParameterError(
                "drop_original_target",
                "would leave nothing. Expected drop_original_target to be False if a target_rename "
                "is None: name the difference.",
            )
        if scaling_unit == 0:
            raise InvalidParameterError("scaling_unit", "must not be 0.")
        self.target = target
        self.references = list(references)
        self.scaling_unit = scaling_unit
        self.target_rename = target_rename
        self.drop_original_target = drop_original_target

    @property
    def _difference(self) -> Hashable:
        return self.target if self.target_rename is None else self.target_rename

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the difference; see :class:`Processor`."""
        base = self._base(df)
        refuse_unknown(df, {"target": self.target})
        difference = df[self.target] - base
        if self.scaling_unit is not None:
            difference = difference / self.scaling_unit
        result = df.copy()
        result[self._difference] = difference
        if self.drop_original_target:
            result = result.drop(columns=[self.target])
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with the target; see :class:`Processor`."""
        base = self._base(dest)
        refuse_unknown(dest, {"target": self._difference})
        difference = dest[self._difference]
        if self.scaling_unit is not None:
            difference = difference * self.scaling_unit
        result = dest.copy()
        result[self.target] = base + difference
        if self.target_rename is not None:
            result = result.drop(columns=[self.target_rename])
        return in_order_of(source, result)

    def _base(self, df: pd.DataFrame) -> pd.Series[Any]:
        unknown = [label for label in self.references if label not in df.columns]
        if unknown:
            raise InvalidTableError(
                "Expected all reference variables in dataset columns, got "
                f"{', '.join(map(shown, unknown[:5]))}: name columns of the table."
            )
        for label in self.references:
            refuse_missing(df, {"`references`": label})
        base: pd.Series[Any] = df[self.references[0]]
        for label in self.references[1:]:
            base = base + df[label]
        return base
