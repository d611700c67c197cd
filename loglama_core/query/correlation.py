"""What ties records of one request together: the identifiers that services hand on to each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from loglama_core.query.comparison import literal_pattern
from loglama_core.query.field_values import value_text
from loglama_core.query.tree import Compare, Node, Or, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loglama_core.model import LogRecord

_ID_NAMES = (
    "trace_id",
    "request_id",
    "correlation_id",
    "transaction_id",
    "conversation_id",
    "session_id",
    "job_id",
    "task_id",
    "flow_id",
)
"""The widest first: a trace holds requests."""

_BY_PLAIN_NAME = {name.replace("_", ""): name for name in _ID_NAMES} | {
    "reqid": "request_id",
    "traceparent": "trace_id",
}
_NOT_LETTERS = re.compile(r"[^a-z]")
_NO_IDENTIFIER = re.compile(r"[0-]*|null|none|unknown|n/a", re.IGNORECASE)

_LONG = 8
"""Characters that no other value has by chance."""


def correlation_ids(record: LogRecord) -> list[tuple[str, str]]:
    """Return (dotted field name, value) of the identifiers a record shares with its relatives, the widest first.

    Spellings such as ``traceId``, ``x-request-id``, ``http.request.id`` and ``RequestID`` are recognised; values that
    identify nothing (empty, all zeros, ``null``) are not.
    """
    found = []
    for name, value in _leaves(record.fields):
        known = _known_name(name)
        if known is not None and isinstance(value, str | int) and not isinstance(value, bool):
            text = value_text(value)
            if not _NO_IDENTIFIER.fullmatch(text):
                found.append((_ID_NAMES.index(known), name, text))
    return [(name, text) for _, name, text in sorted(found)]


def correlation_query(record: LogRecord) -> Node | None:
    """Return the query for all records with one of the record's identifiers, itself included; None without any.

    A long identifier is searched for anywhere: other services spell its name differently, or log it in their text.
    """
    terms = tuple(
        Text(value) if len(value) >= _LONG else Compare(name, ":", (literal_pattern(value),))
        for name, value in correlation_ids(record)
    )
    return terms[0] if len(terms) == 1 else Or(terms) if terms else None


def _known_name(name: str) -> str | None:
    """Return which identifier a dotted field name means: by its last part, by its last two, without an ``x-``."""
    parts = [_NOT_LETTERS.sub("", part.lower()) for part in name.split(".")]
    for plain in (parts[-1], "".join(parts[-2:])):
        found = _BY_PLAIN_NAME.get(plain.removeprefix("x"))
        if found is not None:
            return found
    return None


def _leaves(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in fields.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
