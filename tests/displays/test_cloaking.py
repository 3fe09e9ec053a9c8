"""The histogram of local cloaking."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.displays import CloakingDisplay
from avatars.exceptions import InvalidTableError
from avatars.metrics.privacy import local_cloaking, sensitive_local_cloaking


def test_shares_are_those_of_the_counts() -> None:
    people = make_patients(300, random_state=0)
    aligned = Avatarizer(k=20, shuffle=False, random_state=0).fit_transform(people)
    display = CloakingDisplay.from_tables(people, aligned)
    covered = sensitive_local_cloaking(people, aligned)
    edges = [*display.starts.tolist(), 10**9]
    expected = [
        ((covered >= low) & (covered < high)).mean()
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    assert display.shares == pytest.approx(expected)
    assert display.median == local_cloaking(people, aligned)
    held = display.shares * 300
    assert ((held == 0) | (held > 4.99)).all()
    assert display.ax_.get_title(loc="left") == f"local cloaking, median {display.median:g}"


def test_few_badly_hidden_people_are_not_seen_alone() -> None:
    # Three people are their own avatars.
    people = pd.DataFrame({"x": np.arange(100.0)})
    avatars = people + 10.0
    avatars.loc[[40, 50, 60], "x"] -= 10.0
    display = CloakingDisplay.from_tables(people, avatars)
    assert 0 < (sensitive_local_cloaking(people, avatars) == 0).sum() < 5
    assert display.shares[0] >= 0.05
    names = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert names[0] != "0"
    assert names[-1].endswith("+")


def test_release_of_another_length_is_refused() -> None:
    people = make_patients(60, random_state=0)
    with pytest.raises(InvalidTableError, match="60 rows and avatars 59"):
        CloakingDisplay.from_tables(people, people.head(59))
