"""One collection pass, now: everything readable is in the store when it returns."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglama_core.collector.backlog import BacklogReader
from loglama_core.collector.discovery import Discovery
from loglama_core.collector.index_thread import IndexThread
from loglama_core.collector.remote_mounts import RemoteMounts
from loglama_core.collector.remote_scan import SILENT_S, UNANSWERED, ToldDiscovery
from loglama_core.collector.retention_keeper import keep_within
from loglama_core.collector.scanner import Scanner
from loglama_core.errors import SourceError, StoreError
from loglama_core.formats.own_folder import use_folder
from loglama_core.store.intake import Intake
from loglama_core.store.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from loglama_core.collector.given_files import GivenFiles
    from loglama_core.collector.stream import Stream
    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState

_PROGRESS_EVERY_S = 0.05
"""Telling it after each batch would ask 3,000 sources 3,000 times what they have left: 10 s."""

_LOOK_S = 0.05


@dataclass(slots=True)
class SourceReport:
    """What a pass did for one source. ``error``: why it, or the rest of it, could not be read.

    ``note``: what else to know of it.
    """

    source: str
    service: str
    records: int = 0
    bytes: int = 0
    gap_bytes: int = 0
    error: str | None = None
    note: str | None = None


@dataclass(slots=True, frozen=True)
class Progress:
    """How far a pass is. ``bytes_total`` counts what was unread when it began and grows when files do."""

    bytes_done: int
    bytes_total: int
    records: int
    source: str


def collect_once(
    settings: Settings,
    *,
    services: Collection[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[SourceReport]:
    """Store every complete line that is in the sources now; returns one report per source, in the order of their paths.

    Stopping is safe at any time: what was committed stays, the next pass goes on from there. A remote file system that
    does not answer is given up after five seconds of silence, and reported. Raises ``StoreError``.
    """
    with RemoteMounts() as mounts:
        discovery = Discovery(settings, services, mounts=mounts)
        reports = _collect(settings, discovery, on_progress, should_stop)
        for mount in sorted(discovery.elsewhere):
            reports += _RemotePass(settings, services, mount, on_progress, should_stop).run()
    reports.sort(key=lambda report: report.source)
    if settings.retention is not None and settings.retention.prunes:
        keep_within(settings.db_path, settings.retention, time.time_ns(), should_stop, lambda: None)
    return reports


def _collect(
    settings: Settings,
    discovery: Discovery,
    on_progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool],
) -> list[SourceReport]:
    writer = RecordWriter(settings.db_path, Intake.of(settings))
    try:
        return CollectionPass(settings, writer, discovery, on_progress, should_stop).run()
    finally:
        writer.close()


class _RemotePass:
    """A pass over one remote mount, in a thread that is left to itself when the file system does not answer."""

    def __init__(
        self,
        settings: Settings,
        services: Collection[str] | None,
        mount: str,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._services = services
        self._mount = mount
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._answered_at = time.monotonic()
        self._is_given_up = False
        self._reports: list[SourceReport] = []
        self._failure: StoreError | None = None

    def run(self) -> list[SourceReport]:
        worker = threading.Thread(target=self._work, name=f"loglama-remote {self._mount}", daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(_LOOK_S)
            if time.monotonic() - self._answered_at > SILENT_S:
                self._is_given_up = True
                return [SourceReport(self._mount, "", error=UNANSWERED)]
        if self._failure is not None:
            raise self._failure
        return self._reports

    def _work(self) -> None:
        try:
            with RemoteMounts() as mounts:
                discovery = ToldDiscovery(self._settings, self._services, mounts, self._mount, self._note_answer)
                self._reports = _collect(self._settings, discovery, self._on_progress, self._should_end)
        except StoreError as error:
            self._failure = error

    def _note_answer(self) -> None:
        self._answered_at = time.monotonic()

    def _should_end(self) -> bool:
        """Asked between any two batches, and while what was stored is indexed."""
        self._note_answer()
        return self._is_given_up or self._should_stop()


class CollectionPass:
    """Reads what ``discovery`` finds to its end. ``is_import``: as for ``Scanner``."""

    def __init__(
        self,
        settings: Settings,
        writer: RecordWriter,
        discovery: Discovery | GivenFiles,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool],
        *,
        is_import: bool = False,
    ) -> None:
        use_folder(settings.formats_dir)
        self._settings = settings
        self._writer = writer
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._reports: dict[int, SourceReport] = {}
        self._records = 0
        self._bytes = 0
        self._next_progress = 0.0
        self._index = IndexThread(settings.db_path, lambda _name, _fields: None)
        self._scanner = Scanner(settings, writer, discovery=discovery, on_stored=self._on_stored, is_import=is_import)

    def run(self) -> list[SourceReport]:
        """Read, and return one report per source, in the order of their paths."""
        run_id = self._writer.start_run("pass", None)
        try:
            self._collect()
            self._index.finish(self._should_stop)
            for source in self._scanner.sources():
                report = self._report(source)
                report.gap_bytes = source.gap_bytes
                report.error = source.error
                report.note = self._scanner.databases.notes.get(source.path)
        finally:
            self._index.close()
            self._scanner.close()
            self._writer.update_run(run_id, records=self._records, bytes=self._bytes, ended_ns=time.time_ns())
        reports = {report.source: report for report in self._reports.values()}
        for path, problem in self._scanner.problems.items():
            reports.setdefault(path, SourceReport(path, "")).error = problem
        return [reports[path] for path in sorted(reports)]

    def _collect(self) -> None:
        with BacklogReader(
            self._writer, max_message=self._settings.max_message_length, on_stored=self._on_stored
        ) as backlog:
            while not self._should_stop():
                before = self._bytes
                result = self._scanner.scan(final=True)
                for stream in result.backlog:
                    if self._should_stop():
                        return
                    self._read_backlog(backlog, stream)
                if self._bytes == before and not result.is_rescan_due:
                    return

    def _read_backlog(self, backlog: BacklogReader, stream: Stream) -> None:
        try:
            backlog.read(stream, self._should_stop)
        except SourceError:
            # Truncated or replaced since the scan: the next scan of this pass sorts it out and says so.
            return
        except OSError as error:
            self._scanner.problems[stream.source.path] = f"it cannot be read: {error.strerror}"

    def _report(self, source: SourceState) -> SourceReport:
        return self._reports.setdefault(source.id, SourceReport(source.name, source.service))

    def _on_stored(self, source: SourceState, records: int, size: int) -> None:
        report = self._report(source)
        report.records += records
        report.bytes += size
        self._records += records
        self._bytes += size
        self._index.note()
        if self._on_progress is not None and time.monotonic() >= self._next_progress:
            self._next_progress = time.monotonic() + _PROGRESS_EVERY_S
            unread = sum(each.lag_bytes for each in self._scanner.sources())
            self._on_progress(Progress(self._bytes, self._bytes + unread, self._records, source.name))
