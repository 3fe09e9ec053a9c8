"""Which marginals to measure: those that the model gets most wrong, one after the other.

The adaptive and iterative mechanism (McKenna, Mullins, Sheldon & Miklau, VLDB 2022, algorithms 1
to 3), on pairs of columns, with the model's answers taken from rows drawn of it. Everything but
``measure`` is post-processing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from avatars.engine.dp import measure
from avatars.engine.dp.estimate import Estimate, Measurement
from avatars.engine.dp.measure import Meter
from avatars.engine.dp.tree import Floats, Group, Ints

__all__ = ["measure_adaptively"]

_SELECTION = 0.1
"""Share of a round's budget that choosing the marginal takes."""
_ROUNDS = 4
"""Rounds per column that the budget would last for if nothing were learnt on the way."""
_MOST_ROUNDS = 160
_MOST_CELLS = 150_000
_CANDIDATES = 500
"""Pairs that are looked at in a round, of all that there are."""
_DRAWN = 30_000
_STEPS, _LAST_STEPS = 50, 300


def measure_adaptively(
    rows: Sequence[Ints],
    estimate: Estimate,
    meter: Meter,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Spend what is left on pairs of columns, and fit the estimate to them.

    Parameters
    ----------
    rows : sequence of ndarray of shape (n_rows,), int64
        The group of each person in each column.
    estimate : Estimate
        Fitted to single columns.
    meter : Meter
        Who pays; nothing is left afterwards.
    progress : callable, optional
        Called with the name of each step; it may raise to stop the work.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.dp.adaptive import measure_adaptively
    >>> from avatars.engine.dp.estimate import Estimate, Measurement
    >>> from avatars.engine.dp.measure import Meter
    >>> column = np.arange(1000) % 4
    >>> estimate = Estimate([4, 4], 1000.0)
    >>> for place in (0, 1):
    ...     estimate.add(Measurement((place,), np.full(4, 250.0), 1.0))
    >>> measure_adaptively([column, column], estimate, Meter(1.0))
    >>> bool(np.diag(estimate.marginal((0, 1))).sum() > 950)
    True
    """
    sizes = estimate.sizes
    generator = np.random.default_rng()
    pairs = list(combinations([c for c, size in enumerate(sizes) if size > 1], 2))
    estimate.fit(_LAST_STEPS)
    if not pairs:
        return
    truth: dict[Group, Ints] = {}
    budget = meter.left
    share = budget / min(_ROUNDS * len(sizes), _MOST_ROUNDS)
    while meter.left > budget * 1e-9:
        if meter.left < 2 * share:
            share = meter.left
        rho_select, rho_measure = _SELECTION * share, (1 - _SELECTION) * share
        scale = 1 / math.sqrt(2 * rho_measure)
        used = 1 - (meter.left - share) / budget
        # Ever larger models, as the budget goes: what is chosen late may need more cells.
        allowed = _MOST_CELLS * max(used, 0.1)
        looked_at = pairs
        if len(pairs) > _CANDIDATES:
            # By chance alone, whatever the people are.
            some = generator.choice(len(pairs), size=_CANDIDATES, replace=False)
            looked_at = [pairs[i] for i in some]
        possible = [p for p in looked_at if estimate.cells_with(p) <= allowed] or [
            min(looked_at, key=lambda p: sizes[p[0]] * sizes[p[1]])
        ]
        for pair in possible:
            if pair not in truth:
                truth[pair] = _together(rows, sizes, pair)
        expected = _expected(estimate, possible, generator)
        errors = [
            measure.scores(
                truth[pair],
                expected[pair],
                round(math.sqrt(2 / math.pi) * scale * sizes[pair[0]] * sizes[pair[1]]),
            )
            for pair in possible
        ]
        chosen = possible[measure.select(errors, rho_select, meter)]
        counts, scale = measure.marginal_counts(
            [rows[c] for c in chosen], [sizes[c] for c in chosen], rho_measure, meter
        )
        before = expected[chosen].reshape(counts.shape)
        estimate.add(Measurement(chosen, counts.astype(np.float64), 1 / scale**2))
        progress(f"measured {used:.0%} of the budget")
        estimate.fit(_STEPS)
        moved = float(np.abs(estimate.marginal(chosen) - before).sum())
        if moved <= math.sqrt(2 / math.pi) * scale * counts.size:
            # Noise hides what is left to learn at this price: pay more for each.
            share = min(4 * share, meter.left)
    estimate.fit(_LAST_STEPS)


def _together(rows: Sequence[Ints], sizes: Sequence[int], pair: Group) -> Ints:
    return measure.counted(*measure.crossed([rows[c] for c in pair], [sizes[c] for c in pair]))


def _expected(
    estimate: Estimate, pairs: Sequence[Group], generator: np.random.Generator
) -> dict[Group, Ints]:
    """Return what the estimate says of pairs, in whole rows."""
    n = max(_DRAWN, math.ceil(estimate.total))
    drawn = estimate.tree.draw(estimate.tables(), n, generator)
    columns: list[Floats | Ints] = [np.ascontiguousarray(c) for c in drawn.T]
    sizes = estimate.sizes
    result: dict[Group, Ints] = {}
    for a, b in pairs:
        counts = np.bincount(columns[a] * sizes[b] + columns[b], minlength=sizes[a] * sizes[b])
        result[a, b] = np.rint(counts * (estimate.total / n)).astype(np.int64)
    return result
