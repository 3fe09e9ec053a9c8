"""What the measurements of a release say against their targets."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Finding", "findings", "listed", "summary"]

_HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_STATUSES = ("met", "not met", "not settled", "not measured")


@dataclass(frozen=True)
class Finding:
    """One measurement against its target.

    Parameters
    ----------
    name : str
        The metric.
    value : float or None
        The figure; None where it was not measured.
    target : str
        Such as ``"> 90"``.
    status : {"met", "not met", "not settled", "not measured"}
        Of an attack, met is a target only where all of the interval meets it.
    note : str
        What else there is to know.
    is_attack : bool
        Whether it is an attack.

    Examples
    --------
    >>> from avatars.cli.verdict import Finding
    >>> Finding("hidden_rate", 97.0, "> 90", "met").status
    'met'
    """

    name: str
    value: float | None
    target: str
    status: str
    note: str = ""
    is_attack: bool = False


def findings(*documents: Mapping[str, Any]) -> list[Finding]:
    """Hold figures and attacks against their targets.

    Parameters
    ----------
    *documents : dict
        Entries of the documented lists of privacy and signal metrics.

    Returns
    -------
    list of Finding
        One per target.

    Examples
    --------
    >>> from avatars.cli.verdict import findings
    >>> document = {"hidden_rate": 80.0, "closest_rate": None, "metadata": {}}
    >>> document["targets"] = {"hidden_rate": "> 90", "closest_rate": "> 90"}
    >>> [finding.status for finding in findings(document)]
    ['not met', 'not measured']
    """
    found = []
    for document in documents:
        metadata = document["metadata"]
        attacks = {result["attack"]: result for result in metadata.get("attacks", ())}
        others = metadata.get("other_metrics", {})
        reasons = metadata.get("not_computed", {})
        for name, target in document["targets"].items():
            if name in attacks:
                found.append(_of_attack(attacks[name], target))
                continue
            value = document.get(name, others.get(name))
            status = "not measured" if value is None else _status(target, value)
            note = reasons.get(name, "") if value is None else ""
            found.append(Finding(name, value, target, status, note))
    return found


def _of_attack(result: Mapping[str, Any], target: str) -> Finding:
    name, value, low, high = (result[key] for key in ("attack", "value", "low", "high"))
    if value is None:
        return Finding(name, None, target, "not measured", result["reason"] or "", is_attack=True)
    status = _status(target, value, low, high)
    note = f"{low:.3g} to {high:.3g}"
    exposed = result.get("exposed") or {}
    if exposed.get("value") is not None:
        # A tenth of the people is few: only an interval beyond the target as a whole counts.
        ends = _status(target, exposed["low"]), _status(target, exposed["high"])
        if ends != ("met", "met") and status != "not met":
            status = "not met" if ends == ("not met", "not met") else "not settled"
            note += f"; {exposed['low']:.3g} to {exposed['high']:.3g} for the most exposed tenth"
    return Finding(name, value, target, status, note, is_attack=True)


def _status(target: str, value: float, *ends: float) -> str:
    sign, bound = target.split()
    met, *inside = (_HOLDS[sign](number, float(bound)) for number in (value, *ends))
    return "not met" if not met else "met" if all(inside) else "not settled"


def listed(found: list[Finding]) -> str:
    """Write findings as a table in plain text.

    Parameters
    ----------
    found : list of Finding
        What was found.

    Returns
    -------
    str
        One line each.

    Examples
    --------
    >>> from avatars.cli.verdict import Finding, listed
    >>> print(listed([Finding("hidden_rate", 97.0, "> 90", "met")]))
    metric       value  target  finding
    hidden_rate     97  > 90    met
    """
    rows = [("metric", "value", "target", "finding")]
    for finding in found:
        value = "" if finding.value is None else f"{finding.value:.4g}"
        note = f" ({finding.note})" if finding.note else ""
        rows.append((finding.name, value, finding.target, f"{finding.status}{note}"))
    name, number, aim = (max(len(row[i]) for row in rows) for i in range(3))
    return "\n".join(f"{a:<{name}}  {b:>{number}}  {c:<{aim}}  {d}".rstrip() for a, b, c, d in rows)


def summary(found: list[Finding]) -> str:
    """Count findings in one line, and name those that didn't meet their target.

    Parameters
    ----------
    found : list of Finding
        What was found.

    Returns
    -------
    str
        Such as "11 targets met, 1 not met (closest_rate), 8 not measured".

    Examples
    --------
    >>> from avatars.cli.verdict import Finding, summary
    >>> summary([Finding("hidden_rate", 80.0, "> 90", "not met")])
    '0 targets met, 1 not met (hidden_rate)'
    """
    parts = []
    for status in _STATUSES:
        names = [finding.name for finding in found if finding.status == status]
        if status == "met":
            parts.append(f"{len(names)} targets met")
        elif names and status == "not measured":
            parts.append(f"{len(names)} {status}")
        elif names:
            parts.append(f"{len(names)} {status} ({', '.join(names)})")
    return ", ".join(parts)
