"""The search: the same people and the same control for every setting, and an honest choice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.advice import advise, search
from avatars.advice.search import chosen, settings_for, swept
from avatars.datasets import make_patients
from avatars.engine.model import AvatarModel
from avatars.exceptions import InvalidColumnError, InvalidParameterError, InvalidTableError
from avatars.metrics.targets import get_targets
from avatars.tables import Table, read_table

pytestmark = pytest.mark.once

OPTIONS: dict[str, Any] = {
    "n_axes": 5,
    "target": None,
    "holdout_fraction": 0.3,
    "random_state": 0,
}
TARGETS = get_targets("external")


@pytest.fixture(scope="module")
def front() -> pd.DataFrame:
    table = read_table(make_patients(160, random_state=0))
    return swept(table, {}, TARGETS, **OPTIONS)


def test_settings_fit_the_people() -> None:
    assert {setting["k"] for setting in settings_for(1000, 5)} == {5, 10, 20, 40}
    assert {setting["k"] for setting in settings_for(60, 5)} == {5, 10}
    assert {setting["ncp"] for setting in settings_for(60, 1)} == {1}


def test_front_holds_every_setting_and_its_figures(front: pd.DataFrame) -> None:
    assert front[["k", "ncp", "protection"]].to_dict("records") == settings_for(112, 5)
    assert front["membership"].between(front["membership_low"], front["membership_high"]).all()
    assert front["hidden_rate"].between(0, 100).all()
    utility = 1 - (front["hellinger_mean"] + front["correlation_difference"]) / 2
    np.testing.assert_allclose(front["utility"], utility)
    assert front["prediction"].isna().all()


def test_front_is_of_membership_and_utility(front: pd.DataFrame) -> None:
    leak = front["membership"].clip(lower=0.5).to_numpy()
    kept = front["utility"].to_numpy()
    dominated = [
        ((leak <= a) & (kept >= b) & ((leak < a) | (kept > b))).any()
        for a, b in zip(leak, kept, strict=True)
    ]
    assert front["is_pareto"].tolist() == [not each for each in dominated]


def test_targets_are_those_of_the_context(front: pd.DataFrame) -> None:
    meets = (front["membership_high"] < 0.6) & (front["hidden_rate"] > 90)
    assert front["meets_targets"].tolist() == meets.tolist()


def test_search_repeats_exactly(front: pd.DataFrame) -> None:
    again = swept(read_table(make_patients(160, random_state=0)), {}, TARGETS, **OPTIONS)
    pd.testing.assert_frame_equal(front, again)


def test_held_out_people_are_never_avatarized(monkeypatch: pytest.MonkeyPatch) -> None:
    table = read_table(make_patients(100, random_state=0))
    seen: list[Table] = []
    monkeypatch.setattr(
        search, "_figures", lambda people, avatars, unseen, *rest: _seen(seen, people, unseen)
    )
    swept(table, {}, TARGETS, **OPTIONS)
    people, unseen = (each.row_hashes() for each in seen[:2])
    assert (len(people), len(unseen)) == (70, 30)
    assert sorted([*people, *unseen]) == sorted(table.row_hashes())
    assert all((each.row_hashes() == people).all() for each in seen[::2])


def _seen(seen: list[Table], people: Table, unseen: Table) -> dict[str, float]:
    seen += [people, unseen]
    return dict.fromkeys(
        ("membership", "membership_low", "membership_high", "hidden_rate", "utility"), 0.5
    )


def test_large_table_is_sampled_and_the_sample_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 60)
    seen: list[Table] = []
    monkeypatch.setattr(
        search, "_figures", lambda people, avatars, unseen, *rest: _seen(seen, people, unseen)
    )
    swept(read_table(make_patients(200, random_state=0)), {}, TARGETS, **OPTIONS)
    assert (seen[0].n_rows, seen[1].n_rows) == (42, 18)
    advice = advise(make_patients(200, random_state=0), mode="search")
    assert advice.reasons["search"].endswith("A sample of 60 of 200 people was avatarized.")


def test_setting_that_can_t_be_run_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # Six to nine people of the sample behind the only level: enough for "balanced" alone.
    frame = pd.DataFrame({"x": np.arange(90.0), "s": ["a"] * 10 + [None] * 80})
    options = {**OPTIONS, "random_state": 1}
    found = swept(read_table(frame), {}, TARGETS, **options)
    assert set(found["protection"]) == {"balanced"}

    def never(self: AvatarModel) -> AvatarModel:
        raise InvalidColumnError("s", "has no level that can be released.")

    monkeypatch.setattr(AvatarModel, "fit", never)
    with pytest.raises(InvalidColumnError, match="'s' has no level"):
        swept(read_table(frame), {}, TARGETS, **options)


def test_table_too_small_to_split_is_refused() -> None:
    with pytest.raises(InvalidTableError, match="49 rows is too small"):
        advise(make_patients(49, random_state=0), mode="search")


def row(membership: float, utility: float, meets: bool) -> dict[str, Any]:
    return {
        "k": 20,
        "ncp": 5,
        "protection": "balanced",
        "membership": membership,
        "membership_low": membership - 0.02,
        "membership_high": membership + 0.02,
        "hidden_rate": 97.0,
        "utility": utility,
        "meets_targets": meets,
    }


def test_most_useful_setting_that_meets_the_targets_is_chosen() -> None:
    front = pd.DataFrame([row(0.62, 0.99, False), row(0.57, 0.97, True), row(0.51, 0.9, True)])
    place, rule = chosen(front, TARGETS)
    assert (place, rule.value) == (1, True)
    assert "2 of 3 settings meet the targets" in rule.reason
    assert "membership 0.570 [0.550, 0.590]" in rule.reason


def test_utilities_within_noise_of_each_other_give_way_to_privacy() -> None:
    front = pd.DataFrame([row(0.57, 0.972, True), row(0.51, 0.97, True), row(0.5, 0.9, True)])
    assert chosen(front, TARGETS)[0] == 1


def test_where_nothing_meets_the_targets_the_least_leaking_is_named_and_warned_of() -> None:
    front = pd.DataFrame([row(0.7, 0.99, False), row(0.61, 0.9, False)])
    place, rule = chosen(front, TARGETS)
    assert (place, rule.value) == (1, False)
    assert rule.reason.startswith("None of 2 settings meets the targets")
    assert "don't release it" in rule.reason


def test_advice_takes_the_chosen_setting_over() -> None:
    people = make_patients(160, random_state=0)
    advice = advise(people, mode="search", context={"membership_inference": "< 0.9"})
    assert advice.front is not None
    (place,) = np.flatnonzero(advice.front["is_advised"])
    chosen_row = advice.front.iloc[place]
    for name in ("k", "ncp", "protection"):
        assert advice.parameters[name] == chosen_row[name]
    assert "search" in advice.reasons


def test_front_of_a_search_is_drawn() -> None:
    pytest.importorskip("matplotlib")
    advice = advise(make_patients(80, random_state=0), mode="search")
    assert advice.plot().get_xlabel().startswith("membership")


def test_target_makes_prediction_the_utility() -> None:
    people = make_patients(160, random_state=0)
    advice = advise(people, mode="search", target="severity")
    assert advice.front is not None
    np.testing.assert_array_equal(advice.front["utility"], advice.front["prediction"])
    assert advice.front["prediction"].notna().all()


def test_release_of_small_noise_is_told_from_a_leak() -> None:
    # Every person stands alone: the fewer the neighbours, the more an avatar gives away.
    rng = np.random.default_rng(0)
    table = read_table(pd.DataFrame(rng.normal(size=(400, 12))).add_prefix("x"))
    found = swept(table, {}, TARGETS, **OPTIONS).set_index(["k", "ncp", "protection"])
    leak = found["membership"].groupby("k").mean()
    assert leak[5] > leak[40]


def test_front_can_t_be_drawn_without_a_search() -> None:
    with pytest.raises(InvalidParameterError, match="mode='search'"):
        advise(make_patients(100, random_state=0)).plot()
