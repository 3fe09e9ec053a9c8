"""What the parameters ask for, and whether this table can have it."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from dataclasses import dataclass

from avatars.exceptions import (
    InvalidParameterError,
    SensitiveWarning,
    TooFewRowsError,
    shown,
)
from avatars.models import DP_PARAMETERS, AvatarizationParameters, Protection
from avatars.tables import Table

__all__ = ["Measures", "neighbours_wanted", "refuse_impossible"]

_K = 20
_LOW_K = 5


@dataclass(frozen=True)
class Measures:
    """What a protection adds to the published method.

    Parameters
    ----------
    few : int
        Fewest people behind a level, a pattern of gaps, an extreme or a shared value.
    spread : int
        Neighbours that each column draws from, as a multiple of k.
    leaf : float
        Fewest people in a leaf of the redraw, as a multiple of k.
    evidence : float
        Chi-square that a split of the redraw must reach, counted on all people. Noise seldom
        does, and a tree that splits on noise learns who has which level.
    sparse_share : float
        Share of people, those farthest from their neighbours, who draw from more of them.
    sparse_spread : int
        How many times as many.

    Examples
    --------
    >>> from avatars.engine.plan import Measures
    >>> from avatars.models import Protection
    >>> Measures.of(Protection.BALANCED, n_rows=1000).few
    5
    """

    few: int
    spread: int
    leaf: float
    evidence: float
    sparse_share: float
    sparse_spread: int

    @classmethod
    def of(cls, protection: Protection, n_rows: int) -> Measures | None:
        """Return the measures of a protection; None where it adds nothing.

        Parameters
        ----------
        protection : Protection
            As the caller asked.
        n_rows : int
            People in the table: five of ten would be half of them, so tiny tables ask for fewer.

        Returns
        -------
        Measures or None
            None for ``Protection.NONE``.
        """
        if protection is Protection.NONE:
            return None
        if protection is Protection.BALANCED:
            return cls(min(5, max(2, n_rows // 5)), 1, 0.25, 2.0, 0.1, 3)
        return cls(min(10, max(2, n_rows // 5)), 2, 1.0, 4.0, 0.1, 3)


def neighbours_wanted(
    parameters: AvatarizationParameters,
    n_rows: int,
    name: str,
    n_individuals: int | None = None,
) -> int:
    """Return how many neighbours an avatar of this table is drawn from.

    Parameters
    ----------
    parameters : AvatarizationParameters
        As asked for.
    n_rows : int
        People in the table.
    name : str
        What messages call the table.
    n_individuals : int, optional
        Individuals behind the rows; as many as rows unless given.

    Returns
    -------
    int
        At least 2 and fewer than ``n_rows``.

    Raises
    ------
    TooFewRowsError
        If there are no more people than that.

    Examples
    --------
    >>> from avatars.engine.plan import neighbours_wanted
    >>> from avatars.models import AvatarizationParameters
    >>> neighbours_wanted(AvatarizationParameters.checked(), 12, "patients")
    11
    """
    asked = parameters.k
    people = n_rows if n_individuals is None else min(n_individuals, n_rows)
    if people < n_rows and people <= (asked or _LOW_K):
        wanted = asked or _LOW_K
        raise TooFewRowsError(
            f"k={wanted} needs rows of at least {wanted + 1} people, but the {n_rows} rows of "
            f"table {shown(name)} belong to {people}: lower k or add people."
        )
    if asked is None and people > _LOW_K:
        return min(_K, people - 1)
    if asked is None or n_rows <= asked:
        wanted = asked or _LOW_K
        raise TooFewRowsError(
            f"k={wanted} needs at least {wanted + 1} rows, table {shown(name)} has {n_rows} "
            f"(n_samples = {n_rows}): lower k or add rows."
        )
    if asked < _LOW_K:
        warnings.warn(
            f"k={asked}: each avatar is drawn from {asked} people only. Below {_LOW_K}, the cells "
            "of an avatar can often be traced to one of them; 20 is the default.",
            SensitiveWarning,
            stacklevel=2,
        )
    return asked


def refuse_impossible(parameters: AvatarizationParameters, table: Table) -> None:
    """Raise for parameters that name no column, or belong to another engine.

    Parameters
    ----------
    parameters : AvatarizationParameters
        As asked for.
    table : Table
        The people.

    Raises
    ------
    InvalidParameterError
        Naming the parameter.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.plan import refuse_impossible
    >>> from avatars.models import AvatarizationParameters
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50]}))
    >>> refuse_impossible(AvatarizationParameters.checked(target="pay"), table)
    Traceback (most recent call last):
    avatars.exceptions.InvalidParameterError: parameter 'target' names no column ...: 'pay'.
    """
    for name in ("dp_epsilon", *DP_PARAMETERS):
        if getattr(parameters, name) is not None:
            raise InvalidParameterError(
                name,
                "belongs to differential privacy, whose avatars are drawn around nobody: "
                + ("use an engine of it." if name == "dp_epsilon" else "set dp_epsilon as well."),
            )
    known = set(table.schema.labels)
    named: dict[str, list[Hashable]] = {
        "column_weights": list(parameters.column_weights or {}),
        "exclude_variable_names": parameters.exclude_variable_names or [],
        "known_variables": parameters.known_variables or [],
        "target": [] if parameters.target is None else [parameters.target],
        "categorical_hidden_rate_variables": parameters.categorical_hidden_rate_variables or [],
    }
    for parameter, labels in named.items():
        for label in labels:
            if label not in known:
                raise InvalidParameterError(
                    parameter, f"names no column of the table: {shown(label)}."
                )
