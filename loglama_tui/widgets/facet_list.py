"""What the hits have in common: each service, level, logger and telling field with its values, counted and drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.binding import BindingType
from textual.message import Message

from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe
from loglama_tui.theme import Palette, palette_of
from loglama_tui.widgets.cursor_lines import BLANK, CursorLines, Line
from loglama_tui.widgets.record_line import clip
from loglama_tui.widgets.value_query import value_query

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_WIDEST_BAR = 8
_NAME_SHOWN = 200


class Facet(NamedTuple):
    """A field and its most frequent values with their counts, most frequent first.

    ``others``: values that are not listed.
    """

    field: str
    values: Sequence[tuple[str, int]]
    others: int


class FacetList(CursorLines):
    """Facets under each other; a value is a row to filter for or out."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("facets"))

    class ValueChosen(Message):
        """A value is to be filtered for or, with ``exclude``, out. ``term``: the query for it."""

        def __init__(self, term: str, *, exclude: bool) -> None:
            super().__init__()
            self.term = term
            self.exclude = exclude

    class Left(Message):
        """Back to the hits."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._facets: Sequence[Facet] = ()
        self._note = ""
        self._terms: frozenset[str] = frozenset()
        self._values: list[tuple[str, str]] = []

    def show(self, facets: Sequence[Facet], *, note: str = "", terms: Collection[str] = ()) -> None:
        """Show other facets. ``note``: what they were counted over, if not all hits; ``terms``: of the query."""
        at = self._value_at_cursor()
        self._facets, self._note, self._terms = facets, note, frozenset(terms)
        self.rebuild()
        if at is not None and at in self._values:
            self.cursor = self._values.index(at)
            self.refresh()

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return a title, the values, and a blank line for each facet."""
        palette = palette_of(self.app)
        lines: list[Line] = []
        self._values = []
        counts = [count for facet in self._facets for _, count in facet.values]
        number_width = max((len(shown_count(count)) for count in counts), default=1)
        bar_width = max(3, min(_WIDEST_BAR, width // 4))
        name_width = max(4, width - bar_width - number_width - 4)
        for facet in self._facets:
            if lines:
                lines.append(BLANK)
            title = clip(display_safe(facet.field[:_NAME_SHOWN]).upper(), width - 1)[0]
            lines.append(Line(((title, "section"),)))
            for value, count in facet.values:
                lines.append(self._value_line(facet, value, count, palette, (name_width, bar_width, number_width)))
            if facet.others:
                lines.append(Line(((f"  {facet.others:,} more", "faint"),)))
        if self._note:
            lines += [BLANK, Line(((clip(self._note, width - 1)[0], "faint"),))]
        return lines

    def _value_line(self, facet: Facet, value: str, count: int, palette: Palette, widths: tuple[int, int, int]) -> Line:
        name_width, bar_width, number_width = widths
        row = len(self._values)
        self._values.append((facet.field, value))
        term = value_query(facet.field, value)
        chosen = term in self._terms
        name = _name(facet.field, display_safe(value[:_NAME_SHOWN]) or '""', name_width)
        name += " " * (name_width - cell_len(name))
        bar = _bar(count, facet.values[0][1], bar_width)
        return Line(
            (
                ("✓" if chosen else " ", "accent"),
                (name, "accent" if chosen else _value_style(facet.field, value, palette)),
                (" ", "dim"),
                (bar, "bar"),
                (" ", "dim"),
                (shown_count(count).rjust(number_width), "soft"),
            ),
            row,
        )

    # Acting on the value under the cursor

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let enter filter: there is nothing to open."""
        return False if action == "select_row" else super().check_action(action, parameters)

    def _value_at_cursor(self) -> tuple[str, str] | None:
        return self._values[self.cursor] if self.cursor is not None and self.cursor < len(self._values) else None

    def _choose(self, *, exclude: bool) -> None:
        at = self._value_at_cursor()
        if at is not None and (term := value_query(*at)):
            self.post_message(self.ValueChosen(term, exclude=exclude))

    def on_focus(self) -> None:
        """Show where keys act."""
        if self.cursor is None and self.rows:
            self.move_cursor(self.rows[0])

    def action_filter_for(self) -> None:
        """Filter for the value under the cursor, or stop doing so."""
        self._choose(exclude=False)

    def action_filter_out(self) -> None:
        """Filter the value under the cursor out."""
        self._choose(exclude=True)

    def action_leave(self) -> None:
        """Go back to the hits."""
        self.post_message(self.Left())

    def on_cursor_lines_row_selected(self, event: CursorLines.RowSelected) -> None:
        """Do on a double click what enter does."""
        event.stop()
        self.action_filter_for()


def _name(field: str, value: str, width: int) -> str:
    """Return a value in a width; of paths and dotted loggers the end says more than the beginning."""
    if len(value) > width and value.isascii() and (field == "logger" or "/" in value):
        return "…" + value[1 - width :]
    return clip(value, width)[0]


def shown_count(count: int) -> str:
    """Return a count in at most six cells: whole below 100,000, then in thousands and millions."""
    if count < 100_000:
        return f"{count:,}"
    if count < 10_000_000:
        return f"{count / 1000:,.0f} k"
    return f"{count / 1_000_000:,.0f} M"


def _bar(count: int, most: int, width: int) -> str:
    """Return a bar in eighths of a cell; what is there is seen."""
    eighths = max(1, round(count * width * 8 / max(1, most)))
    full, rest = divmod(min(eighths, width * 8), 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def _value_style(field: str, value: str, palette: Palette) -> str | Style:
    if field == "service":
        return Style(color=palette.service_color(value))
    if field == "level":
        return Style(color=palette.level_color(value), bold=value in ("error", "critical") or None)
    return "bright"
