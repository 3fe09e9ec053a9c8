"""Linked tables as single ones: what is known of a row by the rows it is linked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError, InvalidTableError, shown
from avatars.models import Link, Relations
from avatars.tables import PrimaryKey

__all__ = ["LinkedFrames"]

Rows = NDArray[np.intp]


class LinkedFrames:
    """Tables, and which row of which table each row names.

    Parameters
    ----------
    frames : dict of {str: DataFrame}
        The tables.
    relations : Relations
        How they hang together.

    Attributes
    ----------
    rows : dict of {Link: ndarray of intp}
        For each row of the child the row of the parent, -1 for none.

    Raises
    ------
    InvalidInputError
        If keys are missing, repeated or name no row; never a key.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.metrics.linked import LinkedFrames
    >>> from avatars.models import Link, Relations
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> keys = {"patient": "id", "visit": "id"}
    >>> relations = Relations(tables=tuple(keys), primary_keys=keys, links=(link,))
    >>> linked = LinkedFrames(make_clinic(random_state=0), relations)
    >>> list(linked.to_top("patient"))[:4], list(linked.information("visit"))[-1]
    (['age', 'sex', 'weight', 'visit rows'], 'patient.weight')
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], relations: Relations) -> None:
        for name in relations.tables:
            if name not in frames:
                raise InvalidParameterError("relations", f"names table {shown(name)}: pass it.")
        self.frames = frames
        self.relations = relations
        self.rows: dict[Link, Rows] = {}
        keys: dict[str, PrimaryKey] = {}
        for link in relations.links:
            parent, child = frames[link.parent], frames[link.child]
            for name, frame, label in (
                (link.parent, parent, link.parent_field),
                (link.child, child, link.child_field),
            ):
                if label not in frame.columns:
                    raise InvalidTableError(f"table {shown(name)} has no column {shown(label)}.")
            if link.parent not in keys:
                keys[link.parent] = PrimaryKey.read(parent[link.parent_field], table=link.parent)
            self.rows[link] = keys[link.parent].rows_of(child[link.child_field], table=link.child)

    def own(self, name: str) -> pd.DataFrame:
        """Return the columns of a table that are no keys, with a fresh index.

        Parameters
        ----------
        name : str
            The table.

        Returns
        -------
        DataFrame
            Of as many rows.
        """
        keys = {link.child_field for link in self.relations.parents_of(name)}
        keys.add(self.relations.primary_keys.get(name, ""))
        frame = self.frames[name]
        kept = [label for label in frame.columns if label not in keys]
        return frame[kept].reset_index(drop=True)

    def to_top(self, name: str) -> pd.DataFrame:
        """Return the rows of a table with those of its descendants summed up beside them.

        Parameters
        ----------
        name : str
            The table.

        Returns
        -------
        DataFrame
            Its columns; for each link down the number of rows, the mean of each number or moment
            (and of numbers the standard deviation), and the most frequent level of each category.
        """
        parts = [self.own(name)]
        for link in self.relations.children_of(name):
            time = self.relations.time_columns.get(link.child)
            below = self.to_top(link.child).drop(columns=[] if time is None else [time])
            parts.append(_summed_up(below, self.rows[link], len(parts[0]), link.child))
        return _side_by_side(parts)

    def information(self, name: str) -> pd.DataFrame:
        """Return the rows of a table with the columns of all their ancestors beside them.

        Parameters
        ----------
        name : str
            The table.

        Returns
        -------
        DataFrame
            Columns of an ancestor are called ``ancestor.column``, and missing without one.
        """
        parts = [self.own(name)]
        for path in self.relations.paths_up(name):
            parent = path[-1].parent
            above = self.own(parent).add_prefix(f"{parent}.")
            parts.append(_taken(above, self.along(path)))
        return _side_by_side(parts)

    def along(self, path: tuple[Link, ...]) -> Rows:
        """Return the row of an ancestor that each row leads to, -1 for none.

        Parameters
        ----------
        path : tuple of Link
            From the link at the table to the one at the ancestor.

        Returns
        -------
        ndarray of intp
            By row of the table.
        """
        rows = self.rows[path[0]]
        for link in path[1:]:
            rows = np.where(rows >= 0, self.rows[link][np.maximum(rows, 0)], -1)
        return np.asarray(rows, dtype=np.intp)


def _side_by_side(parts: list[pd.DataFrame]) -> pd.DataFrame:
    columns: dict[Any, Any] = {}
    for part in parts:
        for label in part.columns:
            name = label
            while name in columns:
                name = f"{name}'"
            columns[name] = part[label]
    return pd.DataFrame(columns, index=parts[0].index)


def _taken(frame: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    if not len(frame):
        return frame.reindex(pd.RangeIndex(len(rows)))
    taken = frame.take(np.maximum(rows, 0)).reset_index(drop=True)
    return taken.mask(rows < 0) if (rows < 0).any() else taken


def _summed_up(below: pd.DataFrame, rows: Rows, n_rows: int, name: str) -> pd.DataFrame:
    """Return one row per parent."""
    known = rows >= 0
    of, below = rows[known], below[known].reset_index(drop=True)
    columns: dict[str, Any] = {f"{name} rows": np.bincount(of, minlength=n_rows).astype(float)}
    for label in below.columns:
        cells = below[label]
        if _is_number(cells):
            grouped = cells.astype("float64").groupby(of)
            columns[f"{name}.{label}"] = grouped.mean().reindex(range(n_rows)).to_numpy()
            columns[f"{name}.{label} std"] = grouped.std().reindex(range(n_rows)).to_numpy()
        elif pd.api.types.is_datetime64_any_dtype(cells.dtype):
            days = cells.astype("int64").astype(float).where(cells.notna())
            columns[f"{name}.{label}"] = days.groupby(of).mean().reindex(range(n_rows)).to_numpy()
        else:
            columns[f"{name}.{label}"] = _modes(cells, of, n_rows)
    return pd.DataFrame(columns, index=pd.RangeIndex(n_rows))


def _is_number(cells: pd.Series[Any]) -> bool:
    is_number = pd.api.types.is_numeric_dtype(cells.dtype)
    return is_number and not pd.api.types.is_bool_dtype(cells.dtype)


def _modes(cells: pd.Series[Any], of: Rows, n_rows: int) -> Any:
    """Return the most frequent level of each parent; the first in order of several."""
    codes, levels = pd.factorize(cells.astype(object), sort=False)
    names = np.array([str(level) for level in levels], dtype=object)
    result = np.full(n_rows, None, dtype=object)
    known = codes >= 0
    if not known.any():
        return result
    rank = np.argsort(np.argsort(names, kind="stable"), kind="stable")
    pairs, counts = np.unique(
        np.column_stack([of[known], rank[codes[known]]]), axis=0, return_counts=True
    )
    order = np.lexsort((pairs[:, 1], -counts, pairs[:, 0]))
    parents, first = np.unique(pairs[order, 0], return_index=True)
    result[parents] = np.sort(names)[pairs[order][first, 1]]
    return result
