"""How near avatars come to people, beside how near people come to one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatars.displays.base import TablesDisplay, described, sensitive_tables
from avatars.displays.style import AVATARS, GREY, house_style, note, panels, tidy
from avatars.displays.suppression import FEW, checked_few, merged, round_edges, usual_range
from avatars.metrics.space import Types, projected

__all__ = ["DistanceDisplay"]

Floats = NDArray[np.float64]
Curve = tuple[Floats, Floats]

_POINTS = 40
_STRANGERS, _PEOPLE = "people held out", "people to one another"


class DistanceDisplay(TablesDisplay):
    """Show how far avatars are from the nearest person, and how that compares with the second.

    Cumulative curves. Where that of avatars runs above that of people who were held out, avatars
    are nearer to the table's people than strangers are: something of them was copied. Without such
    people the comparison is with how near the table's people are to one another. Steps of fewer
    than a few rows are drawn as one.

    Parameters
    ----------
    distances, ratios : dict of {name: (grid, shares)}
        Share of rows whose distance to the nearest person, or whose ratio of the distances to the
        nearest two, is at most the value on the grid.
    reason : str, default=""
        Why there are no curves.

    Attributes
    ----------
    distances, ratios, reason
        As passed.
    ax_ : ndarray of two Axes
        Distances and ratios.
    figure_ : Figure
        The figure they are in.

    See Also
    --------
    avatars.metrics.privacy.distance_to_closest, avatars.metrics.privacy.closest_distances_ratio :
        The medians alone.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import DistanceDisplay
    >>> patients = make_patients(300, random_state=0)
    >>> avatarizer = Avatarizer(random_state=0).fit(patients.head(200))
    >>> display = DistanceDisplay.from_estimator(avatarizer, patients.tail(100))
    >>> list(display.distances)
    ['avatars', 'people held out']
    """

    def __init__(
        self,
        *,
        distances: Mapping[str, Curve],
        ratios: Mapping[str, Curve],
        reason: str = "",
    ) -> None:
        self.distances = distances
        self.ratios = ratios
        self.reason = reason

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any = None, y: Any = None, **settings: Any) -> Self:
        """Draw the avatars of an estimator beside people whom it hasn't seen.

        Parameters
        ----------
        estimator : Avatarizer or AvatarSampler
            Fitted.
        X, y : table and array-like, default=None
            People held out; None compares with the people of the fit among themselves.
        **settings : object
            As in ``from_tables``.

        Returns
        -------
        DistanceDisplay
            Drawn.

        Raises
        ------
        UnsupportedTypeError
            If the estimator isn't one of ours.
        PeopleNotKeptError
            If it was unpickled.
        """
        people, avatars, unseen = sensitive_tables(estimator, X, y)
        return cls.from_tables(people, avatars, unseen, **settings)

    @classmethod
    def from_tables(
        cls,
        original: Any,
        avatars: Any,
        holdout: Any = None,
        *,
        ncp: int = 5,
        types: Types | None = None,
        min_people: int = FEW,
        ax: Any = None,
    ) -> Self:
        """Draw avatars beside people.

        Parameters
        ----------
        original, avatars : table
            The people and the release, in any order.
        holdout : table, default=None
            People who were not in the table.
        ncp : int, default=5
            Axes, fitted on ``original``.
        types : dict, default=None
            What columns mean where their dtype doesn't say.
        min_people : int, default=5
            The fewest rows that a step of a curve may stand for.
        ax : array of two Axes, default=None
            None makes a figure.

        Returns
        -------
        DistanceDisplay
            Drawn.

        Raises
        ------
        InvalidTableError
            If the tables can't be compared.

        Examples
        --------
        >>> from avatars.datasets import make_patients
        >>> from avatars.displays import DistanceDisplay
        >>> people, others = (make_patients(200, random_state=seed) for seed in (0, 1))
        >>> list(DistanceDisplay.from_tables(people, others).distances)
        ['avatars', 'people to one another']
        """
        few = checked_few(min_people)
        others = [avatars] if holdout is None else [avatars, holdout]
        people, *rest = described(original, *others, types=types)
        if min(table.n_rows for table in (people, *rest)) < few:
            return cls(distances={}, ratios={}, reason=f"fewer than {few} rows").plot(ax)
        points, *queries = projected(people, *rest, ncp=ncp)
        tree = cKDTree(points)
        found = {"avatars": _nearest(tree, queries[0], 2)}
        if holdout is None:
            # The nearest of all is the person's own place.
            found[_PEOPLE] = _nearest(tree, points, 3)[:, 1:]
        else:
            found[_STRANGERS] = _nearest(tree, queries[1], 2)
        nearest = {name: distances[:, 0] for name, distances in found.items()}
        farthest = max(usual_range(values, few)[1] for values in nearest.values()) or 1.0
        ratios = {name: _ratios(*distances.T) for name, distances in found.items()}
        return cls(
            distances={
                name: _curve(values, round_edges(0.0, farthest, _POINTS), few)
                for name, values in nearest.items()
            },
            ratios={
                name: _curve(values, np.linspace(0, 1, _POINTS + 1), few)
                for name, values in ratios.items()
            },
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : array of two Axes, default=None
            None makes a figure.

        Returns
        -------
        DistanceDisplay
            Itself.
        """
        with house_style():
            axes = panels(ax, 2, per_row=2, size=(4.2, 3.2))
            self.figure_ = axes[0].figure
            for place, curves, title, label in (
                (axes[0], self.distances, "nearest person", "distance"),
                (axes[1], self.ratios, "nearest person against the second", "ratio of distances"),
            ):
                place.set_title(title)
                if self.reason:
                    note(place, self.reason)
                    continue
                tidy(place, grid="y")
                for name, (grid, shares) in curves.items():
                    _draw(place, name, grid, shares)
                place.set(xlabel=f"{label} at most", ylim=(0, 102), xlim=(0, None))
                place.yaxis.set_major_formatter("{x:g} %")
            if not self.reason:
                axes[0].legend(loc="lower right")
        self.ax_ = np.array(axes, dtype=object)
        return self


def _draw(ax: Any, name: str, grid: Floats, shares: Floats) -> None:
    is_release = name == "avatars"
    ax.plot(
        grid,
        100 * shares,
        label=name,
        color=AVATARS if is_release else GREY,
        linestyle="-" if is_release else "--",
    )


def _nearest(tree: cKDTree, queries: Floats, k: int) -> Floats:
    return np.asarray(tree.query(queries, k=k)[0])


def _ratios(nearest: Floats, second: Floats) -> Floats:
    """Return the ratio of the two distances, 1 where several people are at the very place."""
    return np.divide(nearest, second, out=np.ones(len(nearest)), where=second > 0)


def _curve(values: Floats, edges: Floats, min_people: int) -> Curve:
    """Return the share of values below edges, those left out between which too few lie."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    starts = merged(counts, min_people)
    shares = np.add.reduceat(counts, starts).cumsum() / len(values)
    return np.append(edges[starts], edges[-1]), np.append(0.0, shares)
