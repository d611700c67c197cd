"""The thread that keeps the search index behind the records: whoever collects, indexes."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from loglama_core.errors import StoreError
from loglama_core.store.search_index import RecordIndexer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LOOK_EVERY_S = 1.0
_WAITING_BLOCKS = 256
"""So many are indexed at once while records pour in: a query reads 8,192 records that are not yet indexed in 2 ms."""

_QUIET_S = 5.0
"""After that what is left is indexed, too."""

_RETRY_S = 30.0
_NICENESS = 19
"""Of the thread, as Linux has it: an import of 1,000,000 lines on two cores was visible after 7.6 s instead of 5 when
the index took its share of them; so it takes what parsing and storing leave."""

INDEX_TROUBLE = "search index trouble"
"""The event of an index that was made anew, or cannot be made now; its field ``error`` says why."""


class IndexThread:
    """Indexes the store at ``path`` beside those who write it; SQLite does it without Python's lock.

    Trouble with the index is told (``on_event``) and tried again: no query needs it for a right answer.
    """

    def __init__(self, path: Path, on_event: Callable[[str, dict[str, object]], None]) -> None:
        self._path = path
        self._on_event = on_event
        self._stopping = threading.Event()
        self._changed = time.monotonic()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def note(self) -> None:
        """Say that records were stored, from whichever thread stores; the first time starts the thread."""
        self._changed = time.monotonic()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="loglama-index", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop after the chunk in hand (0.2 s) and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def finish(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Stop the thread and index here what is left, if there was anything to index at all."""
        self.close()
        if self._thread is not None:
            with RecordIndexer(self._path, on_rebuilt=self._rebuilt) as indexer:
                self._catch_up(indexer, should_stop, 1)

    def _work(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        with RecordIndexer(self._path, on_rebuilt=self._rebuilt) as indexer:
            wait_s = 0.0
            while not self._stopping.wait(wait_s):
                quiet = time.monotonic() - self._changed > _QUIET_S
                fine = self._catch_up(indexer, self._stopping.is_set, 1 if quiet else _WAITING_BLOCKS)
                wait_s = _LOOK_EVERY_S if fine else _RETRY_S

    def _catch_up(self, indexer: RecordIndexer, should_stop: Callable[[], bool], at_least: int) -> bool:
        try:
            indexer.catch_up(should_stop, at_least=at_least)
        except StoreError as error:
            self._on_event(INDEX_TROUBLE, {"error": error.message})
            return False
        return True

    def _rebuilt(self, why: str) -> None:
        self._on_event(INDEX_TROUBLE, {"error": why})
