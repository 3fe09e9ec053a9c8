"""The space in which neighbours are found."""

from __future__ import annotations

import warnings

import numpy as np

from avatars.engine.project import Projection
from avatars.engine.records import Floats, Records
from avatars.exceptions import RankWarning

__all__ = ["Space"]

_NCP = 5
_REDUCED = 20
"""Axes that stand for all categories under ``use_categorical_reduction``."""


class Space:
    """Axes of the records, or of their numeric columns and a summary of their categories.

    Parameters
    ----------
    ncp : int or None
        Axes wanted; None is 5, or the rank of a narrower table.
    use_categorical_reduction : bool
        Sum the categories up on 20 axes of their own first, each with its own variance. They
        then weigh in by what they have in common, and no longer by how many levels they have.

    Attributes
    ----------
    projection : Projection
        The axes.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.records import Records
    >>> from avatars.engine.space import Space
    >>> rng = np.random.default_rng(0)
    >>> codes = rng.integers(0, 4, size=(100, 3)).astype(np.int32)
    >>> people = Records(rng.normal(size=(100, 2)), codes, (4, 4, 4))
    >>> Space(ncp=3, use_categorical_reduction=True).fit(people, np.ones(2), np.ones(3)).shape
    (100, 3)
    """

    projection: Projection

    def __init__(self, ncp: int | None, use_categorical_reduction: bool) -> None:
        self._asked = ncp
        self._reduces = use_categorical_reduction
        self._reduction: Projection | None = None

    def fit(self, people: Records, by_numeric: Floats, by_code: Floats) -> Floats:
        """Learn the axes and return the coordinates of the people.

        Parameters
        ----------
        people : Records
            Complete records.
        by_numeric, by_code : ndarray
            Weight of each numeric column and of each category.

        Returns
        -------
        ndarray of shape (n_rows, n_axes)
            Coordinates.
        """
        if self._reduces and people.codes.shape[1]:
            self._reduction = Projection(_REDUCED)
            self._reduction.fit(_only_codes(people), category_weights=by_code)
            # A standardised axis gets its own variance back as its weight.
            by_numeric = np.concatenate([by_numeric, self._reduction.eigenvalues])
        wanted = self._asked or _NCP
        self.projection = Projection(wanted).fit(
            self._projected(people), by_numeric, None if self._reduction else by_code
        )
        if self._asked is not None and self.projection.n_axes < wanted:
            warnings.warn(
                f"ncp={wanted} is more than the table carries: {self.projection.n_axes} axes are "
                "used.",
                RankWarning,
                stacklevel=2,
            )
        return self.transform(people)

    def transform(self, people: Records) -> Floats:
        """Return the coordinates of any people of the same columns."""
        return self.projection.transform(self._projected(people))

    def _projected(self, people: Records) -> Records:
        if self._reduction is None:
            return people
        summary = self._reduction.transform(_only_codes(people))
        none = np.empty((people.n_rows, 0), dtype=np.int32)
        return Records(np.hstack([people.numeric, summary]), none, ())


def _only_codes(people: Records) -> Records:
    return Records(np.empty((people.n_rows, 0)), people.codes, people.n_levels)
