"""Looks now and then at checks and services, so that the header can say what is down and what fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_tui.widgets.header import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loglama_core.config.settings import Settings
    from loglama_core.diagnostics.context import TerminalFacts
    from loglama_core.model import Finding, ServiceStatus
    from loglama_core.store.record_reader import RecordReader


@dataclass(eq=False, repr=False)
class AlarmsRead(Message):
    """What the checks found, what is known of the services, whether a daemon collects, and how many records there are.

    ``records``: ``None`` while the store cannot be read.
    """

    findings: Sequence[Finding]
    statuses: Sequence[ServiceStatus]
    daemon: bool
    records: int | None = None


def read_alarms(
    settings: Settings, reader_factory: Callable[[], RecordReader], now_ns: int, terminal: TerminalFacts
) -> AlarmsRead:
    """Run the checks and ask for the services, in a thread. A store that cannot be read is a finding like others."""
    from loglama_core.collector.daemon_lock import running_daemon
    from loglama_core.diagnostics.report import run_checks
    from loglama_core.ecosystem.service_status import service_statuses
    from loglama_core.errors import LogLamaError

    daemon = running_daemon(settings.db_path) is not None
    findings = run_checks(settings, reader_factory, now_ns, terminal_facts=terminal)
    try:
        reader = reader_factory()
    except LogLamaError:
        return AlarmsRead(findings, (), daemon)
    try:
        return AlarmsRead(findings, service_statuses(settings, reader, now_ns), daemon, reader.record_count())
    finally:
        reader.close()


def alarms_of(findings: Sequence[Finding], statuses: Sequence[ServiceStatus]) -> tuple[Alarm, ...]:
    """Return the header's alarms, what is well first and what needs a look after it."""
    from loglama_core.diagnostics.alarm import alarm_counts

    counts = alarm_counts(findings, statuses)
    plural = "" if counts.warnings == 1 else "s"
    alarms = (
        (counts.up, Alarm(f"{counts.up} up", "good", "services")),
        (counts.down, Alarm(f"{counts.down} down", "error", "services", bold=True)),
        (counts.failures, Alarm(f"{counts.failures} failing", "error", "diagnostics", bold=True)),
        (counts.warnings, Alarm(f"{counts.warnings} warning{plural}", "warning", "diagnostics")),
    )
    return tuple(alarm for count, alarm in alarms if count)
