"""The field a query is typed into: it completes terms and brings back the queries asked before."""

from __future__ import annotations

from textual.message import Message
from textual.widgets import Input

from loglama_tui.commands import bindings_of
from loglama_tui.widgets.query_completion import CompletionList, Suggestion, TypedTerm, typed_term

_MOST_REMEMBERED = 200


class QueryInput(Input):
    """Shows suggestions while one types; arrow keys go through them, else through the queries asked before."""

    BINDINGS = list(bindings_of("completion"))

    class SuggestionsWanted(Message):
        """The term at the cursor could be completed. ``term`` is ``None`` where nothing can."""

        def __init__(self, term: TypedTerm | None) -> None:
            super().__init__()
            self.term = term

    def __init__(self, value: str, completions: CompletionList, *, placeholder: str, id: str | None = None) -> None:  # noqa: A002
        super().__init__(value, placeholder=placeholder, select_on_focus=False, id=id)
        self._completions = completions
        self._remembered: list[str] = []
        self._at = 0
        self._draft = ""
        self._settled = value

    # Completion

    def unsuggested(self) -> SuggestionsWanted | None:
        """Return the wish for suggestions for the term at the cursor, if something was typed since the last one."""
        if not self.has_focus or self.value == self._settled:
            return None
        self._settled = self.value
        return self.SuggestionsWanted(typed_term(self.value, self.cursor_position))

    def settle(self, value: str) -> None:
        """Put a whole query there: nothing of it is being typed."""
        self._settled = value
        self.value = value
        self.cursor_position = len(value)
        self.hide_suggestions()

    def offer(self, term: TypedTerm, suggestions: list[Suggestion]) -> None:
        """Show suggestions for a term, if that is still the one being typed."""
        if not self.has_focus or typed_term(self.value, self.cursor_position) != term:
            return
        column = self.region.x + term.start - self.scroll_offset.x
        self._completions.offer(suggestions, max(0, min(column, self.app.size.width - 24)))

    def hide_suggestions(self) -> None:
        """Show none."""
        self._completions.offer((), 0)

    def take(self, suggestion: Suggestion) -> None:
        """Put a suggestion in place of the term that is being typed."""
        term = typed_term(self.value, self.cursor_position)
        if term is None:
            return
        kept, rest = self.value[: term.start], self.value[self.cursor_position :]
        before_comma = self._alternatives(term)
        end = suggestion.term if not before_comma else before_comma + suggestion.term.partition(":")[2]
        self.value = kept + end + rest.lstrip()
        self.cursor_position = len(kept + end)
        self.hide_suggestions()

    def _alternatives(self, term: TypedTerm) -> str:
        """Return the alternatives typed before the one that is completed: ``service:a,`` of ``service:a,b``."""
        typed = self.value[term.start : self.cursor_position]
        return typed[: typed.rfind(",") + 1] if term.field and "," in typed else ""

    def on_blur(self) -> None:
        """Hide the suggestions."""
        self.hide_suggestions()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys to others where they have no meaning here."""
        shown = self._completions.display
        if action == "take_suggestion":
            return shown
        if action == "previous" and not shown:
            return self._at < len(self._remembered)
        if action == "next" and not shown:
            return self._at > 0
        return super().check_action(action, parameters)

    def action_take_suggestion(self) -> None:
        """Take the suggestion chosen, or the first one."""
        chosen = self._completions.chosen
        self.take(self._completions.suggestions[0 if chosen is None else chosen])

    async def action_submit(self) -> None:
        """Take the suggestion chosen; without one run the query."""
        if self._completions.display and self._completions.chosen is not None:
            self.action_take_suggestion()
        else:
            self.hide_suggestions()
            await super().action_submit()

    # Queries asked before

    @property
    def remembered(self) -> list[str]:
        """The queries asked before, the last one first."""
        return self._remembered

    def remember(self, *queries: str) -> None:
        """Add queries that were asked, the last one last; one that was asked before moves up."""
        for query in filter(None, map(str.strip, queries)):
            self._remembered = [query, *(known for known in self._remembered if known != query)][:_MOST_REMEMBERED]
        self._at = 0

    def action_previous(self) -> None:
        """Choose the suggestion above, else bring back the query asked before."""
        if self._completions.display:
            self._completions.choose(-1)
            return
        if self._at == 0:
            self._draft = self.value
        self._at += 1
        self.settle(self._remembered[self._at - 1])

    def action_next(self) -> None:
        """Choose the suggestion below, else bring back the query asked after, at last what was being typed."""
        if self._completions.display:
            self._completions.choose(1)
            return
        self._at -= 1
        self.settle(self._remembered[self._at - 1] if self._at else self._draft)
