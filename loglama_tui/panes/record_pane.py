"""What every view of records has in common: the record under its cursor, and what can be asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from textual import on
from textual.containers import Vertical
from textual.message import Message

from loglama_core.model import LogRecord, RecordFlag
from loglama_tui.commands import bindings_of
from loglama_tui.panes.requests import (
    BookmarkWanted,
    CompareWanted,
    ContextWanted,
    CopyWanted,
    MarksWanted,
    RecordWanted,
    SearchWanted,
    TraceWanted,
)
from loglama_tui.reader_messages import Crashed, ReadFailed, reader_thread
from loglama_tui.style_sheets import use_style_sheets
from loglama_tui.widgets.debounce import Debounce
from loglama_tui.widgets.log_messages import RecordChosen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from textual.widget import Widget

    from loglama_core.errors import LogLamaError
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.panes.pane_environment import PaneEnvironment
    from loglama_tui.reader_thread import ReaderThread, Stale
    from loglama_tui.widgets.line_options import LineOptions
    from loglama_tui.widgets.record_detail import RecordDetail

WITHIN_WIDTH = 100
"""From this width on a record opens within the pane: below the log, from 140 on beside it (the style sheet says so)."""


class RecordTarget(Protocol):
    """Where the record under the cursor is shown whole."""

    def show(self, record: LogRecord, full_text: str | None, note: str | None) -> None:
        """Show a record.

        ``full_text``: ``None`` while it is being read. ``note``: of its bookmark, ``None`` without a bookmark.
        """


@dataclass(eq=False, repr=False)
class FullTextRead(Message):
    """The whole text of a record was read."""

    record: LogRecord
    text: str | None
    purpose: str


class RecordPane(Vertical):
    """Base of what lists records in ``#log-and-detail``. A subclass says which one is under the cursor."""

    BINDINGS = list(bindings_of("records"))

    def __init__(
        self,
        environment: PaneEnvironment,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.settings = environment.settings
        self._reader_factory = environment.reader_factory
        self._clock = environment.clock
        self._zone = environment.zone
        self._notes: Mapping[int, str] = {}
        self.record_target: RecordTarget | None = None
        self._said = ""
        self._jobs = self.make_thread("jobs")

    def make_thread(self, name: str) -> ReaderThread:
        """Return a thread with a reader of its own that reports to this pane; the caller starts and stops it."""
        return reader_thread(f"{name}-{self.id}", self._reader_factory, self)

    def on_mount(self) -> None:
        """Start the thread for one-off questions, and ask which records are bookmarked."""
        self._jobs.start()
        self.post_message(MarksWanted(self))

    def on_unmount(self) -> None:
        """End it."""
        self._jobs.stop()

    # What a subclass says

    @property
    def record(self) -> LogRecord | None:
        """The record under the cursor, as far as it is known."""
        raise NotImplementedError

    @property
    def list_widget(self) -> Widget:
        """The widget that lists the records: it has the focus when nothing else needs it."""
        raise NotImplementedError

    def step(self, direction: int) -> None:
        """Move the cursor to the next (+1) or previous (-1) record."""
        raise NotImplementedError

    def narrow(self, text: str) -> None:
        """Add a query text to what filters this pane; a pane without a filter searches for it."""
        self.post_message(SearchWanted(text))

    def read_failed(self, error: LogLamaError) -> None:
        """Say that the store could not be read, once for each reason."""
        if error.message == self._said:
            return
        self._said = error.message
        self.notify(f"{error.message}\n{error.hint}".strip(), severity="error", markup=False)

    def show_bookmarks(self, notes: Mapping[int, str]) -> None:
        """Take the notes of the bookmarks, by record id."""
        self._notes = notes
        if self.record is not None:
            self.show_record(self.record)

    def show_as(self, options: LineOptions) -> None:
        """Draw lines as a person wants them, where lines of a log are drawn."""

    # The record whole

    @on(RecordChosen)
    async def _chosen(self, event: RecordChosen) -> None:
        event.stop()
        record = event.record
        if self.app.size.width < WITHIN_WIDTH:
            self.post_message(RecordWanted(self, record))
            return
        await self._toggle_within(record)

    async def _toggle_within(self, record: LogRecord) -> None:
        if self.close_detail():
            return
        from loglama_tui.widgets.record_detail import RecordDetail

        use_style_sheets(self.app, "cursor_lines")
        detail = RecordDetail()
        await self.query_one("#log-and-detail").mount(detail)
        self.record_target = _Within(detail, self._zone)
        self.show_record(record)

    def close_detail(self) -> bool:
        """Close the record that is open within the pane; returns whether there was one."""
        details = self.query("RecordDetail")
        if not details:
            return False
        details.remove()
        self.record_target = None
        self.list_widget.focus()
        return True

    def on_resize(self) -> None:
        """Close the detail when the terminal became too narrow for it."""
        if self.app.size.width < WITHIN_WIDTH:
            self.close_detail()

    def show_record(self, record: LogRecord) -> None:
        """Show a record where it is shown whole, if anywhere, and read the rest of its text if it was shortened."""
        if self.record_target is None:
            return
        text = None if record.flags & RecordFlag.SHORTENED else record.message
        self.record_target.show(record, text, self._notes.get(record.id))
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
                self.record_target.show(event.record, text, self._notes.get(event.record.id))
        else:
            line = _copied_line(event.record, text, self._zone)
            self.post_message(CopyWanted(line, "record", to_file=event.purpose == "file"))

    def on_record_detail_filter_requested(self, event: RecordDetail.FilterRequested) -> None:
        """Filter for, or out, a value of the record within the pane."""
        event.stop()
        self.narrow(("-" if event.exclude else "") + event.text)

    @on(ReadFailed)
    def _read_failed(self, event: ReadFailed) -> None:
        event.stop()
        self.read_failed(event.error)

    @on(Crashed)
    def _crashed(self, event: Crashed) -> None:
        raise event.bug

    # Actions

    def action_copy(self, purpose: str = "copy") -> None:
        """Copy the record under the cursor, whole: to the clipboard (``copy``) or into a file (``file``)."""
        record = self.record
        if record is None:
            return
        if record.flags & RecordFlag.SHORTENED:
            self._read_full_text(record, purpose)
        else:
            line = _copied_line(record, record.message, self._zone)
            self.post_message(CopyWanted(line, "record", to_file=purpose == "file"))

    def action_context(self) -> None:
        """Show the records around this one."""
        if self.record is not None:
            self.post_message(ContextWanted(self, self.record))

    def action_bookmark(self) -> None:
        """Bookmark this record, or change the note of its bookmark."""
        if self.record is not None:
            self.post_message(BookmarkWanted(self, self.record))

    def action_compare(self) -> None:
        """Compare this record with another one."""
        if self.record is not None:
            self.post_message(CompareWanted(self, self.record))

    def action_trace(self) -> None:
        """Show everything that belongs to the same request."""
        if self.record is not None:
            self.post_message(TraceWanted(self, self.record))


class _Within:
    """The record detail below the log, or beside it."""

    def __init__(self, detail: RecordDetail, zone: tzinfo | None) -> None:
        self._detail = detail
        self._zone = zone
        self._debounce = Debounce(detail)

    def show(self, record: LogRecord, full_text: str | None, note: str | None) -> None:
        self._debounce.call(lambda: self._detail.show(record, full_text, self._zone, note=note))


def _copied_line(record: LogRecord, text: str, zone: tzinfo | None) -> str:
    """Return the record as one would paste it: time, level, service, message, fields."""
    import json

    from loglama_tui.widgets.moment import local_time

    parts = [local_time(record.time_ns, zone), (record.level or "-").upper(), record.service, text]
    if record.fields:
        parts.append(json.dumps(record.fields, ensure_ascii=False, default=str))
    return " ".join(parts)
