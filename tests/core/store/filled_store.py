"""Stores filled through SQL: reading is tested without the writer, on minute counts kept as the writer keeps them."""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from loglama_core.model import LogRecord
from loglama_core.store.database import open_for_writing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MINUTE_NS = 60_000_000_000
SHORTENED = 2


@dataclass
class NewRecord:
    """A record to store; ``whole`` is the text of which ``message`` is the shortened start."""

    time_ns: int
    severity: int = 9
    service: str = "weblama"
    message: str = "hello"
    fields: dict[str, Any] = field(default_factory=dict)
    logger: str | None = None
    source: str = "logs/weblama.log"
    offset: int = 0
    flags: int = 0
    whole: str | None = None


def fill(path: Path, records: Iterable[NewRecord], *, first_id: int | None = None) -> list[LogRecord]:
    """Append records to the store at ``path`` (created if missing) and return them as a reader must show them."""
    with closing(open_for_writing(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        if first_id is None:
            first_id = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM records").fetchone()[0]
        stored = [_insert(connection, record_id, record) for record_id, record in enumerate(records, first_id)]
        counts = Counter((r.time_ns // MINUTE_NS, r.service, r.severity) for r in stored)
        for (minute, service, severity), count in counts.items():
            connection.execute(
                "INSERT INTO minute_counts SELECT ?, id, ?, ? FROM services WHERE name = ?"
                " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                (minute, severity, count, service),
            )
        connection.execute("COMMIT")
    return stored


def _insert(connection: sqlite3.Connection, record_id: int, record: NewRecord) -> LogRecord:
    flags = record.flags | (SHORTENED if record.whole is not None else 0)
    connection.execute(
        "INSERT INTO records (id, time_ns, severity, service_id, logger_id, message, fields, source_id, offset, flags)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record_id,
            record.time_ns,
            record.severity,
            _name_id(connection, "services", record.service),
            None if record.logger is None else _name_id(connection, "loggers", record.logger),
            record.message,
            orjson.dumps(record.fields).decode() if record.fields else None,
            _source_id(connection, record.source, record.service),
            record.offset,
            flags,
        ),
    )
    if record.whole is not None:
        body = zlib.compress(record.whole.encode())
        connection.execute("INSERT INTO long_texts (record_id, body) VALUES (?, ?)", (record_id, body))
    return LogRecord(
        record_id,
        record.time_ns,
        record.severity,
        record.service,
        record.logger,
        record.message,
        record.fields,
        record.source,
        record.offset,
        flags,
    )


def _name_id(connection: sqlite3.Connection, table: str, name: str) -> int:
    connection.execute(f"INSERT OR IGNORE INTO {table} (name) VALUES (?)", (name,))
    found: int = connection.execute(f"SELECT id FROM {table} WHERE name = ?", (name,)).fetchone()[0]
    return found


def _source_id(connection: sqlite3.Connection, path: str, service: str) -> int:
    row = connection.execute("SELECT id FROM sources WHERE lineage = ?", (path,)).fetchone()
    if row is None:
        number = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM sources").fetchone()[0]
        row = (number,)
        connection.execute(
            "INSERT INTO sources (id, path, kind, lineage, device, inode, head, tail, offset, state, service,"
            " first_seen_ns, last_seen_ns) VALUES (?, ?, 'file', ?, 1, ?, x'', x'', 0, 'active', ?, 0, ?)",
            (number, path, path, number, service, number),
        )
    return int(row[0])
