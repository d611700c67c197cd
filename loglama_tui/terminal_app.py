"""How the explorer treats the terminal it runs in: what it writes to it and how it gives it back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import Monochrome, NoColor

from loglama_tui.colorless_lines import ColorlessLines
from loglama_tui.explorer_state import ExplorerState
from loglama_tui.harmless_lines import HarmlessLines
from loglama_tui.panes.requests import CopyWanted
from loglama_tui.sixteen_colors import SixteenColors
from loglama_tui.terminal_lines import TerminalLines
from loglama_tui.theme import PALETTES, START_THEME, START_THEME_OF_16_COLORS, textual_theme
from loglama_tui.tmux_hint import tmux_hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.driver import Driver
    from textual.filter import LineFilter

    from loglama_tui.widgets.record_detail import RecordDetail

_CLIPBOARD_BYTES = 74_000
"""What xterm, tmux and screen take at most in one OSC 52, less its base64."""


_SYNCHRONIZED = "\x1b[?2026"
"""Begins what brackets a picture."""


class ThriftyDriver(LinuxDriver):
    """A driver that sends only what the terminal does not show yet.

    Its mouse can be turned off while it runs, so that the terminal's own selection works.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._explorer = app
        self._lines = TerminalLines()

    def write(self, data: str) -> None:
        """Write a picture as short as it can be, and everything else as it is."""
        if not data.startswith(_SYNCHRONIZED):
            columns, rows = self._explorer.size
            data = self._lines.shorten(data, columns, rows)
        super().write(data)

    def forget_lines(self) -> None:
        """Know nothing of what the terminal shows."""
        self._lines.forget()

    def use_mouse(self, *, on: bool) -> None:
        """Ask the terminal to report the mouse, or to keep it; holds through suspending, too."""
        if on:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False


class TerminalApp(App[int]):
    """The part of the explorer that knows terminals: colours, mouse, clipboard, signals, and the wall before them."""

    def __init__(self, state: ExplorerState | None = None) -> None:
        super().__init__()
        self.state = ExplorerState() if state is None else state
        """What is remembered from run to run: ``get(key)``, ``put(key, value)``."""
        self.crash: BaseException | None = None
        """The bug that ended the app, if one did."""
        self.mouse = True
        self._wall = HarmlessLines()
        self._adapted: list[LineFilter] = [ColorlessLines()] if self.no_color else []
        """What draws with the colours that there are."""
        self.animation_level = "none"
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        remembered = self.state.text("theme")
        self.theme = remembered if remembered in PALETTES else START_THEME

    def suit_terminal(self) -> None:
        """Where there are sixteen colours and no more, draw with them.

        With the theme made for them as well, if no other was ever chosen.
        """
        if self.console.color_system != "standard":
            return
        if not self.no_color:
            self._adapted = [SixteenColors()]
        if not self.state.text("theme"):
            self.theme = START_THEME_OF_16_COLORS

    def get_driver_class(self) -> type[Driver]:
        """Use the thrifty driver wherever Textual would have used its parent."""
        driver_class = super().get_driver_class()
        return ThriftyDriver if driver_class is LinuxDriver else driver_class

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Put the wall against control characters before every other filter; NO_COLOR means no colour, not grey."""
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome | NoColor)]
        return [self._wall, *filters, *self._adapted]

    def on_resize(self) -> None:
        """Trust nothing that stands in a terminal of another size, or of that size again."""
        if isinstance(self._driver, ThriftyDriver):
            self._driver.forget_lines()

    # Leaving, on purpose and otherwise

    def catch_signals(self) -> None:
        """Let a lost terminal and a polite kill end the app the ordinary way, which restores the terminal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            try:
                loop.add_signal_handler(number, self.exit, 128 + number, 128 + number)
            except (RuntimeError, ValueError):
                return  # not the main thread: a test or a server owns the signals

    def _fatal_error(self) -> None:
        """Leave the telling to ``run_explorer``: Textual's traceback shows locals, which hold log text and settings.

        The first bug is the one to tell of: what fails while the screen is taken down follows from it.
        """
        self.crash = self.crash or sys.exc_info()[1]
        super()._fatal_error()
        self._exit_renderables.clear()

    # Mouse and colours

    def action_toggle_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back."""
        driver = self._driver
        if not isinstance(driver, ThriftyDriver):
            return
        self.mouse = not self.mouse
        driver.use_mouse(on=self.mouse)
        self.state.put("mouse", self.mouse)
        text = "mouse on" if self.mouse else "mouse off: select text as in any other program"
        self.notify(text, markup=False, timeout=3)

    def use_remembered_mouse(self) -> None:
        """Leave the mouse to the terminal if that was wished in an earlier run."""
        if self.state.get("mouse") is False and isinstance(self._driver, ThriftyDriver):
            self.mouse = False
            self._driver.use_mouse(on=False)

    def action_next_theme(self) -> None:
        """Change to the next theme of our own."""
        names = list(PALETTES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
        self.notify(f"theme {self.theme}", markup=False, timeout=2)

    # Clipboard

    def on_record_detail_copy_requested(self, event: RecordDetail.CopyRequested) -> None:
        """Copy a value of a record."""
        self._copy(event.text, "value")

    @on(CopyWanted)
    def _copy_wanted(self, event: CopyWanted) -> None:
        if event.to_file:
            self._copy_to_file(event.text, event.what)
        else:
            self._copy(event.text, event.what)

    def _copy(self, text: str, what: str) -> None:
        """Send text to the terminal's clipboard (OSC 52, which works over SSH); what is too long for that to a file."""
        if len(text.encode("utf-8", "replace")) > _CLIPBOARD_BYTES:
            self._copy_to_file(text, f"{what} is too long for the clipboard:")
            return
        self.copy_to_clipboard(text.encode("utf-8", "replace").decode())
        lines = text.count("\n") + 1
        size = f"{lines} lines" if lines > 1 else f"{len(text):,} characters"
        self.notify("\n".join(filter(None, (f"{what} copied ({size})", tmux_hint()))), markup=False, timeout=3)

    def _copy_to_file(self, text: str, what: str) -> None:
        """Write text into a new private file, for terminals that keep their clipboard to themselves."""
        try:
            descriptor, name = tempfile.mkstemp(prefix="loglama-", suffix=".txt")
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write(text + "\n")
        except OSError as error:
            self.notify(f"could not write a file: {error.strerror}", severity="error", markup=False)
            return
        self.notify(f"{what} written to\n{name}", markup=False, timeout=8)
