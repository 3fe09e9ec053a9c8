"""What every attack finds in releases of which it is known what they give away.

    python benchmarks/power.py --seeds 10 --write docs/guide/attacks-power.inc

For each seed a thousand generated patients are released in several ways, some of them leaky on
purpose, and another thousand stay unseen. Each cell is the mean value over the seeds with the mean
ends of its interval, and the share of seeds in which the interval excludes chance.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.metrics import AttackResult, attacks

COPIED, UNCHANGED, COLUMN = 0.05, 0.5, "weight"


class Leak(BaseEstimator):
    """Draw fresh patients, whoever is passed in, and let through what ``kind`` says."""

    def __init__(self, kind: str = "independent", random_state: int | None = None) -> None:
        self.kind = kind
        self.random_state = random_state

    def fit_transform(self, X: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        """Return one row per patient, in their order."""
        if self.kind == "table":
            return X.copy()
        rng = np.random.default_rng(self.random_state)
        release = make_patients(len(X), random_state=rng)
        if self.kind == "copies":
            rows = rng.permutation(len(X))[: round(COPIED * len(X))]
            release.iloc[rows] = X.iloc[rows]
        if self.kind == "column":
            rows = rng.permutation(len(X))[: round(UNCHANGED * len(X))]
            release.loc[rows, COLUMN] = X[COLUMN].to_numpy()[rows]
        return release


RELEASES: dict[str, tuple[str, BaseEstimator]] = {
    "table": ("the table itself", Leak("table")),
    "copies": ("5 % of rows copied", Leak("copies")),
    "column": (f"``{COLUMN}`` of half kept", Leak("column")),
    "independent": ("of other people", Leak("independent")),
    "none": ("avatars, none", Avatarizer(protection="none", shuffle=False)),
    "balanced": ("avatars, bal\u00adanced", Avatarizer(protection="balanced", shuffle=False)),
}

# Releases are passed aligned, which seed linkage needs and nothing else looks at.
ATTACKS: dict[str, Callable[..., AttackResult]] = {
    "singling out": lambda x, a, h, g: attacks.singling_out(x, a, h),
    "linkability": lambda x, a, h, g: attacks.linkability(x, a, h),
    "attribute inference": lambda x, a, h, g: attacks.attribute_inference(x, a, h),
    "membership, distance": lambda x, a, h, g: attacks.membership_inference(x, a, h),
    "membership, density": lambda x, a, h, g: attacks.membership_inference(
        x, a, h, attack="density"
    ),
    "membership, shadows": lambda x, a, h, g: attacks.shadow_membership(x, a, h, avatarizer=g),
    "seed linkage": lambda x, a, h, g: attacks.seed_linkage(x, a, avatarizer=g),
}

NOTES = f"""\
What an attack can't find, and why:

- ``{COLUMN}`` of half of the people, put into records that are otherwise strangers', is found by
  **singling out**, though not in every draw, since it asks for single values, and by **seed
  linkage**, to which the same value comes back with the same person. Membership and linkability
  look at records as wholes, and attribute inference reaches a value through the columns beside it:
  here they lead to somebody else.
- Five copies in a hundred move an area under the curve by .025, about as far as its interval on a
  thousand people reaches to either side. **Membership** finds them in some draws, the other attacks
  in all. The learned attacker is the worst at it: it learns what holds for most people.
- **Seed linkage** holds the whole table and the generator, more than any receiver does. What it
  finds is not what a receiver would, and is no bound either.
- An interval that covers chance says that this attack found nothing on this many people, not that
  there is nothing. Where a release depends on nobody, one interval in twenty misses chance all the
  same, and the attacks of one draw share their people.
"""


def measure(
    seed: int, n: int, releases: list[str] | None = None, names: list[str] | None = None
) -> dict[tuple[str, str], AttackResult]:
    """Return what every attack finds in every release, for one draw of people."""
    people = make_patients(n, random_state=[seed, 1])
    unseen = make_patients(n, random_state=[seed, 2])
    found = {}
    for kind in releases or list(RELEASES):
        generator = RELEASES[kind][1]
        generator.set_params(random_state=seed)
        release = generator.fit_transform(people)
        for name in names or list(ATTACKS):
            found[name, kind] = ATTACKS[name](people, release, unseen, generator)
    return found


def cell(results: list[AttackResult]) -> str:
    """Write the mean of some results."""
    value, low, high = np.mean([[r.value, r.low, r.high] for r in results], axis=0)
    proven = np.mean([not r.covers_chance for r in results])
    return f"{number(value)} [{number(low)}, {number(high)}], {proven:.0%}".replace("%", " %")


def number(value: float) -> str:
    """Write a number as the docs do."""
    return f"{value:.3f}".replace("0.", ".", 1)


def table(found: dict[tuple[str, str], list[AttackResult]], n: int, seeds: int) -> str:
    """Return the table of the docs."""
    lines = [
        ".. Written by benchmarks/power.py: run it again instead of editing this file.",
        "",
        f"{n:,} generated patients and as many unseen, {seeds} draws: mean value, mean 95 %",
        "interval, and the share of draws in which the interval excludes chance: .5 for the three",
        "memberships, 0 for the others.",
        "",
        ".. list-table::",
        "   :header-rows: 1",
        "",
        "   * - attack",
    ]
    lines += [f"     - {title}" for title, _ in RELEASES.values()]
    for name in ATTACKS:
        lines += [f"   * - {name}"]
        lines += [f"     - {cell(found[name, kind])}" for kind in RELEASES]
    return "\n".join([*lines, "", NOTES])


def main() -> None:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("-n", type=int, default=1000, help="people in the table, and unseen")
    parser.add_argument("--write", type=Path, help="write the table there as well")
    asked = parser.parse_args()

    found: dict[tuple[str, str], list[AttackResult]] = {}
    for seed in range(asked.seeds):
        started = time.perf_counter()
        for key, result in measure(seed, asked.n).items():
            found.setdefault(key, []).append(result)
        print(f"seed {seed}: {time.perf_counter() - started:.0f} s", flush=True)
    text = table(found, asked.n, asked.seeds)
    print(text)
    if asked.write:
        asked.write.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
