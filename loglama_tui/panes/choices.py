"""The lines of the menus that narrow a log: levels and services with their counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglama_core.model import LEVEL_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loglama_tui.theme import Palette


@dataclass(slots=True, frozen=True)
class Choice:
    """One line of a menu: what choosing it means, how it reads, how many records it leaves."""

    value: str | None
    text: str
    count: int | None = None
    color: str = ""


def service_choices(counts: Mapping[str | None, int], palette: Palette) -> list[Choice]:
    """Return every service, the one with most records first, after the choice of all."""
    ordered = sorted(((str(name), count) for name, count in counts.items()), key=lambda item: (-item[1], item[0]))
    every = Choice(None, "all", sum(counts.values()))
    return [every, *(Choice(name, name, count, palette.service_color(name)) for name, count in ordered)]


def level_choices(counts: Mapping[str | None, int], palette: Palette) -> list[Choice]:
    """Return every level as the least one shown, after the choice of all (records without a level included)."""
    choices = [Choice(None, "all", sum(counts.values()))]
    for index, name in enumerate(LEVEL_NAMES):
        count = sum(counts.get(level, 0) for level in LEVEL_NAMES[index:])
        choices.append(Choice(name, f"≥ {name}", count, palette.level_color(name)))
    return choices
