"""The app's keys that work on a screen over the tabs as well: a modal screen hides the app's own bindings."""

from __future__ import annotations

from textual.binding import Binding

from loglama_tui.commands import commands_of

EVERYWHERE = (
    "app.live",
    "app.search",
    "app.services",
    "app.diagnostics",
    "app.help",
    "app.palette",
    "app.theme",
    "app.mouse",
    "app.suspend",
    "app.quit_now",
    "kept.bookmarks",
    "kept.queries",
)
OVER_LINES = ("look.clock", "look.columns", "look.wrap")
"""What changes how lines are drawn, where there are lines."""


def app_bindings(*command_ids: str) -> list[Binding]:
    """Return the bindings of these commands, to be obeyed by the app."""
    return [
        Binding(
            command.keys,
            f"app.{command.action}",
            command.hint,
            show=False,
            id=command.id,
            priority=command.priority,
        )
        for command in commands_of("anywhere")
        if command.id in command_ids
    ]
