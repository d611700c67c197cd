"""The store as a library shows it: questions in the query language, answers as records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from loglama_core.query.parser import parse_query
from loglama_core.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from loglama_core.model import LogRecord
    from loglama_core.store.record_reader import FieldValue, Order


class Store:
    """Read access to one store, for one thread at a time. Use it in a ``with`` block, or ``close`` it."""

    def __init__(self, path: Path) -> None:
        self._reader = SqliteReader(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store. Calling it twice is allowed."""
        self._reader.close()

    def search(self, query: str = "", *, order: Order = "newest", limit: int | None = None) -> Iterator[LogRecord]:
        """Yield the records that match a query, by event time, streamed.

        ``query``: as in ``loglama logs``, for instance ``level:error since:1h``. Raises ``QueryError``.
        """
        yield from self._reader.search(parse_query(query), order=order, limit=limit)

    def count(self, query: str = "") -> int:
        """Return how many records match a query."""
        return sum(self._reader.counts_by((), parse_query(query)).values())

    def counts_by(self, keys: Sequence[str], query: str = "") -> dict[tuple[FieldValue, ...], int]:
        """Count matching records per combination of ``level``, ``service``, ``logger`` or dotted field names."""
        return self._reader.counts_by(keys, parse_query(query))

    def get(self, record_id: int) -> LogRecord | None:
        """Return one record."""
        return self._reader.get(record_id)

    def full_text(self, record_id: int) -> str | None:
        """Return the whole original text of a shortened message, else the message; ``None``: no such record."""
        return self._reader.full_text(record_id)

    def services(self) -> list[str]:
        """Return the names of all services that have records, sorted."""
        return self._reader.services()


def open_store(path: str | os.PathLike[str] | None = None) -> Store:
    """Open a store for reading; without a path the one that the settings name (``LOGLAMA_DB_PATH``).

    Raises ``StoreError`` if it cannot be opened, ``ConfigError`` for a setting that is not accepted.
    """
    if path is None:
        from loglama_core.config.settings import load_settings

        path = load_settings().db_path
    return Store(Path(path))
