"""How far a run is, on a terminal and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from avatars.exceptions import MissingExtraError

if TYPE_CHECKING:
    from rich.table import Table

    from avatars.manager import Manager

__all__ = ["progress_shown"]


@contextmanager
def progress_shown(manager: Manager) -> Iterator[None]:
    """Show the jobs of a manager while they run, if there is a terminal to show them on.

    Parameters
    ----------
    manager : Manager
        Where they run.

    Yields
    ------
    None
        While they run.

    Raises
    ------
    MissingExtraError
        Without rich, on a terminal.

    Examples
    --------
    >>> from avatars.cli.progress import progress_shown
    >>> from avatars.manager import Manager
    >>> with progress_shown(Manager()):
    ...     pass
    """
    # Not rich's own opinion: a variable of the environment can make it take a pipe for a terminal.
    if not sys.stderr.isatty():
        yield
        return
    try:
        from rich.console import Console
        from rich.live import Live
    except ImportError:
        raise MissingExtraError("rich", "cli") from None

    # The run keeps the main thread, so that Ctrl-C stops it at once; rich looks on from its own.
    with Live(
        get_renderable=lambda: _bars(manager),
        console=Console(stderr=True),
        refresh_per_second=8,
        transient=True,
    ):
        yield


def _bars(manager: Manager) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    for job in sorted(manager.get_last_jobs(10).values(), key=lambda job: job.created_at):
        running = bool(job.phase) and not job.done
        bar = ProgressBar(total=1, completed=float(job.done), pulse=running, width=20)
        table.add_row(Text(job.kind.value.replace("_", " ")), bar, Text(job.phase))
    return table
