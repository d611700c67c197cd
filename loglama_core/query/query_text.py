"""Query tree to query text: the inverse of ``parse_query``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loglama_core.query.comparison import wildcard_parts
from loglama_core.query.quoting import quote, quote_pattern
from loglama_core.query.time_expression import time_text
from loglama_core.query.tree import And, Compare, HasField, Node, Not, Or, Pattern, Text, TimeRange

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN_WORD = re.compile(r"(?!-)[\w./\-+@%#=]+")
_PLAIN_VALUE = re.compile(r"\w[\w./\-+@%#]*")
_PLAIN_ORDERED = re.compile(r"-?\d[\w.:+-]*")
_WORDS = frozenset({"AND", "OR", "NOT"})


def query_text(node: Node | None) -> str:
    """Return the text that ``parse_query`` reads back as ``node``.

    Exactly for every tree that ``parse_query`` returns. What the language has no words for becomes the nearest it has:
    ``=`` and ``!=`` become ``:`` with a quoted value, a ``TimeRange`` with two sides two terms.
    """
    match node:
        case None:
            return ""
        case And(children):
            return " ".join(_inside(child) for child in children)
        case Or(children):
            return " OR ".join(query_text(child) if isinstance(child, And) else _inside(child) for child in children)
    return _term(node)


def _inside(node: Node) -> str:
    """Return a node as part of AND, OR or NOT."""
    if isinstance(node, And | Or) or (isinstance(node, TimeRange) and None not in {node.since_ns, node.until_ns}):
        return f"({query_text(node)})"
    return _term(node)


def _term(node: Node) -> str:  # noqa: PLR0911 - one return per kind of node
    match node:
        case Text(value):
            return value if _PLAIN_WORD.fullmatch(value) and value not in _WORDS else quote(value)
        case Pattern(pattern, field):
            return f"{field or ''}~{quote_pattern(pattern)}"
        case HasField(field):
            return f"{field}:*"
        case TimeRange(since_ns, until_ns):
            sides = (("since", since_ns), ("until", until_ns))
            return " ".join(f"{word}:{time_text(moment)}" for word, moment in sides if moment is not None)
        case Compare(field, "!=", values):
            return f"-{_term(Compare(field, '=', values))}"
        case Compare(field, "=", values):
            return f"{field}:{','.join(quote(value) for value in values)}"
        case Compare(field, ":", values):
            return f"{field}:{_values(values)}"
        case Compare(field, operator, values):
            return f"{field}{operator}{values[0] if field == 'level' else _ordered(values[0])}"
        case Not(child):
            inner = _inside(child)
            return f"NOT {inner}" if inner.startswith(("-", "NOT ")) else f"-{inner}"
        case And() | Or():
            return f"({query_text(node)})"


def _values(values: Iterable[str]) -> str:
    return ",".join(_value(value) for value in values)


def _value(value: str) -> str:
    """Return one alternative: a wildcard only works without quotes, everything else is safe between them."""
    parts = wildcard_parts(value)
    if len(parts) > 1 or _PLAIN_VALUE.fullmatch(value):
        return value
    return quote(parts[0])


def _ordered(value: str) -> str:
    return value if _PLAIN_ORDERED.fullmatch(value) else quote(value)
