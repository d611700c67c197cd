"""Checks of the sources: found, read, understood, with believable times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from loglama_core.amounts import duration
from loglama_core.collector.discovery import Discovery
from loglama_core.config.settings import SettingOrigin
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.model import Finding, FindingStatus, LogRecord, RecordFlag, SourceCondition
from loglama_core.query.tree import TimeRange

GROUP = "sources"

_SAMPLE = 2000
"""Newest records looked at (10 ms): enough to see a share of a few percent."""
_LEAST_SAMPLED = 20
_SHARE_WARN = 0.2
_SHOWN = 10
_LINE_SHOWN = 120
_FUTURE_S = 300
_MINUTE_NS = 60_000_000_000
_HALF_HOUR_NS = 30 * _MINUTE_NS
_SKEW_TOLERANCE_NS = 90_000_000_000
_WIDEST_ZONE_NS = 28 * _HALF_HOUR_NS


def declared_sources(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the logs of every declared service match a file; the preset only guesses where files may be."""
    settings = context.settings
    if settings.sources["services"].origin is SettingOrigin.DEFAULT:
        return
    silent = [
        service
        for service in settings.services
        if service.logs and next(Discovery(settings, [service.name]).candidates(), None) is None
    ]
    for service in silent:
        yield Finding(
            "declared-sources",
            GROUP,
            FindingStatus.WARN,
            f"{service.name}: no file matches its logs",
            tuple(f"logs = {pattern!r}, looked for in {service.folder}" for pattern in service.logs),
            f"mend logs of [services.{service.name}] in loglama.toml, or start the service",
        )
    if not silent:
        count = len(settings.services)
        yield Finding("declared-sources", GROUP, FindingStatus.OK, f"{count} declared services have log files")


def readable_sources(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every source can be read."""
    discovery = Discovery(context.settings)
    for _candidate in discovery.candidates():
        pass
    for path, reason in list(discovery.problems.items())[:_SHOWN]:
        remedy = "make it readable for the user that collects, or remove it"
        yield Finding("readable", GROUP, FindingStatus.WARN, f"{context.short(path)}: {reason}", (), remedy)
    sources = context.store.sources()
    failed = [source for source in sources if source.error or source.state == SourceCondition.FAILED]
    for source in failed[:_SHOWN]:
        path = context.short(source.path)
        yield Finding(
            "readable",
            GROUP,
            FindingStatus.FAIL,
            f"{path}: {source.error or 'it cannot be read'}",
            (f"service {source.service}, {source.records:,} records so far", "it is tried again at every scan"),
            f"make {path} readable for the user that collects",
        )
    if len(failed) > _SHOWN:
        summary = f"{len(failed) - _SHOWN} more sources cannot be read"
        yield Finding("readable", GROUP, FindingStatus.FAIL, summary, tuple(source.path for source in failed[_SHOWN:]))
    if not failed and not discovery.problems:
        yield Finding("readable", GROUP, FindingStatus.OK, f"{len(sources)} sources are read without error")


def understood_lines(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that formats match the lines of their sources."""
    yield from _share_finding(
        context,
        RecordFlag.UNPARSED,
        "understood",
        "lines match no known format",
        "lines are understood",
        "set format of the service in loglama.toml; the lines are stored and searchable all the same",
    )


def stamped_lines(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that lines say themselves when they were written."""
    yield from _share_finding(
        context,
        RecordFlag.TIME_INFERRED,
        "stamped",
        "records have no time of their own",
        "records have a time of their own",
        "let the service write a time into every line; until then it is that of the line before, or of the file",
    )


def future_times(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that no record is dated after now."""
    window = TimeRange(since_ns=context.now_ns + _FUTURE_S * 1_000_000_000)
    counts = context.store.counts_by(("service",), window)
    if counts:
        total = sum(counts.values())
        services = ", ".join(sorted(str(name or "") for (name,) in counts)[:3])
        yield Finding(
            "future-times",
            GROUP,
            FindingStatus.WARN,
            f"{total:,} records are dated in the future: {services}",
            tuple(f"{name}: {count:,} records" for (name,), count in counts.items()),
            "set timezone of the service in loglama.toml, or mend the clock of the machine that wrote them",
        )
    else:
        yield Finding("future-times", GROUP, FindingStatus.OK, "no record is dated in the future")


def clock_skew(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the last line of a file is as old as the file: else its time zone or clock is another."""
    sizes = {
        (candidate.device, candidate.inode): candidate.modified_ns
        for candidate in Discovery(context.settings).candidates()
    }
    for source in context.store.sources():
        written_ns = sizes.get((source.device, source.inode))
        if written_ns is None or source.last_record_ns is None or source.lag_bytes:
            continue
        behind_ns = written_ns - source.last_record_ns
        hours = round(behind_ns / _HALF_HOUR_NS) * _HALF_HOUR_NS
        is_zone = hours and abs(hours) <= _WIDEST_ZONE_NS and abs(behind_ns - hours) < _SKEW_TOLERANCE_NS
        if is_zone or behind_ns < -_SKEW_TOLERANCE_NS:
            distance = duration(abs(behind_ns) // 1_000_000_000)
            direction = "behind" if behind_ns > 0 else "ahead of"
            cause = "its stamps look like another time zone" if is_zone else "the clock of its writer is ahead"
            yield Finding(
                "clock-skew",
                GROUP,
                FindingStatus.WARN,
                f"{context.short(source.path)}: times are {distance} {direction} the file's",
                (cause, f"format {source.format or 'unknown'}, service {source.service}"),
                f'set timezone = "UTC" (or a name such as "Europe/Warsaw") for {source.service} in loglama.toml',
            )


def _share_finding(
    context: DiagnosticContext, flag: RecordFlag, check: str, trouble: str, well: str, remedy: str
) -> Iterator[Finding]:
    """Compare how many of each source's newest records carry a flag with what is tolerable."""
    records = _sample(context)
    if not records:
        return
    by_source: defaultdict[str, list[LogRecord]] = defaultdict(list)
    for record in records:
        by_source[record.source].append(record)
    flagged = Counter(record.source for record in records if record.flags & flag)
    bad = [
        (source, flagged[source] / len(found))
        for source, found in by_source.items()
        if len(found) >= _LEAST_SAMPLED and flagged[source] / len(found) > _SHARE_WARN
    ]
    for source, share in sorted(bad, key=lambda item: -item[1])[:_SHOWN]:
        examples = [record for record in by_source[source] if record.flags & flag][-3:]
        yield Finding(
            check,
            GROUP,
            FindingStatus.WARN,
            f"{context.short(source)}: {share:.0%} of the newest {len(by_source[source]):,} {trouble}",
            tuple(record.message.split("\n", 1)[0][:_LINE_SHOWN] for record in examples),
            remedy,
        )
    if not bad:
        share = 1 - flagged.total() / len(records)
        amount = "all" if share == 1 else f"{share:.1%}"
        yield Finding(check, GROUP, FindingStatus.OK, f"{amount} of the newest {len(records):,} {well}")


def _sample(context: DiagnosticContext) -> list[LogRecord]:
    newest = context.store.newest_id()
    return context.store.id_range(newest - _SAMPLE + 1, newest) if newest else []
