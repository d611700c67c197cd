"""The services' own SQLite databases as sources: which tables there are, and how far each is stored.

What a service logs into a file and into its database as well is stored once, from the file: a row is left out if a file
of the same service holds the same event. So a database is read after the service's files, and rows are given a moment
for their line to arrive.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loglama_core.collector.new_source import new_source
from loglama_core.errors import SourceError
from loglama_core.model import SourceCondition, SourceKind, SourceState
from loglama_core.sources.batch_reader import SourceRewrittenError
from loglama_core.sources.log_database import DatabaseBusyError, LogDatabase, LogTable
from loglama_core.sources.table_reader import TableReader, marker
from loglama_core.sources.zone import zone_named
from loglama_core.store.schema import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from loglama_core.collector.discovery import Candidate
    from loglama_core.model import Batch
    from loglama_core.store.writer import RecordWriter

SETTLE_S = 0.5
"""How long a row of a service that logs into files too waits, so that its line in the file is stored first."""
SCAN_BUDGET_S = 0.25
"""Time one scan spends on databases: a large one is read over several, and files keep flowing."""
_SHORT_WAIT_S = 0.05
_LONG_WAIT_S = 2.0
_ALL_KNOWN = 1 << 62

Signature = tuple[tuple[int, int] | None, ...]


@dataclass(slots=True)
class _Look:
    """What was seen of a database: the last key of each log table. ``done``: how the file looked when all was read."""

    signature: Signature = ()
    seen_at: float = 0.0
    last_keys: dict[LogTable, int] = field(default_factory=dict)
    done: Signature = ()


class DatabaseStreams:
    """All log tables of all databases; iterating yields the sources that are there.

    ``look`` is called before a scan reads files, ``read`` after it. ``on_problem(path, message)`` hears of databases
    that cannot be read, ``on_stored(source, records, bytes)`` of each committed batch. ``as_they_stand``: a database
    whose killed writer left a journal is read without it; ``notes`` (path -> what to know) says so.
    """

    def __init__(
        self,
        writer: RecordWriter,
        *,
        max_message: int,
        on_problem: Callable[[str, str], None],
        on_stored: Callable[[SourceState, int, int], None],
        as_they_stand: bool = False,
    ) -> None:
        self._writer = writer
        self._max_message = max_message
        self._on_problem = on_problem
        self._on_stored = on_stored
        self._as_they_stand = as_they_stand
        self.notes: dict[str, str] = {}
        self._looks: dict[tuple[int, int], _Look] = {}
        self._candidates: list[Candidate] = []
        self._sources: list[SourceState] = []
        self._load()

    def __iter__(self) -> Iterator[SourceState]:
        there = {(candidate.device, candidate.inode) for candidate in self._candidates}
        return (
            source
            for source in self._sources
            if source.kind == SourceKind.SQLITE
            and source.state == SourceCondition.ACTIVE
            and (source.device, source.inode) in there
        )

    def look(self, candidates: list[Candidate], *, final: bool) -> None:
        """Note which rows there are now; those of later are for a later scan."""
        self._candidates = candidates
        for candidate in candidates:
            look = self._looks.setdefault((candidate.device, candidate.inode), _Look())
            signature = _signature(candidate.path)
            if signature == look.done or (look.last_keys and not final):
                continue
            look.signature, look.seen_at = signature, time.monotonic()
            look.last_keys = {}
            try:
                with self._open(candidate, final=final) as database:
                    look.last_keys = {table: database.last_key(table) or 0 for table in database.tables()}
            except SourceError as error:
                self._note(candidate, error, final=final)

    def read(self, waiting: Collection[str], *, final: bool) -> tuple[int, int, bool]:
        """Store the rows seen; returns records, bytes, and whether there are more to read at once.

        ``waiting``: services whose files are not read to their end yet: their databases wait.
        """
        deadline = time.monotonic() + SCAN_BUDGET_S
        records = size = 0
        for candidate in self._candidates:
            look = self._looks[candidate.device, candidate.inode]
            if not look.last_keys or candidate.service in waiting:
                continue
            twins = self._twins(candidate)
            if twins and not final and time.monotonic() - look.seen_at < SETTLE_S:
                continue
            try:
                with self._open(candidate, final=final) as database:
                    for table, upto in look.last_keys.items():
                        reading = _TableReading(self._reader(candidate), database, table, candidate)
                        added = self._read_table(reading, upto, twins, deadline)
                        records, size = records + added[0], size + added[1]
            except SourceError as error:
                self._note(candidate, error, final=final)
                continue
            if time.monotonic() >= deadline:
                return records, size, True
            look.done, look.last_keys = look.signature, {}
        return records, size, False

    def _read_table(self, reading: _TableReading, upto: int, twins: list[int], deadline: float) -> tuple[int, int]:
        source = self._source_of(reading)
        records = size = 0
        while time.monotonic() < deadline:
            try:
                batch = reading.next(source, upto)
            except SourceRewrittenError:
                self._change(source, state=SourceCondition.FINISHED)
                source = self._source_of(reading)
                continue
            if batch.end == source.offset:  # what was seen has been deleted since
                break
            self._leave_out_repeated(source, batch, twins)
            if not self._writer.commit(source, batch):
                self._load()
                source = self._source_of(reading)
                continue
            stored = sum(len(row[4]) + len(row[5] or "") for row in batch.rows)
            records, size = records + len(batch.rows), size + stored
            self._on_stored(source, len(batch.rows), stored)
        return records, size

    def _leave_out_repeated(self, source: SourceState, batch: Batch, twins: list[int]) -> None:
        """Take out the rows that a file of the service holds, or that were stored before their keys were given anew."""
        earlier = [other.id for other in self._earlier(source) if other.offset > batch.start]
        in_file = self._writer.repeated(batch.rows, twins, same_offset=False)
        before = self._writer.repeated(batch.rows, earlier, same_offset=True)
        batch.rows = [row for row, *repeated in zip(batch.rows, in_file, before, strict=True) if not any(repeated)]

    def _twins(self, candidate: Candidate) -> list[int]:
        """Return the ids of the file sources of the database's service."""
        return [
            source.id
            for source in self._writer.sources()
            if source.kind != SourceKind.SQLITE and source.service == candidate.service
        ]

    def _earlier(self, source: SourceState) -> list[SourceState]:
        return [
            other
            for other in self._sources
            if other.path == source.path and other.part == source.part and other.id != source.id
        ]

    def _source_of(self, reading: _TableReading) -> SourceState:
        """Return the source of a table: the one its file has, the one of the file it replaced, or a new one."""
        candidate, table = reading.candidate, reading.table
        gone = None
        for source in self._sources:
            if source.state != SourceCondition.ACTIVE or source.part != table.name:
                continue
            if (source.device, source.inode) == (candidate.device, candidate.inode):
                if source.path != candidate.path:
                    self._change(source, path=candidate.path)
                return source
            if source.path == candidate.path and source.kind == SourceKind.SQLITE:
                gone = source
        if gone is not None:
            if reading.holds(gone) and self._change(gone, device=candidate.device, inode=candidate.inode):
                return gone
            self._change(gone, state=SourceCondition.FINISHED)
        added = self._writer.add_source(
            new_source(
                candidate.path,
                SourceKind.SQLITE,
                candidate.service,
                device=candidate.device,
                inode=candidate.inode,
                lineage=f"{candidate.path}#{table.name}",
                part=table.name,
            ),
            known_upto=_ALL_KNOWN,
        )
        if added is None:
            raise AssertionError
        self._sources.append(added)
        return added

    def _change(self, source: SourceState, **changes: object) -> bool:
        if self._writer.change_source(source, **changes):
            return True
        self._load()
        return False

    def _load(self) -> None:
        self._sources = [source for source in self._writer.sources() if source.kind == SourceKind.SQLITE]

    def _open(self, candidate: Candidate, *, final: bool) -> LogDatabase:
        wait_s = _LONG_WAIT_S if final else _SHORT_WAIT_S
        database = LogDatabase.open(candidate.path, wait_s=wait_s, as_it_stands=self._as_they_stand)
        if database.is_immutable and self._as_they_stand:
            self.notes[candidate.path] = "read as it stands, without the journal its writer left"
        try:
            _check(database, candidate)
        except BaseException:
            database.close()
            raise
        return database

    def _reader(self, candidate: Candidate) -> TableReader:
        return TableReader(zone=zone_named(candidate.timezone), max_message=self._max_message)

    def _note(self, candidate: Candidate, error: SourceError, *, final: bool) -> None:
        if final or not isinstance(error, DatabaseBusyError):
            self._on_problem(candidate.path, f"{error.message}; {error.hint}")


@dataclass(slots=True, frozen=True)
class _TableReading:
    """One table of an open database, and what reads it."""

    reader: TableReader
    database: LogDatabase
    table: LogTable
    candidate: Candidate

    def next(self, source: SourceState, upto: int) -> Batch:
        return self.reader.read(self.database, self.table, source, upto=upto, now_ns=self.candidate.modified_ns)

    def holds(self, source: SourceState) -> bool:
        """Tell whether the row at the source's offset is there, as it was stored."""
        row = self.database.row(self.table, source.offset)
        return row is not None and marker(self.table, row) == source.tail


def _check(database: LogDatabase, candidate: Candidate) -> None:
    """Refuse what is not the file that was looked at, or is no service's database."""
    if _file_of(candidate.path) != (candidate.device, candidate.inode):
        msg = f"{candidate.path} is another file now"
        raise DatabaseBusyError(msg, "the next scan sorts it out")
    if database.application_id() == APPLICATION_ID:
        msg = f"{candidate.path} is a LogLama store, which is never a source"
        raise SourceError(msg, "leave it out of the service's logs; look at it with --db")


def _signature(path: str) -> Signature:
    """Return what changes with every commit, whichever journal the writer keeps."""
    return tuple(_size_and_time(path + suffix) for suffix in ("", "-wal", "-journal"))


def _size_and_time(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _file_of(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
