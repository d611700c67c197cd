"""The actions of searching: in the Search tab, its facets and bars, and in the screens opened from a record."""

from __future__ import annotations

from loglama_tui.command import Command

SEARCH_COMMANDS: tuple[Command, ...] = (
    Command("search.run", "search", "ctrl+r", "run", "run", "Run the query again"),
    Command("search.since", "search", "w", "choose_since", "since", "Choose how far back to search", order=7),
    Command(
        "search.cancel",
        "search",
        "escape",
        "cancel",
        "cancel",
        "Leave the query bar; stop a running search",
        palette=False,
    ),
)
