"""What comes of a measurement that has a control: a figure, its interval, and what it means."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["AttackResult", "as_keys"]

_CHANCE = {"risk": 0.0, "auc": 0.5}


@dataclass(frozen=True, kw_only=True)
class AttackResult:
    """How far an attack on a release got, beyond what it gets on people unseen.

    ``float(result)`` is its value.

    Parameters
    ----------
    attack : str
        Which attack, by the name of its function.
    criterion : {"singling out", "linkability", "inference", "membership"}
        What it would prove.
    threat : str
        Who attacks, with what, in one sentence.
    unit : {"risk", "auc"}
        A risk is (success - control) / (1 - control): 0 is none, 1 the worst. An AUC is .5 where
        the attacker can only guess, 1 at worst.
    value, low, high : float
        The figure and its 95 % interval; NaN where the attack was not run.
    interval : str
        How the interval was made, "Wilson" or "bootstrap".
    success, control : float, optional
        Share of attempts that succeeded, on people of the table and on people unseen.
    n_attempts : int
        How many people or guesses are behind the value.
    exposed : AttackResult, optional
        The same attack on the tenth of people who are most exposed.
    columns : dict of {label: AttackResult}
        By column, where the attack has one goal per column; ``value`` is then the worst.
    reason : str, optional
        Why the attack was not run.

    Examples
    --------
    >>> from avatars.metrics import AttackResult
    >>> result = AttackResult.not_run(
    ...     "linkability", "linkability", "Somebody holds two files.", "it needs a hold-out"
    ... )
    >>> result
    AttackResult(linkability: not run, it needs a hold-out)
    >>> result.was_run
    False
    """

    attack: str
    criterion: str
    threat: str
    unit: Literal["risk", "auc"]
    value: float
    low: float
    high: float
    interval: str = "Wilson"
    success: float | None = None
    control: float | None = None
    n_attempts: int = 0
    exposed: AttackResult | None = None
    columns: Mapping[Hashable, AttackResult] = field(default_factory=dict)
    reason: str | None = None

    @classmethod
    def not_run(
        cls,
        attack: str,
        criterion: str,
        threat: str,
        reason: str,
        unit: Literal["risk", "auc"] = "risk",
    ) -> AttackResult:
        """Return the place of an attack that could not be carried out.

        Parameters
        ----------
        attack, criterion, threat : str
            As in the class.
        reason : str
            Why.
        unit : {"risk", "auc"}, default="risk"
            What it would have been measured in.

        Returns
        -------
        AttackResult
            With NaN for the figures.
        """
        nan = math.nan
        return cls(
            attack=attack,
            criterion=criterion,
            threat=threat,
            unit=unit,
            value=nan,
            low=nan,
            high=nan,
            reason=reason,
        )

    @property
    def was_run(self) -> bool:
        """Tell whether there is a figure."""
        return self.reason is None

    @property
    def covers_chance(self) -> bool:
        """Tell whether the interval covers what an attacker without the release would get."""
        return self.was_run and self.low <= _CHANCE[self.unit] <= self.high

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        if not self.was_run:
            return f"AttackResult({self.attack}: not run, {self.reason})"
        return (
            f"AttackResult({self.attack}: {self.unit} {self.value:.3f} "
            f"[{self.low:.3f}, {self.high:.3f}], n={self.n_attempts})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: numbers that are not there are None.

        Returns
        -------
        dict
            All fields; ``exposed`` and ``columns`` nested, labels as strings that differ.
        """
        plain = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in vars(self).items()
        }
        plain["exposed"] = None if self.exposed is None else self.exposed.to_dict()
        parts = (part.to_dict() for part in self.columns.values())
        plain["columns"] = dict(zip(as_keys(self.columns), parts, strict=True))
        return plain


def as_keys(labels: Iterable[Hashable]) -> list[str]:
    """Return labels as strings, of which no two are equal, as JSON needs them.

    Parameters
    ----------
    labels : iterable of hashable
        Distinct labels.

    Returns
    -------
    list of str
        Strings as they are, others as they print, with their type before where that is taken.

    Examples
    --------
    >>> from avatars.metrics.result import as_keys
    >>> as_keys([1, "1", 2])
    ['int 1', '1', '2']
    """
    listed = list(labels)
    taken = {label for label in listed if isinstance(label, str)}
    keys = []
    for label in listed:
        key = str(label)
        if not isinstance(label, str):
            while key in taken:
                key = f"{type(label).__name__} {key}"
            taken.add(key)
        keys.append(key)
    return keys
