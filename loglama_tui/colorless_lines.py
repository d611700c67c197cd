"""NO_COLOR: what colour alone would have said is said by weight and by reversing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter

from loglama_tui.theme import PALETTES

if TYPE_CHECKING:
    from rich.color import Color as RichColor
    from textual.color import Color

_PLAIN = 10
"""Backgrounds that differ by less in each of red, green and blue are the screen's own, dimmed or not."""
_BACKGROUNDS = tuple(
    tuple(int(palette.background[at : at + 2], 16) for at in (1, 3, 5)) for palette in PALETTES.values()
)
_SOLID = str.maketrans(dict.fromkeys("▁▂▃▄▅▆▇", "█"))
"""A bar's cell with another bar behind it is full."""


class ColorlessLines(LineFilter):
    """Takes every colour away; a background that stood out (cursor, hit, choice) is drawn in reverse."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments without colours."""
        return [
            Segment(text.translate(_SOLID) if stood_out and not reverse.reverse else text, reverse, control)
            for text, style, control in segments
            for stood_out, reverse in (_colorless(style, solid=text[:1] in "▁▂▃▄▅▆▇█" and text != ""),)
        ]


@lru_cache(maxsize=1024)
def _colorless(style: Style | None, *, solid: bool) -> tuple[bool, Style]:
    """Return whether the background stood out, and the style without colours; bars are not reversed but filled."""
    if style is None:
        return False, Style()
    stood_out = style.bgcolor is not None and _stands_out(style.bgcolor)
    bare = Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=bool(style.reverse) != (stood_out and not solid),
        meta=style.meta,
    )
    return stood_out, bare


def _stands_out(color: RichColor) -> bool:
    triplet = color.triplet
    if triplet is None:
        return not color.is_default
    return not any(max(abs(a - b) for a, b in zip(triplet, plain, strict=True)) < _PLAIN for plain in _BACKGROUNDS)
