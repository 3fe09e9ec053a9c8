"""What all tests share."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import settings

from avatars.datasets import make_patients

# A shared machine is slow at times, and slowness is not what the properties are about.
# Derandomised: a run that fails here fails for the next person as well.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture
def patients() -> pd.DataFrame:
    """Give a mixed table about 300 invented people, with gaps in two columns."""
    return make_patients(n_samples=300, random_state=0)
