"""Break text into lines by the cells it fills on a screen, not by its characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rich.cells import get_character_cell_size

StyleT = TypeVar("StyleT")

_CHARACTERS_PER_CELL = 8
"""A line never holds more characters than this times its width: ten thousand combining marks fill no cell at all."""


def wrap_cells(text: str, width: int) -> list[str]:
    """Return ``text`` (one line, already display-safe) as lines of at most ``width`` cells, broken at spaces.

    Nothing is lost: the lines joined are the text. An empty text is one empty line.
    """
    width = max(width, 2)  # a wide character must always fit
    lines: list[str] = []
    start = 0
    while start < len(text):
        end = _line_end(text, start, width)
        if end < len(text):
            space = text.rfind(" ", start + width // 3, end)
            if space > start:
                end = space + 1
        lines.append(text[start:end])
        start = end
    return lines or [""]


def _line_end(text: str, start: int, width: int) -> int:
    """Return where the characters from ``start`` on have filled ``width`` cells."""
    window = text[start : start + width]
    if window.isascii():
        return start + len(window)
    cells = 0
    limit = min(len(text), start + width * _CHARACTERS_PER_CELL)
    for index in range(start, limit):
        cells += get_character_cell_size(text[index])
        if cells > width:
            return index
    return limit


def wrap_pieces(pieces: Sequence[tuple[str, StyleT]], width: int) -> list[tuple[tuple[str, StyleT], ...]]:
    """Break a line of styled pieces like ``wrap_cells`` breaks its text; every part keeps its style."""
    lines: list[tuple[tuple[str, StyleT], ...]] = []
    rest = list(pieces)
    for line in wrap_cells("".join(text for text, _ in pieces), width):
        taken: list[tuple[str, StyleT]] = []
        room = len(line)
        while room and rest:
            text, style = rest.pop(0)
            taken.append((text[:room], style))
            if len(text) > room:
                rest.insert(0, (text[room:], style))
            room -= min(room, len(text))
        lines.append(tuple(taken))
    return lines
