"""How the values of one column are replaced by invented ones."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from avatars.exceptions import InvalidParameterError
from avatars.models.enums import PiiType, SpecificIdLetterCase

__all__ = ["Pseudonymization"]

_USES: dict[str, set[str]] = {
    "FAKER": {"pii_type", "consistent", "high_variability"},
    "HASH_SHA256": set(),
    "UUID4": {"consistent"},
    "CONSTANT": {"value"},
    "INTEGER": {"consistent"},
    "SPECIFIC_ID": {"pattern", "letter_case", "consistent"},
}
_NEEDS = {"FAKER": "pii_type", "CONSTANT": "value", "SPECIFIC_ID": "pattern"}


class Pseudonymization(BaseModel):
    """How the values of one column are replaced by invented ones.

    Examples
    --------
    >>> from avatars.models import Pseudonymization
    >>> Pseudonymization.checked(kind="CONSTANT", value="removed").value
    'removed'
    >>> Pseudonymization.checked(kind="CONSTANT")
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter 'pseudonymization' ... needs 'value'.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    kind: Literal["FAKER", "HASH_SHA256", "UUID4", "CONSTANT", "INTEGER", "SPECIFIC_ID"]
    pii_type: PiiType | None = Field(None, description="FAKER: what the invention looks like.")
    pattern: str | None = Field(
        None,
        description="SPECIFIC_ID: 9 stands for a digit, A for a letter, others for themselves.",
    )
    letter_case: SpecificIdLetterCase | None = Field(None, description="SPECIFIC_ID: letters.")
    value: str | int | float | None = Field(None, description="CONSTANT: what every cell becomes.")
    consistent: bool | None = Field(
        None, description="Whether equal cells get equal inventions; True."
    )
    high_variability: bool | None = Field(
        None,
        description="FAKER: whether numbers are added so that inventions don't run out; False.",
    )

    @model_validator(mode="after")
    def _has_what_its_kind_uses(self) -> Pseudonymization:
        given = {name for name, value in self if name != "kind" and value is not None}
        strange = sorted(given - _USES[self.kind])
        if strange:
            raise ValueError(f"of kind {self.kind} doesn't use '{strange[0]}'")
        needed = _NEEDS.get(self.kind)
        if needed and needed not in given:
            raise ValueError(f"of kind {self.kind} needs '{needed}'")
        return self

    @classmethod
    def checked(cls, **values: Any) -> Pseudonymization:
        """Validate what a caller or a document says.

        Parameters
        ----------
        **values
            Fields by name; enumerations also by their value.

        Returns
        -------
        Pseudonymization
            The validated set.

        Raises
        ------
        InvalidParameterError
            Naming what is wrong, never the value.
        """
        try:
            if isinstance(values.get("pii_type"), str):
                values["pii_type"] = PiiType(values["pii_type"])
            if isinstance(values.get("letter_case"), str):
                values["letter_case"] = SpecificIdLetterCase(values["letter_case"])
            return cls(**values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = f"field '{first['loc'][0]}': " if first["loc"] else ""
            problem = first["msg"].removeprefix("Value error, ")
            raise InvalidParameterError("pseudonymization", f"{where}{problem}.") from None
        except ValueError:
            raise InvalidParameterError(
                "pseudonymization", "has a pii_type or letter_case that there isn't."
            ) from None
