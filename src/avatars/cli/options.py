"""Options that commands share, and what their text stands for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from avatars.cli.outputs import refuse_url
from avatars.exceptions import InvalidParameterError
from avatars.models import ColumnType, Protection, TableParameters

__all__ = [
    "Config",
    "Data",
    "Drop",
    "FailUnderTargets",
    "Force",
    "Holdout",
    "K",
    "KnownVariables",
    "PrimaryKey",
    "ProtectionOption",
    "SeedFile",
    "Target",
    "Types",
    "seed_from",
    "table_name",
    "types_from",
]

_SEED = "AVATARS_SEED"
_LONGEST_SEED = 1000


def _said(parameter: str) -> str:
    return TableParameters.model_fields[parameter].description or ""


Data = Annotated[str, typer.Argument(metavar="DATA", help="The people: .csv or .parquet.")]
K = Annotated[
    int | None, typer.Option("--k", help="Neighbours that each avatar is drawn from; 20.")
]
ProtectionOption = Annotated[
    Protection | None, typer.Option("--protection", help=_said("protection"))
]
Target = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help=_said("target"))]
KnownVariables = Annotated[
    list[str] | None,
    typer.Option(
        "--known-variable",
        metavar="COLUMN",
        help=f"{_said('known_variables')} Repeat it for several.",
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="COLUMN=TYPE",
        help=f"What a column means: {', '.join(t.value for t in ColumnType)}. Repeat it.",
    ),
]
PrimaryKey = Annotated[
    str | None,
    typer.Option(
        "--primary-key", metavar="COLUMN", help="Names the rows; comes out with fresh values."
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option("--drop", metavar="COLUMN", help="Leave a column out. Repeat it for several."),
]
Holdout = Annotated[
    str | None,
    typer.Option(
        "--holdout",
        metavar="FILE",
        help="People of the same population who are not in the table: the control of attacks.",
    ),
]
SeedFile = Annotated[
    str | None,
    typer.Option(
        "--seed-file",
        metavar="FILE",
        help=f"A file with the seed, an integer. It is a secret; also read from {_SEED}.",
    ),
]
Config = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="A YAML document that describes the run."),
]
FailUnderTargets = Annotated[
    bool,
    typer.Option(
        "--fail-under-targets", help="End with code 3 if a target isn't met. Needs --holdout."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")]


def types_from(given: Iterable[str] | None) -> dict[str, ColumnType]:
    """Read what columns mean.

    Parameters
    ----------
    given : iterable of str, optional
        Such as ``"zip=category"``. A label may hold equals signs of its own.

    Returns
    -------
    dict of {str: ColumnType}
        By column.

    Raises
    ------
    InvalidParameterError
        Where there is no such type, or a column is named twice.

    Examples
    --------
    >>> from avatars.cli.options import types_from
    >>> types_from(["zip=category"])["zip"].name
    'CATEGORY'
    """
    types: dict[str, ColumnType] = {}
    for text in given or ():
        label, _, word = text.rpartition("=")
        if not label or word not in [t.value for t in ColumnType]:
            known = ", ".join(t.value for t in ColumnType)
            raise InvalidParameterError("--type", f"must be COLUMN=TYPE with TYPE of {known}.")
        if label in types:
            raise InvalidParameterError("--type", "names a column twice.")
        types[label] = ColumnType(word)
    return types


def seed_from(file: str | None) -> int | None:
    r"""Read the seed, which is a secret and so is never an argument.

    Parameters
    ----------
    file : str, optional
        A file that holds it. The environment variable AVATARS_SEED is read unless given.

    Returns
    -------
    int or None
        None where neither is there.

    Raises
    ------
    InvalidParameterError
        If it is no integer of at least 0. It is never shown.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.cli.options import seed_from
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "seed")
    ...     _ = path.write_text("7\n")
    ...     seed_from(str(path))
    7
    """
    if file is None:
        source, text = _SEED, os.environ.get(_SEED)
    else:
        refuse_url("--seed-file", file)
        source, text = "--seed-file", Path(file).read_bytes().decode("ascii", "replace")
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_SEED):
        raise InvalidParameterError(source, "must hold an integer of at least 0.")
    return int(text)


def table_name(path: str) -> str:
    """Return what to call the table of a file.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    str
        Its name without suffixes.

    Examples
    --------
    >>> from avatars.cli.options import table_name
    >>> table_name("data/patients.csv.gz")
    'patients'
    """
    name = Path(path).name
    for suffix in (".gz", ".csv", ".parquet"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name or "table"
