"""Projections: cells of several people, axes of the people alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.datasets import make_patients
from avatars.displays import ContributionDisplay, ProjectionDisplay
from avatars.displays.plane import PeopleAxes
from avatars.metrics.space import projected, read_together
from avatars.tables import read_table


def test_axes_are_those_of_the_metrics() -> None:
    people, others = read_together(*(make_patients(150, random_state=seed) for seed in (0, 1)))
    axes = PeopleAxes(people, 3)
    here, there = projected(people, others, ncp=3)
    np.testing.assert_allclose(axes.coordinates, here, atol=1e-8)
    np.testing.assert_allclose(axes.transform(others), there, atol=1e-8)


def test_explained_variance_is_that_along_the_axes() -> None:
    people = read_table(make_patients(150, random_state=0))
    every, two = PeopleAxes(people, 1000), PeopleAxes(people, 2)
    share = every.coordinates.var(axis=0) / every.coordinates.var(axis=0).sum()
    np.testing.assert_allclose(two.explained, share[:2], atol=1e-8)
    np.testing.assert_allclose(two.explained_of(people), share[:2], atol=1e-8)


def test_every_cell_holds_enough_people_and_avatars() -> None:
    people, others = make_patients(400, random_state=0), make_patients(300, random_state=1)
    display = ProjectionDisplay.from_tables(people, others, min_people=7)
    for shares, n in ((display.original, 400), (display.avatars, 300)):
        held = shares[~np.isnan(shares)] * n
        assert len(held) > 10
        assert held == pytest.approx(np.rint(held))
        assert held.min() > 6.99
        assert held.sum() <= n
    # Fine enough, with most people in a cell that is drawn.
    assert np.nansum(display.original) >= 0.8


def test_cells_are_where_the_people_are() -> None:
    people = make_patients(300, random_state=0)
    points = PeopleAxes(read_table(people), 2).coordinates
    display = ProjectionDisplay.from_tables(people, people)
    scaled = points[:, None] / display.size - display.cells / display.size
    nearest = np.linalg.norm(scaled, axis=2).argmin(axis=1)
    at_home = np.linalg.norm(scaled, axis=2).min(axis=1) < 0.5
    # The circle that a hexagon holds is 91 % of it.
    counts = np.bincount(nearest[at_home], minlength=len(display.cells))
    held = np.nan_to_num(display.original) * 300
    assert (counts <= held + 1e-9).all()
    assert counts.sum() > 0.8 * held.sum()


def test_outlier_is_in_no_cell() -> None:
    values = np.random.default_rng(0).normal(size=(200, 3))
    people = pd.DataFrame(np.vstack([values, [50.0, 50.0, 50.0]]))
    display = ProjectionDisplay.from_tables(people, people)
    far = np.abs(PeopleAxes(read_table(people), 2).coordinates[-1, 0])
    assert far > np.abs(display.cells[:, 0]).max() + display.size[0]
    assert far > 3 * np.abs(display.ax_[0].get_xlim()).max()
    assert np.nansum(display.original) == pytest.approx(200 / 201, abs=0.2)


def test_few_people_outside_the_cells_can_t_be_counted() -> None:
    groups = np.array([[x, y] for x in range(5) for y in range(4)], dtype=float)
    for outliers in (2, 3):
        # All but the outliers are in groups, the smallest of which is left out with them.
        people = pd.DataFrame(np.vstack([np.repeat(groups, 20, axis=0), [[9.0, -9.0]] * outliers]))
        shares = ProjectionDisplay.from_tables(people, people).original
        assert 0.8 <= np.nansum(shares) <= 1 - (outliers + 20) / len(people) + 1e-9


def test_explained_variance_is_on_the_axes() -> None:
    people = make_patients(200, random_state=0)
    display = ProjectionDisplay.from_tables(people, people)
    assert display.ax_[0].get_xlabel() == (
        f"axis 1, {100 * display.explained[0]:.0f} % of the people's variance"
    )


def test_contributions_are_by_column_and_include_gaps(rng: np.random.Generator) -> None:
    u = rng.normal(size=300)
    people = pd.DataFrame(
        {"a": u, "b": u + 0.1 * rng.normal(size=300), "gappy": rng.normal(size=300), "c": "x"}
    )
    people.loc[u > 0, "gappy"] = np.nan
    display = ContributionDisplay.from_tables(people, people, ncp=2)
    first = display.contributions["axis 1"]
    assert display.contributions.index.tolist() == ["a", "b", "gappy", "c"]
    assert first.sum() == pytest.approx(1)
    assert first["c"] == pytest.approx(0)
    # Who has a gap follows from a and b, though the numbers themselves don't.
    assert first[["a", "b", "gappy"]].min() > 0.2


def test_release_that_shrank_carries_less_of_the_variance() -> None:
    people = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))
    display = ContributionDisplay.from_tables(people, people / 2, ncp=3)
    np.testing.assert_allclose(display.explained_avatars, display.explained / 4, atol=0.01)
    np.testing.assert_allclose(display.explained.sum(), 1, atol=0.015)
    assert "(avatars 9 %)" in display.ax_[0].get_title(loc="left")


def test_columns_beyond_a_dozen_share_a_bar() -> None:
    people = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 20)))
    display = ContributionDisplay.from_tables(people, people, ncp=1)
    names = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert len(names) == 13
    assert names[-1] == "8 others"
    assert sum(bar.get_width() for bar in display.ax_.patches) == pytest.approx(100, abs=1)
