"""The guard: copies and rare patterns of gaps are found, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.engine.guard import Guard
from avatars.tables import Table, read_table


def guard_of(people: pd.DataFrame, few: int = 5) -> tuple[Guard, Table]:
    table = read_table(people)
    return Guard(table, few), table


def offends(guard: Guard, numeric: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return guard.offends(numeric, codes, np.random.default_rng(0))


@pytest.fixture
def numbers(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60).round(2)})


def test_people_themselves_are_copies(numbers: pd.DataFrame) -> None:
    guard, table = guard_of(numbers)
    assert offends(guard, table.numeric, table.codes).all()


def test_avatar_that_differs_in_one_cell_is_none(numbers: pd.DataFrame) -> None:
    guard, table = guard_of(numbers)
    moved = table.numeric.copy()
    moved[:, 1] += 0.01
    assert not offends(guard, moved, table.codes).any()


def test_value_that_is_written_like_a_person_s_is_a_copy(rng: np.random.Generator) -> None:
    # 95 % of the cells have two decimals, so the others are written with two.
    cells = rng.normal(size=200).round(2)
    cells[:4] = rng.normal(size=4)
    guard, table = guard_of(pd.DataFrame({"x": cells}))
    written = table.numeric.copy()
    table.schema.settle(written)
    assert (written[:4] != table.numeric[:4]).all()
    assert offends(guard, written, table.codes)[:4].all()


@pytest.mark.parametrize("twins", [2, 4, 5])
def test_equal_records_of_numbers_are_copies_up_to_a_few(numbers: pd.DataFrame, twins: int) -> None:
    people = pd.concat([numbers, *[numbers.head(1)] * (twins - 1)], ignore_index=True)
    guard, table = guard_of(people)
    assert offends(guard, table.numeric, table.codes)[0] == (twins < 5)


@pytest.mark.parametrize("twins", [1, 2])
def test_record_of_categories_is_a_copy_only_where_one_person_holds_it(twins: int) -> None:
    people = pd.DataFrame({"sex": list("ff") * 10, "eye": list("gb") * 10})
    lone = pd.DataFrame({"sex": ["m"] * twins, "eye": ["g"] * twins})
    guard, table = guard_of(pd.concat([people, lone], ignore_index=True))
    offending = offends(guard, table.numeric, table.codes)
    assert not offending[:20].any()
    assert (offending[20:] == (twins == 1)).all()


def test_pattern_of_gaps_that_few_have_offends(rng: np.random.Generator) -> None:
    people = pd.DataFrame(rng.normal(size=(100, 3)), columns=list("abc"))
    people.loc[:19, "a"] = np.nan
    people.loc[:3, "b"] = np.nan
    people.loc[30:39, "c"] = np.nan
    guard, _ = guard_of(people)
    patterns = {
        (False, False, False): False,
        (True, False, False): False,
        (False, False, True): False,
        # Four people lack both, and so few may not be seen.
        (True, True, False): True,
        # Nobody lacks these together: nobody is given away.
        (True, False, True): False,
    }
    for gaps, expected in patterns.items():
        row = np.where(gaps, np.nan, [[9.1, 9.2, 9.3]])
        assert offends(guard, row, np.empty((1, 0), np.int32)).tolist() == [expected], gaps


def test_gaps_of_categories_count_as_well() -> None:
    people = pd.DataFrame({"sex": [*"fm" * 10, None], "eye": list("gbgb" * 5) + ["g"]})
    guard, table = guard_of(people)
    assert offends(guard, table.numeric, table.codes).tolist() == [False] * 20 + [True]


def test_no_avatar_offends_by_accident(rng: np.random.Generator) -> None:
    people = pd.DataFrame(
        {"x": rng.normal(size=10_000), "y": rng.integers(0, 3, 10_000) / 2, "z": list("ab" * 5_000)}
    )
    people.loc[rng.random(10_000) < 0.3, "x"] = np.nan
    people.loc[rng.random(10_000) < 0.3, "z"] = None
    people["w"] = rng.normal(size=10_000)
    guard, table = guard_of(people)
    other = np.column_stack([rng.normal(size=10_000), table.numeric[:, 1], rng.normal(size=10_000)])
    other[np.isnan(table.numeric)] = np.nan
    assert not offends(guard, other, table.codes).any()
    assert offends(guard, table.numeric, table.codes).all()


def test_identifiers_don_t_make_records_differ() -> None:
    people = pd.DataFrame({"key": np.arange(7, 47), "sex": list("f") * 39 + ["m"]})
    table = read_table(people, primary_key="key")
    assert offends(Guard(table, 5), table.numeric, table.codes).tolist() == [False] * 39 + [True]


@pytest.fixture
def answers(rng: np.random.Generator) -> pd.DataFrame:
    """Give people told apart by twelve answers, many of them alone with theirs."""
    shares = np.linspace(0.15, 0.5, 12)
    return pd.DataFrame(rng.random((600, 12)) < shares, columns=list("abcdefghijkl"))


def alone(table: Table) -> np.ndarray:
    hashes = table.row_hashes()
    values, counts = np.unique(hashes, return_counts=True)
    return np.isin(hashes, values[counts == 1])


def test_copies_by_chance_stay_when_avatars_know_nothing_of_people(
    answers: pd.DataFrame, rng: np.random.Generator
) -> None:
    guard, table = guard_of(answers)
    unrelated = (rng.random((600, 12)) < np.linspace(0.15, 0.5, 12)).astype(np.int32)
    guard.learn_chance(table.numeric, unrelated)
    # Were every copy of a lone person struck out, the holes would show who is in the table.
    copies = np.isin(
        Table(table.schema, table.numeric, unrelated, 600).row_hashes(),
        table.row_hashes()[alone(table)],
    )
    assert copies.sum() > 20
    struck = offends(guard, table.numeric, unrelated)
    assert not struck[~copies].any()
    assert struck[copies].mean() < 0.4


def test_copies_beyond_chance_are_thinned(answers: pd.DataFrame, rng: np.random.Generator) -> None:
    guard, table = guard_of(answers)
    # Every second avatar is its own person: lone records come up far more often than by chance.
    leaking = (rng.random((600, 12)) < np.linspace(0.15, 0.5, 12)).astype(np.int32)
    leaking[::2] = table.codes[::2]
    guard.learn_chance(table.numeric, leaking)
    left = ~offends(guard, table.numeric, leaking)
    lone = alone(table)
    copied = np.isin(
        Table(table.schema, table.numeric[left], leaking[left], int(left.sum())).row_hashes(),
        table.row_hashes()[lone],
    )
    by_chance = np.isin(
        Table(table.schema, table.numeric[1::2], leaking[1::2], 300).row_hashes(),
        table.row_hashes()[lone],
    )
    assert copied.sum() < 3 * by_chance.sum()


def test_copies_alone_leave_nothing_to_chance(answers: pd.DataFrame) -> None:
    guard, table = guard_of(answers)
    guard.learn_chance(table.numeric, table.codes)
    np.testing.assert_array_equal(offends(guard, table.numeric, table.codes), alone(table))
