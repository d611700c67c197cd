"""One record over the log, for terminals too narrow to show both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from loglama_core.model import LogRecord
from loglama_tui.active_commands import active_commands
from loglama_tui.commands import bindings_of
from loglama_tui.panes.requests import (
    BookmarkWanted,
    CompareWanted,
    ContextWanted,
    RecordScreenWanted,
    TraceWanted,
)
from loglama_tui.screens.app_bindings import EVERYWHERE, app_bindings
from loglama_tui.screens.overlay import Overlay
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.record_detail import RecordDetail

_WISHES: Mapping[str, type[RecordScreenWanted]] = {
    "context": ContextWanted,
    "trace": TraceWanted,
    "bookmark": BookmarkWanted,
    "compare": CompareWanted,
}
"""What can be asked about the record shown, as in the list it is from."""


class RecordScreen(Overlay["RecordDetail.FilterRequested | None"]):
    """Shows one record; left with a filter to apply, or with ``None``.

    ``step(+1 or -1)`` is called when the next or previous record is asked for: whoever holds the list moves on in it
    and calls ``show`` with the record it came to. Without it those keys are not offered. ``keymap``: remapped keys by
    command id, for the key bar.
    """

    AUTO_FOCUS = "RecordDetail"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("record_screen"),
        *(binding for binding in bindings_of("records") if binding.action in _WISHES),
        *app_bindings(*EVERYWHERE),
    ]

    def __init__(
        self,
        record: LogRecord,
        full_text: str | None,
        zone: tzinfo | None,
        step: Callable[[int], None] | None = None,
        *,
        keymap: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self._record = record
        self._full_text = full_text
        self._note: str | None = None
        self._zone = zone
        self._step = step
        self._keys = keymap

    def compose(self) -> ComposeResult:
        """Lay out the record and the keys that work on it."""
        with Vertical(id="record-frame"):
            yield RecordDetail()
            yield KeyBar(self._keys)

    def on_mount(self) -> None:
        """Show the record the screen was made with."""
        self.query_one(KeyBar).show("record_screen", "record", "records")
        self.show(self._record, self._full_text, self._note)

    def show(self, record: LogRecord, full_text: str | None, note: str | None = None) -> None:
        """Show another record, or the same one now that its whole text, or a bookmark's note, is known."""
        self._record = record
        self._full_text = full_text
        self._note = note
        for detail in self.query(RecordDetail):  # none before the screen is composed: it is shown on mount
            detail.show(record, full_text, self._zone, note=note)

    @property
    def record(self) -> LogRecord:
        """The record shown."""
        return self._record

    @on(RecordDetail.FilterRequested)
    def _filter_requested(self, event: RecordDetail.FilterRequested) -> None:
        event.stop()
        self.dismiss(event)

    @on(KeyBar.Clicked)
    async def _hint_clicked(self, event: KeyBar.Clicked) -> None:
        event.stop()
        await self.app.run_action(event.command.action, active_commands(self).get(event.command))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer next and previous only where there is a list to step through."""
        if action == "step":
            return self._step is not None
        return super().check_action(action, parameters)

    def action_step(self, direction: int) -> None:
        """Go to the next (+1) or the previous (-1) record."""
        if self._step is not None:
            self._step(direction)

    def action_context(self) -> None:
        """Show the records around this one."""
        self._ask("context")

    def action_trace(self) -> None:
        """Show everything that belongs to the same request."""
        self._ask("trace")

    def action_bookmark(self) -> None:
        """Bookmark this record, or change the note of its bookmark."""
        self._ask("bookmark")

    def action_compare(self) -> None:
        """Compare this record with another one."""
        self._ask("compare")

    def _ask(self, what: str) -> None:
        self.post_message(_WISHES[what](self, self._record))

    def action_close(self) -> None:
        """Go back to the log."""
        self.dismiss(None)
