"""Opening the store's file: private when created, migrated forward by writers, read-only for readers."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from typing import TYPE_CHECKING

from loglama_core.errors import StoreBusyError, StoreError
from loglama_core.store.identity import RAW_ACCESS, is_read_only_medium, read_only_uri, schema_version_of
from loglama_core.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION
from loglama_core.store.sqlite_errors import store_error, translated_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S = 5.0
"""How long a call waits for another process's write lock before ``StoreBusyError``."""

_PAGE_BYTES = 8192
"""Of a new store. A scan for text runs at 5.4 million records a second against 3.8 with 4096; 16384 adds little to that
and makes a commit of one record three times as dear."""

_CREATED_BY_HINT = "`loglama collect-logs` (or the explorer, `loglama`) creates it; --db names another"
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600

# Sorting and DISTINCT of a query must not leave log text in temporary files.
_SORT_IN_MEMORY = "PRAGMA temp_store = MEMORY"
_WRITER_PRAGMAS = (
    _SORT_IN_MEMORY,
    # A power loss may roll back the last transactions, each together with its offset, so they are read again;
    # FULL would cost one fsync per batch.
    "PRAGMA synchronous = NORMAL",
    # 16 MiB hold the hot end of both time indexes and of the minute counts during a bulk import.
    "PRAGMA cache_size = -16384",
    # 16 MiB of WAL between checkpoints: a bulk batch rewrites the same index pages, which then reach the file once.
    "PRAGMA wal_autocheckpoint = 2000",
    # A long reader lets the WAL grow; once it is gone the space is given back down to this.
    "PRAGMA journal_size_limit = 67108864",
)
_READER_PRAGMAS = (
    _SORT_IN_MEMORY,
    "PRAGMA query_only = ON",
    # Nine readers of an explorer at 16 MiB each were 70 MB; the system's page cache holds the same pages once.
    "PRAGMA cache_size = -2048",
)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the store at ``path`` for writing; create it (file 0600, missing folders 0700) and migrate it as needed.

    The connection is in autocommit mode: the caller issues ``BEGIN IMMEDIATE`` itself (a deferred transaction that
    reads first fails with BUSY_SNAPSHOT at once). It belongs to the thread that opened it. Raises
    ``ForeignStoreError`` for a file that is not ours or newer (left untouched), ``StoreError`` for one that cannot be
    opened.
    """
    _create_private(path)
    version = schema_version_of(path)
    with translated_errors(path):
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            # Of a new store, too: what was pruned can be given back to the disk, in small steps.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            _use_write_ahead_log(connection, path)
            for pragma in _WRITER_PRAGMAS:
                connection.execute(pragma)
            if version < SCHEMA_VERSION:
                _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the store at ``path`` for reading only, beside any number of writers.

    On a read-only medium the file is read as it stands. The connection may pass from thread to thread (a pool's
    workers, the one that closes it at exit), used by one at a time: SQLite is built to allow that. Raises as
    ``open_for_writing`` does; a missing store and one of an older schema, which only a writer can migrate, are
    ``StoreError``.
    """
    version = schema_version_of(path)
    if version == 0:
        msg = f"the store {path} is still empty"
        raise StoreError(msg, _CREATED_BY_HINT)
    if version < SCHEMA_VERSION:
        msg = f"the store {path} has the older schema version {version}"
        raise StoreError(msg, "run `loglama collect-logs` once: it brings the store up to date and keeps every record")
    uri = read_only_uri(path, immutable=is_read_only_medium(path))
    with translated_errors(path):
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in _READER_PRAGMAS:
                connection.execute(pragma)
            connection.execute("SELECT max(id) FROM records").fetchone()
        except BaseException:
            connection.close()
            raise
    return connection


def _create_private(path: Path) -> None:
    """Make the store's file and missing folders, for their owner only whatever the umask; -wal and -shm inherit it."""
    try:
        _create_folder(path.parent)
        with RAW_ACCESS:
            flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_RDWR | os.O_CLOEXEC
            descriptor = os.open(path, flags, _FILE_MODE)
            try:
                os.fchmod(descriptor, _FILE_MODE)
            finally:
                os.close(descriptor)
    except FileExistsError:
        if path.is_symlink() and not path.exists():
            msg = f"{path} is a symbolic link to nowhere; a store is not created through a link"
            raise StoreError(msg, "remove the link, or set LOGLAMA_DB_PATH to the file itself") from None
        _make_private_while_empty(path)
    except OSError as error:
        msg = f"the store {path} cannot be created: {error.strerror}"
        raise StoreError(msg, "make its folder writable for you, or set LOGLAMA_DB_PATH to a place that is") from error


def _make_private_while_empty(path: Path) -> None:
    """Take other users' rights from an empty file that is about to become the store, if it is ours."""
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode) and status.st_size == 0 and status.st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(status.st_mode) & _FILE_MODE)
    except OSError:
        return  # opening it says what is wrong


def _create_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _create_folder(folder.parent)
    try:
        folder.mkdir(mode=_FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():
            msg = f"the store's folder {folder} is not a folder"
            raise StoreError(msg, "set LOGLAMA_DB_PATH (or --db) to a file in a folder") from None


def _use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    """Switch to WAL. Processes that switch together get BUSY at once, without SQLite's own waiting, hence the loop."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    mode = ""
    while not mode:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if not isinstance(store_error(error, path), StoreBusyError) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    if mode != "wal":
        msg = f"the file system under {path} does not allow SQLite's write-ahead log (mode {mode})"
        raise StoreError(msg, "move the store to a local disk with LOGLAMA_DB_PATH")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run each missing migration in its own transaction; a process that lost the race finds its steps done."""
    for target in range(1, SCHEMA_VERSION + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            current = connection.execute("PRAGMA user_version").fetchone()[0]
            if current < target:
                _require_empty_or_ours(connection, path)
                for statement in _statements(MIGRATIONS[target - 1]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {target}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _require_empty_or_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Guard against another program that filled the empty file between the look at it and the lock on it."""
    if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return
    # 111 ms to import; paid once in the life of a store.
    from sqlite_utils import Database

    database = Database(connection, execute_plugins=False)
    if database.table_names() or database.view_names():
        msg = f"another program has just begun to use {path}"
        raise StoreError(msg, "set LOGLAMA_DB_PATH (or --db) to another file")


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements: ``executescript`` would commit the transaction they must share."""
    statement = ""
    for part in script.split(";")[:-1]:
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
