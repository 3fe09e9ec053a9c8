"""What goes wrong in one line, and the exit code that says so."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from avatars.exceptions import AvatarsError, AvatarsWarning, JobFailedError, shown

__all__ = ["INTERRUPTED", "MISSED", "UNEXPECTED", "USAGE", "Commands", "say"]

UNEXPECTED = 1
USAGE = 2
MISSED = 3
INTERRUPTED = 130

_PACKAGE = Path(__file__).parents[1]


def say(text: str) -> None:
    """Print a message on one line of stderr, where it never mixes with data.

    Parameters
    ----------
    text : str
        The message.

    Examples
    --------
    >>> from avatars.cli.errors import say
    >>> say("300 avatars")
    """
    print(" ".join(text.split()), file=sys.stderr)


class Commands(TyperGroup):
    """Commands whose errors and warnings are one line each, and never hold a cell.

    Examples
    --------
    >>> import typer
    >>> from typer.testing import CliRunner
    >>> from avatars.cli.errors import Commands
    >>> app = typer.Typer(cls=Commands)
    >>> @app.callback()
    ... def root() -> None: ...
    >>> @app.command()
    ... def fail() -> None:
    ...     raise KeyError("Jane Doe")
    >>> result = CliRunner().invoke(app, ["fail"])
    >>> result.exit_code, "KeyError" in result.stderr, "Jane" in result.stderr
    (1, True, False)
    """

    def main(self, *args: Any, **settings: Any) -> NoReturn:
        """Run a command and end the process with its exit code."""
        try:
            # Not standalone: what the parser has to say comes here instead of filling a screen.
            code = super().main(*args, **{**settings, "standalone_mode": False})
        except Exception as error:
            code = _complain(error)
        sys.exit(code)

    def invoke(self, ctx: Any) -> Any:
        """Run a command, then say what it warned of."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", AvatarsWarning)
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt:
                say("interrupted: what was not written whole is not there.")
                raise typer.Exit(INTERRUPTED) from None
            finally:
                for text in dict.fromkeys(str(warning.message) for warning in caught):
                    say(f"warning: {text}")


def _complain(error: Exception) -> int:
    """Say what went wrong and return the exit code."""
    while isinstance(error, JobFailedError) and isinstance(error.__cause__, AvatarsError):
        error = error.__cause__
    if isinstance(error, BrokenPipeError):
        # Whoever read the output has seen enough. Python would complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNEXPECTED
    if isinstance(error, AvatarsError):
        say(f"error: {error}")
        # A job that failed for no reason of ours is no fault of the caller's.
        return UNEXPECTED if isinstance(error, JobFailedError) else USAGE
    if hasattr(error, "format_message"):
        # Of the parser, whose class has moved between versions of typer.
        say(f"error: {error.format_message().rstrip('.')}. See --help.")
        return int(getattr(error, "exit_code", USAGE))
    if isinstance(error, OSError) and error.filename is not None:
        say(f"error: file {shown(str(error.filename))}: {error.strerror}.")
        missing = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
        return USAGE if isinstance(error, missing) else UNEXPECTED
    # What others say may show cells: the kind and the place are enough to find it.
    ours = [f for f in traceback.extract_tb(error.__traceback__) if _is_ours(f.filename)]
    place = f" at {Path(ours[-1].filename).relative_to(_PACKAGE)}:{ours[-1].lineno}" if ours else ""
    say(f"error: unexpected {type(error).__name__}{place}. Please report it, without your data.")
    return UNEXPECTED


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(_PACKAGE)
