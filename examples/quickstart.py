"""From a table to avatars, metrics and a report, with the documented client.

python examples/quickstart.py
python examples/quickstart.py people.csv
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

from avatars import Manager
from avatars.datasets import make_patients

SEED = 2026


def main() -> None:
    """Run all four jobs on a table and print what they left."""
    people = pd.read_csv(sys.argv[1]) if sys.argv[1:] else make_patients(150, random_state=0)

    # Without an address everything is computed in this process: no server, no account.
    runner = Manager().create_runner("quickstart", seed=SEED)
    runner.add_table("people", people)
    runner.set_parameters("people", k=20)
    runner.run()

    print("the first avatars")
    print(runner.shuffled("people").head().to_string(index=False), "\n")
    for name, metrics in (
        ("privacy", runner.privacy_metrics("people")),
        ("signal", runner.signal_metrics("people")),
    ):
        targets = metrics[0]["targets"]
        print(name)
        for key, value in metrics[0].items():
            if isinstance(value, float):
                print(f"  {key:36s}{value:>9.2f}   target {targets.get(key, 'none')}")
    # Beside a copy of the release, a report is what a data protection officer asks for.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.pdf")
        runner.download_report(str(path))
        print(f"\nreport: {path.stat().st_size // 1000} kB of PDF")


if __name__ == "__main__":
    main()
