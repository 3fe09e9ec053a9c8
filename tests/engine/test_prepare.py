"""From the rows of a table to complete records and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.engine.prepare import Preparation
from avatars.engine.records import Records
from avatars.engine.streams import Streams
from avatars.exceptions import SensitiveWarning
from avatars.models import AvatarizationParameters
from avatars.tables import Table, read_table

EXCLUDED = ["pay", "level"]


def prepared(table: Table, few: int = 0, **parameters: Any) -> Preparation:
    checked = AvatarizationParameters.checked(**parameters)
    return Preparation(table, checked, few=few, k=20, streams=Streams(b"seed", b"digest"))


def rows_of(preparation: Preparation, donors: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Write the people's own records as rows."""
    people = preparation.people
    if donors is None:
        donors = np.empty((people.n_rows, preparation.n_excluded), dtype=np.intp)
    return preparation.rows(
        np.full(people.n_rows, -1), people.numeric.copy(), people.codes.copy(), donors
    )


def test_records_come_back_as_the_rows_they_were(frame: pd.DataFrame) -> None:
    table = read_table(frame)
    numeric, codes = rows_of(prepared(table))
    np.testing.assert_array_equal(numeric, table.numeric)
    np.testing.assert_array_equal(codes, table.codes)


@pytest.mark.parametrize("method", ["mean", "median", "mode", "knn", "fast_knn"])
def test_people_are_complete_and_known_cells_are_theirs(frame: pd.DataFrame, method: str) -> None:
    table = read_table(frame)
    people = prepared(table, imputation_method=method).people
    known = ~np.isnan(table.numeric)
    np.testing.assert_array_equal(people.numeric[known], table.numeric[known])
    assert np.isfinite(people.numeric).all()
    assert (people.codes >= 0).all()
    # Two columns have gaps, and each of them has a flag.
    assert people.codes.shape[1] == table.codes.shape[1] + 2
    np.testing.assert_array_equal(people.codes[:, -2], frame["pay"].isna())
    np.testing.assert_array_equal(people.codes[:, -1], frame["smokes"].isna())


def test_other_rows_are_prepared_as_the_people_were(frame: pd.DataFrame) -> None:
    table = read_table(frame)
    preparation = prepared(table, few=5, imputation_method="median")
    some = np.array([5, 100, 5])
    records = preparation.records(table.take(some))
    expected = preparation.people.take(some)
    np.testing.assert_array_equal(records.numeric, expected.numeric)
    np.testing.assert_array_equal(records.codes, expected.codes)


def test_levels_of_few_take_part_as_the_level_of_similar_people(frame: pd.DataFrame) -> None:
    cells = np.where(frame["age"] > 60, "old", "young").astype(object)
    cells[:3] = "rare"
    table = read_table(frame.assign(group=cells))
    rare = next(column for column in table.schema.categories if column.label == "group")
    code = list(map(str, rare.codec.levels)).index("rare")
    preparation = prepared(table, few=5)
    assert not (preparation.people.codes[:, rare.slot] == code).any()
    assert not preparation.kept_levels[rare.slot][code]
    assert not (preparation.records(table).codes[:, rare.slot] == code).any()
    assert (prepared(table).people.codes[:, rare.slot] == code).sum() == 3


@pytest.mark.parametrize("wild", [1e6, -1e6])
def test_wild_values_are_cut_for_people_and_for_strangers(frame: pd.DataFrame, wild: float) -> None:
    frame.loc[7, "height"] = wild
    table = read_table(frame)
    preparation = prepared(table, few=5)
    slot = next(column.slot for column in table.schema.numeric if column.label == "height")
    others = np.delete(table.numeric[:, slot], 7)
    span = others.max() - others.min()
    for records in (preparation.people, preparation.records(table)):
        cut = records.numeric[7, slot]
        assert others.min() - span < cut < others.max() + span
        usual = np.delete(records.numeric[:, slot], 7)
        np.testing.assert_array_equal(usual, others)
    assert prepared(table).people.numeric[7, slot] == table.numeric[7, slot]


def test_weights_are_by_column_and_flags_weigh_as_their_columns(frame: pd.DataFrame) -> None:
    table = read_table(frame)
    parameters = AvatarizationParameters.checked(
        column_weights={"pay": 3.0, "sex": 0.0, "smokes": 0.5}
    )
    numeric, codes = prepared(table).weights(parameters)
    assert numeric.tolist() == [1.0, 3.0, 1.0]
    assert codes.tolist() == [1.0, 0.0, 0.5, 3.0, 0.5]


def test_excluded_columns_take_no_part(frame: pd.DataFrame) -> None:
    preparation = prepared(read_table(frame), exclude_variable_names=EXCLUDED)
    assert preparation.n_excluded == 2
    assert repr(preparation.people) == "Records(n_rows=240, n_numeric=2, n_categories=3)"


def test_excluded_cells_come_from_the_donors(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    table = read_table(frame)
    preparation = prepared(table, exclude_variable_names=EXCLUDED)
    donors = rng.integers(0, 240, size=(240, 2))
    numeric, codes = rows_of(preparation, donors)
    np.testing.assert_array_equal(numeric[:, 1], table.numeric[donors[:, 0], 1])
    np.testing.assert_array_equal(codes[:, 0], table.codes[donors[:, 1], 0])
    np.testing.assert_array_equal(numeric[:, [0, 2]], table.numeric[:, [0, 2]])
    np.testing.assert_array_equal(codes[:, 1:], table.codes[:, 1:])


def test_row_order_takes_excluded_cells_of_the_own_person_where_there_is_one(
    frame: pd.DataFrame, rng: np.random.Generator
) -> None:
    table = read_table(frame)
    with pytest.warns(SensitiveWarning, match="row_order"):
        preparation = prepared(
            table, exclude_variable_names=EXCLUDED, exclude_replacement_strategy="row_order"
        )
    people: Records = preparation.people
    own = np.where(np.arange(240) % 2, np.arange(240), -1)
    donors = rng.integers(0, 240, size=(240, 2))
    numeric, codes = preparation.rows(own, people.numeric.copy(), people.codes.copy(), donors)
    sources = np.where(own[:, None] >= 0, own[:, None], donors)
    np.testing.assert_array_equal(numeric[:, 1], table.numeric[sources[:, 0], 1])
    np.testing.assert_array_equal(codes[:, 0], table.codes[sources[:, 1], 0])


def test_excluded_cells_are_smoothed_when_protected(frame: pd.DataFrame) -> None:
    frame.loc[3, "pay"] = 9e6
    frame["where"] = ["here"] * 120 + ["there"] * 117 + ["rare"] * 3
    table = read_table(frame)
    preparation = prepared(table, few=5, exclude_variable_names=["pay", "where"])
    donors = np.repeat(np.arange(240)[:, None], 2, axis=1)
    numeric, codes = rows_of(preparation, donors)
    pay, known = numeric[:, 1], ~np.isnan(table.numeric[:, 1])
    np.testing.assert_array_equal(np.isnan(pay), ~known)
    # Ranks are kept; the wild one is pooled with the other extremes.
    ranks = pd.Series(pay[known]).rank().corr(pd.Series(table.numeric[known, 1]).rank())
    assert ranks > 0.999
    others = np.delete(table.numeric[:, 1], 3)
    assert np.nanmax(pay) < 2 * np.nanmax(others)
    place = next(column for column in table.schema.categories if column.label == "where")
    code = list(map(str, place.codec.levels)).index("rare")
    assert not (codes[:, place.slot] == code).any()


def test_column_without_values_stays_empty(frame: pd.DataFrame) -> None:
    table = read_table(frame.assign(nothing=np.full(240, np.nan)))
    for few in (0, 5):
        numeric, _ = rows_of(prepared(table, few=few))
        slot = next(column.slot for column in table.schema.numeric if column.label == "nothing")
        assert np.isnan(numeric[:, slot]).all()
