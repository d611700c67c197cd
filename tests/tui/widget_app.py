"""An app with the explorer's theme and styles around one widget."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

import loglama_tui
from loglama_tui.theme import DARK, PALETTES, textual_theme
from loglama_tui.widgets.cursor_lines import CursorLines

STYLES = Path(loglama_tui.__file__).parent / "styles"


class WidgetApp(App[None]):
    CSS_PATH: ClassVar[list[str | PurePath] | str | PurePath | None] = [*sorted(STYLES.glob("*.tcss"))]

    def __init__(self, widget: Widget | None = None) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (140, "-wide")]
        self.widget = widget
        self.animation_level = "none"
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        if self.widget is not None:
            yield self.widget


def shown(lines: CursorLines) -> list[str]:
    """What a widget draws in its viewport, line by line, without blanks at the end."""
    return [lines.render_line(y).text.rstrip() for y in range(lines.scrollable_content_region.height)]


def style_of(lines: CursorLines, text: str) -> str:
    """The colour of the piece on the screen that begins with a text, as #rrggbb, with " bold" if it is."""
    for y in range(lines.scrollable_content_region.height):
        for segment in lines.render_line(y):
            if segment.text.startswith(text) and segment.style is not None and segment.style.color is not None:
                triplet = segment.style.color.triplet
                assert triplet is not None
                return triplet.hex + (" bold" if segment.style.bold else "")
    raise AssertionError(f"{text!r} is not on the screen")


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the app work until something has come true, for at most ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await pilot.pause(0.02)
