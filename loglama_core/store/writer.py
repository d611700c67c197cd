"""The only place that writes records: a batch of rows and its source's new offset are one transaction."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from loglama_core.errors import StoreReplacedError
from loglama_core.store.collector_metrics import insert_metrics
from loglama_core.store.database import open_for_writing
from loglama_core.store.identity import file_identity
from loglama_core.store.intake import REDACTED
from loglama_core.store.record_insertion import RecordInsertion
from loglama_core.store.repeated_rows import repeated_rows, stored_lines
from loglama_core.store.source_rows import SOURCE_COLUMNS, source_from_row
from loglama_core.store.sqlite_errors import translated_errors
from loglama_core.store.withheld import add_withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from loglama_core.model import Batch, RecordRow, SourceState
    from loglama_core.store.collector_metrics import CollectorMetrics
    from loglama_core.store.intake import Intake
    from loglama_core.store.repeated_rows import StoredLine

# The compare-and-set: the offset and the file must still be what the batch was read from.
_ADVANCE_SOURCE = (
    "UPDATE sources SET offset = :end, head = :head, tail = :tail, size = :size, format = :format, error = NULL,"
    " record_id = :record_id, record_offset = :record_offset, record_time_ns = :record_time_ns,"
    " records = records + :added, last_seen_ns = :now, last_record_ns = coalesce(:last_record_ns, last_record_ns)"
    " WHERE id = :id AND offset = :start AND device = :device AND inode = :inode AND state <> 'finished'"
)
# An id is never given twice, not even after the newest record was pruned: bookmarks and the search index hold ids.
_NEXT_ID = "SELECT max(coalesce((SELECT max(id) FROM records), 0), highest_pruned_id) + 1 FROM store_state"


class RecordWriter:
    """Write access to one store, for one thread.

    Every method is one ``BEGIN IMMEDIATE`` transaction and raises the ``StoreError`` tree: after a ``StoreBusyError``
    or ``StoreFullError`` nothing was changed and the call can be repeated as it was. ``intake``: what of a batch is
    stored; ``None``: all of it, as it is.
    """

    def __init__(self, path: Path, intake: Intake | None = None) -> None:
        self._path = path
        self.intake = intake
        self.on_commit: Callable[[float], None] = _heard_by_nobody
        """Called with the seconds that each batch took to store."""
        self._connection = open_for_writing(path)
        self._file = file_identity(path)
        self._records = RecordInsertion(self._connection)

    def close(self) -> None:
        """Release the store; SQLite folds the write-ahead log back into the file when this was the last connection."""
        self._connection.close()

    def sources(self) -> list[SourceState]:
        """Return every source ever seen, oldest first; a finished one may still be recognised in a rotated copy."""
        with translated_errors(self._path):
            rows = self._connection.execute(f"SELECT {SOURCE_COLUMNS} FROM sources ORDER BY id").fetchall()
        return [source_from_row(row) for row in rows]

    def source(self, source_id: int) -> SourceState | None:
        """Return one source as it is stored now."""
        with translated_errors(self._path):
            row = self._connection.execute(
                f"SELECT {SOURCE_COLUMNS} FROM sources WHERE id = ?",
                (source_id,),
            ).fetchone()
        return None if row is None else source_from_row(row)

    def add_source(
        self, source: SourceState, *, known_upto: int, others: Iterable[SourceState] = ()
    ) -> SourceState | None:
        """Store a new source and return it with its id.

        If another collector has just stored an active source for the same file, that one is returned instead. Returns
        ``None``, with nothing changed, if there are sources with ids above ``known_upto``, or if one of ``others``, of
        which the file was found to be no copy, is no longer as it was then: the file may be a copy of one of them.
        """
        with self._transaction():
            row = self._connection.execute(
                f"SELECT {SOURCE_COLUMNS} FROM sources"
                " WHERE device = ? AND inode = ? AND part = ? AND state = 'active'",
                (source.device, source.inode, source.part),
            ).fetchone()
            if row is not None:
                return source_from_row(row)
            if self._connection.execute("SELECT coalesce(max(id), 0) FROM sources").fetchone()[0] > known_upto:
                return None
            if not all(self._is_as_stored(other) for other in others):
                return None
            values = {name: getattr(source, name) for name in SOURCE_COLUMNS.split(", ") if name != "id"}
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            cursor = self._connection.execute(f"INSERT INTO sources ({names}) VALUES ({marks})", values)
            source.id = cursor.lastrowid or 0
        return source

    def change_source(self, source: SourceState, **changes: Any) -> bool:
        """Set columns of a source if it still is in the state and on the file that ``source`` says.

        Apply them to ``source`` too.

        Returns False, with nothing changed, when another collector was quicker.
        """
        assignments = ", ".join(f"{name} = :new_{name}" for name in changes)
        values = {f"new_{name}": value for name, value in changes.items()}
        with self._transaction():
            cursor = self._connection.execute(
                f"UPDATE OR IGNORE sources SET {assignments}"
                " WHERE id = :id AND state = :state AND device = :device AND inode = :inode",
                {**values, "id": source.id, "state": source.state, "device": source.device, "inode": source.inode},
            )
            if cursor.rowcount == 0:
                return False
        for name, value in changes.items():
            setattr(source, name, value)
        return True

    def revive_source(self, source: SourceState, **changes: Any) -> bool:
        """Change a source as ``change_source`` does, and take back the gaps past its offset: the bytes turned up."""
        if not self.change_source(source, **changes):
            return False
        with self._transaction():
            self._connection.execute("DELETE FROM gaps WHERE source_id = ? AND start >= ?", (source.id, source.offset))
            self._connection.execute(
                "UPDATE sources SET gap_bytes = (SELECT coalesce(sum(end - start), 0) FROM gaps WHERE source_id = ?1)"
                " WHERE id = ?1",
                (source.id,),
            )
            (source.gap_bytes,) = self._connection.execute(
                "SELECT gap_bytes FROM sources WHERE id = ?", (source.id,)
            ).fetchone()
        return True

    def add_gap(self, source: SourceState, start: int, end: int, reason: str) -> None:
        """Record that bytes ``[start, end)`` of a source were destroyed before they could be read."""
        with self._transaction():
            self._insert_gap(source, start, end, reason)
        source.gap_bytes += end - start

    def commit(self, source: SourceState, batch: Batch) -> bool:
        """Store a batch and move its source's offset, all or nothing; ``source`` is brought up to date.

        Returns False, with nothing changed, when the source's offset or file is no longer the one the batch was read
        from: another collector was quicker. After a commit ``batch.rows`` are those that were stored.
        """
        began = time.perf_counter()
        self._check_still_ours()
        now = time.time_ns()
        given, withheld = batch, None
        if self.intake is not None:
            batch, withheld = self.intake.admit(batch)
        try:
            with self._transaction():
                first_id = self._connection.execute(_NEXT_ID).fetchone()[0]
                changes = _source_changes(source, batch, first_id, now)
                keys = {"id": source.id, "start": batch.start, "device": source.device, "inode": source.inode}
                if self._connection.execute(_ADVANCE_SOURCE, {**changes, **keys}).rowcount == 0:
                    raise _OffsetMovedError  # noqa: TRY301 - the transaction rolls back on it
                new_rows: Sequence[RecordRow] = batch.rows
                if batch.replaces_last and source.record_id is not None:
                    was_redacted = self._records.replace(source.record_id, source.id, batch.rows[0])
                    if was_redacted and withheld:
                        withheld[REDACTED, batch.rows[0][2]] -= 1  # counted when it was stored first
                    new_rows = batch.rows[1:]
                if new_rows:
                    self._records.insert(first_id, source.id, new_rows)
                if batch.gap_reason:
                    self._insert_gap(source, batch.start, batch.end, batch.gap_reason)
                self._records.add_counts()
                if withheld:
                    services = {name: self._records.service_id(name) for _, name in withheld}
                    add_withheld(
                        self._connection,
                        [(reason, services[name], count) for (reason, name), count in withheld.items() if count],
                    )
        except _OffsetMovedError:
            return False
        # In memory the source keeps the bytes themselves: a hash of them could not be extended.
        changes |= {"head": given.head, "tail": given.tail}
        given.rows = batch.rows
        added = changes.pop("added")
        del changes["now"]
        changes["offset"] = changes.pop("end")
        if changes["last_record_ns"] is None:
            del changes["last_record_ns"]
        for name, value in changes.items():
            setattr(source, name, value)
        if batch.gap_reason:
            source.gap_bytes += batch.end - batch.start
        source.records += added
        source.last_seen_ns = now
        source.error = None
        self.on_commit(time.perf_counter() - began)
        return True

    def repeated(self, rows: Sequence[RecordRow], source_ids: Sequence[int], *, same_offset: bool) -> list[bool]:
        """Tell of each row whether records of the sources say the same.

        ``same_offset``: they are the row itself, stored from an earlier source. Else they are the same event, logged
        twice: of the same millisecond, or second if only that was logged, with the same severity and message.
        """
        with translated_errors(self._path):
            return repeated_rows(self._connection, rows, source_ids, same_offset=same_offset)

    def lines_of(self, source_id: int) -> Iterator[StoredLine]:
        """Yield what is stored of a source, line by line."""
        with translated_errors(self._path):
            yield from stored_lines(self._connection, source_id)

    def start_run(self, kind: str, interval_s: int | None) -> int:
        """Note that a collector started; returns the run's id. Runs that ended more than a week ago are forgotten."""
        now = time.time_ns()
        with self._transaction():
            self._connection.execute(
                "DELETE FROM collector_runs WHERE updated_ns < ? OR kind = 'pass' AND updated_ns < ?",
                (now - 7 * 86_400_000_000_000, now - 3_600_000_000_000),
            )
            cursor = self._connection.execute(
                "INSERT INTO collector_runs (kind, pid, started_ns, updated_ns, interval_s) VALUES (?, ?, ?, ?, ?)",
                (kind, os.getpid(), now, now, interval_s),
            )
            return cursor.lastrowid or 0

    def update_run(self, run_id: int, **changes: Any) -> None:
        """Set columns of a collector run, such as ``records``, ``bytes``, ``records_per_s`` or ``ended_ns``."""
        assignments = ", ".join(f"{name} = :{name}" for name in changes)
        with self._transaction():
            self._connection.execute(
                f"UPDATE collector_runs SET {assignments}, updated_ns = :now WHERE id = :id",
                {**changes, "id": run_id, "now": time.time_ns()},
            )

    def note_metrics(self, metrics: CollectorMetrics) -> None:
        """Keep what the collector measured of itself, and forget what it measured more than a week ago."""
        with self._transaction():
            insert_metrics(self._connection, metrics)

    def _insert_gap(self, source: SourceState, start: int, end: int, reason: str) -> None:
        self._connection.execute(
            "INSERT INTO gaps (source_id, start, end, time_ns, reason) VALUES (?, ?, ?, ?, ?)",
            (source.id, start, end, time.time_ns(), reason),
        )
        self._connection.execute("UPDATE sources SET gap_bytes = gap_bytes + ? WHERE id = ?", (end - start, source.id))

    def _is_as_stored(self, source: SourceState) -> bool:
        row = self._connection.execute("SELECT offset, state FROM sources WHERE id = ?", (source.id,)).fetchone()
        return bool(row == (source.offset, source.state))

    def _check_still_ours(self) -> None:
        """Refuse to write into a file that is no longer at the store's path: nobody would ever read it."""
        if file_identity(self._path) != self._file:
            msg = f"the store {self._path} was replaced or deleted while it was open"
            raise StoreReplacedError(msg, "nothing was lost: the collector opens the file that is there now")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run the block between ``BEGIN IMMEDIATE`` and ``COMMIT``; any exception rolls it back."""
        with translated_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._records.roll_back()
                if self._connection.in_transaction:  # SQLite itself rolls back on a full disk
                    self._connection.execute("ROLLBACK")
                raise


class _OffsetMovedError(Exception):
    """Another collector has moved the offset; rolls the transaction back and never leaves this module."""


def _heard_by_nobody(_seconds: float) -> None:
    """Ignore how long a commit took."""


def _source_changes(source: SourceState, batch: Batch, first_id: int, now: int) -> dict[str, Any]:
    """Return the values of a source's row after ``batch`` was stored with ids from ``first_id`` on."""
    added = len(batch.rows) - (1 if batch.replaces_last else 0)
    last = batch.rows[-1] if batch.rows else None
    last_id = first_id + added - 1 if added else source.record_id
    is_open = batch.open_record and last is not None
    return {
        "end": batch.end,
        "head": batch.head,
        "tail": batch.tail,
        "size": max(batch.size, batch.end),
        "format": batch.format,
        "record_id": last_id if is_open else None,
        "record_offset": last[6] if is_open and last is not None else batch.end,
        "record_time_ns": source.record_time_ns if last is None else last[0],
        "added": added,
        "now": now,
        "last_record_ns": None if last is None else last[0],
    }
