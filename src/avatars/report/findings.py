"""From figures to findings: what met its target, what didn't, and what the attacks come to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from avatars.metrics.registry import METRICS
from avatars.metrics.result import AttackResult
from avatars.metrics.targets import meets
from avatars.report.data import Check, CriterionFinding, Measure, Status
from avatars.report.guarded import FEW
from avatars.report.summary import label_text
from avatars.report.words import QUESTIONS, WORDS, Words

__all__ = ["attack_checks", "conclusions", "criterion_findings", "figure_checks"]

_WORST_FIRST: list[Status] = ["not met", "unsettled", "no target", "met", "not run"]


def attack_checks(attacks: Iterable[AttackResult], targets: Mapping[str, str]) -> list[Check]:
    """Hold attacks against their targets.

    Parameters
    ----------
    attacks : iterable of AttackResult
        What was run, and what was not.
    targets : mapping of {metric: str}
        Such as ``"< 0.05"``.

    Returns
    -------
    list of Check
        In the order given. Met is a target only where all of the interval meets it, and that of
        every column the attack has a goal in; it is not met where the value doesn't meet it, or
        all of a column's interval is beyond it.

    Examples
    --------
    >>> from avatars.metrics import AttackResult
    >>> from avatars.report.findings import attack_checks
    >>> result = AttackResult(
    ...     attack="linkability", criterion="linkability", threat="Somebody holds two files.",
    ...     unit="risk", value=0.01, low=-0.02, high=0.06,
    ... )
    >>> [check.status for check in attack_checks([result], {"linkability": "< 0.05"})]
    ['unsettled']
    """
    return [_attack_check(result, targets.get(result.attack)) for result in attacks]


def _attack_check(result: AttackResult, target: str | None) -> Check:
    exposed = result.exposed if _may_be_shown(result.exposed) else None
    statuses = [_by_interval(part, target) for part in result.columns.values()]
    return Check(
        key=result.attack,
        title=_words(result.attack).title,
        family="attack",
        criterion=result.criterion,
        unit=result.unit,
        sentence=result.threat + _short_columns(statuses),
        target=target,
        status=_worst([_settled(result, target), *statuses]),
        reason=result.reason,
        n_attempts=result.n_attempts if result.was_run else None,
        success=_finite(result.success),
        control=_finite(result.control),
        worst_column=_column_shown(result),
        **_measure(result),
        exposed=None if exposed is None else Measure(**_measure(exposed)),
        exposed_status=None
        if exposed is None
        else _worst(_by_interval(part, target) for part in (exposed, *exposed.columns.values())),
    )


def _may_be_shown(exposed: AttackResult | None) -> TypeGuard[AttackResult]:
    if exposed is None or not exposed.was_run or _finite(exposed.value) is None:
        return False
    # An area counts people of either side.
    return exposed.n_attempts >= (2 * FEW if exposed.unit == "auc" else FEW)


def _short_columns(statuses: list[Status]) -> str:
    judged = [status for status in statuses if status != "not run"]
    short = sum(status in ("not met", "unsettled") for status in judged)
    if not short:
        return ""
    return f" By column, {short} of {len(judged)} are beyond the target or not settled."


def _worst(statuses: Iterable[Status]) -> Status:
    return min(statuses, key=_WORST_FIRST.index)


def _column_shown(result: AttackResult) -> str | None:
    """Return the column whose figure the result shows, None where several have it."""
    shown = [
        label
        for label, part in result.columns.items()
        if part.was_run and (part.value, part.low) == (result.value, result.low)
    ]
    return label_text(shown[0]) if len(shown) == 1 else None


def _measure(result: AttackResult) -> dict[str, float | None]:
    return {name: _finite(getattr(result, name)) for name in ("value", "low", "high")}


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _settled(result: AttackResult, target: str | None) -> Status:
    if not result.was_run or math.isnan(result.value):
        return "not run"
    if target is None:
        return "no target"
    if not meets(result.attack, result.value, target):
        return "not met"
    return "met" if False not in _ends(result, target) else "unsettled"


def _by_interval(result: AttackResult, target: str | None) -> Status:
    """Judge a tenth of the people or one of many columns: there, a value alone says little."""
    if not result.was_run or _finite(result.value) is None:
        return "not run"
    if target is None:
        return "no target"
    ends = _ends(result, target)
    if None in ends:
        return _settled(result, target)
    return "met" if False not in ends else "unsettled" if True in ends else "not met"


def _ends(result: AttackResult, target: str) -> list[bool | None]:
    return [meets(result.attack, end, target) for end in (result.low, result.high)]


def figure_checks(
    figures: Mapping[str, Any],
    reasons: Mapping[str, str],
    targets: Mapping[str, str],
    family: str,
) -> list[Check]:
    """Hold the figures of a bundle against their targets.

    Parameters
    ----------
    figures : mapping of {metric: float or None}
        What a bundle gives; ``targets`` and ``metadata`` are passed over.
    reasons : mapping of {metric: str}
        Why a metric has no figure.
    targets : mapping of {metric: str}
        Such as ``"> 90"``.
    family : {"distance", "utility"}
        What the figures speak of.

    Returns
    -------
    list of Check
        In the order of METRICS.

    Examples
    --------
    >>> from avatars.report.findings import figure_checks
    >>> checks = figure_checks(
    ...     {"hidden_rate": 97.5, "local_cloaking": None},
    ...     {"local_cloaking": "it compares each person with the own avatar"},
    ...     {"hidden_rate": "> 90", "local_cloaking": "> 5"},
    ...     "distance",
    ... )
    >>> [(check.title, check.status) for check in checks]
    [('Hidden rate', 'met'), ('Local cloaking', 'not run')]
    """
    return [
        _figure_check(key, figures[key], reasons.get(key), targets.get(key), family)
        for key in figures
    ]


def _figure_check(
    key: str, value: float | None, reason: str | None, target: str | None, family: str
) -> Check:
    value = _finite(value)
    # What chance alone gives is no metric of its own: it is measured as what stands beside it is.
    words, info = _words(key), METRICS.get(key, METRICS["hellinger_mean"])
    met = None if target is None else meets(key, value, target)
    status: Status = "no target" if target is None else "met" if met else "not met"
    if value is None:
        status, reason = "not run", reason or "it has no value on a table of this kind"
    return Check.model_validate(
        {
            "key": key,
            "title": words.title,
            "family": family,
            "criterion": info.criterion,
            "unit": info.unit,
            "sentence": words.threat or f"{words.formula}. {words.text}",
            "target": target,
            "status": status,
            "reason": reason if value is None else None,
            "value": value,
        }
    )


def _words(key: str) -> Words:
    return WORDS.get(key) or Words(key.replace("_", " ").capitalize(), "", "")


def criterion_findings(attacks: Iterable[Check]) -> list[CriterionFinding]:
    """Say what the attacks of each criterion come to.

    Parameters
    ----------
    attacks : iterable of Check
        Attacks only: distances don't decide.

    Returns
    -------
    list of CriterionFinding
        One per criterion, with the worst status among its attacks.

    Examples
    --------
    >>> from avatars.report.findings import criterion_findings
    >>> [finding.status for finding in criterion_findings([])]
    ['not run', 'not run', 'not run', 'not run']
    """
    attacks = list(attacks)
    return [
        _criterion_finding(criterion, [check for check in attacks if check.criterion == criterion])
        for criterion in QUESTIONS
    ]


def _criterion_finding(criterion: str, attacks: list[Check]) -> CriterionFinding:
    said = {phrase: _listed(checks) for phrase, checks in _sorted(attacks).items() if checks}
    sentence = "; ".join(f"{phrase}: {titles}" for phrase, titles in said.items())
    return CriterionFinding(
        criterion=criterion,
        question=QUESTIONS[criterion],
        status=min(map(_overall, attacks), key=_WORST_FIRST.index, default="not run"),
        sentence=f"{sentence[0].upper()}{sentence[1:]}." if sentence else "No attack of this kind.",
    )


def _sorted(attacks: Iterable[Check]) -> dict[str, list[Check]]:
    """Sort attacks by what can be said of them, the worst first."""
    found: dict[str, list[Check]] = {phrase: [] for phrase in _PHRASES.values()}
    for check in attacks:
        overall = _overall(check)
        found[_PHRASES[overall, overall != check.status]].append(check)
    return found


_PHRASES: dict[tuple[Status, bool], str] = {
    ("not met", False): "beyond the target",
    ("not met", True): "beyond the target for the most exposed tenth",
    ("unsettled", False): "not settled, since an interval reaches across the target",
    ("unsettled", True): "within the target, but not settled for the most exposed tenth",
    ("no target", False): "without a target",
    ("met", False): "within the target",
    ("not run", False): "not run",
}
"""What is said of an attack, by its worst status and whether only the exposed tenth has it."""


def _overall(check: Check) -> Status:
    return _worst(s for s in (check.status, check.exposed_status) if s is not None)


def conclusions(attacks: list[Check], distances: list[Check]) -> list[str]:
    """Say in sentences what the tests come to, following the attacks.

    Parameters
    ----------
    attacks, distances : list of Check
        All tests of privacy.

    Returns
    -------
    list of str
        First the attacks, then where distances disagree.

    Examples
    --------
    >>> from avatars.report.findings import conclusions
    >>> conclusions([], [])
    ['No attack was run. Distance metrics alone support no conclusion about this release.']
    """
    run = [check for check in attacks if check.status != "not run"]
    if not run:
        return [
            "No attack was run. Distance metrics alone support no conclusion about this release."
        ]
    failed = [check for check in run if _overall(check) == "not met"]
    met = [check for check in run if check.status == "met"]
    sentences = [
        f"On all people taken together, {len(met)} of {len(attacks)} attacks stayed within their "
        "target.",
        *(
            f"{phrase[0].upper()}{phrase[1:]}: {_listed(checks)}."
            for phrase, checks in _sorted(attacks).items()
            if checks
        ),
    ]
    short = [check for check in distances if check.status == "not met"]
    judged = [check for check in distances if check.status in ("met", "not met")]
    if failed and judged and not short:
        sentences.append(
            "The distance metrics all meet their targets. The attacks don't: this report follows "
            "the attacks."
        )
    elif failed and judged:
        sentences.append(
            f"{len(judged) - len(short)} of {len(judged)} distance metrics meet their targets; "
            "this report follows the attacks."
        )
    elif short:
        sentences.append(
            f"Distance metrics short of their target: {_listed(short)}. This report follows the "
            "attacks; see the limitations for what such a figure can mean."
        )
    return sentences


def _listed(checks: list[Check]) -> str:
    return ", ".join(check.title.lower() for check in checks)
