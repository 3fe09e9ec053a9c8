"""Published figures that ``protection="none"`` must reproduce.

They were measured on the files of Guillaudeux et al., npj Digital Medicine 6, 37 (2023): the Breast
Cancer Wisconsin table, all ten columns as categories, k 20, two axes, mean over 25 seeds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC

from avatars import Avatarizer, metrics

TABLE = Path(__file__).parents[2] / "shared" / "data" / "wbcd.csv"
SEEDS = 25

pytestmark = pytest.mark.skipif(
    not TABLE.exists(), reason="the table is not ours to ship; it lies in ../shared where we work"
)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return pd.read_csv(TABLE)


@pytest.fixture(scope="module")
def releases(people: pd.DataFrame) -> list[pd.DataFrame]:
    types = dict.fromkeys(people, "category")
    return [
        Avatarizer(
            k=20, ncp=2, protection="none", types=types, shuffle=False, random_state=seed
        ).fit_transform(people)
        for seed in range(SEEDS)
    ]


def test_hidden_rate_and_local_cloaking(people: pd.DataFrame, releases: list[pd.DataFrame]) -> None:
    # The paper's metric space: the class a category, the nine scores numbers.
    types = {"Class": "category"}
    hidden = [metrics.hidden_rate(people, r, ncp=2, types=types) for r in releases]
    cloaking = [metrics.local_cloaking(people, r, ncp=2, types=types) for r in releases]
    assert np.mean(hidden) == pytest.approx(93.3, abs=0.4)
    assert np.mean(cloaking) == pytest.approx(24.5, abs=1.0)


def test_share_of_avatars_equal_to_their_own_record_and_to_any(
    people: pd.DataFrame, releases: list[pd.DataFrame]
) -> None:
    cells = people.to_numpy()
    known = set(map(tuple, cells))
    own = [(release.to_numpy() == cells).all(axis=1).mean() for release in releases]
    copies = [np.mean([tuple(row) in known for row in r.to_numpy()]) for r in releases]
    assert np.mean(own) == pytest.approx(0.41, abs=0.01)
    assert np.mean(copies) == pytest.approx(0.54, abs=0.01)


def test_correlations_and_distributions(people: pd.DataFrame, releases: list[pd.DataFrame]) -> None:
    off = ~np.eye(people.shape[1], dtype=bool)
    moved = [np.abs(people.corr() - r.corr()).to_numpy()[off].mean() for r in releases]
    assert np.mean(moved) == pytest.approx(0.024, abs=0.003)
    types = dict.fromkeys(people, "category")
    hellinger = [metrics.hellinger_mean(people, r, types=types) for r in releases]
    assert np.mean(hellinger) == pytest.approx(0.036, abs=0.003)


def test_classifier_trained_on_avatars(people: pd.DataFrame, releases: list[pd.DataFrame]) -> None:
    features = people.columns.drop("Class")
    scores = [
        SVC().fit(r[features], r["Class"]).score(people[features], people["Class"])
        for r in releases
    ]
    assert np.mean(scores) == pytest.approx(0.967, abs=0.010)


def test_every_value_is_that_of_a_neighbour(
    people: pd.DataFrame, releases: list[pd.DataFrame]
) -> None:
    from avatars.engine.neighbours import Neighbours
    from avatars.engine.project import Projection
    from avatars.engine.records import Records
    from avatars.tables import read_table

    table = read_table(people, types=dict.fromkeys(people, "category"))
    levels = tuple(column.n_levels for column in table.schema.categories)
    records = Records(table.numeric, table.codes, levels)
    points = Projection(2).fit(records).transform(records)
    tree = Neighbours(points, np.random.default_rng(0))
    distances, _ = tree.query(20, np.random.default_rng(0), own=np.arange(len(people)))
    # Whoever is as near as the twentieth may be among the twenty.
    reach = np.linalg.norm(points[:, None] - points[None], axis=2) <= distances[:, -1:] + 1e-9
    np.fill_diagonal(reach, False)
    cells = people.to_numpy()
    for release in releases[:5]:
        drawn = release.to_numpy()
        among = ((cells[None] == drawn[:, None]) & reach[:, :, None]).any(axis=1)
        assert among.all()
