"""Releases side by side, whoever made them, between the best and the worst there can be."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from avatars.exceptions import AvatarsError, InvalidParameterError, InvalidTableError, shown
from avatars.metrics.measured import Measured, read_inputs
from avatars.metrics.registry import METRICS
from avatars.metrics.space import Types, read_together
from avatars.metrics.targets import get_targets
from avatars.tables import Table

__all__ = ["compare"]

_BOUNDS = ("original", "independent columns", "target")


def compare(
    releases: Mapping[str, Any],
    original: Any,
    *,
    holdout: Any = None,
    known_variables: Sequence[Hashable] | None = None,
    target: Hashable | None = None,
    context: str | Mapping[str, str | float] = "external",
    ncp: int = 5,
    types: Types | None = None,
    random_state: int = 0,
) -> pd.DataFrame:
    """Compare releases of one table, made by any tool, metric by metric.

    Ranges and good directions are those of METRICS; NaN where a figure can't be computed.
    Rows need not be aligned: metrics that need it are left out.

    Parameters
    ----------
    releases : dict of {name: table}
        The releases. They may have other numbers of rows, other dtypes and other levels.
    original : table
        The people.
    holdout : table, optional
        People of the same population who were not in the table: the control of attacks.
    known_variables : list of labels, optional
        What an attacker may know.
    target : label, optional
        What a model predicts, and what an attacker may want to know.
    context : str or dict, default="external"
        As in :func:`get_targets`.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    random_state : int, default=0
        Of what is drawn at random.

    Returns
    -------
    DataFrame
        A row per metric and a column per release; then "original", the table taken for a release
        of itself: all signal and no privacy; "independent columns", its columns shuffled each on
        its own: nothing but distributions; and "target".

    Raises
    ------
    InvalidTableError
        If a release can't be read as a table like ``original``; names it.
    InvalidParameterError
        If there is no release, or one has the name of another column of the result.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import compare
    >>> people = make_patients(200, random_state=0)
    >>> few, many = (Avatarizer(k=k, random_state=0).fit_transform(people) for k in (5, 20))
    >>> table = compare({"k=5": few, "k=20": many}, people)
    >>> table.columns.tolist()
    ['k=5', 'k=20', 'original', 'independent columns', 'target']
    >>> table.loc["hellinger_mean", "target"]
    '< 0.1'
    >>> table.loc["hellinger_mean", "original"].item()
    0.0
    """
    targets = get_targets(context)
    _check_names(releases)
    people, *unseen = read_together(original, *([] if holdout is None else [holdout]), types=types)
    candidates: dict[str, Any] = {
        **releases,
        "original": people,
        "independent columns": _independent(people, random_state),
    }
    names = [name for name, info in METRICS.items() if info.alignment == "any"]
    read = partial(
        read_inputs,
        people,
        holdout=unseen[0] if unseen else None,
        known_variables=known_variables,
        target=target,
        settings={"ncp": ncp, "random_state": random_state},
    )
    # Of the people themselves nothing but a parameter can be refused: no release is to blame.
    read(people)
    columns = {}
    for label, release in candidates.items():
        try:
            inputs = read(release)
        except AvatarsError as error:
            # The cause is of our own tree, whose messages hold no cells.
            raise InvalidTableError(f"release {shown(label)} can't be compared: {error}") from None
        figures = Measured.of(inputs, names).values
        columns[label] = [
            np.nan if figures[name] is None else float(figures[name]) for name in names
        ]
    result = pd.DataFrame(columns, index=pd.Index(names, name="metric"))
    result["target"] = pd.Series([targets.get(name) for name in names], result.index, dtype=object)
    return result.dropna(how="all", subset=list(candidates))


def _check_names(releases: Mapping[str, Any]) -> None:
    if not isinstance(releases, Mapping) or not releases:
        raise InvalidParameterError("releases", "must be a dict of at least one {name: table}.")
    for name in _BOUNDS:
        if name in releases:
            raise InvalidParameterError(
                "releases",
                f"has a release named {shown(name)}, as the result has a column: rename it.",
            )


def _independent(people: Table, random_state: int) -> Table:
    """Return the people with each column shuffled on its own."""
    generator = np.random.default_rng(random_state)
    return Table(
        people.schema,
        np.asfortranarray(generator.permuted(people.numeric, axis=0)),
        np.asfortranarray(generator.permuted(people.codes, axis=0)),
        people.n_rows,
    )
