"""The Diagnostics tab: every check, what it found, and what to do about it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
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
from loglama_core.diagnostics.catalog import CHECKS
from loglama_core.diagnostics.context import TerminalFacts
from loglama_core.diagnostics.report import run_checks
from loglama_core.errors import QueryCancelledError
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.record_reader import RecordReader
from loglama_tui.commands import bindings_of
from loglama_tui.theme import palette_of
from loglama_tui.widgets.finding_list import FindingList


class DiagnosticsPane(Widget):
    """Runs every check in a thread, once when mounted and whenever asked to; the first line says when that was."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("diagnostics"))

    @dataclass
    class FindingsChanged(Message):
        """The checks have been run; the header counts what fails."""

        findings: list[Finding]
        ran_ns: int
        took_ms: float
        thorough: bool

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

    def compose(self) -> ComposeResult:
        """Lay out what was run when, and the findings."""
        yield Static(id="diagnostics-summary", markup=False)
        yield FindingList()

    def on_mount(self) -> None:
        """Run the checks."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._summarize())
        self._run(thorough=False)

    def action_run_again(self) -> None:
        """Run every check again."""
        self._run(thorough=False)

    def action_check_integrity(self) -> None:
        """Run every check, and let SQLite read the whole store."""
        self._run(thorough=True)

    def action_evidence(self) -> None:
        """Open or close what the finding under the cursor is based on."""
        self.query_one(FindingList).toggle_evidence()

    def _run(self, *, thorough: bool) -> None:
        doing = "reading the whole store …" if thorough else "checking …"
        self.query_one("#diagnostics-summary", Static).update(Content.styled(doing, palette_of(self.app).dim))
        self._check(self._terminal(), thorough=thorough)

    @work(thread=True, exclusive=True, group="diagnostics")
    def _check(self, terminal: TerminalFacts, *, thorough: bool) -> None:
        ran_ns = self._clock_ns()
        started = time.perf_counter()
        worker = get_current_worker()
        try:
            findings = run_checks(
                self._settings,
                self._reader_factory,
                ran_ns,
                environ=os.environ,
                terminal_facts=terminal,
                checks=CHECKS if thorough else None,
                # Leaving the explorer must not wait for a store of 10 GB to be read.
                stopped=lambda: worker.is_cancelled,
            )
        except QueryCancelledError:
            return
        took_ms = (time.perf_counter() - started) * 1000
        self.post_message(self.FindingsChanged(findings, ran_ns, took_ms, thorough))

    def _terminal(self) -> TerminalFacts:
        size = self.app.size
        encoding = getattr(sys.__stdout__, "encoding", None) or "unknown"
        return TerminalFacts(size.width, size.height, self.app.console.color_system or "", encoding)

    @on(FindingsChanged)
    def _findings_changed(self, event: FindingsChanged) -> None:
        self._last = event
        self.query_one(FindingList).show(event.findings)
        self._summarize()

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
        parts.append((f"checked at {ran:%H:%M:%S} in {event.took_ms:,.0f} ms", palette.dim))
        self.query_one("#diagnostics-summary", Static).update(Content.assemble(*parts))

    @on(FindingList.RowSelected)
    def _finding_selected(self, event: FindingList.RowSelected) -> None:
        event.stop()
        self.action_evidence()
