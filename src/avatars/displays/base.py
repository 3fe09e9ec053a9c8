"""What the displays of tables share: from a fitted estimator to its tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from avatars.exceptions import InvalidTableError, UnsupportedTypeError
from avatars.metrics.space import Types, read_together
from avatars.tables import Table

__all__ = ["TablesDisplay", "described", "sensitive_tables"]


class TablesDisplay(ABC):
    """A display that can be made from tables, and so from whoever holds them.

    Examples
    --------
    >>> from avatars.displays import ProjectionDisplay
    >>> from avatars.displays.base import TablesDisplay
    >>> issubclass(ProjectionDisplay, TablesDisplay)
    True
    """

    @classmethod
    @abstractmethod
    def from_tables(cls, *tables: Any, **settings: Any) -> Self:
        """Compute and draw."""

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any = None, y: Any = None, **settings: Any) -> Self:
        """Draw the people that an estimator was fitted on, and their avatars.

        Parameters
        ----------
        estimator : Avatarizer or AvatarSampler
            Fitted.
        X, y : object, default=None
            Ignored: the figure shows the table of the fit.
        **settings : object
            As in ``from_tables``.

        Returns
        -------
        display
            Drawn.

        Raises
        ------
        UnsupportedTypeError
            If the estimator isn't one of ours.
        PeopleNotKeptError
            If it was unpickled.
        """
        people, avatars, _ = sensitive_tables(estimator)
        return cls.from_tables(people, avatars, **settings)


def sensitive_tables(
    estimator: Any, X: Any = None, y: Any = None
) -> tuple[Table, Table, Table | None]:
    """Return the people, their own avatars and the people unseen: **sensitive**.

    Parameters
    ----------
    estimator : Avatarizer or AvatarSampler
        Fitted.
    X, y : object, default=None
        People unseen.

    Returns
    -------
    people, avatars, unseen : Table
        As the estimator gives them.

    Raises
    ------
    UnsupportedTypeError
        If it has no people to give.

    Examples
    --------
    >>> from avatars.displays.base import sensitive_tables
    >>> sensitive_tables("a name")
    Traceback (most recent call last):
    avatars.exceptions.UnsupportedTypeError: estimator is of type str...
    """
    if not hasattr(estimator, "sensitive_tables"):
        raise UnsupportedTypeError(
            f"estimator is of type {type(estimator).__name__}, which has no people to show: pass a "
            "fitted Avatarizer or AvatarSampler, or call from_tables."
        )
    people, avatars, unseen = estimator.sensitive_tables(X, y)
    return people, avatars, unseen


def described(original: Any, *others: Any, types: Types | None) -> tuple[Table, ...]:
    """Read tables together that have a column to show.

    Parameters
    ----------
    original, *others : table
        The people and what is compared with them.
    types : dict or None
        What columns mean where their dtype doesn't say.

    Returns
    -------
    tuple of Table
        In the order given.

    Raises
    ------
    InvalidTableError
        If there is nothing but identifiers.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays.base import described
    >>> described(make_patients(30, random_state=0), types=None)[0].n_rows
    30
    """
    read = read_together(original, *others, types=types)
    if len(read[0].schema.identifiers) == len(read[0].schema.columns):
        raise InvalidTableError(
            "original has no column but identifiers, which aren't drawn: pass the columns that "
            "describe the people."
        )
    return read
