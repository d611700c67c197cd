"""The thread that works off backlogs beside the scanning one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from loglama_core.collector.backlog import BacklogReader
from loglama_core.errors import SourceError, StoreError
from loglama_core.store.intake import Intake
from loglama_core.store.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.collector.stream import Stream
    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState


class BacklogThread:
    """Works off backlogs beside the scanning thread, with a writer of its own.

    One stream at a time, newest file first.
    """

    def __init__(
        self,
        settings: Settings,
        on_stored: Callable[[SourceState, int, int], None],
        stopping: threading.Event,
        on_event: Callable[[str, dict[str, object]], None],
        on_commit: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._on_stored = on_stored
        self._stopping = stopping
        self._on_event = on_event
        self._on_commit = on_commit
        self._closing = False
        self._lock = threading.Lock()
        self._queue: list[Stream] = []
        self._thread: threading.Thread | None = None
        self._failure: StoreError | None = None
        self.error: str | None = None

    def add(self, streams: list[Stream]) -> None:
        """Queue streams (most recently written first) and mark them busy, which makes them this thread's own."""
        if not streams:
            return
        for stream in streams:
            stream.busy = True
        with self._lock:
            self._queue = sorted([*self._queue, *streams], key=lambda stream: stream.modified_ns, reverse=True)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="loglama-backlog", daemon=True)
                self._thread.start()

    def check(self) -> None:
        """Raise in the scanning thread what the store refused in this one."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop after the batch in hand and wait for it."""
        self._closing = True
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    @property
    def waiting(self) -> int:
        """The number of streams that wait for their turn."""
        return len(self._queue)

    def _should_stop(self) -> bool:
        return self._closing or self._stopping.is_set()

    def _work(self) -> None:
        try:
            self._work_off()
        except StoreError as error:
            self._failure = error

    def _work_off(self) -> None:
        writer = RecordWriter(self._settings.db_path, Intake.of(self._settings))
        writer.on_commit = self._on_commit
        try:
            with BacklogReader(
                writer, max_message=self._settings.max_message_length, on_stored=self._on_stored
            ) as reader:
                while (stream := self._next()) is not None:
                    self._read(reader, stream)
        finally:
            writer.close()

    def _next(self) -> Stream | None:
        """Take the next stream.

        ``None`` ends the thread, decided under the lock so that no stream is queued for a thread that ends.
        """
        with self._lock:
            if self._queue and not self._should_stop():
                return self._queue.pop(0)
            self._thread = None
            return None

    def _read(self, reader: BacklogReader, stream: Stream) -> None:
        self._on_event("backlog begun", {"source": stream.source.path, "bytes": stream.source.lag_bytes})
        try:
            reader.read(stream, self._should_stop)
            self.error = None
        except (SourceError, OSError) as error:
            self.error = f"{stream.source.path}: {error}"
        finally:
            stream.busy = False
        self._on_event("backlog done", {"source": stream.source.path, "offset": stream.source.offset})
