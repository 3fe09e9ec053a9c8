"""How many children the avatars of a parent have."""

from __future__ import annotations

import numpy as np

from avatars.engine.records import Floats, Ints

__all__ = ["allotted", "merged_counts"]


def merged_counts(counts: Ints, few: int, without: int = 0) -> Ints:
    """Merge numbers of children that too few parents have.

    The largest numbers are cut to the ``few``-th largest: one parent with 500 children among
    parents of 5 leaves no trace. Then neighbouring numbers are pooled, from above, until each pool
    has ``few`` parents, and everybody in it gets the pool's median.

    Parameters
    ----------
    counts : ndarray of shape (n_parents,), intp
        Children of each parent.
    few : int
        Fewest parents behind a number.
    without : int, default=0
        Parents without children that are enough to stay apart: to have none is no number that
        tells anybody from the others.

    Returns
    -------
    ndarray of shape (n_parents,), intp
        By parent; each number is that of at least ``few`` parents, or of all.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.cardinality import merged_counts
    >>> merged_counts(np.array([0, 0, 0, 2, 2, 3, 500]), few=3).tolist()
    [0, 0, 0, 2, 2, 2, 2]
    """
    if len(counts) <= few or few < 2:
        median = int(np.median(counts)) if len(counts) and few >= 2 else 0
        return np.full_like(counts, median) if few >= 2 else counts.copy()
    none = counts == 0
    if without and without <= none.sum() < len(counts) - few:
        result = np.zeros_like(counts)
        result[~none] = np.maximum(merged_counts(counts[~none], few), 1)
        return result
    order = np.argsort(counts, kind="stable")
    ordered = np.minimum(counts[order], np.sort(counts)[-few])
    values, where, held = np.unique(ordered, return_inverse=True, return_counts=True)
    pool = np.zeros(len(values), dtype=np.intp)
    filled, number = 0, 0
    for place in range(len(values) - 1, -1, -1):
        pool[place] = number
        filled += int(held[place])
        if filled >= few:
            number, filled = number + 1, 0
    # What is left at the bottom joins the pool above it.
    if 0 < filled < few:
        pool[pool == number] = max(number - 1, 0)
    merged = np.empty_like(ordered)
    by_row = pool[where.ravel()]
    for which in np.unique(by_row):
        merged[by_row == which] = int(np.median(ordered[by_row == which]))
    result = np.empty_like(counts)
    result[order] = merged
    return result


def allotted(drawn: Floats, counts: Ints, total: int, generator: np.random.Generator) -> Ints:
    """Give avatars of parents as many children as people have, so that all children have one.

    Parameters
    ----------
    drawn : ndarray of shape (n_parents,)
        How many children each avatar would like, relative to the others.
    counts : ndarray of shape (n_parents,), intp
        The numbers that are given, the smallest to the avatar that asks for least.
    total : int
        Children there are.
    generator : numpy.random.Generator
        Settles ties.

    Returns
    -------
    ndarray of shape (n_parents,), intp
        They sum up to ``total``. Where ``counts`` don't, they are scaled; avatars without children
        stay without where there is anybody else.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.cardinality import allotted
    >>> rng = np.random.default_rng(0)
    >>> allotted(np.array([0.3, 2.2, 1.1]), np.array([4, 0, 2]), 6, rng).tolist()
    [0, 4, 2]
    """
    order = np.lexsort((generator.random(len(drawn)), drawn))
    asked = np.empty(len(counts))
    asked[order] = np.sort(counts)
    if not len(asked) or total == 0:
        return np.zeros(len(counts), dtype=np.intp)
    if not asked.any():
        asked[:] = 1.0
    exact = asked * (total / asked.sum())
    result: Ints = np.floor(exact + 1e-9).astype(np.intp)
    short = total - int(result.sum())
    # Largest remainders first; equal ones by chance, and nobody who asked for none.
    leaning = np.where(asked > 0, exact - result, -1.0)
    first = np.lexsort((generator.random(len(asked)), -leaning))
    result[first[:short]] += 1
    return result
