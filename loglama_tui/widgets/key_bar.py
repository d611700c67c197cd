"""The bottom line: the keys that work here, as many as fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from loglama_tui.command import Command
from loglama_tui.commands import offered_in, shown_keys
from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events


class KeyBar(Widget):
    """Shows the hints of the commands of some places, most useful first; a click does what the key does."""

    class Clicked(Message):
        """The hint of a command was clicked."""

        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap
        self._places: tuple[str, ...] = ()
        self._words: dict[str, str] = {}
        self._spans: list[tuple[int, int, Command]] = []

    def show(self, *places: str) -> None:
        """Show the commands of these places and those that work anywhere."""
        if places != self._places:
            self._places = places
            self.refresh()

    def reword(self, command_id: str, word: str) -> None:
        """Show another word for a command whose meaning depends on the state (pause, follow)."""
        if self._words.get(command_id) != word:
            self._words[command_id] = word
            self.refresh()

    def render(self) -> Content:
        """Return the line: hints left, the palette's key right."""
        palette = palette_of(self.app)
        width = self.size.width
        *hints, last = sorted((c for c in offered_in(*self._places, "anywhere") if c.order), key=lambda c: c.order)
        if "typing" in self._places:
            hints = [c for c in hints if c.place == "typing"]  # other letters are text there
        right = f"{shown_keys(last, self._keymap)} {last.hint}"
        parts: list[str | tuple[str, str]] = [" "]
        column = 1
        self._spans = []
        for command, key, word in self._fitting(hints, width - len(right) - 2 if width >= 100 else width):
            length = len(key) + 1 + len(word)
            parts += [(key, f"bold {palette.accent}"), (f" {word}", palette.dim), "   "]
            self._spans.append((column, column + length, command))
            column += length + 3
        start = width - len(right) - 1
        if column <= start:
            parts += [" " * (start - column), (right, palette.faint)]
            self._spans.append((start, width, last))
        return Content.assemble(*parts)

    def _fitting(self, hints: list[Command], width: int) -> list[tuple[Command, str, str]]:
        """Return the hints that fit, each with its key and word; the last one (help) stays, others give way."""
        shown = [(c, shown_keys(c, self._keymap), self._words.get(c.id, c.hint)) for c in hints]
        while len(shown) > 1 and 1 + sum(len(key) + len(word) + 4 for _, key, word in shown) - 3 > width:
            del shown[-2]
        return shown

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let the tooltip say what the hint under the mouse means."""
        under = next((command for first, last, command in self._spans if first <= event.x < last), None)
        self.tooltip = None if under is None else Content(under.help)

    def on_click(self, event: events.Click) -> None:
        """Do what the key of the hint does."""
        for first, last, command in self._spans:
            if first <= event.x < last:
                self.post_message(self.Clicked(command))
