"""Everything that can be said of one release, in one call."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.metrics.bundles import (
    ALL_PRIVACY,
    ALL_SIGNAL,
    ATTACKS,
    privacy_dict,
    signal_dict,
)
from avatars.metrics.measured import Measured, read_inputs
from avatars.metrics.meta import meta_metrics
from avatars.metrics.result import AttackResult
from avatars.metrics.signal import by_column
from avatars.metrics.space import Types
from avatars.metrics.targets import get_targets
from avatars.tables import Table
from avatars.tables.sources import to_frame

__all__ = ["Evaluation", "evaluate", "evaluation_digest"]

# Without a key, who holds a digest could try tables out until one gives it.
_KEY = secrets.token_bytes(32)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What was measured of one release, what wasn't, and why not.

    Parameters
    ----------
    name : str
        The name of the table.
    privacy, signal : list of one dict
        As :func:`privacy_metrics` and :func:`signal_metrics` return them.
    attacks : list of AttackResult
        One per attack in METRICS, those that could not be run with the reason.
    meta : dict
        As :func:`meta_metrics` returns it.
    columns : DataFrame
        Figures by column: :func:`avatars.metrics.signal.by_column`.
    context : str
        Where the release goes; "custom" for targets of the caller's own.
    targets : dict of {metric: str}
        What the figures should reach there.
    not_computed : dict of {metric: str}
        Why a figure or an attack isn't there.
    seconds : dict of {metric: float}
        How long each took.
    n_original, n_avatars : int
        Rows of the two tables.
    n_holdout : int or None
        Rows of the hold-out, if there was one.
    digests : dict of {"original", "avatars", "holdout": str or None}
        :func:`evaluation_digest` of each table as it was given, None for no hold-out.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import evaluate
    >>> people = make_patients(100, random_state=0)
    >>> evaluate(people, people)
    Evaluation('table': 100 people, 100 avatars, no hold-out, ... figures, 0 attacks run)
    """

    name: str
    privacy: list[dict[str, Any]]
    signal: list[dict[str, Any]]
    attacks: list[AttackResult]
    meta: dict[str, Any]
    columns: pd.DataFrame
    context: str
    targets: dict[str, str]
    not_computed: dict[str, str]
    seconds: dict[str, float]
    n_original: int
    n_avatars: int
    n_holdout: int | None
    digests: dict[str, str | None]

    def __repr__(self) -> str:
        unseen = "no hold-out" if self.n_holdout is None else f"{self.n_holdout} people unseen"
        figures = len(ALL_PRIVACY) + len(ALL_SIGNAL)
        missing = sum(name in self.not_computed for name in (*ALL_PRIVACY, *ALL_SIGNAL))
        run = sum(result.was_run for result in self.attacks)
        return (
            f"Evaluation({self.name!r}: {self.n_original} people, {self.n_avatars} avatars, "
            f"{unseen}, {figures - missing} figures, {run} attacks run)"
        )


def evaluate(
    original: Any,
    avatars: Any,
    *,
    holdout: Any = None,
    sensitive_unshuffled: Any = None,
    avatarizer: Any = None,
    known_variables: Sequence[Hashable] | None = None,
    target: Hashable | None = None,
    context: str | Mapping[str, str | float] = "external",
    ncp: int = 5,
    types: Types | None = None,
    random_state: int = 0,
    name: str = "table",
) -> Evaluation:
    """Measure all there is to measure of one release, reading each table once.

    Ranges and good directions are those of METRICS; figures that can't be computed have a reason.
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
        What made the release, for the attacks that draw it again: it is cloned, not changed.
    known_variables : list of labels, optional
        What an attacker may know.
    target : label, optional
        What an attacker may want to know, and what a model predicts.
    context : str or dict, default="external"
        As in :func:`get_targets`.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Of what is drawn at random: the same call gives the same figures.
    name : str, default="table"
        What the evaluation calls the table.

    Returns
    -------
    Evaluation
        Figures, attacks, targets and reasons.

    Raises
    ------
    InvalidInputError
        If a table can't be read with the schema of ``original``, or a parameter names a column
        that isn't there.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import evaluate
    >>> table = make_patients(300, random_state=0)
    >>> people, unseen = table.head(200), table.tail(100)
    >>> released = Avatarizer(random_state=0).fit_transform(people)
    >>> aligned = Avatarizer(random_state=0, shuffle=False).fit_transform(people)
    >>> found = evaluate(people, released, holdout=unseen, sensitive_unshuffled=aligned)
    >>> found.privacy[0]["hidden_rate"] > 80, found.n_holdout
    (True, 100)
    >>> [result.attack for result in found.attacks if not result.was_run]
    ['shadow_membership', 'seed_linkage']
    """
    targets = get_targets(context)
    inputs = read_inputs(
        original,
        avatars,
        holdout=holdout,
        sensitive_unshuffled=sensitive_unshuffled,
        avatarizer=avatarizer,
        known_variables=known_variables,
        target=target,
        types=types,
        settings={"ncp": ncp, "random_state": random_state},
    )
    described = {"table_name": name, "computation_type": "standalone", "reference": None}
    attacks = Measured.of(inputs, ATTACKS)
    guarded, kept = Measured.of(inputs, ALL_PRIVACY), Measured.of(inputs, ALL_SIGNAL)
    privacy = [privacy_dict(inputs, guarded, attacks.results, targets, described)]
    signal = [signal_dict(inputs, kept, targets, described)]
    started = time.perf_counter()
    columns = by_column(inputs.original, inputs.avatars, random_state=random_state)
    by_column_took = {"by_column": time.perf_counter() - started}
    not_run = {r.attack: r.reason for r in attacks.results if r.reason is not None}
    return Evaluation(
        name=name,
        privacy=privacy,
        signal=signal,
        attacks=attacks.results,
        meta=meta_metrics(privacy, signal),
        columns=columns,
        context=context if isinstance(context, str) else "custom",
        targets=targets,
        not_computed={**guarded.reasons, **kept.reasons, **not_run},
        seconds={**attacks.seconds, **guarded.seconds, **kept.seconds, **by_column_took},
        n_original=inputs.original.n_rows,
        n_avatars=inputs.avatars.n_rows,
        n_holdout=None if inputs.holdout is None else inputs.holdout.n_rows,
        digests={
            "original": evaluation_digest(original),
            "avatars": evaluation_digest(avatars),
            "holdout": None if holdout is None else evaluation_digest(holdout),
        },
    )


def evaluation_digest(table: Any) -> str:
    """Return what tells in this process whether two tables hold the same rows, in any order.

    Columns may stand in another order too. The digest is keyed with a secret of the process: no
    value can be guessed from it, and another process gives the same table another digest.

    Parameters
    ----------
    table : table
        As :func:`evaluate` takes it. Its index doesn't count.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.evaluation import evaluation_digest
    >>> people = make_patients(100, random_state=0)
    >>> evaluation_digest(people) == evaluation_digest(people[::-1])
    True
    >>> evaluation_digest(people) == evaluation_digest(people.assign(age=40))
    False
    """
    if isinstance(table, Table):
        rows: NDArray[np.uint64] = table.row_hashes()
        labels = list(table.schema.labels)
    else:
        frame = to_frame(table)
        labels = sorted(frame.columns, key=_spelt)
        hashed = pd.util.hash_pandas_object(frame[labels], index=False)
        rows = np.asarray(hashed, dtype=np.uint64).reshape(-1)
    state = hashlib.blake2b(key=_KEY, digest_size=32)
    state.update("\n".join(map(_spelt, labels)).encode("utf-8", "surrogatepass"))
    state.update(np.sort(np.asarray(rows, dtype=np.uint64)).tobytes())
    return state.hexdigest()


def _spelt(label: Hashable) -> str:
    # 1 is another label than "1".
    return f"{type(label).__name__} {label}"
