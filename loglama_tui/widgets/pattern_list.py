"""Kinds of messages: how many, when, how severe, of whom, and what they have in common."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.cells import cell_len
from rich.style import Style

from loglama_core.model import LEVEL_NAMES
from loglama_core.store.record_reader import MessagePattern
from loglama_tui.display_safe import display_safe
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cursor_lines import CursorLines, Line, Piece
from loglama_tui.widgets.facet_list import shown_count
from loglama_tui.widgets.moment import DATE, day_form, days_of
from loglama_tui.widgets.record_line import LineLayout, clip, clock, level_word

_PLACEHOLDER = re.compile(r"<(?:n|id|path|url|quoted|\*)>")
_SPARKS = " ▁▂▃▄▅▆"
"""No full blocks: those of one row would run into those of the next."""
_TEXT_SHOWN = 1_000
_DAY_NS = 86_400_000_000_000
_NEW_SHARE = 0.1
"""Share of the time looked at: what was first seen in the last of it is new."""

ORDERS = ("most frequent", "newest kind", "most severe")
"""In which order kinds are listed."""


class PatternList(CursorLines):
    """One row for each kind of message."""

    def __init__(self, zone: tzinfo | None, now: Callable[[], int] = time.time_ns) -> None:
        super().__init__()
        self._now = now
        self._zone = zone
        self._patterns: Sequence[MessagePattern] = ()
        self._span = (0, 1)
        self._order = ORDERS[0]

    def show(self, patterns: Sequence[MessagePattern], since_ns: int, until_ns: int) -> None:
        """Show other patterns; the cursor stays on its kind."""
        self._span = since_ns, until_ns
        self._list(patterns)

    def sort(self, order: str) -> None:
        """List them in another order, from the first one on."""
        self._order = order
        self.cursor = None
        self._list(self._patterns)

    def _list(self, patterns: Sequence[MessagePattern]) -> None:
        at = self.pattern if self.cursor else None  # who did not move wants to see the first ones
        if self._order == ORDERS[1]:
            patterns = sorted(patterns, key=lambda one: -one.first_ns)
        elif self._order == ORDERS[2]:
            patterns = sorted(patterns, key=lambda one: (-_rank(_worst(one)), -one.count))
        else:
            patterns = sorted(patterns, key=lambda one: -one.count)
        self._patterns = patterns
        self.rebuild()
        row = next((row for row, one in enumerate(patterns) if at is not None and one.id == at.id), 0)
        if patterns and self.rows:
            self.cursor = None
            self.move_cursor(row)

    @property
    def pattern(self) -> MessagePattern | None:
        """The kind under the cursor."""
        return self._patterns[self.cursor] if self.cursor is not None and self.cursor < len(self._patterns) else None

    def is_new(self, pattern: MessagePattern) -> bool:
        """Tell whether a kind of message turned up only lately."""
        since, until = self._span
        return pattern.first_ns > until - (until - since) * _NEW_SHARE

    def _day_form(self) -> str:
        """Return how days are written: not at all within one day of this year."""
        today, *days = days_of([self._now(), *self._span], self._zone)
        form = day_form(days, today)
        return form if form == DATE or self._span[1] - self._span[0] > _DAY_NS else ""

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return a line for each kind."""
        palette = palette_of(self.app)
        wide = width >= 110
        sparks = 30 if wide else 16 if width >= 70 else 0
        service_width = 10 if width >= 90 else 0
        layout = LineLayout.for_width(60, dated=self._day_form(), longest_service=0, zone=self._zone)
        lines = []
        for row, one in enumerate(self._patterns):
            level = _worst(one)
            severe = level in ("error", "critical")
            pieces: list[Piece] = [
                (f"{shown_count(one.count):>7} ", "bright"),
                (_sparkline(one.trend, sparks), "error" if severe else "warning" if level == "warning" else "bar"),
                (" new " if self.is_new(one) else "     ", "accent"),
                (f"{level_word(level)} ", Style(color=palette.level_color(level), bold=severe or None)),
            ]
            if service_width:
                name = one.services[0][0] if one.services else ""
                shown, cells = clip(display_safe(name[:40]), service_width)
                more = "+" if len(one.services) > 1 else " "
                color = Style(color=palette.service_color(name))
                pieces.append((shown + " " * (service_width - cells) + more + " ", color))
            first, last = clock(one.first_ns, layout), clock(one.last_ns, layout)
            until = f" – {last}" if first != last else " " * (len(last) + 3)
            when = f"  {first}{until}" if wide else ""
            room = max(10, width - sum(cell_len(text) for text, _ in pieces) - len(when))
            text, cells = clip(display_safe(one.text[:_TEXT_SHOWN]), room)
            pieces += _told_apart(text)
            pieces += [(" " * (room - cells), "dim"), (when, "dim")]
            lines.append(Line(tuple(pieces), row))
        return lines


def _told_apart(text: str) -> list[Piece]:
    """Return the text with what differs from message to message stepping back."""
    pieces: list[Piece] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        pieces += [(text[end : match.start()], "bright"), (match.group(), "good")]
        end = match.end()
    return [*pieces, (text[end:], "bright")]


def _worst(pattern: MessagePattern) -> str | None:
    return max((level for level, _ in pattern.levels), key=_rank, default=None)


def _rank(level: str | None) -> int:
    return -1 if level is None else LEVEL_NAMES.index(level)


def _sparkline(trend: Sequence[int], width: int) -> str:
    """Return counts over time, a cell each; neighbours are added up where there is less room."""
    if not width or not trend:
        return " " * width
    merged = [
        sum(
            trend[index * len(trend) // width : max(index * len(trend) // width + 1, (index + 1) * len(trend) // width)]
        )
        for index in range(min(width, len(trend)))
    ]
    peak = max(merged) or 1
    return "".join(_SPARKS[-(-count * 6 // peak)] for count in merged).ljust(width)
