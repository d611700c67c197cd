"""The lines of a log view as they go to the terminal, each made once: record, cursor, thumb, marks and all."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from loglama_tui.widgets.compact_strip import CompactStrip
from loglama_tui.widgets.line_options import LineOptions
from loglama_tui.widgets.moment import DATE, day_form, days_of
from loglama_tui.widgets.record_line import (
    LineLayout,
    LineStyles,
    clip,
    column_text,
    record_line,
    with_cursor,
    with_mark,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from textual.strip import Strip

    from loglama_core.model import LogRecord
    from loglama_tui.theme import Palette

_WIDEST_COLUMN = 24
_MOST_LINES = 12
"""Lines of one record that is wrapped; the record opened shows the rest."""
_KEPT = 1024
"""Lines kept; making one takes about 60 us, a screen of kept ones 0.1 ms."""


class LogLines:
    """Makes and keeps lines for one width and palette; ``finish`` is applied to each (the app's line filters)."""

    def __init__(
        self,
        palette: Palette,
        finish: Callable[[CompactStrip], Strip],
        zone: tzinfo | None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self.styles = LineStyles(palette)
        self._finish = finish
        self._zone = zone
        self._now = now
        self._width = 0
        self._dated = ""
        self._longest_service = 0
        self._layout = LineLayout.for_width(0, dated="", longest_service=0, zone=zone)
        self._terms: re.Pattern[str] | None = None
        self._marks: Mapping[int, str] = {}
        self.options = LineOptions()
        self._column_widths: dict[str, int] = {}
        self._wrapped: dict[tuple[int, bool, bool], list[Strip]] = {}
        self._kept: dict[tuple[int, bool, bool], Strip] = {}

    def restyle(self, palette: Palette) -> None:
        """Use other colours."""
        self.styles = LineStyles(palette)
        self._kept.clear()
        self._wrapped.clear()

    def mark(self, terms: re.Pattern[str] | None) -> None:
        """Mark what ``terms`` finds."""
        self._terms = terms
        self._kept.clear()
        self._wrapped.clear()

    def flag(self, marks: Mapping[int, str]) -> None:
        """Draw a mark of one cell before each of these records, by id."""
        self.forget(marks.keys() ^ self._marks.keys())
        self._marks = marks

    def use(self, options: LineOptions) -> None:
        """Make lines as a person wants them."""
        self.options = options
        self._lay_out()

    def fit(self, width: int) -> None:
        """Make lines ``width`` cells wide, the scrollbar's cell included."""
        if width != self._width:
            self._width = width
            self._lay_out()

    def learn(self, records: Iterable[LogRecord]) -> None:
        """Give the longest service name its room; columns only ever widen."""
        records = list(records)
        for name in self.options.columns:
            widest = max((len(column_text(record, name)) for record in records), default=0)
            if widest > self._column_widths.get(name, 0):
                self._column_widths[name] = min(widest, _WIDEST_COLUMN)
                self._lay_out()
        longest = max((len(record.service) for record in records), default=0)
        if longest > self._longest_service:
            self._longest_service = longest
            self._lay_out()

    def date(self, *records: LogRecord) -> bool:
        """Show days from now on if one of the records is not of today, years if one is of another; tells what is new.

        What is shown once stays: columns only ever widen.
        """
        if self._dated == DATE:
            return False
        today, *days = days_of([self._now(), *(record.time_ns for record in records)], self._zone)
        form = day_form(days, today)
        if not form or form == self._dated:
            return False
        self._dated = form
        self._lay_out()
        return True

    def forget(self, record_ids: Iterable[int]) -> None:
        """Make the lines of these records anew."""
        for record_id in record_ids:
            for cursor in (False, True):
                for thumb in (False, True):
                    self._kept.pop((record_id, cursor, thumb), None)
                    self._wrapped.pop((record_id, cursor, thumb), None)

    def of_record(self, record: LogRecord, *, cursor: bool, thumb: bool) -> Strip:
        """Return the line of a record."""
        key = (record.id, cursor, thumb)
        line = self._kept.get(key)
        if line is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            plain = record_line(record, self._layout, self.styles, self._terms)
            line = self._kept[key] = self._whole(plain, cursor=cursor, thumb=thumb, mark=self._marks.get(record.id, ""))
        return line

    def wrapped(self, record: LogRecord, *, cursor: bool = False, thumb: bool = False) -> list[Strip]:
        """Return the lines of a record when it may have as many as it needs, up to ``_MOST_LINES``."""
        key = (record.id, cursor, thumb)
        lines = self._wrapped.get(key)
        if lines is None:
            if len(self._wrapped) >= _KEPT:
                self._wrapped.clear()
            lines = self._wrapped[key] = self._wrap(record, cursor=cursor, thumb=thumb)
        return lines

    def _wrap(self, record: LogRecord, *, cursor: bool, thumb: bool) -> list[Strip]:
        width, indent = self._layout.width, min(self._layout.message_column, self._layout.width // 2)
        room = max(8, width - indent)
        endless = replace(self._layout, width=indent + room * _MOST_LINES)
        whole = record_line(record, endless, self.styles, self._terms)
        lines: list[CompactStrip] = []
        for start, end in _breaks(whole.text.rstrip(), width, room):
            part = whole.crop(start, end)
            before = [Segment(" " * indent, self.styles.blank)] if lines else []
            after = Segment(" " * (width - part.cell_length - (indent if lines else 0)), self.styles.blank)
            lines.append(CompactStrip([*before, *part, after], width))
        mark = self._marks.get(record.id, "")
        return [
            self._whole(CompactStrip(line, width), cursor=cursor, thumb=thumb, mark="" if index else mark)
            for index, line in enumerate(lines[:_MOST_LINES])
        ]

    def of_text(self, text: str, style: Style, *, cursor: bool = False, thumb: bool = False) -> Strip:
        """Return a line of harmless text in place of a record."""
        width = self._layout.width
        text, cells = clip(text, width)
        line = CompactStrip([Segment(text + " " * (width - cells), style)], width)
        return self._whole(line, cursor=cursor, thumb=thumb)

    def notice(self, text: str, role: str) -> Strip:
        """Return a line that waits at the bottom; ``role`` is a colour of the palette."""
        palette = self.styles.palette
        style = Style(color=getattr(palette, role), bgcolor=palette.background, bold=True)
        line = f" ── {text} "[: self._width].ljust(self._width, "─")
        return self._finish(CompactStrip([Segment(line, style)], self._width))

    def _whole(self, line: CompactStrip, *, cursor: bool, thumb: bool, mark: str = "") -> Strip:
        if cursor:
            line = with_cursor(line, self.styles)
        if mark:
            line = with_mark(line, mark, self.styles)
        bar = Segment("▐", self.styles.placeholder) if thumb else Segment(" ", self.styles.blank)
        return self._finish(CompactStrip([*line, bar], self._width))

    def _lay_out(self) -> None:
        options = self.options
        layout = LineLayout.for_width(
            self._width - 1,
            dated=self._dated,
            longest_service=self._longest_service,
            zone=UTC if options.clock == "utc" else self._zone,
        )
        self._layout = replace(
            layout,
            now_ns=self._now() if options.clock == "age" else None,
            columns=tuple((name, self._column_widths.get(name, 1)) for name in options.columns),
            fields=options.fields,
        )
        self._kept.clear()
        self._wrapped.clear()


def _breaks(text: str, width: int, room: int) -> Iterator[tuple[int, int]]:
    """Yield the cells at which lines begin and end: the first is ``width`` wide, the others ``room``.

    Between words where that is cheap to tell, as in plain ASCII.
    """
    cells, start, limit = cell_len(text), 0, width
    while cells - start > limit:
        end = start + limit
        if text.isascii() and (space := text.rfind(" ", start + limit // 2, end)) > 0:
            end = space + 1
        yield start, end
        start, limit = end, room
    yield start, min(start + limit, max(cells, start + 1))
