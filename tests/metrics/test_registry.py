"""The one list of metrics: complete, true to its functions, and never turned round in silence."""

from __future__ import annotations

import inspect
import math
from functools import partial

import numpy as np
import pandas as pd
import pytest

from avatars.metrics import METRICS, AttackResult, MetricInfo, attacks, privacy, signal
from avatars.metrics.measured import read_inputs
from avatars.metrics.registry import Inputs

# Whoever changes a line here changes what a number means to those who have read it before.
DIRECTIONS = {
    "hidden_rate": ("higher", "percent"),
    "local_cloaking": ("higher", "count"),
    "distance_to_closest": ("higher", "distance"),
    "closest_distances_ratio": ("higher", "ratio"),
    "closest_rate": ("higher", "percent"),
    "column_direct_match_protection": ("higher", "percent"),
    "row_direct_match_protection": ("higher", "percent"),
    "categorical_hidden_rate": ("higher", "percent"),
    "correlation_protection_rate": ("higher", "percent"),
    "linkability_protection_rate": ("higher", "percent"),
    "inference_continuous": ("higher", "percent"),
    "inference_categorical": ("higher", "percent"),
    "closer_to_training_share": ("nearest", "share"),
    "k_anonymity": ("higher", "count"),
    "l_diversity": ("higher", "count"),
    "t_closeness": ("lower", "distance"),
    "singling_out": ("lower", "risk"),
    "linkability": ("lower", "risk"),
    "attribute_inference": ("lower", "risk"),
    "membership_inference": ("lower", "auc"),
    "membership_inference_density": ("lower", "auc"),
    "shadow_membership": ("lower", "auc"),
    "seed_linkage": ("lower", "risk"),
    "hellinger_mean": ("lower", "distance"),
    "hellinger_std": ("lower", "distance"),
    "multivariate_hellinger": ("lower", "distance"),
    "correlation_difference": ("lower", "distance"),
    "correlation_difference_ratio": ("lower", "percent"),
    "ks_mean": ("lower", "distance"),
    "total_variation_mean": ("lower", "distance"),
    "wasserstein_mean": ("lower", "distance"),
    "missing_rate_difference": ("lower", "share"),
    "category_coverage": ("higher", "share"),
    "range_coverage": ("higher", "share"),
    "contingency_similarity": ("higher", "share"),
    "std_ratio": ("nearest", "ratio"),
    "propensity_auc": ("lower", "auc"),
    "pmse_ratio": ("nearest", "ratio"),
    "tstr_score": ("higher", "score"),
    "tstr_ratio": ("higher", "ratio"),
}

# What these packages export beside metrics of one release: parts of one, arrays by person, tables.
NO_METRICS = {"associations", "by_column", "hellinger", "hellinger_reference"}

# Needs a generator, which other tests give it.
REGENERATE = {"shadow_membership", "seed_linkage"}


@pytest.fixture
def extremes(
    people: pd.DataFrame, unseen: pd.DataFrame, rng: np.random.Generator
) -> dict[str, Inputs]:
    """Give a table as its own release, and one whose columns have nothing to do with each other."""
    apart = pd.DataFrame({label: rng.permutation(people[label]) for label in people})
    return {
        name: read_inputs(
            people,
            release,
            sensitive_unshuffled=release,
            holdout=unseen,
            known_variables=["age", "sex"],
            target="level",
            settings={"ncp": 5, "random_state": 0},
        )
        for name, release in {"itself": people, "apart": apart}.items()
    }


def test_directions_and_units_are_those_that_readers_know() -> None:
    assert {name: (i.direction, i.unit) for name, i in METRICS.items()} == DIRECTIONS


def test_every_public_metric_is_listed_under_its_own_name() -> None:
    public = {
        name
        for package in (privacy, attacks, signal)
        for name in package.__all__
        if inspect.isfunction(getattr(package, name)) and not name.startswith("sensitive_")
    }
    by_column = {name for name in public if name.endswith("_by_column")}
    functions = {
        i.function.func if isinstance(i.function, partial) else i.function for i in METRICS.values()
    }
    assert {function.__name__ for function in functions} == public - NO_METRICS - by_column
    named = [name for name, i in METRICS.items() if not isinstance(i.function, partial)]
    assert [name for name in named if METRICS[name].function.__name__ != name] == []


def test_best_figure_lies_within_the_bounds() -> None:
    for info in METRICS.values():
        assert info.bounds[0] <= info.best <= info.bounds[1], info.name
        # Chance may put a model trained on the release before one trained on the people.
        if info.direction == "higher" and info.name != "tstr_ratio":
            assert info.best == info.bounds[1], info.name


def test_every_metric_says_what_it_measures() -> None:
    for info in METRICS.values():
        assert info.summary.endswith("."), info.name
        assert info.source, info.name


@pytest.mark.filterwarnings("ignore::avatars.exceptions.AlignmentWarning")
@pytest.mark.parametrize("name", sorted(set(DIRECTIONS) - REGENERATE))
def test_figures_of_extreme_releases_lie_within_the_bounds_and_in_order(
    name: str, extremes: dict[str, Inputs]
) -> None:
    info = METRICS[name]
    if name == "inference_continuous":
        extremes = {
            key: Inputs(**{**vars(inputs), "target": "pay"}) for key, inputs in extremes.items()
        }
    itself, apart = (float(info.measure(extremes[key])) for key in ("itself", "apart"))
    for value in (itself, apart):
        assert info.bounds[0] <= value <= info.bounds[1]
    # The table itself has all of the signal and none of the privacy.
    if info.direction == "nearest":
        itself, apart = -abs(itself - info.best), -abs(apart - info.best)
    elif info.direction == "lower":
        itself, apart = -itself, -apart
    if info.family == "signal":
        assert itself >= apart
    elif name not in {"k_anonymity", "l_diversity", "t_closeness"}:
        # Classes of the release say nothing of where it comes from.
        assert itself <= apart


def test_lacking_input_is_named_and_nothing_else() -> None:
    nothing = Inputs(original=None, avatars=None)  # type: ignore[arg-type]
    for info in METRICS.values():
        reason = info.lacks(nothing)
        wanted = {*info.needs, *(["sensitive_unshuffled"] if info.alignment == "paired" else [])}
        assert (reason is None) == (not wanted)
        assert reason is None or any(f"pass {name}" in reason for name in wanted)
    everything = Inputs(
        **dict.fromkeys(
            [
                *("original", "avatars", "sensitive_unshuffled", "holdout"),
                *("target", "known_variables", "avatarizer"),
            ],
            1,
        )  # type: ignore[arg-type]
    )
    assert [info.name for info in METRICS.values() if info.lacks(everything)] == []


def test_settings_reach_the_metrics_that_have_them_and_no_others(people: pd.DataFrame) -> None:
    inputs = read_inputs(people, people, settings={"limit": 5.0, "nonsense": 1})
    moved = read_inputs(people, people[["age", "pay", "height", "sex", "level"]], settings={})
    assert METRICS["correlation_difference_ratio"].measure(inputs) == 0
    assert METRICS["hellinger_mean"].measure(moved) == 0


def test_known_variables_and_the_rest_are_the_two_files(people: pd.DataFrame) -> None:
    known = read_inputs(people, people, known_variables=["sex", "age"], settings={})
    assert known.two_files == (["sex", "age"], ["pay", "height", "level"])
    assert read_inputs(people, people, settings={}).two_files is None
    assert read_inputs(people, people, known_variables=[*people], settings={}).two_files is None


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("hidden_rate", 97.33333, 97.33),
        ("local_cloaking", 12.5, 12.5),
        ("distance_to_closest", 0.0129534, 0.01295),
        ("distance_to_closest", 12345.6, 12350.0),
        ("hidden_rate", math.nan, None),
        ("pmse_ratio", math.inf, None),
    ],
)
def test_figures_are_rounded_by_unit(name: str, value: float, shown: float | None) -> None:
    assert METRICS[name].rounded(value) == shown


def test_attacks_return_results_with_intervals(extremes: dict[str, Inputs]) -> None:
    listed = [info for info in METRICS.values() if info.family == "attack"]
    assert {info.name for info in listed} >= REGENERATE
    for info in listed:
        result = info.measure(extremes["itself"])
        assert isinstance(result, AttackResult)
        assert result.unit == info.unit
        assert result.criterion == info.criterion
        assert result.was_run == (info.name not in REGENERATE)


def test_nobody_can_change_the_list() -> None:
    with pytest.raises(TypeError):
        METRICS["mine"] = METRICS["hidden_rate"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        METRICS["hidden_rate"].direction = "lower"  # type: ignore[misc]
    assert isinstance(METRICS["hidden_rate"], MetricInfo)
