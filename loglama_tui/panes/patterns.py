"""The kinds of messages among the hits of a query, to filter for or out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from loglama_core.query.query_text import query_text
from loglama_core.query.tree import Not
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.panes.requests import ContextWanted
from loglama_tui.reader_messages import Crashed, ReadFailed, reader_thread
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cursor_lines import CursorLines
from loglama_tui.widgets.pattern_list import ORDERS, PatternList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import PatternReport, RecordReader
    from loglama_tui.panes.pane_environment import PaneEnvironment
    from loglama_tui.reader_thread import Stale

_TREND_COLUMNS = 30


@dataclass(eq=False, repr=False)
class PatternsRead(Message):
    """The patterns so far; takes the place of those before."""

    report: PatternReport


@dataclass(eq=False, repr=False)
class ExampleRead(Message):
    """A record of a pattern; ``None``: it is gone."""

    record: LogRecord | None


class PatternsPane(Vertical):
    """Counts in a thread and shows what is counted so far. ``narrow``: adds a query text to where this came from."""

    BINDINGS = list(bindings_of("patterns"))

    def __init__(
        self,
        query: Node | None,
        environment: PaneEnvironment,
        narrow: Callable[[str], None],
    ) -> None:
        super().__init__(id="patterns")
        self._query = query
        self._narrow = narrow
        self._list = PatternList(environment.zone, environment.clock)
        self._order = ORDERS[0]
        self._report: PatternReport | None = None
        self._thread = reader_thread("patterns", environment.reader_factory, self)

    def compose(self) -> Iterable[Widget]:
        """Lay out the title and the list."""
        yield Static(Content(""), markup=False)
        yield self._list

    def on_mount(self) -> None:
        """Begin to count, once there is room to show it in."""
        self._thread.start()
        self._list.focus()
        self._say()
        self.call_after_refresh(self._count)

    def on_unmount(self) -> None:
        """End the thread."""
        self._thread.stop()

    def _count(self) -> None:
        query = self._query

        def count(reader: RecordReader, stale: Stale) -> None:
            for report in reader.patterns(query, columns=_TREND_COLUMNS):
                if stale():
                    return
                self.post_message(PatternsRead(report))

        self._thread.submit("count", count)

    @on(PatternsRead)
    def _read(self, event: PatternsRead) -> None:
        event.stop()
        report = self._report = event.report
        self._list.show(report.patterns, report.since_ns, report.until_ns)
        self._say()

    def _say(self, problem: str = "") -> None:
        palette = palette_of(self.app)
        report = self._report
        amounts = "counting …"
        if report is not None:
            shown = len(report.patterns)
            kinds = f"{shown:,} of {report.distinct:,} kinds" if shown < report.distinct else f"{shown:,} kinds"
            amounts = f"{kinds} in {report.records:,} records{'' if report.done else ' so far …'}"
        of = query_text(self._query)
        self.query_one(Static).update(
            Content.assemble(
                (" PATTERNS ", f"bold {palette.dim}"),
                (f" {problem or amounts}", palette.warning if problem else palette.bright),
                (f"   {self._order} first", palette.soft),
                (f"   of {display_safe(of[:300])}" if of else "", palette.dim),
            )
        )

    @on(ReadFailed)
    def _read_failed(self, event: ReadFailed) -> None:
        event.stop()
        self._say(display_safe(event.error.message))

    @on(Crashed)
    def _crashed(self, event: Crashed) -> None:
        raise event.bug

    # Actions

    def action_filter(self, exclude: bool) -> None:  # noqa: FBT001 - the binding's parameter
        """Filter for the records of this kind, or filter them out."""
        pattern = self._list.pattern
        if pattern is not None:
            text = query_text(Not(pattern.query) if exclude else pattern.query)
            self.screen.dismiss(None)
            self._narrow(text)

    @on(CursorLines.RowSelected)
    def _selected(self, event: CursorLines.RowSelected) -> None:
        event.stop()
        self.action_filter(exclude=False)

    def action_order(self) -> None:
        """Change the order: most frequent, newest kind, most severe first."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._list.sort(self._order)
        self._say()

    def action_example(self) -> None:
        """Show the newest record of this kind where it was written."""
        pattern = self._list.pattern
        if pattern is None:
            return

        def read(reader: RecordReader, stale: Stale) -> None:
            record = reader.get(pattern.example_id)
            if not stale():
                self.post_message(ExampleRead(record))

        self._thread.submit("example", read)

    @on(ExampleRead)
    def _example_read(self, event: ExampleRead) -> None:
        event.stop()
        if event.record is not None:
            self.post_message(ContextWanted(self, event.record))
