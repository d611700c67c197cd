"""A screen over the tabs that is left once, however often it is asked to.

Two clicks beside a menu, or escape and a click, may both be under way before the first has closed it. Textual would
then close what lies under it, or find nothing left to close and end the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.widgets import OptionList

from loglama_tui.screens.stilled import StilledScreen

if TYPE_CHECKING:
    from textual.app import App


class Overlay(StilledScreen[ScreenResultType], ModalScreen[ScreenResultType]):
    """A modal screen that ignores a wish to be left when another lies over it or it is gone."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leave the screen with a result, unless that was done already."""
        return super().dismiss(result) if _is_on_top(self, self.app) else _done()


class PaletteScreen(CommandPalette):
    """The command palette, left once as well, and steady when nothing matches."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Leave the palette, unless that was done already."""
        return super().dismiss(result) if _is_on_top(self, self.app) else _done()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Go through offers only when there are some, and by pages once they are laid out: Textual 8.2 fails."""
        if action == "command_list":
            offers = self.query_one(OptionList)
            is_laid_out = "page" not in str(parameters) or bool(offers.scrollable_content_region)
            return bool(offers.option_count) and offers.highlighted is not None and is_laid_out
        return super().check_action(action, parameters)


def _done() -> AwaitComplete:
    done: AwaitComplete = AwaitComplete.nothing()  # type: ignore[no-untyped-call]  # it is not annotated
    return done


def _is_on_top(screen: Screen[ScreenResultType], app: App[object]) -> bool:
    return bool(app.screen_stack) and app.screen_stack[-1] is screen
