"""The line over the log: the least level, the service, and the text that narrow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from loglama_tui.display_safe import display_safe
from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

TYPING_PAUSE_S = 0.15
"""A text is looked for when nothing was typed for this long."""

_ROOMY_WIDTH = 110


class FilterChips(Widget):
    """Level and service, each with a mark that it opens a menu."""

    class Clicked(Message):
        """A chip was clicked: ``level`` or ``service``."""

        def __init__(self, chip: str) -> None:
            super().__init__()
            self.chip = chip

    def __init__(self) -> None:
        super().__init__()
        self.level: str | None = None
        self.service: str | None = None
        self._folded = False

    def show(self, *, level: str | None, service: str | None) -> None:
        """Show other choices."""
        self.level, self.service = level, service
        self.refresh(layout=True)

    def fold(self, *, folded: bool) -> None:
        """Give the chips' room to the text, or take it back."""
        if folded != self._folded:
            self._folded = folded
            self.refresh(layout=True)

    def _texts(self) -> tuple[str, str]:
        return (f"≥ {self.level}" if self.level else "all", display_safe(self.service or "all")[:24])

    def render(self) -> Content:
        """Return the chips."""
        palette = palette_of(self.app)
        level, service = self._texts()
        chosen, plain = palette.accent, palette.bright
        if self._folded:
            return Content.assemble((" filter ", palette.faint))
        return Content.assemble(
            (" level ", palette.faint),
            (f"{level} ▾", chosen if self.level else plain),
            ("   service ", palette.faint),
            (f"{service} ▾", chosen if self.service else plain),
            ("   filter ", palette.faint),
        )

    def on_click(self, event: events.Click) -> None:
        """Tell which chip was clicked."""
        end = 7 + len(self._texts()[0]) + 2
        self.post_message(self.Clicked("level" if event.x < end + 1 else "service"))


class FilterBar(Horizontal):
    """Chips, the text and a note about it. The text is announced when typing pauses, or at once with enter."""

    class TextChanged(Message):
        """Another text is to be looked for."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Enter: back to the log."""

    def compose(self) -> Iterable[Widget]:
        """Lay out chips, text and note."""
        yield FilterChips()
        yield Input(placeholder="type to narrow, / to focus", select_on_focus=False, id="filter-text")
        yield FilterNote()

    def on_mount(self) -> None:
        """Nothing was announced yet."""
        self._announced = ""
        self._pause = self.set_timer(TYPING_PAUSE_S, self._announce, pause=True)

    @property
    def text(self) -> str:
        """The text as typed."""
        return self.query_one(Input).value

    def clear(self) -> None:
        """Empty the text."""
        self.query_one(Input).value = ""

    def set_text(self, text: str) -> None:
        """Put a text there as if it had been typed."""
        self.query_one(Input).value = text

    def write(self, text: str) -> None:
        """Put a text there that is known already: it is not announced."""
        self._announced = text
        self.query_one(Input).value = text

    def note(self, text: str, role: str = "dim") -> None:
        """Say something about the text, at the right end."""
        self.query_one(FilterNote).show(text, role)

    def on_descendant_focus(self) -> None:
        """Make room for the text where there is little."""
        self.query_one(FilterChips).fold(folded=self.size.width < _ROOMY_WIDTH)

    def on_descendant_blur(self) -> None:
        """Show the chips again."""
        self.query_one(FilterChips).fold(folded=False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._pause.stop()
        self._pause = self.set_timer(TYPING_PAUSE_S, self._announce)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._announce()
        self.post_message(self.Left())

    def _announce(self) -> None:
        self._pause.stop()
        if self.text != self._announced:
            self._announced = self.text
            self.post_message(self.TextChanged(self.text))


class FilterNote(Widget):
    """A short text at the right end of a bar."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._role = "dim"

    def show(self, text: str, role: str) -> None:
        """Show another text in a colour of the palette."""
        if (text, role) != (self._text, self._role):
            self._text, self._role = text, role
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the text."""
        text = display_safe(self._text)
        return Content.assemble((f" {text} " if text else "", str(getattr(palette_of(self.app), self._role))))
