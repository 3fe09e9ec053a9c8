"""``df.avatars``: the engine from a pandas method chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from avatars.advice import Advice
    from avatars.report import Report

__all__ = ["AvatarsAccessor"]


@pd.api.extensions.register_dataframe_accessor("avatars")
class AvatarsAccessor:
    """Avatars of the people in a frame. It keeps no state and never changes the frame.

    Parameters
    ----------
    frame : DataFrame
        The people, one per row.

    Examples
    --------
    >>> import avatars
    >>> from avatars.datasets import make_patients
    >>> people = make_patients(200, random_state=0)
    >>> released = people.query("age > 40").avatars.avatarize(k=20, random_state=0)
    >>> list(released.columns) == list(people.columns)
    True
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._frame.shape[0]} rows, {self._frame.shape[1]} columns)"

    def avatarize(self, **parameters: Any) -> pd.DataFrame:
        """Return avatars of the people in the frame.

        Parameters
        ----------
        **parameters
            Those of :class:`avatars.Avatarizer`.

        Returns
        -------
        DataFrame
            One avatar per row, shuffled unless ``shuffle=False``, in the dtypes of the frame.

        Raises
        ------
        InvalidInputError
            A ValueError that names the column or parameter that can't be used.
        TypeError
            For a parameter that there isn't.

        Examples
        --------
        >>> import avatars
        >>> from avatars.datasets import make_patients
        >>> make_patients(100, random_state=0).avatars.avatarize(k=10).shape[0]
        100
        """
        from avatars.estimators import Avatarizer

        released: pd.DataFrame = Avatarizer(**parameters).fit_transform(self._frame)
        return released

    def privacy(self, released: Any, **parameters: Any) -> dict[str, Any]:
        """Measure how private a release of the people in the frame is.

        Percentages, counts and distances, higher is better; attacks stand beside them, with
        intervals, among the metadata.
        The release may be shuffled; paired figures need ``sensitive_unshuffled``.

        Parameters
        ----------
        released : table
            The release.
        **parameters
            Those of :func:`avatars.metrics.privacy_metrics`, such as ``holdout``.

        Returns
        -------
        dict
            The documented figures, ``targets`` and ``metadata``.

        Examples
        --------
        >>> import avatars
        >>> from avatars.datasets import make_patients
        >>> people = make_patients(100, random_state=0)
        >>> people.avatars.privacy(people)["row_direct_match_protection"]
        0.0
        """
        from avatars.metrics import privacy_metrics

        return privacy_metrics(self._frame, released, **parameters)[0]

    def signal(self, released: Any, **parameters: Any) -> dict[str, Any]:
        """Measure how much of what the frame says a release still says.

        Distances from 0 to 1 and a percentage of pairs; lower is better.
        The release may be shuffled.

        Parameters
        ----------
        released : table
            The release.
        **parameters
            Those of :func:`avatars.metrics.signal_metrics`, such as ``target``.

        Returns
        -------
        dict
            The documented figures, ``targets`` and ``metadata``.

        Examples
        --------
        >>> import avatars
        >>> from avatars.datasets import make_patients
        >>> people = make_patients(100, random_state=0)
        >>> people.avatars.signal(people)["hellinger_mean"]
        0.0
        """
        from avatars.metrics import signal_metrics

        return signal_metrics(self._frame, released, **parameters)[0]

    def report(self, released: Any, **parameters: Any) -> Report:
        """Write down what is true of a release of the people in the frame.

        Parameters
        ----------
        released : table
            The release.
        **parameters
            Those of :func:`avatars.report.report`, such as ``holdout``.

        Returns
        -------
        Report
            With ``to_html``, ``to_pdf``, ``to_markdown`` and ``to_json``.

        Examples
        --------
        >>> import avatars
        >>> from avatars.datasets import make_patients
        >>> people = make_patients(100, random_state=0)
        >>> released = people.avatars.avatarize(k=10, random_state=0)
        >>> type(people.avatars.report(released)).__name__
        'Report'
        """
        from avatars.report import report

        return report(self._frame, released, **parameters)

    def advise(self, **parameters: Any) -> Advice:
        """Say how the people in the frame are best avatarized, and why.

        Parameters
        ----------
        **parameters
            Those of :func:`avatars.advice.advise`, such as ``context``.

        Returns
        -------
        Advice
            ``parameters`` for :class:`avatars.Avatarizer`, and ``reasons``.

        Examples
        --------
        >>> import avatars
        >>> from avatars.datasets import make_patients
        >>> people = make_patients(100, random_state=0)
        >>> "k" in people.avatars.advise().reasons
        True
        """
        from avatars.advice import advise

        return advise(self._frame, **parameters)
