"""Where results go: files that are there whole or not at all, or stdout when asked."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from avatars.exceptions import InvalidInputError, InvalidParameterError, MissingExtraError, shown
from avatars.models import Results
from avatars.tables import write_whole

__all__ = [
    "REPORTS",
    "as_bytes",
    "places_of",
    "print_bytes",
    "refuse_url",
    "reports_of",
    "write_new",
]

REPORTS = {".html": Results.REPORT_HTML, ".pdf": Results.REPORT}
_TABLES = (".csv", ".parquet")
_STDOUT = "-"
# What the extra "report" brings: found out before a run that would end without its report.
_FOR_REPORTS = ("jinja2", "matplotlib", "reportlab")


def refuse_url(option: str, text: str) -> None:
    """Refuse an address where a file of this machine is meant.

    Parameters
    ----------
    option : str
        What it was given for.
    text : str
        The path.

    Raises
    ------
    InvalidParameterError
        If it is a URL.

    Examples
    --------
    >>> from avatars.cli.outputs import refuse_url
    >>> refuse_url("--output", "s3://bucket/avatars.csv")
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter '--output' is a URL: pass the path of ...
    """
    if "://" in text:
        raise InvalidParameterError(option, "is a URL: pass the path of a file of this machine.")


def places_of(
    output: str, tables: Sequence[str], suffix: str, inputs: Sequence[str], force: bool
) -> dict[str, Path | None]:
    """Return the file of each table, once it is known that it can be written.

    Parameters
    ----------
    output : str
        A file, ``-`` for stdout, or for several tables a folder.
    tables : sequence of str
        Their names.
    suffix : str
        Of files in a folder.
    inputs : sequence of str
        Files that are read, which are never overwritten.
    force : bool
        Whether other files may be overwritten.

    Returns
    -------
    dict of {str: Path or None}
        By table; None stands for stdout.

    Raises
    ------
    InvalidInputError
        If a file can't be written, or somebody may still need what is there.

    Examples
    --------
    >>> from avatars.cli.outputs import places_of
    >>> places_of("-", ["patients"], ".csv", [], force=False)
    {'patients': None}
    >>> places_of("avatars.xlsx", ["patients"], ".csv", [], force=False)
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter '--output' must end in .csv or .parquet.
    """
    if len(tables) == 1:
        if output == _STDOUT:
            return {tables[0]: None}
        return {tables[0]: _file_for("--output", output, _TABLES, inputs, force)}
    refuse_url("--output", output)
    if not Path(output).is_dir():
        raise InvalidParameterError(
            "--output", f"must be a folder that is there: the run has {len(tables)} tables."
        )
    files = {table: str(Path(output, _file_name(table) + suffix)) for table in tables}
    return {
        table: _file_for("--output", file, _TABLES, inputs, force) for table, file in files.items()
    }


def reports_of(
    report: str, tables: Sequence[str], inputs: Sequence[str], force: bool
) -> dict[str, Path]:
    """Return the file of each report, once it is known that it can be made and written.

    Parameters
    ----------
    report : str
        A file; of several tables each has its own, with the name of the table before the suffix.
    tables : sequence of str
        Their names.
    inputs : sequence of str
        Files that are read, which are never overwritten.
    force : bool
        Whether other files may be overwritten.

    Returns
    -------
    dict of {str: Path}
        By table.

    Raises
    ------
    InvalidInputError
        If a file can't be written, or somebody may still need what is there.
    MissingExtraError
        Without the packages of the extra ``report``.

    Examples
    --------
    >>> from avatars.cli.outputs import reports_of
    >>> reports_of("report.txt", ["patients"], [], force=False)
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter '--report' must end in .html or .pdf.
    """
    path, files = Path(report), {tables[0]: report}
    if len(tables) > 1:
        files = {
            table: str(path.with_name(f"{path.stem}-{_file_name(table)}{path.suffix}"))
            for table in tables
        }
    places = {
        table: _file_for("--report", file, REPORTS, inputs, force) for table, file in files.items()
    }
    for package in _FOR_REPORTS:
        if find_spec(package) is None:
            raise MissingExtraError(package, "report")
    return places


def as_bytes(frame: pd.DataFrame, suffix: str) -> bytes:
    r"""Return a table as the content of a file.

    Parameters
    ----------
    frame : DataFrame
        The table.
    suffix : str
        Of the file: ``.parquet``, or CSV.

    Returns
    -------
    bytes
        The content; as CSV the very bytes whose digest a report carries.

    Raises
    ------
    InvalidInputError
        If the table can't be kept as Parquet.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.cli.outputs import as_bytes
    >>> as_bytes(pd.DataFrame({"age": [41, 50]}), ".csv")
    b'age\n41\n50\n'
    """
    if suffix.lower() != ".parquet":
        return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
    buffer = io.BytesIO()
    try:
        frame.to_parquet(buffer, index=False)
    except (ValueError, TypeError, NotImplementedError, OverflowError):
        # pyarrow's messages show cells.
        raise InvalidInputError(
            "a column holds cells of several kinds, which Parquet can't: write a .csv file."
        ) from None
    return buffer.getvalue()


def write_new(path: Path, content: bytes, force: bool) -> None:
    """Write a file whole, unless another one has come into its place meanwhile.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes
        What.
    force : bool
        Whether another file may be overwritten.

    Raises
    ------
    InvalidParameterError
        If there is such a file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.cli.outputs import write_new
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_new(pathlib.Path(folder, "a.csv"), b"age", force=False)
    ...     pathlib.Path(folder, "a.csv").read_bytes()
    b'age'
    """
    _refuse_existing(path, force)
    write_whole(path, content)


def print_bytes(content: bytes) -> None:
    r"""Print data on stdout.

    Parameters
    ----------
    content : bytes
        What.

    Examples
    --------
    >>> from avatars.cli.outputs import print_bytes
    >>> print_bytes(b"age\n41\n")
    age
    41
    """
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(content.decode("utf-8"))
    else:
        sys.stdout.flush()
        buffer.write(content)
    sys.stdout.flush()


def _file_for(
    option: str, text: str, suffixes: Iterable[str], inputs: Iterable[str], force: bool
) -> Path:
    refuse_url(option, text)
    path, known = Path(text), list(suffixes)
    if path.suffix.lower() not in known:
        raise InvalidParameterError(option, f"must end in {' or '.join(known)}.")
    if not path.parent.is_dir():
        raise InvalidParameterError(
            option, f"names a file in folder {shown(str(path.parent))}, which isn't there: make it."
        )
    if path.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
        raise MissingExtraError("pyarrow", "parquet")
    if path.exists() and any(Path(file).exists() and path.samefile(file) for file in inputs):
        raise InvalidParameterError(option, "is a file that is read: name another one.")
    _refuse_existing(path, force)
    return path


def _file_name(table: str) -> str:
    if Path(table).name != table or table.startswith("."):
        raise InvalidInputError(f"table {shown(table)} can't be the name of a file: rename it.")
    return table


def _refuse_existing(path: Path, force: bool) -> None:
    if path.is_dir():
        raise InvalidInputError(f"{shown(str(path))} is a folder: name a file.")
    if path.exists() and not force:
        raise InvalidInputError(
            f"file {shown(str(path))} is there already: name another one, or pass --force."
        )
