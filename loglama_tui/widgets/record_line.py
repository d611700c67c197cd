"""One record as one line: time, level, service, message, fields; clipped by cells, never by luck.

Everything of the record passes ``display_safe``. No more of a text than could be seen is looked at, so a 10 MB field
or ten thousand combining marks cost no more than an ordinary line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style

from loglama_core.query.field_values import field_value
from loglama_tui.display_safe import display_safe
from loglama_tui.widgets.compact_strip import CompactStrip
from loglama_tui.widgets.moment import DAY_WIDTHS, duration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from loglama_core.model import LogRecord
    from loglama_tui.theme import Palette

_LEVEL_WORDS: Mapping[str | None, str] = {
    "trace": "TRACE",
    "debug": "DEBUG",
    "info": "INFO ",
    "warning": "WARN ",
    "error": "ERROR",
    "critical": "CRIT ",
    None: "  ·  ",
}


def level_word(level: str | None) -> str:
    """Return a level's name in five cells."""
    return _LEVEL_WORDS[level]


_MARKS_PER_CHARACTER = 3
"""Combining marks drawn on one character; the rest of a flood is left out of the line."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f]")
"""Joiners, variation selectors and the like: terminals disagree on their width, so a line does without."""
_VALUE_CELLS = 120
_WIDEST_COLUMN = 24
_LEAST_MESSAGE = 20


@dataclass(slots=True, frozen=True)
class LineLayout:
    """How a line is divided. ``width`` in cells; ``service_width`` 0 leaves the service out."""

    width: int
    clock_digits: int
    """3: milliseconds, 0: seconds."""
    dated: str
    """The form of the day before the time, ``%m-%d`` or with the year; empty leaves it out."""
    level_width: int
    service_width: int
    zone: tzinfo | None
    now_ns: int | None = None
    """Given: the time is shown as how long before it a record was."""
    columns: tuple[tuple[str, int], ...] = ()
    """Names of fields that stand before the message, and the cells of their values."""
    fields: bool = True
    """Whether the other fields follow the message."""

    @property
    def message_column(self) -> int:
        """The cell in which the message begins; columns before it are part of it."""
        time = 8 if self.now_ns is not None else 8 + (4 if self.clock_digits else 0) + DAY_WIDTHS[self.dated]
        return time + self.level_width + (self.service_width + 1 if self.service_width else 0) + 4

    @classmethod
    def for_width(cls, width: int, *, dated: str, longest_service: int, zone: tzinfo | None) -> LineLayout:
        """Return the layout for a width: below 72 the milliseconds go, below 52 the service and the level's word."""
        widest = 8 if width < 72 else 10 if width < 100 else 14 if width < 160 else 20
        return cls(
            width=width,
            clock_digits=3 if width >= 72 else 0,
            dated=dated if width >= 60 else "",
            level_width=5 if width >= 52 else 1,
            service_width=min(max(longest_service, 4), widest) if width >= 52 else 0,
            zone=zone,
        )


class LineStyles:
    """The Rich styles of a palette, made once."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        background = palette.background

        def text(color: str, *, bold: bool = False) -> Style:
            return Style(color=color, bgcolor=background, bold=bold or None)

        self.blank = Style(bgcolor=background)
        self.time = text(palette.dim)
        self.message = text(palette.bright)
        self.quiet = text(palette.dim)
        self.key = text(palette.faint)
        self.value = text(palette.soft)
        self.more = text(palette.good)
        self.placeholder = text(palette.rule)
        self.hit = Style(color=palette.on_accent, bgcolor=palette.accent)
        self.cursor = Style(bgcolor=palette.cursor)
        self.cursor_bar = Style(color=palette.accent, bgcolor=palette.cursor)
        self.levels = {
            level: text(palette.level_color(level), bold=level in ("error", "critical")) for level in _LEVEL_WORDS
        }
        self.levels["critical"] = Style(color=palette.background, bgcolor=palette.error, bold=True)
        self._services: dict[str, Style] = {}

    def service(self, name: str) -> Style:
        """Return the style of a service's name."""
        style = self._services.get(name)
        if style is None:
            style = Style(color=self.palette.service_color(name), bgcolor=self.palette.background)
            self._services[name] = style
        return style


@lru_cache(maxsize=4096)
def _second(second: int, zone: tzinfo | None, form: str) -> tuple[str, str]:
    """Return the day and ``HH:MM:SS`` of a second since 1970."""
    try:
        moment = datetime.fromtimestamp(second, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return re.sub("[^-]", "?", f"{date.max:{form}}"), "??:??:??"
    return f"{moment:{form}}" if form else "", f"{moment:%H:%M:%S}"


def clock(time_ns: int, layout: LineLayout) -> str:
    """Return the time as the layout wants it: ``12:03:41.204``, shorter, with the day before it, or ``2m 14s``."""
    if layout.now_ns is not None:
        ago = layout.now_ns - time_ns
        return f"{'−' if ago < 0 else ''}{duration(abs(ago), whole_seconds=True)}".rjust(8)
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    day, time = _second(seconds, layout.zone, layout.dated)
    if layout.clock_digits:
        time = f"{time}.{nanoseconds // 1_000_000:03d}"
    return f"{day} {time}" if layout.dated else time


def clip(text: str, cells: int) -> tuple[str, int]:
    """Return what of a display-safe text fits into ``cells``, and the cells it fills. A cut ends in ``…``."""
    if text.isascii():
        return (text, len(text)) if len(text) <= cells else (text[: max(0, cells - 1)] + "…"[:cells], max(cells, 0))
    text = _INVISIBLE.sub("", text)
    used = marks = fits = fits_used = 0
    kept: list[str] = []
    for character in text:
        size = get_character_cell_size(character)
        if size == 0:
            marks += 1
            if marks > _MARKS_PER_CHARACTER or not kept:
                continue
        else:
            marks = 0
            if used + size > cells:
                return ("".join(kept[:fits]) + "…", fits_used + 1) if cells > 0 else ("", 0)
        kept.append(character)
        used += size
        if used < cells:
            fits, fits_used = len(kept), used
    return "".join(kept), used


def _peek(text: str, cells: int) -> str:
    """Return the harmless form of no more of a text than ``cells`` cells could show."""
    return display_safe(text[: cells * 4 + 8])


def field_items(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the fields with nested objects flattened to dotted names."""
    for key, value in fields.items():
        if isinstance(value, dict) and value and prefix.count(".") < 4:
            yield from field_items(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def value_text(value: Any) -> str:
    """Return a field's value as a line shows it: plain when that is clear, else as JSON."""
    if isinstance(value, str):
        start = value[: _VALUE_CELLS * 4]
        return f'"{start}"' if not start or " " in start else start
    return json.dumps(value, ensure_ascii=False, default=str)[: _VALUE_CELLS * 4]


class _Line:
    """Segments being laid from left to right into a width."""

    def __init__(self, width: int) -> None:
        self.segments: list[Segment] = []
        self.room = width

    def put(self, text: str, style: Style) -> None:
        """Lay harmless text down, clipped to the room that is left."""
        if self.room <= 0 or not text:
            return
        text, cells = clip(text, self.room)
        self.segments.append(Segment(text, style))
        self.room -= cells

    def put_column(self, text: str, width: int, style: Style) -> None:
        """Lay text down in a column of exactly ``width`` cells and one after it."""
        text, cells = clip(text, width)
        self.put(text + " " * (width - cells + 1), style)

    def put_marked(self, text: str, style: Style, hit: Style, terms: re.Pattern[str] | None) -> None:
        """Lay text down with what ``terms`` finds in it marked."""
        if terms is None:
            self.put(text, style)
            return
        end = 0
        for match in terms.finditer(text):
            if match.start() > end:
                self.put(text[end : match.start()], style)
            self.put(match.group(), hit)
            end = match.end()
        self.put(text[end:], style)


def record_line(
    record: LogRecord, layout: LineLayout, styles: LineStyles, terms: re.Pattern[str] | None = None
) -> CompactStrip:
    """Return the line of a record, ``layout.width`` cells wide, with what ``terms`` finds marked."""
    line = _Line(layout.width)
    level = record.level
    line.put(" " + clock(record.time_ns, layout) + " ", styles.time)
    word = _LEVEL_WORDS[level][: layout.level_width]
    if level == "critical":
        line.put(word, styles.levels[level])
        line.put(" ", styles.blank)
    else:
        line.put(word + " ", styles.levels[level])
    if layout.service_width:
        line.put_column(
            _peek(record.service, layout.service_width), layout.service_width, styles.service(record.service)
        )
    line.put(" ", styles.blank)
    _put_columns(line, record, layout, styles, terms)
    head, newline, rest = record.message.partition("\n")
    more = f"  ▸ {rest.count(chr(10)) + 2} lines" if newline else ""
    line.room -= len(more)
    quiet = level in ("debug", "trace")
    line.put_marked(_peek(head, layout.width), styles.quiet if quiet else styles.message, styles.hit, terms)
    if layout.fields:
        _put_fields(line, record.fields, styles, terms, {name for name, _ in layout.columns})
    line.room += len(more)
    line.put(more, styles.more)
    if line.room > 0:
        line.put(" " * line.room, styles.blank)
    return CompactStrip(line.segments, layout.width - line.room)


def column_text(record: LogRecord, name: str) -> str:
    """Return the harmless text of a field (or the logger) in a column, empty without one."""
    value = record.logger if name == "logger" else field_value(record.fields, name)
    return "" if value is None else _peek(value_text(value), _WIDEST_COLUMN)


def _put_columns(
    line: _Line, record: LogRecord, layout: LineLayout, styles: LineStyles, terms: re.Pattern[str] | None
) -> None:
    """Lay the columns down that leave room for a message; a record without the field leaves a gap."""
    for name, width in layout.columns:
        label, cells = clip(_peek(name, _WIDEST_COLUMN), _WIDEST_COLUMN)
        if line.room < cells + width + 3 + _LEAST_MESSAGE:
            return
        text, used = clip(column_text(record, name), width)
        line.put(f"{label}=" if text else " " * (cells + 1), styles.key)
        line.put_marked(text, styles.value, styles.hit, terms)
        line.put(" " * (width - used + 2), styles.blank)


def _put_fields(
    line: _Line, fields: Mapping[str, Any], styles: LineStyles, terms: re.Pattern[str] | None, shown: Collection[str]
) -> None:
    for key, value in field_items(fields):
        if key in shown:
            continue
        name, cells = clip(_peek(key, 40), 40)
        if line.room < cells + 5:
            line.put(" …", styles.key)
            return
        line.put(f"  {name}=", styles.key)
        line.put_marked(clip(_peek(value_text(value), _VALUE_CELLS), _VALUE_CELLS)[0], styles.value, styles.hit, terms)


def with_cursor(strip: CompactStrip, styles: LineStyles) -> CompactStrip:
    """Return the line as the cursor's row: its own background, and the accent's bar in the first cell."""
    background = styles.palette.background
    segments = [
        Segment(text, style + styles.cursor if style and style.bgcolor and style.bgcolor.name == background else style)
        for text, style, _ in strip
    ]
    if segments:
        text, style, _ = segments[0]
        segments[0] = Segment(text[1:], style)
    return CompactStrip([Segment("▌", styles.cursor_bar), *segments], strip.cell_length)


def with_mark(strip: CompactStrip, mark: str, styles: LineStyles) -> CompactStrip:
    """Return the line with a mark of one cell in place of its first one."""
    (text, style, _), *rest = strip
    marked = Style(color=styles.palette.accent) if style is None else style + Style(color=styles.palette.accent)
    return CompactStrip([Segment(mark, marked), Segment(text[1:], style), *rest], strip.cell_length)
