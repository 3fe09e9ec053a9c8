"""Records and blocks."""

from __future__ import annotations

import numpy as np
import pytest

from avatars.engine.records import BLOCK, Records, blocks


@pytest.mark.parametrize("n_rows", [0, 1, 4, 5, 11])
def test_blocks_cover_every_row_once(n_rows: int) -> None:
    numbers, rows = [], []
    for number, part in blocks(n_rows, 5):
        numbers.append(number)
        rows += range(part.start, part.stop)
    assert rows == list(range(n_rows))
    assert numbers == list(range(len(numbers)))
    assert len(list(blocks(BLOCK + 1))) == 2


def test_onehot_has_one_indicator_per_column_and_row(levels: Records) -> None:
    dense = levels.onehot().toarray()
    expected = np.hstack(
        [
            levels.codes[:, [column]] == np.arange(n_levels)
            for column, n_levels in enumerate(levels.n_levels)
        ]
    )
    np.testing.assert_array_equal(dense, expected)
    assert levels.offsets.tolist() == [0, 2, 6, 11]


def test_onehot_of_no_category_is_empty(numbers: Records) -> None:
    assert numbers.onehot().shape == (200, 0)
    assert numbers.offsets.tolist() == [0]


@pytest.mark.parametrize("rows", [slice(3, 7), np.array([9, 9, 0])])
def test_take_keeps_rows_together(mixed: Records, rows: object) -> None:
    some = mixed.take(rows)
    np.testing.assert_array_equal(some.numeric, mixed.numeric[rows])
    np.testing.assert_array_equal(some.codes, mixed.codes[rows])
    assert some.n_levels == mixed.n_levels


def test_repr_holds_counts_and_no_cells() -> None:
    people = Records(np.full((3, 1), 123.25), np.full((3, 1), 77, dtype=np.int32), (99,))
    assert repr(people) == "Records(n_rows=3, n_numeric=1, n_categories=1)"
