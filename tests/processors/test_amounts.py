"""Perturbation, expected means, proportions, differences, moments and places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatars.exceptions import AvatarsWarning, InvalidParameterError, InvalidTableError
from avatars.processors import (
    DatetimeProcessor,
    ExpectedMeanProcessor,
    GeolocationNormalizationProcessor,
    PerturbationProcessor,
    ProportionProcessor,
    RelativeDifferenceProcessor,
)


class TestPerturbation:
    @pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
    def test_numbers_move_by_the_level(self, level: float) -> None:
        people, avatars = pd.DataFrame({"a": [0, 10]}), pd.DataFrame({"a": [10, 30]})
        found = PerturbationProcessor({"a": level}).postprocess(people, avatars)
        assert found["a"].tolist() == pytest.approx([10 * level, 10 + 20 * level])

    def test_share_of_categories_that_are_the_avatars(self) -> None:
        people, avatars = pd.DataFrame({"a": ["x"] * 4000}), pd.DataFrame({"a": ["y"] * 4000})
        found = PerturbationProcessor({"a": 0.3}, seed=5).postprocess(people, avatars)
        # Four standard errors of a share of .3 in 4,000.
        assert (found["a"] == "y").mean() == pytest.approx(0.3, abs=4 * (0.21 / 4000) ** 0.5)

    def test_moments_move_too(self) -> None:
        days = pd.to_datetime(["2020-01-01", "2020-01-11"])
        found = PerturbationProcessor({"d": 0.5}).postprocess(
            pd.DataFrame({"d": days[:1]}), pd.DataFrame({"d": days[1:]})
        )
        assert found["d"].tolist() == [pd.Timestamp("2020-01-06")]

    def test_gaps(self) -> None:
        people, avatars = pd.DataFrame({"a": [np.nan, 1.0]}), pd.DataFrame({"a": [3.0, np.nan]})
        found = PerturbationProcessor({"a": 0.5}).postprocess(people, avatars)
        assert found["a"].tolist()[0] == 3.0
        assert np.isnan(found["a"].tolist()[1])

    def test_seed_repeats_and_is_not_shown(self) -> None:
        people, avatars = (
            pd.DataFrame({"a": list("abcdefgh")}),
            pd.DataFrame({"a": list("zyxwvuts")}),
        )
        processor = PerturbationProcessor({"a": 0.5}, seed=987654)
        first, second = (processor.postprocess(people, avatars) for _ in range(2))
        pd.testing.assert_frame_equal(first, second)
        assert "987654" not in repr(processor)

    @pytest.mark.parametrize("level", [-0.1, 1.1, float("nan")])
    def test_level_outside_its_range_is_refused(self, level: float) -> None:
        with pytest.raises(InvalidParameterError, match="perturbation_level"):
            PerturbationProcessor({"a": level})

    def test_tables_that_do_not_belong_together_are_refused(self) -> None:
        table = pd.DataFrame({"a": [1, 2]})
        with pytest.raises(InvalidTableError, match="have 2 rows and the avatars 1"):
            PerturbationProcessor({"a": 0.5}).postprocess(table, table.head(1))
        with pytest.raises(InvalidParameterError, match="perturbation_level.*'b'"):
            PerturbationProcessor({"b": 0.5}).postprocess(table, table)


class TestExpectedMean:
    people = pd.DataFrame({"sex": list("ffmm"), "pay": [10.0, 20.0, 30.0, 50.0]})
    avatars = pd.DataFrame(
        {"sex": list("mfmf"), "pay": [40.0, 14.0, 48.0, 18.0]}, index=list("abcd")
    )

    @pytest.mark.parametrize("same_std", [False, True])
    def test_groups_get_the_mean_and_the_spread_of_the_people(self, same_std: bool) -> None:
        processor = ExpectedMeanProcessor(["pay"], groupby_variables=["sex"], same_std=same_std)
        processor.preprocess(self.people)
        found = processor.postprocess(self.people, self.avatars)
        assert list(found.index) == list("abcd")
        assert found.groupby("sex")["pay"].mean().tolist() == pytest.approx([15, 40])
        wanted = self.people if same_std else self.avatars
        spread = wanted.groupby("sex")["pay"].std().tolist()
        assert found.groupby("sex")["pay"].std().tolist() == pytest.approx(spread)

    def test_without_groups(self) -> None:
        processor = ExpectedMeanProcessor(["pay"])
        found = processor.postprocess(self.people, self.avatars)
        assert found["pay"].mean() == pytest.approx(27.5)
        properties = processor.properties_df
        assert list(properties.columns) == [processor.nogroup_name, "paymean", "paystd"]

    def test_groups_that_the_people_lack_stay(self) -> None:
        avatars = pd.DataFrame({"sex": ["x", "f"], "pay": [1.0, 2.0]})
        processor = ExpectedMeanProcessor(["pay"], groupby_variables=["sex"])
        assert processor.postprocess(self.people, avatars)["pay"].tolist() == [1.0, 15.0]

    def test_group_without_spread_is_shifted_with_a_warning(self) -> None:
        avatars = self.avatars.assign(pay=[40.0, 16.0, 48.0, 16.0])
        processor = ExpectedMeanProcessor(["pay"], groupby_variables=["sex"], same_std=True)
        with pytest.warns(AvatarsWarning, match="'pay' has groups of avatars with a std of 0"):
            found = processor.postprocess(self.people, avatars)
        assert found["pay"].iloc[[1, 3]].tolist() == [15.0, 15.0]

    def test_unknown_column_is_refused(self) -> None:
        with pytest.raises(InvalidTableError, match="'rent'"):
            ExpectedMeanProcessor(["rent"]).preprocess(self.people)


class TestProportion:
    def test_parts_add_up_to_the_whole_to_the_last_decimal(self) -> None:
        rng = np.random.default_rng(0)
        parts = rng.gamma(1.0, 10.0, (50, 3))
        people = pd.DataFrame(parts, columns=list("abc")).assign(all=parts.sum(axis=1).round(1))
        processor = ProportionProcessor(list("abc"), "all", decimal_count=1)
        before = processor.preprocess(people)
        assert before[list("abc")].sum(axis=1).to_numpy() == pytest.approx(1.0)
        mixed = before.sample(frac=1, random_state=0).assign(all=people["all"].to_numpy())
        back = processor.postprocess(people, mixed)
        assert back[list("abc")].sum(axis=1).to_numpy() == pytest.approx(back["all"].to_numpy())

    def test_way_back_gives_the_source(self) -> None:
        people = pd.DataFrame({"pay": [100.0, 40.0], "rent": [30.0, 10.0], "food": [70.0, 30.0]})
        processor = ProportionProcessor(["rent", "food"], "pay")
        pd.testing.assert_frame_equal(
            processor.postprocess(people, processor.preprocess(people)), people
        )

    def test_single_part_of_the_reference(self) -> None:
        people = pd.DataFrame({"pay": [200.0, 0.0], "rent": [50.0, 0.0]})
        processor = ProportionProcessor(["rent"], "pay", sum_to_one=False)
        before = processor.preprocess(people)
        assert before["rent"].tolist() == [0.25, 0.0]
        assert processor.postprocess(people, before)["rent"].tolist() == [50.0, 0.0]

    def test_gaps_and_nothing(self) -> None:
        people = pd.DataFrame(
            {"pay": [9.0, 9.0, 9.0], "a": [3.0, np.nan, 0.0], "b": [np.nan, np.nan, 0.0]}
        )
        before = ProportionProcessor(["a", "b"], "pay").preprocess(people)
        assert before["a"].tolist()[::2] == [1.0, 0.0]
        assert before[["a", "b"]].isna().to_numpy().tolist() == [
            [False, True],
            [True, True],
            [False, False],
        ]

    def test_unknown_column_is_refused(self) -> None:
        with pytest.raises(InvalidTableError, match="variable rent cannot be found"):
            ProportionProcessor(["a"], "rent").preprocess(pd.DataFrame({"a": [1.0]}))


class TestRelativeDifference:
    people = pd.DataFrame({"x": [1, 2], "low": [70, 80], "high": [120, 130], "other": [10, 20]})

    @pytest.mark.parametrize("unit", [None, 2.0, 10.0])
    @pytest.mark.parametrize(("rename", "drop"), [(None, False), ("gap", False), ("gap", True)])
    def test_way_back_gives_the_source(
        self, unit: float | None, rename: str | None, drop: bool
    ) -> None:
        processor = RelativeDifferenceProcessor("high", ["low", "other"], unit, rename, drop)
        before = processor.preprocess(self.people)
        assert before[rename or "high"].tolist() == [40 / (unit or 1), 30 / (unit or 1)]
        back = processor.postprocess(self.people, before)
        pd.testing.assert_frame_equal(back, self.people, check_dtype=unit is None)

    def test_bad_parameters_are_refused(self) -> None:
        with pytest.raises(InvalidParameterError, match="drop_original_target to be False"):
            RelativeDifferenceProcessor("high", ["low"], drop_original_target=True)
        with pytest.raises(InvalidParameterError, match="scaling_unit"):
            RelativeDifferenceProcessor("high", ["low"], 0)

    def test_gaps_and_unknown_columns_are_refused(self) -> None:
        gappy = self.people.assign(low=[np.nan, 1.0])
        with pytest.raises(InvalidTableError, match="no missing values for `references`"):
            RelativeDifferenceProcessor("high", ["low"]).preprocess(gappy)
        for step in (lambda p: p.preprocess(gappy), lambda p: p.postprocess(gappy, gappy)):
            with pytest.raises(InvalidTableError, match="Expected all reference variables.*'lows'"):
                step(RelativeDifferenceProcessor("high", ["lows"]))


class TestDatetime:
    @pytest.mark.parametrize(
        "dtype",
        [
            "datetime64[ns]",
            "datetime64[s]",
            "datetime64[ns, Europe/Paris]",
            "timestamp[us][pyarrow]",
        ],
    )
    def test_way_back_gives_the_source(self, dtype: str) -> None:
        if "pyarrow" in dtype:
            pytest.importorskip("pyarrow", reason="pyarrow is an extra")
        moments = pd.Series(pd.to_datetime(["2015-01-01 07:00:01", None, "1931-12-31 23:59:59"]))
        if "Paris" in dtype:
            moments = moments.dt.tz_localize("Europe/Paris")
        people = pd.DataFrame({"at": moments.astype(dtype), "n": [1, 2, 3]})
        processor = DatetimeProcessor()
        before = processor.preprocess(people)
        assert before["at"].dtype == np.float64
        pd.testing.assert_frame_equal(processor.postprocess(people, before), people)


class TestGeolocation:
    rng = np.random.default_rng(3)
    people = pd.DataFrame(
        {
            "y": rng.uniform(41, 42, 300),
            "x": np.concatenate([rng.uniform(-9, -8.8, 150), rng.uniform(-8.1, -8, 150)]),
        }
    )
    processor = GeolocationNormalizationProcessor(
        latitude_variable="y", longitude_variable="x", n_reference_lat=4, n_bins=10
    )

    def test_way_back_gives_the_source(self) -> None:
        before = self.processor.preprocess(self.people)
        assert before["x"].between(0, 1).all()
        back = self.processor.postprocess(self.people, before)
        pd.testing.assert_frame_equal(back, self.people)

    @given(share=st.floats(-0.5, 1.5), latitude=st.floats(40, 43))
    def test_no_avatar_lands_where_nobody_is(self, share: float, latitude: float) -> None:
        avatar = pd.DataFrame({"y": [latitude], "x": [share]})
        (longitude,) = self.processor.postprocess(self.people, avatar)["x"]
        # Bins are .1 degrees wide: nobody is between -8.7 and -8.1.
        assert -9 <= longitude <= -8.69 or -8.11 <= longitude <= -8

    def test_bad_input_is_refused(self) -> None:
        with pytest.raises(InvalidParameterError, match="n_bins"):
            GeolocationNormalizationProcessor(
                latitude_variable="y", longitude_variable="x", n_reference_lat=4, n_bins=0
            )
        with pytest.raises(InvalidTableError, match="longitude_variable"):
            self.processor.preprocess(self.people.rename(columns={"x": "lon"}))
        with pytest.raises(InvalidTableError, match="no missing values"):
            self.processor.preprocess(self.people.assign(x=np.nan))
