"""From the people of one table to avatars that carry a proof.

What is measured of people are counts of cells, with noise; everything after that sees these alone.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from avatars.engine.dp.accounting import epsilon_of, rho_of
from avatars.engine.dp.adaptive import measure_adaptively
from avatars.engine.dp.estimate import Estimate, Measurement
from avatars.engine.dp.grouping import Grouping
from avatars.engine.dp.ledger import PrivacyLedger
from avatars.engine.dp.measure import Meter, histogram, opendp
from avatars.engine.dp.public import Asked, PublicTable, kinds_wanting
from avatars.exceptions import InvalidParameterError, InvalidTableError, PrivacyBudgetWarning
from avatars.models import AvatarizationParameters

__all__ = ["DELTA", "DpModel", "Guarantee"]

DELTA = 1e-5
_SINGLE = 0.3
_BOUGHT = 0.3
"""Share of the single columns' budget that what nobody said is bought with."""
_FOR_LEVELS = 0.5
"""Share of delta that levels are bought with, where some have to be."""


@dataclass(frozen=True)
class Guarantee:
    """What a release with differential privacy promises, and on what it rests.

    Attributes
    ----------
    epsilon, delta : float
        Of this release.
    rho : float
        The zero-concentrated differential privacy that it was paid with.
    unit, neighbours : str
        Who is protected, and which tables can't be told apart.
    origins : dict of {label: str}
        Where bounds and levels of each column are from.

    Examples
    --------
    >>> from avatars.engine.dp.model import Guarantee
    >>> Guarantee(1.0, 1e-5, 0.03, "one row", "add or remove", {}).epsilon
    1.0
    """

    epsilon: float
    delta: float
    rho: float
    unit: str
    neighbours: str
    origins: dict[Any, str]

    def described(self) -> dict[str, Any]:
        """Return all of it as plain values, for metadata and reports."""
        said = asdict(self)
        said["origins"] = {str(label): origin for label, origin in self.origins.items()}
        return said


class DpModel:
    """Avatars with differential privacy: a distribution measured with noise, and draws from it.

    Build it with ``fit``. No avatar belongs to any person: there is no order to keep, and no
    result that is sensitive.

    Attributes
    ----------
    public : PublicTable
        Schema and cells.
    guarantee : Guarantee
        What is promised.
    n_rows : int
        The number of rows as measured, with noise.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.dp.model import DpModel
    >>> from avatars.models import AvatarizationParameters
    >>> people = pd.DataFrame({"age": range(20, 80), "smokes": [True, False] * 30})
    >>> asked = AvatarizationParameters.checked(
    ...     dp_epsilon=1.0, dp_domain={"age": {"bounds": (0, 120)}}
    ... )
    >>> model = DpModel(people, asked).fit()
    >>> list(model.frame(40).columns), len(model.frame(40))
    (['age', 'smokes'], 40)
    """

    public: PublicTable
    guarantee: Guarantee
    n_rows: int

    def __init__(
        self,
        frame: pd.DataFrame,
        parameters: AvatarizationParameters,
        *,
        types: dict[Any, str] | None = None,
        identifiers: frozenset[Any] = frozenset(),
        ledger: PrivacyLedger | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        opendp()
        if parameters.dp_epsilon is None:
            raise InvalidParameterError("dp_epsilon", "is needed for differential privacy.")
        _refuse_what_looks_at_people(parameters)
        if not frame.shape[1]:
            raise InvalidTableError("the table has no columns.")
        self._frame: pd.DataFrame | None = frame
        domain = dict(parameters.dp_domain or {})
        declared = {c: getattr(t, "value", t) for c, t in (types or {}).items()}
        fresh = identifiers | {c for c, t in declared.items() if t == "identifier"}
        rest = {c: t for c, t in declared.items() if c not in fresh}
        self._asked = Asked(domain, rest, frozenset(fresh))
        self._epsilon = parameters.dp_epsilon
        self._delta = parameters.dp_delta or DELTA
        self._ratio = parameters.dp_preprocess_budget_ratio or _SINGLE
        self._wanted_rows = parameters.dp_n_rows
        self._ledger = ledger
        self._progress = progress or _say_nothing

    def __repr__(self) -> str:
        return f"DpModel(epsilon={self._epsilon:g}, delta={self._delta:g})"

    def fit(self) -> DpModel:
        """Measure the people.

        Returns
        -------
        DpModel
            Itself; it no longer holds them.

        Raises
        ------
        PrivacyBudgetError
            If the ledger doesn't allow it; nothing was looked at.
        InvalidColumnError
            Naming a column of which nothing public is known or can be found.
        InvalidParameterError
            Naming the parameter that can't be used.

        Warns
        -----
        PrivacyBudgetWarning
            If this process fitted the same table before and no ledger was given.
        DataDerivedWarning
            For what was read from the people, as asked.
        """
        frame = self._frame
        if frame is None:
            raise InvalidTableError("this model is fitted: make another.")
        wanting = kinds_wanting(frame, self._asked)
        self._check_what_was_said(frame, wanting)
        for_levels = self._delta * _FOR_LEVELS if "category" in wanting.values() else 0.0
        rho = rho_of(self._epsilon, self._delta - for_levels)
        if self._ledger is not None:
            self._ledger.charge(rho, for_levels, f"avatars of a table of {frame.shape[1]} columns")
        n_fits, together = _REMEMBERED.add(frame, rho, for_levels, self._delta)
        if n_fits > 1 and self._ledger is None:
            warnings.warn(
                f"this process has fitted this table {n_fits} times: all releases together have "
                f"epsilon {together:.3g} at delta {self._delta:g}. Pass a PrivacyLedger to set a "
                "limit, and sample from one fit instead of fitting again.",
                PrivacyBudgetWarning,
                stacklevel=2,
            )
        meter = Meter(rho, for_levels)
        self._progress("settling what is public")
        single = self._ratio * rho
        bought = _BOUGHT * single if wanting else 0.0
        self.public = PublicTable.settled(
            frame, self._asked, rho=bought, delta=for_levels, meter=meter
        )
        single -= meter.spent
        rows = self.public.rows(frame)
        self._frame = None
        # The sums are small: threads that wait for each other double the time.
        with threadpool_limits(limits=1, user_api="blas"):
            self._measure(rows, single, meter)
        # What stays is as public as a release, in pickles as well.
        self._ledger, self._progress = None, _say_nothing
        self.guarantee = Guarantee(
            self._epsilon,
            self._delta,
            rho,
            "one row of the table",
            "tables that differ by one row, added or taken away",
            dict(self.public.origins),
        )
        return self

    def _check_what_was_said(self, frame: pd.DataFrame, wanting: Mapping[Any, str]) -> None:
        """Refuse what was said of columns before anything is paid for."""
        asked = self._asked
        later = {label for label, said in asked.domain.items() if said.from_data} | set(wanting)
        said = [label for label in frame.columns if label not in later]
        types = {label: kind for label, kind in asked.types.items() if label in said}
        domain = {label: public for label, public in asked.domain.items() if label in said}
        fresh = asked.identifiers & frozenset(said)
        if said:
            meter = Meter(0.0)
            PublicTable.settled(
                frame[said], Asked(domain, types, fresh), rho=0.0, delta=0.0, meter=meter
            )

    def _measure(self, rows: list[NDArray[np.int64]], single: float, meter: Meter) -> None:
        cells = self.public.cells
        self._progress("measuring single columns")
        if sum(cell.size > 1 for cell in cells) < 2:
            single = meter.left  # There are no pairs that could take the rest.
        measured = []
        for column, cell in zip(rows, cells, strict=True):
            rho = single / len(cells) / len(cell.widths)
            measured.append(
                [histogram(cell.at(column, w), cell.size_at(w), rho, meter) for w in cell.widths]
            )
        # Each histogram counts everybody once: the fewer its cells, the less noise has their sum.
        sums = [(counts.sum(), scale**2 * len(counts)) for one in measured for counts, scale in one]
        precision = sum(1 / variance for _, variance in sums)
        total = sum(found / variance for found, variance in sums) / max(precision, 1e-300)
        self.n_rows = max(round(float(total)), 1)
        self._groupings = [
            Grouping.of(cell, [counts for counts, _ in one], one[0][1], float(self.n_rows))
            for cell, one in zip(cells, measured, strict=True)
        ]
        self._estimate = Estimate([g.size for g in self._groupings], float(self.n_rows))
        for place, grouping in enumerate(self._groupings):
            self._estimate.add(Measurement((place,), grouping.counts, 1 / grouping.variances))
        coarse = [g.group[column] for g, column in zip(self._groupings, rows, strict=True)]
        measure_adaptively(coarse, self._estimate, meter, progress=self._progress)
        self._tables = self._estimate.tables()

    def frame(self, n_rows: int | None = None) -> pd.DataFrame:
        """Draw avatars: free of cost, as often as one likes.

        Parameters
        ----------
        n_rows : int, optional
            How many; ``dp_n_rows``, or the noisy number of people, unless given.

        Returns
        -------
        DataFrame
            In random order, with the dtypes of the people and a fresh index.
        """
        n = n_rows or self._wanted_rows or self.n_rows
        generator = np.random.default_rng(secrets.randbits(128))
        schema, cells = self.public.schema, self.public.cells
        groups = self._estimate.tree.draw(self._tables, n, generator)
        n_numeric = len(schema.numeric)
        numeric = np.empty((n, n_numeric), order="F")
        codes = np.empty((n, len(cells) - n_numeric), dtype=np.int32, order="F")
        for place, (cell, grouping) in enumerate(zip(cells, self._groupings, strict=True)):
            drawn = grouping.cells_of(groups[:, place], generator)
            if cell.is_numeric:
                numeric[:, place] = cell.values_of(drawn, generator)
            else:
                codes[:, place - n_numeric] = self._levels(place, drawn, generator)
        schema.settle(numeric)
        return schema.frame(numeric, codes, identifiers_seed=generator)

    def _levels(
        self, place: int, drawn: NDArray[np.int64], generator: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return levels for cells: others are spread over the known ones, or are what was said."""
        cell, label = self.public.cells[place], self.public.labels[place]
        levels = drawn.copy()
        if cell.has_missing:
            levels[drawn == cell.missing] = -1
        if cell.has_other:
            others = drawn == cell.other
            said = self._asked.domain.get(label, None)
            if said is not None and said.other is not None:
                column = self.public.schema.categories[place - len(self.public.schema.numeric)]
                known = list(column.codec.levels)  # type: ignore[union-attr]
                levels[others] = known.index(said.other)
            else:
                shares = (
                    self._groupings[place].within.T @ self._groupings[place].counts.clip(min=0)
                )[: cell.n_values]
                shares = shares + 1e-12
                levels[others] = generator.choice(
                    cell.n_values, size=int(others.sum()), p=shares / shares.sum()
                )
        return levels


def _say_nothing(step: str) -> None:
    return None


def _refuse_what_looks_at_people(parameters: AvatarizationParameters) -> None:
    if parameters.k is not None:
        raise InvalidParameterError(
            "dp_epsilon", "can't be combined with k: choose neighbours or differential privacy."
        )
    for name in (
        "ncp",
        "use_categorical_reduction",
        "column_weights",
        "exclude_variable_names",
        "exclude_replacement_strategy",
        "imputation_method",
        "imputation_k",
        "imputation_training_fraction",
    ):
        if getattr(parameters, name):
            raise InvalidParameterError(
                name,
                "belongs to avatars of neighbours and can't be combined with dp_epsilon, whose "
                "avatars have none: leave it out.",
            )


class _Remembered:
    """What this process has spent on each table, by a digest that means nothing elsewhere."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._spent: dict[bytes, tuple[int, float, float]] = {}

    def add(
        self, frame: pd.DataFrame, rho: float, certain: float, delta: float
    ) -> tuple[int, float]:
        state = hashlib.blake2b(key=self._key, digest_size=16)
        state.update(repr(list(frame.columns)).encode())
        try:
            hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
        except TypeError:
            hashes = pd.util.hash_pandas_object(frame.astype(str), index=False).to_numpy()
        state.update(np.sort(hashes).tobytes())
        with self._lock:
            n, spent, failing = self._spent.get(state.digest(), (0, 0.0, 0.0))
            self._spent[state.digest()] = n + 1, spent + rho, failing + certain
        left = delta - failing - certain
        return n + 1, epsilon_of(spent + rho, left) if left > 0 else math.inf


_REMEMBERED = _Remembered()
