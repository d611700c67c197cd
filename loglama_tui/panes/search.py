"""The Search tab: a query over everything stored, newest event first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.geometry import Size
from textual.widgets import Input

from loglama_core.amounts import counted
from loglama_core.errors import QueryError
from loglama_core.query.query_edit import query_terms
from loglama_core.store.record_reader import Position
from loglama_tui.commands import COMMANDS, bindings_of, shown_keys
from loglama_tui.display_safe import display_safe
from loglama_tui.explorer_state import ExplorerState
from loglama_tui.panes.completion import Completion, Suggested
from loglama_tui.panes.filter_tree import all_of, at_least, marked_terms
from loglama_tui.panes.search_jobs import (
    MOST_HITS,
    MOST_NEWER,
    FieldsCounted,
    HitsCounted,
    NewerCounted,
    TimeHits,
    count_fields,
    count_hits,
    count_newer,
    find_hits,
)
from loglama_tui.panes.search_steps import (
    QUERIES,
    SearchStep,
    remember_step,
    remembered_queries,
)
from loglama_tui.panes.stepped_pane import SteppedPane
from loglama_tui.panes.time_span import SECOND_NS, TimeSpan
from loglama_tui.widgets.facet_list import Facet, FacetList
from loglama_tui.widgets.log_messages import CursorMoved
from loglama_tui.widgets.log_view import LogView
from loglama_tui.widgets.moment import day_form
from loglama_tui.widgets.query_bar import QueryBar, SinceChip
from loglama_tui.widgets.query_completion import CompletionList
from loglama_tui.widgets.query_input import QueryInput
from loglama_tui.widgets.record_rows import FoundTimeRows
from loglama_tui.widgets.time_brush import TimeBrush

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from loglama_core.errors import LogLamaError
    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import Order, RecordReader
    from loglama_tui.panes.pane_environment import PaneEnvironment

_BARS_MIN_HEIGHT = 16
_NEWER_S = 2.0
_RUN = next(command for command in COMMANDS if command.id == "search.run")
_FACETS_WIDTH = 100
"""From this width on the facets stand beside the hits without being asked for."""


class SearchPane(SteppedPane):
    """Runs a query as it is typed; hits stream in, escape stops."""

    BINDINGS = list(bindings_of("search"))

    def __init__(
        self,
        environment: PaneEnvironment,
        *,
        query: str = "",
        state: ExplorerState | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(environment, query=query, state=state, id=id)
        self._query: Node | None = None
        self._run = 0
        self._rows = FoundTimeRows()
        self._first_part = False
        self._searching = False
        self._found = ""
        self._upto_id = self._newer = 0
        """Up to which record newer hits were counted, and how many there are."""
        self._total = 0
        self._bars_at = (0, 1)
        self._facets_wanted: bool | None = None
        self._laid_out = Size(0, 0)
        self._columns: list[Facet] = []
        self._fields: list[Facet] = []
        self._fields_note = ""
        self._finder = self.make_thread("finder")
        self._counter = self.make_thread("counter")
        self._field_counter = self.make_thread("fields")
        self._completer = self.make_thread("completer")
        self._completion = Completion(self.post_message)

    def compose(self) -> Iterable[Widget]:
        """Lay out query, bars, facets, hits."""
        bar = QueryBar(self.steps.now.text)
        yield bar
        yield bar.completions
        yield TimeBrush(self._describe_bars)
        with Horizontal(id="log-and-detail"), Horizontal(id="facets-and-log"):
            yield FacetList()
            yield LogView(self._reader_factory, zone=self._zone, now=self._clock)

    def on_mount(self) -> None:
        """Run the first query."""
        for thread in (self._finder, self._counter, self._field_counter, self._completer):
            thread.start()
        self.query_one(QueryInput).remember(*reversed(remembered_queries(self._state)))
        self.view.focus()
        self.set_interval(_NEWER_S, self._look_for_newer)
        self.call_after_refresh(self.run_step)

    def on_unmount(self) -> None:
        """End the threads."""
        for thread in (self._finder, self._counter, self._field_counter, self._completer):
            thread.stop()

    def on_resize(self) -> None:
        """Give the rows of the bars and the columns of the facets to hits that are short of them."""
        super().on_resize()
        bars = self.query_one(TimeBrush)
        if self.size == self._laid_out:
            return  # it was only hidden
        self._laid_out = self.size
        bars.display = self.size.height >= _BARS_MIN_HEIGHT
        self._show_facets()
        if self._run:
            self.call_after_refresh(self._count)

    @property
    def _facets(self) -> FacetList:
        return self.query_one(FacetList)

    def _show_facets(self) -> None:
        wanted = self._facets_wanted
        width = self.app.size.width
        self._facets.display = width >= _FACETS_WIDTH if wanted is None else wanted
        self._facets.styles.width = max(26, min(width * 18 // 100, 40))

    # Running a query

    def run_step(self) -> None:
        """Run the step that is shown; what was found before stays until a query can be read and finds something."""
        text, span = self.steps.now
        now = self._clock()
        self.query_one(SinceChip).show(span.label(now, self._zone))
        from loglama_core.query.parser import parse_query

        try:
            query = all_of(span.range(now), parse_query(text, now_ns=now, zone=self._zone))
        except QueryError as error:
            self.query_one(QueryBar).note(f"column {error.column + 1}: {error.message}", "warning")
            return
        self._run += 1
        self._query = query
        remember_step(self._state, self.steps.now)
        self._rows = FoundTimeRows()
        self._first_part = self._searching = True
        self._upto_id = self._newer = 0
        self.query_one(QueryBar).note("searching …")
        self._finder.submit("find", find_hits(query, self._run, self.post_message))
        self._count()
        self._field_counter.submit("fields", count_fields(query, self._run, self.post_message))

    @on(TimeHits)
    def _hits(self, event: TimeHits) -> None:
        event.stop()
        if event.run != self._run:
            return
        self._rows.add(event.ids)
        self._searching = not event.done
        self._upto_id = event.newest_id
        if self._first_part and (event.ids or event.done):
            self._first_part = False
            self.view.empty_text = () if event.ids else ("Nothing found.", "backspace goes back; fewer words find more")
            self.view.show_rows(self._rows, terms=marked_terms(self._query))
        elif not self._first_part:
            self.view.rows_changed()
        self._say_progress(event)

    def _say_progress(self, event: TimeHits) -> None:
        count = len(self._rows)
        hits = counted(count, "hit")
        if event.done:
            text = hits if count < MOST_HITS else f"the newest {count:,} of {self._total:,} hits"
        else:
            back = datetime.fromtimestamp(event.searched_to_ns / SECOND_NS, self._zone)
            day = day_form([back.date()], self._moment(self._clock()).date())
            text = f"{hits} · searched back to {back:{f'{day} %H:%M'.strip()}}"
        self._found = text
        self.say_progress("")

    def _look_for_newer(self) -> None:
        """Count what came since: hits never move by themselves, but nobody should take the newest one for the last."""
        if self.display and not self._searching and self._upto_id and self._newer < MOST_NEWER:
            self._counter.submit("newer", count_newer(self._query, self._run, self._upto_id, self.post_message))

    @on(NewerCounted)
    def _newer_counted(self, event: NewerCounted) -> None:
        event.stop()
        if event.run == self._run and not self._searching:
            self._upto_id = event.upto_id
            self._newer += event.count
            self.say_progress("")

    def _newer_note(self) -> str:
        if not self._newer:
            return ""
        count = f"{self._newer:,}" if self._newer < MOST_NEWER else f"{MOST_NEWER:,}+"
        return f" · {count} newer, {shown_keys(_RUN, self.settings.keys)} shows them"

    @on(QueryBar.QueryChanged)
    def _query_changed(self, event: QueryBar.QueryChanged) -> None:
        event.stop()
        if event.entered:
            self.query_one(QueryInput).remember(event.text)
            self._state.put(QUERIES, self.query_one(QueryInput).remembered)
            self.view.focus()
        if self.steps.go(SearchStep(event.text, self.steps.now.span), typing=not event.entered) or event.entered:
            self.run_step()

    # Completion

    @on(QueryInput.SuggestionsWanted)
    def _suggestions_wanted(self, event: QueryInput.SuggestionsWanted) -> None:
        event.stop()
        if event.term is None:
            self.query_one(QueryInput).hide_suggestions()
        else:
            self._completer.submit("suggest", self._completion.job(event.term))

    @on(Suggested)
    def _suggested(self, event: Suggested) -> None:
        event.stop()
        self.query_one(QueryInput).offer(event.term, event.suggestions)

    @on(CompletionList.Picked)
    def _suggestion_picked(self, event: CompletionList.Picked) -> None:
        event.stop()
        self.query_one(QueryInput).take(event.suggestion)

    # Bars

    def _count(self) -> None:
        columns = self.query_one(TimeBrush).columns
        job = count_hits(self._query, self.steps.now.span, columns, self._clock(), self._run, self.post_message)
        self._counter.submit("count", job)

    @on(HitsCounted)
    def _counted(self, event: HitsCounted) -> None:
        event.stop()
        if event.run != self._run:
            return
        self._columns = event.facets
        self._total = event.hits
        self._list_facets()
        self._bars_at = event.since_ns, event.step_ns
        until = event.since_ns + len(event.bars) * event.step_ns
        ends = self._moment(event.since_ns).date(), self._moment(until - 1).date()
        day = day_form(ends, self._moment(self._clock()).date())
        form = f"{day} {'%H:%M:%S' if until - event.since_ns < 600 * SECOND_NS else '%H:%M'}".strip()
        axis = tuple(f"{self._moment(at):{form}}" for at in (event.since_ns, (event.since_ns + until) // 2, until))
        self.query_one(TimeBrush).show(event.bars, axis=axis)
        self._point_at(self.view.record)

    def _moment(self, time_ns: int) -> datetime:
        return datetime.fromtimestamp(time_ns / SECOND_NS, self._zone)

    def _describe_bars(self, first: int, last: int) -> str:
        """Return what is said of brushed bars: when they are, and how many hits they hold."""
        since, step = self._bars_at
        bars = self.query_one(TimeBrush).bars[first : last + 1]
        hits, errors = sum(map(sum, bars)), sum(bar.errors for bar in bars)
        span = TimeSpan(since_ns=since + first * step, until_ns=since + (last + 1) * step)
        held = f"{counted(hits, 'hit')}   {counted(errors, 'error')}"
        return f"{span.label(self._clock(), self._zone)}   {held}   enter looks closer"

    @on(TimeBrush.Brushed)
    def _brushed(self, event: TimeBrush.Brushed) -> None:
        event.stop()
        since, step = self._bars_at
        self.view.focus()
        self.look_at(since + event.first * step, since + (event.last + 1) * step)

    @on(CursorMoved)
    def _mark_time(self, event: CursorMoved) -> None:
        self._point_at(event.record)

    def _point_at(self, record: LogRecord | None) -> None:
        since, step = self._bars_at
        self.query_one(TimeBrush).point_at(None if record is None else (record.time_ns - since) // step)

    # Facets

    @on(FieldsCounted)
    def _fields_counted(self, event: FieldsCounted) -> None:
        event.stop()
        if event.run == self._run:
            self._fields = event.facets
            self._fields_note = "" if event.done else f"fields of {event.hits:,} hits"
            self._list_facets()

    def _list_facets(self) -> None:
        terms = [term.text for term in query_terms(self.steps.now.text)]
        self._facets.show([*self._columns, *self._fields], note=self._fields_note, terms=terms)

    @on(FacetList.Left)
    @on(TimeBrush.Left)
    def _back_to_hits(self) -> None:
        self._facets_wanted = None
        self._show_facets()
        self.view.focus()

    # What LogPane asks for

    def find_error(self, reader: RecordReader, record: LogRecord, direction: str) -> LogRecord | None:
        """Return the next or previous error on the screen: below is earlier."""
        query = all_of(at_least("error"), self._query)
        place = Position(record.time_ns, record.id)
        order: Order = "newest" if direction == "below" else "oldest"
        return next(iter(reader.search(query, order=order, limit=1, after=place)), None)

    def shown_query(self) -> Node | None:
        """Return the query that finds the hits."""
        return self._query

    def say_progress(self, text: str) -> None:
        """Say it beside the query."""
        self.query_one(QueryBar).note(text or f"{self._found}{self._newer_note()}", "soft")

    def find_at(self, reader: RecordReader, time_ns: int) -> LogRecord | None:
        """Return the newest record within the filter that is not later than a moment."""
        return next(iter(reader.search(self._query, limit=1, after=Position(time_ns + 1, 0))), None)

    def read_failed(self, error: LogLamaError) -> None:
        """Say it where the hits would be, else beside the query."""
        if len(self.view.rows):
            self.query_one(QueryBar).note(error.message, "error")
            return
        self.query_one(QueryBar).note("cannot be searched", "error")
        self.view.empty_text = (display_safe(error.message), display_safe(error.hint))
        self.view.refresh()

    # Actions

    def action_step_hit(self, direction: int) -> None:
        """Go to the next (+1) or the previous (-1) hit."""
        self.step(direction)

    def action_run(self) -> None:
        """Run the query again."""
        self.run_step()

    def action_facets(self) -> None:
        """Go to the facets, showing them first; from them: hide them and go back to the hits."""
        if self._facets.has_focus:
            self._facets_wanted = False
            self._show_facets()
            self.view.focus()
        else:
            self._facets_wanted = True
            self._show_facets()
            # Scrolling to what is not laid out yet would make Textual 8.2 forget to tell it its size.
            self._facets.focus(scroll_visible=False)

    def action_bars(self) -> None:
        """Go to the bars to choose a stretch of time with the arrow keys, or back to the hits."""
        bars = self.query_one(TimeBrush)
        if bars.display and not bars.has_focus:
            bars.focus()
        else:
            self.view.focus()

    def action_cancel(self) -> None:
        """Leave the query bar; from the hits: close the detail, or stop the search."""
        if self.query_one(Input).has_focus:
            self.view.focus()
        elif not self.close_detail() and self._searching:
            self._stop_searching()

    def _stop_searching(self) -> None:
        self._run += 1  # what was found already, and is still on its way, would contradict the note
        self._searching = False
        self._finder.cancel("find")
        self._counter.cancel("count")
        self._field_counter.cancel("fields")
        self._found = f"{len(self._rows):,} hits · stopped"
        self.query_one(QueryBar).note(self._found, "dim")
