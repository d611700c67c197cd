"""Two records, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from loglama_tui.commands import bindings_of
from loglama_tui.theme import palette_of
from loglama_tui.widgets.record_comparison import RecordComparison

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from textual.widget import Widget

    from loglama_core.model import LogRecord


class ComparePane(Vertical):
    """Shows what two records have in common and where they differ."""

    BINDINGS = list(bindings_of("compare"))

    def __init__(self, first: LogRecord, second: LogRecord, zone: tzinfo | None) -> None:
        super().__init__(id="compare")
        self._records = first, second
        self._comparison = RecordComparison(first, second, zone)

    def compose(self) -> Iterable[Widget]:
        """Lay out the title and the columns."""
        palette = palette_of(self.app)
        first, second = self._records
        number = self._comparison.differences
        yield Static(
            Content.assemble(
                (" COMPARE ", f"bold {palette.dim}"),
                (f" record {first.id:,} and {second.id:,}", palette.bright),
                (f"   {number} difference{'' if number == 1 else 's'}", palette.soft),
            ),
            markup=False,
        )
        yield self._comparison

    def on_mount(self) -> None:
        """Let keys act on the columns."""
        self._comparison.focus()

    def action_toggle_same(self) -> None:
        """Leave out what is the same, or show it again."""
        self._comparison.toggle_same()
