"""The one call that measures a release and writes down what came of it."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from avatars.exceptions import InvalidParameterError
from avatars.metrics.space import Types, read_together
from avatars.report.collect import collect, release_digest
from avatars.report.data import ReportData
from avatars.report.figures import ReportFigure, draw
from avatars.report.guarded import FEW
from avatars.report.html import as_frame, html_text
from avatars.report.markdown import markdown_text
from avatars.report.pdf import pdf_bytes
from avatars.report.snippet import labels_as_code
from avatars.tables import Table, write_whole

if TYPE_CHECKING:
    from avatars.metrics.evaluation import Evaluation

__all__ = ["Report", "report"]

Path = str | os.PathLike[str]


class Report:
    """What was measured on a release, ready to be read, signed or refused.

    It holds figures about the table, never its rows.

    Parameters
    ----------
    data : ReportData
        What it says.
    figures : sequence of ReportFigure
        What it shows.

    Attributes
    ----------
    data : ReportData
        What it says, as plain values.

    Examples
    --------
    >>> from avatars import Avatarizer
    >>> from avatars.datasets import make_patients
    >>> from avatars.report import report
    >>> table = make_patients(150, random_state=0)
    >>> people, unseen = table.head(100), table.tail(50)
    >>> released = Avatarizer(random_state=0).fit_transform(people)
    >>> made = report(people, released, holdout=unseen, name="patients")
    >>> made
    Report('patients': 100 people, 100 avatars)
    >>> "Singling out" in made.to_html()
    True
    """

    def __init__(self, data: ReportData, figures: Sequence[ReportFigure]) -> None:
        self.data = data
        self._figures = tuple(figures)

    @property
    def figures(self) -> tuple[ReportFigure, ...]:
        """Give what it shows.

        Returns
        -------
        tuple of ReportFigure
            In the order of their sections.
        """
        return self._figures

    def __repr__(self) -> str:
        data = self.data
        return f"Report({data.name!r}: {data.n_original} people, {data.n_avatars} avatars)"

    def _repr_html_(self) -> str:
        return as_frame(self.to_html())

    def to_html(self, path: Path | None = None) -> str:
        """Write the report as one HTML document that loads nothing and runs nothing.

        Parameters
        ----------
        path : str or path-like, optional
            A file to write it to as well.

        Returns
        -------
        str
            The document.

        Raises
        ------
        MissingExtraError
            Without jinja2.
        """
        return _kept(html_text(self.data, self._figures), path)

    def to_markdown(self, path: Path | None = None) -> str:
        """Write the report as Markdown, without figures.

        Parameters
        ----------
        path : str or path-like, optional
            A file to write it to as well.

        Returns
        -------
        str
            The document.

        Raises
        ------
        MissingExtraError
            Without jinja2.
        """
        return _kept(markdown_text(self.data), path)

    def to_json(self, path: Path | None = None) -> str:
        """Write the report's content as JSON, without figures.

        Parameters
        ----------
        path : str or path-like, optional
            A file to write it to as well.

        Returns
        -------
        str
            What ``ReportData.model_validate_json`` reads.
        """
        return _kept(self.data.model_dump_json(indent=2), path)

    def to_pdf(self, path: Path) -> None:
        """Write the report as a PDF file.

        Parameters
        ----------
        path : str or path-like
            The file.

        Raises
        ------
        MissingExtraError
            Without reportlab.
        """
        write_whole(path, pdf_bytes(self.data, self._figures))


def _kept(text: str, path: Path | None) -> str:
    if path is not None:
        write_whole(path, text.encode("utf-8"))
    return text


def report(
    original: Any,
    avatars: Any,
    *,
    holdout: Any = None,
    sensitive_unshuffled: Any = None,
    avatarizer: Any = None,
    parameters: Mapping[str, Any] | None = None,
    context: str | Mapping[str, str | float] = "external",
    known_variables: Sequence[Hashable] | None = None,
    target: Hashable | None = None,
    types: Types | None = None,
    name: str = "table",
    evaluation: Evaluation | None = None,
    random_state: int = 0,
    advice: Any = None,
    show_seed: bool = False,
    release: Any = None,
    guarantee: Any = None,
) -> Report:
    """Measure a release, attack it, and write down what came of it.

    Parameters
    ----------
    original, avatars : table
        The people and the release, as it will be handed over: the report carries its digest.
    holdout : table, optional
        People of the same population who were not in the table. Without them no attack has a
        control, and the report says that nothing is known.
    sensitive_unshuffled : table, optional
        The release with row i drawn around person i, **sensitive**: for the metrics that compare
        people with their own avatar. It doesn't enter the report.
    avatarizer : estimator, optional
        What made the release, for the attacks that draw it again.
    parameters : dict, optional
        How the release was made. Those of ``avatarizer`` by default.
    context : str or dict, default="external"
        Who receives the release, or targets, see :func:`avatars.metrics.get_targets`.
    known_variables : list of labels, optional
        What an attacker may know.
    target : label, optional
        What an attacker may want to know, and what the recipient may want to predict.
    types : dict, optional
        What columns mean where their dtype doesn't say.
    name : str, default="table"
        What the report calls the table.
    evaluation : Evaluation, optional
        What :func:`avatars.metrics.evaluate` gave for this very release, with its name and
        context. It is made from the other arguments if it isn't there.
    random_state : int, default=0
        Of the evaluation. It is no secret.
    advice : Advice, optional
        What :func:`avatars.advice.advise` gave, for the reasons of the parameters.
    show_seed : bool, default=False
        Print the seed among the parameters. Whoever has it and the table can replay the release.
    release : table, optional
        What will be handed over, where ``avatars`` only sum it up; its digest is the report's.
    guarantee : Guarantee or dict, optional
        What differential privacy promises, where it made the release: ``guarantee_`` of an
        estimator, or ``"differential_privacy"`` in the metadata of a run.

    Returns
    -------
    Report
        To be written as HTML, PDF, Markdown or JSON.

    Raises
    ------
    InvalidInputError
        If a table can't be read with the schema of ``original``, a parameter names a column that
        isn't there, or ``evaluation`` is of other tables than these.
    MissingExtraError
        Without the packages of the extra ``report``.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.report import report
    >>> people = make_patients(60, random_state=0)
    >>> report(people, people).data.conclusions
    ['No attack was run. Distance metrics alone support no conclusion about this release.']
    """
    from avatars.metrics.evaluation import evaluate

    digest = release_digest(avatars if release is None else release)
    given = {"holdout": holdout, "aligned": sensitive_unshuffled}
    there = {key: table for key, table in given.items() if table is not None}
    people, drawn, *rest = read_together(original, avatars, *there.values(), types=types)
    read: dict[str, Table] = dict(zip(there, rest, strict=True))
    if evaluation is None:
        evaluation = evaluate(
            people,
            drawn,
            holdout=read.get("holdout"),
            sensitive_unshuffled=read.get("aligned"),
            avatarizer=avatarizer,
            known_variables=known_variables,
            target=target,
            context=context,
            random_state=random_state,
            name=name,
        )
    else:
        _check_evaluated(evaluation, original=original, avatars=avatars, holdout=holdout)
    if parameters is None and avatarizer is not None:
        parameters = avatarizer.get_params(deep=False)
    data = collect(
        people,
        drawn,
        evaluation,
        digest=digest,
        parameters=parameters,
        reasons=getattr(advice, "reasons", {}),
        show_seed=show_seed,
        given={
            "sensitive_unshuffled": None if sensitive_unshuffled is None else "aligned",
            "avatarizer": None if avatarizer is None else "avatarizer",
            "known_variables": labels_as_code(known_variables, "known_variables"),
            "target": labels_as_code(target, "target"),
            "types": labels_as_code(types, "types"),
        },
        random_state=random_state,
        guarantee=guarantee.described() if hasattr(guarantee, "described") else guarantee,
    )
    figures = draw(
        people,
        drawn,
        read.get("aligned"),
        read.get("holdout"),
        evaluation,
        min_people=_fewest_shown(parameters),
    )
    return Report(data, figures)


def _check_evaluated(evaluation: Evaluation, **tables: Any) -> None:
    from avatars.metrics.evaluation import evaluation_digest

    for name, table in tables.items():
        # People held out may be left to the evaluation: figures are drawn without them then.
        if table is None and name == "holdout":
            continue
        if evaluation.digests[name] != evaluation_digest(table):
            raise InvalidParameterError(
                "evaluation",
                f"is of another table than {name}: evaluate this release, or leave it out.",
            )


def _fewest_shown(parameters: Mapping[str, Any] | None) -> int:
    """Return how many people a cell of the projection needs: k where it is known and larger."""
    k = (parameters or {}).get("k")
    return max(FEW, int(k)) if isinstance(k, Integral) else FEW
