"""Curves summed up by their principal components, and what the components leave out."""

from __future__ import annotations

import numpy as np

from avatars.engine.marginals import outlier_bounds
from avatars.engine.records import Floats

__all__ = ["Components", "clipped", "roughness"]

_EXPLAINED, _MOST = 0.95, 10
"""Without a number: components that carry 95 % of the variance, at most 10."""


def clipped(curves: Floats, k: int, few: int) -> Floats:
    """Return complete curves that go nowhere where only a few people's go.

    Parameters
    ----------
    curves : ndarray of shape (n_series, n_points)
        NaN in a row without any value.
    k, few : int
        Neighbours of an avatar, and fewest people behind an extreme; 0 clips nothing.

    Returns
    -------
    ndarray of shape (n_series, n_points)
        Clipped point by point; rows without a value are the mean curve.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series.components import clipped
    >>> curves = np.tile(np.linspace(0, 1, 50)[:, None], (1, 3))
    >>> curves[7] = 1e6
    >>> bool(clipped(curves, k=10, few=5).max() < 2)
    True
    """
    result = curves.copy()
    for column in result.T:
        known = ~np.isnan(column)
        if few and known.any():
            column[known] = np.clip(column[known], *outlier_bounds(column[known], k, few))
        column[~known] = column[known].mean() if known.any() else 0.0
    return result


class Components:
    """Functional principal components of curves on a common grid.

    The singular value decomposition of the centred curves, points weighted by the trapezoid rule
    (Ramsay and Silverman, Functional Data Analysis, 2nd ed., 2005, section 8.4.1).

    Parameters
    ----------
    curves : ndarray of shape (n_series, n_points)
        Complete curves.
    points : ndarray of shape (n_points,)
        Where, rising.
    nf : int or None
        Components kept; None is what carries 95 % of the variance, at most 10.

    Attributes
    ----------
    scores : ndarray of shape (n_series, n_components)
        What the attributes of the individuals are.
    weights : ndarray of shape (n_components,)
        Variance of each component as a share of that of the first: the block weighting of multiple
        factor analysis for columns that are standardised afterwards.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series.components import Components
    >>> t = np.linspace(0, 1, 11)
    >>> curves = np.outer([1.0, 2.0, 4.0], np.sin(t))
    >>> components = Components(curves, t, nf=1)
    >>> bool(np.allclose(components.curves(components.scores), curves))
    True
    """

    def __init__(self, curves: Floats, points: Floats, nf: int | None) -> None:
        self._mean = curves.mean(axis=0)
        step = np.gradient(points) if len(points) > 1 else np.ones(1)
        step[[0, -1]] /= 2
        root = np.sqrt(np.maximum(step, 1e-12))
        u, s, vt = np.linalg.svd((curves - self._mean) * root, full_matrices=False)
        rank = int((s > 1e-9 * max(float(s[0]), 1e-300)).sum()) if len(s) else 0
        share = np.cumsum(s**2) / max(float((s**2).sum()), 1e-300)
        wanted = min(int(np.searchsorted(share, _EXPLAINED)) + 1, _MOST) if nf is None else nf
        keep = max(min(wanted, rank), 1)
        sign = np.where(vt[:keep].sum(axis=1) < 0, -1.0, 1.0)[:, None]
        self._functions = sign * vt[:keep] / root
        self.scores = u[:, :keep] * s[:keep] * sign.T
        self.weights = (s[:keep] / max(float(s[0]), 1e-300)) ** 2 if rank else np.ones(keep)

    def curves(self, scores: Floats) -> Floats:
        """Return the curves that scores stand for."""
        return np.asarray(self._mean + scores @ self._functions)


def roughness(residuals: Floats) -> Floats:
    """Return a factor of the pooled covariance of what components leave out.

    Parameters
    ----------
    residuals : ndarray of shape (n_series, n_values)
        Curves of all variables side by side, minus what the components say of them.

    Returns
    -------
    ndarray of shape (rank, n_values)
        Standard normal vectors times this have that covariance: a sum over everybody in which
        nobody's own residual can be told.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.series.components import roughness
    >>> residuals = np.array([[1.0, -1.0], [-1.0, 1.0]])
    >>> factor = roughness(residuals)
    >>> (factor.T @ factor).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    _, s, vt = np.linalg.svd(residuals, full_matrices=False)
    return np.asarray(s[:, None] * vt / np.sqrt(max(len(residuals), 1)))
