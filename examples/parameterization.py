"""What each parameter does to privacy and to signal, on one table.

python examples/parameterization.py
python examples/parameterization.py people.csv
"""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd

from avatars import Manager
from avatars.datasets import make_patients
from avatars.models import ExcludeVariablesMethod, ImputeMethod, JobKind

SEED = 2026
JOBS = [JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics]


def main() -> None:
    """Run the same table with one parameter changed at a time."""
    people = pd.read_csv(sys.argv[1]) if sys.argv[1:] else make_patients(200, random_state=0)
    number = people.select_dtypes("number").columns[0]
    settings: dict[str, dict[str, Any]] = {
        "k = 5": {"k": 5},
        "k = 20": {"k": 20},
        "k = 50": {"k": 50},
        "two axes": {"k": 20, "ncp": 2},
        f"{number} counts ten times": {"k": 20, "column_weights": {number: 10.0}},
        "gaps filled with the mode": {"k": 20, "imputation_method": ImputeMethod.MODE},
        f"{number} left out of the distance": {
            "k": 20,
            "exclude_variable_names": [number],
            "exclude_replacement_strategy": ExcludeVariablesMethod.COORDINATE_SIMILARITY,
        },
    }
    runner = Manager().create_runner("parameterization", seed=SEED)
    runner.add_table("people", people)
    rows = {}
    for name, parameters in settings.items():
        runner.set_parameters("people", **parameters)
        runner.run(JOBS)
        privacy, signal = runner.privacy_metrics("people")[0], runner.signal_metrics("people")[0]
        rows[name] = {
            "hidden rate": privacy["hidden_rate"],
            "local cloaking": privacy["local_cloaking"],
            "Hellinger": signal["hellinger_mean"],
            "correlations kept": 100 - signal["correlation_difference_ratio"],
        }
    print(pd.DataFrame.from_dict(rows, orient="index").round(2).to_string())

    # One parameter more, the others as they were; and one less.
    runner.set_parameters("people", k=20, ncp=3)
    runner.update_parameters("people", known_variables=list(people.columns[:2]))
    runner.delete_parameters("people", ["ncp"])
    print()
    runner.print_parameters("people")


if __name__ == "__main__":
    main()
