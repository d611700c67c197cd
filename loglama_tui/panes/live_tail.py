"""The thread behind Live: sees what is new in the store and tells it in messages, never faster than they are taken.

It asks for the change token every 50 ms (5 us; a commit in this process wakes it at once) and posts at most ten times a
second, at once when nothing was posted for that long. While the last message has not been drawn it waits, so a burst
costs one message. Its messages are the beat in which everything is drawn that changes by itself.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_core.errors import LogLamaError, QueryCancelledError
from loglama_core.query.tree import Compare

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader

POLL_S = 0.05
POST_S = 0.1
UNREADABLE_POST_S = 0.25
"""Between messages when a whole screen is replaced in this time: nobody reads that, and four screens a second (30 kB/s
at 120x40) are all that is sent however many records come. Below that rate the terminal scrolls, which takes less."""
TAIL_RECORDS = 96
"""Newest records sent along: more than a screen of them, so that following needs no second read."""
_FOLLOW_LIMIT = 2000
_ERRORS = Compare("level", ">=", ("error",))


@dataclass(eq=False, repr=False)
class Arrived(Message):
    """What the store holds since the last message of the same ``watch``."""

    watch: int
    first: bool
    oldest_id: int
    newest_id: int
    ids: list[int]
    """Ids of new hits, ascending; empty without a filter, where every id counts."""
    records: list[LogRecord]
    """The newest records (or hits) themselves."""
    errors: int
    """New records (or hits) of level error and above."""
    total: int | None
    """Records in the store, when counted this time."""
    at: float = field(default_factory=time.monotonic)


@dataclass(eq=False, repr=False)
class TailFailed(Message):
    """The store cannot be read now; it is tried again every second."""

    error: LogLamaError


@dataclass(slots=True, frozen=True)
class FirstScreen:
    """The newest records, read before the screen exists so that its first picture has them, and their reader."""

    report: Arrived
    reader: RecordReader


def read_first_screen(reader_factory: Callable[[], RecordReader]) -> FirstScreen | None:
    """Read the newest records; ``None`` when there is no store to read yet (the tail says why)."""
    try:
        reader = reader_factory()
    except LogLamaError:
        return None
    try:
        return FirstScreen(_TailState(reader, 0, None).first_report(), reader)
    except LogLamaError:
        reader.close()
        return None


class LiveTail:
    """Posts ``Arrived`` for a query, from the newest record on, or from where a first screen was read."""

    def __init__(
        self,
        reader_factory: Callable[[], RecordReader],
        post: Callable[[Message], object],
        crashed: Callable[[BaseException], object],
        *,
        first: FirstScreen | None = None,
    ) -> None:
        self._factory = reader_factory
        self._post = post
        self._crashed = crashed
        self.following = True
        """Whether the newest records are on the screen; otherwise their number is enough."""
        self.screenful = 24
        """Records that fit on the screen."""
        self._wake = threading.Event()
        self._taken = threading.Event()
        self._taken.set()
        self._stopping = False
        self._wanted: tuple[int, Node | None] = (0, None)
        self._reader: RecordReader | None = None if first is None else first.reader
        self._first = None if first is None else first.report
        self._thread = threading.Thread(target=self._run, name="loglama-tail", daemon=True)

    def start(self) -> None:
        """Start with everything the store holds."""
        self._thread.start()

    def watch(self, number: int, query: Node | None) -> None:
        """Report hits of another query from now on, under another number."""
        self._wanted = (number, query)
        self._taken.set()
        self.wake()

    def wake(self) -> None:
        """Look now: something was committed. May be called from any thread."""
        self._wake.set()

    def taken(self) -> None:
        """Let the next message come: the last one was drawn."""
        self._taken.set()

    def stop(self) -> None:
        """End the thread and close its reader."""
        self._stopping = True
        self._taken.set()
        self.wake()
        if self._reader is not None:
            self._reader.interrupt()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _run(self) -> None:
        try:
            while not self._stopping:
                try:
                    self._watch_store()
                except QueryCancelledError:
                    continue
                except LogLamaError as error:
                    self._post(TailFailed(error))
                    self._close()
                    self._pause(1.0)
        except BaseException as bug:  # noqa: BLE001 - the outermost edge of this thread
            self._crashed(bug)
        finally:
            self._close()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _pause(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _watch_store(self) -> None:
        """Report until the wanted query changes or the store fails."""
        reader = self._reader = self._reader or self._factory()
        wanted = number, query = self._wanted
        token = reader.change_token()
        state = _TailState(reader, number, query)
        first, self._first = self._first, None
        posted, beat = time.monotonic(), POST_S
        if first is not None and first.watch == number:
            state.continue_after(first)
        else:
            self._send(state.first_report())
        while not self._stopping and self._wanted is wanted:
            early = beat - (time.monotonic() - posted)
            self._pause(early if early > 0 else POLL_S)
            if time.monotonic() - posted < beat or (not state.due and reader.change_token() == token):
                continue
            if not self._taken.is_set():
                self._taken.wait(1.0)
                continue
            before, posted = posted, time.monotonic()
            token = reader.change_token()
            report = state.next_report(with_records=self.following)
            beat = self._beat(state.new, posted - before)
            if self._wanted is wanted:
                self._send(report)

    def _beat(self, new: int, seconds: float) -> float:
        """Return how long to wait with the next message after so many records in some seconds."""
        return UNREADABLE_POST_S if new * UNREADABLE_POST_S > self.screenful * seconds else POST_S

    def _send(self, report: Arrived) -> None:
        self._taken.clear()
        self._post(report)


class _TailState:
    """How far one watch has looked."""

    def __init__(self, reader: RecordReader, number: int, query: Node | None) -> None:
        self._reader = reader
        self._number = number
        self._query = query
        self._upto = 0
        self._errors_upto = 0
        self._counted = 0.0
        self._count_cost = 0.0
        self._behind = False
        self._uncounted = False
        self.new = 0
        """Records (or hits) that the last report was about."""

    @property
    def due(self) -> bool:
        """Whether there is more to report without another commit."""
        return self._behind or (self._uncounted and self._may_count())

    def _may_count(self) -> bool:
        """Tell whether counting would stay below a twentieth of the time (5 ms for ten million records)."""
        return time.monotonic() - self._counted >= self._count_cost * 20

    def first_report(self) -> Arrived:
        """Return where the store stands; without a filter also its newest records."""
        reader = self._reader
        self._upto = self._errors_upto = reader.newest_id()
        return self._report([], 0, first=True)

    def continue_after(self, report: Arrived) -> None:
        """Take a report that was already shown as the first one; what came since is due."""
        self._upto = self._errors_upto = report.newest_id
        self._uncounted = True

    def next_report(self, *, with_records: bool) -> Arrived:
        """Return what came since the last report; the newest records themselves only if they are to be shown."""
        reader, old = self._reader, self._upto
        errors, self._errors_upto = self._count_errors(self._errors_upto)
        if self._query is None:
            self._upto = reader.newest_id()
            self.new = self._upto - old
            return self._report([], errors, with_records=with_records)
        followed = reader.follow(self._query, after_id=old, limit=_FOLLOW_LIMIT)
        self._upto = followed.upto_id
        self.new = len(followed.records)
        self._behind = len(followed.records) >= _FOLLOW_LIMIT
        return self._report(followed.records, errors)

    def _count_errors(self, after_id: int) -> tuple[int, int]:
        from loglama_tui.panes.filter_tree import all_of

        query = all_of(_ERRORS, self._query)
        followed = self._reader.follow(query, after_id=after_id, limit=_FOLLOW_LIMIT)
        return len(followed.records), followed.upto_id

    def _report(self, hits: list[LogRecord], errors: int, *, first: bool = False, with_records: bool = True) -> Arrived:
        reader = self._reader
        records = hits[-TAIL_RECORDS:]
        if self._query is None and self._upto and with_records:
            records = reader.id_range(self._upto - TAIL_RECORDS + 1, self._upto)
        total = None
        self._uncounted = True
        if not first and self._may_count():
            started = time.monotonic()
            total = reader.record_count()
            self._counted = time.monotonic()
            self._count_cost = self._counted - started
            self._uncounted = False
        return Arrived(
            watch=self._number,
            first=first,
            oldest_id=reader.oldest_id(),
            newest_id=self._upto,
            ids=[record.id for record in hits],
            records=records,
            errors=errors,
            total=total,
        )
