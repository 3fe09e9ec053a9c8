"""What comes of advice: parameters, the reasons for them, and what was found on the way."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from avatars.advice.front import draw_front
from avatars.exceptions import InvalidParameterError, shown

__all__ = ["Advice"]


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Advice:
    """Parameters for a table, and why.

    Neither its repr nor a reason shows a cell. ``columns`` does show values that describe many
    people at once: look at it before you hand it on.

    Parameters
    ----------
    context : {"open", "external", "internal"}
        What the rules went by.
    n_rows : int
        People in the table.
    parameters : dict
        Keywords of ``Avatarizer``.
    drop : tuple of labels
        Columns that can't be avatarized and must be left out before.
    reasons : dict of {str: str}
        A sentence for each decision, by parameter or ``"column 'label'"``.
    probable_ids : tuple of labels
        Columns that are taken for identifiers.
    columns : DataFrame
        One row per column with the documented fields: ``label``, ``dtype``, ``missing_number``,
        ``missing_proportion``, ``unique_number``, ``unique_proportion``, ``mean``, ``median``,
        ``standard_deviation``, ``mode``, ``is_skewed``, ``is_rare``, and what the column is taken
        for in ``kind``. One to four missing cells are given as five. A mode that fewer than five
        people hold is None, and so are figures of numbers of fewer than twenty; the mean and the
        deviation are those between the fifth smallest and the fifth largest value, the median is
        the mean of the five or six values in the middle; identifiers have none.
    known_variables : tuple of labels
        Columns that an attacker may know.
    hints : dict of {label: str}
        What could be done to columns before, and isn't done by any parameter.
    estimate : dict
        ``seconds`` and ``megabytes`` that a release takes, within a factor of three.
    membership_limit : float
        Membership AUC that the context lets pass.
    front : DataFrame or None
        Of a search: every setting tried, its figures, and whether it ``is_pareto`` and
        ``is_advised``.

    Examples
    --------
    >>> from avatars.advice import advise
    >>> from avatars.datasets import make_patients
    >>> advice = advise(make_patients(300, random_state=0), context="internal")
    >>> advice
    Advice(internal, 300 rows: k=15, ncp=5, protection='balanced', 0 identifiers, 0 to drop)
    >>> advice.reasons["use_categorical_reduction"]
    "The table has ... dimensions for 300 people: categories needn't be summed up first."
    """

    context: str
    n_rows: int
    parameters: dict[str, Any]
    drop: tuple[Hashable, ...]
    reasons: dict[str, str]
    probable_ids: tuple[Hashable, ...]
    columns: pd.DataFrame
    known_variables: tuple[Hashable, ...]
    hints: dict[Hashable, str]
    estimate: dict[str, float]
    membership_limit: float
    front: pd.DataFrame | None = None

    def __repr__(self) -> str:
        asked = ", ".join(
            f"{name}={self.parameters[name]!r}" for name in ("k", "ncp", "protection")
        )
        return (
            f"Advice({self.context}, {self.n_rows} rows: {asked}, "
            f"{len(self.probable_ids)} identifiers, {len(self.drop)} to drop)"
        )

    def _repr_html_(self) -> str:
        lines = [
            *(
                (name, _spelt(self.parameters.get(name)), text)
                for name, text in self.reasons.items()
            ),
            *((f"hint for {shown(label)}", "", text) for label, text in self.hints.items()),
        ]
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(value)}</td><td>{escape(text)}</td></tr>"
            for name, value, text in lines
        )
        return (
            f"<table><caption>{escape(repr(self))}</caption>"
            f"<tr><th>decision</th><th>value</th><th>reason</th></tr>{rows}</table>"
        )

    def to_dict(self, name: str = "table") -> dict[str, Any]:
        """Return the documented form, in plain values for JSON.

        Parameters
        ----------
        name : str, default="table"
            What to call the table.

        Returns
        -------
        dict
            ``table_name`` and ``advice``. Clients of different ages look for ``k`` and the others
            in ``advice`` or in ``advice["parameters"]``: they are in both.

        Examples
        --------
        >>> from avatars.advice import advise
        >>> from avatars.datasets import make_patients
        >>> document = advise(make_patients(300, random_state=0)).to_dict("patients")
        >>> document["advice"]["k"] == document["advice"]["parameters"]["k"] == 20
        True
        """
        given = self.parameters
        parameters = {
            "k": given["k"],
            "ncp": given["ncp"],
            "use_categorical_reduction": given["use_categorical_reduction"],
            "column_weights": None,
            "imputation": {
                "method": given["imputation_method"],
                "k": None,
                "training_fraction": given["imputation_training_fraction"],
                "return_data_imputed": False,
            },
            "exclude_variables": None,
            "seed": None,
        }
        records = self.columns.to_dict("records")
        details = {
            "context": self.context,
            "protection": given["protection"],
            "types": {str(label): kind for label, kind in (given["types"] or {}).items()},
            "primary_key": _plain(given["primary_key"]),
            "drop": [_plain(label) for label in self.drop],
            "known_variables": [_plain(label) for label in self.known_variables],
            "target": _plain(given["target"]),
            "reasons": dict(self.reasons),
            "hints": {str(label): text for label, text in self.hints.items()},
            "estimate": dict(self.estimate),
        }
        if self.front is not None:
            details["front"] = _rows(self.front.to_dict("records"))
        return {
            "table_name": name,
            "advice": {
                "name": name,
                **parameters,
                "parameters": parameters,
                "summary": {
                    "stats": _rows(records),
                    "probable_ids": [_plain(label) for label in self.probable_ids],
                },
                "links": [],
                "unlinked_foreign_keys": [],
                "more_details": details,
            },
        }

    def plot(self, ax: Any = None) -> Any:
        """Draw the settings of a search, utility against privacy.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a figure of its own by default.

        Returns
        -------
        matplotlib Axes
            What was drawn on.

        Raises
        ------
        InvalidParameterError
            If nothing was searched.
        MissingExtraError
            Without matplotlib.

        Examples
        --------
        >>> import matplotlib
        >>> matplotlib.use("agg")
        >>> from avatars.advice import advise
        >>> from avatars.datasets import make_patients
        >>> advice = advise(make_patients(80, random_state=0), mode="search")
        >>> advice.plot().get_ylabel()
        'utility (more is better)'
        """
        if self.front is None:
            raise InvalidParameterError(
                "mode", "was 'rules', so that there is no front: call advise(..., mode='search')."
            )
        return draw_front(self.front, self.membership_limit, ax)


def _rows(records: list[dict[Any, Any]]) -> list[dict[str, Any]]:
    return [{str(key): _plain(value) for key, value in record.items()} for record in records]


def _plain(value: Any) -> Any:
    """Return a value that JSON knows, None for a number that isn't there."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or value is pd.NA:
        return None
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(value)


def _spelt(value: Any) -> str:
    if value is None:
        return ""
    return shown(value) if isinstance(value, (str, tuple)) else str(value)
