"""From a command to the run that it describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from avatars.cli.options import table_name, types_from
from avatars.cli.outputs import as_bytes
from avatars.exceptions import InvalidParameterError, shown
from avatars.models import Protection
from avatars.tables import read_path

if TYPE_CHECKING:
    from avatars.manager import Manager
    from avatars.runner import Runner

__all__ = ["add", "advised", "check_same_rows", "configure", "described_by", "searched"]

_DEFAULT_K = 20


def add(
    runner: Runner,
    data: str,
    types: Sequence[str] | None,
    primary_key: str | None,
    drop: Sequence[str] | None,
    *,
    avatar_data: str | None = None,
    aligned: bool = False,
    holdout: str | None = None,
) -> None:
    """Give a run its table, called after its file.

    Parameters
    ----------
    runner : Runner
        The run.
    data : str
        The file of the people.
    types : sequence of str, optional
        What columns mean, as ``COLUMN=TYPE``.
    primary_key : str, optional
        The column that names the rows.
    drop : sequence of str, optional
        Columns that are left out.
    avatar_data, holdout : str, optional
        Files of avatars that were made before, and of people who are not in the table.
    aligned : bool, default=False
        Whether these avatars are in the order of the people.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.cli.runs import add
    >>> from avatars.datasets import make_patients
    >>> from avatars.manager import Manager
    >>> runner = Manager().create_runner("demo")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "patients.csv")
    ...     make_patients(50, random_state=0).to_csv(path, index=False)
    ...     add(runner, str(path), ["n_visits=category"], None, ["weight"])
    >>> runner.config.table("patients").dropped
    ['weight']
    """
    runner.add_table(
        table_name(data),
        data,
        primary_key=primary_key,
        types=types_from(types),
        columns_to_drop=drop,
        avatar_data=avatar_data,
        avatar_data_is_aligned=aligned,
        holdout_data=holdout,
    )


def configure(
    runner: Runner,
    k: int | None,
    protection: Protection | None,
    target: str | None,
    known_variables: list[str] | None,
) -> None:
    """Set what the options of a command say for the only table of a run.

    Parameters
    ----------
    runner : Runner
        The run.
    k : int, optional
        Neighbours; 20 unless given.
    protection : Protection, optional
        How far the release goes beyond the published method.
    target : str, optional
        Column to infer, and to predict.
    known_variables : list of str, optional
        Columns that an attacker may know.

    Examples
    --------
    >>> from avatars.cli.runs import configure
    >>> from avatars.datasets import make_patients
    >>> from avatars.manager import Manager
    >>> runner = Manager().create_runner("demo")
    >>> runner.add_table("patients", make_patients(50, random_state=0))
    >>> configure(runner, None, None, "weight", ["age"])
    >>> runner.config.standard["patients"].k
    20
    """
    (name,) = runner.config.tables
    others: dict[str, Any] = {} if protection is None else {"protection": protection}
    runner.set_parameters(
        name,
        k=_DEFAULT_K if k is None else k,
        target=target,
        known_variables=known_variables,
        **others,
    )


def described_by(manager: Manager, document: str, data: str | None, holdout: str | None) -> Runner:
    """Return the run that a document describes.

    Parameters
    ----------
    manager : Manager
        Where it will run.
    document : str
        A YAML file.
    data : str, optional
        The people of its only table; otherwise its files are beside it.
    holdout : str, optional
        People who are not in its only table, for which ``data`` must be given.

    Returns
    -------
    Runner
        The run.

    Raises
    ------
    InvalidParameterError
        If there are people for one table and the document has several, or only people who are
        not in it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.cli.runs import described_by
    >>> from avatars.datasets import make_patients
    >>> from avatars.manager import Manager
    >>> runner = Manager().create_runner("demo")
    >>> runner.add_table("patients", make_patients(50, random_state=0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "run.yaml")
    ...     _ = runner.get_yaml(path)
    ...     described_by(Manager(), str(path), None, None)
    Runner('demo': 'patients')
    """
    runner = manager.create_runner_from_yaml(document)
    if data is not None:
        if len(runner.config.tables) != 1:
            raise InvalidParameterError(
                "DATA", "can't be combined with a --config of several tables."
            )
        (name,) = runner.config.tables
        runner.upload_file(name, data, holdout_data=holdout)
    elif holdout is not None:
        raise InvalidParameterError("--holdout", "needs DATA beside --config: name both files.")
    return runner


def searched(
    data: str, types: Sequence[str] | None, primary_key: str | None, drop: Sequence[str] | None
) -> dict[str, Any]:
    """Return advice that was tried out on the table.

    Parameters
    ----------
    data : str
        The file of the people.
    types : sequence of str, optional
        What columns mean, as ``COLUMN=TYPE``.
    primary_key : str, optional
        The column that names the rows.
    drop : sequence of str, optional
        Columns that are left out.

    Returns
    -------
    dict
        In the documented nesting.

    Raises
    ------
    InvalidParameterError
        If a column that is left out isn't there.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.cli.runs import searched
    >>> from avatars.datasets import make_patients
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "patients.csv")
    ...     make_patients(80, random_state=0).to_csv(path, index=False)
    ...     len(searched(str(path), None, None, ["admission"])["more_details"]["front"]) > 1
    True
    """
    from avatars.advice import advise

    people = read_path(data)
    strange = [label for label in drop or () if label not in people.columns]
    if strange:
        raise InvalidParameterError("--drop", f"names {shown(strange[0])}, which is no column.")
    advice = advise(
        people.drop(columns=list(drop or ())),
        # As a run does that names no recipient.
        context="unknown",
        types=types_from(types) or None,
        primary_key=primary_key,
        mode="search",
    )
    document: dict[str, Any] = advice.to_dict(table_name(data))["advice"]
    return document


def advised(
    manager: Manager, data: str, advice: Mapping[str, Any], drop: Sequence[str] | None
) -> Runner:
    """Return the run that is advised for a table.

    Parameters
    ----------
    manager : Manager
        Where it would run.
    data : str
        The file of the people.
    advice : mapping
        What an advice job left.
    drop : sequence of str, optional
        Columns that are left out whatever is advised.

    Returns
    -------
    Runner
        The run.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.advice import advise
    >>> from avatars.cli.runs import advised
    >>> from avatars.datasets import make_patients
    >>> from avatars.manager import Manager
    >>> people = make_patients(300, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "patients.csv")
    ...     people.to_csv(path, index=False)
    ...     runner = advised(Manager(), str(path), advise(people).to_dict()["advice"], None)
    >>> runner.config.standard["patients"].k
    20
    """
    name, details = table_name(data), advice["more_details"]
    runner = manager.create_runner(name)
    runner.add_table(
        name,
        data,
        primary_key=details["primary_key"],
        types=details["types"],
        columns_to_drop=[*(drop or ()), *details["drop"]],
    )
    runner.set_parameters(
        name,
        k=advice["k"],
        ncp=advice["ncp"],
        use_categorical_reduction=advice["use_categorical_reduction"],
        imputation_method=advice["imputation"]["method"],
        imputation_training_fraction=advice["imputation"]["training_fraction"],
        known_variables=details["known_variables"] or None,
        protection=details["protection"],
    )
    return runner


def check_same_rows(avatars: str, unshuffled: str) -> None:
    r"""Refuse a file that isn't the release in another order: its figures would be of another.

    Parameters
    ----------
    avatars, unshuffled : str
        The files.

    Raises
    ------
    InvalidParameterError
        If their rows differ.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from avatars.cli.runs import check_same_rows
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     one, other = pathlib.Path(folder, "one.csv"), pathlib.Path(folder, "other.csv")
    ...     _ = one.write_bytes(b"age,sex\n41,f\n50,m\n")
    ...     _ = other.write_bytes(b"sex,age\nm,50\nf,41\n")
    ...     check_same_rows(str(one), str(other))
    """
    released, aligned = read_path(avatars), read_path(unshuffled)
    columns = list(released.columns)
    if set(columns) != set(aligned.columns) or _rows(released) != _rows(aligned[columns]):
        raise InvalidParameterError(
            "--unshuffled", "must hold the rows of the release in another order: pass its own file."
        )


def _rows(frame: pd.DataFrame) -> list[bytes]:
    return sorted(as_bytes(frame, ".csv").splitlines())
