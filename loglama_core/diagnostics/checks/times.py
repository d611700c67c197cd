"""Checks of the times of records: their own, believable, and of one clock."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from loglama_core.amounts import duration
from loglama_core.diagnostics.checks.sources import GROUP, share_finding
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.model import Finding, FindingStatus, RecordFlag
from loglama_core.query.time_expression import time_text
from loglama_core.query.tree import TimeRange

_FUTURE_S = 300
_FIRST_BELIEVABLE_NS = 946_684_800_000_000_000
"""2000-01-01: an older stamp is a number misread, or a clock that was never set."""
_SECOND_NS = 1_000_000_000
_HALF_HOUR_NS = 1800 * _SECOND_NS
_SKEW_TOLERANCE_NS = 90 * _SECOND_NS
_WIDEST_ZONE_NS = 28 * _HALF_HOUR_NS
_LAST_BYTES = 4096
_ZONED_CLOCK = re.compile(rb"\d\d:\d\d:\d\d(?:[.,]\d+)?\s?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?![\w:])")


def stamped_lines(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that lines say themselves when they were written."""
    yield from share_finding(
        context,
        RecordFlag.TIME_INFERRED,
        "stamped",
        "records have no time of their own",
        "records have a time of their own",
        "let the service write a time into every line; until then it is that of the line before, or of the file",
    )


def future_times(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that no record is dated after now."""
    window = TimeRange(since_ns=context.now_ns + _FUTURE_S * _SECOND_NS)
    remedy = "set timezone of the service in loglama.toml, or mend the clock of the machine that wrote them"
    yield from _unbelievable(context, window, "future-times", "in the future", remedy)


def past_times(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that no record is dated before there were computers that log."""
    window = TimeRange(until_ns=_FIRST_BELIEVABLE_NS)
    remedy = "set format of the service in loglama.toml, or set the clock of the machine that wrote them"
    yield from _unbelievable(context, window, "past-times", "before the year 2000", remedy)


def clock_skew(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the last line of a file is as old as the file: else its time zone or clock is another.

    Stamps that name their zone are not taken for those of another: one in ten files that are written to now and then is
    some half hours younger than its last line by chance.
    """
    modified = {(file.device, file.inode): file.modified_ns for file in context.files.candidates}
    is_skewed = False
    for source in context.sources:
        written_ns = modified.get((source.device, source.inode))
        if written_ns is None or source.last_record_ns is None or source.lag_bytes:
            continue
        behind_ns = written_ns - source.last_record_ns
        hours = round(behind_ns / _HALF_HOUR_NS) * _HALF_HOUR_NS
        is_distance_of_zones = hours and abs(hours) <= _WIDEST_ZONE_NS and abs(behind_ns - hours) < _SKEW_TOLERANCE_NS
        is_zone = is_distance_of_zones and not _names_its_zone(source.path)
        if is_zone or behind_ns < -_SKEW_TOLERANCE_NS:
            is_skewed = True
            distance = duration(abs(behind_ns) // _SECOND_NS)
            direction = "behind" if behind_ns > 0 else "ahead of"
            cause = "its stamps look like another time zone" if is_zone else "the clock of its writer is ahead"
            zone = f'set timezone = "UTC" (or a name such as "Europe/Warsaw") for {source.service} in loglama.toml'
            yield Finding(
                "clock-skew",
                GROUP,
                FindingStatus.WARN,
                f"{context.short(source.path)}: times are {distance} {direction} the file's",
                (cause, f"format {source.format or 'unknown'}, service {source.service}"),
                zone if is_zone else "set the clock of the machine that writes it, by NTP for instance",
                service=source.service,
            )
    if not is_skewed:
        yield Finding("clock-skew", GROUP, FindingStatus.OK, "the times of records agree with those of their files")


def _names_its_zone(path: str) -> bool:
    """Tell whether the last line of a file has a stamp with a zone."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the path may hold bytes that are no text
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST_BYTES))
            lines = file.read(_LAST_BYTES).rstrip().rsplit(b"\n", 1)
    except OSError:
        return False
    return _ZONED_CLOCK.search(lines[-1]) is not None


def _unbelievable(
    context: DiagnosticContext, window: TimeRange, check: str, when: str, remedy: str
) -> Iterator[Finding]:
    counts = context.store.counts_by(("service",), window)
    if not counts:
        yield Finding(check, GROUP, FindingStatus.OK, f"no record is dated {when}")
        return
    total = sum(counts.values())
    services = sorted(str(name or "") for (name,) in counts)
    yield Finding(
        check,
        GROUP,
        FindingStatus.WARN,
        f"{total:,} {'record is' if total == 1 else 'records are'} dated {when}: {', '.join(services[:3])}",
        tuple(f"{name}: {count:,} records" for (name,), count in counts.items()),
        remedy,
        service=services[0] if len(services) == 1 else "",
        query=" ".join(
            f"{bound}:{time_text(moment)}"
            for bound, moment in (("since", window.since_ns), ("until", window.until_ns))
            if moment is not None
        ),
    )
