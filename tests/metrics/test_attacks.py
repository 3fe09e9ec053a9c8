"""Attacks with a control: what they find in releases of which it is known what they give away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score

from avatars.exceptions import InvalidTableError
from avatars.metrics import (
    MembershipResult,
    attacks,
    closer_to_training_share,
    linkability,
    membership_auc,
)
from avatars.metrics.space import encoded, read_together

ATTACKS: list[Callable[..., Any]] = [membership_auc, linkability, closer_to_training_share]


@pytest.fixture
def independent(rng: np.random.Generator) -> list[tuple[pd.DataFrame, ...]]:
    """Give thirty triples of people, release and people unseen, of one law and unrelated."""
    triples = []
    for _ in range(30):
        u = rng.normal(size=450)
        table = pd.DataFrame(
            {
                "x": u,
                "y": u + rng.normal(size=450),
                "z": rng.normal(size=450),
                "c": np.where(u + rng.normal(size=450) > 0, "a", "b"),
            }
        )
        triples.append(tuple(table.iloc[i : i + 150].reset_index(drop=True) for i in (0, 150, 300)))
    return triples


def mean_and_error(values: Any) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values) / np.sqrt(len(values)))


class TestMembership:
    def test_release_of_the_people_gives_them_away(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        assert membership_auc(people, people, unseen) == MembershipResult(1.0, 1.0)

    def test_release_of_the_unseen_gives_the_opposite(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        assert membership_auc(people, unseen, unseen) == MembershipResult(0.0, 0.0)
        same = membership_auc(people, unseen, people.iloc[::-1])
        assert same == MembershipResult(pytest.approx(0.5), pytest.approx(0.5))

    def test_independent_release_gives_nobody_away(
        self, independent: list[tuple[pd.DataFrame, ...]]
    ) -> None:
        found = [membership_auc(x, a, h) for x, a, h in independent]
        for values in ([f.auc for f in found], [f.auc_exposed for f in found]):
            mean, error = mean_and_error(values)
            assert abs(mean - 0.5) < 3 * error
            assert error < 0.03
        # Hanley and McNeil: the variance of an area of a half is (n + m + 1) / (12 n m).
        assert np.std([f.auc for f in found]) == pytest.approx(
            np.sqrt(301 / 12 / 150 / 150), rel=0.5
        )

    def test_half_of_the_people_are_found_as_often_as_they_are_released(
        self, people: pd.DataFrame, unseen: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        # A release of half of the people; of the others nothing is known.
        auc = membership_auc(people, people.head(150), unseen).auc
        assert auc == pytest.approx(0.75, abs=0.05)

    def test_brute_force_gives_the_same(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        release = people.sample(frac=0.6, random_state=1)
        cells = encoded(*read_together(release, people, unseen))
        a, x, h = (table.toarray() for table in cells)
        both = np.vstack([x, h])
        score = -cdist(both, a).min(axis=1)
        member = np.repeat([1, 0], 300)
        found = membership_auc(people, release, unseen)
        assert found.auc == pytest.approx(roc_auc_score(member, score.round(9)), abs=1e-6)
        others = np.sort(cdist(both, both), axis=1)[:, 1:6].mean(axis=1)
        exposed = others >= np.quantile(others, 0.9)
        assert exposed.sum() == 60
        assert found.auc_exposed == pytest.approx(
            roc_auc_score(member[exposed], score[exposed].round(9)), abs=1e-6
        )

    def test_order_of_rows_doesn_t_matter(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        release = people.sample(frac=0.6, random_state=1)
        moved = [t.sample(frac=1, random_state=2) for t in (people, release, unseen)]
        assert membership_auc(*moved) == membership_auc(people, release, unseen)

    def test_exposed_people_of_one_side_alone_give_no_figure(self) -> None:
        # All of the tenth who stand far out are members: there is nobody to tell them from.
        people = pd.DataFrame({"x": [*np.linspace(0, 1, 40), *np.arange(1, 11) ** 2 * 50.0]})
        unseen = pd.DataFrame({"x": np.linspace(0.01, 0.99, 50)})
        found = membership_auc(people, people, unseen)
        assert found.auc > 0.9
        assert np.isnan(found.auc_exposed)


class TestLinkability:
    def test_release_of_the_people_links_them(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        # With a number in either half, both halves lead to the person; the halves of five columns
        # in which there is none are few.
        assert linkability(people, people, unseen) > 0.5
        numbers = ["age", "pay", "height"]
        tables = [table[numbers] for table in (people, people, unseen)]
        assert linkability(*tables) == pytest.approx(1.0)

    def test_independent_release_links_nobody(
        self, independent: list[tuple[pd.DataFrame, ...]]
    ) -> None:
        mean, error = mean_and_error([linkability(x, a, h) for x, a, h in independent])
        assert abs(mean) < 3 * error
        assert error < 0.01

    def test_success_with_the_unseen_is_taken_off(self, people: pd.DataFrame) -> None:
        # Both sides the same: whatever the attacker links is no news of the people.
        assert linkability(people, people, people) == 0

    def test_one_column_can_t_be_halved(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        tables = [table[["age"]] for table in (people, people, unseen)]
        assert linkability(*tables) == 0

    def test_columns_are_halved_and_never_split(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        # Two columns that each name everybody: all splits are alike, and the link is perfect.
        tables = [t[["age"]].assign(twice=2 * t["age"]) for t in (people, people, unseen)]
        # For people unseen as well: the nearest in the one is the nearest in the other.
        assert linkability(*tables) == 0
        assert linkability(*tables, n_splits=1, random_state=5) == 0

    def test_splits_are_drawn_from_the_seed(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        release = people.sample(frac=0.5, random_state=0)
        first, again, other = (
            linkability(people, release, unseen, random_state=seed) for seed in (0, 0, 7)
        )
        assert first == again
        assert first != other


class TestCloserShare:
    def test_release_of_either_side_lies_with_it(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        assert closer_to_training_share(people, people, unseen) == 1
        assert closer_to_training_share(people, unseen, unseen) == 0

    def test_same_people_on_both_sides_are_even(self, people: pd.DataFrame) -> None:
        assert closer_to_training_share(people, people.head(50), people) == 0.5

    def test_independent_release_lies_with_neither(
        self, independent: list[tuple[pd.DataFrame, ...]]
    ) -> None:
        found = [closer_to_training_share(x, a, h) for x, a, h in independent]
        mean, error = mean_and_error(found)
        assert abs(mean - 0.5) < 3 * error
        assert error < 0.02

    @pytest.mark.parametrize("sizes", [(300, 60), (60, 300)])
    def test_larger_side_has_no_advantage(
        self, population: pd.DataFrame, rng: np.random.Generator, sizes: tuple[int, int]
    ) -> None:
        found = []
        for seed in range(20):
            rows = np.random.default_rng(seed).permutation(600)
            x, h, a = np.split(rows, [sizes[0], sizes[0] + sizes[1]])
            tables = [population.iloc[part].reset_index(drop=True) for part in (x, a, h)]
            found.append(closer_to_training_share(*tables, random_state=seed))
        mean, error = mean_and_error(found)
        assert abs(mean - 0.5) < 3 * error + 0.01

    def test_equally_far_counts_half(self) -> None:
        people, unseen = pd.DataFrame({"x": [0.5, 10.5]}), pd.DataFrame({"x": [2.5, 10.5]})
        release = pd.DataFrame({"x": [1.5, 0.6, 10.5, 2.4]})
        assert closer_to_training_share(people, release, unseen) == (0.5 + 1 + 0.5 + 0) / 4


@pytest.mark.parametrize("attack", ATTACKS)
class TestAll:
    def test_work_in_pieces_gives_the_same(
        self,
        monkeypatch: pytest.MonkeyPatch,
        people: pd.DataFrame,
        unseen: pd.DataFrame,
        attack: Callable[..., Any],
    ) -> None:
        release = people.sample(frac=0.6, random_state=1)
        whole = attack(people, release, unseen)
        monkeypatch.setattr(attacks, "_CELLS", 5_000)
        assert attack(people, release, unseen) == whole

    def test_gaps_constants_and_unknown_levels_are_taken(
        self, gappy: pd.DataFrame, unseen: pd.DataFrame, attack: Callable[..., Any]
    ) -> None:
        tables = [
            gappy.assign(one=1.5, none=np.nan),
            gappy.head(100).assign(one=1.5, none=np.nan),
            unseen.assign(one=2.5, none=np.nan, level="none"),
        ]
        found = attack(*tables)
        for value in [found.auc, found.auc_exposed] if attack is membership_auc else [found]:
            assert -1 <= value <= 1

    def test_identifiers_don_t_count(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Callable[..., Any]
    ) -> None:
        release = people.sample(frac=0.6, random_state=1)
        expected = attack(people, release, unseen)
        keyed = [
            table.assign(key=[f"{start}-{row}" for row in range(len(table))])
            for start, table in enumerate((people, release, unseen))
        ]
        assert attack(*keyed, types={"key": "identifier"}) == expected

    def test_polars_gives_the_same(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Callable[..., Any]
    ) -> None:
        polars = pytest.importorskip("polars")
        release = people.sample(frac=0.6, random_state=1)
        tables = (people, release, unseen)
        expected = attack(*tables)
        columns = [{name: table[name].tolist() for name in table} for table in tables]
        assert attack(*map(polars.DataFrame, columns)) == expected

    def test_other_columns_are_refused(
        self, people: pd.DataFrame, unseen: pd.DataFrame, attack: Callable[..., Any]
    ) -> None:
        with pytest.raises(InvalidTableError, match="'pay'"):
            attack(people, people, unseen.drop(columns="pay"))
