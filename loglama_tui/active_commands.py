"""Which commands work now: read off the bindings that Textual would obey, so that help and key bar cannot lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loglama_tui.commands import COMMANDS

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

    from loglama_tui.command import Command

_COMMANDS = {command.id: command for command in COMMANDS}
_ORDER = {command: index for index, command in enumerate(COMMANDS)}


def active_commands(screen: Screen[Any]) -> dict[Command, DOMNode]:
    """Return the commands whose keys would do something on a screen, and on what; those nearest to the focus first."""
    found: dict[Command, DOMNode] = {}
    for active in screen.active_bindings.values():
        command = _COMMANDS.get(active.binding.id or "")
        if command is not None and active.enabled:
            found.setdefault(command, active.node)
    places = list(dict.fromkeys(command.place for command in found))
    ordered = sorted(found, key=lambda command: (places.index(command.place), _ORDER[command]))
    return {command: found[command] for command in ordered}


def active_places(screen: Screen[Any]) -> tuple[str, ...]:
    """Return the places of those commands, nearest to the focus first."""
    return tuple(dict.fromkeys(command.place for command in active_commands(screen)))
