"""Axes fitted on the people, with what they are made of and how much they carry."""

from __future__ import annotations

import numpy as np

from avatars.engine.impute import Imputer
from avatars.engine.project import Projection
from avatars.engine.records import Floats, Records
from avatars.models import ImputeMethod
from avatars.tables import Table

__all__ = ["PeopleAxes"]


class PeopleAxes:
    """The axes of the published metrics: gaps are filled, and count as a category of their own.

    Parameters
    ----------
    people : Table
        Who the axes are fitted on.
    ncp : int
        How many, at most.

    Attributes
    ----------
    coordinates : ndarray of shape (n_rows, n_axes)
        Where the people stand.
    explained : ndarray of shape (n_axes,)
        Share of their variance along each axis.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays.plane import PeopleAxes
    >>> from avatars.tables import read_table
    >>> people = read_table(make_patients(100, random_state=0))
    >>> PeopleAxes(people, 2).coordinates.shape
    (100, 2)
    """

    def __init__(self, people: Table, ncp: int) -> None:
        n_levels = tuple(max(column.n_levels, 1) for column in people.schema.categories)
        self._imputer = Imputer(ImputeMethod.MEAN, k=1, training_fraction=1.0)
        self._imputer.fit(people.numeric, people.codes, n_levels, np.random.default_rng(0))
        self._gaps = np.asarray(_missing(people).any(axis=0))
        records = self._records(people)
        self._projection = Projection(ncp).fit(records)
        self.coordinates = self._projection.transform(records)
        self.explained = self._projection.explained_variance_ratio

    def _records(self, table: Table) -> Records:
        filled = self._imputer.fill(table.numeric, table.codes)
        flags = _missing(table)[:, self._gaps].astype(np.int32)
        return Records(
            filled.numeric,
            np.hstack([filled.codes, flags]),
            filled.n_levels + (2,) * flags.shape[1],
        )

    def transform(self, table: Table) -> Floats:
        """Return where the rows of a table of the same schema stand.

        Parameters
        ----------
        table : Table
            Any.

        Returns
        -------
        ndarray of shape (n_rows, n_axes)
            Coordinates.
        """
        return self._projection.transform(self._records(table))

    def explained_of(self, table: Table) -> Floats:
        """Return the variance of a table along each axis, in shares of all of the people's.

        Parameters
        ----------
        table : Table
            Any.

        Returns
        -------
        ndarray of shape (n_axes,)
            Below ``explained`` where the table is less spread than the people.
        """
        among_people = self._projection.eigenvalues
        ratio = self.transform(table).var(axis=0) / np.where(among_people > 0, among_people, np.inf)
        return np.asarray(self.explained * ratio)

    def contributions(self) -> Floats:
        """Return the share of each axis that each column makes up, its gaps included.

        Returns
        -------
        ndarray of shape (n_columns, n_axes)
            Numeric columns first; each axis sums to 1.
        """
        shares = self._projection.contributions()
        of_columns = shares[: len(self._gaps)].copy()
        np.add.at(of_columns, np.flatnonzero(self._gaps), shares[len(self._gaps) :])
        return of_columns


def _missing(table: Table) -> Floats:
    return np.hstack([np.isnan(table.numeric), table.codes < 0])
