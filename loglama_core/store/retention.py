"""Keeping the store in bounds: the oldest records go, in steps so short that nobody waits for them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Self

from loglama_core.model import Severity
from loglama_core.store.database import open_for_reading, open_for_writing
from loglama_core.store.search_database import open_index_for_reading, search_path
from loglama_core.store.sqlite_errors import translated_errors
from loglama_core.store.time_scan import FIRST_NS, LAST_NS, MINUTE_NS

if TYPE_CHECKING:
    from pathlib import Path

STEP_RECORDS = 2_000
"""Deleting so many takes about 15 ms; a writer waits no longer than that."""

_RELEASED_PAGES = 256
"""Pages given back to the disk at a time, 2 MB: about 10 ms."""

_ROOM = 0.97
"""Of a size limit this part is kept, so that the next records do not exceed it at once."""

# Marked records stay: somebody wants to see them again.
_OLDEST = (
    "SELECT id, time_ns, service_id, severity FROM records INDEXED BY records_by_time"
    " WHERE time_ns >= ? AND time_ns < ? AND severity <= ? AND id NOT IN (SELECT record_id FROM bookmarks)"
    " ORDER BY time_ns LIMIT ?"
)
_TAKE_FROM_MINUTE = "UPDATE minute_counts SET n = n - ? WHERE minute = ? AND service_id = ? AND severity = ?"


class RecordPruner:
    """Deletes old records of the store at ``path``, for one thread, beside any number of readers and writers.

    What sources were read up to is left alone: nothing is collected again. Raises the ``StoreError`` tree; after an
    error the step can be repeated.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_for_writing(path)
        self._from_ns: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store. Calling it twice is allowed."""
        self._connection.close()

    def step(self, *, older_than_ns: int, max_severity: int | None = None, limit: int = STEP_RECORDS) -> int:
        """Delete the oldest records before a moment, at most ``limit``, in one transaction; return how many.

        ``max_severity``: only records of this severity and below. 0: none is left.
        """
        severity = int(Severity.CRITICAL) + 3 if max_severity is None else max_severity
        with translated_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                rows = self._connection.execute(
                    _OLDEST, (self._from_ns.get(severity, FIRST_NS), min(older_than_ns, LAST_NS), severity, limit)
                ).fetchall()
                if rows:
                    self._delete(rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        # What stays behind (marked, more severe) is not looked at again before the next round.
        self._from_ns[severity] = rows[-1][1] if rows else FIRST_NS
        return len(rows)

    def release(self) -> bool:
        """Give some free pages back to the disk; return whether there are more."""
        with translated_errors(self._path):
            if self._connection.execute("PRAGMA auto_vacuum").fetchone()[0] == 0:
                return False  # a store of an early version: its free pages hold the records to come
            self._connection.execute(f"PRAGMA incremental_vacuum({_RELEASED_PAGES})").fetchall()
            free: int = self._connection.execute("PRAGMA freelist_count").fetchone()[0]
        return free > 0

    def _delete(self, rows: list[tuple[int, int, int, int]]) -> None:
        ids = [(row[0],) for row in rows]
        self._connection.executemany("DELETE FROM records WHERE id = ?", ids)
        self._connection.executemany("DELETE FROM long_texts WHERE record_id = ?", ids)
        cells = Counter((time_ns // MINUTE_NS, service_id, severity) for _, time_ns, service_id, severity in rows)
        self._connection.executemany(_TAKE_FROM_MINUTE, [(count, *cell) for cell, count in cells.items()])
        self._connection.execute(
            "DELETE FROM minute_counts WHERE n <= 0 AND minute BETWEEN ? AND ?",
            (min(cell[0] for cell in cells), max(cell[0] for cell in cells)),
        )
        self._connection.execute(
            "UPDATE store_state SET highest_pruned_id = max(highest_pruned_id, ?), prunes = prunes + 1",
            (max(row[0] for row in rows),),
        )


def used_bytes(path: Path) -> int:
    """Return how many bytes of the store and its search index hold something."""
    connection = open_for_reading(path)
    try:
        with translated_errors(path):
            used = _used(connection)
    finally:
        connection.close()
    return used + _used_by_index(search_path(path))


def cutoff_for_size(path: Path, max_bytes: int) -> int | None:
    """Return the moment before which records have to go so that the store stays below a size; ``None``: it does now.

    Records are taken as of one size, by whole minutes, and some room is left; so it is asked again afterwards.
    """
    used = used_bytes(path)
    if used <= max_bytes:
        return None
    connection = open_for_reading(path)
    try:
        with translated_errors(path):
            (total,) = connection.execute("SELECT coalesce(sum(n), 0) FROM minute_counts").fetchone()
            surplus = total - int(total * max_bytes * _ROOM / used)
            row = connection.execute(
                "SELECT minute FROM (SELECT minute, sum(sum(n)) OVER (ORDER BY minute) AS upto FROM minute_counts"
                " GROUP BY minute) WHERE upto >= ? ORDER BY minute LIMIT 1",
                (surplus,),
            ).fetchone()
    finally:
        connection.close()
    return None if row is None else (row[0] + 1) * MINUTE_NS


def _used_by_index(path: Path) -> int:
    try:
        with closing(open_index_for_reading(path, immutable=False)) as connection:
            return _used(connection)
    except sqlite3.Error:  # missing or damaged: it goes with the next step of whoever collects
        return 0


def _used(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size
