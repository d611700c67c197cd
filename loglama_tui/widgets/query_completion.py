"""What a query that is being typed could go on with: names of fields, and the values they have, with their counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from loglama_core.model import LEVEL_NAMES
from loglama_core.query.tokens import FIELD_NAME
from loglama_tui.display_safe import display_safe
from loglama_tui.theme import palette_of
from loglama_tui.widgets.compact_strip import CompactStrip
from loglama_tui.widgets.facet_list import shown_count
from loglama_tui.widgets.record_line import clip
from loglama_tui.widgets.value_query import value_query

MOST_SHOWN = 8
_WIDEST = 48
_COMPARED = re.compile(r"(:|>=|<=|>|<)(.*)", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


class TypedTerm(NamedTuple):
    """The term in which the cursor stands: where it begins, the field it compares (``None``: not yet), what follows."""

    start: int
    field: str | None
    text: str


class Suggestion(NamedTuple):
    """What the term would become, how that reads, and how many records have it (``None``: not counted)."""

    term: str
    shown: str
    records: int | None


def typed_term(text: str, cursor: int) -> TypedTerm | None:
    """Return the term that ends at the cursor; ``None`` inside quotes, before other text, and where nothing begins."""
    before = text[:cursor]
    if text[cursor : cursor + 1].strip() or '"' in _QUOTED.sub("", before):
        return None
    start = max(before.rfind(" "), before.rfind("(")) + 1
    if before[start : start + 1] == "-":
        start += 1
    term = before[start:]
    name = FIELD_NAME.match(term)
    if name is None:
        return None
    compared = _COMPARED.fullmatch(term, name.end())
    if compared is None:
        return TypedTerm(start, None, term) if name.end() == len(term) else None
    if compared[1] != ":" and name[0] != "level":
        return None
    return TypedTerm(start, name[0], compared[2].rpartition(",")[2])


def name_suggestions(typed: str, names: Sequence[tuple[str, int | None]]) -> list[Suggestion]:
    """Return the fields whose name begins with, then those whose name contains, what is typed."""
    wanted = typed.casefold()
    begin = [(name, count) for name, count in names if name.casefold().startswith(wanted)]
    contain = [(name, count) for name, count in names if wanted in name.casefold()[1:] and (name, count) not in begin]
    return [
        Suggestion(f"{name}:", f"{name}:", count)
        for name, count in [*begin, *contain][:MOST_SHOWN]
        if FIELD_NAME.fullmatch(name)
    ]


def value_suggestions(typed: TypedTerm, values: Sequence[tuple[str, int | None]]) -> list[Suggestion]:
    """Return the values of the term's field that contain what is typed, most frequent first, levels by severity."""
    field, wanted = typed.field or "", typed.text.strip('"').casefold()
    if field == "level":
        counts = dict(values)
        values = [(name, counts.get(name)) for name in LEVEL_NAMES]
    fitting = [(value, count) for value, count in values if wanted in value.casefold()]
    if field != "level":
        fitting.sort(key=lambda item: (not item[0].casefold().startswith(wanted), -(item[1] or 0), item[0]))
    return [
        Suggestion(f"{value_query(field, value)} ", value, count)
        for value, count in fitting[:MOST_SHOWN]
        if value.casefold() != wanted
    ]


class CompletionList(Widget):
    """Suggestions below the query, one a line, none of them chosen until an arrow key or the mouse does."""

    ALLOW_SELECT = False

    class Picked(Message):
        """A suggestion was clicked."""

        def __init__(self, suggestion: Suggestion) -> None:
            super().__init__()
            self.suggestion = suggestion

    def __init__(self) -> None:
        super().__init__()
        self.suggestions: Sequence[Suggestion] = ()
        self.chosen: int | None = None
        self.display = False

    def offer(self, suggestions: Sequence[Suggestion], column: int) -> None:
        """Show suggestions from a column of the screen on; none hides the list."""
        self.chosen = None
        self.suggestions = suggestions
        self.display = bool(suggestions)
        if suggestions:
            width = max(cell_len(display_safe(one.shown[:_WIDEST])) for one in suggestions)
            self._text_width = min(_WIDEST, max(12, width))
            self.styles.width = self._text_width + 10
            self.styles.height = len(suggestions)
            self.styles.offset = (column, 0)
            self.refresh(layout=True)

    def choose(self, step: int) -> None:
        """Choose the next (+1) or the previous (-1) suggestion; before the first one none is chosen."""
        at = -1 if self.chosen is None else self.chosen
        at = max(-1, min(at + step, len(self.suggestions) - 1))
        self.chosen = None if at < 0 else at
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one suggestion."""
        palette = palette_of(self.app)
        ground = Style(bgcolor=palette.cursor)
        if y >= len(self.suggestions):
            return Strip.blank(self.size.width, ground)
        suggestion = self.suggestions[y]
        text, cells = clip(display_safe(suggestion.shown[: _WIDEST * 2]), self._text_width)
        count = "" if suggestion.records is None else shown_count(suggestion.records)
        chosen = y == self.chosen
        return CompactStrip(
            [
                Segment("▌" if chosen else " ", ground + Style(color=palette.accent)),
                Segment(
                    text + " " * (self._text_width - cells),
                    ground + Style(color=palette.accent if chosen else palette.bright),
                ),
                Segment(f"{count:>8} ", ground + Style(color=palette.dim)),
            ],
            self.size.width,
        )

    def on_click(self, event: events.Click) -> None:
        """Take the suggestion."""
        event.stop()
        if event.y < len(self.suggestions):
            self.post_message(self.Picked(self.suggestions[event.y]))
