"""What jobs leave, without a store or a thread around them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from avatars import Avatarizer
from avatars.config import ColumnConfig, Config, TableConfig
from avatars.datasets import make_patients
from avatars.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    NotAvailableError,
    TooFewRowsError,
)
from avatars.jobs import Sources, execute, refuse_unavailable
from avatars.models import AugmentationStrategy, JobKind, Results

PEOPLE = make_patients(80, random_state=0)[["age", "sex", "weight", "treatment"]]
SOURCES = Sources({"people": PEOPLE})


def described(**parameters: Any) -> Config:
    run = Config(display_name="demo", seed=4).with_table(TableConfig(name="people"))
    return run.with_parameters("people", **{"k": 5, **parameters})


def released(run: Config, sources: Sources = SOURCES) -> dict[Results, Any]:
    return execute(JobKind.standard, run, sources)["people"]


def test_release_is_that_of_the_estimator_whoever_asks() -> None:
    found = released(described())
    for result, shuffle in ((Results.SHUFFLED, True), (Results.UNSHUFFLED, False)):
        estimator = Avatarizer(k=5, random_state=4, shuffle=shuffle)
        assert_frame_equal(found[result], estimator.fit_transform(PEOPLE))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_release_depends_neither_on_threads_nor_on_who_watches(n_jobs: int) -> None:
    phases: list[str] = []
    found = execute(JobKind.standard, described(), SOURCES, n_jobs=n_jobs, progress=phases.append)[
        "people"
    ]
    assert_frame_equal(found[Results.SHUFFLED], released(described())[Results.SHUFFLED])
    assert phases[0] == "'people': reading the table"
    assert len(phases) > 4


def test_job_stops_where_progress_raises() -> None:
    class Stop(Exception):
        pass

    phases: list[str] = []

    def stop(phase: str) -> None:
        phases.append(phase)
        if "projecting" in phase:
            raise Stop

    with pytest.raises(Stop):
        execute(JobKind.standard, described(), SOURCES, progress=stop)
    assert "projecting" in phases[-1]


def test_metadata_tie_a_release_to_its_run() -> None:
    found = released(described(ncp=3))
    metadata = found[Results.METADATA]
    content = found[Results.SHUFFLED].to_csv(index=False, lineterminator="\n").encode()
    assert metadata["sha256_of_avatars_as_csv"] == hashlib.sha256(content).hexdigest()
    assert metadata["parameters"] == {"k": 5, "ncp": 3}
    assert set(metadata["versions"]) == {"avatars", "python", "numpy", "pandas", "scikit-learn"}
    assert json.loads(json.dumps(metadata)) == metadata


@pytest.mark.parametrize("kind", [JobKind.signal_metrics, JobKind.privacy_metrics, JobKind.advice])
def test_results_that_are_no_tables_can_be_written_as_json(kind: JobKind) -> None:
    earlier = {JobKind.standard: execute(JobKind.standard, described(), SOURCES)}
    for result in execute(kind, described(), SOURCES, earlier=earlier)["people"].values():
        assert json.loads(json.dumps(result)) == result


def test_metrics_need_a_release() -> None:
    with pytest.raises(InvalidTableError, match="'people' has no avatars: run JobKind.standard"):
        execute(JobKind.signal_metrics, described(), SOURCES)


def test_metrics_are_those_of_the_functions() -> None:
    from avatars.metrics import privacy_metrics, signal_metrics

    run = described(known_variables=["age"], target="treatment")
    earlier = {JobKind.standard: execute(JobKind.standard, run, SOURCES)}
    release = earlier[JobKind.standard]["people"]
    privacy = execute(JobKind.privacy_metrics, run, SOURCES, earlier=earlier)["people"]
    assert privacy[Results.PRIVACY_METRICS] == privacy_metrics(
        PEOPLE,
        release[Results.SHUFFLED],
        sensitive_unshuffled=release[Results.UNSHUFFLED],
        known_variables=["age"],
        target="treatment",
        context="unknown",
        name="people",
    )
    signal = execute(JobKind.signal_metrics, run, SOURCES, earlier=earlier)["people"]
    assert signal[Results.SIGNAL_METRICS] == signal_metrics(
        PEOPLE, release[Results.SHUFFLED], target="treatment", context="unknown", name="people"
    )


def test_keys_and_dropped_columns_are_not_measured() -> None:
    people = PEOPLE.assign(person=range(80), doctor=[i % 9 for i in range(80)], note="same")
    columns = (
        ColumnConfig(field="person", primary_key=True),
        ColumnConfig(field="doctor", identifier=True),
        ColumnConfig(field="note", drop=True),
        *(ColumnConfig(field=label) for label in PEOPLE),
    )
    run = Config(display_name="demo", seed=4).with_table(
        TableConfig(name="people", columns=columns)
    )
    run = run.with_parameters("people", k=5)
    sources = Sources({"people": people})
    release = released(run, sources)[Results.SHUFFLED]
    assert list(release) == [*PEOPLE, "person", "doctor"]
    assert release["person"].is_unique
    earlier = {JobKind.standard: execute(JobKind.standard, run, sources)}
    (found,) = execute(JobKind.privacy_metrics, run, sources, earlier=earlier)["people"][
        Results.PRIVACY_METRICS
    ]
    assert set(found["metadata"]["space"]["types"]) == set(PEOPLE)


@pytest.mark.parametrize(
    "change",
    [
        {"fast_dp": {"epsilon": 1.0}, "k": None},
        {"processors": [{"target": "age", "references": ["weight"]}]},
    ],
)
def test_what_comes_later_is_refused_for_every_job_but_advice(change: dict[str, Any]) -> None:
    run = described(**change)
    for kind in JobKind:
        if kind is not JobKind.advice:
            with pytest.raises(NotAvailableError, match="'people' asks for"):
                refuse_unavailable(kind, run)
    assert execute(JobKind.advice, run, SOURCES)["people"][Results.ADVICE]["advice"]["k"] >= 2


def test_error_says_which_table_it_is_about() -> None:
    run = described().with_table(TableConfig(name="few")).with_parameters("few", k=5)
    sources = Sources({"people": PEOPLE, "few": PEOPLE.head(3)})
    with pytest.raises(TooFewRowsError, match="'few'"):
        execute(JobKind.standard, run, sources)


# ---- augmentation


@pytest.mark.parametrize(
    ("strategy", "levelled"),
    [(AugmentationStrategy.MINORITY, 1), (AugmentationStrategy.NOT_MAJORITY, 3)],
)
def test_classes_are_brought_to_the_size_of_the_largest(
    strategy: AugmentationStrategy, levelled: int
) -> None:
    people = make_patients(200, random_state=0)[["age", "weight", "treatment"]]
    run = described(
        data_augmentation_strategy=strategy, data_augmentation_target_column="treatment"
    )
    found = released(run, Sources({"people": people}))
    before = found[Results.UNSHUFFLED]["treatment"].value_counts().sort_index()
    after = found[Results.SHUFFLED]["treatment"].value_counts().sort_index()
    assert (after >= before).all()
    grown = after[after > before]
    assert len(grown) == levelled
    assert set(grown) == {before.max()}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"data_augmentation_strategy": 0.5}, "'data_augmentation_strategy' must be at least 1"),
        (
            {
                "data_augmentation_strategy": {"magic": 2.0},
                "data_augmentation_target_column": "treatment",
            },
            "'data_augmentation_strategy' must map classes of the release",
        ),
        (
            {
                "data_augmentation_strategy": "minority",
                "data_augmentation_target_column": "nobody",
            },
            "'data_augmentation_target_column' names no column: 'nobody'",
        ),
    ],
)
def test_augmentation_that_can_not_be_done(change: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidParameterError, match=match):
        released(described(**change))


def test_augmented_release_mixes_first_and_later_avatars() -> None:
    plain, more = (
        released(described(**change))[Results.SHUFFLED]
        for change in ({}, {"data_augmentation_strategy": 2.0})
    )
    assert len(more) == 160
    assert not more.head(80).reset_index(drop=True).equals(plain)
    counts = pd.concat([plain, more]).groupby(list(plain), observed=True).size()
    assert counts.sum() == 240
    assert_frame_equal(released(described(data_augmentation_strategy=1.0))[Results.SHUFFLED], plain)
