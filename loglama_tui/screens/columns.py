"""Choosing the fields that stand as columns before the message; the logs behind follow at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from loglama_tui.commands import bindings_of, commands_of, shown_keys
from loglama_tui.display_safe import display_safe
from loglama_tui.screens.overlay import Overlay
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cursor_lines import CursorLines, Line
from loglama_tui.widgets.facet_list import shown_count
from loglama_tui.widgets.line_options import LineOptions
from loglama_tui.widgets.record_line import clip

_WIDEST_NAME = 40


class ColumnList(CursorLines):
    """The chosen fields in their order, then the others."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("column_list"))

    def __init__(
        self, options: LineOptions, names: Sequence[tuple[str, int | None]], use: Callable[[LineOptions], None]
    ) -> None:
        super().__init__()
        self.options = options
        self._counts = dict(names)
        self._use = use

    @property
    def names(self) -> list[str]:
        """The fields as they are listed."""
        chosen = self.options.columns
        return [*chosen, *(name for name in self._counts if name not in chosen)]

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return a line for each field."""
        del width
        lines = []
        for row, name in enumerate(self.names):
            chosen = row < len(self.options.columns)
            count = self._counts.get(name)
            text, cells = clip(display_safe(name[:200]), _WIDEST_NAME)
            lines.append(
                Line(
                    (
                        ("✓ " if chosen else "  ", "accent"),
                        (text + " " * (_WIDEST_NAME - cells), "bright" if chosen else "soft"),
                        ("" if count is None else f"{shown_count(count):>8}", "dim"),
                    ),
                    row,
                )
            )
        return lines

    def on_focus(self) -> None:
        """Show where keys act."""
        self.call_after_refresh(self.move_cursor, 0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave enter to showing and hiding."""
        return False if action == "select_row" else super().check_action(action, parameters)

    def _change(self, options: LineOptions, name: str) -> None:
        self.options = options
        self.rebuild()
        self.cursor = None
        self.move_cursor(self.names.index(name))
        self._use(options)

    def action_show_column(self) -> None:
        """Show the field under the cursor as a column, or no longer."""
        if self.cursor is None:
            return
        name, columns = self.names[self.cursor], self.options.columns
        changed = tuple(one for one in columns if one != name) if name in columns else (*columns, name)
        self._change(replace(self.options, columns=changed), name)

    def action_move_column(self, step: int) -> None:
        """Move the column under the cursor."""
        columns = list(self.options.columns)
        at = self.cursor
        if at is None or at >= len(columns) or not 0 <= at + step < len(columns):
            return
        columns[at], columns[at + step] = columns[at + step], columns[at]
        self._change(replace(self.options, columns=tuple(columns)), columns[at + step])

    def action_other_fields(self) -> None:
        """Show the other fields after the message, or not."""
        self._change(replace(self.options, fields=not self.options.fields), self.names[self.cursor or 0])

    def action_close_list(self) -> None:
        """Go back to the log."""
        self.screen.dismiss(None)


class ColumnsScreen(Overlay[None]):
    """Calls ``use`` with the options after each change."""

    shows_beneath = True

    def __init__(
        self, options: LineOptions, names: Sequence[tuple[str, int | None]], use: Callable[[LineOptions], None]
    ) -> None:
        super().__init__()
        self._list = ColumnList(options, names, use)

    def compose(self) -> Iterable[Widget]:
        """Lay out the fields and the keys."""
        palette = palette_of(self.app)
        keys = [(shown_keys(command, {}), command.hint) for command in commands_of("column_list")]
        parts = [part for key, word in keys for part in ((key, palette.accent), (f" {word}   ", palette.dim))]
        with Vertical(id="pick", classes="narrow-pick"):
            yield self._list
            yield Static(Content.assemble(*parts), markup=False)

    def on_mount(self) -> None:
        """Name the list."""
        self.query_one("#pick").border_title = Content("columns")
        self._list.focus()
