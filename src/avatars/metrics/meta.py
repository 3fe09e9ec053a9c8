"""Two numbers for a whole evaluation, that never hide the weakest figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from avatars.exceptions import InvalidParameterError
from avatars.metrics.bundles import PRIVACY_KEYS
from avatars.metrics.registry import METRICS
from avatars.metrics.targets import parsed

__all__ = ["meta_metrics"]


def meta_metrics(
    privacy: Sequence[Mapping[str, Any]] | Mapping[str, Any],
    signal: Sequence[Mapping[str, Any]] | Mapping[str, Any],
) -> dict[str, Any]:
    """Sum up privacy and signal in one number each, with the weakest link beside the mean.

    Scores from 0 to 100; higher is better.
    No tables are needed.

    Parameters
    ----------
    privacy, signal : list of one dict, or dict
        What :func:`privacy_metrics` and :func:`signal_metrics` return.

    Returns
    -------
    dict
        ``meta_privacy_metric`` is the least score of all figures and attacks that have a target,
        ``meta_privacy_weakest`` the name of that one, ``meta_privacy_mean`` the mean.
        ``meta_signal_metric`` is the mean of three scores, ``meta_signal_worst`` the least,
        ``meta_signal_weakest`` its name. None where there is nothing to sum up.

    Notes
    -----
    A figure v with a target t, higher being better, scores 100 v / t, within 0 and 100. An attack
    within its target scores 100, one beyond it 100 (1 - v) / (1 - t): 0 where it always succeeds.
    Signal scores are 100 (1 - loss), the losses being ``hellinger_mean``, the share of pairs of
    columns whose association changed, and 2 (``propensity_auc`` - .5).

    The numbers are conventions of ours, for sorting settings. A release is judged by its figures,
    one at a time.

    Examples
    --------
    >>> from avatars.metrics import meta_metrics
    >>> privacy = {"hidden_rate": 45.0, "closest_rate": 99.0}
    >>> privacy["targets"] = {"hidden_rate": "> 90", "closest_rate": "> 90"}
    >>> signal = {"hellinger_mean": 0.1, "correlation_difference_ratio": 30.0}
    >>> meta = meta_metrics(privacy, signal)
    >>> meta["meta_privacy_metric"], meta["meta_privacy_weakest"], meta["meta_privacy_mean"]
    (50.0, 'hidden_rate', 75.0)
    >>> meta["meta_signal_metric"], meta["meta_signal_worst"]
    (80.0, 70.0)
    """
    guarded, kept = (
        _scores_of_privacy(_only(privacy, "privacy")),
        _scores_of_signal(_only(signal, "signal")),
    )
    return {
        "meta_privacy_metric": _least(guarded),
        "meta_privacy_weakest": _weakest(guarded),
        "meta_privacy_mean": _mean(guarded),
        "meta_signal_metric": _mean(kept),
        "meta_signal_worst": _least(kept),
        "meta_signal_weakest": _weakest(kept),
    }


def _only(metrics: Any, parameter: str) -> Mapping[str, Any]:
    if isinstance(metrics, Mapping):
        return metrics
    if len(metrics) != 1:
        raise InvalidParameterError(
            parameter, f"must hold the metrics of one table, got {len(metrics)}: pass one dict."
        )
    only: Mapping[str, Any] = metrics[0]
    return only


def _scores_of_privacy(privacy: Mapping[str, Any]) -> dict[str, float]:
    found = {r["attack"]: r["value"] for r in privacy.get("metadata", {}).get("attacks", ())}
    figures = {**{key: privacy.get(key) for key in PRIVACY_KEYS}, **found}
    targets = privacy["targets"]
    return {
        name: _score(name, value, parsed(targets[name])[1])
        for name, value in figures.items()
        if value is not None and name in targets
    }


def _score(name: str, value: float, bound: float) -> float:
    if METRICS[name].direction == "higher":
        return 100.0 if value >= bound else max(0.0, 100.0 * value / bound)
    return 100.0 if value <= bound else max(0.0, 100.0 * (1 - value) / (1 - bound))


def _scores_of_signal(signal: Mapping[str, Any]) -> dict[str, float]:
    changed = signal.get("correlation_difference_ratio")
    auc = signal.get("metadata", {}).get("other_metrics", {}).get("propensity_auc")
    losses = {
        "hellinger_mean": signal.get("hellinger_mean"),
        "correlation_difference_ratio": None if changed is None else changed / 100,
        "propensity_auc": None if auc is None else 2 * max(0.0, auc - 0.5),
    }
    return {name: 100 * (1 - loss) for name, loss in losses.items() if loss is not None}


def _least(scores: Mapping[str, float]) -> float | None:
    return round(min(scores.values()), 2) if scores else None


def _mean(scores: Mapping[str, float]) -> float | None:
    return round(float(np.mean(list(scores.values()))), 2) if scores else None


def _weakest(scores: Mapping[str, float]) -> str | None:
    return min(scores, key=lambda name: scores[name]) if scores else None
