"""The description of a run, and its documents in YAML."""

from avatars.config.run import Config
from avatars.config.schema import ColumnConfig, LinkConfig, ReportConfig, TableConfig, column_type

__all__ = ["ColumnConfig", "Config", "LinkConfig", "ReportConfig", "TableConfig", "column_type"]
