"""How figures are written, in the same way in every format."""

from __future__ import annotations

from avatars.report.data import Check, Measure, Status

__all__ = ["MARKS", "STATUS_TEXTS", "figure_text", "interval_text", "target_text", "value_text"]

STATUS_TEXTS: dict[Status, str] = {
    "met": "met",
    "not met": "not met",
    "unsettled": "not settled",
    "no target": "no target",
    "not run": "not run",
}

MARKS: dict[Status, str] = {
    "met": "✓",
    "not met": "✕",
    "unsettled": "≈",
    "no target": "○",
    "not run": "–",
}
"""A sign beside each status, so that nobody has to tell colours apart."""


def figure_text(value: float | None, unit: str) -> str:
    """Write a figure in its unit.

    Parameters
    ----------
    value : float or None
        The figure.
    unit : str
        A unit of METRICS.

    Returns
    -------
    str
        A dash where there is no figure.

    Examples
    --------
    >>> from avatars.report.spelling import figure_text
    >>> [figure_text(97.333, "percent"), figure_text(17.0, "count"), figure_text(-0.0213, "risk")]
    ['97.3 %', '17', '−0.021']
    """
    if value is None:
        return "–"
    if unit == "percent":
        text = f"{value:.1f} %"
    elif unit == "count":
        text = f"{value:g}"
    elif unit in ("risk", "auc"):
        text = f"{value:.3f}"
    else:
        text = f"{value:.3g}" if value and abs(value) < 0.001 else f"{value:.3f}"
    # Rounding to zero leaves a sign behind that means nothing.
    return text.lstrip("-") if not any(char in "123456789" for char in text) else _minus(text)


def _minus(text: str) -> str:
    return text.replace("-", "−")


def interval_text(measure: Measure | None, unit: str) -> str:
    """Write the 95 % interval of a figure.

    Parameters
    ----------
    measure : Measure or None
        The figure.
    unit : str
        A unit of METRICS.

    Returns
    -------
    str
        Empty where there is no interval.

    Examples
    --------
    >>> from avatars.report.data import Measure
    >>> from avatars.report.spelling import interval_text
    >>> interval_text(Measure(value=0.5, low=0.46, high=0.54), "auc")
    '[0.460, 0.540]'
    """
    if measure is None or measure.low is None or measure.high is None:
        return ""
    return f"[{figure_text(measure.low, unit)}, {figure_text(measure.high, unit)}]"


def value_text(measure: Measure | None, unit: str) -> str:
    """Write a figure with its interval.

    Parameters
    ----------
    measure : Measure or None
        The figure.
    unit : str
        A unit of METRICS.

    Returns
    -------
    str
        A dash where there is no figure.

    Examples
    --------
    >>> from avatars.report.data import Measure
    >>> from avatars.report.spelling import value_text
    >>> value_text(Measure(value=0.5, low=0.46, high=0.54), "auc"), value_text(None, "auc")
    ('0.500 [0.460, 0.540]', '–')
    """
    if measure is None:
        return "–"
    return f"{figure_text(measure.value, unit)} {interval_text(measure, unit)}".rstrip()


def target_text(check: Check) -> str:
    """Write a target in the unit of its figure.

    Parameters
    ----------
    check : Check
        The test.

    Returns
    -------
    str
        A dash where the context sets none.

    Examples
    --------
    >>> from avatars.report.data import Check
    >>> from avatars.report.spelling import target_text
    >>> target_text(Check(key="hidden_rate", title="Hidden rate", family="distance", criterion="",
    ...                   unit="percent", sentence="", target="> 90", status="not run"))
    '> 90 %'
    """
    if check.target is None:
        return "–"
    return f"{check.target} %" if check.unit == "percent" else check.target
