"""What the records tell about a service: when it last spoke, how much, how often in error."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from loglama_core.model import LogRecord, ServiceStatus, SourceState
from loglama_core.query.tree import And, Compare, Node
from loglama_core.store.record_reader import RecordReader

TREND_MINUTES = 10
"""Minutes that ``ServiceStatus.trend`` and the rates look back, the current one included."""

_MINUTE_NS = 60_000_000_000
_ERROR_LEVELS = frozenset({"error", "critical"})


def with_activity(status: ServiceStatus, reader: RecordReader, now_ns: int) -> ServiceStatus:
    """Return the status with what the records of the service tell.

    Rates and trend count records by their own time over the last ``TREND_MINUTES``; the trend has one number per
    minute, oldest first. Costs 1 ms, 5 ms for a service that fell silent long ago (485,000 records). Raises
    ``StoreError``.
    """
    query = records_of(status.service)
    since_ns = (now_ns // _MINUTE_NS - TREND_MINUTES + 1) * _MINUTE_NS
    until_ns = since_ns + TREND_MINUTES * _MINUTE_NS
    minutes = (now_ns - since_ns) / _MINUTE_NS
    buckets = reader.counts_over_time(query, since_ns=since_ns, until_ns=until_ns, step_ns=_MINUTE_NS)
    trend = tuple(sum(bucket.counts.values()) for bucket in buckets)
    errors = sum(count for bucket in buckets for level, count in bucket.counts.items() if level in _ERROR_LEVELS)
    newest = next(iter(reader.search(query, order="newest", limit=1)), None)
    return replace(
        status,
        last_record_ns=None if newest is None else newest.time_ns,
        records_per_min=sum(trend) / minutes,
        errors_per_min=errors / minutes,
        trend=trend,
    )


def records_of(service: str, *, errors_only: bool = False) -> Node:
    """Return the query for the records of one service, by its exact name."""
    named = Compare("service", "=", (service,))
    return And((named, Compare("level", ">=", ("error",)))) if errors_only else named


def sources_of(service: str, sources: Iterable[SourceState], latest: Collection[LogRecord]) -> list[SourceState]:
    """Return the sources that feed a service: those declared for it, and those its ``latest`` records came from.

    The second kind is the shared file whose lines name their service themselves.
    """
    paths = {record.source for record in latest}
    return [source for source in sources if source.service == service or source.lineage in paths]
