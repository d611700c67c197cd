"""One record over the log, for terminals too narrow to show it beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from loglama_core.model import LogRecord
from loglama_tui.commands import bindings_of, commands_of
from loglama_tui.screens.overlay import Overlay
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.record_detail import RecordDetail


class RecordScreen(Overlay["RecordDetail.FilterRequested | None"]):
    """Shows one record; left with a filter to apply, or with ``None``.

    ``step(+1 or -1)`` is called when the next or previous record is asked for: whoever holds the list moves on in it
    and calls ``show`` with the record it came to. Without it those keys are not offered. ``keymap``: remapped keys by
    command id, for the key bar.
    """

    AUTO_FOCUS = "RecordDetail"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("record_screen"),
        # A modal screen hides the app's bindings.
        *(
            Binding(command.keys, f"app.{command.action}", command.hint, show=False, id=command.id)
            for command in commands_of("anywhere")
            if command.id == "app.help"
        ),
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
        self.query_one(KeyBar).show("record_screen", "record")
        self.show(self._record, self._full_text)

    def show(self, record: LogRecord, full_text: str | None) -> None:
        """Show another record, or the same one now that its whole text is known."""
        self._record = record
        self._full_text = full_text
        for detail in self.query(RecordDetail):  # none before the screen is composed: it is shown on mount
            detail.show(record, full_text, self._zone)

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
        targets = {"record": self.query_one(RecordDetail), "record_screen": self}
        target = targets.get(event.command.place)
        if target is not None:
            event.stop()
            await target.run_action(event.command.action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer next and previous only where there is a list to step through."""
        if action == "step":
            return self._step is not None
        return super().check_action(action, parameters)

    def action_step(self, direction: int) -> None:
        """Go to the next (+1) or the previous (-1) record."""
        if self._step is not None:
            self._step(direction)

    def action_close(self) -> None:
        """Go back to the log."""
        self.dismiss(None)
