"""One statement that a person's action writes into the store, beside whatever collects."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from loglama_core.store.database import open_for_writing
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write(path: Path, sql: str, parameters: Sequence[str | int]) -> int:
    """Run a statement in a transaction of its own and return the number of rows it changed. Raises ``StoreError``."""
    with closing(open_for_writing(path)) as connection, translated_errors(path):
        return connection.execute(sql, parameters).rowcount
