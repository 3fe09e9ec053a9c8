"""Children given to parents who each take a number of them, as near as can be.

With one copy of a parent for each of its children this is linear assignment. Copies share a place,
which sparse solvers of that problem can't use (measured: 358 s for 50,000 children where a flow
takes 3.4 s): beyond a small table, parents are single nodes of a minimum-cost flow, or the plane is
cut into chunks that are solved one by one and mended across their borders.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from avatars.engine.records import Floats, Ints
from avatars.exceptions import InvalidParameterError, MissingExtraError

__all__ = ["assign", "nearest"]

_DENSE = 2_000
"""Children up to which all distances are laid out."""
_CHUNK = 500
"""Children of a chunk."""
_PASSES = 6
"""How often chunks are cut anew, in other directions, to mend what borders cost."""
_NEAREST = 24
"""Parents that a child may go to in the flow; the hub takes those whom none of them can take."""
_UNITS = 1_000_000
"""Costs of the flow are whole numbers: the largest distance is this many."""

Solver = Literal["auto", "dense", "flow", "chunks"]


def assign(
    points: Floats,
    places: Floats,
    capacities: Ints,
    generator: np.random.Generator,
    *,
    solver: Solver = "auto",
) -> Ints:
    """Give each child a parent, so that distances are small and every parent gets its number.

    Parameters
    ----------
    points : ndarray of shape (n_children, n_axes)
        Where each child looks for its parent.
    places : ndarray of shape (n_parents, n_axes)
        Where parents stand.
    capacities : ndarray of shape (n_parents,), intp
        How many children each parent gets; they sum up to ``n_children``.
    generator : numpy.random.Generator
        Puts both sides in random order first: a solver breaks ties by order, and the order of rows
        would say whose child is whose.
    solver : {"auto", "dense", "flow", "chunks"}, default="auto"
        Up to 2,000 children "dense", which is optimal; beyond, "flow" where OR-Tools is installed,
        else "chunks".

    Returns
    -------
    ndarray of shape (n_children,), intp
        The parent of each child.

    Raises
    ------
    InvalidParameterError
        If capacities don't sum up to the number of children.
    MissingExtraError
        If "flow" is asked for without OR-Tools.

    References
    ----------
    .. [1] Ahuja, Magnanti and Orlin, *Network Flows*, 1993, chapters 9 and 12.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.assignment import assign
    >>> children, parents = np.array([[0.0], [0.1], [5.0]]), np.array([[4.0], [0.0]])
    >>> assign(children, parents, np.array([1, 2]), np.random.default_rng(0)).tolist()
    [1, 1, 0]
    """
    n = len(points)
    if int(capacities.sum()) != n or (capacities < 0).any():
        raise InvalidParameterError(
            "capacities", "must be at least 0 and sum up to the number of children."
        )
    children, parents = generator.permutation(n), generator.permutation(len(places))
    parents = parents[capacities[parents] > 0]
    result = np.empty(n, dtype=np.intp)
    if not points.shape[1]:
        result[children] = np.repeat(parents, capacities[parents])
        return result
    x, y, room = points[children], places[parents], capacities[parents]
    if solver == "auto":
        solver = "dense" if n <= _DENSE else "flow" if _has_flow() else "chunks"
    solve = {"dense": _dense, "flow": _flow, "chunks": _chunks}[solver]
    result[children] = parents[solve(x, y, room, generator)]
    return result


def nearest(points: Floats, places: Floats, generator: np.random.Generator) -> Ints:
    """Give each child the nearest parent, one of them at random where several stand there.

    Parameters
    ----------
    points : ndarray of shape (n_children, n_axes)
        Where each child looks for its parent.
    places : ndarray of shape (n_parents, n_axes)
        Where parents stand.
    generator : numpy.random.Generator
        Settles ties.

    Returns
    -------
    ndarray of shape (n_children,), intp
        The parent of each child.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.links.assignment import nearest
    >>> children, parents = np.array([[0.0], [0.1], [5.0]]), np.array([[4.0], [0.0]])
    >>> nearest(children, parents, np.random.default_rng(0)).tolist()
    [1, 1, 0]
    """
    if not places.shape[1]:
        return generator.integers(0, len(places), size=len(points)).astype(np.intp)
    spots, spot, counts = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    _, found = cKDTree(spots).query(points)
    members = np.argsort(spot.ravel(), kind="stable")
    starts = np.cumsum(counts) - counts
    turn = (generator.random(len(points)) * counts[found]).astype(np.intp)
    return np.asarray(members[starts[found] + turn], dtype=np.intp)


def _dense(x: Floats, y: Floats, room: Ints, generator: np.random.Generator) -> Ints:
    copies = np.repeat(np.arange(len(y)), room)
    rows, columns = linear_sum_assignment(cdist(x, y)[:, copies])
    result = np.empty(len(x), dtype=np.intp)
    result[rows] = copies[columns]
    return result


def _has_flow() -> bool:
    try:
        import ortools.graph.python.min_cost_flow  # noqa: F401
    except ImportError:
        return False
    return True


def _flow(x: Floats, y: Floats, room: Ints, generator: np.random.Generator) -> Ints:
    """Solve the transportation problem with an arc from each child to its nearest parents."""
    try:
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
    except ImportError:
        raise MissingExtraError("ortools", "links") from None
    n, m = len(x), len(y)
    width = min(_NEAREST, m)
    found: Any = cKDTree(y).query(x, width)
    distances, near = (np.reshape(part, (n, width)) for part in found)
    unit = _UNITS / max(float(distances.max()), 1e-300)
    hub = n + m
    flow = SimpleMinCostFlow()
    children, parents = np.arange(n), n + np.arange(m)
    # Whoever finds no room nearby goes through the hub, which costs more than any arc.
    far = 4 * _UNITS
    for start, end, capacity, cost in (
        (
            np.repeat(children, width),
            n + near.ravel(),
            np.ones(n * width),
            np.rint(distances.ravel() * unit),
        ),
        (children, np.full(n, hub), np.ones(n), np.full(n, far)),
        (np.full(m, hub), parents, room, np.zeros(m)),
    ):
        flow.add_arcs_with_capacity_and_unit_cost(
            start.astype(np.int32),
            end.astype(np.int32),
            capacity.astype(np.int64),
            cost.astype(np.int64),
        )
    flow.set_nodes_supplies(
        np.arange(n + m, dtype=np.int32), np.concatenate([np.ones(n), -room]).astype(np.int64)
    )
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the flow ended with status {status}")
    used = flow.flows(np.arange(n * width, dtype=np.int32)).reshape(n, width) > 0
    result = np.where(used.any(axis=1), near[np.arange(n), used.argmax(axis=1)], -1)
    left = np.flatnonzero(result < 0)
    if len(left):
        free = room - np.bincount(result[result >= 0], minlength=m)
        result[left] = _rest(x[left], y, free, generator)
    return result.astype(np.intp)


def _rest(x: Floats, y: Floats, free: Ints, generator: np.random.Generator) -> Ints:
    """Place those who found no room nearby among the parents that have some left."""
    open_ = np.flatnonzero(free > 0)
    solve = _dense if len(x) <= _DENSE else _chunks
    return np.asarray(open_[solve(x, y[open_], free[open_], generator)])


def _chunks(x: Floats, y: Floats, room: Ints, generator: np.random.Generator) -> Ints:
    """Cut the plane into chunks with as much room as children, and mend across the borders.

    A child of each chunk and a copy of a parent stand at the same place of two orders along one
    direction, halved again and again. Later passes cut along other directions, through pairs of a
    child and its parent so far, and solve each chunk of pairs anew: no pass can make it worse.
    """
    copies = np.repeat(np.arange(len(y)), room)
    result = np.empty(len(x), dtype=np.intp)
    for rows, slots in _halved(x, y[copies], np.arange(len(x)), np.arange(len(x))):
        result[rows] = copies[slots][_solved(x[rows], y[copies[slots]])]
    for _ in range(_PASSES):
        # Where a pair stands: between the child and the parent it has, weighted at random.
        middle = x + generator.uniform(0.0, 1.0) * (y[result] - x)
        turned = middle @ _rotation(x.shape[1], generator)
        for rows, _ in _halved(turned, turned, np.arange(len(x)), np.arange(len(x)), generator):
            result[rows] = result[rows][_solved(x[rows], y[result[rows]])]
    return result


def _solved(x: Floats, y: Floats) -> NDArray[np.intp]:
    return np.asarray(linear_sum_assignment(cdist(x, y))[1])


def _halved(
    x: Floats,
    y: Floats,
    rows: Ints,
    slots: Ints,
    generator: np.random.Generator | None = None,
) -> list[tuple[Ints, Ints]]:
    """Return parts of children and of copies, equally many, that stand near each other."""
    waiting, done = [(rows, slots)], []
    while waiting:
        rows, slots = waiting.pop()
        if len(rows) <= _CHUNK:
            done.append((rows, slots))
            continue
        spread = x[rows].var(axis=0) + y[slots].var(axis=0)
        axis = int(spread.argmax())
        share = 0.5 if generator is None else float(generator.uniform(0.35, 0.65))
        cut = max(1, min(len(rows) - 1, round(share * len(rows))))
        by_x = rows[np.argsort(x[rows, axis], kind="stable")]
        by_y = slots[np.argsort(y[slots, axis], kind="stable")] if y is not x else by_x
        waiting += [(by_x[:cut], by_y[:cut]), (by_x[cut:], by_y[cut:])]
    return done


def _rotation(n_axes: int, generator: np.random.Generator) -> Floats:
    """Return a random rotation, so that no border stays where it was."""
    q, r = np.linalg.qr(generator.normal(size=(n_axes, n_axes)))
    return np.asarray(q * np.sign(np.diag(r)))
