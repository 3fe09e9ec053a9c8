"""The command line: the documented client in a shell, with its exit codes and nobody's cells."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("typer", reason="the command line is an extra")

from typer.testing import CliRunner, Result

from avatars import Manager
from avatars.cli import errors, runs, verdict
from avatars.cli.app import app
from avatars.cli.verdict import Finding, findings, summary
from avatars.datasets import make_patients
from avatars.exceptions import RareValuesWarning
from avatars.metrics import METRICS
from avatars.models import JobKind, Results

SECRET = "ZZSECRET"
CALL = [sys.executable, "-c", "from avatars.cli import main; main()"]
ALL = make_patients(400, random_state=0).drop(columns="admission")
PEOPLE, UNSEEN = ALL.head(250), ALL.tail(150).reset_index(drop=True)

PAIRED = (
    "categorical_hidden_rate",
    "correlation_protection_rate",
    "hidden_rate",
    "local_cloaking",
    "seed_linkage",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder with people, in which the commands run, and no seed around."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AVATARS_SEED", raising=False)
    PEOPLE.to_csv("people.csv", index=False)
    UNSEEN.to_csv("unseen.csv", index=False)
    yield tmp_path
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def call(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), env=env)


def complaint(*arguments: str, code: int = errors.USAGE) -> str:
    """Return the one line that a call that fails has to say."""
    before = sorted(path.name for path in Path().iterdir())
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert sorted(path.name for path in Path().iterdir()) == before
    *warned, line = result.stderr.splitlines()
    assert [text for text in warned if not text.startswith("warning: ")] == []
    assert line.startswith("error: ")
    assert SECRET not in result.stderr
    return line


def released(runner: Any, seed: int | None = None) -> pd.DataFrame:
    if seed is not None:
        runner.config = runner.config.model_copy(update={"seed": seed})
    runner.run([JobKind.standard], wait=True)
    frame: pd.DataFrame = runner.shuffled("people")
    return frame


def described(**parameters: Any) -> Any:
    runner = Manager().create_runner("people")
    runner.add_table("people", "people.csv")
    runner.set_parameters("people", **{"k": 20, **parameters})
    return runner


# ---- run


@pytest.mark.parametrize("name", ["avatars.csv", "avatars.parquet"])
def test_run_writes_what_the_runner_releases(name: str) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow", reason="Parquet is an extra")
    Path("seed").write_text("7\n", "utf-8")
    arguments = ["--k", "15", "--protection", "strict", "--target", "weight"]
    arguments += ["--known-variable", "age", "--known-variable", "sex", "--seed-file", "seed"]
    result = call("run", "people.csv", *arguments, "-o", name)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    wanted = released(described(k=15, protection="strict"), seed=7)
    read = pd.read_csv if name.endswith(".csv") else pd.read_parquet
    expected = pd.read_csv(io.StringIO(wanted.to_csv(index=False))) if ".csv" in name else wanted
    pd.testing.assert_frame_equal(read(name), expected, check_dtype=False)
    assert f"250 avatars of 'people' in {name}" in result.stderr
    assert Path(name).stat().st_mode & 0o077 == 0


def test_run_drops_declares_and_reissues_as_asked() -> None:
    PEOPLE.assign(id=range(250), zip=[i % 7 for i in range(250)]).to_csv("people.csv", index=False)
    arguments = ["--drop", "height", "--drop", "weight", "--type", "zip=category"]
    result = call("run", "people.csv", "--primary-key", "id", *arguments, "-o", "avatars.csv")
    assert result.exit_code == 0, result.stderr
    found = pd.read_csv("avatars.csv")
    assert {"height", "weight"}.isdisjoint(found.columns)
    assert set(found["zip"]) <= set(range(7))
    assert found["id"].is_unique


@pytest.mark.once
def test_seed_comes_from_a_file_or_the_environment_and_the_file_wins() -> None:
    Path("seed").write_text("7", "utf-8")
    seven = {"AVATARS_SEED": "7"}
    eight = {"AVATARS_SEED": "8"}
    frames = [
        call("run", "people.csv", "-o", "-", env=seven).stdout,
        call("run", "people.csv", "-o", "-", "--seed-file", "seed", env=eight).stdout,
        call("run", "people.csv", "-o", "-", env=eight).stdout,
    ]
    assert frames[0] == frames[1] != frames[2]
    assert released(described(), seed=7).to_csv(index=False) == frames[0]


def test_seed_is_no_argument_and_in_nothing_that_is_said() -> None:
    assert "--seed" in complaint("run", "people.csv", "-o", "a.csv", "--seed", "7")
    Path("seed").write_text(SECRET, "utf-8")
    assert "'--seed-file'" in complaint("run", "people.csv", "-o", "a.csv", "--seed-file", "seed")
    seed = {"AVATARS_SEED": "987654321"}
    result = call("run", "people.csv", "-o", "a.csv", "--k", "10", env=seed)
    assert result.exit_code == 0
    assert "987654321" not in result.output
    assert "987654321" not in call("yaml", "people.csv", env=seed).output


@pytest.mark.parametrize("seed", ["", "-1", "1.5", SECRET, "9" * 5000])
def test_seed_that_is_no_integer_is_refused_and_not_shown(seed: str) -> None:
    result = call("run", "people.csv", "-o", "a.csv", env={"AVATARS_SEED": seed})
    assert result.exit_code == errors.USAGE
    assert result.stderr == (
        "error: parameter 'AVATARS_SEED' must hold an integer of at least 0.\n"
    )


def test_dash_gives_csv_on_stdout_and_messages_on_stderr() -> None:
    result = call("run", "people.csv", "-o", "-")
    assert pd.read_csv(io.StringIO(result.stdout)).shape == PEOPLE.shape
    assert "targets met" in result.stderr


def test_without_holdout_the_run_says_that_no_attack_was_run() -> None:
    assert "no attack was run" in call("run", "people.csv", "-o", "a.csv").stderr
    result = call("run", "people.csv", "-o", "b.csv", "--holdout", "unseen.csv")
    assert "no attack was run" not in result.stderr


@pytest.mark.once
@pytest.mark.parametrize(("name", "start"), [("r.pdf", b"%PDF-"), ("r.html", b"<!DOCTYPE html>")])
def test_report_is_written_beside_the_release(name: str, start: bytes) -> None:
    for package in ("jinja2", "matplotlib", "reportlab"):
        pytest.importorskip(package, reason="reports are an extra")
    result = call("run", "people.csv", "-o", "a.csv", "--report", name)
    assert result.exit_code == 0, result.stderr
    assert Path(name).read_bytes().startswith(start)
    assert f"report on 'people' in {name}" in result.stderr


def test_report_without_its_packages_is_refused_before_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("avatars.cli.outputs.find_spec", lambda name: None)
    assert "avatars[report]" in complaint("run", "people.csv", "-o", "a.csv", "--report", "r.pdf")
    assert "avatars[parquet]" in complaint("run", "people.csv", "-o", "a.parquet")


# ---- places


def test_nothing_is_overwritten_unless_forced() -> None:
    Path("a.csv").write_text("mine", "utf-8")
    assert "--force" in complaint("run", "people.csv", "-o", "a.csv")
    assert Path("a.csv").read_text("utf-8") == "mine"
    assert call("run", "people.csv", "-o", "a.csv", "--force").exit_code == 0
    assert pd.read_csv("a.csv").shape == PEOPLE.shape


def test_file_that_came_during_the_run_is_not_overwritten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "avatars.cli.app.summary", lambda found: str(Path("a.csv").write_text("mine", "utf-8"))
    )
    result = call("run", "people.csv", "-o", "a.csv")
    assert result.exit_code == errors.USAGE
    assert Path("a.csv").read_text("utf-8") == "mine"


@pytest.mark.parametrize("name", ["people.csv", "./people.csv", "link.csv", "unseen.csv"])
def test_people_are_never_overwritten(name: str) -> None:
    Path("link.csv").symlink_to("people.csv")
    before = [Path(name).read_bytes() for name in ("people.csv", "unseen.csv")]
    said = complaint("run", "people.csv", "--holdout", "unseen.csv", "-o", name, "--force")
    assert "is a file that is read" in said
    assert [Path(name).read_bytes() for name in ("people.csv", "unseen.csv")] == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "https://x.org/a.csv", "-o", "a.csv"], "is a URL"),
        (["run", "people.csv", "-o", "s3://bucket/a.csv"], "'--output' is a URL"),
        (["run", "people.csv", "-o", "a.csv", "--report", "s3://b/r.pdf"], "'--report' is a URL"),
        (["run", "people.csv", "-o", "a.csv", "--holdout", "s3://b/h.csv"], "is a URL"),
        (["run", "people.csv", "-o", "a.csv", "--seed-file", "s3://b/s"], "is a URL"),
        (["run", "--config", "https://x.org/run.yaml", "-o", "a.csv"], "is a URL"),
        (["metrics", "people.csv", "https://x.org/a.csv"], "is a URL"),
        (["advise", "https://x.org/a.csv"], "is a URL"),
        (["yaml", "https://x.org/run.yaml"], "is a URL"),
        (["run", "people.csv"], "'--output'"),
        (["run", "-o", "a.csv"], "'DATA' is missing"),
        (["run", "people.csv", "-o", "a.xlsx"], "'--output' must end in .csv or .parquet"),
        (["run", "people.csv", "-o", "no/a.csv"], "'no', which isn't there"),
        (["run", "people.csv", "-o", "a.csv", "--report", "r.txt"], "'--report' must end in"),
        (["run", "none.csv", "-o", "a.csv"], "'none.csv': No such file or directory"),
        (["run", "people.txt", "-o", "a.csv"], "ends in '.txt'"),
        (["run", "people.csv", "-o", "a.csv", "--k", "1"], "'k' must be greater than"),
        (["run", "people.csv", "-o", "a.csv", "--k", "many"], "'--k'"),
        (["run", "people.csv", "-o", "a.csv", "--k", "250"], "251 rows"),
        (["run", "people.csv", "-o", "a.csv", "--protection", "much"], "'--protection'"),
        (["run", "people.csv", "-o", "a.csv", "--drop", "nose"], "'nose'"),
        (["run", "people.csv", "-o", "a.csv", "--target", "nose"], "'nose'"),
        (["run", "people.csv", "-o", "a.csv", "--primary-key", "nose"], "'nose'"),
        (["run", "people.csv", "-o", "a.csv", "--type", "age"], "COLUMN=TYPE"),
        (["run", "people.csv", "-o", "a.csv", "--type", "age=old"], "COLUMN=TYPE"),
        (
            ["run", "people.csv", "-o", "a.csv", "--type", "age=int", "--type", "age=float"],
            "names a column twice",
        ),
        (["run", "people.csv", "-o", "a.csv", "--fail-under-targets"], "needs --holdout"),
        (["metrics", "people.csv", "unseen.csv", "--fail-under-targets"], "needs --holdout"),
        (["metrics", "people.csv"], "Missing argument"),
        (["walk"], "'walk'"),
        ([], "Missing command"),
        (["--nose"], "--nose"),
    ],
)
def test_call_that_can_not_be_meant_is_refused(arguments: list[str], said: str) -> None:
    assert said in complaint(*arguments)


# ---- documents


def test_documents_of_a_table_run() -> None:
    Path("run.yaml").write_text(
        call("yaml", "people.csv", "--k", "15", "--protection", "strict").stdout, "utf-8"
    )
    Path("seed").write_text("7", "utf-8")
    checked = call("yaml", "run.yaml")
    assert (checked.exit_code, checked.stdout) == (0, "run.yaml: fine, with 1 tables and 0 links\n")
    result = call("run", "--config", "run.yaml", "-o", "-", "--seed-file", "seed")
    assert result.exit_code == 0, result.stderr
    wanted = released(described(k=15, protection="strict"), seed=7)
    assert result.stdout == wanted.to_csv(index=False)


def test_seed_of_a_document_is_taken_unless_there_is_another() -> None:
    runner = Manager().create_runner("people", seed=7)
    runner.add_table("people", "people.csv")
    runner.set_parameters("people", k=20)
    runner.get_yaml("run.yaml")
    wanted = released(described(), seed=7).to_csv(index=False)
    assert call("run", "--config", "run.yaml", "-o", "-").stdout == wanted
    other = call("run", "--config", "run.yaml", "-o", "-", env={"AVATARS_SEED": "8"}).stdout
    assert other == released(described(), seed=8).to_csv(index=False)


def test_document_elsewhere_takes_its_people_from_the_call() -> None:
    Path("far").mkdir()
    Path("far/run.yaml").write_text(call("yaml", "people.csv").stdout, "utf-8")
    assert "has no data" in complaint("run", "--config", "far/run.yaml", "-o", "a.csv")
    result = call("run", "people.csv", "--config", "far/run.yaml", "-o", "a.csv")
    assert result.exit_code == 0, result.stderr
    assert pd.read_csv("a.csv").shape == PEOPLE.shape


@pytest.mark.parametrize(
    "arguments",
    [["--k", "5"], ["--drop", "age"], ["--type", "age=int"]],
)
def test_document_and_options_that_it_holds_are_refused(arguments: list[str]) -> None:
    Path("run.yaml").write_text(call("yaml", "people.csv").stdout, "utf-8")
    said = complaint("run", "--config", "run.yaml", "-o", "a.csv", *arguments)
    assert f"'{arguments[0]}' can't be combined with --config" in said


def test_document_takes_a_holdout_beside_its_people() -> None:
    Path("run.yaml").write_text(call("yaml", "people.csv").stdout, "utf-8")
    arguments = ["--config", "run.yaml", "--holdout", "unseen.csv", "-o", "a.csv"]
    assert "'--holdout' needs DATA" in complaint("run", *arguments)
    result = call("run", "people.csv", *arguments)
    assert (result.exit_code, "no attack was run" in result.stderr) == (0, False)


def test_several_tables_go_into_a_folder() -> None:
    UNSEEN.to_csv("others.csv", index=False)
    runner = Manager().create_runner("two")
    for name in ("people", "others"):
        runner.add_table(name, f"{name}.csv")
        runner.set_parameters(name, k=10)
    runner.get_yaml("run.yaml")
    assert "must be a folder" in complaint("run", "--config", "run.yaml", "-o", "a.csv")
    assert "several tables" in complaint("run", "people.csv", "--config", "run.yaml", "-o", "a.csv")
    assert "is a file that is read" not in complaint("run", "--config", "run.yaml", "-o", ".")
    Path("out").mkdir()
    result = call("run", "--config", "run.yaml", "-o", "out")
    assert result.exit_code == 0, result.stderr
    assert [len(pd.read_csv(f"out/{name}.csv")) for name in ("people", "others")] == [250, 150]


def test_table_that_would_leave_the_folder_is_refused() -> None:
    runner = Manager().create_runner("two")
    for name in ("people", "../others"):
        runner.add_table(name, "people.csv")
        runner.set_parameters(name, k=10)
    runner.get_yaml("run.yaml")
    Path("out").mkdir()
    assert "'../others' can't be the name of a file" in complaint(
        "run", "--config", "run.yaml", "-o", "out"
    )


@pytest.mark.parametrize(
    "text",
    [f"{SECRET}: [", f"kind: AvatarSchema\nspec: {SECRET}", f"- {SECRET}", "kind: AvatarDatabase"],
)
def test_document_that_can_not_be_read_is_refused(text: str) -> None:
    Path("run.yaml").write_text(text, "utf-8")
    complaint("yaml", "run.yaml")
    complaint("run", "--config", "run.yaml", "-o", "a.csv")


# ---- metrics


def test_metrics_are_those_of_the_runner() -> None:
    shuffled = released(described(), seed=0)
    shuffled.to_csv("avatars.csv", index=False)
    result = call("metrics", "people.csv", "avatars.csv", "--holdout", "unseen.csv", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    runner = Manager().create_runner("people")
    runner.add_table("people", "people.csv", avatar_data="avatars.csv", holdout_data="unseen.csv")
    runner.run([JobKind.privacy_metrics, JobKind.signal_metrics], wait=True)
    (privacy,), (wanted,) = found["privacy_metrics"], runner.privacy_metrics("people")
    for key in set(privacy) - {*PAIRED, "metadata"}:
        assert privacy[key] == wanted[key], key
    assert privacy["metadata"]["attacks"] == wanted["metadata"]["attacks"]
    assert found["signal_metrics"] == runner.signal_metrics("people")


def test_paired_figures_need_the_release_in_the_order_of_the_people() -> None:
    runner = described()
    released(runner, seed=0).to_csv("avatars.csv", index=False)
    aligned = runner.sensitive_unshuffled("people")
    aligned.to_csv("aligned.csv", index=False)
    # The aligned file looks aligned to everybody; without the word of the caller it isn't taken so.
    alone = json.loads(call("metrics", "people.csv", "aligned.csv", "--json").stdout)
    (without,) = alone["privacy_metrics"]
    assert without["hidden_rate"] is without["local_cloaking"] is None
    assert "pass sensitive_unshuffled" in without["metadata"]["not_computed"]["hidden_rate"]
    result = call("metrics", "people.csv", "avatars.csv", "--unshuffled", "aligned.csv", "--json")
    (paired,) = json.loads(result.stdout)["privacy_metrics"]
    assert paired["hidden_rate"] == METRICS["hidden_rate"].rounded(
        METRICS["hidden_rate"].function(PEOPLE, aligned)
    )


def test_figures_called_paired_are_those_of_the_registry() -> None:
    assert set(PAIRED) == {name for name, info in METRICS.items() if info.alignment == "paired"}


def test_unshuffled_file_of_another_release_is_refused() -> None:
    released(described(), seed=0).to_csv("avatars.csv", index=False)
    said = complaint("metrics", "people.csv", "avatars.csv", "--unshuffled", "people.csv")
    assert "'--unshuffled' must hold the rows of the release" in said
    runs.check_same_rows("avatars.csv", "avatars.csv")


def test_metrics_take_known_variables_and_target() -> None:
    UNSEEN.to_csv("avatars.csv", index=False)
    arguments = ["--known-variable", "age", "--target", "weight", "--json"]
    found = json.loads(call("metrics", "people.csv", "avatars.csv", *arguments).stdout)
    assert found["privacy_metrics"][0]["inference_continuous"] is not None


def test_metrics_are_listed_with_their_findings() -> None:
    UNSEEN.to_csv("avatars.csv", index=False)
    lines = call("metrics", "people.csv", "avatars.csv").stdout.splitlines()
    assert lines[0].split() == ["metric", "value", "target", "finding"]
    words = {line.split()[0]: line for line in lines[1:]}
    assert "not measured" in words["hidden_rate"]
    assert words["row_direct_match_protection"].endswith("met")


# ---- targets


def test_release_of_copies_fails_under_targets() -> None:
    PEOPLE.to_csv("avatars.csv", index=False)
    arguments = ["people.csv", "avatars.csv", "--holdout", "unseen.csv"]
    assert call("metrics", *arguments).exit_code == 0
    result = call("metrics", *arguments, "--fail-under-targets")
    assert result.exit_code == errors.MISSED
    assert "membership_inference" in result.stderr
    assert "row_direct_match_protection" in result.stdout


@pytest.mark.once
def test_release_of_strangers_passes() -> None:
    tables = [
        make_patients(1500, random_state=seed).drop(columns="admission") for seed in (5, 6, 7)
    ]
    for name, table in zip(["people.csv", "avatars.csv", "unseen.csv"], tables, strict=True):
        table.to_csv(name, index=False)
    result = call(
        "metrics", "people.csv", "avatars.csv", "--holdout", "unseen.csv", "--fail-under-targets"
    )
    assert result.exit_code == 0, result.stdout + result.stderr


def test_run_that_misses_its_targets_writes_no_release() -> None:
    arguments = ["run", "people.csv", "--k", "2", "--protection", "none", "-o", "a.csv"]
    arguments += ["--holdout", "unseen.csv", "--fail-under-targets"]
    result = call(*arguments, env={"AVATARS_SEED": "0"})
    assert (result.exit_code, result.stdout) == (errors.MISSED, "")
    assert not Path("a.csv").exists()
    assert "not met: " in result.stderr


def test_gate_does_not_open_where_no_attack_could_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "avatars.cli.app.findings", lambda *documents: [Finding("closest_rate", 99, "> 90", "met")]
    )
    result = call(
        "metrics", "people.csv", "unseen.csv", "--holdout", "unseen.csv", "--fail-under-targets"
    )
    assert result.exit_code == errors.MISSED
    assert "no attack could be run" in result.stderr


def attack(value: float | None, low: float | None, high: float | None, **more: Any) -> Any:
    figures = {"attack": "linkability", "value": value, "low": low, "high": high}
    return {**figures, "reason": None, "exposed": None, **more}


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (attack(0.01, 0.0, 0.04), "met"),
        (attack(0.01, -0.1, 0.2), "not settled"),
        (attack(0.05, 0.0, 0.2), "not met"),
        (attack(None, None, None, reason="it needs a hold-out"), "not measured"),
        (attack(0.01, 0.0, 0.04, exposed=attack(0.2, 0.1, 0.3)), "not met"),
        (attack(0.01, 0.0, 0.04, exposed=attack(0.2, 0.01, 0.3)), "not settled"),
        (attack(0.01, 0.0, 0.04, exposed=attack(0.01, 0.0, 0.02)), "met"),
        (attack(0.01, 0.0, 0.04, exposed=attack(None, None, None)), "met"),
        (attack(0.09, 0.0, 0.2, exposed=attack(0.01, 0.0, 0.02)), "not met"),
    ],
)
def test_attack_is_held_against_its_target_as_in_the_report(result: Any, status: str) -> None:
    document = {"targets": {"linkability": "< 0.05"}, "metadata": {"attacks": [result]}}
    (found,) = findings(document)
    assert (found.status, found.is_attack) == (status, True)


@pytest.mark.once
def test_findings_agree_with_those_of_the_report() -> None:
    pytest.importorskip("jinja2", reason="reports are an extra")
    from avatars.metrics import evaluate
    from avatars.report import report

    avatars = released(described(), seed=0)
    evaluation = evaluate(PEOPLE, avatars, holdout=UNSEEN, context="open")
    made = report(PEOPLE, avatars, holdout=UNSEEN, context="open", evaluation=evaluation)
    runner = Manager().create_runner("people")
    runner.add_table("people", PEOPLE, avatar_data=avatars, holdout_data=UNSEEN)
    runner.run([JobKind.privacy_metrics], wait=True)
    found = {
        finding.name: finding.status for finding in findings(*runner.privacy_metrics("people"))
    }
    spelt = {"unsettled": "not settled", "not run": "not measured"}
    attacks = [check for check in made.data.attacks if check.key in found]
    assert attacks
    for check in attacks:
        both = [s for s in (check.status, check.exposed_status) if s not in (None, "not run")]
        worst = min(both or ["not run"], key=["not met", "unsettled", "met", "not run"].index)
        assert found[check.key] == spelt.get(worst, worst), check.key


def test_summary_names_what_is_short_of_its_target() -> None:
    found = [
        Finding("a", 1, "> 0", "met"),
        Finding("b", 0, "> 0", "not met"),
        Finding("c", 0, "> 0", "not settled"),
        Finding("d", None, "> 0", "not measured"),
    ]
    assert summary(found) == "1 targets met, 1 not met (b), 1 not settled (c), 1 not measured"
    assert verdict.listed(found).splitlines()[4].split() == ["d", ">", "0", "not", "measured"]


# ---- advice


def test_advice_is_given_with_its_reasons() -> None:
    result = call("advise", "people.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    runner = Manager().create_runner("people")
    runner.add_table("people", "people.csv")
    runner.run([JobKind.advice], wait=True)
    said = runner.get_specific_result("people", JobKind.advice, Results.ADVICE)["advice"]
    assert f"k = {said['k']}: " in result.stdout
    for reason in said["more_details"]["reasons"].values():
        assert reason in result.stdout


def test_search_tries_settings_on_the_table() -> None:
    PEOPLE.head(80).to_csv("people.csv", index=False)
    searched = call("advise", "people.csv", "--search")
    assert searched.exit_code == 0, searched.stderr
    assert searched.stdout != call("advise", "people.csv").stdout
    assert "'nose'" in complaint("advise", "people.csv", "--search", "--drop", "nose")


def test_advised_documents_run_on_a_table_that_is_refused_as_it_is() -> None:
    PEOPLE.assign(mail=[f"{SECRET}{i}@example.org" for i in range(250)]).to_csv(
        "people.csv", index=False
    )
    assert "'mail'" in complaint("run", "people.csv", "-o", "a.csv")
    advice = call("advise", "people.csv", "--yaml")
    assert (advice.exit_code, SECRET in advice.output) == (0, False)
    Path("run.yaml").write_text(advice.stdout, "utf-8")
    result = call("run", "--config", "run.yaml", "-o", "a.csv")
    assert result.exit_code == 0, result.stderr
    assert SECRET not in Path("a.csv").read_text("utf-8") + result.output


# ---- what is said


@pytest.mark.parametrize(
    "content",
    [
        f"age,name\n1,{SECRET}\n2,b,c,{SECRET}\n".encode(),
        f'age,name\n1,"{SECRET}\n'.encode(),
        f"age,name\n1,\xe9{SECRET}\n".encode("latin-1"),
        ("age,name\n" + "".join(f"{i},{SECRET}{i}\n" for i in range(99))).encode(),
        f"age,pay\n{SECRET},1\n".encode() + b"1,inf\n2,3\n" * 50,
        b"",
    ],
)
def test_bad_file_is_refused_without_a_cell(content: bytes) -> None:
    Path("bad.csv").write_bytes(content)
    complaint("run", "bad.csv", "-o", "a.csv")
    result = call("metrics", "people.csv", "bad.csv")
    assert result.exit_code == errors.USAGE
    assert SECRET not in result.output


@pytest.mark.parametrize(
    "place", ["avatars.engine.model.AvatarModel.fit", "avatars.runner.Runner.run"]
)
def test_what_nobody_expected_is_named_by_kind_and_place(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(place, broken)
    said = complaint("run", "people.csv", "-o", "a.csv", code=errors.UNEXPECTED)
    assert "KeyError at " in said
    assert ".py" in said


def test_full_disk_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device", "a.csv")

    monkeypatch.setattr("avatars.tables.writing.os.fsync", full)
    result = call("run", "people.csv", "-o", "a.csv")
    assert result.exit_code == errors.UNEXPECTED
    assert result.stderr.splitlines()[-1] == "error: file 'a.csv': No space left on device."
    assert not Path("a.csv").exists()


def test_warnings_of_ours_are_one_line_each_and_others_are_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import warnings

    from avatars.runner import Runner

    run = Runner.run

    def warned(*args: Any, **settings: Any) -> Any:
        for _ in range(2):
            warnings.warn(RareValuesWarning("column 'x'\nis rare"), stacklevel=2)
        warnings.warn(SECRET, stacklevel=2)
        return run(*args, **settings)

    monkeypatch.setattr(Runner, "run", warned)
    result = call("run", "people.csv", "-o", "a.csv")
    assert result.exit_code == 0
    assert result.stderr.count("warning: column 'x' is rare\n") == 1
    assert SECRET not in result.stderr


def test_help_documents_the_exit_codes() -> None:
    said = " ".join(call("--help").stdout.split())
    for code in (errors.UNEXPECTED, errors.USAGE, errors.MISSED, errors.INTERRUPTED):
        assert f"{code} " in said.partition("Exit codes:")[2]


# ---- interruptions and pipes


def test_interruption_while_a_file_is_written_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("avatars.tables.writing.os.fsync", interrupted)
    result = call("run", "people.csv", "-o", "a.csv")
    assert result.exit_code == errors.INTERRUPTED
    assert not Path("a.csv").exists()


@pytest.mark.once
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT between processes")
def test_interruption_in_the_middle_of_the_work_leaves_nothing() -> None:
    pd.concat([PEOPLE] * 80).to_csv("people.csv", index=False)
    # The process says when the work begins; from there on it is as it always is.
    script = (
        "from avatars.engine.model import AvatarModel\n"
        "fit = AvatarModel.fit\n"
        "def told(model):\n"
        "    print('working', flush=True)\n"
        "    return fit(model)\n"
        "AvatarModel.fit = told\n"
        "from avatars.cli import main; main()\n"
    )
    arguments = [sys.executable, "-c", script, "run", "people.csv", "-o", "a.csv"]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == errors.INTERRUPTED
    assert said == "interrupted: what was not written whole is not there.\n"
    assert sorted(path.name for path in Path().iterdir()) == ["people.csv", "unseen.csv"]


def test_pipe_gets_no_progress_and_data_alone() -> None:
    result = subprocess.run(
        [*CALL, "run", "people.csv", "-o", "-"],
        capture_output=True,
        check=True,
        # These make rich take anything for a terminal.
        env={**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"},
    )
    assert pd.read_csv(io.BytesIO(result.stdout)).shape == PEOPLE.shape
    assert b"\x1b" not in result.stdout + result.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_terminal_gets_progress_on_stderr_alone() -> None:
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*CALL, "run", "people.csv", "-o", "-"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        said = b""
        # Reading the terminal of a process that has gone is an error on Linux and empty elsewhere.
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:
                break
            if not chunk:
                break
            said += chunk
        data = process.stdout.read() if process.stdout else b""
    os.close(ours)
    assert process.returncode == 0
    assert b"privacy metrics" in said
    assert b"\x1b" in said
    assert pd.read_csv(io.BytesIO(data)).shape == PEOPLE.shape


@pytest.mark.once
@pytest.mark.skipif(os.name == "nt", reason="the shell of Windows is another one")
def test_reader_that_has_seen_enough_is_no_traceback() -> None:
    # Longer than a pipe holds, so that the writer is still writing when the reader goes.
    pd.concat([PEOPLE] * 20).to_csv("people.csv", index=False)
    script = 'set -o pipefail; "$@" | true'
    result = subprocess.run(
        ["bash", "-c", script, "bash", *CALL, "run", "people.csv", "--k", "5", "-o", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == errors.UNEXPECTED
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


def test_without_typer_the_command_names_the_extra() -> None:
    script = "import sys; sys.modules['typer'] = None\nfrom avatars.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", script, "--version"], capture_output=True, text=True, check=False
    )
    assert result.returncode == errors.USAGE
    assert result.stderr == ("error: this needs the package 'typer': pip install 'avatars[cli]'\n")


def test_commands_are_known_before_the_engine_is_loaded() -> None:
    script = (
        "import sys\nfrom avatars.cli.app import app\n"
        "print({'sklearn', 'matplotlib', 'httpx'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "set()\n"
