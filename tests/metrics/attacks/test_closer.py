"""The share of avatars nearer to the table than to others: constructions and chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidTableError
from avatars.metrics import closer_to_training_share


def test_release_of_either_side_lies_with_it(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    assert closer_to_training_share(people, people, unseen) == 1
    assert closer_to_training_share(people, unseen, unseen) == 0


def test_same_people_on_both_sides_are_refused(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match="holdout"):
        closer_to_training_share(people, people.head(50), people)


@pytest.mark.parametrize("sizes", [(200, 200), (300, 60), (60, 300)])
def test_independent_release_lies_with_neither(
    population: pd.DataFrame, sizes: tuple[int, int]
) -> None:
    found = []
    for seed in range(20):
        rows = np.random.default_rng(seed).permutation(600)
        x, h, a = np.split(rows, [sizes[0], sum(sizes)])
        tables = [population.iloc[part].reset_index(drop=True) for part in (x, a, h)]
        found.append(closer_to_training_share(*tables, random_state=seed))
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - 0.5) < 3 * error + 0.01
    assert error < 0.02


def test_equally_far_counts_half() -> None:
    people, unseen = pd.DataFrame({"x": [0.5, 10.5]}), pd.DataFrame({"x": [2.5, 10.5]})
    release = pd.DataFrame({"x": [1.5, 0.6, 10.5, 2.4]})
    assert closer_to_training_share(people, release, unseen) == (0.5 + 1 + 0.5 + 0) / 4


def test_gaps_constants_and_unknown_levels_are_taken(
    gappy: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    people = gappy.assign(one=1.5, none=np.nan)
    share = closer_to_training_share(
        people, people.head(100), unseen.assign(one=2.5, none=np.nan, level="none")
    )
    assert share == 1


def test_identifiers_don_t_count(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = people.sample(frac=0.6, random_state=1)
    keyed = [
        table.assign(key=[f"{start}-{row}" for row in range(len(table))])
        for start, table in enumerate((people, release, unseen))
    ]
    expected = closer_to_training_share(people, release, unseen)
    assert closer_to_training_share(*keyed, types={"key": "identifier"}) == expected


def test_other_columns_are_refused(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match="'pay'"):
        closer_to_training_share(people, people, unseen.drop(columns="pay"))
