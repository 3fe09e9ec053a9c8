"""Classes of records that share their known values, against values computed by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatars.exceptions import InvalidParameterError
from avatars.metrics.attacks.classes import k_anonymity, l_diversity, t_closeness
from avatars.metrics.space import read_together


@pytest.fixture
def wards() -> pd.DataFrame:
    """Give two classes of three and five."""
    return pd.DataFrame(
        {
            "sex": list("fffmmmmm"),
            "age": [30, 30, 40, 30, 30, 30, 40, 40],
            "ill": ["flu", "flu", "cold", "flu", "cold", "gout", "gout", "gout"],
        }
    )


def test_smallest_class_is_counted(wards: pd.DataFrame) -> None:
    assert k_anonymity(wards, ["sex"]) == 3
    assert k_anonymity(wards, ["ill"]) == 2
    assert k_anonymity(wards, ["sex", "age"]) == 1
    assert k_anonymity(wards.head(1), ["sex"]) == 1
    assert k_anonymity(wards.assign(sex="f"), ["sex"]) == 8


def test_gaps_are_a_value(wards: pd.DataFrame) -> None:
    gappy = wards.assign(age=wards["age"].where(wards["age"] == 30), sex=[None, *wards["sex"][1:]])
    assert k_anonymity(gappy, ["age"]) == 3
    assert k_anonymity(gappy, ["sex"]) == 1


def test_sensitive_values_of_the_poorest_class_are_counted(wards: pd.DataFrame) -> None:
    assert l_diversity(wards, ["sex"], "ill") == 2
    assert l_diversity(wards, ["age"], "ill") == 2
    assert l_diversity(wards, ["sex", "age"], "ill") == 1
    assert l_diversity(wards, ["sex"], "age") == 2


def test_entropy_counts_rare_values_less(wards: pd.DataFrame) -> None:
    # Women: two thirds flu, one third cold; men: gout in three fifths.
    women = np.exp(-(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)))
    assert l_diversity(wards, ["sex"], "ill", kind="entropy") == pytest.approx(women)
    even = pd.DataFrame({"a": ["x"] * 6, "b": list("uvwuvw")})
    assert l_diversity(even, ["a"], "b", kind="entropy") == pytest.approx(3)


@pytest.mark.parametrize(
    ("first", "distance"),
    # The paper computes .375 for 3, 4, 5 and .167 for 6, 8, 11, out of 3 to 11.
    [([3, 4, 5], 0.375), ([6, 8, 11], 1 / 6)],
)
def test_published_distances_of_numbers(first: list[int], distance: float) -> None:
    rest = [number for number in range(3, 12) if number not in first]
    # The other six are spread so that no class of theirs is farther away.
    table = pd.DataFrame({"class": list("aaabbbbbb"), "salary": [*first, *rest]})
    types = {"salary": "int"}
    assert t_closeness(table, ["class"], "salary", types=types) == pytest.approx(distance)


def test_class_like_all_records_is_at_no_distance() -> None:
    table = pd.DataFrame({"a": list("xxyy"), "b": list("uvuv"), "c": [1.5, 2.5, 1.5, 2.5]})
    assert t_closeness(table, ["a"], "b") == pytest.approx(0)
    assert t_closeness(table, ["a"], "c") == pytest.approx(0)


def test_values_without_order_are_equally_far() -> None:
    table = pd.DataFrame({"a": list("xxyy"), "b": list("uuvw")})
    # Of x, all is u where half should be: half has to be moved.
    assert t_closeness(table, ["a"], "b") == pytest.approx(0.5)
    ordered = table.assign(b=pd.Categorical(table["b"], ["u", "v", "w"], ordered=True))
    # Moved by one step and by two of two: a quarter each.
    assert t_closeness(ordered, ["a"], "b") == pytest.approx(0.25 * 0.5 + 0.25 * 1)


def test_constant_sensitive_column_is_as_near_and_as_poor_as_can_be() -> None:
    table = pd.DataFrame({"a": list("xxyy"), "b": [1.5] * 4})
    assert t_closeness(table, ["a"], "b") == 0
    assert l_diversity(table, ["a"], "b") == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_slow_reference_gives_the_same(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 30))
    groups = data.draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    numbers = data.draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    table = pd.DataFrame({"group": groups, "x": np.array(numbers) / 2})
    overall = table["x"].value_counts(normalize=True).sort_index()
    distances, counts, entropies = [], [], []
    for _, members in table.groupby("group")["x"]:
        shares = members.value_counts(normalize=True).reindex(overall.index, fill_value=0)
        steps = max(len(overall) - 1, 1)
        distances.append((shares - overall).cumsum().abs().sum() / steps)
        held = shares[shares > 0]
        counts.append(len(held))
        entropies.append(np.exp(-(held * np.log(held)).sum()))
    assert t_closeness(table, ["group"], "x") == pytest.approx(max(distances), abs=1e-12)
    assert l_diversity(table, ["group"], "x") == min(counts)
    found = l_diversity(table, ["group"], "x", kind="entropy")
    assert found == pytest.approx(min(entropies))


def test_many_classes_of_many_values_need_no_table_of_both() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(100_000, 2)), columns=["a", "b"])
    assert k_anonymity(table, ["a"]) == 1
    # The farthest single value lies at an end, on average half of all others away.
    assert t_closeness(table, ["a"], "b") == pytest.approx(0.5, abs=1e-4)


def test_order_of_rows_and_columns_doesn_t_matter(wards: pd.DataFrame) -> None:
    moved = wards.sample(frac=1, random_state=0)[["ill", "age", "sex"]]
    for measure in (l_diversity, t_closeness):
        assert measure(moved, ["age", "sex"], "ill") == measure(wards, ["sex", "age"], "ill")


def test_table_that_was_read_is_taken_as_it_is(wards: pd.DataFrame) -> None:
    (table,) = read_together(wards)
    assert k_anonymity(table, ["sex"]) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: k_anonymity(t, ["job"]), "'quasi_identifiers' names column 'job'"),
        (lambda t: k_anonymity(t, []), "'quasi_identifiers' must be a sequence"),
        (lambda t: k_anonymity(t, "sex"), "'quasi_identifiers' must be a sequence"),
        (lambda t: l_diversity(t, ["sex"], "job"), "'sensitive' names column 'job'"),
        (lambda t: l_diversity(t, ["sex"], "ill", kind="recursive"), "'kind' must be"),
        (
            lambda t: k_anonymity(t, ["age"], types={"age": "identifier"}),
            "names column 'age', which is an identifier",
        ),
    ],
)
def test_what_can_t_be_used_is_refused_by_name(
    wards: pd.DataFrame, call: object, message: str
) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        call(wards)
