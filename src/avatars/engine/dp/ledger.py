"""What the people of one table have paid for, over all releases."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from avatars.engine.dp.accounting import epsilon_of
from avatars.exceptions import InvalidParameterError, PrivacyBudgetError, shown

__all__ = ["PrivacyLedger"]

_SLACK = 1 + 1e-9


class PrivacyLedger:
    """A budget of differential privacy that all releases about the same people share.

    Losses of releases add up, whichever tool made them. Whoever holds the people's data opens one
    ledger for them and passes it to every fit; a fit that would go beyond the budget is refused
    before it looks at anybody.

    Parameters
    ----------
    epsilon : float
        The greatest epsilon of all releases together, above 0.
    delta : float
        The greatest delta of all releases together, in (0, 1).
    path : path-like, optional
        A file that keeps the entries, shared by all processes that name it. It is created, or
        opened if it holds a ledger of the same budget. Without one, the ledger lives and dies with
        this object, and can't be pickled or copied: a copy would spend the budget twice.

    Examples
    --------
    >>> from avatars import PrivacyLedger
    >>> ledger = PrivacyLedger(epsilon=2.0, delta=1e-5)
    >>> ledger.charge(0.02, note="first release")
    >>> round(ledger.epsilon_spent, 2)
    0.79
    >>> ledger.charge(1.0)
    Traceback (most recent call last):
    avatars.exceptions.PrivacyBudgetError: the ledger's budget of epsilon 2 at delta 1e-05 ...
    """

    def __init__(
        self, epsilon: float, delta: float, path: str | os.PathLike[str] | None = None
    ) -> None:
        if not epsilon > 0:
            raise InvalidParameterError("epsilon", "must be greater than 0.")
        if not 0 < delta < 1:
            raise InvalidParameterError("delta", "must be greater than 0 and less than 1.")
        self.epsilon, self.delta = float(epsilon), float(delta)
        self.path = None if path is None else os.path.abspath(os.fspath(path))
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._entries: list[tuple[float, float, str]] = []
        if self.path is not None:
            with self._file() as file:
                file.execute("CREATE TABLE IF NOT EXISTS budget (epsilon REAL, delta REAL)")
                file.execute("CREATE TABLE IF NOT EXISTS entry (rho REAL, delta REAL, note TEXT)")
                kept = file.execute("SELECT epsilon, delta FROM budget").fetchall()
                if not kept:
                    file.execute("INSERT INTO budget VALUES (?, ?)", (self.epsilon, self.delta))
                elif kept[0] != (self.epsilon, self.delta):
                    raise InvalidParameterError(
                        "path", "holds a ledger of another budget: open it with that budget."
                    )

    def charge(self, rho: float, delta: float = 0.0, note: str = "") -> None:
        """Spend, or refuse to and spend nothing.

        Parameters
        ----------
        rho : float
            Of zero-concentrated differential privacy, above 0.
        delta : float, default=0
            Probability with which even that doesn't hold.
        note : str, default=""
            What it is for.

        Raises
        ------
        PrivacyBudgetError
            If the budget doesn't allow it.
        """
        if not rho > 0 or not 0 <= delta < 1:
            raise InvalidParameterError("rho", "must be greater than 0, and delta in [0, 1).")
        with self._lock, self._state() as entries:
            spent = sum(entry[0] for entry in entries)
            certain = sum(entry[1] for entry in entries)
            total = _epsilon(spent + rho, certain + delta, self.delta)
            if not total <= self.epsilon * _SLACK:
                already = _epsilon(spent, certain, self.delta)
                raise PrivacyBudgetError(
                    f"the ledger's budget of epsilon {self.epsilon:g} at delta {self.delta:g} "
                    f"doesn't allow this: {already:.3g} are spent, and it would come to "
                    f"{total:.3g}. Nothing was looked at."
                )
            entries.append((float(rho), float(delta), str(note)))

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Give what was spent.

        Returns
        -------
        list of {"rho": float, "delta": float, "note": str}
            In the order of spending.
        """
        with self._lock, self._state() as entries:
            return [dict(zip(("rho", "delta", "note"), entry, strict=True)) for entry in entries]

    @property
    def epsilon_spent(self) -> float:
        """Give the epsilon of all that was spent, at the delta of the budget.

        Returns
        -------
        float
            0 before the first charge.
        """
        entries = self.entries
        return _epsilon(
            sum(entry["rho"] for entry in entries),
            sum(entry["delta"] for entry in entries),
            self.delta,
        )

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> PrivacyLedger:
        """Open a ledger that a file keeps, whatever its budget.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        PrivacyLedger
            With all that was spent.

        Raises
        ------
        InvalidParameterError
            If there is no such file, or it keeps no ledger.

        Examples
        --------
        >>> import tempfile
        >>> from avatars import PrivacyLedger
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     kept = PrivacyLedger(2.0, 1e-5, f"{folder}/patients.ledger")
        ...     PrivacyLedger.open(f"{folder}/patients.ledger")
        PrivacyLedger(epsilon=2, delta=1e-05, path='patients.ledger')
        """
        if not os.path.isfile(path):
            raise InvalidParameterError("path", "is no file: make a PrivacyLedger with it first.")
        file = sqlite3.connect(os.fspath(path), timeout=60)
        try:
            budget = file.execute("SELECT epsilon, delta FROM budget").fetchone()
        except sqlite3.DatabaseError as error:
            raise InvalidParameterError("path", "is no file of a PrivacyLedger.") from error
        finally:
            file.close()
        epsilon, delta = budget
        return cls(epsilon, delta, path)

    def to_json(self) -> str:
        """Write budget and entries.

        Returns
        -------
        str
            For ``from_json``, once: two ledgers from one text spend the budget twice.
        """
        said = {"epsilon": self.epsilon, "delta": self.delta, "entries": self.entries}
        return json.dumps(said)

    @classmethod
    def from_json(cls, text: str) -> PrivacyLedger:
        """Open the ledger that ``to_json`` wrote.

        Parameters
        ----------
        text : str
            What it wrote.

        Returns
        -------
        PrivacyLedger
            With all that was spent.
        """
        said = json.loads(text)
        ledger = cls(said["epsilon"], said["delta"])
        for entry in said["entries"]:
            ledger.charge(entry["rho"], entry["delta"], entry["note"])
        return ledger

    def __repr__(self) -> str:
        kept = "" if self.path is None else f", path={shown(os.path.basename(self.path))}"
        return f"PrivacyLedger(epsilon={self.epsilon:g}, delta={self.delta:g}{kept})"

    def __copy__(self) -> PrivacyLedger:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> PrivacyLedger:
        # A clone of an estimator spends from the same budget.
        return self

    def __reduce__(self) -> Any:
        if self.path is None:
            raise TypeError(
                "a PrivacyLedger without a path can't be pickled, since its copy would spend the "
                "budget twice: give it a path, which all processes share."
            )
        # Where the file isn't, there is no budget either.
        return type(self).open, (self.path,)

    @contextmanager
    def _state(self) -> Iterator[list[tuple[float, float, str]]]:
        """Lend the entries; what is appended is kept, unless an error leaves."""
        if self.path is None:
            if os.getpid() != self._process:
                raise PrivacyBudgetError(
                    "a PrivacyLedger without a path was made by another process, which would not "
                    "learn of what is spent here: give it a path, which all processes share."
                )
            mine = list(self._entries)
            yield mine
            self._entries = mine
            return
        with self._file() as file:
            mine = file.execute("SELECT rho, delta, note FROM entry ORDER BY rowid").fetchall()
            before = len(mine)
            yield mine
            file.executemany("INSERT INTO entry VALUES (?, ?, ?)", mine[before:])

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        assert self.path is not None
        file = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        try:
            # Locks out every other process from reading to writing.
            file.execute("BEGIN IMMEDIATE")
            yield file
            file.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise InvalidParameterError("path", "is no file of a PrivacyLedger.") from error
        finally:
            file.close()


def _epsilon(rho: float, certain: float, delta: float) -> float:
    """Return the epsilon at a delta of which a part is used up otherwise."""
    if rho == 0:
        return 0.0
    return epsilon_of(rho, delta - certain) if certain < delta else float("inf")
