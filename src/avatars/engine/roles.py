"""Which columns take part in the draw, which levels may come out, and where the gaps are."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatars.engine.people import People
from avatars.engine.records import Codes, Floats, Ints
from avatars.exceptions import InvalidColumnError, InvalidParameterError, RareValuesWarning, shown
from avatars.tables import Table

__all__ = ["Gaps", "Roles", "levels_to_keep", "slots_of"]

Mask = NDArray[np.bool_]

_MUCH = 0.2
"""Share of a column held by too few people from which on a warning is given."""


@dataclass(frozen=True, repr=False, eq=False)
class Roles:
    """Slots of the columns that are drawn and of those that are put back afterwards.

    Parameters
    ----------
    numeric, codes : ndarray of intp
        Slots that are projected and drawn.
    excluded_numeric, excluded_codes : ndarray of intp
        Slots that are excluded from both.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.roles import slots_of
    >>> from avatars.tables import read_table
    >>> table = read_table(pd.DataFrame({"age": [41, 50], "pay": [9.5, 8.0], "sex": ["f", "m"]}))
    >>> roles = slots_of(table, ["pay"])
    >>> roles.numeric.tolist(), roles.excluded_numeric.tolist()
    ([0], [1])
    """

    numeric: Ints
    codes: Ints
    excluded_numeric: Ints
    excluded_codes: Ints


def slots_of(table: Table, excluded: Sequence[Hashable]) -> Roles:
    """Sort the columns of a table by what happens to them.

    Parameters
    ----------
    table : Table
        The people.
    excluded : sequence of labels
        Columns that are excluded from projection and draw.

    Returns
    -------
    Roles
        Slots.

    Raises
    ------
    InvalidParameterError
        If every column is excluded.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.roles import slots_of
    >>> from avatars.tables import read_table
    >>> slots_of(read_table(pd.DataFrame({"age": [41, 50]})), []).numeric.tolist()
    [0]
    """
    out = set(excluded)
    numeric = [c.slot for c in table.schema.numeric if c.label not in out]
    codes = [c.slot for c in table.schema.categories if c.label not in out]
    if not numeric and not codes:
        raise InvalidParameterError(
            "exclude_variable_names",
            "leaves no column to avatarize: keep at least one that is no identifier.",
        )
    return Roles(
        np.array(numeric, dtype=np.intp),
        np.array(codes, dtype=np.intp),
        np.array([c.slot for c in table.schema.numeric if c.label in out], dtype=np.intp),
        np.array([c.slot for c in table.schema.categories if c.label in out], dtype=np.intp),
    )


def levels_to_keep(table: Table, few: int, individuals: People | None = None) -> list[Mask]:
    """Return which levels of each category may be released.

    A level needs ``few`` people. One that nobody holds is kept where levels are ordered, since a
    scale is complete with it; where they aren't it may well be the name of somebody who was
    filtered out.

    Parameters
    ----------
    table : Table
        The people.
    few : int
        Fewest people behind a released level; 0 keeps all.
    individuals : People, optional
        Who is behind the rows; everybody has one unless given.

    Returns
    -------
    list of ndarray of bool
        By slot and code.

    Raises
    ------
    InvalidColumnError
        If no level of a column has that many people.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.engine.roles import levels_to_keep
    >>> from avatars.tables import read_table
    >>> people = pd.DataFrame({"sex": list("fmfmfmfm"), "eye": list("ggggbbbb")})
    >>> [keep.tolist() for keep in levels_to_keep(read_table(people), few=3)]
    [[True, True], [True, True]]
    """
    kept = []
    people = individuals or People.each_a_row(table.n_rows)
    for column in table.schema.categories:
        counts = people.held_by(table.codes[:, column.slot].astype(np.intp), column.n_levels)
        keep = (counts >= few) | (column.is_ordered & (counts == 0)) if few else counts >= 0
        if few and counts.any():
            if not (keep & (counts > 0)).any():
                raise InvalidColumnError(
                    column.label,
                    f"has {int((counts > 0).sum())} levels, each held by fewer than {few} people, "
                    "so none can be released: declare it with types={...: 'datetime'} if it holds "
                    "dates as text, as CSV files do, or with 'identifier' to have fresh values "
                    "issued; else group its levels or drop it.",
                )
            share = counts[~keep].sum() / counts.sum()
            if share > _MUCH:
                warnings.warn(
                    f"column {shown(column.label)}: {share:.0%} of its cells hold one of "
                    f"{int((~keep & (counts > 0)).sum())} levels with fewer than {few} people "
                    "each; those cells take the level of similar people. Group levels to keep "
                    "more of them.",
                    RareValuesWarning,
                    stacklevel=2,
                )
        kept.append(keep)
    return kept


class Gaps:
    """Which cells are missing, as columns of their own that are drawn with the rest.

    Columns that are missing for the very same people share one flag. A column in which fewer than
    ``few`` people have a gap comes out without gaps, and one in which fewer than ``few`` have a
    value comes out empty.

    Parameters
    ----------
    numeric_missing : ndarray of shape (n_rows, n_numeric), bool
        Gaps of the numeric columns.
    codes_missing : ndarray of shape (n_rows, n_categories), bool
        Gaps of the categories.
    few : int
        Fewest people behind a flag.
    individuals : People, optional
        Who is behind the rows; everybody has one unless given.

    Attributes
    ----------
    flags : ndarray of shape (n_rows, n_flags), int32
        1 where missing.

    Examples
    --------
    >>> import numpy as np
    >>> from avatars.engine.roles import Gaps
    >>> missing = np.array([[True, False], [False, False], [True, False]])
    >>> gaps = Gaps(missing, np.empty((3, 0), dtype=bool), few=1)
    >>> gaps.flags.ravel().tolist()
    [1, 0, 1]
    """

    def __init__(
        self,
        numeric_missing: Mask,
        codes_missing: Mask,
        few: int,
        individuals: People | None = None,
    ) -> None:
        people = individuals or People.each_a_row(len(numeric_missing))
        self._n_numeric = numeric_missing.shape[1]
        missing = np.hstack([numeric_missing, codes_missing])
        # Of each column, the people with a value and those with a gap.
        held = [people.held_by(column.astype(np.intp), 2) for column in missing.T]
        values, gaps = np.array(held, dtype=np.intp).reshape(-1, 2).T
        self._empty = (values < few) | (values == 0)
        shown_columns = np.flatnonzero((gaps >= max(few, 1)) & ~self._empty)
        seen: dict[bytes, int] = {}
        self._flag_of = np.full(missing.shape[1], -1, dtype=np.intp)
        for column in shown_columns:
            key = np.packbits(missing[:, column]).tobytes()
            self._flag_of[column] = seen.setdefault(key, len(seen))
        self._owners = [np.flatnonzero(self._flag_of == flag) for flag in range(len(seen))]
        firsts = [owners[0] for owners in self._owners]
        self.flags: Codes = np.asfortranarray(missing[:, firsts], dtype=np.int32)

    def of(self, numeric_missing: Mask, codes_missing: Mask) -> Codes:
        """Return the flags of other people of the same columns."""
        missing = np.hstack([numeric_missing, codes_missing])
        return np.column_stack(
            [missing[:, owners[0]] for owners in self._owners]
            or [np.empty((len(missing), 0), dtype=bool)]
        ).astype(np.int32)

    def weights(self, numeric: Floats, codes: Floats) -> Floats:
        """Return the weight of each flag: the largest of its columns."""
        by_column = np.concatenate([numeric, codes])
        return np.array([by_column[owners].max() for owners in self._owners], dtype=np.float64)

    def topped_up(
        self, drawn: Codes, leaning: Floats, few: int, generator: np.random.Generator
    ) -> Codes:
        """Give flags back the share that people have of them, moved by up to ``few`` at random.

        People with gaps stand apart, so that others seldom draw from them and gaps come out too
        seldom. Those who come closest to a flag by their neighbours get it first.

        Parameters
        ----------
        drawn : ndarray of shape (n_people, n_flags), int32
            Flags of one avatar per person.
        leaning : ndarray of shape (n_people, n_flags)
            Share of each avatar's neighbours who have the flag.
        few : int
            How far the count may be moved, so that it doesn't name the last person.
        generator : numpy.random.Generator
            Source of chance.

        Returns
        -------
        ndarray of shape (n_people, n_flags), int32
            Flags.

        Examples
        --------
        >>> import numpy as np
        >>> from avatars.engine.roles import Gaps
        >>> missing = np.arange(100)[:, None] < 30
        >>> gaps = Gaps(missing, np.empty((100, 0), dtype=bool), few=5)
        >>> flags, nobody = gaps.flags, np.zeros_like(gaps.flags)
        >>> rng = np.random.default_rng(0)
        >>> bool(25 <= gaps.topped_up(nobody, flags.astype(float), 5, rng).sum() <= 35)
        True
        """
        flags = drawn.copy()
        for column, flag in enumerate(flags.T):
            wanted = int(self.flags[:, column].sum() + generator.integers(-few, few + 1))
            short = min(max(wanted, 0), len(flag)) - int(flag.sum())
            chance = leaning[:, column] if short > 0 else 1.0 - leaning[:, column]
            score = (chance + 1e-6) / generator.uniform(1e-9, 1.0, size=len(flag))
            score[flag == (short > 0)] = -1.0
            flag[np.argsort(-score)[: abs(short)]] = int(short > 0)
        return flags

    def of_numeric(self, column: int, flags: Codes) -> Mask:
        """Return which rows with these flags have a gap in a numeric column."""
        return self._missing(column, flags)

    def of_codes(self, column: int, flags: Codes) -> Mask:
        """Return which rows with these flags have a gap in a category."""
        return self._missing(self._n_numeric + column, flags)

    def _missing(self, column: int, flags: Codes) -> Mask:
        flag = self._flag_of[column]
        if flag >= 0:
            return np.asarray(flags[:, flag] == 1)
        return np.full(len(flags), self._empty[column])
