"""Checks of what collectors measured of themselves: that they are alive, and how long their work takes."""

from __future__ import annotations

from collections.abc import Iterator

from loglama_core.amounts import age, byte_size
from loglama_core.collector.daemon_lock import read_trouble, running_daemon
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import fix_restart_collector
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.collector_metrics import CollectorMetrics, read_metrics

GROUP = "collector"

_SECOND_NS = 1_000_000_000
_HOUR_NS = 3600 * _SECOND_NS
_SILENT_NS = 90 * _SECOND_NS
_SLOW_BATCH_MS = 2_000.0
_SLOW_QUERY_MS = 500.0
_MEMORY_WARN = 1_000_000_000


def heartbeat(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that a running daemon measures itself every ten seconds, as it does at every tenth scan."""
    db_path = context.settings.db_path
    daemon = running_daemon(db_path)
    if daemon is None or not daemon.ready or read_trouble(db_path) is not None:
        return
    since_ns = context.now_ns - _HOUR_NS
    pulses = [each.time_ns for each in read_metrics(db_path, since_ns) if each.pid == daemon.pid]
    last_ns = max([*pulses, int(daemon.created * _SECOND_NS)])
    if context.now_ns - last_ns > _SILENT_NS:
        yield Finding(
            "heartbeat",
            GROUP,
            FindingStatus.FAIL,
            f"the daemon (pid {daemon.pid}) has not finished a scan since {age(last_ns, context.now_ns)}",
            (f"it measures itself every 10 s, {len(pulses):,} times in the last hour",),
            "loglama log-collector restart; a file on a network drive that does not answer may hold it",
            fix_restart_collector(),
        )
    else:
        yield Finding("heartbeat", GROUP, FindingStatus.OK, f"the daemon scanned {age(last_ns, context.now_ns)}")


def own_speed(context: DiagnosticContext) -> Iterator[Finding]:
    """Check how long storing and reading took in the last hour, and what memory it cost."""
    measured = read_metrics(context.settings.db_path, context.now_ns - _HOUR_NS)
    if not measured:
        return
    slowest = max(measured, key=lambda each: each.slowest_batch_ms)
    query_ms = sorted(each.query_ms for each in measured)[len(measured) // 2]
    memory = max(each.memory_bytes for each in measured)
    summary = (
        f"a batch took {_ms(_mean_batch_ms(measured))}, the slowest {_ms(slowest.slowest_batch_ms)},"
        f" a screen of records {_ms(query_ms)}"
    )
    evidence = (
        f"{sum(each.records for each in measured):,} records in the last hour, {len(measured):,} measurements",
        f"{byte_size(memory)} of memory at most, {max(each.cpu_percent for each in measured):.1f} % of a core",
    )
    slow = slowest.slowest_batch_ms > _SLOW_BATCH_MS or query_ms > _SLOW_QUERY_MS
    if slow or memory > _MEMORY_WARN:
        remedy = "look at the disk (iostat -x 1): the store wants a local one that is not overloaded"
        trouble = summary if slow else f"a collector took {byte_size(memory)} of memory"
        yield Finding("own-speed", GROUP, FindingStatus.WARN, trouble, evidence, remedy, service="loglama")
    else:
        yield Finding("own-speed", GROUP, FindingStatus.OK, summary, evidence)


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:,.0f} ms"


def _mean_batch_ms(measured: list[CollectorMetrics]) -> float:
    batches = sum(each.batches for each in measured)
    return sum(each.batch_ms * each.batches for each in measured) / batches if batches else 0.0
