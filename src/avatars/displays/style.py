"""How all figures look, and how labels that strangers chose are written into them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from avatars.exceptions import InvalidParameterError, MissingExtraError

__all__ = [
    "ALARM",
    "AVATARS",
    "GREY",
    "PALE",
    "PEOPLE",
    "house_style",
    "note",
    "panels",
    "pyplot",
    "text_of",
    "tidy",
]

# Blue and orange are told apart by everybody, in print as well.
PEOPLE, AVATARS = "#2b6ca3", "#e07b39"
ALARM = "#a3195b"
INK, GREY, PALE = "#22272e", "#69717d", "#e9ebee"

_STYLE: dict[Any, Any] = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial", "sans-serif"],
    "font.size": 9.0,
    "text.color": INK,
    # Labels are data: what looks like a formula in them is none.
    "text.usetex": False,
    "text.parse_math": True,
    "axes.unicode_minus": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.grid": False,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.8,
    # A script that draws many tables is told nothing new by a warning about many figures.
    "figure.max_open_warning": 0,
}


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``.

    Returns
    -------
    module
        The module.

    Raises
    ------
    MissingExtraError
        Without matplotlib.

    Examples
    --------
    >>> from avatars.displays.style import pyplot
    >>> pyplot().__name__
    'matplotlib.pyplot'
    """
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        raise MissingExtraError("matplotlib", "plot") from None
    return plt


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house's look while this lasts, whatever the caller's settings are.

    Yields
    ------
    None
        Nothing.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> from avatars.displays.style import house_style
    >>> with house_style():
    ...     mpl.rcParams["axes.spines.top"]
    False
    """
    pyplot()
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        yield


def panels(ax: Any, n_panels: int, *, per_row: int, size: tuple[float, float]) -> list[Any]:
    """Return the axes of a figure's panels.

    Parameters
    ----------
    ax : Axes, array of Axes, or None
        Where the caller wants them; None makes a figure.
    n_panels : int
        How many are needed.
    per_row : int
        How many stand side by side in a new figure.
    size : tuple of float
        Width and height of a panel in inches.

    Returns
    -------
    list of Axes
        By panel.

    Raises
    ------
    InvalidParameterError
        If ``ax`` holds another number of axes.

    Examples
    --------
    >>> from avatars.displays.style import panels, pyplot
    >>> axes = panels(None, 5, per_row=3, size=(2, 2))
    >>> len(axes), axes[0].figure.get_size_inches().tolist()
    (5, [6.0, 4.0])
    >>> pyplot().close(axes[0].figure)
    """
    if ax is not None:
        given = list(np.ravel(np.asarray(ax, dtype=object)))
        if len(given) != n_panels:
            raise InvalidParameterError(
                "ax",
                f"must hold {n_panels} axes, one for each panel, got {len(given)}: pass "
                f"plt.subplots(1, {n_panels})[1], or None for a new figure.",
            )
        return given
    across = min(per_row, n_panels)
    down = -(-n_panels // across)
    _, grid = pyplot().subplots(
        down,
        across,
        figsize=(size[0] * across, size[1] * down),
        layout="constrained",
        squeeze=False,
    )
    axes = list(grid.ravel())
    for spare in axes[n_panels:]:
        spare.set_axis_off()
    return axes[:n_panels]


def text_of(label: Hashable, longest: int = 28) -> str:
    r"""Write a label or a level so that matplotlib shows it as it is.

    Parameters
    ----------
    label : hashable
        What the caller's table has.
    longest : int, default=28
        Characters; of longer ones the middle is left out.

    Returns
    -------
    str
        Without control characters, and with dollar signs that begin no formula.

    Examples
    --------
    >>> from avatars.displays.style import text_of
    >>> text_of("age"), text_of(("blood", "group")), text_of("pay in $")
    ('age', 'blood / group', 'pay in \\$')
    >>> len(text_of("x" * 1000))
    28
    """
    parts = label if isinstance(label, tuple) else (label,)
    text = " / ".join(str(part) for part in parts)
    text = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    if not text.strip():
        text = repr(text)
    if len(text) > longest:
        tail = longest // 3
        text = text[: longest - tail - 1] + "\N{HORIZONTAL ELLIPSIS}" + text[-tail:]
    return text.replace("$", r"\$")


def tidy(ax: Any, *, grid: str | None = None) -> None:
    """Take what says nothing off a panel.

    Parameters
    ----------
    ax : Axes
        The panel.
    grid : {"x", "y"}, optional
        The axis whose values are to be read off: pale lines lead there.

    Examples
    --------
    >>> from avatars.displays.style import panels, pyplot, tidy
    >>> (ax,) = panels(None, 1, per_row=1, size=(2, 2))
    >>> tidy(ax)
    >>> ax.spines["top"].get_visible()
    False
    >>> pyplot().close(ax.figure)
    """
    # Said here once more: ticks are made when a figure is drawn, in the caller's style.
    ax.tick_params(labelsize=8, labelcolor=INK, color=GREY, length=2.5, width=0.7)
    ax.spines[["top", "right"]].set_visible(False)
    if grid is not None:
        ax.grid(axis=grid, color=PALE, linewidth=0.8)
        ax.set_axisbelow(True)


def note(ax: Any, text: str) -> None:
    """Write into a panel why there is nothing else in it.

    Parameters
    ----------
    ax : Axes
        The panel.
    text : str
        The reason.

    Examples
    --------
    >>> from avatars.displays.style import note, panels, pyplot
    >>> (ax,) = panels(None, 1, per_row=1, size=(2, 2))
    >>> note(ax, "fewer than 5 people")
    >>> ax.texts[0].get_text()
    'fewer than 5 people'
    >>> pyplot().close(ax.figure)
    """
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.text(
        0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=GREY, fontsize=8.5
    )
