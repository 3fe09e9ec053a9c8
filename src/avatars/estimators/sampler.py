"""``AvatarSampler``: X and y in, avatars of both out."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_consistent_length

from avatars.engine.dp import DpModel
from avatars.estimators._base import BaseAvatars, documented, no_rows
from avatars.exceptions import InvalidParameterError
from avatars.jobs import released_frame
from avatars.models import ColumnType
from avatars.tables import Table, like_source
from avatars.tables.sources import refuse_without_dtypes, to_frame

__all__ = ["AvatarSampler"]


@documented
class AvatarSampler(BaseAvatars):
    """Replace X and y together by avatars, for pipelines that resample.

    y joins the table as one more column, so that what it has to do with X is kept, and both come
    out in the same new order. Train on avatars, test on real people.

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
        Columns of X seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where all are strings.

    See Also
    --------
    Avatarizer : The same for one table.

    Notes
    -----
    A class that fewer than five people hold (ten with ``protection="strict"``) doesn't survive:
    those people get the class of people like them, and a warning says how many there were.

    With ``dp_epsilon``, y is the column "y" of ``dp_domain`` and ``types``: classes that are
    numbers need ``types={"y": "category"}``, since nobody looks at them to find out.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from avatars import AvatarSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> X_avatars, y_avatars = AvatarSampler(k=10, random_state=0).fit_resample(X, y)
    >>> X_avatars.shape, sorted(set(y_avatars.tolist()))
    ((150, 4), [0, 1, 2])
    """

    def fit(self, X: Any, y: Any = None) -> AvatarSampler:
        """Draw one avatar around each person.

        Parameters
        ----------
        X : table
            The people, one per row.
        y : array-like of shape (n_samples,), default=None
            Classes or numbers that belong to them.

        Returns
        -------
        AvatarSampler
            Itself.

        Raises
        ------
        InvalidInputError
            A ValueError that names the column or parameter that can't be used.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from avatars import AvatarSampler
        >>> AvatarSampler(k=10).fit(*load_iris(return_X_y=True)).k_
        10
        """
        source, types = (X, self.types) if y is None else self._joined(X, y)
        if y is not None and self.dp_epsilon is not None:
            # Whether y looks like classes is for nobody to see: declare it, or give its dtype.
            types = self.types
        self._keep(self._fitted_model(source, types), X)
        self._y_template = None if y is None else no_rows(y)
        self._look_at(X, reset=True)
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Fit, and return one avatar for each person.

        Parameters
        ----------
        X : table
            The people, one per row.
        y : array-like of shape (n_samples,)
            Classes or numbers that belong to them.

        Returns
        -------
        X_avatars : table of the kind of X
            Avatars in random order, or, **sensitive**, in that of X if ``shuffle=False``.
        y_avatars : array-like of the kind of y
            In the same order.

        Raises
        ------
        InvalidParameterError
            If y is missing or isn't one value per row.

        Examples
        --------
        >>> from avatars import AvatarSampler
        >>> from avatars.datasets import make_patients
        >>> people = make_patients(100, random_state=0)
        >>> X, y = people.drop(columns="readmitted"), people["readmitted"]
        >>> X_avatars, y_avatars = AvatarSampler(random_state=0).fit_resample(X, y)
        >>> y_avatars.name, len(X_avatars) == len(y_avatars)
        ('readmitted', True)
        """
        if y is None:
            raise InvalidParameterError("y", "is required: use Avatarizer for a table alone.")
        self.fit(X, y)
        model = self._model
        if isinstance(model, DpModel):
            return self._parted(model.frame())
        return self._parted(released_frame(model, shuffle=self.shuffle))

    def sample(self, n_samples: int = 1) -> Any:
        """Draw any number of avatars.

        Parameters
        ----------
        n_samples : int, default=1
            How many.

        Returns
        -------
        table, or tuple of table and array-like
            X, or X and y if ``fit`` saw both, in random order.

        Raises
        ------
        PeopleNotKeptError
            If this estimator was unpickled.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from avatars import AvatarSampler
        >>> X, y = AvatarSampler(random_state=0).fit(*load_iris(return_X_y=True)).sample(30)
        >>> X.shape, y.shape
        ((30, 4), (30,))
        """
        frame = self._sampled(n_samples)
        if self._y_template is None:
            return like_source(frame, self._template)
        return self._parted(frame)

    def sensitive_tables(self, X: Any = None, y: Any = None) -> tuple[Table, Table, Table | None]:
        """Return what metrics compare: the people and their avatars, row by row. **Sensitive**.

        Whoever holds the two knows whose avatar is whose: they are for evaluation within the
        process, and must not be released or stored.

        Parameters
        ----------
        X : table, default=None
            People to compare with, in the columns of the fit.
        y : array-like, default=None
            What belongs to them, required with X if ``fit`` saw a y.

        Returns
        -------
        people, avatars : Table
            Those of the fit, y their last column; row i of ``avatars`` was drawn around row i of
            ``people``.
        unseen : Table or None
            X and y, read with their schema. None without X, or where X is the table of the fit:
            it holds nobody unseen.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        InvalidParameterError
            If y is missing.
        PeopleNotKeptError
            If this estimator was unpickled.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from avatars import AvatarSampler
        >>> X, y = load_iris(return_X_y=True)
        >>> sampler = AvatarSampler(random_state=0).fit(X[::2], y[::2])
        >>> people, avatars, unseen = sampler.sensitive_tables(X[1::2], y[1::2])
        >>> people.schema.labels, unseen.n_rows
        ([0, 1, 2, 3, 'y'], 75)
        """
        if X is None or getattr(self, "_y_template", None) is None:
            return self._sensitive(X)
        if y is None:
            raise InvalidParameterError(
                "y", "is required: this AvatarSampler was fitted with a y, which is a column here."
            )
        return self._sensitive(self._joined(X, y)[0])

    def _joined(self, X: Any, y: Any) -> tuple[pd.DataFrame, dict[Any, ColumnType | str]]:
        if self.dp_epsilon is not None:
            for source in (X, y):
                refuse_without_dtypes(source)
        frame = to_frame(X)
        column = _one_column(y)
        check_consistent_length(frame, column)
        types = dict(self.types or {})
        label = _free_label(frame)
        if _is_class(column):
            types[label] = ColumnType.CATEGORY
        joined = frame.reset_index(drop=True)
        # Labels in levels, as tuples: a new one would have to have as many levels.
        joined.columns = joined.columns.to_flat_index()
        joined[label] = column.reset_index(drop=True)
        return joined, types

    def _parted(self, frame: pd.DataFrame) -> tuple[Any, Any]:
        X = frame.iloc[:, :-1]
        X.columns = self._columns_of_template(X)
        return like_source(X, self._template), _like_y(frame.iloc[:, -1], self._y_template)

    def _columns_of_template(self, X: pd.DataFrame) -> pd.Index:
        template = self._template
        return template.columns.copy() if isinstance(template, pd.DataFrame) else X.columns


def _free_label(frame: pd.DataFrame) -> Hashable:
    label = "y"
    while label in frame.columns:
        label += "_"
    return label


def _one_column(y: Any) -> pd.Series[Any]:
    if isinstance(y, pd.Series):
        column = y
    elif isinstance(y, pd.DataFrame) or getattr(y, "ndim", 1) == 2:
        frame = to_frame(y)
        if frame.shape[1] != 1:
            raise InvalidParameterError("y", "must have one column; join the others to X.")
        column = frame.iloc[:, 0]
    elif hasattr(y, "to_pandas"):
        column = y.to_pandas()
    else:
        column = pd.Series(np.asarray(y))
    missing = int(column.isna().sum())
    if missing:
        raise InvalidParameterError("y", f"Input y contains NaN in {missing} rows: drop them.")
    return column


def _is_class(y: pd.Series[Any]) -> bool:
    """Return whether whole numbers are names of classes rather than amounts."""
    if not pd.api.types.is_numeric_dtype(y.dtype) or pd.api.types.is_bool_dtype(y.dtype):
        return False
    values = y.to_numpy(dtype=float)
    # Infinite numbers are refused later, by their column.
    is_discrete = np.isfinite(values).all() and type_of_target(values) in ("binary", "multiclass")
    return bool(is_discrete) and y.nunique() <= max(2, min(50, len(y) // 4))


def _like_y(y: pd.Series[Any], template: Any) -> Any:
    if isinstance(template, pd.Series):
        series = y.reset_index(drop=True)
        series.name = template.name
        return series
    if isinstance(template, pd.DataFrame):
        frame = y.to_frame()
        frame.columns = template.columns.copy()
        return frame
    if type(template).__module__.startswith("polars"):
        import polars as pl

        cells = pl.Series(template.name, y.tolist())
        # An Enum knows of the levels that were kept, and of no others.
        is_enum = template.dtype == pl.Enum
        return cells.cast(pl.Enum(y.cat.categories.to_list()) if is_enum else template.dtype)
    values = y.to_numpy()
    if isinstance(template, np.ndarray) and template.size == 0 and template.dtype != object:
        values = values.astype(template.dtype, copy=False)
        return values.reshape(-1, 1) if template.ndim == 2 else values
    return values
