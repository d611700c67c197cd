"""The explorer: wiring of header, tabs, panes and collector. What a tab shows is its pane's own business."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Container
from textual.widgets import Input

from loglama_tui.alarm_watch import AlarmsRead, alarms_of, read_alarms
from loglama_tui.arrival_rate import ArrivalRate
from loglama_tui.commands import bindings_of
from loglama_tui.harmless_lines import HarmlessLines
from loglama_tui.kept_things import KeptThings
from loglama_tui.panes.live import LivePane
from loglama_tui.panes.live_tail import Arrived, FirstScreen, read_first_screen
from loglama_tui.panes.log_pane import LogPane
from loglama_tui.panes.requests import CopyWanted, HintChanged, SearchWanted
from loglama_tui.source_path import source_from
from loglama_tui.style_sheets import STYLES, use_style_sheets
from loglama_tui.theme import DARK, PALETTES, textual_theme
from loglama_tui.tmux_hint import tmux_hint
from loglama_tui.widgets.header import Header, HeaderFacts
from loglama_tui.widgets.histogram import Histogram
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.log_view import LogView
from loglama_tui.widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import tzinfo

    from textual.command import Provider
    from textual.filter import LineFilter
    from textual.widget import Widget

    from loglama_core.collector.thread import CollectorThread
    from loglama_core.config.settings import Settings
    from loglama_core.model import Finding, ServiceStatus
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.command import Command
    from loglama_tui.panes.diagnostics import DiagnosticsPane
    from loglama_tui.panes.services import ServicesPane
    from loglama_tui.widgets.record_detail import RecordDetail

_KEY_PLACES: dict[str, tuple[str, ...]] = {
    "live": ("live", "records", "logs", "log", "type"),
    "search": ("search", "records", "logs", "log", "type"),
    "services": ("services",),
    "diagnostics": ("diagnostics",),
}
_HEADER_S = 0.5
_ALARM_S = 20.0


def _command_provider() -> type[Provider]:
    """Return what fills the palette; imported when it is first opened."""
    from loglama_tui.palette import CommandProvider

    return CommandProvider


class ExplorerApp(KeptThings):
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
        first: FirstScreen | None = None,
    ) -> None:
        super().__init__(settings, reader_factory, clock=clock, zone=zone)
        self._first_tab = tab
        self._query = query
        self._collect = collect
        self._first = first
        self._collector: CollectorThread | None = None
        self._wall = HarmlessLines()
        self._arrivals = ArrivalRate()
        self._total: int | None = None
        self._findings: Sequence[Finding] = ()
        self._statuses: Sequence[ServiceStatus] = ()
        self.crash: BaseException | None = None
        """The bug that ended the app, if one did."""
        self._header = Header(HeaderFacts(store=source_from(settings.folder, str(settings.db_path))))
        self._tab_bar = TabBar(tab)
        self._key_bar = KeyBar(settings.keys)
        self.animation_level = "none"
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = DARK.name
        self.set_keymap(dict(settings.keys))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Put the wall against control characters before every other filter."""
        return [self._wall, *super().get_line_filters()]

    # Frame

    def compose(self) -> Iterable[Widget]:
        """Frame: header, tabs, the place of the panes, key bar. The first pane is mounted with it."""
        yield self._header
        yield self._tab_bar
        with Container(id="tabs"):
            yield self._make_pane(self._first_tab)
        yield self._key_bar

    def on_mount(self) -> None:
        """Show the keys of the first tab; what the first screen does not need waits until it is drawn."""
        self._key_bar.show(*_KEY_PLACES[self._first_tab])
        self.theme_changed_signal.subscribe(self, lambda _theme: self._restyle())
        self._catch_signals()
        self.call_after_refresh(self._after_first_screen)

    def _after_first_screen(self) -> None:
        gc.freeze()
        gc.enable()
        if self._collect:
            from loglama_core.collector.thread import CollectorThread

            self._collector = CollectorThread(self.settings, lambda _records: self._wake_live())
            self._collector.start()
        self.set_interval(_HEADER_S, self._refresh_header)
        self.set_interval(_ALARM_S, self._look_for_alarms)
        self.set_timer(1.0, self._look_for_alarms)

    def on_unmount(self) -> None:
        """Stop collecting after the commit in hand."""
        if self._collector is not None:
            self._collector.stop()

    def _catch_signals(self) -> None:
        """Let a lost terminal and a polite kill end the app the ordinary way, which restores the terminal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            try:
                loop.add_signal_handler(number, self.exit, 128 + number, 128 + number)
            except (RuntimeError, ValueError):
                return  # not the main thread: a test or a server owns the signals

    def _fatal_error(self) -> None:
        """Leave the telling to ``run_explorer``: Textual's traceback shows locals, which hold log text and settings."""
        self.crash = sys.exc_info()[1]
        super()._fatal_error()
        self._exit_renderables.clear()

    def _make_pane(self, tab: str) -> Widget:
        """Return the pane of a tab; its module is imported only now, which keeps the first screen quick."""
        if tab == "live":
            first, self._first = self._first, None
            return LivePane(
                self.settings, self._reader_factory, clock=self._clock, zone=self._zone, first=first, id="live"
            )
        if tab == "search":
            from loglama_tui.panes.search import SearchPane

            use_style_sheets(self, "cursor_lines", "search")
            return SearchPane(
                self.settings, self._reader_factory, clock=self._clock, query=self._query, zone=self._zone, id="search"
            )
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
        return next((child for child in self.screen_stack[0].query_one("#tabs").children if child.id == tab), None)

    async def action_show_tab(self, tab: str) -> None:
        """Bring a tab to the front, mounting its pane the first time."""
        holder = self.screen_stack[0].query_one("#tabs", Container)
        pane = self._pane(tab)
        new = pane is None
        if pane is None:
            pane = self._make_pane(tab)
            await holder.mount(pane)
        for child in holder.children:
            child.display = child is pane
        self._tab_bar.activate(tab)
        self._key_bar.show(*_KEY_PLACES[tab])
        if isinstance(pane, LogPane):
            if not new:
                pane.view.focus()
        else:
            focusable = (child for child in pane.query("*") if child.focusable)
            if (first := next(focusable, None)) is not None:
                first.focus()

    @property
    def places(self) -> tuple[str, ...]:
        """The places whose commands work now."""
        return (*_KEY_PLACES[self._tab_bar.active], "anywhere")

    async def run_command(self, command: Command) -> None:
        """Do what a command's key does."""
        target: Widget | ExplorerApp = self
        if command.place not in ("anywhere", "type"):
            pane = self._pane(self._tab_bar.active)
            target = pane if pane is not None else self
            if command.place == "log" and isinstance(pane, LogPane):
                target = pane.view
        await target.run_action(command.action)

    @on(TabBar.Clicked)
    @on(Header.AlarmClicked)
    async def _tab_wanted(self, event: TabBar.Clicked | Header.AlarmClicked) -> None:
        await self.action_show_tab(event.tab)

    @on(KeyBar.Clicked)
    async def _hint_clicked(self, event: KeyBar.Clicked) -> None:
        await self.run_command(event.command)

    # What panes ask for

    @on(SearchWanted)
    async def _search_wanted(self, event: SearchWanted) -> None:
        from loglama_tui.panes.search import SearchPane

        while len(self.screen_stack) > 1:
            self.pop_screen()

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

    def on_record_detail_copy_requested(self, event: RecordDetail.CopyRequested) -> None:
        """Copy a value of a record."""
        self._copy(event.text, "value")

    @on(CopyWanted)
    def _copy_wanted(self, event: CopyWanted) -> None:
        self._copy(event.text, event.what)

    def _copy(self, text: str, what: str) -> None:
        """Send text to the terminal's clipboard (OSC 52, which works over SSH)."""
        self.copy_to_clipboard(text)
        lines = text.count("\n") + 1
        size = f"{lines} lines" if lines > 1 else f"{len(text):,} characters"
        self.notify("\n".join(filter(None, (f"{what} copied ({size})", tmux_hint()))), markup=False, timeout=3)

    @on(HintChanged)
    def _hint_changed(self, event: HintChanged) -> None:
        self._key_bar.reword(event.command_id, event.word)

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus: while one types, letters are text."""
        if len(self.screen_stack) == 1:
            tab = self._tab_bar.active
            self._key_bar.show(*(("typing",) if isinstance(self.focused, Input) else _KEY_PLACES[tab]))

    # Header

    def _wake_live(self) -> None:
        """Look for what was committed; called in the collector's thread."""
        pane = self._pane("live")
        if isinstance(pane, LivePane):
            pane.tail.wake()

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self._arrivals.note(event.at, event.newest_id)
        if event.total is not None:
            first, self._total = self._total is None, event.total
            if first:
                self._refresh_header()

    def _refresh_header(self) -> None:
        header = self._header
        rate = self._arrivals.per_second(time.monotonic())
        facts = header.facts
        collecting: float | None = None
        note, failed = "", False
        if self._collector is not None and self._collector.daemon_pid is None:
            status = self._collector.status()
            collecting = status.records_per_s if status.collecting else None
            failed = bool(status.error)
            note = status.error or (
                f"{status.backlog_bytes / 1e6:,.0f} MB behind" if status.backlog_bytes > 5_000_000 else ""
            )
        elif self._collector is not None or rate > 0:
            collecting = rate  # a daemon's doing: what arrives is what it stores
        header.show(
            replace(
                facts,
                records=self._total,
                collecting=collecting,
                collector_note=note,
                collector_failed=failed,
            )
        )

    def _look_for_alarms(self) -> None:
        self.run_worker(self._read_alarms, thread=True, exclusive=True, group="alarms")

    def _read_alarms(self) -> None:
        from loglama_core.diagnostics.context import TerminalFacts

        encoding = getattr(sys.__stdout__, "encoding", None) or "unknown"
        terminal = TerminalFacts(self.size.width, self.size.height, self.console.color_system or "", encoding)
        self.post_message(read_alarms(self.settings, self._reader_factory, self._clock(), terminal))

    @on(AlarmsRead)
    def _alarms_read(self, event: AlarmsRead) -> None:
        self._findings, self._statuses = event.findings, event.statuses
        if event.records is not None:
            self._total = event.records  # Live hears of it sooner, but may not have been opened
            self._refresh_header()
        self._show_alarms()

    def on_diagnostics_pane_findings_changed(self, event: DiagnosticsPane.FindingsChanged) -> None:
        """Let the header agree with the tab."""
        self._findings = event.findings
        self._show_alarms()

    def on_services_pane_statuses_read(self, event: ServicesPane.StatusesRead) -> None:
        """Let the header agree with the tab."""
        self._statuses = event.statuses
        self._show_alarms()

    def _show_alarms(self) -> None:
        header = self._header
        header.show(replace(header.facts, alarms=alarms_of(self._findings, self._statuses)))

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep ``/`` a character wherever text is typed."""
        if action == "focus_filter":
            return self.screen is self.screen_stack[0] and not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_focus_filter(self) -> None:
        """Type a filter or query in the tab in front, if it has one."""
        pane = self._pane(self._tab_bar.active)
        if isinstance(pane, LogPane):
            pane.type_filter()

    def action_help(self) -> None:
        """Show every key."""
        from loglama_tui.screens.help import HelpScreen

        use_style_sheets(self, "menus")
        self.push_screen(HelpScreen(self.settings.keys))

    def action_command_palette(self) -> None:
        """Open the palette."""
        use_style_sheets(self, "menus")
        super().action_command_palette()

    def action_next_theme(self) -> None:
        """Change between the themes."""
        names = list(PALETTES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]

    def _restyle(self) -> None:
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                if isinstance(widget, LogView | Histogram):
                    widget.restyle()
                else:
                    widget.refresh()


def run_explorer(settings: Settings, *, tab: str = "live", query: str = "", collect: bool = True) -> int:
    """Run the explorer in this terminal until it is left, and return the exit code (128 + number after a signal).

    A bug in it is raised once the terminal is restored.
    """
    from loglama_core.store.sqlite_reader import SqliteReader

    sys.setswitchinterval(
        0.001
    )  # 5 ms by default: a key would wait that long for the collector's thread, again and again
    gc.disable()  # until the first screen is drawn: its collections cost 50 ms of 400 and find nothing

    def open_reader() -> RecordReader:
        return SqliteReader(settings.db_path)

    first = read_first_screen(open_reader) if tab == "live" else None
    app = ExplorerApp(settings, open_reader, tab=tab, query=query, collect=collect, first=first)
    app.run()
    if app.crash is not None:
        raise app.crash
    return app.return_code or 0
