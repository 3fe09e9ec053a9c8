"""The documented bundles: their keys, what they say of what isn't there, and nothing of anybody."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from avatars import Avatarizer, metrics
from avatars.exceptions import InvalidParameterError, InvalidTableError
from avatars.metrics import (
    METRICS,
    AttackResult,
    attack_metrics,
    meta_metrics,
    privacy_metrics,
    signal_metrics,
)
from avatars.metrics.bundles import ATTACKS

PRIVACY = [
    "hidden_rate",
    "local_cloaking",
    "distance_to_closest",
    "closest_distances_ratio",
    "closest_rate",
    "column_direct_match_protection",
    "row_direct_match_protection",
    "categorical_hidden_rate",
    "correlation_protection_rate",
    "linkability_protection_rate",
    "inference_continuous",
    "inference_categorical",
]
SIGNAL = ["hellinger_mean", "hellinger_std", "correlation_difference_ratio"]
METADATA = {"table_name": "doctor", "computation_type": "standalone", "reference": None}


@pytest.fixture
def aligned(people: pd.DataFrame) -> pd.DataFrame:
    """Give the avatars in the order of the people."""
    return Avatarizer(k=10, shuffle=False, random_state=0).fit_transform(people)


@pytest.fixture
def released(aligned: pd.DataFrame) -> pd.DataFrame:
    """Give the same avatars in another order."""
    return aligned.sample(frac=1, random_state=1, ignore_index=True)


def everything(
    people: pd.DataFrame, released: Any, aligned: Any, unseen: Any, avatarizer: Any = None
) -> dict[str, Any]:
    return privacy_metrics(
        people,
        released,
        holdout=unseen,
        sensitive_unshuffled=aligned,
        avatarizer=avatarizer,
        known_variables=["age", "level"],
        target="pay",
        name="doctor",
    )[0]


class TestPrivacy:
    def test_keys_are_the_documented_ones(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        found = privacy_metrics(people, released, name="doctor")
        assert len(found) == 1
        assert [*found[0]] == [*PRIVACY, "targets", "metadata"]
        assert found[0]["metadata"].items() >= METADATA.items()

    def test_figures_are_those_of_the_functions(
        self,
        people: pd.DataFrame,
        released: pd.DataFrame,
        aligned: pd.DataFrame,
        unseen: pd.DataFrame,
    ) -> None:
        found = everything(people, released, aligned, unseen)
        known = {"known_variables": ["age", "level"]}
        wanted = {
            "hidden_rate": metrics.hidden_rate(people, aligned),
            "local_cloaking": metrics.local_cloaking(people, aligned),
            "distance_to_closest": metrics.distance_to_closest(people, released),
            "closest_distances_ratio": metrics.closest_distances_ratio(people, released),
            "closest_rate": metrics.closest_rate(people, released),
            "column_direct_match_protection": metrics.column_direct_match_protection(
                people, released
            ),
            "row_direct_match_protection": metrics.row_direct_match_protection(people, released),
            "categorical_hidden_rate": metrics.categorical_hidden_rate(people, aligned),
            "correlation_protection_rate": metrics.correlation_protection_rate(
                people, aligned, **known
            ),
            "linkability_protection_rate": metrics.linkability_protection_rate(
                people, released, known_variables=(["age", "level"], ["pay", "height", "sex"])
            ),
            "inference_continuous": metrics.inference_continuous(
                people, released, target="pay", **known
            ),
        }
        for name, value in wanted.items():
            assert found[name] == METRICS[name].rounded(value), name
        assert found["inference_categorical"] is None
        assert "numeric" not in found["metadata"]["not_computed"]["inference_categorical"]
        assert found["metadata"]["not_computed"].keys() >= {"inference_categorical"}

    def test_every_figure_that_is_not_there_has_a_reason(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        found = privacy_metrics(people, released)[0]
        figures = {name: found[name] for name in PRIVACY} | found["metadata"]["other_metrics"]
        missing = {name for name, value in figures.items() if value is None}
        assert missing == found["metadata"]["not_computed"].keys()
        assert {"hidden_rate", "inference_continuous", "k_anonymity"} <= missing
        assert "distance_to_closest" not in missing
        assert all(not result["value"] for result in found["metadata"]["attacks"])

    def test_attacks_stand_beside_the_distances(
        self,
        people: pd.DataFrame,
        released: pd.DataFrame,
        aligned: pd.DataFrame,
        unseen: pd.DataFrame,
    ) -> None:
        avatarizer = Avatarizer(k=10, random_state=0)
        found = everything(people, released, aligned, unseen, avatarizer)
        attacks = found["metadata"]["attacks"]
        assert [result["attack"] for result in attacks] == [*ATTACKS]
        assert all(result["reason"] is None for result in attacks)
        assert all(result["low"] <= result["value"] <= result["high"] for result in attacks)

    def test_targets_are_of_what_is_there_and_follow_the_context(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        external, opened = (
            privacy_metrics(people, released, context=context)[0]["targets"]
            for context in ("external", "open")
        )
        assert external.keys() == {*PRIVACY, *ATTACKS}
        assert (external["hidden_rate"], opened["hidden_rate"]) == ("> 90", "> 95")

    def test_whole_is_plain_json(
        self,
        people: pd.DataFrame,
        released: pd.DataFrame,
        aligned: pd.DataFrame,
        unseen: pd.DataFrame,
    ) -> None:
        people = people.rename(columns={"height": 7})
        released, aligned, unseen = (
            table.rename(columns={"height": 7}) for table in (released, aligned, unseen)
        )
        found = everything(people, released, aligned, unseen)
        assert json.loads(json.dumps(found, allow_nan=False)) == found

    def test_no_cell_and_no_level_of_anybody_is_in_it(self, unseen: pd.DataFrame) -> None:
        people = unseen.assign(level="ZZSECRET" + unseen["level"], pay=unseen["pay"] + 0.123456)
        others = people[::2].assign(pay=people["pay"] + 1)
        text = json.dumps(privacy_metrics(people, people, holdout=others)) + json.dumps(
            signal_metrics(people, people)
        )
        assert "ZZSECRET" not in text
        assert [value for value in people["pay"] if f"{value:.6f}"[:-1] in text] == []

    def test_same_call_gives_the_same_figures_in_any_order_of_the_release(
        self,
        people: pd.DataFrame,
        released: pd.DataFrame,
        aligned: pd.DataFrame,
        unseen: pd.DataFrame,
    ) -> None:
        again = released.sample(frac=1, random_state=2, ignore_index=True)
        first = everything(people, released, aligned, unseen)
        assert everything(people, released, aligned, unseen) == first
        assert everything(people, again[[*again][::-1]], aligned, unseen) == first

    def test_thresholds_reach_their_metric(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        settings: dict[str, Any] = {
            "closest_rate_percentage_threshold": 90,
            "closest_rate_ratio_threshold": 0.9,
        }
        found = privacy_metrics(people, released, **settings)[0]["closest_rate"]
        assert found == round(metrics.closest_rate(people, released, **settings), 2)
        assert found < privacy_metrics(people, released)[0]["closest_rate"]
        quantile = privacy_metrics(people, released, quantile_threshold=80)[0]["closest_rate"]
        assert quantile == round(metrics.closest_rate(people, released, quantile_threshold=80), 2)

    def test_axes_reach_the_metrics_and_the_metadata(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        found = privacy_metrics(people, released, ncp=2)[0]
        wanted = metrics.distance_to_closest(people, released, ncp=2)
        assert found["distance_to_closest"] == METRICS["distance_to_closest"].rounded(wanted)
        assert found["metadata"]["space"]["ncp"] == 2
        assert found["metadata"]["space"]["types"]["level"] == "category"

    def test_excluded_columns_count_nowhere(
        self,
        people: pd.DataFrame,
        released: pd.DataFrame,
        aligned: pd.DataFrame,
        unseen: pd.DataFrame,
    ) -> None:
        tables = {"holdout": unseen, "sensitive_unshuffled": aligned}
        without = privacy_metrics(people, released, exclude_variable_names=["pay", "sex"], **tables)
        dropped = privacy_metrics(
            *(table.drop(columns=["pay", "sex"]) for table in (people, released)),
            **{name: table.drop(columns=["pay", "sex"]) for name, table in tables.items()},
        )
        assert without == dropped

    def test_identifiers_count_nowhere(
        self, people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        keyed = [
            table.assign(key=[f"K{i}" for i in range(len(table))])
            for table in (people, released, unseen)
        ]
        found = privacy_metrics(keyed[0], keyed[1], holdout=keyed[2], types={"key": "identifier"})[
            0
        ]
        plain = privacy_metrics(people, released, holdout=unseen)[0]
        assert {name: found[name] for name in PRIVACY} == {name: plain[name] for name in PRIVACY}
        assert found["metadata"]["attacks"] == plain["metadata"]["attacks"]

    def test_aligned_table_of_another_release_is_refused(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        other = Avatarizer(k=10, shuffle=False, random_state=5).fit_transform(people)
        with pytest.raises(InvalidTableError, match="isn't the release"):
            privacy_metrics(people, released, sensitive_unshuffled=other)

    def test_aligned_table_that_is_shuffled_by_its_index_is_refused(
        self, people: pd.DataFrame, released: pd.DataFrame, aligned: pd.DataFrame
    ) -> None:
        with pytest.raises(InvalidTableError, match="index"):
            privacy_metrics(
                people, released, sensitive_unshuffled=aligned.sample(frac=1, random_state=0)
            )

    @pytest.mark.parametrize(
        ("parameter", "value"),
        [
            ("known_variables", ["agee"]),
            ("known_variables", "age"),
            ("target", "agee"),
            ("categorical_hidden_rate_variables", ["agee"]),
            ("exclude_variable_names", ["agee"]),
            ("exclude_variable_names", ["age", "pay", "height", "level", "sex"]),
            ("context", "nowhere"),
        ],
    )
    def test_misspelt_parameter_is_refused_by_name(
        self, people: pd.DataFrame, released: pd.DataFrame, parameter: str, value: Any
    ) -> None:
        with pytest.raises(InvalidParameterError, match=f"'{parameter}'"):
            privacy_metrics(people, released, **{parameter: value})

    def test_column_that_is_excluded_can_be_no_target(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        with pytest.raises(InvalidParameterError, match="'target' names 'pay'"):
            privacy_metrics(people, released, target="pay", exclude_variable_names=["pay"])


class TestSignal:
    def test_keys_are_the_documented_ones(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        found = signal_metrics(people, released, name="doctor")
        assert len(found) == 1
        assert [*found[0]] == [*SIGNAL, "targets", "metadata"]
        assert found[0]["metadata"].items() >= METADATA.items()

    def test_figures_are_those_of_the_functions(
        self, people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        found = signal_metrics(people, released, holdout=unseen, target="sex")[0]
        other = found["metadata"]["other_metrics"]
        for name in SIGNAL:
            wanted = METRICS[name].function(people, released)
            assert found[name] == METRICS[name].rounded(wanted)
        wanted = metrics.tstr_score(people, released, unseen, "sex")
        assert other["tstr_score"] == METRICS["tstr_score"].rounded(wanted)
        assert {*SIGNAL, *other} == {n for n, info in METRICS.items() if info.family == "signal"}

    def test_reference_is_what_chance_alone_would_give(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        # Two samples of one law: the figure lies about its reference.
        found = signal_metrics(people, unseen)[0]
        reference = found["metadata"]["hellinger_reference"]
        assert found["hellinger_mean"] == pytest.approx(reference, rel=0.5)

    def test_model_without_target_has_a_reason(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        metadata = signal_metrics(people, released)[0]["metadata"]
        assert metadata["not_computed"].keys() == {"tstr_score", "tstr_ratio"}
        assert "holdout" in metadata["not_computed"]["tstr_score"]

    def test_figures_without_meaning_have_a_reason(self) -> None:
        words = pd.DataFrame({"sex": ["f", "m"] * 20})
        metadata = signal_metrics(words, words)[0]["metadata"]
        assert metadata["other_metrics"]["std_ratio"] is None
        assert metadata["not_computed"]["std_ratio"] == "it has no meaning for this table"


class TestAttacks:
    def test_all_are_there_run_or_not(
        self, people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        found = attack_metrics(people, released, holdout=unseen)
        assert [result.attack for result in found] == [*ATTACKS]
        not_run = {result.attack for result in found if not result.was_run}
        assert not_run == {"shadow_membership", "seed_linkage"}

    def test_one_that_was_not_run_says_why_and_what_it_would_be(
        self, people: pd.DataFrame, released: pd.DataFrame
    ) -> None:
        for result in attack_metrics(people, released):
            assert isinstance(result, AttackResult)
            assert not result.was_run
            assert result.reason is not None
            assert "pass" in result.reason
            assert result.threat.startswith("Somebody")
            assert result.unit == METRICS[result.attack].unit
            assert result.criterion == METRICS[result.attack].criterion

    def test_attempts_are_limited(
        self, people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        found = attack_metrics(people, released, holdout=unseen, n_attempts=50)
        by_name = {result.attack: result for result in found}
        assert by_name["linkability"].n_attempts <= 50


class TestMeta:
    def test_weakest_link_shows(self) -> None:
        privacy = {"hidden_rate": 95.0, "local_cloaking": 1.0, "closest_rate": None}
        targets = {"hidden_rate": "> 90", "local_cloaking": "> 5", "closest_rate": "> 90"}
        meta = meta_metrics({**privacy, "targets": targets}, {"hellinger_mean": 0.25})
        assert meta["meta_privacy_metric"] == 20
        assert meta["meta_privacy_weakest"] == "local_cloaking"
        assert meta["meta_privacy_mean"] == 60
        assert meta["meta_signal_metric"] == meta["meta_signal_worst"] == 75

    def test_attack_that_succeeds_is_the_weakest_link_whatever_distances_say(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        privacy = privacy_metrics(people, people, holdout=unseen)[0]
        for name in PRIVACY:
            privacy[name] = None if privacy[name] is None else 100.0
        meta = meta_metrics(privacy, signal_metrics(people, people))
        assert meta["meta_privacy_metric"] == 0
        assert meta["meta_privacy_weakest"] in ATTACKS
        assert meta["meta_privacy_mean"] > 0

    @pytest.mark.parametrize(("value", "score"), [(0.5, 100), (0.6, 100), (0.8, 50), (1.0, 0)])
    def test_attack_scores_from_its_target_to_certainty(self, value: float, score: float) -> None:
        attacks = {"attacks": [{"attack": "membership_inference", "value": value}]}
        privacy = {"targets": {"membership_inference": "< 0.6"}, "metadata": attacks}
        assert meta_metrics(privacy, {})["meta_privacy_metric"] == pytest.approx(score)

    def test_signal_is_the_mean_of_three_losses(self) -> None:
        signal = {
            "hellinger_mean": 0.1,
            "correlation_difference_ratio": 20.0,
            "metadata": {"other_metrics": {"propensity_auc": 0.65}},
        }
        meta = meta_metrics({"targets": {}}, signal)
        assert meta["meta_signal_metric"] == pytest.approx(80)
        assert meta["meta_signal_worst"] == pytest.approx(70)
        assert meta["meta_signal_weakest"] == "propensity_auc"
        assert meta["meta_privacy_metric"] is None

    def test_metrics_of_several_tables_are_refused(self) -> None:
        with pytest.raises(InvalidParameterError, match="got 2"):
            meta_metrics([{}, {}], {})

    def test_perfect_and_hopeless_releases_stand_at_the_ends(
        self, people: pd.DataFrame, unseen: pd.DataFrame
    ) -> None:
        itself = meta_metrics(
            privacy_metrics(people, people, holdout=unseen), signal_metrics(people, people)
        )
        assert itself["meta_privacy_metric"] == 0
        assert itself["meta_signal_metric"] == pytest.approx(100, abs=1)
        noise = unseen.assign(age=unseen["age"] + 1000, pay=unseen["pay"] * 100)
        apart = meta_metrics(
            privacy_metrics(people, unseen, holdout=unseen[::2]), signal_metrics(people, noise)
        )
        assert apart["meta_privacy_metric"] > 30
        assert apart["meta_privacy_mean"] > 90
        assert apart["meta_signal_metric"] < 60
