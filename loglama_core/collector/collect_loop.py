"""Collecting without end: a scan every second, at once when something is written, every 30 ms while it pours.

The loop belongs to the thread that runs it; ``stop`` and ``status`` may be called from any other.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from loglama_core.collector.backlog_thread import BacklogThread
from loglama_core.collector.discovery import Discovery
from loglama_core.collector.folder_watch import FolderWatch
from loglama_core.collector.index_thread import IndexThread
from loglama_core.collector.own_log import OWN_LOG
from loglama_core.collector.pass_schedule import PassSchedule
from loglama_core.collector.remote_mounts import RemoteMounts, network_file_system_of
from loglama_core.collector.remote_scan import RemoteScans
from loglama_core.collector.retention_keeper import RetentionKeeper
from loglama_core.collector.scanner import Scanner
from loglama_core.collector.self_meter import SelfMeter
from loglama_core.errors import StoreError
from loglama_core.formats.own_folder import use_folder
from loglama_core.store.index_status import index_status
from loglama_core.store.intake import Intake
from loglama_core.store.search_database import search_path
from loglama_core.store.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState

SCAN_INTERVAL_S = 1.0
"""A full scan is the truth; file events only make it come sooner."""
BUSY_INTERVAL_S = 0.03
"""While files grow, their sizes are looked at this often: 33 commits a second cost 3 % of a core, and a line waits 15
ms on average.
"""
BUSY_FOR_S = 2.0
"""How long after the last new line the loop still looks that often."""
SHORTEST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
"""How long trouble with the store (full disk, lock, replaced file) is waited out before the next try, doubling in
between.
"""
STORE_TROUBLE = "store trouble"
"""The event of a store that cannot be written now; its field ``error`` says why."""
LOW_DISK_EVENT = "disk nearly full"
"""The event of a disk so full that not every record is stored; without a field ``error`` when it no longer is."""
NETWORK_EVENT = "store on a network file system"
"""The event of a store that lies where SQLite's write-ahead log is unsafe; its field ``error`` says so (fault 12)."""
STORE_WELL = "store well again"
"""The event of the first scan after such trouble."""


@dataclass(slots=True, frozen=True)
class CollectorStatus:
    """What the loop is doing now. ``problems``: source path -> why it cannot be read."""

    collecting: bool
    records_per_s: float = 0.0
    backlog_bytes: int = 0
    error: str | None = None
    records: int = 0
    problems: dict[str, str] = field(default_factory=dict)


class CollectLoop:
    """Collects for ``settings`` until stopped.

    ``on_committed(records)`` is called from the collecting threads after each commit.

    ``kind`` is noted in the store with the run: ``daemon`` or ``explorer``. ``interval_s``: how often a scheduled pass
    stores what is held back otherwise, a last line that nobody ends; ``None``: never.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        kind: str,
        interval_s: int | None = None,
        on_committed: Callable[[int], None] = lambda _: None,
        on_event: Callable[[str, dict[str, object]], None] = lambda _name, _fields: None,
    ) -> None:
        use_folder(settings.formats_dir)
        self._settings = settings
        self._kind = kind
        self._interval_s = interval_s
        self._on_committed = on_committed
        self._on_event = on_event
        self._stopping = threading.Event()
        self._hint = threading.Event()
        self._lock = threading.Lock()
        self._recent: deque[tuple[float, int, int, int]] = deque()
        """Of the last seconds: when, of which source, records, bytes."""
        self._records = 0
        self._bytes = 0
        self._backlog_bytes = 0
        self._collecting = False
        self._error: str | None = None
        self._problems: dict[str, str] = {}
        self._retry_s = SHORTEST_RETRY_S
        self._meter = SelfMeter(kind)
        self._first_scan_listener: Callable[[], None] | None = None
        self._index = IndexThread(settings.db_path, on_event)
        self._remote = RemoteScans(settings, self._on_stored, on_event, self._meter.add_commit)
        self._warning: str | None = None
        self._given_way_until = 0.0

    def on_first_scan(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called once.

        From the collecting thread, when every source has been looked at for the first time.
        """
        self._first_scan_listener = listener

    def stop(self) -> None:
        """Ask the loop to end; it does within a second, after the commit it is in."""
        self._stopping.set()
        self._hint.set()

    def give_way(self, seconds: float) -> None:
        """Let another thread of this program have the processor: the next batch of a backlog waits for so long."""
        self._given_way_until = time.monotonic() + seconds

    def status(self) -> CollectorStatus:
        """Return what the loop is doing now."""
        return CollectorStatus(
            collecting=self._collecting,
            records_per_s=self._rate(),
            backlog_bytes=self._backlog_bytes,
            error=self._error,
            records=self._records,
            problems=dict(self._problems),
        )

    def run(self) -> None:
        """Collect until ``stop``.

        Trouble with the store is waited out and tried again: offsets are in the store, so nothing is lost.
        """
        network = network_file_system_of(str(self._settings.db_path))
        if network is not None:
            self._warning = f"the store is on a network file system ({network[1]}), where SQLite can lose what it wrote"
            self._on_event(NETWORK_EVENT, {"error": self._warning})
        while not self._stopping.is_set():
            try:
                self._collect()
            except StoreError as error:
                self._collecting = False
                self._error = error.message
                self._on_event(STORE_TROUBLE, {"error": error.message, "retry_s": self._retry_s})
                self._stopping.wait(self._retry_s)
                self._retry_s = min(LONGEST_RETRY_S, self._retry_s * 2)
        self._collecting = False
        self._remote.close()

    def _collect(self) -> None:
        """Open the store and scan until told to stop."""
        self._index = IndexThread(self._settings.db_path, self._on_event)
        writer = RecordWriter(self._settings.db_path, Intake.of(self._settings))
        writer.on_commit = self._meter.add_commit
        run_id = writer.start_run(self._kind, self._interval_s)
        mounts = RemoteMounts()
        discovery = Discovery(self._settings, mounts=mounts)
        scanner = Scanner(self._settings, writer, discovery=discovery, on_stored=self._on_stored)
        own_databases = self._settings.db_path.name, search_path(self._settings.db_path).name
        watch = FolderWatch(self._hint.set, ignored=(*own_databases, OWN_LOG))
        backlog = BacklogThread(
            self._settings, self._on_stored, self._stopping, self._on_event, self._backlog_committed
        )
        self._index.note()  # of what an earlier run left
        retention = RetentionKeeper(self._settings.db_path, self._settings.retention, self._on_event)
        retention.start()
        try:
            self._scan_until_stopped(_Run(writer, run_id, scanner, discovery, watch, backlog))
        finally:
            retention.close()
            backlog.close()
            self._index.close()
            watch.close()
            scanner.close()
            mounts.close()
            writer.close()

    def _scan_until_stopped(self, run: _Run) -> None:
        next_scan = 0.0
        busy_until = 0.0
        if self._interval_s is not None:
            run.schedule = PassSchedule(self._interval_s, time.monotonic())
        while not self._stopping.is_set():
            run.backlog.check()
            self._hint.clear()
            now = time.monotonic()
            if now >= next_scan or run.is_hinted:
                next_scan = now + SCAN_INTERVAL_S
                result = run.scanner.scan(is_scheduled=run.schedule is not None and run.schedule.is_due(now))
                self._after_scan(run)
            else:
                result = run.scanner.scan_open_files()
            run.backlog.add(result.backlog)
            if result.is_rescan_due:
                next_scan = 0.0
            if result.bytes:
                busy_until = time.monotonic() + BUSY_FOR_S
            now = time.monotonic()
            if now < busy_until:
                run.watch.pause()
                run.is_hinted = False
                self._stopping.wait(BUSY_INTERVAL_S)
            elif run.watch.watch(run.discovery.folders()):
                run.is_hinted = True  # what was written since the last look, before there was a watch
            else:
                run.is_hinted = self._hint.wait(max(0.0, next_scan - now))
        run.publish(self, ended=True)

    def _backlog_committed(self, seconds: float) -> None:
        self._meter.add_commit(seconds)
        given_s = self._given_way_until - time.monotonic()
        if given_s > 0:
            self._stopping.wait(given_s)

    def _after_scan(self, run: _Run) -> None:
        self._remote.look(set(run.discovery.elsewhere))
        problems = run.scanner.problems | self._remote.problems
        for path in problems.keys() - self._problems.keys():
            self._on_event("source trouble", {"source": path, "error": problems[path]})
        self._problems = problems
        self._backlog_bytes = sum(source.lag_bytes for source in run.scanner.sources()) + self._remote.backlog_bytes
        self._error = run.backlog.error or run.watch.problem or run.notice(self._on_event) or self._warning
        self._collecting = True
        if self._retry_s > SHORTEST_RETRY_S:
            self._retry_s = SHORTEST_RETRY_S
            self._on_event(STORE_WELL, {})
        run.publish(self)
        if self._meter.is_due:
            waits = {
                "lag_bytes": self._backlog_bytes,
                "queue": run.backlog.waiting + self._remote.waiting,
                "index_backlog": index_status(self._settings.db_path).backlog,
            }
            run.writer.note_metrics(self._meter.take(self._settings.db_path, **waits))
        if self._first_scan_listener is not None:
            self._first_scan_listener()
            self._first_scan_listener = None

    def _on_stored(self, source: SourceState, records: int, size: int) -> None:
        with self._lock:
            self._records += records
            self._bytes += size
            self._recent.append((time.monotonic(), source.id, records, size))
        self._meter.add_stored(records, size)
        self._index.note()
        self._on_committed(records)

    def _rate(self) -> float:
        """Return records stored per second over the last five seconds."""
        with self._lock:
            self._forget_past()
            return sum(records for _, _, records, _ in self._recent) / _RATE_WINDOW_S

    def rates(self) -> dict[int, tuple[float, float]]:
        """Return (records, bytes) stored per second over the last five seconds, by the id of their source."""
        sums: dict[int, tuple[int, int]] = {}
        with self._lock:
            self._forget_past()
            for _, source_id, records, size in self._recent:
                before = sums.get(source_id, (0, 0))
                sums[source_id] = before[0] + records, before[1] + size
        return {
            source_id: (round(records / _RATE_WINDOW_S, 1), round(size / _RATE_WINDOW_S, 1))
            for source_id, (records, size) in sums.items()
        }

    def _forget_past(self) -> None:
        since = time.monotonic() - _RATE_WINDOW_S
        while self._recent and self._recent[0][0] < since:
            self._recent.popleft()

    def totals(self) -> tuple[int, int]:
        """Return (records, bytes) stored since the loop began."""
        return self._records, self._bytes


_RATE_WINDOW_S = 5.0
_SOURCES_NOTED = 200


def _as_json(by_source: Mapping[str, object]) -> str | None:
    return json.dumps(dict(islice(by_source.items(), _SOURCES_NOTED))) if by_source else None


class _Run:
    """What one opening of the store works with."""

    def __init__(
        self,
        writer: RecordWriter,
        run_id: int,
        scanner: Scanner,
        discovery: Discovery,
        watch: FolderWatch,
        backlog: BacklogThread,
    ) -> None:
        self.writer = writer
        self.run_id = run_id
        self.scanner = scanner
        self.discovery = discovery
        self.watch = watch
        self.backlog = backlog
        self.is_hinted = False
        self.schedule: PassSchedule | None = None
        self._notice: str | None = None
        self._published: dict[str, object] = {}

    def notice(self, on_event: Callable[[str, dict[str, object]], None]) -> str | None:
        """Return what is left out of the store now, and tell it as an event when that changes."""
        said = self.writer.intake.notice if self.writer.intake is not None else None
        if said != self._notice:
            self._notice = said
            on_event(LOW_DISK_EVENT, {"error": said} if said else {})
        return said

    def publish(self, loop: CollectLoop, *, ended: bool = False) -> None:
        """Note in the store how the run goes, for ``log-collector status``.

        Nothing is written while nothing changes.
        """
        status = loop.status()
        records, size = loop.totals()
        now: dict[str, object] = {
            "records": records,
            "bytes": size,
            "records_per_s": round(status.records_per_s, 1),
            "backlog_bytes": status.backlog_bytes,
            "problems": _as_json(status.problems),
            "rates": _as_json({str(source_id): rate for source_id, rate in loop.rates().items()}),
            "error": status.error or next((f"{path}: {why}" for path, why in status.problems.items()), None),
        }
        if ended:
            now["ended_ns"] = time.time_ns()
        if now != self._published:
            self.writer.update_run(self.run_id, **now)
            self._published = now
