"""The Pareto front against its definition, and its figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from avatars.advice.front import draw_front, pareto


def by_definition(figures: np.ndarray) -> list[bool]:
    def dominates(one: np.ndarray, other: np.ndarray) -> bool:
        pairs = list(zip(one, other, strict=True))
        return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)

    return [
        not any(np.isnan(row)) and not any(dominates(other, row) for other in figures)
        for row in figures
    ]


# Few distinct values, so that ties and equal rows come up.
@given(
    arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
        elements=st.sampled_from([0.0, 0.25, 0.5, 1.0, np.nan]),
    )
)
def test_front_is_what_nothing_dominates(figures: np.ndarray) -> None:
    assert pareto(figures).tolist() == by_definition(figures)


@given(arrays(np.float64, (9, 3), elements=st.floats(-1, 1)), st.permutations(range(9)))
def test_order_of_the_settings_doesn_t_matter(figures: np.ndarray, order: list[int]) -> None:
    assert pareto(figures[order]).tolist() == pareto(figures)[order].tolist()


@given(arrays(np.float64, (9, 2), elements=st.floats(-1, 1)))
def test_best_in_one_figure_is_on_the_front_and_so_is_somebody(figures: np.ndarray) -> None:
    first = np.lexsort((figures[:, 1], figures[:, 0]))[-1]
    assert pareto(figures)[first]


def test_equal_settings_stay_together() -> None:
    assert pareto([[1, 1], [1, 1], [0, 1]]).tolist() == [True, True, False]


@pytest.fixture
def front() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "k": [5, 20, 40],
            "ncp": [5, 5, 2],
            "protection": ["balanced", "balanced", "strict"],
            "membership": [0.58, 0.52, 0.55],
            "membership_low": [0.55, 0.5, 0.52],
            "membership_high": [0.61, 0.54, 0.57],
            "utility": [0.97, 0.95, 0.9],
            "is_pareto": [True, True, False],
            "is_advised": [False, True, False],
        }
    )


def test_figure_names_the_settings_of_the_front(front: pd.DataFrame) -> None:
    pytest.importorskip("matplotlib")
    ax = draw_front(front, limit=0.6)
    assert [text.get_text() for text in ax.texts] == ["k=20, ncp=5", "k=5, ncp=5"]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "target of the context, 0.6" in labels
    assert {"balanced", "strict", "advised"} <= set(labels)


def test_figure_is_drawn_where_it_is_wanted(front: pd.DataFrame) -> None:
    figures = pytest.importorskip("matplotlib.figure")
    ax = figures.Figure().add_subplot()
    assert draw_front(front, limit=0.6, ax=ax) is ax
    line = next(line for line in ax.lines if line.get_label() == "Pareto front")
    assert line.get_xdata().tolist() == [0.52, 0.58]
