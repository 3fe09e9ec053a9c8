"""Whether avatars stand closer to the people of the table than to others like them."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatars.metrics.attacks.people import (
    laid_out,
    read_sides,
)
from avatars.metrics.attacks.search import nearest
from avatars.metrics.space import Types

__all__ = ["closer_to_training_share"]


def closer_to_training_share(
    original: Any,
    avatars: Any,
    holdout: Any,
    *,
    random_state: int = 0,
    types: Types | None = None,
) -> float:
    """Measure the share of avatars that lie closer to a person of the table than to one unseen.

    From 0 to 1; .5 is best.
    Rows need not be aligned.

    Parameters
    ----------
    original : table
        The people the release was made of.
    avatars : table
        The release.
    holdout : table
        People of the same population who were not in it.
    random_state : int, default=0
        Draws as many people from the larger of the two as the smaller has.
    types : dict, optional
        What columns mean where their dtype doesn't say.

    Returns
    -------
    float
        Avatars equally far from both count half.

    References
    ----------
    .. [1] Platzer, Reutterer, "Holdout-based empirical assessment of mixed-type synthetic data",
       Frontiers in Big Data 4 (2021), section 2.3.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics import closer_to_training_share
    >>> people = make_patients(400, random_state=0)
    >>> closer_to_training_share(people.head(200), people.head(200), people.tail(200))
    1.0
    """
    people, release, unseen = read_sides(original, avatars, holdout, types)
    a, x, h = laid_out(release, people, unseen)
    generator = np.random.default_rng(random_state)
    size = min(x.shape[0], h.shape[0])
    seen, control = (
        nearest(a, side[generator.permutation(side.shape[0])[:size]])[0][:, 0] for side in (x, h)
    )
    return float((seen < control).mean() + (seen == control).mean() / 2)
