"""The contract of the two estimators and the accessor."""

from __future__ import annotations

import copy
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

import avatars  # registers df.avatars
from avatars import Avatarizer, AvatarSampler
from avatars.datasets import make_patients
from avatars.exceptions import (
    AvatarsWarning,
    InvalidInputError,
    InvalidParameterError,
    RankWarning,
    SensitiveWarning,
    TooFewRowsError,
)

PEOPLE = make_patients(200, random_state=0)

# Rows of X and y would no longer belong together, so a shuffling transformer refuses y.
REFUSES_Y = {
    "check_fit_score_takes_y",
    "check_transformer_data_not_an_array",
    "check_transformer_general",
    "check_transformer_preserve_dtypes",
}


def outcome_of_checks(estimator: Any) -> dict[str, set[str]]:
    """Run scikit-learn's checks and sort their names by outcome."""
    with warnings.catch_warnings():
        # Its tiny tables are short of people: every warning of ours is in place there.
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    counted = Counter(result["status"] for result in results)
    expected = len(list(estimator_checks_generator(clone(estimator))))
    assert sum(counted.values()) == expected
    assert expected >= MINIMUM[type(estimator)]
    found: dict[str, set[str]] = {"passed": set(), "failed": set(), "skipped": set()}
    for result in results:
        found[result["status"]].add(result["check_name"])
    return found


# Versions of scikit-learn run between so many checks and a few more.
MINIMUM = {Avatarizer: 42, AvatarSampler: 36}
# Needs an environment variable set before SciPy is imported, for an API we don't claim.
NOT_OURS = {"check_array_api_input"}


class TestScikitLearn:
    def test_aligned_avatarizer_passes_every_check(self) -> None:
        found = outcome_of_checks(Avatarizer(shuffle=False))
        assert found["failed"] == set()
        assert found["skipped"] <= NOT_OURS
        assert "check_methods_subset_invariance" in found["passed"]

    def test_shuffling_avatarizer_fails_where_it_refuses_y_and_nowhere_else(self) -> None:
        found = outcome_of_checks(Avatarizer())
        assert found["failed"] == REFUSES_Y
        assert found["skipped"] <= NOT_OURS | {"check_pipeline_consistency"}

    def test_sampler_passes_every_check(self) -> None:
        found = outcome_of_checks(AvatarSampler())
        assert found["failed"] == set()
        assert found["skipped"] <= NOT_OURS | {"check_pipeline_consistency"}

    def test_neither_class_has_both_methods(self) -> None:
        assert not hasattr(Avatarizer, "fit_resample")
        assert not hasattr(AvatarSampler, "transform")

    @pytest.mark.parametrize("estimator", [Avatarizer, AvatarSampler])
    def test_clone_keeps_parameters_and_no_people(self, estimator: Any) -> None:
        fitted = estimator(k=7, random_state=1).fit(PEOPLE)
        twin = clone(fitted)
        assert twin.get_params() == fitted.get_params()
        with pytest.raises(NotFittedError):
            twin.sample(3)

    def test_set_params_changes_the_next_fit(self) -> None:
        assert Avatarizer().set_params(k=9).fit(PEOPLE).k_ == 9

    @pytest.mark.parametrize("output", ["pandas", "polars"])
    def test_set_output_changes_the_container(self, output: str) -> None:
        package = pytest.importorskip(output)
        estimator = Avatarizer(random_state=0).set_output(transform=output)
        numbers = load_iris().data
        released = estimator.fit_transform(numbers)
        assert isinstance(released, package.DataFrame)
        assert list(released.columns) == list(estimator.get_feature_names_out())

    def test_set_output_does_not_bring_the_index_back(self) -> None:
        people = PEOPLE.set_index(PEOPLE.index + 1000)
        released = Avatarizer(random_state=0).set_output(transform="pandas").fit_transform(people)
        assert released.index.equals(pd.RangeIndex(len(people)))

    def test_feature_names_out_are_those_of_the_table(self) -> None:
        fitted = Avatarizer().fit(PEOPLE)
        assert list(fitted.get_feature_names_out()) == list(PEOPLE.columns)
        assert fitted.n_features_in_ == PEOPLE.shape[1]

    def test_plain_pipeline_refuses_y_by_name(self) -> None:
        X, y = load_iris(return_X_y=True)
        with pytest.raises(InvalidParameterError, match="AvatarSampler.*shuffle=False"):
            make_pipeline(Avatarizer(), LogisticRegression()).fit(X, y)

    def test_aligned_avatars_train_a_model_in_a_plain_pipeline(self) -> None:
        X, y = load_iris(return_X_y=True)
        model = make_pipeline(
            Avatarizer(shuffle=False, random_state=0), StandardScaler(), LogisticRegression()
        )
        assert cross_val_score(model, X, y, cv=5).mean() > 0.75

    def test_grid_search_over_k(self) -> None:
        def spread(estimator: Avatarizer, X: Any, y: Any = None) -> float:
            return float(np.std(estimator.transform(X)))

        search = GridSearchCV(Avatarizer(random_state=0), {"k": [5, 20]}, scoring=spread, cv=2)
        assert search.fit(load_wine().data).best_params_["k"] in {5, 20}


class TestAvatarizer:
    def test_release_looks_like_the_table(self) -> None:
        released = Avatarizer(random_state=0).fit_transform(PEOPLE)
        assert released.shape == PEOPLE.shape
        assert released.dtypes.equals(PEOPLE.dtypes)
        assert released.columns.equals(PEOPLE.columns)
        assert released.index.equals(pd.RangeIndex(len(PEOPLE)))

    @pytest.mark.parametrize("protection", ["none", "balanced", "strict"])
    def test_same_seed_same_release(self, protection: str) -> None:
        once, again = (
            Avatarizer(protection=protection, random_state=3, n_jobs=n).fit_transform(PEOPLE)
            for n in (1, 2)
        )
        assert_frame_equal(once, again)

    def test_other_seed_other_release(self) -> None:
        once, again = (Avatarizer(random_state=s).fit_transform(PEOPLE) for s in (3, 4))
        assert not once.equals(again)

    def test_without_a_seed_every_fit_differs(self) -> None:
        once, again = (Avatarizer().fit_transform(PEOPLE) for _ in range(2))
        assert not once.equals(again)

    def test_fit_then_transform_is_fit_transform(self) -> None:
        estimator = Avatarizer(random_state=0)
        assert_frame_equal(estimator.fit_transform(PEOPLE), estimator.fit(PEOPLE).transform(PEOPLE))

    def test_asking_again_says_nothing_new(self) -> None:
        fitted = Avatarizer().fit(PEOPLE)
        assert_frame_equal(fitted.transform(PEOPLE), fitted.transform(PEOPLE))

    def test_aligned_and_shuffled_releases_hold_the_same_avatars(self) -> None:
        aligned = Avatarizer(random_state=0, shuffle=False).fit_transform(PEOPLE)
        shuffled = Avatarizer(random_state=0).fit_transform(PEOPLE)
        columns = list(PEOPLE.columns)
        assert not aligned.equals(shuffled)
        assert_frame_equal(
            aligned.sort_values(columns, ignore_index=True),
            shuffled.sort_values(columns, ignore_index=True),
        )

    def test_part_of_the_people_gets_the_avatars_of_the_fit(self) -> None:
        fitted = Avatarizer(random_state=0, shuffle=False).fit(PEOPLE)
        rows = [50, 3, 199]
        part = fitted.transform(PEOPLE.iloc[rows])
        assert_frame_equal(part, fitted.transform(PEOPLE).iloc[rows].reset_index(drop=True))

    def test_strangers_get_avatars_of_their_own(self) -> None:
        strangers = make_patients(40, random_state=99)
        fitted = Avatarizer(random_state=0).fit(PEOPLE)
        released = fitted.transform(strangers)
        assert released.shape == strangers.shape
        assert released.dtypes.equals(PEOPLE.dtypes)
        assert_frame_equal(released, fitted.transform(strangers))

    def test_shuffling_a_handful_of_rows_warns(self) -> None:
        fitted = Avatarizer(random_state=0).fit(PEOPLE)
        with pytest.warns(SensitiveWarning, match="shuffling 1 rows hides nobody"):
            assert len(fitted.transform(PEOPLE.head(1))) == 1

    def test_other_columns_are_refused(self) -> None:
        fitted = Avatarizer().fit(PEOPLE)
        with pytest.raises(ValueError, match="feature names should match"):
            fitted.transform(PEOPLE.rename(columns={"age": "years"}))
        with pytest.raises(ValueError, match="should match"):
            fitted.transform(PEOPLE[PEOPLE.columns[::-1]])

    @pytest.mark.parametrize("n_samples", [1, 200, 501])
    def test_sample_gives_as_many_as_asked(self, n_samples: int) -> None:
        fitted = Avatarizer(random_state=0).fit(PEOPLE)
        released = fitted.sample(n_samples)
        assert len(released) == n_samples
        assert released.dtypes.equals(PEOPLE.dtypes)
        assert_frame_equal(released, fitted.sample(n_samples))

    @pytest.mark.parametrize("n_samples", [0, -1, 2.5, "3", True])
    def test_sample_refuses_what_is_no_number_of_rows(self, n_samples: Any) -> None:
        with pytest.raises(InvalidParameterError, match="n_samples"):
            Avatarizer().fit(PEOPLE).sample(n_samples)

    def test_default_k_follows_a_small_table(self) -> None:
        few = PEOPLE.head(12)[["age", "weight"]]
        assert Avatarizer().fit(few).k_ == 11
        with pytest.raises(TooFewRowsError, match="k=20 needs at least 21 rows.*has 12"):
            Avatarizer(k=20).fit(few)

    def test_low_k_warns(self) -> None:
        with pytest.warns(SensitiveWarning, match="k=3"):
            Avatarizer(k=3).fit(PEOPLE)

    def test_too_many_axes_warn(self) -> None:
        with pytest.warns(RankWarning, match="2 axes"):
            assert Avatarizer(ncp=9).fit(PEOPLE[["age", "weight"]].dropna()).ncp_ == 2

    def test_excluded_columns_keep_their_distribution(self) -> None:
        released = Avatarizer(random_state=0, exclude_variable_names=["blood_group"]).fit_transform(
            PEOPLE
        )
        before, after = (
            table["blood_group"].value_counts(normalize=True) for table in (PEOPLE, released)
        )
        assert (before - after).abs().max() < 0.12

    def test_row_order_keeps_the_cell_of_the_person_and_warns(self) -> None:
        with pytest.warns(SensitiveWarning, match="row_order"):
            aligned = Avatarizer(
                random_state=0,
                shuffle=False,
                exclude_variable_names=["sex"],
                exclude_replacement_strategy="row_order",
            ).fit_transform(PEOPLE)
        assert aligned["sex"].equals(PEOPLE["sex"])

    def test_gaps_come_back_in_about_the_same_number(self) -> None:
        gappy = make_patients(600, missing=0.2, random_state=1)
        released = Avatarizer(random_state=0).fit_transform(gappy)
        before, after = gappy.isna().mean(), released.isna().mean()
        assert before.max() > 0.1
        assert (before - after).abs().max() < 0.05

    def test_primary_key_comes_out_fresh(self) -> None:
        keyed = PEOPLE.assign(key=np.arange(1000, 1200))
        released = Avatarizer(primary_key="key", random_state=0).fit_transform(keyed)
        assert released["key"].is_unique
        assert not set(released["key"]) & set(keyed["key"])

    def test_row_by_row_people_are_warned_about(self) -> None:
        with pytest.warns(SensitiveWarning, match="individual_level"):
            Avatarizer(individual_level=False).fit(PEOPLE)

    def test_verbose_tells_steps_and_no_cells(self, capsys: pytest.CaptureFixture[str]) -> None:
        Avatarizer(verbose=True, random_state=0).fit(PEOPLE)
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "drawing avatars" in captured.err

    def test_copies_share_the_people(self) -> None:
        fitted = Avatarizer(random_state=0).fit(PEOPLE)
        for twin in (copy.copy(fitted), copy.deepcopy(fitted)):
            assert_frame_equal(twin.sample(9), fitted.sample(9))

    def test_as_sampler_has_the_same_parameters(self) -> None:
        estimator = Avatarizer(k=30, protection="strict", random_state=5)
        assert estimator.as_sampler().get_params() == estimator.get_params()

    def test_path_of_a_file(self, tmp_path: Any) -> None:
        path = tmp_path / "people.csv"
        PEOPLE[["age", "sex", "weight"]].to_csv(path, index=False)
        released = Avatarizer(random_state=0).fit_transform(path)
        assert released.shape == (200, 3)

    def test_numpy_array_in_and_out(self) -> None:
        numbers = load_diabetes().data.astype("float32")
        released = Avatarizer(random_state=0).fit_transform(numbers)
        assert isinstance(released, np.ndarray)
        assert released.dtype == np.float32
        assert released.shape == numbers.shape


class TestAvatarSampler:
    def test_x_and_y_stay_together(self) -> None:
        X, y = load_iris(return_X_y=True, as_frame=True)
        X_avatars, y_avatars = AvatarSampler(random_state=0).fit_resample(X, y)
        assert X_avatars.columns.equals(X.columns)
        assert y_avatars.name == "target"
        assert y_avatars.dtype == y.dtype
        model = LogisticRegression(max_iter=1000).fit(X_avatars, y_avatars)
        assert model.score(X, y) > 0.9

    def test_numbers_as_y_stay_numbers(self) -> None:
        X, y = load_diabetes(return_X_y=True)
        X_avatars, y_avatars = AvatarSampler(random_state=0).fit_resample(X, y)
        assert y_avatars.dtype == y.dtype
        assert len(np.unique(y_avatars)) > 50
        before = np.corrcoef(X[:, 2], y)[0, 1]
        after = np.corrcoef(X_avatars[:, 2], y_avatars)[0, 1]
        assert abs(before - after) < 0.1

    @pytest.mark.parametrize("kind", ["list", "array", "series", "frame", "column"])
    def test_y_of_any_kind_comes_back_in_kind(self, kind: str) -> None:
        X, y = load_iris(return_X_y=True)
        given: Any = {
            "list": y.tolist(),
            "array": y,
            "series": pd.Series(y, name="y"),
            "frame": pd.DataFrame({"y": y}),
            "column": y.reshape(-1, 1),
        }[kind]
        _, back = AvatarSampler(random_state=0).fit_resample(X, given)
        expected = np.ndarray if kind == "list" else type(given)
        assert isinstance(back, expected)
        assert np.shape(back) == np.shape(given)

    def test_column_of_x_named_y_is_no_trouble(self) -> None:
        X = PEOPLE[["age", "weight"]].rename(columns={"age": "y"})
        X_avatars, y_avatars = AvatarSampler(random_state=0).fit_resample(X, PEOPLE["readmitted"])
        assert list(X_avatars.columns) == ["y", "weight"]
        assert y_avatars.name == "readmitted"

    def test_sample_returns_what_fit_saw(self) -> None:
        X, y = load_iris(return_X_y=True)
        fitted = AvatarSampler(random_state=0).fit(X, y)
        X_more, y_more = fitted.sample(400)
        assert X_more.shape == (400, 4)
        assert y_more.shape == (400,)
        assert AvatarSampler(random_state=0).fit(X).sample(7).shape == (7, 4)

    def test_imblearn_pipeline_trains_on_avatars_and_tests_on_people(self) -> None:
        pipeline = pytest.importorskip("imblearn.pipeline")
        X, y = load_iris(return_X_y=True)
        model = pipeline.make_pipeline(
            AvatarSampler(random_state=0), StandardScaler(), LogisticRegression()
        )
        search = GridSearchCV(model, {"avatarsampler__k": [10, 20]}, cv=3)
        assert search.fit(X, y).best_score_ > 0.85

    def test_y_is_required(self) -> None:
        with pytest.raises(InvalidParameterError, match="'y'"):
            AvatarSampler().fit_resample(PEOPLE, None)

    def test_same_avatars_as_the_transformer_of_the_joined_table(self) -> None:
        X, y = PEOPLE.drop(columns="readmitted"), PEOPLE["readmitted"]
        X_avatars, y_avatars = AvatarSampler(random_state=0).fit_resample(X, y)
        joined = X.assign(y=y)
        released = Avatarizer(random_state=0).fit_transform(joined)
        assert_frame_equal(X_avatars.assign(y=y_avatars), released)


class TestAccessor:
    def test_chain_gives_what_the_estimator_gives(self) -> None:
        chained = PEOPLE.query("age > 30").avatars.avatarize(k=10, random_state=0)
        direct = Avatarizer(k=10, random_state=0).fit_transform(PEOPLE.query("age > 30"))
        assert_frame_equal(chained, direct)

    def test_unknown_parameter_is_a_type_error(self) -> None:
        with pytest.raises(TypeError, match="neighbours"):
            PEOPLE.avatars.avatarize(neighbours=3)

    def test_repr_shows_no_cells(self) -> None:
        assert repr(PEOPLE.avatars) == "AvatarsAccessor(200 rows, 13 columns)"

    def test_polars_namespace(self) -> None:
        polars = pytest.importorskip("polars")
        import avatars.polars  # noqa: F401  registers the namespace

        people = polars.from_pandas(PEOPLE[["age", "sex", "weight"]])
        released = people.avatars.avatarize(random_state=0)
        assert released.schema == people.schema
        assert released.height == people.height


class TestMessages:
    @pytest.mark.parametrize("estimator", [Avatarizer, AvatarSampler])
    def test_seed_is_not_shown(self, estimator: Any) -> None:
        fitted = estimator(random_state=123454321).fit(PEOPLE)
        assert "123454321" not in repr(fitted)
        assert "123454321" not in fitted._repr_html_()
        assert "random_state" in repr(fitted)

    def test_errors_are_ours(self) -> None:
        with pytest.raises(InvalidInputError) as caught:
            Avatarizer(protection="total").fit(PEOPLE)
        assert "protection" in str(caught.value)
        assert isinstance(caught.value, avatars.AvatarsError)

    def test_warnings_are_ours(self) -> None:
        with pytest.warns(AvatarsWarning):
            Avatarizer(k=2).fit(PEOPLE)
