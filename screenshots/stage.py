"""The explorer as pictures and screen tests show it: the demo up to a fixed moment, on a machine that is made up.

Records, queries, counts and drawing are real. Made up is only what no two machines have in common: processes, disk,
versions, and how long a check takes.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import patch

from loglama_core.collector.collect_loop import CollectorStatus
from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import load_settings
from loglama_core.demo.ecosystem import DemoEcosystem
from loglama_core.ecosystem.service_report import ServiceVerdicts
from loglama_core.ecosystem.service_status import ServiceWatch
from loglama_core.store.collector_metrics import CollectorMetrics
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.alarm_watch import AlarmsRead
from loglama_tui.app import ExplorerApp
from loglama_tui.explorer_state import ExplorerState
from loglama_tui.panes.live import LivePane
from loglama_tui.reader_thread import ReaderThread
from screenshots.made_up_machine import findings, process_of, verdicts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loglama_core.config.settings import Settings
    from loglama_core.model import Finding, ServiceStatus
    from loglama_core.store.record_reader import RecordReader

NOW = datetime(2026, 11, 1, 12, 4, tzinfo=UTC)
NOW_NS = int(NOW.timestamp()) * 1_000_000_000
_RATE = 12.0
_SLICE_S = 0.5
"""The last seconds are collected so often, so that Live opens on lines in their order."""
_CHECKED_IN_S = 0.083


@dataclass(frozen=True)
class Stage:
    """A folder with logs and a store, and what is known of the machine. ``trouble``: something is down and failing."""

    settings: Settings
    trouble: bool = False
    records_per_s: float = _RATE

    @property
    def folder(self) -> Path:
        """Where it all lies."""
        return self.settings.folder

    def let_services_log(self, seconds: float) -> None:
        """Write what the services log in the next seconds, and collect it."""
        ecosystem = DemoEcosystem(self.folder, seed=8, rate=_RATE)
        ecosystem.write_history(until_ns=NOW_NS + int(seconds * 1e9), minutes=seconds / 60)
        _collect(self.settings)


def demo_stage(folder: Path, *, minutes: float = 120.0) -> Stage:
    """Write the demo's last minutes before the fixed moment, and collect them as if one had been there."""
    ecosystem = DemoEcosystem(folder, seed=7, rate=_RATE)
    settings = _settings_in(folder)
    ecosystem.write_history(until_ns=NOW_NS, minutes=minutes, on_slice=lambda: _collect(settings), slice_s=_SLICE_S)
    _collect(settings)
    return Stage(settings)


def empty_stage(folder: Path) -> Stage:
    """Return a folder in which nothing was ever logged, as it is once the explorer has been opened in it."""
    settings = _settings_in(folder)
    collect_once(settings)
    return Stage(settings, records_per_s=0.0)


def _settings_in(folder: Path) -> Settings:
    return load_settings(flags={"db_path": "logs/loglama.db"}, environ={}, folder=folder)


def _collect(settings: Settings) -> None:
    """Collect, whatever the clock of this file system, which tells files of one slice apart on some days only."""
    for path in sorted(settings.folder.rglob("*.log")):
        os.utime(path, ns=(NOW_NS, NOW_NS))
    collect_once(settings)


class _MadeUpCollector:
    """A collector as the header sees one that is at work in this process."""

    daemon_pid = None

    def __init__(self, records_per_s: float) -> None:
        self._records_per_s = records_per_s

    def status(self) -> CollectorStatus:
        return CollectorStatus(collecting=True, records_per_s=self._records_per_s)

    def give_way(self, seconds: float) -> None:
        """Nothing to hold back."""

    def stop(self) -> None:
        """Nothing to stop."""


class StagedExplorer(ExplorerApp):
    """The explorer on a stage, at the fixed moment. ``is_at_rest``: nothing that was asked for is still to come."""

    def __init__(self, stage: Stage, *, tab: str, query: str = "", theme: str = "") -> None:
        state = ExplorerState()
        if theme:
            state.put("theme", theme)
        db_path = stage.settings.db_path
        super().__init__(
            stage.settings,
            lambda: SqliteReader(db_path),
            tab=tab,
            query=query,
            clock=lambda: NOW_NS,
            zone=UTC,
            state=state,
        )
        self._header_feed.collector = _MadeUpCollector(stage.records_per_s)  # type: ignore[assignment]
        self.reading: list[ReaderThread] = []

    @property
    def is_at_rest(self) -> bool:
        """Whether no thread reads, no worker works, and nothing that was counted waits for the next picture."""
        busy = any(thread._waiting or thread._running for thread in self.reading)
        waiting = any(pane._counted is not None for pane in self.query(LivePane))
        return not busy and not waiting and all(worker.is_finished for worker in self.workers)


@contextmanager
def explorer_on(stage: Stage, *, tab: str = "live", query: str = "", theme: str = "") -> Iterator[StagedExplorer]:
    """Yield the explorer on a stage; while it runs, the machine is the made-up one."""
    trouble = stage.trouble

    class MadeUpWatch(ServiceWatch):
        def statuses(
            self, reader: RecordReader | None, now_ns: int, *, begun: float | None = None
        ) -> list[ServiceStatus]:
            heard = super().statuses(reader, now_ns, begun=begun)
            return [process_of(status, trouble=trouble) if status.last_record_ns else status for status in heard]

    def run_made_up_checks(*_: object, **__: object) -> list[Finding]:
        return findings(trouble=trouble)

    def read_made_up_alarms(
        settings: Settings, _factory: Callable[[], RecordReader], now_ns: int, _terminal: object
    ) -> AlarmsRead:
        with SqliteReader(settings.db_path) as reader:
            statuses = MadeUpWatch(settings).statuses(reader, now_ns)
            return AlarmsRead(findings(trouble=trouble), statuses, daemon=False, records=reader.record_count())

    def service_verdicts(settings: Settings, name: str, *_: object) -> ServiceVerdicts:
        return verdicts_of(settings, name, trouble=trouble)

    elapsed = iter(range(1_000_000))
    watch = SimpleNamespace(perf_counter=lambda: next(elapsed) * _CHECKED_IN_S)
    app: StagedExplorer | None = None
    start = ReaderThread.start

    def start_and_note(thread: ReaderThread) -> None:
        if app is not None:
            app.reading.append(thread)
        start(thread)

    with ExitStack() as patched, chdir(stage.folder):
        for name, instead in (
            ("loglama_tui.app.read_alarms", read_made_up_alarms),
            ("loglama_tui.panes.services.ServiceWatch", MadeUpWatch),
            ("loglama_tui.panes.diagnostics.run_checks", run_made_up_checks),
            ("loglama_tui.panes.diagnostics.read_metrics", lambda *_: _metrics()),
            ("loglama_tui.panes.diagnostics.time", watch),
            ("loglama_core.ecosystem.service_report.service_verdicts", service_verdicts),
            ("loglama_tui.reader_thread.ReaderThread.start", start_and_note),
        ):
            patched.enter_context(patch(name, instead))
        app = StagedExplorer(stage, tab=tab, query=query, theme=theme)
        yield app


def _metrics() -> list[CollectorMetrics]:
    """Return what a collector would have measured of itself in the last hour: two bursts, and calm after them."""
    rows = []
    for number in range(360):
        burst = max(0.0, 1 - abs(number - 110) / 30, 0.7 - abs(number - 270) / 30)
        records = 120 + number * 7 % 23 + int(600 * burst)
        rows.append(
            CollectorMetrics(
                time_ns=NOW_NS - (360 - number) * 10_000_000_000,
                kind="explorer",
                pid=4242,
                seconds=10.0,
                records=records,
                bytes=records * 231,
                batches=20,
                batch_ms=1.2 + burst,
                slowest_batch_ms=3.1 + 9 * burst,
                lag_bytes=int(40_000 * burst),
                queue=0,
                index_backlog=30,
                query_ms=1.8 + burst,
                memory_bytes=45_000_000 + number * 20_000,
                cpu_percent=1.4 + 9 * burst,
            )
        )
    return rows
