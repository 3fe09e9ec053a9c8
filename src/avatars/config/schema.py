"""Tables, columns and links as a run describes them."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from avatars.models import (
    Cardinality,
    ColumnType,
    LinkMethod,
    OutputFormat,
    Pseudonymization,
    ReportLanguage,
    ReportType,
)

__all__ = ["ColumnConfig", "LinkConfig", "ReportConfig", "TableConfig", "column_type"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ColumnConfig(_Frozen):
    """One column: its type, and the part that it plays.

    Examples
    --------
    >>> from avatars.config import ColumnConfig
    >>> ColumnConfig(field="id", primary_key=True).is_key
    True
    """

    field: str
    type: ColumnType | None = None
    primary_key: bool = False
    identifier: bool = Field(False, description="Whether it points to the key of another table.")
    time_series_time: bool = False
    pseudonymization: Pseudonymization | None = None
    drop: bool = False

    @property
    def is_key(self) -> bool:
        """Tell whether the column names rows of this or another table."""
        return self.primary_key or self.identifier


class LinkConfig(_Frozen):
    """A link from a parent, whose key ``field`` is, to the children that name it.

    Examples
    --------
    >>> from avatars.config import LinkConfig
    >>> LinkConfig(field="id", to_table="visit", to_field="patient").method.value
    'linear_sum_assignment'
    """

    field: str
    to_table: str
    to_field: str
    method: LinkMethod = LinkMethod.LINEAR_SUM_ASSIGNMENT
    cardinality: Cardinality = Cardinality.SMOOTHED


class TableConfig(_Frozen):
    """One table.

    Examples
    --------
    >>> from avatars.config import ColumnConfig, TableConfig
    >>> table = TableConfig(name="visit", columns=(ColumnConfig(field="id", primary_key=True),))
    >>> table.primary_key
    'id'
    """

    name: str
    columns: tuple[ColumnConfig, ...] = ()
    links: tuple[LinkConfig, ...] = ()
    individual_level: bool | None = None
    reference: bool = Field(
        False, description="Whether it describes things, and goes out as it is."
    )
    file: str | None = Field(None, description="File of the people; None where there are none.")
    avatars_file: str | None = Field(None, description="File of avatars that were made elsewhere.")

    def column(self, field: str) -> ColumnConfig | None:
        """Return a column by its name.

        Parameters
        ----------
        field : str
            The name.

        Returns
        -------
        ColumnConfig or None
            None where the table doesn't describe such a column.
        """
        return next((column for column in self.columns if column.field == field), None)

    @property
    def primary_key(self) -> str | None:
        """Give the column that names the rows."""
        return next((c.field for c in self.columns if c.primary_key), None)

    @property
    def identifiers(self) -> list[str]:
        """Give the columns that name rows of other tables."""
        return [c.field for c in self.columns if c.identifier]

    @property
    def time_series_time(self) -> str | None:
        """Give the column that orders a series."""
        return next((c.field for c in self.columns if c.time_series_time), None)

    @property
    def dropped(self) -> list[str]:
        """Give the columns that don't take part."""
        return [c.field for c in self.columns if c.drop]

    @property
    def pseudonymized(self) -> dict[str, Pseudonymization]:
        """Give the columns whose values are invented."""
        return {c.field: c.pseudonymization for c in self.columns if c.pseudonymization}

    @property
    def types(self) -> dict[str, ColumnType]:
        """Give what columns mean, where that is declared."""
        return {c.field: c.type for c in self.columns if c.type is not None}


class ReportConfig(_Frozen):
    """Which report is made, and how.

    Examples
    --------
    >>> from avatars.config import ReportConfig
    >>> ReportConfig().report_type.value
    'basic'
    """

    report_type: ReportType = ReportType.BASIC
    output_format: OutputFormat = OutputFormat.PDF
    language: ReportLanguage = ReportLanguage.EN


def column_type(dtype: Any) -> ColumnType:
    """Return the type that a dtype stands for.

    Parameters
    ----------
    dtype : dtype
        Of NumPy, pandas or Arrow.

    Returns
    -------
    ColumnType
        Nullable and Arrow dtypes like those of NumPy; what isn't known is a category.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.config import column_type
    >>> column_type(pd.Int64Dtype()).name, column_type(pd.DatetimeTZDtype(tz="UTC")).name
    ('INT', 'DATETIME_TZ')
    """
    if pd.api.types.is_bool_dtype(dtype):
        return ColumnType.BOOL
    if isinstance(dtype, pd.CategoricalDtype):
        return ColumnType.CATEGORY
    if pd.api.types.is_integer_dtype(dtype):
        return ColumnType.INT
    if pd.api.types.is_datetime64_any_dtype(dtype):
        has_zone = isinstance(dtype, pd.DatetimeTZDtype) or "tz=" in str(dtype)
        return ColumnType.DATETIME_TZ if has_zone else ColumnType.DATETIME
    return ColumnType.FLOAT if pd.api.types.is_numeric_dtype(dtype) else ColumnType.CATEGORY
