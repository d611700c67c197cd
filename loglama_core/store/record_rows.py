"""How a row of ``records`` becomes a ``LogRecord``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from loglama_core.errors import StoreError
from loglama_core.model import LogRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loglama_core.store.name_tables import NameTables

RECORD_COLUMNS = "id, time_ns, severity, service_id, logger_id, message, fields, source_id, offset, flags"


def records_from_rows(rows: Iterable[tuple[Any, ...]], names: NameTables) -> list[LogRecord]:
    """Return the records of rows of ``RECORD_COLUMNS``, in their order; names come from memory (a join: 1 us a row)."""
    return [
        LogRecord(
            record_id,
            time_ns,
            severity,
            names.service(service_id),
            None if logger_id is None else names.logger(logger_id),
            message,
            {} if fields is None else _fields(record_id, fields),
            names.source(source_id),
            offset,
            flags,
        )
        for record_id, time_ns, severity, service_id, logger_id, message, fields, source_id, offset, flags in rows
    ]


def _fields(record_id: int, text: str) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise StoreError(f"the fields of record {record_id} are damaged ({error})", "run `loglama check`") from error
    return fields
