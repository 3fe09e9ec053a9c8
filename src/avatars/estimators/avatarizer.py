"""``Avatarizer``: a table of people in, a table of avatars out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from avatars.engine.dp import DpModel
from avatars.engine.model import AvatarModel
from avatars.estimators._base import BaseAvatars, documented, token
from avatars.estimators.sampler import AvatarSampler
from avatars.exceptions import (
    InvalidParameterError,
    NotAvailableError,
    PeopleNotKeptError,
    SensitiveWarning,
)
from avatars.jobs import released_frame
from avatars.tables import Table, conform, like_source, read_table

__all__ = ["Avatarizer"]

_FEW = 5


@documented
class Avatarizer(OneToOneFeatureMixin, TransformerMixin, BaseAvatars):
    """Replace each person of a table by an avatar.

    An avatar is a synthetic individual drawn around a person's k nearest neighbours. The avatars
    come out shuffled, with a new index and no attributes, in the dtypes and the column order of
    the table.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    k_ : int
        Neighbours that were used.
    ncp_ : int
        Axes that were used.
    explained_variance_ratio_ : ndarray of shape (`ncp_`,)
        Share of the variance along each axis, in [0, 1].
    guarantee_ : Guarantee
        What differential privacy promises; only with ``dp_epsilon``, and instead of the above.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where all are strings.

    See Also
    --------
    AvatarSampler : The same for pipelines that resample X and y together.

    Notes
    -----
    A fitted estimator holds its people in memory and draws from them; it is as sensitive as the
    table. Pickles and joblib files
    leave them behind: an unpickled estimator can transform the table of its fit, once it is shown
    that table again and if ``random_state`` was an integer, and nothing else. With ``dp_epsilon``
    it is the other way round: a fitted estimator holds noisy counts alone, in pickles as well, and
    ``sample`` draws from them at no further cost.

    References
    ----------
    .. [1] Guillaudeux et al., "Patient-centric synthetic data generation, no reason to risk
       re-identification in biomedical data analysis", npj Digital Medicine 6, 37 (2023).

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> people = make_patients(200, random_state=0)
    >>> released = Avatarizer(k=20, random_state=0).fit_transform(people)
    >>> released.shape == people.shape, (released.dtypes == people.dtypes).all().item()
    (True, True)

    With differential privacy, and what is publicly known of a column:

    >>> private = Avatarizer(dp_epsilon=1.0, dp_domain={"age": {"bounds": (0, 120)}})
    >>> private.fit_transform(people[["age", "smoker"]]).shape[1], private.guarantee_.epsilon
    (2, 1.0)
    """

    def fit(self, X: Any, y: Any = None) -> Avatarizer:
        """Draw one avatar around each person of a table.

        Parameters
        ----------
        X : DataFrame, polars.DataFrame, pyarrow.Table, ndarray, or path of a CSV or Parquet file
            The people, one per row.
        y : object, default=None
            Ignored, for pipelines.

        Returns
        -------
        Avatarizer
            Itself.

        Raises
        ------
        InvalidInputError
            A ValueError that names the column or parameter that can't be used.
        UnsupportedTypeError
            A TypeError if X is no table, or holds cells of a kind that can't be avatarized.

        Examples
        --------
        >>> from avatars import Avatarizer
        >>> from avatars.datasets import make_patients
        >>> Avatarizer(k=10).fit(make_patients(100, random_state=0)).k_
        10
        """
        self._keep(self._fitted_model(X, self.types), X)
        self._look_at(X, reset=True)
        return self

    def transform(self, X: Any) -> Any:
        """Return one avatar for each row of X.

        Parameters
        ----------
        X : table
            The columns seen in ``fit``. A row that was in the fit gets the avatar drawn then;
            any other gets one drawn around its neighbours among the people of the fit.

        Returns
        -------
        table of the kind of X
            Avatars in random order, or, **sensitive**, in the order of X if ``shuffle=False``.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        InvalidInputError
            If X has other columns, or cells that can't be read as those of the fit.
        NotAvailableError
            With ``dp_epsilon``.
        PeopleNotKeptError
            If this estimator was unpickled and X isn't the table of its fit.

        Examples
        --------
        >>> from avatars import Avatarizer
        >>> from avatars.datasets import make_patients
        >>> people = make_patients(100, random_state=0)
        >>> Avatarizer(random_state=0).fit(people).transform(people.head(60)).shape[0]
        60
        """
        check_is_fitted(self)
        self._look_at(X, reset=False)
        model = self._model if hasattr(self, "_model") else self._fitted_again(X)
        if isinstance(model, DpModel):
            raise NotAvailableError(
                "with dp_epsilon avatars are drawn around nobody, so rows have none: call "
                "fit_transform, or sample, which costs no budget."
            )
        table = conform(X, model.table.schema)
        return self._ordered(model, table, *model.draw_for(table), X)

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, and return one avatar for each person.

        Parameters
        ----------
        X : table
            The people, one per row.
        y : object, default=None
            Must be None while shuffling: rows of X and y would no longer belong together.

        Returns
        -------
        table of the kind of X
            Avatars in random order, or, **sensitive**, in the order of X if ``shuffle=False``.

        Raises
        ------
        InvalidParameterError
            If y is given while shuffling.

        Examples
        --------
        >>> from avatars import Avatarizer
        >>> from avatars.datasets import make_patients
        >>> people = make_patients(200, random_state=0)
        >>> Avatarizer(k=10, random_state=0).fit_transform(people).shape[0]
        200
        """
        if y is not None and self.shuffle:
            raise InvalidParameterError(
                "y",
                "can't be passed to fit_transform while shuffling: avatars come out in another "
                "order than y, and a model would learn noise. Make y a column of X, use "
                "AvatarSampler in an imblearn pipeline, or set shuffle=False to evaluate within "
                "the process (sensitive).",
            )
        self.fit(X)
        model = self._model
        if isinstance(model, DpModel):
            return like_source(model.frame(), X)
        return self._ordered(model, model.table, model.sensitive_numeric, model.sensitive_codes, X)

    def sample(self, n_samples: int = 1) -> Any:
        """Draw any number of avatars.

        Parameters
        ----------
        n_samples : int, default=1
            How many.

        Returns
        -------
        table of the kind seen in ``fit``
            Avatars around people taken at random, in random order.

        Raises
        ------
        PeopleNotKeptError
            If this estimator was unpickled.

        Examples
        --------
        >>> from avatars import Avatarizer
        >>> from avatars.datasets import make_patients
        >>> Avatarizer(random_state=0).fit(make_patients(100, random_state=0)).sample(250).shape[0]
        250
        """
        return like_source(self._sampled(n_samples), self._template)

    def sensitive_tables(self, X: Any = None, y: Any = None) -> tuple[Table, Table, Table | None]:
        """Return what metrics compare: the people and their avatars, row by row. **Sensitive**.

        Whoever holds the two knows whose avatar is whose: they are for evaluation within the
        process, and must not be released or stored.

        Parameters
        ----------
        X : table, default=None
            People to compare with, in the columns of the fit.
        y : object, default=None
            Ignored, for pipelines.

        Returns
        -------
        people, avatars : Table
            Those of the fit; row i of ``avatars`` was drawn around row i of ``people``.
        unseen : Table or None
            X, read with their schema. None without X, or where X is the table of the fit: it
            holds nobody unseen.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        PeopleNotKeptError
            If this estimator was unpickled.

        Examples
        --------
        >>> from avatars import Avatarizer
        >>> from avatars.datasets import make_patients
        >>> table = make_patients(150, random_state=0)
        >>> avatarizer = Avatarizer(random_state=0).fit(table.head(100))
        >>> people, avatars, unseen = avatarizer.sensitive_tables(table.tail(50))
        >>> people.n_rows, avatars.n_rows, unseen.n_rows
        (100, 100, 50)
        >>> avatarizer.sensitive_tables(table.head(100))[2] is None
        True
        """
        return self._sensitive(X)

    def as_sampler(self) -> AvatarSampler:
        """Return an ``AvatarSampler`` with the same parameters, not fitted.

        Returns
        -------
        AvatarSampler
            For ``imblearn.pipeline``.

        Examples
        --------
        >>> from avatars import Avatarizer
        >>> Avatarizer(k=30).as_sampler()
        AvatarSampler(k=30)
        """
        return AvatarSampler(**self.get_params(deep=False))

    def _fitted_again(self, X: Any) -> AvatarModel | DpModel:
        """Refit an unpickled estimator on the table it was fitted on, without keeping anything."""
        if not isinstance(self.random_state, (int, np.integer)):
            raise PeopleNotKeptError(
                "this Avatarizer was unpickled, pickles hold no people, and without an integer as "
                "random_state its release can't be repeated: call fit again."
            )
        table = read_table(X, types=self.types, primary_key=self.primary_key)
        if token(table.digest()) != self._token:
            raise PeopleNotKeptError(
                "this Avatarizer was unpickled, and pickles hold no people: it can transform the "
                "very table of its fit, or call fit again."
            )
        return self._fitted_model(X, self.types)

    def _ordered(self, model: AvatarModel, table: Any, numeric: Any, codes: Any, X: Any) -> Any:
        if self.shuffle and table.n_rows < _FEW:
            warnings.warn(
                f"shuffling {table.n_rows} rows hides nobody: whoever passed them in knows whose "
                "avatar is whose. Release avatars of the whole table.",
                SensitiveWarning,
                stacklevel=3,
            )
        frame = released_frame(model, table, (numeric, codes), shuffle=self.shuffle)
        return like_source(frame, X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
