"""The Search tab: a query over everything stored, newest event first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from loglama_core.errors import QueryError
from loglama_core.query.tree import TimeRange
from loglama_core.store.record_reader import Position
from loglama_tui.commands import bindings_of
from loglama_tui.panes.choices import Choice
from loglama_tui.panes.filter_tree import all_of, at_least, marked_terms
from loglama_tui.panes.log_pane import ChoiceWanted, LogPane
from loglama_tui.widgets.histogram import Bar, Histogram
from loglama_tui.widgets.log_view import LogView
from loglama_tui.widgets.query_bar import QueryBar, SinceChip
from loglama_tui.widgets.record_rows import FoundTimeRows

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable
    from datetime import tzinfo

    from textual.widget import Widget

    from loglama_core.config.settings import Settings
    from loglama_core.errors import LogLamaError
    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import Order, RecordReader
    from loglama_tui.reader_thread import Stale

MOST_HITS = 1_000_000
"""Hits kept, 8 bytes each; who needs more needs a narrower query."""
_HISTOGRAM_MIN_HEIGHT = 16
_SECOND = 1_000_000_000
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)

SINCE: tuple[tuple[str, int | None], ...] = (
    ("all time", None),
    ("last 15 min", 900),
    ("last hour", 3600),
    ("last 6 h", 21600),
    ("last 24 h", 86400),
    ("last 7 days", 604800),
)
"""What the since menu offers: text and seconds."""


@dataclass(eq=False, repr=False)
class QueryRead(Message):
    """A query's text was read, or could not be."""

    run: int
    query: Node | None
    error: QueryError | None = None


@dataclass(eq=False, repr=False)
class TimeHits(Message):
    """Hits, newest event first, and how far back was looked."""

    run: int
    ids: array[int]
    searched_to_ns: int
    done: bool


@dataclass(eq=False, repr=False)
class HitsCounted(Message):
    """Bars of the hits over time between two moments."""

    run: int
    bars: list[Bar]
    since_ns: int
    until_ns: int


class SearchPane(LogPane):
    """Runs a query as it is typed; hits stream in, escape stops."""

    BINDINGS = list(bindings_of("search"))

    def __init__(
        self,
        settings: Settings,
        reader_factory: Callable[[], RecordReader],
        *,
        clock: Callable[[], int],
        query: str = "",
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(settings, reader_factory, clock=clock, zone=zone, id=id)
        self._text = query
        self._query: Node | None = None
        self._since = 0
        self._run = 0
        self._rows = FoundTimeRows()
        self._first_part = False
        self._finder = self.make_thread("finder")
        self._counter = self.make_thread("counter")

    def compose(self) -> Iterable[Widget]:
        """Lay out query, bars, hits."""
        yield QueryBar(self._text)
        yield Histogram(bar_rows=3, id="hits-over-time")
        with Horizontal(id="log-and-detail"):
            yield LogView(self._reader_factory, zone=self._zone)

    def on_mount(self) -> None:
        """Run the first query."""
        self._finder.start()
        self._counter.start()
        self.query_one(SinceChip).show(SINCE[self._since][0])
        self.view.focus()
        self.call_after_refresh(self.search, self._text)

    def on_unmount(self) -> None:
        """End the threads."""
        self._finder.stop()
        self._counter.stop()

    def on_resize(self) -> None:
        """Give the bars' rows to hits that are short of them."""
        super().on_resize()
        self.query_one("#hits-over-time", Histogram).display = self.size.height >= _HISTOGRAM_MIN_HEIGHT

    # Running a query

    def ask(self, text: str) -> None:
        """Put a query into the bar and run it."""
        self.query_one(QueryBar).set_text(text)
        self.view.focus()

    def search(self, text: str) -> None:
        """Read and run a query; the results on screen stay until the first new ones come."""
        self._text = text
        self._run += 1
        run, since = self._run, SINCE[self._since][1]
        now, zone = self._clock(), self._zone
        within = None if since is None else TimeRange(since_ns=now - since * _SECOND)
        self.query_one(QueryBar).note("searching …")

        def find(reader: RecordReader, stale: Stale) -> None:
            from loglama_core.query.parser import parse_query

            try:
                query = all_of(within, parse_query(text, now_ns=now, zone=zone))
            except QueryError as error:
                self.post_message(QueryRead(run, None, error))
                return
            self.post_message(QueryRead(run, query))
            found = 0
            for part in reader.find_ids(query, by="time"):
                if stale():
                    return
                found += len(part.ids)
                full = found >= MOST_HITS
                self.post_message(TimeHits(run, part.ids, part.searched_to_ns, part.done or full))
                if full:
                    return

        self._finder.submit("find", find)

    @on(QueryRead)
    def _query_read(self, event: QueryRead) -> None:
        event.stop()
        if event.run != self._run:
            return
        if event.error is not None:
            self.query_one(QueryBar).note(f"column {event.error.column + 1}: {event.error.message}", "warning")
            return
        self._query = event.query
        self._rows = FoundTimeRows()
        self._first_part = True
        self._count()

    @on(TimeHits)
    def _hits(self, event: TimeHits) -> None:
        event.stop()
        if event.run != self._run:
            return
        self._rows.add(event.ids)
        if self._first_part and (event.ids or event.done):
            self._first_part = False
            self.view.empty_text = () if event.ids else ("Nothing found.", "fewer words, or a longer time, find more")
            self.view.show_rows(self._rows, terms=marked_terms(self._query))
        elif not self._first_part:
            self.view.rows_changed()
        self._say_progress(event)

    def _say_progress(self, event: TimeHits) -> None:
        count = len(self._rows)
        plural = "" if count == 1 else "s"
        if event.done:
            text = f"{count:,} hit{plural}" if count < MOST_HITS else f"newest {count:,} hits"
        else:
            back = datetime.fromtimestamp(event.searched_to_ns / 1e9, self._zone)
            today = back.date() == datetime.fromtimestamp(self._clock() / 1e9, self._zone).date()
            text = f"{count:,} hit{plural} · searched back to {back:{'%H:%M' if today else '%m-%d %H:%M'}}"
        self.query_one(QueryBar).note(text, "soft")

    @on(QueryBar.QueryChanged)
    def _query_changed(self, event: QueryBar.QueryChanged) -> None:
        event.stop()
        if event.entered:
            self.view.focus()
        if event.entered or event.text != self._text:
            self.search(event.text)

    # Bars

    def _count(self) -> None:
        bars = self.query_one("#hits-over-time", Histogram)
        if not bars.display or not bars.size.width:
            return
        run, query, columns, now = self._run, self._query, bars.columns, self._clock()
        since = SINCE[self._since][1]

        def count(reader: RecordReader, stale: Stale) -> None:
            bounds = reader.time_bounds()
            if bounds is None:
                return
            first, last = bounds if since is None else (now - since * _SECOND, now)
            step = _step_for(last - first, columns)
            first = first // step * step
            until = (last // step + 1) * step
            buckets = reader.counts_over_time(query, since_ns=first, until_ns=until, step_ns=step)
            if not stale():
                self.post_message(HitsCounted(run, [Bar.of(bucket.counts) for bucket in buckets], first, until))

        self._counter.submit("count", count)

    @on(HitsCounted)
    def _counted(self, event: HitsCounted) -> None:
        event.stop()
        if event.run == self._run:
            middle = (event.since_ns + event.until_ns) // 2
            days = event.until_ns - event.since_ns > 86400 * _SECOND
            form = "%m-%d %H:%M" if days else "%H:%M"
            axis = tuple(
                f"{datetime.fromtimestamp(at / 1e9, self._zone):{form}}"
                for at in (event.since_ns, middle, event.until_ns)
            )
            self.query_one("#hits-over-time", Histogram).show(event.bars, axis=axis)

    # What LogPane asks for

    def narrow(self, text: str) -> None:
        """Add a query text to the query."""
        self.ask(f"{self._text} {text}".strip())

    def find_error(self, reader: RecordReader, record: LogRecord, direction: str) -> LogRecord | None:
        """Return the next or previous error on the screen: below is earlier."""
        query = all_of(at_least("error"), self._query)
        place = Position(record.time_ns, record.id)
        order: Order = "newest" if direction == "below" else "oldest"
        return next(iter(reader.search(query, order=order, limit=1, after=place)), None)

    def read_failed(self, error: LogLamaError) -> None:
        """Say it where the hits would be."""
        self.query_one(QueryBar).note(error.message, "error")

    # Actions

    def action_run(self) -> None:
        """Run the query again."""
        self.search(self.query_one(QueryBar).text)

    @on(SinceChip.Clicked)
    def action_choose_since(self) -> None:
        """Open the since menu."""
        choices = [Choice(text, text) for text, _ in SINCE]
        self.post_message(ChoiceWanted("search back", choices, SINCE[self._since][0], self._choose_since))

    def _choose_since(self, text: str | None) -> None:
        index = next((i for i, (name, _) in enumerate(SINCE) if name == text), self._since)
        if index != self._since:
            self._since = index
            self.query_one(SinceChip).show(SINCE[index][0])
            self.search(self._text)

    def action_cancel(self) -> None:
        """Leave the query bar; from the hits: close the detail, or stop the search."""
        if self.query_one(Input).has_focus:
            self.view.focus()
        elif not self.close_detail():
            self._finder.cancel("find")
            self._counter.cancel("count")
            self.query_one(QueryBar).note(f"{len(self._rows):,} hits · stopped", "dim")


def _step_for(span_ns: int, columns: int) -> int:
    """Return the least even step in nanoseconds with which ``columns`` bars cover a span."""
    for step in _STEPS_S:
        if span_ns < step * _SECOND * (columns - 1):
            return step * _SECOND
    days = -(-span_ns // (86400 * _SECOND * max(1, columns - 1)))
    return int(days) * 86400 * _SECOND
