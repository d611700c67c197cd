"""Whose file is it: tells a LogLama store from anything else without changing a byte of it."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from typing import TYPE_CHECKING

from loglama_core.errors import ForeignStoreError, StoreError
from loglama_core.store.schema import APPLICATION_ID, SCHEMA_VERSION
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    from pathlib import Path

_UNESCAPED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~/")
_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_APPLICATION_ID_AT = slice(68, 72)
_OLDEST_SQLITE = (3, 38, 0)
"""The first with the JSON operators ``->`` and ``->>``, which the views and field counts use."""

_OTHER_FILE_HINT = "set LOGLAMA_DB_PATH (or --db) to another file"
RAW_ACCESS = threading.Lock()
"""Held while a store's file is opened and closed past SQLite.

Closing any descriptor of a file drops every lock that this process's SQLite connections hold on it, and another process
could then delete the write-ahead log under them. So a file is looked at this way once, before its first connection.
"""
FileIdentity = tuple[int, int] | None
_looked_at: dict[tuple[int, int], bool] = {}
"""(device, inode) of files -> whether they are ours, or were empty: connections to them may be open.

The header of a store that has just been made may say nothing yet, as all of it is in the write-ahead log.
"""

_ORIGINAL_TABLES = {
    "log_records": frozenset({"timestamp", "level", "message", "logger_name"}),
    "logs": frozenset({"timestamp", "level", "message", "function"}),
}
"""Columns that every known version of the original LogLama has in its table of that name."""


def read_only_uri(path: Path, *, immutable: bool = False) -> str:
    """Return the SQLite URI that opens ``path`` for reading only.

    ``immutable`` leaves locks, WAL and journal alone: only for a file that nobody can be writing.
    """
    # urllib's quote() does the same and takes 4 ms to import.
    escaped = "".join(chr(byte) if byte in _UNESCAPED else f"%{byte:02X}" for byte in os.fsencode(path.absolute()))
    return f"file:{escaped}?{'mode=ro&immutable=1' if immutable else 'mode=ro'}"


def schema_version_of(path: Path) -> int:
    """Return the schema version of the store at ``path``: 0 for an empty file or an empty database.

    Raises ``ForeignStoreError`` for a file that is not ours or newer than this program, ``StoreError`` for one that is
    missing, unreadable, no plain file or damaged. The file is not changed.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(
            f"Python's SQLite is {sqlite3.sqlite_version}, the store needs {'.'.join(map(str, _OLDEST_SQLITE))}",
            "use a Python with a newer SQLite, or upgrade the system's libsqlite3",
        )
    ours = _is_ours(path)
    if ours is None:
        return 0
    # Opened plainly, a stranger's hot journal would be asked for locks and its WAL for a -shm file: only a WAL with
    # content, which may hold what the header lacks, is worth that.
    immutable = is_read_only_medium(path) or not (ours or _has_content(_beside(path, "-wal")))
    with (
        translated_errors(path),
        closing(sqlite3.connect(read_only_uri(path, immutable=immutable), uri=True)) as connection,
    ):
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        objects = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if application_id != APPLICATION_ID:
            if objects == 0 and application_id == 0 and version == 0:
                return 0
            raise _foreign(connection, path)
    if version > SCHEMA_VERSION:
        msg = (
            f"the store {path} has schema version {version}, this LogLama knows versions up to {SCHEMA_VERSION}; "
            "it was left untouched"
        )
        raise ForeignStoreError(
            msg, "upgrade LogLama (`pip install --upgrade loglama`), or set LOGLAMA_DB_PATH to another file"
        )
    return version


def is_read_only_medium(path: Path) -> bool:
    """Return whether ``path`` is on a file system mounted read-only and has no WAL: nobody can be writing it."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY) and not _has_content(_beside(path, "-wal"))


def _beside(path: Path, suffix: str) -> str:
    return os.fspath(path) + suffix


def _has_content(path: str) -> bool:
    try:
        return os.stat(path).st_size > 0  # noqa: PTH116 - a str, as SQLite names it
    except OSError:
        return False


def _is_ours(path: Path) -> bool | None:
    """Return whether the file's header is a LogLama store's, ``None`` for an empty file."""
    with RAW_ACCESS:
        known = file_identity(path)
        if known is not None and known in _looked_at:
            return _looked_at[known]  # as it was then; the connection that is made next finds out if it no longer is
        header, identity = _header_of(path)
        if not header:
            _looked_at[identity] = True
            return None
        if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
            msg = f"{path} is not an SQLite database; it was left untouched"
            raise ForeignStoreError(msg, _OTHER_FILE_HINT)
        ours = int.from_bytes(header[_APPLICATION_ID_AT], "big") == APPLICATION_ID
        _looked_at[identity] = ours
        return ours


def file_identity(path: Path) -> FileIdentity:
    """Return (device, inode) of the file at ``path`` now, ``None`` without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _header_of(path: Path) -> tuple[bytes, tuple[int, int]]:
    """Return the first bytes of the file and its (device, inode)."""
    try:
        # O_NONBLOCK: a FIFO in the store's place must not hang the program.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        msg = f"there is no store at {path}"
        raise StoreError(
            msg, "`loglama collect-logs` (or the explorer, `loglama`) creates it; --db names another"
        ) from None
    except OSError as error:
        msg = f"the store {path} cannot be read: {error.strerror}"
        raise StoreError(msg, "check the owner and mode of the file and its folder") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            msg = f"{path} is not a plain file, so it cannot be the store"
            raise StoreError(msg, _OTHER_FILE_HINT)
        return os.read(descriptor, _HEADER_BYTES), (status.st_dev, status.st_ino)
    finally:
        os.close(descriptor)


def _foreign(connection: sqlite3.Connection, path: Path) -> ForeignStoreError:
    # 111 ms to import; paid only on the way to an error.
    from sqlite_utils import Database

    database = Database(connection, execute_plugins=False)
    for name in database.table_names():
        columns = _ORIGINAL_TABLES.get(name)
        if columns and columns <= set(database[name].columns_dict):
            return ForeignStoreError(
                f"{path} is a database of the original LogLama (table {name}); it was left untouched",
                f"set LOGLAMA_DB_PATH to a new file, then run `loglama import {path}` to take its records over",
            )
    return ForeignStoreError(
        f"{path} is an SQLite database of another program; it was left untouched",
        _OTHER_FILE_HINT,
    )
