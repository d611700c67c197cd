"""A record as the JSON object that scripts rely on: the names of what it holds, and how each is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from loglama_core.model import LogRecord, flag_names

_NANOSECONDS = 1_000_000_000


def utc_time(time_ns: int) -> str:
    """Return UTC nanoseconds as ``2026-11-01T00:00:00.084891Z``: 3, 6 or 9 digits, the fewest that lose nothing."""
    seconds, fraction = divmod(time_ns, _NANOSECONDS)
    if fraction % 1_000_000 == 0:
        digits = f"{fraction // 1_000_000:03}"
    elif fraction % 1_000 == 0:
        digits = f"{fraction // 1_000:06}"
    else:
        digits = f"{fraction:09}"
    return f"{_date_time(seconds)}.{digits}Z"


@lru_cache(maxsize=64)
def _date_time(seconds: int) -> str:
    parts = time.gmtime(seconds)
    return (
        f"{parts.tm_year:04}-{parts.tm_mon:02}-{parts.tm_mday:02}T"
        f"{parts.tm_hour:02}:{parts.tm_min:02}:{parts.tm_sec:02}"
    )


def json_text(value: object) -> str:
    """Return ``value`` as JSON on one line, in UTF-8 without escapes where JSON needs none."""
    import orjson

    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Integers beyond 64 bits and lone surrogates: legal JSON that orjson refuses.
        import json

        return json.dumps(value, separators=(",", ":"))


def field_value(fields: Mapping[str, Any], path: str) -> object:
    """Return the value at a dotted path, ``None`` when there is none; a key that itself has dots wins."""
    if path in fields:
        return fields[path]
    head, _, rest = path.partition(".")
    while rest:
        inner = fields.get(head)
        if isinstance(inner, dict):
            found = field_value(inner, rest)
            if found is not None:
                return found
        more, _, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


RECORD_KEYS: Mapping[str, Callable[[LogRecord], Any]] = {
    "id": lambda record: record.id,
    "time": lambda record: utc_time(record.time_ns),
    "level": lambda record: record.level,
    "service": lambda record: record.service,
    "logger": lambda record: record.logger,
    "message": lambda record: record.message,
    "fields": lambda record: record.fields,
    "source": lambda record: record.source,
    "offset": lambda record: record.offset,
    "flags": lambda record: flag_names(record.flags),
}
"""The keys of a record in JSON, in their order, and how each is read."""


def record_value(record: LogRecord, name: str) -> Any:
    """Return what ``name`` stands for: an own key of the record, else a field by its dotted path, else ``None``."""
    reader = RECORD_KEYS.get(name)
    return reader(record) if reader is not None else field_value(record.fields, name)


def record_as_json(record: LogRecord) -> dict[str, Any]:
    """Return the record as the JSON object that scripts rely on."""
    return {key: read(record) for key, read in RECORD_KEYS.items()}
