"""Metrics as scikit-learn's searches and cross-validations call them.

A scorer of the families "privacy" and "attack" judges the people of the fit and their avatars, with
the test fold as people unseen. A scorer of the family "signal" compares the test fold with the
avatars. The larger a score, the better: what is better small is negated and called ``neg_...``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from avatars.exceptions import InvalidParameterError, shown
from avatars.metrics.registry import METRICS, Inputs, MetricInfo
from avatars.metrics.result import AttackResult
from avatars.tables import Table

__all__ = [
    "AvatarScorer",
    "get_scorer",
    "get_scorer_names",
    "get_scorers",
    "make_avatar_scorer",
]

# Parameters of the estimators that are there for metrics alone, by the names that these know.
_OF_ESTIMATOR = (
    "known_variables",
    "target",
    "closest_rate_percentage_threshold",
    "closest_rate_ratio_threshold",
    "categorical_hidden_rate_variables",
)
_NOT_SETTINGS = {"original", "avatars", "sensitive_avatars", "release", "holdout", "avatarizer"}


@dataclass(frozen=True, repr=False)
class AvatarScorer:
    """One metric as ``scoring=`` of scikit-learn takes it.

    Build it with :func:`get_scorer` or :func:`make_avatar_scorer`.

    Parameters
    ----------
    name : str
        The name of the metric, after ``neg_`` unless higher is better.
    info : MetricInfo
        The metric.
    settings : dict
        Parameters of its function.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import get_scorer
    >>> table = make_patients(200, random_state=0)
    >>> avatarizer = Avatarizer(random_state=0).fit(table.head(100))
    >>> scorer = get_scorer("hidden_rate")
    >>> scorer, scorer(avatarizer, table.tail(100)) > 80
    (AvatarScorer('hidden_rate'), True)
    """

    name: str
    info: MetricInfo
    settings: Mapping[str, Any]

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> float:
        """Score a fitted estimator.

        Parameters
        ----------
        estimator : Avatarizer, AvatarSampler, or a pipeline with one of them
            Fitted in this process; pickles hold no people.
        X : table
            People who were not in the fit: a test fold. Steps of a pipeline before the one that
            makes avatars transform it.
        y : array-like, optional
            What belongs to them, if the fit had it.

        Returns
        -------
        float
            The larger, the better.

        Raises
        ------
        InvalidParameterError
            If the metric needs what there isn't: people unseen, a target, known variables.
        """
        step, X = _avatars_of(estimator, X)
        people, avatars, unseen = step.sensitive_tables(X, y)
        inputs = self._inputs(step, people, avatars, unseen)
        self._refuse_lack(inputs)
        result = self.info.measure(inputs)
        if isinstance(result, AttackResult) and not result.was_run:
            raise InvalidParameterError(
                "scoring", f"{shown(self.info.name)} was not run: {result.reason}."
            )
        return self._signed(float(result))

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self.settings.items())
        return f"AvatarScorer({self.name!r}{settings})"

    def _inputs(self, step: Any, people: Table, avatars: Table, unseen: Table | None) -> Inputs:
        given = {
            name: value
            for name in _OF_ESTIMATOR
            if (value := getattr(step, name, None)) is not None
        }
        if "target" not in given and len(people.schema.columns) == step.n_features_in_ + 1:
            # A sampler's y is the last column, and what a model would be trained to predict.
            given["target"] = people.schema.labels[-1]
        given |= self.settings
        needs_unseen = "holdout" in self.info.needs
        compared = unseen if self.info.family == "signal" and not needs_unseen else None
        return Inputs(
            original=people if compared is None else compared,
            avatars=avatars,
            sensitive_unshuffled=avatars,
            holdout=unseen,
            target=given.pop("target", None),
            known_variables=given.pop("known_variables", None),
            avatarizer=step if hasattr(step, "fit_transform") else None,
            settings=given,
        )

    def _refuse_lack(self, inputs: Inputs) -> None:
        name, needs = shown(self.info.name), self.info.needs
        if "holdout" in needs and inputs.holdout is None:
            raise InvalidParameterError(
                "X",
                f"is the table of the fit, and {name} needs people who were not in it: score on "
                "a test fold, as cross_validate and GridSearchCV do.",
            )
        if "avatarizer" in needs and inputs.avatarizer is None:
            raise InvalidParameterError(
                "scoring", f"{name} draws avatars again and needs an Avatarizer, not a sampler."
            )
        for parameter in ("known_variables", "target"):
            if parameter in needs and getattr(inputs, parameter) is None:
                raise InvalidParameterError(
                    parameter,
                    f"is needed by {name}: set it on the estimator or pass it to get_scorer.",
                )

    def _signed(self, value: float) -> float:
        if self.info.direction == "higher":
            return value
        return -value if self.info.direction == "lower" else -abs(value - self.info.best)


def get_scorer_names() -> list[str]:
    """Return the names of all scorers.

    Returns
    -------
    list of str
        Sorted; a metric that is not better the higher it is has ``neg_`` before its name.

    Examples
    --------
    >>> from avatars.metrics import get_scorer_names
    >>> [name for name in get_scorer_names() if "hellinger" in name]
    ['neg_hellinger_mean', 'neg_hellinger_std', 'neg_multivariate_hellinger']
    """
    return sorted(_scorer_name(info) for info in METRICS.values())


def get_scorer(name: str, **settings: Any) -> AvatarScorer:
    """Return a metric as a scorer.

    Parameters
    ----------
    name : str
        One of :func:`get_scorer_names`. A loss, an attack's risk or area, comes negated; where the
        best figure is neither the least nor the greatest, as for ``std_ratio``, the score is
        minus the distance from it.
    **settings : object
        Parameters of the metric's function, such as ``target``, ``known_variables`` or ``ncp``.
        They take the place of the parameters of the estimator that have these names.

    Returns
    -------
    AvatarScorer
        A callable ``(estimator, X, y=None) -> float``.

    Raises
    ------
    InvalidParameterError
        If there is no such scorer, or the metric has no such parameter.

    Examples
    --------
    >>> from avatars.metrics import get_scorer
    >>> get_scorer("neg_hellinger_mean")
    AvatarScorer('neg_hellinger_mean')
    >>> get_scorer("hellinger_mean")
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter 'name' ... 'neg_hellinger_mean'...
    """
    info = METRICS.get(str(name).removeprefix("neg_"))
    if info is None:
        raise InvalidParameterError(
            "name", f"{shown(name)} is no scorer: get_scorer_names() lists them."
        )
    if name != _scorer_name(info):
        raise InvalidParameterError(
            "name", f"{shown(name)} is no scorer: ask for {shown(_scorer_name(info))}."
        )
    return AvatarScorer(name, info, _checked(info, settings))


def get_scorers(*names: str, **settings: Any) -> dict[str, AvatarScorer]:
    """Return several scorers, for searches that look at more than one figure.

    Parameters
    ----------
    *names : str
        Some of :func:`get_scorer_names`.
    **settings : object
        Parameters of the metrics' functions, each passed to the metrics that have it.

    Returns
    -------
    dict of {name: AvatarScorer}
        In the order asked for.

    Raises
    ------
    InvalidParameterError
        If there is no such scorer, or none of them has such a parameter.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import best_utility, get_scorers
    >>> from sklearn.model_selection import GridSearchCV
    >>> search = GridSearchCV(
    ...     Avatarizer(random_state=0),
    ...     {"k": [5, 20]},
    ...     scoring=get_scorers("hidden_rate", "neg_hellinger_mean"),
    ...     refit=best_utility("neg_hellinger_mean", at_least={"hidden_rate": 80}),
    ...     cv=2,
    ... )
    >>> search.fit(make_patients(200, random_state=0)).best_estimator_.k_ in (5, 20)
    True
    """
    scorers = {name: get_scorer(name) for name in names}
    known = {name: _parameters(scorer.info) for name, scorer in scorers.items()}
    for setting in settings:
        if not any(setting in parameters for parameters in known.values()):
            raise InvalidParameterError(setting, "is a parameter of none of these metrics.")
    return {
        name: replace(scorer, settings={s: v for s, v in settings.items() if s in known[name]})
        for name, scorer in scorers.items()
    }


def make_avatar_scorer(
    function: Callable[..., Any],
    *,
    greater_is_better: bool = True,
    family: Literal["privacy", "signal"] = "privacy",
    **settings: Any,
) -> AvatarScorer:
    """Make a scorer of a function of tables.

    Parameters
    ----------
    function : callable
        Returns a float. It gets what its parameters name: ``original``, ``avatars`` (aligned with
        the people of the fit), ``holdout``, ``target``, ``known_variables``; tables come as
        :class:`avatars.tables.Table`, which all metrics take.
    greater_is_better : bool, default=True
        False negates it. A function of METRICS knows its direction.
    family : {"privacy", "signal"}, default="privacy"
        Whether ``original`` is the people of the fit, or the test fold. A function of METRICS
        knows its family.
    **settings : object
        Parameters of the function.

    Returns
    -------
    AvatarScorer
        A callable ``(estimator, X, y=None) -> float``. Give it a function that can be pickled,
        if several processes are to use it.

    Raises
    ------
    InvalidParameterError
        If the function has no such parameter.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import make_avatar_scorer
    >>> def rows_lost(original, avatars):
    ...     return original.n_rows - avatars.n_rows
    >>> scorer = make_avatar_scorer(rows_lost, greater_is_better=False)
    >>> people = make_patients(100, random_state=0)
    >>> scorer, scorer(Avatarizer(random_state=0).fit(people), people)
    (AvatarScorer('neg_rows_lost'), -0.0)
    """
    info = next((known for known in METRICS.values() if known.function is function), None)
    if info is None:
        needs = {"holdout", "target", "known_variables", "avatarizer"}
        required = {
            name
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.default is parameter.empty
        }
        info = MetricInfo(
            name=getattr(function, "__name__", type(function).__name__),
            family=family,
            direction="higher" if greater_is_better else "lower",
            best=math.inf if greater_is_better else -math.inf,
            bounds=(-math.inf, math.inf),
            unit="score",
            alignment="paired",
            needs=frozenset(needs & required),
            criterion="utility" if family == "signal" else "own",
            source="the caller",
            function=function,
        )
    return AvatarScorer(_scorer_name(info), info, _checked(info, settings))


def _scorer_name(info: MetricInfo) -> str:
    return info.name if info.direction == "higher" else f"neg_{info.name}"


def _parameters(info: MetricInfo) -> set[str]:
    return set(inspect.signature(info.function).parameters) - _NOT_SETTINGS | set(
        info.needs & {"target", "known_variables"}
    )


def _checked(info: MetricInfo, settings: Mapping[str, Any]) -> dict[str, Any]:
    for name in settings:
        if name not in _parameters(info):
            raise InvalidParameterError(name, f"is no parameter of {shown(info.name)}.")
    return dict(settings)


def _avatars_of(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Return the estimator that holds avatars, and X as it was shown to it."""
    if hasattr(estimator, "sensitive_tables"):
        return estimator, X
    for _, step in getattr(estimator, "steps", ()):
        if _holds_avatars(step):
            return _avatars_of(step, X)
        # Samplers act while fitting and step aside afterwards.
        if hasattr(step, "transform"):
            X = step.transform(X)
    raise InvalidParameterError(
        "estimator",
        f"must be an Avatarizer, an AvatarSampler or a pipeline with one, got "
        f"{type(estimator).__name__}.",
    )


def _holds_avatars(step: Any) -> bool:
    return hasattr(step, "sensitive_tables") or any(
        _holds_avatars(inner) for _, inner in getattr(step, "steps", ())
    )
