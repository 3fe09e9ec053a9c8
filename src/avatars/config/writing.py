"""Writing the documents of a run, as the documented client does."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import yaml

from avatars.config.places import BLOCKS, KINDS, Places
from avatars.config.run import Config
from avatars.config.schema import ColumnConfig, LinkConfig, ReportConfig
from avatars.models import Cardinality, TableParameters


class _Dumper(yaml.SafeDumper):
    """Aliases are for machines: a document repeats itself instead."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(config: Config) -> str:
    """Return the documents of a run; see :meth:`avatars.config.Config.to_yaml`."""
    documents = [_metadata(config), *_schemas(config), *_advice(config)]
    documents += [d for of in KINDS if (d := _parameters(config, of)) is not None]
    documents += [_report(config, report) for report in config.reports]
    texts = [
        yaml.dump(d, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)
        for d in documents
    ]
    return "\n---\n".join(texts)


def _document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


def _metadata(config: Config) -> dict[str, Any]:
    spec = {"display_name": config.display_name, "pia_metadata": dict(config.pia)}
    document = _document("AvatarMetadata", f"avatar-metadata-{config.display_name}", spec)
    if config.annotations:
        document["annotations"] = dict(config.annotations)
    return document


def _schemas(config: Config) -> list[dict[str, Any]]:
    if not config.tables:
        return []
    tables, avatars = [], []
    for table in config.tables.values():
        entry: dict[str, Any] = {"name": table.name, "data": _file(table.file)}
        if table.individual_level is not None:
            entry["individual_level"] = table.individual_level
        if table.reference:
            entry["reference"] = True
        if table.columns:
            entry["columns"] = [_column(column) for column in table.columns]
        if table.links:
            entry["links"] = [
                {
                    "field": link.field,
                    "to": {"table": link.to_table, "field": link.to_field},
                    "method": link.method.value,
                    # Ours alone: said only where it isn't the default, and skipped by others.
                    **({"cardinality": link.cardinality.value} if _is_exact(link) else {}),
                }
                for link in table.links
            ]
        tables.append(entry)
        avatars.append({"name": table.name, "avatars_data": _file(table.avatars_file)})
    return [
        _document("AvatarSchema", "schema", {"tables": tables}),
        _document("AvatarSchema", "schema_avatarized", {"tables": avatars, "schema_ref": "schema"}),
    ]


def _is_exact(link: LinkConfig) -> bool:
    return link.cardinality is Cardinality.EXACT


def _file(file: str | None) -> dict[str, Any]:
    return {"auto": True} if file is None else {"volume": "input", "file": file}


def _column(column: ColumnConfig) -> dict[str, Any]:
    entry: dict[str, Any] = {"field": column.field}
    if column.type is not None:
        entry["type"] = column.type.value
    entry |= {
        flag: True
        for flag in ("primary_key", "identifier", "time_series_time")
        if getattr(column, flag)
    }
    if column.pseudonymization is not None:
        said = column.pseudonymization.model_dump(exclude_none=True, mode="json")
        entry["pseudonymization"] = dict(sorted(said.items()))
    if column.drop:
        entry["drop"] = True
    return entry


def _advice(config: Config) -> list[dict[str, Any]]:
    if not config.advice:
        return []
    spec = {
        "schema": "schema",
        "advice": {"advisor_type": [kind.value for kind in config.advice]},
        "results": _results(config, "advice"),
    }
    return [_document("AvatarAdviceParameters", "advice_parameters", spec)]


def _parameters(config: Config, of: str) -> dict[str, Any] | None:
    by_table: Mapping[str, TableParameters] = getattr(config, of)
    if not any(getattr(config, other) for other in KINDS) and not _is_said(config, of):
        return None
    spec: dict[str, Any] = {}
    if of == "standard":
        spec["schema"] = "schema"
    else:
        spec["schema"] = "schema_avatarized"
        if config.standard:
            spec["avatarization_ref"] = "standard"
    for block, places in BLOCKS[of].items():
        entries = {
            table: entry
            for table, parameters in by_table.items()
            if (entry := _entry(block, places, parameters))
        }
        if entries:
            spec[block] = entries
    spec["results"] = _results(config, of)
    if config.seed is not None:
        spec["seed"] = config.seed
    if config.compute_figures is not None and of == "standard":
        spec["compute_figures"] = config.compute_figures
    return _document(KINDS[of], of, spec)


def _is_said(config: Config, of: str) -> bool:
    """Tell whether a run without parameters says something that this document holds."""
    said = (
        config.seed,
        config.output_format,
        config.max_distribution_plots,
        config.compute_figures,
    )
    return of == "standard" and any(value is not None for value in said)


def _entry(block: str, places: Places, parameters: TableParameters) -> dict[str, Any]:
    said = parameters.model_dump(exclude_defaults=True)
    if block == "avatarization_fast_dp":
        return dict(said.get("fast_dp") or {})
    # Which engine a table goes to is decided by k or epsilon; what they share goes with them.
    if block == "avatarization" and (parameters.dp_epsilon or parameters.fast_dp):
        return {}
    if block == "avatarization_open_dp" and not parameters.dp_epsilon:
        return {}
    entry: dict[str, Any] = {}
    for name, place in places.items():
        if name in said:
            inner = entry
            for step in place[:-1]:
                inner = inner.setdefault(step, {})
            inner[place[-1]] = _plain(said[name])
    return entry


def _results(config: Config, path: str) -> dict[str, Any]:
    results: dict[str, Any] = {"volume": "results", "path": path}
    if config.output_format is not None:
        results["format"] = config.output_format.value
    if config.max_distribution_plots is not None:
        results["max_distribution_plots"] = config.max_distribution_plots
    return results


def _report(config: Config, report: ReportConfig) -> dict[str, Any]:
    name = "report" if report.report_type.value == "basic" else "report_pia"
    spec = {
        "report_type": report.report_type.value,
        "output_format": report.output_format.value,
        "language": report.language.value,
        "results": _results(config, name),
    }
    return _document("AvatarReportParameters", name, spec)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value
