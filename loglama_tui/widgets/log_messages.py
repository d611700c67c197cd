"""What a log view tells the pane around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loglama_core.model import LogRecord


@dataclass(eq=False, repr=False)
class CursorMoved(Message):
    """The cursor came to another record, or the record under it became known."""

    record: LogRecord | None


@dataclass(eq=False, repr=False)
class RecordChosen(Message):
    """Enter or a double click on a record."""

    record: LogRecord


@dataclass(eq=False, repr=False)
class FollowChanged(Message):
    """The view began to follow the newest records, or stopped."""

    following: bool


@dataclass(eq=False, repr=False)
class PageFetched(Message):
    """A thread has read the records of some ids; ids without a record are gone from the store."""

    ids: Sequence[int]
    records: list[LogRecord]
