"""What every engine that holds records offers to those who show them.

``SqliteReader`` is the embedded implementation. A reader belongs to one thread; only ``interrupt`` may be called from
another. Every call sees a consistent store, holds no transaction after it returns or between two items of an
iterator, and raises ``StoreError`` (``QueryError`` for a bad pattern or comparison) on failure.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from loglama_core.model import LogRecord, SourceState
from loglama_core.query.tree import Node

FieldValue = str | int | float | bool | None
"""A field's value among counts: arrays and objects as their JSON, None for a record that has none."""

Order = Literal["newest", "oldest"]
"""Which end of the event-time order ``(time_ns, id)`` comes first."""


@dataclass(slots=True, frozen=True)
class Position:
    """A place in event-time order: the keyset ``(time_ns, id)`` of a record."""

    time_ns: int
    id: int


@dataclass(slots=True, frozen=True)
class FoundIds:
    """Ids of matching records found since the last report, and how far the search has come.

    ``ids``: 8 bytes each, in the order asked for, may be empty. ``searched_to_ns`` (event order) or
    ``searched_to_id`` (arrival order): all records on this side of it were looked at. ``done``: nothing more will
    come.
    """

    ids: array[int]
    searched_to_ns: int
    searched_to_id: int
    done: bool


@dataclass(slots=True, frozen=True)
class Followed:
    """Records that arrived after an id, oldest first, and the id up to which the store was looked at."""

    records: list[LogRecord]
    upto_id: int


@dataclass(slots=True, frozen=True)
class TimeBucket:
    """Records whose time lies in ``[time_ns, time_ns + step)``, counted by level name (None = no level)."""

    time_ns: int
    counts: Mapping[str | None, int]


@dataclass(slots=True, frozen=True)
class Facet:
    """The values that a key has among the hits, the most frequent first: ``(value, hits)``, None for "has none".

    ``distinct``: how many different values were met; ``capped``: there are more, which were no longer told apart.
    """

    key: str
    counts: tuple[tuple[FieldValue, int], ...]
    distinct: int
    capped: bool = False


@dataclass(slots=True, frozen=True)
class Survey:
    """What is known of a query's hits so far; exact once ``done``. Each report takes the place of the one before.

    ``buckets``: the hits over time, empty if no step was asked for. ``searched_to_ns``: as in ``FoundIds``.
    """

    hits: int
    buckets: list[TimeBucket]
    facets: tuple[Facet, ...]
    searched_to_ns: int
    done: bool


@dataclass(slots=True, frozen=True)
class MessagePattern:
    """Messages that are alike: what they have in common, how many, when, of whom.

    ``id``: of the text, the same in every run. ``text``: ``<n> <id> <path> <url> <quoted>`` for what was masked,
    ``<*>`` for other words that differ. ``services``, ``levels``: with counts, the most frequent first. ``example``:
    the message that arrived last. ``trend``: counts over the time of the report. ``query``: finds its records.
    """

    id: str
    text: str
    count: int
    first_ns: int
    last_ns: int
    services: tuple[tuple[str, int], ...]
    levels: tuple[tuple[str | None, int], ...]
    example_id: int
    example: str
    trend: tuple[int, ...]
    query: Node


@dataclass(slots=True, frozen=True)
class PatternReport:
    """The patterns of a query's hits so far, most frequent first; exact once ``done``, it replaces the one before.

    ``distinct``: how many there are. ``records``: hits so far. ``since_ns``, ``until_ns``: the time of the trends.
    """

    patterns: tuple[MessagePattern, ...]
    distinct: int
    records: int
    since_ns: int
    until_ns: int
    searched_to_ns: int
    done: bool


@dataclass(slots=True, frozen=True)
class StoreInfo:
    """Size and shape of the store, cheap to ask for (no scan of the records)."""

    path: str
    schema_version: int
    size_bytes: int
    wal_bytes: int
    free_bytes: int
    records: int
    oldest_ns: int | None
    newest_ns: int | None


@dataclass(slots=True, frozen=True)
class Gap:
    """Bytes of a source that were destroyed before they could be read."""

    source: str
    start: int
    end: int
    time_ns: int
    reason: str

    @property
    def extent(self) -> str:
        """Which bytes were lost; of a file that vanished while nobody collected it is not known how many."""
        if self.end > self.start:
            return f"bytes {self.start:,} to {self.end:,}"
        return f"an unknown length after byte {self.start:,}"


class RecordReader(Protocol):
    """Read access to the records of one store."""

    def close(self) -> None:
        """Release the store. Calling it twice is allowed."""

    def interrupt(self) -> None:
        """Stop the call that another thread is in; that call raises ``QueryCancelledError`` within 50 ms."""

    def change_token(self) -> int:
        """Return a number that changes whenever another connection has committed.

        Costs about 5 us; made for polling.
        """

    def newest_id(self) -> int:
        """Return the highest id in arrival order, 0 for an empty store."""

    def oldest_id(self) -> int:
        """Return the lowest id in arrival order, 0 for an empty store."""

    def record_count(self) -> int:
        """Return the number of records, from the minute counts."""

    def get(self, record_id: int) -> LogRecord | None:
        """Return one record."""

    def full_text(self, record_id: int) -> str | None:
        """Return the whole original text if the record's message was shortened, else its message.

        ``None``: no such record.
        """

    def id_range(self, first_id: int, last_id: int) -> list[LogRecord]:
        """Return the records with ``first_id <= id <= last_id``, ascending."""

    def records(self, ids: Sequence[int]) -> list[LogRecord]:
        """Return the records with these ids in the order given; ids that are gone are left out."""

    def search(
        self, query: Node | None, *, order: Order = "newest", limit: int | None = None, after: Position | None = None
    ) -> Iterator[LogRecord]:
        """Yield matching records in event-time order, streamed; ``after`` continues beyond a position (exclusive)."""

    def find_ids(
        self, query: Node | None, *, by: Literal["time", "arrival"], newest: Position | None = None
    ) -> Iterator[FoundIds]:
        """Yield ids of matching records, newest first by event time (Search) or by arrival (Live).

        They come in windows of about 100 ms at most, so that a caller can show progress and stop. ``newest``: start
        below it (exclusive), in the order asked for.
        """

    def follow(self, query: Node | None, *, after_id: int, limit: int) -> Followed:
        """Return at most ``limit`` matching records with ``id > after_id`` in arrival order."""

    def neighbours(self, record_id: int, before: int, after: int) -> list[LogRecord]:
        """Return the records around one in its own source by offset, itself included."""

    def counts_over_time(self, query: Node | None, *, since_ns: int, until_ns: int, step_ns: int) -> list[TimeBucket]:
        """Return one bucket per step, empty ones included.

        Steps that are multiples of a minute come from the minute counts when the query filters only on service, level
        and time.
        """

    def counts_by(
        self, keys: Sequence[str], query: Node | None = None, *, origin_ns: int = 0, step_ns: int | None = None
    ) -> dict[tuple[FieldValue, ...], int]:
        """Count matching records per combination of ``level``, ``service``, ``logger`` or dotted field names.

        With ``step_ns`` a group begins with the time at which its step does, counted from ``origin_ns``; what is before
        that is left out.
        """

    def survey(
        self,
        query: Node | None,
        *,
        keys: Sequence[str] = ("level", "service", "logger"),
        since_ns: int | None = None,
        until_ns: int | None = None,
        step_ns: int | None = None,
        values: int = 10,
    ) -> Iterator[Survey]:
        """Yield what is known of the hits: their number, over time, and the ``values`` most frequent of each key.

        ``keys``: ``level``, ``service``, ``logger`` or dotted field names, each counted by itself. ``since_ns``,
        ``until_ns``: limits beside those of the query. With ``step_ns`` the hits are counted over
        ``[since_ns, until_ns)``, both of which it needs.
        """

    def patterns(self, query: Node | None, *, columns: int = 30, most: int = 500) -> Iterator[PatternReport]:
        """Yield the ``most`` frequent kinds of messages among the hits, their trend in ``columns`` steps."""

    def field_names(self, query: Node | None = None, *, sample: int = 1000) -> list[tuple[str, int]]:
        """Return the dotted names of fields among the newest ``sample`` hits with how many have them, usual first."""

    def around(self, record_id: int, before: int, after: int, *, query: Node | None = None) -> list[LogRecord]:
        """Return the records next to one in event time, of whatever source, itself included, oldest first.

        ``query``: only neighbours that match.
        """

    def time_bounds(self) -> tuple[int, int] | None:
        """Return the oldest and the newest event time in nanoseconds, ``None`` for an empty store."""

    def services(self) -> list[str]:
        """Return the names of all services that have records, sorted."""

    def sources(self) -> list[SourceState]:
        """Return every source, most recently fed first."""

    def gaps(self, limit: int = 100) -> list[Gap]:
        """Return the newest gaps first."""

    def store_info(self) -> StoreInfo:
        """Return size and shape of the store."""
