"""What a hostile reader found in advice and figures: each of these was once wrong."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from avatars.advice import Advice, advise
from avatars.datasets import make_patients


def with_outlier(value: float) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    pay = np.append(rng.normal(30_000, 8_000, 199), value)
    return pd.DataFrame({"pay": pay, "sex": rng.choice(["f", "m"], 200)})


def said_by(advice: Advice) -> list[str]:
    """Give all that an advice is handed on as, times aside."""
    plain = advice.to_dict()
    return [json.dumps(plain), repr(advice), advice._repr_html_(), advice.columns.to_csv()]


def test_advised_mean_does_not_give_the_greatest_value_away() -> None:
    moments = ["mean", "standard_deviation"]
    before, after = (advise(with_outlier(value)).columns[moments] for value in (9e5, 9.9e5))
    pd.testing.assert_frame_equal(before, after)


def test_nothing_advised_changes_with_the_greatest_value() -> None:
    # Axes carry a share of the variance that an outlier takes part in, in whole percent.
    before, after = (said_by(advise(with_outlier(value))) for value in (9e5, 9.1e5))
    assert before == after


def test_advice_does_not_tell_one_to_four_gaps_apart() -> None:
    frames = []
    for gaps in (1, 4):
        people = make_patients(200, missing=0, random_state=0)
        people.loc[: gaps - 1, "age"] = np.nan
        summary = advise(people).to_dict()["advice"]["summary"]["stats"]
        frames.append({row["label"]: row["missing_number"] for row in summary}["age"])
    assert frames[0] == frames[1]


@pytest.mark.parametrize("kind", ["number", "key"])
def test_nothing_advised_tells_one_to_four_gaps_apart(kind: str) -> None:
    said = []
    for gaps in (1, 4):
        rng = np.random.default_rng(0)
        cells = (
            pd.Series([f"k{j}" for j in range(200)]) if kind == "key" else pd.Series([7.5] * 200)
        )
        cells[:gaps] = None
        people = pd.DataFrame({"patient_id" if kind == "key" else "x": cells})
        people["age"] = rng.integers(20, 90, 200)
        people.loc[50:69, "age"] = None
        said.append(said_by(advise(people)))
    assert said[0] == said[1]


def test_bars_do_not_say_how_many_were_left_out() -> None:
    pytest.importorskip("matplotlib")
    from avatars.displays import DistributionDisplay

    shares = []
    for rare in (2, 4):
        people = pd.DataFrame({"k": ["a"] * 60 + ["b"] * (40 - rare) + ["r"] * rare})
        (column,) = DistributionDisplay.from_tables(people, people).columns
        assert column.original is not None
        # 60 people of everybody, or of those that are drawn?
        shares.append(round(60 / float(column.original[0])))
    assert shares[0] == shares[1]


@pytest.mark.parametrize("cell", ["a", 1.0])
def test_bars_do_not_say_how_few_have_a_gap(cell: object) -> None:
    pytest.importorskip("matplotlib")
    from avatars.displays import DistributionDisplay

    drawn = []
    for gaps in (1, 4):
        other = "b" if cell == "a" else 2.0
        people = pd.DataFrame({"k": [cell] * (60 - gaps) + [other] * 40 + [None] * gaps})
        release = pd.DataFrame({"k": [cell] * 60 + [other] * 40})
        (column,) = DistributionDisplay.from_tables(people, release).columns
        assert column.original is not None
        drawn.append((column.original.tolist(), column.remark))
    assert drawn[0] == drawn[1]
