"""``advise``: from a table as people have it to parameters that run, with the reasons."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from avatars.advice.columns import FIELDS, summarised
from avatars.advice.meanings import Meaning, meanings, sentence
from avatars.advice.names import names_identifier, names_known
from avatars.advice.result import Advice
from avatars.advice.rules import Rule, estimated, preset_of, protection_for, rules_for
from avatars.engine.plan import Measures
from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.metrics.targets import get_targets, parsed
from avatars.models import AvatarizationParameters, Protection
from avatars.tables import Table, read_table
from avatars.tables.declared import check_types
from avatars.tables.sources import to_frame

__all__ = ["advise"]

_DTYPES = {
    **dict.fromkeys(("missing_number", "unique_number"), "Int64"),
    **dict.fromkeys(("missing_proportion", "unique_proportion"), "float64"),
    **dict.fromkeys(("mean", "median", "standard_deviation"), "float64"),
    **dict.fromkeys(("is_skewed", "is_rare"), "bool"),
}
_FATES = {"identifier": "issued anew as an identifier", "dropped": "left out"}
_STRAIGHTENED = "its logarithm, or a Yeo-Johnson transform where there are negative numbers"


def advise(
    df: Any,
    *,
    context: str | Mapping[str, str | float] = "external",
    types: Mapping[Any, Any] | None = None,
    primary_key: Hashable | None = None,
    mode: Literal["rules", "search"] = "rules",
    target: Hashable | None = None,
    known_variables: Sequence[Hashable] | None = None,
    holdout_fraction: float = 0.3,
    random_state: int = 0,
) -> Advice:
    """Advise parameters for a table, each with its reason.

    A column that would be refused (names, free text, identifiers, cells of no use) is declared an
    identifier or named in ``drop``: ``Avatarizer(**advice.parameters)`` runs on the table without
    the columns of ``drop``.

    Parameters
    ----------
    df : table
        The people, one per row: whatever ``Avatarizer`` takes.
    context : str or dict of {metric: target}, default="external"
        Where the release goes: "open", "external", "internal", a documented data recipient, or
        targets of your own.
    types : dict of {label: str}, optional
        What columns mean; what is declared isn't questioned.
    primary_key : label, optional
        The column that identifies rows. One is looked for if none is named.
    mode : {"rules", "search"}, default="rules"
        "rules" looks at the table only. "search" also avatarizes a part of the people with up to
        16 settings and measures each against the rest: about a minute for 10,000 people.
    target : label, optional
        Column to predict. A search then counts the score of a model as utility.
    known_variables : list of labels, optional
        Columns that an attacker may know; guessed from their names if not given.
    holdout_fraction : float, default=0.3
        Share of people that a search keeps unseen, between 0 and 1.
    random_state : int, default=0
        Of a search. It isn't advised: the seed of a release is a secret.

    Returns
    -------
    Advice
        Parameters, reasons, and what was found on the way.

    Raises
    ------
    InvalidParameterError
        If a parameter names a column that isn't there, or has a value that can't be used.
    InvalidTableError
        If there is nothing left to avatarize, or too little to search.
    TooFewRowsError
        For a table of five people or fewer.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, on the choice of k.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.advice import advise
    >>> from avatars.datasets import make_patients
    >>> people = make_patients(300, random_state=0)
    >>> people["email"] = [f"{i}@example.org" for i in range(300)]
    >>> advice = advise(people)
    >>> advice.probable_ids, advice.parameters["k"], advice.parameters["protection"]
    (('email',), 20, 'strict')
    >>> Avatarizer(**advice.parameters, random_state=0).fit_transform(people).shape == people.shape
    True
    """
    targets = get_targets(context)
    preset = preset_of(context)
    if mode not in ("rules", "search"):
        raise InvalidParameterError("mode", "must be 'rules' or 'search'.")
    if not 0 < holdout_fraction < 1:
        raise InvalidParameterError("holdout_fraction", "must lie between 0 and 1.")
    frame = to_frame(df)
    labels: list[Hashable] = list(frame.columns)
    declared = check_types(types, labels)
    _check_labels("primary_key", [] if primary_key is None else [primary_key], labels)
    _check_labels("target", [] if target is None else [target], labels)
    asked = AvatarizationParameters.checked(known_variables=known_variables)
    _check_labels("known_variables", asked.known_variables or [], labels)
    protection = protection_for(len(frame), preset)
    measures = Measures.of(Protection(protection.value), len(frame))
    found = meanings(frame, declared, primary_key, few=measures.few if measures else 0)
    key = primary_key if primary_key is not None else _primary_key(found)
    drop = tuple(meaning.look.label for meaning in found if meaning.kind == "dropped")
    said = {m.look.label: m.declared for m in found if m.declared and m.look.label != key}
    kept = frame.loc[:, [meaning.kind != "dropped" for meaning in found]]
    if all(meaning.kind in ("identifier", "dropped") for meaning in found):
        raise InvalidTableError(
            f"the table has {len(found)} columns and nothing to avatarize: all of them identify "
            "people or can't be read. Add columns, or say with types={...} what they mean."
        )
    used = [label for label in [target, *(known_variables or [])] if label is not None]
    _check_use(used, found)
    table = read_table(kept, types=said or None, primary_key=key)
    rules = {"protection": protection, **rules_for(table, preset, Protection(protection.value))}
    known = _known(found, known_variables, target)
    parameters: dict[str, Any] = {
        **{name: rule.value for name, rule in rules.items()},
        "types": said or None,
        "primary_key": key,
        "known_variables": list(known) or None,
        "target": target,
    }
    front, limit = None, parsed(targets["membership_inference"])[1]
    if mode == "search":
        front, tried = _searched(
            table, parameters, targets, holdout_fraction=holdout_fraction, random_state=random_state
        )
        rules |= tried
        parameters |= {name: rule.value for name, rule in tried.items() if name != "search"}
    reasons = {name: rule.reason for name, rule in rules.items()}
    return Advice(
        context=preset,
        n_rows=len(frame),
        parameters=parameters,
        drop=drop,
        reasons=reasons | _reasons(found, key, known, known_variables),
        probable_ids=tuple(m.look.label for m in found if m.kind == "identifier"),
        columns=_columns(found),
        known_variables=known,
        hints=_hints(found),
        estimate=estimated(table, parameters),
        front=front,
        membership_limit=limit,
    )


def _check_labels(parameter: str, named: Sequence[Hashable], labels: list[Hashable]) -> None:
    for label in named:
        if label not in labels:
            raise InvalidParameterError(
                parameter, f"names column {shown(label)}, which the table doesn't have."
            )


def _check_use(labels: Sequence[Hashable], found: Sequence[Meaning]) -> None:
    for meaning in found:
        if meaning.look.label in labels and meaning.kind in ("identifier", "dropped"):
            raise InvalidParameterError(
                "types",
                f"must say what column {shown(meaning.look.label)} means, which is to be known or "
                f"predicted: as it is, it would be {_FATES[meaning.kind]}.",
            )


def _primary_key(found: Sequence[Meaning]) -> Hashable | None:
    """Return the likeliest of the identifiers that name every row once."""
    keys = [
        meaning.look.label
        for meaning in found
        if meaning.kind == "identifier" and meaning.look.n_distinct == meaning.look.n_rows
    ]
    return min(keys, key=lambda label: not names_identifier(label), default=None)


def _known(
    found: Sequence[Meaning], given: Sequence[Hashable] | None, target: Hashable | None
) -> tuple[Hashable, ...]:
    if given is not None:
        return tuple(given)
    return tuple(
        meaning.look.label
        for meaning in found
        if meaning.kind in ("numeric", "category")
        and names_known(meaning.look.label)
        and meaning.look.n_missing < meaning.look.n_rows / 5
        and meaning.look.label != target
    )


def _reasons(
    found: Sequence[Meaning],
    key: Hashable | None,
    known: tuple[Hashable, ...],
    given: Sequence[Hashable] | None,
) -> dict[str, str]:
    reasons = {
        f"column {shown(meaning.look.label)}": _capital(sentence(meaning))
        for meaning in found
        if meaning.reason
    }
    if key is not None:
        reasons["primary_key"] = f"Column {shown(key)} names every row once."
    if known and given is None:
        listed = ", ".join(shown(label) for label in known[:5])
        more = f" and {len(known) - 5} more" if len(known) > 5 else ""
        reasons["known_variables"] = (
            f"Guessed from their names, as what others often know of a person: {listed}{more}."
        )
    repeated = [
        f"{shown(look.label)} ({look.told_distinct} distinct values in {look.told_present} cells)"
        for look in (meaning.look for meaning in found if meaning.kind == "identifier")
        if 0 < look.n_distinct < look.n_present
    ]
    if repeated:
        reasons["individual_level"] = (
            f"Identifiers repeat: {', '.join(repeated[:5])}. If one of them names the people, "
            "bring each into one row first, since it is rows that are protected."
        )
    return reasons


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _columns(found: Sequence[Meaning]) -> pd.DataFrame:
    records = [{**summarised(m.look, m.kind), "kind": m.kind} for m in found]
    # Labels may be tuples and modes of any type: objects, and nothing that pandas may unpack.
    return pd.DataFrame(
        {
            field: pd.Series(
                [record[field] for record in records], dtype=_DTYPES.get(field, object)
            )
            for field in (*FIELDS, "kind")
        }
    )


def _hints(found: Sequence[Meaning]) -> dict[Hashable, str]:
    hints: dict[Hashable, str] = {}
    for meaning in found:
        if meaning.kind == "numeric" and summarised(meaning.look, "numeric")["is_skewed"]:
            hints[meaning.look.label] = (
                f"Column {shown(meaning.look.label)} is skewed, so that few people make its "
                f"distances: put {_STRAIGHTENED}, in its place and undo it afterwards, or give the "
                "column less weight with column_weights."
            )
    return hints


def _searched(
    table: Table,
    parameters: Mapping[str, Any],
    targets: Mapping[str, str],
    *,
    holdout_fraction: float,
    random_state: int,
) -> tuple[pd.DataFrame, dict[str, Rule]]:
    from avatars.advice.search import MOST, chosen, swept

    shared = {
        name: value
        for name, value in parameters.items()
        if name.startswith("imputation") or name == "use_categorical_reduction"
    }
    front = swept(
        table,
        shared,
        targets,
        n_axes=parameters["ncp"] or 1,
        target=parameters["target"],
        holdout_fraction=holdout_fraction,
        random_state=random_state,
    )
    row, rule = chosen(front, targets)
    front["is_advised"] = front.index == row
    names = ("k", "ncp", "protection")
    tried = {
        name: Rule(front[name].tolist()[row], "Chosen by the search, see 'search'.")
        for name in names
    }
    if table.n_rows > MOST:
        sampled = f" A sample of {MOST} of {table.n_rows} people was avatarized."
        rule = Rule(rule.value, rule.reason + sampled)
    return front, {**tried, "search": rule}
