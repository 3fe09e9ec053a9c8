"""Put processors around a run: parts that add up, and a maximum above its minimum.

python examples/processors.py
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from avatars import Avatarizer
from avatars.processors import (
    GroupModalitiesProcessor,
    Processor,
    ProportionProcessor,
    RelativeDifferenceProcessor,
)

SEED = 2026


def households(n: int = 400) -> pd.DataFrame:
    """Return invented households: spending that adds up to the income, and a few rare towns."""
    rng = np.random.default_rng(1)
    income = rng.gamma(6, 500, n).round()
    shares = rng.dirichlet([4, 3, 5], n)
    spent = (shares[:, :2] * income[:, None]).round()
    low = rng.normal(118, 9, n).round()
    return pd.DataFrame(
        {
            "income": income,
            "rent": spent[:, 0],
            "food": spent[:, 1],
            "other": income - spent.sum(axis=1),
            "diastolic": low - 40,
            "systolic": low,
            "town": rng.choice(
                ["Lyon", "Nantes", "Brest", "Dole", "Vire"], n, p=[0.5, 0.3, 0.17, 0.02, 0.01]
            ),
        }
    )


def main() -> None:
    """Avatarize with the processors around it and show that the rules hold."""
    people = households()
    processors: list[Processor] = [
        GroupModalitiesProcessor(min_unique=3, global_threshold=10),
        ProportionProcessor(["rent", "food", "other"], "income", decimal_count=0),
        RelativeDifferenceProcessor("systolic", ["diastolic"]),
    ]
    table = people
    sources = []
    for processor in processors:
        sources.append(table)
        table = processor.preprocess(table)
    released = Avatarizer(k=20, random_state=SEED).fit_transform(table)
    for processor, source in zip(reversed(processors), reversed(sources), strict=True):
        released = processor.postprocess(source, released)

    spent = released[["rent", "food", "other"]].sum(axis=1)
    print(released.head())
    print(
        "spending adds up to the income in", f"{(spent == released['income'].round()).mean():.0%}"
    )
    print(
        "systolic above diastolic in",
        f"{(released['systolic'] > released['diastolic']).mean():.0%}",
    )
    print("towns:", ", ".join(sorted(released["town"].unique())))


if __name__ == "__main__":
    main()
