"""A single statement on a store, on a connection of its own: what a person keeps there, what a collector noted."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from loglama_core.store.database import open_for_reading, open_for_writing
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_rows(path: Path, sql: str, parameters: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a statement. Raises ``StoreError``."""
    with closing(open_for_reading(path)) as connection, translated_errors(path):
        return connection.execute(sql, parameters).fetchall()


def change_rows(path: Path, sql: str, parameters: Sequence[str | int]) -> int:
    """Run a statement in a transaction of its own and return the number of rows it changed. Raises ``StoreError``."""
    with closing(open_for_writing(path)) as connection, translated_errors(path):
        return connection.execute(sql, parameters).rowcount
