"""The names of what a record holds, as JSON, CSV and ``--fields`` call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from loglama_core.model import LogRecord, flag_names
from loglama_tui.cli.data_lines import field_value
from loglama_tui.cli.time_format import utc_time

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
