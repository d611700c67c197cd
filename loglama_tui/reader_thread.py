"""A thread that owns a reader of the store, so that no widget ever waits for the disk.

Jobs have names; a newer job of a name replaces the one that waits and stops the one that runs. Jobs post messages,
they never touch a widget.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from loglama_core.errors import LogLamaError, QueryCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.store.record_reader import RecordReader

    Job = Callable[[RecordReader, "Stale"], object]
    Stale = Callable[[], bool]


class ReaderThread:
    """Runs jobs ``job(reader, stale)`` one after the other, newest of each name only.

    ``stale()`` tells a long job that it was replaced. ``failed`` is called in the thread with a ``LogLamaError``,
    ``crashed`` with any other exception: a bug, which the app raises where it is seen.
    """

    def __init__(
        self,
        name: str,
        reader_factory: Callable[[], RecordReader],
        *,
        failed: Callable[[str, LogLamaError], object],
        crashed: Callable[[BaseException], object],
    ) -> None:
        self._factory = reader_factory
        self._failed = failed
        self._crashed = crashed
        self._condition = threading.Condition()
        self._waiting: dict[str, Job] = {}
        self._tickets: dict[str, int] = {}
        self._running: str | None = None
        self._reader: RecordReader | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"loglama-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread; the reader opens with the first job."""
        self._thread.start()

    def submit(self, name: str, job: Job) -> None:
        """Run ``job`` as soon as possible in place of every earlier job of this name."""
        with self._condition:
            self._tickets[name] = self._tickets.get(name, 0) + 1
            self._waiting[name] = job
            self._interrupt(name)
            self._condition.notify()

    def cancel(self, name: str) -> None:
        """Forget the waiting job of this name and stop the running one."""
        with self._condition:
            self._tickets[name] = self._tickets.get(name, 0) + 1
            self._waiting.pop(name, None)
            self._interrupt(name)

    def stop(self) -> None:
        """Stop whatever runs, close the reader and end the thread. Returns when it is done."""
        with self._condition:
            self._stopping = True
            self._waiting.clear()
            if self._running is not None:
                self._interrupt(self._running)
            self._condition.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _interrupt(self, name: str) -> None:
        if self._running == name and self._reader is not None:
            self._reader.interrupt()

    def _run(self) -> None:
        try:
            while (next_job := self._next()) is not None:
                self._do(*next_job)
        except BaseException as bug:  # noqa: BLE001 - the outermost edge of this thread
            self._crashed(bug)
        finally:
            if self._reader is not None:
                self._reader.close()

    def _next(self) -> tuple[str, Job, int] | None:
        with self._condition:
            self._running = None
            self._condition.wait_for(lambda: self._waiting or self._stopping)
            if self._stopping:
                return None
            name = next(iter(self._waiting))
            self._running = name
            return name, self._waiting.pop(name), self._tickets[name]

    def _do(self, name: str, job: Job, ticket: int) -> None:
        def stale() -> bool:
            return self._stopping or self._tickets[name] != ticket

        try:
            if self._reader is None:
                self._reader = self._factory()
            job(self._reader, stale)
        except QueryCancelledError:
            return
        except LogLamaError as error:
            if not stale():
                self._failed(name, error)
