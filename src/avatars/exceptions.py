"""What can go wrong, as one tree.

::

    AvatarsError
    ├── InvalidInputError        (ValueError)   the caller's mistake
    │   ├── InvalidTableError                   a table as a whole
    │   │   ├── InvalidColumnError              one column of it; ``.column``
    │   │   └── TooFewRowsError                 fewer people than the method needs
    │   ├── InvalidParameterError               one parameter; ``.parameter``
    │   └── InvalidConfigError                  a document that describes a run
    ├── UnsupportedTypeError     (TypeError)    no table, or cells that nobody can average or draw
    ├── PeopleNotKeptError       (ValueError)   an unpickled estimator no longer holds its people
    ├── PrivacyBudgetError       (ValueError)   differential privacy would cost more than is left
    ├── JobError                 (ValueError)   there is no such job, or it has no such result
    │   ├── JobFailedError                      the job ended with an error; its cause is chained
    │   └── JobCancelledError                   the job was stopped
    ├── WorkspaceError           (ValueError)   a folder of jobs that can't be used or is damaged
    ├── NotAvailableError                       documented, and not to be had in this version
    ├── ApiError                                a server could not be talked to
    │   ├── ApiConnectionError                  no answer, or not from such a server
    │   └── ApiStatusError                      an answer that says no; ``.status``, ``.detail``
    │       └── RateLimitError                  too many calls
    └── MissingExtraError        (ImportError)  an optional package is needed; names the extra

    UserWarning
    └── AvatarsWarning
        ├── AlignmentWarning                    rows of people and avatars look unrelated
        ├── RankWarning                         ``ncp`` was lowered to what the table can carry
        ├── IdentifierWarning                   a column of row numbers is reissued, not avatarized
        ├── DataDerivedWarning                  something that should be public was read from people
        ├── PrivacyBudgetWarning                the same table has been paid for before
        ├── RareValuesWarning                   much of a column was held by too few people
        └── SensitiveWarning                    what was asked for weakens the protection

No message of this tree carries a cell of a table: it names tables, columns, parameters,
dtypes and counts.
"""

from __future__ import annotations

from collections.abc import Hashable

__all__ = [
    "AlignmentWarning",
    "ApiConnectionError",
    "ApiError",
    "ApiStatusError",
    "AvatarsError",
    "AvatarsWarning",
    "DataDerivedWarning",
    "IdentifierWarning",
    "InvalidColumnError",
    "InvalidConfigError",
    "InvalidInputError",
    "InvalidParameterError",
    "InvalidTableError",
    "JobCancelledError",
    "JobError",
    "JobFailedError",
    "MissingExtraError",
    "NotAvailableError",
    "PeopleNotKeptError",
    "PrivacyBudgetError",
    "PrivacyBudgetWarning",
    "RankWarning",
    "RateLimitError",
    "RareValuesWarning",
    "SensitiveWarning",
    "TooFewRowsError",
    "UnsupportedTypeError",
    "WorkspaceError",
    "shown",
]

_LONGEST_NAME = 80


def shown(label: Hashable) -> str:
    """Quote a column label or a table name for a message, escaped and cut to 80 characters.

    Parameters
    ----------
    label : hashable
        The label as the caller's table has it.

    Returns
    -------
    str
        Its ``repr`` in ASCII, so that control characters and right-to-left marks stay visible.

    Examples
    --------
    >>> from avatars.exceptions import shown
    >>> shown("age")
    "'age'"
    >>> len(shown("x" * 1000))
    80
    """
    text = ascii(label)
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 4] + "..." + text[-1]


class AvatarsError(Exception):
    """Base of every error this package raises on purpose."""


class InvalidInputError(AvatarsError, ValueError):
    """Base of the errors that the caller can mend by changing the call."""


class InvalidTableError(InvalidInputError):
    """A table as a whole can't be avatarized: empty, duplicate labels, too many columns refused."""


class InvalidColumnError(InvalidTableError):
    """One column can't be avatarized.

    Parameters
    ----------
    column : hashable
        The label of the column.
    problem : str
        What is wrong and what to do about it, without a cell value.

    Attributes
    ----------
    column : hashable
        The label of the column.

    Examples
    --------
    >>> from avatars.exceptions import InvalidColumnError
    >>> print(InvalidColumnError("pay", "holds infinite numbers: replace them or drop the column."))
    column 'pay' holds infinite numbers: replace them or drop the column.
    """

    def __init__(self, column: Hashable, problem: str) -> None:
        super().__init__(f"column {shown(column)} {problem}")
        self.column = column
        self.problem = problem

    def __reduce__(self) -> tuple[type[InvalidColumnError], tuple[Hashable, str]]:
        return type(self), (self.column, self.problem)


class TooFewRowsError(InvalidTableError):
    """The table has fewer people than the parameters need."""


class InvalidParameterError(InvalidInputError):
    """One parameter has a value that can't be used.

    Parameters
    ----------
    parameter : str
        The name of the parameter.
    problem : str
        What is wrong and what to do about it.

    Attributes
    ----------
    parameter : str
        The name of the parameter.

    Examples
    --------
    >>> from avatars.exceptions import InvalidParameterError
    >>> print(InvalidParameterError("k", "must be at least 2, got 0."))
    parameter 'k' must be at least 2, got 0.
    """

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(f"parameter '{parameter}' {problem}")
        self.parameter = parameter
        self.problem = problem

    def __reduce__(self) -> tuple[type[InvalidParameterError], tuple[str, str]]:
        return type(self), (self.parameter, self.problem)


class InvalidConfigError(InvalidInputError):
    """A document that describes a run can't be read."""


class UnsupportedTypeError(AvatarsError, TypeError):
    """The thing passed is no table, or a column holds cells of a kind that can't be avatarized."""


class PeopleNotKeptError(AvatarsError, ValueError):
    """A pickle of a fitted estimator leaves its people behind; this call would need them."""


class PrivacyBudgetError(AvatarsError, ValueError):
    """A budget of differential privacy has less left than is asked for; nothing was spent."""


class JobError(AvatarsError, ValueError):
    """There is no such job, or it has no such result."""


class JobFailedError(JobError):
    """The job ended with an error, which is the cause of this one where it is known."""


class JobCancelledError(JobError):
    """The job was stopped before it ended."""


class WorkspaceError(AvatarsError, ValueError):
    """A folder of jobs can't be used, or what is in it isn't what was written."""


class NotAvailableError(AvatarsError):
    """Something documented is not to be had in this version."""


class ApiError(AvatarsError):
    """Base of what can go wrong between client and server."""


class ApiConnectionError(ApiError):
    """There was no answer, or not from a server of this kind."""


class ApiStatusError(ApiError):
    """The server said no.

    Parameters
    ----------
    status : int
        The HTTP status.
    detail : str
        What the server gave as its reason.

    Examples
    --------
    >>> from avatars.exceptions import ApiStatusError
    >>> print(ApiStatusError(404, "there is no such job"))
    the server answered 404: there is no such job
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"the server answered {status}: {detail}")
        self.status = status
        self.detail = detail

    def __reduce__(self) -> tuple[type[ApiStatusError], tuple[int, str]]:
        return type(self), (self.status, self.detail)


class RateLimitError(ApiStatusError):
    """There were too many calls, and waiting didn't help.

    Parameters
    ----------
    status : int
        The HTTP status.
    detail : str
        What the server gave as its reason.

    Examples
    --------
    >>> from avatars.exceptions import RateLimitError
    >>> print(RateLimitError(429, "too many calls"))
    the server answered 429: too many calls
    """


class MissingExtraError(AvatarsError, ImportError):
    """An optional dependency is missing.

    Parameters
    ----------
    package : str
        The package that could not be imported.
    extra : str
        The extra of ``avatars`` that brings it.

    Examples
    --------
    >>> from avatars.exceptions import MissingExtraError
    >>> print(MissingExtraError("polars", "polars"))
    this needs the package 'polars': pip install 'avatars[polars]'
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs the package '{package}': pip install 'avatars[{extra}]'")
        self.package = package
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), (self.package, self.extra)


class AvatarsWarning(UserWarning):
    """Base of every warning this package gives."""


class AlignmentWarning(AvatarsWarning):
    """People and avatars are compared row by row, but no row looks like the other table's."""


class RankWarning(AvatarsWarning):
    """``ncp`` was lowered to the number of dimensions that the table has."""


class IdentifierWarning(AvatarsWarning):
    """A column that only numbers the rows gets fresh numbers instead of being avatarized."""


class DataDerivedWarning(AvatarsWarning):
    """Bounds or levels were read from the data, as asked: no guarantee covers what they tell."""


class PrivacyBudgetWarning(AvatarsWarning):
    """A table was fitted with differential privacy before: the losses of both add up."""


class RareValuesWarning(AvatarsWarning):
    """Much of a column was held by fewer people than the protection lets through."""


class SensitiveWarning(AvatarsWarning):
    """What was asked for weakens the protection of the people in the table."""
