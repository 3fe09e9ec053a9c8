"""What each column is to be taken for, so that the table can be avatarized."""

from __future__ import annotations

import re
import warnings
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from avatars.advice.columns import Look, look_at, told
from avatars.advice.names import names_identifier, names_person
from avatars.exceptions import AvatarsWarning, InvalidColumnError, UnsupportedTypeError, shown
from avatars.tables import read_table
from avatars.tables.declared import as_declared

__all__ = ["Kind", "Meaning", "meanings", "sentence"]

Kind = Literal["numeric", "category", "identifier", "dropped"]

_PEOPLE_PER_KEY = 100
"""Mean people per value up to which a column named like an identifier is one."""
_A_CODE = 20
"""Values up to which such a column is a code, say of an education, and no identifier."""
_A_COUNTER = 20
_FEW_LEVELS = 10
_RARE_LEVELS = 0.05
_TEXT_WORDS, _TEXT_DISTINCT = 5, 0.5
_NEARLY_ALL = 0.9
_LOST = 0.5
"""Share of a category in levels that can't be released from which on it is not worth having."""
_LOOKED_AT = 200
_DATE = re.compile(r"\s*\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}\b")


@dataclass(frozen=True)
class Meaning:
    """What one column is taken for.

    Parameters
    ----------
    look : Look
        The column as it was found.
    kind : {"numeric", "category", "identifier", "dropped"}
        What happens to it.
    declared : str or None
        What ``types`` must say for that; None where the dtype says it.
    reason : str or None
        Why, in one sentence; None where there is nothing to explain.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.meanings import meanings
    >>> frame = pd.DataFrame({"patient_id": range(100, 300, 2)})
    >>> [meaning] = meanings(frame, {}, None, few=5)
    >>> meaning.kind, meaning.declared
    ('identifier', 'identifier')
    """

    look: Look
    kind: Kind
    declared: str | None
    reason: str | None


def meanings(
    frame: pd.DataFrame, types: Mapping[Any, Any], primary_key: Hashable | None, *, few: int
) -> list[Meaning]:
    """Decide what each column of a frame is to be taken for.

    What the caller declared stays declared. Everything else is looked at: first for people who
    could be told apart by it, then for what its dtype hides, and in the end whether it can be read
    like that at all.

    Parameters
    ----------
    frame : DataFrame
        The people.
    types : mapping of label to type
        What the caller declared.
    primary_key : hashable or None
        The caller's primary key.
    few : int
        Fewest people behind a released level.

    Returns
    -------
    list of Meaning
        In the order of the columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.meanings import meanings
    >>> frame = pd.DataFrame({"since": [f"2024-01-{day:02}" for day in range(1, 31)]})
    >>> meanings(frame, {}, None, few=5)[0].declared
    'datetime'
    """
    found = []
    for place, label in enumerate(frame.columns):
        series = frame.iloc[:, place]
        look = look_at(series)
        if primary_key is not None and label == primary_key:
            found.append(Meaning(look, "identifier", None, None))
        elif label in types:
            kind = _kind(series, types[label])
            found.append(Meaning(look, kind, str(_value(types[label])), None))
        else:
            found.append(_meaning(series, look, few))
    return found


def _meaning(series: pd.Series[Any], look: Look, few: int) -> Meaning:
    refusal = None
    for declared, reason in _proposals(series, look, few):
        kind, refused = _tried(series, declared)
        if kind:
            return Meaning(look, kind, declared, reason)
        refusal = refusal or refused
        # What tells people apart must not come in by another door.
        if declared == "identifier":
            break
    return Meaning(look, "dropped", None, refusal)


def _tried(series: pd.Series[Any], declared: str | None) -> tuple[Kind | None, str | None]:
    """Return what a column becomes as declared, or else why it can't be read like that."""
    try:
        return _kind(series, declared), None
    except (InvalidColumnError, UnsupportedTypeError) as error:
        return None, str(error)


def _kind(series: pd.Series[Any], declared: Any) -> Kind:
    """Read one column as a table of its own, and say what it became."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AvatarsWarning)
        types = None if declared is None else {series.name: declared}
        return read_table(series.to_frame(), types=types).schema.columns[0].kind


def _value(declared: Any) -> Any:
    return getattr(declared, "value", declared)


def _proposals(
    series: pd.Series[Any], look: Look, few: int
) -> Iterator[tuple[str | None, str | None]]:
    """Give what a column may be declared as, and why, the best first."""
    why = _tells_apart(look)
    if why:
        yield "identifier", why
    parsed = _hidden_type(series, look) if look.is_text else None
    if parsed:
        yield parsed, _reads_as(parsed)
    if _is_text(series, look):
        yield "identifier", "holds free text, which can't be drawn: fresh values are issued"
    rare = _too_rare(look, few)
    if rare:
        yield "identifier", rare
    code = _code(look, few)
    if code:
        yield "category", code
    yield None, _remark(look, few)


def _tells_apart(look: Look) -> str | None:
    """Say why a column identifies people, None if nothing says so."""
    n, distinct = look.n_present, look.n_distinct
    if distinct <= 2:
        return None
    if look.is_text and names_person(look.label):
        return "is named like something that names people or reaches them: fresh values are issued"
    is_key = look.is_text or (look.numbers is not None and _whole(look))
    if is_key and names_identifier(look.label):
        if distinct == n:
            return f"is named like an identifier and its {look.told_present} cells are all distinct"
        if distinct > _A_CODE and n < _PEOPLE_PER_KEY * distinct:
            return (
                f"is named like an identifier and has {look.told_distinct} distinct values in "
                f"{look.told_present} cells: fresh ones are issued, which cuts its link with other "
                "rows and tables"
            )
    if look.is_integer and look.numbers is not None and n == distinct >= _A_COUNTER:
        if look.levels[-1] - look.levels[0] == n - 1:
            return f"numbers the {look.told_present} rows"
        if not look.n_missing and (np.diff(look.numbers) > 0).all():
            return f"holds {n} distinct whole numbers that rise from row to row, like a register's"
    return None


def _whole(look: Look) -> bool:
    x = look.numbers
    return x is not None and bool(np.isfinite(x).all()) and bool((x == np.rint(x)).all())


def _hidden_type(series: pd.Series[Any], look: Look) -> str | None:
    """Return what strings really are: "int", "float" or "datetime"; None for strings."""
    if isinstance(series.dtype, pd.CategoricalDtype) or look.n_distinct <= _FEW_LEVELS:
        return None
    cells = _some(look)
    digits = [cell for cell in cells if cell.strip().isdigit()]
    # Postcodes and the like: figures of one length, or with zeros in front, are no quantities.
    are_codes = len(digits) == len(cells) and (
        len({len(cell) for cell in cells}) == 1
        or any(cell.startswith("0") and len(cell) > 1 for cell in cells)
    )
    if are_codes:
        return None
    for declared in ("float", "datetime"):
        try:
            as_declared(pd.Series(cells, name=series.name, dtype=object), declared)
            parsed, _ = as_declared(series, declared)
        except InvalidColumnError:
            continue
        return "int" if declared == "float" and parsed.dtype.kind in "iu" else declared
    return None


def _reads_as(parsed: str) -> str:
    what = "moments" if parsed == "datetime" else "numbers"
    return f"holds {what} as strings, which are averaged and come back as {what}"


def _is_text(series: pd.Series[Any], look: Look) -> bool:
    if not look.is_text or look.n_distinct <= _TEXT_DISTINCT * look.n_present:
        return False
    some = _some(look)
    return sum(len(cell.split()) for cell in some) > _TEXT_WORDS * len(some)


def _some(look: Look) -> list[str]:
    return [str(cell) for cell in look.levels[:_LOOKED_AT]]


def _too_rare(look: Look, few: int) -> str | None:
    """Say why too little of a category could be released, None if enough of it can be."""
    held = int(look.counts[look.counts >= few].sum())
    is_category = look.n_distinct > 0 and look.numbers is None and not look.is_moment
    if not is_category or held >= _LOST * look.n_present:
        return None
    if look.is_text and all(map(_DATE.match, _some(look))):
        return (
            "holds dates that aren't written like 2024-12-31: fresh values are issued, parse it "
            "with pandas.to_datetime to keep the dates"
        )
    about = f"holds {look.told_distinct} distinct values in {look.told_present} cells"
    if look.n_distinct > _NEARLY_ALL * look.n_present:
        return f"{about} and tells people apart: fresh values are issued"
    share = told(held, look.n_present) / look.n_present
    return (
        f"{about}, and only {share:.0%} of the cells hold one that {few} people or more "
        "share: fresh values are issued, group its levels to keep it as a category"
    )


def _code(look: Look, few: int) -> str | None:
    """Say why numbers are no quantity, None if they may be one."""
    if look.numbers is None or not _whole(look) or look.n_distinct < 2:
        return None
    if look.n_distinct == 2 and look.counts.min() >= few:
        return "holds two numbers, which are taken for the levels of a category"
    span = float(look.levels[-1] - look.levels[0])
    if (
        3 <= look.n_distinct <= _FEW_LEVELS
        and look.n_distinct < _RARE_LEVELS * look.n_present
        and span > look.n_distinct - 1
        and look.counts.min() >= few
    ):
        return (
            f"holds {look.n_distinct} whole numbers with gaps between them, which are taken for "
            "codes without an order"
        )
    return None


def _remark(look: Look, few: int) -> str | None:
    """Say what its owner should know of a column that is taken as it is."""
    if not look.n_present and look.n_missing:
        return "holds nothing but missing cells: it comes out empty and can be left out"
    if look.n_distinct == 1:
        return "holds one value: it says nothing and can be left out"
    if look.n_missing > look.n_rows / 2:
        return (
            f"has {look.told_missing / look.n_rows:.0%} of its cells missing: what is known of it "
            "rests on few people"
        )
    if look.numbers is not None and 3 <= look.n_distinct <= _FEW_LEVELS and _whole(look):
        return (
            f"holds {look.n_distinct} whole numbers, taken for a quantity: declare it 'category' "
            "if they are codes without an order"
        )
    rare = look.counts < few
    if look.numbers is None and not look.is_moment and rare.any():
        lost = told(int(look.counts[rare].sum()), look.n_present) / look.n_present
        return (
            f"holds {int(rare.sum())} of {look.n_distinct} levels with fewer than {few} people "
            f"each ({lost:.0%} of its cells), which never come out: group levels to keep more"
        )
    return None


def sentence(meaning: Meaning) -> str:
    """Return the reason of a meaning as a sentence that names its column.

    Parameters
    ----------
    meaning : Meaning
        One that has a reason.

    Returns
    -------
    str
        Without a cell of the column.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.advice.meanings import meanings, sentence
    >>> sentence(meanings(pd.DataFrame({"site": ["a"] * 30}), {}, None, few=5)[0])
    "column 'site' holds one value: it says nothing and can be left out."
    """
    reason = meaning.reason or ""
    lead = f"column {shown(meaning.look.label)} "
    return (reason if reason.startswith("column ") else lead + reason).rstrip(".") + "."
