"""Numbers as categories and rare categories as one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import InvalidColumnError, InvalidParameterError
from avatars.processors import GroupModalitiesProcessor, ToCategoricalProcessor


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [41, 50, 38, 29],
            "children": [0.0, 2.0, np.nan, 0.0],
            "smokes": [True, False, True, True],
            "job": ["nurse", "baker", "nurse", "smith"],
        }
    )


class TestToCategorical:
    def test_columns_with_few_values_become_objects(self, people: pd.DataFrame) -> None:
        before = ToCategoricalProcessor(2).preprocess(people)
        expected = people.astype({"children": object})
        pd.testing.assert_frame_equal(before, expected)

    @pytest.mark.parametrize("keep", [True, False])
    def test_way_back_gives_the_source(self, people: pd.DataFrame, keep: bool) -> None:
        processor = ToCategoricalProcessor(2, keep_continuous=keep)
        back = processor.postprocess(people, processor.preprocess(people))
        pd.testing.assert_frame_equal(back, people)

    def test_group_is_filled_from_the_kept_numbers(self, people: pd.DataFrame) -> None:
        processor = ToCategoricalProcessor(
            2, keep_continuous=True, continuous_suffix="!", category="rare"
        )
        before = processor.preprocess(people)
        assert list(before.columns)[-1] == "children!"
        before.loc[1, "children"] = "rare"
        back = processor.postprocess(
            people, before.assign(**{"children!": [0.0, 1.5, np.nan, 0.0]})
        )
        assert back["children"].tolist()[:2] == [0.0, 1.5]
        assert "children!" not in back

    def test_category_that_is_no_number_is_refused(self, people: pd.DataFrame) -> None:
        processor = ToCategoricalProcessor(2)
        before = processor.preprocess(people)
        before.loc[1, "children"] = "ZZSECRET"
        with pytest.raises(InvalidColumnError, match="holds 1 categories that are no numbers") as e:
            processor.postprocess(people, before)
        assert "ZZSECRET" not in str(e.value)

    def test_suffix_that_names_a_column_is_refused(self, people: pd.DataFrame) -> None:
        people["children__cont"] = 1.5
        with pytest.raises(InvalidParameterError, match="continuous_suffix"):
            ToCategoricalProcessor(2, keep_continuous=True).preprocess(people)

    @pytest.mark.parametrize("dtype", ["Int64", "int16", "Float64", "int64[pyarrow]"])
    def test_dtype_comes_back(self, dtype: str) -> None:
        if "pyarrow" in dtype:
            pytest.importorskip("pyarrow", reason="pyarrow is an extra")
        people = pd.DataFrame({"n": pd.Series([1, 2, 1], dtype=dtype)})
        processor = ToCategoricalProcessor(5)
        before = processor.preprocess(people)
        assert before["n"].dtype == object
        pd.testing.assert_frame_equal(processor.postprocess(people, before), people)


class TestGroupModalities:
    def test_rare_categories_become_one(self, people: pd.DataFrame) -> None:
        found = GroupModalitiesProcessor(min_unique=3, global_threshold=1).preprocess(people)
        assert found["job"].tolist() == ["nurse", "other", "nurse", "other"]
        pd.testing.assert_frame_equal(found.drop(columns="job"), people.drop(columns="job"))

    def test_columns_with_fewer_values_are_left(self, people: pd.DataFrame) -> None:
        found = GroupModalitiesProcessor(min_unique=4, global_threshold=9).preprocess(people)
        pd.testing.assert_frame_equal(found, people)

    def test_threshold_by_column(self, people: pd.DataFrame) -> None:
        processor = GroupModalitiesProcessor(variable_thresholds={"job": 2}, new_category="any")
        assert processor.preprocess(people)["job"].tolist() == ["any"] * 4

    def test_gaps_stay_and_categoricals_stay_categorical(self) -> None:
        people = pd.DataFrame({"job": pd.Categorical(["a", "a", "b", None])})
        found = GroupModalitiesProcessor(min_unique=1, global_threshold=1).preprocess(people)
        assert found["job"].tolist()[:3] == ["a", "a", "other"]
        assert found["job"].isna().tolist() == [False, False, False, True]
        assert set(found["job"].cat.categories) == {"a", "other"}

    def test_nothing_is_undone(self, people: pd.DataFrame) -> None:
        processor = GroupModalitiesProcessor(min_unique=3, global_threshold=1)
        pd.testing.assert_frame_equal(processor.postprocess(people, people), people)

    @pytest.mark.parametrize(
        ("arguments", "match"),
        [
            ({}, "Expected both of"),
            ({"min_unique": 3}, "Expected both of"),
            ({"global_threshold": 3}, "Expected both of"),
            (
                {"variable_thresholds": {"job": 1}, "min_unique": 2},
                "Expected variable_thresholds or",
            ),
        ],
    )
    def test_half_a_rule_is_refused(self, arguments: dict[str, Any], match: str) -> None:
        with pytest.raises(InvalidParameterError, match=match):
            GroupModalitiesProcessor(**arguments)

    def test_unknown_column_is_refused(self, people: pd.DataFrame) -> None:
        with pytest.raises(InvalidParameterError, match="Expected valid variables.*'jobs'"):
            GroupModalitiesProcessor(variable_thresholds={"jobs": 1}).preprocess(people)
