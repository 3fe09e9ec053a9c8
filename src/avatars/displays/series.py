"""Series of people beside those of avatars: how they spread over time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.displays.style import AVATARS, PEOPLE, house_style, note, panels, text_of, tidy
from avatars.displays.suppression import FEW, checked_few
from avatars.exceptions import InvalidTableError, shown

__all__ = ["Fan", "SeriesDisplay"]

_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
_POINTS = 30
_PER_ROW = 2


@dataclass(frozen=True, repr=False, eq=False)
class Fan:
    """How one variable spreads at each point in time.

    Attributes
    ----------
    label : hashable
        The variable.
    at : ndarray of shape (n_points,)
        Where, from 0, the beginning, to 1, the end.
    original, avatars : ndarray of shape (n_points, 5)
        10 %, 25 %, 50 %, 75 % and 90 % of the individuals lie below; NaN where there are few.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.displays.series import Fan
    >>> Fan("rate", np.zeros(1), np.zeros((1, 5)), np.zeros((1, 5))).label
    'rate'
    """

    label: Hashable
    at: NDArray[np.float64]
    original: NDArray[np.float64]
    avatars: NDArray[np.float64]


class SeriesDisplay:
    """Show how series spread over time: medians and bands, people beside avatars.

    A band stands for the middle half and the middle four fifths of the individuals at a point, of
    which there must be a few, and of whom none is drawn.

    Parameters
    ----------
    fans : list of Fan
        By variable.
    normalized : bool
        Whether each series runs from its own first to its own last moment.

    Attributes
    ----------
    fans, normalized
        As passed.
    ax_ : ndarray of Axes
        The panels.
    figure_ : Figure
        The figure they are in.

    Examples
    --------
    >>> from avatars.datasets import make_heartbeats
    >>> from avatars.displays import SeriesDisplay
    >>> beats = make_heartbeats(40, random_state=0)["beat"]
    >>> display = SeriesDisplay.from_tables(
    ...     beats, beats, id_column="patient_id", time_column="at")
    >>> [fan.label for fan in display.fans]
    ['rate']
    """

    def __init__(self, *, fans: list[Fan], normalized: bool = False) -> None:
        self.fans = fans
        self.normalized = normalized

    @classmethod
    def from_tables(
        cls,
        original: pd.DataFrame,
        avatars: pd.DataFrame,
        *,
        id_column: str,
        time_column: str,
        variables: list[str] | None = None,
        normalized: bool = False,
        min_people: int = FEW,
        ax: Any = None,
    ) -> Self:
        """Bring series to common points and draw how they spread.

        Parameters
        ----------
        original, avatars : DataFrame
            Rows of series.
        id_column, time_column : str
            Whose row it is, and when.
        variables : list of str, default=None
            Which numbers to show; all of them unless given.
        normalized : bool, default=False
            Lay each series between its own first and last moment, instead of all between the first
            and the last of any.
        min_people : int, default=5
            The fewest individuals at a point.
        ax : array of Axes, default=None
            One for each variable; None makes a figure.

        Returns
        -------
        SeriesDisplay
            Drawn.

        Raises
        ------
        InvalidTableError
            If a column isn't there, or there is no number to show.
        """
        few = checked_few(min_people)
        for name, frame in (("original", original), ("avatars", avatars)):
            for label in (id_column, time_column, *(variables or ())):
                if label not in frame.columns:
                    raise InvalidTableError(f"{name} has no column {shown(label)}: pass it.")
        chosen = variables or [
            label
            for label in original.columns
            if label not in (id_column, time_column) and _is_number(original[label])
        ]
        if not chosen:
            raise InvalidTableError(
                "original has no variable that is a number, and categories aren't drawn over time."
            )
        frames = [original.dropna(subset=[time_column]), avatars.dropna(subset=[time_column])]
        places = _places(frames, id_column, time_column, normalized)
        fans = []
        for label in chosen:
            bands = [
                _bands(frame[label], frame[id_column], place, few)
                for frame, place in zip(frames, places, strict=True)
            ]
            fans.append(Fan(label, np.linspace(0.0, 1.0, _POINTS), *bands))
        return cls(fans=fans, normalized=normalized).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : array of Axes, default=None
            One for each variable; None makes a figure.

        Returns
        -------
        SeriesDisplay
            Itself.
        """
        with house_style():
            axes = panels(ax, len(self.fans), per_row=_PER_ROW, size=(4.4, 2.6))
            for axis, fan in zip(axes, self.fans, strict=True):
                self._fan(axis, fan)
            if self.fans:
                axes[0].legend(loc="best")
        self.ax_ = np.array(axes, dtype=object)
        self.figure_ = axes[0].figure
        return self

    def _fan(self, axis: Any, fan: Fan) -> None:
        axis.set_title(text_of(fan.label))
        if np.isnan(fan.original).all():
            note(axis, "too few individuals at every point")
            return
        for bands, color, name in (
            (fan.original, PEOPLE, "people"),
            (fan.avatars, AVATARS, "avatars"),
        ):
            for low, high, alpha in ((0, 4, 0.14), (1, 3, 0.22)):
                axis.fill_between(
                    fan.at, bands[:, low], bands[:, high], color=color, alpha=alpha, linewidth=0
                )
            axis.plot(fan.at, bands[:, 2], color=color, label=name)
        axis.set_xticks([0, 0.5, 1], ["first", "", "last"])
        axis.set_xlabel("own time" if self.normalized else "time")
        tidy(axis, grid="y")


def _places(
    frames: list[pd.DataFrame], id_column: str, time_column: str, normalized: bool
) -> list[NDArray[np.float64]]:
    """Return where each row stands, from 0 to 1."""
    times = [_as_numbers(frame[time_column]) for frame in frames]
    if not normalized:
        # The people's own extent, at ends that a few of them share.
        low, high = np.quantile(times[0], [0.0, 1.0])
        return [(time - low) / max(high - low, 1e-300) for time in times]
    places = []
    for frame, time in zip(frames, times, strict=True):
        by_owner = pd.Series(time).groupby(frame[id_column].to_numpy())
        low, high = (by_owner.transform(what).to_numpy() for what in ("min", "max"))
        places.append((time - low) / np.where(high > low, high - low, 1.0))
    return places


def _as_numbers(times: pd.Series[Any]) -> NDArray[np.float64]:
    if pd.api.types.is_datetime64_any_dtype(times.dtype):
        zone_free = pd.DatetimeIndex(times).tz_localize(None) if times.dt.tz else times
        return np.asarray(pd.DatetimeIndex(zone_free).astype("int64"), dtype=np.float64)
    return times.to_numpy(dtype=np.float64, na_value=np.nan)


def _bands(
    cells: pd.Series[Any], owners: pd.Series[Any], places: NDArray[np.float64], few: int
) -> NDArray[np.float64]:
    """Return quantiles over individuals in slices of time; one mean per individual and slice."""
    values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    slices = np.clip((places * _POINTS).astype(np.intp), 0, _POINTS - 1)
    frame = pd.DataFrame({"slice": slices, "owner": owners.to_numpy(), "value": values}).dropna()
    by_person = frame.groupby(["slice", "owner"])["value"].mean().reset_index()
    result = np.full((_POINTS, len(_SHARES)), np.nan)
    for place, group in by_person.groupby("slice")["value"]:
        # A tenth of the individuals lies beyond the outer band: it takes a few to hide one.
        if len(group) >= 2 * few:
            result[int(str(place))] = np.quantile(group, _SHARES)
    return _without_holes(result)


def _without_holes(bands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill slices in which nobody was measured between two in which people were."""
    known = np.flatnonzero(~np.isnan(bands[:, 0]))
    if not len(known):
        return bands
    inside = np.arange(known[0], known[-1] + 1)
    for column in bands.T:
        column[inside] = np.interp(inside, known, column[known])
    return bands


def _is_number(cells: pd.Series[Any]) -> bool:
    is_number = pd.api.types.is_numeric_dtype(cells.dtype)
    return is_number and not pd.api.types.is_bool_dtype(cells.dtype)
