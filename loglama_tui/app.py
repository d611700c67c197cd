"""The explorer: wiring of header, tabs, panes and collector. What a tab shows is its pane's own business."""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING

from textual import events, on
from textual.containers import Container
from textual.widgets import Input

from loglama_tui.active_commands import active_commands, active_places
from loglama_tui.alarm_watch import AlarmsRead, read_alarms
from loglama_tui.commands import bindings_of
from loglama_tui.header_feed import REFRESH_S, HeaderFeed
from loglama_tui.line_looks import LineLooks
from loglama_tui.panes.live import LivePane
from loglama_tui.panes.log_pane import LogPane
from loglama_tui.panes.requests import HintChanged, SearchWanted
from loglama_tui.process_memory import give_back_memory
from loglama_tui.screens.tabs import TabsScreen
from loglama_tui.source_path import source_from
from loglama_tui.style_sheets import STYLES, use_style_sheets
from loglama_tui.widgets.header import Header
from loglama_tui.widgets.histogram import Histogram
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.log_view import LogView
from loglama_tui.widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from textual.command import Provider
    from textual.widget import Widget

    from loglama_core.config.settings import Settings
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.command import Command
    from loglama_tui.explorer_state import ExplorerState
    from loglama_tui.panes.diagnostics import DiagnosticsPane
    from loglama_tui.panes.live_tail import FirstScreen
    from loglama_tui.panes.services import ServicesPane

_TABS_OF_PLACES = {
    "live": "live",
    "search": "search",
    "services": "services",
    "diagnostics": "diagnostics",
}
_ALARM_S = 20.0
_GIVE_BACK_S = 5.0
_ANSWER_S = 0.1
"""How long a backlog waits for the answer to a key; a batch is stored after each wait, however many keys come. With it
a page during an import of a million lines is seen after 43 ms (95 of 100 times), without after 77.
"""
_SEARCH_S = 0.5
"""The same for a key that is typed into a field: what is typed is searched for 0.3 s later."""


def _command_provider() -> type[Provider]:
    """Return what fills the palette; imported when it is first opened."""
    from loglama_tui.palette import CommandProvider

    return CommandProvider


class ExplorerApp(LineLooks):
    """The full-screen explorer on one store."""

    TITLE = "LogLama"
    CSS_PATH = STYLES / "explorer.tcss"
    BINDINGS = [*bindings_of("anywhere"), *bindings_of("type")]
    COMMANDS = {_command_provider}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (140, "-wide")]

    def __init__(
        self,
        settings: Settings,
        reader_factory: Callable[[], RecordReader],
        *,
        tab: str = "live",
        query: str = "",
        collect: bool = False,
        clock: Callable[[], int] = time.time_ns,
        zone: tzinfo | None = None,
        state: ExplorerState | None = None,
    ) -> None:
        super().__init__(settings, reader_factory, clock=clock, zone=zone, state=state)
        self._first_tab = tab if tab in _TABS_OF_PLACES.values() else "live"
        self._query = query
        self._collect = collect
        self.first_screen: FirstScreen | None = None
        """What Live shows first, if it was read before there was a screen."""
        self._header_feed = HeaderFeed(source_from(settings.folder, str(settings.db_path)), str(settings.db_path))
        self._tab_bar = TabBar(self._first_tab)
        self._key_bar = KeyBar(settings.keys)
        self.set_keymap(dict(settings.keys))

    # Frame

    def get_default_screen(self) -> TabsScreen:
        """Return the screen under all others."""
        return TabsScreen(id="_default")

    def compose(self) -> Iterable[Widget]:
        """Frame: header, tabs, the place of the panes, key bar. The first pane is mounted with it."""
        yield self._header_feed.header
        yield self._tab_bar
        with Container(id="tabs"):
            yield self._make_pane(self._first_tab)
        yield self._key_bar

    def on_mount(self) -> None:
        """Do at once what the first screen needs; the rest waits until that is drawn."""
        self.theme_changed_signal.subscribe(self, lambda _theme: self._restyle())
        self.catch_signals()
        self.call_after_refresh(self._after_first_screen)

    def _after_first_screen(self) -> None:
        gc.freeze()
        gc.enable()
        if self._collect:
            from loglama_core.collector.thread import CollectorThread

            collector = self._header_feed.collector = CollectorThread(self.settings, lambda _records: self._wake_live())
            collector.start()
        self.use_remembered_mouse()
        self.set_interval(REFRESH_S, self._header_feed.look)
        self.set_interval(_ALARM_S, self._look_for_alarms)
        self.set_interval(_GIVE_BACK_S, give_back_memory)
        self.set_timer(1.0, self._look_for_alarms)

    async def on_event(self, event: events.Event) -> None:
        """Have a backlog give way to the answer of a key."""
        if isinstance(event, events.Key) and self._header_feed.collector is not None:
            self._header_feed.collector.give_way(_SEARCH_S if isinstance(self.focused, Input) else _ANSWER_S)
        await super().on_event(event)

    def on_unmount(self) -> None:
        """Stop collecting after the commit in hand."""
        if self._header_feed.collector is not None:
            self._header_feed.collector.stop()

    def _make_pane(self, tab: str) -> Widget:
        """Return the pane of a tab; its module is imported only now, which keeps the first screen quick."""
        if tab == "live":
            first, self.first_screen = self.first_screen, None
            return LivePane(
                self.pane_environment,
                collecting=self._collect,
                first=first,
                arrived=self._header_feed.arrived,
                id="live",
            )
        if tab == "search":
            from loglama_tui.panes.search import SearchPane

            use_style_sheets(self, "cursor_lines", "search")
            return SearchPane(self.pane_environment, query=self._query, state=self.state, id="search")
        if tab == "services":
            from loglama_tui.panes.services import ServicesPane

            use_style_sheets(self, "cursor_lines", "services")
            return ServicesPane(
                settings=self.settings, reader_factory=self._reader_factory, clock_ns=self._clock, id="services"
            )
        from loglama_tui.panes.diagnostics import DiagnosticsPane

        use_style_sheets(self, "cursor_lines", "diagnostics")
        return DiagnosticsPane(
            settings=self.settings,
            reader_factory=self._reader_factory,
            clock_ns=self._clock,
            zone=self._zone,
            id="diagnostics",
        )

    def _pane(self, tab: str) -> Widget | None:
        return next((pane for pane in self.screen_stack[0].query("#tabs > *") if pane.id == tab), None)

    async def action_show_tab(self, tab: str) -> None:
        """Bring a tab to the front, over whatever was opened, mounting its pane the first time."""
        self._leave_overlays()
        holder = self.screen_stack[0].query_one("#tabs", Container)
        pane = self._pane(tab)
        new = pane is None
        if pane is None:
            pane = self._make_pane(tab)
            await holder.mount(pane)
        for child in holder.children:
            child.display = child is pane
        self._tab_bar.activate(tab)
        self.state.put("tab", tab)
        if isinstance(pane, LogPane):
            if not new:
                pane.view.focus(scroll_visible=False)  # a pane resized while it was hidden is told only without
        else:
            focusable = (child for child in pane.query("*") if child.focusable)
            if (first := next(focusable, None)) is not None:
                first.focus(scroll_visible=False)
        self.call_after_refresh(self._show_keys)

    def _leave_overlays(self) -> None:
        while len(self.screen_stack) > 1:
            screen = self.screen
            screen.dismiss(None)
            if self.screen is screen:
                return

    @property
    def keys(self) -> Mapping[str, str]:
        """Remapped keys by command id."""
        return self.settings.keys

    def tab_of(self, command: Command) -> str | None:
        """Return the tab a command belongs to, if it belongs to one."""
        return _TABS_OF_PLACES.get(command.place)

    async def run_in_tab(self, command: Command) -> None:
        """Go to the tab of a command and do there what its key does."""
        if (tab := self.tab_of(command)) is not None:
            await self.action_show_tab(tab)
            await self.run_action(command.action, self._pane(tab))

    @on(TabBar.Clicked)
    @on(Header.AlarmClicked)
    async def _tab_wanted(self, event: TabBar.Clicked | Header.AlarmClicked) -> None:
        await self.action_show_tab(event.tab)

    @on(KeyBar.Clicked)
    async def _hint_clicked(self, event: KeyBar.Clicked) -> None:
        node = active_commands(self.screen).get(event.command)
        await self.run_action(event.command.action, node)

    # What panes ask for

    @on(SearchWanted)
    async def _search_wanted(self, event: SearchWanted) -> None:
        from loglama_tui.panes.search import SearchPane

        self._leave_overlays()
        if self._pane("search") is None:
            self._query = event.query
            await self.action_show_tab("search")
            return
        await self.action_show_tab("search")
        pane = self._pane("search")
        if isinstance(pane, SearchPane):
            pane.ask(event.query)

    async def on_services_pane_service_logs_requested(self, event: ServicesPane.ServiceLogsRequested) -> None:
        """Show the logs of a service in Live, or only its errors."""
        await self.action_show_tab("live")
        pane = self._pane("live")
        if isinstance(pane, LivePane):
            pane.show_service(event.service, "error" if event.errors_only else None)

    @on(HintChanged)
    def _hint_changed(self, event: HintChanged) -> None:
        self._key_bar.reword(event.command_id, event.word)

    @on(TabsScreen.Returned)
    def _returned(self) -> None:
        self._show_keys()

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus: while one types, letters are text."""
        self._show_keys()

    def _show_keys(self) -> None:
        """Show in the key bar what works now."""
        if len(self.screen_stack) == 1:
            typing = isinstance(self.focused, Input)
            self._key_bar.show(*(("typing",) if typing else active_places(self.screen)))

    # Header

    def _wake_live(self) -> None:
        """Look for what was committed; called in the collector's thread."""
        pane = self._pane("live")
        if isinstance(pane, LivePane):
            pane.tail.wake()

    def _look_for_alarms(self) -> None:
        self.run_worker(self._read_alarms, thread=True, exclusive=True, group="alarms")

    def _read_alarms(self) -> None:
        from loglama_core.diagnostics.context import TerminalFacts

        encoding = getattr(sys.__stdout__, "encoding", None) or "unknown"
        terminal = TerminalFacts(self.size.width, self.size.height, self.console.color_system or "", encoding)
        self.post_message(read_alarms(self.settings, self._reader_factory, self._clock(), terminal))

    @on(AlarmsRead)
    def _alarms_read(self, event: AlarmsRead) -> None:
        self._header_feed.alarms_read(event)

    def on_diagnostics_pane_findings_changed(self, event: DiagnosticsPane.FindingsChanged) -> None:
        """Let the header agree with the tab."""
        self._header_feed.findings_changed(event.findings)

    def on_services_pane_statuses_read(self, event: ServicesPane.StatusesRead) -> None:
        """Let the header agree with the tab."""
        self._header_feed.statuses_read(event.statuses)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep ``/`` a character wherever text is typed, and free where there is nothing to filter."""
        if action == "focus_filter":
            pane = self._pane(self._tab_bar.active)
            return (
                self.screen is self.screen_stack[0]
                and not isinstance(self.focused, Input)
                and isinstance(pane, LogPane)
            )
        return super().check_action(action, parameters)

    def action_focus_filter(self) -> None:
        """Type a filter or query in the tab in front, if it has one."""
        pane = self._pane(self._tab_bar.active)
        if isinstance(pane, LogPane):
            pane.type_filter()

    def action_help(self) -> None:
        """Show every key that works here."""
        from loglama_tui.screens.help import HelpScreen

        use_style_sheets(self, "menus")
        self.push_screen(HelpScreen(list(active_commands(self.screen)), self.settings.keys))

    def action_command_palette(self) -> None:
        """Open the palette."""
        from loglama_tui.screens.overlay import PaletteScreen

        use_style_sheets(self, "menus")
        if not any(isinstance(screen, PaletteScreen) for screen in self.screen_stack):
            self.push_screen(PaletteScreen())

    def _restyle(self) -> None:
        self.state.put("theme", self.theme)
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                if isinstance(widget, LogView | Histogram):
                    widget.restyle()
                else:
                    widget.refresh()
