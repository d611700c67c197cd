"""The second wall between log text and the terminal: a filter over every line the explorer draws.

The first wall is ``display_safe`` on every datum. This one catches what a widget forgot: Textual passes control
characters of a segment through to the terminal (an OSC 52 in a log line would write the clipboard).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


class HarmlessLines(LineFilter):
    """Replaces control, bidirectional and unencodable characters by ``·``."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments with every hostile character replaced; the list itself when there is none."""
        if all(text.isprintable() for text, _, _ in segments):
            return segments
        return [
            segment if control else Segment(_HOSTILE.sub("·", text), style)
            for segment in segments
            for text, style, control in (segment,)
        ]
