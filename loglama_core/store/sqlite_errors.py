"""What SQLite says, in LogLama's words: one place turns its error codes into the ``StoreError`` tree."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loglama_core.errors import (
    ForeignStoreError,
    LogLamaError,
    QueryCancelledError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreReplacedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_Meaning = tuple[type[LogLamaError], str, str]

_BUSY: _Meaning = (
    StoreBusyError,
    "the store {path} is locked by another process",
    "try again in a moment; `loglama log-collector status` shows who is writing",
)
_READ_ONLY: _Meaning = (
    StoreError,
    "the store {path} cannot be written: it, its folder or its file system is read-only",
    "make the file and its folder writable for you, or set LOGLAMA_DB_PATH to a place that is",
)
_DISK: _Meaning = (
    StoreError,
    "the disk failed to read or write the store {path} ({error})",
    "check the disk and its mount; on a network file system move the store to a local disk",
)
_FULL: _Meaning = (
    StoreFullError,
    "the disk under the store {path} is full",
    "free some space; nothing stored is lost and collecting goes on by itself",
)
_MEANINGS: dict[int, _Meaning] = {
    sqlite3.SQLITE_READONLY_DBMOVED: (
        StoreReplacedError,
        "the store {path} was moved, replaced or deleted while it was open",
        "put the file back, or start the collector again to begin a new store",
    ),
    sqlite3.SQLITE_INTERRUPT: (QueryCancelledError, "the query was cancelled", "run it again"),
    sqlite3.SQLITE_FULL: _FULL,
    # No room for the -shm file, which the first to open the store makes, readers too.
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: (
        StoreError,
        "the store {path} cannot be opened ({error})",
        "SQLite needs to write beside it (-wal, -shm): check the owner and mode of the folder and of these files",
    ),
    sqlite3.SQLITE_NOTADB: (
        ForeignStoreError,
        "{path} is not an SQLite database; it was left untouched",
        "set LOGLAMA_DB_PATH (or --db) to another file",
    ),
    sqlite3.SQLITE_CORRUPT: (
        StoreError,
        "the store {path} is damaged ({error})",
        "run `loglama check` to see the damage; put a copy made by `loglama backup` in its place",
    ),
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_NOLFS: _DISK,
    sqlite3.SQLITE_PROTOCOL: _DISK,
}
"""By extended code, else by primary code: SQLITE_IOERR_WRITE and the like carry their family in the low byte."""


def store_error(error: sqlite3.Error, path: Path) -> LogLamaError | None:
    """Return the LogLama error that ``error`` means for the store at ``path``.

    ``None`` means a programming mistake: wrong SQL or a misused connection.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    meaning = _MEANINGS.get(code) or _MEANINGS.get(code & 0xFF)
    if meaning is None:
        return None
    kind, message, hint = meaning
    return kind(message.format(path=path, error=error), hint)


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Raise what SQLite reports inside the block as the ``StoreError`` (or ``QueryCancelledError``) it means.

    An error that only a mistake in LogLama's own SQL can cause passes unchanged.
    """
    try:
        yield
    except sqlite3.Error as error:
        translated = store_error(error, path)
        if translated is None:
            raise
        raise translated from error
