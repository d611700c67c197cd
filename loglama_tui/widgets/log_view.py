"""The log itself: rows drawn line by line over cached records, however many there are.

The rows are virtual (``RecordRows``: at most 8 bytes each). Nothing here reads the store: what is not cached is drawn
as a placeholder while a thread fetches its page and one page each way.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import on
from textual.geometry import Region
from textual.strip import Strip

from loglama_tui.reader_messages import reader_thread
from loglama_tui.theme import DARK, palette_of
from loglama_tui.widgets.compact_strip import CompactStrip
from loglama_tui.widgets.log_lines import LogLines
from loglama_tui.widgets.log_messages import CursorMoved, PageFetched, RecordChosen
from loglama_tui.widgets.record_cache import RecordCache
from loglama_tui.widgets.row_scroller import RowScroller

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from loglama_core.model import LogRecord
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.reader_thread import Stale
    from loglama_tui.widgets.line_options import LineOptions
    from loglama_tui.widgets.record_rows import RecordRows
    from loglama_tui.widgets.row_heights import Spot

PAGE = 256
"""Rows fetched at once: one read of about 2 ms."""
_AGEING_S = 5.0


class LogView(RowScroller):
    """The records of some rows, as lines."""

    def __init__(
        self,
        reader_factory: Callable[[], RecordReader],
        *,
        zone: tzinfo | None = None,
        now: Callable[[], int] = time.time_ns,
        follows: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(follows=follows, id=id)
        self.empty_text: tuple[str, ...] = ()
        """What to say while there are no rows."""
        self._cache = RecordCache()
        self._lines = LogLines(DARK, self._finish, zone, now)
        self._announced: tuple[int, bool] | None = None
        self._pages = reader_thread("pages", reader_factory, self)

    # What is shown

    def show_rows(self, rows: RecordRows, *, terms: re.Pattern[str] | None = None) -> None:
        """Show other rows from their start (or end, when following), with what ``terms`` finds marked."""
        self.rows = rows
        self._lines.mark(terms)
        self.top = self.cursor = 0
        self._announced = None
        self._settle()
        self.refresh()

    def remember(self, records: Sequence[LogRecord]) -> None:
        """Keep records that were read for another reason, so that their rows need no fetching."""
        self._lines.learn(records)
        self._lines.forget(self._cache.add(records, keep=self._visible_ids()))

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
    def wraps(self) -> bool:
        """Whether a record may take several lines."""
        return self._lines.options.wrap

    def height_of(self, row: int) -> int:
        """Return the lines that a record takes when records are wrapped; one that is not known yet takes one."""
        ids = self.rows.ids(row, row + 1)
        record = self._cache.get(ids[0]) if len(ids) else None
        return 1 if record is None else len(self._lines.wrapped(record))

    @property
    def record(self) -> LogRecord | None:
        """The record under the cursor, as far as it is known."""
        record_id = self.record_id
        return None if record_id is None else self._cache.get(record_id)

    def settled(self) -> None:
        """Ask for records that are not there, tell where the cursor is."""
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

    def action_choose(self) -> None:
        """Open the record under the cursor."""
        if self.record is not None:
            self.post_message(RecordChosen(self.record))
