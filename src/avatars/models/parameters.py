"""The one description of the parameters of a table.

Runner, YAML, server and estimators read names, bounds and defaults here and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from enum import Enum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from avatars.exceptions import InvalidParameterError, shown
from avatars.models.domain import PublicColumn
from avatars.models.enums import (
    AlignmentMethod,
    AugmentationStrategy,
    ExcludeVariablesMethod,
    ImputeMethod,
    ProjectionType,
    Protection,
)

__all__ = ["DP_PARAMETERS", "AvatarizationParameters", "TableParameters"]

# What says nothing without ``dp_epsilon``.
DP_PARAMETERS = ("dp_preprocess_budget_ratio", "dp_delta", "dp_domain", "dp_n_rows")


class AvatarizationParameters(BaseModel):
    """Everything that decides how one table becomes avatars, but its seed.

    ``None`` stands for the default that the text of a field names. The metrics' parameters are
    kept here as well, since the documented client sets them in the same call; no avatar depends
    on them.

    Examples
    --------
    >>> from avatars.models import AvatarizationParameters
    >>> AvatarizationParameters.checked(k=30).k
    30
    >>> AvatarizationParameters.checked(k=1)
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter 'k' must be greater than or equal to 2.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    k: int | None = Field(
        None,
        ge=2,
        description="Neighbours that each avatar is drawn from; 20, or what a small table allows.",
    )
    ncp: int | None = Field(
        None, ge=1, description="Axes on which neighbours are found; 5, or the table's rank."
    )
    use_categorical_reduction: bool | None = Field(
        None, description="Sum categories up on 20 axes before the projection; False."
    )
    column_weights: dict[Hashable, float] | None = Field(
        None, description="Weight of columns in the distance between people; 1 each."
    )
    exclude_variable_names: list[Hashable] | None = Field(
        None, description="Columns left out of projection and draw and put back afterwards; none."
    )
    exclude_replacement_strategy: ExcludeVariablesMethod | None = Field(
        None, description="Where excluded cells come from; coordinate_similarity."
    )
    imputation_method: ImputeMethod | None = Field(
        None, description="How gaps are filled during the computation; fast_knn."
    )
    imputation_k: int | None = Field(
        None, ge=1, description="Neighbours of knn and fast_knn imputation; 5."
    )
    imputation_training_fraction: float | None = Field(
        None, gt=0, le=1, description="Share of people that imputation learns from; 1."
    )
    dp_epsilon: float | None = Field(
        None, gt=0, description="Epsilon of differential privacy, instead of neighbours."
    )
    dp_preprocess_budget_ratio: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of the budget for single columns, and what is bought of them; 0.3.",
    )
    known_variables: list[Hashable] | None = Field(
        None, description="Metrics: columns that an attacker may know."
    )
    target: Hashable | None = Field(None, description="Metrics: column to infer, and to predict.")
    closest_rate_percentage_threshold: float | None = Field(
        None, ge=0, le=100, description="Metrics: percentile of distances that counts as close."
    )
    closest_rate_ratio_threshold: float | None = Field(
        None, ge=0, le=1, description="Metrics: ratio of distances that counts as close."
    )
    categorical_hidden_rate_variables: list[Hashable] | None = Field(
        None, description="Metrics: columns whose combination is compared."
    )
    protection: Protection = Field(
        Protection.BALANCED, description="How far the release goes beyond the published method."
    )
    dp_delta: float | None = Field(
        None, gt=0, le=1e-3, description="Delta of differential privacy; 1e-5."
    )
    dp_domain: dict[Hashable, PublicColumn] | None = Field(
        None, description="What is publicly known of columns; the rest is bought."
    )
    dp_n_rows: int | None = Field(
        None, ge=1, description="Number of avatars; that of the people, with noise."
    )

    @field_validator("column_weights")
    @classmethod
    def _weights_are_usable(cls, weights: dict[Hashable, float] | None) -> Any:
        for label, weight in (weights or {}).items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(
                    f"needs finite weights of at least 0: look at column {shown(label)}"
                )
        return weights

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """Validate parameters as a caller writes them.

        Parameters
        ----------
        **values
            Fields by name. Enumerations also by their value, NumPy numbers as numbers, and any
            sequence of labels as a list.

        Returns
        -------
        AvatarizationParameters
            The validated set, of the class it is called on.

        Raises
        ------
        InvalidParameterError
            Naming the first parameter that can't be used, never its value.
        """
        try:
            return cls(**{name: _plain(name, value) for name, value in values.items()})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            name = str(first["loc"][0]) if first["loc"] else "parameters"
            problem = first["msg"].removeprefix("Value error, ")
            for lead in ("Input should be", "Input should"):
                problem = problem.replace(lead, "must be" if lead.endswith("be") else "must")
            raise InvalidParameterError(name, f"{problem}.") from None


class TableParameters(AvatarizationParameters):
    """All that the documented client sets for a table, one-table parameters and the others.

    Examples
    --------
    >>> from avatars.models import TableParameters
    >>> TableParameters.checked(k=20, time_series_nf=3).time_series_nf
    3
    """

    time_series_nf: int | None = Field(
        None, ge=1, description="Components that a series is summed up by."
    )
    time_series_projection_type: ProjectionType | None = Field(
        None, description="What a series is summed up by; fpca."
    )
    time_series_nb_points: int | None = Field(
        None, ge=2, description="Points that series are brought to."
    )
    time_series_method: AlignmentMethod | None = Field(
        None, description="How that number is found."
    )
    quantile_threshold: int | None = Field(
        None, ge=0, le=100, description="Metrics: percentile of distances that counts as close."
    )
    imputation_return_data_imputed: bool | None = Field(
        None, description="Whether filled cells stay filled in the avatars; False."
    )
    data_augmentation_strategy: float | AugmentationStrategy | dict[str, float] | None = Field(
        None, description="Avatars per person, or which classes get more of them."
    )
    data_augmentation_target_column: Hashable | None = Field(
        None, description="The column of these classes."
    )
    data_augmentation_should_anonymize_original_table: bool | None = Field(
        None, description="Whether the people are replaced by avatars too; True."
    )
    use_excluded_variables_in_metrics: bool | None = Field(
        None, description="Whether metrics look at excluded columns; False."
    )
    fast_dp: dict[str, Any] | None = Field(
        None, description="Parameters of the newer client's partial mode: kept, never run."
    )
    dp_ledger: str | None = Field(
        None, description="File of the PrivacyLedger that differential privacy is charged to."
    )
    processors: list[dict[str, Any]] | None = Field(
        None, description="Parameters of the newer client's processors on the server."
    )


_ENUMS: dict[str, type[Enum]] = {
    "exclude_replacement_strategy": ExcludeVariablesMethod,
    "imputation_method": ImputeMethod,
    "protection": Protection,
    "time_series_projection_type": ProjectionType,
    "time_series_method": AlignmentMethod,
}
_LABELS = ("exclude_variable_names", "known_variables", "categorical_hidden_rate_variables")


def _plain(name: str, value: Any) -> Any:
    """Turn what callers reasonably pass into the types of the fields."""
    if name in _ENUMS and isinstance(value, str) and not isinstance(value, Enum):
        allowed = [member.value for member in _ENUMS[name]]
        try:
            return _ENUMS[name](value)
        except ValueError:
            raise InvalidParameterError(name, f"must be one of {', '.join(allowed)}.") from None
    if name == "data_augmentation_strategy" and isinstance(value, str):
        allowed = [member.value for member in AugmentationStrategy]
        if value not in allowed:
            raise InvalidParameterError(name, f"must be a number, or one of {', '.join(allowed)}.")
        return AugmentationStrategy(value)
    if name in _LABELS and value is not None:
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise InvalidParameterError(name, "must be a list of column labels.")
        return list(value)
    if name == "dp_domain" and isinstance(value, Mapping):
        return {label: _public(label, said) for label, said in value.items()}
    if name == "column_weights" and isinstance(value, Mapping):
        return {label: _number(weight) for label, weight in value.items()}
    return value if name == "target" else _number(value)


def _public(label: Hashable, said: Any) -> PublicColumn:
    if isinstance(said, PublicColumn):
        return said
    try:
        return PublicColumn.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        problem = first["msg"].removeprefix("Value error, ")
        raise InvalidParameterError("dp_domain", f"of {shown(label)}: {problem}.") from None


def _number(value: Any) -> Any:
    """Return the Python number behind a NumPy scalar."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return value.item() if kind in "biuf" and kind and getattr(value, "ndim", 1) == 0 else value
