"""How far attacks got, with the intervals of their figures and the line of chance."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any, Self

import numpy as np

from avatars.displays.base import sensitive_tables
from avatars.displays.style import ALARM, GREY, INK, PEOPLE, house_style, panels, pyplot, tidy
from avatars.displays.suppression import FEW
from avatars.exceptions import InvalidParameterError
from avatars.metrics.result import AttackResult

__all__ = ["AttackDisplay"]

_UNITS = {
    "risk": ("success beyond the control", 0.0, (-0.1, 0.5)),
    "auc": ("area under the curve", 0.5, (0.4, 0.75)),
}
_LINE = 76


class AttackDisplay:
    r"""Show attack results as a forest plot: figure, 95 % interval, chance, and the most exposed.

    Risks and areas under curves have a panel each. A filled, red mark says that the interval lies
    beyond chance; a hollow one that it doesn't. The lighter mark below is the same attack on the
    tenth of people who are most exposed, where these are five or more. Attacks that were not run
    stand there with the reason.

    Parameters
    ----------
    results : sequence of AttackResult
        What came of the attacks.

    Attributes
    ----------
    results : sequence of AttackResult
        As passed.
    ax_ : Axes, or ndarray of two Axes
        Risks, then areas under curves.
    figure_ : Figure
        The figure they are in.

    Examples
    --------
    >>> from avatars.displays import AttackDisplay
    >>> from avatars.metrics import AttackResult
    >>> results = [
    ...     AttackResult(
    ...         attack="linkability", criterion="linkability", threat="Somebody holds two files.",
    ...         unit="risk", value=0.02, low=-0.01, high=0.05, n_attempts=500,
    ...     ),
    ...     AttackResult.not_run(
    ...         "singling_out", "singling out", "Somebody reads the release.", "it needs a hold-out"
    ...     ),
    ... ]
    >>> display = AttackDisplay.from_results(results)
    >>> [text.get_text() for text in display.ax_.get_yticklabels()]
    ['linkability\n500 attempts', 'singling out\nnot run']
    """

    def __init__(self, *, results: Sequence[AttackResult]) -> None:
        self.results = results

    @classmethod
    def from_results(cls, results: Sequence[AttackResult], *, ax: Any = None) -> Self:
        """Draw results.

        Parameters
        ----------
        results : sequence of AttackResult
            At least one; risks and areas under curves in any order.
        ax : Axes or array of Axes, default=None
            One per kind of figure; None makes a figure.

        Returns
        -------
        AttackDisplay
            Drawn.

        Raises
        ------
        InvalidParameterError
            If there is no result.
        """
        if not results:
            raise InvalidParameterError("results", "is empty: pass the result of an attack.")
        return cls(results=list(results)).plot(ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        random_state: int = 0,
        n_attempts: int = 2000,
        ax: Any = None,
    ) -> Self:
        """Attack the avatars of an estimator, and draw what came of it.

        Singling out, linkability, attribute inference and membership inference.

        Parameters
        ----------
        estimator : Avatarizer or AvatarSampler
            Fitted.
        X, y : table and array-like, default=None
            People held out, without whom most attacks have no control and aren't run.
        random_state : int, default=0
            Of the attacks.
        n_attempts : int, default=2000
            How often each is tried, at most.
        ax : Axes or array of Axes, default=None
            One per kind of figure; None makes a figure.

        Returns
        -------
        AttackDisplay
            Drawn.

        Raises
        ------
        UnsupportedTypeError
            If the estimator isn't one of ours.
        PeopleNotKeptError
            If it was unpickled.
        """
        from avatars.metrics import attacks

        tables = sensitive_tables(estimator, X, y)
        settings: dict[str, Any] = {"random_state": random_state, "n_attempts": n_attempts}
        results = [
            attack(*tables, **settings)
            for attack in (
                attacks.singling_out,
                attacks.linkability,
                attacks.attribute_inference,
                attacks.membership_inference,
            )
        ]
        return cls.from_results(results, ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            One per kind of figure; None makes a figure.

        Returns
        -------
        AttackDisplay
            Itself.
        """
        by_unit = {unit: [r for r in self.results if r.unit == unit] for unit in _UNITS}
        shown = {unit: results for unit, results in by_unit.items() if results}
        with house_style():
            axes = self._panels(ax, [len(results) for results in shown.values()])
            self.figure_ = axes[0].figure
            for place, (unit, results) in zip(axes, shown.items(), strict=True):
                _draw(place, unit, results)
            if ax is None:
                _explain(self.figure_)
        self.ax_ = np.array(axes, dtype=object) if len(axes) > 1 else axes[0]
        return self

    def _panels(self, ax: Any, rows: list[int]) -> list[Any]:
        if ax is not None:
            return panels(ax, len(rows), per_row=1, size=(1, 1))
        _, grid = pyplot().subplots(
            len(rows),
            1,
            figsize=(7.6, 0.3 + 0.75 * len(rows) + 0.5 * sum(rows)),
            height_ratios=[count + 1 for count in rows],
            layout="constrained",
            squeeze=False,
        )
        return list(grid.ravel())


def _draw(ax: Any, unit: str, results: list[AttackResult]) -> None:
    label, chance, limits = _UNITS[unit]
    tidy(ax, grid="x")
    ax.axvline(chance, color=INK, linewidth=0.9)
    for row, result in enumerate(results):
        if not result.was_run:
            ax.text(
                chance + 0.005,
                row,
                _shortened(result.reason or ""),
                color=GREY,
                fontsize=7.5,
                va="center",
                style="italic",
            )
            continue
        _mark(ax, row, result, size=6.5, alpha=1.0)
        exposed = _exposed(result)
        if exposed is not None:
            _mark(ax, row + 0.28, exposed, size=4.5, alpha=0.55)
    ax.set_yticks(range(len(results)), [_row_name(result) for result in results])
    ax.tick_params(axis="y", length=0)
    parts = [p for r in results for p in (r, _exposed(r)) if p is not None and p.was_run]
    ends = [end for part in parts for end in (part.value, part.low, part.high) if np.isfinite(end)]
    low = min([limits[0], *(end - 0.03 for end in ends)])
    high = max([limits[1], *(end + 0.03 for end in ends)])
    ax.set(
        xlim=(low, high),
        ylim=(len(results) - 0.4, -0.6),
        xlabel=f"{label} ({chance:g} = chance); smaller marks: the tenth most exposed",
    )
    ax.spines["left"].set_visible(False)


def _exposed(result: AttackResult) -> AttackResult | None:
    """Return the result of the most exposed tenth, None where this is nobody or few people."""
    exposed = result.exposed
    if exposed is None or not exposed.was_run:
        return None
    # Of an area, the attempts are people of the table and people held out.
    fewest = 2 * FEW if exposed.unit == "auc" else FEW
    return exposed if exposed.n_attempts >= fewest else None


def _mark(ax: Any, row: float, result: AttackResult, *, size: float, alpha: float) -> None:
    is_found = result.low > _UNITS[result.unit][1]
    colour = ALARM if is_found else PEOPLE
    ax.plot([result.low, result.high], [row, row], color=colour, linewidth=1.6, alpha=alpha)
    ax.plot(
        [result.value],
        [row],
        marker="o",
        markersize=size,
        color=colour,
        markerfacecolor=colour if is_found else "white",
        alpha=alpha,
    )


def _row_name(result: AttackResult) -> str:
    behind = f"{result.n_attempts} attempts" if result.was_run else "not run"
    return f"{result.attack.replace('_', ' ')}\n{behind}"


def _shortened(reason: str) -> str:
    return fill(reason.replace("$", r"\$"), _LINE, max_lines=2, placeholder="...")


def _explain(figure: Any) -> None:
    from matplotlib.lines import Line2D

    marks = {"beyond chance": (ALARM, ALARM), "not beyond chance": (PEOPLE, "white")}
    figure.legend(
        handles=[
            Line2D([], [], marker="o", color=colour, markerfacecolor=inner, label=label)
            for label, (colour, inner) in marks.items()
        ],
        loc="outside upper right",
        ncols=2,
    )
