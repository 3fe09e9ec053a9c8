"""From (epsilon, delta) to zero-concentrated differential privacy and back.

Noise is composed in zCDP, where it adds up: two releases that cost ``rho`` each cost ``2 rho``
(Bun & Steinke, TCC 2016, Lemma 1.7). Only what is said to people is (epsilon, delta).
"""

from __future__ import annotations

import math

from scipy.optimize import brentq, minimize_scalar

from avatars.exceptions import InvalidParameterError

__all__ = ["epsilon_of", "rho_of"]


def epsilon_of(rho: float, delta: float) -> float:
    """Return the epsilon that a mechanism of rho-zCDP has at a delta.

    Parameters
    ----------
    rho : float
        From 0.
    delta : float
        In (0, 1).

    Returns
    -------
    float
        The least that Canonne, Kamath & Steinke (NeurIPS 2020, Proposition 12) give over orders of
        the Renyi divergence.

    Examples
    --------
    >>> from avatars.engine.dp.accounting import epsilon_of
    >>> round(epsilon_of(0.1, 1e-5), 3)
    1.914
    """
    if rho <= 0:
        return 0.0
    # With order 1 + x: rho (1 + x) + (log(1 / delta) - log(1 + x)) / x + log(x / (1 + x)).
    guess = math.sqrt(math.log(1 / delta) / rho)

    def bound(log_x: float) -> float:
        x = math.exp(log_x)
        order = 1 + x
        return rho * order + (-math.log(delta) - math.log(order)) / x + math.log(x / order)

    middle = math.log(guess)
    found = minimize_scalar(bound, bounds=(middle - 6, middle + 6), method="bounded")
    # Every order gives a valid bound: a minimum that is not quite one is no less true.
    return max(float(min(found.fun, bound(middle))), 0.0)


def rho_of(epsilon: float, delta: float) -> float:
    """Return how much rho an (epsilon, delta) allows.

    Parameters
    ----------
    epsilon : float
        Above 0.
    delta : float
        In (0, 1).

    Returns
    -------
    float
        ``epsilon_of(rho, delta)`` is at most epsilon.

    Examples
    --------
    >>> from avatars.engine.dp.accounting import epsilon_of, rho_of
    >>> epsilon_of(rho_of(1.0, 1e-5), 1e-5) <= 1.0
    True
    """
    high = epsilon + 1.0
    while epsilon_of(high, delta) < epsilon:
        high *= 2
    low = 1e-12
    while epsilon_of(low, delta) >= epsilon:
        low /= 1e3
        if low < 1e-200:
            raise InvalidParameterError("dp_epsilon", "is too small to be paid for.")
    rho = float(
        brentq(lambda rho: epsilon_of(rho, delta) - epsilon, low, high, xtol=min(1e-14, low / 10))
    )
    while epsilon_of(rho, delta) > epsilon:
        rho *= 1 - 1e-9
    return rho
