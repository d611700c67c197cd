"""Copying a store while it is written: one moment of it, whole, in a file of its own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from loglama_core.errors import QueryCancelledError, StoreError
from loglama_core.private_file import replace_atomically
from loglama_core.store.database import open_for_reading
from loglama_core.store.sqlite_errors import translated_errors
from loglama_core.store.store_files import refuse_store_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PAGES = 4_096
"""Copied between two reports: 32 MB, 50 ms."""


def backup(
    path: Path,
    target: Path,
    *,
    force: bool = False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Copy the store at ``path`` to ``target`` as it is at one moment; return the bytes of the copy.

    Writers go on meanwhile. The copy appears when it is whole and verified; it gets an identity of its own, so that a
    search index made for one is never taken for that of the other. ``on_progress``: bytes done, bytes in all. Raises
    ``StoreError``, ``UsageError`` if ``target`` exists and ``force`` is not given, or is the store.
    """
    refuse_store_file(path, target)
    with replace_atomically(target, force=force) as partial:
        with closing(open_for_reading(path)) as source, translated_errors(path):
            _copy(source, partial, on_progress, cancelled)
        with closing(sqlite3.connect(partial, isolation_level=None)) as copy, translated_errors(partial):
            copy.execute("UPDATE store_state SET identity = lower(hex(randomblob(16)))")
            copy.execute("PRAGMA journal_mode = DELETE")  # so that the copy is this one file
            problems = copy.execute("PRAGMA quick_check(1)").fetchall()
        if problems != [("ok",)]:
            raise StoreError(f"the copy of {path} is damaged: {problems[0][0]}", "run `loglama check`")
        return os.stat(partial).st_size  # noqa: PTH116 - of the file as it is on disk


def _copy(
    source: sqlite3.Connection,
    target: Path,
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> None:
    page_bytes = source.execute("PRAGMA page_size").fetchone()[0]

    def progress(_status: int, remaining: int, total: int) -> None:
        if cancelled():
            raise QueryCancelledError("the backup was cancelled", "nothing was left behind")
        on_progress((total - remaining) * page_bytes, total * page_bytes)

    # Held open, the transaction keeps every page at one moment: without it the copy would begin anew with each commit.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sources").fetchone()
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy, pages=_PAGES, progress=progress)
    source.execute("COMMIT")
