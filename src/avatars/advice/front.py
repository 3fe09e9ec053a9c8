"""Which settings are worth having: those that no other beats without losing something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from avatars.exceptions import MissingExtraError

__all__ = ["draw_front", "pareto"]


def pareto(figures: ArrayLike) -> NDArray[np.bool_]:
    """Find the rows that no other row dominates.

    Parameters
    ----------
    figures : array-like of shape (n_settings, n_figures)
        Greater is better in every column.

    Returns
    -------
    ndarray of bool, shape (n_settings,)
        False where some row is at least as good in all columns and better in one, and where a
        figure is missing (NaN). Equal rows stay together.

    Examples
    --------
    >>> from avatars.advice.front import pareto
    >>> pareto([[1, 5], [2, 4], [1, 4], [3, 1]]).tolist()
    [True, True, False, True]
    """
    x = np.asarray(figures, dtype=np.float64)
    known = ~np.isnan(x).any(axis=1)
    # NaN compares as false, so that a row with a gap beats nobody.
    as_good = (x[:, None, :] >= x[None, :, :]).all(axis=2)
    better = (x[:, None, :] > x[None, :, :]).any(axis=2)
    return np.asarray(known & ~(as_good & better).any(axis=0))


def draw_front(front: pd.DataFrame, limit: float, ax: Any = None) -> Any:
    """Draw what each setting keeps against what it gives away.

    Parameters
    ----------
    front : DataFrame
        As ``Advice.front``.
    limit : float
        Membership that the context lets pass.
    ax : matplotlib Axes, optional
        Where to draw; a figure of its own by default.

    Returns
    -------
    matplotlib Axes
        What was drawn on.

    Raises
    ------
    MissingExtraError
        Without matplotlib.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import pandas as pd
    >>> from avatars.advice.front import draw_front
    >>> front = pd.DataFrame({
    ...     "k": [5, 20], "ncp": [5, 5], "protection": ["balanced", "strict"],
    ...     "membership": [0.58, 0.52], "membership_low": [0.55, 0.5],
    ...     "membership_high": [0.61, 0.54], "utility": [0.97, 0.95],
    ...     "is_pareto": [True, True], "is_advised": [False, True],
    ... })
    >>> draw_front(front, limit=0.6).get_xlabel()
    'membership AUC (.5 is a guess), with its 95 % interval'
    """
    if ax is None:
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", "plot") from None
        # A figure of our own: pyplot would keep it alive and might open a window.
        ax = Figure(figsize=(7, 4.5), layout="constrained").add_subplot()
    for protection, colour in (("balanced", "#0b7285"), ("strict", "#c2410c")):
        part = front[front["protection"] == protection]
        middle, low, high = (
            part[name].to_numpy() for name in ("membership", "membership_low", "membership_high")
        )
        spread = np.array([middle - low, high - middle])
        ax.errorbar(
            middle, part["utility"], xerr=spread, fmt="o", color=colour, alpha=0.6, label=protection
        )
    edge = front[front["is_pareto"]].sort_values("membership")
    ax.plot(edge["membership"], edge["utility"], color="#495057", lw=1, label="Pareto front")
    for row in edge.itertuples():
        ax.annotate(
            f"k={row.k}, ncp={row.ncp}",
            (row.membership, row.utility),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=7,
        )
    chosen = front[front["is_advised"]]
    ax.plot(
        chosen["membership"],
        chosen["utility"],
        "s",
        ms=13,
        mfc="none",
        mec="black",
        label="advised",
    )
    ax.axvline(limit, color="#868e96", ls="--", lw=1, label=f"target of the context, {limit:g}")
    ax.set_xlabel("membership AUC (.5 is a guess), with its 95 % interval")
    ax.set_ylabel("utility (more is better)")
    ax.legend(fontsize=8)
    return ax
