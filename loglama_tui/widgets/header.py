"""The top line: which store, how much is in it, what the collector does; on the right what needs attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from loglama_tui.display_safe import display_safe, display_safe_block
from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_NARROW = 72
"""Below it, four alarms leave no room for how many records there are."""


@dataclass(slots=True, frozen=True)
class Alarm:
    """One thing on the right of the header: ``role`` is a colour role of the palette, ``tab`` where a click leads."""

    text: str
    role: str
    tab: str
    bold: bool = False


@dataclass(slots=True, frozen=True)
class HeaderFacts:
    """What the header shows. ``records``: ``None`` while not known; ``collecting``: records/s if any are."""

    store: str
    """Its path as it is shown."""
    path: str = ""
    """The whole path, for the tooltip."""
    records: int | None = None
    collecting: float | None = None
    collector_known: bool = True
    """Whether it is known yet if anything is collected."""
    collector_note: str = ""
    """Why nothing is collected, or what is still behind; empty when there is nothing to say."""
    collector_failed: bool = False
    alarms: tuple[Alarm, ...] = ()


def short_count(number: int) -> str:
    """Return a count of at most six characters or so: ``9,812``, ``12.4 M``."""
    if number < 100_000:
        return f"{number:,}"
    if number < 1_000_000:
        return f"{number / 1000:.0f} k"
    if number < 1_000_000_000:
        return f"{number / 1_000_000:.1f} M"
    return f"{number / 1_000_000_000:.2f} G"


class Header(Widget):
    """One line; an alarm is clickable."""

    class AlarmClicked(Message):
        """Someone wants to see what an alarm is about."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self, facts: HeaderFacts) -> None:
        super().__init__()
        self._facts = facts
        self._spans: list[tuple[int, int, str]] = []

    @property
    def facts(self) -> HeaderFacts:
        """What is shown now."""
        return self._facts

    def show(self, facts: HeaderFacts) -> None:
        """Show other facts; costs nothing when they are the same."""
        if facts != self._facts:
            self._facts = facts
            self.refresh()

    def render(self) -> Content:
        """Return the line, left and right part, the left one giving way."""
        width = self.size.width
        right = self._right()
        left = self._left(width)
        room = width - right.cell_length - 2
        if left.cell_length > room:
            left = left.truncate(max(0, room), ellipsis=True)
        gap = width - left.cell_length - right.cell_length - 1
        start = width - right.cell_length - 1
        self._spans = [(start + first, start + last, tab) for first, last, tab in self._alarm_spans()]
        return Content.assemble(left, " " * max(1, gap), right)

    def _left(self, width: int) -> Content:
        facts, palette = self._facts, palette_of(self.app)
        parts: list[Content | str | tuple[str, str]] = [
            (" LogLama ", f"bold {palette.on_accent} on {palette.accent}"),
            "  ",
        ]
        if width >= 100:
            parts += [(display_safe(facts.store), palette.bright), "  "]
        if facts.records is not None:
            parts += [(f"{short_count(facts.records)}{' records' if width >= 100 else ''}", palette.dim), "  "]
        if facts.collecting is not None:
            rate = f"{facts.collecting:,.0f}/s"
            parts += [("● ", palette.good), (f"collecting {rate}" if width >= 100 else rate, palette.dim)]
        elif facts.collector_known:
            color = palette.error if facts.collector_failed else palette.faint
            parts += [("○ ", color), ("not collecting", palette.error if facts.collector_failed else palette.dim)]
        if facts.collector_note and width >= 100:
            parts += [("  " + display_safe(facts.collector_note), palette.warning)]
        return Content.assemble(*parts)

    @property
    def _shown_alarms(self) -> Sequence[Alarm]:
        """On a narrow screen what is well makes room for what is not."""
        alarms = self._facts.alarms
        return (
            alarms
            if self.size.width >= _NARROW or len(alarms) < 3
            else [each for each in alarms if each.role != "good"]
        )

    def _right(self) -> Content:
        palette = palette_of(self.app)
        parts: list[tuple[str, str] | str] = []
        for alarm in self._shown_alarms:
            if parts:
                parts.append("  ")
            parts.append(
                (display_safe(alarm.text), ("bold " if alarm.bold else "") + str(getattr(palette, alarm.role)))
            )
        return Content.assemble(*parts)

    def _alarm_spans(self) -> list[tuple[int, int, str]]:
        spans, column = [], 0
        for alarm in self._shown_alarms:
            length = Content(display_safe(alarm.text)).cell_length
            spans.append((column, column + length, alarm.tab))
            column += length + 2
        return spans

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let the tooltip say where an alarm leads, and what the left part may have had to leave out."""
        tab = next((tab for first, last, tab in self._spans if first <= event.x < last), None)
        facts = self._facts
        whole = "\n".join(filter(None, (facts.path or facts.store, facts.collector_note)))
        self.tooltip = Content(f"click: the {tab.capitalize()} tab says more" if tab else display_safe_block(whole))

    def on_click(self, event: events.Click) -> None:
        """Tell which alarm was clicked."""
        for first, last, tab in self._spans:
            if first <= event.x < last:
                self.post_message(self.AlarmClicked(tab))
