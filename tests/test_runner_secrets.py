"""Nothing that a run says, writes down or throws holds a cell of a table, or the seed."""

from __future__ import annotations

import gc
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from avatars import Manager, Runner
from avatars.datasets import make_patients
from avatars.exceptions import JobFailedError, WorkspaceError
from avatars.models import JobKind, Results

WORD, NUMBER, SEED = "Zquorx Wimblethorp", 918273.625, 5550123
PLANTED = (WORD, str(NUMBER), "918273", str(SEED))
Spoil = Callable[[pd.DataFrame], tuple[pd.DataFrame, dict[str, Any]]]


def planted(seed: int = 0) -> pd.DataFrame:
    """Give people one of whom has a name and an income that nobody else has."""
    people = make_patients(80, random_state=seed)[["age", "sex", "weight"]]
    people["town"] = ["north", "south"] * 40
    people["income"] = 1000.0 + people.index
    people.loc[7, "town"] = WORD
    people.loc[7, "income"] = NUMBER
    return people


def leaks(text: str) -> list[str]:
    return [secret for secret in PLANTED if secret in text]


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_run_that_succeeds_says_nothing(
    where: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    if where == "folder":
        pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")
    manager = Manager(workspace=tmp_path / "w" if where == "folder" else None)
    runner = manager.create_runner("demo", seed=SEED)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runner.add_table("people", planted())
        runner.set_parameters("people", k=5, known_variables=["age"], target="town")
        jobs = runner.run([JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics])
        runner.print_parameters()
        said = [repr(runner), repr(manager), str(jobs), str(runner.statuses())]
        said += [str(runner.privacy_metrics("people")), str(runner.signal_metrics("people"))]
        said += [str(manager.get_last_jobs(9)), str(manager.get_health()), repr(runner._sources)]
        said += [str(runner.get_specific_result("people", kind, Results.METADATA)) for kind in jobs]
        said += [str(runner.table_summary("people")), str(runner.config)]
    said += [str(warning.message) for warning in caught]
    said += [caplog.text, *capsys.readouterr()]
    assert leaks("\n".join(said)) == []
    # The documents hold the seed, as they say, and no cell.
    assert leaks(runner.get_yaml()) == [str(SEED)]
    # What was planted can be found where it may be, or nothing above would mean much.
    assert leaks(str(runner._people["people"].to_dict())) == list(PLANTED[:3])


def text_as_number(people: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    return people, {"types": {"town": "float"}}


def text_as_moment(people: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    return people, {"types": {"town": "datetime"}}


def names(people: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    return people.assign(town=[f"{WORD} {i}" for i in range(80)]), {}


def endless(people: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    people.loc[3, "income"] = float("inf")
    return people, {}


def lists(people: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    return people.assign(town=[[WORD]] * 80), {}


@pytest.mark.parametrize("where", ["memory", "folder"])
@pytest.mark.parametrize("spoil", [text_as_number, text_as_moment, names, endless, lists])
def test_run_that_fails_says_nothing(
    spoil: Spoil, where: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    if where == "folder":
        pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")
    manager = Manager(workspace=tmp_path / "w" if where == "folder" else None)
    runner = manager.create_runner("demo", seed=SEED)
    people, arguments = spoil(planted())
    runner.add_table("people", people, **arguments)
    runner.set_parameters("people", k=5)
    with pytest.raises((JobFailedError, WorkspaceError)) as caught:
        runner.run([JobKind.standard], wait=True)
    said = "".join(traceback.format_exception(caught.value))
    said += str(runner.statuses()) + caplog.text + repr(runner)
    assert leaks(said) == []
    assert "'town'" in said or "'income'" in said


def test_error_of_somebody_else_is_known_by_its_kind_and_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = Manager().create_runner("demo", seed=SEED)
    runner.add_table("people", planted())
    runner.set_parameters("people", k=5)

    def careless(*_: object, **__: object) -> None:
        raise KeyError(WORD)

    # The package has a function of the name of the module.
    monkeypatch.setattr(sys.modules["avatars.jobs.execute"], "fit_table", careless)
    with pytest.raises(JobFailedError, match="internal error of type KeyError at jobs") as caught:
        runner.run([JobKind.standard], wait=True)
    assert leaks("".join(traceback.format_exception(caught.value))) == []


def in_files(folder: Path) -> int:
    """Return how many files of a folder hold what was planted."""
    words = [WORD.encode(), pd.Series([NUMBER]).to_numpy().tobytes()]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(any(word in path.read_bytes() for word in words) for path in files)


def test_deleted_run_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")
    manager = Manager(workspace=tmp_path)
    runner: Runner = manager.create_runner("demo", seed=SEED)
    runner.add_table("people", planted(), holdout_data=planted(seed=1))
    runner.set_parameters("people", k=5)
    runner.run([JobKind.standard, JobKind.privacy_metrics], wait=True)
    assert in_files(tmp_path) >= 2
    runner.delete()
    gc.collect()
    assert in_files(tmp_path) == 0
    assert [
        path for path in tmp_path.rglob("*") if path.is_file() and ".lock" not in path.name
    ] == []


def test_table_that_a_folder_can_not_keep_is_refused_whole(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")
    runner = Manager(workspace=tmp_path).create_runner("demo", seed=SEED)
    runner.add_table("first", planted())
    runner.add_table("people", planted().assign(town=[WORD, NUMBER] * 40))
    for name in ("first", "people"):
        runner.set_parameters(name, k=5)
    with pytest.raises(WorkspaceError, match="column 'town' is of a kind") as caught:
        runner.run([JobKind.standard])
    assert leaks("".join(traceback.format_exception(caught.value))) == []
    assert in_files(tmp_path) == 0
    assert runner.set_id is None
    runner.delete_table("people")
    runner.run([JobKind.standard], wait=True)
