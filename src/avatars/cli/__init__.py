"""The command line: ``avatars run``, ``metrics``, ``advise`` and ``yaml``."""

from __future__ import annotations

import sys

from avatars.exceptions import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Carry out the command that this process was called with, and end it with an exit code.

    Examples
    --------
    >>> import subprocess, sys
    >>> call = [sys.executable, "-c", "from avatars.cli import main; main()", "--version"]
    >>> subprocess.run(call, capture_output=True, text=True).stdout
    'avatars ...
    """
    try:
        from avatars.cli.app import app
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        print(f"error: {MissingExtraError('typer', 'cli')}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    app()
