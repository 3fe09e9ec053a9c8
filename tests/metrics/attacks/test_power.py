"""Every attack catches what it is for: a small version of the table in the docs."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from avatars.metrics import seed_linkage

PATH = Path(__file__).parents[3] / "benchmarks" / "power.py"

if not PATH.exists():
    pytest.skip("the source distribution has no benchmarks", allow_module_level=True)


# Releases of other people are nobody's avatars, and seed linkage says so.
pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore::avatars.exceptions.AlignmentWarning"),
]


@pytest.fixture(scope="module")
def power() -> Any:
    """Give the benchmark as a module."""
    spec = importlib.util.spec_from_file_location("power", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # Fewer regenerations than in the docs' table: enough to find what is there.
    module.ATTACKS["seed linkage"] = partial(linked, n_regenerations=10)
    return module


def linked(people: Any, release: Any, unseen: Any, generator: Any, **parameters: Any) -> Any:
    """Attack by seed linkage, which has no use for people unseen."""
    return seed_linkage(people, release, avatarizer=generator, **parameters)


CATCHES = {
    "table": [
        "singling out",
        "linkability",
        "attribute inference",
        "membership, distance",
        "membership, density",
        "membership, shadows",
        "seed linkage",
    ],
    "copies": ["singling out", "linkability", "membership, distance", "seed linkage"],
    "column": ["seed linkage"],
    "none": [
        "singling out",
        "linkability",
        "attribute inference",
        "membership, distance",
        "membership, density",
        "membership, shadows",
        "seed linkage",
    ],
}


@pytest.mark.parametrize(
    ("kind", "attack"), [(kind, attack) for kind in CATCHES for attack in CATCHES[kind]]
)
def test_attack_catches_what_it_is_for(power: Any, kind: str, attack: str) -> None:
    result = power.measure(0, 1000, [kind], [attack])[attack, kind]
    assert result.low > {"risk": 0.0, "auc": 0.5}[result.unit]


def test_independent_release_is_chance_to_every_attack(power: Any) -> None:
    found = [power.measure(seed, 400, ["independent"]) for seed in range(10)]
    for attack in power.ATTACKS:
        results = [result[attack, "independent"] for result in found]
        assert sum(result.covers_chance for result in results) >= 9, attack


def test_table_of_the_docs_has_a_row_for_every_attack(power: Any) -> None:
    found = power.measure(0, 400, names=["linkability"])
    results = {
        (attack, kind): [found["linkability", kind]]
        for attack in power.ATTACKS
        for kind in power.RELEASES
    }
    lines = power.table(results, 400, 1).splitlines()
    rows = [line.removeprefix("   * - ") for line in lines if line.startswith("   * - ")]
    assert rows == ["attack", *power.ATTACKS]
    assert sum(line.startswith("     - ") for line in lines) == len(rows) * (len(power.RELEASES))
