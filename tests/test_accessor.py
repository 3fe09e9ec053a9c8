"""``df.avatars``: the same as the functions it stands for."""

from __future__ import annotations

import pandas as pd
import pytest

import avatars  # registers df.avatars
from avatars import advice, metrics
from avatars.datasets import make_patients
from avatars.report import Report

PEOPLE = make_patients(200, random_state=0)


@pytest.fixture(scope="module")
def released() -> pd.DataFrame:
    return PEOPLE.avatars.avatarize(k=10, random_state=0)


def test_avatarize_is_the_avatarizer(released: pd.DataFrame) -> None:
    wanted = avatars.Avatarizer(k=10, random_state=0).fit_transform(PEOPLE)
    pd.testing.assert_frame_equal(released, wanted)


def test_privacy_is_the_bundle(released: pd.DataFrame) -> None:
    unseen = make_patients(100, random_state=1)
    settings = {"holdout": unseen, "known_variables": ["age", "sex"], "target": "weight"}
    found = PEOPLE.avatars.privacy(released, **settings)
    assert found == metrics.privacy_metrics(PEOPLE, released, **settings)[0]
    assert found["inference_continuous"] > 0


def test_signal_is_the_bundle(released: pd.DataFrame) -> None:
    found = PEOPLE.avatars.signal(released, name="patients")
    assert found == metrics.signal_metrics(PEOPLE, released, name="patients")[0]


def test_report_is_of_the_frame_and_the_release(released: pd.DataFrame) -> None:
    found = PEOPLE.avatars.report(released, name="patients")
    assert isinstance(found, Report)
    assert (found.data.name, found.data.n_original) == ("patients", 200)


def test_advice_is_of_the_frame() -> None:
    found = PEOPLE.avatars.advise(context="open")
    wanted = advice.advise(PEOPLE, context="open")
    assert found.parameters == wanted.parameters
    assert found.reasons == wanted.reasons


def test_frame_is_left_as_it_was(released: pd.DataFrame) -> None:
    before = PEOPLE.copy(deep=True)
    PEOPLE.avatars.signal(released)
    PEOPLE.avatars.advise()
    pd.testing.assert_frame_equal(PEOPLE, before)


def test_repr_counts_and_shows_nobody() -> None:
    assert repr(PEOPLE.avatars) == "AvatarsAccessor(200 rows, 13 columns)"
