"""The documented bundles: one dict of figures per table, with targets and what they rest on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from avatars.metrics.measured import Measured, read_inputs
from avatars.metrics.registry import METRICS, Inputs
from avatars.metrics.result import AttackResult, as_keys
from avatars.metrics.signal import hellinger_reference
from avatars.metrics.space import Types
from avatars.metrics.targets import TARGETS_VERSION, get_targets
from avatars.tables import Table

__all__ = ["attack_metrics", "privacy_metrics", "signal_metrics"]

PRIVACY_KEYS = (
    "hidden_rate",
    "local_cloaking",
    "distance_to_closest",
    "closest_distances_ratio",
    "closest_rate",
    "column_direct_match_protection",
    "row_direct_match_protection",
    "categorical_hidden_rate",
    "correlation_protection_rate",
    "linkability_protection_rate",
    "inference_continuous",
    "inference_categorical",
)
SIGNAL_KEYS = ("hellinger_mean", "hellinger_std", "correlation_difference_ratio")
ATTACKS = tuple(name for name, info in METRICS.items() if info.family == "attack")
ALL_PRIVACY = (
    *PRIVACY_KEYS,
    *(n for n, info in METRICS.items() if info.family == "privacy" and n not in PRIVACY_KEYS),
)
ALL_SIGNAL = (
    *SIGNAL_KEYS,
    *(n for n, info in METRICS.items() if info.family == "signal" and n not in SIGNAL_KEYS),
)


def privacy_metrics(
    original: Any,
    avatars: Any,
    *,
    holdout: Any = None,
    sensitive_unshuffled: Any = None,
    avatarizer: Any = None,
    known_variables: Sequence[Hashable] | None = None,
    target: Hashable | None = None,
    closest_rate_percentage_threshold: float | None = None,
    closest_rate_ratio_threshold: float | None = None,
    quantile_threshold: int | None = None,
    categorical_hidden_rate_variables: Sequence[Hashable] | None = None,
    ncp: int = 5,
    context: str | Mapping[str, str | float] = "external",
    exclude_variable_names: Sequence[Hashable] | None = None,
    types: Types | None = None,
    random_state: int = 0,
    name: str = "table",
    reference: str | None = None,
    computation_type: str = "standalone",
    with_attacks: bool = True,
) -> list[dict[str, Any]]:
    """Measure how private a release is: the documented figures, and attacks beside them.

    Percentages, counts and distances, higher is better for each; risks and areas of attacks, lower
    is better.
    The release may be shuffled; paired figures need ``sensitive_unshuffled`` beside it.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    holdout : table, optional
        People of the same population who were not in the table: the control of attacks.
    sensitive_unshuffled : table, optional
        The release with row i drawn around person i, **sensitive**.
    avatarizer : estimator, optional
        What made the release, for the attacks that draw it again.
    known_variables : list of labels, optional
        What an attacker may know.
    target : label, optional
        What an attacker may want to know.
    closest_rate_percentage_threshold, closest_rate_ratio_threshold : float, optional
        As in :func:`avatars.metrics.privacy.closest_rate`.
    quantile_threshold : int, optional
        The same.
    categorical_hidden_rate_variables : list of labels, optional
        Columns whose combination is compared. All categories by default.
    ncp : int, default=5
        Axes, fitted on ``original``.
    context : str or dict, default="external"
        As in :func:`get_targets`.
    exclude_variable_names : list of labels, optional
        Columns that are left out of every figure.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Of what is drawn at random.
    name, reference, computation_type : str, optional
        What the metadata say.
    with_attacks : bool, default=True
        Whether attacks are run: where a person has several rows, on rows they mean little.

    Returns
    -------
    list of one dict
        The documented keys, None for a figure that isn't there; ``targets``; and ``metadata``:
        ``table_name``, ``computation_type``, ``reference``, ``space`` (what the figures depend
        on), ``not_computed`` (a reason for each None), ``other_metrics`` and ``attacks``.

    Raises
    ------
    InvalidInputError
        If a table can't be read with the schema of ``original``, or a parameter names a column
        that isn't there.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, "Privacy metrics".

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import privacy_metrics
    >>> table = make_patients(300, random_state=0)
    >>> people, unseen = table.head(200), table.tail(100)
    >>> released = Avatarizer(random_state=0).fit_transform(people)
    >>> figures = privacy_metrics(people, released, holdout=unseen)[0]
    >>> figures["row_direct_match_protection"], figures["targets"]["hidden_rate"]
    (100.0, '> 90')
    >>> figures["metadata"]["not_computed"]["hidden_rate"]
    'it compares each person with the own avatar: pass sensitive_unshuffled, ...
    """
    settings = {
        "closest_rate_percentage_threshold": closest_rate_percentage_threshold,
        "closest_rate_ratio_threshold": closest_rate_ratio_threshold,
        "quantile_threshold": quantile_threshold,
        "categorical_hidden_rate_variables": categorical_hidden_rate_variables,
        "ncp": ncp,
        "random_state": random_state,
    }
    targets = get_targets(context)
    inputs = read_inputs(
        original,
        avatars,
        holdout=holdout,
        sensitive_unshuffled=sensitive_unshuffled,
        avatarizer=avatarizer,
        known_variables=known_variables,
        target=target,
        exclude_variable_names=exclude_variable_names,
        types=types,
        settings=settings,
    )
    attacks = Measured.of(inputs, ATTACKS if with_attacks else ())
    figures = Measured.of(inputs, ALL_PRIVACY)
    described = {"table_name": name, "computation_type": computation_type, "reference": reference}
    return [privacy_dict(inputs, figures, attacks.results, targets, described)]


def signal_metrics(
    original: Any,
    avatars: Any,
    *,
    holdout: Any = None,
    target: Hashable | None = None,
    ncp: int = 5,
    context: str | Mapping[str, str | float] = "external",
    exclude_variable_names: Sequence[Hashable] | None = None,
    types: Types | None = None,
    random_state: int = 0,
    name: str = "table",
    reference: str | None = None,
    computation_type: str = "standalone",
) -> list[dict[str, Any]]:
    """Measure how much of what a table says its release still says: the documented figures.

    Hellinger distances from 0 to 1 and a percentage of pairs; lower is better for the three
    documented keys, and METRICS says which way is good for the others.
    The release may be shuffled.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    holdout : table, optional
        People of the same population who were not in the table, to test a model on.
    target : label, optional
        What the model predicts.
    ncp : int, default=5
        Axes, fitted on ``original``, for the multivariate figure.
    context : str or dict, default="external"
        As in :func:`get_targets`.
    exclude_variable_names : list of labels, optional
        Columns that are left out of every figure.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Of what is drawn at random.
    name, reference, computation_type : str, optional
        What the metadata say.

    Returns
    -------
    list of one dict
        ``hellinger_mean``, ``hellinger_std``, ``correlation_difference_ratio``; ``targets``; and
        ``metadata`` as in :func:`privacy_metrics`, with ``hellinger_reference``: what two samples
        of one population differ by at these sizes, without which a target of 0.1 says little
        about a small table.

    Raises
    ------
    InvalidInputError
        If a table can't be read with the schema of ``original``, or a parameter names a column
        that isn't there.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import signal_metrics
    >>> people = make_patients(200, random_state=0)
    >>> figures = signal_metrics(people, people)[0]
    >>> figures["hellinger_mean"], figures["correlation_difference_ratio"]
    (0.0, 0.0)
    """
    targets = get_targets(context)
    inputs = read_inputs(
        original,
        avatars,
        holdout=holdout,
        target=target,
        exclude_variable_names=exclude_variable_names,
        types=types,
        settings={"ncp": ncp, "random_state": random_state},
    )
    figures = Measured.of(inputs, ALL_SIGNAL)
    described = {"table_name": name, "computation_type": computation_type, "reference": reference}
    return [signal_dict(inputs, figures, targets, described)]


def attack_metrics(
    original: Any,
    avatars: Any,
    *,
    holdout: Any = None,
    sensitive_unshuffled: Any = None,
    avatarizer: Any = None,
    known_variables: Sequence[Hashable] | None = None,
    types: Types | None = None,
    random_state: int = 0,
    n_attempts: int | None = None,
) -> list[AttackResult]:
    """Attack a release in every way there is, and say what came of each.

    Risks up to 1 and areas from 0 to 1; lower is better, with 0 and .5 for nothing found.
    The release may be shuffled; linkage by regeneration needs ``sensitive_unshuffled`` beside it.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    holdout : table, optional
        People of the same population who were not in the table: the control.
    sensitive_unshuffled : table, optional
        The release with row i drawn around person i, **sensitive**.
    avatarizer : estimator, optional
        What made the release, for the attacks that draw it again.
    known_variables : list of labels, optional
        What an attacker who infers the other columns knows. All other columns by default.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Of what is drawn at random.
    n_attempts : int, optional
        People or guesses behind each figure at most.

    Returns
    -------
    list of AttackResult
        One per attack in METRICS, those that could not be run with the reason.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import attack_metrics
    >>> people = make_patients(200, random_state=0)
    >>> all(result.was_run for result in attack_metrics(people, people))
    False
    """
    inputs = read_inputs(
        original,
        avatars,
        holdout=holdout,
        sensitive_unshuffled=sensitive_unshuffled,
        avatarizer=avatarizer,
        known_variables=known_variables,
        types=types,
        settings={"random_state": random_state, "n_attempts": n_attempts},
    )
    return Measured.of(inputs, ATTACKS).results


# ---- the documented dicts


def privacy_dict(
    inputs: Inputs,
    figures: Measured,
    attacks: Sequence[AttackResult],
    targets: Mapping[str, str],
    described: Mapping[str, Any],
) -> dict[str, Any]:
    """Put privacy figures into the documented shape."""
    metadata = _metadata(inputs, figures, described, ALL_PRIVACY[len(PRIVACY_KEYS) :])
    metadata["attacks"] = [result.to_dict() for result in attacks]
    kept = {name: targets[name] for name in (*PRIVACY_KEYS, *ATTACKS) if name in targets}
    return {**_rounded(figures, PRIVACY_KEYS), "targets": kept, "metadata": metadata}


def signal_dict(
    inputs: Inputs,
    figures: Measured,
    targets: Mapping[str, str],
    described: Mapping[str, Any],
) -> dict[str, Any]:
    """Put signal figures into the documented shape."""
    metadata = _metadata(inputs, figures, described, ALL_SIGNAL[len(SIGNAL_KEYS) :])
    seed = inputs.settings["random_state"]
    reference = hellinger_reference(inputs.original, inputs.avatars, random_state=seed)
    metadata["hellinger_reference"] = METRICS["hellinger_mean"].rounded(reference)
    kept = {name: targets[name] for name in ALL_SIGNAL if name in targets}
    return {**_rounded(figures, SIGNAL_KEYS), "targets": kept, "metadata": metadata}


def _metadata(
    inputs: Inputs, figures: Measured, described: Mapping[str, Any], more: Sequence[str]
) -> dict[str, Any]:
    people: Table = inputs.original
    kinds = [column.kind for column in people.schema.columns]
    return {
        **described,
        "space": {
            "ncp": inputs.settings["ncp"],
            "types": dict(zip(as_keys(people.schema.labels), kinds, strict=True)),
            "gaps": "means and modes of the people, and a flag per column with gaps",
        },
        "targets_version": TARGETS_VERSION,
        "not_computed": dict(figures.reasons),
        "other_metrics": _rounded(figures, more),
    }


def _rounded(figures: Measured, names: Sequence[str]) -> dict[str, float | None]:
    return {
        name: None if (value := figures.values[name]) is None else METRICS[name].rounded(value)
        for name in names
    }
