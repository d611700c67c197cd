"""The screen with the tabs, which everything else opens over."""

from __future__ import annotations

from textual.message import Message

from loglama_tui.screens.stilled import StilledScreen
from loglama_tui.widgets.drawn_lines import forget_removed


class TabsScreen(StilledScreen[None]):
    """Tells when it is what one looks at again."""

    AUTO_FOCUS = ""
    """Panes say themselves what has the keys: Textual's choice is the filter, where a key typed ahead would land."""

    class Returned(Message):
        """What lay over the tabs was left."""

    def on_screen_resume(self) -> None:
        """Tell it, and let go of what was left."""
        forget_removed()
        self.post_message(self.Returned())
