"""Fields that every record of one request carries: request id and trace, from one service to the next."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, NamedTuple

REQUEST_ID_HEADER = "x-request-id"
TRACE_HEADER = "traceparent"

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_EMPTY: Mapping[str, Any] = MappingProxyType({})
_fields: ContextVar[Mapping[str, Any]] = ContextVar("loglama_fields", default=_EMPTY)


class TraceParent(NamedTuple):
    """A W3C ``traceparent``: which trace a request belongs to, and the span that made it. Lower-case hex."""

    trace_id: str
    span_id: str
    flags: str


def parse_traceparent(header: str) -> TraceParent | None:
    """Return what a ``traceparent`` header says, ``None`` if it is not a valid one (W3C Trace Context, 3.2)."""
    match = _TRACEPARENT.fullmatch(header.strip())
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return TraceParent(trace_id, span_id, flags)


@contextmanager
def log_context(**fields: Any) -> Generator[None]:
    """Give every record logged inside these fields, also across ``await``; an inner value hides an outer one."""
    token = _fields.set({**_fields.get(), **fields})
    try:
        yield
    finally:
        _leave(token)


def _leave(token: Any) -> None:
    try:
        _fields.reset(token)
    except ValueError:  # left in another context than entered: a generator that another task closes
        _fields.set(token.old_value if token.old_value is not token.MISSING else _EMPTY)


def request_fields(request_id: str, traceparent: str) -> dict[str, str]:
    """Return the context of a request by its headers (empty when not given): its ids, taken over or made.

    A request id of odd characters or more than 128 is not taken over: it goes into headers and log lines.
    """
    parent = parse_traceparent(traceparent) if traceparent else None
    fields = {
        "request_id": request_id if _REQUEST_ID.fullmatch(request_id) else os.urandom(16).hex(),
        "trace_id": parent.trace_id if parent else os.urandom(16).hex(),
        "span_id": os.urandom(8).hex(),
    }
    if parent:
        fields["parent_span_id"] = parent.span_id
    return fields


def outgoing_headers() -> dict[str, str]:
    """Return the headers that carry the current request id and trace to the next service; empty outside a request."""
    fields = current_fields()
    headers = {}
    if "request_id" in fields:
        headers[REQUEST_ID_HEADER] = str(fields["request_id"])
    if "trace_id" in fields and "span_id" in fields:
        headers[TRACE_HEADER] = f"00-{fields['trace_id']}-{fields['span_id']}-01"
    return headers


def current_fields() -> Mapping[str, Any]:
    """Return the fields of the context: those of ``log_context``, of structlog, the ids of OpenTelemetry's span.

    The two libraries are asked only if the program has loaded them.
    """
    fields = _fields.get()
    structlog_context = sys.modules.get("structlog.contextvars")
    if structlog_context is not None:
        bound = structlog_context.get_contextvars()
        if bound:
            fields = {**fields, **bound}
    opentelemetry = sys.modules.get("opentelemetry.trace")
    if opentelemetry is not None:
        span = opentelemetry.get_current_span().get_span_context()
        if span.is_valid:
            fields = {**fields, "trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
    return fields
