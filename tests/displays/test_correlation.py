"""The correlation triptych."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.datasets import make_patients
from avatars.displays import CorrelationDisplay
from avatars.metrics.signal import associations


def test_associations_are_those_of_the_metrics() -> None:
    people, others = make_patients(200, random_state=0), make_patients(150, random_state=1)
    display = CorrelationDisplay.from_tables(people, others)
    pd.testing.assert_frame_equal(display.original, associations(people).round(2))
    np.testing.assert_allclose(display.avatars, associations(others), atol=0.005 + 1e-12)


def test_pairs_that_few_people_have_both_values_of_are_left_out(rng: np.random.Generator) -> None:
    people = pd.DataFrame(rng.normal(size=(40, 3)), columns=list("abc"))
    people.loc[:21, "a"] = np.nan
    people.loc[26:, "b"] = np.nan
    # Four people have both a and b; c is known of everybody.
    shown = CorrelationDisplay.from_tables(people, people).original.notna()
    assert not shown.loc["a", "b"]
    assert shown.loc["a", "c"] and shown.loc["b", "c"]
    assert CorrelationDisplay.from_tables(people, people, min_people=4).original.loc["a", "b"] < 2


@pytest.mark.parametrize(("width", "names"), [(8, 8), (50, 50), (120, 80)])
def test_columns_are_named_in_their_order(width: int, names: int) -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame(rng.normal(size=(60, width)), columns=[f"c{j}" for j in range(width)])
    avatars = people.copy()
    # What changed is drawn whatever the width.
    avatars["c99" if width > 99 else "c1"] = people["c2"]
    display = CorrelationDisplay.from_tables(people, avatars)
    labels = [text.get_text().split()[0] for text in display.ax_[0].get_yticklabels()]
    assert len(labels) == names
    assert labels == sorted(labels, key=lambda label: int(label[1:]))
    assert ("c99" if width > 99 else "c1") in labels


def test_colours_are_those_of_the_values() -> None:
    people = pd.DataFrame({"a": np.arange(30.0), "b": -np.arange(30.0)})
    avatars = pd.DataFrame({"a": np.arange(30.0), "b": [0.0, 1.0] * 15})
    display = CorrelationDisplay.from_tables(people, avatars)
    # Both cells off the diagonal are of one colour: blue for -1, pale for about 0.
    colours = [ax.patches[0].get_facecolor() for ax in display.ax_]
    red, _, blue, _ = colours[0]
    assert blue > red + 0.2
    assert min(colours[1][:3]) > 0.85
