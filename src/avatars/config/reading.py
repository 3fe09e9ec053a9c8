"""Reading the documents of a run, from this client or another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from pydantic import ValidationError

from avatars.config.loading import load_documents
from avatars.config.places import BLOCKS, EXCLUDED, KINDS, SPELT, Places
from avatars.config.run import Config
from avatars.config.schema import ColumnConfig, LinkConfig, ReportConfig, TableConfig
from avatars.exceptions import AvatarsError, InvalidConfigError, shown
from avatars.models import (
    AdviceType,
    Cardinality,
    DataFormat,
    LinkMethod,
    Pseudonymization,
    TableParameters,
)


def read(text: str) -> Config:
    """Read the documents of a run; see :meth:`avatars.config.Config.from_yaml`."""
    found: dict[str, Any] = {"display_name": "", "seed": None}
    tables: dict[str, TableConfig] = {}
    readers: dict[str, Callable[[_Reader], None]] = {
        "AvatarMetadata": lambda d: _read_metadata(d, found),
        "AvatarVolume": lambda d: None,
        "AvatarSchema": lambda d: _read_schema(d, tables),
        "AvatarAdviceParameters": lambda d: _read_advice(d, found),
        "AvatarReportParameters": lambda d: _read_report(d, found),
        **{kind: _parameters_reader(of, found) for of, kind in KINDS.items()},
    }
    for document in load_documents(text):
        kind = document.get("kind")
        if not isinstance(kind, str) or kind not in readers:
            raise InvalidConfigError(
                f"documents of kind {shown(kind)} can't be read: this engine copies no databases. "
                f"Kinds that can: {', '.join(readers)}."
            )
        readers[kind](_Reader(document, kind))
    try:
        config = Config(**{name: value for name, value in found.items() if name != "links"})
        for table in tables.values():
            config = config.with_table(table.model_copy(update={"links": ()}))
        for table in tables.values():
            for link in table.links:
                config = config.with_link(
                    table.name,
                    link.field,
                    link.to_table,
                    link.to_field,
                    link.method,
                    link.cardinality,
                )
        for of in KINDS:
            for name in getattr(config, of):
                config.table(name)
    except ValidationError:
        raise InvalidConfigError("the documents don't fit together.") from None
    return config


class _Reader:
    """A mapping of a document that remembers where it stands and what was read of it."""

    def __init__(self, mapping: Any, where: str) -> None:
        if not isinstance(mapping, dict):
            raise InvalidConfigError(f"{where} must be a mapping.")
        self.mapping, self.where = mapping, where

    def into(self, key: str) -> _Reader:
        return _Reader(self.mapping.get(key) or {}, f"{self.where}.{key}")

    def each(self, key: str) -> list[_Reader]:
        entries = self.mapping.get(key) or []
        if not isinstance(entries, list):
            raise InvalidConfigError(f"{self.where}.{key} must be a list.")
        return [_Reader(entry, f"{self.where}.{key}[{i}]") for i, entry in enumerate(entries)]

    def text(self, key: str) -> str:
        value = self.mapping.get(key)
        if not isinstance(value, str):
            raise InvalidConfigError(f"{self.where}.{key} must be a word.")
        return value

    def only(self, keys: Iterable[str]) -> None:
        strange = [key for key in self.mapping if key not in set(keys)]
        if strange:
            raise InvalidConfigError(f"{self.where} has the unknown key {shown(strange[0])}.")

    def get(self, key: str, default: Any = None) -> Any:
        return self.mapping.get(key, default)


def _checked(where: str, build: Callable[[], Any]) -> Any:
    """Return what is built, or say where it could not be, without the value."""
    try:
        return build()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise InvalidConfigError(f"{where}.{field}: {first['msg']}.") from None
    except AvatarsError as error:
        raise InvalidConfigError(f"{where}: {error}") from None
    except (TypeError, ValueError):
        raise InvalidConfigError(f"{where} has a value that can't be used.") from None


def _read_metadata(document: _Reader, found: dict[str, Any]) -> None:
    spec = document.into("spec")
    spec.only(("display_name", "pia_metadata"))
    found["display_name"] = spec.text("display_name")
    pia, notes = spec.into("pia_metadata").mapping, document.into("annotations").mapping
    for name, said in (("pia_metadata", pia), ("annotations", notes)):
        if not all(isinstance(k, str) and isinstance(v, str) for k, v in said.items()):
            raise InvalidConfigError(f"{document.where}.{name} must map words to words.")
    if pia:
        found["pia"] = pia
    found["annotations"] = notes


def _read_schema(document: _Reader, tables: dict[str, TableConfig]) -> None:
    spec = document.into("spec")
    spec.only(("tables", "schema_ref", "check_links_between_tables"))
    for entry in spec.each("tables"):
        entry.only(
            ("name", "data", "avatars_data", "individual_level", "reference", "columns", "links")
        )
        name = entry.text("name")
        if "avatars_data" in entry.mapping and "data" not in entry.mapping:
            if name not in tables:
                raise InvalidConfigError(f"{entry.where} names a table that no schema describes.")
            file = _read_file(entry.into("avatars_data"))
            tables[name] = tables[name].model_copy(update={"avatars_file": file})
            continue
        if name in tables:
            raise InvalidConfigError(f"{entry.where} describes a table for the second time.")
        columns = tuple(_read_column(column) for column in entry.each("columns"))
        links = tuple(_read_link(link) for link in entry.each("links"))
        tables[name] = _checked(
            entry.where,
            partial(
                TableConfig,
                name=name,
                file=_read_file(entry.into("data")),
                avatars_file=_read_file(entry.into("avatars_data")),
                individual_level=entry.get("individual_level"),
                reference=bool(entry.get("reference", False)),
                columns=columns,
                links=links,
            ),
        )


def _read_file(data: _Reader) -> str | None:
    data.only(("volume", "file", "auto"))
    return data.text("file") if "file" in data.mapping else None


def _read_column(column: _Reader) -> ColumnConfig:
    column.only(
        (
            "field",
            "type",
            "primary_key",
            "identifier",
            "time_series_time",
            "pseudonymization",
            "drop",
        )
    )
    said = dict(column.mapping)
    if (how := said.pop("pseudonymization", None)) is not None:
        rule = _Reader(how, f"{column.where}.pseudonymization").mapping
        said["pseudonymization"] = _checked(
            f"{column.where}.pseudonymization", lambda: Pseudonymization.checked(**rule)
        )
    built: ColumnConfig = _checked(column.where, lambda: ColumnConfig(**said))
    return built


def _read_link(link: _Reader) -> LinkConfig:
    link.only(("field", "to", "method", "cardinality"))
    target = link.into("to")
    target.only(("table", "field"))
    built: LinkConfig = _checked(
        link.where,
        lambda: LinkConfig(
            field=link.text("field"),
            to_table=target.text("table"),
            to_field=target.text("field"),
            method=LinkMethod(link.get("method", LinkMethod.LINEAR_SUM_ASSIGNMENT)),
            cardinality=Cardinality(link.get("cardinality", Cardinality.SMOOTHED)),
        ),
    )
    return built


def _read_advice(document: _Reader, found: dict[str, Any]) -> None:
    spec = document.into("spec")
    spec.only(("schema", "advice", "results"))
    kinds = spec.into("advice").get("advisor_type", [])
    advice = _checked(document.where, lambda: tuple(AdviceType(kind) for kind in kinds))
    found["advice"] = (*found.get("advice", ()), *advice)


def _read_report(document: _Reader, found: dict[str, Any]) -> None:
    spec = document.into("spec")
    spec.only(("report_type", "output_format", "language", "results"))
    said = {name: value for name, value in spec.mapping.items() if name != "results"}
    report = _checked(document.where, lambda: ReportConfig(**said))
    found["reports"] = (*found.get("reports", ()), report)


def _parameters_reader(of: str, found: dict[str, Any]) -> Callable[[_Reader], None]:
    def reader(document: _Reader) -> None:
        spec = document.into("spec")
        blocks = BLOCKS[of]
        spec.only(
            [*blocks, *SPELT, "schema", "avatarization_ref", "results", "seed", "compute_figures"]
        )
        said: dict[str, dict[str, Any]] = {}
        for spelt in spec.mapping:
            block = SPELT.get(spelt, spelt)
            if block in blocks:
                for table, entry in spec.into(spelt).mapping.items():
                    flat = _flat(_Reader(entry, f"{document.where}.spec.{spelt}"), blocks[block])
                    said.setdefault(str(table), {}).update(flat)
        found[of] = {
            table: _checked(document.where, partial(TableParameters.checked, **values))
            for table, values in said.items()
        }
        results = spec.into("results")
        if "format" in results.mapping:
            found["output_format"] = _checked(
                results.where, lambda: DataFormat(results.get("format"))
            )
        if "max_distribution_plots" in results.mapping:
            found["max_distribution_plots"] = results.get("max_distribution_plots")
        for name in ("seed", "compute_figures"):
            if spec.get(name) is not None:
                found[name] = spec.get(name)

    return reader


def _flat(entry: _Reader, places: Places) -> dict[str, Any]:
    if places == {"fast_dp": ()}:
        return {"fast_dp": entry.mapping}
    places = {**EXCLUDED, **places}
    entry.only({place[0] for place in places.values()})
    nested = {place[0] for place in places.values() if len(place) > 1}
    for key in nested:
        entry.into(key).only({place[1] for place in places.values() if place[0] == key})
    found = {}
    for name, place in places.items():
        inner = entry
        for step in place[:-1]:
            inner = inner.into(step)
        if inner.get(place[-1]) is not None:
            found[name] = inner.get(place[-1])
    return found
