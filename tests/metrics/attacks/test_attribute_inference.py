"""Attribute inference: what it finds in releases of which it is known what they give away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from avatars.datasets import make_patients
from avatars.exceptions import InvalidParameterError
from avatars.metrics.attacks.attribute_inference import attribute_inference
from avatars.metrics.space import encoded, owners, read_together

pytestmark = pytest.mark.once


def patients(seed: int, *sizes: int) -> list[pd.DataFrame]:
    """Draw tables of these sizes from one law."""
    return [make_patients(size, random_state=[seed, part]) for part, size in enumerate(sizes)]


def test_release_of_the_people_gives_every_column_away(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    result = attribute_inference(people, people, unseen)
    assert set(result.columns) == set(people)
    assert all(part.value == 1 for part in result.columns.values())
    assert min(part.low for part in result.columns.values()) > 0.8
    assert result.low == max(part.low for part in result.columns.values())
    assert result.exposed.value == 1
    assert result.exposed.low > 0.5


def test_few_copied_rows_are_found() -> None:
    for seed in range(5):
        people, release, unseen = patients(seed, 1000, 1000, 1000)
        release.iloc[:50] = people.iloc[:50]
        result = attribute_inference(people, release, unseen)
        assert result.low > 0
        assert result.columns["weight"].value == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("column", ["pay", "level"])
def test_column_that_half_of_the_people_kept_is_found_and_named(
    people: pd.DataFrame, unseen: pd.DataFrame, column: str
) -> None:
    # The attacker knows the rest, which is as it was; half of the people have somebody else's cell.
    other = people[column].sample(frac=1, random_state=0).to_numpy()
    release = people.assign(**{column: people[column].where(people.index % 2 == 0, other)})
    result = attribute_inference(people, release, unseen, targets=[column])
    assert result.value == pytest.approx(0.5, abs=0.12)
    assert result.low > 0.2


def test_rough_values_are_found_as_well(
    people: pd.DataFrame, unseen: pd.DataFrame, rng: np.random.Generator
) -> None:
    # Nobody's pay is as it was, and everybody's is nearly.
    noise = rng.uniform(-0.09, 0.09, 300) * np.subtract(*people["pay"].quantile([0.75, 0.25]))
    result = attribute_inference(people, people.assign(pay=people["pay"] + noise), unseen)
    assert result.columns["pay"].value > 0.9
    assert result.columns["pay"].low > 0.8


@pytest.mark.parametrize("sizes", [(200, 200, 200), (300, 300, 60), (80, 150, 300), (40, 40, 40)])
def test_independent_release_covers_chance(sizes: tuple[int, ...]) -> None:
    results = [
        attribute_inference(*patients(seed, *sizes), random_state=seed) for seed in range(20)
    ]
    assert np.mean([result.covers_chance for result in results]) >= 0.9
    most = [result.exposed for result in results if result.exposed.was_run]
    assert not most or np.mean([part.covers_chance for part in most]) >= 0.9
    # All columns at once, not each by itself.
    held = [all(part.low <= 0 for part in result.columns.values()) for result in results]
    assert np.mean(held) >= 0.9


def test_brute_force_gives_the_same(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = people.sample(frac=0.6, random_state=1)
    read = read_together(release, people, unseen)
    a, *sides = (table.toarray() for table in encoded(*read))
    known = np.isin(owners(read[0]), [0, 2, 4])
    guesses = [cdist(side[:, known], a[:, known]).argmin(axis=1) for side in sides]
    tables = (people, unseen)
    result = attribute_inference(
        people, release, unseen, known_variables=["age", "height", "sex"], targets=["level"]
    )
    shares = [
        (release["level"].to_numpy()[rows] == table["level"]).mean()
        for rows, table in zip(guesses, tables, strict=True)
    ]
    assert (result.success, result.control) == pytest.approx(shares)
    spread = np.subtract(*release["pay"].quantile([0.75, 0.25]))
    result = attribute_inference(
        people, release, unseen, known_variables=["age", "height", "sex"], targets=["pay"]
    )
    errors = [
        np.abs(release["pay"].to_numpy()[rows] - table["pay"]) / spread
        for rows, table in zip(guesses, tables, strict=True)
    ]
    exact, rough = ([(error <= bound).mean() for error in errors] for bound in (0.001, 0.1))
    assert [result.success, result.control] in (pytest.approx(exact), pytest.approx(rough))


def test_known_columns_are_not_guessed_unless_asked_for(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    tables = (people, people, unseen)
    result = attribute_inference(*tables, known_variables=["age", "pay"])
    assert list(result.columns) == ["height", "level", "sex"]
    result = attribute_inference(*tables, known_variables=["age", "pay"], targets=["pay"])
    # From the age alone, not from the pay itself.
    assert list(result.columns) == ["pay"]
    assert result.value == 1
    assert result.control < 0.3


def test_what_the_population_gives_away_is_no_risk() -> None:
    # Sex follows from height, for anybody.
    rng = np.random.default_rng(0)
    height = rng.normal(170, 10, 900)
    table = pd.DataFrame({"height": height, "sex": np.where(height > 170, "m", "f")})
    people, release, unseen = (table.iloc[part::3].reset_index(drop=True) for part in range(3))
    result = attribute_inference(people, release, unseen, targets=["sex"])
    assert result.control > 0.95
    assert result.covers_chance


def test_gaps_are_guessed_as_gaps(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    holes = people.index % 3 == 0
    gappy = people.assign(pay=people["pay"].mask(holes), level=people["level"].mask(holes))
    result = attribute_inference(gappy, gappy, unseen)
    assert result.columns["pay"].success == 1
    assert result.columns["level"].success == 1
    empty = people.assign(pay=np.nan)
    result = attribute_inference(empty, empty, unseen.assign(pay=np.nan), targets=["pay"])
    assert (result.success, result.control, result.value) == (1, 1, 0)
    result = attribute_inference(people, empty, unseen, targets=["pay"])
    assert (result.success, result.control) == (0, 0)


def test_what_can_t_be_attacked_says_why(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    result = attribute_inference(people, people)
    assert not result.was_run
    assert "hold-out" in result.reason
    single = [table[["age"]] for table in (people, people, unseen)]
    for tables, wanted in (
        (single, {}),
        ((people, people, unseen), {"known_variables": ["age"], "targets": ["age"]}),
        ((people, people, unseen), {"known_variables": list(people)}),
        ((people, people, unseen), {"known_variables": []}),
        ((people, people, unseen), {"targets": []}),
    ):
        result = attribute_inference(*tables, **wanted)
        assert result.reason == "it needs a column to guess and another one that is known"


def test_order_of_rows_and_reading_before_don_t_matter(
    gappy: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    # Categories alone: the nearest avatar is one of many.
    for columns in (["level", "sex"], list(gappy)):
        tables = [t[columns] for t in (gappy, gappy.iloc[:200], unseen)]
        first = attribute_inference(*tables, n_attempts=90)
        moved = [table.sample(frac=1, random_state=4) for table in tables]
        assert attribute_inference(*moved, n_attempts=90) == first
        assert attribute_inference(*read_together(*tables), n_attempts=90) == first
    assert attribute_inference(*tables, n_attempts=90, random_state=1) != first


@pytest.mark.parametrize("n", [1, 2, 5])
def test_tiny_tables_have_wide_intervals(people: pd.DataFrame, n: int) -> None:
    result = attribute_inference(people.head(n), people.head(n), people.tail(n))
    assert result.was_run
    assert result.high - result.low > 0.5


def test_constant_column_is_known_to_everybody(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    tables = [table.assign(pay=7.5, sex="f") for table in (people, people, unseen)]
    result = attribute_inference(*tables)
    for label in ("pay", "sex"):
        assert (result.columns[label].success, result.columns[label].value) == (1, 0)
        assert result.columns[label].covers_chance


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"targets": ["job"]}, "'targets' names column 'job', which the table doesn't have"),
        ({"known_variables": ["job"]}, "'known_variables' names column 'job'"),
        ({"n_attempts": 0}, "'n_attempts' must be at least 1"),
        (
            {"targets": ["sex"], "types": {"sex": "identifier"}},
            "names column 'sex', which is an identifier",
        ),
    ],
)
def test_what_can_t_be_used_is_refused_by_name(
    people: pd.DataFrame, unseen: pd.DataFrame, wanted: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        attribute_inference(people, people, unseen, **wanted)
