"""From a table to its avatars: what a run and an estimator have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from avatars.engine.dp import DpModel, PrivacyLedger
from avatars.engine.model import AvatarModel
from avatars.exceptions import InvalidTableError, UnsupportedTypeError, shown
from avatars.models import AvatarizationParameters
from avatars.tables import Table, read_table
from avatars.tables.sources import refuse_without_dtypes, to_frame

__all__ = ["fit_private", "fit_table", "released_frame", "sampled_frame"]


def fit_table(
    source: Any,
    parameters: AvatarizationParameters,
    *,
    seed: bytes,
    types: Mapping[Any, Any] | None = None,
    primary_key: Hashable | None = None,
    identifiers: Sequence[Hashable] = (),
    name: str = "table",
    n_jobs: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> AvatarModel:
    """Read a table and draw one avatar around each person.

    Parameters
    ----------
    source : table
        The people, one per row.
    parameters : AvatarizationParameters
        What decides how they become avatars.
    seed : bytes
        The secret of the release, from :func:`avatars.engine.streams.seed_bytes`.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    primary_key : label, optional
        The column that names the rows.
    identifiers : sequence of labels, optional
        Columns that name rows of other tables.
    name : str, default="table"
        What messages call the table.
    n_jobs : int, optional
        Threads.
    progress : callable, optional
        Called with the name of each step; it may raise to stop the work.

    Returns
    -------
    AvatarModel
        Fitted.

    Raises
    ------
    InvalidInputError
        Naming the column or parameter that can't be used.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.engine.streams import seed_bytes
    >>> from avatars.jobs import fit_table, released_frame
    >>> from avatars.models import AvatarizationParameters
    >>> people = make_patients(100, random_state=0)
    >>> model = fit_table(people, AvatarizationParameters.checked(k=10), seed=seed_bytes(0))
    >>> released_frame(model).shape == people.shape
    True
    """
    if progress is not None:
        progress("reading the table")
    table = read_table(
        source, name=name, types=types, primary_key=primary_key, identifiers=identifiers
    )
    return AvatarModel(
        table, parameters, seed=seed, n_jobs=n_jobs, progress=progress, name=name
    ).fit()


def fit_private(
    source: Any,
    parameters: AvatarizationParameters,
    *,
    types: Mapping[Any, Any] | None = None,
    primary_key: Hashable | None = None,
    identifiers: Sequence[Hashable] = (),
    name: str = "table",
    ledger: PrivacyLedger | str | os.PathLike[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> DpModel:
    """Read a table and measure it with differential privacy.

    Parameters
    ----------
    source, parameters, types, primary_key, identifiers, name, progress : object
        As for ``fit_table``.
    ledger : PrivacyLedger or path, optional
        Which budget pays; a path is that of a ledger which is there.

    Returns
    -------
    DpModel
        Fitted. It holds no people.

    Raises
    ------
    InvalidInputError
        Naming the column or parameter that can't be used; nothing was spent where that could be
        known beforehand.
    PrivacyBudgetError
        If the ledger doesn't allow it.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.jobs import fit_private
    >>> from avatars.models import AvatarizationParameters
    >>> people = make_patients(300, random_state=0)[["age", "smoker"]]
    >>> asked = AvatarizationParameters.checked(
    ...     dp_epsilon=1.0, dp_domain={"age": {"bounds": (0, 120)}}
    ... )
    >>> fit_private(people, asked).frame(200).shape
    (200, 2)
    """
    if progress is not None:
        progress("reading the table")
    refuse_without_dtypes(source, name)
    frame = to_frame(source)
    keys = {label for label in (primary_key, *identifiers) if label is not None}
    _refuse_unreadable(frame, keys, name)
    if ledger is not None and not isinstance(ledger, PrivacyLedger):
        ledger = PrivacyLedger.open(ledger)
    return DpModel(
        frame,
        parameters,
        types=dict(types or {}),
        identifiers=frozenset(keys),
        ledger=ledger,
        progress=progress,
    ).fit()


def _refuse_unreadable(frame: pd.DataFrame, keys: set[Any], name: str) -> None:
    """Say what can't be read before anything is spent on it.

    Levels are not looked at: whether a column holds names is not for an error to tell.
    """
    if not frame.columns.is_unique:
        raise InvalidTableError(f"table {shown(name)} has a column label more than once.")
    for label in frame.columns:
        column = frame[label]
        if label in keys or not _may_hold_text(column.dtype):
            continue
        try:
            pd.factorize(column)
        except TypeError:
            raise UnsupportedTypeError(
                f"column {shown(label)} holds lists or other cells that can't be told apart: "
                "drop it."
            ) from None


def _may_hold_text(dtype: Any) -> bool:
    return bool(pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(dtype))


def released_frame(
    model: AvatarModel, table: Table | None = None, drawn: Any = None, *, shuffle: bool = True
) -> pd.DataFrame:
    """Write avatars as a frame with the dtypes of the people.

    Parameters
    ----------
    model : AvatarModel
        Fitted.
    table : Table, optional
        The rows that the avatars were drawn for; the people of the fit unless given.
    drawn : tuple of ndarray, optional
        Their avatars, as ``model.draw_for`` gives them.
    shuffle : bool, default=True
        In the order that is released; otherwise, **sensitive**, in that of the table.

    Returns
    -------
    DataFrame
        With a fresh index.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.engine.streams import seed_bytes
    >>> from avatars.jobs import fit_table, released_frame
    >>> from avatars.models import AvatarizationParameters
    >>> people = make_patients(100, random_state=0)
    >>> model = fit_table(people, AvatarizationParameters.checked(k=10), seed=seed_bytes(0))
    >>> released_frame(model, shuffle=False).equals(released_frame(model))
    False
    """
    table = model.table if table is None else table
    if drawn is None:
        drawn = (model.sensitive_numeric, model.sensitive_codes)
    return model.table.schema.frame(
        *drawn,
        identifiers_seed=model.identifiers_seed(table),
        kept_levels=model.kept_levels,
        rows=model.permutation(table) if shuffle else None,
    )


def sampled_frame(model: AvatarModel, n_rows: int) -> pd.DataFrame:
    """Draw any number of avatars as a frame with the dtypes of the people.

    Parameters
    ----------
    model : AvatarModel
        Fitted.
    n_rows : int
        How many.

    Returns
    -------
    DataFrame
        In random order, with a fresh index.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.engine.streams import seed_bytes
    >>> from avatars.jobs import fit_table, sampled_frame
    >>> from avatars.models import AvatarizationParameters
    >>> people = make_patients(100, random_state=0)
    >>> model = fit_table(people, AvatarizationParameters.checked(k=10), seed=seed_bytes(0))
    >>> len(sampled_frame(model, 250))
    250
    """
    return model.table.schema.frame(
        *model.sample(n_rows),
        identifiers_seed=model.identifiers_seed(model.table, f"sample-{n_rows}"),
        kept_levels=model.kept_levels,
    )
