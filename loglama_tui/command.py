"""What one action of the explorer is: the row of a table of commands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Command:
    """One action: where its keys work, how it is called, what it does.

    ``keys``: Textual key names, comma separated. ``hint``: its word in the key bar, shown in the order of ``order``
    (0: not shown).
    """

    id: str
    place: str
    keys: str
    action: str
    hint: str
    help: str
    order: int = 0
    palette: bool = True
    priority: bool = False
