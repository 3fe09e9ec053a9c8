"""``MultiTableAvatarizer``: linked tables in, linked tables of avatars out."""

from __future__ import annotations

import copy
import hashlib
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from avatars.config import ColumnConfig, Config, TableConfig
from avatars.engine.streams import seed_bytes
from avatars.estimators._base import Secret
from avatars.exceptions import InvalidParameterError, PeopleNotKeptError, shown
from avatars.jobs import Sources, execute
from avatars.models import Cardinality, ColumnType, JobKind, LinkMethod, Protection, Results
from avatars.tables import like_source
from avatars.tables.sources import to_frame

__all__ = ["MultiTableAvatarizer"]

LinkTuple = tuple[str, str, str, str] | tuple[str, str, str, str, LinkMethod | str]


class MultiTableAvatarizer(BaseEstimator):
    """Replace the people of linked tables by avatars who are linked in the same way.

    Keys are issued anew and stay valid, numbers of children and relations across tables stay
    plausible, and what is protected is the person, not the row: no avatar is drawn from two rows
    of the same person, and nothing comes out that only the rows of a few people have.

    Parameters
    ----------
    links : sequence of tuple
        ``(parent, parent_column, child, child_column)``, and as a fifth a
        :class:`~avatars.models.LinkMethod` or its value. The parent's column is its primary key.
        Links may not form a circle.
    primary_keys : dict of {table: column}, default=None
        Columns that name the rows of a table. Those of parents need not be given again.
    time_columns : dict of {table: column}, default=None
        Tables of series, and what orders them.
    individual_level : collection of str, default=None
        Tables in which each row is one person; those without parents unless given.
    reference_tables : collection of str, default=()
        Tables that describe things and nobody, such as wards or drugs: other tables may name their
        rows, and **they are released as they are**, with fresh keys.
    k : int, default=None
        Neighbours that each avatar is drawn from, where ``table_parameters`` doesn't say.
    protection : {"balanced", "strict", "none"}, default="balanced"
        What is done beyond the published method, see :ref:`protection`.
    table_parameters : dict of {table: dict}, default=None
        Parameters of single tables, by the names that
        :meth:`Runner.set_parameters <avatars.runner.Runner.set_parameters>` gives them.
    types : dict of {table: dict of {column: str}}, default=None
        What columns mean where their dtype doesn't say.
    cardinality : {"smoothed", "exact"}, default="smoothed"
        Whether numbers of children that too few parents have are merged. An exact number is a
        quasi-identifier: the one patient with 40 visits is found by them.
    shuffle : bool, default=True
        Release rows in random order. False keeps row i the avatar of row i, **sensitive**.
    random_state : int, numpy Generator or RandomState, default=None
        The seed, which is a secret. None asks the operating system.
    n_jobs : int, default=None
        Threads. The avatars don't depend on it.
    verbose : bool, default=False
        Print what is being done to the standard error stream.

    Attributes
    ----------
    tables_ : list of str
        The tables of the fit.
    links_ : list of tuple
        Their links, with methods.

    Notes
    -----
    A linked release is drawn once, as a whole: ``transform`` gives back the release of the tables
    of the fit, and refuses others. Pickles hold neither people nor avatars.

    Examples
    --------
    >>> from avatars import MultiTableAvatarizer
    >>> from avatars.datasets import make_clinic
    >>> links = [("patient", "id", "visit", "patient_id"), ("doctor", "id", "visit", "doctor_id")]
    >>> avatarizer = MultiTableAvatarizer(
    ...     links, primary_keys={"visit": "id"}, k=10, random_state=0)
    >>> released = avatarizer.fit_transform(make_clinic(random_state=0))
    >>> released["visit"]["patient_id"].isin(released["patient"]["id"]).all().item()
    True
    """

    def __init__(
        self,
        links: Sequence[LinkTuple] = (),
        *,
        primary_keys: Mapping[str, str] | None = None,
        time_columns: Mapping[str, str] | None = None,
        individual_level: Collection[str] | None = None,
        reference_tables: Collection[str] = (),
        k: int | None = None,
        protection: Protection | str = "balanced",
        table_parameters: Mapping[str, Mapping[str, Any]] | None = None,
        types: Mapping[str, Mapping[str, ColumnType | str]] | None = None,
        cardinality: Cardinality | str = "smoothed",
        shuffle: bool = True,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.links = links
        self.primary_keys = primary_keys
        self.time_columns = time_columns
        self.individual_level = individual_level
        self.reference_tables = reference_tables
        self.k = k
        self.protection = protection
        self.table_parameters = table_parameters
        self.types = types
        self.cardinality = cardinality
        self.shuffle = shuffle
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X: Mapping[str, Any], y: Any = None) -> MultiTableAvatarizer:
        """Draw the avatars of all tables.

        Parameters
        ----------
        X : dict of {str: table}
            DataFrames of pandas or polars, Arrow tables, or paths of CSV or Parquet files.
        y : object, default=None
            Ignored.

        Returns
        -------
        MultiTableAvatarizer
            Itself.

        Raises
        ------
        InvalidInputError
            A ValueError that names the table, column or parameter that can't be used, never a key.
        """
        frames = _frames(X)
        config = self._config(frames)
        found = execute(
            JobKind.standard, config, Sources(frames), progress=self._progress(), n_jobs=self.n_jobs
        )
        self._token = _token(frames)
        self._aligned = {name: results[Results.UNSHUFFLED] for name, results in found.items()}
        self._shuffled = {name: results[Results.SHUFFLED] for name, results in found.items()}
        self.tables_ = list(frames)
        self.links_ = [
            (link.parent, link.parent_field, link.child, link.child_field, link.method.value)
            for link in config.relations().links
        ]
        return self

    def transform(self, X: Mapping[str, Any]) -> dict[str, Any]:
        """Return the avatars of the tables of the fit.

        Parameters
        ----------
        X : dict of {str: table}
            The tables of the fit.

        Returns
        -------
        dict of {str: table}
            Each of the kind it came in, with fresh keys, in random order; **sensitive**, in the
            order of X, if ``shuffle=False``.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        InvalidParameterError
            If X are other tables.
        PeopleNotKeptError
            If this estimator was unpickled.
        """
        check_is_fitted(self)
        if not hasattr(self, "_shuffled"):
            raise PeopleNotKeptError(
                "this MultiTableAvatarizer was unpickled, and pickles hold no people: call fit "
                "again."
            )
        if _token(_frames(X)) != self._token:
            raise InvalidParameterError(
                "X",
                "holds other tables than those of the fit: a linked release is drawn as a whole. "
                "Call fit_transform.",
            )
        frames = self._shuffled if self.shuffle else self._aligned
        return {name: like_source(frame.copy(), X[name]) for name, frame in frames.items()}

    def fit_transform(self, X: Mapping[str, Any], y: Any = None) -> dict[str, Any]:
        """Fit, and return the avatars.

        Parameters
        ----------
        X : dict of {str: table}
            As in ``fit``.
        y : object, default=None
            Ignored.

        Returns
        -------
        dict of {str: table}
            As from ``transform``.
        """
        return self.fit(X).transform(X)

    def _config(self, frames: Mapping[str, pd.DataFrame]) -> Config:
        """Describe the tables as a run does."""
        links = [_link(link) for link in self.links]
        given = {
            "links": [name for link in links for name in (link[0], link[2])],
            "primary_keys": list(self.primary_keys or {}),
            "time_columns": list(self.time_columns or {}),
            "individual_level": list(self.individual_level or ()),
            "reference_tables": list(self.reference_tables),
            "table_parameters": list(self.table_parameters or {}),
            "types": list(self.types or {}),
        }
        for parameter, names in given.items():
            for name in names:
                if name not in frames:
                    raise InvalidParameterError(
                        parameter, f"names table {shown(name)}, which was not passed."
                    )
        # One integer stands for whatever random_state is: a run knows no generators.
        seed = self.random_state
        if seed is not None and not isinstance(seed, (int, np.integer)):
            seed = int.from_bytes(seed_bytes(seed), "little")
        elif seed is not None:
            seed_bytes(seed)
            seed = int(seed)
        config = Config(display_name="tables", seed=seed)
        for name, frame in frames.items():
            config = config.with_table(self._table(name, frame, links))
            asked = dict((self.table_parameters or {}).get(name, {}))
            if self._is_drawn(name, links):
                asked.setdefault("k", self.k or _default_k(name, frames, links))
            parameters = {"protection": self.protection, **asked}
            config = config.with_parameters(name, **parameters)
        for parent, field, child, child_field, method in links:
            config = config.with_link(
                parent, field, child, child_field, method, Cardinality(self.cardinality)
            )
        return config

    def _table(
        self, name: str, frame: pd.DataFrame, links: list[tuple[str, str, str, str, LinkMethod]]
    ) -> TableConfig:
        keys = dict.fromkeys([link[1] for link in links if link[0] == name])
        declared = (self.primary_keys or {}).get(name)
        if declared is not None:
            keys[declared] = None
        if len(keys) > 1:
            raise InvalidParameterError(
                "primary_keys",
                f"gives table {shown(name)} another key than its links: {len(keys)} columns can't "
                "all be its primary key. Join the columns of a composite key into one.",
            )
        foreign = [link[3] for link in links if link[2] == name]
        time = (self.time_columns or {}).get(name)
        types = (self.types or {}).get(name, {})
        for parameter, named in (
            ("links", [*keys, *foreign]),
            ("time_columns", [] if time is None else [time]),
            ("types", list(types)),
        ):
            for label in named:
                if label not in frame.columns:
                    raise InvalidParameterError(
                        parameter,
                        f"names column {shown(label)}, which table {shown(name)} doesn't have.",
                    )
        labels = dict.fromkeys([*keys, *foreign, *([] if time is None else [time]), *types])
        columns = tuple(
            ColumnConfig(
                field=label,
                type=types.get(label),
                primary_key=label in keys,
                identifier=label in foreign,
                time_series_time=label == time,
            )
            for label in labels
        )
        level = None
        if self.individual_level is not None or name in self.reference_tables:
            level = name in (self.individual_level or ())
        return TableConfig(
            name=name,
            columns=columns,
            individual_level=level,
            reference=name in self.reference_tables,
        )

    def _is_drawn(self, name: str, links: list[tuple[str, str, str, str, LinkMethod]]) -> bool:
        """Tell whether a table has neighbours: not a table of things, nor of linked series."""
        if name in (self.time_columns or {}):
            return not any(link[2] == name for link in links)
        return name not in self.reference_tables

    def _progress(self) -> Callable[[str], None] | None:
        if not self.verbose:
            return None
        started = time.perf_counter()

        def report(step: str) -> None:
            seconds = time.perf_counter() - started
            print(f"[MultiTableAvatarizer] {seconds:7.1f} s  {step}", file=sys.stderr, flush=True)

        return report

    # ---- nothing about people, and no seed, in what is shown or written

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        for name in ("_aligned", "_shuffled"):
            state.pop(name, None)
        return state

    def __copy__(self) -> MultiTableAvatarizer:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> MultiTableAvatarizer:
        twin = copy.copy(self)
        # What was drawn is never written to, so twins may share it.
        shared = ("_aligned", "_shuffled")
        rest = {name: value for name, value in self.__dict__.items() if name not in shared}
        twin.__dict__.update(copy.deepcopy(rest, memo))
        return twin

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        twin = copy.copy(self)
        if twin.random_state is not None:
            twin.random_state = Secret()  # type: ignore[assignment]
        return str(BaseEstimator.__repr__(twin, N_CHAR_MAX))


def _frames(tables: Any) -> dict[str, pd.DataFrame]:
    if not isinstance(tables, Mapping) or not tables:
        raise InvalidParameterError("X", "must be a dict of tables by name, with at least one.")
    frames = {}
    for name, table in tables.items():
        if not isinstance(name, str) or not name:
            raise InvalidParameterError("X", "must have words as names of tables.")
        frames[name] = table if isinstance(table, pd.DataFrame) else to_frame(table, name=name)
    return frames


def _link(link: Any) -> tuple[str, str, str, str, LinkMethod]:
    is_tuple = isinstance(link, (tuple, list)) and len(link) in (4, 5)
    if not is_tuple or not all(isinstance(part, str) for part in link[:4]):
        raise InvalidParameterError(
            "links",
            "must be tuples (parent, parent_column, child, child_column), each a word, and a "
            "method as a fifth if need be. Join the columns of a composite key into one.",
        )
    method = link[4] if len(link) == 5 else LinkMethod.LINEAR_SUM_ASSIGNMENT
    try:
        return (*link[:4], LinkMethod(method))
    except ValueError:
        allowed = ", ".join(member.value for member in LinkMethod)
        raise InvalidParameterError("links", f"must name a method of {allowed}.") from None


def _default_k(
    name: str,
    frames: Mapping[str, pd.DataFrame],
    links: list[tuple[str, str, str, str, LinkMethod]],
) -> int:
    """Return 20, or what the people behind the rows of a smaller table allow."""
    people = [frames[name][link[3]].nunique() for link in links if link[2] == name]
    return max(2, min([20, len(frames[name]) - 1, *(n - 1 for n in people)]))


def _token(frames: Mapping[str, pd.DataFrame]) -> bytes:
    """Return what recognises the tables of the fit."""
    state = hashlib.blake2b(digest_size=32, person=b"avatars-tables")
    for name, frame in frames.items():
        state.update(repr((name, list(frame.columns), list(map(str, frame.dtypes)))).encode())
        cells = frame.astype({c: str for c in frame.columns if frame[c].dtype == object})
        state.update(pd.util.hash_pandas_object(cells, index=False).to_numpy().tobytes())
    return state.digest()
