"""Metrics in scikit-learn's searches and cross-validations, and imbalanced-learn's pipelines."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from avatars import Avatarizer, AvatarSampler, metrics
from avatars.exceptions import InvalidParameterError, PeopleNotKeptError
from avatars.metrics import (
    METRICS,
    AttackResult,
    best_utility,
    get_scorer,
    get_scorer_names,
    get_scorers,
    make_avatar_scorer,
)


@pytest.fixture
def fitted(people: pd.DataFrame) -> Avatarizer:
    return Avatarizer(k=10, random_state=0).fit(people)


def hidden(original: Any, avatars: Any) -> float:
    """Be the same as a metric, and yet the caller's own."""
    return metrics.hidden_rate(original, avatars)


def closeness(original: Any, avatars: Any, holdout: Any, *, weight: float = 1.0) -> float:
    """Need people unseen, and have a parameter."""
    return weight * metrics.closer_to_training_share(original, avatars, holdout)


class TestTables:
    def test_avatars_are_those_of_the_fit_in_the_order_of_the_people(
        self, fitted: Avatarizer, people: pd.DataFrame
    ) -> None:
        aligned = clone(fitted).set_params(shuffle=False).fit_transform(people)
        original, avatars, unseen = fitted.sensitive_tables()
        wanted = metrics.space.read_together(people, aligned)
        np.testing.assert_array_equal(original.numeric, wanted[0].numeric)
        np.testing.assert_array_equal(avatars.numeric, wanted[1].numeric)
        np.testing.assert_array_equal(avatars.codes, wanted[1].codes)
        assert unseen is None

    def test_three_tables_share_one_schema_and_new_levels_are_no_gaps(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        known = people[people["level"] != "high"]
        fitted = Avatarizer(k=10, random_state=0).fit(known)
        original, avatars, others = fitted.sensitive_tables(unseen)
        assert others is not None
        assert original.schema is avatars.schema is others.schema
        assert (others.codes >= 0).all()
        assert (original.codes.max(axis=0) < others.codes.max(axis=0)).any()

    def test_y_of_a_sampler_is_a_column(self, population: pd.DataFrame) -> None:
        X, y = population.drop(columns="pay"), population["pay"]
        fitted = AvatarSampler(k=10, random_state=0).fit(X[:300], y[:300])
        people, _, unseen = fitted.sensitive_tables(X[300:], y[300:])
        assert people.schema.labels == [*X, "y"]
        assert unseen is not None
        assert unseen.n_rows == 300
        assert fitted.sensitive_tables(X[:300], y[:300])[2] is None
        assert fitted.sensitive_tables()[2] is None

    def test_nothing_before_the_fit(self, people: pd.DataFrame) -> None:
        for estimator in (Avatarizer(), AvatarSampler()):
            with pytest.raises(NotFittedError):
                estimator.sensitive_tables(people, people["sex"])


class TestNames:
    def test_every_metric_has_one(self) -> None:
        names = get_scorer_names()
        assert names == sorted(names)
        assert {name.removeprefix("neg_") for name in names} == set(METRICS)
        assert {n for n in names if n.startswith("neg_")} == {
            f"neg_{name}" for name, info in METRICS.items() if info.direction != "higher"
        }

    @pytest.mark.parametrize("name", ["hellinger_mean", "neg_hidden_rate"])
    def test_wrong_sign_is_refused_with_the_right_one(self, name: str) -> None:
        right = name.removeprefix("neg_") if name.startswith("neg_") else f"neg_{name}"
        with pytest.raises(InvalidParameterError, match=f"ask for '{right}'"):
            get_scorer(name)

    def test_unknown_name_is_refused(self) -> None:
        with pytest.raises(InvalidParameterError, match="'accuracy'"):
            get_scorers("hidden_rate", "accuracy")

    @pytest.mark.parametrize("setting", ["holdout", "original", "targett", "avatarizer"])
    def test_unknown_setting_is_refused(self, setting: str) -> None:
        with pytest.raises(InvalidParameterError, match=f"'{setting}'"):
            get_scorer("hidden_rate", **{setting: 1})
        with pytest.raises(InvalidParameterError, match=f"'{setting}'"):
            get_scorers("hidden_rate", **{setting: 1})

    def test_settings_reach_the_scorers_that_have_them(self) -> None:
        found = get_scorers("hidden_rate", "tstr_score", target="sex", ncp=2)
        assert dict(found["hidden_rate"].settings) == {"ncp": 2}
        assert dict(found["tstr_score"].settings) == {"target": "sex"}

    def test_repr_names_metric_and_settings(self) -> None:
        assert repr(get_scorer("hidden_rate", ncp=2)) == "AvatarScorer('hidden_rate', ncp=2)"


class TestValues:
    @pytest.mark.parametrize("name", ["hidden_rate", "local_cloaking", "distance_to_closest"])
    def test_privacy_is_that_of_the_people_of_the_fit(
        self, name: str, fitted: Avatarizer, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        aligned = clone(fitted).set_params(shuffle=False).fit_transform(people)
        wanted = METRICS[name].function(people, aligned)
        assert get_scorer(name)(fitted, unseen) == pytest.approx(wanted)
        # Whoever is in the test fold has nothing to do with it.
        assert get_scorer(name)(fitted, unseen.head(20)) == pytest.approx(wanted)
        assert get_scorer(name)(fitted, people) == pytest.approx(wanted)

    def test_attack_has_the_test_fold_as_its_control(
        self, fitted: Avatarizer, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        wanted = metrics.membership_inference(people, fitted.transform(people), unseen)
        assert get_scorer("neg_membership_inference")(fitted, unseen) == -float(wanted)

    def test_signal_is_that_of_the_test_fold(
        self, fitted: Avatarizer, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        released = fitted.transform(people)
        scorer = get_scorer("neg_hellinger_mean")
        assert scorer(fitted, unseen) == -metrics.hellinger_mean(unseen, released)
        assert scorer(fitted, people) == -metrics.hellinger_mean(people, released)

    def test_figure_that_is_best_in_the_middle_scores_minus_its_distance(
        self, fitted: Avatarizer, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        ratio = metrics.std_ratio(unseen, fitted.transform(people))
        assert get_scorer("neg_std_ratio")(fitted, unseen) == pytest.approx(-abs(ratio - 1))

    def test_target_and_known_variables_are_those_of_the_estimator(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        fitted = Avatarizer(
            k=10, random_state=0, known_variables=["age", "level"], target="pay"
        ).fit(people)
        released = fitted.transform(people)
        wanted = metrics.inference_continuous(
            people, released, known_variables=["age", "level"], target="pay"
        )
        assert get_scorer("inference_continuous")(fitted, unseen) == pytest.approx(wanted)
        score = metrics.tstr_score(people, released, unseen, "pay")
        assert get_scorer("tstr_score")(fitted, unseen) == pytest.approx(score)
        other = metrics.tstr_score(people, released, unseen, "sex")
        assert get_scorer("tstr_score", target="sex")(fitted, unseen) == pytest.approx(other)

    def test_y_of_a_sampler_is_its_target(self, population: pd.DataFrame) -> None:
        X, y = population.drop(columns="sex"), population["sex"]
        fitted = AvatarSampler(k=10, random_state=0).fit(X[:300], y[:300])
        people, avatars, unseen = fitted.sensitive_tables(X[300:], y[300:])
        wanted = metrics.tstr_score(people, avatars, unseen, "y")
        assert get_scorer("tstr_score")(fitted, X[300:], y[300:]) == wanted

    def test_generator_is_the_estimator_itself(
        self, fitted: Avatarizer, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        aligned = clone(fitted).set_params(shuffle=False).fit_transform(people)
        settings: dict[str, Any] = {"n_regenerations": 3, "n_targets": 20}
        found = get_scorer("neg_seed_linkage", **settings)(fitted, unseen)
        wanted = metrics.seed_linkage(people, aligned, avatarizer=fitted, **settings)
        assert found == pytest.approx(-float(wanted))

    def test_test_fold_may_hold_levels_that_the_fit_did_not(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        fitted = Avatarizer(k=10, random_state=0).fit(people[people["level"] != "high"])
        value = get_scorer("neg_hellinger_mean")(fitted, unseen)
        assert value < get_scorer("neg_hellinger_mean")(fitted, unseen[unseen["level"] != "high"])


class TestRefusals:
    def test_people_of_the_fit_are_nobody_unseen(
        self, fitted: Avatarizer, people: pd.DataFrame
    ) -> None:
        for X in (people, people.sample(frac=1, random_state=0)):
            with pytest.raises(InvalidParameterError, match="'X' is the table of the fit"):
                get_scorer("neg_membership_inference")(fitted, X)

    @pytest.mark.parametrize(
        ("name", "parameter"),
        [("tstr_score", "target"), ("correlation_protection_rate", "known_variables")],
    )
    def test_what_a_metric_needs_is_named(
        self, fitted: Avatarizer, unseen: pd.DataFrame, name: str, parameter: str
    ) -> None:
        with pytest.raises(InvalidParameterError, match=f"'{parameter}' is needed by '{name}'"):
            get_scorer(name)(fitted, unseen)

    def test_attack_that_draws_again_needs_an_avatarizer(self, population: pd.DataFrame) -> None:
        X, y = population.drop(columns="sex"), population["sex"]
        fitted = AvatarSampler(k=10, random_state=0).fit(X[:300], y[:300])
        with pytest.raises(InvalidParameterError, match="needs an Avatarizer"):
            get_scorer("neg_seed_linkage")(fitted, X[300:], y[300:])

    def test_attack_that_is_not_run_is_no_score(self) -> None:
        one = pd.DataFrame({"x": np.arange(0, 60, 2.0)})
        fitted = Avatarizer(k=5, random_state=0).fit(one)
        with pytest.raises(InvalidParameterError, match="'linkability' was not run"):
            get_scorer("neg_linkability")(fitted, one + 1)

    @pytest.mark.parametrize("estimator", [LogisticRegression(), make_pipeline(StandardScaler())])
    def test_estimator_without_avatars_is_refused(
        self, estimator: Any, people: pd.DataFrame
    ) -> None:
        numbers = people[["age", "pay"]]
        estimator.fit(numbers, people["sex"])
        with pytest.raises(InvalidParameterError, match=type(estimator).__name__):
            get_scorer("hidden_rate")(estimator, numbers)

    def test_sampler_with_y_needs_y(self, people: pd.DataFrame, unseen: pd.DataFrame) -> None:
        fitted = AvatarSampler(k=10).fit(people.drop(columns="sex"), people["sex"])
        with pytest.raises(InvalidParameterError, match="'y' is required"):
            get_scorer("hidden_rate")(fitted, unseen.drop(columns="sex"))

    def test_unpickled_estimator_has_nobody_to_judge(
        self, fitted: Avatarizer, unseen: pd.DataFrame
    ) -> None:
        with pytest.raises(PeopleNotKeptError):
            get_scorer("hidden_rate")(pickle.loads(pickle.dumps(fitted)), unseen)


class TestSearches:
    @pytest.mark.parametrize("n_jobs", [None, 2])
    def test_grid_search_on_one_metric(self, people: pd.DataFrame, n_jobs: int | None) -> None:
        search = GridSearchCV(
            Avatarizer(random_state=0),
            {"protection": ["none", "balanced"]},
            scoring=get_scorer("neg_hellinger_mean"),
            cv=2,
            n_jobs=n_jobs,
        ).fit(people)
        scores = search.cv_results_["mean_test_score"]
        assert np.isfinite(scores).all()
        assert search.best_index_ == scores.argmax()
        # The refitted estimator was fitted here and can be scored on.
        assert get_scorer("hidden_rate")(search.best_estimator_, people) > 50

    @pytest.mark.parametrize("n_jobs", [None, 2])
    def test_grid_search_on_several_metrics(self, people: pd.DataFrame, n_jobs: int | None) -> None:
        scoring = get_scorers("hidden_rate", "neg_hellinger_mean", "neg_membership_inference")
        search = GridSearchCV(
            Avatarizer(random_state=0),
            {"k": [5, 30]},
            scoring=scoring,
            refit=best_utility("neg_hellinger_mean", at_least={"hidden_rate": 60}),
            cv=2,
            n_jobs=n_jobs,
        ).fit(people)
        for name in scoring:
            assert np.isfinite(search.cv_results_[f"mean_test_{name}"]).all()
        allowed = search.cv_results_["mean_test_hidden_rate"] >= 60
        useful = np.where(allowed, search.cv_results_["mean_test_neg_hellinger_mean"], -np.inf)
        assert search.best_index_ == useful.argmax()

    def test_folds_are_scored_as_by_hand(self, people: pd.DataFrame) -> None:
        from sklearn.model_selection import KFold

        folds = KFold(2)
        found = cross_val_score(
            Avatarizer(k=10, random_state=0),
            people,
            scoring=get_scorer("neg_membership_inference"),
            cv=folds,
        )
        wanted = []
        for train, test in folds.split(people):
            fitted = Avatarizer(k=10, random_state=0).fit(people.iloc[train])
            released = fitted.transform(people.iloc[train])
            result = metrics.membership_inference(people.iloc[train], released, people.iloc[test])
            wanted.append(-float(result))
        assert found == pytest.approx(wanted)

    def test_cross_validate_in_a_pipeline_of_imbalanced_learn(
        self, population: pd.DataFrame
    ) -> None:
        pipelines = pytest.importorskip("imblearn.pipeline")
        X, y = population.drop(columns="sex"), population["sex"] == "f"
        numbers = make_column_transformer(
            ("passthrough", make_column_selector(dtype_include="number"))
        )
        model = pipelines.make_pipeline(
            AvatarSampler(k=10, random_state=0), numbers, LogisticRegression()
        )
        scoring = {
            **get_scorers("hidden_rate", "neg_membership_inference", "tstr_score"),
            "accuracy": "accuracy",
        }
        found = cross_validate(model, X, y, scoring=scoring, cv=2, n_jobs=2)
        for name in scoring:
            assert np.isfinite(found[f"test_{name}"]).all()
        assert (found["test_hidden_rate"] > 50).all()

    def test_steps_before_the_avatars_transform_the_test_fold(self) -> None:
        pipelines = pytest.importorskip("imblearn.pipeline")
        X, y = load_iris(return_X_y=True)
        X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
        model = pipelines.make_pipeline(
            StandardScaler(), AvatarSampler(k=10, random_state=0), LogisticRegression()
        ).fit(X_train, y_train)
        scaler, sampler = model[0], model[1]
        for name in ("neg_hellinger_mean", "neg_membership_inference", "hidden_rate"):
            scorer = get_scorer(name)
            inside = scorer(sampler, scaler.transform(X_test), y_test)
            assert scorer(model, X_test, y_test) == inside
            outer = pipelines.make_pipeline("passthrough", model)
            assert scorer(outer, X_test, y_test) == inside

    def test_grid_search_over_a_plain_pipeline(self) -> None:
        X = load_iris().data
        search = GridSearchCV(
            make_pipeline(StandardScaler(), Avatarizer(random_state=0)),
            {"avatarizer__k": [5, 20]},
            scoring=get_scorers("hidden_rate", "neg_hellinger_mean"),
            refit="hidden_rate",
            cv=2,
        ).fit(X)
        assert np.isfinite(search.cv_results_["mean_test_neg_hellinger_mean"]).all()

    def test_target_of_a_searched_estimator_reaches_the_metric(self, people: pd.DataFrame) -> None:
        scores = cross_val_score(
            Avatarizer(random_state=0, target="pay", known_variables=["age"]),
            people,
            scoring=get_scorer("inference_continuous"),
            cv=2,
        )
        assert (scores > 5).all()


class TestOwnMetrics:
    def test_function_of_the_caller(self, fitted: Avatarizer, unseen: pd.DataFrame) -> None:
        own = make_avatar_scorer(hidden)
        assert own(fitted, unseen) == get_scorer("hidden_rate")(fitted, unseen)
        loss = make_avatar_scorer(hidden, greater_is_better=False)
        assert loss(fitted, unseen) == -own(fitted, unseen)
        assert (own.name, loss.name) == ("hidden", "neg_hidden")

    def test_family_says_whom_the_avatars_are_compared_with(
        self, fitted: Avatarizer, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        def rows(original: Any, avatars: Any) -> float:
            return original.n_rows

        unseen = unseen.head(77)
        assert make_avatar_scorer(rows)(fitted, unseen) == 300
        assert make_avatar_scorer(rows, family="signal")(fitted, unseen) == 77

    def test_needs_and_settings_of_the_function_count(
        self, fitted: Avatarizer, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        doubled = make_avatar_scorer(closeness, weight=2.0)(fitted, unseen)
        assert doubled == 2 * make_avatar_scorer(closeness)(fitted, unseen)
        with pytest.raises(InvalidParameterError, match="'X' is the table of the fit"):
            make_avatar_scorer(closeness)(fitted, people)
        with pytest.raises(InvalidParameterError, match="'wait'"):
            make_avatar_scorer(closeness, wait=2.0)

    def test_metric_of_ours_knows_its_own_direction(self) -> None:
        assert make_avatar_scorer(metrics.hellinger_mean) == get_scorer("neg_hellinger_mean")

    def test_attack_that_was_not_run_gives_no_score(
        self, fitted: Avatarizer, unseen: pd.DataFrame
    ) -> None:
        def never(original: Any, avatars: Any) -> AttackResult:
            return AttackResult.not_run("never", "linkability", "Nobody.", "it is Sunday")

        with pytest.raises(InvalidParameterError, match="it is Sunday"):
            make_avatar_scorer(never)(fitted, unseen)


class TestCopies:
    @pytest.mark.parametrize(
        "scorer",
        [
            get_scorer("hidden_rate", ncp=2),
            get_scorer("neg_membership_inference_density"),
            make_avatar_scorer(closeness, weight=2.0),
            best_utility("neg_hellinger_mean", at_least={"hidden_rate": 90}),
        ],
    )
    def test_pickles_and_copies_are_equal(self, scorer: Any) -> None:
        for twin in (pickle.loads(pickle.dumps(scorer)), copy.deepcopy(scorer)):
            assert repr(twin) == repr(scorer)
            assert getattr(twin, "settings", None) == getattr(scorer, "settings", None)

    def test_search_with_scorers_can_be_cloned(self) -> None:
        search = GridSearchCV(Avatarizer(), {"k": [5]}, scoring=get_scorers("hidden_rate"))
        assert repr(clone(search)) == repr(search)


class TestBestUtility:
    RESULTS = {
        "mean_test_hidden_rate": np.array([70.0, 91.0, 95.0, 99.0]),
        "mean_test_neg_linkability": np.array([-0.3, -0.2, -0.01, -0.02]),
        "mean_test_use": np.array([0.9, 0.8, 0.7, np.nan]),
    }

    @pytest.mark.parametrize(
        ("at_least", "chosen"),
        [
            ({}, 0),
            ({"hidden_rate": 90}, 1),
            ({"hidden_rate": 91.0}, 1),
            ({"hidden_rate": 90, "neg_linkability": -0.05}, 2),
        ],
    )
    def test_most_useful_of_those_that_meet_every_bound(
        self, at_least: dict[str, float], chosen: int
    ) -> None:
        assert best_utility("use", at_least=at_least)(self.RESULTS) == chosen

    @pytest.mark.parametrize(
        ("utility", "at_least", "problem"),
        [
            ("use", {"hidden_rate": 99.5}, "no setting meets hidden_rate >= 99.5: the best reach"),
            ("use", {"hidden_rate": 98}, "none meets hidden_rate >= 98"),
            ("useful", {}, "'useful'"),
            ("use", {"privacy": 1}, "'privacy'"),
        ],
    )
    def test_what_cannot_be_met_is_named(
        self, utility: str, at_least: dict[str, float], problem: str
    ) -> None:
        with pytest.raises(InvalidParameterError, match=problem):
            best_utility(utility, at_least=at_least)(self.RESULTS)

    def test_scores_that_all_failed_choose_nothing(self) -> None:
        results = {"mean_test_use": [np.nan, np.nan], "mean_test_safe": [np.nan, np.nan]}
        with pytest.raises(InvalidParameterError, match="no setting has a score"):
            best_utility("use", at_least={})(results)
        results["mean_test_use"] = [1.0, 2.0]
        with pytest.raises(InvalidParameterError, match="none could be scored"):
            best_utility("use", at_least={"safe": 1})(results)
