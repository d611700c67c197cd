"""A screen that stands still while another lies over it."""

from __future__ import annotations

from textual.geometry import Offset
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class StilledScreen(Screen[ScreenResultType]):
    """Drawn only while it is on top, or while what lies over it shows its changes (``shows_beneath``).

    Textual 8.2 draws a screen that shines through again for every change in it, and after the first change for ever:
    85 kB/s went to the terminal while a record was read over a log of 5 lines/s. On return it is drawn whole.
    """

    shows_beneath = False

    @property
    def is_current(self) -> bool:
        """Whether its changes are drawn."""
        stack = self.app.screen_stack
        return bool(stack) and (
            stack[-1] is self or (getattr(stack[-1], "shows_beneath", False) and super().is_current)
        )

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """Return what text may be selected at a place: nothing of a widget that is removed and still in the picture.

        Textual 8.2 looks at its parent, and ends the program.
        """
        widget, offset = super().get_widget_and_offset_at(x, y)
        if widget is None or (widget.parent is None and widget is not self):
            return None, None
        return widget, offset
