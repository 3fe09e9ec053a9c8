"""Which figures a release should reach, by the context it goes into: data, with a version.

``external`` holds the constants published with the documented metrics; ``open`` and ``internal``
are stricter and laxer conventions of ours. So are all targets of attacks: an attack's target says
how far beyond chance an attacker may get, and nothing makes .55 right and .56 wrong. A user's own
figures take the place of any of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.registry import METRICS

__all__ = ["PRESETS", "RECIPIENTS", "TARGETS_VERSION", "get_targets", "meets"]

TARGETS_VERSION = "2026-11"

_EXTERNAL = {
    "hidden_rate": "> 90",
    "local_cloaking": "> 5",
    "distance_to_closest": "> 0.2",
    "closest_distances_ratio": "> 0.3",
    "closest_rate": "> 90",
    "column_direct_match_protection": "> 50",
    "row_direct_match_protection": "> 90",
    "categorical_hidden_rate": "> 90",
    "correlation_protection_rate": "> 95",
    "linkability_protection_rate": "> 95",
    "inference_continuous": "> 10",
    "inference_categorical": "> 10",
    "hellinger_mean": "< 0.1",
    "correlation_difference_ratio": "< 10",
    "singling_out": "< 0.05",
    "linkability": "< 0.05",
    "attribute_inference": "< 0.1",
    "seed_linkage": "< 0.05",
    "membership_inference": "< 0.6",
    "membership_inference_density": "< 0.6",
    "shadow_membership": "< 0.6",
}

PRESETS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "open": MappingProxyType(
            _EXTERNAL
            | {
                "hidden_rate": "> 95",
                "local_cloaking": "> 10",
                "closest_rate": "> 95",
                "row_direct_match_protection": "> 95",
                "categorical_hidden_rate": "> 95",
                "singling_out": "< 0.02",
                "linkability": "< 0.02",
                "attribute_inference": "< 0.05",
                "seed_linkage": "< 0.02",
                "membership_inference": "< 0.55",
                "membership_inference_density": "< 0.55",
                "shadow_membership": "< 0.55",
            }
        ),
        "external": MappingProxyType(_EXTERNAL),
        "internal": MappingProxyType(
            _EXTERNAL
            | {
                "hidden_rate": "> 80",
                "local_cloaking": "> 3",
                "closest_rate": "> 80",
                "row_direct_match_protection": "> 80",
                "categorical_hidden_rate": "> 80",
                "correlation_protection_rate": "> 90",
                "linkability_protection_rate": "> 90",
                "singling_out": "< 0.1",
                "linkability": "< 0.1",
                "attribute_inference": "< 0.2",
                "seed_linkage": "< 0.1",
                "membership_inference": "< 0.65",
                "membership_inference_density": "< 0.65",
                "shadow_membership": "< 0.65",
            }
        ),
    }
)

RECIPIENTS: Mapping[str, str] = MappingProxyType(
    {
        "opendata": "open",
        "outside_eu": "open",
        # Who doesn't say where a table goes gets the strictest targets.
        "unknown": "open",
        "contractual_thirdparty": "external",
        "trusted_thirdparty": "external",
        # "internal" is the name of a preset already.
    }
)

_TARGET = re.compile(r"\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d*)?(?:[eE]-?\d+)?)\s*")
_HOLDS = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def get_targets(context: str | Mapping[str, str | float] = "external") -> dict[str, str]:
    """Return the targets of a context.

    Parameters
    ----------
    context : str or dict of {metric: target}, default="external"
        A preset ("open", "external", "internal"), a documented data recipient ("opendata",
        "contractual_thirdparty", "outside_eu", "trusted_thirdparty", "unknown"), or targets of
        your own, which take the place of those of "external". A number means "better than this",
        in the direction of the metric.

    Returns
    -------
    dict of {metric: str}
        Such as ``"> 90"``.

    Raises
    ------
    InvalidParameterError
        For a context, a metric or a target that there isn't.

    Examples
    --------
    >>> from avatars.metrics import get_targets
    >>> get_targets("opendata")["hidden_rate"]
    '> 95'
    >>> get_targets({"hidden_rate": 99, "linkability": 0.01})["linkability"]
    '< 0.01'
    """
    if isinstance(context, Mapping):
        return {**_EXTERNAL, **{key: _written(key, target) for key, target in context.items()}}
    preset = RECIPIENTS.get(context, context) if isinstance(context, str) else None
    if preset not in PRESETS:
        raise InvalidParameterError(
            "context",
            f"must be one of {', '.join([*PRESETS, *RECIPIENTS])}, or a dict of targets.",
        )
    return dict(PRESETS[preset])


def meets(key: str, value: float | None, target: str | float) -> bool | None:
    """Tell whether a figure meets its target.

    Parameters
    ----------
    key : str
        A name of METRICS; it gives a bare number its direction.
    value : float or None
        The figure.
    target : str or float
        Such as ``"> 90"``, or a number: "better than this".

    Returns
    -------
    bool or None
        None where there is no figure.

    Raises
    ------
    InvalidParameterError
        For a target that can't be read.

    Examples
    --------
    >>> from avatars.metrics import meets
    >>> meets("hidden_rate", 93.5, "> 90"), meets("linkability", 0.2, 0.05)
    (True, False)
    >>> meets("hidden_rate", None, "> 90") is None
    True
    """
    sign, bound = parsed(_written(key, target))
    if value is None or math.isnan(value):
        return None
    return bool(_HOLDS[sign](value, bound))


def parsed(target: str) -> tuple[str, float]:
    """Split a target into its sign and its bound."""
    match = _TARGET.fullmatch(target)
    if match is None:
        raise InvalidParameterError("context", "has a target that isn't like '> 90' or '< 0.1'.")
    return match[1], float(match[2])


def _written(key: str, target: str | float) -> str:
    if key not in METRICS:
        raise InvalidParameterError(
            "context", f"has a target for {shown(key)}, which is no metric: see METRICS."
        )
    direction = METRICS[key].direction
    if isinstance(target, str):
        if parsed(target)[0][0] == {"higher": "<", "lower": ">"}.get(direction):
            raise InvalidParameterError(
                "context",
                f"has a target for {shown(key)} that asks for worse: {direction} is better.",
            )
        return target
    if direction == "nearest":
        raise InvalidParameterError(
            "context",
            f"has a number as target for {shown(key)}, which is best at {METRICS[key].best:g}: "
            "write which side is meant, as in '< 1.2'.",
        )
    if isinstance(target, bool) or not isinstance(target, (int, float)):
        raise InvalidParameterError(
            "context", f"has a target for {shown(key)} that is neither a number nor like '> 90'."
        )
    return f"{'>' if direction == 'higher' else '<'} {target:g}"
