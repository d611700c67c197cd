"""Checks of the store: opened, sound, counted right, with room to grow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from loglama_core.amounts import age, byte_size
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import fix_collect, fix_migrate, fix_recount
from loglama_core.errors import LogLamaError, StoreError
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.integrity import integrity_problems, sampled_count_difference, waits_for_migration

GROUP = "store"

_FREE_FAIL = 100_000_000
_FREE_WARN = 1_000_000_000
_FILES_WARN = 1_000
_SMALL_DISK_SHARE = 0.1
"""Of a disk that is small as a whole (a container's volume), this share free is enough."""


def store_opens(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the store is there, ours, of a schema this program knows, and readable."""
    try:
        info = context.store.store_info()
    except LogLamaError as error:
        db_path = context.settings.db_path
        fix = fix_migrate(db_path) if waits_for_migration(db_path) else None if db_path.exists() else fix_collect()
        origin = f"LOGLAMA_DB_PATH = {db_path}  ({context.settings.sources['db_path']})"
        yield Finding("store-file", GROUP, FindingStatus.FAIL, error.message, (origin,), error.hint, fix)
        return
    evidence = [
        f"{info.path}  ({context.settings.sources['db_path']})",
        f"schema {info.schema_version}, {info.records:,} records, {byte_size(info.size_bytes)}",
    ]
    if info.newest_ns is not None and info.oldest_ns is not None:
        newest, oldest = age(info.newest_ns, context.now_ns), age(info.oldest_ns, context.now_ns)
        evidence.append(f"oldest record {oldest}, newest {newest}")
    summary = f"schema {info.schema_version}, {info.records:,} records, {byte_size(info.size_bytes)}"
    yield Finding("store-file", GROUP, FindingStatus.OK, summary, tuple(evidence))


def disk_space(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the disk has room for more records, in bytes and in files; without a store too."""
    db_path = context.settings.db_path
    place = next(path for path in (db_path.parent, *db_path.parent.parents) if path.exists())
    disk = os.statvfs(place)
    free_bytes, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    store = sum(_size(Path(f"{db_path}{suffix}")) for suffix in ("", "-wal"))
    free = f"{byte_size(free_bytes)} free"
    evidence = (f"{free} of {byte_size(whole)} where {place} is", f"the store takes {byte_size(store)}")
    remedy = "free some space, or set LOGLAMA_DB_PATH to a larger disk"
    if disk.f_files and disk.f_favail < _FILES_WARN:
        summary = f"only {disk.f_favail:,} more files can be made on the store's disk"
        advice = "delete files there that are not used"
        yield Finding("disk-space", GROUP, FindingStatus.FAIL, summary, evidence, advice)
    least = min(_FREE_WARN, whole * _SMALL_DISK_SHARE)
    if free_bytes >= least:
        yield Finding("disk-space", GROUP, FindingStatus.OK, free, evidence)
    elif free_bytes < least * _FREE_FAIL / _FREE_WARN:
        only = f"only {free} on the store's disk"
        summary = f"the store's disk is full: {free}" if free_bytes < disk.f_frsize else only
        yield Finding("disk-space", GROUP, FindingStatus.FAIL, summary, evidence, remedy)
    else:
        yield Finding("disk-space", GROUP, FindingStatus.WARN, f"only {free} on the store's disk", evidence, remedy)


def counts_agree(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the counts by minute and hour add up to the records.

    Ids are handed out without gaps, so their range tells the number as long as nothing was pruned; else the counts of
    some minutes are compared with the records themselves. `loglama check` compares all of them.
    """
    store = context.store
    counted = store.record_count()
    oldest, newest = store.oldest_id(), store.newest_id()
    possible = newest - oldest + 1 if newest else 0
    difference = 0 if counted == possible else sampled_count_difference(context.settings.db_path)
    evidence = (f"the counts add up to {counted:,}", f"records have the ids {oldest:,} to {newest:,}")
    if difference:
        yield Finding(
            "counts",
            GROUP,
            FindingStatus.WARN,
            f"counts and records differ by {difference:,} in the minutes looked at: histograms are wrong",
            evidence,
            "let LogLama count anew: loglama diagnose -c counts --fix",
            fix_recount(context.settings.db_path),
        )
    else:
        yield Finding("counts", GROUP, FindingStatus.OK, "minute counts agree with the records", evidence)


def integrity(context: DiagnosticContext) -> Iterator[Finding]:
    """Let SQLite look for damage; only on demand, because it reads the whole file."""
    try:
        problems = integrity_problems(context.settings.db_path, context.stopped)
    except StoreError as error:  # too damaged for the question itself
        problems = [error.message]
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


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
