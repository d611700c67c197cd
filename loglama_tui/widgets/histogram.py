"""Records over time as bars of eighths of a cell: errors red from the ground up, then warnings, then the rest."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from loglama_tui.display_safe import display_safe
from loglama_tui.theme import palette_of
from loglama_tui.widgets.compact_strip import CompactStrip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loglama_tui.theme import Palette

_EIGHTHS = " ▁▂▃▄▅▆▇█"


class Bar(NamedTuple):
    """One bucket: how many errors and worse, warnings, and others."""

    errors: int
    warnings: int
    others: int

    @classmethod
    def of(cls, counts: Mapping[str | None, int]) -> Bar:
        """Return the bar of counts by level name."""
        errors = counts.get("error", 0) + counts.get("critical", 0)
        warnings = counts.get("warning", 0)
        return cls(errors, warnings, sum(counts.values()) - errors - warnings)


class Caption(NamedTuple):
    """A line of text on the right of the bars; ``role`` is a colour of the palette."""

    text: str
    role: str


class Histogram(Widget):
    """Bars over the whole width, captions to their right, and below them an axis of times if there is one."""

    ALLOW_SELECT = False

    def __init__(self, *, bar_rows: int, caption_width: int = 0, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._bar_rows = bar_rows
        self._caption_width = caption_width
        self._bars: Sequence[Bar] = ()
        self._captions: tuple[Caption, ...] = ()
        self._axis: tuple[str, ...] = ()
        self._chosen = range(0)
        self._lines: list[CompactStrip] | None = None
        self._drawn_width = 0

    @property
    def bars(self) -> Sequence[Bar]:
        """The bars drawn, oldest first."""
        return self._bars

    @property
    def columns(self) -> int:
        """Bars that fit, one cell each."""
        return max(1, self.size.width - 2 - self._caption_width)

    def show(self, bars: Sequence[Bar], *, axis: tuple[str, ...] = ()) -> None:
        """Draw other bars, oldest first; ``axis``: texts under the left end, the middle and the right end."""
        if (bars, axis) != (self._bars, self._axis):
            self._bars, self._axis, self._lines = bars, axis, None
            self.refresh()

    def caption(self, *captions: Caption) -> None:
        """Write other captions, one a line."""
        if captions != self._captions:
            self._captions, self._lines = captions, None
            self.refresh()

    def restyle(self) -> None:
        """Take the colours of the theme shown now."""
        self._lines = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture."""
        if self._lines is None or self._drawn_width != self.size.width:
            self._lines, self._drawn_width = self._draw(), self.size.width
        if y < len(self._lines):
            return self._lines[y]
        return Strip.blank(self.size.width, Style(bgcolor=palette_of(self.app).background))

    def _draw(self) -> list[CompactStrip]:
        palette = palette_of(self.app)
        lines = [self._bar_line(row, palette) for row in range(self._bar_rows - 1, -1, -1)]
        if self._axis:
            lines.append(self._axis_line(palette))
        return lines

    def _bar_line(self, row: int, palette: Palette) -> CompactStrip:
        """Return the bars between ``row`` and ``row + 1`` cells above the ground."""
        peak = max((sum(bar) for bar in self._bars), default=0) or 1
        full = self._bar_rows * 8
        width = self.columns
        segments = [Segment(" ", Style(bgcolor=palette.background))]
        count = len(self._bars)
        grounds = (palette.background, palette.cursor)
        cells = [
            _cell(_heights(bar, peak, full), row * 8, palette, grounds[index in self._chosen])
            for index, bar in enumerate(self._bars)
        ]
        for index, (text, style) in enumerate(cells):  # the bars fill the width exactly, so that the axis below is true
            segments.append(Segment(text * ((index + 1) * width // count - index * width // count), style))
        rest = self.size.width - 1 - (width if count else 0)
        segments += self._caption_segments(self._bar_rows - 1 - row, rest, palette)
        return CompactStrip(segments, self.size.width)

    def _caption_segments(self, line: int, room: int, palette: Palette) -> list[Segment]:
        blank = Style(bgcolor=palette.background)
        if line >= len(self._captions) or room < 6:
            return [Segment(" " * room, blank)]
        text, role = self._captions[line]
        text = ("  " + display_safe(text))[:room].ljust(room)
        return [Segment(text, Style(color=getattr(palette, role), bgcolor=palette.background))]

    def _axis_line(self, palette: Palette) -> CompactStrip:
        width = self.columns
        texts = [display_safe(text) for text in self._axis]
        line = [" "] * width
        for index, text in enumerate(texts):
            place = (width - len(text)) * index // max(1, len(texts) - 1)
            line[max(0, place) : max(0, place) + len(text)] = text
        text = (" " + "".join(line))[: self.size.width].ljust(self.size.width)
        return CompactStrip([Segment(text, Style(color=palette.faint, bgcolor=palette.background))], self.size.width)


def _heights(bar: Bar, peak: int, full: int) -> tuple[int, int, int]:
    """Return the tops of the three zones in eighths above the ground; what is there is at least one high."""
    total = sum(bar)
    if not total:
        return 0, 0, 0
    top = max(1, round(total * full / peak))
    errors = max(1, round(bar.errors * full / peak)) if bar.errors else 0
    warnings = errors + (max(1, round(bar.warnings * full / peak)) if bar.warnings else 0)
    return errors, warnings, max(top, warnings, errors)


@lru_cache(maxsize=2048)
def _cell(tops: tuple[int, int, int], ground: int, palette: Palette, background: str = "") -> tuple[str, Style]:
    """Return the character and the colours of one cell: at most two zones fit into it.

    Errors are one of them, however few: a bar that ends in the cell is then red up to its top, so that its height is
    true as well. Without errors the largest are drawn.
    """
    background = background or palette.background
    colors = (palette.error, palette.warning, palette.bar, background)
    edges = [0, *(max(0, min(8, top - ground)) for top in tops), 8]
    zones = [(edges[i + 1] - edges[i], colors[i], edges[i + 1]) for i in range(4) if edges[i + 1] > edges[i]]
    if len(zones) == 1:
        if zones[0][1] == background:
            return " ", Style(bgcolor=background)
        return "█", Style(color=zones[0][1], bgcolor=background)
    if len(zones) > 2 and zones[0][1] == palette.error:
        is_top = zones[-1][1] == background
        zones = [(0, palette.error, zones[-2][2]), zones[-1]] if is_top else [zones[0], max(zones[1:])]
    while len(zones) > 2:
        del zones[min(range(len(zones)), key=lambda i: zones[i][0])]
    (_, lower, edge), (_, upper, _) = zones
    return _EIGHTHS[min(7, edge)], Style(color=lower, bgcolor=upper)
