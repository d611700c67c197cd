"""The keys that work here, and the query language, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from loglama_tui.commands import bindings_of, shown_keys
from loglama_tui.screens.overlay import Overlay
from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.widget import Widget

    from loglama_tui.command import Command
    from loglama_tui.theme import Palette

_TITLES = {
    "anywhere": "EVERYWHERE",
    "type": "FILTER",
    "log": "IN THE LOG",
    "records": "THE RECORD UNDER THE CURSOR",
    "logs": "WHAT IS SHOWN",
    "record": "ITS FIELDS",
    "record_screen": "A RECORD",
    "lines": "MOVING",
}
"""Titles of places whose names are not words for people; others are printed as they are."""

QUERY_HELP: tuple[tuple[str, str], ...] = (
    ("timeout redis", "both, anywhere in message or field values, any case"),
    ('"connection reset"', "exactly this text"),
    ("-healthcheck", "without it"),
    ("a OR b   ( … )", "either; words side by side mean both"),
    ("level>=warning   service:a,b", "by level, service, logger"),
    ("status:500   duration_ms>250", "by a field; trace_id:* has it, req:892f* begins so"),
    ('~"time(d)? ?out"   path~"^/v1"', "regular expression, anywhere or in a field"),
    ("since:15m   until:14:30", "by time"),
)


class HelpScreen(Overlay[None]):
    """Shows the keys that work where it was opened, as they are now, remapped ones included."""

    BINDINGS = list(bindings_of("help"))

    def __init__(self, commands: Sequence[Command], keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._commands = commands
        self._keymap = keymap

    def compose(self) -> Iterable[Widget]:
        """Lay out the page."""
        palette = palette_of(self.app)
        with VerticalScroll(id="help"):
            yield Static(Content("\n").join(self.lines(palette)), markup=False)

    def lines(self, palette: Palette) -> Iterable[Content]:
        """Return the page, line by line."""
        place = ""
        for command in self._commands:
            if command.place != place:
                if place:
                    yield Content("")
                place = command.place
                yield Content.assemble((_TITLES.get(place, place.replace("_", " ").upper()), f"bold {palette.dim}"))
            keys = shown_keys(command, self._keymap, every=True)
            yield Content.assemble((f"  {keys:<18} ", f"bold {palette.accent}"), (command.help, palette.bright))
        if any(command.place == "type" for command in self._commands):
            yield Content("")
            yield Content.assemble(("QUERY AND FILTER", f"bold {palette.dim}"))
            for text, meaning in QUERY_HELP:
                yield Content.assemble((f"  {text:<32}", palette.accent), (meaning, palette.soft))
        yield Content("")
        yield Content.assemble(
            ("  Keys are changed in loglama.toml: ", palette.dim), ('[keys] "live.pause" = "p"', palette.soft)
        )

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
