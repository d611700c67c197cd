"""Asking the search index: which blocks of records may hold a text, and what it does not know yet.

A query must be right whatever the index is: missing, behind, of another store or damaged. So what is read here is how
far it can be trusted, and any trouble with it means that the records themselves are read.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from loglama_core.store.identity import FileIdentity, file_identity, is_read_only_medium
from loglama_core.store.search_database import (
    BLOCK_RECORDS,
    REPLACED_SHIFT,
    index_state,
    is_of_store,
    open_index_for_reading,
    part_table,
    parts,
    search_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from loglama_core.store.search_database import IndexState

_MOST_REPLACED = 10_000
"""Records with another text than the index knows: more are not worth reading one by one."""

_BLOCK_OF_DOCUMENT = (1 << REPLACED_SHIFT) - 1
_WITHIN = "WHERE block <= ? AND newest_ns >= ? AND oldest_ns <= ?"


class Indexed(NamedTuple):
    """What the index can be asked for now.

    ``upto``: ids up to this one are in it. ``replaced``: ids among them whose text it may not know. ``parts``: newest
    first.
    """

    upto: int
    replaced: tuple[int, ...]
    parts: tuple[int, ...]


class Block(NamedTuple):
    """A block that may hold the text, and the times of its records."""

    number: int
    oldest_ns: int
    newest_ns: int


class Probe(NamedTuple):
    """The newest blocks that may hold a text, among how many blocks they are, and whether they are all."""

    blocks: tuple[int, ...]
    span: int
    whole: bool


class BlockIndex:
    """The search index of the store at ``path``, read by one connection's owner; ``interrupt`` from any thread.

    ``rows``: runs a statement on the store. ``problem``: why the index could not be used the last time, if it is there.
    """

    def __init__(self, path: Path, rows: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]) -> None:
        self.problem: str | None = None
        self._store_path = path
        self._path = search_path(path)
        self._rows = rows
        self._connection: sqlite3.Connection | None = None
        self._file: FileIdentity = None

    def close(self) -> None:
        """Release the file. Calling it twice is allowed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def interrupt(self) -> None:
        """Stop the statement that another thread is in: it raises ``sqlite3.OperationalError`` there."""
        connection = self._connection
        if connection is not None:
            with suppress(sqlite3.ProgrammingError):  # closed in between
                connection.interrupt()

    def shrink(self) -> None:
        """Give back the memory of cached pages."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA shrink_memory")

    def look(self) -> Indexed | None:
        """Return what the index can be asked for now, ``None`` if it cannot be used."""
        self.problem = None
        # In this order: a note about a replaced record is taken back only after the index has its new text.
        replaced = self._rows("SELECT DISTINCT record_id FROM replaced_records LIMIT ?", (_MOST_REPLACED,))
        if len(replaced) == _MOST_REPLACED:
            return None
        try:
            connection = self._opened()
            if connection is None:
                return None
            connection.execute("BEGIN")
            try:
                state, known = index_state(connection), parts(connection)
            finally:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        if state is None or not self._is_ours(state):
            return None
        behind = tuple(record_id for (record_id,) in replaced if record_id <= state.indexed_upto)
        return Indexed(state.indexed_upto, behind, tuple(reversed(known)))

    def probe(self, indexed: Indexed, expression: str, limit: int) -> Probe | None:
        """Return the newest blocks that may hold the text, at most ``limit``; ``None``: the index failed."""
        found: set[int] = set()
        for part in indexed.parts:
            rows = self._ask(
                f"SELECT rowid & ? FROM {part_table(part)}(?) ORDER BY rowid DESC LIMIT ?",
                (_BLOCK_OF_DOCUMENT, expression, limit - len(found)),
            )
            if rows is None:
                return None
            found.update(block for (block,) in rows)
            if len(rows) + len(found) >= limit:
                span = indexed.upto // BLOCK_RECORDS - min(found) + 1
                return Probe(tuple(found), span, whole=False)
        return Probe(tuple(found), indexed.upto // BLOCK_RECORDS + 1, whole=True)

    def blocks(
        self, indexed: Indexed, expression: str, first_ns: int, last_ns: int, *, known: Probe | None = None
    ) -> list[Block] | None:
        """Return every block that may hold the text in a record from ``first_ns`` to ``last_ns``; ``None``: it failed.

        Blocks with records that the index knows by an older text are left out: they have to be read in any case.
        ``known``: a whole probe, so that the text is not looked up again.
        """
        behind = {record_id // BLOCK_RECORDS for record_id in indexed.replaced}
        if known is not None and known.whole:
            rows = self._ask(
                "SELECT block, oldest_ns, newest_ns FROM json_each(?)"
                f" CROSS JOIN block_times ON block = value {_WITHIN}",
                (str(list(known.blocks)), indexed.upto // BLOCK_RECORDS, first_ns, last_ns),
            )
            return None if rows is None else [Block(*row) for row in rows if row[0] not in behind]
        found: dict[int, Block] = {}
        for part in indexed.parts:
            # CROSS JOIN: left alone, SQLite may ask FTS5 once for every row of block_times.
            rows = self._ask(
                f"SELECT block, oldest_ns, newest_ns FROM {part_table(part)}(?) AS found"
                f" CROSS JOIN block_times ON block = found.rowid & ? {_WITHIN}",
                (expression, _BLOCK_OF_DOCUMENT, indexed.upto // BLOCK_RECORDS, first_ns, last_ns),
            )
            if rows is None:
                return None
            found |= {row[0]: Block(*row) for row in rows if row[0] not in behind}
        return list(found.values())

    def _ask(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]] | None:
        if self._connection is None:
            return None
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise
            self._give_up(error)
            return None

    def _is_ours(self, state: IndexState) -> bool:
        identity, prunes = self._rows("SELECT identity, prunes FROM store_state", ())[0]
        last = self._rows("SELECT source_id, offset FROM records WHERE id = ?", (state.last_id,))
        return is_of_store(state, identity, prunes, last[0] if last else None)

    def _opened(self) -> sqlite3.Connection | None:
        """Return a connection to the file that is there now, ``None`` without one."""
        there = file_identity(self._path)
        if there is None or there != self._file:
            self.close()
            self._file = there
        if there is not None and self._connection is None:
            self._connection = open_index_for_reading(self._path, immutable=is_read_only_medium(self._store_path))
        return self._connection

    def _give_up(self, error: sqlite3.Error) -> None:
        """Do without the index for now, and open it again with the next query."""
        self.problem = f"the search index {self._path} cannot be read ({error})"
        self.close()
