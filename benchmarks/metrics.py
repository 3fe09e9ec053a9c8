"""Seconds and peak memory of each distance metric on tables of many rows.

    python benchmarks/metrics.py --rows 100000

People and avatars have as many rows each, 8 numeric and 7 categorical columns. The avatars are
drawn around the people (each number moved, some categories changed), aligned; ``local_cloaking,
shuffled`` is the same release in random order, where half the avatars stand between a person and
the own one. Every metric runs in a process of its own, on one thread, both tables being read
anew from frames that are in memory: reading is in the seconds. The peak is that of the whole
process from the moment at which the frames are there (Linux only: the kernel's high-water mark is
reset then); "loaded" is what the process held at that moment.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LEVELS = (2, 3, 5, 10, 30, 50, 50)
KNOWN = ["number_0", "number_1", "category_3", "category_4"]


def people(n_rows: int) -> pd.DataFrame:
    """Generate the table: three weak factors behind fifteen columns."""
    generator = np.random.default_rng(0)
    factors = generator.normal(size=(n_rows, 3))

    def column() -> Any:
        return factors @ generator.normal(size=3) * 0.6 + generator.normal(size=n_rows)

    table = {f"number_{i}": column().round(3) for i in range(8)}
    for i, levels in enumerate(LEVELS):
        cells = column()
        cuts = np.quantile(cells, np.linspace(0, 1, levels + 1)[1:-1])
        names = np.array([f"level {level:02d}" for level in range(levels)])
        table[f"category_{i}"] = names[np.searchsorted(cuts, cells)]
    return pd.DataFrame(table)


def drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Generate avatars: numbers moved by a third of their spread, a fifth of the levels redrawn."""
    generator = np.random.default_rng(1)
    result = {}
    for label, cells in table.items():
        if cells.dtype.kind == "f":
            moved = cells + generator.normal(0, 0.33 * cells.std(), len(cells))
            result[label] = moved.round(3)
        else:
            others = cells.to_numpy()[generator.permutation(len(cells))]
            result[label] = np.where(generator.random(len(cells)) < 0.2, others, cells)
    return pd.DataFrame(result)


def metrics() -> dict[str, Callable[[pd.DataFrame, pd.DataFrame], Any]]:
    """Return what is measured, by name."""
    from avatars.metrics import privacy

    plain = (
        "hidden_rate local_cloaking distance_to_closest closest_distances_ratio closest_rate "
        "row_direct_match_protection column_direct_match_protection categorical_hidden_rate "
        "linkability_protection_rate"
    )
    found: dict[str, Any] = {name: getattr(privacy, name) for name in plain.split()}
    found["local_cloaking, shuffled"] = lambda x, a: privacy.local_cloaking(
        x, a.sample(frac=1, random_state=0, ignore_index=True)
    )
    found["correlation_protection_rate"] = lambda x, a: privacy.correlation_protection_rate(
        x, a, known_variables=KNOWN
    )
    found["inference_continuous"] = lambda x, a: privacy.inference_continuous(
        x, a, known_variables=KNOWN, target="number_2"
    )
    found["inference_categorical"] = lambda x, a: privacy.inference_categorical(
        x, a, known_variables=KNOWN, target="category_5"
    )
    return found


def megabytes(field: str) -> float:
    """Return what the kernel says of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def worker(name: str, n_rows: int) -> None:
    """Compute one metric once and print what it took."""
    from avatars.exceptions import AlignmentWarning

    table = people(n_rows)
    release = drawn(table)
    measure = metrics()[name]
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    loaded = megabytes("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AlignmentWarning)  # the shuffled release is meant to be one
        value = measure(table, release)
    figures = {
        "value": value,
        "wall s": time.perf_counter() - wall,
        "cpu s": time.process_time() - cpu,
        "peak MB": megabytes("VmHWM"),
        "loaded MB": loaded,
    }
    print(json.dumps(figures))


def main() -> None:
    """Read the command line, measure, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--metrics", nargs="+", choices=list(metrics()), default=list(metrics()))
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        worker(asked.worker, asked.rows)
        return
    figures = {}
    threads = {**os.environ, "OMP_NUM_THREADS": "1"}
    for name in asked.metrics:
        command = [sys.executable, __file__, "--worker", name, "--rows", str(asked.rows)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=threads)
        figures[name] = json.loads(done.stdout.splitlines()[-1])
        print(name, figures[name], file=sys.stderr, flush=True)
    print(pd.DataFrame(figures).T.round(2).to_string())


if __name__ == "__main__":
    main()
