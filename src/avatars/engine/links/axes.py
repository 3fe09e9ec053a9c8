"""What a table lends to the tables linked to it, and where its rows stand for them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from avatars.engine.prepare import Preparation
from avatars.engine.project import Projection
from avatars.engine.records import Codes, Floats
from avatars.engine.streams import Streams
from avatars.models import AvatarizationParameters
from avatars.tables import Table, number_table

__all__ = ["Axes"]

_AXES = 16
"""Axes on which a child looks for its parent."""
_WIDE = 40
"""Columns beyond which a parent lends its axes instead: its children would drown in them."""


class Axes:
    """The columns of a parent among those of its children, and the way from them to a place.

    Parameters
    ----------
    table : Table
        The rows of the parent; it may have no column at all.
    column_weights : dict of {label: float}
        Weights of columns, 1 unless given.
    streams : Streams
        Sources of chance.

    Attributes
    ----------
    points : ndarray of shape (n_rows, n_axes)
        Where the rows stand; up to 16 axes.
    leading : float
        Variance along the first axis, at least 1.
    lent : Table
        What children borrow, row by row: the columns themselves, or the axes of a wide table.
    weights : dict of {label: float}
        Weights of the lent columns. They are divided by the variance along the first axis, as
        blocks are in multiple factor analysis (Escofier and Pages, Computational Statistics &
        Data Analysis 18, 1994, 121-140, section 2): in its leading direction a parent counts for
        one column.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.links.axes import Axes
    >>> from avatars.engine.streams import Streams
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50, 38, 60], "sex": list("fmfm")}))
    >>> axes = Axes(table, {}, Streams(b"", b""))
    >>> axes.points.shape, axes.lent
    ((4, 2), Table(4 rows, 2 columns: 'age' numeric, 'sex' category))
    """

    points: Floats
    leading: float
    lent: Table
    weights: dict[str, float]
    _prepared: Preparation | None

    def __init__(self, table: Table, column_weights: Mapping[str, float], streams: Streams) -> None:
        self._schema, self._prepared = table.schema, None
        self.points, self.lent, self.weights = np.empty((table.n_rows, 0)), table, {}
        self.leading = 1.0
        if not table.numeric.shape[1] + table.codes.shape[1]:
            return
        parameters = AvatarizationParameters.checked(column_weights=dict(column_weights))
        self._prepared = Preparation(table, parameters, few=0, k=2, streams=streams)
        people = self._prepared.people
        self._projection = Projection(_AXES).fit(people, *self._prepared.weights(parameters))
        self.points = self._projection.transform(people)
        variances = np.maximum(self._projection.eigenvalues, 1e-12)
        self.leading = max(float(variances[0]), 1.0)
        if len(table.schema.columns) > _WIDE:
            labels = [f"axis {axis + 1}" for axis in range(len(variances))]
            self.lent = number_table(labels, self.points)
            self.weights = dict(zip(labels, (variances / variances[0]).tolist(), strict=True))
        else:
            self.weights = {
                str(column.label): column_weights.get(str(column.label), 1.0) / self.leading
                for column in (*table.schema.numeric, *table.schema.categories)
            }

    def of(self, numeric: Floats, codes: Codes) -> Floats:
        """Return where other rows with the same columns stand.

        Parameters
        ----------
        numeric, codes : ndarray
            Cells by slot of the table.

        Returns
        -------
        ndarray of shape (n_rows, n_axes)
            Coordinates.
        """
        if self._prepared is None:
            return np.empty((len(numeric), 0))
        cells = np.asfortranarray(numeric), np.asfortranarray(codes)
        rows = Table(self._schema, *cells, len(numeric))
        return self._projection.transform(self._prepared.records(rows))

    def of_lent(self, numeric: Floats, codes: Codes) -> Floats:
        """Return where the parent stands of whom lent columns speak.

        Parameters
        ----------
        numeric, codes : ndarray
            Cells by slot of ``lent``.

        Returns
        -------
        ndarray of shape (n_rows, n_axes)
            Coordinates.
        """
        return self.of(numeric, codes) if self.lent.schema is self._schema else numeric
