"""How tables hang together, and how many children parents have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.displays.style import (
    AVATARS,
    GREY,
    PALE,
    PEOPLE,
    house_style,
    note,
    panels,
    text_of,
    tidy,
)
from avatars.displays.suppression import FEW, checked_few, merged
from avatars.models import Relations
from avatars.tables import PrimaryKey

__all__ = ["CardinalityDisplay", "RelationsDisplay"]

_MOST = 40
"""Numbers of children that are told apart; larger ones are one class."""


class RelationsDisplay:
    """Show tables as boxes, parents above children, and links as arrows.

    Parameters
    ----------
    relations : Relations
        The tables and their links.
    n_rows : dict of {str: int}, default=None
        How many rows each table has.

    Attributes
    ----------
    relations, n_rows
        As passed.
    ax_ : Axes
        The panel.
    figure_ : Figure
        The figure it is in.

    Examples
    --------
    >>> from avatars.displays import RelationsDisplay
    >>> from avatars.models import Link, Relations
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> relations = Relations(tables=("patient", "visit"), links=(link,))
    >>> display = RelationsDisplay.from_relations(relations)
    >>> len(display.ax_.patches)
    2
    """

    def __init__(self, *, relations: Relations, n_rows: Mapping[str, int] | None = None) -> None:
        self.relations = relations
        self.n_rows = n_rows or {}

    @classmethod
    def from_relations(
        cls, relations: Relations, n_rows: Mapping[str, int] | None = None, *, ax: Any = None
    ) -> Self:
        """Draw tables and their links.

        Parameters
        ----------
        relations : Relations
            The tables and their links.
        n_rows : dict of {str: int}, default=None
            How many rows each table has.
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        RelationsDisplay
            Drawn.
        """
        return cls(relations=relations, n_rows=n_rows).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        RelationsDisplay
            Itself.
        """
        levels = self._levels()
        across = max(len(level) for level in levels)
        with house_style():
            size = (max(2.3 * across, 4.0), 1.25 * len(levels) + 0.4)
            (self.ax_,) = panels(ax, 1, per_row=1, size=size)
            places = {
                name: ((place + 0.5) * across / len(level), -float(depth))
                for depth, level in enumerate(levels)
                for place, name in enumerate(level)
            }
            for name, (x, y) in places.items():
                self._box(name, x, y)
            for link in self.relations.links:
                self._arrow(places[link.parent], places[link.child], link.child_field)
            self.ax_.set(xlim=(0, across), ylim=(-len(levels) + 0.45, 0.5), xticks=[], yticks=[])
            self.ax_.spines[:].set_visible(False)
        self.figure_ = self.ax_.figure
        return self

    def _levels(self) -> list[list[str]]:
        """Put each table below all its parents."""
        depth: dict[str, int] = {}
        for name in self.relations.order:
            above = [depth[link.parent] for link in self.relations.parents_of(name)]
            depth[name] = max(above, default=-1) + 1
        for name in self.relations.order:
            # What has no parent stands right above its first child: arrows stay short.
            below = [depth[link.child] for link in self.relations.children_of(name)]
            if below and not self.relations.parents_of(name):
                depth[name] = min(below) - 1
        deepest = max(depth.values())
        return [[n for n in depth if depth[n] == level] for level in range(deepest + 1)]

    def _box(self, name: str, x: float, y: float) -> None:
        from matplotlib.patches import FancyBboxPatch

        is_person = name in self.relations.individual_level
        self.ax_.add_patch(
            FancyBboxPatch(
                (x - 0.42, y - 0.2),
                0.84,
                0.4,
                boxstyle="round,pad=0.02,rounding_size=0.06",
                facecolor=PALE,
                edgecolor=PEOPLE if is_person else GREY,
                linewidth=1.4 if is_person else 0.8,
                zorder=3,
            )
        )
        rows = self.n_rows.get(name)
        kind = "rows of series" if name in self.relations.time_columns else "rows"
        said = f"{text_of(name, 20)}\n" + (f"{rows:,} {kind}" if rows is not None else kind)
        self.ax_.text(x, y, said, ha="center", va="center", fontsize=8.5, zorder=4)

    def _arrow(self, start: tuple[float, float], end: tuple[float, float], field: str) -> None:
        self.ax_.annotate(
            "",
            xy=(end[0], end[1] + 0.23),
            xytext=(start[0], start[1] - 0.23),
            arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1.0},
        )
        middle = (start[0] + 0.62 * (end[0] - start[0]), start[1] + 0.62 * (end[1] - start[1]))
        self.ax_.text(
            *middle,
            text_of(field, 18),
            ha="center",
            va="center",
            fontsize=7.5,
            color=GREY,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )


class CardinalityDisplay:
    """Show how many children parents have, people beside avatars.

    Numbers that few parents have are one class with their neighbours, and so are the largest.

    Parameters
    ----------
    starts : ndarray of shape (n_classes,)
        Where each class of numbers begins; it ends below the next.
    original, avatars : ndarray of shape (n_classes,)
        Shares of parents.
    parent, child : str
        What the tables are called.
    reason : str, default=""
        Why there are no classes.

    Attributes
    ----------
    starts, original, avatars, parent, child, reason
        As passed.
    ax_ : Axes
        The panel.
    figure_ : Figure
        The figure it is in.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.displays import CardinalityDisplay
    >>> clinic = make_clinic(random_state=0)
    >>> tables = clinic["patient"], clinic["visit"]
    >>> display = CardinalityDisplay.from_tables(
    ...     *tables, *tables, parent_key="id", child_key="patient_id")
    >>> bool((display.original == display.avatars).all())
    True
    """

    def __init__(
        self,
        *,
        starts: NDArray[np.intp],
        original: NDArray[np.float64],
        avatars: NDArray[np.float64],
        parent: str = "parents",
        child: str = "rows",
        reason: str = "",
    ) -> None:
        self.starts = starts
        self.original = original
        self.avatars = avatars
        self.parent = parent
        self.child = child
        self.reason = reason

    @classmethod
    def from_tables(
        cls,
        parent: pd.DataFrame,
        child: pd.DataFrame,
        avatar_parent: pd.DataFrame,
        avatar_child: pd.DataFrame,
        *,
        parent_key: str,
        child_key: str,
        parent_name: str = "parents",
        child_name: str = "rows",
        min_people: int = FEW,
        ax: Any = None,
    ) -> Self:
        """Count children and draw.

        Parameters
        ----------
        parent, child, avatar_parent, avatar_child : DataFrame
            The two tables of people, and those of avatars.
        parent_key, child_key : str
            The primary key, and the foreign key.
        parent_name, child_name : str, optional
            What to call them.
        min_people : int, default=5
            The fewest parents that a bar may stand for.
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        CardinalityDisplay
            Drawn.

        Raises
        ------
        InvalidInputError
            If keys are missing, repeated or name no row.
        """
        few = checked_few(min_people)
        counts = []
        for above, below in ((parent, child), (avatar_parent, avatar_child)):
            key = PrimaryKey.read(above[parent_key], table=parent_name)
            rows = key.rows_of(below[child_key], table=child_name)
            held = np.bincount(rows[rows >= 0], minlength=len(above))
            counts.append(np.bincount(np.minimum(held, _MOST), minlength=_MOST + 1))
        names = {"parent": parent_name, "child": child_name}
        if counts[0].sum() < few:
            nothing = np.empty(0)
            reason = f"fewer than {few} {parent_name}"
            return cls(
                starts=nothing.astype(np.intp),
                original=nothing,
                avatars=nothing,
                reason=reason,
                **names,
            ).plot(ax=ax)
        # Beyond the most that anybody has there is nothing to tell apart.
        beyond = int(np.flatnonzero(counts[0] + counts[1])[-1]) + 1
        counts = [count[:beyond] for count in counts]
        starts = merged(counts[0], few)
        shares = [np.add.reduceat(count, starts) / max(count.sum(), 1) for count in counts]
        return cls(starts=starts, original=shares[0], avatars=shares[1], **names).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            None makes a figure.

        Returns
        -------
        CardinalityDisplay
            Itself.
        """
        with house_style():
            (self.ax_,) = panels(ax, 1, per_row=1, size=(4.6, 2.7))
            if self.reason:
                note(self.ax_, self.reason)
            else:
                self._bars()
        self.figure_ = self.ax_.figure
        return self

    def _bars(self) -> None:
        place = np.arange(len(self.starts))
        for shift, shares, color, label in (
            (-0.2, self.original, PEOPLE, "people"),
            (0.2, self.avatars, AVATARS, "avatars"),
        ):
            self.ax_.bar(place + shift, 100 * shares, 0.38, color=color, label=label)
        ends = [*(self.starts[1:] - 1), None]
        labels = [
            f"{start}+" if end is None else f"{start}" if start == end else f"{start}-{end}"
            for start, end in zip(self.starts, ends, strict=True)
        ]
        every = -(-len(labels) // 12)
        self.ax_.set_xticks(place[::every], labels[::every])
        self.ax_.set_xlabel(f"{text_of(self.child)} per {text_of(self.parent)}")
        self.ax_.set_ylabel("% of them")
        self.ax_.legend()
        tidy(self.ax_, grid="y")
