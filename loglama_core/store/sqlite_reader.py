"""``RecordReader`` on one SQLite file: the embedded implementation."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, Self

import orjson

from loglama_core.errors import StoreError, UsageError
from loglama_core.query.field_values import leaf_names
from loglama_core.store import counting
from loglama_core.store.find_ids import arrival_condition, ids_by_arrival, ids_by_time
from loglama_core.store.name_tables import NameTables
from loglama_core.store.pattern_survey import PatternSurvey
from loglama_core.store.plan import plan_query
from loglama_core.store.read_connection import ReadConnection
from loglama_core.store.record_reader import (
    FieldValue,
    Followed,
    FoundIds,
    Gap,
    Order,
    PatternReport,
    Position,
    StoreInfo,
    Survey,
    TimeBucket,
)
from loglama_core.store.record_rows import RECORD_COLUMNS, records_from_rows
from loglama_core.store.source_rows import SOURCE_COLUMNS, source_from_row
from loglama_core.store.survey import HitSurvey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loglama_core.model import LogRecord, SourceState
    from loglama_core.query.tree import Node

_PAGE = 256
"""Records fetched at a time by ``search``: about 1 ms."""

_SCANNED_IDS = 100_000
"""Ids looked at per statement in arrival order, so that each reads the store for some 20 ms only."""


class SqliteReader:
    """Read access to the store at ``path``, beside any number of writers.

    It may pass from thread to thread, used by one at a time; ``interrupt`` and ``close`` may come from another. Raises
    ``StoreError`` if the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._connection = ReadConnection(path)
        self._names = NameTables(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store. Calling it twice is allowed."""
        self._connection.close()

    def interrupt(self) -> None:
        """Stop the call or iteration that another thread is in; it raises ``QueryCancelledError`` within 50 ms."""
        self._connection.interrupt()

    def change_token(self) -> int:
        """Return a number that changes whenever another connection has committed."""
        return self._number("PRAGMA data_version")

    def newest_id(self) -> int:
        """Return the highest id in arrival order, 0 for an empty store."""
        return self._number("SELECT max(id) FROM records")

    def oldest_id(self) -> int:
        """Return the lowest id in arrival order, 0 for an empty store."""
        return self._number("SELECT min(id) FROM records")

    def record_count(self) -> int:
        """Return the number of records, from the counts by hour."""
        return self._number("SELECT sum(n) FROM hour_counts")

    def get(self, record_id: int) -> LogRecord | None:
        """Return one record."""
        found = self.id_range(record_id, record_id)
        return found[0] if found else None

    def full_text(self, record_id: int) -> str | None:
        """Return the whole original text of a shortened message, else the message; ``None``: no such record."""
        with self._connection.call():
            rows = self._connection.rows(
                "SELECT message, body FROM records LEFT JOIN long_texts ON record_id = id WHERE id = ?", (record_id,)
            )
        if not rows:
            return None
        message, body = rows[0]
        try:
            return message if body is None else zlib.decompress(body).decode()
        except (zlib.error, UnicodeDecodeError) as error:
            raise StoreError(
                f"the whole text of record {record_id} is damaged ({error})", "run `loglama check`"
            ) from error

    def id_range(self, first_id: int, last_id: int) -> list[LogRecord]:
        """Return the records with ``first_id <= id <= last_id``, ascending."""
        return self._records("WHERE id BETWEEN ? AND ? ORDER BY id", (first_id, last_id))

    def records(self, ids: Sequence[int]) -> list[LogRecord]:
        """Return the records with these ids in the order given; ids that are gone are left out."""
        wanted = orjson.dumps(list(ids)).decode()
        found = {
            record.id: record for record in self._records("WHERE id IN (SELECT value FROM json_each(?))", (wanted,))
        }
        return [found[record_id] for record_id in ids if record_id in found]

    def search(
        self, query: Node | None, *, order: Order = "newest", limit: int | None = None, after: Position | None = None
    ) -> Iterator[LogRecord]:
        """Yield matching records in event-time order, streamed; ``after`` continues beyond a position (exclusive)."""
        with self._connection.call():
            newest_first = order == "newest"
            ids = self._ids_in_time_order(query, newest_first=newest_first, after=after)
            wanted = islice(ids, limit)
            while page := list(islice(wanted, _PAGE)):
                yield from self.records(page)

    def find_ids(
        self, query: Node | None, *, by: Literal["time", "arrival"], newest: Position | None = None
    ) -> Iterator[FoundIds]:
        """Yield ids of matching records, newest first, in portions of at most about 100 ms; the last is ``done``."""
        with self._connection.call():
            plan = plan_query(query, self._connection, self._names)
            if by == "time":
                yield from ids_by_time(self._connection, plan, after=newest)
            else:
                yield from ids_by_arrival(self._connection, plan, below_id=None if newest is None else newest.id)

    def follow(self, query: Node | None, *, after_id: int, limit: int) -> Followed:
        """Return at most ``limit`` matching records with ``id > after_id`` in arrival order."""
        with self._connection.call():
            newest = self._number("SELECT max(id) FROM records")
            condition, parameters = arrival_condition(plan_query(query, self._connection, self._names))
            sql = f"NOT INDEXED WHERE id BETWEEN ? AND ? AND {condition} ORDER BY id LIMIT ?"
            found: list[LogRecord] = []
            first = after_id + 1
            while first <= newest and len(found) < limit:
                last = min(newest, first + _SCANNED_IDS - 1)
                found += self._records(sql, (first, last, *parameters, limit - len(found)))
                first = last + 1
            full = len(found) >= limit and found
            return Followed(found, found[-1].id if full else max(after_id, first - 1))

    def neighbours(self, record_id: int, before: int, after: int) -> list[LogRecord]:
        """Return the records around one in its own source by offset, itself included."""
        with self._connection.call():
            centre = self.get(record_id)
            if centre is None:
                return []
            source_id = self._number("SELECT source_id FROM records WHERE id = ?", (record_id,))
            earlier = self._of_source(source_id, record_id - 1, -1, before)
            later = self._of_source(source_id, record_id + 1, 1, after)
            return [*reversed(earlier), centre, *later]

    def counts_over_time(self, query: Node | None, *, since_ns: int, until_ns: int, step_ns: int) -> list[TimeBucket]:
        """Return one bucket per step, empty buckets included.

        The minute counts answer when ``since_ns`` and ``step_ns`` are multiples of a minute and the query filters only
        on service, level and time; else the records in the range are read. ``UsageError`` for no step or over 100,000.
        """
        with self._connection.call():
            plan = plan_query(query, self._connection, self._names)
            return counting.counts_over_time(
                self._connection, plan, since_ns=since_ns, until_ns=until_ns, step_ns=step_ns
            )

    def counts_by(
        self, keys: Sequence[str], query: Node | None = None, *, origin_ns: int = 0, step_ns: int | None = None
    ) -> dict[tuple[FieldValue, ...], int]:
        """Count matching records per combination of ``level``, ``service``, ``logger`` or dotted field names.

        With ``step_ns`` a group begins with the time at which its step does, counted from ``origin_ns``.
        """
        with self._connection.call():
            plan = plan_query(query, self._connection, self._names)
            if step_ns is not None:
                plan = plan.within(origin_ns, None)
            return counting.counts_by(self._connection, self._names, plan, keys, origin_ns=origin_ns, step_ns=step_ns)

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
        """Yield what is known of the hits, newest first; the last report is exact."""
        buckets = None
        if step_ns is not None:
            if since_ns is None or until_ns is None:
                raise UsageError("counts over time need a begin and an end", "give both")
            counting.step_count(since_ns, until_ns, step_ns)
            buckets = since_ns, until_ns, step_ns
        with self._connection.call():
            plan = plan_query(query, self._connection, self._names).within(since_ns, until_ns)
            survey = HitSurvey(self._connection, self._names, plan, keys=keys, values=values, buckets=buckets)
            yield from survey.reports()

    def patterns(self, query: Node | None, *, columns: int = 30, most: int = 500) -> Iterator[PatternReport]:
        """Yield the ``most`` frequent kinds of messages among the hits, their trend in ``columns`` steps."""
        with self._connection.call():
            plan = plan_query(query, self._connection, self._names)
            oldest_ns, newest_ns = self.time_bounds() or (0, 0)
            since_ns = oldest_ns if plan.since_ns is None else max(oldest_ns, plan.since_ns)
            until_ns = newest_ns + 1 if plan.until_ns is None else min(newest_ns + 1, plan.until_ns)
            survey = PatternSurvey(
                self._connection, self._names, plan, span=(since_ns, max(since_ns + 1, until_ns)), columns=columns
            )
            yield from survey.reports(most)

    def field_names(self, query: Node | None = None, *, sample: int = 1000) -> list[tuple[str, int]]:
        """Return the dotted names of fields among the newest ``sample`` hits with how many have them, usual first."""
        counts = Counter(name for record in self.search(query, limit=sample) for name in leaf_names(record.fields))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def around(self, record_id: int, before: int, after: int, *, query: Node | None = None) -> list[LogRecord]:
        """Return the records next to one in event time, itself included, oldest first."""
        with self._connection.call():
            centre = self.get(record_id)
            if centre is None:
                return []
            place = Position(centre.time_ns, centre.id)
            earlier = list(self.search(query, order="newest", limit=before, after=place))
            later = self.search(query, order="oldest", limit=after, after=place)
            return [*reversed(earlier), centre, *later]

    def time_bounds(self) -> tuple[int, int] | None:
        """Return the oldest and the newest event time in nanoseconds, ``None`` for an empty store."""
        with self._connection.call():
            oldest, newest = self._connection.rows(
                "SELECT (SELECT min(time_ns) FROM records), (SELECT max(time_ns) FROM records)"
            )[0]
        return None if oldest is None else (oldest, newest)

    def services(self) -> list[str]:
        """Return the names of all services that have records, sorted."""
        with self._connection.call():
            rows = self._connection.rows(
                "SELECT name FROM services WHERE EXISTS"
                " (SELECT 1 FROM hour_counts WHERE service_id = services.id AND n > 0) ORDER BY name"
            )
        return [name for (name,) in rows]

    def sources(self) -> list[SourceState]:
        """Return every source, most recently fed first."""
        with self._connection.call():
            rows = self._connection.rows(f"SELECT {SOURCE_COLUMNS} FROM sources ORDER BY last_seen_ns DESC, id DESC")
        return [source_from_row(row) for row in rows]

    def gaps(self, limit: int = 100) -> list[Gap]:
        """Return the newest gaps first."""
        with self._connection.call():
            rows = self._connection.rows(
                "SELECT coalesce(lineage, ''), start, end, time_ns, reason FROM gaps"
                " LEFT JOIN sources ON sources.id = source_id ORDER BY gaps.id DESC LIMIT ?",
                (max(0, limit),),
            )
        return [Gap(*row) for row in rows]

    def store_info(self) -> StoreInfo:
        """Return size and shape of the store."""
        path = self._connection.path
        with self._connection.call(), self._connection.snapshot():
            size = self._number("PRAGMA page_count") * self._number("PRAGMA page_size")
            version = self._number("PRAGMA user_version")
            records = self.record_count()
            bounds = self.time_bounds() or (None, None)
        disk = os.statvfs(path)
        wal = path.with_name(path.name + "-wal")
        return StoreInfo(
            str(path),
            version,
            size,
            wal.stat().st_size if wal.exists() else 0,
            disk.f_bavail * disk.f_frsize,
            records,
            *bounds,
        )

    def _of_source(self, source_id: int, start: int, step: int, limit: int) -> list[LogRecord]:
        """Return the next ``limit`` records of a source from an id on; a source's ids grow with its offsets."""
        end = self.newest_id() if step > 0 else self.oldest_id()
        found: list[LogRecord] = []
        order = "ASC" if step > 0 else "DESC"
        sql = f"NOT INDEXED WHERE id BETWEEN ? AND ? AND source_id = ? ORDER BY id {order} LIMIT ?"
        while len(found) < limit and (end - start) * step >= 0:
            stop = min(end, start + _SCANNED_IDS - 1) if step > 0 else max(end, start - _SCANNED_IDS + 1)
            found += self._records(sql, (min(start, stop), max(start, stop), source_id, limit - len(found)))
            if step < 0 and found and found[-1].offset == 0:
                break
            start = stop + step
        return found

    def _number(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        with self._connection.call():
            return int(self._connection.value(sql, parameters) or 0)

    def _records(self, where: str, parameters: Sequence[Any]) -> list[LogRecord]:
        with self._connection.call():
            rows = self._connection.rows(f"SELECT {RECORD_COLUMNS} FROM records {where}", parameters)
            return records_from_rows(rows, self._names)

    def _ids_in_time_order(self, query: Node | None, *, newest_first: bool, after: Position | None) -> Iterator[int]:
        plan = plan_query(query, self._connection, self._names)
        for part in ids_by_time(self._connection, plan, newest_first=newest_first, after=after):
            yield from part.ids
