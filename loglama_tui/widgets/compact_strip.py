"""A line that reaches the terminal in as few bytes as it can.

Textual writes every segment with its whole style and a reset: about 42 bytes each, 1.1 kB for the two log rows of one
cursor move. Only what changes from segment to segment is written here: 0.6 kB, and half the traffic of every repaint
over SSH.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import ColorSystem
from textual.strip import Strip

from loglama_tui.styled_runs import Codes, encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.segment import Segment
    from rich.style import Style
    from textual.color import Color
    from textual.filter import LineFilter


@lru_cache(maxsize=1024)
def _codes(style: Style | None, color_system: ColorSystem) -> Codes:
    """Return the SGR parameters of attributes, foreground and background; empty is the terminal's default."""
    if style is None:
        return "", "", ""
    attributes = [
        code
        for code, on in (
            ("1", style.bold),
            ("2", style.dim),
            ("3", style.italic),
            ("4", style.underline),
            ("7", style.reverse),
        )
        if on
    ]
    foreground = style.color.downgrade(color_system).get_ansi_codes() if style.color else ()
    background = style.bgcolor.downgrade(color_system).get_ansi_codes(foreground=False) if style.bgcolor else ()
    return ";".join(attributes), ";".join(foreground), ";".join(background)


_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}


class CompactStrip(Strip):
    """A strip whose ``render`` writes the difference from one segment to the next, and one reset at the end."""

    __slots__ = ("_encoded",)

    def __init__(self, segments: Iterable[Segment], cell_length: int | None = None) -> None:
        super().__init__(segments, cell_length)
        self._encoded: str | None = None

    def render(self, console: Console) -> str:
        """Return the text with the shortest run of SGR sequences."""
        if self._encoded is None:
            system = _SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
            self._encoded = encode((text, _codes(style, system)) for text, style, _ in self)
        return self._encoded

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return the cells from ``start`` to ``end``."""
        part = super().crop(start, end)
        return self if part is self else CompactStrip(part, part.cell_length)

    def apply_filter(self, filter: LineFilter, background: Color) -> Strip:  # noqa: A002 - Textual's own name
        """Return the filtered strip; itself when the filter changed nothing."""
        segments = list(self)
        filtered = filter.apply(segments, background)
        return self if filtered is segments else CompactStrip(filtered, self.cell_length)
