"""Where what somebody knows of a person leads: constructions whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidParameterError
from avatars.metrics.privacy import (
    correlation_protection_rate,
    hidden_rate,
    linkability_protection_rate,
)

ALL = ["age", "pay", "height", "level", "sex"]


def test_knowing_everything_is_the_hidden_rate(
    people: pd.DataFrame, rng: np.random.Generator
) -> None:
    drawn = people.assign(age=people["age"] + rng.normal(0, 5, 300))
    assert correlation_protection_rate(people, drawn, known_variables=ALL) == hidden_rate(
        people, drawn
    )


def test_knowing_a_column_that_few_values_has_leads_to_many(people: pd.DataFrame) -> None:
    # Two kinds of people: who picks among n / 2 finds the own one that often.
    rate = correlation_protection_rate(people, people, known_variables=["sex"])
    assert rate == pytest.approx(100 * (1 - 2 / 300))
    assert correlation_protection_rate(people, people, known_variables=["pay"]) == 0


def test_unknown_columns_don_t_matter(people: pd.DataFrame, rng: np.random.Generator) -> None:
    drawn = people.assign(age=people["age"] + rng.normal(0, 5, 300))
    other = drawn.assign(height=drawn["height"] + rng.normal(0, 2, 300))
    found = [
        correlation_protection_rate(people, table, known_variables=["age", "sex"])
        for table in (drawn, other)
    ]
    assert found[0] == found[1] > 10


def test_halves_of_a_copy_lead_to_the_same_avatar(people: pd.DataFrame) -> None:
    halves = (["age", "level"], ["pay", "height", "sex"])
    assert linkability_protection_rate(people, people, known_variables=halves) == 0
    # The order of the release doesn't matter, nor which file comes first.
    shuffled = people.sample(frac=1, random_state=0)
    assert linkability_protection_rate(people, shuffled, known_variables=halves[::-1]) == 0


def test_halves_of_a_release_with_one_half_permuted_lead_elsewhere(people: pd.DataFrame) -> None:
    other = people[["pay", "height", "sex"]].iloc[::-1].reset_index(drop=True)
    release = pd.concat([people[["age", "level"]], other], axis=1)
    halves = (["age", "level"], ["pay", "height", "sex"])
    assert linkability_protection_rate(people, release, known_variables=halves) == 100


def test_equally_near_avatars_are_picked_at_random() -> None:
    # Known to one file: the sex, shared by three avatars. To the other: the age, shared by two.
    people = pd.DataFrame({"sex": list("fffm"), "age": [1.5, 1.5, 9.5, 9.5]})
    halves = (["sex"], ["age"])
    # By hand: (f, 1.5) 2 / (3 * 2); (f, 9.5) 1 / (3 * 2); (m, 9.5) 1 / (1 * 2).
    chance = np.mean([2 / 6, 2 / 6, 1 / 6, 1 / 2])
    found = linkability_protection_rate(people, people, known_variables=halves)
    assert found == pytest.approx(100 * (1 - chance))


def test_halves_alternate_unless_given(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    halves = (["age", "height", "sex"], ["pay", "level"])
    assert linkability_protection_rate(people, unseen) == linkability_protection_rate(
        people, unseen, known_variables=halves
    )


def test_single_column_has_no_halves(people: pd.DataFrame) -> None:
    assert linkability_protection_rate(people[["pay"]], people[["pay"]]) == 100


@pytest.mark.parametrize(
    ("halves", "message"),
    [
        (["age", "pay"], "pair of lists of labels"),
        ("ab", "pair of lists of labels"),
        (5, "pair of lists of labels"),
        ((["age"], ["pay"], ["sex"]), "pair of lists of labels"),
        ((["age"], ["pay", "age"]), "'age' in both halves"),
        ((["age"], ["nobody"]), "'nobody', which the table doesn't have"),
        ((["age"], []), "at least one column"),
    ],
)
def test_halves_are_checked(people: pd.DataFrame, halves: object, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        linkability_protection_rate(people, people, known_variables=halves)


@pytest.mark.parametrize("known", [["nobody"], "pay", [], None, ["age", "nobody"]])
def test_known_variables_are_checked(people: pd.DataFrame, known: object) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        correlation_protection_rate(people, people, known_variables=known)
    assert caught.value.parameter == "known_variables"
