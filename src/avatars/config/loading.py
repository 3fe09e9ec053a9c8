"""Reading YAML from strangers: nothing is run, nothing grows, nothing is overwritten silently."""

from __future__ import annotations

from typing import Any

import yaml

from avatars.exceptions import InvalidConfigError

__all__ = ["load_documents"]

_LARGEST = 1_000_000
_DEEPEST = 20
_MOST_ALIASES = 100


class _UniqueKeysSafeLoader(yaml.SafeLoader):
    """PyYAML's safe loader, but that a key written twice is a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        try:
            repeated = len(set(keys)) < len(keys)
        except TypeError:
            raise InvalidConfigError(
                f"line {node.start_mark.line + 1} of the YAML uses a list or mapping as a key: "
                "keys are words."
            ) from None
        if repeated:
            raise InvalidConfigError(
                f"the mapping at line {node.start_mark.line + 1} of the YAML has a key twice: keep "
                "one of them."
            )
        return super().construct_mapping(node, deep=deep)


def load_documents(text: str) -> list[dict[str, Any]]:
    """Return the documents of a YAML text.

    Parameters
    ----------
    text : str
        Up to a megabyte, 20 levels deep, with up to 100 aliases and no object tags.

    Returns
    -------
    list of dict
        Empty documents are left out.

    Raises
    ------
    InvalidConfigError
        Naming the line, never what stands there.

    Examples
    --------
    >>> from avatars.config.loading import load_documents
    >>> load_documents("kind: AvatarSchema")
    [{'kind': 'AvatarSchema'}]
    >>> load_documents("a: !!python/object/apply:os.getcwd []")
    Traceback (most recent call last):
    avatars.exceptions.InvalidConfigError: line 1 of the YAML can't be read: ...
    """
    if len(text) > _LARGEST or len(text.encode("utf-8", "surrogatepass")) > _LARGEST:
        raise InvalidConfigError(
            f"the YAML is larger than {_LARGEST:,} bytes: it describes a run and holds no data."
        )
    try:
        _refuse_bombs(text)
        documents = [d for d in yaml.load_all(text, Loader=_UniqueKeysSafeLoader) if d is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, InvalidConfigError):
            raise
        # What PyYAML says shows the line itself, and that may be anything.
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1} of the YAML" if mark else "the YAML"
        raise InvalidConfigError(
            f"{where} can't be read: only plain mappings, lists, words and numbers are allowed."
        ) from None
    for document in documents:
        if not isinstance(document, dict):
            raise InvalidConfigError(
                "each document of the YAML must be a mapping with kind, metadata and spec."
            )
    return documents


def _refuse_bombs(text: str) -> None:
    depth = aliases = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if (depth > _DEEPEST or aliases > _MOST_ALIASES) and event.start_mark:
            raise InvalidConfigError(
                f"line {event.start_mark.line + 1} of the YAML goes beyond {_DEEPEST} levels or "
                f"{_MOST_ALIASES} aliases: write it out flat."
            )
