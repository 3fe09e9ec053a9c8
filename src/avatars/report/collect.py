"""Gather what a report says from the tables and their evaluation."""

from __future__ import annotations

import hashlib
import os
import platform
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from importlib.metadata import version
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from avatars.metrics.meta import meta_metrics
from avatars.metrics.targets import RECIPIENTS, TARGETS_VERSION
from avatars.models import AvatarizationParameters
from avatars.report.data import (
    Check,
    ColumnUtility,
    Parameter,
    ReportData,
    Statement,
    Term,
    Untested,
)
from avatars.report.findings import (
    attack_checks,
    conclusions,
    criterion_findings,
    figure_checks,
)
from avatars.report.guarded import figures_of, guarded, guarded_columns
from avatars.report.snippet import NOT_SHOWN, SEEDS, snippet
from avatars.report.summary import column_facts, column_utility, label_text
from avatars.report.words import (
    ALWAYS_UNTESTED,
    CONTEXTS,
    LIMITATIONS,
    NOT_COVERED,
    NOT_PART,
    PROVED,
    TERMS,
    WORDS,
)
from avatars.tables import Table
from avatars.tables.sources import to_frame

if TYPE_CHECKING:
    from avatars.metrics.evaluation import Evaluation

__all__ = ["collect", "release_digest"]

_MEANINGS = {
    "individual_level": "Whether each row is one person.",
    "shuffle": "Whether avatars are released in random order; if not, row i leads to person i.",
    "types": "What columns mean where their dtype doesn't say.",
    "primary_key": "The column that names the rows; fresh values are issued for it.",
}
_PLURALS = {"numeric": "numeric", "category": "categories", "identifier": "identifiers (left out)"}
_WORST = 5


def release_digest(avatars: Any) -> tuple[str, Literal["file", "CSV"]]:
    r"""Return the SHA-256 by which a release is recognised.

    Parameters
    ----------
    avatars : table
        The path of a file, whose bytes count; or a frame, which counts as the CSV file that
        ``frame.to_csv(index=False, lineterminator="\n")`` writes.

    Returns
    -------
    digest : str
        64 hexadecimal digits.
    form : {"file", "CSV"}
        What was digested.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.report.collect import release_digest
    >>> release_digest(pd.DataFrame({"age": [41, 50]}))[0][:8]
    '025d63aa'
    """
    if isinstance(avatars, (str, os.PathLike)):
        return hashlib.sha256(Path(avatars).read_bytes()).hexdigest(), "file"
    text = to_frame(avatars, name="avatars").to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), "CSV"


def collect(
    original: Table,
    avatars: Table,
    evaluation: Evaluation,
    *,
    digest: tuple[str, Literal["file", "CSV"]],
    parameters: Mapping[str, Any] | None,
    reasons: Mapping[str, str],
    show_seed: bool,
    given: Mapping[str, Any],
    random_state: int = 0,
    guarantee: Mapping[str, Any] | None = None,
) -> ReportData:
    """Gather a report's content.

    Parameters
    ----------
    original, avatars : Table
        The people and the release, in one schema.
    evaluation : Evaluation
        What was measured.
    digest : tuple of str
        What ``release_digest`` gives.
    parameters : mapping or None
        How the avatars were made, as far as it is known.
    reasons : mapping of {parameter: str}
        Why parameters were chosen.
    show_seed : bool
        Whether the seed among the parameters is printed.
    given : mapping of {parameter: object}
        What else the report was made from, for the lines that make it again: labels as they are,
        tables and estimators by the names that they have there.
    random_state : int, default=0
        As in :func:`avatars.report.report`.
    guarantee : mapping, optional
        What differential privacy promises, as ``Guarantee.described`` gives it.

    Returns
    -------
    ReportData
        Plain values: no row, no cell, no rare level of the people.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.evaluation import evaluate
    >>> from avatars.metrics.space import read_together
    >>> from avatars.report.collect import collect, release_digest
    >>> people, release = (make_patients(60, random_state=seed) for seed in (0, 1))
    >>> data = collect(
    ...     *read_together(people, release), evaluate(people, release),
    ...     digest=release_digest(release), parameters=None, reasons={}, show_seed=False,
    ...     given={},
    ... )
    >>> data.n_original, data.release_form
    (60, 'CSV')
    """
    attacks = attack_checks(evaluation.attacks, evaluation.targets)
    tables = guarded(original, avatars)
    measured = guarded_columns(*tables, random_state=random_state)
    kept = _guarded_signal(evaluation.signal[0], figures_of(*tables, measured))
    privacy, signal = _figures(evaluation.privacy), _figures([kept])
    missing, targets = evaluation.not_computed, evaluation.targets
    distances = figure_checks(privacy, missing, targets, "distance")
    utility = figure_checks(signal, missing, targets, "utility")
    columns = column_utility(original, avatars, measured)
    settings = dict(parameters or {})
    seed = _seed(settings) if show_seed else None
    return ReportData(
        name=label_text(evaluation.name),
        created=datetime.now(UTC).replace(microsecond=0),
        release_sha256=digest[0],
        release_form=digest[1],
        n_original=evaluation.n_original,
        n_avatars=evaluation.n_avatars,
        n_holdout=evaluation.n_holdout,
        n_columns=len(original.schema.columns),
        context=evaluation.context,
        context_sentence=_context_sentence(evaluation.context),
        targets=dict(targets),
        space=_space(evaluation.privacy),
        findings=criterion_findings(attacks),
        conclusions=conclusions(attacks, distances),
        attacks=attacks,
        distances=distances,
        untested=_untested([*attacks, *distances], is_proved=guarantee is not None),
        column_facts=column_facts(original, avatars),
        parameters=_parameters(settings, reasons),
        guarantee=_promised(guarantee),
        avatarization_seed=seed,
        utility=utility,
        column_utility=columns,
        worst_columns=_worst(columns),
        meta=_meta(evaluation, kept),
        snippet=snippet(evaluation, settings, seed, given),
        glossary=_glossary([*attacks, *distances, *utility]),
        limitations=LIMITATIONS,
        software=_software(),
        seconds={name: round(value, 2) for name, value in evaluation.seconds.items()},
    )


def _seed(settings: Mapping[str, Any]) -> str | None:
    seeds = (settings[name] for name in SEEDS if isinstance(settings.get(name), Integral))
    return next((str(seed) for seed in seeds), None)


def _guarded_signal(signal: dict[str, Any], figures: Mapping[str, float]) -> dict[str, Any]:
    """Put the figures of guarded tables in the place of those that could be worked backwards."""

    def replaced(part: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: figures[key] if key in figures and value is not None else value
            for key, value in part.items()
        }

    metadata = replaced(signal["metadata"])
    metadata["other_metrics"] = replaced(metadata["other_metrics"])
    return {**replaced(signal), "metadata": metadata}


def _meta(evaluation: Evaluation, signal: dict[str, Any]) -> dict[str, float | None]:
    plain = {key: value for key, value in signal.items() if value == value}
    summed = meta_metrics({"targets": {}}, plain)
    return {
        name: _plain(summed[name] if name.startswith("meta_signal") else value)
        for name, value in evaluation.meta.items()
    }


def _figures(bundle: list[dict[str, Any]]) -> dict[str, Any]:
    figures, metadata = bundle[0], bundle[0]["metadata"]
    ordered = {}
    for key, value in {**figures, **metadata["other_metrics"]}.items():
        if key in WORDS:
            ordered[key] = value
        # A distance says little without what chance alone gives: the two stand together.
        if key == "hellinger_mean":
            ordered["hellinger_reference"] = metadata["hellinger_reference"]
    return ordered


def _space(bundle: list[dict[str, Any]]) -> str:
    space = bundle[0]["metadata"]["space"]
    kinds = Counter(space["types"].values())
    columns = ", ".join(
        f"{number} {kind if number == 1 else _PLURALS[kind]}" for kind, number in kinds.items()
    )
    return (
        f"Distances are measured on {space['ncp']} axes, fitted on the people; columns: {columns}; "
        f"gaps: {space['gaps']}."
    )


def _plain(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _context_sentence(context: str) -> str:
    preset = RECIPIENTS.get(context, context)
    sentence = CONTEXTS.get(preset, "The targets were given by the author of this report.")
    return f"{sentence} Targets of version {TARGETS_VERSION}; see the limits of conventions below."


def _untested(checks: list[Check], *, is_proved: bool = False) -> list[Untested]:
    by_reason: dict[str, list[str]] = {}
    for check in checks:
        if check.status == "not run" and check.reason is not None:
            by_reason.setdefault(check.reason, []).append(check.title)
    skipped = [
        Untested(title=", ".join(titles), reason=f"Not run: {reason}.")
        for reason, titles in by_reason.items()
    ]
    always = [*ALWAYS_UNTESTED[:-1], PROVED] if is_proved else ALWAYS_UNTESTED
    fixed = [Untested(title=title, reason=reason) for title, reason in [*always, *NOT_PART]]
    return skipped + fixed


def _promised(guarantee: Mapping[str, Any] | None) -> list[Statement]:
    """Spell what differential privacy promises, on what that rests, and where it ends."""
    if guarantee is None:
        return []
    epsilon, delta = guarantee["epsilon"], guarantee["delta"]
    columns_of: dict[str, list[str]] = {}
    for label, origin in guarantee["origins"].items():
        columns_of.setdefault(origin, []).append(label_text(label))
    origins = [
        f"{origin[0].upper()}{origin[1:]} \N{EN DASH} {', '.join(labels)}."
        for origin, labels in columns_of.items()
    ]
    said = {
        "Guarantee": f"Epsilon {epsilon:g} at delta {delta:g}, of the release alone.",
        "Unit of privacy": f"{guarantee['unit']}. A person with several rows has less.",
        "Neighbouring relation": f"{guarantee['neighbours']}.",
        "Paid as": f"{guarantee['rho']:.3g} of zero-concentrated differential privacy.",
        "Releases of this table": (
            "This is said of one of them. Of several together a privacy ledger keeps account."
        ),
        "Bounds and levels": " ".join(origins) or "There are none.",
        "Not covered": NOT_COVERED,
    }
    return [Statement(title=title, text=text[0].upper() + text[1:]) for title, text in said.items()]


def _parameters(settings: Mapping[str, Any], reasons: Mapping[str, str]) -> list[Parameter]:
    fields = AvatarizationParameters.model_fields
    shown = []
    for name, value in settings.items():
        meaning = _MEANINGS.get(name) or (fields[name].description if name in fields else "")
        is_default = value is None and name not in reasons
        if is_default or name in NOT_SHOWN or (meaning or "").startswith("Metrics:"):
            continue
        shown.append(
            Parameter(
                name=label_text(name),
                value="default" if value is None else _spelt(value),
                meaning=meaning or "",
                reason=reasons.get(name),
            )
        )
    return shown


def _spelt(value: Any) -> str:
    """Spell a setting; of an object that isn't one, name the type alone."""
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, (str, bool, int, float)):
        return label_text(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{label_text(key)}: {_spelt(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple, set)):
        return ", ".join(_spelt(part) for part in value)
    return type(value).__name__


def _worst(columns: list[ColumnUtility]) -> list[str]:
    moved = [column for column in columns if column.hellinger is not None]
    moved.sort(key=lambda column: -(column.hellinger or 0))
    return [column.name for column in moved[:_WORST]]


def _glossary(checks: list[Check]) -> list[Term]:
    words = [*TERMS, *(WORDS[check.key] for check in checks if check.key in WORDS)]
    return [Term(title=word.title, formula=word.formula, text=word.text) for word in words]


def _software() -> dict[str, str]:
    packages = ("avatars", "numpy", "scipy", "pandas", "scikit-learn")
    return {"Python": platform.python_version(), **{name: version(name) for name in packages}}
