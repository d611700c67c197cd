"""A screen that stands still while another lies over it."""

from __future__ import annotations

from textual.screen import Screen, ScreenResultType


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
