"""Making the search index: behind the records, in small steps, by whoever collects.

Nobody waits for it: records are visible before they are indexed, and a query reads what is not indexed yet.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Self

from loglama_core.errors import StoreBusyError, StoreError
from loglama_core.store.database import open_for_writing
from loglama_core.store.identity import FileIdentity, file_identity, read_only_uri
from loglama_core.store.query_functions import whole_text_or_nothing
from loglama_core.store.search_database import (
    BLOCK_RECORDS,
    PART_RECORDS,
    REPLACED_SHIFT,
    IndexState,
    begin_anew,
    create_part,
    index_state,
    is_damage,
    is_of_store,
    open_index_for_writing,
    part_table,
    parts,
    remove_index,
    search_path,
)
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_STEP_BLOCKS = 1024
"""Blocks per transaction: 0.2 s, 1 MB of FTS5's memory. Smaller ones make more segments to merge."""

_REPLACED_AT_ONCE = 1000

# All of it happens inside SQLite, without Python's lock and without a text leaving it: 5.7 us a record, against 9 with
# the texts put together in Python. The keys of fields are indexed as well: they cost 3 bytes a record, and `trace_id:*`
# finds its few blocks by them.
_TEXT = (
    "message || CASE WHEN flags & 2 THEN char(10) || coalesce("
    "(SELECT whole_text_or_nothing(body) FROM store.long_texts WHERE record_id = records.id), '') ELSE '' END"
    " || char(10) || coalesce(fields, '')"
)
_ADD_BLOCKS = (
    "INSERT INTO {table} (rowid, text) SELECT id / ?, group_concat({text}, char(10)) FROM store.records"
    " WHERE id BETWEEN ? AND ? GROUP BY id / ?"
).replace("{text}", _TEXT)
_ADD_TIMES = (
    "INSERT OR REPLACE INTO block_times SELECT id / ?, min(time_ns), max(time_ns) FROM store.records"
    " WHERE id BETWEEN ? AND ? GROUP BY id / ?"
)
_ADD_REPLACED = f"INSERT INTO {{table}} (rowid, text) SELECT ?, {_TEXT} FROM store.records WHERE id = ?"
_WIDEN_TIMES = (
    "UPDATE block_times SET oldest_ns = min(oldest_ns, new.time_ns), newest_ns = max(newest_ns, new.time_ns)"
    " FROM (SELECT time_ns FROM store.records WHERE id = ?) AS new WHERE block = ?"
)

_SET_STATE = (
    "UPDATE index_state SET indexed_upto = ?, last_id = ?, last_source_id = ?, last_offset = ?, prunes = ?,"
    " replaced = ?"
)


class RecordIndexer:
    """Brings the search index of the store at ``path`` up to date, beside any number of writers, readers and others.

    For one thread. An index that is damaged or of another store is thrown away and made anew; ``on_rebuilt`` is told
    why. Raises ``StoreError`` for trouble with the store or the disk; after it the next step tries again.
    """

    def __init__(self, path: Path, *, on_rebuilt: Callable[[str], None] = lambda _: None) -> None:
        self._path = path
        self._index_path = search_path(path)
        self._on_rebuilt = on_rebuilt
        self._connection: sqlite3.Connection | None = None
        self._files: tuple[FileIdentity, FileIdentity] = (None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the files. Calling it twice is allowed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def catch_up(self, should_stop: Callable[[], bool] = lambda: False, *, at_least: int = 1) -> int:
        """Index what waits, in steps, while that is ``at_least`` so many blocks; return how many ids were covered."""
        total = 0
        while not should_stop() and (covered := self.step(at_least=at_least)):
            total += covered
        return total

    def step(self, *, at_least: int = 1) -> int:
        """Index up to 32,768 ids in one transaction and return how many; 0: fewer wait, or another indexes now.

        A block stays out until its 32 ids are given.
        """
        try:
            return self._step(at_least)
        except sqlite3.Error as error:
            self.close()
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                return 0
            if not is_damage(error):
                with translated_errors(self._index_path):
                    raise
            self._on_rebuilt(f"the search index {self._index_path} was damaged ({error}) and is made anew")
        remove_index(self._index_path)
        with translated_errors(self._path):  # if something still is broken, it is the store
            return self._step(at_least)

    def _step(self, at_least: int) -> int:
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            before, prunes = self._state(connection)
            state, done = _add_replaced(connection, _drop_pruned(connection, before, prunes))
            state = _add_blocks(connection, state, at_least)
            if state == before:
                connection.execute("ROLLBACK")
            else:
                connection.execute(_SET_STATE, state[2:])
                connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if done:
            self._forget_replaced(done)
        return state.indexed_upto - before.indexed_upto

    def _opened(self) -> sqlite3.Connection:
        """Return the connection to the files that are at their paths now."""
        files = file_identity(self._path), file_identity(self._index_path)
        if self._connection is not None and files == self._files:
            return self._connection
        self.close()
        if files[0] is None:
            raise StoreError(f"there is no store at {self._path}", "`loglama collect-logs` creates it")
        try:
            connection = open_index_for_writing(self._index_path)
        except OSError as error:
            raise StoreError(
                f"the search index {self._index_path} cannot be made: {error.strerror}",
                "make its folder writable for you; until then searches read the records themselves",
            ) from error
        self._connection = connection
        connection.create_function("whole_text_or_nothing", 1, whole_text_or_nothing, deterministic=True)
        # Read-only: BEGIN IMMEDIATE would lock the store against its writers as well.
        connection.execute("ATTACH ? AS store", (read_only_uri(self._path),))
        self._files = files[0], file_identity(self._index_path)
        return connection

    def _state(self, connection: sqlite3.Connection) -> tuple[IndexState, int]:
        identity, prunes = connection.execute("SELECT identity, prunes FROM store.store_state").fetchone()
        state = index_state(connection)
        if state is not None:
            last = connection.execute(
                "SELECT source_id, offset FROM store.records WHERE id = ?", (state.last_id,)
            ).fetchone()
            if is_of_store(state, identity, prunes, last):
                return state, prunes
            self._on_rebuilt(f"the search index {self._index_path} was of another store and is made anew")
        return begin_anew(connection, identity, prunes), prunes

    def _forget_replaced(self, upto: int) -> None:
        """Take back the notes about records whose new text is in the index now."""
        connection = open_for_writing(self._path)
        try:
            with translated_errors(self._path):
                connection.execute("DELETE FROM replaced_records WHERE seq <= ?", (upto,))
        except StoreBusyError:
            return  # they are indexed once more with the next step
        finally:
            connection.close()


def _drop_pruned(connection: sqlite3.Connection, state: IndexState, prunes: int) -> IndexState:
    """Drop the parts of which the store has no record any more."""
    if state.prunes == prunes:
        return state
    (oldest,) = connection.execute("SELECT min(id) FROM store.records").fetchone()
    first = state.indexed_upto + 1 if oldest is None else oldest
    for part in parts(connection):
        if (part + 1) * PART_RECORDS <= first:
            connection.execute(f"DROP TABLE {part_table(part)}")
    connection.execute("DELETE FROM block_times WHERE block < ?", (first // BLOCK_RECORDS,))
    return state._replace(prunes=prunes)


def _add_replaced(connection: sqlite3.Connection, state: IndexState) -> tuple[IndexState, int]:
    """Index the new texts of replaced records; return up to which note that is done."""
    noted = connection.execute(
        "SELECT seq, record_id FROM store.replaced_records ORDER BY seq LIMIT ?", (_REPLACED_AT_ONCE,)
    ).fetchall()
    count = state.replaced
    there = set(parts(connection)) if noted else set()
    for record_id in dict.fromkeys(record_id for _, record_id in noted if record_id <= state.indexed_upto):
        block, part = record_id // BLOCK_RECORDS, record_id // PART_RECORDS
        if part in there:
            count += 1
            number = block + (count << REPLACED_SHIFT)
            connection.execute(_ADD_REPLACED.format(table=part_table(part)), (number, record_id))
            connection.execute(_WIDEN_TIMES, (record_id, block))
    return state._replace(replaced=count), noted[-1][0] if noted else 0


def _add_blocks(connection: sqlite3.Connection, state: IndexState, at_least: int) -> IndexState:
    """Index the next complete blocks, of one part."""
    oldest, newest = connection.execute(
        "SELECT (SELECT min(id) FROM store.records WHERE id > ?), (SELECT max(id) FROM store.records)",
        (state.indexed_upto,),
    ).fetchone()
    if oldest is None:
        return state
    first, end = oldest // BLOCK_RECORDS, (newest + 1) // BLOCK_RECORDS
    if end - first < at_least:
        return state
    part = first * BLOCK_RECORDS // PART_RECORDS
    end = min(end, first + _STEP_BLOCKS, (part + 1) * PART_RECORDS // BLOCK_RECORDS)
    ids = first * BLOCK_RECORDS, end * BLOCK_RECORDS - 1
    create_part(connection, part)
    connection.execute(_ADD_BLOCKS.format(table=part_table(part)), (BLOCK_RECORDS, *ids, BLOCK_RECORDS))
    connection.execute(_ADD_TIMES, (BLOCK_RECORDS, *ids, BLOCK_RECORDS))
    last = connection.execute(
        "SELECT id, source_id, offset FROM store.records WHERE id <= ? ORDER BY id DESC LIMIT 1", (ids[1],)
    ).fetchone()
    return state._replace(indexed_upto=ids[1], last_id=last[0], last_source_id=last[1], last_offset=last[2])
