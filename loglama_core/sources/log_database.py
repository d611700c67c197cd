"""A service's own SQLite database, read without trusting it and without ever standing in its writer's way."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from loglama_core.errors import SourceError
from loglama_core.formats.json_keys import plan_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = bytes | int | float | None
"""What a column holds; texts come as their bytes, which may be no UTF-8."""

LARGEST_VALUE = 1 << 20
"""Bytes kept of one value, as of one line; of a larger one only so much is ever in memory."""
_MOST_COLUMNS = 200
_PAGE_ROWS = 1_000
_PAGE_BYTES = 4 << 20
_DEADLINE_S = 5.0
"""One page takes milliseconds; a hostile schema (a generated column, a damaged tree) could compute for ever."""
_PROGRESS_STEPS = 100_000

_PRAGMAS = (
    "PRAGMA trusted_schema = OFF",  # nothing the schema says may call a function with side effects
    "PRAGMA cell_size_check = ON",
    "PRAGMA query_only = ON",
    "PRAGMA mmap_size = 0",  # a file truncated by its owner would be a SIGBUS here
    "PRAGMA cache_size = -2048",
)
_UNOPENABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class DatabaseBusyError(SourceError):
    """Its writer holds the database exclusively; it can be read a moment later."""


@dataclass(slots=True, frozen=True)
class LogTable:
    """A table that holds log records.

    ``key``: its INTEGER PRIMARY KEY, none of ``columns``. ``time`` and ``message``: two of them.
    """

    name: str
    key: str
    columns: tuple[str, ...]
    time: str
    message: str


@dataclass(slots=True, frozen=True)
class LogRow:
    """One row: its key, and the values of the table's columns. ``sizes``: of values cut short, column -> bytes."""

    key: int
    values: tuple[Value, ...]
    sizes: dict[str, int]


class LogDatabase:
    """A database open for reading, for as long as one look at it takes. No transaction outlives a page of rows.

    ``is_immutable``: it is read as the file stands, without its journal, because it could not be opened otherwise.
    Every method raises ``SourceError``, ``DatabaseBusyError`` if its writer is in the way for longer than the time
    given to ``open``.
    """

    def __init__(self, path: str, connection: sqlite3.Connection, *, is_immutable: bool) -> None:
        self._path = path
        self._connection = connection
        self._deadline = 0.0
        self.is_immutable = is_immutable
        connection.text_factory = bytes
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        connection.set_progress_handler(lambda: time.monotonic() > self._deadline, _PROGRESS_STEPS)

    @classmethod
    def open(cls, path: str, *, wait_s: float, as_it_stands: bool = False) -> Self:
        """Open the database at ``path``, a regular file, waiting up to ``wait_s`` for its writer.

        ``as_it_stands``: if a journal that its writer left behind forbids reading, read the file without it.
        """
        try:
            return cls._opened(path, wait_s, is_immutable=False)
        except _UnopenableError as error:
            # Without a journal there is nothing to be missed: a database on a medium that cannot be written, say.
            if not as_it_stands and _has_journal(path):
                hint = "its writer was killed in the middle: it is read once the service has opened it again"
                raise SourceError(error.message, hint) from error
        return cls._opened(path, wait_s, is_immutable=True)

    @classmethod
    def _opened(cls, path: str, wait_s: float, *, is_immutable: bool) -> Self:
        # SQLite alone opens the file: closing any other descriptor of it would drop the locks of a writer in this very
        # process (POSIX).
        uri = f"file:{quote(path)}?mode=ro" + ("&immutable=1" if is_immutable else "")
        with _translated(path):
            connection = sqlite3.connect(uri, uri=True, timeout=wait_s, isolation_level=None)
            try:
                database = cls(path, connection, is_immutable=is_immutable)
                for pragma in _PRAGMAS:
                    connection.execute(pragma)
                database._select("SELECT count(*) FROM sqlite_master")  # reads the file: says now whether it can be
            except BaseException:
                connection.close()
                raise
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def tables(self) -> list[LogTable]:
        """Return the tables that hold log records; views and virtual tables are never looked into."""
        found = self._select("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name")
        names = [_text(name) for (name,) in found]
        tables = [table for name in names if not name.startswith("sqlite_") and (table := self._table(name))]
        if not tables:
            msg = f"{self._path} has no table of log records"
            raise SourceError(msg, "one with an INTEGER PRIMARY KEY, a time and a message is needed")
        return tables

    def last_key(self, table: LogTable) -> int | None:
        """Return the largest key there is."""
        ((key,),) = self._select(f"SELECT max({_quoted(table.key)}) FROM {_quoted(table.name)}")  # noqa: S608 - quoted
        return key if isinstance(key, int) else None

    def row(self, table: LogTable, key: int) -> LogRow | None:
        """Return one row."""
        for row in self._rows(table, "= ?", (key,), 1):
            return row
        return None

    def rows(self, table: LogTable, *, after: int, upto: int) -> list[LogRow]:
        """Return the next rows with ``after`` < key <= ``upto``, at most a thousand and about 4 MiB of them."""
        return list(self._rows(table, "> ? AND {key} <= ?", (after, upto), _PAGE_ROWS))

    def application_id(self) -> int:
        """Return the number by which a program marks a database as its own, 0 for most."""
        ((number,),) = self._select("PRAGMA application_id")
        return number if isinstance(number, int) else 0

    def _table(self, name: str) -> LogTable | None:
        # Of a hidden column 0 means none; 1 is a virtual table's, 2 and 3 are computed.
        columns = self._select(f"PRAGMA table_xinfo({_quoted(name)})")
        keys = [_text(column[1]) for column in columns if column[5]]
        types = {_text(column[1]): _text(column[2]).upper() for column in columns}
        stored = tuple(_text(column[1]) for column in columns if column[6] == 0)[:_MOST_COLUMNS]
        plan = plan_keys(stored)
        times = plan.time if plan.level or not plan.is_weak else ()
        # Any other key may be given anew, and so may a rowid without one: VACUUM renumbers it.
        if not times or not plan.message or len(keys) != 1 or types[keys[0]] != "INTEGER":
            return None
        columns_kept = tuple(column for column in stored if column != keys[0])
        return LogTable(name, keys[0], columns_kept, times[0], plan.message[0])

    def _rows(self, table: LogTable, condition: str, arguments: tuple[int, ...], limit: int) -> Iterator[LogRow]:
        key = _quoted(table.key)
        columns = ", ".join(map(_quoted, table.columns))
        where = f"FROM {_quoted(table.name)} WHERE {key} {condition.format(key=key)} ORDER BY {key} LIMIT {limit}"
        self._deadline = time.monotonic() + _DEADLINE_S
        size = 0
        last = None
        # A value beyond the limit ends the page before its row.
        with _translated(self._path), suppress(sqlite3.DataError), closing(self._connection.cursor()) as cursor:
            for last, *values in cursor.execute(f"SELECT {key}, {columns} {where}", arguments):
                yield LogRow(last, tuple(values), {})
                size += sum(len(value) for value in values if isinstance(value, bytes))
                if size > _PAGE_BYTES:
                    return
            return
        if last is not None:
            return
        with _translated(self._path):
            first = self._connection.execute(f"SELECT {key} {where}", arguments).fetchone()
        if first is not None:
            yield self._large_row(table, first[0])

    def _large_row(self, table: LogTable, key: int) -> LogRow:
        """Read a row value by value, of each no more than the limit."""
        values: list[Value] = []
        sizes: dict[str, int] = {}
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1 << 30)  # the row as a whole is larger, unread
        with _translated(self._path):
            try:
                for column in table.columns:
                    try:
                        with self._connection.blobopen(table.name, column, key, readonly=True) as blob:
                            values.append(blob.read(LARGEST_VALUE))
                            if len(blob) > LARGEST_VALUE:
                                sizes[column] = len(blob)
                    except sqlite3.OperationalError:  # a number or NULL
                        where = f"FROM {_quoted(table.name)} WHERE {_quoted(table.key)} = ?"
                        values.append(
                            self._connection.execute(f"SELECT {_quoted(column)} {where}", (key,)).fetchone()[0]
                        )
            finally:
                self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        return LogRow(key, tuple(values), sizes)

    def _select(self, query: str) -> list[tuple[Value, ...]]:
        self._deadline = time.monotonic() + _DEADLINE_S
        with _translated(self._path):
            return self._connection.execute(query).fetchall()


class _UnopenableError(SourceError):
    """The database cannot be opened for reading as it is."""


class _translated:  # noqa: N801 - used as a function; contextlib's generator would cost 2 us a page
    """Turn SQLite's errors into ours."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, sqlite3.Error):
            return
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            msg = f"{self._path} is locked by its writer"
            raise DatabaseBusyError(msg, "it is read as soon as it is not") from error
        if code in _UNOPENABLE:
            msg = f"{self._path} cannot be opened for reading: {error}"
            raise _UnopenableError(msg, "let the collector's user read it and its folder") from error
        msg = f"{self._path} cannot be read: {error}"
        hint = "is it an SQLite database? `sqlite3 FILE 'PRAGMA integrity_check'` says whether it is whole"
        raise SourceError(msg, hint) from error


def _has_journal(path: str) -> bool:
    for suffix in ("-journal", "-wal"):
        try:
            if os.stat(path + suffix).st_size:
                return True
        except OSError:
            continue
    return False


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Value) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value or "")
