"""Cells by colour, as one shape per colour: small in a file, without seams on a page."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["colour_bar", "draw_tiles", "rectangles"]


def draw_tiles(
    ax: Any,
    corners: NDArray[np.float64],
    values: NDArray[np.float64],
    scale: Any,
    *,
    line: str | None = None,
) -> None:
    """Fill cells with the colours of their values.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    corners : ndarray of shape (n_cells, n_corners, 2)
        Where they are.
    values : ndarray of shape (n_cells,)
        By cell; NaN is left empty.
    scale : ScalarMappable
        With a ``BoundaryNorm``: the colours, of which there are few.
    line : str, optional
        The colour of lines between the cells; None shows none.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.cm import ScalarMappable
    >>> from matplotlib.colors import BoundaryNorm
    >>> from avatars.displays.style import panels, pyplot
    >>> from avatars.displays.tiles import draw_tiles, rectangles
    >>> (ax,) = panels(None, 1, per_row=1, size=(2, 2))
    >>> scale = ScalarMappable(BoundaryNorm([0, 1, 2], 256), "YlGnBu")
    >>> cells = rectangles(np.array([0, 1]), np.array([0, 0]), np.array([1, 2]), np.array([1, 1]))
    >>> draw_tiles(ax, cells, np.array([0.5, 1.5]), scale)
    >>> len(ax.patches)
    2
    >>> pyplot().close(ax.figure)
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    known = ~np.isnan(values)
    colours = np.ma.filled(scale.norm(values[known]), 0)
    n_corners = corners.shape[1]
    codes = np.full(n_corners + 1, Path.LINETO)
    codes[0], codes[-1] = Path.MOVETO, Path.CLOSEPOLY
    for colour in np.unique(colours):
        alike = corners[known][colours == colour]
        vertices = np.concatenate([alike, alike[:, :1]], axis=1).reshape(-1, 2)
        fill = scale.cmap(int(colour))
        # Without lines, a hair of the same colour closes the seams between neighbours.
        edge = {"edgecolor": line or fill, "linewidth": 0.6 if line else 0.3}
        path = Path(vertices, np.tile(codes, len(alike)))
        ax.add_patch(PathPatch(path, facecolor=fill, **edge))


def rectangles(left: Any, lower: Any, right: Any, upper: Any) -> NDArray[np.float64]:
    """Return the corners of rectangles.

    Parameters
    ----------
    left, lower, right, upper : ndarray of shape (n_cells,)
        Their edges.

    Returns
    -------
    ndarray of shape (n_cells, 4, 2)
        Corners, one after the other around each.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.displays.tiles import rectangles
    >>> rectangles(np.array([0]), np.array([1]), np.array([2]), np.array([3])).tolist()
    [[[0, 1], [0, 3], [2, 3], [2, 1]]]
    """
    x = np.stack([left, left, right, right], axis=1)
    y = np.stack([lower, upper, upper, lower], axis=1)
    return np.stack([x, y], axis=-1)


def colour_bar(figure: Any, axes: Any, scale: Any, label: str, **settings: Any) -> None:
    """Explain the colours of some panels.

    Parameters
    ----------
    figure : Figure
        The figure.
    axes : Axes or list of Axes
        The panels, beside which there is room.
    scale : ScalarMappable
        The colours.
    label : str
        What they stand for.
    **settings : object
        Passed to ``Figure.colorbar``.

    Examples
    --------
    >>> from matplotlib.cm import ScalarMappable
    >>> from matplotlib.colors import BoundaryNorm
    >>> from avatars.displays.style import panels, pyplot
    >>> from avatars.displays.tiles import colour_bar
    >>> (ax,) = panels(None, 1, per_row=1, size=(2, 2))
    >>> scale = ScalarMappable(BoundaryNorm([0, 1, 2], 256), "YlGnBu")
    >>> colour_bar(ax.figure, ax, scale, "people")
    >>> len(ax.figure.axes)
    2
    >>> pyplot().close(ax.figure)
    """
    bar = figure.colorbar(scale, ax=axes, aspect=30, pad=0.02, **settings)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7.5, length=2)
    bar.set_label(label, fontsize=8)
