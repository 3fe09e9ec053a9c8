"""Settings tried out on the table itself: avatars of some people, judged against the others."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from avatars.advice.columns import FEW
from avatars.advice.front import pareto
from avatars.advice.rules import Rule
from avatars.engine.model import AvatarModel
from avatars.engine.streams import seed_bytes
from avatars.exceptions import AvatarsWarning, InvalidColumnError, InvalidTableError
from avatars.metrics.attacks import membership_inference
from avatars.metrics.privacy import hidden_rate
from avatars.metrics.signal import correlation_difference, hellinger_mean, tstr_score
from avatars.metrics.targets import meets
from avatars.models import AvatarizationParameters
from avatars.tables import Table

__all__ = ["MOST", "chosen", "settings_for", "swept"]

_K = (5, 10, 20, 40)
_NCP = (2, 5)
_PROTECTIONS = ("balanced", "strict")
MOST = 20_000
"""People a search looks at; of a larger table a sample of as many."""
_FEWEST = 50
_SAME = 0.005
"""Utilities that differ by less are the same: another seed moves them as much."""


def settings_for(n_people: int, n_axes: int) -> list[dict[str, Any]]:
    """Return the settings that are worth trying on some people.

    Parameters
    ----------
    n_people : int
        People who are avatarized.
    n_axes : int
        Most axes that the table has room for.

    Returns
    -------
    list of dict
        ``k`` up to a fifth of the people, ``ncp`` and ``protection``.

    Examples
    --------
    >>> from avatars.advice.search import settings_for
    >>> len(settings_for(1000, 5)), len(settings_for(60, 1))
    (16, 4)
    """
    axes = sorted({min(ncp, n_axes) for ncp in _NCP})
    return [
        {"k": k, "ncp": ncp, "protection": protection}
        for k, ncp, protection in itertools.product(_K, axes, _PROTECTIONS)
        if k <= n_people // 5
    ]


def swept(
    table: Table,
    parameters: Mapping[str, Any],
    targets: Mapping[str, str],
    *,
    n_axes: int,
    target: Hashable | None,
    holdout_fraction: float,
    random_state: int,
) -> pd.DataFrame:
    """Avatarize part of the people with each setting, and measure against the rest.

    Every setting meets the same people and the same control. Privacy is membership inference by
    distance, utility the closeness of columns and of pairs of columns, or the score of a model
    where there is a target. The hidden rate stands beside them and must meet its target as well,
    but takes no part in the front: it is high on releases that leak.

    Parameters
    ----------
    table : Table
        The people; of more than 20,000 of them a sample is avatarized, and all of the sample is
        what it is compared with. Fewer people leak more, so that this errs on the safe side.
    parameters : mapping
        Parameters that all settings share.
    targets : mapping of {metric: str}
        What the context asks for.
    n_axes : int
        Most axes that the table has room for.
    target : label or None
        Column to predict.
    holdout_fraction : float
        Share of the people kept unseen.
    random_state : int
        Draws the sample, the split and the avatars.

    Returns
    -------
    DataFrame
        One row per setting: ``k``, ``ncp``, ``protection``, ``membership`` with its interval,
        ``membership_exposed`` (NaN where these are fewer than five), ``hidden_rate``,
        ``hellinger_mean``, ``correlation_difference``, ``prediction`` (NaN without a target),
        ``utility``, ``meets_targets``, ``is_pareto``.

    Raises
    ------
    InvalidTableError
        If the table has too few people to split.
    InvalidColumnError
        If a column can't be released by any setting.

    Examples
    --------
    >>> from avatars.advice.search import swept
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.targets import get_targets
    >>> from avatars.tables import read_table
    >>> table = read_table(make_patients(100, random_state=0))
    >>> options = {"n_axes": 2, "target": None, "holdout_fraction": 0.3, "random_state": 0}
    >>> front = swept(table, {}, get_targets("external"), **options)
    >>> front["k"].max().item(), bool(front["is_pareto"].any())
    (10, True)
    """
    if table.n_rows < _FEWEST:
        raise InvalidTableError(
            f"a table of {table.n_rows} rows is too small to hold people out of it, which takes at "
            f"least {_FEWEST}: use mode='rules'."
        )
    order = np.random.default_rng(random_state).permutation(table.n_rows)[:MOST]
    n_unseen = round(holdout_fraction * len(order))
    unseen, people = table.take(order[:n_unseen]), table.take(order[n_unseen:])
    rows, refusal = [], None
    for setting in settings_for(people.n_rows, n_axes):
        asked = AvatarizationParameters.checked(**{**parameters, **setting})
        with warnings.catch_warnings():
            # Of sixteen settings, each would say again what reasons and figures say once.
            warnings.simplefilter("ignore", AvatarsWarning)
            try:
                model = AvatarModel(people, asked, seed=seed_bytes(random_state)).fit()
            except InvalidColumnError as error:
                refusal = error
                continue
            avatars = Table(
                people.schema, model.sensitive_numeric, model.sensitive_codes, people.n_rows
            )
            figures = _figures(people, avatars, unseen, target, setting["ncp"], random_state)
        rows.append({**setting, **figures})
    if refusal is not None and not rows:
        raise refusal
    front = pd.DataFrame(rows)
    # Below .5 an attack is no better than a guess, and the less is no merit.
    privacy = -front["membership"].clip(lower=0.5)
    front["meets_targets"] = [
        bool(
            meets("membership_inference", high, targets["membership_inference"])
            and meets("hidden_rate", hidden, targets["hidden_rate"])
        )
        for high, hidden in zip(front["membership_high"], front["hidden_rate"], strict=True)
    ]
    front["is_pareto"] = pareto(np.column_stack([privacy, front["utility"]]))
    return front


def _figures(
    people: Table,
    avatars: Table,
    unseen: Table,
    target: Hashable | None,
    ncp: int,
    random_state: int,
) -> dict[str, float]:
    attack = membership_inference(people, avatars, unseen, random_state=random_state)
    exposed = attack.exposed
    # As many people of the table as held out are attacked.
    if exposed is None or exposed.n_attempts < 2 * FEW:
        exposed_value = float("nan")
    else:
        exposed_value = exposed.value
    hellinger = hellinger_mean(people, avatars)
    correlation = correlation_difference(people, avatars)
    prediction = float("nan")
    if target is not None:
        prediction = tstr_score(people, avatars, unseen, target)
    return {
        "membership": attack.value,
        "membership_low": attack.low,
        "membership_high": attack.high,
        "membership_exposed": exposed_value,
        "hidden_rate": hidden_rate(people, avatars, ncp=ncp),
        "hellinger_mean": hellinger,
        "correlation_difference": correlation,
        "prediction": prediction,
        "utility": 1 - (hellinger + correlation) / 2 if target is None else prediction,
    }


def chosen(front: pd.DataFrame, targets: Mapping[str, str]) -> tuple[int, Rule]:
    """Choose the most useful setting among those that meet the targets.

    Among settings as useful as the best, up to what another seed would change, the one that leaks
    least.

    Parameters
    ----------
    front : DataFrame
        As ``swept`` returns it.
    targets : mapping of {metric: str}
        What the context asks for.

    Returns
    -------
    row : int
        Its row. Where no setting meets the targets, that of the lowest membership.
    rule : Rule
        Whether the targets were met, and why this setting.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.search import chosen
    >>> front = pd.DataFrame({
    ...     "k": [5, 20], "ncp": [5, 5], "protection": ["balanced", "balanced"],
    ...     "membership": [0.58, 0.52], "membership_low": [0.55, 0.5],
    ...     "membership_high": [0.61, 0.54], "hidden_rate": [97.0, 98.0],
    ...     "utility": [0.97, 0.95], "meets_targets": [False, True],
    ... })
    >>> chosen(front, {"membership_inference": "< 0.6", "hidden_rate": "> 90"})[0]
    1
    """
    ranked = front.assign(leak=front["membership"].clip(lower=0.5))
    fit = ranked[ranked["meets_targets"]]
    if len(fit):
        ranked = fit[fit["utility"] >= fit["utility"].max() - _SAME]
        lead = (
            f"{len(fit)} of {len(front)} settings meet the targets; this is the safest of the best"
        )
        advice = "the best of many figures flatters itself, so measure the release anew"
    else:
        lead = f"None of {len(front)} settings meets the targets; this one leaks least"
        advice = "don't release it to this context without more people or fewer columns"
    ranked = ranked.sort_values(["leak", "utility"], ascending=[True, False])
    row = ranked.iloc[0]
    reason = (
        f"{lead} (upper end of the membership interval {targets['membership_inference']}, hidden "
        f"rate {targets['hidden_rate']}): k={row['k']}, ncp={row['ncp']}, {row['protection']}, "
        f"membership {row['membership']:.3f} [{row['membership_low']:.3f}, "
        f"{row['membership_high']:.3f}], hidden rate {row['hidden_rate']:.1f} %, utility "
        f"{row['utility']:.3f}; {advice}."
    )
    return int(ranked.index[0]), Rule(len(fit) > 0, reason)
