"""The Services tab: what the store knows of every service, read anew every two seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
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
from loglama_core.ecosystem.service_status import known_services, service_statuses
from loglama_core.errors import LogLamaError
from loglama_core.model import LogRecord, ServiceStatus, SourceState
from loglama_core.store.record_reader import RecordReader
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.reader_thread import ReaderThread
from loglama_tui.theme import palette_of
from loglama_tui.widgets.service_detail import ServiceDetail, ServiceFacts
from loglama_tui.widgets.service_table import ColumnTitles, ServiceTable

if TYPE_CHECKING:
    from loglama_tui.reader_thread import Stale

REFRESH_S = 2.0
_LATEST_LINES = 30


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

    @dataclass
    class _ReadFailed(Message):
        error: LogLamaError

    @dataclass
    class _Crashed(Message):
        bug: BaseException

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
        self._reading = ReaderThread(
            "services",
            reader_factory,
            failed=lambda _, error: self.post_message(self._ReadFailed(error)),
            crashed=lambda bug: self.post_message(self._Crashed(bug)),
        )

    def compose(self) -> ComposeResult:
        """Lay out titles, services, what cannot be read, and the service under the cursor."""
        table = ServiceTable()
        yield ColumnTitles(table)
        yield table
        yield Static(id="services-trouble", markup=False)
        yield ServiceDetail(self._settings.folder)

    def on_mount(self) -> None:
        """Show what is declared at once, and begin to read."""
        self.query_one("#services-trouble").display = False
        self.query_one(ServiceTable).show(known_services(self._settings), self._clock_ns())
        self._show_detail(self._clock_ns())
        self._reading.start()
        self.set_interval(REFRESH_S, self._read)
        self._read()

    def on_unmount(self) -> None:
        """Close the reader."""
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
        self.post_message(self.StatusesRead(service_statuses(self._settings, reader, now_ns), now_ns))

    def _read_detail(self) -> None:
        status = self.query_one(ServiceTable).selected
        if status is None:
            return

        def read(reader: RecordReader, stale: Stale) -> None:
            latest = list(reader.search(records_of(status.service), order="newest", limit=_LATEST_LINES))
            if not stale():
                sources = sources_of(status.service, reader.sources(), latest)
                self.post_message(self._DetailRead(status.service, sources, latest))

        self._reading.submit("detail", read)

    @on(StatusesRead)
    def _statuses_read(self, event: StatusesRead) -> None:
        self.query_one("#services-trouble").display = False
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
            self._facts = ServiceFacts(status, self._clock_ns(), event.sources, event.latest)
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

    @on(_Crashed)
    def _reading_crashed(self, event: _Crashed) -> None:
        raise event.bug

    @on(ServiceTable.RowHighlighted)
    def _service_highlighted(self, event: ServiceTable.RowHighlighted) -> None:
        event.stop()
        self._show_detail(self._clock_ns())
        self._read_detail()

    def _show_detail(self, now_ns: int) -> None:
        """Show what is known already of the service under the cursor."""
        status = self.query_one(ServiceTable).selected
        if status is None:
            return
        if self._facts is not None and self._facts.status.service == status.service:
            self._facts = ServiceFacts(status, now_ns, self._facts.sources, self._facts.latest)
        else:
            self._facts = ServiceFacts(status, now_ns)
        self.query_one(ServiceDetail).show(self._facts)

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
