"""Turn a real table about patients into avatars, and print what can be said of the release.

The table is the diabetes study of Efron, Hastie, Johnstone and Tibshirani (Annals of Statistics
32(2), 2004), 442 patients, which comes with scikit-learn. Seventy percent of them are avatarized;
the others stay unseen, as the control that every attack needs.

    python examples/demo.py
"""

from __future__ import annotations

import time
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes

import avatars  # noqa: F401  registers df.avatars
from avatars import Avatarizer, metrics
from avatars.metrics.space import projected, read_together

PICTURE = Path(__file__).parent / "output" / "demo.png"
BLUE, ORANGE, GREY = "#2b6ca3", "#e07b39", "#5b6470"
SEED = 2026


def patients() -> pd.DataFrame:
    """Return the table with the names and types that a clinic would use."""
    raw = load_diabetes(as_frame=True, scaled=False).frame
    return pd.DataFrame(
        {
            "age": raw["age"].astype(int),
            "sex": raw["sex"].map({1.0: "female", 2.0: "male"}),
            "bmi": raw["bmi"],
            "blood_pressure": raw["bp"],
            "cholesterol": raw["s1"].astype(int),
            "ldl": raw["s2"],
            "hdl": raw["s3"],
            "triglycerides_log": raw["s5"],
            "glucose": raw["s6"].astype(int),
            "bmi_class": pd.cut(
                raw["bmi"], [0, 25, 30, 99], labels=["normal", "overweight", "obese"]
            ),
            "progresses": np.where(raw["target"] > raw["target"].median(), "fast", "slow"),
        }
    )


def summary(people: pd.DataFrame, release: pd.DataFrame) -> pd.DataFrame:
    """Describe both tables side by side."""
    rows = {}
    for column in people:
        for name, table in (("people", people), ("avatars", release)):
            cells = table[column]
            if pd.api.types.is_numeric_dtype(cells):
                text = f"{cells.mean():.1f} +- {cells.std():.1f}"
            else:
                shares = cells.value_counts(normalize=True, sort=False).sort_index()
                text = ", ".join(f"{level} {share:.0%}" for level, share in shares.items())
            rows.setdefault(column, {})[name] = text
    return pd.DataFrame(rows).T


def attack(name: str, result: metrics.AttackResult, meaning: str) -> tuple[str, str, str]:
    """Say what an attack found and how sure that is, or why it was not run."""
    if not result.was_run:
        return name, "not run", str(result.reason)
    sure = f"{meaning}, 95 % interval {result.low:.3f} to {result.high:.3f}"
    return name, f"{result.value:.3f}", sure


def main() -> None:
    """Avatarize, measure, print, draw."""
    started = time.perf_counter()
    order = np.random.default_rng(0).permutation(442)
    table = patients()
    people, unseen = (
        table.iloc[order[rows]].reset_index(drop=True) for rows in (slice(309), slice(309, None))
    )

    release = people.avatars.avatarize(k=20, random_state=SEED)
    # The same avatars in the order of the people: sensitive, for metrics that compare pairs.
    aligned = Avatarizer(k=20, random_state=SEED, shuffle=False).fit_transform(people)

    print(f"{len(people)} patients, {people.shape[1]} columns -> {len(release)} avatars\n")
    print("the first avatars of the release")
    print(release.head().to_string(index=False), "\n")
    print("people beside avatars (mean +- standard deviation, or shares)")
    print(summary(people, release).to_string(), "\n")

    membership = metrics.membership_inference(people, release, unseen)
    linkability = metrics.linkability(people, release, unseen)
    real = metrics.tstr_score(people, people, unseen, "progresses")
    cloaking = metrics.local_cloaking(people, aligned)
    figures = [
        ("privacy", "", ""),
        ("hidden rate", f"{metrics.hidden_rate(people, aligned):.1f} %", "more is better"),
        ("median local cloaking", f"{cloaking:.0f} avatars", "more is better"),
        (
            "closer to a patient than to one unseen",
            f"{metrics.closer_to_training_share(people, release, unseen):.3f}",
            ".5 is best",
        ),
        attack("membership AUC", membership, ".5 is best"),
        attack("  of the tenth most exposed", membership.exposed, ".5 is best"),
        attack("linkability beyond the control", linkability, "0 is best"),
        ("signal", "", ""),
        ("mean Hellinger distance", f"{metrics.hellinger_mean(people, release):.3f}", "0 is best"),
        (
            "mean correlation difference",
            f"{metrics.correlation_difference(people, release):.3f}",
            "0 is best",
        ),
        (
            "AUC of a model trained on avatars, on patients unseen",
            f"{metrics.tstr_score(people, release, unseen, 'progresses'):.3f}",
            f"trained on patients {real:.3f}",
        ),
    ]
    for name, value, meaning in figures:
        print(f"{name:55s}{value:>12s}   {meaning}".rstrip())

    draw(people, release)
    seconds = time.perf_counter() - started
    print(f"\npicture: {PICTURE.relative_to(Path(__file__).parent.parent)} ({seconds:.0f} s)")


def draw(people: pd.DataFrame, release: pd.DataFrame) -> None:
    """Save where people and avatars stand, two distributions, and both correlation matrices."""
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplot_mosaic(
        [["plane", "plane", "bmi", "cholesterol"], ["plane", "plane", "before", "after"]],
        figsize=(12, 6.2),
        layout="constrained",
    )
    here, there = projected(*read_together(people, release), ncp=2)
    # Patients in cells of five and more: a picture must not show one of them alone.
    axes["plane"].hexbin(*here.T, gridsize=12, mincnt=5, cmap="Blues", vmin=0, lw=0.2, zorder=0)
    axes["plane"].scatter([], [], marker="h", s=60, color=BLUE, label="patients, five or more")
    axes["plane"].scatter(*there.T, s=22, color=ORANGE, alpha=0.55, lw=0, label="avatars")
    axes["plane"].set(title="On two axes of the patients", xlabel="axis 1", ylabel="axis 2")
    axes["plane"].legend(frameon=False)
    for column, unit in (("bmi", "kg/m²"), ("cholesterol", "mg/dl")):
        bins = np.histogram_bin_edges(people[column], 18)
        for cells, colour in ((people[column], BLUE), (release[column], ORANGE)):
            axes[column].hist(cells, bins, color=colour, alpha=0.55)
        axes[column].set(title=f"{column} ({unit})", yticks=[])
    for name, cells in (("before", people), ("after", release)):
        numbers = cells.select_dtypes("number")
        image = axes[name].imshow(numbers.corr(), cmap="RdBu_r", vmin=-1, vmax=1)
        axes[name].set(
            title="correlations, " + ("patients" if name == "before" else "avatars"),
            xticks=[],
            yticks=range(numbers.shape[1]) if name == "before" else [],
        )
        axes[name].spines[:].set_visible(False)
        if name == "before":
            axes[name].set_yticklabels([c.replace("_", " ") for c in numbers], color=GREY)
    figure.colorbar(image, ax=axes["after"], shrink=0.8)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=130)
    plt.close(figure)


if __name__ == "__main__":
    main()
