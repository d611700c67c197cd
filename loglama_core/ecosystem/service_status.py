"""What the records and sources tell about each service: when it last spoke, how much, how often in error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from loglama_core.config.settings import SettingOrigin, Settings
from loglama_core.model import LogRecord, ServiceState, ServiceStatus, SourceState
from loglama_core.query.tree import And, Compare, Node
from loglama_core.store.record_reader import RecordReader

TREND_MINUTES = 10
"""Minutes that ``ServiceStatus.trend`` and the rates look back, the current one included."""

_SILENCE = (0,) * TREND_MINUTES
_MINUTE_NS = 60_000_000_000
_ERROR_LEVELS = frozenset({"error", "critical"})
_DECLARED = "declared in loglama.toml; its process is not managed yet"
_PRESET = "one of the PyLama preset; its process is not managed yet"
_NOT_DECLARED = "not declared, known from its records; its process is not managed"


def service_statuses(settings: Settings, reader: RecordReader, now_ns: int) -> list[ServiceStatus]:
    """Return every declared service and every service that has records; silent services of the preset come last.

    The state is ``unknown``: nothing here starts services, so nothing here knows whether they run. Rates and trend
    count records by their own time over the last ``TREND_MINUTES``; the trend has one number per minute, oldest
    first. Costs 1 ms for each service, 5 ms for one that fell silent long ago (485,000 records). Raises ``StoreError``.
    """
    with_records = reader.services()
    lags: Counter[str] = Counter()
    for source in reader.sources():
        lags[source.service] += source.lag_bytes
    return [
        replace(
            _heard(status, reader, now_ns) if status.service in with_records else status,
            lag_bytes=lags[status.service],
        )
        for status in known_services(settings, with_records)
    ]


def known_services(settings: Settings, with_records: Sequence[str] = ()) -> list[ServiceStatus]:
    """Return the services that are declared or have records, with nothing said about what they do; asks no store."""
    names = [service.name for service in settings.services]
    is_preset = settings.sources["services"].origin is SettingOrigin.DEFAULT
    reasons = dict.fromkeys(names, _PRESET if is_preset else _DECLARED)
    others = [name for name in with_records if name not in reasons]
    if is_preset:
        heard = sorted({*with_records})
        ordered = heard + [name for name in names if name not in heard]
    else:
        ordered = names + others
    return [
        ServiceStatus(service=name, state=ServiceState.UNKNOWN, reason=reasons.get(name, _NOT_DECLARED), trend=_SILENCE)
        for name in ordered
    ]


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


def _heard(status: ServiceStatus, reader: RecordReader, now_ns: int) -> ServiceStatus:
    """Return the status with what the records of the service tell."""
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
