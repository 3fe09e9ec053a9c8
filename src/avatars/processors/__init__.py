"""Changes that a user may put around a run, each with its way back.

``preprocess`` before avatarization, ``postprocess`` afterwards. Each class is also found without
the end of its name: ``Datetime`` is ``DatetimeProcessor``.
"""

from avatars.processors.base import Processor
from avatars.processors.categories import GroupModalitiesProcessor, ToCategoricalProcessor
from avatars.processors.datetime import DatetimeProcessor
from avatars.processors.expected_mean import ExpectedMeanProcessor
from avatars.processors.geolocation_normalization import GeolocationNormalizationProcessor
from avatars.processors.inter_record_bounded_cumulated_difference import (
    InterRecordBoundedCumulatedDifferenceProcessor,
)
from avatars.processors.inter_record_bounded_range_difference import (
    InterRecordBoundedRangeDifferenceProcessor,
)
from avatars.processors.inter_record_cumulated_difference import (
    InterRecordCumulatedDifferenceProcessor,
)
from avatars.processors.inter_record_range_difference import InterRecordRangeDifferenceProcessor
from avatars.processors.perturbation import PerturbationProcessor
from avatars.processors.proportions import ProportionProcessor
from avatars.processors.relative_difference import RelativeDifferenceProcessor

Datetime = DatetimeProcessor
ExpectedMean = ExpectedMeanProcessor
GeolocationNormalization = GeolocationNormalizationProcessor
GroupModalities = GroupModalitiesProcessor
InterRecordBoundedCumulatedDifference = InterRecordBoundedCumulatedDifferenceProcessor
InterRecordBoundedRangeDifference = InterRecordBoundedRangeDifferenceProcessor
InterRecordCumulatedDifference = InterRecordCumulatedDifferenceProcessor
InterRecordRangeDifference = InterRecordRangeDifferenceProcessor
Perturbation = PerturbationProcessor
Proportion = ProportionProcessor
RelativeDifference = RelativeDifferenceProcessor
ToCategorical = ToCategoricalProcessor

__all__ = [
    "Datetime",
    "DatetimeProcessor",
    "ExpectedMean",
    "ExpectedMeanProcessor",
    "GeolocationNormalization",
    "GeolocationNormalizationProcessor",
    "GroupModalities",
    "GroupModalitiesProcessor",
    "InterRecordBoundedCumulatedDifference",
    "InterRecordBoundedCumulatedDifferenceProcessor",
    "InterRecordBoundedRangeDifference",
    "InterRecordBoundedRangeDifferenceProcessor",
    "InterRecordCumulatedDifference",
    "InterRecordCumulatedDifferenceProcessor",
    "InterRecordRangeDifference",
    "InterRecordRangeDifferenceProcessor",
    "Perturbation",
    "PerturbationProcessor",
    "Processor",
    "Proportion",
    "ProportionProcessor",
    "RelativeDifference",
    "RelativeDifferenceProcessor",
    "ToCategorical",
    "ToCategoricalProcessor",
]
