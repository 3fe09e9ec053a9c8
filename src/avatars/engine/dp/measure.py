"""The only door through which the engine of differential privacy sees people.

Every function here takes cells of people, pays for what it learns, and returns something noisy:
whoever audits the guarantee reads this file and ``bought.py``, which calls it. All noise is
OpenDP's: discrete and exact, so that no bit of a floating-point number tells what it was added to
(Mironov, CCS 2012), and from the operating system: there is no seed.

One row is one unit. Neighbouring tables differ by one row, added or taken away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import MissingExtraError, PrivacyBudgetError

__all__ = ["Meter", "histogram", "marginal_counts", "select", "stable_levels"]

Ints = NDArray[np.int64]
_SLACK = 1e-9


class Meter:
    """What one fit may spend, and has spent.

    Parameters
    ----------
    rho : float
        Of zero-concentrated differential privacy.
    delta : float, default=0
        Of what only holds but for a probability: levels found in the data.

    Examples
    --------
    >>> from avatars.engine.dp.measure import Meter
    >>> meter = Meter(0.5)
    >>> meter.pay(0.2)
    >>> meter.left
    0.3
    """

    def __init__(self, rho: float, delta: float = 0.0) -> None:
        self.rho, self.delta = rho, delta
        self.spent, self.spent_delta = 0.0, 0.0

    @property
    def left(self) -> float:
        """Give the rho that may still be spent."""
        return self.rho - self.spent

    def pay(self, rho: float, delta: float = 0.0) -> None:
        """Spend, before anything is looked at.

        Parameters
        ----------
        rho, delta : float
            What is to be spent.

        Raises
        ------
        PrivacyBudgetError
            If there isn't that much left; nothing is spent then.
        """
        over = self.spent + rho > self.rho * (1 + _SLACK)
        if over or self.spent_delta + delta > self.delta * (1 + _SLACK):
            raise PrivacyBudgetError("internal error: a fit would spend more than it was given")
        if not rho > 0:
            raise PrivacyBudgetError("internal error: a measurement would be free")
        self.spent += rho
        self.spent_delta += delta


def opendp() -> Any:
    """Return OpenDP, or say which extra brings it."""
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise MissingExtraError("opendp", "dp") from error
    dp.enable_features("contrib")
    return dp


def counted(cells: Ints, size: int) -> Ints:
    """Return how many rows are in each cell: one row more changes one count by one."""
    return np.bincount(cells, minlength=size).astype(np.int64)


def crossed(cells: Sequence[Ints], sizes: Sequence[int]) -> tuple[Ints, int]:
    """Return cells of several columns as those of their product: one for each row, as before."""
    together, size = np.zeros(len(cells[0]), dtype=np.int64), 1
    for column, n in zip(cells, sizes, strict=True):
        together, size = together * n + column, size * n
    return together, size


def histogram(cells: Ints, size: int, rho: float, meter: Meter) -> tuple[Ints, float]:
    """Count the rows in each cell, with noise.

    A row is in exactly one cell, so a row more or less changes the counts by 1 in L2 norm, and
    discrete Gaussian noise of scale ``1 / sqrt(2 rho)`` costs rho (Canonne, Kamath & Steinke,
    NeurIPS 2020, Theorem 4).

    Parameters
    ----------
    cells : ndarray of shape (n_rows,), int64
        The cell of each row.
    size : int
        How many cells there are, publicly.
    rho : float
        What it may cost.
    meter : Meter
        Who pays.

    Returns
    -------
    counts : ndarray of shape (size,), int64
        Noisy, so maybe negative.
    scale : float
        The standard deviation of the noise.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.measure import Meter, histogram
    >>> counts, scale = histogram(np.array([0, 0, 1]), 3, 0.5, Meter(0.5))
    >>> counts.shape, scale
    ((3,), 1.0)
    """
    return _noisy(counted(cells, size), rho, meter)


def marginal_counts(
    cells: Sequence[Ints], sizes: Sequence[int], rho: float, meter: Meter
) -> tuple[Ints, float]:
    """Count the rows in each combination of cells of some columns, with noise, as ``histogram``.

    Parameters
    ----------
    cells : sequence of ndarray of shape (n_rows,)
        The cell of each row in each column.
    sizes : sequence of int
        How many cells each column has.
    rho : float
        What it may cost.
    meter : Meter
        Who pays.

    Returns
    -------
    counts : ndarray of shape sizes, int64
        Noisy.
    scale : float
        The standard deviation of the noise.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.measure import Meter, marginal_counts
    >>> one = np.array([0, 1, 1])
    >>> marginal_counts([one, one], [2, 2], 0.5, Meter(0.5))[0].shape
    (2, 2)
    """
    together, size = crossed(cells, sizes)
    counts, scale = _noisy(counted(together, size), rho, meter)
    return counts.reshape(sizes), scale


def scores(truth: Ints, expected: Ints, allowance: int) -> int:
    """Return how far counts are from what a model says, less what noise alone would do.

    In whole numbers throughout: a row more changes it by at most 1.
    """
    return int(np.abs(truth - expected).sum()) - allowance


def select(errors: Sequence[int], rho: float, meter: Meter) -> int:
    """Pick the place of a great error, the greatest most likely.

    The exponential mechanism in the form of noisy maximum with Gumbel noise: each error is a whole
    number that a row more or less changes by at most 1.

    Parameters
    ----------
    errors : sequence of int
        One for each choice.
    rho : float
        What it may cost.
    meter : Meter
        Who pays.

    Returns
    -------
    int
        Which.

    Examples
    --------
    >>> from avatars.engine.dp.measure import Meter, select
    >>> select([0, 0, 10_000], 0.5, Meter(0.5))
    2
    """
    dp = opendp()
    scale = 1 / math.sqrt(2 * rho)
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.linf_distance(T="i64")
    mechanism = dp.m.make_noisy_max(*space, dp.zero_concentrated_divergence(), scale=scale)
    meter.pay(max(rho, mechanism.map(1)))
    return int(mechanism([int(error) for error in errors]))


def stable_levels(
    levels: NDArray[Any], rho: float, delta: float, meter: Meter
) -> tuple[list[int], float]:
    """Say which levels of a column enough rows hold for them to be named.

    A level that a single row brings in is named with probability at most delta (Rogers, 2023,
    arXiv:2309.09170): its noisy count must pass a threshold.

    Parameters
    ----------
    levels : ndarray of shape (n_rows,), int64
        The level of each row, numbered in any way; -1 for none.
    rho, delta : float
        What it may cost.
    meter : Meter
        Who pays.

    Returns
    -------
    found : list of int
        The numbers of the levels that may be named, in random order.
    threshold : float
        The count that a level had to pass.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.measure import Meter, stable_levels
    >>> levels = np.repeat([0, 1], [500, 1])
    >>> stable_levels(levels, 0.1, 1e-6, Meter(0.1, 1e-6))[0]
    [0]
    """
    from scipy.stats import norm

    dp = opendp()
    scale = 1 / math.sqrt(2 * rho)
    space = (
        dp.map_domain(dp.atom_domain(T="i64"), dp.atom_domain(T="i64")),
        dp.l02inf_distance(dp.absolute_distance(T="i64")),
    )
    threshold = 2 + math.ceil(scale * float(norm.isf(delta / 2)))
    while True:
        mechanism = dp.m.make_gaussian_threshold(*space, scale=scale, threshold=threshold)
        cost, failure = mechanism.map((1, 1, 1))
        if failure <= delta:
            break
        threshold += 1
    meter.pay(max(rho, cost), delta)
    released = mechanism(held(levels))
    found = [int(level) for level in released]
    np.random.default_rng().shuffle(found)
    return found, float(threshold)


def held(levels: NDArray[Any]) -> dict[Any, int]:
    """Return how many rows hold each level: one row more changes one of them by one."""
    known, counts = np.unique(levels[levels >= 0], return_counts=True)
    return dict(zip(known.tolist(), counts.tolist(), strict=True))


def _noisy(counts: Ints, rho: float, meter: Meter) -> tuple[Ints, float]:
    dp = opendp()
    scale = 1 / math.sqrt(2 * rho)
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
    mechanism = dp.m.make_gaussian(*space, scale=scale)
    meter.pay(max(rho, mechanism.map(1.0)))
    return np.array(mechanism(counts), dtype=np.int64), scale
