"""What both estimators do: parameters, fitting, sampling, and keeping quiet about people."""

from __future__ import annotations

import copy
import hashlib
import os
import sys
import time
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from avatars.engine.dp import DpModel, PrivacyLedger
from avatars.engine.model import AvatarModel
from avatars.engine.streams import seed_bytes
from avatars.exceptions import (
    InvalidParameterError,
    NotAvailableError,
    PeopleNotKeptError,
    SensitiveWarning,
)
from avatars.jobs import fit_private, fit_table, sampled_frame
from avatars.models import (
    AvatarizationParameters,
    ColumnType,
    ExcludeVariablesMethod,
    ImputeMethod,
    Protection,
    PublicColumn,
)
from avatars.tables import Table
from avatars.tables.sources import to_frame

if TYPE_CHECKING:
    from avatars.backends import LocalBackend

_PARAMETERS = """k : int, default=None
        Neighbours that each avatar is drawn from, at least 2. More is more private and less
        faithful. None is 20, or one less than the rows of a smaller table.
    ncp : int, default=None
        Axes of the projection on which neighbours are found. None is 5, or the table's rank.
    use_categorical_reduction : bool, default=None
        Sum all categories up on 20 axes before the projection; worth trying when they have many
        levels. None is False.
    column_weights : dict of {label: float}, default=None
        Weight of columns in the distance between people, at least 0; 1 where not given.
    exclude_variable_names : list of labels, default=None
        Columns left out of projection and draw, and put back afterwards.
    exclude_replacement_strategy : {"coordinate_similarity", "row_order"}, default=None
        Where excluded cells come from: somebody with similar coordinates (None), or the very
        person that the avatar was drawn around, which links the two.
    imputation_method : {"fast_knn", "knn", "mean", "median", "mode"}, default=None
        How gaps are filled while avatars are computed; the gaps themselves are drawn with the
        rest and put back. None is "fast_knn".
    imputation_k : int, default=None
        Neighbours that "knn" and "fast_knn" fill from. None is 5.
    imputation_training_fraction : float, default=None
        Share of people, in (0, 1], that "knn" and "fast_knn" fill from. None is 1.
    dp_epsilon : float, default=None
        Differential privacy with this epsilon, above 0, instead of neighbours: see
        :ref:`differential-privacy`. Less is more private. It can't be combined with ``k``, the
        parameters of neighbours, ``random_state`` or ``shuffle=False``. None is none.
    dp_preprocess_budget_ratio : float, default=None
        Share of its budget, in (0, 1), for single columns and what has to be bought of them; the
        rest goes to pairs. None is 0.3.
    known_variables : list of labels, default=None
        Read by metrics alone: columns that an attacker may know.
    target : label, default=None
        Read by metrics alone: column to infer and to predict.
    closest_rate_percentage_threshold : float, default=None
        Read by metrics alone, in [0, 100].
    closest_rate_ratio_threshold : float, default=None
        Read by metrics alone, in [0, 1].
    categorical_hidden_rate_variables : list of labels, default=None
        Read by metrics alone.
    protection : {"balanced", "strict", "none"}, default="balanced"
        What is done beyond the published method, see :ref:`protection`. "none" reproduces the
        paper, copies of people included.
    types : dict of {label: str}, default=None
        What columns mean where their dtype doesn't say: "int", "float", "bool", "category",
        "datetime" or "identifier".
    primary_key : label, default=None
        The column that identifies rows; it comes out with fresh values.
    individual_level : bool, default=None
        Whether each row is one person. False warns, since rows are what is protected.
    shuffle : bool, default=True
        Release avatars in random order. False keeps them aligned with the people, which is
        sensitive: for evaluation within the process only.
    random_state : int, numpy Generator or RandomState, default=None
        The seed, which is a secret: whoever has it and the table can replay the release. None
        asks the operating system.
    n_jobs : int, default=None
        Threads. The avatars don't depend on it.
    verbose : bool, default=False
        Print what is being done to the standard error stream.
    manager : Manager, default=None
        Whose engine computes; its threads are used where ``n_jobs`` is None. None computes in
        this process as well: a Manager with a server comes later.
    dp_delta : float, default=None
        Delta of differential privacy, above 0 and at most 1e-3. None is 1e-5; take less than one
        by the number of people.
    dp_domain : dict of {label: PublicColumn or dict}, default=None
        What is publicly known of columns, see :class:`avatars.models.PublicColumn`. Bounds and
        categories of others are bought with a part of the budget. With ``dp_epsilon``, tables need
        dtypes of their own (no CSV files, no lists), and numbers and moments one of theirs.
    dp_n_rows : int, default=None
        Number of avatars. None is the number of people, with noise.
    dp_ledger : PrivacyLedger or path, default=None
        The budget that this fit is charged to; a path is that of a ledger that is there. None
        only warns when this process fits the same table again."""

_T = TypeVar("_T", bound=type)


def documented(cls: _T) -> _T:
    """Put the one description of the parameters into the docstring of a class."""
    cls.__doc__ = (cls.__doc__ or "").replace("{parameters}", _PARAMETERS)
    return cls


class Secret:
    """What stands for a seed where parameters are shown."""

    def __repr__(self) -> str:
        return "<secret>"


class BaseAvatars(BaseEstimator):
    """Parameters, fitting, sampling and keeping quiet: what both estimators do."""

    _model: AvatarModel | DpModel

    def __init__(
        self,
        *,
        k: int | None = None,
        ncp: int | None = None,
        use_categorical_reduction: bool | None = None,
        column_weights: dict[Any, float] | None = None,
        exclude_variable_names: Sequence[Hashable] | None = None,
        exclude_replacement_strategy: ExcludeVariablesMethod | str | None = None,
        imputation_method: ImputeMethod | str | None = None,
        imputation_k: int | None = None,
        imputation_training_fraction: float | None = None,
        dp_epsilon: float | None = None,
        dp_preprocess_budget_ratio: float | None = None,
        known_variables: Sequence[Hashable] | None = None,
        target: Hashable | None = None,
        closest_rate_percentage_threshold: float | None = None,
        closest_rate_ratio_threshold: float | None = None,
        categorical_hidden_rate_variables: Sequence[Hashable] | None = None,
        protection: Protection | str = "balanced",
        types: Mapping[Any, ColumnType | str] | None = None,
        primary_key: Hashable | None = None,
        individual_level: bool | None = None,
        shuffle: bool = True,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        manager: Any = None,
        dp_delta: float | None = None,
        dp_domain: Mapping[Any, PublicColumn | Mapping[str, Any]] | None = None,
        dp_n_rows: int | None = None,
        dp_ledger: PrivacyLedger | str | os.PathLike[str] | None = None,
    ) -> None:
        self.k = k
        self.ncp = ncp
        self.use_categorical_reduction = use_categorical_reduction
        self.column_weights = column_weights
        self.exclude_variable_names = exclude_variable_names
        self.exclude_replacement_strategy = exclude_replacement_strategy
        self.imputation_method = imputation_method
        self.imputation_k = imputation_k
        self.imputation_training_fraction = imputation_training_fraction
        self.dp_epsilon = dp_epsilon
        self.dp_preprocess_budget_ratio = dp_preprocess_budget_ratio
        self.known_variables = known_variables
        self.target = target
        self.closest_rate_percentage_threshold = closest_rate_percentage_threshold
        self.closest_rate_ratio_threshold = closest_rate_ratio_threshold
        self.categorical_hidden_rate_variables = categorical_hidden_rate_variables
        self.protection = protection
        self.types = types
        self.primary_key = primary_key
        self.individual_level = individual_level
        self.shuffle = shuffle
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.manager = manager
        self.dp_delta = dp_delta
        self.dp_domain = dp_domain
        self.dp_n_rows = dp_n_rows
        self.dp_ledger = dp_ledger

    # ---- fitting

    def _fitted_model(
        self, source: Any, types: Mapping[Any, ColumnType | str] | None
    ) -> AvatarModel | DpModel:
        """Return a model fitted on a table, with nothing of it stored."""
        n_jobs = self.n_jobs
        if self.manager is not None:
            n_jobs = self._engine_of_manager().n_jobs if n_jobs is None else n_jobs
        if self.n_jobs is not None and not isinstance(self.n_jobs, (int, np.integer)):
            raise InvalidParameterError("n_jobs", "must be None or an integer.")
        if self.individual_level is False:
            warnings.warn(
                "individual_level=False: rows are protected, and a person with several rows is "
                "not. Summarise each person in one row first.",
                SensitiveWarning,
                stacklevel=3,
            )
        parameters = AvatarizationParameters.checked(
            **{name: getattr(self, name) for name in AvatarizationParameters.model_fields}
        )
        if parameters.dp_epsilon is not None:
            self._refuse_beside_privacy(parameters)
            return fit_private(
                source,
                parameters,
                types=types,
                primary_key=self.primary_key,
                ledger=self.dp_ledger,
                progress=self._progress(),
            )
        if self.dp_ledger is not None:
            raise InvalidParameterError("dp_ledger", "needs dp_epsilon.")
        seed = seed_bytes(self.random_state)
        # What a run does with its tables: the same seed gives the same avatars either way.
        return fit_table(
            source,
            parameters,
            seed=seed,
            types=types,
            primary_key=self.primary_key,
            n_jobs=n_jobs,
            progress=self._progress(),
        )

    def _refuse_beside_privacy(self, parameters: AvatarizationParameters) -> None:
        """Refuse what would take differential privacy back, or say what it is instead of."""
        if self.random_state is not None:
            raise InvalidParameterError(
                "random_state",
                "can't be set with dp_epsilon: noise that somebody can repeat is none.",
            )
        if not self.shuffle:
            raise InvalidParameterError(
                "shuffle",
                "can't be False with dp_epsilon, whose avatars are drawn around nobody.",
            )
        if parameters.protection is not Protection.BALANCED:
            raise InvalidParameterError(
                "protection", "can't be set with dp_epsilon, which is a protection of its own."
            )

    def _engine_of_manager(self) -> LocalBackend:
        from avatars.manager import Manager

        if not isinstance(self.manager, Manager):
            raise InvalidParameterError("manager", "must be None or a Manager.")
        return self.manager.engine

    def _keep(self, model: AvatarModel | DpModel, source: Any) -> None:
        self._model = model
        self._template = no_rows(source)
        for name in ("guarantee_", "k_", "ncp_", "explained_variance_ratio_"):
            # Left by another fit, with other parameters.
            self.__dict__.pop(name, None)
        if isinstance(model, DpModel):
            self.guarantee_ = model.guarantee
            return
        # Only a seed that can be used again lets an unpickled estimator repeat its release.
        repeats = isinstance(self.random_state, (int, np.integer))
        self._token = token(model.table.digest()) if repeats else b""
        self.k_ = model.k
        self.ncp_ = model.projection.n_axes
        self.explained_variance_ratio_ = model.projection.explained_variance_ratio

    def _progress(self) -> Callable[[str], None] | None:
        if not self.verbose:
            return None
        started = time.perf_counter()
        name = type(self).__name__

        def report(step: str) -> None:
            seconds = time.perf_counter() - started
            print(f"[{name}] {seconds:7.1f} s  {step}", file=sys.stderr, flush=True)

        return report

    def _look_at(self, X: Any, *, reset: bool) -> None:
        """Check names and number of features, and remember them, as scikit-learn does."""
        if isinstance(X, pd.DataFrame) and not all(isinstance(c, str) for c in X.columns):
            # scikit-learn knows names that are all strings, or none.
            X = np.empty((1, X.shape[1]))
        elif not hasattr(X, "shape") or len(getattr(X, "shape", ())) != 2:
            X = np.empty((1, to_frame(X).shape[1]))
        validate_data(self, X, reset=reset, skip_check_array=True)

    def _sampled(self, n_samples: int) -> pd.DataFrame:
        check_is_fitted(self)
        if not hasattr(self, "_model"):
            raise PeopleNotKeptError(
                f"this {type(self).__name__} was unpickled, and pickles hold no people: call fit "
                "again before sample."
            )
        whole = isinstance(n_samples, (int, np.integer)) and not isinstance(n_samples, bool)
        if not whole or n_samples < 1:
            raise InvalidParameterError("n_samples", "must be an integer of at least 1.")
        if isinstance(self._model, DpModel):
            return self._model.frame(int(n_samples))
        return sampled_frame(self._model, int(n_samples))

    def _sensitive(self, X: Any) -> tuple[Table, Table, Table | None]:
        """Return people, aligned avatars, and X where it isn't the table of the fit."""
        # Fitting needs none of the metrics, which take a while to import.
        from avatars.metrics.space import read_together

        check_is_fitted(self)
        if not hasattr(self, "_model"):
            raise PeopleNotKeptError(
                f"this {type(self).__name__} was unpickled, and pickles hold no people: call fit "
                "again before it is measured."
            )
        model = self._model
        if isinstance(model, DpModel):
            raise NotAvailableError(
                f"this {type(self).__name__} was fitted with dp_epsilon and holds no people: pass "
                "people and release to avatars.metrics.evaluate. No guarantee covers what that "
                "returns."
            )
        people, n = model.table, model.table.n_rows
        drawn = Table(people.schema, model.sensitive_numeric, model.sensitive_codes, n)
        if X is None:
            return people, drawn, None
        people, drawn, unseen = read_together(people, drawn, X)
        known, shown = (np.sort(table.row_hashes()) for table in (people, unseen))
        return people, drawn, None if np.array_equal(known, shown) else unseen

    # ---- nothing about people, and no seed, in what is shown or written

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if not isinstance(state.get("_model"), DpModel):
            state.pop("_model", None)
        return state

    def __copy__(self) -> BaseAvatars:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> BaseAvatars:
        twin = copy.copy(self)
        # A fitted model is never written to, so twins may share it.
        rest = {name: value for name, value in self.__dict__.items() if name != "_model"}
        twin.__dict__.update(copy.deepcopy(rest, memo))
        return twin

    def _masked(self) -> BaseAvatars:
        twin = copy.copy(self)
        if twin.random_state is not None:
            twin.random_state = Secret()  # type: ignore[assignment]
        return twin

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return str(BaseEstimator.__repr__(self._masked(), N_CHAR_MAX))

    def _repr_html_inner(self) -> str:
        return str(BaseEstimator._repr_html_inner(self._masked()))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = BaseEstimator._repr_mimebundle_(self._masked(), **kwargs)
        return bundle

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.non_deterministic = bool(self.shuffle)
        return tags


def token(digest: bytes) -> bytes:
    """Return what recognises a table and can't replay its shuffle, unlike the digest itself."""
    return hashlib.blake2b(digest, digest_size=32, person=b"avatars-pickle").digest()


def no_rows(source: Any) -> Any:
    """Return a source without its rows: enough to know of what kind it was."""
    if isinstance(source, (str, os.PathLike)):
        return source
    if isinstance(source, pd.DataFrame):
        return pd.DataFrame(columns=source.columns)
    if isinstance(source, pd.Series):
        return pd.Series([], dtype=object, name=source.name)
    package = type(source).__module__.partition(".")[0]
    if package == "polars":
        return _without_levels(source.clear())
    if package == "pyarrow" and hasattr(source, "schema"):
        # A slice would carry the buffers of all rows into pickles.
        return source.schema.remove_metadata().empty_table()
    array = np.asarray(source)
    is_text = array.dtype.kind in "US" and not hasattr(source, "dtype")
    return np.empty((0,) * array.ndim, dtype=object if is_text else array.dtype)


def _without_levels(source: Any) -> Any:
    """Return an empty frame or series of polars whose Enums don't say what their levels were."""
    import polars as pl

    columns = [source] if isinstance(source, pl.Series) else source.get_columns()
    bare = [c.cast(pl.Enum([])) if c.dtype == pl.Enum else c for c in columns]
    return bare[0] if isinstance(source, pl.Series) else pl.DataFrame(bare)
