"""The four tabs in one line, with the key of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from textual import events

TABS: tuple[tuple[str, str], ...] = (
    ("live", "Live"),
    ("search", "Search"),
    ("services", "Services"),
    ("diagnostics", "Diagnostics"),
)
"""Name and title of each tab, in the order of their keys 1 to 4."""


class TabBar(Widget):
    """Draws the tabs; a click asks for one."""

    class Clicked(Message):
        """A tab was clicked."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self, active: str) -> None:
        super().__init__()
        self._active = active

    @property
    def active(self) -> str:
        """Name of the tab drawn as active."""
        return self._active

    def activate(self, tab: str) -> None:
        """Draw another tab as the active one."""
        if tab != self._active:
            self._active = tab
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        palette = palette_of(self.app)
        parts: list[str | tuple[str, str]] = [" "]
        for number, (name, title) in enumerate(TABS, 1):
            active = name == self._active
            parts += [
                (f" {number} ", palette.accent if active else palette.faint),
                (title, f"bold underline {palette.bright}" if active else palette.dim),
                "  ",
            ]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Ask for the tab under the mouse."""
        column = 1
        for name, title in TABS:
            end = column + 3 + len(title) + 2
            if column <= event.x < end:
                self.post_message(self.Clicked(name))
                return
            column = end
