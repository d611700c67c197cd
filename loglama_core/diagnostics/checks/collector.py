"""Checks of the collector: at work, keeping up, losing nothing."""

from __future__ import annotations

from collections.abc import Iterator

from loglama_core.amounts import age, byte_size, duration
from loglama_core.collector.daemon import daemon_status
from loglama_core.collector.discovery import Discovery
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.collector_runs import unfinished_runs

GROUP = "collector"

_LAG_WARN = 1_000_000
_LINE_HELD = 65_536
_READ_WITHIN_NS = 10_000_000_000
_SHOWN = 20


def collector_at_work(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that something collects: the daemon, or an explorer."""
    status = daemon_status(context.settings)
    if status.running:
        uptime = "" if status.uptime_s is None else f", up {duration(status.uptime_s)}"
        summary = f"the daemon is collecting (pid {status.pid}{uptime}), {status.records_per_s:,.0f} records/s"
        evidence = (f"{status.records:,} records since it started", f"{byte_size(status.backlog_bytes)} behind")
        if status.last_error:
            remedy = "see logs/log_collector.log; `loglama log-collector restart` begins afresh"
            trouble = f"the daemon reports: {status.last_error}"
            yield Finding("collector", GROUP, FindingStatus.WARN, trouble, (summary, *evidence), remedy)
        else:
            yield Finding("collector", GROUP, FindingStatus.OK, summary, evidence)
        return
    explorers = _living_explorers(context)
    if explorers:
        pids = ", ".join(str(pid) for pid in explorers)
        yield Finding(
            "collector", GROUP, FindingStatus.OK, f"the explorer is collecting (pid {pids})", ("no daemon is running",)
        )
        return
    yield Finding(
        "collector",
        GROUP,
        FindingStatus.WARN,
        "nothing is collecting: new lines stay in their files",
        ("no daemon is running", "no explorer is collecting"),
        "loglama log-collector start",
    )


def keeping_up(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that what is in the files is in the store."""
    known = {(source.device, source.inode): source for source in context.store.sources()}
    behind: list[tuple[int, str]] = []
    for candidate in Discovery(context.settings).candidates():
        source = known.get((candidate.device, candidate.inode))
        rest = candidate.size - (0 if source is None else source.offset)
        is_quiet = context.now_ns - candidate.modified_ns > _READ_WITHIN_NS
        # The beginning of a line that has no end yet is left in its file.
        if rest > _LAG_WARN or (is_quiet and rest > (0 if source is None else _LINE_HELD)):
            behind.append((rest, context.short(candidate.path)))
    if not behind:
        yield Finding("lag", GROUP, FindingStatus.OK, "every file is read to its end")
        return
    behind.sort(reverse=True)
    lag = sum(rest for rest, _ in behind)
    others = f" and {len(behind) - 1} more" if len(behind) > 1 else ""
    yield Finding(
        "lag",
        GROUP,
        FindingStatus.WARN,
        f"{byte_size(lag)} not read yet: {behind[0][1]}{others}",
        tuple(f"{path}: {byte_size(rest)} not read yet" for rest, path in behind[:_SHOWN]),
        "loglama collect-logs",
    )


def gaps(context: DiagnosticContext) -> Iterator[Finding]:
    """Tell of bytes that were destroyed before they could be read: what was lost is never hidden."""
    now_ns = context.now_ns
    found = context.store.gaps(limit=_SHOWN)
    total = sum(source.gap_bytes for source in context.store.sources())
    if not found and not total:
        yield Finding("gaps", GROUP, FindingStatus.OK, "no bytes were lost")
        return
    evidence = tuple(
        f"{context.short(gap.source)}: bytes {gap.start:,} to {gap.end:,} ({gap.reason}), {age(gap.time_ns, now_ns)}"
        for gap in found
    )
    yield Finding(
        "gaps",
        GROUP,
        FindingStatus.WARN,
        f"{byte_size(total)} were destroyed before they could be read",
        evidence,
        "keep `loglama log-collector start` running, and let logs be rotated less often than once a second",
    )


def _living_explorers(context: DiagnosticContext) -> list[int]:
    if context.reader is None:
        return []
    import psutil

    runs = unfinished_runs(context.settings.db_path)
    return [pid for kind, pid in runs if kind == "explorer" and psutil.pid_exists(pid)]
