"""Numbers with few values as categories, and rare categories as one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from avatars.exceptions import InvalidColumnError, InvalidParameterError, shown
from avatars.processors.base import Processor

__all__ = ["GroupModalitiesProcessor", "ToCategoricalProcessor"]


class ToCategoricalProcessor(Processor):
    """Turn numeric columns with few distinct values into categories.

    Parameters
    ----------
    to_categorical_threshold : int
        Most distinct values, gaps not counted, that make a column a category.
    keep_continuous : bool, default=False
        Keep the numbers beside the category, so that a category that another processor grouped
        away can be filled from them afterwards.
    continuous_suffix : str, default="__cont"
        What the kept numbers are called after.
    category : str, default="other"
        The category that is filled from the kept numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import ToCategoricalProcessor
    >>> people = pd.DataFrame({"age": [41, 50, 38], "children": [0, 2, 0]})
    >>> processor = ToCategoricalProcessor(to_categorical_threshold=2)
    >>> before = processor.preprocess(people)
    >>> before.dtypes.astype(str).tolist()
    ['int64', 'object']
    >>> processor.postprocess(people, before).equals(people)
    True
    """

    def __init__(
        self,
        to_categorical_threshold: int,
        *,
        keep_continuous: bool = False,
        continuous_suffix: str = "__cont",
        category: str = "other",
    ) -> None:
        self.to_categorical_threshold = to_categorical_threshold
        self.keep_continuous = keep_continuous
        self.continuous_suffix = continuous_suffix
        self.category = category

    def _chosen(self, df: pd.DataFrame) -> list[Hashable]:
        return [
            label
            for label in df.columns
            if pd.api.types.is_numeric_dtype(df[label].dtype)
            and not pd.api.types.is_bool_dtype(df[label].dtype)
            and df[label].nunique() <= self.to_categorical_threshold
        ]

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with such columns as objects; see :class:`Processor`."""
        result = df.copy()
        for label in self._chosen(df):
            if self.keep_continuous:
                kept = f"{label}{self.continuous_suffix}"
                if kept in result.columns:
                    raise InvalidParameterError(
                        "continuous_suffix", f"makes {shown(kept)}, which is a column already."
                    )
                result[kept] = df[label]
            result[label] = df[label].astype(object)
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with numbers again; see :class:`Processor`."""
        result = dest.copy()
        for label in self._chosen(source):
            cells = result[label].astype(object)
            kept = f"{label}{self.continuous_suffix}"
            if self.keep_continuous and kept in result.columns:
                numbers = result.pop(kept)
                cells = cells.mask(cells == self.category, numbers.astype(object))
            result[label] = _as_number(cells, source[label])
        return result


def _as_number(cells: pd.Series[Any], source: pd.Series[Any]) -> pd.Series[Any]:
    numbers = pd.to_numeric(cells, errors="coerce")
    lost = int((numbers.isna() & cells.notna()).sum())
    if lost:
        raise InvalidColumnError(
            source.name,
            f"holds {lost} categories that are no numbers: set keep_continuous=True to fill them.",
        )
    if pd.api.types.is_integer_dtype(source.dtype):
        numbers = numbers.round()
        if numbers.isna().any() and not pd.api.types.is_extension_array_dtype(source.dtype):
            return numbers.astype(float)
    return numbers.astype(source.dtype)


class GroupModalitiesProcessor(Processor):
    """Put rare categories into one; nothing is undone afterwards.

    Give either ``variable_thresholds``, or both ``min_unique`` and ``global_threshold``.

    Parameters
    ----------
    variable_thresholds : dict of {label: int}, optional
        By column, the largest count of a category that is grouped.
    min_unique : int, optional
        Fewest distinct categories of a column to be looked at.
    global_threshold : int, optional
        Largest count of a category that is grouped, in all such columns.
    new_category : str, default="other"
        What the group is called.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import GroupModalitiesProcessor
    >>> people = pd.DataFrame({"job": ["nurse", "nurse", "smith", "baker"]})
    >>> processor = GroupModalitiesProcessor(min_unique=3, global_threshold=1)
    >>> processor.preprocess(people)["job"].tolist()
    ['nurse', 'nurse', 'other', 'other']
    """

    def __init__(
        self,
        *,
        variable_thresholds: Mapping[Any, int] | None = None,
        min_unique: int | None = None,
        global_threshold: int | None = None,
        new_category: str = "other",
    ) -> None:
        both = (min_unique, global_threshold)
        if variable_thresholds is not None and both != (None, None):
            raise InvalidParameterError(
                "variable_thresholds",
                "can't be combined. Expected variable_thresholds or (global_threshold, "
                "min_unique), got both.",
            )
        if variable_thresholds is None and None in both:
            raise InvalidParameterError(
                "global_threshold",
                "stands alone. Expected both of (global_threshold, min_unique), or "
                "variable_thresholds.",
            )
        self.variable_thresholds = variable_thresholds
        self.min_unique = min_unique
        self.global_threshold = global_threshold
        self.new_category = new_category

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with rare categories grouped; see :class:`Processor`."""
        result = df.copy()
        for label, threshold in self._thresholds(df).items():
            counts = df[label].value_counts()
            rare = df[label].isin(counts.index[counts <= threshold])
            if not rare.any():
                continue
            cells = result[label]
            if isinstance(cells.dtype, pd.CategoricalDtype):
                if self.new_category not in cells.cat.categories:
                    cells = cells.cat.add_categories([self.new_category])
                result[label] = cells.mask(rare, self.new_category).cat.remove_unused_categories()
            elif pd.api.types.is_string_dtype(cells.dtype):
                result[label] = cells.mask(rare, self.new_category)
            else:
                result[label] = cells.astype(object).mask(rare, self.new_category)
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars as they are; see :class:`Processor`."""
        return dest.copy()

    def _thresholds(self, df: pd.DataFrame) -> dict[Hashable, int]:
        if self.variable_thresholds is not None:
            unknown = [label for label in self.variable_thresholds if label not in df.columns]
            if unknown:
                raise InvalidParameterError(
                    "variable_thresholds",
                    f"names {len(unknown)} columns that there aren't. Expected valid variables in "
                    f"variable_thresholds, got {', '.join(map(shown, unknown[:5]))}.",
                )
            return dict(self.variable_thresholds)
        assert self.min_unique is not None and self.global_threshold is not None
        return {
            label: self.global_threshold
            for label in df.columns
            if _is_category(df[label].dtype) and df[label].nunique() >= self.min_unique
        }


def _is_category(dtype: Any) -> bool:
    return bool(
        isinstance(dtype, pd.CategoricalDtype)
        or pd.api.types.is_object_dtype(dtype)
        or pd.api.types.is_string_dtype(dtype)
    )
