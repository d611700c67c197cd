"""Threads that scan what lies on remote file systems, one for each mount: one that hangs holds up nothing else."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from loglama_core.collector.backlog_thread import BacklogThread
from loglama_core.collector.discovery import Discovery
from loglama_core.collector.remote_mounts import RemoteMounts
from loglama_core.collector.scanner import Scanner
from loglama_core.errors import StoreError
from loglama_core.store.intake import Intake
from loglama_core.store.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from loglama_core.collector.discovery import Candidate
    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState

SCAN_INTERVAL_S = 1.0
LOOK_INTERVAL_S = 0.1
"""How often the sizes of open files are asked for: no events tell of what another machine writes."""
SILENT_S = 5.0
"""A file system that has answered nothing for so long is said to hang; it is waited for all the same."""
_RETRY_S = 2.0
_JOIN_S = 1.0
UNANSWERED = "the file system does not answer: its logs wait until it does, and the others go on"


class RemoteScan:
    """Scans what lies on one mount until stopped, with a writer and a backlog of its own.

    Only its own thread touches the file system, so every question here is answered at once. ``problems``: path -> why
    it cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        mount: str,
        on_stored: Callable[[SourceState, int, int], None],
        on_event: Callable[[str, dict[str, object]], None],
        on_commit: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._mount = mount
        self._on_stored = on_stored
        self._on_event = on_event
        self._on_commit = on_commit
        self._stopping = threading.Event()
        self._asked_at: float | None = None
        self._problems: dict[str, str] = {}
        self.backlog_bytes = 0
        self.waiting = 0
        self._thread = threading.Thread(target=self._work, name=f"loglama-remote {mount}", daemon=True)
        self._thread.start()

    @property
    def is_silent(self) -> bool:
        """Whether the file system has not answered for a while."""
        asked_at = self._asked_at
        return asked_at is not None and time.monotonic() - asked_at > SILENT_S

    @property
    def problems(self) -> dict[str, str]:
        """Why which path cannot be read."""
        return {self._mount: UNANSWERED} if self.is_silent else dict(self._problems)

    def stop(self) -> None:
        """Ask it to end."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for its end, but not for a file system: a thread that waits for one ends when that answers."""
        self._thread.join(0.0 if self.is_silent else _JOIN_S)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._collect()
            except StoreError:  # the scanning of the local files says so
                self._asked_at = None
                self._stopping.wait(_RETRY_S)

    def _collect(self) -> None:
        writer = RecordWriter(self._settings.db_path, Intake.of(self._settings))
        writer.on_commit = self._on_commit
        with RemoteMounts() as mounts:
            discovery = ToldDiscovery(self._settings, None, mounts, self._mount, self._note_answer)
            scanner = Scanner(self._settings, writer, discovery=discovery, on_stored=self._stored)
            backlog = BacklogThread(self._settings, self._stored, self._stopping, self._on_event, self._on_commit)
            try:
                self._scan_until_stopped(scanner, backlog)
            finally:
                backlog.close()
                scanner.close()
                writer.close()

    def _scan_until_stopped(self, scanner: Scanner, backlog: BacklogThread) -> None:
        next_scan = 0.0
        while not self._stopping.is_set():
            backlog.check()
            self._note_answer()
            now = time.monotonic()
            if now >= next_scan:
                next_scan = now + SCAN_INTERVAL_S
                result = scanner.scan()
                self._problems = dict(scanner.problems)
                self.backlog_bytes = sum(source.lag_bytes for source in scanner.sources())
            else:
                result = scanner.scan_open_files()
            backlog.add(result.backlog)
            self.waiting = backlog.waiting
            if result.is_rescan_due:
                next_scan = 0.0
            self._asked_at = None
            self._stopping.wait(LOOK_INTERVAL_S)

    def _note_answer(self) -> None:
        self._asked_at = time.monotonic()

    def _stored(self, source: SourceState, records: int, size: int) -> None:
        self._on_stored(source, records, size)
        if threading.current_thread() is self._thread:
            self._note_answer()


class ToldDiscovery(Discovery):
    """Tells of each file that was looked at: a scan of thousands may take its time, as long as it goes on."""

    def __init__(
        self,
        settings: Settings,
        services: Collection[str] | None,
        mounts: RemoteMounts,
        mount: str,
        on_answer: Callable[[], None],
    ) -> None:
        super().__init__(settings, services, mounts=mounts, mount=mount)
        self._on_answer = on_answer

    def candidates(self) -> Iterator[Candidate]:
        """Yield each matching file once."""
        for candidate in super().candidates():
            self._on_answer()
            yield candidate


class RemoteScans:
    """The scans of all remote mounts that hold logs, for the thread that scans the local ones."""

    def __init__(
        self,
        settings: Settings,
        on_stored: Callable[[SourceState, int, int], None],
        on_event: Callable[[str, dict[str, object]], None],
        on_commit: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._heard_by = on_stored, on_event, on_commit
        self._scans: dict[str, RemoteScan] = {}

    def look(self, mounts: set[str]) -> None:
        """Scan exactly these mounts from now on."""
        for mount in self._scans.keys() - mounts:
            self._scans.pop(mount).stop()
        for mount in mounts - self._scans.keys():
            self._scans[mount] = RemoteScan(self._settings, mount, *self._heard_by)

    @property
    def problems(self) -> dict[str, str]:
        """Why which path cannot be read."""
        return {path: why for scan in self._scans.values() for path, why in scan.problems.items()}

    @property
    def backlog_bytes(self) -> int:
        """The bytes not yet read, as of the last scan of each."""
        return sum(scan.backlog_bytes for scan in self._scans.values())

    @property
    def waiting(self) -> int:
        """The number of sources whose backlog waits for its turn."""
        return sum(scan.waiting for scan in self._scans.values())

    def close(self) -> None:
        """Stop all scans and wait for those whose file system answers."""
        for scan in self._scans.values():
            scan.stop()
        for scan in self._scans.values():
            scan.join()
        self._scans.clear()
