"""A table with columns that it borrows while it is drawn."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from avatars.engine.records import Codes, Floats, Ints
from avatars.models import Link
from avatars.tables import Table, beside, lent, level_table, number_table

__all__ = ["Composition"]


class Composition:
    """Own columns, and beside them what other tables lend.

    Parameters
    ----------
    own : Table
        The columns of the table itself; they keep their slots.

    Attributes
    ----------
    column_weights : dict of {str: float}
        Weights of the borrowed columns.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.composition import Composition
    >>> from avatars.tables import number_table
    >>> visits = Composition(number_table(["days"], np.array([[3.0], [5.0]])))
    >>> visits.lend("patient", "patient axis", np.array([[0.2, 0.1], [-0.4, 0.3]]), [1.0, 0.5])
    >>> visits.whole
    Table(2 rows, 3 columns: 'days' numeric, 'patient axis 1' numeric, 'patient axis 2' numeric)
    >>> visits.part("patient", visits.whole.numeric, visits.whole.codes)[0].tolist()
    [[0.2, 0.1], [-0.4, 0.3]]
    """

    def __init__(self, own: Table) -> None:
        self._tables: dict[Hashable, Table] = {"own": own}
        self.column_weights: dict[str, float] = {}

    def lend(
        self, key: Hashable, name: str, cells: Floats, weights: Sequence[float] | Floats
    ) -> None:
        """Add numbers, all missing or none in a row.

        Parameters
        ----------
        key : hashable
            What to ask for them by.
        name : str
            What to call the columns, with a number behind it.
        cells : ndarray of shape (n_rows, n_columns)
            The numbers.
        weights : sequence of float
            Their weights in the distance between rows.
        """
        labels = [self._free(f"{name} {number}") for number in range(1, cells.shape[1] + 1)]
        by_label = dict(zip(labels, map(float, weights), strict=True))
        self._add(key, number_table(labels, cells), by_label)

    def borrow(self, link: Link, lender: Table, weights: Mapping[str, float], rows: Ints) -> None:
        """Add the columns of a parent, and whether there is one where that differs.

        Parameters
        ----------
        link : Link
            What to ask for them by.
        lender : Table
            The columns by row of the parent.
        weights : dict of {label: float}
            Their weights.
        rows : ndarray of shape (n_rows,)
            Rows of the parent, -1 for none.
        """
        labels = {
            column.label: self._free(f"{link.parent}.{column.label}")
            for column in lender.schema.columns
        }
        by_label = {labels[label]: weight for label, weight in weights.items()}
        self._add(link, lent(lender, rows, labels), by_label)
        if (rows < 0).any():
            label = self._free(f"{link.child_field} is given")
            given, _ = level_table(label, (rows >= 0).astype(np.intp))
            self._add(("has", link), given, {label: 1.0})

    def has_parent(self, link: Link, numeric: Floats, codes: Codes) -> NDArray[np.bool_]:
        """Tell which rows of cells of the whole have a parent."""
        if ("has", link) not in self._tables:
            return np.ones(len(codes), dtype=bool)
        is_given = self.part(("has", link), numeric, codes)[1][:, 0]
        # Codes are places among the levels that occur: of one level, nobody has a parent.
        levels = self._tables["has", link].schema.categories[0].n_levels
        return np.asarray(is_given == 1) if levels == 2 else np.zeros(len(codes), dtype=bool)

    def name_rows(self, link: Link, rows: Ints) -> Ints:
        """Add a category that says which row of a parent each row names.

        Parameters
        ----------
        link : Link
            What to ask for it by, as ``("name", link)``.
        rows : ndarray of shape (n_rows,)
            Rows of the parent, -1 for none.

        Returns
        -------
        ndarray of intp
            The row of the parent that each code stands for.
        """
        label = self._free(link.child_field)
        table, levels = level_table(label, rows)
        # The columns of the parent say already which rows are alike; hundreds of levels would
        # only drown them.
        has_columns = bool(self._tables[link].schema.columns)
        self._add(("name", link), table, {label: 0.0 if has_columns else 1.0})
        return levels

    def _add(self, key: Hashable, table: Table, weights: dict[str, float]) -> None:
        self._tables[key] = table
        self.column_weights |= weights

    def _free(self, name: str) -> str:
        """Return a label like ``name`` that no column has yet."""
        taken = {label for table in self._tables.values() for label in table.schema.labels}
        while name in taken:
            name += "'"
        return name

    @property
    def whole(self) -> Table:
        """Give all columns as one table."""
        return beside(*self._tables.values())

    def part(self, key: Hashable, numeric: Floats, codes: Codes) -> tuple[Floats, Codes]:
        """Cut the columns of one lender out of cells of the whole.

        Parameters
        ----------
        key : hashable
            What they were added by; ``"own"`` for the table's own.
        numeric, codes : ndarray
            Cells by slot of ``whole``.

        Returns
        -------
        numeric, codes : ndarray
            Cells by slot of the part.
        """
        keys = list(self._tables)
        before = [self._tables[other] for other in keys[: keys.index(key)]]
        first = sum(table.numeric.shape[1] for table in before)
        first_code = sum(table.codes.shape[1] for table in before)
        table = self._tables[key]
        return (
            np.asfortranarray(numeric[:, first : first + table.numeric.shape[1]]),
            np.asfortranarray(codes[:, first_code : first_code + table.codes.shape[1]]),
        )
