"""The one tree of errors that LogLama raises on purpose.

Every error carries what is wrong (``message``) and what to do about it (``hint``). Front ends print the two
and choose an exit code by class (see ``loglama_tui.cli.exit_codes``). This module imports nothing.
"""

from __future__ import annotations


class LogLamaError(Exception):
    """Something LogLama cannot do, said so that a person can mend it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(LogLamaError):
    """The request itself is wrong: an option, a time, a query, a setting. Nothing was attempted."""


class ConfigError(UsageError):
    """A setting, ``.env`` or ``loglama.toml`` holds a value that is not accepted; the message names where."""


class QueryError(UsageError):
    """A query that cannot be read.

    ``column`` is the 0-based index into the query text at which reading stopped (0 <= column <= len(text)).
    """

    def __init__(self, message: str, hint: str = "", *, column: int = 0) -> None:
        super().__init__(message, hint)
        self.column = column


class QueryCancelledError(LogLamaError):
    """A running query was interrupted by the one who asked for it."""


class StoreError(LogLamaError):
    """The store cannot be opened, read or written."""


class ForeignStoreError(StoreError):
    """The file is not a LogLama store of a version this program knows. It was left untouched."""


class StoreBusyError(StoreError):
    """Another process held the store's write lock for longer than the deadline."""


class StoreFullError(StoreError):
    """The disk under the store is full. What was committed is safe; the batch can be tried again."""


class StoreReplacedError(StoreError):
    """The file at the store's path is no longer the one that is open."""


class SourceError(LogLamaError):
    """One source of log records cannot be read. It costs that source only."""


class CollectorError(LogLamaError):
    """The collector cannot start, stop or be reached."""


class EcosystemError(LogLamaError):
    """A service, its dependencies or its supervisor cannot be started, stopped, installed or reached."""


class TerminalError(UsageError):
    """The explorer needs a terminal that this is not."""
