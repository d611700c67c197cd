"""The Services tab: how every service is, looked at anew every two seconds, and the actions on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from loglama_core.config.settings import Settings
from loglama_core.ecosystem.service_activity import records_of, sources_of
from loglama_core.ecosystem.service_status import ServiceWatch, known_services
from loglama_core.errors import LogLamaError
from loglama_core.model import LogRecord, ServiceStatus, SourceState
from loglama_core.store.record_reader import Gap, RecordReader
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.panes.choices import Choice
from loglama_tui.panes.requests import ChoiceWanted
from loglama_tui.panes.service_actions import Action, ActionEnded, ServiceActions, ServiceStep
from loglama_tui.reader_messages import Crashed
from loglama_tui.reader_thread import ReaderThread
from loglama_tui.theme import palette_of
from loglama_tui.widgets.action_progress import ActionProgress
from loglama_tui.widgets.debounce import Debounce
from loglama_tui.widgets.service_detail import ServiceDetail, ServiceFacts
from loglama_tui.widgets.service_table import ColumnTitles, ServiceTable

if TYPE_CHECKING:
    from loglama_core.ecosystem.service_report import ServiceVerdicts
    from loglama_tui.reader_thread import Stale

REFRESH_S = 2.0
_LATEST_LINES = 30
_GAPS_READ = 1000
_VERDICTS_S = 30.0
"""The checks of the service under the cursor are run again after so long."""


class ServicesPane(Widget):
    """Services above, the one under the cursor below. Everything is read in a thread with a reader of its own."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("services"))

    class ServiceLogsRequested(Message):
        """Someone wants to see the logs of a service, or only its errors."""

        def __init__(self, service: str, *, errors_only: bool = False) -> None:
            super().__init__()
            self.service = service
            self.errors_only = errors_only

    class StatusesRead(Message):
        """All services as they are now; the header counts them."""

        def __init__(self, statuses: list[ServiceStatus], now_ns: int) -> None:
            super().__init__()
            self.statuses = statuses
            self.now_ns = now_ns

    @dataclass
    class _DetailRead(Message):
        service: str
        sources: list[SourceState]
        latest: list[LogRecord]
        gaps: list[Gap]

    @dataclass
    class _ReadFailed(Message):
        error: LogLamaError

    @dataclass
    class _VerdictsRead(Message):
        service: str
        verdicts: ServiceVerdicts

    def __init__(
        self,
        settings: Settings,
        reader_factory: Callable[[], RecordReader],
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._settings = settings
        self._clock_ns = clock_ns
        self._facts: ServiceFacts | None = None
        self._known: dict[str, ServiceFacts] = {}
        """What was last read of each service: it stands there until it is read anew."""
        self._debounce = Debounce(self)
        self._statuses: list[ServiceStatus] = []
        self._verdicts: dict[str, tuple[float, ServiceVerdicts]] = {}
        self._watch = ServiceWatch(settings)
        self._actions = ServiceActions(settings, self.post_message)
        self._reading = ReaderThread(
            "services",
            reader_factory,
            failed=self._reading_failed,
            crashed=lambda bug: self.post_message(Crashed(bug)),
        )

    def compose(self) -> ComposeResult:
        """Lay out titles, services, what cannot be read, the service under the cursor, and what an action is doing."""
        table = ServiceTable()
        yield ColumnTitles(table)
        yield table
        yield Static(id="services-trouble", markup=False)
        yield ServiceDetail(self._settings.folder)
        yield ActionProgress()

    def on_mount(self) -> None:
        """Show what is declared at once, and begin to read."""
        self.query_one("#services-trouble").display = False
        table = self.query_one(ServiceTable)
        table.show(known_services(self._settings), self._clock_ns())
        table.focus()
        self._show_detail(self._clock_ns())
        self._reading.start()
        self.set_interval(REFRESH_S, self._read)
        self._read()

    def on_unmount(self) -> None:
        """Close the reader; what an action is starting is given up."""
        self._actions.cancel()
        self._reading.stop()

    def on_show(self) -> None:
        """Read anew when the tab comes to the front."""
        self._read()

    def _read(self) -> None:
        if not self.display:
            return
        self._reading.submit("statuses", self._read_statuses)
        self._read_detail()

    def _read_statuses(self, reader: RecordReader, _stale: Stale) -> None:
        now_ns = self._clock_ns()
        self.post_message(self.StatusesRead(self._watch.statuses(reader, now_ns), now_ns))

    def _reading_failed(self, name: str, error: LogLamaError) -> None:
        """Show processes all the same when the store tells nothing; called in the reading thread."""
        if name == "statuses":
            now_ns = self._clock_ns()
            self.post_message(self.StatusesRead(self._watch.statuses(None, now_ns), now_ns))
        self.post_message(self._ReadFailed(error))

    def _read_detail(self) -> None:
        status = self.query_one(ServiceTable).selected
        if status is None:
            return

        def read(reader: RecordReader, stale: Stale) -> None:
            latest = list(reader.search(records_of(status.service), order="newest", limit=_LATEST_LINES))
            if not stale():
                sources = sources_of(status.service, reader.sources(), latest)
                lineages = {source.lineage for source in sources}
                gaps = [gap for gap in reader.gaps(limit=_GAPS_READ) if gap.source in lineages]
                self.post_message(self._DetailRead(status.service, sources, latest, gaps))

        self._reading.submit("detail", read)
        checked = self._verdicts.get(status.service)
        if status.declared and (checked is None or time.monotonic() - checked[0] > _VERDICTS_S):
            self.run_worker(partial(self._check, status.service), thread=True, exclusive=True, group="verdicts")

    def _check(self, service: str) -> None:
        """Run the checks of a service; in a thread of its own, for they take up to a second."""
        from loglama_core.ecosystem.service_report import service_verdicts

        self.post_message(self._VerdictsRead(service, service_verdicts(self._settings, service)))

    @on(_VerdictsRead)
    def _verdicts_read(self, event: _VerdictsRead) -> None:
        event.stop()
        self._verdicts[event.service] = time.monotonic(), event.verdicts
        self._show_detail(self._clock_ns())

    @on(StatusesRead)
    def _statuses_read(self, event: StatusesRead) -> None:
        self.query_one("#services-trouble").display = False
        self._statuses = event.statuses
        self.query_one(ServiceTable).show(event.statuses, event.now_ns)
        self.query_one(ColumnTitles).refresh()
        self._show_detail(event.now_ns)
        if self._facts is not None and self._facts.sources is None:
            self._read_detail()

    @on(_DetailRead)
    def _detail_read(self, event: _DetailRead) -> None:
        event.stop()
        status = self.query_one(ServiceTable).selected
        if status is not None and status.service == event.service:
            self._facts = self._facts_of(status, self._clock_ns(), event.sources, event.latest, event.gaps)
            self._known[event.service] = self._facts
            self.query_one(ServiceDetail).show(self._facts)

    @on(_ReadFailed)
    def _read_failed(self, event: _ReadFailed) -> None:
        event.stop()
        palette = palette_of(self.app)
        trouble = self.query_one("#services-trouble", Static)
        trouble.update(
            Content.assemble(
                (display_safe(event.error.message), palette.error), "\n", (display_safe(event.error.hint), palette.soft)
            )
        )
        trouble.display = True

    @on(Crashed)
    def _crashed(self, event: Crashed) -> None:
        raise event.bug

    @on(ServiceTable.RowHighlighted)
    def _service_highlighted(self, event: ServiceTable.RowHighlighted) -> None:
        event.stop()
        self._debounce.call(self._show_chosen)

    def _show_chosen(self) -> None:
        self._show_detail(self._clock_ns())
        self._read_detail()

    def _show_detail(self, now_ns: int) -> None:
        """Show what is known already of the service under the cursor."""
        status = self.query_one(ServiceTable).selected
        if status is None:
            return
        known = self._known.get(status.service)
        if known is None:
            self._facts = self._facts_of(status, now_ns)
        else:
            self._facts = self._facts_of(status, now_ns, known.sources, known.latest, known.gaps)
        self.query_one(ServiceDetail).show(self._facts)

    def _facts_of(
        self,
        status: ServiceStatus,
        now_ns: int,
        sources: Sequence[SourceState] | None = None,
        latest: Sequence[LogRecord] | None = None,
        gaps: Sequence[Gap] = (),
    ) -> ServiceFacts:
        checked = self._verdicts.get(status.service)
        return ServiceFacts(status, now_ns, sources, latest, self._statuses, checked[1] if checked else None, gaps)

    @on(ServiceTable.RowSelected)
    def _service_selected(self, event: ServiceTable.RowSelected) -> None:
        event.stop()
        self.action_show_logs()

    def action_show_logs(self) -> None:
        """Ask for the logs of the service under the cursor."""
        self._ask_for_logs(errors_only=False)

    def action_show_errors(self) -> None:
        """Ask for the errors of the service under the cursor."""
        self._ask_for_logs(errors_only=True)

    def _ask_for_logs(self, *, errors_only: bool) -> None:
        status = self.query_one(ServiceTable).selected
        if status is not None:
            self.post_message(self.ServiceLogsRequested(status.service, errors_only=errors_only))

    # Actions

    def action_up(self) -> None:
        """Start the service under the cursor and what it depends on."""
        self._act("up")

    def action_down(self) -> None:
        """Stop the service under the cursor and what depends on it, after asking once."""
        self._ask("down")

    def action_restart(self) -> None:
        """Restart the service under the cursor, after asking once."""
        self._ask("restart")

    def _ask(self, action: Action) -> None:
        """Ask once, naming what depends on the service."""
        status = self.query_one(ServiceTable).selected
        if status is None or self._refused(status):
            return
        from loglama_core.ecosystem.service_choice import dependents

        name = status.service
        by_name = {one.service: one for one in self._statuses}
        others = [other for other in dependents(self._settings, name) if (one := by_name.get(other)) and one.pid]
        along = f" with {', '.join(others)}" if others and action == "down" else ""
        without = f" ({', '.join(others)} will miss it)" if others and action == "restart" else ""
        word = "stop" if action == "down" else "restart"
        choices = [Choice("yes", f"{word} {name}{along}{without}"), Choice("no", "leave it as it is")]

        def chosen(answer: str | None) -> None:
            if answer == "yes":
                self._run(action, name)

        self.post_message(ChoiceWanted(self, f"{word} {name}?", choices, "no", chosen))

    def _act(self, action: Action) -> None:
        status = self.query_one(ServiceTable).selected
        if status is not None and not self._refused(status):
            self._run(action, status.service)

    def _refused(self, status: ServiceStatus) -> bool:
        """Say why nothing can be done about a service, if so."""
        reason = ""
        if self._actions.busy:
            reason = "another action is still under way"
        elif not status.declared:
            reason = f"{status.service} is not declared in loglama.toml: `loglama init` proposes one"
        if reason:
            self.notify(display_safe(reason), severity="warning", markup=False)
        return bool(reason)

    def _run(self, action: Action, service: str) -> None:
        self.query_one(ActionProgress).begin(f"{action} {service}")
        self._actions.run(action, service)

    @on(ServiceStep)
    def _step_done(self, event: ServiceStep) -> None:
        event.stop()
        self.query_one(ActionProgress).add(event.event)
        self._reading.submit("statuses", self._read_statuses)

    @on(ActionEnded)
    def _action_ended(self, event: ActionEnded) -> None:
        event.stop()
        self.query_one(ActionProgress).end(event.summary, event.error, failed=event.failed)
        self._verdicts.clear()
        self._read()
