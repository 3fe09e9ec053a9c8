"""Keep a run in a folder, find it again, repeat it from its document, and erase it.

python examples/basic.py
python examples/basic.py people.csv
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

from avatars import Manager
from avatars.datasets import make_patients
from avatars.models import ColumnType, JobKind

SEED = 2026


def main() -> None:
    """Run, leave, come back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = Path(sys.argv[1]) if sys.argv[1:] else folder / "people.csv"
        if not sys.argv[1:]:
            # A CSV file doesn't say that a column holds dates: the run does.
            make_patients(200, random_state=0).to_csv(path, index=False)
        dates = [c for c in pd.read_csv(path, nrows=0).columns if c == "admission"]

        manager = Manager(workspace=folder / "workspace")
        runner = manager.create_runner("basic", seed=SEED)
        runner.add_table("people", str(path), types=dict.fromkeys(dates, ColumnType.DATETIME))
        runner.advise_parameters()
        runner.print_parameters("people")
        runner.run([JobKind.standard, JobKind.privacy_metrics], wait=True)
        release = runner.shuffled("people")
        print(f"\n{len(release)} avatars, {runner.get_status(JobKind.privacy_metrics)}")

        # Another process, another day: the same folder.
        later = Manager(workspace=folder / "workspace").create_runner_from_name("basic")
        print("found again:", later.shuffled("people").equals(release))
        for kind, job in later.statuses().items():
            print(f"  {kind.value:18s}{job.status.value}")

        # The document describes the run and holds no cell of the table. It holds the seed.
        document = folder / "run.yaml"
        runner.get_yaml(str(document))
        again = Manager().create_runner_from_yaml(document)
        again.upload_file("people", str(path))
        again.run([JobKind.standard])
        print("repeated from its document:", again.shuffled("people").equals(release))

        runner.delete()
        left = [file for file in (folder / "workspace" / "results").rglob("*") if file.is_file()]
        print("files of results after delete():", len(left))


if __name__ == "__main__":
    main()
