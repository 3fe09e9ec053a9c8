"""Seconds and peak memory of a whole evaluation, side by side with public evaluators.

    python3.11 -m venv /tmp/one && /tmp/one/bin/pip install syntheval
    python3.11 -m venv /tmp/two && /tmp/two/bin/pip install anonymeter
    python benchmarks/evaluation.py --other-python /tmp/one/bin/python /tmp/two/bin/python

A release of 10,000 people in 8 numeric and 7 categorical columns is measured against 5,000 people
unseen. ``ours`` is ``avatars.metrics.evaluate`` with all there is to give it, so that every attack
is run. The others are used as they come, through what their documentation says, in environments of
their own (they ask for different versions of NumPy). Each reads the same CSV files and runs as a
process of its own, imports and reading included, in turn. No two tools measure the same things, so
that there are pairs:

- ``syntheval``, its preset ``full_eval``, beside ``ours``: each all that it has;
- ``syntheval, shared`` beside ``ours, shared``: what both measure, SHARED says what;
- ``anonymeter`` beside ``ours, attacks``: singling out, linkage, and inference of each column,
  with as many attempts.

CPU seconds and the load beforehand are printed too: other work on the machine lengthens the wall
time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

N_ATTEMPTS = 2000
KNOWN = ["number_0", "number_1", "category_3", "category_4"]
TARGET = "category_0"

SHARED = {
    "corr_diff": ["correlation_difference"],
    "ks_test": ["ks_mean", "total_variation_mean"],
    "h_dist": ["hellinger_mean"],
    "p_mse": ["pmse_ratio"],
    "cls_acc": ["tstr_ratio"],
    "nndr": ["closest_distances_ratio"],
    "dcr": ["distance_to_closest"],
    "hit_rate": ["row_direct_match_protection"],
    "mia": ["membership_inference"],
}
"""Metrics of syntheval, and ours that answer the same question."""

PRESET = {
    "corr_diff": {"mixed_corr": True},
    "ks_test": {"sig_lvl": 0.05, "n_perms": 1000},
    "p_mse": {"k_folds": 5, "max_iter": 100, "solver": "liblinear"},
    "cls_acc": {
        "cls_models": ["rf", "adaboost", "svm", "logreg"],
        "F1_type": "weighted",
        "k_folds": 5,
        "full_output": False,
    },
    "hit_rate": {"thres_percent": 0.0333},
    "mia": {"num_eval_iter": 5},
}
"""What ``full_eval`` sets for them."""

PAIRS = {
    "syntheval": "ours",
    "syntheval, shared": "ours, shared",
    "anonymeter": "ours, attacks",
}


def ours(folder: Path) -> dict[str, float]:
    """Measure everything."""
    from avatars import Avatarizer
    from avatars.metrics import evaluate

    people, unseen, release, aligned = read(folder, "people", "unseen", "release", "aligned")
    found = evaluate(
        people,
        release,
        holdout=unseen,
        sensitive_unshuffled=aligned,
        avatarizer=Avatarizer(),
        known_variables=KNOWN,
        target=TARGET,
    )
    assert all(result.was_run for result in found.attacks)
    return found.seconds


def ours_of(*names: str) -> Callable[[Path], dict[str, float]]:
    """Return what measures some of it."""

    def run(folder: Path) -> dict[str, float]:
        from avatars.metrics.measured import Measured, read_inputs

        people, unseen, release = read(folder, "people", "unseen", "release")
        settings = {"ncp": 5, "random_state": 0, "n_attempts": N_ATTEMPTS}
        inputs = read_inputs(people, release, holdout=unseen, target=TARGET, settings=settings)
        found = Measured.of(inputs, names)
        assert None not in found.values.values()
        return dict(found.seconds)

    return run


def syntheval(metrics: dict[str, Any] | None) -> Callable[[Path], dict[str, float]]:
    """Return what runs syntheval's metrics, or its preset."""

    def run(folder: Path) -> dict[str, float]:
        from syntheval import SynthEval

        people, unseen, release = read(folder, "people", "unseen", "release")
        evaluator = SynthEval(
            people,
            holdout_dataframe=unseen,
            cat_cols=[label for label in people if people[label].dtype.kind != "f"],
            verbose=False,
            console="off",
            enable_plots=False,
        )
        if metrics is None:
            evaluator.evaluate(release, analysis_target=TARGET, presets_file="full_eval")
        else:
            evaluator.evaluate(release, analysis_target=TARGET, **metrics)
        return {}

    return run


def anonymeter(folder: Path) -> dict[str, float]:
    """Run anonymeter's three attacks."""
    from anonymeter import evaluators

    people, unseen, release = read(folder, "people", "unseen", "release")
    tables = {"ori": people, "syn": release, "control": unseen}
    labels, n_attacks = list(people), min(N_ATTEMPTS, len(unseen))
    seconds = {}

    def timed(name: str, attack: Any, **how: Any) -> None:
        started = time.perf_counter()
        attack.evaluate(**how).risk()
        seconds[name] = time.perf_counter() - started

    singling_out = evaluators.SinglingOutEvaluator(**tables, n_attacks=n_attacks)
    timed("singling out", singling_out, mode="multivariate")
    files = (labels[::2], labels[1::2])
    linkage = evaluators.LinkabilityEvaluator(**tables, aux_cols=files, n_attacks=n_attacks)
    timed("linkability", linkage, n_jobs=-1)
    for secret in labels:
        inference = evaluators.InferenceEvaluator(
            **tables,
            aux_cols=[label for label in labels if label != secret],
            secret=secret,
            regression=people[secret].dtype.kind == "f",
            n_attacks=n_attacks,
        )
        timed(f"inference of {secret}", inference, n_jobs=-1)
    return seconds


TOOLS: dict[str, Callable[[Path], dict[str, float]]] = {
    "ours": ours,
    "syntheval": syntheval(None),
    "ours, shared": ours_of(*[name for names in SHARED.values() for name in names]),
    "syntheval, shared": syntheval({name: PRESET.get(name, {}) for name in SHARED}),
    "ours, attacks": ours_of("singling_out", "linkability", "attribute_inference"),
    "anonymeter": anonymeter,
}


def read(folder: Path, *names: str) -> list[pd.DataFrame]:
    """Return tables that the tools share."""
    return [pd.read_csv(folder / f"{name}.csv") for name in names]


def write(folder: Path, n_rows: int) -> None:
    """Draw people and release some of them, in random order and in their own."""
    from avatars import Avatarizer
    from metrics import people

    everybody = people(n_rows + n_rows // 2)
    table = everybody.head(n_rows)
    tables = {
        "people": table,
        "unseen": everybody.tail(n_rows // 2),
        "release": Avatarizer(random_state=0).fit_transform(table),
        "aligned": Avatarizer(random_state=0, shuffle=False).fit_transform(table),
    }
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def measured(command: list[str], folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Run a process; return what it took, and what it says that its parts took."""
    load, started = os.getloadavg()[0], time.perf_counter()
    with open(folder / "parts.json", "w") as parts, open(folder / "errors.txt", "w") as errors:
        process = subprocess.Popen(command, stdout=parts, stderr=errors, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((folder / "errors.txt").read_text())
    took = {
        "wall s": wall,
        "cpu s": usage.ru_utime + usage.ru_stime,
        "peak MB": usage.ru_maxrss / 1024,
        "load before": load,
    }
    return took, json.loads((folder / "parts.json").read_text().splitlines()[-1])


def interpreter(tool: str, others: list[str]) -> str | None:
    """Return the interpreter that has a tool, None if none was given."""
    if tool not in PAIRS:
        return sys.executable
    asking = (
        f"import importlib.util as u, sys; sys.exit(u.find_spec({tool.split(',')[0]!r}) is None)"
    )
    return next((p for p in others if subprocess.run([p, "-c", asking]).returncode == 0), None)


def main() -> None:
    """Read the command line, measure, print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS))
    parser.add_argument(
        "--other-python", nargs="*", default=[], help="interpreters that have syntheval, anonymeter"
    )
    parser.add_argument("--worker", choices=list(TOOLS), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        warnings.simplefilter("ignore")
        print(json.dumps(TOOLS[asked.worker](Path.cwd())))
        return
    found = {name: interpreter(name, asked.other_python) for name in asked.tools}
    tools = {name: python for name, python in found.items() if python is not None}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in tools}
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), asked.rows)
        for _ in range(asked.repeats):
            for name, python in tools.items():
                command = [python, str(Path(__file__).resolve()), "--worker", name]
                took, parts = measured(command, Path(folder))
                runs[name].append(took)
                longest = sorted(parts, key=lambda part: -parts[part])[:8]
                detail = ", ".join(f"{part} {parts[part]:.1f}" for part in longest)
                print(f"{name}: {took['wall s']:.1f} s ({detail})", flush=True)
    table = pd.DataFrame(
        {
            name: {figure: statistics.median(run[figure] for run in found) for figure in found[0]}
            for name, found in runs.items()
        }
    ).T
    for other, name in PAIRS.items():
        if other in table.index and name in table.index:
            for figure in ("wall s", "cpu s", "peak MB"):
                ratio = table.loc[other, figure] / table.loc[name, figure]
                table.loc[other, f"{figure} / ours"] = ratio
    print(table.round(2).to_string(na_rep="-"))


if __name__ == "__main__":
    main()
