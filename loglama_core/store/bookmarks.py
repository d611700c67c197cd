"""Records that a person marked to come back to, each with a note. They are kept in the store itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from loglama_core.errors import UsageError
from loglama_core.store.one_statement import change_rows, read_rows

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_NOTE = 2_000
"""Characters."""


class Bookmark(NamedTuple):
    """A marked record; its id may name a record that is no longer in the store."""

    record_id: int
    note: str
    created_ns: int


def bookmarks(path: Path) -> list[Bookmark]:
    """Return all bookmarks, the one set last first. Raises ``StoreError``."""
    rows = read_rows(path, "SELECT record_id, note, created_ns FROM bookmarks ORDER BY created_ns DESC, record_id DESC")
    return [Bookmark(*row) for row in rows]


def set_bookmark(path: Path, record_id: int, note: str = "") -> None:
    """Mark a record, or give a marked one another note. ``UsageError`` for a note that is too long."""
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"a note of {len(note):,} characters is too long", f"at most {LONGEST_NOTE:,} are kept")
    change_rows(
        path,
        "INSERT INTO bookmarks (record_id, note, created_ns) VALUES (?, ?, ?)"
        " ON CONFLICT (record_id) DO UPDATE SET note = excluded.note",
        (record_id, note, time.time_ns()),
    )


def remove_bookmark(path: Path, record_id: int) -> bool:
    """Take a mark away; tells whether there was one."""
    return change_rows(path, "DELETE FROM bookmarks WHERE record_id = ?", (record_id,)) > 0
