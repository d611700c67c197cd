"""Keeps the header true: gathers what arrives, what the collector does, and what checks and services say."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from loglama_tui.alarm_watch import AlarmsRead, alarms_of
from loglama_tui.arrival_rate import ArrivalRate
from loglama_tui.widgets.header import Header, HeaderFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loglama_core.collector.thread import CollectorThread
    from loglama_core.model import Finding, ServiceStatus
    from loglama_tui.panes.live_tail import Arrived

REFRESH_S = 0.5
_PATIENCE_S = 3.0
"""The own collector needs a moment to begin, or to see that a daemon has come or gone."""
_BEHIND_BYTES = 5_000_000
"""A smaller backlog is gone before anybody has read that it is there."""


class HeaderFeed:
    """The facts behind one header. ``collector`` is the one in this process, if any."""

    def __init__(self, store: str, path: str) -> None:
        self.header = Header(HeaderFacts(store=store, path=path, collector_known=False))
        self.collector: CollectorThread | None = None
        self._arrivals = ArrivalRate()
        self._total: int | None = None
        self._daemon: bool | None = None
        self._collected_at = time.monotonic()
        self._arrived_at = self._refreshed_at = 0.0
        self._findings: Sequence[Finding] = ()
        self._statuses: Sequence[ServiceStatus] = ()

    def arrived(self, event: Arrived) -> None:
        """Note what Live has seen, and show it in the picture that shows the records."""
        self._arrivals.note(event.at, event.newest_id)
        self._arrived_at = time.monotonic()
        first = self._total is None
        if event.total is not None:
            self._total = event.total
        if (first and event.total is not None) or self._arrived_at - self._refreshed_at >= REFRESH_S:
            self.refresh()

    def look(self) -> None:
        """Do what is to be done every ``REFRESH_S`` seconds: refresh, unless that is done when records arrive."""
        if time.monotonic() - self._arrived_at >= REFRESH_S:
            self.refresh()

    def alarms_read(self, event: AlarmsRead) -> None:
        """Note what all checks and services said."""
        self._findings, self._statuses = event.findings, event.statuses
        self._daemon = event.daemon
        if event.records is not None:
            self._total = event.records  # Live hears of it sooner, but may not have been opened
        self.refresh()
        self._show_alarms()

    def findings_changed(self, findings: Sequence[Finding]) -> None:
        """Agree with the Diagnostics tab."""
        self._findings = findings
        self._show_alarms()

    def statuses_read(self, statuses: Sequence[ServiceStatus]) -> None:
        """Agree with the Services tab."""
        self._statuses = statuses
        self._show_alarms()

    def refresh(self) -> None:
        """Show how many records there are and how fast more are collected, by whom ever."""
        now = self._refreshed_at = time.monotonic()
        rate = self._arrivals.per_second(now)
        collecting: float | None = None
        note, failed = "", False
        if self.collector is not None and self.collector.daemon_pid is None:
            status = self.collector.status()
            if status.collecting:
                self._collected_at = now
            failed = bool(status.error)
            if status.collecting or (not failed and now - self._collected_at < _PATIENCE_S):
                collecting = status.records_per_s
            note = status.error or _behind(status.backlog_bytes)
        elif self.collector is not None or self._daemon or rate > 0:
            self._collected_at = now
            collecting = rate  # a daemon's doing: what arrives is what it stores
            note = _behind(self.collector.daemon_backlog_bytes) if self.collector is not None else ""
        self.header.show(
            replace(
                self.header.facts,
                records=self._total,
                collector_known=self.collector is not None or self._daemon is not None or rate > 0,
                collecting=collecting,
                collector_note=note,
                collector_failed=failed,
            )
        )

    def _show_alarms(self) -> None:
        self.header.show(replace(self.header.facts, alarms=alarms_of(self._findings, self._statuses)))


def _behind(backlog_bytes: int) -> str:
    return f"{backlog_bytes / 1e6:,.0f} MB behind" if backlog_bytes > _BEHIND_BYTES else ""
