"""What narrows Live: least level, service and text, by bar, menu and key; each step can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.widgets import Input

from loglama_core.model import LEVEL_NAMES
from loglama_core.query.tree import Node
from loglama_tui.panes.choices import level_choices, service_choices
from loglama_tui.panes.filter_steps import FilterSteps
from loglama_tui.panes.filter_tree import FilterRead, all_of, at_least, of_service, read_filter
from loglama_tui.panes.log_pane import CountsRead, LogPane
from loglama_tui.panes.requests import ChoiceWanted
from loglama_tui.theme import palette_of
from loglama_tui.widgets.filter_bar import FilterBar, FilterChips

if TYPE_CHECKING:
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.panes.pane_environment import PaneEnvironment
    from loglama_tui.reader_thread import Stale


class LiveFilter(NamedTuple):
    """One state of the filter. ``text`` as typed, ``text_query`` what it means."""

    level: str | None = None
    service: str | None = None
    text: str = ""
    text_query: Node | None = None

    @property
    def coarse(self) -> Node | None:
        """The part that the store keeps counts for."""
        return all_of(at_least(self.level), of_service(self.service))


class NarrowedPane(LogPane):
    """A log under a bar that narrows it. A subclass composes a ``FilterBar`` and shows what the filter leaves."""

    def __init__(
        self,
        environment: PaneEnvironment,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(environment, id=id)
        self._steps = FilterSteps(LiveFilter())

    def apply_filter(self) -> None:
        """Show what the filter leaves."""
        raise NotImplementedError

    def note_hits(self) -> None:
        """Say how many records the filter leaves."""
        raise NotImplementedError

    @property
    def filter(self) -> LiveFilter:
        """The filter that applies."""
        return self._steps.now

    @property
    def query_node(self) -> Node | None:
        """The filter as a query; ``None``: nothing is filtered."""
        return all_of(self.filter.coarse, self.filter.text_query)

    def _narrow_to(self, wanted: LiveFilter, *, typing: bool = False) -> None:
        """Make another filter apply; what was typed in one go is one step."""
        query = self.query_node
        if self._steps.go(wanted, typing=typing):
            self._applied(query)

    def _applied(self, before: Node | None) -> None:
        self.query_one(FilterChips).show(level=self.filter.level, service=self.filter.service)
        bar = self.query_one(FilterBar)
        if self.filter.text != bar.text:
            bar.write(self.filter.text)
        if self.query_node != before:
            self.apply_filter()

    # The text

    @on(FilterBar.TextChanged)
    def _text_changed(self, event: FilterBar.TextChanged) -> None:
        event.stop()
        text, now, zone = event.text, self._clock(), self._zone

        def read(_reader: RecordReader, stale: Stale) -> None:
            message = read_filter(text, now_ns=now, zone=zone)
            if not stale():
                self.post_message(message)

        self._jobs.submit("filter", read)

    @on(FilterRead)
    def _filter_read(self, event: FilterRead) -> None:
        event.stop()
        bar = self.query_one(FilterBar)
        if event.problem:
            bar.note(event.problem, "warning")
            return
        if event.text != bar.text:
            return  # it goes on being typed, or a step was taken back
        self._narrow_to(self.filter._replace(text=event.text, text_query=event.query), typing=True)
        bar.note("")
        self.note_hits()

    @on(FilterBar.Left)
    def _filter_left(self, event: FilterBar.Left) -> None:
        event.stop()
        self.view.focus()

    def narrow(self, text: str) -> None:
        """Add a query text to the filter."""
        bar = self.query_one(FilterBar)
        bar.set_text(f"{bar.text} {text}".strip())

    # Level and service

    @on(FilterChips.Clicked)
    def _chip_clicked(self, event: FilterChips.Clicked) -> None:
        event.stop()
        self.ask_counts(event.chip)

    @on(CountsRead)
    def _counts_read(self, event: CountsRead) -> None:
        event.stop()
        if event.key == "service":
            choices = service_choices(event.counts, palette_of(self.app))
            self.post_message(ChoiceWanted(self, "service", choices, self.filter.service, self._choose_service))
        else:
            choices = level_choices(event.counts, palette_of(self.app))
            self.post_message(ChoiceWanted(self, "level", choices, self.filter.level, self._choose_level))

    def _choose_service(self, service: str | None) -> None:
        self._narrow_to(self.filter._replace(service=service))

    def _choose_level(self, level: str | None) -> None:
        self._narrow_to(self.filter._replace(level=level))

    def show_service(self, service: str, level: str | None) -> None:
        """Show one service from a level on, whatever the text filter was."""
        self._narrow_to(LiveFilter(level, service))

    # Actions

    def action_choose_level(self) -> None:
        """Open the level menu."""
        self.ask_counts("level")

    def action_choose_service(self) -> None:
        """Open the service menu."""
        self.ask_counts("service")

    def action_least_level(self, level: str) -> None:
        """Show a level and all above it; none named: every level."""
        self._choose_level(level or None)

    def action_raise_level(self) -> None:
        """Hide one level more."""
        levels = (None, *LEVEL_NAMES)
        self._choose_level(levels[min(levels.index(self.filter.level) + 1, len(levels) - 1)])

    def action_lower_level(self) -> None:
        """Hide one level less."""
        levels = (None, *LEVEL_NAMES)
        self._choose_level(levels[max(levels.index(self.filter.level) - 1, 0)])

    def action_filter_back(self) -> None:
        """Take the last step of the filter back."""
        before = self.query_node
        if self._steps.back() is None:
            self.notify("nothing to take back", markup=False, timeout=2)
        else:
            self._applied(before)

    def action_filter_forward(self) -> None:
        """Take the step again that was taken back last."""
        before = self.query_node
        if self._steps.forward() is not None:
            self._applied(before)

    def action_clear_filter(self) -> None:
        """Leave the filter's text; from the log: close the detail, then clear what narrows."""
        if self.query_one(Input).has_focus:
            self.view.focus()
        elif not self.close_detail():
            self._narrow_to(LiveFilter())
