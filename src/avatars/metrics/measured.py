"""One reading of the tables, and one place where metrics of them are computed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from avatars.exceptions import (
    AlignmentWarning,
    AvatarsError,
    InvalidParameterError,
    InvalidTableError,
    shown,
)
from avatars.metrics.holdout import check_holdout
from avatars.metrics.registry import METRICS, Inputs, MetricInfo
from avatars.metrics.result import AttackResult
from avatars.metrics.space import Types, only, read_pair
from avatars.tables import Table, conform_together, read_table

__all__ = ["Measured", "read_inputs"]

_UNRELATED = "the rows of sensitive_unshuffled look unrelated to the people"

# Which kind of target an inference metric speaks of.
_KIND_OF_TARGET = {"inference_continuous": "numeric", "inference_categorical": "category"}


@dataclass(frozen=True)
class Measured:
    """Figures of several metrics, why others aren't there, and how long each took.

    Parameters
    ----------
    values : dict of {name: float, AttackResult or None}
        The figures as they are; None where there is none.
    reasons : dict of {name: str}
        Why.
    seconds : dict of {name: float}
        How long each took.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.measured import Measured, read_inputs
    >>> people = make_patients(100, random_state=0)
    >>> inputs = read_inputs(people, people, settings={})
    >>> Measured.of(inputs, ["hellinger_mean", "hidden_rate"]).values
    {'hellinger_mean': 0.0, 'hidden_rate': None}
    """

    values: Mapping[str, Any]
    reasons: Mapping[str, str]
    seconds: Mapping[str, float]

    @classmethod
    def of(cls, inputs: Inputs, names: Iterable[str]) -> Measured:
        """Compute metrics of tables that were read; those that can't be give a reason.

        Parameters
        ----------
        inputs : Inputs
            What ``read_inputs`` returns.
        names : iterable of str
            Names of METRICS.

        Returns
        -------
        Measured
            Of these metrics, in their order.
        """
        values: dict[str, Any] = {}
        reasons: dict[str, str] = {}
        seconds: dict[str, float] = {}
        for name in names:
            started = time.perf_counter()
            info = METRICS[name]
            if info.family == "attack":
                values[name] = _attacked(info, inputs)
            else:
                values[name], reason = _measured(info, inputs)
                if reason is not None:
                    reasons[name] = reason
            seconds[name] = time.perf_counter() - started
        return cls(values, reasons, seconds)

    @property
    def results(self) -> list[AttackResult]:
        """Give the results of attacks.

        Returns
        -------
        list of AttackResult
            Those not run included.
        """
        return [value for value in self.values.values() if isinstance(value, AttackResult)]


def read_inputs(
    original: Any,
    avatars: Any,
    *,
    settings: Mapping[str, Any],
    types: Types | None = None,
    holdout: Any = None,
    sensitive_unshuffled: Any = None,
    avatarizer: Any = None,
    known_variables: Sequence[Hashable] | None = None,
    target: Hashable | None = None,
    exclude_variable_names: Sequence[Hashable] | None = None,
) -> Inputs:
    """Read every table once, with one schema, and check the names of columns.

    Parameters
    ----------
    original, avatars : table
        The people and the release.
    settings : dict
        Parameters of metrics; None stands for their own defaults.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    holdout, sensitive_unshuffled, avatarizer, known_variables, target : object, optional
        As in :class:`Inputs`.
    exclude_variable_names : list of labels, optional
        Columns to leave out. A generator knows the columns of its table and not what is left of
        them, so that attacks which draw avatars again are not run then.

    Returns
    -------
    Inputs
        With a Table for each table.

    Raises
    ------
    InvalidTableError
        If a table has other columns, ``sensitive_unshuffled`` isn't the release in another
        order, or ``holdout`` contains people of the table.
    InvalidParameterError
        If a parameter names a column that isn't there, ``avatars`` is None, or ``random_state`` is
        no whole number from 0.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.measured import read_inputs
    >>> people = make_patients(100, random_state=0)
    >>> read_inputs(people, people, settings={}, exclude_variable_names=["age"]).original
    Table(100 rows, 12 columns: 'sex' category, 'height' numeric, ...
    """
    if avatars is None:
        raise InvalidParameterError("avatars", "is None: pass the release.")
    seed = settings.get("random_state", 0)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InvalidParameterError(
            "random_state",
            f"must be a whole number from 0, got one of type {type(seed).__name__}: figures that "
            "nobody can repeat prove nothing. Pass 0, say.",
        )
    if sensitive_unshuffled is not None:
        original, sensitive_unshuffled = read_pair(original, sensitive_unshuffled, types)
    elif not isinstance(original, Table):
        original = read_table(original, name="original", types=types)
    others = {
        "avatars": avatars,
        "holdout": holdout,
        "sensitive_unshuffled": sensitive_unshuffled,
    }
    others = {name: table for name, table in others.items() if table is not None}
    people, *rest = conform_together(original, others)
    read = dict(zip(others, rest, strict=True))
    if sensitive_unshuffled is not None:
        _check_same_release(read["avatars"], read["sensitive_unshuffled"])
    if holdout is not None:
        check_holdout(people, read["holdout"])
    excluded = list(exclude_variable_names or ())
    _check_labels("exclude_variable_names", excluded, people.schema.labels)
    measured = [*people.schema.numeric, *people.schema.categories]
    kept = [column.label for column in measured if column.label not in excluded]
    for parameter, labels in (
        ("known_variables", known_variables),
        ("target", None if target is None else [target]),
        (variables := "categorical_hidden_rate_variables", settings.get(variables)),
    ):
        _check_labels(parameter, labels, kept)
    if excluded:
        parameter = "exclude_variable_names"
        people, *rest = only(kept, people, *rest, parameter=parameter)
        read = dict(zip(others, rest, strict=True))
    return Inputs(
        original=people,
        avatars=read["avatars"],
        sensitive_unshuffled=read.get("sensitive_unshuffled"),
        holdout=read.get("holdout"),
        avatarizer=None if excluded else avatarizer,
        known_variables=None if known_variables is None else list(known_variables),
        target=target,
        settings={name: value for name, value in settings.items() if value is not None},
    )


def _check_same_release(release: Table, aligned: Table) -> None:
    # Paired figures of another table than the one that goes out would say nothing about it.
    if not np.array_equal(np.sort(release.row_hashes()), np.sort(aligned.row_hashes())):
        raise InvalidTableError(
            f"sensitive_unshuffled ({aligned.n_rows} rows) isn't the release ({release.n_rows} "
            "rows) in another order: pass the same fit's avatars, once shuffled and once not."
        )


def _check_labels(parameter: str, asked: Sequence[Hashable] | None, labels: list[Hashable]) -> None:
    if isinstance(asked, str):
        raise InvalidParameterError(parameter, "must be a list of column labels.")
    for label in asked or ():
        if label not in labels:
            raise InvalidParameterError(
                parameter, f"names {shown(label)}, which is no column that is measured here."
            )


def _attacked(info: MetricInfo, inputs: Inputs) -> AttackResult:
    """Carry an attack out, or give its place with the reason why it wasn't."""
    reason = info.lacks(inputs)
    if reason is None:
        try:
            return _named(_aligned(info, inputs), info.name)
        except AlignmentWarning:
            reason = _UNRELATED
        except AvatarsError as error:
            reason = str(error)
    # Without its means an attack gives its place, with the threat in its own words.
    bare = replace(inputs, holdout=None, avatarizer=None, sensitive_unshuffled=inputs.avatars)
    place: AttackResult = info.measure(bare)
    return replace(place, attack=info.name, reason=reason)


def _named(result: AttackResult, name: str) -> AttackResult:
    """Call a result and its parts by the name that METRICS has for the attack."""
    exposed = result.exposed and _named(result.exposed, name)
    columns = {label: _named(part, name) for label, part in result.columns.items()}
    return replace(result, attack=name, exposed=exposed, columns=columns)


def _aligned(info: MetricInfo, inputs: Inputs) -> Any:
    """Compute a metric; what its function only warns of, AlignmentWarning, is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlignmentWarning)
        return info.measure(inputs)


def _measured(info: MetricInfo, inputs: Inputs) -> tuple[float | None, str | None]:
    lacking = info.lacks(inputs) or _other_kind(info, inputs)
    if lacking is not None:
        return None, lacking
    try:
        value = float(_aligned(info, inputs))
    except AlignmentWarning:
        # A shuffled release gives excellent figures that say nothing.
        return None, _UNRELATED
    except AvatarsError as error:
        # Tables and parameters were checked: what is refused here is this figure of this table.
        return None, str(error)
    if not np.isfinite(value):
        return None, "it has no meaning for this table"
    return value, None


def _other_kind(info: MetricInfo, inputs: Inputs) -> str | None:
    wanted = _KIND_OF_TARGET.get(info.name)
    if wanted is None or inputs.target is None:
        return None
    columns = inputs.original.schema.columns
    kind = next((c.kind for c in columns if c.label == inputs.target), None)
    return None if kind == wanted else f"the target is no column of this kind: {wanted}"
