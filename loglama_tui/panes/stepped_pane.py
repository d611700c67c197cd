"""What is searched for, step by step: a query and a stretch of time, each step of which can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from loglama_core.query.query_edit import query_terms, with_term, without_term
from loglama_tui.explorer_state import ExplorerState
from loglama_tui.panes.choices import Choice
from loglama_tui.panes.filter_steps import FilterSteps
from loglama_tui.panes.log_pane import LogPane
from loglama_tui.panes.requests import ChoiceWanted, SaveWanted
from loglama_tui.panes.search_steps import SearchStep, remembered_step
from loglama_tui.panes.time_span import LAST, SECOND_NS, TimeSpan
from loglama_tui.widgets.facet_list import FacetList
from loglama_tui.widgets.query_bar import QueryBar, SinceChip
from loglama_tui.widgets.query_input import QueryInput

if TYPE_CHECKING:
    from loglama_tui.panes.pane_environment import PaneEnvironment


class SteppedPane(LogPane):
    """A log under a ``QueryBar``. A subclass composes the bar and runs the step that is shown."""

    def __init__(
        self,
        environment: PaneEnvironment,
        *,
        query: str = "",
        state: ExplorerState | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(environment, id=id)
        self._state = ExplorerState() if state is None else state
        first = SearchStep(query, TimeSpan()) if query else remembered_step(self._state)
        self.steps = FilterSteps(first)

    def run_step(self) -> None:
        """Search for what the step says that is shown now."""
        raise NotImplementedError

    def ask(self, text: str) -> None:
        """Put a query into the bar and run it."""
        self.go(SearchStep(text, self.steps.now.span))
        self.view.focus()

    def go(self, step: SearchStep) -> None:
        """Come to a step: another text, another stretch of time, or the same ones once more."""
        self.steps.go(step)
        self._show_step()

    def _show_step(self) -> None:
        self.query_one(QueryBar).put_text(self.steps.now.text)
        self.run_step()

    def narrow(self, text: str) -> None:
        """Add a query text to the query."""
        self.ask(with_term(self.steps.now.text, text))

    def look_at(self, since_ns: int | None, until_ns: int | None) -> None:
        """Search between two moments, an open side being ``None``."""
        self.go(self.steps.now._replace(span=TimeSpan(since_ns=since_ns, until_ns=until_ns)))

    # Choosing

    @on(FacetList.ValueChosen)
    def _value_chosen(self, event: FacetList.ValueChosen) -> None:
        event.stop()
        text, term = self.steps.now.text, ("-" if event.exclude else "") + event.term
        there = any(known.text == term for known in query_terms(text))
        self.go(self.steps.now._replace(text=without_term(text, term) if there else with_term(text, term)))

    def action_save(self) -> None:
        """Keep the query under a name."""
        text, span = self.steps.now
        self.post_message(SaveWanted(self, " ".join(filter(None, (text, span.query_terms())))))

    def action_history(self) -> None:
        """List the queries asked before."""
        asked = self.query_one(QueryInput).remembered
        if asked:
            choices = [Choice(query, query) for query in asked]

            def choose(query: str | None) -> None:
                if query is not None:
                    self.ask(query)

            self.post_message(ChoiceWanted(self, "asked before", choices, self.steps.now.text, choose))
        else:
            self.notify("nothing was asked before; enter in the query bar asks", markup=False, timeout=3)

    @on(SinceChip.Clicked)
    def action_choose_since(self) -> None:
        """Open the menu of stretches of time."""
        labels = [span.label(self._clock(), self._zone) for span in LAST]
        choices = [Choice(label, label) for label in labels]
        current = self.steps.now.span.label(self._clock(), self._zone)

        def choose(label: str | None) -> None:
            if label in labels:
                self.go(self.steps.now._replace(span=LAST[labels.index(label)]))

        self.post_message(ChoiceWanted(self, "search back", choices, current, choose))

    def action_narrow_time(self, side: str) -> None:
        """Search only from (``since``), or only up to (``until``), the record under the cursor."""
        record = self.view.record
        if record is None:
            return
        since, until = self._sides()
        if side == "since":
            self.look_at(record.time_ns, until)
        else:
            self.look_at(since, record.time_ns + 1)

    def action_widen_time(self, side: str) -> None:
        """Search twice as long, further into the past (``since``) or towards now (``until``)."""
        since, until = self._sides()
        if since is None and until is None:
            return
        now = self._clock()
        length = max(SECOND_NS, (now if until is None else until) - (0 if since is None else since))
        if side == "since" and since is not None:
            self.look_at(since - length, until)
        elif side == "until" and until is not None:
            self.look_at(since, None if until + length > now else until + length)

    def _sides(self) -> tuple[int | None, int | None]:
        """Return the two sides of the time searched, a span that ends now as if it had been open."""
        searched = self.steps.now.span.range(self._clock())
        return (None, None) if searched is None else (searched.since_ns, searched.until_ns)

    def action_back(self) -> None:
        """Take the last step back: a filter, a stretch of time, a text."""
        if self.steps.back() is None:
            self.notify("this is where the search began", markup=False, timeout=2)
        else:
            self._show_step()

    def action_forward(self) -> None:
        """Take again the step that was taken back."""
        if self.steps.forward() is not None:
            self._show_step()
