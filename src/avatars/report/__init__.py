"""Reports on a release, for those who decide about it.

One call measures and attacks a release and writes down what came of it, as HTML, PDF, Markdown or
JSON. No person's row, no value of a single person and no rare level is in any of them.
"""

from avatars.report.data import ReportData
from avatars.report.document import Report, report
from avatars.report.linked import linked_report

__all__ = ["Report", "ReportData", "linked_report", "report"]
