"""Membership by nearness and by density: what is found in releases of which the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score

from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.metrics import AttackResult, membership_inference
from avatars.metrics.space import encoded, read_together

KINDS: Any = pytest.mark.parametrize("attack", ["distance", "density"])


def figures(result: AttackResult) -> tuple[float, ...]:
    """Give the numbers by which two results are the same."""
    assert result.exposed is not None
    most = result.exposed
    parts = [part for part in (result, most) if part.was_run]
    return tuple(figure for part in parts for figure in (part.value, part.low, part.high))


def independent(seed: int) -> list[pd.DataFrame]:
    """Give people, release and people unseen, of one law and unrelated."""
    rng = np.random.default_rng(seed)
    u = rng.normal(size=1800)
    table = pd.DataFrame(
        {
            "x": u,
            "y": u + rng.normal(size=1800),
            "z": rng.normal(size=1800),
            "c": np.where(u + rng.normal(size=1800) > 0, "a", "b"),
        }
    )
    return [table.iloc[i : i + 600].reset_index(drop=True) for i in (0, 600, 1200)]


@KINDS
class TestBoth:
    def test_release_of_the_people_gives_them_away(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        result = membership_inference(people, people, unseen, attack=attack)
        assert result.exposed is not None
        assert result.value == 1
        # Half of the hold-out is tested by density: a tenth of it is too few.
        assert result.exposed.was_run == (attack == "distance")
        assert not result.exposed.was_run or result.exposed.value == 1
        assert (result.success, result.control) == (1, pytest.approx(0.1, abs=0.007))
        assert result.low > 0.95
        assert result.high == 1
        assert (result.unit, result.interval, result.criterion) == ("auc", "DeLong", "membership")

    def test_release_of_the_unseen_gives_the_opposite(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        assert membership_inference(people, unseen, unseen, attack=attack).value < 0.02

    def test_independent_release_gives_nobody_away(self, attack: Any) -> None:
        found = [membership_inference(*independent(seed), attack=attack) for seed in range(40)]
        for results in (found, [result.exposed for result in found]):
            values = [float(result) for result in results if result is not None]
            error = np.std(values) / np.sqrt(40)
            assert abs(np.mean(values) - 0.5) < 3 * error
            assert error < 0.03
            # 95 % of the intervals should; fewer than 35 of 40 do once in a hundred times.
            assert sum(result.covers_chance for result in results if result is not None) >= 35

    def test_order_of_rows_doesn_t_matter(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        release = people.sample(frac=0.6, random_state=1)
        moved = [t.sample(frac=1, random_state=2) for t in (people, release, unseen)]
        whole = membership_inference(people, release, unseen, attack=attack)
        again = membership_inference(*moved, attack=attack)
        assert figures(again) == pytest.approx(figures(whole))
        few = membership_inference(people, release, unseen, attack=attack, n_attempts=50)
        again = membership_inference(*moved, attack=attack, n_attempts=50)
        assert figures(again) == pytest.approx(figures(few))

    def test_no_more_people_are_tested_than_asked_for(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        release = people.sample(frac=0.6, random_state=1)
        one, same, other = (
            membership_inference(
                people, release, unseen, attack=attack, n_attempts=50, random_state=seed
            )
            for seed in (0, 0, 1)
        )
        assert one.n_attempts == 100
        assert one == same
        assert one.value != other.value

    def test_tables_that_were_read_are_taken(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        release = people.sample(frac=0.6, random_state=1)
        read = read_together(people, release, unseen)
        assert membership_inference(*read, attack=attack) == membership_inference(
            people, release, unseen, attack=attack
        )

    def test_gaps_constants_and_unknown_levels_are_taken(
        self, gappy: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        people = gappy.assign(one=1.5, none=np.nan)
        others = unseen.assign(one=2.5, none=np.nan, level="none")
        result = membership_inference(people, people.head(100), others, attack=attack)
        assert 0.5 < result.value <= 1

    def test_identifiers_don_t_count(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        release = people.sample(frac=0.6, random_state=1)
        expected = membership_inference(people, release, unseen, attack=attack)
        keyed = [
            table.assign(key=[f"{start}-{row}" for row in range(len(table))])
            for start, table in enumerate((people, release, unseen))
        ]
        types = {"key": "identifier"}
        assert membership_inference(*keyed, attack=attack, types=types) == expected

    def test_polars_gives_the_same(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        polars = pytest.importorskip("polars")
        tables = (people, people.sample(frac=0.6, random_state=1), unseen)
        columns = [{name: table[name].tolist() for name in table} for table in tables]
        found = membership_inference(*map(polars.DataFrame, columns), attack=attack)
        assert found == membership_inference(*tables, attack=attack)

    @pytest.mark.parametrize("n", [1, 2, 3, 4])
    def test_handful_of_people_has_an_interval_or_a_reason(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any, n: int
    ) -> None:
        result = membership_inference(people.head(n), people, unseen.head(n), attack=attack)
        if result.was_run:
            assert result.low <= result.value <= result.high
        else:
            assert "too few to compare" in (result.reason or "")
        assert result.was_run == (n >= (2 if attack == "distance" else 3))

    def test_without_people_unseen_it_is_not_run(self, people: pd.DataFrame, attack: Any) -> None:
        result = membership_inference(people, people, attack=attack)
        assert not result.was_run
        assert "hold-out" in (result.reason or "")
        assert result.exposed is None

    def test_other_columns_are_refused(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Any
    ) -> None:
        with pytest.raises(InvalidTableError, match="'pay'"):
            membership_inference(people, people, unseen.drop(columns="pay"), attack=attack)


def test_parts_of_the_people_are_found_as_often_as_they_are_released(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    # A release of half of the people; of the others nothing is known.
    result = membership_inference(people, people.head(150), unseen)
    assert result.value == pytest.approx(0.75, abs=0.05)
    assert result.success == pytest.approx(0.55, abs=0.05)


def test_brute_force_gives_the_same(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = people.sample(frac=0.6, random_state=1)
    x, a, h = read_together(people, release, unseen)
    a, x, h = (points.toarray() for points in encoded(a, x, h))
    both = np.vstack([x, h])
    score = -cdist(both, a).min(axis=1).round(6)
    member = np.repeat([1, 0], 300)
    found = membership_inference(people, release, unseen)
    assert found.exposed is not None
    assert found.value == pytest.approx(roc_auc_score(member, score))
    others = np.sort(cdist(both, both), axis=1)[:, 1:6].mean(axis=1)
    exposed = others >= np.quantile(others, 0.9)
    assert exposed.sum() == found.exposed.n_attempts == 60
    assert found.exposed.value == pytest.approx(roc_auc_score(member[exposed], score[exposed]))


def test_density_is_nearness_beside_what_the_population_explains() -> None:
    # Half of everybody in a crowd, half alone. Avatars near the crowd say nothing; those near
    # loners do, though they are not as near: compared with an unseen crowd, distance errs.
    rng = np.random.default_rng(0)
    crowd, loners = rng.normal(0, 3, 80), np.arange(1, 81) * 20.0 + 100
    people = pd.DataFrame({"x": [*crowd[:40], *loners[::2]]})
    unseen = pd.DataFrame({"x": [*crowd[40:], *loners[1::2]]})
    release = people + rng.normal(0, 2, (80, 1))
    near, dense = (
        membership_inference(people, release, unseen, attack=attack).value
        for attack in ("distance", "density")
    )
    assert dense > near + 0.1


def test_exposed_people_of_one_side_alone_give_no_figure() -> None:
    # All of the tenth who stand far out are members: there is nobody to tell them from.
    people = pd.DataFrame({"x": [*np.linspace(0, 1, 40), *np.arange(1, 11) ** 2 * 50.0]})
    unseen = pd.DataFrame({"x": np.linspace(0.01, 0.99, 50)})
    found = membership_inference(people, people, unseen)
    assert found.value > 0.9
    assert found.exposed is not None
    assert not found.exposed.was_run
    assert "fewer than 20" in (found.exposed.reason or "")


def test_unknown_attack_is_refused(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterError, match="attack"):
        membership_inference(people, people, unseen, attack="shouting")  # type: ignore[arg-type]


def test_no_attempts_are_refused(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterError, match="n_attempts"):
        membership_inference(people, people, unseen, n_attempts=0)
