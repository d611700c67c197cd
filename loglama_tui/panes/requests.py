"""What a pane asks of the app around it: a menu, a screen over the tabs, the clipboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_tui.panes.choices import Choice
    from loglama_tui.panes.log_pane import LogPane
    from loglama_tui.panes.record_pane import RecordPane


@dataclass(eq=False, repr=False)
class ScreenWanted(Message):
    """Something is to open over ``pane``, the one that asks."""

    pane: Widget

    @property
    def in_front(self) -> bool:
        """Whether the pane is still what a person looks at: keys pressed meanwhile may have led elsewhere."""
        pane = self.pane
        return pane.is_attached and pane.display and pane.screen is pane.app.screen


@dataclass(eq=False, repr=False)
class RecordScreenWanted(ScreenWanted):
    """Something about a record is to open."""

    record: LogRecord


@dataclass(eq=False, repr=False)
class ChoiceWanted(ScreenWanted):
    """A menu is to be shown; ``chosen`` is called with the value when one is picked."""

    title: str
    choices: list[Choice]
    current: str | None
    chosen: Callable[[str | None], None]


class RecordWanted(RecordScreenWanted):
    """A record is to be shown over the log; the pane keeps the screen up to date while the cursor moves."""

    pane: RecordPane


class ContextWanted(RecordScreenWanted):
    """The records around one are to be shown."""


class TraceWanted(RecordScreenWanted):
    """Everything that belongs to the same request as a record is to be shown."""


class CompareWanted(RecordScreenWanted):
    """A record is to be compared with the one named before, or with the one named next."""


class BookmarkWanted(RecordScreenWanted):
    """A record is to be bookmarked, or the note of its bookmark changed."""


@dataclass(eq=False, repr=False)
class LineWanted(ScreenWanted):
    """A line is to be typed. ``check`` returns why a text cannot be taken; ``typed`` is called with one that can."""

    title: str
    text: str
    hint: str
    check: Callable[[str], str]
    typed: Callable[[str], None]


@dataclass(eq=False, repr=False)
class PatternsWanted(ScreenWanted):
    """The kinds of messages that a pane shows are to be listed; what is chosen narrows the pane."""

    pane: LogPane
    query: Node | None


@dataclass(eq=False, repr=False)
class SaveWanted(ScreenWanted):
    """A query is to be kept under a name."""

    query: str


@dataclass(eq=False, repr=False)
class MarksWanted(Message):
    """A pane wants to know which records are bookmarked, now and whenever that changes."""

    pane: RecordPane


@dataclass(eq=False, repr=False)
class SearchWanted(Message):
    """A query is to be run in Search."""

    query: str


@dataclass(eq=False, repr=False)
class CopyWanted(Message):
    """Text for the clipboard, or for a file. ``what`` names it."""

    text: str
    what: str
    to_file: bool = False


@dataclass(eq=False, repr=False)
class HintChanged(Message):
    """A command means something else now, and needs another word in the key bar."""

    command_id: str
    word: str
