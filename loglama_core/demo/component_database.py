"""pybox's own log database: the sandbox's audit trail, in the schema of the ecosystem's older SQLite handler."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from loglama_core.demo.event import DemoEvent

_SCHEMA = """
CREATE TABLE IF NOT EXISTS logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    level TEXT NOT NULL,
    level_no INTEGER NOT NULL,
    logger_name TEXT NOT NULL,
    message TEXT NOT NULL,
    file_path TEXT,
    line_number INTEGER,
    function TEXT,
    module TEXT,
    process INTEGER,
    process_name TEXT,
    thread INTEGER,
    thread_name TEXT,
    context TEXT,
    extra TEXT
)"""

_INSERT = """
INSERT INTO logs (timestamp, level, level_no, logger_name, message, context, extra, file_path, line_number, function,
                  module, process, process_name, thread, thread_name)
VALUES (?, ?, ?, ?, ?, ?, '{}', '/srv/pybox/pybox/audit.py', 48, 'record_run',
        'audit', 31877, 'pybox', 140232001, 'worker-1')"""

_LEVEL_NUMBERS = {"trace": 5, "debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


class ComponentDatabase:
    """The database file, created private; a context manager. Stamps are ISO-8601 without a zone, in UTC."""

    def __init__(self, path: Path) -> None:
        for folder in (path.parent.parent, path.parent):  # `parents=True` would give the mode to the last one only
            folder.mkdir(mode=0o700, exist_ok=True)
        # O_EXCL: closing another descriptor of a database would drop the locks of its readers in this process (POSIX).
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA synchronous = OFF")  # made-up records need not survive a power cut
        self._connection.execute(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def append(self, events: Sequence[DemoEvent]) -> None:
        """Store the events in one transaction."""
        rows = [
            (
                datetime.fromtimestamp(event.time_ns / 1e9, UTC)
                .replace(tzinfo=None)
                .isoformat(timespec="microseconds"),
                event.level.upper(),
                _LEVEL_NUMBERS[event.level],
                event.logger,
                event.message,
                json.dumps(event.fields, ensure_ascii=False),
            )
            for event in events
        ]
        with self._connection:
            self._connection.executemany(_INSERT, rows)
