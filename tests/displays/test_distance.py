"""Distances to the nearest person, as curves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from avatars.datasets import make_patients
from avatars.displays import DistanceDisplay
from avatars.metrics.space import projected, read_together


@pytest.fixture
def tables() -> list[pd.DataFrame]:
    """Give people, a release and people held out."""
    return [make_patients(n, random_state=seed) for n, seed in ((200, 0), (150, 1), (120, 2))]


def test_curves_are_the_shares_of_rows_below(tables: list[pd.DataFrame]) -> None:
    display = DistanceDisplay.from_tables(*tables)
    people, *queries = projected(*read_together(*tables))
    for name, points in zip(("avatars", "people held out"), queries, strict=True):
        near = np.sort(cdist(points, people), axis=1)[:, :2]
        for (grid, shares), values in (
            (display.distances[name], near[:, 0]),
            (display.ratios[name], near[:, 0] / near[:, 1]),
        ):
            expected = [(values < end).mean() for end in grid[:-1]]
            assert shares[:-1] == pytest.approx(expected)
            assert shares[-1] == pytest.approx(1)
            assert len(grid) > 8


def test_no_step_stands_for_few_rows(tables: list[pd.DataFrame]) -> None:
    display = DistanceDisplay.from_tables(*tables, min_people=8)
    for curves in (display.distances, display.ratios):
        for name, n in (("avatars", 150), ("people held out", 120)):
            steps = np.rint(np.diff(curves[name][1]) * n)
            assert ((steps == 0) | (steps >= 8)).all()


def test_without_people_held_out_people_are_compared_with_one_another() -> None:
    people = make_patients(200, random_state=0)
    display = DistanceDisplay.from_tables(people, people)
    (points,) = projected(*read_together(people))
    apart = cdist(points, points)
    np.fill_diagonal(apart, np.inf)
    grid, shares = display.distances["people to one another"]
    expected = [(apart.min(axis=1) < end).mean() for end in grid[:-1]]
    assert shares[:-1] == pytest.approx(expected)
    # Copies are at no distance at all.
    assert display.distances["avatars"][1][1] == 1


def test_unseen_people_are_what_the_estimator_is_given() -> None:
    from avatars import Avatarizer

    patients = make_patients(200, random_state=0)
    fitted = Avatarizer(random_state=0).fit(patients.head(120))
    names = [
        list(DistanceDisplay.from_estimator(fitted, X).distances)[1]
        for X in (None, patients.head(120), patients.tail(80))
    ]
    assert names == ["people to one another"] * 2 + ["people held out"]


def test_people_at_one_place_have_ratio_one() -> None:
    people = pd.DataFrame({"sex": ["f", "m"] * 30})
    _, shares = DistanceDisplay.from_tables(people, people).ratios["avatars"]
    assert shares[-2] == 0
