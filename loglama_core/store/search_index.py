"""Making the search index: behind the records, in small steps, by whoever collects.

Nobody waits for it: records are visible before they are indexed, and a query reads what is not indexed yet.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Self

from loglama_core.errors import StoreBusyError, StoreError
from loglama_core.store.block_texts import BlockText, block_texts, prepare_texts, record_text
from loglama_core.store.database import open_for_reading, open_for_writing
from loglama_core.store.identity import FileIdentity, file_identity
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
    from collections.abc import Callable, Generator
    from pathlib import Path

_CHUNK_BLOCKS = 1024
"""Blocks read and handed to FTS5 together: 0.15 s, 10 MB."""

_STEP_BLOCKS = 8 * _CHUNK_BLOCKS
"""Blocks per transaction, of which FTS5 makes one segment: 8 MB of its memory. Merging those of smaller steps costs
0.8 us a record more."""

_REPLACED_AT_ONCE = 1000

_WIDEN_TIMES = "UPDATE block_times SET oldest_ns = min(oldest_ns, ?1), newest_ns = max(newest_ns, ?1) WHERE block = ?2"
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
        self._connections: tuple[sqlite3.Connection, sqlite3.Connection] | None = None
        self._files: tuple[FileIdentity, FileIdentity] = (None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the files. Calling it twice is allowed."""
        for connection in self._connections or ():
            connection.close()
        self._connections = None

    def catch_up(self, should_stop: Callable[[], bool] = lambda: False, *, at_least: int = 1) -> int:
        """Index what waits, in steps, while that is ``at_least`` so many blocks; return how many ids were covered."""
        total = 0
        while not should_stop() and (covered := self.step(should_stop, at_least=at_least)):
            total += covered
        return total

    def step(self, should_stop: Callable[[], bool] = lambda: False, *, at_least: int = 1) -> int:
        """Index up to 262,144 ids in one transaction and return how many; 0: fewer wait, or another indexes now.

        A block stays out until its 32 ids are given. Asked to stop, it is done after 32,768 ids.
        """
        try:
            return self._step(should_stop, at_least)
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
            return self._step(should_stop, at_least)

    def _step(self, should_stop: Callable[[], bool], at_least: int) -> int:
        index, store = self._opened()
        index.execute("BEGIN IMMEDIATE")
        try:
            before, prunes = self._state(index, store)
            state, done = _add_replaced(index, store, _drop_pruned(index, store, before, prunes))
            state = _add_blocks(index, store, state, at_least, should_stop)
            if state == before:
                index.execute("ROLLBACK")
            else:
                index.execute(_SET_STATE, state[2:])
                index.execute("COMMIT")
        except BaseException:
            if index.in_transaction:
                index.execute("ROLLBACK")
            raise
        if done:
            self._forget_replaced(done)
        return state.indexed_upto - before.indexed_upto

    def _opened(self) -> tuple[sqlite3.Connection, sqlite3.Connection]:
        """Return connections to the index and to the store that are at their paths now."""
        files = file_identity(self._index_path), file_identity(self._path)
        if self._connections is not None and files == self._files:
            return self._connections
        self.close()
        store = open_for_reading(self._path)
        try:
            prepare_texts(store)
            index = open_index_for_writing(self._index_path)
        except OSError as error:
            store.close()
            raise StoreError(
                f"the search index {self._index_path} cannot be made: {error.strerror}",
                "make its folder writable for you; until then searches read the records themselves",
            ) from error
        except BaseException:
            store.close()
            raise
        self._connections = index, store
        self._files = file_identity(self._index_path), files[1]
        return self._connections

    def _state(self, index: sqlite3.Connection, store: sqlite3.Connection) -> tuple[IndexState, int]:
        identity, prunes = store.execute("SELECT identity, prunes FROM store_state").fetchone()
        state = index_state(index)
        if state is not None:
            last = store.execute("SELECT source_id, offset FROM records WHERE id = ?", (state.last_id,)).fetchone()
            if is_of_store(state, identity, prunes, last):
                return state, prunes
            self._on_rebuilt(f"the search index {self._index_path} was of another store and is made anew")
        return begin_anew(index, identity, prunes), prunes

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


def _drop_pruned(index: sqlite3.Connection, store: sqlite3.Connection, state: IndexState, prunes: int) -> IndexState:
    """Drop the parts of which the store has no record any more."""
    if state.prunes == prunes:
        return state
    (oldest,) = store.execute("SELECT min(id) FROM records").fetchone()
    first = state.indexed_upto + 1 if oldest is None else oldest
    for part in parts(index):
        if (part + 1) * PART_RECORDS <= first:
            index.execute(f"DROP TABLE {part_table(part)}")
    index.execute("DELETE FROM block_times WHERE block < ?", (first // BLOCK_RECORDS,))
    return state._replace(prunes=prunes)


def _add_replaced(index: sqlite3.Connection, store: sqlite3.Connection, state: IndexState) -> tuple[IndexState, int]:
    """Index the new texts of replaced records; return up to which note that is done."""
    noted = store.execute(
        "SELECT seq, record_id FROM replaced_records ORDER BY seq LIMIT ?", (_REPLACED_AT_ONCE,)
    ).fetchall()
    count = state.replaced
    there = set(parts(index)) if noted else set()
    for record_id in dict.fromkeys(record_id for _, record_id in noted if record_id <= state.indexed_upto):
        block, part = record_id // BLOCK_RECORDS, record_id // PART_RECORDS
        row = record_text(store, record_id)
        if part in there and row is not None:
            count += 1
            text, time_ns = row
            index.execute(_insert_into(part), (block + (count << REPLACED_SHIFT), text))
            index.execute(_WIDEN_TIMES, (time_ns, block))
    return state._replace(replaced=count), noted[-1][0] if noted else 0


def _add_blocks(
    index: sqlite3.Connection,
    store: sqlite3.Connection,
    state: IndexState,
    at_least: int,
    should_stop: Callable[[], bool],
) -> IndexState:
    """Index the next complete blocks, of one part; the next chunk is read while one is indexed."""
    oldest, newest = store.execute(
        "SELECT (SELECT min(id) FROM records WHERE id > ?), (SELECT max(id) FROM records)", (state.indexed_upto,)
    ).fetchone()
    if oldest is None:
        return state
    first, end = oldest // BLOCK_RECORDS, (newest + 1) // BLOCK_RECORDS
    if end - first < at_least:
        return state
    part = first * BLOCK_RECORDS // PART_RECORDS
    end = min(end, first + _STEP_BLOCKS, (part + 1) * PART_RECORDS // BLOCK_RECORDS)
    create_part(index, part)
    with closing(_chunks(store, first, end)) as chunks:
        for done, texts in chunks:
            index.executemany(_insert_into(part), [text[:2] for text in texts])
            index.executemany(
                "INSERT OR REPLACE INTO block_times VALUES (?, ?, ?)", [(text.block, *text[2:]) for text in texts]
            )
            end = done
            if should_stop():
                break
    upto = end * BLOCK_RECORDS - 1
    last = store.execute(
        "SELECT id, source_id, offset FROM records WHERE id <= ? ORDER BY id DESC LIMIT 1", (upto,)
    ).fetchone()
    return state._replace(indexed_upto=upto, last_id=last[0], last_source_id=last[1], last_offset=last[2])


def _chunks(store: sqlite3.Connection, first: int, end: int) -> Generator[tuple[int, list[BlockText]]]:
    """Yield the texts of the blocks, chunk by chunk, each with the block that follows it."""
    chunks = [(low, min(end, low + _CHUNK_BLOCKS)) for low in range(first, end, _CHUNK_BLOCKS)]
    if len(chunks) == 1:
        yield end, block_texts(store, first, end)
        return
    # 6 ms to import: only a backlog has so much.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1, "loglama-index-reading") as reading:
        ahead = reading.submit(block_texts, store, *chunks[0])
        for (_, done), following in zip(chunks, [*chunks[1:], None], strict=True):
            texts = ahead.result()
            if following is not None:
                ahead = reading.submit(block_texts, store, *following)
            yield done, texts


def _insert_into(part: int) -> str:
    return f"INSERT INTO {part_table(part)} (rowid, text) VALUES (?, ?)"
