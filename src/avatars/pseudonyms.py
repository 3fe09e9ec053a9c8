"""Invented identifiers for released rows; the people's own are only read to be avoided."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import uuid
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import (
    InvalidColumnError,
    InvalidTableError,
    MissingExtraError,
    shown,
)
from avatars.models import PiiType, Pseudonymization, SpecificIdLetterCase

__all__ = ["pseudonymize"]

Maker = Callable[[int], list[Any]]

# A gap that fewer people than this have is nobody else's business, as in the rest of a release.
_FEW = 5
_SMALLEST_BATCH = 1024
# Ten digits: they survive spreadsheets, floats and JSON.
_LOWEST, _BEYOND = 10**9, 10**10
_NUMBERS = 10**6
_LETTERS = {
    SpecificIdLetterCase.UPPER: string.ascii_uppercase,
    SpecificIdLetterCase.LOWER: string.ascii_lowercase,
    SpecificIdLetterCase.BOTH: string.ascii_letters,
}
_WAYS_OUT = {
    "FAKER": "set high_variability=True, or take another kind",
    "SPECIFIC_ID": "lengthen the pattern",
}


def pseudonymize(
    people: pd.DataFrame,
    frame: pd.DataFrame,
    columns: Mapping[Any, Pseudonymization],
    *,
    seed: int | None,
) -> pd.DataFrame:
    """Give the rows of a release invented identifiers in place of the people's.

    Parameters
    ----------
    people : DataFrame
        The people, whose identifiers are avoided.
    frame : DataFrame
        What is released: the people's columns except those to invent, in any order of rows.
    columns : dict of {label: Pseudonymization}
        The columns to invent, and how.
    seed : int or None
        The seed of the run; None takes a secret of the operating system.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with the invented columns, in the people's order of columns.

    Raises
    ------
    InvalidTableError
        If the columns of ``frame`` and the ones to invent are not those of the people.
    InvalidColumnError
        If there are not enough inventions of that kind which no person has.
    MissingExtraError
        If kind FAKER is asked for and the package ``faker`` isn't installed.

    Notes
    -----
    **No invention is computed from a person's identifier.** ``frame`` holds none, and rows of
    ``people`` are not matched with rows of ``frame``. Inventions are drawn for the rows as they
    lie in ``frame``, so their order tells nothing about the order of the people. The same avatar
    has other pseudonyms in the shuffled and in the unshuffled frame.

    *HASH_SHA256* is therefore no hash of a name. A plain one is undone by hashing a list of
    names, and a keyed one in the row of an avatar would still lead from the avatar to its
    person. Here HMAC-SHA-256 is taken of a random number, with a secret key.

    *consistent* (the default) lets rows share an identifier about as people do. Equal pseudonyms
    say that rows belong together, which is their purpose in a table where people have several
    rows. Here rows are put together by chance: the sizes of people's groups are drawn, blurred and
    filled with random rows, so that a group says nothing about its members, but a group much
    larger than the others shows that there may be one among the people. With False every row has
    an identifier of its own. So it has, whatever is asked for, where the people's cells are all
    different: keys stay keys. What kind FAKER invents may repeat by chance in the other columns.

    *Gaps* are spread over random rows, about as many as the people have, unless fewer than five
    of them have one. *CONSTANT* leaves no gap, and may be anything the caller likes.

    *No invention equals a cell of the people* in any of the columns that are replaced. Letters
    and digits are compared, whatever the case, the signs between them and the zeros in front.
    What is avoided could be told from its absence in a large release, so half of all inventions,
    picked by a secret of the table, are avoided as well, whoever is in it.

    The draws depend on the seed and on both tables: who knows the seed and the release alone
    can't repeat them. Another version of ``faker`` may invent other names for the same seed.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.models import Pseudonymization
    >>> from avatars.pseudonyms import pseudonymize
    >>> people = pd.DataFrame({"file": ["AB-17", "QT-40", "XN-83"], "age": [41, 50, 38]})
    >>> avatars = pd.DataFrame({"age": [43, 40, 47]})
    >>> how = {"file": Pseudonymization.checked(kind="SPECIFIC_ID", pattern="AA-99")}
    >>> released = pseudonymize(people, avatars, how, seed=None)
    >>> list(released), released["file"].str.fullmatch("[A-Z]{2}-[0-9]{2}").all().item()
    (['file', 'age'], True)
    >>> set(released["file"]) & set(people["file"])
    set()
    """
    _check_labels(people, frame, columns)
    of_people = _digest(people)
    secret = secrets.token_bytes(32) if seed is None else str(seed).encode()
    key = _keyed(secret, of_people + _digest(frame))
    avoided = {
        _spelling(cell) for label in columns for cell in people[label].dropna().astype(object)
    }
    invented = {
        label: _column(people[label], frame.index, how, avoided, of_people, _keyed(key, label))
        for label, how in columns.items()
    }
    return pd.DataFrame(
        {label: invented[label] if label in invented else frame[label] for label in people.columns},
        index=frame.index,
    )


def _check_labels(
    people: pd.DataFrame, frame: pd.DataFrame, columns: Mapping[Any, Pseudonymization]
) -> None:
    kept = set(people.columns) - set(columns)
    for label in [*columns, *frame.columns, *kept]:
        if label not in people.columns or (label in columns) == (label in frame.columns):
            raise InvalidTableError(
                f"column {shown(label)} isn't where it should be: the release has the people's "
                "columns except those to pseudonymize, and these are columns of the people."
            )


def _digest(frame: pd.DataFrame) -> bytes:
    digest = hashlib.sha256()
    for label in frame.columns:
        cells = frame[label]
        if pd.api.types.is_object_dtype(cells.dtype):
            # pandas hashes no lists and dicts.
            cells = cells.map(str, na_action="ignore")
        digest.update(pd.util.hash_pandas_object(cells, index=False).to_numpy().tobytes())
    return digest.digest()


def _keyed(secret: bytes, message: Hashable) -> bytes:
    content = message if isinstance(message, bytes) else repr(message).encode("utf-8")
    return hmac.digest(secret, content, "sha256")


def _column(
    series: pd.Series[Any],
    index: pd.Index[Any],
    how: Pseudonymization,
    avoided: Collection[str],
    of_people: bytes,
    key: bytes,
) -> pd.Series[Any]:
    """Return one invented column."""
    n_rows = len(index)
    if how.kind == "CONSTANT":
        return _as_series([how.value] * n_rows, index, series.dtype)
    generator = np.random.Generator(np.random.SFC64(int.from_bytes(key, "little")))
    # As text, for cells may be unhashable; not by their spelling, for keys may differ by the case.
    texts = series.dropna().astype(object).map(str)
    sizes = texts.value_counts(sort=False).to_numpy(dtype=np.int64)
    n_gaps = len(series) - int(sizes.sum())
    share = n_gaps / len(series) if n_gaps >= _FEW else 0.0
    gaps = generator.random(n_rows) < share
    groups = np.arange(n_rows) if how.consistent is False else _groups(sizes, n_rows, generator)
    names, places = np.unique(groups[~gaps], return_inverse=True)
    is_repeated = bool((sizes > 1).any())
    cells = _drawn(
        _maker(how, generator),
        len(names),
        avoided,
        of_people,
        distinct=how.kind != "FAKER" or not is_repeated,
    )
    if cells is None:
        raise InvalidColumnError(
            series.name,
            f"is to have {len(names)} pseudonyms of kind {how.kind} that no person has, and there "
            f"are not as many: {_WAYS_OUT.get(how.kind, 'take another kind')}.",
        )
    released = np.full(n_rows, None, dtype=object)
    released[~gaps] = np.array(cells, dtype=object)[places]
    return _as_series(released.tolist(), index, series.dtype)


def _groups(sizes: NDArray[Any], n_rows: int, generator: np.random.Generator) -> NDArray[Any]:
    """Draw which rows go together, in groups about as large as those of the people."""
    if not len(sizes):
        return np.arange(n_rows)
    # One more than a random number: a group of one stays one, and no larger one shows its size.
    drawn = 1 + generator.poisson(generator.choice(sizes, n_rows) - 1)
    n_groups = int(np.searchsorted(np.cumsum(drawn), n_rows)) + 1
    groups = np.repeat(np.arange(n_groups), drawn[:n_groups])[:n_rows]
    return generator.permutation(groups)


def _spelling(cell: Any) -> str:
    """Return what people would take for the same identifier."""
    if isinstance(cell, (float, np.floating)) and cell.is_integer():
        cell = int(cell)
    return re.sub(r"[\W_]", "", str(cell)).casefold().lstrip("0")


def _drawn(
    make: Maker, n_cells: int, avoided: Collection[str], secret: bytes, *, distinct: bool
) -> list[Any] | None:
    """Return inventions that nobody has, or None where they run out."""
    cells: list[Any] = []
    seen: set[str] = set()
    while len(cells) < n_cells:
        before = len(cells)
        for cell in make(max(n_cells - len(cells), _SMALLEST_BATCH)):
            spelling = _spelling(cell)
            if spelling in avoided or spelling in seen or _is_left_out(spelling, secret):
                continue
            if distinct:
                seen.add(spelling)
            cells.append(cell)
        if len(cells) == before:
            return None
    return cells[:n_cells]


def _is_left_out(spelling: str, secret: bytes) -> bool:
    digest = hashlib.blake2b(spelling.encode("utf-8"), digest_size=1, key=secret).digest()
    return digest[0] < 128


def _maker(how: Pseudonymization, generator: np.random.Generator) -> Maker:
    """Return what invents a number of candidates, equal ones among them."""

    def tokens(n_cells: int) -> list[bytes]:
        drawn = generator.bytes(16 * n_cells)
        return [drawn[start : start + 16] for start in range(0, len(drawn), 16)]

    match how.kind:
        case "FAKER":
            return _faker(how, generator)
        case "SPECIFIC_ID":
            return _pattern(how, generator)
        case "INTEGER":
            return lambda n: generator.integers(_LOWEST, _BEYOND, n).tolist()
        case "UUID4":
            return lambda n: [str(uuid.UUID(bytes=token, version=4)) for token in tokens(n)]
    key = generator.bytes(32)
    return lambda n: [hmac.digest(key, token, "sha256").hex() for token in tokens(n)]


def _pattern(how: Pseudonymization, generator: np.random.Generator) -> Maker:
    letters = _LETTERS[how.letter_case or SpecificIdLetterCase.UPPER]
    choices = {"9": np.array(list(string.digits)), "A": np.array(list(letters))}

    def make(n_cells: int) -> list[Any]:
        signs = [
            generator.choice(choices[sign], n_cells) if sign in choices else [sign] * n_cells
            for sign in how.pattern or ""
        ]
        return ["".join(cell) for cell in zip(*signs, strict=True)]

    return make


def _faker(how: Pseudonymization, generator: np.random.Generator) -> Maker:
    try:
        from faker import Faker
    except ImportError:
        raise MissingExtraError("faker", "pseudonyms") from None
    fake: Any = Faker("en_US", use_weighting=False)
    fake.seed_instance(int.from_bytes(generator.bytes(16), "little"))
    # Mail, phones and social security numbers are of ranges that are given to nobody.
    invent: Callable[[], str] = {
        PiiType.EMAIL: fake.ascii_safe_email,
        PiiType.FIRST_NAME: fake.first_name,
        PiiType.LAST_NAME: fake.last_name,
        PiiType.FULL_NAME: lambda: f"{fake.first_name()} {fake.last_name()}",
        PiiType.PHONE: lambda: fake.numerify("+1-%##-555-01##"),
        PiiType.SSN: lambda: fake.ssn("INVALID_SSN"),
        PiiType.ADDRESS: lambda: fake.address().replace("\n", ", "),
        PiiType.FREE_TEXT: fake.sentence,
    }[PiiType(how.pii_type)]

    def numbered() -> str:
        name, at, domain = invent().partition("@")
        number = generator.integers(_NUMBERS)
        return f"{name}{number}@{domain}" if at else f"{name} {number}"

    make = numbered if how.high_variability else invent
    return lambda n_cells: [make() for _ in range(n_cells)]


def _as_series(cells: list[Any], index: pd.Index[Any], dtype: Any) -> pd.Series[Any]:
    """Pack inventions like the people's cells, but never with their levels."""
    kinds = {type(cell) for cell in cells}
    if int in kinds:
        is_nullable = len(kinds) > 1 or isinstance(dtype, pd.Int64Dtype)
        return pd.Series(cells, index=index, dtype="Int64" if is_nullable else "int64")
    return pd.Series(cells, index=index, dtype=float if float in kinds else _text_dtype(dtype))


def _text_dtype(dtype: Any) -> Any:
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if isinstance(dtype, pd.ArrowDtype):
        from avatars.tables.arrow import is_text

        return dtype if is_text(dtype) else pd.Series(["text"]).dtype
    is_text_already = isinstance(dtype, pd.StringDtype) or pd.api.types.is_object_dtype(dtype)
    return dtype if is_text_already else pd.Series(["text"]).dtype
