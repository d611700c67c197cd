"""The records around one: in its own source as they were written, or across all services by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from loglama_core.model import Severity
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.panes.log_pane import LogPane
from loglama_tui.source_path import source_from
from loglama_tui.theme import palette_of
from loglama_tui.widgets.log_messages import CursorMoved
from loglama_tui.widgets.log_view import LogView
from loglama_tui.widgets.record_rows import ListedRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    from loglama_core.model import LogRecord
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.panes.pane_environment import PaneEnvironment
    from loglama_tui.reader_thread import Stale

_PORTION = 300
"""Records read at a time, each way."""
_NEAR = 40
"""Rows from an end at which the next portion is read."""


@dataclass(eq=False, repr=False)
class Surroundings(Message):
    """Records above or below, or both for the first time; ``shown``: which view they are for."""

    shown: int
    side: Literal["both", "above", "below"]
    records: list[LogRecord]


class ContextPane(LogPane):
    """Opens on the record's own source; ``c`` changes between that and all services. More is read at either end."""

    BINDINGS = list(bindings_of("context"))

    def __init__(self, record: LogRecord, environment: PaneEnvironment) -> None:
        super().__init__(environment, id="context")
        self.origin = record
        self._of_source = True
        self._shown = 0
        self._rows = ListedRows()
        self._first: LogRecord = record
        self._last: LogRecord = record
        self._open_above = self._open_below = False

    def compose(self) -> Iterable[Widget]:
        """Lay out what this is, and the records."""
        yield ContextTitle()
        with Horizontal(id="log-and-detail"):
            yield LogView(self._reader_factory, zone=self._zone, now=self._clock)

    def on_mount(self) -> None:
        """Read the first records."""
        self.view.focus()
        self.call_after_refresh(self._open)  # once it is known how many rows fit above the record

    def _open(self) -> None:
        self._shown += 1
        self._open_above = self._open_below = False
        source = display_safe(source_from(self.settings.folder, self.origin.source))
        self.query_one(ContextTitle).show(self.origin, source if self._of_source else "")
        shown, of_source, record_id = self._shown, self._of_source, self.origin.id

        def read(reader: RecordReader, stale: Stale) -> None:
            look = reader.neighbours if of_source else reader.around
            records = look(record_id, _PORTION, _PORTION)
            if not stale():
                self.post_message(Surroundings(shown, "both", records))

        self._jobs.submit("context", read)

    @on(Surroundings)
    def _read(self, event: Surroundings) -> None:
        event.stop()
        if event.shown != self._shown:
            return
        records, view = event.records, self.view
        if not records:
            if event.side == "both":
                view.empty_text = ("The record is no longer in the store.",)
                view.refresh()
            return
        ids = [record.id for record in records]
        view.remember(records)
        if event.side == "both":
            self._rows = ListedRows(ids)
            self._first, self._last = records[0], records[-1]
            self._open_above = self._open_below = True
            view.show_rows(self._rows)
            self._mark()
            view.go_to(self.origin.id)
        elif event.side == "above":
            self._first, self._open_above = records[0], True
            self._rows.add_above(ids)
            view.rows_changed(added_above=len(ids))
        else:
            self._last, self._open_below = records[-1], True
            self._rows.add_below(ids)
            view.rows_changed()

    @on(CursorMoved)
    def _read_on(self) -> None:
        """Read the next portion where the cursor comes near an end."""
        view = self.view
        if self._open_above and view.top < _NEAR:
            self._open_above = False
            self._read_more("above", self._first)
        if self._open_below and view.top + view.page_rows > len(self._rows) - _NEAR:
            self._open_below = False
            self._read_more("below", self._last)

    def _read_more(self, side: Literal["above", "below"], edge: LogRecord) -> None:
        shown, of_source = self._shown, self._of_source
        before, after = (_PORTION, 0) if side == "above" else (0, _PORTION)

        def read(reader: RecordReader, stale: Stale) -> None:
            look = reader.neighbours if of_source else reader.around
            records = [record for record in look(edge.id, before, after) if record.id != edge.id]
            if not stale():
                self.post_message(Surroundings(shown, side, records))

        self._jobs.submit(f"context-{side}", read)

    def own_marks(self) -> Mapping[int, str]:
        """Mark the record this is the context of."""
        return {self.origin.id: "▶"}

    def find_error(self, reader: RecordReader, record: LogRecord, direction: str) -> LogRecord | None:
        """Return the next or previous error among the records that were read."""
        row = self._rows.row_of(record.id) or 0
        below = direction == "below"
        ids = self._rows.ids(row + 1, len(self._rows)) if below else self._rows.ids(0, row)[::-1]
        for start in range(0, len(ids), _PORTION):
            for found in reader.records(ids[start : start + _PORTION]):
                if found.severity >= Severity.ERROR:
                    return found
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what needs a query: what is shown here is no query's."""
        if action in {"patterns", "export"}:
            return False
        return super().check_action(action, parameters)

    def find_at(self, reader: RecordReader, time_ns: int) -> LogRecord | None:
        """Return the last of the records that were read that is not later than a moment."""
        ids = self._rows.ids(0, len(self._rows))
        found = None
        for start in range(0, len(ids), _PORTION):
            for record in reader.records(ids[start : start + _PORTION]):
                if record.time_ns <= time_ns:
                    found = record
        return found

    def action_across(self) -> None:
        """Change between the record's own source and all services."""
        self._of_source = not self._of_source
        if self.record is not None:
            self.origin = self.record
        self._open()

    def action_origin(self) -> None:
        """Go back to the record this began with."""
        self.view.go_to(self.origin.id)


class ContextTitle(Widget):
    """What the context is of."""

    def __init__(self) -> None:
        super().__init__()
        self._content: tuple[str, str] = ("", "")

    def show(self, record: LogRecord, source: str) -> None:
        """Name the record and where the records around it are from (empty: all services)."""
        self._content = (
            f"record {record.id:,}",
            f"as written to {source}" if source else "across all services, by time",
        )
        self.refresh()

    def render(self) -> Content:
        """Return the line."""
        palette = palette_of(self.app)
        record, where = self._content
        return Content.assemble(
            (" CONTEXT ", f"bold {palette.dim}"), (f" {record}", palette.bright), (f"   {where}", palette.soft)
        )
