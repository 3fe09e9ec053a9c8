"""The choice of a setting: the most useful among those that are private enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError, shown

__all__ = ["BestUtility", "best_utility"]


@dataclass(frozen=True)
class BestUtility:
    """The choice of :func:`best_utility`.

    Parameters
    ----------
    utility : str
        What to make as large as possible.
    at_least : dict of {name: float}
        What must be reached first.

    Examples
    --------
    >>> from avatars.metrics import best_utility
    >>> choose = best_utility("neg_hellinger_mean", at_least={"hidden_rate": 90})
    >>> choose(
    ...     {
    ...         "mean_test_hidden_rate": [70.0, 93.0, 97.0],
    ...         "mean_test_neg_hellinger_mean": [-0.02, -0.05, -0.09],
    ...     }
    ... )
    1
    """

    utility: str
    at_least: Mapping[str, float]

    def __call__(self, cv_results: Mapping[str, Any]) -> int:
        """Choose a setting.

        Parameters
        ----------
        cv_results : dict
            ``cv_results_`` of a search.

        Returns
        -------
        int
            The row of the setting.

        Raises
        ------
        InvalidParameterError
            If a score wasn't asked for, or no setting meets every bound.
        """
        useful = self._scores(cv_results, "utility", self.utility)
        allowed = np.isfinite(useful)
        if not allowed.any():
            raise InvalidParameterError("utility", f"no setting has a score {self.utility!r}.")
        for name, bound in self.at_least.items():
            scores = self._scores(cv_results, "at_least", name)
            met = np.asarray(scores >= bound)
            if not met.any():
                best = (
                    f"the best reaches {np.nanmax(scores):.4g}"
                    if np.isfinite(scores).any()
                    else ("none could be scored")
                )
                raise InvalidParameterError(
                    "at_least", f"no setting meets {name} >= {bound:g}: {best}."
                )
            allowed &= met
        if not allowed.any():
            bounds = " and ".join(f"{name} >= {bound:g}" for name, bound in self.at_least.items())
            raise InvalidParameterError(
                "at_least", f"each bound is met by some setting, but none meets {bounds}."
            )
        return int(np.argmax(np.where(allowed, useful, -np.inf)))

    @staticmethod
    def _scores(cv_results: Mapping[str, Any], parameter: str, name: str) -> NDArray[np.float64]:
        if f"mean_test_{name}" not in cv_results:
            raise InvalidParameterError(
                parameter,
                f"names {shown(name)}, which the search doesn't score: add it to scoring.",
            )
        return np.asarray(cv_results[f"mean_test_{name}"], dtype=float)


def best_utility(utility: str, at_least: Mapping[str, float]) -> BestUtility:
    """Choose the most useful among the settings that meet every bound, for ``refit=``.

    Parameters
    ----------
    utility : str
        The scorer whose mean over the test folds is to be as large as possible.
    at_least : dict of {name: float}
        Scorers and what their means must reach: ``{"hidden_rate": 90}``, or
        ``{"neg_membership_inference": -0.6}`` for an area of at most .6.

    Returns
    -------
    BestUtility
        A callable that takes ``cv_results_`` and returns the row of the setting.

    Examples
    --------
    >>> from avatars.metrics import best_utility
    >>> best_utility("neg_hellinger_mean", at_least={"hidden_rate": 90})
    BestUtility(utility='neg_hellinger_mean', at_least={'hidden_rate': 90})
    """
    return BestUtility(utility, dict(at_least))
