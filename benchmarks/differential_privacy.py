"""Usefulness of a release with differential privacy, side by side with public synthesizers.

    python3.11 -m venv /tmp/one && /tmp/one/bin/pip install dpmm
    python3.11 -m venv /tmp/two && /tmp/two/bin/pip install smartnoise-synth
    python benchmarks/differential_privacy.py adult.csv --target income --positive '>50K' \
        --bounds age=17:90 ... --other-python /tmp/one/bin/python /tmp/two/bin/python

The table is cut in halves at random, once for each split. Every tool fits the first half at each
epsilon, as a process of its own in an environment of its own, and is told the same: the bounds on
the command line, and as categories those that the whole file has, which stand for its codebook.
Gradient boosting learns ``--target`` from the release, as many rows as it comes with, and is tested
on the second half; distances and associations are those to the first. Ratios are means over splits,
above 1 where ours is better. With ``--rows`` the time of a fit of generated people is measured
instead: 8 numeric and 7 categorical columns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

DELTA = 1e-5
Domain = dict[str, Any]


def ours(people: pd.DataFrame, domain: Domain, epsilon: float) -> pd.DataFrame:
    """Release avatars."""
    from avatars import Avatarizer

    said = {
        label: {"categories" if isinstance(known[0], str) else "bounds": known}
        for label, known in domain.items()
    }
    return Avatarizer(dp_epsilon=epsilon, dp_delta=DELTA, dp_domain=said).fit_transform(people)


def dpmm(pipeline: str) -> Callable[[pd.DataFrame, Domain, float], pd.DataFrame]:
    """Return what releases with a pipeline of dpmm."""

    def release(people: pd.DataFrame, domain: Domain, epsilon: float) -> pd.DataFrame:
        from dpmm import pipelines

        known = {}
        for label, of in domain.items():
            if isinstance(of[0], str):
                people[label] = pd.Categorical(people[label], categories=of)
                known[label] = {"categories": of}
            else:
                known[label] = {"lower": of[0], "upper": of[1]}
        model = getattr(pipelines, pipeline)(epsilon=epsilon, delta=DELTA, disable_processing=False)
        model.fit(people, domain=known)
        return model.generate(n_records=len(people))

    return release


def smartnoise(synthesizer: str) -> Callable[[pd.DataFrame, Domain, float], pd.DataFrame]:
    """Return what releases with a synthesizer of smartnoise, in bins of equal width."""

    def release(people: pd.DataFrame, domain: Domain, epsilon: float) -> pd.DataFrame:
        from snsynth import Synthesizer
        from snsynth.transform import BinTransformer, LabelTransformer
        from snsynth.transform.table import TableTransformer

        columns = [
            LabelTransformer()
            if isinstance(of[0], str)
            else BinTransformer(bins=20, lower=of[0], upper=of[1])
            for of in domain.values()
        ]
        model = Synthesizer.create(synthesizer, epsilon=epsilon, delta=DELTA)
        found = model.fit_sample(
            people, transformer=TableTransformer(columns), preprocessor_eps=0.0
        )
        for label, of in domain.items():
            if not isinstance(of[0], str):
                found[label] = pd.to_numeric(found[label], errors="coerce")
        return found.dropna()

    return release


TOOLS: dict[str, Callable[[pd.DataFrame, Domain, float], pd.DataFrame]] = {
    "ours": ours,
    "dpmm MST": dpmm("MSTPipeline"),
    "dpmm AIM": dpmm("AIMPipeline"),
    "snsynth MST": smartnoise("mst"),
    "snsynth AIM": smartnoise("aim"),
}


def worker(tool: str, epsilon: float) -> None:
    """Fit one tool once; write what it releases and print the seconds."""
    people = pd.read_csv("people.csv")
    domain = json.loads(Path("domain.json").read_text())
    started = time.perf_counter()
    found = TOOLS[tool](people[list(domain)], domain, epsilon)
    took = time.perf_counter() - started
    found[list(domain)].to_csv("release.csv", index=False)
    print(json.dumps(took))


def measured(
    people: pd.DataFrame, unseen: pd.DataFrame, release: pd.DataFrame, target: str, positive: str
) -> dict[str, float]:
    """Measure a release."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    from avatars.metrics import correlation_difference, hellinger_mean

    names = [label for label in people if people[label].dtype.kind not in "if"]
    levels = {c: sorted({*people[c], *unseen[c], *release[c]}) for c in names if c != target}
    kinds = {c: pd.CategoricalDtype(known) for c, known in levels.items()}

    def given(table: pd.DataFrame) -> pd.DataFrame:
        return table.drop(columns=target).astype(kinds)

    model = HistGradientBoostingClassifier(
        learning_rate=0.05, categorical_features=list(kinds), random_state=0
    )
    model.fit(given(release), release[target] == positive)
    chance = model.predict_proba(given(unseen))[:, 1]
    few = release.sample(min(len(release), len(people)), random_state=0)
    return {
        "AUC": float(roc_auc_score(unseen[target] == positive, chance)),
        "Hellinger": hellinger_mean(people, few),
        "correlations": correlation_difference(people, few),
    }


def timing(n_rows: int, epsilons: list[float]) -> None:
    """Time fits of generated people, each a process of its own."""
    from metrics import people

    table = people(n_rows)
    bounds = {c: [-8.0, 8.0] for c in table if table[c].dtype.kind == "f"}
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder, "people.csv"), index=False)
        known = {c: bounds.get(c) or sorted(table[c].unique()) for c in table}
        Path(folder, "domain.json").write_text(json.dumps(known))
        for epsilon in epsilons:
            took = run(sys.executable, "ours", epsilon, folder)
            load = os.getloadavg()[0]
            print(f"{n_rows:,} x {table.shape[1]}, epsilon {epsilon:g}: {took:.1f} s, load {load}")


def run(python: str, tool: str, epsilon: float, folder: str) -> float:
    """Run a worker in a folder; return the seconds that its fit and draw took."""
    command = [python, str(Path(__file__).resolve()), "--worker", tool, str(epsilon)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(done.stdout.splitlines()[-1])


def interpreter(tool: str, others: list[str]) -> str | None:
    """Return the interpreter that has a tool, None if none was given."""
    if tool == "ours":
        return sys.executable
    asking = f"import importlib.util as u, sys; sys.exit(u.find_spec({tool.split()[0]!r}) is None)"
    return next((p for p in others if subprocess.run([p, "-c", asking]).returncode == 0), None)


def main() -> None:
    """Read the command line, measure, print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("csv", nargs="?", type=Path)
    parser.add_argument("--target")
    parser.add_argument("--positive")
    parser.add_argument("--bounds", nargs="+", default=[], metavar="COLUMN=LOW:HIGH")
    parser.add_argument("--epsilons", nargs="+", type=float, default=[1.0, 3.0, 10.0])
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS))
    parser.add_argument("--other-python", nargs="*", default=[])
    parser.add_argument("--rows", type=int, help="time fits of that many generated people")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.worker:
        worker(asked.worker[0], float(asked.worker[1]))
        return
    if asked.rows:
        timing(asked.rows, asked.epsilons)
        return
    table = pd.read_csv(asked.csv)
    domain: Domain = {
        c: sorted(table[c].unique()) for c in table if table[c].dtype.kind not in "if"
    }
    for said in asked.bounds:
        label, _, ends = said.partition("=")
        domain[label] = [float(end) for end in ends.split(":")]
    domain = {label: domain[label] for label in table}
    pythons = {tool: interpreter(tool, asked.other_python) for tool in asked.tools}
    found = []
    for split in range(asked.splits):
        order = np.random.default_rng(split).permutation(len(table))
        people, unseen = (
            table.iloc[rows].reset_index(drop=True) for rows in np.array_split(order, 2)
        )
        real = measured(people, unseen, people, asked.target, asked.positive)["AUC"]
        for epsilon in asked.epsilons:
            for tool, python in pythons.items():
                if python is None:
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    people.to_csv(Path(folder, "people.csv"), index=False)
                    Path(folder, "domain.json").write_text(json.dumps(domain))
                    seconds = run(python, tool, epsilon, folder)
                    release = pd.read_csv(Path(folder, "release.csv"))
                figures = measured(people, unseen, release, asked.target, asked.positive)
                row = {"tool": tool, "epsilon": epsilon, "split": split, **figures}
                found.append({**row, "s": seconds, "real AUC": real})
                print(found[-1], file=sys.stderr, flush=True)
    figures_of = pd.DataFrame(found).drop(columns="split").groupby(["epsilon", "tool"])
    means = figures_of.mean()
    means["AUC, least"], means["AUC, most"] = figures_of["AUC"].min(), figures_of["AUC"].max()
    mine = means.xs("ours", level="tool")
    means["AUC, ratio"] = mine["AUC"] / means["AUC"]
    for name in ("Hellinger", "correlations", "s"):
        means[f"{name}, ratio"] = means[name] / mine[name]
    print(means.round(3).T.to_string())


if __name__ == "__main__":
    main()
