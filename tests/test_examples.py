"""The scripts that people copy run as they are, offline and without a warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_example_runs(script: Path) -> None:
    pytest.importorskip("matplotlib", reason="examples draw, and matplotlib is an extra")
    result = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "MPLBACKEND": "Agg"},
        check=False,
    )
    assert result.returncode == 0, result.stderr
    # A gallery script ends with a figure; the others with something to read.
    assert script.name.startswith("plot_") or result.stdout.strip()
