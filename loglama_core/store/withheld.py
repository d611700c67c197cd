"""What was not stored, or not as it was written: counted by reason and service."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglama_core.store.database import open_for_reading, open_for_writing
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

_ADD = (
    "INSERT INTO withheld (reason, service_id, n, first_ns, last_ns) VALUES (?1, ?2, ?3, ?4, ?4)"
    " ON CONFLICT (reason, service_id) DO UPDATE SET n = n + excluded.n, last_ns = excluded.last_ns"
)


@dataclass(slots=True, frozen=True)
class Withheld:
    """How many records of a service were changed or left out for one reason, and when first and last."""

    reason: str
    service: str
    records: int
    first_ns: int
    last_ns: int


def add_withheld(connection: sqlite3.Connection, counts: Iterable[tuple[str, int, int]]) -> None:
    """Add (reason, service id, records); the caller's transaction. Service 0 stands for no single one."""
    now = time.time_ns()
    connection.executemany(_ADD, [(reason, service_id, records, now) for reason, service_id, records in counts])


def note_withheld(path: Path, reason: str, records: int) -> None:
    """Count records of no single service, in a transaction of their own. Raises ``StoreError``."""
    with closing(open_for_writing(path)) as connection, translated_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        add_withheld(connection, [(reason, 0, records)])
        connection.execute("COMMIT")


def read_withheld(path: Path) -> list[Withheld]:
    """Return all counts, the most records first. Raises ``StoreError``."""
    with closing(open_for_reading(path)) as connection, translated_errors(path):
        rows = connection.execute(
            "SELECT reason, coalesce(name, ''), n, first_ns, last_ns FROM withheld"
            " LEFT JOIN services ON id = service_id ORDER BY n DESC, reason"
        ).fetchall()
    return [Withheld(*row) for row in rows]
