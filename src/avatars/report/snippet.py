"""The lines that make a report again: names of columns and settings, no seed and no cell."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from avatars.metrics.targets import get_targets

if TYPE_CHECKING:
    from avatars.metrics.evaluation import Evaluation

__all__ = ["NOT_SHOWN", "SEEDS", "labels_as_code", "snippet"]

SEEDS = {"random_state", "seed"}
NOT_SHOWN = SEEDS | {"manager", "n_jobs", "verbose"}
"""Settings that are kept back, or say where something ran: no avatar depends on those."""


def snippet(
    evaluation: Evaluation, settings: Mapping[str, Any], seed: str | None, given: Mapping[str, Any]
) -> str:
    """Write the lines that make a report again.

    Parameters
    ----------
    evaluation : Evaluation
        For its context and whether people were held out.
    settings : mapping of {parameter: object}
        How the avatars were made.
    seed : str or None
        Their seed, if it may be printed.
    given : mapping of {parameter: str or None}
        What else ``report`` was given, as it is spelt in Python.

    Returns
    -------
    str
        Python; tables and the seed stand by names.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import evaluate
    >>> from avatars.report.snippet import snippet
    >>> people = make_patients(60, random_state=0)
    >>> print(snippet(evaluate(people, people), {"k": 15}, "3", {"target": "'age'"}))
    from avatars import Avatarizer
    from avatars.report import report
    <BLANKLINE>
    # original: the people; holdout: people of the same population who were left out.
    avatarizer = Avatarizer(k=15, random_state=3)
    released = avatarizer.fit_transform(original)
    report(original, released, target='age', context='external').to_html("report.html")
    """
    # Objects that have no spelling stand by their names, as tables do.
    written = {
        name: name if (text := _as_code(value)) is None else text
        for name, value in settings.items()
        if name not in NOT_SHOWN and value is not None
    }
    written["random_state"] = seed or "seed"
    made = ", ".join(f"{name}={text}" for name, text in written.items())
    others = {"holdout": None if evaluation.n_holdout is None else "holdout", **given}
    others["context"] = _context_as_code(evaluation)
    passed = [f"{name}={text}" for name, text in others.items() if text is not None]
    paired = given.get("sensitive_unshuffled") is not None
    return "\n".join(
        [
            "from avatars import Avatarizer",
            "from avatars.report import report",
            "",
            "# original: the people; holdout: people of the same population who were left out.",
            *(["# aligned: the release with row i drawn around person i, sensitive."] * paired),
            *(["# seed: a secret, and not part of this report."] if seed is None else []),
            f"avatarizer = Avatarizer({made})",
            "released = avatarizer.fit_transform(original)",
            f'report(original, released, {", ".join(passed)}).to_html("report.html")',
        ]
    )


def _as_code(value: Any) -> str | None:
    """Spell plain values as Python does, so that no letter in them can act; None for others."""
    value = value.value if isinstance(value, Enum) else value
    if value is None or isinstance(value, (str, bool, int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = [(_as_code(key), _as_code(part)) for key, part in value.items()]
        texts = [None if None in pair else f"{pair[0]}: {pair[1]}" for pair in pairs]
        return _enclosed("{", texts, "}")
    if isinstance(value, (list, tuple)):
        return _enclosed("[", [_as_code(part) for part in value], "]")
    return None


def _enclosed(left: str, texts: list[str | None], right: str) -> str | None:
    plain = [text for text in texts if text is not None]
    return f"{left}{', '.join(plain)}{right}" if len(plain) == len(texts) else None


def _context_as_code(evaluation: Evaluation) -> str:
    if evaluation.context != "custom":
        return repr(evaluation.context)
    usual = get_targets()
    return repr({k: v for k, v in evaluation.targets.items() if usual.get(k) != v})


def labels_as_code(labels: Any, name: str) -> str | None:
    """Spell labels of columns for the lines that make a report again.

    Parameters
    ----------
    labels : label, list or dict of labels, or None
        As they were given.
    name : str
        What stands for labels that have no spelling.

    Returns
    -------
    str or None
        None where none were given.

    Examples
    --------
    >>> from avatars.report.snippet import labels_as_code
    >>> labels_as_code(["age", 3], "known_variables")
    "['age', 3]"
    """
    return None if labels is None else _as_code(labels) or name
