"""Generated people for the tests of the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.engine.records import Records


@pytest.fixture
def rng() -> np.random.Generator:
    """Give a source of chance that is the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def numbers(rng: np.random.Generator) -> Records:
    """Give four numeric columns that go together, in very different units."""
    mixed = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    return Records(mixed * [1, 10, 1e3, 1e-3] + [5, 0, 1e4, 1], np.empty((200, 0), np.int32), ())


@pytest.fixture
def levels(rng: np.random.Generator) -> Records:
    """Give three categories that go together; nobody holds the third level of the second."""
    u = rng.normal(size=200)
    codes = np.column_stack(
        [
            u > 0.3,
            np.array([0, 1, 3])[np.digitize(u + rng.normal(size=200), [-0.5, 0.8])],
            np.digitize(rng.normal(size=200) - u, [-1.5, -0.5, 0.2, 1.0]),
        ]
    ).astype(np.int32)
    return Records(np.empty((200, 0)), codes, (2, 4, 5))


@pytest.fixture
def mixed(numbers: Records, levels: Records) -> Records:
    """Give the numbers and the categories in one."""
    numeric = numbers.numeric.copy()
    numeric[:, 0] += levels.codes[:, 0]
    return Records(numeric, levels.codes, levels.n_levels)


@pytest.fixture
def frame(rng: np.random.Generator) -> pd.DataFrame:
    """Give a table of every kind of column that the engine treats in its own way."""
    n = 240
    age = rng.normal(50, 15, n).round()
    pay = np.exp(rng.normal(7, 0.5, n)).round(2)
    pay[rng.random(n) < 0.2] = np.nan
    level = np.digitize(age + rng.normal(0, 8, n), [40, 55, 70])
    return pd.DataFrame(
        {
            "age": age,
            "pay": pay,
            "height": rng.normal(170, 9, n).round(1),
            "level": pd.Categorical.from_codes(level, ["low", "mid", "high", "top"]),
            "sex": np.where(rng.random(n) < 0.5, "f", "m"),
            "smokes": pd.array(
                np.where(rng.random(n) < 0.15, None, rng.random(n) < 0.3), dtype="boolean"
            ),
        }
    )
