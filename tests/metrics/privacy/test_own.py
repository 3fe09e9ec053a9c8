"""Hidden rate and local cloaking: constructions whose answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from avatars import Avatarizer
from avatars.exceptions import InvalidParameterError
from avatars.metrics.privacy import hidden_rate, local_cloaking, sensitive_local_cloaking
from avatars.metrics.space import projected, read_pair


def line(*values: float) -> pd.DataFrame:
    """Give people on a line: with one column, the projection is that column."""
    return pd.DataFrame({"x": np.array(values, dtype=float) + 0.5})


def test_table_against_itself_hides_nobody(people: pd.DataFrame) -> None:
    assert hidden_rate(people, people) == 0
    assert hidden_rate(people, people, ties="hidden") == 0
    assert local_cloaking(people, people) == 0
    assert not sensitive_local_cloaking(people, people).any()


def test_brute_force_gives_the_same(people: pd.DataFrame) -> None:
    aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    points, avatars = projected(*read_pair(people, aligned))
    distances = cdist(points, avatars)
    own = np.diag(distances)
    hidden = 100 * (distances.argmin(axis=1) != np.arange(300)).mean()
    nearer = (distances < own[:, None]).sum(axis=1)
    assert hidden_rate(people, aligned) == pytest.approx(hidden)
    # No two avatars are equally far from anybody here.
    np.testing.assert_array_equal(sensitive_local_cloaking(people, aligned), nearer)
    assert local_cloaking(people, aligned) == np.median(nearer)


def test_fewer_axes_are_another_space(people: pd.DataFrame) -> None:
    aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    points, avatars = projected(*read_pair(people, aligned), ncp=2)
    distances = cdist(points, avatars)
    hidden = 100 * (distances.argmin(axis=1) != np.arange(300)).mean()
    assert points.shape == (300, 2)
    assert hidden_rate(people, aligned, ncp=2) == pytest.approx(hidden)


@pytest.mark.parametrize("ties", [2, 3, 10])
def test_own_avatar_among_equally_near_ones_is_found_once_in_as_many(ties: int) -> None:
    # The first people's avatars are one and the same; everybody else's is far from everybody.
    people = line(*[0.0] * ties, *np.arange(100, 100 + ties))
    avatars = line(*[0.0] * ties, *np.arange(200, 200 + ties))
    # Of those others, one has an own avatar that is nearest: to 109, the nearest is 0's or 200's.
    distances = cdist(people, avatars)
    nearest = distances.min(axis=1, keepdims=True)
    found = np.diag(distances == nearest) / (distances == nearest).sum(axis=1)
    assert found[:ties].tolist() == [1 / ties] * ties
    assert hidden_rate(people, avatars) == pytest.approx(100 * (1 - found.mean()))
    sure = 100 * (1 - (found == 1).mean())
    assert hidden_rate(people, avatars, ties="hidden") == pytest.approx(sure)


def test_equally_far_avatars_count_as_cover() -> None:
    people = line(0, 10, 20, 30)
    # One and nine are equally far from the first two people; the last two have avatars of theirs.
    avatars = line(1, 9, 20, 30)
    assert sensitive_local_cloaking(people, avatars).tolist() == [0, 0, 0, 0]
    avatars = line(1, 11, -1, 30)
    # For the first person -1 is as far as the own avatar; for the third, all are nearer.
    assert sensitive_local_cloaking(people, avatars).tolist() == [1, 0, 3, 0]
    assert local_cloaking(people, avatars) == 0.5


def test_equally_far_avatars_count_though_their_distances_differ_by_a_rounding(
    rng: np.random.Generator,
) -> None:
    # Twins of twins: two avatars are the same row, wherever the axes put it.
    people = pd.DataFrame(rng.normal(size=(60, 6)))
    avatars = people + rng.normal(0, 0.1, size=(60, 6))
    avatars.iloc[1::2] = avatars.iloc[::2].to_numpy()
    assert sensitive_local_cloaking(people, avatars).min() >= 1


def test_mirrored_avatars_are_equally_far(rng: np.random.Generator) -> None:
    # Every person has two avatars at the same distance: rounding must not choose one of them.
    x = np.repeat(rng.normal(size=(40, 3)) * 1e3, 2, axis=0)
    step = np.tile([[1e-3], [-1e-3]], (40, 1)) * rng.normal(size=(80, 3)).repeat(1, axis=0)
    step[1::2] = -step[::2]
    people, avatars = pd.DataFrame(x), pd.DataFrame(x + step)
    assert hidden_rate(people, avatars) == pytest.approx(50)
    assert hidden_rate(people, avatars, ties="hidden") == 100
    assert (sensitive_local_cloaking(people, avatars) == 1).all()


def test_order_of_both_tables_doesn_t_matter(people: pd.DataFrame) -> None:
    aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    order = np.random.default_rng(1).permutation(300)
    moved = [table.iloc[order].reset_index(drop=True) for table in (people, aligned)]
    assert hidden_rate(*moved) == pytest.approx(hidden_rate(people, aligned))
    np.testing.assert_array_equal(
        sensitive_local_cloaking(*moved), sensitive_local_cloaking(people, aligned)[order]
    )


def test_gaps_take_part(gappy: pd.DataFrame) -> None:
    assert hidden_rate(gappy, gappy) == pytest.approx(0)
    # A gap can't be told from the mean but for its flag.
    filled = gappy.assign(pay=gappy["pay"].fillna(gappy["pay"].mean()))
    assert sensitive_local_cloaking(gappy, filled)[gappy["pay"].isna()].mean() > 0


def test_table_of_equal_people_hides_everybody_as_well_as_can_be() -> None:
    people = pd.DataFrame({"x": [1.5] * 40, "sex": ["f"] * 40})
    assert hidden_rate(people, people) == pytest.approx(100 * (1 - 1 / 40))
    assert hidden_rate(people, people, ties="hidden") == 100
    assert local_cloaking(people, people) == 39


def test_single_person() -> None:
    person = pd.DataFrame({"x": [1.5], "sex": ["f"]})
    assert hidden_rate(person, person) == 0
    assert local_cloaking(person, person) == 0


def test_unknown_rule_for_ties_is_refused(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterError, match="'ties' must be 'random' or 'hidden'"):
        hidden_rate(people, people, ties="first")


@pytest.mark.parametrize("metric", [hidden_rate, local_cloaking, sensitive_local_cloaking])
@pytest.mark.parametrize("ncp", [0, -1, 2.5, True, None, "5"])
def test_number_of_axes_is_checked(
    people: pd.DataFrame, metric: Callable[..., object], ncp: object
) -> None:
    with pytest.raises(InvalidParameterError, match="'ncp' must be a whole number from 1"):
        metric(people, people, ncp=ncp)
