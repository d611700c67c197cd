"""One line to type: a note, a name, a time, the path of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.screens.overlay import Overlay
from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual import events
    from textual.widget import Widget


class PromptScreen(Overlay[str | None]):
    """Returns what was typed, ``None`` when left. ``check`` returns why a text cannot be taken, empty if it can."""

    BINDINGS = list(bindings_of("prompt"))

    def __init__(
        self,
        title: str,
        *,
        text: str = "",
        placeholder: str = "",
        hint: str = "",
        check: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._prompt_title = title
        self._text = display_safe(text)
        self._placeholder = placeholder
        self._hint = hint
        self._check = check

    def compose(self) -> Iterable[Widget]:
        """Lay out the line and what is said about it."""
        with Vertical(id="prompt"):
            yield Input(self._text, placeholder=self._placeholder, select_on_focus=False)
            yield Static(Content(""), markup=False)

    def on_mount(self) -> None:
        """Say what is wanted."""
        self.query_one("#prompt").border_title = Content(display_safe(self._prompt_title))
        self._say("")

    def _say(self, problem: str) -> None:
        palette = palette_of(self.app)
        text, color = (problem, palette.warning) if problem else (self._hint, palette.dim)
        self.query_one(Static).update(Content.styled(display_safe(text), color))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._say("")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        problem = self._check(event.value) if self._check is not None else ""
        if problem:
            self._say(problem)
        else:
            self.dismiss(event.value)

    def on_click(self, event: events.Click) -> None:
        """Leave on a click beside it."""
        if event.widget is self:
            self.dismiss(None)

    def action_close(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
