"""Sixteen colours: the cursor's row is drawn as the background's colour on the brightest one.

Of sixteen, the one nearest to the row's own background is blue, on which red text has a contrast of 2.4:1; in two of
three themes it is the background itself. Nothing is lost: what a colour says in a row, a word says as well.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter

from loglama_tui.theme import PALETTES

if TYPE_CHECKING:
    from textual.color import Color

_ROWS = {
    palette.cursor: (
        Style(color=palette.background, bgcolor=palette.bright, bold=False),
        Style(bgcolor=palette.bright),
    )
    for palette in PALETTES.values()
}
"""By background of the cursor's row: how text in it is drawn, and bars. Bold black is grey in many terminals."""
_BARS = frozenset("▁▂▃▄▅▆▇█")


class SixteenColors(LineFilter):
    """Makes the cursor's row legible; everything else is as it was."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments; the same list when the cursor is not among them."""
        styles = [_legible(style, bar=text[:1] in _BARS and text != "") for text, style, _ in segments]
        if all(style is segment.style for style, segment in zip(styles, segments, strict=True)):
            return segments
        return [Segment(text, style, control) for (text, _, control), style in zip(segments, styles, strict=True)]


@lru_cache(maxsize=1024)
def _legible(style: Style | None, *, bar: bool) -> Style | None:
    if style is None or style.bgcolor is None or style.bgcolor.triplet is None:
        return style
    row = _ROWS.get(style.bgcolor.triplet.hex)
    return style if row is None else style + row[bar]
