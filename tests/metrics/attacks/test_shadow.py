"""The learned attacker: what it finds with generators of which the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from avatars import Avatarizer
from avatars.exceptions import InvalidParameterError
from avatars.metrics import shadow_membership
from avatars.metrics.space import read_together


class Generator(BaseEstimator):
    """Release people as they are, or strangers, or none at all."""

    def __init__(self, kind: str = "people", random_state: int | None = None) -> None:
        self.kind = kind
        self.random_state = random_state

    def fit_transform(self, X: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        """Return a release of X."""
        if self.kind == "failing":
            raise ValueError(f"could not convert string to float: {X.iloc[0, 0]!r} ZZSECRET")
        if self.kind == "people":
            return X.copy()
        rng = np.random.default_rng(self.random_state)
        return X.apply(lambda cells: rng.permutation(cells.to_numpy()))


def test_release_of_the_people_gives_them_away(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    result = shadow_membership(people, people, unseen, avatarizer=Generator())
    assert result.exposed is not None
    assert result.value > 0.99
    # A third of the hold-out is tested: a tenth of that is too few.
    assert "fewer than 20" in (result.exposed.reason or "")
    assert result.n_attempts == 300 + 100
    assert (result.unit, result.criterion) == ("auc", "membership")


def test_published_method_is_told_better_than_by_chance(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    published = Avatarizer(protection="none", random_state=0)
    release = published.fit_transform(people)
    assert shadow_membership(people, release, unseen, avatarizer=published).low > 0.55


def test_release_that_depends_on_nobody_gives_nobody_away(population: pd.DataFrame) -> None:
    covered = []
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(600)
        x, h, a = (population.iloc[part] for part in np.split(order, [150, 450]))
        result = shadow_membership(
            x, a, h, avatarizer=Generator("shuffled"), random_state=seed, n_shadows=3
        )
        covered.append(result.covers_chance)
    assert sum(covered) >= 17


def test_same_seed_gives_the_same_and_the_generator_is_left_alone(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    generator = Avatarizer(k=10, random_state=7)
    release = generator.fit_transform(people)
    one, same, other = (
        shadow_membership(
            people, release, unseen, avatarizer=generator, n_shadows=2, random_state=seed
        )
        for seed in (0, 0, 1)
    )
    assert one == same
    assert one.value != other.value
    assert generator.get_params() == Avatarizer(k=10, random_state=7).get_params()


def test_order_of_rows_doesn_t_matter(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    generator = Avatarizer(k=10, random_state=7)
    release = generator.fit_transform(people)
    results = [
        shadow_membership(people, table, unseen, avatarizer=generator, n_shadows=2, n_attempts=80)
        for table in (release, release.sample(frac=1, random_state=1))
    ]
    assert results[0].n_attempts == 160
    assert results[0].value == pytest.approx(results[1].value)


def test_tables_that_were_read_are_taken(gappy: pd.DataFrame, unseen: pd.DataFrame) -> None:
    # With gaps, a level nobody unseen has, and a column that says nothing.
    people = gappy.assign(one=1.5, level=gappy["level"].replace("mid", "other"))
    tables = (people, people.head(200), unseen.assign(one=1.5))
    generator = Avatarizer(k=10, random_state=7)
    result = shadow_membership(*tables, avatarizer=generator, n_shadows=2)
    assert result.value > 0.6
    read = read_together(*tables)
    assert shadow_membership(*read, avatarizer=generator, n_shadows=2) == result


def test_identifiers_are_issued_anew_for_the_generator(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    tables = [
        table.assign(key=[f"{start}-{row}" for row in range(300)])
        for start, table in enumerate((people, people, unseen))
    ]
    generator = Avatarizer(k=10, random_state=7, primary_key="key")
    types = {"key": "identifier"}
    result = shadow_membership(*tables, avatarizer=generator, types=types, n_shadows=2)
    assert result.was_run
    assert result.value > 0.5


@pytest.mark.parametrize(
    ("rows", "generator", "reason"),
    [
        (None, Generator(), "hold-out"),
        (300, None, "avatarizer="),
        (199, Generator(), "200 people, not 199"),
        (300, Avatarizer(k=250), "refused 100 people"),
        (300, Generator("failing"), "failed on 100 people (ValueError)"),
    ],
)
def test_what_can_t_be_carried_out_says_why(
    people: pd.DataFrame, unseen: pd.DataFrame, rows: int | None, generator: Any, reason: str
) -> None:
    holdout = None if rows is None else unseen.head(rows)
    result = shadow_membership(people, people, holdout, avatarizer=generator)
    assert not result.was_run
    assert reason in (result.reason or "")
    assert "ZZSECRET" not in repr(result)


@pytest.mark.parametrize("parameter", ["n_attempts", "n_shadows"])
def test_counts_below_one_are_refused(people: pd.DataFrame, parameter: str) -> None:
    with pytest.raises(InvalidParameterError, match=parameter):
        shadow_membership(people, people, people, avatarizer=Generator(), **{parameter: 0})
