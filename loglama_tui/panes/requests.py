"""What a pane asks of the app around it: a menu, a screen over the tabs, the clipboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_tui.panes.choices import Choice
    from loglama_tui.panes.log_pane import LogPane
    from loglama_tui.panes.record_pane import RecordPane


@dataclass(eq=False, repr=False)
class ChoiceWanted(Message):
    """A menu is to be shown; ``chosen`` is called with the value when one is picked."""

    title: str
    choices: list[Choice]
    current: str | None
    chosen: Callable[[str | None], None]


@dataclass(eq=False, repr=False)
class RecordWanted(Message):
    """A record is to be shown over the log; the pane keeps the screen up to date while the cursor moves."""

    pane: RecordPane
    record: LogRecord


@dataclass(eq=False, repr=False)
class ContextWanted(Message):
    """The records around one are to be shown."""

    record: LogRecord


@dataclass(eq=False, repr=False)
class TraceWanted(Message):
    """Everything that belongs to the same request as a record is to be shown."""

    record: LogRecord


@dataclass(eq=False, repr=False)
class CompareWanted(Message):
    """A record is to be compared with the one named before, or with the one named next."""

    record: LogRecord


@dataclass(eq=False, repr=False)
class LineWanted(Message):
    """A line is to be typed. ``check`` returns why a text cannot be taken; ``typed`` is called with one that can."""

    title: str
    text: str
    hint: str
    check: Callable[[str], str]
    typed: Callable[[str], None]


@dataclass(eq=False, repr=False)
class BookmarkWanted(Message):
    """A record is to be bookmarked, or the note of its bookmark changed."""

    record: LogRecord


@dataclass(eq=False, repr=False)
class MarksWanted(Message):
    """A log wants to know which records are bookmarked, now and whenever that changes."""

    pane: LogPane


@dataclass(eq=False, repr=False)
class PatternsWanted(Message):
    """The kinds of messages that a pane shows are to be listed; what is chosen narrows the pane."""

    pane: LogPane
    query: Node | None


@dataclass(eq=False, repr=False)
class SaveWanted(Message):
    """A query is to be kept under a name."""

    query: str


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
