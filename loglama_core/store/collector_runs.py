"""What collectors noted about their own runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglama_core.store.database import open_for_reading
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    from pathlib import Path


def last_daemon_run(path: Path) -> tuple[int, float, int, str | None] | None:
    """Return (records.

    Records per second, backlog bytes, error) of the newest daemon run, ``None`` if there was none.
    """
    connection = open_for_reading(path)
    try:
        with translated_errors(path):
            row: tuple[int, float, int, str | None] | None = connection.execute(
                "SELECT records, records_per_s, backlog_bytes, error FROM collector_runs"
                " WHERE kind = 'daemon' ORDER BY id DESC LIMIT 1"
            ).fetchone()
    finally:
        connection.close()
    return row


def unfinished_runs(path: Path) -> list[tuple[str, int]]:
    """Return (kind, pid) of the runs that noted no end, newest first; a collector that was killed is among them."""
    connection = open_for_reading(path)
    try:
        with translated_errors(path):
            rows: list[tuple[str, int]] = connection.execute(
                "SELECT kind, pid FROM collector_runs WHERE ended_ns IS NULL ORDER BY id DESC LIMIT 100"
            ).fetchall()
    finally:
        connection.close()
    return rows
