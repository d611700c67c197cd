"""The Live tab: what arrives, as it arrives."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.geometry import Size
from textual.message import Message

from loglama_core.amounts import counted
from loglama_core.model import LogRecord
from loglama_core.store.record_reader import Position
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.panes.activity import Activity, ActivityCounted
from loglama_tui.panes.filter_tree import all_of, at_least, marked_terms
from loglama_tui.panes.live_tail import TAIL_RECORDS, UNREADABLE_POST_S, Arrived, FirstScreen, LiveTail, TailFailed
from loglama_tui.panes.narrowed_pane import NarrowedPane
from loglama_tui.panes.requests import HintChanged
from loglama_tui.reader_messages import Crashed
from loglama_tui.source_path import source_from
from loglama_tui.widgets.activity_bars import ActivityBars
from loglama_tui.widgets.filter_bar import FilterBar
from loglama_tui.widgets.log_messages import FollowChanged, RecordChosen
from loglama_tui.widgets.log_view import LogView
from loglama_tui.widgets.record_rows import ArrivalRows, FoundArrivalRows

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from loglama_core.errors import LogLamaError
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.panes.pane_environment import PaneEnvironment
    from loglama_tui.reader_thread import Stale

MOST_HITS = 1_000_000
"""Hits of a filter kept, 8 bytes each, newest first; Search looks further back."""
_ACTIVITY_MIN_HEIGHT = 14
"""Below this height the log needs the rows more than the bars do."""


@dataclass(eq=False, repr=False)
class HitsFound(Message):
    """Older hits of a filter, newest first."""

    watch: int
    ids: array[int]
    done: bool


class LivePane(NarrowedPane):
    """Follows the newest records; scrolling up pauses. Level, service and text narrow what is shown.

    ``arrived`` is told of what arrived before it is drawn, so that what it changes is drawn in the same picture.
    """

    BINDINGS = list(bindings_of("live"))

    def __init__(
        self,
        environment: PaneEnvironment,
        *,
        collecting: bool = True,
        first: FirstScreen | None = None,
        arrived: Callable[[Arrived], object] = lambda _event: None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(environment, id=id)
        self._collecting = collecting
        self._tell_arrived = arrived
        self._watch = 0
        self._rows: ArrivalRows | FoundArrivalRows = ArrivalRows()
        self._waiting_rows: FoundArrivalRows | None = None
        self._new = 0
        self._new_errors = 0
        self._searching = False
        self._activity: Activity | None = None
        self._changed = False
        self._laid_out = Size(0, 0)
        self._arrived_at = self._pause_s = 0.0
        """When the tail's last message came, and how long after the one before."""
        self._counted: ActivityCounted | None = None
        """Bars that wait for the next message of the tail, to be drawn with it."""
        self._bars = ActivityBars(self._zone, self._clock)
        self._finder = self.make_thread("finder")
        self._counter = self.make_thread("counter")
        self._first = first
        self.tail = LiveTail(
            self._reader_factory, self.post_message, lambda bug: self.post_message(Crashed(bug)), first=first
        )

    def compose(self) -> Iterable[Widget]:
        """Lay out bars, filter, log."""
        yield self._bars
        yield FilterBar()
        with Horizontal(id="log-and-detail"):
            yield LogView(self._reader_factory, zone=self._zone, now=self._clock, follows=True)

    def on_mount(self) -> None:
        """Start looking."""
        if self._first is not None:
            report, self._first = self._first.report, None
            self.view.remember(report.records)
            self._begin(report)
        self.tail.start()
        self._finder.start()
        self._counter.start()
        self._bars.show_following(following=True)
        self.view.focus()
        self.set_interval(1.0, self._every_second)

    def on_unmount(self) -> None:
        """End the threads."""
        self.tail.stop()
        self._finder.stop()
        self._counter.stop()

    def on_resize(self) -> None:
        """Give the bars' rows to a log that is short of them."""
        super().on_resize()
        self._bars.display = self.size.height >= _ACTIVITY_MIN_HEIGHT
        if self.size == self._laid_out:
            return  # it was only hidden
        self._laid_out = self.size
        self.tail.screenful = max(1, self.size.height)
        self._activity = None
        self.call_after_refresh(self._count_activity)

    # What arrives

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self._tell_arrived(event)
        if event.watch != self._watch:
            self.tail.taken()
            return
        self._changed = True
        self._arrived_at, self._pause_s = event.at, event.at - self._arrived_at
        view = self.view
        view.remember(event.records)
        if event.first:
            self._begin(event)
        elif isinstance(self._rows, ArrivalRows):
            self._grow(event)
        elif event.ids:
            (self._waiting_rows or self._rows).add_newer(event.ids)
            self._note_new(len(event.ids), event.errors)
            if self._waiting_rows is None:
                view.rows_changed()
        self._show_counted()
        self.tail.taken()

    def _begin(self, event: Arrived) -> None:
        query = self.query_node
        if query is None:
            self._rows = ArrivalRows(event.oldest_id, event.newest_id) if event.newest_id else ArrivalRows()
            self._show(self._rows)
            self._say_if_empty()
            return
        self._waiting_rows = FoundArrivalRows()
        self._searching = True
        watch, newest = self._watch, Position(0, event.newest_id + 1)

        def find(reader: RecordReader, stale: Stale) -> None:
            count = 0
            for found in reader.find_ids(query, by="arrival", newest=newest):
                if stale():
                    return
                count += len(found.ids)
                self.post_message(HitsFound(watch, found.ids, found.done or count >= MOST_HITS))
                if count >= MOST_HITS:
                    return

        self._finder.submit("find", find)

    def _grow(self, event: Arrived) -> None:
        rows = self._rows
        if not isinstance(rows, ArrivalRows) or not event.newest_id:
            return
        if not len(rows):
            rows.first_id, rows.last_id = event.oldest_id, event.newest_id
            self._show(rows)
            return
        new = event.newest_id - rows.last_id
        gone = max(0, min(event.oldest_id - rows.first_id, len(rows)))
        rows.first_id += gone
        rows.last_id = event.newest_id
        self._note_new(new, event.errors)
        self.view.rows_changed(added_above=-gone)

    @on(HitsFound)
    def _hits_found(self, event: HitsFound) -> None:
        event.stop()
        if event.watch != self._watch:
            return
        self._searching = not event.done
        if self._waiting_rows is not None:
            if not event.ids and not event.done and not len(self._waiting_rows):
                return
            rows = self._rows = self._waiting_rows
            self._waiting_rows = None
            rows.add_older(event.ids)
            self._show(rows)
        elif isinstance(self._rows, FoundArrivalRows):
            self._rows.add_older(event.ids)
            self.view.rows_changed(added_above=len(event.ids))
        self.note_hits()
        self._say_if_empty()

    def _show(self, rows: ArrivalRows | FoundArrivalRows) -> None:
        self._new = self._new_errors = 0
        view, record = self.view, self.view.record
        view.say("")
        view.show_rows(rows, terms=marked_terms(self.filter.text_query))
        if view.following:
            view.follow(following=True)
        elif record is None or not view.go_to(record.id):
            view.go_to_end()
        self.note_hits()

    def _note_new(self, new: int, errors: int) -> None:
        """Count what came below the reader's eyes."""
        if self.view.following:
            self.note_hits()
            return
        self._new += new
        self._new_errors += errors
        if not self._new:
            return
        if self._new_errors:
            below = f"{counted(self._new_errors, 'new error')} below, {counted(self._new, 'record')}"
            text, role = f"{below} ──  G follows", "error"
        else:
            text, role = f"{self._new:,} new below ──  G follows", "dim"
        self.view.say(text, role)

    @on(RecordChosen)
    def _hold_what_is_read(self) -> None:
        """Pause: a record that somebody reads does not give way to the next one."""
        if self.record_target is None:
            self.view.follow(following=False)

    @on(FollowChanged)
    def _follow_changed(self, event: FollowChanged) -> None:
        self.tail.following = event.following
        if event.following:
            self._new = self._new_errors = 0
            self.view.say("")
        self._bars.show_following(following=event.following)
        self.post_message(HintChanged("live.pause", "pause" if event.following else "follow"))

    @on(TailFailed)
    def _tail_failed(self, event: TailFailed) -> None:
        event.stop()
        self.tail.taken()
        if not len(self.view.rows):
            self._say_empty("There is nothing to show yet.", event.error.message, event.error.hint)
        else:
            self.query_one(FilterBar).note(event.error.message, "error")

    def read_failed(self, error: LogLamaError) -> None:
        """Stay quiet while there is no store yet: the tail says so in the log's place."""
        if len(self.view.rows):
            super().read_failed(error)

    def _say_if_empty(self) -> None:
        if len(self.view.rows) or self._searching:
            self._say_empty()
        elif self.query_node is not None:
            self._say_empty("No record matches.", "escape clears the filter, - shows less severe levels", "")
        elif not self._collecting:
            self._say_empty(
                "No records yet.",
                "This explorer was told to collect nothing (--no-collect).",
                "Records come once a collector runs: loglama log-collector start",
            )
        else:
            folder = source_from(self.settings.folder, str(self.settings.log_dir))
            self._say_empty(
                "No records yet.",
                f"Put log files into {folder}/: NAME.log is service NAME.",
                "They appear here as they grow. See it alive: loglama demo",
            )

    def _say_empty(self, *lines: str) -> None:
        self.view.empty_text = tuple(display_safe(line) for line in lines)
        self.view.refresh()

    # Bars and captions

    def _every_second(self) -> None:
        self._show_counted()
        if self.display:
            self._count_activity()
            if self._changed:
                self._changed = False
                if not self._is_shown_fresh:
                    self.view.refetch()

    @property
    def _is_shown_fresh(self) -> bool:
        """Whether all that is seen came with the tail's last message."""
        return self.view.following and self.query_node is None and self.view.size.height <= TAIL_RECORDS

    def _count_activity(self) -> None:
        bars = self._bars
        if not bars.display or not bars.size.width:
            return
        if self._activity is None:
            query = self.filter.coarse
            self._activity = Activity(query, bars.columns, self._clock, self.post_message)
        self._counter.submit("activity", self._activity.count)

    @on(ActivityCounted)
    def _activity_counted(self, event: ActivityCounted) -> None:
        event.stop()
        self._counted = event
        is_flowing = max(self._pause_s, time.monotonic() - self._arrived_at) < UNREADABLE_POST_S * 1.5
        if not is_flowing or not self._bars.bars:
            self._show_counted()

    def _show_counted(self) -> None:
        event, self._counted = self._counted, None
        if event is not None:
            self._bars.show_span(event.bars, end_ns=None if event.recent else event.end_ns)

    def note_hits(self) -> None:
        """Say how many records the filter leaves."""
        if self.query_node is None:
            return
        mark = "≥ " if self._searching else ""
        self.query_one(FilterBar).note(f"{mark}{counted(len(self._rows), 'hit')}")

    # Narrowing

    def apply_filter(self) -> None:
        """Show what the present choices leave."""
        self._watch += 1
        self._waiting_rows = None
        self._searching = False
        self._finder.cancel("find")
        self.query_one(FilterBar).note("")
        self.tail.watch(self._watch, self.query_node)
        self._activity = None
        self._count_activity()

    def find_error(self, reader: RecordReader, record: LogRecord, direction: str) -> LogRecord | None:
        """Return the next or previous error in arrival order, within the filter."""
        query = all_of(at_least("error"), self.query_node)
        if direction == "below":
            found = reader.follow(query, after_id=record.id, limit=1).records
            return found[0] if found else None
        for part in reader.find_ids(query, by="arrival", newest=Position(record.time_ns, record.id)):
            if part.ids:
                return reader.get(part.ids[0])
        return None

    def shown_query(self) -> Node | None:
        """Return the query that finds what is shown."""
        return self.query_node

    def say_progress(self, text: str) -> None:
        """Say it beside the filter."""
        self.query_one(FilterBar).note(text)
        if not text:
            self.note_hits()

    def find_at(self, reader: RecordReader, time_ns: int) -> LogRecord | None:
        """Return the newest record within the filter that is not later than a moment."""
        return next(iter(reader.search(self.query_node, limit=1, after=Position(time_ns + 1, 0))), None)

    # Actions

    def action_toggle_follow(self) -> None:
        """Pause, or follow again."""
        self.view.follow(following=not self.view.following)
