"""One call for everything, on one reading of the tables."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pandas as pd
import pytest

from avatars import Avatarizer, metrics
from avatars.exceptions import InvalidTableError
from avatars.metrics import METRICS, Evaluation, evaluate
from avatars.tables import Table


@pytest.fixture
def people(people: pd.DataFrame) -> pd.DataFrame:
    """Give fewer people: what is drawn again fifty times takes its time."""
    return people.head(120)


@pytest.fixture
def tables(people: pd.DataFrame, unseen: pd.DataFrame) -> dict[str, Any]:
    """Give a release and all that belongs to it."""
    avatarizer = Avatarizer(k=10, random_state=0)
    return {
        "avatars": avatarizer.fit_transform(people),
        "sensitive_unshuffled": avatarizer.set_params(shuffle=False).fit_transform(people),
        "holdout": unseen,
        "avatarizer": Avatarizer(k=10, random_state=0),
        "known_variables": ["age", "level"],
        "target": "pay",
    }


def test_everything_that_can_be_measured_is(people: pd.DataFrame, tables: dict[str, Any]) -> None:
    found = evaluate(people, **tables)
    assert found.not_computed.keys() == {"inference_categorical"}
    assert found.seconds.keys() == {*METRICS, "by_column"}
    assert (found.n_original, found.n_avatars, found.n_holdout) == (120, 120, 300)
    assert [result.was_run for result in found.attacks] == [True] * 7
    assert found.columns.index.tolist() == [*people]
    assert found.meta == metrics.meta_metrics(found.privacy, found.signal)
    assert found.targets == metrics.get_targets()


def test_bundles_say_the_same(people: pd.DataFrame, tables: dict[str, Any]) -> None:
    tables["avatarizer"] = None
    found = evaluate(people, **tables, name="doctor", context="open", ncp=3)
    shared = {"name": "doctor", "context": "open", "ncp": 3}
    assert found.privacy == metrics.privacy_metrics(people, **tables, **shared)
    of_signal = {name: tables[name] for name in ("avatars", "holdout", "target")}
    assert found.signal == metrics.signal_metrics(people, **of_signal, **shared)


@pytest.mark.once
def test_same_call_gives_the_same_evaluation(people: pd.DataFrame, tables: dict[str, Any]) -> None:
    first, second = evaluate(people, **tables), evaluate(people, **tables)
    for field in fields(Evaluation):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if field.name == "columns":
            pd.testing.assert_frame_equal(one, other)
        elif field.name == "attacks":
            assert [result.to_dict() for result in one] == [result.to_dict() for result in other]
        elif field.name != "seconds":
            assert one == other


def test_release_alone_is_enough(people: pd.DataFrame, tables: dict[str, Any]) -> None:
    found = evaluate(people, tables["avatars"])
    assert found.n_holdout is None
    assert not any(result.was_run for result in found.attacks)
    assert found.privacy[0]["hidden_rate"] is None
    assert found.privacy[0]["distance_to_closest"] > 0
    assert set(found.not_computed) >= {"hidden_rate", "membership_inference", "tstr_score"}


def test_tables_are_read_once(
    people: pd.DataFrame, tables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatars.tables import reading

    learnt = []
    real = reading._learn_column
    monkeypatch.setattr(reading, "_learn_column", lambda *a: (learnt.append(1), real(*a))[1])
    # The generator reads its own tables: without it only the people's columns are learnt, once.
    evaluate(people, **{**tables, "avatarizer": None})
    assert len(learnt) == people.shape[1]


def test_tables_that_were_read_are_taken(people: pd.DataFrame, tables: dict[str, Any]) -> None:
    original, avatars = metrics.space.read_together(people, tables["avatars"])
    assert isinstance(original, Table)
    assert evaluate(original, avatars).signal == evaluate(people, tables["avatars"]).signal


def test_targets_of_the_caller_have_a_context_of_their_own(people: pd.DataFrame) -> None:
    found = evaluate(people, people, context={"hidden_rate": 50})
    assert found.context == "custom"
    assert found.targets["hidden_rate"] == "> 50"


def test_leak_shows_everywhere(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    found = evaluate(people, people, holdout=unseen, sensitive_unshuffled=people)
    assert found.meta["meta_privacy_metric"] == 0
    assert found.privacy[0]["hidden_rate"] == 0
    by_name = {result.attack: result for result in found.attacks}
    assert by_name["membership_inference"].value == 1
    assert by_name["linkability"].low > 0.05


def test_nothing_of_anybody_is_shown(people: pd.DataFrame, unseen: pd.DataFrame) -> None:
    secret = people.assign(level="ZZSECRET" + people["level"])
    found = evaluate(secret, secret, holdout=unseen)
    shown = repr(found) + json.dumps([found.privacy, found.signal]) + found.columns.to_csv()
    assert "ZZSECRET" not in shown + repr(found.attacks)


def test_other_tables_are_refused_by_name(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidTableError, match=r"'holdout'.*'sex'"):
        evaluate(people, people, holdout=people.drop(columns="sex"))
    with pytest.raises(InvalidTableError, match=r"'avatars'.*'more'"):
        evaluate(people, people.assign(more=1))


@pytest.mark.parametrize(
    "odd",
    [
        pd.DataFrame({"x": [1.5]}),
        pd.DataFrame({"x": [1.5] * 30}),
        pd.DataFrame({"sex": ["f", "m"] * 10}),
        pd.DataFrame({"x": [None] * 30, "y": range(0, 60, 2)}).astype({"x": "Float64"}),
        pd.DataFrame({"flag": [True, False, None] * 10}).astype("boolean"),
        pd.DataFrame({"day": pd.date_range("2020-01-01", periods=30, freq="7D")}),
        pd.DataFrame({"level": pd.Categorical(["a", "b"] * 15, categories=["b", "a", "c"])}),
    ],
)
def test_odd_tables_give_figures_or_reasons(odd: pd.DataFrame) -> None:
    found = evaluate(odd, odd, holdout=odd.head(1), sensitive_unshuffled=odd)
    assert found.signal[0]["hellinger_mean"] == 0
    for name, value in found.privacy[0].items():
        if name in METRICS:
            assert (value is None) == (name in found.not_computed)


def test_evaluation_is_frozen(people: pd.DataFrame) -> None:
    with pytest.raises(FrozenInstanceError):
        evaluate(people, people).name = "other"  # type: ignore[misc]
