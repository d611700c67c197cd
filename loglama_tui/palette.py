"""The command palette: every action by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from loglama_tui.command import Command
from loglama_tui.commands import offered_in, shown_keys
from loglama_tui.screens.over import OverScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglama_tui.app import ExplorerApp


class CommandProvider(Provider):
    """Offers the commands that work where the palette was opened."""

    @property
    def _explorer(self) -> ExplorerApp:
        return self.app  # type: ignore[return-value]

    @property
    def _holder(self) -> ExplorerApp | OverScreen:
        """What does the commands where the palette was opened: a screen over the tabs, else the app."""
        return self.screen if isinstance(self.screen, OverScreen) else self._explorer

    def _offered(self) -> Iterator[Command]:
        for command in offered_in(*self._holder.places):
            if command.palette:
                yield command

    def _text(self, command: Command) -> str:
        return f"{command.help}  ({shown_keys(command, self._explorer.settings.keys)})"

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for command in self._offered():
            yield DiscoveryHit(Content(self._text(command)), partial(self._holder.run_command, command))

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for command in self._offered():
            text = self._text(command)
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), partial(self._holder.run_command, command))
