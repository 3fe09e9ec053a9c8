"""Paired metrics: what can't be aligned is refused, what looks shuffled is warned of."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.exceptions import AlignmentWarning, InvalidTableError
from avatars.metrics.privacy import (
    categorical_hidden_rate,
    correlation_protection_rate,
    hidden_rate,
    local_cloaking,
    sensitive_local_cloaking,
)
from avatars.metrics.space import read_together

Metric = Callable[[pd.DataFrame, pd.DataFrame], object]


def correlation(original: pd.DataFrame, avatars: pd.DataFrame) -> float:
    return correlation_protection_rate(original, avatars, known_variables=["age", "sex"])


PAIRED = [
    hidden_rate,
    local_cloaking,
    sensitive_local_cloaking,
    categorical_hidden_rate,
    correlation,
]


@pytest.mark.parametrize("metric", PAIRED)
def test_tables_of_other_lengths_are_refused(people: pd.DataFrame, metric: Metric) -> None:
    with pytest.raises(InvalidTableError, match="300 rows and avatars 299.*shuffle=False"):
        metric(people, people.head(299))


@pytest.mark.parametrize("metric", PAIRED)
def test_frame_with_the_index_of_other_rows_is_refused(
    people: pd.DataFrame, metric: Metric
) -> None:
    with pytest.raises(InvalidTableError, match="neither 0 to n - 1 nor that of original"):
        metric(people, people.sample(frac=1, random_state=0))


@pytest.mark.parametrize("metric", PAIRED)
def test_index_of_the_original_and_a_fresh_one_pass(people: pd.DataFrame, metric: Metric) -> None:
    part = people.sample(frac=0.5, random_state=0)
    expected = metric(part.reset_index(drop=True), part.reset_index(drop=True))
    np.testing.assert_equal(metric(part, part), expected)
    np.testing.assert_equal(metric(part, part.reset_index(drop=True)), expected)
    named = part.set_index(pd.Index([f"p{i}" for i in range(150)]))
    np.testing.assert_equal(metric(named, named), expected)


@pytest.mark.parametrize("metric", PAIRED)
def test_shuffled_release_is_warned_of(people: pd.DataFrame, metric: Metric) -> None:
    shuffled = people.sample(frac=1, random_state=0, ignore_index=True)
    with pytest.warns(AlignmentWarning, match=r"shuffled release.*shuffle=False") as caught:
        metric(people, shuffled)
    assert len(caught) == 1
    for table in (people, shuffled):
        assert not any(str(cell) in str(caught[0].message) for cell in table["pay"])


def test_fully_shuffled_releases_are_nearly_always_warned_of(people: pd.DataFrame) -> None:
    warned = 0
    for seed in range(40):
        shuffled = people.sample(frac=1, random_state=seed, ignore_index=True)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            hidden_rate(people, shuffled)
        warned += len(caught)
    # One in forty looks aligned by chance; four would be a chance of 2 %.
    assert warned >= 37


@pytest.mark.parametrize("k", [5, 20])
@pytest.mark.parametrize("protection", ["none", "balanced", "strict"])
def test_aligned_release_is_not_warned_of(people: pd.DataFrame, k: int, protection: str) -> None:
    avatarizer = Avatarizer(k=k, protection=protection, shuffle=False, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlignmentWarning)
        assert 0 < hidden_rate(people, avatarizer.fit_transform(people)) <= 100


def test_people_whom_nothing_tells_apart_are_not_warned_of() -> None:
    people = pd.DataFrame({"x": [1.5] * 80, "sex": ["f"] * 80})
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlignmentWarning)
        assert 0 <= hidden_rate(people, people) <= 100


def test_tables_that_were_read_before_are_aligned_by_their_rows(people: pd.DataFrame) -> None:
    aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    tables = read_together(people, aligned)
    assert hidden_rate(*tables) == hidden_rate(people, aligned)
    assert local_cloaking(*tables) == local_cloaking(people, aligned)
    with pytest.raises(InvalidTableError, match="neither 0 to n - 1"):
        hidden_rate(tables[0], aligned.sample(frac=1, random_state=0))
