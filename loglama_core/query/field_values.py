"""Reading a record's fields: which value a dotted name means, and what the text of a value is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def field_value(fields: Mapping[str, Any], name: str) -> Any:
    """Return the value of a field, ``None`` if the record has none or it is null.

    ``user.name`` is ``{"user": {"name": …}}``, else the key ``"user.name"`` as it stands.
    """
    value: Any = fields
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return fields.get(name) if value is None else value


def array_elements(value: Any) -> Iterator[Any]:
    """Yield the elements of an array at any depth; of what is no array, itself."""
    if isinstance(value, list):
        for element in value:
            yield from array_elements(element)
    else:
        yield value


def value_text(value: Any) -> str:
    """Return a value as text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def value_texts(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of every string, number and boolean in the fields at any depth; keys and nulls are not values."""
    pending: list[Any] = [fields]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif value is not None:
            yield orjson.dumps(value).decode()


def leaf_names(fields: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the dotted names of all values that are no objects; an empty object counts as a value, null does not."""
    for key, value in fields.items():
        if isinstance(value, dict) and value:
            yield from leaf_names(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}"
