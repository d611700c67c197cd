"""Everything that belongs to one request, across services, as a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from loglama_core.query.correlation import correlation_ids, correlation_query
from loglama_core.query.query_text import query_text
from loglama_core.query.tree import TimeRange
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.panes.filter_tree import all_of
from loglama_tui.panes.record_pane import RecordPane
from loglama_tui.panes.requests import SearchWanted
from loglama_tui.panes.time_span import SECOND_NS
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cursor_lines import CursorLines
from loglama_tui.widgets.log_messages import RecordChosen
from loglama_tui.widgets.moment import duration
from loglama_tui.widgets.record_line import clip
from loglama_tui.widgets.trace_timeline import TraceTimeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.panes.pane_environment import PaneEnvironment
    from loglama_tui.reader_thread import Stale

MOST_RECORDS = 2_000
"""Records of a trace that are shown; a request with more is no request."""
_NEAR_NS = 600 * SECOND_NS
"""Around the record is looked first: that takes milliseconds, and a request rarely takes longer."""


@dataclass(eq=False, repr=False)
class TraceRead(Message):
    """Records of the trace, oldest first. ``done``: everything stored was looked at."""

    records: list[LogRecord]
    done: bool


class TracePane(RecordPane):
    """Shows the trace of a record; the record must have an identifier (``correlation_ids``)."""

    BINDINGS = list(bindings_of("trace"))

    def __init__(self, record: LogRecord, environment: PaneEnvironment) -> None:
        super().__init__(environment, id="trace")
        self._origin = record
        self._query = correlation_query(record)

    def compose(self) -> Iterable[Widget]:
        """Lay out what this is, and the records."""
        yield TraceTitle(correlation_ids(self._origin))
        with Horizontal(id="log-and-detail"):
            yield TraceTimeline(self._zone, common=[value for _, value in correlation_ids(self._origin)])

    def on_mount(self) -> None:
        """Look for the trace, once there is room to show it in."""
        self._timeline.focus()
        self.call_after_refresh(self._look)

    def _look(self) -> None:
        """Look around the record, then everywhere."""
        query, time_ns = self._query, self._origin.time_ns
        near = all_of(query, TimeRange(time_ns - _NEAR_NS, time_ns + _NEAR_NS))

        def read(reader: RecordReader, stale: Stale) -> None:
            for part, done in ((near, False), (query, True)):
                records = list(reader.search(part, order="oldest", limit=MOST_RECORDS))
                if stale():
                    return
                self.post_message(TraceRead(records, done))

        self._jobs.submit("trace", read)

    @property
    def _timeline(self) -> TraceTimeline:
        return self.query_one(TraceTimeline)

    @property
    def record(self) -> LogRecord | None:
        """The record under the cursor."""
        return self._timeline.record

    @property
    def list_widget(self) -> Widget:
        """The timeline."""
        return self._timeline

    @on(TraceRead)
    def _read(self, event: TraceRead) -> None:
        event.stop()
        timeline = self._timeline
        new = not timeline.records
        timeline.show(event.records)
        if new:
            timeline.put_cursor(self._origin.id)
        self.query_one(TraceTitle).show(event.records, done=event.done)

    @on(CursorLines.RowHighlighted, "TraceTimeline")
    def _moved(self, event: CursorLines.RowHighlighted) -> None:
        event.stop()
        if self.record is not None:
            self.show_record(self.record)

    @on(CursorLines.RowSelected, "TraceTimeline")
    def _selected(self, event: CursorLines.RowSelected) -> None:
        event.stop()
        if self.record is not None:
            self.post_message(RecordChosen(self.record))

    def step(self, direction: int) -> None:
        """Move the cursor to the next (+1) or previous (-1) record."""
        if direction > 0:
            self._timeline.action_cursor_down()
        else:
            self._timeline.action_cursor_up()

    def action_search(self) -> None:
        """Search for the records of this trace."""
        query: Node | None = self._query
        self.post_message(SearchWanted(query_text(query)))


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


class TraceTitle(Widget):
    """Which request this is, and what it amounts to."""

    def __init__(self, identifiers: list[tuple[str, str]]) -> None:
        super().__init__()
        self._identifiers = identifiers
        self._amounts = "looking …"
        self._errors = ""

    def show(self, records: list[LogRecord], *, done: bool) -> None:
        """Sum the records up."""
        if records:
            took = duration(records[-1].time_ns - records[0].time_ns)
            services = len({record.service for record in records})
            counts = _counted(len(records), "record"), _counted(services, "service")
            more = "the first " if len(records) == MOST_RECORDS else ""
            self._amounts = f"{more}{counts[0]}   {counts[1]}   {took}"
            errors = sum(record.level in ("error", "critical") for record in records)
            self._errors = f"   {_counted(errors, 'error')}" if errors else ""
        if not done:
            self._amounts += "   looking further …"
        self.refresh()

    def render(self) -> Content:
        """Return the line."""
        palette = palette_of(self.app)
        field, value = self._identifiers[0]
        name = clip(display_safe(field[:60]), 30)[0]
        text = clip(display_safe(value[:80]), max(12, self.size.width - 70))[0]
        return Content.assemble(
            (" TRACE ", f"bold {palette.dim}"),
            (f" {name}=", palette.faint),
            (text, palette.bright),
            (f"   {self._amounts}", palette.soft),
            (self._errors, f"bold {palette.error}"),
        )
