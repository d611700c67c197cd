"""A connection for reading that can be interrupted from another thread and speaks in LogLama's errors."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from loglama_core.errors import QueryCancelledError, StoreError
from loglama_core.store.block_index import BlockIndex
from loglama_core.store.database import open_for_reading
from loglama_core.store.query_functions import QueryFunctions
from loglama_core.store.sqlite_errors import store_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_Answer = TypeVar("_Answer")

_SHORT_SECONDS = 0.002
"""A call that took longer gives back the pages it cached: five readers that had searched 10 million held 24 MB,
now 14. The system's page cache has them still: the next search takes 0.5 ms more."""


class ReadConnection:
    """Runs read statements for one thread at a time; ``interrupt`` and ``close`` may come from another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_for_reading(path)
        self._functions = QueryFunctions(self._connection)
        self.blocks = BlockIndex(path, self.rows)
        self._lock = threading.Lock()
        self._closed = False
        self._calls = 0
        self._interrupted = False

    def close(self) -> None:
        """Release the file. Calling it twice is allowed."""
        with self._lock:
            self._closed = True
            self.blocks.close()
            self._connection.close()

    def interrupt(self) -> None:
        """Make the call in progress raise ``QueryCancelledError``; without one, do nothing.

        The flag catches the moments between two statements of a call, when SQLite has nothing to interrupt.
        """
        with self._lock:
            if self._calls and not self._closed:
                self._interrupted = True
                self._connection.interrupt()
                self.blocks.interrupt()

    @contextmanager
    def call(self) -> Iterator[None]:
        """Mark what may be interrupted: one call of a reader, or the whole life of an iterator."""
        with self._lock:
            if not self._calls:
                self._interrupted = False
            self._calls += 1
        began = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1
                if not self._calls and not self._closed and time.perf_counter() - began > _SHORT_SECONDS:
                    self._connection.execute("PRAGMA shrink_memory")
                    self.blocks.shrink()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all statements inside see the same state of the store. It must not span a ``yield`` to a caller."""
        if self._connection.in_transaction:
            yield
            return
        self.rows("BEGIN")
        try:
            yield
        finally:
            with self._lock:  # an interrupt would leave the transaction open
                self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a statement; ``QueryCancelledError`` if interrupted, else the ``StoreError`` tree."""
        if self._interrupted:
            raise self._cancelled()
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            failure = self._failure(error)
            if failure is None:
                raise
            raise failure from error

    def ask_blocks(self, question: Callable[[BlockIndex], _Answer]) -> _Answer:
        """Return what the search index answers; ``QueryCancelledError`` if interrupted."""
        if self._interrupted:
            raise self._cancelled()
        try:
            return question(self.blocks)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise self._cancelled() from error

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, ``None`` without one."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def _failure(self, error: sqlite3.Error) -> Exception | None:
        failure, self._functions.failure = self._functions.failure, None
        if failure is not None:
            return failure
        translated = store_error(error, self.path)
        if isinstance(translated, QueryCancelledError):
            return self._cancelled()
        if translated is None and "malformed JSON" in str(error):
            return StoreError(f"a record in {self.path} holds fields that are not JSON", "run `loglama check`")
        return translated

    def _cancelled(self) -> QueryCancelledError:
        self._interrupted = False
        return QueryCancelledError("the query was cancelled", "run it again")
