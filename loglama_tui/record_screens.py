"""What opens over the tabs: menus, and a record with everything that can be asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from loglama_tui.panes.pane_environment import PaneEnvironment
from loglama_tui.panes.requests import (
    ChoiceWanted,
    CompareWanted,
    ContextWanted,
    LineWanted,
    PatternsWanted,
    RecordWanted,
    TraceWanted,
)
from loglama_tui.style_sheets import use_style_sheets
from loglama_tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from textual.widget import Widget

    from loglama_core.config.settings import Settings
    from loglama_core.model import LogRecord
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.explorer_state import ExplorerState
    from loglama_tui.widgets.record_detail import RecordDetail


class RecordScreens(TerminalApp):
    """The part of the explorer that answers a pane's wish for a screen over it."""

    def __init__(
        self,
        settings: Settings,
        reader_factory: Callable[[], RecordReader],
        *,
        clock: Callable[[], int],
        zone: tzinfo | None,
        state: ExplorerState | None = None,
    ) -> None:
        super().__init__(state)
        self.settings = settings
        self._reader_factory = reader_factory
        self._clock = clock
        self._zone = zone
        self._compared: LogRecord | None = None

    @property
    def pane_environment(self) -> PaneEnvironment:
        """What panes of records are given."""
        return PaneEnvironment(self.settings, self._reader_factory, self._clock, self._zone)

    @on(ChoiceWanted)
    def _choice_wanted(self, event: ChoiceWanted) -> None:
        if not event.in_front:
            return
        from loglama_tui.screens.choose import ChooseScreen

        def choose(index: int | None) -> None:
            if index is not None:
                event.chosen(event.choices[index].value)

        use_style_sheets(self, "menus")
        self.push_screen(ChooseScreen(event.title, event.choices, event.current), choose)

    def _open_over(self, pane: Widget) -> None:
        from loglama_tui.screens.over import OverScreen

        use_style_sheets(self, "cursor_lines", "over")
        self.push_screen(OverScreen(pane, self.settings.keys))

    @on(ContextWanted)
    def _context_wanted(self, event: ContextWanted) -> None:
        if event.in_front:
            self.open_context(event.record)

    def open_context(self, record: LogRecord) -> None:
        """Show the records around one."""
        from loglama_tui.panes.context import ContextPane

        self._open_over(ContextPane(record, self.pane_environment))

    @on(TraceWanted)
    def _trace_wanted(self, event: TraceWanted) -> None:
        if not event.in_front:
            return
        from loglama_core.query.correlation import correlation_ids
        from loglama_tui.panes.trace import TracePane

        if not correlation_ids(event.record):
            self.notify("this record has no trace, request or correlation id", markup=False, timeout=3)
            return
        self._open_over(TracePane(event.record, self.pane_environment))

    @on(PatternsWanted)
    def _patterns_wanted(self, event: PatternsWanted) -> None:
        if not event.in_front:
            return
        from loglama_tui.panes.patterns import PatternsPane

        self._open_over(PatternsPane(event.query, self.pane_environment, event.pane.narrow))

    @on(CompareWanted)
    def _compare_wanted(self, event: CompareWanted) -> None:
        if not event.in_front:
            return
        first, second = self._compared, event.record
        if first is None:
            self._compared = second
            self.notify(f"d on another record compares it with {second.id:,}", markup=False, timeout=4)
            return
        self._compared = None
        if first.id == second.id:
            self.notify("it is not compared any more", markup=False, timeout=2)
            return
        from loglama_tui.panes.compare import ComparePane

        first, second = sorted((first, second), key=lambda record: (record.time_ns, record.id))
        self._open_over(ComparePane(first, second, self._zone))

    @on(LineWanted)
    def _line_wanted(self, event: LineWanted) -> None:
        if not event.in_front:
            return
        from loglama_tui.screens.prompt import PromptScreen

        def typed(text: str | None) -> None:
            if text is not None:
                event.typed(text)

        use_style_sheets(self, "prompt")
        self.push_screen(PromptScreen(event.title, text=event.text, hint=event.hint, check=event.check), typed)

    @on(RecordWanted)
    def _record_wanted(self, event: RecordWanted) -> None:
        if not event.in_front:
            return
        from loglama_tui.screens.record import RecordScreen

        pane = event.pane
        screen = RecordScreen(event.record, None, self._zone, pane.step, keymap=self.settings.keys)

        def closed(wanted: RecordDetail.FilterRequested | None) -> None:
            pane.record_target = None
            if wanted is not None:
                pane.narrow(("-" if wanted.exclude else "") + wanted.text)

        pane.record_target = screen
        use_style_sheets(self, "cursor_lines", "record")
        self.push_screen(screen, closed)
        pane.show_record(event.record)
