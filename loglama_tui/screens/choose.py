"""A small menu: one of a few values, with their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.screens.overlay import Overlay
from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.widget import Widget

    from loglama_tui.panes.choices import Choice


class ChooseScreen(Overlay[int | None]):
    """Returns the index of the choice, ``None`` when left. A digit picks at once: 0 the first, 1 the second."""

    BINDINGS = list(bindings_of("menu"))

    def __init__(self, title: str, choices: list[Choice], current: str | None) -> None:
        super().__init__()
        self._menu_title = title
        self._choices = choices
        self._current = current

    def compose(self) -> Iterable[Widget]:
        """Lay out the choices."""
        palette = palette_of(self.app)
        widest = max(len(display_safe(choice.text)[:40]) for choice in self._choices)
        options = []
        for index, choice in enumerate(self._choices):
            digit = str(index) if index < 10 else " "
            count = f"{choice.count:>12,}" if choice.count is not None else ""
            text = display_safe(choice.text)[:40]
            content = Content.assemble(
                (f"{digit} ", palette.faint), (text.ljust(widest), choice.color or palette.bright), (count, palette.dim)
            )
            options.append(Option(content))
        with Vertical(id="menu"):
            yield OptionList(*options, markup=False)

    def on_mount(self) -> None:
        """Start at the current choice."""
        values = [choice.value for choice in self._choices]
        self.query_one("#menu").border_title = self._menu_title
        self.query_one(OptionList).highlighted = values.index(self._current) if self._current in values else 0

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """Pick by digit."""
        if event.key.isdigit() and int(event.key) < len(self._choices):
            event.stop()
            self.dismiss(int(event.key))

    def on_click(self, event: events.Click) -> None:
        """Leave the menu on a click beside it."""
        if event.widget is self:
            self.dismiss(None)

    def action_close(self) -> None:
        """Leave without choosing."""
        self.dismiss(None)
