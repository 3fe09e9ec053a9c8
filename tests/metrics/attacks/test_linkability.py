"""Linkability: what it finds in releases of which it is known what they give away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from avatars.datasets import make_patients
from avatars.exceptions import InvalidParameterError
from avatars.metrics.attacks import people as people_module
from avatars.metrics.attacks.intervals import risk
from avatars.metrics.attacks.linkability import linkability
from avatars.metrics.space import encoded, owners, read_together

pytestmark = pytest.mark.once

NUMBERS = ["age", "pay", "height"]


def patients(seed: int, *sizes: int) -> list[pd.DataFrame]:
    """Draw tables of these sizes from one law."""
    return [make_patients(size, random_state=[seed, part]) for part, size in enumerate(sizes)]


def test_release_of_the_people_links_them(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    # With a number in either half, both lead to the person; halves without one are few.
    result = linkability(people, people, unseen)
    assert result.value > 0.5
    assert result.low > 0.4
    assert result.exposed.low > 0.2
    tables = [table[NUMBERS] for table in (people, people, unseen)]
    result = linkability(*tables)
    assert result.success == result.value == 1
    assert result.low > 0.95
    assert result.exposed.value == 1


def test_few_copied_rows_are_found() -> None:
    for seed in range(5):
        people, release, unseen = patients(seed, 1000, 1000, 1000)
        release.iloc[:50] = people.iloc[:50]
        result = linkability(people, release, unseen)
        assert result.low > 0.02
        assert result.value == pytest.approx(0.05, abs=0.02)


def test_one_column_of_half_of_the_people_links_it_to_nothing(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    # The other columns are of somebody else: what was kept is singled out, and linked to nobody.
    release = unseen.iloc[:150].assign(pay=people["pay"].iloc[:150])
    result = linkability(people, release, unseen.iloc[150:])
    assert result.covers_chance
    # Where the rest of the row is the person's, half of the people are linked by it.
    half = people.assign(pay=people["pay"].where(people.index % 2 == 0, unseen["pay"]))
    known = (["pay"], ["age", "height"])
    result = linkability(people, half, unseen, known_variables=known)
    assert result.value == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("sizes", [(200, 200, 200), (300, 300, 60), (80, 150, 300), (40, 40, 40)])
def test_independent_release_covers_chance(sizes: tuple[int, ...]) -> None:
    results = [linkability(*patients(seed, *sizes), random_state=seed) for seed in range(20)]
    assert np.mean([result.covers_chance for result in results]) >= 0.9
    most = [result.exposed for result in results if result.exposed.was_run]
    assert not most or np.mean([part.covers_chance for part in most]) >= 0.9
    values = np.array([result.value for result in results])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(20)


def test_brute_force_gives_the_same(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = people.sample(frac=0.6, random_state=1)
    read = read_together(release, people, unseen)
    a, *sides = (table.toarray() for table in encoded(*read))
    labels = [*NUMBERS, "level", "sex"]
    known = (["age", "level"], ["pay", "height", "sex"])
    files = [np.isin(owners(read[0]), [labels.index(label) for label in file]) for file in known]
    shares = []
    for side in sides:
        one, other = (cdist(side[:, file], a[:, file]).argmin(axis=1) for file in files)
        shares.append((one == other).mean())
    result = linkability(people, release, unseen, known_variables=known)
    assert (result.success, result.control) == pytest.approx(shares)
    assert result.value == pytest.approx(risk(*shares))
    assert result.n_attempts == 300


def test_more_neighbours_make_more_links(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = people.sample(frac=0.5, random_state=0)
    one, five = (linkability(people, release, unseen, n_neighbors=k) for k in (1, 5))
    assert five.success > one.success
    assert five.control > one.control
    every = linkability(people, release, unseen, n_neighbors=200)
    assert (every.success, every.control, every.value) == (1, 1, 0)


def test_success_with_the_unseen_is_taken_off(people: pd.DataFrame) -> None:
    # A person of the table would be no control: whoever is unseen is nearly one here.
    close = people.assign(age=people["age"] + 1e-9)
    result = linkability(people, people, close)
    assert result.success == result.control
    assert result.value == 0


def test_columns_are_halved_and_never_split(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    # Two columns that each name everybody: all splits are alike, and the link is perfect, for
    # people unseen as well: the nearest in the one is the nearest in the other.
    tables = [t[["age"]].assign(twice=2 * t["age"]) for t in (people, people, unseen)]
    result = linkability(*tables)
    assert (result.success, result.control) == (1, 1)
    assert result.value == 0


def test_most_exposed_people_count_by_themselves(rng: np.random.Generator) -> None:
    # Of a crowd on a grid nobody is released; of those far out, everybody.
    crowd = pd.DataFrame(rng.integers(0, 3, (270, 2)), columns=["x", "y"], dtype=float)
    far = pd.DataFrame(rng.normal(0, 40, (60, 2)), columns=["x", "y"])
    people, unseen = (pd.concat([crowd, far[part::2]], ignore_index=True) for part in (0, 1))
    release = pd.concat([crowd, far[::2]], ignore_index=True)
    result = linkability(people, release, unseen, n_splits=1)
    assert result.exposed.value > 0.8
    assert result.value < 0.2


def test_what_can_t_be_attacked_says_why(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    result = linkability(people, people)
    assert not result.was_run
    assert "hold-out" in result.reason
    result = linkability(*[table[["age"]] for table in (people, people, unseen)])
    assert result.reason == "it needs at least two columns"


def test_order_of_rows_and_reading_before_don_t_matter(
    gappy: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    # Categories alone: whom a record leads to is full of ties.
    for columns in (["level", "sex"], list(gappy)):
        tables = [t[columns] for t in (gappy, gappy.iloc[:200], unseen)]
        first = linkability(*tables, n_attempts=90)
        moved = [table.sample(frac=1, random_state=4) for table in tables]
        assert linkability(*moved, n_attempts=90) == first
        assert linkability(*read_together(*tables), n_attempts=90) == first
    assert linkability(*tables, n_attempts=90, random_state=1) != first


@pytest.mark.parametrize("n", [1, 2, 5])
def test_tiny_tables_have_wide_intervals(people: pd.DataFrame, n: int) -> None:
    result = linkability(people.head(n), people.head(n), people.tail(n))
    assert result.was_run
    assert result.high - result.low > 0.4


def test_constant_columns_link_everybody_and_mean_nothing() -> None:
    table = pd.DataFrame({"x": [1.5] * 60, "c": ["a"] * 60})
    result = linkability(table, table, table)
    assert (result.success, result.value) == (1, 0)
    assert result.covers_chance


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"known_variables": (["age"], ["job"])}, "names column 'job', which the table doesn't"),
        ({"known_variables": (["age"], ["age", "sex"])}, "has 1 columns in both files"),
        ({"known_variables": (["age"], [])}, "has an empty file"),
        ({"n_neighbors": 0}, "'n_neighbors' must be at least 1"),
        ({"n_splits": 0}, "'n_splits' must be at least 1"),
        (
            {"known_variables": (["age"], ["sex"]), "types": {"sex": "identifier"}},
            "names column 'sex', which is an identifier",
        ),
    ],
)
def test_what_can_t_be_used_is_refused_by_name(
    people: pd.DataFrame, unseen: pd.DataFrame, wanted: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        linkability(people, people, unseen, **wanted)


@pytest.mark.parametrize("setting", ["_CELLS", "_NARROW"])
def test_chunks_and_the_layout_of_points_don_t_matter(
    people: pd.DataFrame, unseen: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    # Repeated rows and categories alone make ties, which roundings must not decide.
    release = pd.concat([people.iloc[:150], people.iloc[:150]], ignore_index=True)
    tables = (people, release, unseen)
    wanted = {"known_variables": (["age", "level"], ["sex", "height"])}
    first = linkability(*tables, **wanted)
    # One distance at a time; everything sparse, as where a column has thousands of levels.
    monkeypatch.setattr(people_module, setting, 1)
    assert linkability(*tables, **wanted) == first
    assert first.value > 0.3
