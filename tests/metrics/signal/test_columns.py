"""One row per column, against the metrics that average it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from avatars.metrics import signal


def test_means_over_the_columns_are_the_metrics(gappy: pd.DataFrame, unseen: pd.DataFrame) -> None:
    release = unseen.assign(sex="f")
    found = signal.by_column(gappy, release)
    assert found.index.tolist() == list(gappy)
    assert found["kind"].tolist() == ["numeric"] * 3 + ["category"] * 2
    for column, metric in [
        ("hellinger", signal.hellinger_mean),
        ("hellinger_reference", signal.hellinger_reference),
        ("ks", signal.ks_mean),
        ("wasserstein", signal.wasserstein_mean),
        ("total_variation", signal.total_variation_mean),
        ("std_ratio", signal.std_ratio),
    ]:
        assert found[column].mean() == pytest.approx(metric(gappy, release)), column
    coverage = found.groupby("kind")["coverage"].mean()
    assert coverage["numeric"] == pytest.approx(signal.range_coverage(gappy, release))
    assert coverage["category"] == pytest.approx(signal.category_coverage(gappy, release))
    assert coverage["category"] == 0.75
    gap = (found["missing_original"] - found["missing_avatars"]).abs().mean()
    assert gap == pytest.approx(signal.missing_rate_difference(gappy, release))


def test_figures_of_the_other_kind_are_not_there(people: pd.DataFrame) -> None:
    found = signal.by_column(people, people)
    categories = found["kind"] == "category"
    assert found.loc[categories, ["ks", "wasserstein", "std_ratio"]].isna().all(axis=None)
    assert found.loc[~categories, "total_variation"].isna().all()
    assert (
        found.drop(columns=["ks", "wasserstein", "std_ratio", "total_variation"])
        .notna()
        .all(axis=None)
    )


def test_no_cell_of_a_table_is_in_it(people: pd.DataFrame) -> None:
    planted = people.assign(level="ZZSECRET", age=123456.75)
    text = signal.by_column(planted, people).to_string()
    assert "ZZSECRET" not in text
    assert "123456.75" not in text


def test_identifiers_are_left_out_and_labels_kept() -> None:
    table = pd.DataFrame(
        {0: np.arange(9) / 2, ("b", 1): list("xyxyxyxyx"), None: list("abcdefghi")}
    )
    found = signal.by_column(table, table, types={None: "identifier"})
    assert found.index.tolist() == [0, ("b", 1)]
