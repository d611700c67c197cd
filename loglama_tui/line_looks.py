"""How lines look in every log: which time, which columns, wrapped or not. Remembered for each store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from loglama_tui.kept_things import KeptThings
from loglama_tui.style_sheets import use_style_sheets
from loglama_tui.widgets.line_options import CLOCKS, LineOptions

if TYPE_CHECKING:
    from textual.screen import Screen

    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.reader_thread import Stale

_REMEMBERED = "lines"
_CLOCK_WORDS = {"clock": "local time", "utc": "UTC", "age": "how long ago"}


@dataclass(eq=False, repr=False)
class FieldNamesRead(Message):
    """Names of fields among the newest records, with how many have them; ``screen``: where they were asked for."""

    names: list[tuple[str, int]]
    screen: Screen[object]


class LineLooks(KeptThings):
    """The part of the explorer that lets a person choose how lines are drawn."""

    @property
    def line_options(self) -> LineOptions:
        """How lines are drawn in every log."""
        return LineOptions.from_json(self.state.get(_REMEMBERED))

    def _use(self, options: LineOptions) -> None:
        self.state.put(_REMEMBERED, options.as_json())
        for pane in self.record_panes():
            pane.show_as(options)

    def action_next_clock(self) -> None:
        """Show times as local, UTC, or how long ago."""
        options = self.line_options
        clock = CLOCKS[(CLOCKS.index(options.clock) + 1) % len(CLOCKS)]
        self._use(replace(options, clock=clock))
        self.notify(f"times: {_CLOCK_WORDS[clock]}", markup=False, timeout=2)

    def action_wrap(self) -> None:
        """Let records take as many lines as they need, or one."""
        options = self.line_options
        self._use(replace(options, wrap=not options.wrap))

    def action_columns(self) -> None:
        """Choose fields to show as columns."""
        screen = self.screen

        def read(reader: RecordReader, stale: Stale) -> None:
            names = reader.field_names()
            if not stale():
                self.post_message(FieldNamesRead(names, screen))

        self._keeping.submit("names", read)

    @on(FieldNamesRead)
    def _choose_columns(self, event: FieldNamesRead) -> None:
        if event.screen is not self.screen:
            return
        from loglama_tui.screens.columns import ColumnsScreen

        use_style_sheets(self, "cursor_lines", "prompt")
        self.push_screen(ColumnsScreen(self.line_options, [("logger", None), *event.names], self._use))
