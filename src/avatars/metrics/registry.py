"""Every metric with what one must know to read it: the one list that all else is made from.

Scorers, bundles, comparisons, reports and the table in the documentation read names, directions,
bounds and needs here and nowhere else.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

from avatars.metrics import attacks, privacy, signal
from avatars.tables import Table

__all__ = ["METRICS", "Inputs", "MetricInfo"]


# What is known makes one of two files there, and the other columns the second.
_OF_TWO_FILES = {"linkability", "linkability_protection_rate"}

_REASONS = {
    "sensitive_unshuffled": "it compares each person with the own avatar: pass "
    "sensitive_unshuffled, the release of Avatarizer(shuffle=False); with dp_epsilon nobody has "
    "one",
    "holdout": "it needs people who were not in the table as a control: pass holdout",
    "target": "it needs the column to infer or to predict: pass target",
    "known_variables": "it needs the columns that an attacker may know: pass known_variables",
    "avatarizer": "it needs the generator: pass avatarizer",
}


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What metrics may be asked about: one release, and what belongs to it.

    Parameters
    ----------
    original : Table
        The people.
    avatars : Table
        The release, in the schema of the people.
    sensitive_unshuffled : Table, optional
        The release with row i drawn around person i.
    holdout : Table, optional
        People of the same population who were not in the table.
    target : label, optional
        The column to infer, and to predict.
    known_variables : list of labels, optional
        What an attacker may know.
    avatarizer : estimator, optional
        What made the release.
    settings : dict, optional
        Further parameters, each passed to the metrics that have it.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.registry import METRICS, Inputs
    >>> from avatars.tables import read_table
    >>> people = read_table(make_patients(100, random_state=0))
    >>> inputs = Inputs(original=people, avatars=people)
    >>> METRICS["hellinger_mean"].measure(inputs)
    0.0
    >>> METRICS["hidden_rate"].lacks(inputs)
    'it compares each person with the own avatar: pass sensitive_unshuffled, ...
    """

    original: Table
    avatars: Table
    sensitive_unshuffled: Table | None = None
    holdout: Table | None = None
    target: Hashable | None = None
    known_variables: Sequence[Hashable] | None = None
    avatarizer: Any = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def two_files(self) -> tuple[list[Hashable], list[Hashable]] | None:
        """Give the columns of two files that somebody may hold: what is known, and the rest.

        Returns
        -------
        tuple of two lists of labels, or None
            None without ``known_variables``, or where nothing else is left.
        """
        known = list(self.known_variables or ())
        schema = self.original.schema
        columns = (*schema.numeric, *schema.categories)
        rest = [column.label for column in columns if column.label not in known]
        return (known, rest) if known and rest else None


@dataclass(frozen=True, kw_only=True)
class MetricInfo:
    """One metric, and how to read it.

    Parameters
    ----------
    name : str
        Its name, everywhere.
    family : {"privacy", "attack", "signal"}
        What it speaks of. An attack's figure comes with an interval.
    direction : {"higher", "lower", "nearest"}
        Which way is better; "nearest" to ``best``.
    best : float
        The figure of a release with nothing to find fault with. An attack's can lie below by
        chance.
    bounds : tuple of float
        Least and greatest figure.
    unit : {"percent", "count", "distance", "share", "ratio", "risk", "auc", "score"}
        What it is measured in.
    alignment : {"paired", "any"}
        Whether row i of the avatars must have been drawn around row i of the people.
    needs : frozenset of {"holdout", "target", "known_variables", "avatarizer"}
        What it can't be computed without.
    criterion : str
        What it speaks for or against: "singling out", "linkability", "inference", "membership",
        or "utility". A convention, not a proof.
    source : str
        Where the formula comes from.
    function : callable
        What computes it.

    Examples
    --------
    >>> from avatars.metrics import METRICS
    >>> info = METRICS["hidden_rate"]
    >>> info.direction, info.bounds, info.unit, info.alignment
    ('higher', (0.0, 100.0), 'percent', 'paired')
    """

    name: str
    family: Literal["privacy", "attack", "signal"]
    direction: Literal["higher", "lower", "nearest"]
    best: float
    bounds: tuple[float, float]
    unit: Literal["percent", "count", "distance", "share", "ratio", "risk", "auc", "score"]
    alignment: Literal["paired", "any"]
    needs: frozenset[str]
    criterion: str
    source: str
    function: Callable[..., Any] = field(repr=False)

    @property
    def summary(self) -> str:
        """Give the first sentence of the function's docstring.

        Returns
        -------
        str
            What it measures.
        """
        function = self.function.func if isinstance(self.function, partial) else self.function
        return (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")

    def lacks(self, inputs: Inputs) -> str | None:
        """Say why the metric can't be computed from these inputs.

        Parameters
        ----------
        inputs : Inputs
            What there is.

        Returns
        -------
        str or None
            The reason, None if nothing is lacking.
        """
        needed = ["sensitive_unshuffled"] if self.alignment == "paired" else []
        needed += [name for name in _REASONS if name in self.needs]
        return next((_REASONS[name] for name in needed if getattr(inputs, name) is None), None)

    def measure(self, inputs: Inputs) -> Any:
        """Compute the metric.

        Parameters
        ----------
        inputs : Inputs
            What there is. A function gets what its parameters name: ``original``, ``avatars``
            (aligned, if the metric is paired), ``holdout``...; settings that it doesn't have are
            left out.

        Returns
        -------
        float or AttackResult
            What the function returns.
        """
        avatars = inputs.sensitive_unshuffled if self.alignment == "paired" else inputs.avatars
        known = inputs.two_files if self.name in _OF_TWO_FILES else inputs.known_variables
        there = {
            **inputs.settings,
            "original": inputs.original,
            "avatars": avatars,
            "sensitive_avatars": avatars,
            "release": avatars,
            "holdout": inputs.holdout,
            "target": inputs.target,
            "sensitive": inputs.target,
            "known_variables": known,
            "quasi_identifiers": inputs.known_variables,
            "avatarizer": inputs.avatarizer,
        }
        wanted = inspect.signature(self.function).parameters
        given = {name: there[name] for name in wanted if there.get(name) is not None}
        return self.function(**given)

    def rounded(self, value: float) -> float | None:
        """Round a figure to what it is shown with.

        Parameters
        ----------
        value : float
            The figure.

        Returns
        -------
        float or None
            Percentages with two decimals, counts as they are, all else with four significant
            digits; None for NaN.

        Examples
        --------
        >>> from avatars.metrics import METRICS
        >>> METRICS["hidden_rate"].rounded(97.33333), METRICS["hellinger_mean"].rounded(0.079024)
        (97.33, 0.07902)
        """
        if not math.isfinite(value):
            return None
        if self.unit == "count":
            return float(value)
        return round(float(value), 2) if self.unit == "percent" else float(f"{value:.4g}")


def _info(
    function: Callable[..., Any],
    unit: Any,
    direction: Any,
    *,
    best: float,
    bounds: tuple[float, float],
    family: Any,
    criterion: str,
    source: str,
    name: str = "",
    paired: bool = False,
    needs: tuple[str, ...] = (),
) -> MetricInfo:
    return MetricInfo(
        name=name or function.__name__,
        family=family,
        direction=direction,
        best=best,
        bounds=bounds,
        unit=unit,
        alignment="paired" if paired else "any",
        needs=frozenset(needs),
        criterion=criterion,
        source=source,
        function=function,
    )


_PAPER = "Guillaudeux et al., npj Digital Medicine 6, 37 (2023)"
_CLIENT = "documented client of the published method"
_OURS = "this package"
_PERCENT, _SHARE, _ANY = (0.0, 100.0), (0.0, 1.0), (0.0, math.inf)

_percent = partial(
    _info, unit="percent", direction="higher", best=100.0, bounds=_PERCENT, family="privacy"
)
_distance = partial(_info, direction="higher", family="privacy", criterion="singling out")
_attack = partial(_info, direction="lower", family="attack", needs=("holdout",))
_risk = partial(_attack, unit="risk", best=0.0, bounds=(-1.0, 1.0))
_auc = partial(_attack, unit="auc", best=0.5, bounds=_SHARE, criterion="membership")
_signal = partial(_info, family="signal", criterion="utility")
_loss = partial(_signal, direction="lower", best=0.0)
_kept = partial(_signal, unit="share", direction="higher", best=1.0, bounds=_SHARE)

_ALL = (
    _percent(privacy.hidden_rate, paired=True, criterion="singling out", source=_PAPER),
    _distance(
        privacy.local_cloaking, "count", best=math.inf, bounds=_ANY, paired=True, source=_PAPER
    ),
    _distance(privacy.distance_to_closest, "distance", best=math.inf, bounds=_ANY, source=_PAPER),
    _distance(privacy.closest_distances_ratio, "ratio", best=1.0, bounds=_SHARE, source=_PAPER),
    _percent(privacy.closest_rate, criterion="singling out", source=_CLIENT),
    _percent(privacy.column_direct_match_protection, criterion="linkability", source=_CLIENT),
    _percent(privacy.row_direct_match_protection, criterion="singling out", source=_CLIENT),
    _percent(
        privacy.categorical_hidden_rate, paired=True, criterion="singling out", source=_CLIENT
    ),
    _percent(
        privacy.correlation_protection_rate,
        paired=True,
        needs=("known_variables",),
        criterion="linkability",
        source=_CLIENT,
    ),
    _percent(privacy.linkability_protection_rate, criterion="linkability", source=_CLIENT),
    _percent(
        privacy.inference_continuous,
        best=math.inf,
        bounds=_ANY,
        needs=("known_variables", "target"),
        criterion="inference",
        source=_CLIENT,
    ),
    _percent(
        privacy.inference_categorical,
        needs=("known_variables", "target"),
        criterion="inference",
        source=_CLIENT,
    ),
    _distance(
        attacks.closer_to_training_share,
        "share",
        direction="nearest",
        best=0.5,
        bounds=_SHARE,
        needs=("holdout",),
        source="Platzer, Reutterer, Frontiers in Big Data 4 (2021)",
    ),
    _distance(
        attacks.k_anonymity,
        "count",
        best=math.inf,
        bounds=_ANY,
        needs=("known_variables",),
        source="Sweeney, IJUFKS 10(5) (2002)",
    ),
    _info(
        attacks.l_diversity,
        "count",
        "higher",
        best=math.inf,
        bounds=_ANY,
        family="privacy",
        needs=("known_variables", "target"),
        criterion="inference",
        source="Machanavajjhala et al., ICDE 2006",
    ),
    _info(
        attacks.t_closeness,
        "distance",
        "lower",
        best=0.0,
        bounds=_SHARE,
        family="privacy",
        needs=("known_variables", "target"),
        criterion="inference",
        source="Li, Li, Venkatasubramanian, ICDE 2007",
    ),
    _risk(
        attacks.singling_out,
        criterion="singling out",
        source="Cohen, Nissim, PNAS 117 (2020)",
    ),
    _risk(
        attacks.linkability,
        criterion="linkability",
        source="Giomi et al., PoPETs 2023(2)",
    ),
    _risk(
        attacks.attribute_inference,
        criterion="inference",
        source="Giomi et al., PoPETs 2023(2)",
    ),
    _auc(attacks.membership_inference, source="Chen et al., ACM CCS 2020"),
    _auc(
        partial(attacks.membership_inference, attack="density"),
        name="membership_inference_density",
        source="van Breugel et al., AISTATS 2023",
    ),
    _auc(
        attacks.shadow_membership,
        needs=("holdout", "avatarizer"),
        source="Stadler et al., USENIX Security 2022",
    ),
    _risk(
        attacks.seed_linkage,
        paired=True,
        needs=("avatarizer",),
        criterion="linkability",
        source="Lautraite et al., arXiv 2608.27037 (2026), through a secondary source",
    ),
    _loss(signal.hellinger_mean, "distance", bounds=_SHARE, source=_CLIENT),
    _loss(signal.hellinger_std, "distance", bounds=_SHARE, source=_CLIENT),
    _loss(signal.multivariate_hellinger, "distance", bounds=_SHARE, source=_CLIENT),
    _loss(signal.correlation_difference, "distance", bounds=(0.0, 2.0), source=_OURS),
    _loss(signal.correlation_difference_ratio, "percent", bounds=_PERCENT, source=_CLIENT),
    _loss(signal.ks_mean, "distance", bounds=_SHARE, source="Kolmogorov, Smirnov, two-sample"),
    _loss(signal.total_variation_mean, "distance", bounds=_SHARE, source="total variation"),
    _loss(signal.wasserstein_mean, "distance", bounds=_ANY, source="Wasserstein, first order"),
    _loss(signal.missing_rate_difference, "share", bounds=_SHARE, source=_OURS),
    _kept(signal.category_coverage, source=_OURS),
    _kept(signal.range_coverage, source=_OURS),
    _kept(signal.contingency_similarity, source="total variation of pairs of columns"),
    _signal(signal.std_ratio, "ratio", "nearest", best=1.0, bounds=_ANY, source=_OURS),
    _loss(
        signal.propensity_auc,
        "auc",
        best=0.5,
        bounds=_SHARE,
        source="Snoke et al., JRSS A 181 (2018)",
    ),
    _signal(
        signal.pmse_ratio,
        "ratio",
        "nearest",
        best=1.0,
        bounds=_ANY,
        source="Snoke et al., JRSS A 181 (2018)",
    ),
    _signal(
        signal.tstr_score,
        "score",
        "higher",
        best=1.0,
        bounds=(-math.inf, 1.0),
        needs=("holdout", "target"),
        source="Esteban et al., arXiv:1706.02633 (2017)",
    ),
    _signal(
        signal.tstr_ratio,
        "ratio",
        "higher",
        best=1.0,
        bounds=(-math.inf, math.inf),
        needs=("holdout", "target"),
        source="Esteban et al., arXiv:1706.02633 (2017)",
    ),
)

METRICS: Mapping[str, MetricInfo] = MappingProxyType({info.name: info for info in _ALL})
"""All metrics by name."""
