"""What Live, Search and the context of a record have in common: a log view and ways to move in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.widgets import Input

from loglama_core.errors import UsageError
from loglama_core.model import LogRecord
from loglama_core.query.time_expression import ACCEPTED_TIMES, parse_time
from loglama_tui.commands import bindings_of
from loglama_tui.panes.export import Export, Exported, ExportProgress
from loglama_tui.panes.record_pane import RecordPane
from loglama_tui.panes.requests import LineWanted, PatternsWanted
from loglama_tui.widgets.log_messages import CursorMoved
from loglama_tui.widgets.log_view import LogView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.widget import Widget

    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.reader_thread import Stale
    from loglama_tui.widgets.line_options import LineOptions


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


@dataclass(eq=False, repr=False)
class TimeFound(Message):
    """The record at a moment, or ``None`` when all are later."""

    record: LogRecord | None


class LogPane(RecordPane):
    """Base of what shows a log. A subclass composes the view and says how errors and filters are found."""

    BINDINGS = list(bindings_of("logs"))
    _export: Export | None = None

    def show_bookmarks(self, notes: Mapping[int, str]) -> None:
        """Mark the bookmarked records."""
        super().show_bookmarks(notes)
        self._mark()

    def show_as(self, options: LineOptions) -> None:
        """Draw lines as a person wants them."""
        self.view.show_as(options)

    def _mark(self) -> None:
        self.view.mark({**dict.fromkeys(self._notes, "◆"), **self.own_marks()})

    def own_marks(self) -> Mapping[int, str]:
        """Return marks of this pane's own, by record id."""
        return {}

    @property
    def view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    @property
    def list_widget(self) -> Widget:
        """The log."""
        return self.view

    @property
    def record(self) -> LogRecord | None:
        """The record under the cursor, as far as it is known."""
        return self.view.record

    def step(self, direction: int) -> None:
        """Move the cursor to the next (+1) or previous (-1) record."""
        if direction > 0:
            self.view.action_cursor_down()
        else:
            self.view.action_cursor_up()

    def find_error(self, reader: RecordReader, record: LogRecord, direction: str) -> LogRecord | None:
        """Return the next (``below``) or previous (``above``) error in this pane's order. Runs in a thread."""
        raise NotImplementedError

    @on(CursorMoved)
    def _cursor_moved(self, event: CursorMoved) -> None:
        event.stop()
        if event.record is not None:
            self.show_record(event.record)

    def type_filter(self) -> None:
        """Put the focus into the text at once, so that the very next key is written there."""
        self.screen.set_focus(self.query_one(Input))

    def shown_query(self) -> Node | None:
        """Return the query that finds exactly what this pane shows; ``None`` finds everything."""
        raise NotImplementedError

    def say_progress(self, text: str) -> None:
        """Say how far something has got; empty when it has ended."""
        raise NotImplementedError

    def action_patterns(self) -> None:
        """List the kinds of messages among what is shown."""
        self.post_message(PatternsWanted(self, self.shown_query()))

    def action_export(self) -> None:
        """Write what is shown into a file; while that runs, stop it."""
        if self._export is None:
            self._export = Export(self)
        self._export.ask_or_stop()

    def on_unmount(self) -> None:
        """Stop an export that runs."""
        if self._export is not None:
            self._export.stop()

    @on(Exported)
    @on(ExportProgress)
    def _export_told(self, event: Exported | ExportProgress) -> None:
        event.stop()
        if self._export is not None:
            self._export.told(event)

    # Errors

    def action_next_error(self) -> None:
        """Go to the next error below."""
        self._seek_error("below")

    def action_previous_error(self) -> None:
        """Go to the previous error above."""
        self._seek_error("above")

    def _seek_error(self, direction: str) -> None:
        record = self.record
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

    # Times

    def find_at(self, reader: RecordReader, time_ns: int) -> LogRecord | None:
        """Return the newest record of this pane that is not later than a moment. Runs in a thread."""
        raise NotImplementedError

    def action_go_to_time(self) -> None:
        """Go to a moment that is typed."""
        now, zone = self._clock(), self._zone

        def check(text: str) -> str:
            try:
                parse_time(text.strip(), now, zone)
            except UsageError as error:
                return f"{error.message}: {error.hint}"
            return ""

        def go(text: str) -> None:
            self._seek_time(parse_time(text.strip(), now, zone))

        self.post_message(LineWanted(self, "go to a time", "", f"for instance {ACCEPTED_TIMES}", check, go))

    def _seek_time(self, time_ns: int) -> None:
        def seek(reader: RecordReader, stale: Stale) -> None:
            found = self.find_at(reader, time_ns)
            if not stale():
                self.post_message(TimeFound(found))

        self._jobs.submit("time", seek)

    @on(TimeFound)
    def _time_found(self, event: TimeFound) -> None:
        event.stop()
        if event.record is None:
            self.notify("nothing here is that old", markup=False, timeout=3)
            return
        self.view.remember([event.record])
        if not self.view.go_to(event.record.id):
            self.notify("the search has not come that far yet", markup=False, timeout=3)

    # Menus

    def ask_counts(self, key: str) -> None:
        """Read the counts by ``service`` or ``level``; they arrive as ``CountsRead``."""

        def count(reader: RecordReader, stale: Stale) -> None:
            counts = {None if name is None else str(name): n for (name,), n in reader.counts_by([key]).items()}
            if not stale():
                self.post_message(CountsRead(key, counts))

        self._jobs.submit("counts", count)
