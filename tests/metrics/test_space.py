"""Tables as points, against the definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidColumnError, InvalidParameterError, InvalidTableError
from avatars.metrics.space import encoded, only, owners, projected, read_pair, read_together


def test_tables_are_read_with_the_schema_of_the_first(people: pd.DataFrame) -> None:
    first, second = read_together(people, people.head(7))
    assert second.schema is first.schema
    np.testing.assert_array_equal(second.numeric, first.numeric[:7])
    np.testing.assert_array_equal(second.codes, first.codes[:7])


def test_levels_of_others_get_codes_of_their_own(people: pd.DataFrame) -> None:
    other = people.head(7).assign(level=["none", "low", None, "new", "none", "mid", "high"])
    first, second = read_together(people, other)
    assert second.schema is first.schema
    assert first.schema.categories[0].n_levels == 5
    # high, low and mid keep their places; gaps are no level.
    assert second.codes[:, 0].tolist() == [4, 1, -1, 3, 4, 2, 0]
    np.testing.assert_array_equal(first.codes, read_together(people)[0].codes)


def test_what_was_read_passes_as_it_is(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    tables = read_together(people, unseen.assign(sex="x"))
    again = read_together(*tables)
    for before, after in zip(tables, again, strict=True):
        assert after.schema is before.schema
        assert after.numeric is before.numeric
        assert after.codes is before.codes


def test_what_was_read_is_joined_by_a_frame_with_other_levels(
    people: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    first, second = read_together(people, unseen.assign(sex=["x", "y"] * 150))
    tables = read_together(first, second, people.assign(sex="a"))
    assert len({id(table.schema) for table in tables}) == 1
    expected = read_together(people, unseen.assign(sex=["x", "y"] * 150))
    for found, wanted in zip(tables, expected, strict=False):
        np.testing.assert_array_equal(found.codes, wanted.codes)
    # Behind f, m, x and y.
    assert np.unique(tables[2].codes[:, 1]).tolist() == [4]


def test_table_that_was_read_alone_is_refused(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match="'avatars' is a Table that was read on its own"):
        read_together(people, read_together(unseen)[0])


def test_messages_name_each_table(people: pd.DataFrame) -> None:
    wrong = people.assign(age="old")
    for place, name in enumerate(["avatars", "holdout", "table 3", "table 4"]):
        others = [people] * place + [wrong]
        with pytest.raises(InvalidColumnError, match=f"'age' of table '{name}'"):
            read_together(people, *others)
    with pytest.raises(InvalidTableError, match="table 'original'"):
        read_together(people.head(0))


@pytest.mark.parametrize(
    "change", [lambda t: t.drop(columns="pay"), lambda t: t.assign(more=1.5), lambda t: t.head(0)]
)
def test_tables_of_other_columns_are_refused(people: pd.DataFrame, change: object) -> None:
    with pytest.raises(InvalidTableError, match="'avatars'"):
        read_together(people, change(people))


def test_columns_of_another_kind_are_refused_by_name(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidColumnError, match="'age'"):
        read_together(people, people.assign(age="old"))


@pytest.mark.parametrize("n_rows", [299, 1])
def test_pair_of_other_lengths_is_refused(people: pd.DataFrame, n_rows: int) -> None:
    with pytest.raises(InvalidTableError, match=f"300 rows and avatars {n_rows}.*shuffle=False"):
        read_pair(people, people.head(n_rows))


def test_some_columns_are_a_table_of_their_own(gappy: pd.DataFrame) -> None:
    wanted = ["sex", "pay"]
    found = only(wanted, *read_together(gappy, gappy.head(9)))
    expected = read_together(gappy[["pay", "sex"]], gappy[["pay", "sex"]].head(9))
    for part, table in zip(found, expected, strict=True):
        assert repr(part) == repr(table)
        assert part.digest() == table.digest()
        assert part.numeric.flags.f_contiguous and part.codes.flags.f_contiguous
    np.testing.assert_array_equal(projected(*found)[1], projected(*expected)[1])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["nobody"], "'x' names column 'nobody', which the table doesn't have"),
        ("age", "'x' must be a list of labels, got str"),
        ({"age": 1}, "'x' must be a list of labels, got dict"),
        ([], "'x' must name at least one column"),
        (["age", "key"], "'x' names column 'key', which is an identifier"),
    ],
)
def test_some_columns_are_checked(people: pd.DataFrame, labels: object, message: str) -> None:
    keyed = people.assign(key=[f"p{i}" for i in range(300)])
    with pytest.raises(InvalidParameterError, match=message):
        only(labels, *read_together(keyed, types={"key": "identifier"}), parameter="x")


def test_equal_rows_stand_on_one_point_to_the_last_bit(rng: np.random.Generator) -> None:
    kinds = pd.DataFrame(
        {f"x{i}": rng.normal(size=700) for i in range(6)} | {"c": rng.choice(list("abc"), 700)}
    )
    first = kinds.iloc[rng.integers(0, 700, 9_001)].reset_index(drop=True)
    second = kinds.iloc[rng.integers(0, 700, 333)]
    points = np.concatenate(projected(*read_together(first, second)))
    assert len(np.unique(points, axis=0)) == len(pd.concat([first, second]).drop_duplicates())


def test_level_that_only_others_have_stands_at_the_centre() -> None:
    people = pd.DataFrame({"c": ["a", "a", "b", "b"], "x": [0.5, 1.5, 0.5, 1.5]})
    _, found = projected(*read_together(people, pd.DataFrame({"c": ["z"], "x": [1.0]})))
    np.testing.assert_allclose(found, 0, atol=1e-12)


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
