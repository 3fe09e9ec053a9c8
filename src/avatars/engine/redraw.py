"""Categories redrawn given the rest of the avatar, from groups of people and never from one.

Axes and pooled correlations carry what is linear. A decision tree per category finds the rest
(thresholds, interactions), in the manner of sequential synthesis by trees (Reiter, Journal of
Official Statistics 21(3), 2005, 441-462): the avatar falls into a leaf by its other columns and
takes the level of somebody in that leaf. A leaf holds at least ``min_people`` people, and a split
must rest on evidence: a tree that split on noise would learn who has which level.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from avatars.engine.copula import LocalCopula
from avatars.engine.people import People
from avatars.engine.records import Codes, Floats, Records

__all__ = ["CategoryRedraw"]

_CLASSES = 64
"""Above this many levels a tree predicts the place in their order instead of the level itself."""
_WORK, _FEWEST = 1_200_000, 2_000
"""People x columns x trees that are sorted at most, and the fewest people whatever the width."""


class CategoryRedraw:
    """One tree per category, fitted on a sample of the people.

    Parameters
    ----------
    people : Records
        The sampled people.
    copula : LocalCopula
        Gives levels their order, so that a tree can split between them.
    min_people : int
        Fewest people in a leaf.
    n_jobs : int
        Threads that fit the trees; the trees don't depend on it.
    evidence : float, default=0
        Chi-square that a split must reach, counted on all people.
    individuals : People, optional
        Who is behind the rows; everybody has one unless given.
    few : int, default=1
        Fewest individuals in a leaf.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.copula import LocalCopula
    >>> from avatars.engine.neighbours import Neighbours
    >>> from avatars.engine.records import Records
    >>> from avatars.engine.redraw import CategoryRedraw
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 1))
    >>> people = Records(x, (np.abs(x) > 1).astype(np.int32), (2,))
    >>> _, near = Neighbours(x, rng).query(20, rng, own=np.arange(400))
    >>> copula = LocalCopula(people, x, np.arange(400), near, rng)
    >>> redraw = CategoryRedraw(people, copula, min_people=10, n_jobs=1)
    >>> redraw.redraw(np.array([[0.0], [2.0]]), np.array([[1], [0]], dtype=np.int32), rng).tolist()
    [[0], [1]]
    """

    def __init__(
        self,
        people: Records,
        copula: LocalCopula,
        *,
        min_people: int,
        n_jobs: int,
        evidence: float = 0.0,
        individuals: People | None = None,
        few: int = 1,
    ) -> None:
        self._copula = copula
        whose = individuals if individuals is not None and individuals.n_kinds else None
        # Once settles each category with the others as they were drawn. Where a row carries what
        # its parents are, the second time brings back what the first could not see yet.
        self._sweeps = 1 if whose is None else 2
        self._first = people.numeric.shape[1]
        width = self._first + people.codes.shape[1]
        size = max(_FEWEST, _WORK // (width * max(people.codes.shape[1], 1)))
        if size < people.n_rows:
            some = np.linspace(0, people.n_rows - 1, size).astype(np.intp)
            people, whose = people.take(some), None if whose is None else whose.take(some)
        features = copula.ordered(people.numeric, people.codes)
        tasks = (
            delayed(_fit)(
                _without(features, self._first + c),
                people.codes[:, c] if levels <= _CLASSES else features[:, self._first + c],
                min_people,
                evidence,
            )
            for c, levels in enumerate(people.n_levels)
            if width > 1
        )
        trees = Parallel(n_jobs=n_jobs, prefer="threads")(tasks)
        self._leaves = [
            _Leaves(tree, _without(features, self._first + c), people.codes[:, c], whose, few)
            for c, tree in enumerate(trees)
        ]

    def redraw(self, numeric: Floats, codes: Codes, generator: np.random.Generator) -> Codes:
        """Redraw every category, each given all the others as they stand by then.

        Parameters
        ----------
        numeric : ndarray of shape (n_rows, n_numeric)
            Drawn numeric columns.
        codes : ndarray of shape (n_rows, n_categories), int32
            Drawn levels; left as they are.
        generator : numpy.random.Generator
            Picks a person in each leaf.

        Returns
        -------
        ndarray of shape (n_rows, n_categories), int32
            Levels redrawn.
        """
        codes = codes.copy()
        features = self._copula.ordered(numeric, codes)
        for sweep in range(self._sweeps):
            # Back again the second time: a row's own columns come before those of its parents.
            for c in range(len(self._leaves))[:: -1 if sweep else 1]:
                leaves = self._leaves[c]
                features[:, self._first + c] = 0.0  # as the tree was fitted: it may not see itself
                codes[:, c] = leaves.draw(features, generator)
                features[:, self._first + c] = self._copula.places(c, codes[:, c])
        return codes


class _Leaves:
    """The levels of the people in each leaf of one tree.

    A leaf of too few individuals, each of whom may have many rows, passes on to the people of the
    node above it, or above that one, until there are enough.
    """

    def __init__(
        self,
        tree: Any,
        features: NDArray[np.float32],
        codes: Codes,
        whose: People | None,
        few: int,
    ) -> None:
        self._tree = tree
        nodes = tree.tree_
        self._pool = np.arange(nodes.node_count)
        if whose is None:
            rows, node = np.arange(len(codes)), tree.apply(features)
        else:
            rows, node = tree.decision_path(features).nonzero()
            held = whose.take(rows).held_by(node.astype(np.intp), nodes.node_count)
            # Nodes are numbered from the root on: what is above is known when it is needed.
            for parent in np.flatnonzero(nodes.children_left >= 0):
                for child in (nodes.children_left[parent], nodes.children_right[parent]):
                    if held[child] < few:
                        self._pool[child] = self._pool[parent]
        order = np.argsort(node, kind="stable")
        self._codes: Codes = codes[rows[order]]
        self._ends = np.cumsum(np.bincount(node, minlength=nodes.node_count))

    def draw(self, features: NDArray[np.float32], generator: np.random.Generator) -> Codes:
        """Return, for each row, the level of somebody who falls where it falls."""
        leaf = self._pool[self._tree.apply(features)]
        last = self._ends[leaf]
        first = np.where(leaf > 0, self._ends[np.maximum(leaf - 1, 0)], 0)
        which = first + (generator.random(len(leaf)) * (last - first)).astype(np.intp)
        return np.asarray(self._codes[which])


def _without(features: NDArray[np.float32], column: int) -> NDArray[np.float32]:
    """Return the features with one column blank: no tree splits on a constant."""
    blank = features.copy()
    blank[:, column] = 0.0
    return blank


def _fit(
    features: NDArray[np.float32],
    target: NDArray[Any],
    min_people: int,
    evidence: float,
) -> Any:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if target.dtype.kind == "i":
        shares = np.bincount(target) / len(target)
        kind, impurity = DecisionTreeClassifier, 1.0 - float((shares**2).sum())
    else:
        kind, impurity = DecisionTreeRegressor, float(target.var())
    # The order in which equally good splits are tried is no secret and no source of variety.
    return kind(
        min_samples_leaf=min_people,
        min_impurity_decrease=evidence * impurity / len(target),
        random_state=0,
    ).fit(features, target)
