"""The engine as a whole, on tables."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from avatars.engine import model as model_module
from avatars.engine.model import AvatarModel
from avatars.exceptions import SensitiveWarning
from avatars.models import AvatarizationParameters
from avatars.tables import Table, conform, read_table

Arrays = tuple[NDArray[np.float64], NDArray[np.int32]]

PROTECTIONS = ["none", "balanced", "strict"]


def fitted(
    source: pd.DataFrame | Table, *, seed: bytes = b"seed", n_jobs: int = 1, **parameters: Any
) -> AvatarModel:
    table = source if isinstance(source, Table) else read_table(source)
    checked = AvatarizationParameters.checked(**parameters)
    return AvatarModel(table, checked, seed=seed, n_jobs=n_jobs).fit()


def avatars(model: AvatarModel) -> Arrays:
    return model.sensitive_numeric, model.sensitive_codes


def same(one: Arrays, other: Arrays) -> bool:
    return all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(one, other, strict=True)
    )


protected_or_not = pytest.mark.parametrize("protection", PROTECTIONS)


@protected_or_not
def test_one_avatar_per_person_within_the_range_of_the_people(
    frame: pd.DataFrame, protection: str
) -> None:
    model = fitted(frame, protection=protection)
    numeric, codes = avatars(model)
    assert model.k == 20
    assert numeric.shape == model.table.numeric.shape
    assert codes.shape == model.table.codes.shape
    assert (np.nanmin(numeric, axis=0) >= np.nanmin(model.table.numeric, axis=0)).all()
    assert (np.nanmax(numeric, axis=0) <= np.nanmax(model.table.numeric, axis=0)).all()
    for column, drawn in zip(model.table.codes.T, codes.T, strict=True):
        assert set(drawn) <= set(column)


@protected_or_not
def test_avatars_depend_on_seed_and_table_and_nothing_else(
    frame: pd.DataFrame, protection: str
) -> None:
    model = fitted(frame, protection=protection)
    assert same(avatars(model), avatars(fitted(frame.copy(), protection=protection)))
    assert not same(avatars(model), avatars(fitted(frame, seed=b"other", protection=protection)))


@protected_or_not
def test_threads_and_blocks_don_t_show(
    monkeypatch: pytest.MonkeyPatch, frame: pd.DataFrame, protection: str
) -> None:
    monkeypatch.setattr(model_module, "BLOCK", 50)
    one, two = (fitted(frame, n_jobs=n_jobs, protection=protection) for n_jobs in (1, 2))
    assert same(avatars(one), avatars(two))
    assert same(one.sample(333), two.sample(333))


def test_other_cells_give_another_permutation_and_other_draws(frame: pd.DataFrame) -> None:
    other = frame.copy()
    other.loc[0, "age"] += 1
    here, there = (fitted(table, protection="none") for table in (frame, other))
    orders = [model.permutation(model.table) for model in (here, there)]
    for order in orders:
        assert sorted(order) == list(range(240))
    # Two random orders agree in one place on average, and in ten hardly ever.
    assert (orders[0] == orders[1]).sum() < 10
    assert (orders[0] == np.arange(240)).sum() < 10
    untouched = slice(1, None)
    unequal = here.sensitive_numeric[untouched] != there.sensitive_numeric[untouched]
    assert unequal.any(axis=1).mean() > 0.9


def test_other_seed_gives_another_permutation(frame: pd.DataFrame) -> None:
    table = read_table(frame)
    one, other = (fitted(table, seed=seed).permutation(table) for seed in (b"1", b"2"))
    assert (one == other).sum() < 10


class TestDrawFor:
    def test_people_of_the_fit_get_their_avatars(self, frame: pd.DataFrame) -> None:
        model = fitted(frame)
        assert same(model.draw_for(model.table), avatars(model))

    @pytest.mark.parametrize("kind", ["part", "other order", "repeated"])
    def test_some_of_them_in_any_order(
        self, frame: pd.DataFrame, rng: np.random.Generator, kind: str
    ) -> None:
        model = fitted(frame)
        rows = {
            "part": np.array([3, 9, 120]),
            "other order": rng.permutation(240),
            "repeated": np.array([5, 5, 5, 0]),
        }[kind]
        drawn = model.draw_for(model.table.take(rows))
        assert same(drawn, tuple(cells[rows] for cells in avatars(model)))

    def test_twins_get_the_avatars_of_the_twins(self, frame: pd.DataFrame) -> None:
        rows = np.arange(240)
        rows[[50, 200]] = 10
        model = fitted(frame.iloc[rows])
        assert same(model.draw_for(model.table), avatars(model))
        once = model.draw_for(model.table.take([200]))
        assert same(once, tuple(cells[[10]] for cells in avatars(model)))
        four = model.draw_for(model.table.take([10, 10, 10, 10]))
        assert same(four, tuple(cells[[10, 50, 200, 10]] for cells in avatars(model)))

    def test_strangers_are_drawn_around_where_they_stand(self, rng: np.random.Generator) -> None:
        x = rng.normal(size=(600, 2)).round(3)
        model = fitted(pd.DataFrame(x, columns=["a", "b"]), protection="none")
        stranger = conform(pd.DataFrame({"a": [1.0] * 200, "b": [-1.0] * 200}), model.table.schema)
        # Two hundred equal strangers: their draws fill the box of the same twenty neighbours.
        numeric, _ = model.draw_for(stranger)
        z = (x - x.mean(axis=0)) / x.std(axis=0)
        place = ([1.0, -1.0] - x.mean(axis=0)) / x.std(axis=0)
        near = model.table.numeric[np.argsort(((z - place) ** 2).sum(axis=1))[:20]]
        assert (numeric >= near.min(axis=0)).all() and (numeric <= near.max(axis=0)).all()
        assert len(np.unique(numeric, axis=0)) > 150

    @protected_or_not
    def test_strangers_beside_people_change_nothing_for_these(
        self, frame: pd.DataFrame, protection: str
    ) -> None:
        model = fitted(frame.iloc[:200], protection=protection)
        both = conform(frame, model.table.schema)
        drawn = model.draw_for(both)
        assert same(tuple(cells[:200] for cells in drawn), avatars(model))
        assert not np.isnan(drawn[0][:, 0]).any()
        assert same(drawn, model.draw_for(both))

    def test_strangers_of_unknown_levels_and_wild_values(self, frame: pd.DataFrame) -> None:
        model = fitted(frame)
        odd = frame.head(3).assign(sex=["x", "y", "z"], height=[1e9, -1e9, 170.0])
        numeric, codes = model.draw_for(conform(odd, model.table.schema))
        assert (numeric[:, 2] <= model.table.numeric[:, 2].max()).all()
        assert (numeric[:, 2] >= model.table.numeric[:, 2].min()).all()
        assert (codes[:, 1] >= 0).all()


class TestSample:
    @protected_or_not
    @pytest.mark.parametrize("n_rows", [1, 240, 720])
    def test_any_number_of_avatars(self, frame: pd.DataFrame, protection: str, n_rows: int) -> None:
        model = fitted(frame, protection=protection)
        numeric, codes = model.sample(n_rows)
        assert numeric.shape == (n_rows, 3)
        assert codes.shape == (n_rows, 3)
        assert same((numeric, codes), model.sample(n_rows))

    @protected_or_not
    def test_distribution_is_that_of_the_avatars(
        self, frame: pd.DataFrame, protection: str
    ) -> None:
        model = fitted(frame, protection=protection)
        numeric, codes = model.sample(2_400)
        drawn = avatars(model)
        # Four standard errors of a mean over the 240 avatars.
        error = 4 * np.nanstd(drawn[0], axis=0) / np.sqrt(240)
        moved = np.abs(np.nanmean(numeric, axis=0) - np.nanmean(drawn[0], axis=0))
        assert (moved < error).all()
        for level in range(4):
            shares = [(cells[:, 0] == level).mean() for cells in (codes, drawn[1])]
            assert shares[0] == pytest.approx(shares[1], abs=4 * 0.5 / np.sqrt(240))

    def test_order_is_not_that_of_the_people(self, frame: pd.DataFrame) -> None:
        model = fitted(frame.sort_values("age", ignore_index=True), protection="none")
        numeric, _ = model.sample(240)
        assert abs(np.corrcoef(numeric[:, 0], np.arange(240))[0, 1]) < 4 / np.sqrt(240)


class TestExcluded:
    def test_cell_of_somebody_near_who_is_somebody_else(self, rng: np.random.Generator) -> None:
        x = rng.normal(size=(300, 2)).round(4)
        frame = pd.DataFrame(x, columns=["a", "b"]).assign(tag=rng.permutation(300) * 2 + 0.5)
        model = fitted(frame, k=10, protection="none", exclude_variable_names=["tag"])
        owner = {tag: row for row, tag in enumerate(model.table.numeric[:, 2])}
        donors = np.array([owner[tag] for tag in model.sensitive_numeric[:, 2]])
        z = (x - x.mean(axis=0)) / x.std(axis=0)
        distance = ((z[:, None] - z[None]) ** 2).sum(axis=2)
        np.fill_diagonal(distance, np.inf)
        rank = (distance < distance[np.arange(300), donors][:, None]).sum(axis=1)
        assert rank.max() < 10
        assert (donors != np.arange(300)).all()

    def test_cell_of_the_own_person_by_row_order(self, frame: pd.DataFrame) -> None:
        with pytest.warns(SensitiveWarning, match="row_order"):
            model = fitted(
                frame,
                protection="none",
                exclude_variable_names=["pay", "sex"],
                exclude_replacement_strategy="row_order",
            )
        np.testing.assert_array_equal(model.sensitive_numeric[:, 1], model.table.numeric[:, 1])
        np.testing.assert_array_equal(model.sensitive_codes[:, 1], model.table.codes[:, 1])

    def test_neighbours_don_t_depend_on_them(self, frame: pd.DataFrame) -> None:
        table = read_table(frame)
        plain = fitted(frame.drop(columns=["pay", "sex"]), protection="none")
        without = fitted(table, protection="none", exclude_variable_names=["pay", "sex"])
        np.testing.assert_array_equal(plain.projection.axes, without.projection.axes)


class TestWeights:
    def test_column_of_weight_zero_is_ignored_by_neighbours(self, rng: np.random.Generator) -> None:
        # Two columns that are each other's strangers: with weight 0 the avatar's cell says nothing
        # of the person's, with weight 1 nearly all.
        frame = pd.DataFrame({"a": rng.normal(size=500), "b": rng.normal(size=500)})
        tied = {}
        for weight in (0.0, 1.0):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = fitted(frame, protection="none", column_weights={"b": weight})
            people, drawn = model.table.numeric[:, 1], model.sensitive_numeric[:, 1]
            tied[weight] = np.corrcoef(people, drawn)[0, 1]
        assert abs(tied[0.0]) < 4 / np.sqrt(500)
        assert tied[1.0] > 0.9

    def test_heavier_column_is_kept_closer(self, frame: pd.DataFrame) -> None:
        moved = []
        for weight in (0.2, 1.0, 10.0):
            model = fitted(frame, protection="none", column_weights={"height": weight})
            apart = np.abs(model.sensitive_numeric[:, 2] - model.table.numeric[:, 2])
            moved.append(apart.mean())
        assert moved == sorted(moved, reverse=True)


class TestGaps:
    @protected_or_not
    def test_share_of_gaps_is_kept(self, frame: pd.DataFrame, protection: str) -> None:
        model = fitted(pd.concat([frame] * 4, ignore_index=True), protection=protection)
        numeric, codes = avatars(model)
        for before, after in (
            (np.isnan(model.table.numeric), np.isnan(numeric)),
            (model.table.codes < 0, codes < 0),
        ):
            moved = np.abs(before.mean(axis=0) - after.mean(axis=0))
            # Three standard errors of a share of a fifth among 960.
            assert (moved <= 3 * 0.4 / np.sqrt(960)).all()
            assert (after.any(axis=0) == before.any(axis=0)).all()

    @protected_or_not
    def test_columns_missing_together_stay_missing_together(
        self, frame: pd.DataFrame, protection: str
    ) -> None:
        frame["bonus"] = frame["pay"] * 0.1 + frame["age"]
        frame.loc[frame["pay"].isna(), "sex"] = None
        model = fitted(frame, protection=protection)
        numeric, codes = avatars(model)
        gaps = np.isnan(numeric[:, 1])
        assert 0 < gaps.sum() < 240
        np.testing.assert_array_equal(np.isnan(numeric[:, 3]), gaps)
        np.testing.assert_array_equal(codes[:, 1] < 0, gaps)

    @pytest.mark.parametrize("method", ["knn", "fast_knn", "mean", "median", "mode"])
    def test_every_way_to_fill_gives_avatars(self, frame: pd.DataFrame, method: str) -> None:
        model = fitted(frame, imputation_method=method, imputation_training_fraction=0.5)
        assert 0.1 < np.isnan(model.sensitive_numeric[:, 1]).mean() < 0.3


class TestReduction:
    @protected_or_not
    def test_categories_of_many_levels_are_summed_up(
        self, frame: pd.DataFrame, rng: np.random.Generator, protection: str
    ) -> None:
        frame["ward"] = [f"w{ward}" for ward in rng.permutation(np.arange(240) % 20)]
        model = fitted(frame, use_categorical_reduction=True, protection=protection)
        assert model.sensitive_codes.shape == (240, 4)
        # Three numbers and twenty axes.
        assert model.projection.axes.shape == (23, 5)


class TestProtection:
    def test_published_draw_shrinks_and_protected_draws_don_t(
        self, rng: np.random.Generator
    ) -> None:
        frame = pd.DataFrame(rng.normal(size=(800, 8)), columns=list("abcdefgh"))
        ratio = {
            protection: (
                fitted(frame, protection=protection).sensitive_numeric.std(axis=0)
                / frame.std(axis=0, ddof=0).to_numpy()
            ).mean()
            for protection in PROTECTIONS
        }
        assert 0.6 < ratio["none"] < 0.85
        assert ratio["balanced"] == pytest.approx(1, abs=0.02)
        assert ratio["strict"] == pytest.approx(1, abs=0.02)

    @pytest.mark.parametrize("protection", ["balanced", "strict"])
    @pytest.mark.parametrize("wild", [1e4, -1e4, 1e9])
    def test_one_wild_value_moves_nobody(
        self, frame: pd.DataFrame, protection: str, wild: float
    ) -> None:
        usual = frame["height"].drop(7)
        frame.loc[7, "height"] = wild
        model = fitted(frame, protection=protection)
        slot = next(c.slot for c in model.table.schema.numeric if c.label == "height")
        for cells in (model.sensitive_numeric, model.sample(480)[0]):
            own = model.table.numeric[:, slot]
            heights = cells[:, slot] - own[0] + frame["height"].iloc[0]
            span = np.ptp(usual)
            assert usual.min() - span / 2 < heights.min()
            assert heights.max() < usual.max() + span / 2
            assert heights.std() == pytest.approx(usual.std(), rel=0.2)

    @pytest.mark.parametrize("protection", ["balanced", "strict"])
    def test_nobody_is_copied(self, frame: pd.DataFrame, protection: str) -> None:
        model = fitted(frame, protection=protection)
        hashes = [
            Table(model.table.schema, *cells, len(cells[0])).row_hashes()
            for cells in (avatars(model), model.sample(720))
        ]
        assert not np.isin(np.concatenate(hashes), model.table.row_hashes()).any()

    def test_table_that_can_t_be_told_from_its_copies_warns(self) -> None:
        # Everybody is unique, and every combination is taken: each avatar is somebody.
        grid = np.array(np.meshgrid(*[np.arange(2)] * 6)).reshape(6, -1).T
        frame = pd.DataFrame(grid).astype(bool)
        with pytest.warns(SensitiveWarning, match="every avatar coincides"):
            fitted(frame, protection="balanced")


def test_progress_names_the_steps(frame: pd.DataFrame) -> None:
    said: list[str] = []
    table = read_table(frame)
    parameters = AvatarizationParameters.checked()
    AvatarModel(table, parameters, seed=b"seed", progress=said.append).fit()
    assert said[0] == "filling gaps"
    assert "drawing avatars" in said
    assert len(said) == len(set(said))


def test_repr_shows_neither_cells_nor_seed(frame: pd.DataFrame) -> None:
    text = repr(fitted(frame, seed=b"very secret"))
    assert "secret" not in text
    assert text.startswith("AvatarModel(Table(240 rows, 6 columns: 'age' numeric")
    assert text.endswith("protection='balanced')")
