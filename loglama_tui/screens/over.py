"""A pane over the tabs, with the keys that work in it: the context of a record, its trace, patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical

from loglama_tui.active_commands import active_commands, active_places
from loglama_tui.commands import bindings_of
from loglama_tui.panes.record_pane import RecordPane
from loglama_tui.screens.app_bindings import EVERYWHERE, OVER_LINES, app_bindings
from loglama_tui.screens.overlay import Overlay
from loglama_tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget


class OverScreen(Overlay[None]):
    """Shows one pane and the keys that work in it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (140, "-wide")]
    BINDINGS = [
        *bindings_of("over"),
        *app_bindings(*EVERYWHERE, *OVER_LINES),
    ]

    def __init__(self, pane: Widget, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self.pane = pane
        self._key_bar = KeyBar(keymap)

    def compose(self) -> Iterable[Widget]:
        """Lay out pane and keys."""
        with Vertical(id="over"):
            yield self.pane
            yield self._key_bar

    def on_mount(self) -> None:
        """Show the keys that work."""
        self.call_after_refresh(self.on_descendant_focus)

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus."""
        self._key_bar.show(*active_places(self))

    @on(KeyBar.Clicked)
    async def _hint_clicked(self, event: KeyBar.Clicked) -> None:
        event.stop()
        await self.app.run_action(event.command.action, active_commands(self).get(event.command))

    def action_close(self) -> None:
        """Close the record that is open with the list, then go back to where this was opened."""
        pane = self.pane
        if not (isinstance(pane, RecordPane) and pane.close_detail()):
            self.dismiss(None)
