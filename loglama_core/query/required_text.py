"""Which texts a record must hold to match: what a search index can look up before anything is compared.

Only ever fewer demands than the query makes: what matches holds the required text, what holds it may still not match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglama_core.query.comparison import number, wildcard_parts
from loglama_core.query.pattern_literals import pattern_literals
from loglama_core.query.tree import And, Compare, HasField, Node, Or, Pattern, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMNS = frozenset({"level", "service", "logger", "source", "id"})
"""What a record is compared by besides its message and its fields."""

_PLAIN_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})", re.ASCII)
"""Spelled the same in every record that has it, also as the begin of ``500.0``; 5e2 is 500, too."""


@dataclass(slots=True, frozen=True)
class Every:
    """All of these are required."""

    needs: tuple[RequiredText, ...]


@dataclass(slots=True, frozen=True)
class Some:
    """At least one of these is required."""

    needs: tuple[RequiredText, ...]


RequiredText = str | Every | Some
"""A text that stands, in any case, in the message or somewhere in the JSON of the fields (keys too, and escaped)."""


def required_text(node: Node | None) -> RequiredText | None:
    """Return what every record that matches ``node`` holds, ``None`` if it may hold anything."""
    match node:
        case And(children):
            return every(required_text(child) for child in children)
        case Or(children):
            return some(required_text(child) for child in children)
        case Text(value):
            return value
        case HasField(field) if field not in _COLUMNS and field != "message":
            return _key(field)
        case Pattern(pattern, field) if field not in _COLUMNS:
            literals = some(every(texts) for texts in pattern_literals(pattern) or [[]])
            return literals if literals or field is None or field == "message" else _key(field)
        case Compare(field, operator, values) if field not in _COLUMNS and operator != "!=":
            return _compared(field, operator, values)
    return None


def every(needs: Iterable[RequiredText | None]) -> RequiredText | None:
    """Return that all of ``needs`` are required; None among them requires nothing."""
    real = tuple(need for need in needs if need)
    return Every(real) if len(real) > 1 else real[0] if real else None


def some(needs: Iterable[RequiredText | None]) -> RequiredText | None:
    """Return that one of ``needs`` is required: nothing, if one of them requires nothing."""
    listed = tuple(needs)
    real = tuple(need for need in listed if need)
    if len(real) < len(listed):
        return None
    return Some(real) if len(real) > 1 else real[0] if real else None


def _compared(field: str, operator: str, values: tuple[str, ...]) -> RequiredText | None:
    """Return the values, else the key: a usual key is in every block and only takes time to look up (1 ms each)."""
    found = None
    if operator == ":":
        found = some(_value(wildcard_parts(value), value) for value in values)
    elif operator == "=":
        found = some(_value([value], value) for value in values)
    return found if found or field == "message" else _key(field)


def _value(parts: list[str], value: str) -> RequiredText | None:
    if number(value) is not None and not _PLAIN_INTEGER.fullmatch(value):
        return None
    return every(parts)


def _key(field: str) -> str:
    """Return the end of the key: ``{"user": {"name": …}}`` and ``{"user.name": …}`` share it."""
    return field.rpartition(".")[2]
