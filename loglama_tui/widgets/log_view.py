"""The log itself: rows drawn line by line over cached records, however many there are.

The rows are virtual (``RecordRows``: at most 8 bytes each) and scrolling is this widget's own: Textual's
``ScrollView`` lays the whole screen out anew whenever its virtual size changes, which a live log does ten times a
second. Nothing here reads the store: what is not cached is drawn as a placeholder while a thread fetches its page and
one page each way.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import on
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from loglama_tui.commands import bindings_of
from loglama_tui.reader_thread import ReaderThread
from loglama_tui.theme import DARK, palette_of
from loglama_tui.widgets.compact_strip import CompactStrip
from loglama_tui.widgets.log_lines import LogLines
from loglama_tui.widgets.log_messages import Crashed, CursorMoved, FollowChanged, PageFetched, ReadFailed, RecordChosen
from loglama_tui.widgets.record_cache import RecordCache
from loglama_tui.widgets.record_rows import ArrivalRows, RecordRows
from loglama_tui.widgets.row_heights import Spot, last_top, rows_in, spots
from loglama_tui.widgets.scroll_thumb import ScrollThumb, row_at

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from textual import events

    from loglama_core.model import LogRecord
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.reader_thread import Stale
    from loglama_tui.widgets.line_options import LineOptions

PAGE = 256
"""Rows fetched at once: one read of about 2 ms."""
_WHEEL_ROWS = 3
_AGEING_S = 5.0


class LogView(Widget, can_focus=True):
    """Rows of records with a cursor that moves inside the viewport; a move repaints two lines."""

    BINDINGS = list(bindings_of("log"))
    ALLOW_SELECT = False

    def __init__(
        self,
        reader_factory: Callable[[], RecordReader],
        *,
        zone: tzinfo | None = None,
        now: Callable[[], int] = time.time_ns,
        follows: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.rows: RecordRows = ArrivalRows()
        self.cursor = 0
        self.top = 0
        self.following = follows
        self.notice = ""
        """A line drawn over the last one while something waits below."""
        self.notice_role = "warning"
        self.empty_text: tuple[str, ...] = ()
        """What to say while there are no rows."""
        self._follows = follows
        self._cache = RecordCache()
        self._lines = LogLines(DARK, self._finish, zone, now)
        self._thumb = ScrollThumb()
        self._dragging = False
        self._announced: tuple[int, bool] | None = None
        self._pages = ReaderThread(
            "pages",
            reader_factory,
            failed=lambda _name, error: self.post_message(ReadFailed(error)),
            crashed=lambda bug: self.post_message(Crashed(bug)),
        )

    # What is shown

    def show_rows(self, rows: RecordRows, *, terms: re.Pattern[str] | None = None) -> None:
        """Show other rows from their start (or end, when following), with what ``terms`` finds marked."""
        self.rows = rows
        self._lines.mark(terms)
        self.top = self.cursor = 0
        self._announced = None
        self._settle()
        self.refresh()

    def rows_changed(self, *, added_above: int = 0) -> None:
        """Tell that the rows grew: the reader's place stays, unless the view follows the end."""
        before = len(self.rows) - added_above
        if not self.following and added_above and before > 0:
            self.top += added_above
            self.cursor += added_above
        old_thumb, old_top = self._thumb, self.top
        self._settle()
        if self.following or before < self.page_rows or self.top != old_top:
            self.refresh()
        elif self._thumb != old_thumb:
            self.refresh(Region(self.size.width - 1, 0, 1, self.size.height))

    def remember(self, records: Sequence[LogRecord]) -> None:
        """Keep records that were read for another reason, so that their rows need no fetching."""
        self._lines.learn(records)
        self._lines.forget(self._cache.add(records, keep=self._visible_ids()))

    def say(self, notice: str, role: str = "warning") -> None:
        """Draw a line of text over the last row, or take it away (empty)."""
        if (notice, role) != (self.notice, self.notice_role):
            grew = bool(notice) != bool(self.notice)
            self.notice, self.notice_role = notice, role
            if grew and self.cursor >= self.top + self.page_rows:
                self._settle()
                self.refresh()
            else:
                self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def mark(self, marks: Mapping[int, str]) -> None:
        """Draw a mark of one cell before each of these records, by id, and none before others."""
        self._lines.flag(marks)
        self.refresh()

    def show_as(self, options: LineOptions) -> None:
        """Draw lines as a person wants them."""
        if options == self._lines.options:
            return
        self._lines.use(options)
        self._lines.learn(record for record_id in self._visible_ids() if (record := self._cache.get(record_id)))
        self._ageing.resume() if options.clock == "age" else self._ageing.pause()
        self._settle()
        self.refresh()

    def _grow_older(self) -> None:
        self._lines.use(self._lines.options)
        self.refresh()

    def restyle(self) -> None:
        """Take the colours of the theme shown now."""
        self._lines.restyle(palette_of(self.app))
        self.refresh()

    @property
    def page_rows(self) -> int:
        """Rows that fit, from the top one on."""
        if self._lines.options.wrap:
            return rows_in(self.top, len(self.rows), self._room, self._height_of)
        return self._room

    @property
    def _room(self) -> int:
        return max(1, self.size.height - (1 if self.notice else 0))

    def _height_of(self, row: int) -> int:
        """Return the lines that a row takes when rows are wrapped; one that is not known yet takes one."""
        ids = self.rows.ids(row, row + 1)
        record = self._cache.get(ids[0]) if len(ids) else None
        return 1 if record is None else len(self._lines.wrapped(record))

    @property
    def _last_top(self) -> int:
        """The top row at the end."""
        if self._lines.options.wrap:
            return last_top(len(self.rows), self._room, self._height_of)
        return max(0, len(self.rows) - self._room)

    @property
    def record(self) -> LogRecord | None:
        """The record under the cursor, as far as it is known."""
        record_id = self.record_id
        return None if record_id is None else self._cache.get(record_id)

    @property
    def record_id(self) -> int | None:
        """The id under the cursor."""
        ids = self.rows.ids(self.cursor, self.cursor + 1)
        return ids[0] if len(ids) else None

    # Moving

    def go_to(self, record_id: int) -> bool:
        """Put the cursor on a record; a row out of sight comes to the upper third. Tells whether it is here."""
        row = self.rows.row_of(record_id)
        if row is None:
            return False
        self._set_following(following=False)
        old = self.cursor
        self.cursor = row
        if self.top <= row < self.top + self.page_rows:
            self._repaint_rows(old, row)
        else:
            self.top = row - self.page_rows // 3
            self.refresh()
        self._settle()
        return True

    def follow(self, *, following: bool) -> None:
        """Follow the newest records, or stay here."""
        if self._follows:
            self._set_following(following=following)
            self._settle()
            self.refresh()

    def _set_following(self, *, following: bool) -> None:
        if self._follows and following != self.following:
            self.following = following
            self.post_message(FollowChanged(following))

    def _move(self, row: int, *, jump: int) -> None:
        """Move the cursor to a row; past the edge the view jumps: most moves repaint two lines."""
        last = len(self.rows) - 1
        row = max(0, min(row, last))
        if last < 0:
            return
        if row == self.cursor:
            if row == last:
                self._set_following(following=True)
            return
        old, old_top = self.cursor, self.top
        self.cursor = row
        if row < self.top:
            self.top = min(row, self.top - jump)
        elif row >= self.top + self.page_rows:
            self.top = max(row - self.page_rows + 1, self.top + jump)
        if row < old:
            self._set_following(following=False)
        elif row == last:
            self._set_following(following=True)
        self._settle()
        if self.top == old_top:
            self._repaint_rows(old, row)
        else:
            self.refresh()

    def _scroll(self, rows: int) -> None:
        """Move the view by some rows; the cursor stays in sight."""
        if rows < 0:
            self._set_following(following=False)
        top = max(0, min(self.top + rows, self._last_top))
        if top == self.top:
            if rows > 0:
                self._set_following(following=True)
            return
        self.top = top
        self.cursor = max(top, min(self.cursor, top + self.page_rows - 1))
        self._settle()
        self.refresh()

    def _settle(self) -> None:
        """Bring top and cursor into bounds, ask for records that are not there, tell where the cursor is."""
        total = len(self.rows)
        if self.following and self._follows:
            self.top = self._last_top
            self.cursor = max(0, total - 1)
        self.top = max(0, min(self.top, self._last_top))
        self.cursor = max(0, min(self.cursor, total - 1))
        if self._lines.options.wrap:
            while self.top < self.cursor >= self.top + self.page_rows:
                self.top += 1
        self._thumb = self._measure_thumb()
        if not self.is_mounted or not self.size.height:
            return
        self._date_rows()
        self._fetch_missing()
        self._announce()

    def _announce(self) -> None:
        record_id = self.record_id
        record = self.record
        state = (record_id or 0, record is not None)
        if state != self._announced:
            self._announced = state
            self.post_message(CursorMoved(record))

    def _repaint_rows(self, *rows: int) -> None:
        if self._lines.options.wrap:
            self.refresh()
            return
        for row in rows:
            self.refresh(Region(0, row - self.top, self.size.width, 1))

    # Fetching

    def _visible_ids(self) -> Sequence[int]:
        return self.rows.ids(self.top, self.top + self.size.height)

    def _fetch_missing(self) -> None:
        """Ask for the page of what is seen, then for a page each way."""
        first, last = self.top - self.top % PAGE, self.top + self.size.height
        seen = self._missing(self.top, last)
        if seen:
            self._submit("page", self._missing(first, max(last, first + PAGE)))
        elif ahead := self._missing(self.top - PAGE // 2, last + PAGE // 2):
            self._submit("ahead", ahead)

    def refetch(self) -> None:
        """Read again what is seen: the newest record of a source may have been continued (a traceback) since."""
        ids = list(self._visible_ids())
        if ids:
            self._submit("again", ids)

    def _missing(self, first: int, last: int) -> list[int]:
        return self._cache.missing(self.rows.ids(first, last))

    def _submit(self, name: str, ids: list[int]) -> None:
        dense = self.rows.dense

        def fetch(reader: RecordReader, stale: Stale) -> None:
            records = reader.id_range(ids[0], ids[-1]) if dense else reader.records(ids)
            if not stale():
                self.post_message(PageFetched(ids, records))

        self._pages.submit(name, fetch)

    @on(PageFetched)
    def _page_fetched(self, event: PageFetched) -> None:
        """Draw what has come."""
        event.stop()
        visible = self._visible_ids()
        before = [self._cache.get(record_id) for record_id in visible]
        self.remember(event.records)
        self._cache.note_gone(event.ids)
        if [self._cache.get(record_id) for record_id in visible] != before:
            self.refresh()
        self._settle()

    # Drawing

    def _date_rows(self) -> None:
        """Show dates as soon as a record of another day is in sight."""
        ids = self._visible_ids()
        ends = (self._cache.get(ids[index]) for index in (0, -1) if len(ids))
        if self._lines.date(*(record for record in ends if record)):
            self.refresh()

    def _measure_thumb(self) -> ScrollThumb:
        return ScrollThumb.measure(top=self.top, total=len(self.rows), page=self.page_rows, height=self.size.height)

    def _finish(self, line: CompactStrip) -> Strip:
        finished: Strip = line
        for line_filter in self.get_line_filters():
            finished = finished.apply_filter(line_filter, self.background_colors[1])
        return finished

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines as they are: Textual's cache of styled lines would copy them into ordinary strips."""
        self._lines.fit(self.size.width)
        ids = self._visible_ids()
        places = self._places()
        return [self._line(y, ids, places).crop(*crop.column_span) for y in crop.line_range]

    def _places(self) -> Sequence[Spot] | None:
        """Return which row and which line of it each line shows; ``None`` when every row is one line."""
        if not self._lines.options.wrap:
            return None
        return spots(self.top, len(self.rows), self._room, self._height_of)

    def render_line(self, y: int) -> Strip:
        """Return one line from the caches; no I/O."""
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def _line(self, y: int, ids: Sequence[int], places: Sequence[Spot] | None) -> Strip:
        lines = self._lines
        if self.notice and y == self.size.height - 1:
            return lines.notice(self.notice, self.notice_role)
        thumb = self._thumb.covers(y)
        index, part = y, 0
        if places is not None:
            index, part = (places[y].row - self.top, places[y].part) if y < len(places) else (len(ids), 0)
        if index >= len(ids):
            if not len(self.rows) and 1 <= y <= len(self.empty_text):
                return lines.of_text(
                    f"   {self.empty_text[y - 1]}", lines.styles.message if y == 1 else lines.styles.quiet
                )
            return lines.of_text("", lines.styles.blank, thumb=thumb)
        cursor = self.top + index == self.cursor
        record = self._cache.get(ids[index])
        if record is None:
            text = "  (deleted)" if ids[index] in self._cache else "  …"
            return lines.of_text(text, lines.styles.key, cursor=cursor, thumb=thumb)
        if places is not None:
            return lines.wrapped(record, cursor=cursor, thumb=thumb)[part]
        return lines.of_record(record, cursor=cursor, thumb=thumb)

    # Events and actions

    def on_mount(self) -> None:
        """Take the theme's colours and start the fetching thread."""
        self._lines.restyle(palette_of(self.app))
        self._ageing = self.set_interval(_AGEING_S, self._grow_older, pause=True)
        self._pages.start()

    def on_unmount(self) -> None:
        """End the fetching thread."""
        self._pages.stop()

    def on_resize(self) -> None:
        """Keep the cursor in sight at the new size."""
        if self.cursor >= self.top + self.page_rows:
            self.top = self.cursor - self.page_rows + 1
        self._settle()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up; a live view pauses."""
        event.stop()
        self._scroll(-_WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down; at the end a live view follows again."""
        event.stop()
        self._scroll(_WHEEL_ROWS)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the scrollbar."""
        if event.x == self.size.width - 1 and self._thumb.length:
            self._dragging = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the scrollbar."""
        if self._dragging:
            self._drag_to(event.y)

    def on_mouse_up(self) -> None:
        """Let the scrollbar go."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        top = row_at(y, total=len(self.rows), page=self.page_rows, height=self.size.height)
        self._scroll(top - self.top)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; a second click opens it; a click on the notice goes to the end."""
        if event.x == self.size.width - 1 and self._thumb.length:
            return
        if self.notice and event.y == self.size.height - 1:
            self.action_last()
            return
        places = self._places()
        row = self.top + event.y
        if places is not None:
            row = places[event.y].row if event.y < len(places) else len(self.rows)
        if row >= len(self.rows):
            return
        if self.following and row != len(self.rows) - 1:
            self._set_following(following=False)
        self._move(row, jump=0)
        if event.chain == 2:
            self.action_choose()

    def action_cursor_up(self) -> None:
        """One row up."""
        self._move(self.cursor - 1, jump=self.page_rows // 2)

    def action_cursor_down(self) -> None:
        """One row down."""
        self._move(self.cursor + 1, jump=self.page_rows // 2)

    def action_page_up(self) -> None:
        """One page up."""
        self._move(self.cursor - self.page_rows + 1, jump=self.page_rows - 1)

    def action_page_down(self) -> None:
        """One page down."""
        self._move(self.cursor + self.page_rows - 1, jump=self.page_rows - 1)

    def action_first(self) -> None:
        """To the first row."""
        self._move(0, jump=len(self.rows))

    def action_last(self) -> None:
        """To the last row; a live view follows again."""
        if self._follows:
            self.follow(following=True)
        else:
            self._move(len(self.rows) - 1, jump=len(self.rows))

    def action_choose(self) -> None:
        """Open the record under the cursor."""
        if self.record is not None:
            self.post_message(RecordChosen(self.record))
