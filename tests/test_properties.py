"""What holds for any table: properties that hypothesis tries to break.

At a fixed seed nothing commutes cell by cell. Chance depends on a digest of the table, its labels
and levels included, so that a seed alone replays nothing; each property below says what is left.
"""

from __future__ import annotations

import datetime
import math
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from avatars import Avatarizer
from avatars.exceptions import AvatarsError, AvatarsWarning

MEASURES = (int, float, np.number, datetime.date, datetime.timedelta)

# ---- tables

INT64 = st.integers(-(2**63), 2**63 - 1)
# Beside 1e300, whatever is squared and summed can't tell 1e-300 from 0: the least amount is 0.001.
FLOATS = st.floats(allow_infinity=False).map(lambda x: 0.0 if abs(x) < 1e-3 else x)
MOMENTS = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))
DURATIONS = st.timedeltas(datetime.timedelta(-(10**7)), datetime.timedelta(10**7))
WORDS = st.sampled_from(["red", "blue", "green", ""])

# Columns that people fill in: whatever is drawn of them, the table works.
ORDINARY: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "int64": (INT64, "int64"),
    "int8": (st.integers(-128, 127), "int8"),
    "ages": (st.integers(0, 99), "int64"),
    "float64": (FLOATS, "float64"),
    "prices": (st.integers(0, 999).map(lambda cents: cents / 100), "float64"),
    "float32": (st.floats(width=32, allow_nan=True, allow_infinity=False), "float32"),
    "Int64": (st.none() | INT64, "Int64"),
    "bool": (st.booleans(), "bool"),
    "datetime": (st.none() | MOMENTS, "datetime64[us]"),
    "object dates": (st.dates(), object),
}
# Columns that may have to be refused.
DOUBTFUL: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "boolean": (st.none() | st.booleans(), "boolean"),
    "words": (st.none() | WORDS, "str"),
    "text": (st.text(max_size=3), object),
    "category": (WORDS, "category"),
    "infinite": (FLOATS | st.just(math.inf), "float64"),
    "wide integers": (st.integers(), object),
    "timedelta": (st.none() | DURATIONS, object),
    "mixed": (
        st.none() | st.booleans() | st.integers(0, 2) | FLOATS | WORDS | st.binary(max_size=1),
        object,
    ),
    "anything": (
        st.none()
        | WORDS
        | st.decimals(allow_nan=False)
        | st.times()
        | st.lists(st.integers())
        | st.complex_numbers(),
        object,
    ),
}
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "k": st.integers(2, 40),
        "ncp": st.integers(1, 9),
        "protection": st.sampled_from(["none", "balanced", "strict"]),
        "shuffle": st.booleans(),
        "use_categorical_reduction": st.booleans(),
        "imputation_method": st.sampled_from(["fast_knn", "knn", "mean", "median", "mode"]),
        "random_state": st.integers(0, 2**40),
    },
)


@st.composite
def tables(
    draw: st.DrawFn, kinds: dict[str, Any], min_rows: int = 1, max_rows: int = 45
) -> pd.DataFrame:
    """Draw a frame of up to five columns; repeats of few rows are as likely as rows that differ."""
    n = draw(st.integers(min_rows, max_rows))
    columns = {}
    for label in draw(
        st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=5, unique=True)
    ):
        cells, dtype = kinds[label]
        some = draw(st.lists(cells, min_size=1, max_size=n))
        columns[label] = pd.Series([some[i % len(some)] for i in range(n)], dtype=dtype)
    return pd.DataFrame(columns)


# ---- the contract


def cells_of(column: pd.Series) -> list[Any]:
    return [cell for cell in column.astype(object) if not pd.isna(cell)]


def is_measured(column: pd.Series) -> bool:
    kinds = {type(cell) for cell in cells_of(column)}
    if isinstance(column.dtype, pd.CategoricalDtype) or bool in kinds:
        return False
    return kinds == {int, float} or (len(kinds) == 1 and issubclass(min(kinds, key=str), MEASURES))


def is_counter(column: pd.Series) -> bool:
    """Tell whether fresh numbers are issued, because the column numbers the rows."""
    cells = cells_of(column)
    is_whole = len(cells) == len(column) >= 20 and all(isinstance(c, int) for c in cells)
    return is_whole and sorted(cells) == list(range(min(cells), min(cells) + len(cells)))


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    columns = [frame[label].astype(object) for label in frame]
    return list(zip(*(c.where(c.notna(), None) for c in columns), strict=True))


def assert_contract(released: pd.DataFrame, people: pd.DataFrame) -> None:
    """Labels, dtypes and size are kept, and each cell lies in what the column holds."""
    assert list(released.columns) == list(people.columns)
    assert len(released) == len(people)
    assert isinstance(released.index, pd.RangeIndex)
    for label in people:
        column = people[label]
        old, new = cells_of(column), cells_of(released[label])
        if isinstance(column.dtype, pd.CategoricalDtype):
            assert set(released[label].cat.categories) <= set(column.cat.categories)
        else:
            assert released[label].dtype == column.dtype
        if is_counter(column):
            assert set(new).isdisjoint(old)
        elif is_measured(column):
            assert not new or min(old) <= min(new) <= max(new) <= max(old)
        else:
            assert {(type(c), c) for c in new} <= {(type(c), c) for c in old}


def assert_nobody_is_copied(released: pd.DataFrame, people: pd.DataFrame) -> None:
    there = [label for label in people if not is_counter(people[label])]
    rows, exposed = rows_of(people[there]), set()
    for place, label in enumerate(there):
        if is_measured(people[label]):
            held = Counter(row[place] for row in rows)
            exposed |= {row for row in rows if row[place] is not None and held[row[place]] == 1}
    assert exposed.isdisjoint(rows_of(released[there]))


def avatarize(people: pd.DataFrame, **parameters: Any) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AvatarsWarning)
        released: pd.DataFrame = Avatarizer(**{"random_state": 0, **parameters}).fit_transform(
            people
        )
    return released


# ---- the properties


@given(tables(ORDINARY | DOUBTFUL), PARAMETERS)
@settings(max_examples=250)
def test_any_table_keeps_the_contract_or_is_refused(
    people: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    before = people.copy(deep=True)
    try:
        released = avatarize(people, **parameters)
    except AvatarsError as error:
        assert len(str(error)) < 2_000
        assert isinstance(error, ValueError | TypeError)
    else:
        assert_contract(released, people)
        if parameters.get("protection") != "none":
            assert_nobody_is_copied(released, people)
    pd.testing.assert_frame_equal(people, before)


@given(tables(ORDINARY, min_rows=6), st.sampled_from(["none", "balanced", "strict"]))
@settings(max_examples=100)
def test_ordinary_table_is_never_refused(people: pd.DataFrame, protection: str) -> None:
    # The only table of these columns that can't work is one of row numbers alone.
    people["beside"] = np.sqrt(np.arange(len(people)))
    assert_contract(avatarize(people, protection=protection), people)


@given(tables(ORDINARY, min_rows=6), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_permuted_columns_keep_the_contract_and_the_gaps(people: pd.DataFrame, random: Any) -> None:
    people["beside"] = np.sqrt(np.arange(len(people)))
    labels = list(people.columns)
    random.shuffle(labels)
    released, permuted = avatarize(people), avatarize(people[labels])
    assert_contract(permuted, people[labels])
    # Which columns come out empty or without gaps for certain does not depend on their order.
    few = min(5, max(2, len(people) // 5))
    for label in labels:
        for table in (released, permuted):
            if people[label].notna().sum() < few:
                assert table[label].isna().all()
            elif people[label].isna().sum() < few:
                assert table[label].notna().all()


@given(
    st.lists(st.sampled_from("abcdef"), min_size=20, max_size=60),
    st.permutations([f"level {i}" for i in range(6)]),
    st.booleans(),
    st.sampled_from(["none", "balanced", "strict"]),
)
@settings(max_examples=60)
def test_renamed_levels_are_the_same_levels(
    cells: list[str], names: list[str], ordered: bool, protection: str
) -> None:
    """Which levels are released depends on who holds them, not on what they are called.

    The levels of the dtype are renamed exactly, or the table is refused under both names. The
    cells are other draws from the same levels.
    """
    new_names = dict(zip("abcdef", names, strict=True))
    dtype = pd.CategoricalDtype(list("abcdef"), ordered=ordered)
    people = pd.DataFrame({"c": pd.Series(cells, dtype=dtype), "x": np.sqrt(np.arange(len(cells)))})
    renamed = people.assign(c=people["c"].cat.rename_categories(new_names))
    outcomes: list[Any] = []
    for table in (people, renamed):
        try:
            outcomes.append(avatarize(table, protection=protection)["c"])
        except AvatarsError as error:
            outcomes.append(str(error))
    first, second = outcomes
    if isinstance(first, str):
        assert first == second
        return
    assert second.cat.categories.tolist() == [new_names[c] for c in first.cat.categories]
    assert second.cat.ordered == first.cat.ordered == ordered
    assert len(second) == len(first)
    assert second.isna().sum() == first.isna().sum() == 0


CONSTANTS: dict[str, tuple[Any, Any]] = {
    **{name: pair for name, pair in ORDINARY.items() if name != "object dates"},
    "boolean": (st.booleans(), "boolean"),
    "words": (WORDS, "str"),
    "category": (WORDS, "category"),
}


@given(tables(ORDINARY, min_rows=6), st.data())
@settings(max_examples=100)
def test_constant_column_stays_constant(people: pd.DataFrame, data: st.DataObject) -> None:
    people["beside"] = np.sqrt(np.arange(len(people)))
    cells, dtype = CONSTANTS[data.draw(st.sampled_from(sorted(CONSTANTS)))]
    constant = pd.Series([data.draw(cells)] * len(people), dtype=dtype)
    people.insert(data.draw(st.integers(0, people.shape[1])), "constant", constant)
    protection = data.draw(st.sampled_from(["none", "balanced", "strict"]))
    released = avatarize(people, protection=protection)
    pd.testing.assert_series_equal(released["constant"], people["constant"])
    assert_contract(released, people)


@given(tables(ORDINARY, min_rows=8), st.data())
@settings(max_examples=60)
def test_rows_are_avatarized_alike_in_any_company(
    people: pd.DataFrame, data: st.DataObject
) -> None:
    """Rows of the fit keep their avatars, whichever of them are asked for and in what order."""
    people["beside"] = np.sqrt(np.arange(len(people)))
    chosen = data.draw(st.lists(st.integers(0, len(people) - 1), min_size=1, unique=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AvatarsWarning)
        fitted = Avatarizer(shuffle=False, random_state=0).fit(people)
    # Fresh numbers are issued anew for each table.
    kept = [label for label in people if not is_counter(people[label])]
    whole, part = fitted.transform(people)[kept], fitted.transform(people.iloc[chosen])[kept]
    pd.testing.assert_frame_equal(part, whole.iloc[chosen].reset_index(drop=True))


@given(st.lists(FLOATS.filter(math.isfinite), min_size=30, max_size=60, unique=True))
@settings(max_examples=60)
def test_no_value_is_handed_on_when_nobody_shares_it(values: list[float]) -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"x": np.array(values) + 0.0, "y": rng.normal(size=len(values))})
    released = avatarize(people)
    assert set(rows_of(people)).isdisjoint(rows_of(released))
    assert released["x"].between(people["x"].min(), people["x"].max()).all()
