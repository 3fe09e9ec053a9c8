"""How private and how faithful each protection is, on any CSV: the protocol of the docs' table.

    python benchmarks/protection.py people.csv --target outcome --seeds 5

For each seed 70 % of the rows, drawn at random, are avatarized; the other 30 % are people unseen.
Attacks compare the two sides in an encoding that no avatar was built in (numbers in standard
deviations of the release, one indicator per level). Each row of the table is the mean over the
seeds; "loss" is the AUC that gradient boosting trained on avatars loses on people unseen, against
protection "none" and against training on the people themselves.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from avatars import Avatarizer, metrics
from avatars.exceptions import AvatarsWarning
from avatars.metrics.space import encoded, owners, read_together
from avatars.tables import read_path

PROTECTIONS = ("none", "balanced", "strict")
COLUMNS = {
    "membership": "membership AUC",
    "exposed": "tenth most exposed",
    "link": "linkability",
    "closer": "closer to training",
    "copies": "rows copied",
    "hellinger": "Hellinger",
    "correlation": "corr. diff.",
    "std": "std ratio",
    "auc": "AUC on unseen",
}


def parts(people: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into the people that are avatarized and those who stay unseen."""
    order = np.random.default_rng([seed, 7030]).permutation(len(people))
    cut = round(0.7 * len(people))
    return (
        people.iloc[order[:cut]].reset_index(drop=True),
        people.iloc[order[cut:]].reset_index(drop=True),
    )


def indicator_correlation_difference(people: Any, release: Any, types: Any) -> float:
    """Return the mean change of correlations, categories by one indicator per level.

    ``avatars.metrics.correlation_difference`` compares whole categories, and needs no matrix of
    all levels; the docs' table was made with this one.
    """
    x, a = read_together(people, release, types=types)
    columns = owners(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        before, after = (np.corrcoef(side.toarray().T) for side in encoded(a, x, a)[1:])
    # What is constant among the people has no correlation to lose; lost by avatars it is 0.
    pairs = (columns[:, None] != columns) & ~np.isnan(before)
    return float(np.abs(before - np.nan_to_num(after))[pairs].mean()) if pairs.any() else 0.0


def figures(
    people: pd.DataFrame, release: pd.DataFrame, unseen: pd.DataFrame, target: str, types: Any
) -> dict[str, float]:
    """Measure one release."""
    # Everybody is tried, as many as there are.
    everybody: Any = {"types": types, "n_attempts": max(len(people), len(unseen))}
    membership = metrics.membership_inference(people, release, unseen, **everybody)
    exposed = membership.exposed
    known = set(map(tuple, people.astype(str).to_numpy()))
    copies = np.mean([tuple(row) in known for row in release.astype(str).to_numpy()])
    return {
        "membership": float(membership),
        "exposed": float("nan") if exposed is None else float(exposed),
        "link": float(metrics.linkability(people, release, unseen, **everybody)),
        "closer": metrics.closer_to_training_share(people, release, unseen, types=types),
        "copies": float(copies),
        "hellinger": metrics.hellinger_mean(people, release, types=types),
        "correlation": indicator_correlation_difference(people, release, types),
        "std": metrics.std_ratio(people, release, types=types),
        "auc": metrics.tstr_score(people, release, unseen, target, types=types),
    }


def compare(
    people: pd.DataFrame, target: str, types: Any, seeds: int, parameters: dict[str, Any]
) -> pd.DataFrame:
    """Return the mean figures of each protection and of the people themselves."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in (*PROTECTIONS, "real")}
    for seed in range(seeds):
        train, unseen = parts(people, seed)
        for protection in PROTECTIONS:
            avatarizer = Avatarizer(
                protection=protection, types=types, random_state=seed, n_jobs=2, **parameters
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", AvatarsWarning)
                release = avatarizer.fit_transform(train)
            rows[protection].append(figures(train, release, unseen, target, types))
        rows["real"].append({"auc": metrics.tstr_score(train, train, unseen, target, types=types)})
    table = pd.DataFrame({name: pd.DataFrame(values).mean() for name, values in rows.items()}).T
    table["loss to none"] = table.loc["none", "auc"] - table["auc"]
    table["loss to real"] = table.loc["real", "auc"] - table["auc"]
    return table.rename(columns=COLUMNS)


def main() -> None:
    """Read the command line, measure, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("csv", type=Path, help="the table, one person per row")
    parser.add_argument("--target", required=True, help="column that the model predicts")
    parser.add_argument("--drop", nargs="*", default=[], help="columns to leave out")
    parser.add_argument("--categories", nargs="*", default=[], help="integers that are codes")
    parser.add_argument(
        "--codes-up-to",
        type=int,
        default=0,
        help="treat columns of at most so many distinct values as categories (the paper: 10)",
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--k", type=int, default=None)
    parser.add_argument("--ncp", type=int, default=None)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()

    people = read_path(asked.csv).drop(columns=asked.drop)
    numeric = people.select_dtypes("number")
    codes = [c for c in numeric if people[c].nunique() <= asked.codes_up_to]
    types = dict.fromkeys([*asked.categories, *codes, asked.target], "category")
    table = compare(people, asked.target, types, asked.seeds, {"k": asked.k, "ncp": asked.ncp})
    print(f"{asked.csv.stem}: {people.shape[0]} x {people.shape[1]}, {asked.seeds} seeds")
    print(table.round(3).to_string(na_rep="-"))
    if asked.json:
        asked.json.write_text(json.dumps({asked.csv.stem: table.to_dict("index")}, indent=1))


if __name__ == "__main__":
    main()
