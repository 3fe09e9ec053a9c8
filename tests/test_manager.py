"""Where runs begin and are found again, with or without a server."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from avatars import Avatarizer, Manager, Runner
from avatars.client import ApiClient
from avatars.datasets import make_patients
from avatars.exceptions import (
    ApiStatusError,
    InvalidConfigError,
    InvalidParameterError,
    JobError,
    NotAvailableError,
)
from avatars.models import JobKind, JobStatus, Results

BASE = "https://avatars.example.org/api"
PEOPLE = make_patients(60, random_state=0)[["age", "sex", "weight"]]
EXAMPLE = Path(__file__).parents[2] / "shared" / "spec" / "config-example.yaml"


@pytest.fixture(params=["memory", "folder"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Manager:
    if request.param == "folder":
        pytest.importorskip("pyarrow", reason="a workspace keeps tables with it")
    return Manager(workspace=None if request.param == "memory" else tmp_path / "workspace")


def ran(manager: Manager, name: str, *kinds: JobKind) -> Runner:
    runner = manager.create_runner(name, seed=1)
    runner.add_table("people", PEOPLE)
    runner.set_parameters("people", k=5)
    runner.run(list(kinds or (JobKind.standard,)), wait=True)
    return runner


# ---- without a server


def test_health_is_that_of_the_engine(manager: Manager) -> None:
    assert manager.get_health()["message"] == "OK"


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.authenticate("ada", "secret"),
        lambda m: m.authenticate("ada", "secret", should_verify_compatibility=True),
        lambda m: m.forgotten_password("ada@example.org"),
        lambda m: m.reset_password("ada@example.org", "new", "new", "token"),
    ],
)
def test_accounts_explain_that_there_is_no_server(call: Callable[[Manager], Any]) -> None:
    with pytest.raises(
        NotAvailableError, match="has no server to log in to: create_runner"
    ) as caught:
        call(Manager())
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"base_url": BASE, "api_client": ApiClient(BASE)}, "'api_client' can't be combined"),
        ({"base_url": BASE, "workspace": "here"}, "'workspace' can't be combined with base_url"),
        ({"api_client": ApiClient(BASE), "workspace": "here"}, "with api_client"),
        ({"api_key": "key-of-a-test"}, "'api_key' needs base_url"),
        ({"base_url": "http://avatars.example.org"}, "'base_url' must be https"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    arguments: dict[str, Any], match: str
) -> None:
    with pytest.raises(InvalidParameterError, match=match) as caught:
        Manager(**arguments)
    assert "of-a-test" not in str(caught.value)


# ---- runs and jobs


def test_last_jobs_are_the_newest_first(manager: Manager) -> None:
    ran(manager, "one", JobKind.standard, JobKind.signal_metrics)
    two = ran(manager, "two")
    (last,) = manager.get_last_jobs().values()
    assert (last.display_name, last.kind, last.set_name) == ("two", JobKind.standard, two.set_id)
    kinds = [(job.display_name, job.kind.value) for job in manager.get_last_jobs(5).values()]
    assert kinds == [("two", "standard"), ("one", "signal_metrics"), ("one", "standard")]
    assert len(manager.get_last_jobs(5, "one")) == 2
    assert [job.kind for job in manager.get_jobs_by_name("one")] == [
        JobKind.signal_metrics,
        JobKind.standard,
    ]
    assert two.set_id is not None
    assert [job.name for job in manager.get_jobs_by_id(two.set_id)] == [last.name]


def test_last_results_hold_nothing_that_pairs_people_with_avatars(manager: Manager) -> None:
    ran(manager, "one", JobKind.standard, JobKind.privacy_metrics)
    (newest,) = manager.get_last_results()
    assert Results.PRIVACY_METRICS in newest["people"]
    _, release = manager.get_last_results(2)
    assert set(release["people"]) == {Results.SHUFFLED, Results.METADATA}


@pytest.mark.parametrize("count", [0, -1, True, 1.5, "all"])
def test_count_that_is_none_is_refused(count: Any) -> None:
    for call in (Manager().get_last_jobs, Manager().get_last_results):
        with pytest.raises(InvalidParameterError, match="'count'"):
            call(count)


def test_run_is_found_by_its_name_and_id(manager: Manager) -> None:
    first, second = ran(manager, "demo"), ran(manager, "demo")
    assert manager.find_ids_by_name("demo") == [second.set_id, first.set_id]
    assert manager.find_ids_by_name("other") == []
    assert manager.create_runner_from_name("demo").set_id == second.set_id
    assert first.set_id is not None
    again = manager.create_runner_from_id(first.set_id)
    assert again.get_yaml() == first.get_yaml()
    assert again.shuffled("people").equals(first.shuffled("people"))
    again.run([JobKind.privacy_metrics])
    assert again.privacy_metrics("people")
    with pytest.raises(JobError, match="no run called 'other'"):
        manager.create_runner_from_name("other")


def test_job_is_stopped_and_deleted_by_its_name(manager: Manager) -> None:
    runner = ran(manager, "demo")
    job = runner.get_job(JobKind.standard)
    assert manager.cancel_job(job.name) == job
    assert manager.delete_job(job.name).status is JobStatus.FINISHED
    assert manager.get_last_jobs(9) == {}
    for call in (manager.cancel_job, manager.delete_job):
        with pytest.raises(JobError, match="there is no job"):
            call(job.name)


def test_two_managers_in_memory_know_nothing_of_each_other() -> None:
    ran(Manager(), "demo")
    assert Manager().get_last_jobs(9) == {}


def test_copy_of_a_manager_knows_its_runs(manager: Manager) -> None:
    ran(manager, "demo")
    assert copy.deepcopy(manager).find_ids_by_name("demo") == manager.find_ids_by_name("demo")


def test_threads_do_not_change_the_release() -> None:
    releases = [ran(Manager(n_jobs=n), "demo").shuffled("people") for n in (1, 2)]
    assert releases[0].equals(releases[1])
    alone = Avatarizer(k=5, random_state=1).fit_transform(PEOPLE)
    assert releases[0].equals(alone)


# ---- documents


def test_run_is_described_by_a_document(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    runner = ran(Manager(), "demo")
    runner.get_yaml(str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    again = Manager().create_runner_from_yaml(path)
    assert (again.set_name, again.get_yaml()) == ("demo", runner.get_yaml())
    renamed = Manager().create_runner_from_yaml(str(path), "other")
    assert renamed.set_name == "other"
    # A document need not say what the run is called.
    schema = runner.get_yaml().split("\n---\n", 1)[1]
    path.write_text(schema, "utf-8")
    assert Manager().create_runner_from_yaml(path).set_name == "study"


def test_document_that_is_none_begins_no_run(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("kind: AvatarDatabase\n", "utf-8")
    with pytest.raises(InvalidConfigError, match="copies no databases"):
        Manager().create_runner_from_yaml(path)
    with pytest.raises(FileNotFoundError):
        Manager().create_runner_from_yaml(tmp_path / "nowhere.yaml")


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the document is not ours to ship")
def test_document_of_the_public_package_is_read_and_written_again(tmp_path: Path) -> None:
    runner = Manager().create_runner_from_yaml(EXAMPLE)
    assert list(runner.config.tables) == ["parent", "child"]
    path = tmp_path / "again.yaml"
    runner.get_yaml(str(path))
    again = Manager().create_runner_from_yaml(path)
    assert again.config == runner.config


# ---- with a server


def served(*answers: httpx.Response) -> tuple[Manager, list[httpx.Request]]:
    seen: list[httpx.Request] = []
    waiting = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return waiting.pop(0)

    client = ApiClient(BASE, transport=httpx.MockTransport(answer))
    return Manager(api_client=client), seen


def test_accounts_are_those_of_the_server() -> None:
    token = httpx.Response(200, json={"access_token": "t0ken"})
    manager, seen = served(token, *(httpx.Response(200, json={"message": "OK"}) for _ in range(3)))
    manager.authenticate("ada", "secret")
    assert manager.get_health() == {"message": "OK"}
    manager.forgotten_password("ada@example.org")
    manager.reset_password("ada@example.org", "new", "new", "mailed")
    assert [(request.method, request.url.path) for request in seen] == [
        ("POST", "/api/login"),
        ("GET", "/api/health"),
        ("POST", "/api/login/forgotten_password"),
        ("POST", "/api/login/reset_password"),
    ]
    assert all(request.headers["Authorization"] == "Bearer t0ken" for request in seen[1:])
    assert b"mailed" in seen[-1].content


def test_wrong_password_is_what_the_server_says() -> None:
    manager, _ = served(httpx.Response(401, json={"detail": "Bad credentials"}))
    with pytest.raises(ApiStatusError, match="401: Bad credentials"):
        manager.authenticate("ada", "secret")


def test_passwords_that_differ_are_not_sent() -> None:
    manager, seen = served()
    with pytest.raises(InvalidParameterError, match="'new_password_repeated'"):
        manager.reset_password("ada@example.org", "new", "knew", "mailed")
    assert seen == []


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.create_runner("demo"),
        lambda m: m.create_runner_from_yaml("run.yaml"),
        lambda m: m.get_last_jobs(),
        lambda m: m.get_last_results(),
        lambda m: m.cancel_job("7f"),
        lambda m: Runner(m._client, "demo"),
    ],
)
def test_running_on_a_server_comes_later(call: Callable[[Manager], Any]) -> None:
    manager, seen = served()
    with pytest.raises(NotAvailableError, match="running on a server comes with a later version"):
        call(manager)
    assert seen == []


def test_address_and_key_make_a_connection() -> None:
    manager = Manager(BASE, api_key="key-of-a-test")
    assert repr(manager) == f"Manager(ApiClient('{BASE}'))"


# ---- what importing costs


def test_importing_takes_less_than_twice_the_time_of_pandas() -> None:
    script = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"

    def seconds(package: str) -> float:
        answer = subprocess.run(
            [sys.executable, "-c", script.format(package)],
            capture_output=True,
            text=True,
            check=True,
        )
        return float(answer.stdout)

    # Side by side, so that a busy moment hits both; the best of each, since noise only adds.
    pairs = [(seconds("pandas"), seconds("avatars")) for _ in range(3)]
    pandas, ours = (min(times) for times in zip(*pairs, strict=True))
    assert ours < 2 * pandas
