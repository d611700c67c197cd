"""Checks of what is done to the store behind the records: its index, its bounds, what was left out of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from loglama_core.amounts import age, byte_size, duration
from loglama_core.collector.daemon_lock import running_daemon
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import fix_rebuild_index
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.index_status import index_status
from loglama_core.store.intake import LOW_DISK, REDACTED
from loglama_core.store.integrity import index_problems
from loglama_core.store.retention import used_bytes
from loglama_core.store.search_database import search_path
from loglama_core.store.withheld import Withheld, read_withheld

GROUP = "store"

_BACKLOG_WARN = 1_000_000
"""Records beside the index that every search reads: 0.3 s."""
_DAY_NS = 86_400_000_000_000
_ROOM = 1.2
"""How far the store may be past a bound while the collector, which looks once a minute, brings it back."""


def search_index(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the search index is of this store, readable, and not far behind; no search needs it to be right."""
    path = context.settings.db_path
    status = index_status(path)
    size = "none yet" if status.size_bytes is None else byte_size(status.size_bytes)
    evidence = (f"{search_path(path)}: {size}", f"{status.backlog:,} records are not in it yet")
    if status.trouble is not None:
        yield Finding(
            "search-index",
            GROUP,
            FindingStatus.WARN,
            f"the search index is of no use: {status.trouble}",
            (*evidence, "searches are right without it, but read every record"),
            "a running collector makes it anew by itself",
            fix_rebuild_index(path),
        )
    elif status.backlog > _BACKLOG_WARN:
        yield Finding(
            "search-index",
            GROUP,
            FindingStatus.WARN,
            f"the search index is {status.backlog:,} records behind: searches read them one by one",
            evidence,
            "loglama log-collector start: it catches up with 150,000 records a second",
            None if running_daemon(path) else fix_rebuild_index(path),
        )
    else:
        summary = f"the search index is {status.backlog:,} records behind"
        yield Finding("search-index", GROUP, FindingStatus.OK, summary, evidence)


def index_integrity(context: DiagnosticContext) -> Iterator[Finding]:
    """Let SQLite look for damage in the search index; only on demand, because it reads the whole file."""
    path = context.settings.db_path
    if not search_path(path).exists():
        return
    problems = index_problems(search_path(path), context.stopped)
    if problems:
        yield Finding(
            "index-integrity",
            GROUP,
            FindingStatus.WARN,
            f"the search index is damaged: {problems[0]}",
            (*problems, "searches are right without it, but slow"),
            "make it anew: loglama diagnose -c index-integrity --fix",
            fix_rebuild_index(path),
        )
    else:
        yield Finding("index-integrity", GROUP, FindingStatus.OK, "integrity ok: SQLite read all of the search index")


def retention(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the store stays within the bounds of ``[retention]``."""
    rules = context.settings.retention
    if rules is None or not rules.prunes:
        return
    used = used_bytes(context.settings.db_path)
    oldest = context.store.store_info().oldest_ns
    bounds = []
    if rules.max_age_s is not None:
        bounds.append(f"max_age {duration(rules.max_age_s)}")
    if rules.max_bytes is not None:
        bounds.append(f"max_size {byte_size(rules.max_bytes)}")
    bounds += [f"{level} {duration(seconds)}" for level, seconds in rules.level_ages_s.items()]
    told = "none" if oldest is None else age(oldest, context.now_ns)
    evidence = (f"[retention] {', '.join(bounds)}", f"{byte_size(used)} in use, oldest record {told}")
    is_large = rules.max_bytes is not None and used > rules.max_bytes * _ROOM
    is_old = (
        rules.max_age_s is not None
        and oldest is not None
        and context.now_ns - oldest > rules.max_age_s * _ROOM * 1_000_000_000 + _DAY_NS
    )
    if is_large or is_old:
        what = f"{byte_size(used)} are in use" if is_large else f"the oldest record is {told}"
        yield Finding(
            "retention",
            GROUP,
            FindingStatus.WARN,
            f"the store is past its bounds: {what}",
            evidence,
            "loglama log-collector start: the collector prunes, once a minute",
        )
    else:
        yield Finding("retention", GROUP, FindingStatus.OK, f"within its bounds: {', '.join(bounds)}", evidence)


def withheld_records(context: DiagnosticContext) -> Iterator[Finding]:
    """Tell what was not stored, or not as it was written: nothing is left out in silence (security 30)."""
    counts: defaultdict[str, list[Withheld]] = defaultdict(list)
    for count in read_withheld(context.settings.db_path):
        counts[count.reason].append(count)
    for reason, found in counts.items():
        total = sum(count.records for count in found)
        last_ns = max(count.last_ns for count in found)
        evidence = tuple(
            f"{count.service or 'all services'}: {count.records:,}, last {age(count.last_ns, context.now_ns)}"
            for count in found
        )
        if reason == LOW_DISK and context.now_ns - last_ns < _DAY_NS:
            yield Finding(
                "withheld",
                GROUP,
                FindingStatus.WARN,
                f"{total:,} debug and info records were not stored because the disk is nearly full",
                evidence,
                "free some space; they are still in their files until those are rotated away",
            )
        else:
            done = {REDACTED: "records had secrets masked", LOW_DISK: "records were left out on a full disk"}
            summary = f"{total:,} {done.get(reason, 'records were pruned')}, last {age(last_ns, context.now_ns)}"
            yield Finding("withheld", GROUP, FindingStatus.OK, summary, evidence)
