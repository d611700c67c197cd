"""Checks of what should not stand in a log: how many secrets, of which service, never which (security 18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.errors import QueryCancelledError
from loglama_core.model import Finding, FindingStatus, LogRecord
from loglama_core.secret_text import mask_secrets, mask_secrets_in_fields

GROUP = "sources"

_PAGE = 5_000


def secrets_in_newest(context: DiagnosticContext) -> Iterator[Finding]:
    """Count secrets in the newest records."""
    records = context.newest_records
    yield from _finding("secrets", context, records, f"the newest {len(records):,} records")


def secrets_anywhere(context: DiagnosticContext) -> Iterator[Finding]:
    """Count secrets in every record; only on demand, because it reads the whole store (10 million: two minutes)."""
    yield from _finding("all-secrets", context, _all_records(context), "all records")


def _finding(check: str, context: DiagnosticContext, records: Iterable[LogRecord], where: str) -> Iterator[Finding]:
    found: Counter[str] = Counter()
    for record in records:
        _, in_message = mask_secrets(record.message)
        in_fields = mask_secrets_in_fields(record.fields)[1] if record.fields else 0
        if in_message or in_fields:
            found[record.service] += 1
    if not found:
        yield Finding(check, GROUP, FindingStatus.OK, f"no secrets stand in {where}")
        return
    services = [service for service, _ in found.most_common(3)]
    rules = context.settings.redact
    is_redacting = rules is not None and rules.enabled
    yield Finding(
        check,
        GROUP,
        FindingStatus.WARN,
        f"{found.total():,} of {where} hold secrets: {', '.join(services)}",
        (
            *(f"{service}: {count:,} records with passwords, tokens or keys" for service, count in found.most_common()),
            "[redact] is enabled: they were stored before" if is_redacting else "[redact] is not enabled",
        ),
        "let the services not log them"
        if is_redacting
        else "add [redact] enabled = true to loglama.toml: secrets are then masked before anything is stored",
        service=services[0],
    )


def _all_records(context: DiagnosticContext) -> Iterator[LogRecord]:
    store = context.store
    newest = store.newest_id()
    for first in range(store.oldest_id() or 1, newest + 1, _PAGE):
        if context.stopped():
            raise QueryCancelledError("the check was stopped", "run it again")
        yield from store.id_range(first, first + _PAGE - 1)
