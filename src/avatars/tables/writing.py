"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file so that nobody ever finds half of it.

    The content goes into a file beside it, which takes the name when all of it is on the disk.
    Only its owner can read it, until the owner decides otherwise.

    Parameters
    ----------
    path : str or path-like
        Where to.
    content : bytes
        What.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If it can't be written; what was there before is still there then.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.tables import write_whole
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(pathlib.Path(folder, "report.md"), b"# Report").read_bytes()
    b'# Report'
    """
    target = Path(path)
    # mkstemp makes the file with 0600.
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target
