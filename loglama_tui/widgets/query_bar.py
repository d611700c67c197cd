"""The line a search is typed into, with how far back it looks and what it has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from loglama_tui.theme import palette_of
from loglama_tui.widgets.filter_bar import FilterNote
from loglama_tui.widgets.query_completion import CompletionList
from loglama_tui.widgets.query_input import QueryInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

TYPING_PAUSE_S = 0.3
"""A query is run when nothing was typed for this long."""


class SinceChip(Widget):
    """How far back is searched; opens a menu."""

    class Clicked(Message):
        """The chip was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def show(self, text: str) -> None:
        """Show another choice."""
        self._text = text
        self.refresh(layout=True)

    def render(self) -> Content:
        """Return the chip."""
        return Content.assemble((f" {self._text} ▾ ", palette_of(self.app).soft))

    def on_click(self, event: events.Click) -> None:
        """Ask for the menu."""
        event.stop()
        self.post_message(self.Clicked())


class QueryBar(Horizontal):
    """Announces a query when typing pauses or on enter, and shows what became of it."""

    class QueryChanged(Message):
        """A query is to be run. ``entered``: with enter, so the reader wants the results."""

        def __init__(self, text: str, *, entered: bool) -> None:
            super().__init__()
            self.text = text
            self.entered = entered

    def __init__(self, query: str = "") -> None:
        super().__init__()
        self._query = query
        self._announced: str | None = query
        self.completions = CompletionList()
        """Has to be laid out below the bar by whoever holds it."""

    def compose(self) -> Iterable[Widget]:
        """Lay out label, query, since, note."""
        yield QueryLabel()
        yield QueryInput(
            self._query,
            self.completions,
            placeholder='words, "a phrase", level>=warning, service:name, status:500, since:1h',
            id="query-text",
        )
        yield SinceChip()
        yield FilterNote()

    def on_mount(self) -> None:
        """Nothing is pending yet."""
        self._pause = self.set_timer(TYPING_PAUSE_S, self._announce, pause=True)

    @property
    def text(self) -> str:
        """The query as typed."""
        return self.input.value

    @property
    def input(self) -> QueryInput:
        """The field that is typed into."""
        return self.query_one(QueryInput)

    def put_text(self, text: str) -> None:
        """Put a query there that is being run: it is not announced."""
        self._announced = text
        if self.input.value != text:
            self.input.settle(text)

    def note(self, text: str, role: str = "dim") -> None:
        """Say something about the query at the right end."""
        self.query_one(FilterNote).show(text, role)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if (wish := self.input.unsuggested()) is not None:
            self.post_message(wish)
        self._pause.stop()
        self._pause = self.set_timer(TYPING_PAUSE_S, self._announce)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._announced = None
        self._announce(entered=True)

    def on_descendant_blur(self) -> None:
        """Run at once what was typed: who leaves the bar waits for nothing."""
        self._announce()

    def _announce(self, *, entered: bool = False) -> None:
        self._pause.stop()
        if self.text != self._announced:
            self._announced = self.text
            self.post_message(self.QueryChanged(self.text, entered=entered))


class QueryLabel(Widget):
    """The word before the query."""

    def render(self) -> Content:
        """Return the word."""
        return Content.assemble((" query ", palette_of(self.app).faint))
