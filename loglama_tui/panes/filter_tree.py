"""From what a person chose and typed to a query tree, and to the pattern that marks its hits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_core.errors import QueryError
from loglama_core.query.tree import And, Compare, Node, Not, Or, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_MARKED_TERMS = 32


@dataclass(eq=False, repr=False)
class FilterRead(Message):
    """A filter's text was read as a query, or could not be (``problem``)."""

    text: str
    query: Node | None
    problem: str = ""


def read_filter(text: str, *, now_ns: int, zone: tzinfo | None) -> FilterRead:
    """Read a filter's text as a query; a text that is not finished yet becomes a problem to show."""
    from loglama_core.query.parser import parse_query

    try:
        return FilterRead(text, parse_query(text, now_ns=now_ns, zone=zone))
    except QueryError as error:
        return FilterRead(text, None, f"column {error.column + 1}: {error.message}")


def all_of(*nodes: Node | None) -> Node | None:
    """Return what matches every given node, ``None`` when there is none: then everything matches."""
    given = tuple(node for node in nodes if node is not None)
    if not given:
        return None
    return given[0] if len(given) == 1 else And(given)


def at_least(level: str | None) -> Node | None:
    """Return what matches a level name and every more severe one."""
    return None if level is None else Compare("level", ">=", (level,))


def of_service(service: str | None) -> Node | None:
    """Return what matches one service."""
    return None if service is None else Compare("service", ":", (service,))


def marked_terms(node: Node | None) -> re.Pattern[str] | None:
    """Return a pattern for the plain texts that a hit contains, any case; ``None`` when there is nothing to mark."""
    texts = sorted({text for text in _texts(node) if text.strip()}, key=len, reverse=True)[:_MARKED_TERMS]
    if not texts:
        return None
    return re.compile("|".join(re.escape(text) for text in texts), re.IGNORECASE)


def _texts(node: Node | None) -> Iterator[str]:
    if isinstance(node, Text):
        yield node.value
    elif isinstance(node, Compare):
        if node.operator in (":", "=") and node.field not in ("level", "service", "logger", "source", "id"):
            for value in node.values:
                yield value.strip("*")
    elif isinstance(node, (And, Or)):
        for child in node.children:
            yield from _texts(child)
    elif isinstance(node, Not):
        return
