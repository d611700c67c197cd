"""What a collector measures of itself: what it stored and how long that took, what waits, what it costs."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from loglama_core.store.collector_metrics import CollectorMetrics

if TYPE_CHECKING:
    from pathlib import Path

EVERY_S = 10.0
_FIRST_S = 2.0
_PROBED_RECORDS = 50


class SelfMeter:
    """Counts for one collector; ``add_stored`` and ``add_commit`` may be called from any of its threads.

    ``is_due``: whether ten seconds (at first two) have gone by since the last ``take``.
    """

    def __init__(self, kind: str) -> None:
        import psutil

        self._kind = kind
        self._process = psutil.Process()
        self._lock = threading.Lock()
        self._since = time.monotonic()
        self._due = self._since + _FIRST_S
        self._cpu_s = self._cpu_seconds()
        self._records = self._bytes = self._batches = 0
        self._commit_s = self._slowest_s = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time to ``take`` what was measured."""
        return time.monotonic() >= self._due

    def add_stored(self, records: int, size: int) -> None:
        """Count records and bytes of a batch."""
        with self._lock:
            self._records += records
            self._bytes += size

    def add_commit(self, seconds: float) -> None:
        """Count a commit and how long it took."""
        with self._lock:
            self._batches += 1
            self._commit_s += seconds
            self._slowest_s = max(self._slowest_s, seconds)

    def take(self, db_path: Path, *, lag_bytes: int, queue: int, index_backlog: int) -> CollectorMetrics:
        """Return what was measured since the last time and begin anew. Raises ``StoreError`` (it reads the store)."""
        query_ms = _query_ms(db_path)
        now, cpu_s = time.monotonic(), self._cpu_seconds()
        with self._lock:
            seconds = max(0.001, now - self._since)
            metrics = CollectorMetrics(
                time_ns=time.time_ns(),
                kind=self._kind,
                pid=os.getpid(),
                seconds=round(seconds, 3),
                records=self._records,
                bytes=self._bytes,
                batches=self._batches,
                batch_ms=round(self._commit_s / max(1, self._batches) * 1000, 3),
                slowest_batch_ms=round(self._slowest_s * 1000, 3),
                lag_bytes=lag_bytes,
                queue=queue,
                index_backlog=index_backlog,
                query_ms=round(query_ms, 3),
                memory_bytes=self._process.memory_info().rss,
                cpu_percent=round((cpu_s - self._cpu_s) / seconds * 100, 2),
            )
            self._records = self._bytes = self._batches = 0
            self._commit_s = self._slowest_s = 0.0
        self._since, self._cpu_s = now, cpu_s
        self._due = now + EVERY_S
        return metrics

    def _cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def _query_ms(db_path: Path) -> float:
    """Return what the newest 50 records take to read: every screen and `loglama logs` begin with them."""
    from loglama_core.store.sqlite_reader import SqliteReader  # 30 ms to import: not before the first scan

    with SqliteReader(db_path) as reader:
        began = time.perf_counter()
        for _record in reader.search(None, limit=_PROBED_RECORDS):
            pass
        return (time.perf_counter() - began) * 1000
