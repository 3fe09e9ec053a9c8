"""What is publicly known of a column before anybody looks at it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = ["PublicColumn"]


class PublicColumn(BaseModel):
    """What is publicly known of a column: differential privacy reads nothing of it from people.

    Examples
    --------
    >>> from avatars.models import PublicColumn
    >>> PublicColumn(bounds=(0, 120)).bounds
    (0, 120)
    >>> PublicColumn(categories=["f", "m"], other="f").categories
    ['f', 'm']
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    bounds: tuple[Any, Any] | None = Field(
        None, description="Least and greatest value: what lies beyond is moved to them."
    )
    decimals: int | None = Field(
        None, ge=0, le=15, description="Decimals of the avatars; as many as fit."
    )
    categories: list[Any] | None = Field(
        None, min_length=1, description="Levels that may come out."
    )
    other: Any = Field(
        None,
        description="The level that all others come out as; they are spread over the levels "
        "unless it is given.",
    )
    from_data: bool = Field(
        False, description="Read bounds or levels from the people, which no guarantee covers."
    )

    @field_validator("bounds", "categories", "other", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
            return _scalar(value)
        return [_scalar(one) for one in value]

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = [self.bounds is not None, self.categories is not None, self.from_data]
        if sum(said) != 1:
            raise ValueError("needs one of bounds, categories and from_data=True")
        if self.bounds is not None:
            low, high = self.bounds
            try:
                ordered = bool(low < high)
            except TypeError:
                ordered = False
            if not ordered:
                raise ValueError("needs bounds of which the first is less than the second")
        elif self.decimals is not None and not self.from_data:
            raise ValueError("needs bounds beside decimals")
        if self.categories is not None:
            if self.other is not None and self.other not in self.categories:
                raise ValueError("needs other to be one of the categories")
            if len(set(map(str, self.categories))) < len(self.categories):
                raise ValueError("needs categories that differ")
        elif self.other is not None:
            raise ValueError("needs categories beside other")
        return self


def _scalar(value: Any) -> Any:
    """Return what documents can hold: a number for one of NumPy, text for a moment."""
    if isinstance(value, np.datetime64) or hasattr(value, "isoformat"):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value
