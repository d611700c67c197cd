"""The file of the search index beside the store: a cache, which may be deleted and is made again.

It holds the texts of the records, folded and cut into trigrams, in blocks of 32 consecutive ids. One FTS5 table (a
part) covers 2^20 ids, so that pruning drops whole tables and no merge ever rewrites more than 33 MB.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from pathlib import Path
from typing import NamedTuple

from loglama_core.store.identity import RAW_ACCESS, read_only_uri

BLOCK_RECORDS = 32
"""The index of 1,000,000 JSON lines is 32 MB with 32 records a block and costs 5.7 us a record; 146 MB and 8 us with
one. Finding a rare text is 2 ms slower for the blocks that have to be read."""

PART_RECORDS = 1 << 20
REPLACED_SHIFT = 40
"""A document whose number is ``block + (n << 40)`` holds records of that block that got another text later."""

_FTS5_OPTIONS = {"hashsize": 16 << 20, "automerge": 8}
"""Collect a whole step in memory, and merge when there are eight pieces of a size instead of four: 5.4 us of CPU a
record against 6.2."""

_SCHEMA = 1
_PAGE_BYTES = 8192
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})

_TABLES = (
    """CREATE TABLE index_state (
        schema INTEGER NOT NULL,
        store_identity TEXT NOT NULL,
        indexed_upto INTEGER NOT NULL,
        last_id INTEGER NOT NULL,
        last_source_id INTEGER NOT NULL,
        last_offset INTEGER NOT NULL,
        prunes INTEGER NOT NULL,
        replaced INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE block_times (
        block INTEGER PRIMARY KEY,
        oldest_ns INTEGER NOT NULL,
        newest_ns INTEGER NOT NULL
    ) STRICT""",
)


class IndexState(NamedTuple):
    """How far the index is, and of what.

    ``indexed_upto``: every record up to this id is in it. ``last_*``: the newest record in it, by which a store that
    was put back from an older copy is told. ``prunes``: of the store, when it was last looked at. ``replaced``:
    documents of records that were replaced.
    """

    schema: int
    store_identity: str
    indexed_upto: int
    last_id: int
    last_source_id: int
    last_offset: int
    prunes: int
    replaced: int


def search_path(store_path: Path) -> Path:
    """Return where the search index of a store is."""
    return store_path.with_suffix(".search.db")


def part_table(part: int) -> str:
    """Return the name of the FTS5 table for ids ``[part << 20, (part + 1) << 20)``."""
    return f"record_blocks_{part}"


def open_index_for_reading(path: Path, *, immutable: bool) -> sqlite3.Connection:
    """Open the index; ``sqlite3.Error`` if it is missing or no database."""
    with RAW_ACCESS:  # whoever is just creating the file has closed it by then
        connection = sqlite3.connect(
            read_only_uri(path, immutable=immutable), uri=True, timeout=1, isolation_level=None, check_same_thread=False
        )
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA cache_size = -1024")
    except BaseException:
        connection.close()
        raise
    return connection


def open_index_for_writing(path: Path) -> sqlite3.Connection:
    """Open the index, private, and create it if it is missing; ``sqlite3.Error`` if it is damaged, else ``OSError``."""
    _create_private(path)
    # No waiting: who holds the lock is indexing.
    connection = sqlite3.connect(f"{read_only_uri(path)[: -len('ro')]}rw", uri=True, timeout=0, isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA cache_size = -8192")
        connection.execute("PRAGMA journal_size_limit = 16777216")
    except BaseException:
        connection.close()
        raise
    return connection


def _create_private(path: Path) -> None:
    """Make the file if there is none. One that is there is not opened: see ``RAW_ACCESS``."""
    try:
        with RAW_ACCESS:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise OSError(errno.EINVAL, "there is something else than a plain file in its place") from None


def index_state(connection: sqlite3.Connection) -> IndexState | None:
    """Return the state of an index, ``None`` for an empty one or one of another version."""
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'index_state'").fetchone() is None:
        return None
    if len(connection.execute("PRAGMA table_info(index_state)").fetchall()) != len(IndexState._fields):
        return None
    row = connection.execute("SELECT * FROM index_state").fetchone()
    return IndexState(*row) if row is not None and row[0] == _SCHEMA else None


def is_of_store(state: IndexState, identity: str, prunes: int, last: tuple[int, int] | None) -> bool:
    """Return whether an index is of this store as it is; ``last``: (source id, offset) of the record ``last_id`` now.

    Without that record it is, if it was pruned since; else the store was put back from an older copy.
    """
    if state.store_identity != identity:
        return False
    if last is None:
        return state.last_id == 0 or prunes > state.prunes
    return last == (state.last_source_id, state.last_offset)


def parts(connection: sqlite3.Connection) -> list[int]:
    """Return the numbers of the parts there are, ascending."""
    prefix = part_table(0)[:-1]
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'").fetchall()
    return sorted(int(name.removeprefix(prefix)) for (name,) in rows if name.startswith(prefix))


def begin_anew(connection: sqlite3.Connection, identity: str, prunes: int) -> IndexState:
    """Empty the index, inside a transaction of the caller's, and make it that of the store ``identity``."""
    for part in parts(connection):
        connection.execute(f"DROP TABLE {part_table(part)}")
    for name in ("index_state", "block_times"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _TABLES:
        connection.execute(statement)
    state = IndexState(_SCHEMA, identity, 0, 0, 0, 0, prunes, 0)
    connection.execute("INSERT INTO index_state VALUES (?, ?, ?, ?, ?, ?, ?, ?)", state)
    return state


def create_part(connection: sqlite3.Connection, part: int) -> None:
    """Make the table of a part if it is not there."""
    table = part_table(part)
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone():
        return
    connection.execute(
        f"CREATE VIRTUAL TABLE {table} USING fts5(text, content='', detail=none, columnsize=0, tokenize='trigram')"
    )
    for option, value in _FTS5_OPTIONS.items():
        connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (option, value))


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether SQLite says that the file itself is broken."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def remove_index(path: Path) -> None:
    """Delete the index with all that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
