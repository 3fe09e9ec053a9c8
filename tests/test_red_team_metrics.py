"""What a hostile reader found in the metrics: each of these was once wrong."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.exceptions import AlignmentWarning, InvalidParameterError, InvalidTableError
from avatars.metrics import (
    attack_metrics,
    attribute_inference,
    evaluate,
    hidden_rate,
    linkability,
    privacy_metrics,
    singling_out,
)
from avatars.metrics.evaluation import evaluation_digest
from avatars.metrics.holdout import check_holdout
from avatars.tables import read_table


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return make_patients(400, random_state=0)


@pytest.fixture(scope="module")
def people(table: pd.DataFrame) -> pd.DataFrame:
    return table.head(200)


@pytest.fixture(scope="module")
def unseen(table: pd.DataFrame) -> pd.DataFrame:
    return table.tail(200)


@pytest.fixture(scope="module")
def released(people: pd.DataFrame) -> pd.DataFrame:
    avatars: pd.DataFrame = Avatarizer(random_state=0).fit_transform(people)
    return avatars


@pytest.mark.parametrize("times", [2, 10])
def test_releasing_everybody_more_than_once_singles_out(
    people: pd.DataFrame, unseen: pd.DataFrame, times: int
) -> None:
    copies = pd.concat([people] * times, ignore_index=True)
    assert singling_out(people, copies, unseen).low > 0.9


def test_people_of_the_table_are_no_control(people: pd.DataFrame) -> None:
    # A hold-out drawn from the whole table: whatever is copied, the control succeeds as often.
    control = people.sample(100, random_state=0, ignore_index=True)
    with pytest.raises(InvalidTableError, match="holdout shares 100 of its 100 rows"):
        attack_metrics(people, people, holdout=control)
    with pytest.raises(InvalidTableError, match="holdout shares"):
        linkability(people, people, control)


def test_equal_people_of_a_coarse_table_are_no_overlap() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        codes = rng.choice(list("abcde"), (400, 3))
        coarse = pd.DataFrame(codes, columns=["x", "y", "z"])
        read = read_table(coarse)
        check_holdout(read.take(range(300)), read.take(range(300, 400)))
        with pytest.raises(InvalidTableError):
            check_holdout(read, read.take(np.arange(400)[::-1]))


@pytest.mark.parametrize("n", [40, 200])
def test_shuffled_release_passed_as_aligned_gives_no_figure(n: int) -> None:
    people = make_patients(n, random_state=0)
    shuffled = people.sample(frac=1, random_state=2, ignore_index=True)
    with pytest.warns(AlignmentWarning):
        hidden_rate(people, shuffled)
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlignmentWarning)
        (figures,) = privacy_metrics(people, shuffled, sensitive_unshuffled=shuffled)
    assert figures["hidden_rate"] is None
    assert "unrelated" in figures["metadata"]["not_computed"]["hidden_rate"]


def test_evaluation_knows_its_tables(people: pd.DataFrame, released: pd.DataFrame) -> None:
    digests = evaluate(people, released).digests
    again = people.sample(frac=1, random_state=0)
    assert digests["original"] == evaluation_digest(again[people.columns[::-1]])
    assert digests["avatars"] == evaluation_digest(released) != digests["original"]
    assert digests["holdout"] is None


def test_most_exposed_tenth_is_not_everybody() -> None:
    rng = np.random.default_rng(0)
    chances = (0.1, 0.2, 0.3, 0.4)

    def draw() -> pd.DataFrame:
        columns = {f"c{i}": np.where(rng.random(300) < p, "y", "n") for i, p in enumerate(chances)}
        return pd.DataFrame(columns)

    found = attribute_inference(draw(), draw(), draw())
    exposed = found.exposed
    assert exposed is None or not exposed.was_run or exposed.n_attempts < 0.5 * found.n_attempts


def test_parts_of_a_result_carry_its_name(
    people: pd.DataFrame, unseen: pd.DataFrame, released: pd.DataFrame
) -> None:
    results = {r.attack: r for r in attack_metrics(people, released, holdout=unseen)}
    density = results["membership_inference_density"]
    assert density.exposed is not None
    assert density.exposed.attack == "membership_inference_density"


def test_labels_that_look_alike_keep_their_figures() -> None:
    twins = pd.DataFrame({1: list("abc") * 20, "1": list("xyz") * 20})
    found = attribute_inference(twins, twins, twins[:40])
    assert len(found.to_dict()["columns"]) == len(found.columns) == 2


def test_forgotten_release_is_named(people: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterError, match="avatars"):
        evaluate(people, None)


def test_seed_of_none_is_refused_by_name(people: pd.DataFrame, released: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterError, match="random_state"):
        evaluate(people, released, random_state=None)  # type: ignore[arg-type]
