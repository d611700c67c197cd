"""A list to pick from: bookmarks, saved queries, queries asked before. What is deleted is asked for twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from loglama_tui.commands import bindings_of, commands_of, shown_keys
from loglama_tui.display_safe import display_safe
from loglama_tui.screens.overlay import Overlay
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cursor_lines import CursorLines, Line, Piece


class PickItem(NamedTuple):
    """One line of the list, and the name by which its deletion is asked for."""

    pieces: tuple[Piece, ...]
    name: str


class PickList(CursorLines):
    """The items, one a line."""

    def __init__(self, items: Sequence[PickItem]) -> None:
        super().__init__()
        self.items = list(items)

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return a line for each item."""
        del width
        return [Line(item.pieces, row) for row, item in enumerate(self.items)]

    def on_resize(self, event: object) -> None:
        """Start at the first item."""
        del event
        if self.cursor is None and self.items:
            self.call_after_refresh(self.move_cursor, 0)


class PickScreen(Overlay[int | None]):
    """Returns the index of the item picked, ``None`` when left.

    ``delete``: called with the index of an item to forget; without it nothing can be deleted. ``empty``: what is said
    when there is nothing to pick.
    """

    BINDINGS = list(bindings_of("pick"))

    def __init__(
        self,
        title: str,
        items: Sequence[PickItem],
        *,
        empty: str,
        delete: Callable[[int], object] | None = None,
    ) -> None:
        super().__init__()
        self._pick_title = title
        self._list = PickList(items)
        self._indexes = list(range(len(items)))
        self._empty = empty
        self._delete = delete
        self._doomed: int | None = None

    def compose(self) -> Iterable[Widget]:
        """Lay out the list and the keys that work."""
        with Vertical(id="pick"):
            yield self._list
            yield Static(Content(""), markup=False)

    def on_mount(self) -> None:
        """Name the list."""
        self.query_one("#pick").border_title = Content(self._pick_title)
        self._list.focus()
        self._say_keys()

    def _say_keys(self) -> None:
        palette = palette_of(self.app)
        if not self._list.items:
            self.query_one(Static).update(Content.styled(display_safe(self._empty), palette.dim))
            return
        keys = [("enter", "open")] + [
            (shown_keys(command, {}), command.hint) for command in commands_of("pick") if command.order
        ]
        parts = [part for key, word in keys for part in ((key, palette.accent), (f" {word}   ", palette.dim))]
        self.query_one(Static).update(Content.assemble(*parts))

    @on(CursorLines.RowSelected)
    def _picked(self, event: CursorLines.RowSelected) -> None:
        event.stop()
        self.dismiss(self._indexes[event.row])

    @on(CursorLines.RowHighlighted)
    def _moved(self, event: CursorLines.RowHighlighted) -> None:
        event.stop()
        if self._doomed not in (None, event.row):
            self._doomed = None
            self._say_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to delete only where that is possible."""
        if action == "delete":
            return self._delete is not None
        return super().check_action(action, parameters)

    def action_delete(self) -> None:
        """Delete the item under the cursor, once that was asked for twice."""
        row = self._list.cursor
        if row is None or self._delete is None:
            return
        if self._doomed != row:
            self._doomed = row
            palette = palette_of(self.app)
            key = shown_keys(commands_of("pick")[1], {})
            text = f"{key} again deletes {display_safe(self._list.items[row].name[:60])}"
            self.query_one(Static).update(Content.styled(text, palette.warning))
            return
        self._doomed = None
        self._delete(self._indexes.pop(row))
        del self._list.items[row]
        self._list.rebuild()
        self._say_keys()

    def action_close(self) -> None:
        """Leave without picking."""
        self.dismiss(None)
