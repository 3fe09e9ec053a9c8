"""Generated people for the tests of the metrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """Give a source of chance that is the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def population(rng: np.random.Generator) -> pd.DataFrame:
    """Give 600 distinct people with numbers and categories that go together, without gaps."""
    u = rng.normal(size=600)
    return pd.DataFrame(
        {
            "age": 50 + 15 * u + rng.normal(0, 4, 600),
            "pay": np.exp(7 + 0.4 * u + rng.normal(0, 0.3, 600)),
            "height": rng.normal(170, 9, 600),
            "level": np.array(["low", "mid", "high"])[
                np.digitize(u + rng.normal(0, 0.5, 600), [-0.5, 0.8])
            ],
            "sex": rng.choice(["f", "m"], 600),
        }
    )


@pytest.fixture
def people(population: pd.DataFrame) -> pd.DataFrame:
    """Give the first 300 of them."""
    return population.iloc[:300].reset_index(drop=True)


@pytest.fixture
def unseen(population: pd.DataFrame) -> pd.DataFrame:
    """Give the other 300."""
    return population.iloc[300:].reset_index(drop=True)


@pytest.fixture
def gappy(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give the people with gaps in a number and in a category."""
    return people.assign(
        pay=people["pay"].mask(rng.random(300) < 0.2),
        level=people["level"].mask(rng.random(300) < 0.1),
    )
