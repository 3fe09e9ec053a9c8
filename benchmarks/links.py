"""Linked tables: what the assignment costs beside its optimum, and how long a large schema takes.

    python benchmarks/links.py                 assignment, then 20,000 parents and 100,000 children
    python benchmarks/links.py --data folder   and the tutorial's tables: patient, doctor, visit

Costs are mean distances between children and the parents they get, each solver beside the dense
optimum on the same points, all in one run. Seconds are of the whole call, memory is the highest of
the process.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from avatars import MultiTableAvatarizer
from avatars.engine.links.assignment import assign
from avatars.metrics.linked import (
    LinkedFrames,
    cardinality_similarity,
    cross_table_correlation_difference,
    sensitive_own_parent_rate,
)
from avatars.metrics.series import Curves, autocorrelation_ratio, mean_curve_difference
from avatars.metrics.signal.association import association_matrix
from avatars.metrics.space import projected, read_together
from avatars.models import Link, LinkMethod, Relations

OF = np.array(["visit"] * 2 + ["patient"] * 4 + ["doctor"] * 2)
ACROSS = np.triu(OF[:, None] != OF, 1)
"""Pairs of columns of the tutorial that are of two tables."""
SOLVERS = ("dense", "flow", "chunks")


def assignment(n_children: int, n_parents: int, correlation: float, seed: int) -> dict[str, float]:
    """Return the cost of each solver as a multiple of the optimum, and its seconds."""
    rng = np.random.default_rng([seed, n_children, n_parents])
    root = np.linalg.cholesky(np.full((5, 5), correlation) + (1 - correlation) * np.eye(5))
    x, y = rng.normal(size=(n_children, 5)) @ root.T, rng.normal(size=(n_parents, 5)) @ root.T
    drawn = rng.integers(0, n_parents, n_children - n_parents)
    room = 1 + np.bincount(drawn, minlength=n_parents)
    row: dict[str, float] = {"children": n_children, "parents": n_parents, "corr.": correlation}
    best = float("nan")
    for solver in SOLVERS:
        started = time.perf_counter()
        given = assign(x, y, room, np.random.default_rng(0), solver=solver)
        row[f"{solver} s"] = time.perf_counter() - started
        cost = float(np.linalg.norm(x - y[given], axis=1).mean())
        best = cost if solver == "dense" else best
        row[f"{solver} cost"] = cost / best
    return row


def schema(n_parents: int, n_children: int) -> dict[str, pd.DataFrame]:
    """Return two tables of people, their visits, and lines below these."""
    rng = np.random.default_rng(0)

    def people(n: int) -> pd.DataFrame:
        age, group = rng.normal(50, 15, n).round(), rng.choice(list("abc"), n)
        return pd.DataFrame(
            {
                "id": rng.permutation(n) + 1,
                "age": age,
                "sex": rng.choice(["f", "m"], n),
                "group": group,
                "x": rng.normal(size=n) + (group == "a"),
                "y": age / 10 + rng.normal(size=n),
            }
        )

    patients, doctors = people(n_parents), people(max(n_parents // 10, 100))
    of = rng.integers(0, len(patients), n_children), rng.integers(0, len(doctors), n_children)
    visits = pd.DataFrame(
        {
            "id": np.arange(n_children),
            "patient": patients["id"].to_numpy()[of[0]],
            "doctor": doctors["id"].to_numpy()[of[1]],
            "cost": patients["age"].to_numpy()[of[0]] + 5 * rng.normal(size=n_children),
            "kind": doctors["group"].to_numpy()[of[1]],
        }
    )
    visit = rng.integers(0, n_children, n_children)
    lines = pd.DataFrame(
        {
            "visit": visits["id"].to_numpy()[visit],
            "quantity": rng.poisson(3, n_children),
            "item": rng.choice([f"item {n}" for n in range(30)], n_children),
            "price": visits["cost"].to_numpy()[visit] / 10 + rng.normal(size=n_children),
        }
    )
    return {"patient": patients, "doctor": doctors, "visit": visits, "line": lines}


def scale(n_parents: int, n_children: int) -> None:
    """Avatarize a schema of two parents and two levels, and print time and memory."""
    tables = schema(n_parents, n_children)
    links = [
        ("patient", "id", "visit", "patient"),
        ("doctor", "id", "visit", "doctor"),
        ("visit", "id", "line", "visit"),
    ]
    started = time.perf_counter()
    found = MultiTableAvatarizer(links, k=20, random_state=0).fit_transform(tables)
    seconds = time.perf_counter() - started
    valid = all(found[child][f].isin(found[p][key]).all() for p, key, child, f in links)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{n_children:,} children of {n_parents:,} and {len(tables['doctor']):,} parents, as many "
        f"rows below: {seconds:.0f} s, {peak:.2f} GB at most, every key valid: {valid}"
    )


def tutorial(folder: Path, seeds: int) -> pd.DataFrame:
    """Return, by method, what became of the tutorial's links."""
    keys = {"patient": "p_id", "doctor": "d_id", "visit": "visit_id"}
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in keys}
    ends = [("patient", "p_id", "visit", "patient_id"), ("doctor", "d_id", "visit", "doctor_id")]
    relations = Relations(
        tables=tuple(keys),
        primary_keys=keys,
        links=tuple(Link(parent=p, parent_field=k, child=c, child_field=f) for p, k, c, f in ends),
    )
    people = LinkedFrames(tables, relations)
    rows: dict[str, Any] = {}
    for method in list(LinkMethod)[:3]:
        figures: dict[str, list[float]] = {}
        changes: list[Any] = []
        for seed in range(seeds):
            asked = {"patient": {"k": 15}, "doctor": {"k": 5}, "visit": {"k": 15}}
            found = MultiTableAvatarizer(
                [(*end, method) for end in ends],
                primary_keys=keys,
                table_parameters=asked,
                shuffle=False,
                random_state=seed,
            ).fit_transform(tables)
            avatars = LinkedFrames(found, relations)
            across = cross_table_correlation_difference(people, avatars, "visit")
            assert across is not None
            named: dict[str, float] = {"corr. mean": across["mean"], "greatest": across["greatest"]}
            pairs = read_together(people.information("visit"), avatars.information("visit"))
            before, after = (association_matrix(table) for table in pairs)
            changes.append((after - before)[ACROSS])
            for link in relations.links:
                used = found["visit"][link.child_field].nunique()
                named[f"{link.parent}s used"] = used
                points = projected(*read_together(people.own(link.parent)), ncp=5)[0]
                rate = sensitive_own_parent_rate(people.rows[link], avatars.rows[link], points)
                named[f"own {link.parent}"], named[f"chance {link.parent}"] = (
                    rate.value,
                    rate.chance,
                )
                named[f"{link.parent} numbers"] = cardinality_similarity(
                    tables[link.parent],
                    tables["visit"],
                    found[link.parent],
                    found["visit"],
                    parent_key=link.parent_field,
                    child_key=link.child_field,
                )
            for name, value in named.items():
                figures.setdefault(name, []).append(value)
        rows[method.value] = {name: np.mean(values) for name, values in figures.items()}
        rows[method.value]["greatest of means"] = np.abs(np.mean(changes, axis=0)).max()
    return pd.DataFrame.from_dict(rows, orient="index")


def sensors(folder: Path, seeds: int) -> pd.DataFrame:
    """Return, by projection and variable, what became of the tutorial's series."""
    tables = {
        "person": pd.read_csv(folder / "sensors_vanilla.csv"),
        "first": pd.read_csv(folder / "sensors_timeseries1.csv"),
        "second": pd.read_csv(folder / "sensors_timeseries2.csv"),
    }
    series = [name for name in tables if name != "person"]
    rows: dict[tuple[str, str], list[list[float]]] = {}
    for projection in ("fpca", "flatten"):
        for seed in range(seeds):
            found = MultiTableAvatarizer(
                [("person", "id", name, "id", LinkMethod.TIME_SERIES) for name in series],
                primary_keys=dict.fromkeys(series, "primary_key"),
                time_columns=dict.fromkeys(series, "t"),
                table_parameters={
                    name: {"time_series_projection_type": projection} for name in series
                },
                k=10,
                random_state=seed,
            ).fit_transform(tables)
            for name in series:
                pair = [frames[name].drop(columns="primary_key") for frames in (tables, found)]
                read = Curves.read(*pair, id_column="id", time_column="t")
                for label, curves in read.items():
                    before, after = curves.original, curves.avatars
                    variances = before.var(axis=0), after.var(axis=0)
                    figures = [
                        mean_curve_difference(curves),
                        float((variances[1] / variances[0]).mean()),
                        float(variances[1].mean() / variances[0].mean()),
                        autocorrelation_ratio(curves),
                        _within(after) / _within(before),
                        float((before[:, None] == after[None]).all(axis=2).any(axis=1).sum()),
                    ]
                    rows.setdefault((label, projection), []).append(figures)
    means = {key: np.mean(values, axis=0) for key, values in rows.items()}
    columns = ["mean curve", "pointwise var.", "total var.", "lag 1", "lag 1 within", "copied"]
    return pd.DataFrame.from_dict(means, orient="index", columns=columns)


def _within(curves: Any) -> float:
    """Return the mean, over series, of the correlation of each with itself a point later."""
    return float(np.mean([np.corrcoef(row[:-1], row[1:])[0, 1] for row in curves]))


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of the tutorial's tables")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--parents", type=int, default=20_000)
    parser.add_argument("--children", type=int, default=100_000)
    asked = parser.parse_args()
    rows = [
        assignment(3_000, n_parents, correlation, seed)
        for n_parents in (3_000, 600)
        for correlation in (0.0, 0.8)
        for seed in range(2)
    ]
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    if asked.data:
        import warnings

        from avatars.exceptions import SensitiveWarning

        warnings.simplefilter("ignore", SensitiveWarning)
        print(tutorial(asked.data, asked.seeds).T.round(3).to_string())
        print(sensors(asked.data, asked.seeds).round(3).to_string())
    scale(asked.parents, asked.children)


if __name__ == "__main__":
    main()
