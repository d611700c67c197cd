"""Columns of a table drawn as lines: which of them fit, and a row of texts laid into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style

from loglama_tui.display_safe import display_safe
from loglama_tui.widgets.cursor_lines import Piece
from loglama_tui.widgets.record_line import clip


@dataclass(slots=True, frozen=True)
class Column:
    """One column; ``width`` in cells, ``right``: texts end at its right edge."""

    title: str
    width: int
    right: bool = False


def fitting(columns: Sequence[Column], width: int, gap: int) -> list[Column]:
    """Return as many of the columns, from the left, as fit into ``width`` cells; the first one always does."""
    used = -gap
    for count, column in enumerate(columns):
        used += gap + column.width
        if used > width and count:
            return list(columns[:count])
    return list(columns)


def laid_out(columns: Sequence[Column], texts: Sequence[tuple[str, str | Style]], gap: int) -> tuple[Piece, ...]:
    """Return the texts of a row, each clipped to its column, as one line; texts beyond the last column are dropped."""
    pieces: list[Piece] = []
    for column, (text, style) in zip(columns, texts, strict=False):
        shown, cells = clip(display_safe(text[: column.width * 8]), column.width)
        blank = " " * (column.width - cells)
        pieces.append((f"{blank}{shown}" if column.right else f"{shown}{blank}", style))
        pieces.append((" " * gap, "dim"))
    return tuple(pieces[:-1])
