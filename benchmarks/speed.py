"""Wall time and peak memory against a plain pipeline on the public FAMD library saiph.

    pip install "avatars[parquet]" "saiph>=3"
    python benchmarks/speed.py --rows 10000 100000 1000000

Both read the same Parquet file (8 numeric and 7 categorical columns of 2 to 50 levels, weak
spectrum) and give back as many rows, k = 20 and 5 axes. The pipeline is what one would write by
hand: saiph's fit and transform, scikit-learn's NearestNeighbors, the paper's weights, saiph's
inverse transform. Every run is a process of its own, on the same number of threads; the tools take
turns, and the ratios are of the medians of one and the same run of this script. Imports and reading
the file aren't timed; the peak is that of the whole process, the loaded table included, from the
moment at which the table is loaded (Linux only: the kernel's high-water mark is reset there).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LEVELS = (2, 3, 5, 10, 30, 50, 50)
K, NCP, THREADS = 20, 5, 2
TOOLS = ("saiph", "none", "balanced", "strict")


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


def with_saiph() -> Callable[[pd.DataFrame], Any]:
    """Return the plain pipeline."""
    import saiph
    from sklearn.neighbors import NearestNeighbors

    def run(table: pd.DataFrame) -> Any:
        model = saiph.fit(table, nf=NCP, seed=0)
        points = saiph.transform(table, model).to_numpy()
        search = NearestNeighbors(n_neighbors=K + 1, n_jobs=THREADS).fit(points)
        distances, rows = (found[:, 1:] for found in search.kneighbors(points))
        generator = np.random.default_rng(0)
        halvings = generator.random(distances.shape).argsort(axis=1)
        weights = generator.exponential(size=distances.shape) * 2.0**-halvings
        weights /= np.maximum(distances, 1e-12)
        weights /= weights.sum(axis=1, keepdims=True)
        drawn = np.einsum("nk,nkd->nd", weights, points[rows])
        names = [f"Dim. {axis + 1}" for axis in range(NCP)]
        return saiph.inverse_transform(pd.DataFrame(drawn, columns=names), model)

    return run


def with_avatars(protection: str) -> Callable[[pd.DataFrame], Any]:
    """Return ours."""
    import sklearn.neighbors
    import sklearn.tree  # noqa: F401  saiph's pipeline has imported scikit-learn by now as well

    from avatars import Avatarizer

    avatarizer = Avatarizer(k=K, ncp=NCP, protection=protection, random_state=0, n_jobs=THREADS)
    return avatarizer.fit_transform


def megabytes(field: str) -> float:
    """Return what the kernel says of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def worker(tool: str, path: Path) -> None:
    """Run one tool once and print what it took."""
    run = with_saiph() if tool == "saiph" else with_avatars(tool)
    import pyarrow

    table = pd.read_parquet(path)
    pyarrow.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    loaded = megabytes("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    released = run(table)
    figures = {
        "wall s": time.perf_counter() - wall,
        "cpu s": time.process_time() - cpu,
        "peak MB": megabytes("VmHWM"),
        "loaded MB": loaded,
    }
    assert released.shape == table.shape
    print(json.dumps(figures))


def measure(n_rows: int, repeats: int, tools: list[str], folder: Path) -> pd.DataFrame:
    """Run the tools in turn and return the medians."""
    path = folder / f"{n_rows}.parquet"
    people(n_rows).to_parquet(path)
    runs: dict[str, list[dict[str, float]]] = {tool: [] for tool in tools}
    for _ in range(repeats):
        for tool in tools:
            command = [
                sys.executable,
                "-W",
                "ignore",
                __file__,
                "--worker",
                tool,
                "--file",
                str(path),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs[tool].append(json.loads(done.stdout.splitlines()[-1]))
    table = pd.DataFrame(
        {
            tool: {figure: statistics.median(run[figure] for run in found) for figure in found[0]}
            for tool, found in runs.items()
        }
    ).T
    if "saiph" in tools:
        table["times faster"] = table.loc["saiph", "wall s"] / table["wall s"]
        table["memory ratio"] = table["peak MB"] / table.loc["saiph", "peak MB"]
    return table


def main() -> None:
    """Read the command line, measure, print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--worker", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        worker(asked.worker, asked.file)
        return
    with tempfile.TemporaryDirectory() as folder:
        for n_rows in asked.rows:
            print(f"{n_rows} rows, median of {asked.repeats}")
            table = measure(n_rows, asked.repeats, asked.tools, Path(folder))
            print(table.round(2).to_string(na_rep="-"), "\n", flush=True)


if __name__ == "__main__":
    main()
