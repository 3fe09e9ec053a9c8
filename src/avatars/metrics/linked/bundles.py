"""The documented dicts of linked tables: one for each way of looking at a table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidInputError
from avatars.metrics.bundles import privacy_metrics, signal_metrics
from avatars.metrics.linked.frames import LinkedFrames
from avatars.metrics.linked.individuals import hidden_rate_of_owners, local_cloaking_of_owners
from avatars.metrics.linked.structure import (
    cross_table_correlation_difference,
    links_of,
    sensitive_own_parent_rate,
)
from avatars.metrics.meta import meta_metrics
from avatars.metrics.series.curves import Curves, at_points, series_metrics
from avatars.metrics.space import projected, read_together
from avatars.models import Link, Relations

__all__ = ["linked_meta", "linked_privacy_metrics", "linked_signal_metrics"]

Frames = Mapping[str, pd.DataFrame]
_PAIRED = "rows of one person can't be told from those of another: pass sensitive_unshuffled."


def linked_privacy_metrics(
    people: Frames,
    avatars: Frames,
    relations: Relations,
    *,
    sensitive_unshuffled: Frames | None = None,
    holdout: Frames | None = None,
    known_variables: Mapping[str, Sequence[Hashable]] | None = None,
    target: Mapping[str, Hashable] | None = None,
    types: Mapping[str, Mapping[Any, Any]] | None = None,
    ncp: Mapping[str, int] | None = None,
    context: str | Mapping[str, str | float] = "external",
    random_state: int = 0,
) -> dict[str, list[dict[str, Any]]]:
    """Measure how private linked avatars are, table by table and person by person.

    Percentages, counts and distances, higher is better for each; risks and areas of attacks, lower
    is better.
    The release may be shuffled; paired figures need ``sensitive_unshuffled`` beside it.

    Parameters
    ----------
    people, avatars : dict of {str: DataFrame}
        The tables and the release, keys included.
    relations : Relations
        How they hang together.
    sensitive_unshuffled : dict of {str: DataFrame}, optional
        The release with row i of each table drawn around row i, **sensitive**.
    holdout : dict of {str: DataFrame}, optional
        All tables of people of the same population who are in none of these: the control of
        attacks.
    known_variables, target : dict of {str: labels, label}, optional
        By table, as in :func:`avatars.metrics.privacy_metrics`.
    types, ncp : dict, optional
        The same, by table.
    context : str or dict, default="external"
        As in :func:`avatars.metrics.get_targets`.
    random_state : int, default=0
        Of what is drawn at random.

    Returns
    -------
    dict of {str: list of dict}
        The documented keys, one dict per computation; ``metadata`` names the table, the
        ``computation_type`` and the ``reference``, the individual-level table and its key.
        "standalone" looks at the table alone. "to_top_enriched" looks at people with all rows
        below them summed up, one row each: attacks run on these, so that what they find is a
        person across all tables. "to_bottom_id_propagated" and "full_enriched" look at the rows of
        a child, alone or with the columns of its ancestors, and count any row of the own avatar as
        found. Series are looked at as one row per individual, by their values at up to 20 points.
        ``metadata["linked"]`` says of each link to a parent how it came out.

    Raises
    ------
    InvalidInputError
        If tables can't be read together, or keys name no row; never a key.

    References
    ----------
    .. [1] Guillaudeux et al., npj Digital Medicine 6, 37 (2023), Methods, "Privacy metrics".

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.metrics.linked import linked_privacy_metrics
    >>> from avatars.models import Link, Relations
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> keys = {"patient": "id", "visit": "id"}
    >>> relations = Relations(tables=tuple(keys), primary_keys=keys, links=(link,))
    >>> clinic = make_clinic(n_patients=60, random_state=0)
    >>> found = linked_privacy_metrics(clinic, clinic, relations, sensitive_unshuffled=clinic)
    >>> [figures["metadata"]["computation_type"] for figures in found["visit"]]
    ['standalone', 'to_bottom_id_propagated', 'full_enriched']
    >>> [figures["hidden_rate"] for figures in found["patient"]]
    [0.0, 0.0]
    """
    unshuffled = sensitive_unshuffled
    first = LinkedFrames(people, relations)
    second = LinkedFrames(avatars if unshuffled is None else unshuffled, relations)
    unseen = None if holdout is None else LinkedFrames(holdout, relations)
    known, aims = known_variables or {}, target or {}
    result: dict[str, list[dict[str, Any]]] = {}

    def measured(
        name: str,
        frames: tuple[pd.DataFrame, pd.DataFrame],
        kind: str,
        reference: str | None,
        *,
        is_aligned: bool,
        attacks: bool = False,
        control: pd.DataFrame | None = None,
    ) -> dict[str, Any]:
        columns = set(frames[0].columns)
        labels = [label for label in known.get(name, ()) if label in columns]
        found = privacy_metrics(
            *frames,
            sensitive_unshuffled=frames[1] if is_aligned and unshuffled is not None else None,
            holdout=control,
            known_variables=labels or None,
            target=aims[name] if name in aims and aims[name] in columns else None,
            ncp=(ncp or {}).get(name, 5),
            context=context,
            types={c: t for c, t in ((types or {}).get(name) or {}).items() if c in columns},
            random_state=random_state,
            name=name,
            reference=reference,
            computation_type=kind,
            with_attacks=attacks,
        )[0]
        return found

    for name in relations.order:
        if name in relations.lookups or first.own(name).shape[1] == 0:
            result[name] = []
            continue
        is_person = name in relations.individual_level
        down = relations.children_of(name)
        if name in relations.time_columns:
            frames = as_rows(first, second, name)
            result[name] = [measured(name, frames, "standalone", None, is_aligned=True)]
            continue
        frames = first.own(name), second.own(name)
        figures = [
            measured(
                name,
                frames,
                "standalone",
                None,
                is_aligned=not _ancestors(relations, name),
                attacks=is_person and not down,
                control=None if unseen is None or down else unseen.own(name),
            )
        ]
        if is_person and down:
            enriched = first.to_top(name), second.to_top(name)
            reference = f"{name}.{relations.primary_keys.get(name, '')}"
            figures.append(
                measured(
                    name,
                    enriched,
                    "to_top_enriched",
                    reference,
                    is_aligned=True,
                    attacks=True,
                    control=None if unseen is None else unseen.to_top(name),
                )
            )
        for path in _ancestors(relations, name):
            reference = f"{path[-1].parent}.{path[-1].parent_field}"
            owners = (first.along(path), second.along(path)) if unshuffled is not None else None
            for kind, pair in (
                ("to_bottom_id_propagated", frames),
                ("full_enriched", (first.information(name), second.information(name))),
            ):
                made = measured(name, pair, kind, reference, is_aligned=False)
                _with_owners(made, pair, owners, (ncp or {}).get(name, 5), types, name)
                figures.append(made)
        result[name] = figures
    for name, figures in result.items():
        linked = [_link_figures(first, second, link, unshuffled) for link in _up(relations, name)]
        for made in figures:
            made["metadata"]["linked"] = linked
    return result


def linked_signal_metrics(
    people: Frames,
    avatars: Frames,
    relations: Relations,
    *,
    target: Mapping[str, Hashable] | None = None,
    types: Mapping[str, Mapping[Any, Any]] | None = None,
    ncp: Mapping[str, int] | None = None,
    context: str | Mapping[str, str | float] = "external",
    random_state: int = 0,
) -> dict[str, list[dict[str, Any]]]:
    """Measure how much of what linked tables say their avatars still say.

    Hellinger distances from 0 to 1 and a percentage of pairs; lower is better.
    The release may be shuffled.

    Parameters
    ----------
    people, avatars : dict of {str: DataFrame}
        The tables and the release, keys included.
    relations : Relations
        How they hang together.
    target : dict of {str: label}, optional
        By table, what a model predicts.
    types, ncp : dict, optional
        By table, as in :func:`avatars.metrics.signal_metrics`.
    context : str or dict, default="external"
        As in :func:`avatars.metrics.get_targets`.
    random_state : int, default=0
        Of what is drawn at random.

    Returns
    -------
    dict of {str: list of dict}
        One dict per computation: "standalone", "to_top_enriched" for tables with rows below, and
        "to_bottom_information_propagated" for those with parents. Tables of series have
        ``pointwise_hellinger_mean`` and ``_std`` and ``density_hellinger_mean`` and ``_std``
        beside the documented keys, and figures by variable in ``metadata["series"]``.
        ``metadata["linked"]`` holds, of a table with parents, the change of associations across
        tables.

    Raises
    ------
    InvalidInputError
        If tables can't be read together, or keys name no row; never a key.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> from avatars.metrics.linked import linked_signal_metrics
    >>> from avatars.models import Link, Relations
    >>> link = Link(parent="patient", parent_field="id", child="visit", child_field="patient_id")
    >>> keys = {"patient": "id", "visit": "id"}
    >>> relations = Relations(tables=tuple(keys), primary_keys=keys, links=(link,))
    >>> clinic = make_clinic(n_patients=60, random_state=0)
    >>> found = linked_signal_metrics(clinic, clinic, relations)
    >>> found["visit"][1]["metadata"]["linked"]["cross_table_correlation"]["mean"]
    0.0
    """
    first, second = LinkedFrames(people, relations), LinkedFrames(avatars, relations)
    aims = target or {}
    result: dict[str, list[dict[str, Any]]] = {}
    for name in relations.order:
        result[name] = []
        if name in relations.lookups or first.own(name).shape[1] == 0:
            continue
        frames = first.own(name), second.own(name)
        kinds: list[tuple[str, str | None, tuple[pd.DataFrame, pd.DataFrame]]] = []
        if name in relations.time_columns:
            kinds.append(("standalone", None, as_rows(first, second, name)))
        else:
            kinds.append(("standalone", None, frames))
            if relations.children_of(name):
                key = f"{name}.{relations.primary_keys.get(name, '')}"
                kinds.append(("to_top_enriched", key, (first.to_top(name), second.to_top(name))))
            if relations.parents_of(name):
                pair = first.information(name), second.information(name)
                kinds.append(("to_bottom_information_propagated", None, pair))
        for kind, reference, pair in kinds:
            columns = set(pair[0].columns)
            made = signal_metrics(
                *pair,
                target=aims[name] if name in aims and aims[name] in columns else None,
                ncp=(ncp or {}).get(name, 5),
                context=context,
                types={c: t for c, t in ((types or {}).get(name) or {}).items() if c in columns},
                random_state=random_state,
                name=name,
                reference=reference,
                computation_type=kind,
            )[0]
            across = cross_table_correlation_difference(first, second, name)
            made["metadata"]["linked"] = {"cross_table_correlation": across}
            if name in relations.time_columns:
                _with_series(made, first, second, name)
            result[name].append(made)
    return result


def linked_meta(
    privacy: Mapping[str, Sequence[Mapping[str, Any]]],
    signal: Mapping[str, Sequence[Mapping[str, Any]]],
    relations: Relations,
) -> dict[str, dict[str, dict[str, Any]]]:
    """Sum up privacy and signal of linked tables, by table and reference.

    Scores from 0 to 100; higher is better.
    No tables are needed.

    Parameters
    ----------
    privacy, signal : dict of {str: list of dict}
        What :func:`linked_privacy_metrics` and :func:`linked_signal_metrics` return.
    relations : Relations
        How the tables hang together.

    Returns
    -------
    dict of {table: dict of {reference: dict}}
        As from :func:`avatars.metrics.meta_metrics`; the reference is "standalone" where there is
        none, and the lowest privacy of several computations with one reference counts. Under
        ``""``, for the release as a whole, the worst and the mean privacy over tables of people.

    Examples
    --------
    >>> from avatars.metrics.linked import linked_meta
    >>> from avatars.models import Relations
    >>> figures = {"hidden_rate": 45.0, "targets": {"hidden_rate": "> 90"},
    ...            "metadata": {"reference": None, "computation_type": "standalone"}}
    >>> meta = linked_meta({"patient": [figures]}, {}, Relations(tables=("patient",)))
    >>> meta["patient"]["standalone"]["meta_privacy_metric"], meta[""]["release"]["worst"]
    (50.0, 50.0)
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in relations.tables:
        by_reference: dict[str, dict[str, Any]] = {}
        for figures in privacy.get(name, ()):
            reference = figures["metadata"]["reference"] or "standalone"
            made = meta_metrics(figures, {"targets": {}})
            kept = {key: value for key, value in made.items() if key.startswith("meta_privacy")}
            before = by_reference.get(reference, {}).get("meta_privacy_metric")
            after = kept["meta_privacy_metric"]
            if before is None or (after is not None and after < before):
                by_reference[reference] = by_reference.get(reference, {}) | kept
        for figures in signal.get(name, ()):
            reference = figures["metadata"]["reference"] or "standalone"
            made = meta_metrics({"targets": {}}, figures)
            kept = {key: value for key, value in made.items() if key.startswith("meta_signal")}
            by_reference[reference] = by_reference.get(reference, {}) | kept
        if by_reference:
            found[name] = by_reference
    scores = [
        figures["meta_privacy_metric"]
        for name in relations.individual_level
        for figures in found.get(name, {}).values()
        if figures.get("meta_privacy_metric") is not None
    ]
    if scores:
        found[""] = {"release": {"worst": min(scores), "mean": round(float(np.mean(scores)), 2)}}
    return found


def _up(relations: Relations, name: str) -> tuple[Link, ...]:
    return tuple(link for link in relations.parents_of(name) if name not in relations.time_columns)


def _ancestors(relations: Relations, name: str) -> list[tuple[Link, ...]]:
    """Return the ways from a table up to tables of people."""
    return [
        path for path in relations.paths_up(name) if path[-1].parent in relations.individual_level
    ]


def _with_owners(
    made: dict[str, Any],
    pair: tuple[pd.DataFrame, pd.DataFrame],
    owners: tuple[NDArray[np.intp], NDArray[np.intp]] | None,
    ncp: int,
    types: Mapping[str, Mapping[Any, Any]] | None,
    name: str,
) -> None:
    """Put in what compares rows with those of the own person's avatar."""
    for key in ("hidden_rate", "local_cloaking"):
        if owners is None:
            made["metadata"]["not_computed"][key] = _PAIRED
    if owners is None:
        return
    declared = {c: t for c, t in ((types or {}).get(name) or {}).items() if c in pair[0].columns}
    points = projected(*read_together(*pair, types=declared or None), ncp=ncp)
    made["hidden_rate"] = round(
        hidden_rate_of_owners(points[0], owners[0], points[1], owners[1]), 2
    )
    cloaking = local_cloaking_of_owners(points[0], owners[0], points[1], owners[1])
    made["local_cloaking"] = None if np.isnan(cloaking) else cloaking
    for key in ("hidden_rate", "local_cloaking"):
        made["metadata"]["not_computed"].pop(key, None)


def _link_figures(
    first: LinkedFrames, second: LinkedFrames, link: Link, unshuffled: Frames | None
) -> dict[str, Any]:
    found = links_of(first, second, link)
    if unshuffled is None or link.parent in first.relations.lookups:
        return found
    points = None
    own = first.own(link.parent)
    if own.shape[1]:
        try:
            points = projected(*read_together(own), ncp=5)[0]
        except InvalidInputError:
            points = None
    rate = sensitive_own_parent_rate(first.rows[link], second.rows[link], points)
    found["own_parent_rate"] = {
        "value": round(rate.value, 4),
        "low": round(rate.low, 4),
        "high": round(rate.high, 4),
        "chance": round(rate.chance, 4),
    }
    return found


def as_rows(
    first: LinkedFrames, second: LinkedFrames, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return series as one row per individual, in the order of the individuals."""
    link = first.relations.parents_of(name)[0]
    time = first.relations.time_columns[name]
    frames = []
    for linked in (first, second):
        frame = linked.own(name).assign(**{"": linked.rows[link]})
        frames.append(frame[frame[""] >= 0])
    # Aligned by the individuals that have a series on both sides.
    both = np.intersect1d(frames[0][""], frames[1][""])
    kept = [frame[frame[""].isin(both)] for frame in frames]
    ordered = [frame.sort_values("", kind="stable") for frame in kept]
    curves = Curves.read(*ordered, id_column="", time_column=time)
    return (
        at_points({label: part.original for label, part in curves.items()}),
        at_points({label: part.avatars for label, part in curves.items()}),
    )


def _with_series(
    made: dict[str, Any], first: LinkedFrames, second: LinkedFrames, name: str
) -> None:
    link = first.relations.parents_of(name)[0]
    figures = series_metrics(
        *(linked.own(name).assign(**{"": linked.rows[link]}) for linked in (first, second)),
        id_column="",
        time_column=first.relations.time_columns[name],
    )
    made["metadata"]["series"] = {
        label: {key: round(value, 4) for key, value in by_key.items()}
        for label, by_key in figures.items()
    }
    for key, combine in (("mean", np.mean), ("std", np.std)):
        pointwise = [by_key["pointwise_hellinger_mean"] for by_key in figures.values()]
        density = [by_key["density_hellinger"] for by_key in figures.values()]
        how: Callable[[Any], Any] = combine
        made[f"pointwise_hellinger_{key}"] = round(float(how(pointwise)), 4) if pointwise else None
        made[f"density_hellinger_{key}"] = round(float(how(density)), 4) if density else None
