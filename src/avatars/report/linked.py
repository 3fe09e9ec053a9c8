"""A report on one table of several that are linked: the person across all of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from avatars.exceptions import InvalidParameterError, MissingExtraError, shown
from avatars.metrics.linked import LinkedFrames
from avatars.metrics.linked.bundles import as_rows
from avatars.metrics.space import Types
from avatars.models import Relations
from avatars.report.data import SideTable
from avatars.report.document import Report, report
from avatars.report.figures import ReportFigure

__all__ = ["linked_report"]

_COMPUTATIONS = {
    "standalone": "the table alone",
    "to_top_enriched": "with all rows below it",
    "to_bottom_id_propagated": "rows, by whose they are",
    "full_enriched": "rows with their parents' columns",
    "to_bottom_information_propagated": "rows with their parents' columns",
}
_LINK_NOTE = (
    "Integrity is the share of children whose parent is there; 1 is required. Similarity compares "
    "numbers of children: 1 minus the largest gap between their distributions. Own parent is the "
    "share of children who came to the avatar of their own parent, with its 95 % interval; chance "
    "is what links to one of the ten nearest parents would give."
)
_SERIES_NOTE = (
    "Mean curve is its relative change. Variance and autocorrelation are those of the avatars over "
    "those of the people: 1 is best, and less says that avatars are smoother. The Hellinger "
    "distance is the mean over points in time."
)


def linked_report(
    people: Mapping[str, pd.DataFrame],
    avatars: Mapping[str, pd.DataFrame],
    relations: Relations,
    table: str,
    *,
    privacy: Mapping[str, Sequence[Mapping[str, Any]]],
    signal: Mapping[str, Sequence[Mapping[str, Any]]],
    sensitive_unshuffled: Mapping[str, pd.DataFrame] | None = None,
    holdout: Mapping[str, pd.DataFrame] | None = None,
    parameters: Mapping[str, Any] | None = None,
    context: str | Mapping[str, str | float] = "external",
    known_variables: Sequence[Hashable] | None = None,
    target: Hashable | None = None,
    types: Types | None = None,
    random_state: int = 0,
) -> Report:
    """Measure one table of a linked release, attack it, and write down what came of it.

    Parameters
    ----------
    people, avatars : dict of {str: DataFrame}
        All tables and the release, keys included.
    relations : Relations
        How they hang together.
    table : str
        The table that is reported on. Where it has rows below it, people are looked at with all
        of them summed up, one row each; series are looked at as one row per individual.
    privacy, signal : dict of {str: list of dict}
        What :func:`avatars.metrics.linked.linked_privacy_metrics` and
        :func:`avatars.metrics.linked.linked_signal_metrics` gave for this release.
    sensitive_unshuffled, holdout : dict of {str: DataFrame}, optional
        As in :func:`avatars.report.report`, for all tables.
    parameters, context, known_variables, target, types, random_state : object, optional
        As in :func:`avatars.report.report`, for this table.

    Returns
    -------
    Report
        With a section on links and series.

    Raises
    ------
    InvalidInputError
        If tables can't be read together, or ``table`` is none of them.
    MissingExtraError
        Without the packages of the extra ``report``.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.metrics.linked import linked_privacy_metrics, linked_signal_metrics
    >>> from avatars.models import Link, Relations
    >>> from avatars.report import linked_report
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> keys = {"patient": "id", "visit": "id"}
    >>> relations = Relations(tables=tuple(keys), primary_keys=keys, links=(link,))
    >>> clinic = make_clinic(60, random_state=0)
    >>> made = linked_report(
    ...     clinic, clinic, relations, "patient",
    ...     privacy=linked_privacy_metrics(clinic, clinic, relations),
    ...     signal=linked_signal_metrics(clinic, clinic, relations))
    >>> "Links and series" in made.to_html()
    True
    """
    if table not in relations.tables:
        raise InvalidParameterError("table", f"is none of relations: {shown(table)}.")
    first = LinkedFrames(people, relations)
    second = LinkedFrames(
        avatars if sensitive_unshuffled is None else sensitive_unshuffled, relations
    )
    unseen = None if holdout is None else LinkedFrames(holdout, relations)
    control: pd.DataFrame | None = None
    if table in relations.time_columns:
        looked_at = as_rows(first, second, table)
    else:
        looked_at = first.to_top(table), second.to_top(table)
        control = None if unseen is None else unseen.to_top(table)
    is_person = table in relations.individual_level or table in relations.time_columns
    columns = set(looked_at[0].columns)
    made = report(
        *looked_at,
        holdout=control if is_person else None,
        sensitive_unshuffled=(
            looked_at[1] if sensitive_unshuffled is not None and is_person else None
        ),
        parameters=parameters,
        context=context,
        known_variables=[c for c in known_variables or () if c in columns] or None,
        target=target if target in columns else None,
        types={c: t for c, t in (types or {}).items() if c in columns},
        name=table,
        random_state=random_state,
        release=avatars[table],
    )
    sides = [
        _computations(privacy.get(table, ())),
        _links(relations, privacy),
        _across(relations, signal),
        _series(signal),
    ]
    untested = [item for item in made.data.untested if not item.title.startswith("Links between")]
    changes = {"linked": [side for side in sides if side.rows], "untested": untested}
    data = made.data.model_copy(update=changes)
    figures = [*made.figures, *_figures(people, avatars, relations, table)]
    return Report(data, figures)


def _text(value: Any, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _computations(privacy: Sequence[Mapping[str, Any]]) -> SideTable:
    rows = [
        [
            _COMPUTATIONS[figures["metadata"]["computation_type"]],
            figures["metadata"]["reference"] or "–",
            _text(figures.get("hidden_rate"), 1),
            _text(figures.get("local_cloaking"), 1),
            _text(figures.get("row_direct_match_protection"), 1),
        ]
        for figures in privacy
    ]
    return SideTable(
        title="Distances, way by way of looking at the table",
        head=["Looked at", "Whose", "Hidden rate, %", "Local cloaking", "Rows not copied, %"],
        rows=rows,
        note="Where a person has several rows, any row of the own avatar counts as found.",
    )


def _links(relations: Relations, privacy: Mapping[str, Any]) -> SideTable:
    rows = []
    for name in relations.tables:
        for figures in (privacy.get(name) or [{"metadata": {"linked": []}}])[:1]:
            for link in figures["metadata"].get("linked", ()):
                own = link.get("own_parent_rate")
                rows.append(
                    [
                        f"{link['parent']} ← {link['child']}.{link['field']}",
                        f"{link['method'].replace('_', ' ')}, {link['cardinality']}",
                        _text(link["referential_integrity"]),
                        _text(link["cardinality_similarity"]),
                        "–"
                        if own is None
                        else f"{own['value']:.3f} [{own['low']:.3f}, {own['high']:.3f}]",
                        "–" if own is None else _text(own["chance"]),
                    ]
                )
    return SideTable(
        title="Links",
        head=["Link", "Method", "Integrity", "Similarity", "Own parent", "Chance"],
        rows=rows,
        note=_LINK_NOTE,
    )


def _across(relations: Relations, signal: Mapping[str, Any]) -> SideTable:
    rows = []
    for name in relations.tables:
        for figures in (signal.get(name) or [])[:1]:
            across = figures["metadata"].get("linked", {}).get("cross_table_correlation")
            if across is not None:
                mean, most = _text(across["mean"]), _text(across["greatest"])
                rows.append([name, str(across["n_pairs"]), mean, most])
    return SideTable(
        title="Associations across tables",
        head=["Table", "Pairs of columns", "Mean change", "Greatest change"],
        rows=rows,
        note="Absolute changes of associations between columns of a table and of its ancestors.",
    )


def _series(signal: Mapping[str, Any]) -> SideTable:
    rows = [
        [
            f"{name}.{label}",
            _text(by_key["mean_curve_difference"]),
            _text(by_key["variance_ratio"]),
            _text(by_key["autocorrelation_ratio"]),
            _text(by_key["pointwise_hellinger_mean"]),
        ]
        for name, computed in signal.items()
        for figures in list(computed)[:1]
        for label, by_key in figures["metadata"].get("series", {}).items()
    ]
    return SideTable(
        title="Series",
        head=["Variable", "Mean curve", "Variance", "Autocorrelation", "Hellinger"],
        rows=rows,
        note=_SERIES_NOTE,
    )


def _figures(
    people: Mapping[str, pd.DataFrame],
    avatars: Mapping[str, pd.DataFrame],
    relations: Relations,
    table: str,
) -> list[ReportFigure]:
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        raise MissingExtraError("matplotlib", "report") from None
    from avatars import displays

    made: list[tuple[str, str, Any]] = [
        (
            "Tables and links",
            "Parents stand above their children; tables of people have a blue border.",
            displays.RelationsDisplay.from_relations(
                relations, {name: len(people[name]) for name in relations.tables}
            ),
        )
    ]
    for link in relations.links:
        if table not in (link.parent, link.child):
            continue
        if link.child in relations.time_columns:
            variables = _variables(people[link.child], relations, link.child)
            if not variables:
                continue
            display: Any = displays.SeriesDisplay.from_tables(
                people[link.child],
                avatars[link.child],
                id_column=link.child_field,
                time_column=relations.time_columns[link.child],
                variables=variables,
            )
            caption = (
                "Lines are medians, bands the middle half and the middle four fifths of the "
                "individuals at a time."
            )
            made.append((f"Series of {link.child}", caption, display))
        else:
            display = displays.CardinalityDisplay.from_tables(
                people[link.parent],
                people[link.child],
                avatars[link.parent],
                avatars[link.child],
                parent_key=link.parent_field,
                child_key=link.child_field,
                parent_name=link.parent,
                child_name=link.child,
            )
            caption = "Numbers that fewer than five have are one class with their neighbours."
            made.append((f"{link.child} rows per {link.parent}", caption, display))
    for _, _, one in made:
        plt.close(one.figure_)
    return [ReportFigure("linked", title, text, one.figure_) for title, text, one in made]


def _variables(frame: pd.DataFrame, relations: Relations, name: str) -> list[str]:
    keys = {link.child_field for link in relations.parents_of(name)}
    keys |= {relations.primary_keys.get(name, ""), relations.time_columns[name]}
    return [
        label
        for label in frame.columns
        if label not in keys
        and pd.api.types.is_numeric_dtype(frame[label].dtype)
        and not pd.api.types.is_bool_dtype(frame[label].dtype)
    ]
