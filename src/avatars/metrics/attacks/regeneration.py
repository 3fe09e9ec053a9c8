"""Releases made again: the owner's generator on other people, or with another seed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import AvatarsError
from avatars.tables import Table, conform

__all__ = ["NO_GENERATOR", "NotRegenerated", "regenerated"]

NO_GENERATOR = "it needs the generator that made the release: pass avatarizer="


class NotRegenerated(Exception):
    """The generator refused a table: the message is the reason why an attack was not run."""


def regenerated(
    avatarizer: Any,
    people: Table,
    generator: np.random.Generator,
    rows: NDArray[np.intp] | None = None,
) -> Table:
    """Return a release of some people, aligned with them, from a clone with a fresh seed.

    Parameters
    ----------
    avatarizer : object
        Any scikit-learn style object with ``fit_transform``; it isn't changed.
    people : Table
        The people.
    generator : Generator
        Draws the seed, so that it is not the one of the release.
    rows : ndarray of intp, optional
        Which of them. All by default.

    Returns
    -------
    Table
        With the schema of ``people``. Warnings are silenced: the release itself gave them.

    Raises
    ------
    NotRegenerated
        If the generator fails, or gives back another table than it was given.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.metrics.attacks.regeneration import regenerated
    >>> from avatars.tables import read_table
    >>> people = read_table(make_patients(100, random_state=0))
    >>> regenerated(Avatarizer(k=10), people, np.random.default_rng(0)).n_rows
    100
    """
    from sklearn.base import clone

    twin = clone(avatarizer)
    wanted = {"random_state": int(generator.integers(2**31 - 1)), "shuffle": False}
    twin.set_params(**{k: v for k, v in wanted.items() if k in twin.get_params(deep=False)})
    frame = people.schema.frame(people.numeric, people.codes, identifiers_seed=generator, rows=rows)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return conform(twin.fit_transform(frame), people.schema)
    except AvatarsError as error:
        raise NotRegenerated(f"the generator refused {len(frame)} people: {error}") from None
    except Exception as error:
        # Anybody's generator may fail in any way, and its message may hold cells.
        kind = type(error).__name__
        raise NotRegenerated(f"the generator failed on {len(frame)} people ({kind})") from None
