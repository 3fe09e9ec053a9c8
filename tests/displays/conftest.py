"""Tables to draw, and a backend without windows."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from avatars.datasets import make_patients

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_figure_stays() -> Iterator[None]:
    """Close what a test drew."""
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


@pytest.fixture
def rng() -> np.random.Generator:
    """Give a source of chance that is the same in every run."""
    return np.random.default_rng(0)


def all_tables() -> dict[str, pd.DataFrame]:
    """Give tables of every shape that a figure may meet."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(200, 3))
    wide = {f"number {j}": hidden[:, j % 3] + rng.normal(size=200) for j in range(22)}
    wide |= {f"class {j}": np.where(hidden[:, j % 3] > 0, "yes", "no") for j in range(8)}
    days = pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 9000, 80), unit="D")
    return {
        "patients": make_patients(150, random_state=0),
        "wide": pd.DataFrame(wide),
        "12 people": make_patients(12, random_state=3),
        "4 people": make_patients(4, random_state=3)[["age", "sex", "admission"]],
        "one person": make_patients(1, random_state=3)[["age", "sex", "admission"]],
        "one number": pd.DataFrame({"x": rng.normal(size=60)}),
        "one category": pd.DataFrame({"x": rng.choice(["a", "b"], 60)}),
        "constant": pd.DataFrame({"x": [3.5] * 40, "y": ["a"] * 40}),
        "categories": pd.DataFrame(
            {
                "job": rng.choice([f"job {j}" for j in range(60)], 200),
                "flag": rng.random(200) < 0.3,
                "size": pd.Categorical(rng.choice(["s", "m"], 200), ["s", "m", "l"], ordered=True),
            }
        ),
        "many levels": pd.DataFrame(
            {
                "level": pd.Categorical.from_codes(
                    np.repeat(np.arange(500), 2), [f"l{j}" for j in range(10_000)]
                ),
                "y": rng.normal(size=1000),
            }
        ),
        "moments": pd.DataFrame(
            {
                "day": days,
                "zone": days.tz_localize("Europe/Paris"),
                "stay": pd.to_timedelta(rng.exponential(50, 80), unit="h"),
                "month": days.to_period("M"),
            }
        ),
        "gaps": make_patients(120, random_state=1, missing=0.4).assign(nothing=np.nan),
        "nullable": pd.DataFrame(
            {
                "whole": pd.array([1, None, 4] * 20, dtype="Int64"),
                "flag": pd.array([True, None, False] * 20, dtype="boolean"),
                "text": pd.array(["x", "y", None] * 20, dtype="string"),
            }
        ),
        "huge": pd.DataFrame(
            {
                "large": rng.normal(size=60) * 1e300,
                "small": rng.normal(size=60) * 1e-250,
                "whole": 2**62 + rng.integers(0, 5000, 60),
            }
        ),
    }


@pytest.fixture(params=all_tables())
def table(request: pytest.FixtureRequest) -> pd.DataFrame:
    """Give each of those tables."""
    return all_tables()[request.param]
