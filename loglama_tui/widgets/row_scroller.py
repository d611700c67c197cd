"""Rows of which some are in sight, and a cursor among them: what keys, wheel and scrollbar do to the two.

Scrolling is this widget's own: Textual's ``ScrollView`` lays the whole screen out anew whenever its virtual size
changes, which a live log does ten times a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.widget import Widget

from loglama_tui.commands import bindings_of
from loglama_tui.widgets.log_messages import FollowChanged
from loglama_tui.widgets.record_rows import ArrivalRows, RecordRows
from loglama_tui.widgets.row_heights import Spot, last_top, rows_in, spots
from loglama_tui.widgets.scroll_thumb import ScrollThumb, row_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_WHEEL_ROWS = 3


class RowScroller(Widget, can_focus=True):
    """The cursor moves inside the viewport; a move repaints two lines. A subclass says what a row looks like."""

    BINDINGS = list(bindings_of("log"))
    ALLOW_SELECT = False

    def __init__(self, *, follows: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.rows: RecordRows = ArrivalRows()
        self.cursor = 0
        self.top = 0
        self.following = follows
        self.notice = ""
        """A line drawn over the last one while something waits below."""
        self.notice_role = "warning"
        self._follows = follows
        self._thumb = ScrollThumb()
        self._dragging = False

    # What a subclass says

    @property
    def wraps(self) -> bool:
        """Whether a row may take several lines."""
        raise NotImplementedError

    def height_of(self, row: int) -> int:
        """Return the lines that a row takes when rows are wrapped; one that is not known yet takes one."""
        raise NotImplementedError

    def settled(self) -> None:
        """Do what is to be done wherever the view has come to rest."""
        raise NotImplementedError

    def action_choose(self) -> None:
        """Open what is under the cursor."""
        raise NotImplementedError

    # Where it stands

    @property
    def record_id(self) -> int | None:
        """The id under the cursor."""
        ids = self.rows.ids(self.cursor, self.cursor + 1)
        return ids[0] if len(ids) else None

    @property
    def page_rows(self) -> int:
        """Rows that fit, from the top one on."""
        if self.wraps:
            return rows_in(self.top, len(self.rows), self._room, self.height_of)
        return self._room

    @property
    def _room(self) -> int:
        return max(1, self.size.height - (1 if self.notice else 0))

    @property
    def _last_top(self) -> int:
        """The top row at the end."""
        if self.wraps:
            return last_top(len(self.rows), self._room, self.height_of)
        return max(0, len(self.rows) - self._room)

    def _measure_thumb(self) -> ScrollThumb:
        return ScrollThumb.measure(top=self.top, total=len(self.rows), page=self.page_rows, height=self.size.height)

    def _places(self) -> Sequence[Spot] | None:
        """Return which row and which line of it each line shows; ``None`` when every row is one line."""
        if not self.wraps:
            return None
        return spots(self.top, len(self.rows), self._room, self.height_of)

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

    def go_to_end(self) -> None:
        """Put the cursor on the last row there is; records that arrive later stay below."""
        self.cursor = len(self.rows) - 1
        self.top = self._last_top
        self._settle()
        self.refresh()

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
        """Bring top and cursor into bounds, and see to what is to be done there."""
        total = len(self.rows)
        if self.following and self._follows:
            self.top = self._last_top
            self.cursor = max(0, total - 1)
        self.top = max(0, min(self.top, self._last_top))
        self.cursor = max(0, min(self.cursor, total - 1))
        while self.top < self.cursor >= self.top + self.page_rows:  # by one line, when a notice comes to lie over it
            self.top += 1 if self.wraps else self.cursor - self.top - self.page_rows + 1
        self._thumb = self._measure_thumb()
        if not self.is_mounted or not self.size.height:
            return
        self.settled()

    def _repaint_rows(self, *rows: int) -> None:
        if self.wraps:
            self.refresh()
            return
        for row in rows:
            self.refresh(Region(0, row - self.top, self.size.width, 1))

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

    # Keys and mouse

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
