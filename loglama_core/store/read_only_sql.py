"""People's own SQL on the store: it can read everything, change nothing, and takes neither for ever nor all memory."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from loglama_core.errors import UsageError
from loglama_core.store.database import open_for_reading
from loglama_core.store.sqlite_errors import store_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_REFUSED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"})
_ALLOWED_PRAGMAS = frozenset(
    {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "compile_options",
     "database_list", "function_list", "user_version", "page_count", "page_size", "freelist_count"}
)  # fmt: skip
"""Those that only tell, also as tables: ``SELECT name FROM pragma_table_info('logs')``."""

_LONGEST_VALUE = 64 * 1024 * 1024
_LONGEST_STATEMENT = 1_000_000
_STEPS_BETWEEN_LOOKS = 10_000
"""Instructions of SQLite's virtual machine: about a millisecond."""

_HINT = "read from the view logs: SELECT time, level, service, message FROM logs WHERE level = 'error' LIMIT 10"


class SqlAnswer:
    """The rows of one statement; iterate once. ``cut``: afterwards, whether there are more than were asked for."""

    def __init__(self, connection: sqlite3.Connection, cursor: sqlite3.Cursor, limit: int, watch: _Watch) -> None:
        self._connection, self._cursor, self._limit, self._watch = connection, cursor, limit, watch
        self.columns = _distinct([description[0] for description in cursor.description or ()])
        self.cut = False

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        with closing(self._connection):
            for number in range(self._limit + 1):
                row = self._watch.guarded(self._cursor.fetchone)
                if row is None:
                    return
                if number == self._limit:
                    self.cut = True
                    return
                yield row


def read_sql(path: Path, statement: str, *, limit: int, timeout_s: float) -> SqlAnswer:
    """Run one reading statement on the store at ``path``: at most ``limit`` rows, within ``timeout_s`` seconds.

    Raises ``UsageError`` for SQL that is wrong, would change something, is more than one statement or takes too long
    (that also while the rows are iterated), ``StoreError`` for trouble with the store.
    """
    if len(statement) > _LONGEST_STATEMENT or "\0" in statement:
        raise UsageError("the statement is too long or holds a NUL", _HINT)
    connection = open_for_reading(path)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        connection.set_authorizer(_authorized)
        watch = _Watch(path, timeout_s)
        connection.set_progress_handler(watch.is_over, _STEPS_BETWEEN_LOOKS)
        cursor = watch.guarded(lambda: connection.execute(statement))
    except BaseException:
        connection.close()
        raise
    return SqlAnswer(connection, cursor, limit, watch)


class _Watch:
    """Tells SQLite when the time is over, and people what SQLite says."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s

    def is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def guarded(self, call: Any) -> Any:
        try:
            return call()
        except (sqlite3.ProgrammingError, sqlite3.Warning) as error:
            raise UsageError(f"SQL: {error}", "give one statement, without parameters") from error
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> Exception:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT and self.is_over():
            return UsageError(
                f"SQL: it took longer than {self._timeout_s:g} s",
                "narrow it down (WHERE time > …, LIMIT), or give it --timeout",
            )
        if code in {sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY}:
            return UsageError(f"SQL: only reading is allowed ({error})", _HINT)
        if code in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE}:
            return UsageError(f"SQL: {error}", _HINT)
        return store_error(error, self._path) or error


def _authorized(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    """Say what a statement may do; ATTACH, which makes files, is not among it (security 11)."""
    if action in _ALLOWED or (action == sqlite3.SQLITE_UPDATE and first == "sqlite_master"):
        return sqlite3.SQLITE_OK  # so SQLite itself declares pragma_…; from people it refuses that in any case
    if action == sqlite3.SQLITE_FUNCTION and second not in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _ALLOWED_PRAGMAS and (second is None or "=" not in second):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _distinct(names: list[str]) -> list[str]:
    """Return names of columns of which no two are the same: ``count``, ``count_2``."""
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found.append(unique)
    return found
