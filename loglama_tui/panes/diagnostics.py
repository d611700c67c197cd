"""The Diagnostics tab: every check, what it found, what to do about it, and how the collector is doing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from loglama_core.config.settings import Settings
from loglama_core.diagnostics.bug_report import bug_report, write_report
from loglama_core.diagnostics.catalog import CHECKS
from loglama_core.diagnostics.context import TerminalFacts
from loglama_core.diagnostics.fixes import apply_fix
from loglama_core.diagnostics.report import run_checks
from loglama_core.errors import LogLamaError, QueryCancelledError, StoreError
from loglama_core.model import Finding, FindingStatus
from loglama_core.query.quoting import quote
from loglama_core.store.collector_metrics import CollectorMetrics, read_metrics
from loglama_core.store.record_reader import RecordReader
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.panes.requests import SearchWanted
from loglama_tui.theme import palette_of
from loglama_tui.widgets.collector_metrics_strip import SPANS, CollectorMetricsStrip, Span
from loglama_tui.widgets.finding_list import FindingList
from loglama_tui.widgets.service_table import ServiceTable

_AGAIN_S = 10.0
"""While the tab is in front the checks are run so often: 0.1 s of work each time."""


class DiagnosticsPane(Widget):
    """Runs every check in a thread, again and again while it is in front; the first line says when that was."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("diagnostics"))

    @dataclass
    class FindingsChanged(Message):
        """The checks have been run; the header counts what fails."""

        findings: list[Finding]
        ran_ns: int
        took_ms: float
        thorough: bool

    @dataclass
    class MetricsRead(Message):
        """What the collector measured of itself in a span was read."""

        metrics: Sequence[CollectorMetrics]
        read_ns: int
        span: Span

    @dataclass
    class ChangeMade(Message):
        """Something was done, or could not be: ``text`` says what."""

        text: str
        failed: bool = False

    def __init__(
        self,
        settings: Settings,
        reader_factory: Callable[[], RecordReader],
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._settings = settings
        self._reader_factory = reader_factory
        self._clock_ns = clock_ns
        self._time_zone = zone
        self._last: DiagnosticsPane.FindingsChanged | None = None
        self._busy = False
        self._span = SPANS[0]

    def compose(self) -> ComposeResult:
        """Lay out what was run when, the collector's curves, and the findings."""
        yield Static(id="diagnostics-summary", markup=False)
        yield CollectorMetricsStrip()
        yield FindingList()

    def on_mount(self) -> None:
        """Run the checks, and again while the tab is in front."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._summarize())
        self.query_one(FindingList).focus()
        self._run(thorough=False)
        self.set_interval(_AGAIN_S, self._run_in_front)

    def _run_in_front(self) -> None:
        """Run the checks again unless nobody looks or they are still running."""
        if self.display and not self._busy and not (self._last is not None and self._last.thorough):
            self._check(self._terminal(), thorough=False)

    def action_run_again(self) -> None:
        """Run every check again."""
        self._run(thorough=False)

    def action_check_integrity(self) -> None:
        """Run every check, and let SQLite read the whole store."""
        self._run(thorough=True)

    def action_evidence(self) -> None:
        """Open or close what the finding under the cursor is based on."""
        self.query_one(FindingList).toggle_evidence()

    def action_fix(self) -> None:
        """Show what the fix of the finding under the cursor will do; the second time, do it."""
        findings = self.query_one(FindingList)
        finding = findings.selected
        if finding is None:
            return
        if finding.fix is None:
            self.app.notify("nothing here that LogLama could mend itself", markup=False, timeout=3)
            return
        if findings.previewed is not finding:
            findings.preview_fix(finding)
            return
        findings.preview_fix(None)
        self._say(f"making the change: {display_safe(finding.fix.action)} …")
        self._apply(finding)

    def action_next_span(self) -> None:
        """Let the curves look back an hour, a day, a week in turn."""
        self._span = SPANS[(SPANS.index(self._span) + 1) % len(SPANS)]
        self._summarize()
        self._read_metrics(self._span)

    def action_leave_fix(self) -> None:
        """Leave the fix that is shown unmade."""
        self.query_one(FindingList).preview_fix(None)

    def action_write_report(self) -> None:
        """Write everything into a file fit for a bug report."""
        if self._last is not None:
            self._write_report(self._last.findings)

    def action_show_records(self) -> None:
        """Show the records in question in Search."""
        finding = self.query_one(FindingList).selected
        query = (
            "" if finding is None else finding.query or (f"service:{quote(finding.service)}" if finding.service else "")
        )
        if query:
            self.post_message(SearchWanted(query))
        else:
            self.app.notify("this finding is about no records", markup=False, timeout=3)

    async def action_show_services(self) -> None:
        """Show the Services tab, at the service that the finding under the cursor is about."""
        finding = self.query_one(FindingList).selected
        await self.app.run_action("show_tab('services')")
        if finding is not None and finding.service:
            for table in self.app.screen.query(ServiceTable):
                table.choose(finding.service)

    def _run(self, *, thorough: bool) -> None:
        self._say("reading the whole store …" if thorough else "checking …")
        self._check(self._terminal(), thorough=thorough)

    def _say(self, text: str) -> None:
        self.query_one("#diagnostics-summary", Static).update(Content.styled(text, palette_of(self.app).dim))

    @work(thread=True, exclusive=True, group="diagnostics")
    def _check(self, terminal: TerminalFacts, *, thorough: bool) -> None:
        self._busy = True
        ran_ns = self._clock_ns()
        started = time.perf_counter()
        worker = get_current_worker()
        try:
            findings = run_checks(
                self._settings,
                self._reader_factory,
                ran_ns,
                checks=CHECKS if thorough else None,
                environ=os.environ,
                terminal_facts=terminal,
                # Leaving the explorer must not wait for a store of 10 GB to be read.
                stopped=lambda: worker.is_cancelled,
            )
        except QueryCancelledError:
            return
        finally:
            self._busy = False
        took_ms = (time.perf_counter() - started) * 1000
        self.post_message(self.FindingsChanged(findings, ran_ns, took_ms, thorough))
        self.post_message(self.MetricsRead(_metrics(self._settings, ran_ns, self._span), ran_ns, self._span))

    @work(thread=True, exclusive=True, group="metrics")
    def _read_metrics(self, span: Span) -> None:
        now_ns = self._clock_ns()
        self.post_message(self.MetricsRead(_metrics(self._settings, now_ns, span), now_ns, span))

    @work(thread=True, group="fix")
    def _apply(self, finding: Finding) -> None:
        if finding.fix is None:
            return
        try:
            apply_fix(finding.fix, self._settings)
        except LogLamaError as error:
            self.post_message(self.ChangeMade(f"{error.message}: {error.hint}", failed=True))
        except OSError as error:
            self.post_message(self.ChangeMade(f"{error.filename or ''}: {error.strerror}", failed=True))
        else:
            self.post_message(self.ChangeMade(f"done: {', '.join(finding.fix.preview)}"))

    @work(thread=True, group="report")
    def _write_report(self, findings: list[Finding]) -> None:
        now_ns = self._clock_ns()
        stamp = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC).astimezone(self._time_zone)
        path = self._settings.folder / f"loglama-report-{stamp:%Y%m%d-%H%M%S}.json"
        try:
            write_report(path, bug_report(self._settings, findings, now_ns))
        except LogLamaError as error:
            self.post_message(self.ChangeMade(f"{error.message}: {error.hint}", failed=True))
        else:
            self.post_message(self.ChangeMade(f"the report is in {path}; look through it before you hand it on"))

    def _terminal(self) -> TerminalFacts:
        size = self.app.size
        encoding = getattr(sys.__stdout__, "encoding", None) or "unknown"
        return TerminalFacts(size.width, size.height, self.app.console.color_system or "", encoding)

    @on(ChangeMade)
    def _change_made(self, event: ChangeMade) -> None:
        event.stop()
        self.app.notify(
            display_safe(event.text), markup=False, timeout=8, severity="error" if event.failed else "information"
        )
        self._run(thorough=False)

    @on(FindingsChanged)
    def _findings_changed(self, event: FindingsChanged) -> None:
        self._last = event
        self.query_one(FindingList).show(event.findings)
        self._summarize()

    @on(MetricsRead)
    def _metrics_read(self, event: MetricsRead) -> None:
        event.stop()
        if event.span is self._span:
            self.query_one(CollectorMetricsStrip).show(event.metrics, event.read_ns, event.span)

    def _summarize(self) -> None:
        event = self._last
        if event is None:
            return
        palette = palette_of(self.app)
        verdicts = [finding.status for finding in event.findings]
        failed, warned = verdicts.count(FindingStatus.FAIL), verdicts.count(FindingStatus.WARN)
        well = verdicts.count(FindingStatus.OK)
        parts: list[tuple[str, str]] = []
        if failed:
            parts.append((f"{failed} failed   ", f"bold {palette.error}"))
        if warned:
            parts.append((f"{warned} {'warning' if warned == 1 else 'warnings'}   ", palette.warning))
        parts.append((f"{well} ok   ", palette.good if not failed and not warned else palette.dim))
        ran = datetime.fromtimestamp(event.ran_ns // 1_000_000_000, UTC).astimezone(self._time_zone)
        parts.append((f"checked at {ran:%H:%M:%S} in {event.took_ms:,.0f} ms   ", palette.dim))
        parts.append((f"curves: the last {self._span.name}", palette.dim))
        self.query_one("#diagnostics-summary", Static).update(Content.assemble(*parts))

    @on(FindingList.RowSelected)
    def _finding_selected(self, event: FindingList.RowSelected) -> None:
        event.stop()
        self.action_evidence()


def _metrics(settings: Settings, now_ns: int, span: Span) -> Sequence[CollectorMetrics]:
    """Return what was measured in the span; the last of them is what was measured last, whatever its step."""
    try:
        since_ns = now_ns - span.seconds * 1_000_000_000
        if span.step_s is None:
            return read_metrics(settings.db_path, since_ns)
        newest = read_metrics(settings.db_path, now_ns - SPANS[0].seconds * 1_000_000_000)[-1:]
        return [*read_metrics(settings.db_path, since_ns, step_s=span.step_s), *newest]
    except StoreError:  # a finding says so
        return ()
