"""Lines of styled text that scroll, with a cursor that moves from row to row.

For lists and details of at most a few thousand lines that are known in full (a record, services, findings); logs have a
view of their own. A row may span several lines; lines without a row (titles, rules) are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import zip_longest
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.theme import Palette, palette_of
from loglama_tui.widgets.compact_strip import CompactStrip
from loglama_tui.widgets.drawn_lines import forget_removed

Piece = tuple[str, str | Style]
"""Text and its look: a colour role of the palette, bold ``strong``, ``section`` or ``failure``, or a style."""


class Line(NamedTuple):
    """One line on the screen and the row it belongs to (``None``: the cursor passes over it)."""

    pieces: tuple[Piece, ...]
    row: int | None = None


BLANK = Line(())
_BAR = "▌"


class CursorLines(ScrollView, can_focus=True):
    """The lines that ``build_lines`` returns, drawn on demand. No cursor until a key or the mouse asks for one."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("lines"))

    class RowHighlighted(Message):
        """The cursor came to a row."""

        def __init__(self, lines: CursorLines, row: int) -> None:
            super().__init__()
            self.lines = lines
            self.row = row

        @property
        def control(self) -> CursorLines:
            """The widget it happened in."""
            return self.lines

    class RowSelected(RowHighlighted):
        """Enter or a double click on a row."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._cursor: int | None = None
        self._lines: list[Line] = []
        self._spans: dict[int, tuple[int, int]] = {}
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._built = Size(0, 0)

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return the lines for a width in cells (the cursor's bar is drawn beside them)."""
        raise NotImplementedError

    @property
    def rows(self) -> list[int]:
        """The rows the cursor can come to, from top to bottom."""
        return list(self._spans)

    @property
    def cursor(self) -> int | None:
        """The row under the cursor, if any; set, it is drawn but not brought into view."""
        return self._cursor

    @cursor.setter
    def cursor(self, row: int | None) -> None:
        if row != self._cursor:
            for changed in (self._cursor, row):
                if changed is not None and changed in self._spans:
                    first, last = self._spans[changed]
                    self.refresh_lines(first, last - first + 1)
            self._cursor = row

    def rebuild(self) -> None:
        """Lay the lines out anew after what they show has changed; the cursor stays on its row if that still exists.

        Only lines that have become others are drawn: a record beside the log changes with every move of its cursor, and
        6 of its 30 lines are 0.7 kB of 7.
        """
        width, height = self.scrollable_content_region.size
        if width <= 1:
            self._built = Size(0, 0)  # hidden: laid out when it is shown
            return
        before, same_size = self._lines, self._built == (width, height)
        self._built = Size(width, height)
        self._lines = list(self.build_lines(width - 1))
        self._spans = {}
        for index, line in enumerate(self._lines):
            if line.row is not None:
                first = self._spans.get(line.row, (index, index))[0]
                self._spans[line.row] = (first, index)
        if self.cursor is not None and self.cursor not in self._spans:
            self.cursor = max((row for row in self._spans if row < self.cursor), default=None)
        self.virtual_size = Size(width, max(height, len(self._lines)))
        if same_size:
            pairs = enumerate(zip_longest(before, self._lines))
            self._redraw(index for index, (old, new) in pairs if old != new)
        else:
            self._strips.clear()
            self.refresh()

    def _redraw(self, lines: Iterable[int]) -> None:
        for index in lines:
            for at_cursor in (False, True):
                self._strips.pop((index, at_cursor), None)
            self.refresh_lines(index)

    def on_resize(self, _event: events.Resize) -> None:
        """Lay out anew when the room has changed."""
        if self.scrollable_content_region.size != self._built:
            self.rebuild()

    def _restyle(self) -> None:
        self._built = Size(0, 0)
        self.rebuild()

    def on_mount(self) -> None:
        """Lay out anew when the theme changes: lines hold its colours."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._restyle())

    def on_unmount(self) -> None:
        """Let the theme change without it: the signal would keep this widget, and all it has drawn, for ever."""
        self.app.theme_changed_signal.unsubscribe(self)
        forget_removed()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return one line of the viewport; nothing here waits or computes more than that line."""
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        row = self._lines[index].row
        at_cursor = row is not None and row == self.cursor
        strip = self._strips.get((index, at_cursor))
        if strip is None:
            strip = self._strips[index, at_cursor] = self._draw(self._lines[index], width, at_cursor=at_cursor)
        return strip

    def _draw(self, line: Line, width: int, *, at_cursor: bool) -> Strip:
        palette = palette_of(self.app)
        base = self.rich_style
        if at_cursor:
            base += Style(bgcolor=palette.cursor)
        styles = _role_styles(palette)
        bar = Segment(_BAR if at_cursor else " ", base + styles["accent"])
        segments = [
            Segment(display_safe(text), base + (styles[style] if isinstance(style, str) else style))
            for text, style in line.pieces
        ]
        return CompactStrip(Strip([bar, *segments]).adjust_cell_length(width, base), width)

    # The cursor

    def move_cursor(self, row: int | None) -> None:
        """Put the cursor on a row (``None``: on none) and bring it into view; only two rows are drawn again."""
        if row == self.cursor or (row is not None and row not in self._spans):
            return
        self.cursor = row
        if row is not None:
            self.show_row(row)
            self.post_message(self.RowHighlighted(self, row))
        self.refresh_bindings()

    def show_row(self, row: int) -> None:
        """Scroll as little as brings a row into view."""
        first, last = self._spans[row]
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        rows = self.rows
        if row == rows[0]:
            first = 0
        if last - top >= height:
            self.scroll_to(y=min(first, last - height + 1), animate=False)
        elif first < top:
            self.scroll_to(y=first, animate=False)

    def _step(self, direction: int) -> None:
        rows = self.rows
        if not rows:
            self.scroll_to(y=self.scroll_offset.y + direction, animate=False)
            return
        if self.cursor is None:
            self.move_cursor(rows[0 if direction > 0 else -1])
            return
        first, last = self._spans[self.cursor]
        top = self.scroll_offset.y
        bottom = top + self.scrollable_content_region.height
        more_of_row = last >= bottom if direction > 0 else first < top
        position = rows.index(self.cursor) + direction
        if more_of_row or not 0 <= position < len(rows):
            self.scroll_to(y=top + direction, animate=False)
        else:
            self.move_cursor(rows[position])

    def action_cursor_down(self) -> None:
        """Go to the next row, or further down a row that is longer than the screen."""
        self._step(1)

    def action_cursor_up(self) -> None:
        """Go to the row before, or further up a row that is longer than the screen."""
        self._step(-1)

    def action_page(self, direction: int) -> None:
        """Scroll a page; the cursor, if there is one, comes along."""
        height = self.scrollable_content_region.height
        top = max(0, min(self.scroll_offset.y + direction * max(1, height - 1), self.virtual_size.height - height))
        at_edge = top == self.scroll_offset.y
        self.scroll_to(y=top, animate=False)
        if self.cursor is None or not self._spans:
            return
        if at_edge:
            self.move_cursor(self.rows[-1 if direction > 0 else 0])
            return
        inside = [row for row, (first, last) in self._spans.items() if last >= top and first < top + height]
        if inside:
            self.move_cursor(inside[0] if direction > 0 else inside[-1])

    def action_edge(self, direction: int) -> None:
        """Go to the first (-1) or the last (1) row."""
        rows = self.rows
        if rows:
            self.move_cursor(rows[0 if direction < 0 else -1])
        self.scroll_to(y=0 if direction < 0 else self.virtual_size.height, animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter belongs to whoever holds this widget as long as no row is under the cursor."""
        if action == "select_row" and self.cursor is None:
            return False
        return super().check_action(action, parameters)

    def action_select_row(self) -> None:
        """Tell that the row under the cursor was chosen."""
        if self.cursor is not None:
            self.post_message(self.RowSelected(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a double click chooses."""
        index = event.y + self.scroll_offset.y
        row = self._lines[index].row if index < len(self._lines) else None
        if row is None:
            return
        self.move_cursor(row)
        if event.chain == 2:
            self.action_select_row()


@cache
def _role_styles(palette: Palette) -> dict[str, Style]:
    roles = ("bright", "soft", "dim", "faint", "accent", "good", "info", "warning", "error", "bar")
    styles = {role: Style(color=getattr(palette, role)) for role in roles}
    styles["strong"] = Style(color=palette.bright, bold=True)
    styles["failure"] = Style(color=palette.error, bold=True)
    styles["section"] = Style(color=palette.dim, bold=True)
    return styles
