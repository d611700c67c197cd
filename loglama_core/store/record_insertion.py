"""Rows into the table of records and what goes with it: names, whole texts, minute counts."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING

from loglama_core.model import RecordFlag

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from loglama_core.model import RecordRow

_MINUTE_NS = 60_000_000_000

_INSERT_RECORD = (
    "INSERT INTO records (id, time_ns, severity, service_id, logger_id, message, fields, source_id, offset, flags)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REPLACE_RECORD = (
    "UPDATE records SET time_ns = ?2, severity = ?3, service_id = ?4, logger_id = ?5, message = ?6, fields = ?7,"
    " source_id = ?8, offset = ?9, flags = ?10 WHERE id = ?1"
)
_ADD_TO_MINUTE = (
    "INSERT INTO minute_counts (minute, service_id, severity, n) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (minute, service_id, severity) DO UPDATE SET n = n + excluded.n"
)


class RecordInsertion:
    """Inserts and replaces records, inside transactions of the connection's owner, who says when one is rolled back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._service_ids: dict[str, int] = {}
        self._logger_ids: dict[str | None, int | None] = {}
        self._counts: Counter[tuple[int, int, int]] = Counter()

    def insert(self, first_id: int, source_id: int, rows: Sequence[RecordRow]) -> None:
        """Insert rows with consecutive ids from ``first_id`` on.

        Three comprehensions cost 1.2 us a row, one loop that does all three costs 2.
        """
        services, loggers = self._ids_for(rows)
        self._connection.executemany(
            _INSERT_RECORD,
            [
                (
                    record_id,
                    time_ns,
                    severity,
                    services[service],
                    loggers[logger],
                    message,
                    fields,
                    source_id,
                    offset,
                    flags,
                )
                for record_id, (time_ns, severity, service, logger, message, fields, offset, flags, _) in enumerate(
                    rows, first_id
                )
            ],
        )
        for (minute, service, severity), count in Counter(
            [(row[0] // _MINUTE_NS, row[2], row[1]) for row in rows]
        ).items():
            key = minute, services[service], severity
            self._counts[key] += count
        long_texts = [
            (record_id, zlib.compress(row[8].encode(), 6))
            for record_id, row in enumerate(rows, first_id)
            if row[8] is not None
        ]
        if long_texts:
            self._connection.executemany("INSERT INTO long_texts (record_id, body) VALUES (?, ?)", long_texts)

    def replace(self, record_id: int, source_id: int, row: RecordRow) -> bool:
        """Give a stored record the text and fields it has now that its continuation arrived.

        Returns whether secrets had been masked in it.
        """
        old = self._connection.execute(
            "SELECT time_ns, service_id, severity, flags FROM records WHERE id = ? AND source_id = ? AND offset = ?",
            (record_id, source_id, row[6]),
        ).fetchone()
        if old is None:  # pruned in between, its id perhaps given anew: its continuation goes with it
            return False
        time_ns, severity, service, logger, message, fields, offset, flags, body = row
        service_ids, logger_ids = self._ids_for([row])
        service_id = service_ids[service]
        logger_id = logger_ids[logger]
        self._connection.execute(
            _REPLACE_RECORD,
            (record_id, time_ns, severity, service_id, logger_id, message, fields, source_id, offset, flags),
        )
        self._connection.execute("INSERT INTO replaced_records (record_id) VALUES (?)", (record_id,))
        self._connection.execute("DELETE FROM long_texts WHERE record_id = ?", (record_id,))
        if body is not None:
            self._connection.execute(
                "INSERT INTO long_texts VALUES (?, ?)", (record_id, zlib.compress(body.encode(), 6))
            )
        for key, change in (
            ((old[0] // _MINUTE_NS, old[1], old[2]), -1),
            ((time_ns // _MINUTE_NS, service_id, severity), 1),
        ):
            self._counts[key] += change
        return bool(old[3] & RecordFlag.REDACTED)

    def add_counts(self) -> None:
        """Bring the minute counts up to what was inserted and replaced since the last time."""
        self._connection.executemany(_ADD_TO_MINUTE, [(*key, count) for key, count in self._counts.items()])
        self._counts.clear()

    def roll_back(self) -> None:
        """Forget what a transaction that was rolled back had counted, and the names it may have given numbers."""
        self._counts.clear()
        self._service_ids.clear()
        self._logger_ids.clear()

    def service_id(self, name: str) -> int:
        """Return the number of a service, a new one for a new name."""
        if name not in self._service_ids:
            self._service_ids[name] = self._id_of("services", name)
        return self._service_ids[name]

    def _ids_for(self, rows: Sequence[RecordRow]) -> tuple[dict[str, int], dict[str | None, int | None]]:
        for name in {row[2] for row in rows} - self._service_ids.keys():
            self._service_ids[name] = self._id_of("services", name)
        for logger in {row[3] for row in rows} - self._logger_ids.keys():
            self._logger_ids[logger] = None if logger is None else self._id_of("loggers", logger)
        return self._service_ids, self._logger_ids

    def _id_of(self, table: str, name: str) -> int:
        self._connection.execute(f"INSERT OR IGNORE INTO {table} (name) VALUES (?)", (name,))
        found: int = self._connection.execute(f"SELECT id FROM {table} WHERE name = ?", (name,)).fetchone()[0]
        return found
