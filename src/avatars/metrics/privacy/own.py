"""Distance metrics of the published method: how well avatars hide the people behind them.

They compare each person with the own avatar on axes fitted on the people. They say little about
what an attacker can do: read them beside :mod:`avatars.metrics.attacks`.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError
from avatars.metrics.privacy.alignment import read_aligned
from avatars.metrics.privacy.places import Places, within
from avatars.metrics.space import Types

__all__ = ["hidden_rate", "local_cloaking", "sensitive_local_cloaking"]


def hidden_rate(
    original: Any,
    avatars: Any,
    *,
    ncp: int = 5,
    types: Types | None = None,
    ties: Literal["random", "hidden"] = "random",
) -> float:
    """Measure the share of people whose nearest avatar is not their own.

    In percent, 0 to 100; higher is better.
    Rows must be aligned: row i of ``avatars`` was drawn around row i of ``original``.

    Parameters
    ----------
    original, avatars : table
        The people and their avatars.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    ties : {"random", "hidden"}, default="random"
        What becomes of a person to whom m avatars are equally near, the own one among them. An
        attacker who picks one at random finds it with a chance of 1 / m. ``"hidden"`` takes such a
        person for hidden, as figures of the hosted engine suggest it does.

    Returns
    -------
    float
        Percent. Of avatars shuffled beyond recognition 100 (1 - 1 / n): a figure near 100 proves
        nothing by itself.

    Raises
    ------
    InvalidTableError
        If the tables have different lengths or columns, or the avatars the index of other rows.
    InvalidParameterError
        If ``ties`` or ``ncp`` is none of these.

    Warns
    -----
    AlignmentWarning
        If people are no nearer to their own avatars than to those of random others.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, "Privacy metrics".

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import hidden_rate
    >>> people = make_patients(200, random_state=0)
    >>> hidden_rate(people, people)
    0.0
    >>> aligned = Avatarizer(shuffle=False, random_state=0).fit_transform(people)
    >>> hidden_rate(people, aligned) > 90
    True
    """
    if ties not in ("random", "hidden"):
        raise InvalidParameterError("ties", "must be 'random' or 'hidden'.")
    pairs = read_aligned(original, avatars, ncp=ncp, types=types)
    found = Places(pairs.avatar_points).chance_of_own(pairs.people_points)
    if ties == "hidden":
        found = np.where(found < 1.0, 0.0, found)
    return float(100.0 * (1.0 - found).mean())


def local_cloaking(
    original: Any, avatars: Any, *, ncp: int = 5, types: Types | None = None
) -> float:
    """Measure how many avatars stand between a typical person and the own avatar.

    A count, 0 to n - 1; higher is better.
    Rows must be aligned: row i of ``avatars`` was drawn around row i of ``original``.

    Parameters
    ----------
    original, avatars : table
        The people and their avatars.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Median over the people; avatars exactly as near as the own one count.

    Raises
    ------
    InvalidTableError
        If the tables have different lengths or columns, or the avatars the index of other rows.

    Warns
    -----
    AlignmentWarning
        If people are no nearer to their own avatars than to those of random others.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, "Privacy metrics".

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import local_cloaking
    >>> people = make_patients(200, random_state=0)
    >>> local_cloaking(people, people)
    0.0
    """
    return float(np.median(sensitive_local_cloaking(original, avatars, ncp=ncp, types=types)))


def sensitive_local_cloaking(
    original: Any, avatars: Any, *, ncp: int = 5, types: Types | None = None
) -> NDArray[np.intp]:
    """Measure how many avatars stand between each person and the own avatar: **sensitive**.

    Counts, 0 to n - 1; higher is better.
    Rows must be aligned: row i of ``avatars`` was drawn around row i of ``original``.

    Parameters
    ----------
    original, avatars : table
        The people and their avatars.
    ncp : int, default=5
        Axes, fitted on ``original``.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    ndarray of shape (n_rows,), intp
        By person: who is badly hidden is itself a secret.

    Raises
    ------
    InvalidTableError
        If the tables have different lengths or columns, or the avatars the index of other rows.

    Warns
    -----
    AlignmentWarning
        If people are no nearer to their own avatars than to those of random others.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, "Privacy metrics".

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import sensitive_local_cloaking
    >>> people = make_patients(200, random_state=0)
    >>> sensitive_local_cloaking(people, people).max().item()
    0
    """
    pairs = read_aligned(original, avatars, ncp=ncp, types=types)
    # The own avatar lies within its own distance: it is the one to subtract.
    return within(pairs.people_points, pairs.avatar_points, pairs.own_distances()) - 1
