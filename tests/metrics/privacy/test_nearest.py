"""Distances to the nearest people, and the rate made of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from avatars.exceptions import InvalidParameterError
from avatars.metrics.privacy import closest_distances_ratio, closest_rate, distance_to_closest
from avatars.metrics.space import projected, read_together


def line(*values: float) -> pd.DataFrame:
    """Give people on a line."""
    return pd.DataFrame({"x": np.array(values, dtype=float)})


PEOPLE = line(0.5, 1.5, 3.5, 7.5, 15.5)
SPREAD = float(PEOPLE["x"].std(ddof=0))


def test_distance_is_in_standard_deviations_of_the_people() -> None:
    avatars = line(0.75, 5.5, 25.5)
    assert distance_to_closest(PEOPLE, avatars) == pytest.approx(2 / SPREAD)
    assert distance_to_closest(PEOPLE, avatars.head(2)) == pytest.approx(1.125 / SPREAD)


def test_ratio_is_that_of_the_two_nearest_people() -> None:
    assert closest_distances_ratio(PEOPLE, line(0.75)) == pytest.approx(0.25 / 0.75)
    assert closest_distances_ratio(PEOPLE, line(1.0)) == pytest.approx(1)
    assert closest_distances_ratio(PEOPLE, line(7.5)) == 0


def test_avatar_that_equals_two_people_points_at_neither() -> None:
    twins = line(0.5, 0.5, 9.5)
    assert closest_distances_ratio(twins, line(0.5)) == 1
    assert closest_rate(twins, line(0.5)) == 100
    # A twin is no other person to be told from: both are equally near.
    assert closest_distances_ratio(twins, line(1.5)) == 1


def test_avatar_points_at_the_only_person_there_is() -> None:
    assert distance_to_closest(line(2.5), line(2.5, 9.5)) == 0
    assert closest_distances_ratio(line(2.5), line(2.5, 9.5)) == 0
    assert closest_rate(line(2.5), line(2.5, 9.5)) == 0


def test_at_risk_is_what_is_near_to_one_person_alone() -> None:
    # People are 1, 1, 2, 4 and 8 apart from the nearest other one.
    avatars = line(
        7.5 + 0.5,  # near, and much nearer to one than to the next
        1.0,  # near, but to two people
        15.5 + 3,  # much nearer to one, but not near
        7.5,  # a copy
    )
    rate = closest_rate(
        PEOPLE,
        avatars,
        closest_rate_percentage_threshold=25,
        closest_rate_ratio_threshold=0.3,
    )
    assert rate == 50


@pytest.mark.parametrize(
    ("percentage", "expected"), [(0, 0), (25, 0), (26, 50), (50, 50), (51, 100), (100, 100)]
)
def test_distance_threshold_is_a_percentile_of_distances_between_people(
    percentage: float, expected: float
) -> None:
    # Sorted, the people are 1, 1, 2, 4, 8 apart; these avatars are 2 and 4 away from one person.
    avatars = line(15.5 + 2, 15.5 + 4)
    rates = [
        closest_rate(PEOPLE, avatars, closest_rate_ratio_threshold=1, **{name: percentage})
        for name in ("closest_rate_percentage_threshold", "quantile_threshold")
    ]
    assert rates == [100 - expected] * 2


def test_quantile_threshold_replaces_the_percentage() -> None:
    avatars = line(15.5 + 2)
    settings = {"closest_rate_percentage_threshold": 0, "closest_rate_ratio_threshold": 1}
    assert closest_rate(PEOPLE, avatars, **settings) == 100
    assert closest_rate(PEOPLE, avatars, **settings, quantile_threshold=100) == 0


def test_documented_examples_are_the_defaults(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = people.assign(age=people["age"] + 0.01).head(200)
    assert closest_rate(people, release) == closest_rate(
        people,
        release,
        closest_rate_percentage_threshold=0.3,
        closest_rate_ratio_threshold=0.3,
    )
    assert closest_rate(people, release) == 0
    assert closest_rate(people, unseen) > 95


def test_copies_of_unique_people_are_at_risk_among_twins() -> None:
    # Most people have a twin: the percentile of distances between people is zero.
    people = line(*np.repeat(np.arange(40) + 0.5, 2), 77.7)
    assert closest_rate(people, line(77.7)) == 0
    assert closest_rate(people, line(3.5)) == 100


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("closest_rate_percentage_threshold", -0.1),
        ("closest_rate_percentage_threshold", 101),
        ("closest_rate_percentage_threshold", "0.3"),
        ("closest_rate_percentage_threshold", float("nan")),
        ("closest_rate_ratio_threshold", 1.1),
        ("closest_rate_ratio_threshold", True),
        ("quantile_threshold", 200),
    ],
)
def test_thresholds_are_checked(parameter: str, value: object) -> None:
    with pytest.raises(InvalidParameterError, match=f"'{parameter}' must be a number from 0 to"):
        closest_rate(PEOPLE, PEOPLE, **{parameter: value})


def test_number_of_avatars_is_free_and_their_order_too(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    release = pd.concat([unseen, people.head(50)], ignore_index=True)
    points, avatars = projected(*read_together(people, release))
    found = np.sort(cdist(avatars, points), axis=1)[:, :2]
    assert distance_to_closest(people, release) == pytest.approx(np.median(found[:, 0]))
    assert closest_distances_ratio(people, release) == pytest.approx(
        np.median(found[:, 0] / found[:, 1])
    )
    shuffled = release.sample(frac=1, random_state=0)
    for metric in (distance_to_closest, closest_distances_ratio, closest_rate):
        assert metric(people, shuffled) == metric(people, release)
