"""Checks of the collector: at work, on the right store, keeping up, losing nothing."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import psutil

import loglama_core
from loglama_core.amounts import age, byte_size, duration
from loglama_core.collector.daemon import DaemonStatus, daemon_status
from loglama_core.collector.daemon_lock import leftovers, running_daemon
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import (
    fix_clear_leftovers,
    fix_collect,
    fix_restart_collector,
    fix_resume_collector,
    fix_start_collector,
)
from loglama_core.diagnostics.unread_files import UnreadFile, unread_files
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.collector_metrics import read_metrics
from loglama_core.store.collector_runs import CollectorRun, recent_runs

GROUP = "collector"

_DAY_NS = 86_400_000_000_000
_GAP_TOLD_NS = 7 * _DAY_NS
_KILLS_WARN = 3
_UNREAD_NS = 60_000_000_000
"""A collector at work has begun with what was written so long ago."""
_GROUND_NS = 180_000_000_000
_GROUND_SAMPLES = 6
_SHOWN = 20
_INOTIFY = Path("/proc/sys/fs/inotify")
_IN_CLOEXEC = 0o2000000


def collector_at_work(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that something collects: the daemon, or an explorer."""
    status = daemon_status(context.settings)
    if status.running:
        yield _daemon_finding(status)
        return
    runs = _runs(context)
    explorers = [run.pid for run in runs if run.kind == "explorer" and _lives(run)]
    if explorers:
        pids = ", ".join(str(pid) for pid in explorers)
        summary = f"the explorer is collecting (pid {pids})"
        yield Finding("collecting", GROUP, FindingStatus.OK, summary, ("no daemon is running",))
        return
    last = max((run.ended_ns or run.updated_ns for run in runs), default=None)
    yield Finding(
        "collecting",
        GROUP,
        FindingStatus.WARN,
        "nothing is collecting: new lines stay in their files",
        (
            "no daemon is running",
            "no explorer is collecting",
            "nothing has collected in the last day" if last is None else f"last collected {age(last, context.now_ns)}",
            *((f"the last daemon's error: {status.last_error}",) if status.last_error else ()),
        ),
        "loglama log-collector start",
        fix_start_collector(),
    )


def left_overs(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that no killed daemon left files behind that say it is at work."""
    paths = leftovers(context.settings.db_path)
    if paths:
        names = [context.short(path) for path in paths]
        yield Finding(
            "left-overs",
            GROUP,
            FindingStatus.WARN,
            f"a collector was killed and left {' and '.join(names)}",
            tuple(f"{path} stands, no process is the one it names" for path in paths),
            "loglama log-collector start takes over from it; nothing was lost",
            fix_clear_leftovers(context.settings.db_path, names),
        )
    else:
        yield Finding("left-overs", GROUP, FindingStatus.OK, "no killed collector left anything behind")


def right_store(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the daemon stores into the file that is there: it may have been replaced or deleted (fault 9)."""
    daemon = running_daemon(context.settings.db_path)
    if daemon is None or not daemon.ready:
        return
    evidence = (f"the daemon is pid {daemon.pid}", f"the store is {context.settings.db_path}")
    if any(run.pid == daemon.pid and run.kind == "daemon" for run in recent_runs(context.settings.db_path, 0)):
        summary = "the daemon stores into this store"
        yield Finding("right-store", GROUP, FindingStatus.OK, summary, evidence)
    else:
        yield Finding(
            "right-store",
            GROUP,
            FindingStatus.FAIL,
            "the store was replaced while the daemon ran: it has another file open",
            (*evidence, "the store knows nothing of it"),
            "loglama log-collector restart",
            fix_restart_collector(),
        )


def same_version(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the daemon runs the program that is installed: an upgrade leaves the one at work as it was."""
    daemon = running_daemon(context.settings.db_path)
    if daemon is None:
        return
    installed = loglama_core.__version__
    running = daemon.version or "a version that does not say which it is"
    evidence = (
        f"the daemon (pid {daemon.pid}) runs {running}, since {age(int(daemon.created * 1e9), context.now_ns)}",
        f"installed is {installed}",
    )
    if daemon.version == installed:
        yield Finding("version", GROUP, FindingStatus.OK, f"the daemon runs what is installed: {running}", evidence)
    else:
        yield Finding(
            "version",
            GROUP,
            FindingStatus.WARN,
            f"the daemon still runs {running}, {installed} is installed",
            evidence,
            "loglama log-collector restart",
            fix_restart_collector(),
        )


def killed_runs(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that collectors end as they should: one that is killed again and again has an enemy (out of memory?)."""
    since_ns = context.now_ns - _DAY_NS
    unended = [run for run in _runs(context) if run.ended_ns is None and run.kind != "pass"]
    killed = [run for run in unended if run.updated_ns >= since_ns and not _lives(run)]
    evidence = tuple(
        f"{run.kind} pid {run.pid}: started {age(run.started_ns, context.now_ns)}, last heard of"
        f" {age(run.updated_ns, context.now_ns)}"
        for run in killed[:_SHOWN]
    )
    if len(killed) >= _KILLS_WARN:
        yield Finding(
            "kills",
            GROUP,
            FindingStatus.WARN,
            f"collectors were killed {len(killed)} times in the last day",
            (*evidence, "each went on where the one before had stopped: nothing was stored twice or lost"),
            "look for who kills them: `journalctl -k | grep -i kill` shows those that ran out of memory",
        )
    else:
        summary = f"killed in the last day: {len(killed)}" if killed else "no collector was killed in the last day"
        yield Finding("kills", GROUP, FindingStatus.OK, summary, evidence)


def file_events(_context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the system still hands out file events (fault 64): without them lines show up a second later."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(_IN_CLOEXEC)
    limits = [f"fs.inotify.{path.name} = {path.read_text().strip()}" for path in sorted(_INOTIFY.glob("max_user_*"))]
    if descriptor >= 0:
        os.close(descriptor)
        yield Finding("file-events", GROUP, FindingStatus.OK, "file events are to be had", tuple(limits))
        return
    why = os.strerror(ctypes.get_errno())
    yield Finding(
        "file-events",
        GROUP,
        FindingStatus.WARN,
        "no file events: new lines show up within a second instead of at once",
        (f"inotify: {why}", *limits),
        "sudo sysctl fs.inotify.max_user_instances=1024"
        if ctypes.get_errno() == errno.EMFILE
        else "end programs that watch files, or raise the limits of fs.inotify",
    )


def keeping_up(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that what is in the files is in the store."""
    behind = unread_files(context)
    if not behind:
        yield Finding("lag", GROUP, FindingStatus.OK, "every file is read to its end")
        return
    lag = sum(file.unread_bytes for file in behind)
    evidence = tuple(
        f"{context.short(file.path)}: {byte_size(file.unread_bytes)} not read yet" for file in behind[:_SHOWN]
    )
    if _is_being_read(context, behind):
        yield Finding("lag", GROUP, FindingStatus.OK, f"{byte_size(lag)} are being read", evidence)
        return
    others = f" and {len(behind) - 1} more" if len(behind) > 1 else ""
    yield Finding(
        "lag",
        GROUP,
        FindingStatus.WARN,
        f"{byte_size(lag)} not read yet: {context.short(behind[0].path)}{others}",
        evidence,
        "loglama collect-logs",
        None if daemon_status(context.settings).running else fix_collect(),
        service=behind[0].service,
    )


def gaps(context: DiagnosticContext) -> Iterator[Finding]:
    """Tell of bytes that were destroyed before they could be read: what was lost is never hidden."""
    now_ns = context.now_ns
    found = context.store.gaps(limit=_SHOWN)
    total = sum(source.gap_bytes for source in context.sources)
    if not found and not total:
        yield Finding("gaps", GROUP, FindingStatus.OK, "no bytes were lost")
        return
    evidence = tuple(
        f"{context.short(gap.source)}: {gap.extent} ({gap.reason}), {age(gap.time_ns, now_ns)}" for gap in found
    )
    lost = f"{byte_size(total)} were destroyed before they could be read"
    if not total:
        lost = "files vanished or were rewritten while nobody collected: what was in them is not known"
    if found and now_ns - found[0].time_ns > _GAP_TOLD_NS:
        yield Finding("gaps", GROUP, FindingStatus.OK, f"{lost}, the last {age(found[0].time_ns, now_ns)}", evidence)
        return
    yield Finding(
        "gaps",
        GROUP,
        FindingStatus.WARN,
        lost,
        evidence,
        "keep `loglama log-collector start` running, and let logs be rotated less often than once a second",
        service=next((source.service for source in context.sources if found and source.lineage == found[0].source), ""),
    )


def _daemon_finding(status: DaemonStatus) -> Finding:
    uptime = "" if status.uptime_s is None else f", up {duration(status.uptime_s)}"
    summary = f"the daemon is collecting (pid {status.pid}{uptime}), {status.records_per_s:,.0f} records/s"
    evidence = (
        f"{status.records:,} records since it started",
        f"{byte_size(status.backlog_bytes)} behind",
        f"{byte_size(status.wal_bytes or 0)} in the write-ahead log",
    )
    if _is_stopped(status.pid):
        return Finding(
            "collecting",
            GROUP,
            FindingStatus.FAIL,
            f"the daemon (pid {status.pid}) is held by a signal (SIGSTOP): it collects nothing",
            (*evidence, "its state is T in `ps`"),
            f"kill -CONT {status.pid}",
            fix_resume_collector(),
        )
    if status.last_error:
        remedy = "`loglama logs --service loglama` tells more; `loglama log-collector restart` begins afresh"
        more = len(status.problems) - 1
        trouble = f"the daemon reports: {status.last_error}{f', and {more} more' if more > 0 else ''}"
        told = tuple(f"{path}: {why}" for path, why in islice(status.problems.items(), _SHOWN))
        return Finding(
            "collecting", GROUP, FindingStatus.WARN, trouble, (summary, *evidence, *told), remedy, service="loglama"
        )
    return Finding("collecting", GROUP, FindingStatus.OK, summary, evidence)


def _is_being_read(context: DiagnosticContext, behind: Sequence[UnreadFile]) -> bool:
    """Tell whether a collector is at work on what is unread, and not losing ground."""
    collectors = [run for run in _runs(context) if run.kind != "pass" and _lives(run)]
    if not collectors:
        return False
    if context.now_ns - max(run.started_ns for run in collectors) < _UNREAD_NS:
        return True
    measured = read_metrics(context.settings.db_path, context.now_ns - _GROUND_NS)
    lags = [each.lag_bytes for each in measured]
    if len(lags) > _GROUND_SAMPLES and min(lags) > 0 and lags[-1] > lags[0]:
        return False
    is_queued = bool(measured) and measured[-1].queue > 0
    return is_queued or all(context.now_ns - file.modified_ns < _UNREAD_NS for file in behind)


def _is_stopped(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def _runs(context: DiagnosticContext) -> list[CollectorRun]:
    """Return the runs that go on, and those that were heard of within a day."""
    return [] if context.reader is None else recent_runs(context.settings.db_path, context.now_ns - _DAY_NS)


def _lives(run: CollectorRun) -> bool:
    """Tell whether the run goes on: its process is there, and older than what it noted."""
    if run.ended_ns is not None:
        return False
    try:
        process = psutil.Process(run.pid)
        is_same = float(process.create_time()) < run.started_ns / 1e9 + 1
        return is_same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
