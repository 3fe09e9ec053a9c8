"""The commands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from avatars.cli import options
from avatars.cli.errors import MISSED, Commands, say
from avatars.cli.outputs import (
    REPORTS,
    as_bytes,
    places_of,
    print_bytes,
    refuse_url,
    reports_of,
    write_new,
)
from avatars.cli.progress import progress_shown
from avatars.cli.runs import add, advised, check_same_rows, configure, described_by, searched
from avatars.cli.verdict import Finding, findings, listed, summary
from avatars.exceptions import InvalidParameterError, shown
from avatars.models import DataFormat, JobKind, Results

__all__ = ["app"]

_DOCUMENTS = (".yaml", ".yml")
_METRICS = [JobKind.signal_metrics, JobKind.privacy_metrics]

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "Exit codes: 0 fine, 1 unexpected, 2 the command or its input can't be used, "
        "3 a target isn't met (--fail-under-targets), 130 interrupted."
    ),
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"avatars {version('avatars')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and stop."
        ),
    ] = False,
) -> None:
    """Turn a table about people into a table of avatars, and measure how private it is."""


@app.command()
def run(
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The release: .csv or .parquet, - for CSV on stdout; of several tables a folder.",
        ),
    ],
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="The people: .csv or .parquet.")
    ] = None,
    k: options.K = None,
    protection: options.ProtectionOption = None,
    target: options.Target = None,
    known_variable: options.KnownVariables = None,
    type_: options.Types = None,
    primary_key: options.PrimaryKey = None,
    drop: options.Drop = None,
    config: options.Config = None,
    holdout: options.Holdout = None,
    report: Annotated[
        str | None,
        typer.Option(
            "--report", metavar="FILE", help=f"The report to write: {' or '.join(REPORTS)}."
        ),
    ] = None,
    seed_file: options.SeedFile = None,
    fail_under_targets: options.FailUnderTargets = False,
    force: options.Force = False,
) -> None:
    """Make a release: one avatar per person, shuffled, measured against its targets.

    With --fail-under-targets a release that misses a target is not written, its report is.
    """
    from avatars.manager import Manager

    _check_gate(fail_under_targets, holdout)
    inputs = [path for path in (data, config, holdout, seed_file) if path is not None]
    for path in inputs:
        refuse_url("FILE", path)
    seed = options.seed_from(seed_file)
    manager = Manager()
    described: dict[str, Any] = {
        "--k": k,
        "--protection": protection,
        "--target": target,
        "--known-variable": known_variable,
        "--type": type_,
        "--primary-key": primary_key,
        "--drop": drop,
    }
    if config is not None:
        twice = [option for option, value in described.items() if value is not None]
        if twice:
            raise InvalidParameterError(
                twice[0], "can't be combined with --config: write it into the document."
            )
        runner = described_by(manager, config, data, holdout)
    elif data is None:
        raise InvalidParameterError("DATA", "is missing: name a file, or pass --config.")
    else:
        runner = manager.create_runner(options.table_name(data))
        add(runner, data, type_, primary_key, drop, holdout=holdout)
        configure(runner, k, protection, target, known_variable)
    if seed is not None:
        runner.config = runner.config.model_copy(update={"seed": seed})
    tables = list(runner.config.tables)
    suffix = f".{(runner.config.output_format or DataFormat.CSV).value}"
    places = places_of(output, tables, suffix, inputs, force)
    reports = {} if report is None else reports_of(report, tables, inputs, force)
    kinds = [JobKind.standard, *_METRICS, *([JobKind.report] if reports else [])]
    with progress_shown(manager):
        runner.run(kinds, wait=True)
    for name, page in reports.items():
        content = runner.get_specific_result(name, JobKind.report, REPORTS[page.suffix.lower()])
        write_new(page, content.encode() if isinstance(content, str) else content, force)
        say(f"report on {shown(name)} in {page}")
    found = {
        name: findings(*runner.privacy_metrics(name), *runner.signal_metrics(name))
        for name in tables
    }
    for name, entries in found.items():
        say(f"{shown(name)}: {summary(entries)}")
    if holdout is None:
        say("no attack was run, since it has no control: pass --holdout, people not in the table.")
    if fail_under_targets:
        _gate(found)
    contents = {
        name: as_bytes(runner.shuffled(name), ".csv" if place is None else place.suffix)
        for name, place in places.items()
    }
    for name, place in places.items():
        if place is None:
            print_bytes(contents[name])
        else:
            write_new(place, contents[name], force)
            say(f"{len(runner.shuffled(name))} avatars of {shown(name)} in {place}")


@app.command()
def metrics(
    original: Annotated[str, typer.Argument(help="The people: .csv or .parquet.")],
    avatars: Annotated[str, typer.Argument(help="The release: .csv or .parquet.")],
    holdout: options.Holdout = None,
    unshuffled: Annotated[
        str | None,
        typer.Option(
            "--unshuffled",
            metavar="FILE",
            help="The release in the order of the people, sensitive: for paired figures.",
        ),
    ] = None,
    target: options.Target = None,
    known_variable: options.KnownVariables = None,
    type_: options.Types = None,
    primary_key: options.PrimaryKey = None,
    drop: options.Drop = None,
    fail_under_targets: options.FailUnderTargets = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the documented lists as JSON.")
    ] = False,
) -> None:
    """Measure a release that was made before: attacks, and how much of the table it still says."""
    from avatars.manager import Manager

    _check_gate(fail_under_targets, holdout)
    if unshuffled is not None:
        check_same_rows(avatars, unshuffled)
    manager = Manager()
    name = options.table_name(original)
    runner = manager.create_runner(name)
    add(
        runner,
        original,
        type_,
        primary_key,
        drop,
        avatar_data=unshuffled or avatars,
        aligned=unshuffled is not None,
        holdout=holdout,
    )
    if target is not None or known_variable is not None:
        runner.set_parameters(name, target=target, known_variables=known_variable)
    with progress_shown(manager):
        runner.run(_METRICS, wait=True)
    privacy, signal = runner.privacy_metrics(name), runner.signal_metrics(name)
    found = findings(*privacy, *signal)
    if as_json:
        documents = {"privacy_metrics": privacy, "signal_metrics": signal}
        print(json.dumps(documents, indent=2, allow_nan=False))
    else:
        print(listed(found))
    if fail_under_targets:
        _gate({name: found})


@app.command()
def advise(
    data: options.Data,
    type_: options.Types = None,
    primary_key: options.PrimaryKey = None,
    drop: options.Drop = None,
    search: Annotated[
        bool,
        typer.Option("--search", help="Try settings on the table: a minute for 10,000 people."),
    ] = False,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print documents for run --config instead.")
    ] = False,
) -> None:
    """Say how a table is best avatarized, and why."""
    from avatars.manager import Manager

    manager = Manager()
    name = options.table_name(data)
    if search:
        said = searched(data, type_, primary_key, drop)
    else:
        runner = manager.create_runner(name)
        add(runner, data, type_, primary_key, drop)
        with progress_shown(manager):
            runner.run([JobKind.advice], wait=True)
        said = runner.get_specific_result(name, JobKind.advice, Results.ADVICE)["advice"]
    if as_yaml:
        print(advised(manager, data, said, drop).get_yaml(), end="")
        return
    details = said["more_details"]
    imputed = {f"imputation_{name}": value for name, value in said["imputation"].items()}
    for decision, reason in details["reasons"].items():
        value = {**said, **imputed, **details}.get(decision)
        is_plain = isinstance(value, (bool, int, float, str))
        print(f"{decision}{f' = {value}' if is_plain else ''}: {reason}")
    for label, hint in details["hints"].items():
        print(f"hint for {shown(label)}: {hint}")


@app.command("yaml")
def yaml_(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="A table to describe, or a document to check.")
    ],
    k: options.K = None,
    protection: options.ProtectionOption = None,
    target: options.Target = None,
    known_variable: options.KnownVariables = None,
    type_: options.Types = None,
    primary_key: options.PrimaryKey = None,
    drop: options.Drop = None,
) -> None:
    """Print the documents of a run on a table, or check those of a .yaml file.

    The seed is in no document that this prints.
    """
    from avatars.manager import Manager

    if Path(source).suffix.lower() in _DOCUMENTS:
        refuse_url("FILE", source)
        runner = Manager().create_runner_from_yaml(source)
        tables = runner.config.tables.values()
        links = sum(len(table.links) for table in tables)
        print(f"{source}: fine, with {len(tables)} tables and {links} links")
        return
    runner = Manager().create_runner(options.table_name(source))
    add(runner, source, type_, primary_key, drop)
    configure(runner, k, protection, target, known_variable)
    print(runner.get_yaml(), end="")


# ---- targets


def _check_gate(asked: bool, holdout: str | None) -> None:
    if asked and holdout is None:
        raise InvalidParameterError(
            "--fail-under-targets",
            "needs --holdout: without people who are not in the table no attack has a control, "
            "and its target can't be missed.",
        )


def _gate(found: Mapping[str, Sequence[Finding]]) -> None:
    """End with its code where a target isn't met, or no attack was run that could miss one."""
    missed = {
        name: [finding.name for finding in entries if finding.status == "not met"]
        for name, entries in found.items()
    }
    for name, entries in found.items():
        if missed[name]:
            say(f"{shown(name)}: not met: {', '.join(missed[name])}.")
        elif not any(finding.is_attack and finding.value is not None for finding in entries):
            missed[name] = ["no attack"]
            say(f"{shown(name)}: no attack could be run, and without one nothing is settled.")
    if any(missed.values()):
        raise typer.Exit(MISSED)
