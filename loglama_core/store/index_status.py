"""How far the search index is behind the records, and whether it can be used at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglama_core.store.database import open_for_reading
from loglama_core.store.identity import is_read_only_medium
from loglama_core.store.search_database import index_state, is_of_store, open_index_for_reading, search_path
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True, frozen=True)
class IndexStatus:
    """``size_bytes``: of its file, ``None`` without one. ``backlog``: records a search reads beside it.

    ``trouble``: why it is of no use and will be made anew; ``None`` when it is of use.
    """

    size_bytes: int | None
    backlog: int
    trouble: str | None = None


def index_status(path: Path) -> IndexStatus:
    """Return how the index of the store at ``path`` stands, in 2 ms. Raises ``StoreError`` of the store itself."""
    index = search_path(path)
    with closing(open_for_reading(path)) as store, translated_errors(path):
        newest = store.execute("SELECT coalesce(max(id), 0) FROM records").fetchone()[0]
        records = store.execute("SELECT coalesce(sum(n), 0) FROM minute_counts").fetchone()[0]
        if not index.exists():
            return IndexStatus(None, records)
        size = index.stat().st_size
        try:
            with closing(open_index_for_reading(index, immutable=is_read_only_medium(path))) as connection:
                state = index_state(connection)
        except sqlite3.Error as error:
            return IndexStatus(size, records, f"it cannot be read: {error}")
        if state is None:
            return IndexStatus(size, records)
        identity, prunes = store.execute("SELECT identity, prunes FROM store_state").fetchone()
        last = store.execute("SELECT source_id, offset FROM records WHERE id = ?", (state.last_id,)).fetchone()
        if not is_of_store(state, identity, prunes, last):
            return IndexStatus(size, records, "it is of another store, or of this one before it was put back")
    return IndexStatus(size, max(0, newest - state.indexed_upto))
