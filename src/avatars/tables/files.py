"""CSV and Parquet files on this machine as frames."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import os
import re
import warnings
import zlib
from pathlib import Path

import pandas as pd

from avatars.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingExtraError,
    shown,
)

__all__ = ["read_path"]

_SEPARATORS = ",;\t|"
_LINES_LOOKED_AT = 50


def read_path(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read a table from a file of this machine; nothing is ever fetched.

    Parameters
    ----------
    path : str or path-like
        A ``.csv``, ``.csv.gz`` or ``.parquet`` file. CSV is UTF-8 with a header line; the
        separator is found among comma, semicolon, tab and bar.

    Returns
    -------
    DataFrame
        Its content.

    Raises
    ------
    InvalidParameterError
        If the path is a URL or has another suffix.
    InvalidTableError
        If the file can't be read as what its suffix says.
    MissingExtraError
        If a Parquet file is to be read without pyarrow.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.tables import read_path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "people.csv")
    ...     _ = path.write_text("age;sex\n41;f\n50;m\n", encoding="utf-8")
    ...     read_path(path)
       age sex
    0   41   f
    1   50   m
    """
    text = os.fsdecode(os.fspath(path))
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:/+[^/\\]", text) and not Path(text).exists():
        scheme = text.split(":", 1)[0]
        raise InvalidParameterError(
            "path",
            f"is a URL ({scheme}:): only files of this machine are read. Download it first and "
            "pass the path of the file.",
        )
    name = Path(text).name
    suffix = name.lower()
    if suffix.endswith(".parquet"):
        return _read_parquet(Path(text))
    if suffix.endswith(".csv"):
        return _read_csv(Path(text).read_bytes(), name)
    if suffix.endswith(".csv.gz"):
        return _read_csv(_unzipped(Path(text)), name)
    raise InvalidParameterError(
        "path", f"ends in {shown(Path(text).suffix)}: pass a .csv, .csv.gz or .parquet file."
    )


def _unzipped(path: Path) -> bytes:
    compressed = path.read_bytes()
    content = None
    with contextlib.suppress(OSError, EOFError, ValueError, zlib.error):
        content = gzip.decompress(compressed)
    if content is None:
        raise InvalidTableError(
            f"file {shown(path.name)} isn't a complete gzip file: pack it anew."
        )
    return content


def _read_csv(content: bytes, name: str) -> pd.DataFrame:
    try:
        text: str | None = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None
    # Raised out here, because the error of the codec carries the file's content with it.
    if text is None:
        raise InvalidTableError(
            f"file {shown(name)} isn't encoded in UTF-8: save it as UTF-8, or read it with "
            "pandas.read_csv(..., encoding=...) and pass the frame."
        )
    separator, header = _dialect(text, name)
    repeated = sorted({label for label in header if header.count(label) > 1 and label})
    if repeated:
        raise InvalidTableError(
            f"file {shown(name)} has several columns named "
            f"{', '.join(shown(label) for label in repeated[:5])}: rename them."
        )
    frame = None
    with warnings.catch_warnings(), contextlib.suppress(ValueError, Warning):
        # A line with more cells than the header is a warning only when the index is left alone.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        frame = pd.read_csv(io.StringIO(text), sep=separator, index_col=False, low_memory=False)
    if frame is None:
        raise InvalidTableError(
            f"file {shown(name)} isn't a table: check that every line has as many cells as the "
            f"header, which has {len(header)} separated by {shown(separator)}, and that quotes "
            "are closed."
        )
    return frame


def _dialect(text: str, name: str) -> tuple[str, list[str]]:
    """Find the separator by which most of the first lines split as the header does."""
    head = text[:1_000_000].splitlines(keepends=True)[:_LINES_LOOKED_AT]
    if not any(line.strip() for line in head):
        raise InvalidTableError(f"file {shown(name)} is empty: it needs at least a header line.")
    best: tuple[float, int] = (0.0, 0)
    found, header = ",", [""]
    for separator in _SEPARATORS:
        try:
            rows = [row for row in csv.reader(head, delimiter=separator) if row]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        alike = sum(len(row) == width for row in rows) / max(len(rows), 1)
        score = (alike if width > 1 else 0.0, width)
        if score > best:
            best, found, header = score, separator, rows[0]
    return found, header


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "all") from None
    with path.open("rb") as file:
        frame: pd.DataFrame | None
        try:
            frame = parquet.read_table(file).to_pandas()
        except (ValueError, TypeError, OSError, NotImplementedError):
            frame = None
    if frame is None:
        raise InvalidTableError(
            f"file {shown(path.name)} can't be read as Parquet: write it anew, or read it by other "
            "means and pass the frame."
        )
    return frame
