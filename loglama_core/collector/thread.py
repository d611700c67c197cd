"""The collector inside another program: the explorer's own, while no daemon is at work."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from loglama_core.collector.collect_loop import CollectLoop, CollectorStatus
from loglama_core.collector.daemon_lock import running_daemon
from loglama_core.collector.own_log import collector_log
from loglama_core.errors import CollectorError, StoreError
from loglama_core.store.collector_runs import last_daemon_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.config.settings import Settings

_STOP_S = 10.0
_LOOK_FOR_DAEMON_S = 2.0
"""How often it is asked whether a daemon has come or gone. Both at once would be exact too, but twice the work."""


class CollectorThread:
    """Collects in threads of this process, and leaves it to the daemon while one is running.

    ``on_committed(records)`` is called from the collecting threads after each commit of theirs.
    """

    def __init__(self, settings: Settings, on_committed: Callable[[int], None]) -> None:
        self._settings = settings
        self._on_committed = on_committed
        self._stopping = threading.Event()
        self._loop: CollectLoop | None = None
        self._thread = threading.Thread(target=self._run, name="loglama-collector", daemon=True)
        self.daemon_pid: int | None = None
        """The process that collects instead, if there is one."""
        self.daemon_backlog_bytes = 0
        """How much that process has not read yet, as it said last."""

    def start(self) -> None:
        """Begin to collect."""
        self._thread.start()

    def stop(self) -> None:
        """End after the commit in hand; returns within ten seconds, usually at once."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def status(self) -> CollectorStatus:
        """Return what this process's own collecting does now."""
        loop = self._loop
        return CollectorStatus(collecting=False) if loop is None else loop.status()

    def give_way(self, seconds: float) -> None:
        """Have the next batch of a backlog wait so long: a key was pressed, and what it asks for is drawn first."""
        loop = self._loop
        if loop is not None:
            loop.give_way(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            daemon = running_daemon(self._settings.db_path)
            self.daemon_pid = None if daemon is None else daemon.pid
            self.daemon_backlog_bytes = self._backlog_of_daemon() if daemon is not None else 0
            if daemon is None:
                self._collect_until_daemon()
            else:
                self._stopping.wait(_LOOK_FOR_DAEMON_S)

    def _backlog_of_daemon(self) -> int:
        try:
            run = last_daemon_run(self._settings.db_path)
        except StoreError:  # it may be making the store this very moment
            return 0
        return run.backlog_bytes if run is not None and run.pid == self.daemon_pid else 0

    def _note_trouble(self, event: str, fields: dict[str, object]) -> None:
        """Write what goes wrong into LogLama's own log; that an explorer comes and goes is nobody's news."""
        if "error" in fields:
            with suppress(CollectorError), collector_log(self._settings) as log:  # the screen says it as well
                log(event, fields)

    def _collect_until_daemon(self) -> None:
        self._loop = CollectLoop(
            self._settings, kind="explorer", on_committed=self._on_committed, on_event=self._note_trouble
        )
        worker = threading.Thread(target=self._loop.run, name="loglama-collect-loop", daemon=True)
        worker.start()
        try:
            while not self._stopping.wait(_LOOK_FOR_DAEMON_S):
                if running_daemon(self._settings.db_path) is not None:
                    return
        finally:
            self._loop.stop()
            worker.join()
            self._loop = None
