"""What Live and Search have in common: a log view, the record under its cursor, and what can be done with it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from loglama_core.model import LogRecord, RecordFlag
from loglama_tui.commands import bindings_of
from loglama_tui.reader_thread import ReaderThread
from loglama_tui.style_sheets import use_style_sheets
from loglama_tui.widgets.log_messages import Crashed, CursorMoved, ReadFailed, RecordChosen
from loglama_tui.widgets.log_view import LogView

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from loglama_core.config.settings import Settings
    from loglama_core.errors import LogLamaError
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.panes.choices import Choice
    from loglama_tui.reader_thread import Stale
    from loglama_tui.widgets.record_detail import RecordDetail

BESIDE_WIDTH = 140
"""From this width on a record opens beside the log instead of over it."""
TRACE_FIELDS = (
    "trace_id",
    "traceId",
    "request_id",
    "requestId",
    "correlation_id",
    "correlationId",
    "x_request_id",
    "job_id",
)
"""Fields that tie records of one request together, most telling first."""


class RecordTarget(Protocol):
    """Where the record under the cursor is shown whole."""

    def show(self, record: LogRecord, full_text: str | None) -> None:
        """Show a record; ``full_text`` is ``None`` while it is being read."""


@dataclass(eq=False, repr=False)
class ChoiceWanted(Message):
    """A menu is to be shown; ``chosen`` is called with the value when one is picked."""

    title: str
    choices: list[Choice]
    current: str | None
    chosen: Callable[[str | None], None]


@dataclass(eq=False, repr=False)
class RecordWanted(Message):
    """A record is to be shown over the log; the pane keeps the screen up to date while the cursor moves."""

    pane: LogPane
    record: LogRecord


@dataclass(eq=False, repr=False)
class SearchWanted(Message):
    """A query is to be run in Search."""

    query: str


@dataclass(eq=False, repr=False)
class CopyWanted(Message):
    """Text for the clipboard. ``what`` names it."""

    text: str
    what: str


@dataclass(eq=False, repr=False)
class HintChanged(Message):
    """A command means something else now, and needs another word in the key bar."""

    command_id: str
    word: str


@dataclass(eq=False, repr=False)
class FullTextRead(Message):
    """The whole text of a record was read."""

    record: LogRecord
    text: str | None
    purpose: str


@dataclass(eq=False, repr=False)
class ErrorFound(Message):
    """The next or previous error, or ``None`` when there is none."""

    record: LogRecord | None
    direction: str


@dataclass(eq=False, repr=False)
class CountsRead(Message):
    """Counts by service or level for a menu."""

    key: str
    counts: dict[str | None, int] = field(default_factory=dict)


class LogPane(Vertical):
    """Base of the tabs that show a log. A subclass composes the view and says how errors and filters are found."""

    BINDINGS = list(bindings_of("logs"))

    def __init__(
        self,
        settings: Settings,
        reader_factory: Callable[[], RecordReader],
        *,
        clock: Callable[[], int],
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.settings = settings
        self._reader_factory = reader_factory
        self._clock = clock
        self._zone = zone
        self.record_target: RecordTarget | None = None
        self._said = ""
        self._jobs = self.make_thread("jobs")

    def make_thread(self, name: str) -> ReaderThread:
        """Return a thread with a reader of its own that reports to this pane; the caller starts and stops it."""
        return ReaderThread(
            f"{name}-{self.id}",
            self._reader_factory,
            failed=lambda _name, error: self.post_message(ReadFailed(error)),
            crashed=lambda bug: self.post_message(Crashed(bug)),
        )

    @property
    def view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    def on_mount(self) -> None:
        """Start the thread for one-off questions."""
        self._jobs.start()

    def on_unmount(self) -> None:
        """End it."""
        self._jobs.stop()

    def find_error(self, reader: RecordReader, record: LogRecord, direction: str) -> LogRecord | None:
        """Return the next (``below``) or previous (``above``) error in this pane's order. Runs in a thread."""
        raise NotImplementedError

    def narrow(self, text: str) -> None:
        """Add a query text to what filters this pane."""
        raise NotImplementedError

    def read_failed(self, error: LogLamaError) -> None:
        """Say that the store could not be read, once for each reason."""
        if error.message == self._said:
            return
        self._said = error.message
        self.notify(f"{error.message}\n{error.hint}".strip(), severity="error", markup=False)

    # The record whole

    @on(RecordChosen)
    async def _chosen(self, event: RecordChosen) -> None:
        event.stop()
        record = event.record
        if self.app.size.width < BESIDE_WIDTH:
            self.post_message(RecordWanted(self, record))
            return
        await self._toggle_beside(record)

    async def _toggle_beside(self, record: LogRecord) -> None:
        if self.close_detail():
            return
        from loglama_tui.widgets.record_detail import RecordDetail

        use_style_sheets(self.app, "cursor_lines")
        detail = RecordDetail()
        await self.query_one("#log-and-detail").mount(detail)
        self.record_target = _Beside(detail, self._zone)
        self.show_record(record)

    def close_detail(self) -> bool:
        """Close the record beside the log; returns whether there was one."""
        details = self.query("RecordDetail")
        if not details:
            return False
        details.remove()
        self.record_target = None
        self.view.focus()
        return True

    def on_resize(self) -> None:
        """Close the detail when the terminal became too narrow for it."""
        if self.app.size.width < BESIDE_WIDTH:
            self.close_detail()

    @on(CursorMoved)
    def _cursor_moved(self, event: CursorMoved) -> None:
        event.stop()
        if event.record is not None:
            self.show_record(event.record)

    def show_record(self, record: LogRecord) -> None:
        """Show a record where it is shown whole, if anywhere, and read the rest of its text if it was shortened."""
        if self.record_target is None:
            return
        self.record_target.show(record, None if record.flags & RecordFlag.SHORTENED else record.message)
        if record.flags & RecordFlag.SHORTENED:
            self._read_full_text(record, "show")

    def _read_full_text(self, record: LogRecord, purpose: str) -> None:
        def read(reader: RecordReader, stale: Stale) -> None:
            text = reader.full_text(record.id)
            if not stale():
                self.post_message(FullTextRead(record, text, purpose))

        self._jobs.submit(f"text-{purpose}", read)

    @on(FullTextRead)
    def _full_text_read(self, event: FullTextRead) -> None:
        event.stop()
        text = event.record.message if event.text is None else event.text
        if event.purpose == "show":
            if self.record_target is not None:
                self.record_target.show(event.record, text)
        else:
            self.post_message(CopyWanted(_copied_line(event.record, text, self._zone), "record"))

    def type_filter(self) -> None:
        """Put the focus into the text at once, so that the very next key is written there."""
        self.screen.set_focus(self.query_one(Input))

    def step(self, direction: int) -> None:
        """Move the cursor to the next (+1) or previous (-1) record."""
        if direction > 0:
            self.view.action_cursor_down()
        else:
            self.view.action_cursor_up()

    def on_record_detail_filter_requested(self, event: RecordDetail.FilterRequested) -> None:
        """Filter for, or out, a value of the record beside the log."""
        event.stop()
        self.narrow(("-" if event.exclude else "") + event.text)

    # Actions

    def action_copy(self) -> None:
        """Copy the record under the cursor, whole."""
        record = self.view.record
        if record is None:
            return
        if record.flags & RecordFlag.SHORTENED:
            self._read_full_text(record, "copy")
        else:
            self.post_message(CopyWanted(_copied_line(record, record.message, self._zone), "record"))

    def action_trace(self) -> None:
        """Search for everything with the same trace, request or correlation id."""
        record = self.view.record
        if record is None:
            return
        for name in TRACE_FIELDS:
            value = record.fields.get(name)
            if isinstance(value, str | int) and str(value):
                quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
                self.post_message(SearchWanted(f'{name}:"{quoted}"'))
                return
        self.notify("this record has no trace, request or correlation id", markup=False, timeout=3)

    def action_next_error(self) -> None:
        """Go to the next error below."""
        self._seek_error("below")

    def action_previous_error(self) -> None:
        """Go to the previous error above."""
        self._seek_error("above")

    def _seek_error(self, direction: str) -> None:
        record = self.view.record
        if record is None:
            return

        def seek(reader: RecordReader, stale: Stale) -> None:
            found = self.find_error(reader, record, direction)
            if not stale():
                self.post_message(ErrorFound(found, direction))

        self._jobs.submit("error", seek)

    @on(ErrorFound)
    def _error_found(self, event: ErrorFound) -> None:
        event.stop()
        if event.record is None:
            self.notify(f"no error {event.direction}", markup=False, timeout=2)
            return
        self.view.remember([event.record])
        self.view.go_to(event.record.id)

    @on(ReadFailed)
    def _read_failed(self, event: ReadFailed) -> None:
        event.stop()
        self.read_failed(event.error)

    @on(Crashed)
    def _crashed(self, event: Crashed) -> None:
        raise event.bug

    # Menus

    def ask_counts(self, key: str) -> None:
        """Read the counts by ``service`` or ``level``; they arrive as ``CountsRead``."""

        def count(reader: RecordReader, stale: Stale) -> None:
            counts = {None if name is None else str(name): n for (name,), n in reader.counts_by([key]).items()}
            if not stale():
                self.post_message(CountsRead(key, counts))

        self._jobs.submit("counts", count)


class _Beside:
    """The record detail beside the log."""

    def __init__(self, detail: RecordDetail, zone: tzinfo | None) -> None:
        self._detail = detail
        self._zone = zone

    def show(self, record: LogRecord, full_text: str | None) -> None:
        self._detail.show(record, full_text, self._zone)


def _copied_line(record: LogRecord, text: str, zone: tzinfo | None) -> str:
    """Return the record as one would paste it: time, level, service, message, fields."""
    import json

    from loglama_tui.widgets.moment import local_time

    parts = [local_time(record.time_ns, zone), (record.level or "-").upper(), record.service, text]
    if record.fields:
        parts.append(json.dumps(record.fields, ensure_ascii=False, default=str))
    return " ".join(parts)


def tmux_hint() -> str:
    """Return what tmux needs for a copy to reach the clipboard; empty outside tmux."""
    return "in tmux this needs: set -g set-clipboard on" if os.environ.get("TMUX") else ""
