"""Distance metrics of the published method: how well avatars hide the people behind them.

They compare each person with the own avatar, or avatars with people, on axes fitted on the people.
They say little about what an attacker can do: read them beside :mod:`avatars.metrics.attacks`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatars.metrics.space import Types, projected, read_pair

__all__ = ["hidden_rate", "local_cloaking", "sensitive_local_cloaking"]

_NUDGE = 1e-12
"""Radii are widened by this share, so that a distance equal in theory counts as equal."""


def hidden_rate(original: Any, avatars: Any, *, ncp: int = 5, types: Types | None = None) -> float:
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

    Returns
    -------
    float
        Percent. Where m avatars are equally near, the own one counts as found with 1 / m.

    Raises
    ------
    InvalidTableError
        If the tables have different lengths or columns.

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
    people, drawn = projected(*read_pair(original, avatars, types), ncp=ncp)
    own = np.linalg.norm(people - drawn, axis=1)
    tree = cKDTree(drawn)
    nearest = _widened(np.asarray(tree.query(people)[0]))
    ties = tree.query_ball_point(people, nearest, return_length=True)
    found = np.where(own <= nearest, 1.0 / np.maximum(ties, 1), 0.0)
    return float(100.0 * (1.0 - found.mean()))


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
        If the tables have different lengths or columns.

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

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.privacy import sensitive_local_cloaking
    >>> people = make_patients(200, random_state=0)
    >>> sensitive_local_cloaking(people, people).max().item()
    0
    """
    people, drawn = projected(*read_pair(original, avatars, types), ncp=ncp)
    own = _widened(np.linalg.norm(people - drawn, axis=1))
    # The own avatar lies within its own distance: it is the one to subtract.
    return np.asarray(cKDTree(drawn).query_ball_point(people, own, return_length=True) - 1)


def _widened(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(distance * (1 + _NUDGE) + _NUDGE)
