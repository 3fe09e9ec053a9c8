"""What a report holds, from the tables and their evaluation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.exceptions import InvalidParameterError
from avatars.metrics.evaluation import Evaluation
from avatars.metrics.targets import get_targets
from avatars.models import Protection
from avatars.report import Report, ReportData, report
from avatars.report.collect import release_digest

pytestmark = pytest.mark.once


@pytest.fixture
def make(
    people: pd.DataFrame, released: pd.DataFrame, make_evaluation: Callable[..., Evaluation]
) -> Callable[..., ReportData]:
    """Give the function that makes a report's data with other arguments."""

    def data(**given: Any) -> ReportData:
        evaluation = make_evaluation(people, released)
        return report(people, released, **{"evaluation": evaluation, **given}).data

    return data


def test_digest_is_that_of_the_file_that_the_frame_is_written_to(
    tmp_path: Path, released: pd.DataFrame
) -> None:
    path = tmp_path / "released.csv"
    released.to_csv(path, index=False, lineterminator="\n")
    bytes_digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert release_digest(released) == (bytes_digest, "CSV")
    assert release_digest(path) == release_digest(str(path)) == (bytes_digest, "file")


def test_digest_tells_one_cell_from_another(released: pd.DataFrame) -> None:
    other = released.assign(age=released["age"].where(released.index != 7, 1))
    assert release_digest(released) != release_digest(other)


def test_digest_takes_any_table() -> None:
    pl = pytest.importorskip("polars")
    frame = pd.DataFrame({"age": [41, 50], "sex": pd.Series(["f", "\ud800"], dtype=object)})
    assert release_digest(pl.DataFrame({"age": [41, 50]})) == release_digest(frame[["age"]])
    assert len(release_digest(frame)[0]) == 64


def test_counts_and_sections_are_those_of_the_evaluation(made: Report) -> None:
    data = made.data
    assert (data.n_original, data.n_avatars, data.n_holdout, data.n_columns) == (300, 300, 100, 13)
    assert [check.key for check in data.attacks][:2] == ["singling_out", "linkability"]
    assert [check.key for check in data.utility][:2] == ["hellinger_mean", "hellinger_reference"]
    assert data.distances[-1].key == "closer_to_training_share"
    assert data.targets["hidden_rate"] == "> 90"
    assert data.meta == {"meta_privacy_metric": 81.0, "meta_privacy_weakest": None}
    moved = {column.name: column.hellinger for column in data.column_utility}
    assert data.worst_columns == sorted(moved, key=lambda name: -moved[name])[:5]
    assert "13 numeric" in data.space


def test_what_was_not_tested_is_said_with_its_reason(made: Report) -> None:
    untested = {item.title: item.reason for item in made.data.untested}
    assert untested["Shadow membership"].startswith("Not run: it needs")
    assert untested["Correlation protection rate"].startswith("Not run: it needs the columns")
    assert {"Links between tables, time series", "Several releases of one table"} <= set(untested)


def test_every_test_is_explained_in_the_glossary(made: Report) -> None:
    data = made.data
    titles = {term.title for term in data.glossary}
    assert {check.title for check in [*data.attacks, *data.distances, *data.utility]} <= titles


def test_json_is_read_back_as_it_was(made: Report) -> None:
    text = made.to_json()
    assert ReportData.model_validate_json(text) == made.data
    assert "NaN" not in text
    assert json.loads(text)["format_version"] == 1


@pytest.mark.parametrize("seed", [987_654_321, np.int64(987_654_321)])
def test_seed_is_printed_only_on_request(make: Callable[..., ReportData], seed: Any) -> None:
    settings = {"k": 20, "random_state": seed}
    assert "987654321" not in make(parameters=settings).model_dump_json()
    data = make(parameters=settings, show_seed=True)
    assert data.avatarization_seed == "987654321"
    assert "random_state=987654321" in data.snippet
    assert "secret" not in data.snippet


def test_generator_has_no_seed_to_print(make: Callable[..., ReportData]) -> None:
    data = make(parameters={"random_state": np.random.default_rng(0)}, show_seed=True)
    assert data.avatarization_seed is None
    assert "random_state=seed" in data.snippet


def test_parameters_are_those_of_the_generator_with_the_reasons_of_the_advice(
    make: Callable[..., ReportData],
) -> None:
    avatarizer = Avatarizer(k=15, types={"age": "int"}, protection=Protection.STRICT)
    advice = SimpleNamespace(reasons={"k": "300 people allow fifteen neighbours."})
    shown = {part.name: part for part in make(avatarizer=avatarizer, advice=advice).parameters}
    assert (shown["k"].value, shown["k"].reason) == ("15", "300 people allow fifteen neighbours.")
    assert shown["types"].value == "age: int"
    assert (shown["protection"].value, shown["protection"].reason) == ("strict", None)
    assert shown["shuffle"].value == "True"
    assert {"random_state", "verbose", "n_jobs", "manager", "ncp", "target"}.isdisjoint(shown)


def test_objects_among_parameters_are_named_by_their_type_alone(
    make: Callable[..., ReportData],
) -> None:
    data = make(parameters={"k": pd.Series(["ZZSECRET"])})
    assert data.parameters[0].value == "Series"
    assert "ZZSECRET" not in data.model_dump_json()


def test_context_of_the_author_s_own_targets_is_said_to_be_so(
    people: pd.DataFrame, released: pd.DataFrame, make_evaluation: Callable[..., Evaluation]
) -> None:
    evaluation = make_evaluation(people, released, context="custom")
    data = report(people, released, evaluation=evaluation).data
    assert data.context_sentence.startswith("The targets were given by the author")


@pytest.mark.parametrize("name", ["original", "avatars", "holdout"])
def test_evaluation_of_other_tables_is_refused(
    people: pd.DataFrame,
    released: pd.DataFrame,
    unseen: pd.DataFrame,
    make_evaluation: Callable[..., Evaluation],
    name: str,
) -> None:
    tables = {"original": people, "avatars": released, "holdout": unseen}
    # As many rows, and the same columns.
    others = {**tables, name: tables[name].assign(age=tables[name]["age"].to_numpy()[::-1])}
    evaluation = make_evaluation(others["original"], others["avatars"], unseen=others["holdout"])
    with pytest.raises(InvalidParameterError, match=f"another table than {name}"):
        report(people, released, holdout=unseen, evaluation=evaluation)


def test_holdout_may_be_left_to_the_evaluation(
    people: pd.DataFrame,
    released: pd.DataFrame,
    unseen: pd.DataFrame,
    make_evaluation: Callable[..., Evaluation],
) -> None:
    evaluation = make_evaluation(people, released, unseen=unseen)
    assert report(people, released, evaluation=evaluation).data.n_holdout == 100
    without = make_evaluation(people, released)
    with pytest.raises(InvalidParameterError, match="another table than holdout"):
        report(people, released, holdout=unseen, evaluation=without)


def test_figures_of_utility_are_those_of_guarded_tables(made: Report) -> None:
    found = {check.key: check.value for check in made.data.utility}
    columns = made.data.column_utility
    # The evaluation says 0.0712 and 0.05, invented.
    shown = [column.hellinger for column in columns if column.hellinger is not None]
    assert found["hellinger_mean"] == pytest.approx(np.mean(shown), abs=0.002)
    gaps = [column.gap for column in columns if column.gap_kind == "KS" and column.gap is not None]
    assert found["ks_mean"] == pytest.approx(np.mean(gaps), abs=0.002)
    assert found["tstr_score"] is None


def test_lines_that_make_the_report_again_can_be_run(
    people: pd.DataFrame,
    released: pd.DataFrame,
    unseen: pd.DataFrame,
    make_evaluation: Callable[..., Evaluation],
) -> None:
    targets = get_targets({"hidden_rate": 95})
    aligned = Avatarizer(k=15, shuffle=False, random_state=0).fit_transform(people)
    data = report(
        people,
        released,
        holdout=unseen,
        sensitive_unshuffled=aligned,
        avatarizer=Avatarizer(k=15, types={"age": "int"}, protection=Protection.STRICT),
        known_variables=["age", "sex"],
        target="readmitted",
        evaluation=make_evaluation(
            people, released, unseen=unseen, context="custom", targets=targets
        ),
    ).data
    given: dict[str, Any] = {}

    def again(*tables: pd.DataFrame, **more: Any) -> SimpleNamespace:
        given.update(more)
        return SimpleNamespace(to_html=lambda path: None)

    lines = data.snippet.replace("from avatars.report import report\n", "")
    there = {"original": people, "holdout": unseen, "aligned": aligned, "seed": 3}
    exec(lines, {"report": again, **there})
    assert given.pop("holdout") is unseen
    assert given.pop("sensitive_unshuffled") is aligned
    made = given.pop("avatarizer").get_params()
    assert (made["k"], made["types"], made["random_state"]) == (15, {"age": "int"}, 3)
    assert given == {
        "known_variables": ["age", "sex"],
        "target": "readmitted",
        "context": {"hidden_rate": "> 95"},
    }


def test_lines_name_what_was_given_and_nothing_else(make: Callable[..., ReportData]) -> None:
    snippet = make().snippet
    assert "report(original, released, holdout=holdout, context='external')" in snippet
    assert "known_variables" not in snippet
