"""Tables as points, against the definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidColumnError, InvalidTableError
from avatars.metrics.space import encoded, owners, projected, read_pair, read_together


def test_tables_are_read_with_the_schema_of_the_first(people: pd.DataFrame) -> None:
    other = people.head(7).assign(level=["none"] * 7)
    first, second = read_together(people, other)
    assert second.schema is first.schema
    assert (second.codes[:, 0] == -1).all()
    np.testing.assert_array_equal(second.numeric, first.numeric[:7])


@pytest.mark.parametrize(
    "change", [lambda t: t.drop(columns="pay"), lambda t: t[t.columns[::-1]], lambda t: t.head(0)]
)
def test_tables_of_other_columns_are_refused(people: pd.DataFrame, change: object) -> None:
    with pytest.raises(InvalidTableError):
        read_together(people, change(people))


def test_columns_of_another_kind_are_refused_by_name(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidColumnError, match="'age'"):
        read_together(people, people.assign(age="old"))


@pytest.mark.parametrize("n_rows", [299, 1])
def test_pair_of_other_lengths_is_refused(people: pd.DataFrame, n_rows: int) -> None:
    with pytest.raises(InvalidTableError, match=f"300 rows and avatars {n_rows}.*shuffle=False"):
        read_pair(people, people.head(n_rows))


def test_projection_is_that_of_the_first_table(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    numbers = ["age", "pay", "height"]
    points = projected(*read_together(people[numbers], unseen[numbers]), ncp=3)
    x, y = people[numbers].to_numpy(), unseen[numbers].to_numpy()
    z, w = ((table - x.mean(axis=0)) / x.std(axis=0) for table in (x, y))
    axes = np.linalg.svd(z, full_matrices=False)[2]
    for found, expected in zip(points, (z @ axes.T, w @ axes.T), strict=True):
        np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-9)


def test_gap_is_a_column_of_its_own_and_filled_by_the_mean_of_the_first(
    gappy: pd.DataFrame, people: pd.DataFrame
) -> None:
    other = people.assign(pay=np.nan)
    filled = gappy.assign(
        pay=gappy["pay"].fillna(gappy["pay"].mean()),
        level=gappy["level"].fillna(gappy["level"].mode()[0]),
        no_pay=gappy["pay"].isna(),
        no_level=gappy["level"].isna(),
    )
    other_filled = other.assign(pay=gappy["pay"].mean(), no_pay=True, no_level=False)
    found = projected(*read_together(gappy, other), ncp=9)
    expected = projected(*read_together(filled, other_filled), ncp=9)
    for points, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.abs(points), np.abs(wanted), atol=1e-9)


def test_encoding_is_in_standard_deviations_of_the_release(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    release, others = encoded(*read_together(people, unseen))
    numbers = ["age", "pay", "height"]
    x, y = people[numbers].to_numpy(), unseen[numbers].to_numpy()
    np.testing.assert_allclose(
        release.toarray()[:, :3], (x - x.mean(axis=0)) / x.std(axis=0), atol=1e-9
    )
    np.testing.assert_allclose(
        others.toarray()[:, :3], (y - x.mean(axis=0)) / x.std(axis=0), atol=1e-9
    )
    # No gaps; then one indicator per level and one for its gap.
    assert not release.toarray()[:, 3:6].any()
    for cells, column, first in ((people, "level", 6), (people, "sex", 10)):
        levels = sorted(cells[column].unique())
        found = release.toarray()[:, first : first + len(levels)]
        expected = cells[column].to_numpy()[:, None] == np.array(levels)
        assert sorted(map(tuple, found.T)) == sorted(map(tuple, expected.astype(float).T))


def test_gaps_are_encoded_as_what_they_are(gappy: pd.DataFrame) -> None:
    table = read_together(gappy)[0]
    cells = encoded(table)[0].toarray()
    owner = owners(table)
    assert len(owner) == cells.shape[1]
    no_pay = gappy["pay"].isna().to_numpy()
    np.testing.assert_array_equal(cells[:, 4], no_pay)
    np.testing.assert_array_equal(cells[no_pay, 1], 0)
    known = gappy["pay"].dropna()
    np.testing.assert_allclose(
        cells[~no_pay, 1], (known - known.mean()) / known.std(ddof=0), atol=1e-9
    )
    # Every person has one level of each category, a gap being one.
    for category in (3, 4):
        np.testing.assert_array_equal(cells[:, owner == category].sum(axis=1), 1)


def test_owners_of_features_are_their_columns(people: pd.DataFrame) -> None:
    table = read_together(people)[0]
    assert owners(table).tolist() == [0, 1, 2, 0, 1, 2, 3, 3, 3, 3, 4, 4, 4]


def test_constant_and_empty_columns_are_encoded_without_a_word(people: pd.DataFrame) -> None:
    table = read_together(people.assign(one=1.0, none=np.full(300, np.nan)))[0]
    cells = encoded(table)[0].toarray()
    assert np.isfinite(cells).all()
    assert not cells[:, [3, 4]].any()
