"""Checks of the store: opened, private, sound, with room to grow."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from loglama_core.amounts import age, byte_size
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.integrity import integrity_problems

GROUP = "store"

_FREE_FAIL = 100_000_000
_FREE_WARN = 1_000_000_000
_WAL_WARN = 256_000_000
"""Sixteen times what the writer lets the write-ahead log grow to before it folds it back."""


def store_opens(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the store is there, ours, of a schema this program knows, and readable."""
    info = context.store.store_info()
    evidence = [
        f"{info.path}  ({context.settings.sources['db_path']})",
        f"schema {info.schema_version}, {info.records:,} records, {byte_size(info.size_bytes)}",
    ]
    if info.newest_ns is not None and info.oldest_ns is not None:
        newest, oldest = age(info.newest_ns, context.now_ns), age(info.oldest_ns, context.now_ns)
        evidence.append(f"oldest record {oldest}, newest {newest}")
    summary = f"schema {info.schema_version}, {info.records:,} records, {byte_size(info.size_bytes)}"
    yield Finding("store", GROUP, FindingStatus.OK, summary, tuple(evidence))


def disk_space(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the disk has room for more records."""
    info = context.store.store_info()
    free = f"{byte_size(info.free_bytes)} free"
    evidence = (f"{free} where {info.path} is", f"the store takes {byte_size(info.size_bytes + info.wal_bytes)}")
    if info.free_bytes >= _FREE_WARN:
        yield Finding("disk-space", GROUP, FindingStatus.OK, free, evidence)
        return
    status = FindingStatus.FAIL if info.free_bytes < _FREE_FAIL else FindingStatus.WARN
    remedy = "free some space, or set LOGLAMA_DB_PATH to a larger disk"
    yield Finding("disk-space", GROUP, status, f"only {free} on the store's disk", evidence, remedy)


def write_ahead_log(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the write-ahead log is folded back into the store in time (fault 87)."""
    info = context.store.store_info()
    if info.wal_bytes > _WAL_WARN:
        yield Finding(
            "write-ahead-log",
            GROUP,
            FindingStatus.WARN,
            f"the write-ahead log has grown to {byte_size(info.wal_bytes)}",
            (f"{info.path}-wal", "some program has been reading the store in one transaction for a long time"),
            "end programs that keep the store open, such as an SQL shell",
        )


def store_private(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the store's files belong to the user and nobody else may read them (security 17)."""
    db_path = context.settings.db_path
    is_open = False
    evidence: list[str] = []
    for path in (db_path, *(Path(f"{db_path}{suffix}") for suffix in ("-wal", "-shm"))):
        if not path.exists():
            continue
        status = path.stat()
        mode = stat.S_IMODE(status.st_mode)
        evidence.append(f"{path} has mode {mode:04o}, owner {status.st_uid}")
        if mode & 0o077 or status.st_uid != os.getuid():
            is_open = True
    if is_open:
        yield Finding(
            "store-private",
            GROUP,
            FindingStatus.WARN,
            "others may read the store: logs hold secrets",
            tuple(evidence),
            f"chmod 600 {context.short(db_path)}*",
        )
    elif evidence:
        yield Finding("store-private", GROUP, FindingStatus.OK, "only you may read it", tuple(evidence))


def counts_agree(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the minute counts add up to what the ids allow: those are handed out without gaps."""
    store = context.store
    counted = store.record_count()
    oldest, newest = store.oldest_id(), store.newest_id()
    possible = newest - oldest + 1 if newest else 0
    evidence = (f"the minute counts add up to {counted:,}", f"records have the ids {oldest:,} to {newest:,}")
    if counted != possible:
        yield Finding(
            "counts",
            GROUP,
            FindingStatus.WARN,
            f"counts and records differ by {abs(counted - possible):,}: histograms may be wrong",
            evidence,
            "set LOGLAMA_DB_PATH to a new file and run `loglama collect-logs`: the sources still hold their records",
        )
    else:
        yield Finding("counts", GROUP, FindingStatus.OK, "minute counts agree with the records", evidence)


def integrity(context: DiagnosticContext) -> Iterator[Finding]:
    """Let SQLite look for damage; only on demand, because it reads the whole file."""
    if not context.thorough:
        return
    problems = integrity_problems(context.settings.db_path, context.stopped)
    if problems:
        yield Finding(
            "integrity",
            GROUP,
            FindingStatus.FAIL,
            f"the store is damaged: {problems[0]}",
            tuple(problems),
            "stop the collector, keep a copy of the file, and collect into a new one with LOGLAMA_DB_PATH",
        )
    else:
        yield Finding("integrity", GROUP, FindingStatus.OK, "integrity ok: SQLite read all of the store")
