"""Queries that a person gave a name, kept in the store itself so that they go where it goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from loglama_core.errors import UsageError
from loglama_core.store.one_statement import change_rows, read_rows

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_NAME = 80
"""Characters."""


class SavedQuery(NamedTuple):
    """A query text and its name."""

    name: str
    query: str
    created_ns: int


def saved_queries(path: Path) -> list[SavedQuery]:
    """Return all saved queries by name. Raises ``StoreError``."""
    rows = read_rows(path, "SELECT name, query, created_ns FROM saved_queries ORDER BY name COLLATE NOCASE, name")
    return [SavedQuery(*row) for row in rows]


def save_query(path: Path, name: str, query: str) -> None:
    """Save a query; one of the same name is replaced. ``UsageError`` for a name that is empty or too long."""
    name = name.strip()
    if not name:
        raise UsageError("a saved query needs a name", "type one")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"a name of {len(name)} characters is too long", f"at most {LONGEST_NAME} are kept")
    change_rows(
        path,
        "INSERT INTO saved_queries (name, query, created_ns) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET query = excluded.query, created_ns = excluded.created_ns",
        (name, query, time.time_ns()),
    )


def remove_saved_query(path: Path, name: str) -> bool:
    """Forget a saved query; tells whether there was one."""
    return change_rows(path, "DELETE FROM saved_queries WHERE name = ?", (name,)) > 0
