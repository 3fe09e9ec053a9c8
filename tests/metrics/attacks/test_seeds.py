"""Seed linkage: what drawing the release again finds, where the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest
from sklearn.base import BaseEstimator

from avatars import Avatarizer
from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.metrics import seed_linkage
from avatars.metrics.attacks.laws import Laws
from avatars.metrics.attacks.seeds import _exact
from avatars.tables import read_table

# Generators that know nobody make releases that look like shuffled ones.
pytestmark = pytest.mark.filterwarnings("ignore::avatars.exceptions.AlignmentWarning")


class Generator(BaseEstimator):
    """Keep some columns of everybody, and shuffle the others."""

    def __init__(self, kept: tuple[str, ...] = (), random_state: int | None = None) -> None:
        self.kept = kept
        self.random_state = random_state

    def fit_transform(self, X: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        """Return a release of X, row by row."""
        rng = np.random.default_rng(self.random_state)
        return X.apply(lambda c: c if c.name in self.kept else rng.permutation(c.to_numpy()))


class Half(Generator):
    """Keep them for half of the people, for others in every release."""

    def fit_transform(self, X: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        """Return a release of X, row by row."""
        rng = np.random.default_rng(self.random_state)
        shuffled = X.apply(lambda c: rng.permutation(c.to_numpy()))
        kept = rng.random(len(X)) < 0.5
        return shuffled.assign(**{c: np.where(kept, X[c], shuffled[c]) for c in self.kept})


def linked(people: pd.DataFrame, generator: Generator, **parameters: Any) -> Any:
    """Attack a release of a generator that isn't among those drawn again."""
    generator.set_params(random_state=99)
    release = generator.fit_transform(people)
    return seed_linkage(people, release, avatarizer=generator, **parameters)


def test_release_of_the_people_is_linked(people: pd.DataFrame) -> None:
    result = linked(people, Generator(tuple(people)), n_regenerations=3)
    assert result.exposed is not None
    assert (result.value, result.exposed.value) == (1, 1)
    assert result.low > 0.98
    assert (result.unit, result.criterion, result.interval) == (
        "risk",
        "linkability",
        "Clopper-Pearson",
    )
    assert (result.n_attempts, result.exposed.n_attempts) == (200, 30)


def test_release_that_depends_on_nobody_is_linked_by_chance(people: pd.DataFrame) -> None:
    results = [linked(people, Generator(), n_regenerations=5, random_state=s) for s in range(20)]
    assert sum(result.covers_chance for result in results) >= 18
    assert all(result.control == 1 / 300 for result in results)
    # 4000 guesses, one in 300 of which is right: 13 or so.
    assert 2 < sum(result.success * 200 for result in results) < 30


@pytest.mark.parametrize("n", [200, 300, 400, 1000, 2000])
def test_interval_excludes_chance_no_oftener_than_it_says(n: int) -> None:
    # Wilson's would after two of 200 lucky guesses, 9 times in a hundred for n = 400.
    hits = np.arange(9)
    excludes = np.array([_exact(k, 200)[0] > 1 / n for k in hits])
    assert binom.pmf(hits, 200, 1 / n)[excludes].sum() <= 0.025
    assert excludes.any()


@pytest.mark.parametrize("successes", [0, 2, 17.5, 200])
def test_interval_is_the_exact_one(successes: float) -> None:
    low, high = _exact(successes, 200)
    if successes == int(successes):
        reference = binomtest(int(successes), 200).proportion_ci(0.95, method="exact")
        assert (low, high) == pytest.approx((reference.low, reference.high))
    assert low <= successes / 200 <= high


@pytest.mark.parametrize(("kept", "risk"), [("age", 1.0), ("sex", 1 / 150), ("level", 1 / 100)])
def test_one_column_links_as_far_as_it_tells_people_apart(
    people: pd.DataFrame, kept: str, risk: float
) -> None:
    result = linked(people, Generator((kept,)), n_regenerations=20, n_targets=300)
    assert result.success == pytest.approx(risk, abs=0.02)


def test_number_repeated_now_and_then_is_found(people: pd.DataFrame) -> None:
    # Normal laws would call the repeated number as likely as any other.
    assert linked(people, Half(("age",)), n_regenerations=20).value > 0.3


def test_people_equally_likely_share_the_success() -> None:
    twins = pd.DataFrame({"x": [0.5, 0.5, 7.5, 7.5, 7.5], "c": ["a", "a", "b", "b", "b"]})
    result = linked(twins, Generator(("x", "c")), n_regenerations=2)
    assert result.success == pytest.approx((2 / 2 + 3 / 3) / 5)
    assert result.control == 0.2


def test_published_method_is_linked_and_the_generator_left_alone(people: pd.DataFrame) -> None:
    generator = Avatarizer(protection="none", k=5, random_state=1, shuffle=False)
    release = generator.fit_transform(people)
    one, same = (
        seed_linkage(people, release, avatarizer=generator, n_regenerations=10) for _ in range(2)
    )
    assert one == same
    assert one.low > 0.05
    assert generator.random_state == 1
    # A generator that shuffles is told not to.
    shuffling = Avatarizer(protection="none", k=5, random_state=1)
    assert seed_linkage(people, release, avatarizer=shuffling, n_regenerations=10) == one


def test_gaps_are_part_of_the_likeness() -> None:
    # The gaps are all that is kept: of a number, and of a category.
    n = 64
    bits = (np.arange(n)[:, None] >> np.arange(6)) % 2 == 1
    people = pd.DataFrame({f"x{i}": np.where(bits[:, i], np.nan, 1.5) for i in range(5)})
    people["c"] = np.where(bits[:, 5], None, "a")
    result = linked(people, Generator(tuple(people)), n_regenerations=5)
    assert result.success == 1


def test_number_that_others_never_have_is_taken() -> None:
    people = pd.DataFrame({"x": [np.nan] * 9 + [1.5], "y": np.arange(10) + 0.5})
    upside_down = people.assign(x=people["x"].to_numpy()[::-1])
    generator = Generator(("x", "y"))
    # The other column still tells whose it is.
    assert seed_linkage(people, upside_down, avatarizer=generator, n_regenerations=2).success == 1


@pytest.mark.parametrize(
    ("rows", "asked", "expected"), [(100, None, 50), (4000, None, 25), (100, 3, 3)]
)
def test_fewer_regenerations_for_larger_tables(
    monkeypatch: pytest.MonkeyPatch, rows: int, asked: int | None, expected: int
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        "avatars.metrics.attacks.seeds.Laws",
        lambda release, drawn: seen.append(len(drawn)) or Laws(release, drawn[:2]),
    )
    people = pd.DataFrame({"x": np.random.default_rng(0).normal(size=rows)})
    result = linked(people, Generator(), n_regenerations=asked, n_targets=2)
    assert seen == [expected]
    assert result.n_attempts == 2


def test_most_exposed_are_those_who_stand_apart() -> None:
    # Thirty of 300 stand far from a crowd, and they are released as they are.
    rng = np.random.default_rng(0)
    scale = np.where(np.arange(300) < 30, 10.0, 0.01)
    people = pd.DataFrame({"x": rng.normal(0, scale), "y": rng.normal(0, scale)})

    class Far(Generator):
        def fit_transform(self, X: pd.DataFrame, y: Any = None) -> pd.DataFrame:
            release = super().fit_transform(X)
            release.iloc[:30] = X.iloc[:30]
            return release

    result = linked(people, Far(), n_regenerations=5)
    assert result.exposed.value > 0.9
    assert result.value < 0.2


@pytest.mark.parametrize(
    ("generator", "reason"),
    [
        (None, "avatarizer="),
        (Avatarizer(k=500), "refused 300 people"),
        (type("Fewer", (Generator,), {"fit_transform": lambda self, X: X.head(9)})(), "one avatar"),
    ],
)
def test_what_can_t_be_carried_out_says_why(
    people: pd.DataFrame, generator: Any, reason: str
) -> None:
    result = seed_linkage(people, people, avatarizer=generator, n_regenerations=2)
    assert not result.was_run
    assert reason in (result.reason or "")
    assert (result.unit, result.criterion) == ("risk", "linkability")


def test_one_person_can_t_be_told_from_nobody() -> None:
    one = pd.DataFrame({"x": [1.5]})
    assert "one person" in (seed_linkage(one, one, avatarizer=Generator()).reason or "")


def test_tables_that_are_not_aligned_are_refused(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match="300 rows and avatars 299"):
        seed_linkage(people, people.head(299), avatarizer=Generator())


@pytest.mark.parametrize(("parameter", "value"), [("n_targets", 0), ("n_regenerations", 1)])
def test_counts_that_are_too_small_are_refused(
    people: pd.DataFrame, parameter: str, value: int
) -> None:
    with pytest.raises(InvalidParameterError, match=parameter):
        seed_linkage(people, people, avatarizer=Generator(), **{parameter: value})


def test_laws_mix_what_is_repeated_with_what_is_smooth() -> None:
    release = read_table(pd.DataFrame({"x": [0.0, 10.0, 20.0], "c": ["a", "b", "b"]}))
    laws = Laws(release, [release.take([0, 1, 1]), release.take([0, 1, 2])])
    assert [laws.own_share(avatar) for avatar in range(3)] == [1, 1, 1]
