"""A figure that notebooks show and files keep."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from avatars.models import PlotKind
from avatars.tables import write_whole

__all__ = ["Plot"]


@dataclass(frozen=True, repr=False)
class Plot:
    """A figure that notebooks show and files keep.

    Parameters
    ----------
    kind : PlotKind
        What it shows.
    svg : str
        An ``<svg>`` element.

    Examples
    --------
    >>> from avatars.models import PlotKind
    >>> from avatars.runner.plot import Plot
    >>> Plot(PlotKind.CORRELATION, "<svg></svg>")
    Plot(correlation)
    """

    kind: PlotKind
    svg: str

    def __repr__(self) -> str:
        return f"Plot({self.kind.value})"

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the figure to a file.

        Parameters
        ----------
        path : path
            An SVG file.

        Returns
        -------
        Path
            The file.
        """
        return write_whole(path, self.svg.encode("utf-8"))
