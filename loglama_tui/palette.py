"""The command palette: every action by name, those that work here first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from loglama_tui.active_commands import active_commands
from loglama_tui.command import Command
from loglama_tui.commands import COMMANDS, shown_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any


class CommandRunner(Protocol):
    """What the palette needs of the app."""

    @property
    def keys(self) -> Mapping[str, str]:
        """Remapped keys by command id."""

    def tab_of(self, command: Command) -> str | None:
        """Return the tab to go to for a command that does not work here; ``None``: it has no tab."""

    async def run_in_tab(self, command: Command) -> None:
        """Go to the tab of a command and do there what its key does."""


class CommandProvider(Provider):
    """Offers what works where the palette was opened, and after that what works in other tabs."""

    def _offered(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        runner = cast("CommandRunner", self.app)
        here = active_commands(self.screen)
        for command, node in here.items():
            if command.palette:
                text = f"{command.help}  ({shown_keys(command, runner.keys)})"
                yield text, partial(self.app.run_action, command.action, node)
        for command in COMMANDS:
            tab = runner.tab_of(command)
            if command.palette and tab is not None and command not in here:
                text = f"{tab.capitalize()}: {command.help}  ({shown_keys(command, runner.keys)})"
                yield text, partial(runner.run_in_tab, command)

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for text, run in self._offered():
            yield DiscoveryHit(Content(text), run)

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for text, run in self._offered():
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), run)
