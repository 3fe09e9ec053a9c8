"""Linked tables with the documented client: patients, doctors, and the visits that link them.

python examples/multi_table.py
python examples/multi_table.py folder   (with patient.csv, doctor.csv and visit.csv)
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from avatars import Manager
from avatars.datasets import make_clinic
from avatars.models import JobKind, LinkMethod

SEED = 2026
NAMES = ("patient", "doctor", "visit")


def main() -> None:
    """Avatarize three linked tables and look at what became of the links."""
    if sys.argv[1:]:
        tables = {name: pd.read_csv(Path(sys.argv[1], f"{name}.csv")) for name in NAMES}
    else:
        tables = make_clinic(n_patients=130, n_doctors=40, random_state=0)
    keys = {name: tables[name].columns[0] for name in NAMES}
    links = {
        parent: next(c for c in tables["visit"].columns if c.startswith(parent))
        for parent in ("patient", "doctor")
    }
    runner = Manager().create_runner("multi_table", seed=SEED)
    for name in ("patient", "doctor"):
        runner.add_table(name, tables[name], primary_key=keys[name], individual_level=True)
    runner.add_table(
        "visit", tables["visit"], primary_key=keys["visit"], foreign_keys=list(links.values())
    )
    for parent, field in links.items():
        runner.add_link(
            parent, keys[parent], "visit", field, method=LinkMethod.LINEAR_SUM_ASSIGNMENT
        )
    for name, k in (("patient", 15), ("doctor", 5), ("visit", 20)):
        runner.set_parameters(name, k=k)
    runner.run([JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics])

    released = {name: runner.shuffled(name) for name in NAMES}
    for name in NAMES:
        print(f"{name}: {len(tables[name])} rows became {len(released[name])}")
    for parent, field in links.items():
        valid = released["visit"][field].isin(released[parent][keys[parent]]).mean()
        before, after = (frames["visit"][field].nunique() for frames in (tables, released))
        print(f"{field}: {valid:.0%} name an avatar; {parent}s with visits {before} -> {after}")
    print()
    for name in NAMES:
        for figures in runner.privacy_metrics(name):
            metadata = figures["metadata"]
            reference = metadata["reference"] or "the table itself"
            print(
                f"{name:8s} {metadata['computation_type']:24s} {reference:17s} "
                f"hidden rate {figures['hidden_rate']}"
            )


if __name__ == "__main__":
    main()
