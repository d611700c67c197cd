"""The tree a query becomes: small frozen dataclasses that know nothing of SQLite.

Text everywhere means *substring, any case* (Unicode simple folding). Times are UTC nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union


@dataclass(slots=True, frozen=True)
class Text:
    """``value`` stands somewhere in the message or in a field's value."""

    value: str


@dataclass(slots=True, frozen=True)
class Pattern:
    """A regular expression (``regex`` module's syntax) found in the message, a field, or (``field=None``) either."""

    pattern: str
    field: str | None = None


@dataclass(slots=True, frozen=True)
class Compare:
    """A field or column compared with a value.

    ``field``: ``level``, ``service``, ``logger``, ``message``, ``source``, ``id``, or the dotted path of a field.
    ``operator``: one of ``: = != < <= > >=``; ``:`` matches whole values, any case, with ``*`` as wildcard.
    ``values``: alternatives (``a,b``) as written.
    """

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class HasField:
    """The record has the field (``trace_id:*``)."""

    field: str


@dataclass(slots=True, frozen=True)
class TimeRange:
    """Event time within ``[since_ns, until_ns)``; ``None`` leaves that side open."""

    since_ns: int | None = None
    until_ns: int | None = None


@dataclass(slots=True, frozen=True)
class Not:
    """Everything ``child`` does not match."""

    child: Node


@dataclass(slots=True, frozen=True)
class And:
    """Every child matches. Never empty."""

    children: tuple[Node, ...]


@dataclass(slots=True, frozen=True)
class Or:
    """At least one child matches. Never empty."""

    children: tuple[Node, ...]


Node = Union[Text, Pattern, Compare, HasField, TimeRange, Not, And, Or]  # noqa: UP007 - the classes refer to it before it exists
