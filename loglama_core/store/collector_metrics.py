"""What a collector measures of itself, every ten seconds, kept for a week: 60,480 rows of 90 bytes at most."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from loglama_core.store.one_statement import read_rows

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

KEPT_NS = 7 * 86_400_000_000_000

_COLUMNS = (
    "time_ns, kind, pid, seconds, records, bytes, batches, batch_ms, slowest_batch_ms, lag_bytes, queue,"
    " index_backlog, query_ms, memory_bytes, cpu_percent"
)
_SUMMED = (
    "max(time_ns), kind, pid, sum(seconds), sum(records), sum(bytes), sum(batches),"
    " sum(batch_ms * batches) / max(1, sum(batches)), max(slowest_batch_ms), max(lag_bytes), max(queue),"
    " max(index_backlog), max(query_ms), max(memory_bytes), max(cpu_percent)"
)
_INSERT = f"INSERT OR REPLACE INTO collector_metrics ({_COLUMNS}) VALUES ({', '.join('?' * 15)})"


@dataclass(slots=True, frozen=True)
class CollectorMetrics:
    """What one collector did in the ``seconds`` up to ``time_ns``, and how it stood then.

    ``batch_ms``: mean time to commit a batch, ``slowest_batch_ms`` the longest. ``lag_bytes``: not read yet. ``queue``:
    sources whose backlog waits. ``index_backlog``: records the search index lacks. ``query_ms``: what the newest 50
    records took to read. ``memory_bytes``, ``cpu_percent``: of the collecting process.
    """

    time_ns: int
    kind: str
    pid: int
    seconds: float
    records: int
    bytes: int
    batches: int
    batch_ms: float
    slowest_batch_ms: float
    lag_bytes: int
    queue: int
    index_backlog: int
    query_ms: float
    memory_bytes: int
    cpu_percent: float

    @property
    def records_per_s(self) -> float:
        """Records stored per second."""
        return self.records / self.seconds if self.seconds else 0.0


def insert_metrics(connection: sqlite3.Connection, metrics: CollectorMetrics) -> None:
    """Add a row and forget those of more than a week ago; the caller's transaction."""
    connection.execute("DELETE FROM collector_metrics WHERE time_ns < ?", (metrics.time_ns - KEPT_NS,))
    connection.execute(_INSERT, astuple(metrics))


def read_metrics(path: Path, since_ns: int, *, step_s: int | None = None) -> list[CollectorMetrics]:
    """Return what was measured since a moment, oldest first. Raises ``StoreError``.

    ``step_s``: one for each span of so many seconds, with the sums and the highest values in it: a week takes 60 ms.
    """
    columns, group, parameters = _COLUMNS, "", [since_ns]
    if step_s is not None:
        columns, group = _SUMMED, "GROUP BY time_ns / ?"
        parameters.append(step_s * 1_000_000_000)
    rows = read_rows(
        path, f"SELECT {columns} FROM collector_metrics WHERE time_ns >= ? {group} ORDER BY time_ns", parameters
    )
    return [CollectorMetrics(*row) for row in rows]
