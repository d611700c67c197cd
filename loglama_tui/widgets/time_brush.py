"""Hits over time, out of which a stretch is brushed with the mouse or the arrow keys to look at alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from loglama_tui.commands import bindings_of
from loglama_tui.theme import palette_of
from loglama_tui.widgets.compact_strip import CompactStrip
from loglama_tui.widgets.histogram import Bar, Histogram

_BAR_ROWS = 3


class TimeBrush(Histogram, can_focus=True):
    """Bars with an axis below. ``describe(first, last)`` returns what is said of bars ``first <= bar <= last``."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("bars"))

    class Brushed(Message):
        """The bars ``first <= bar <= last`` are to be looked at alone."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first = first
            self.last = last

    class Left(Message):
        """Back to the hits."""

    def __init__(self, describe: Callable[[int, int], str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(bar_rows=_BAR_ROWS, id=id)
        self._describe = describe
        self._from: int | None = None
        self._to = 0
        self._dragging = False
        self._place: int | None = None

    # What is shown

    def show(self, bars: Sequence[Bar], *, axis: tuple[str, ...] = ()) -> None:
        """Draw other bars; a brush on the old ones means nothing any more."""
        if len(bars) != len(self._bars) or axis != self._axis:
            self._from = None
            self._choose()
        super().show(bars, axis=axis)

    def point_at(self, bar: int | None) -> None:
        """Mark on the axis the bar in which the hit under the cursor is."""
        old, self._place = self._column_of(self._place), bar
        new = self._column_of(bar)
        if old != new:
            # One region for both: Textual writes a line from its beginning up to the end of each.
            columns = [column for column in (old, new) if column is not None]
            self.refresh(Region(min(columns), _BAR_ROWS, max(columns) - min(columns) + 1, 1))

    def _column_of(self, bar: int | None) -> int | None:
        if bar is None or not self._bars or not 0 <= bar < len(self._bars):
            return None
        return 1 + (2 * bar + 1) * self.columns // (2 * len(self._bars))

    def _bar_at(self, x: int) -> int:
        """Return the bar under a column of the widget."""
        return max(0, min((x - 1) * len(self._bars) // self.columns, len(self._bars) - 1))

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture; under the bars the axis, or what is said of those that are brushed."""
        if y != _BAR_ROWS:
            return super().render_line(y)
        palette = palette_of(self.app)
        if self._from is not None and self._bars:
            text = f" {self._describe(*self._brushed)}"[: self.size.width].ljust(self.size.width)
            return CompactStrip([Segment(text, Style(color=palette.accent, bgcolor=palette.background))])
        line = super().render_line(y)
        column = self._column_of(self._place)
        if column is None or not self._axis:
            return line
        under = line.text[column : column + 1]  # a time that stands there stays readable
        mark = Segment("▲" if under.isspace() else under, Style(color=palette.accent, bgcolor=palette.background))
        return CompactStrip([*line.crop(0, column), mark, *line.crop(column + 1)], self.size.width)

    # The brush

    @property
    def _brushed(self) -> tuple[int, int]:
        start = self._to if self._from is None else self._from
        return min(start, self._to), max(start, self._to)

    def _choose(self) -> None:
        """Draw what is brushed now."""
        first, last = self._brushed
        chosen = range(0) if self._from is None else range(first, last + 1)
        if chosen != self._chosen:
            self._chosen, self._lines = chosen, None
        self.refresh()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to brush."""
        if self._bars and event.y < _BAR_ROWS:
            self._from = self._to = self._bar_at(event.x)
            self._dragging = True
            self.capture_mouse()
            self._choose()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Brush further."""
        if self._dragging and (bar := self._bar_at(event.x)) != self._to:
            self._to = bar
            self._choose()

    def on_mouse_up(self) -> None:
        """Look at what was brushed; a click is a brush of one bar."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            self.action_zoom()

    def on_focus(self) -> None:
        """Begin at the bar of the hit under the cursor, else at the last one."""
        if self._bars and self._from is None and not self._dragging:
            self._to = len(self._bars) - 1 if self._place is None else max(0, min(self._place, len(self._bars) - 1))
            self._from = self._to
            self._choose()

    def on_blur(self) -> None:
        """Take the brush away."""
        if not self._dragging:
            self._from = None
            self._choose()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys alone that have nothing to act on."""
        if action in {"move", "zoom"}:
            return bool(self._bars) and self._from is not None
        return super().check_action(action, parameters)

    def action_move(self, bars: int, extend: bool) -> None:  # noqa: FBT001 - the binding's parameter
        """Move the brush by some bars, or with ``extend`` its far end."""
        self._to = max(0, min(self._to + bars, len(self._bars) - 1))
        if not extend:
            self._from = self._to
        self._choose()

    def action_zoom(self) -> None:
        """Look at what is brushed alone."""
        if self._from is not None:
            message = self.Brushed(*self._brushed)
            self._from = None
            self._choose()
            self.post_message(message)

    def action_leave(self) -> None:
        """Go back to the hits."""
        self.post_message(self.Left())
