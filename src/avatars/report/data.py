"""What a report says, before anybody decides how it looks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Check",
    "ColumnFacts",
    "ColumnUtility",
    "CriterionFinding",
    "Measure",
    "Parameter",
    "ReportData",
    "Statement",
    "Status",
    "Term",
    "Untested",
]

Status = Literal["met", "not met", "unsettled", "no target", "not run"]
"""What came of a test.

``unsettled``: the value meets the target, but its interval reaches across. ``no target``: the
context sets none.
"""

Count = int | Literal["< 5"]
"""A count of people; one to four people are not told apart."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Measure(_Part):
    """One figure, with its interval where there is one.

    Examples
    --------
    >>> from avatars.report.data import Measure
    >>> Measure(value=0.02, low=-0.01, high=0.05).high
    0.05
    """

    value: float | None = Field(None, description="The figure; None where there is none.")
    low: float | None = Field(None, description="Lower end of the 95 % interval.")
    high: float | None = Field(None, description="Upper end of the 95 % interval.")


class Check(Measure):
    """A test of the release and what came of it: one line of the first table.

    Examples
    --------
    >>> from avatars.report.data import Check
    >>> Check(key="hidden_rate", title="Hidden rate", family="distance", criterion="singling out",
    ...       unit="percent", sentence="...", target="> 90", value=97.0, status="met").status
    'met'
    """

    key: str = Field(description="Name of the metric.")
    title: str = Field(description="What people call it.")
    family: Literal["attack", "distance", "utility"] = Field(description="Kind of test.")
    criterion: str = Field(description="What it would prove.")
    unit: str = Field(description="What the value is measured in.")
    sentence: str = Field(description="Who does what; of a figure of utility, what it says.")
    target: str | None = Field(None, description="What the context asks for.")
    status: Status = Field(description="What came of it.")
    reason: str | None = Field(None, description="Why it was not run.")
    n_attempts: int | None = Field(None, description="People or guesses behind the value.")
    success: float | None = Field(None, description="Share that succeeded on people inside.")
    control: float | None = Field(None, description="Share that succeeded on people unseen.")
    worst_column: str | None = Field(None, description="The column of the value.")
    exposed: Measure | None = Field(None, description="On the tenth who are most exposed.")
    exposed_status: Status | None = Field(None, description="What came of it for these.")


class CriterionFinding(_Part):
    """What the tests of one criterion come to.

    Examples
    --------
    >>> from avatars.report.data import CriterionFinding
    >>> CriterionFinding(
    ...     criterion="linkability", question="Can they?", status="not run", sentence="No attack."
    ... ).status
    'not run'
    """

    criterion: str = Field(description="Singling out, linkability, inference or membership.")
    question: str = Field(description="What is asked.")
    status: Status = Field(description="The worst status among the attacks.")
    sentence: str = Field(description="How it came about.")


class Untested(_Part):
    """Something that this report says nothing about.

    Examples
    --------
    >>> from avatars.report.data import Untested
    >>> Untested(title="Linkability", reason="It needs people held out.").title
    'Linkability'
    """

    title: str = Field(description="What was not tested.")
    reason: str = Field(description="Why, or what that means.")


class ColumnFacts(_Part):
    """What a column is, before and after: counts only.

    Examples
    --------
    >>> from avatars.report.data import ColumnFacts
    >>> ColumnFacts(name="age", kind="number", dtype="int64", missing_original="< 5").dtype
    'int64'
    """

    name: str = Field(description="Its label.")
    kind: str = Field(description="Numbers, category, datetimes, ..., or identifier.")
    dtype: str = Field(description="Its dtype, without categories.")
    missing_original: Count | None = Field(
        None, description="Missing cells of the people; None where all but one to four are."
    )
    missing_avatars: int | None = Field(None, description="Missing cells of the release.")
    distinct_original: int | None = Field(None, description="Different values of the people.")
    distinct_avatars: int | None = Field(None, description="Different values in the release.")
    rare_original: int | None = Field(None, description="Levels held by one to four people.")
    rare_avatars: int | None = Field(None, description="Those of them that are in the release.")


class ColumnUtility(_Part):
    """How faithful one column is.

    Examples
    --------
    >>> from avatars.report.data import ColumnUtility
    >>> ColumnUtility(name="age", hellinger=0.05, gap=0.03, gap_kind="KS").mean_original
    """

    name: str = Field(description="Its label.")
    hellinger: float | None = Field(None, description="Hellinger distance.")
    hellinger_reference: float | None = Field(None, description="What chance alone would give.")
    gap: float | None = Field(None, description="Largest gap between the distributions.")
    gap_kind: Literal["KS", "TV"] = Field(description="Kolmogorov-Smirnov or total variation.")
    mean_original: str | None = Field(None, description="Mean of the people, rounded.")
    mean_avatars: str | None = Field(None, description="Mean of the release, rounded.")
    std_original: str | None = Field(None, description="Standard deviation of the people.")
    std_avatars: str | None = Field(None, description="Standard deviation of the release.")


class Parameter(_Part):
    """A parameter of the avatarization.

    Examples
    --------
    >>> from avatars.report.data import Parameter
    >>> Parameter(name="k", value="20", meaning="Neighbours.", reason=None).value
    '20'
    """

    name: str = Field(description="Its name.")
    value: str = Field(description="What it was set to.")
    meaning: str = Field(description="What it does.")
    reason: str | None = Field(None, description="Why it was set so.")


class Statement(_Part):
    """One line of what differential privacy promises, or doesn't.

    Examples
    --------
    >>> from avatars.report.data import Statement
    >>> Statement(title="Unit of privacy", text="One row of the table.").title
    'Unit of privacy'
    """

    title: str = Field(description="What it is about.")
    text: str = Field(description="What is promised.")


class Term(_Part):
    """A word of the glossary.

    Examples
    --------
    >>> from avatars.report.data import Term
    >>> Term(title="k", formula="", text="Neighbours per avatar.").formula
    ''
    """

    title: str = Field(description="The word.")
    formula: str = Field(description="How it is computed; may be empty.")
    text: str = Field(description="What it means and which way is good.")


class SideTable(_Part):
    """A table of a report on linked tables or series.

    Examples
    --------
    >>> from avatars.report.data import SideTable
    >>> SideTable(title="Links", head=["Link", "Method"], rows=[["visit", "distance"]]).note
    ''
    """

    title: str = Field(description="What it shows.")
    head: list[str] = Field(description="Names of its columns.")
    rows: list[list[str]] = Field(description="Cells by row, the first naming it.")
    note: str = Field("", description="How to read it.")


class ReportData(_Part):
    """All that a report says, as plain values: no row, no cell of the original, no rare level.

    ``model_dump_json`` writes it, ``ReportData.model_validate_json`` reads it.

    Examples
    --------
    >>> from avatars.report import ReportData
    >>> sorted(ReportData.model_fields)[:3]
    ['attacks', 'avatarization_seed', 'column_facts']
    """

    format_version: Literal[1] = Field(1, description="Of this document.")
    name: str = Field(description="What the table is called.")
    created: datetime = Field(description="When the report was made, UTC.")
    release_sha256: str = Field(description="Digest of the bytes that were judged.")
    release_form: Literal["file", "CSV"] = Field(
        description="What the digest is of: the file, or the frame written as CSV."
    )
    n_original: int = Field(description="People.")
    n_avatars: int = Field(description="Rows of the release.")
    n_holdout: int | None = Field(None, description="People held out, if any.")
    n_columns: int = Field(description="Columns.")
    context: str = Field(description="Who receives the release.")
    context_sentence: str = Field(description="What that means.")
    targets: dict[str, str] = Field(description="What the context asks for, by metric.")
    space: str = Field(description="What the distances are measured in.")
    findings: list[CriterionFinding] = Field(description="By criterion.")
    conclusions: list[str] = Field(description="What the tests come to, attacks first.")
    attacks: list[Check] = Field(description="Tests with a control.")
    distances: list[Check] = Field(description="The published distance metrics.")
    untested: list[Untested] = Field(description="What this report says nothing about.")
    column_facts: list[ColumnFacts] = Field(description="Columns before and after.")
    parameters: list[Parameter] = Field(description="How the avatars were made.")
    guarantee: list[Statement] = Field(
        [], description="What differential privacy promises, where there is any."
    )
    avatarization_seed: str | None = Field(None, description="Only where it was asked for.")
    utility: list[Check] = Field(description="Figures on faithfulness.")
    column_utility: list[ColumnUtility] = Field(description="Faithfulness by column.")
    worst_columns: list[str] = Field(description="The five that moved most.")
    linked: list[SideTable] = Field([], description="What became of links and series.")
    meta: dict[str, float | None] = Field(description="Sums of the figures in one number.")
    snippet: str = Field(description="How to make this report again.")
    glossary: list[Term] = Field(description="Every figure's meaning and formula.")
    limitations: list[str] = Field(description="What figures of this kind can't say.")
    software: dict[str, str] = Field(description="Versions.")
    seconds: dict[str, float] = Field(description="Time by step.")
