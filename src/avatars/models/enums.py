"""The words of the documented client: kinds of columns, jobs, results, and how things are done.

A member is also its value as a string, so that documents and callers may write either.
"""

from __future__ import annotations

from enum import Enum

__all__ = [
    "AdviceType",
    "AlignmentMethod",
    "AugmentationStrategy",
    "Cardinality",
    "ColumnType",
    "DataFormat",
    "DataRecipient",
    "DataSubject",
    "DataType",
    "ExcludeVariablesMethod",
    "ImputeMethod",
    "JobKind",
    "JobStatus",
    "LinkMethod",
    "OutputFormat",
    "PiiType",
    "PlotKind",
    "ProjectionType",
    "Protection",
    "ReportLanguage",
    "ReportType",
    "Results",
    "SensitivityLevel",
    "SpecificIdLetterCase",
]


class ColumnType(str, Enum):
    """What a column means, where its dtype doesn't say.

    ``INT``, ``FLOAT`` and ``DATETIME`` are averaged, ``BOOL`` and ``CATEGORY`` are drawn,
    ``IDENTIFIER`` never enters the computation: fresh values are issued.

    Examples
    --------
    >>> from avatars.models import ColumnType
    >>> ColumnType("category")
    <ColumnType.CATEGORY: 'category'>
    """

    INT = "int"
    BOOL = "bool"
    CATEGORY = "category"
    NUMERIC = "float"
    FLOAT = "float"
    DATETIME = "datetime"
    DATETIME_TZ = "datetime_tz"
    IDENTIFIER = "identifier"


class ImputeMethod(str, Enum):
    """How a missing cell is filled while the avatars are computed.

    The gaps themselves are avatarized beside the values and put back at the end.

    Examples
    --------
    >>> from avatars.models import ImputeMethod
    >>> [method.value for method in ImputeMethod]
    ['knn', 'mode', 'median', 'mean', 'fast_knn']
    """

    KNN = "knn"
    MODE = "mode"
    MEDIAN = "median"
    MEAN = "mean"
    FAST_KNN = "fast_knn"


class ExcludeVariablesMethod(str, Enum):
    """Where the values of an excluded column come from.

    ``ROW_ORDER`` hands each avatar the cell of the person it was drawn around and so links the
    two; ``COORDINATE_SIMILARITY`` takes it from somebody else with similar coordinates.

    Examples
    --------
    >>> from avatars.models import ExcludeVariablesMethod
    >>> ExcludeVariablesMethod("row_order").name
    'ROW_ORDER'
    """

    ROW_ORDER = "row_order"
    COORDINATE_SIMILARITY = "coordinate_similarity"


class Protection(str, Enum):
    """How far the release goes beyond the published method.

    Examples
    --------
    >>> from avatars.models import Protection
    >>> [protection.value for protection in Protection]
    ['none', 'balanced', 'strict']
    """

    NONE = "none"
    BALANCED = "balanced"
    STRICT = "strict"


class LinkMethod(str, Enum):
    """How children are given to parents of a linked release.

    The first keeps the number of children and minimises distances; the second takes the nearest
    parent; the third keeps each child with the avatar of its own parent, **which links the two**;
    the last belongs to tables of series.

    Examples
    --------
    >>> from avatars.models import LinkMethod
    >>> LinkMethod("linear_sum_assignment").name
    'LINEAR_SUM_ASSIGNMENT'
    """

    LINEAR_SUM_ASSIGNMENT = "linear_sum_assignment"
    MINIMUM_DISTANCE_ASSIGNMENT = "minimum_distance_assignment"
    SENSITIVE_ORIGINAL_ORDER_ASSIGNMENT = "sensitive_original_order_assignment"
    TIME_SERIES = "time_series"


class Cardinality(str, Enum):
    """How many children the parents of a linked release have.

    An exact number of children is a quasi-identifier: ``"smoothed"`` merges numbers that too few
    parents have. ``"exact"`` keeps the numbers that occur, and how often.

    Examples
    --------
    >>> from avatars.models import Cardinality
    >>> Cardinality("smoothed").name
    'SMOOTHED'
    """

    SMOOTHED = "smoothed"
    EXACT = "exact"


class ProjectionType(str, Enum):
    """What a series is summed up by. ``FCPA`` is another spelling of ``FPCA``.

    Examples
    --------
    >>> from avatars.models import ProjectionType
    >>> ProjectionType.FCPA is ProjectionType.FPCA is ProjectionType("fcpa")
    True
    """

    FPCA = "fpca"
    FCPA = "fpca"
    FLATTEN = "flatten"

    @classmethod
    def _missing_(cls, value: object) -> ProjectionType | None:
        return cls.FPCA if value == "fcpa" else None


class AlignmentMethod(str, Enum):
    """How many points series are brought to before they are compared.

    Examples
    --------
    >>> from avatars.models import AlignmentMethod
    >>> AlignmentMethod("specified").name
    'SPECIFIED'
    """

    SPECIFIED = "specified"
    MAX = "max"
    MIN = "min"
    MEAN = "mean"


class JobKind(str, Enum):
    """What a job does, in the order in which jobs are run.

    Examples
    --------
    >>> from avatars.models import JobKind
    >>> JobKind("standard").name
    'standard'
    """

    standard = "standard"
    signal_metrics = "signal_metrics"
    privacy_metrics = "privacy_metrics"
    report = "report"
    advice = "advice"


class JobStatus(str, Enum):
    """Where a job stands. Names in small letters are other spellings, as newer clients have them.

    Examples
    --------
    >>> from avatars.models import JobStatus
    >>> [status.name for status in JobStatus if status.is_final]
    ['FINISHED', 'ERROR', 'PARENT_ERROR', 'CANCELLED', 'LOST', 'ORPHANED']
    """

    QUEUED = "queued"
    CREATED = "created"
    PENDING = "pending"
    FINISHED = "finished"
    ERROR = "error"
    PARENT_ERROR = "parent_error"
    CANCELLED = "cancelled"
    LOST = "lost"
    ORPHANED = "orphaned"
    field_ = ""

    queued = "queued"
    created = "created"
    pending = "pending"
    finished = "finished"
    error = "error"
    parent_error = "parent_error"
    cancelled = "cancelled"
    lost = "lost"
    orphaned = "orphaned"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more will happen to the job."""
        open_ = (JobStatus.QUEUED, JobStatus.CREATED, JobStatus.PENDING, JobStatus.field_)
        return self not in open_


class Results(str, Enum):
    """What a job leaves behind.

    Later clients spell projections the other way round: both names and both values are the same
    member.

    Examples
    --------
    >>> from avatars.models import Results
    >>> Results("original_projections") is Results.PROJECTIONS_ORIGINAL
    True
    """

    ADVICE = "advice"
    SHUFFLED = "shuffled"
    UNSHUFFLED = "unshuffled"
    PRIVACY_METRICS = "privacy_metrics"
    SIGNAL_METRICS = "signal_metrics"
    REPORT_IMAGES = "report_images"
    PROJECTIONS_ORIGINAL = "projections-original"
    PROJECTIONS_AVATARS = "projections-avatars"
    METADATA = "run_metadata"
    REPORT = "report"
    REPORT_HTML = "report_html"
    META_METRICS = "meta_metrics"
    ORIGINAL_PROJECTIONS = "projections-original"
    AVATAR_PROJECTIONS = "projections-avatars"
    META_PRIVACY_METRIC = "meta_privacy_metric"
    META_SIGNAL_METRIC = "meta_signal_metric"
    FIGURES = "figures"
    FIGURES_METADATA = "figures_metadata"
    PRIVACY_METRICS_SUMMARY = "privacy_metrics_summary"
    SIGNAL_METRICS_SUMMARY = "signal_metrics_summary"

    @classmethod
    def _missing_(cls, value: object) -> Results | None:
        later = {
            "original_projections": cls.PROJECTIONS_ORIGINAL,
            "avatar_projections": cls.PROJECTIONS_AVATARS,
        }
        return later.get(value) if isinstance(value, str) else None


class PlotKind(str, Enum):
    """Figures of a run.

    Examples
    --------
    >>> from avatars.models import PlotKind
    >>> PlotKind("correlation").name
    'CORRELATION'
    """

    CORRELATION = "correlation"
    CORRELATION_DIFFERENCE = "correlation_difference"
    CONTRIBUTION = "contribution"
    PROJECTION_2D = "2d_projection"
    PROJECTION_3D = "3d_projection"
    DISTRIBUTION = "distribution"
    AGGREGATE_STATS = "aggregate_stats"
    RAW_SERIES = "raw_series"
    NORMALIZED_SERIES = "normalized_series"
    CLASS_PROJECTION_2D = "class_projection_2d"
    METRICS_SUMMARY = "metrics_summary"


class AugmentationStrategy(str, Enum):
    """Which classes get more avatars than they have people.

    Examples
    --------
    >>> from avatars.models import AugmentationStrategy
    >>> AugmentationStrategy("minority").name
    'MINORITY'
    """

    MINORITY = "minority"
    NOT_MAJORITY = "not_majority"


class AdviceType(str, Enum):
    """What advice is asked for.

    Examples
    --------
    >>> from avatars.models import AdviceType
    >>> AdviceType("parameters").name
    'PARAMETERS'
    """

    PARAMETERS = "parameters"
    VARIABLES = "variables"
    TABLES_LINKS = "tables_links"


class ReportType(str, Enum):
    """Which report: the technical one, or the one for an impact assessment.

    Examples
    --------
    >>> from avatars.models import ReportType
    >>> ReportType("basic").name
    'BASIC'
    """

    BASIC = "basic"
    PIA = "pia"


class ReportLanguage(str, Enum):
    """Language of a report.

    Examples
    --------
    >>> from avatars.models import ReportLanguage
    >>> ReportLanguage("en").name
    'EN'
    """

    EN = "en"
    FR = "fr"


class OutputFormat(str, Enum):
    """File format of a report.

    Examples
    --------
    >>> from avatars.models import OutputFormat
    >>> OutputFormat("pdf").name
    'PDF'
    """

    PDF = "pdf"
    DOCX = "docx"


class DataFormat(str, Enum):
    """File format of released tables.

    Examples
    --------
    >>> from avatars.models import DataFormat
    >>> DataFormat("csv").name
    'CSV'
    """

    CSV = "csv"
    PARQUET = "parquet"


class PiiType(str, Enum):
    """What an invented identifier looks like.

    Examples
    --------
    >>> from avatars.models import PiiType
    >>> PiiType("EMAIL").name
    'EMAIL'
    """

    EMAIL = "EMAIL"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    FULL_NAME = "FULL_NAME"
    PHONE = "PHONE"
    SSN = "SSN"
    ADDRESS = "ADDRESS"
    FREE_TEXT = "FREE_TEXT"


class SpecificIdLetterCase(str, Enum):
    """Letters of identifiers made after a pattern.

    Examples
    --------
    >>> from avatars.models import SpecificIdLetterCase
    >>> SpecificIdLetterCase("upper").name
    'UPPER'
    """

    UPPER = "upper"
    LOWER = "lower"
    BOTH = "both"


class SensitivityLevel(str, Enum):
    """How much harm a leak of the data would do.

    Examples
    --------
    >>> from avatars.models import SensitivityLevel
    >>> SensitivityLevel("Very High").name
    'VERY_HIGH'
    """

    VERY_HIGH = "Very High"
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"
    VERY_LOW = "Very Low"
    NEGLIGIBLE = "Negligible"
    UNDEFINED = "Undefined"


class DataRecipient(str, Enum):
    """Who receives the release.

    Examples
    --------
    >>> from avatars.models import DataRecipient
    >>> DataRecipient("unknown").name
    'UNKNOWN'
    """

    UNKNOWN = "unknown"
    OPENDATA = "opendata"
    CONTRACTUAL_THIRDPARTY = "contractual_thirdparty"
    INTERNAL = "internal"
    OUTSIDE_EU = "outside_eu"
    TRUSTED_THIRDPARTY = "trusted_thirdparty"


class DataSubject(str, Enum):
    """Whom the table is about.

    Examples
    --------
    >>> from avatars.models import DataSubject
    >>> DataSubject("unknown").name
    'UNKNOWN'
    """

    UNKNOWN = "unknown"
    PATIENTS = "patients"
    EMPLOYEES = "employees"
    CLIENTS = "clients"
    USERS = "users"
    STUDENTS = "students"


class DataType(str, Enum):
    """What the table is about.

    Examples
    --------
    >>> from avatars.models import DataType
    >>> DataType("unknown").name
    'UNKNOWN'
    """

    UNKNOWN = "unknown"
    HEALTH = "health"
    HR = "hr"
    MOBILITY = "mobility"
    INSURANCE = "insurance"
    FINANCE = "finance"
    EDUCATION = "education"
