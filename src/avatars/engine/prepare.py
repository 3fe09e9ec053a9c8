"""The way from rows of a table to complete records, and from draws back to rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.engine.impute import Imputer
from avatars.engine.marginals import Marginal, outlier_bounds
from avatars.engine.people import People
from avatars.engine.records import Codes, Floats, Ints, Records
from avatars.engine.roles import Gaps, levels_to_keep, slots_of
from avatars.engine.streams import Streams
from avatars.exceptions import SensitiveWarning
from avatars.models import AvatarizationParameters, ExcludeVariablesMethod, ImputeMethod
from avatars.tables import Table

__all__ = ["Preparation"]

_IMPUTATION_K = 5


class Preparation:
    """What is done to the columns of a table before avatars are drawn, and undone afterwards.

    Parameters
    ----------
    table : Table
        The people.
    parameters : AvatarizationParameters
        Which columns are excluded and how gaps are filled.
    few : int
        Fewest people behind a released level, gap or extreme; 0 changes nothing.
    k : int
        Neighbours of an avatar.
    streams : Streams
        Sources of chance.
    individuals : People, optional
        Who is behind the rows; everybody has one unless given.

    Attributes
    ----------
    people : Records
        Complete records of the drawn columns, flags of gaps as categories at the end.
    kept_levels : list of ndarray of bool
        By slot and code, the levels that may be released.
    n_excluded : int
        Columns that are put back after the draw.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from avatars.engine.prepare import Preparation
    >>> from avatars.engine.streams import Streams
    >>> from avatars.models import AvatarizationParameters
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50, None, 38], "sex": list("fmfm")}))
    >>> parameters = AvatarizationParameters.checked()
    >>> prepared = Preparation(table, parameters, few=0, k=2, streams=Streams(b"", b""))
    >>> prepared.people
    Records(n_rows=4, n_numeric=1, n_categories=2)
    """

    def __init__(
        self,
        table: Table,
        parameters: AvatarizationParameters,
        *,
        few: int,
        k: int,
        streams: Streams,
        individuals: People | None = None,
    ) -> None:
        self._schema = table.schema
        self._few = few
        self._individuals = individuals or People.each_a_row(table.n_rows)
        self._roles = slots_of(table, parameters.exclude_variable_names or [])
        self.kept_levels = levels_to_keep(table, few, self._individuals)
        strategy = parameters.exclude_replacement_strategy
        self._keeps_row_order = strategy is ExcludeVariablesMethod.ROW_ORDER
        self._excluded = self._clean_excluded(table, k, streams.generator("excluded"))
        self.n_excluded = sum(part.shape[1] for part in self._excluded)
        numeric, codes = self._drawn(table)
        self._gaps = Gaps(np.isnan(numeric), codes < 0, few, self._individuals)
        self._bounds = (
            np.array([_bounds(column, k, few, self._individuals) for column in numeric.T])
            .reshape(-1, 2)
            .T
        )
        self._imputer = Imputer(
            parameters.imputation_method or ImputeMethod.FAST_KNN,
            parameters.imputation_k or _IMPUTATION_K,
            parameters.imputation_training_fraction or 1.0,
        )
        n_levels = tuple(
            max(table.schema.categories[slot].n_levels, 1) for slot in self._roles.codes
        )
        known, levels = self._without_rare(numeric, codes)
        self._imputer.fit(known, levels, n_levels, streams.generator("impute"))
        self.people = self._complete(known, levels, self._gaps.flags)

    def records(self, table: Table) -> Records:
        """Return complete records of other rows with the same schema."""
        numeric, codes = self._drawn(table)
        flags = self._gaps.of(np.isnan(numeric), codes < 0)
        return self._complete(*self._without_rare(numeric, codes), flags)

    def known_numbers(self, table: Table) -> list[Floats]:
        """Return what people really have in each drawn numeric column, gaps left out."""
        numeric, _ = self._drawn(table)
        return [column[~np.isnan(column)] for column in numeric.T]

    def behind_numbers(self, table: Table) -> list[People | None]:
        """Return who is behind each of ``known_numbers``; None where everybody has one row."""
        if not self._individuals.n_kinds:
            return [None] * len(self._roles.numeric)
        numeric, _ = self._drawn(table)
        return [self._individuals.take(~np.isnan(column)) for column in numeric.T]

    def weights(self, parameters: AvatarizationParameters) -> tuple[Floats, Floats]:
        """Return the weights of numeric columns and of categories; a flag has its column's."""
        asked = parameters.column_weights or {}
        numeric, codes = (
            np.array([float(asked.get(columns[slot].label, 1.0)) for slot in slots])
            for columns, slots in (
                (self._schema.numeric, self._roles.numeric),
                (self._schema.categories, self._roles.codes),
            )
        )
        return numeric, np.concatenate([codes, self._gaps.weights(numeric, codes)])

    def topped_up(self, codes: Codes, leaning: Floats, generator: np.random.Generator) -> Codes:
        """Return drawn codes with as many flags of gaps as people have."""
        first = codes.shape[1] - leaning.shape[1]
        flags = self._gaps.topped_up(codes[:, first:], leaning, self._few, generator)
        return np.asfortranarray(np.hstack([codes[:, :first], flags]))

    @property
    def n_flags(self) -> int:
        """Flags of gaps, the last of the categories."""
        return int(self._gaps.flags.shape[1])

    def rows(self, own: Ints, numeric: Floats, codes: Codes, donors: Ints) -> tuple[Floats, Codes]:
        """Lay drawn and excluded columns out by slot, with their gaps, as they will be written.

        Parameters
        ----------
        own : ndarray of shape (n_rows,)
            The person whom each avatar was drawn around, -1 for none of the fit.
        numeric, codes : ndarray
            Drawn columns, flags of gaps behind the codes. They may be written into.
        donors : ndarray of shape (n_rows, n_excluded)
            Who else excluded cells can come from.

        Returns
        -------
        numeric, codes : ndarray
            All columns by slot, NaN and -1 where missing.
        """
        roles, schema = self._roles, self._schema
        flags = codes[:, len(roles.codes) :]
        full_numeric = _laid_out(numeric, roles.numeric, len(schema.numeric))
        full_codes = _laid_out(codes[:, : len(roles.codes)], roles.codes, len(schema.categories))
        for column, slot in enumerate(roles.numeric):
            full_numeric[self._gaps.of_numeric(column, flags), slot] = np.nan
        for column, slot in enumerate(roles.codes):
            full_codes[self._gaps.of_codes(column, flags), slot] = -1
        sources = donors.T
        if self._keeps_row_order:
            sources = np.where(own >= 0, own, sources)
        first_code = len(roles.excluded_numeric)
        for column, slot in enumerate(roles.excluded_numeric):
            full_numeric[:, slot] = self._excluded[0][sources[column], column]
        for column, slot in enumerate(roles.excluded_codes):
            full_codes[:, slot] = self._excluded[1][sources[first_code + column], column]
        schema.settle(full_numeric)
        return full_numeric, full_codes

    def _drawn(self, table: Table) -> tuple[Floats, Codes]:
        return (
            _columns(table.numeric, self._roles.numeric),
            _columns(table.codes, self._roles.codes),
        )

    def _without_rare(self, numeric: Floats, codes: Codes) -> tuple[Floats, Codes]:
        """Cut wild values to their bounds, and make gaps of levels that may not be released."""
        if not self._few:
            return numeric, codes
        numeric = np.clip(numeric, self._bounds[0], self._bounds[1])
        codes = codes.copy(order="F")
        for column, slot in zip(codes.T, self._roles.codes, strict=True):
            column[~np.append(self.kept_levels[slot], True)[column]] = -1
        return numeric, codes

    def _complete(self, numeric: Floats, codes: Codes, flags: Codes) -> Records:
        filled = self._imputer.fill(numeric, codes)
        if not flags.shape[1]:
            return filled
        return Records(
            filled.numeric,
            np.asfortranarray(np.hstack([filled.codes, flags])),
            filled.n_levels + (2,) * flags.shape[1],
        )

    def _clean_excluded(
        self, table: Table, k: int, generator: np.random.Generator
    ) -> tuple[Floats, Codes]:
        """Return the excluded columns with nothing in them that only a few people hold."""
        numeric = table.numeric[:, self._roles.excluded_numeric]
        codes = table.codes[:, self._roles.excluded_codes]
        if self._keeps_row_order and numeric.shape[1] + codes.shape[1]:
            warnings.warn(
                "exclude_replacement_strategy='row_order' hands each avatar the excluded cells of "
                "the very person it was drawn around: whoever knows them finds that person. "
                "'coordinate_similarity' takes them from somebody else.",
                SensitiveWarning,
                stacklevel=2,
            )
        if not self._few:
            return numeric, codes
        for column in numeric.T:
            known, gaps = np.flatnonzero(~np.isnan(column)), np.flatnonzero(np.isnan(column))
            held = self._individuals.held_by(np.isnan(column).astype(np.intp), 2)
            if held[0] < self._few:
                column[:] = np.nan
                continue
            column[known] = Marginal.learn(
                column[known],
                column[known],
                k=k,
                few=self._few,
                generator=generator,
                individuals=self._individuals.take(known),
            )[1]
            if held[1] < self._few:
                column[gaps] = generator.choice(column[known], size=len(gaps))
        for column, slot in zip(codes.T, self._roles.excluded_codes, strict=True):
            gap = column < 0
            held = self._individuals.held_by(gap.astype(np.intp), 2)
            rare = ~np.append(self.kept_levels[slot], held[1] >= self._few)[column]
            if rare.any():
                column[rare] = generator.choice(column[~rare & (column >= 0)], size=rare.sum())
        return numeric, codes


def _bounds(column: Floats, k: int, few: int, individuals: People) -> tuple[float, float]:
    known = ~np.isnan(column)
    if not few or not known.any():
        return -np.inf, np.inf
    return outlier_bounds(column[known], k, few, individuals.take(known))


def _columns(cells: NDArray[Any], slots: Ints) -> NDArray[Any]:
    """Return some columns; the array itself where it is all of them, to spare a copy."""
    return cells if len(slots) == cells.shape[1] else cells[:, slots]


def _laid_out(drawn: NDArray[Any], slots: Ints, width: int) -> NDArray[Any]:
    """Return drawn columns at their slots; the array itself where they are all there is."""
    if len(slots) == width:
        return drawn
    result = np.empty((len(drawn), width), dtype=drawn.dtype, order="F")
    result[:, slots] = drawn
    return result
