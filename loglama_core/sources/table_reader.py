"""From the rows of a service's log table to a batch of records, with the key that the batch leads to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.formats.decoding import decode_line
from loglama_core.formats.detection import JSON
from loglama_core.formats.json_keys import plan_keys
from loglama_core.model import Batch, RecordFlag
from loglama_core.sources.batch_reader import SourceRewrittenError

if TYPE_CHECKING:
    from datetime import tzinfo

    from loglama_core.model import RecordRow, SourceState
    from loglama_core.sources.log_database import LogDatabase, LogRow, LogTable, Value

_OBJECT_COLUMNS = ("context", "extra", "fields", "attributes", "kwargs")
"""Columns in which loggers keep a JSON object of fields."""
_TRACE_COLUMNS = {"exception_info": "exception", "exc_text": "exception"}
_MARKER_BYTES = 16


class TableReader:
    """Reads one table, batch by batch: each row becomes the record that a JSON line of its columns would be.

    ``zone``: for stamps that name none; ``None`` is the machine's. ``max_message``: characters kept in a record's
    message. A row is read once: an UPDATE of it later is not followed.
    """

    def __init__(self, *, zone: tzinfo | None, max_message: int) -> None:
        self._zone = zone
        self._max_message = max_message

    def read(self, database: LogDatabase, table: LogTable, source: SourceState, *, upto: int, now_ns: int) -> Batch:
        """Return the next rows after the source's offset, a key, and up to ``upto``; ``now_ns``: for rows without time.

        Raises ``SourceRewrittenError`` if the row at the offset is not the one that was stored: the table was emptied
        and its keys given anew. ``SourceError`` as the database.
        """
        self._check_marker(database, table, source)
        rows = database.rows(table, after=source.offset, upto=upto)
        assembler = RecordAssembler(
            service=source.service,
            format_name=JSON,
            zone=self._zone,
            max_message=self._max_message,
            fallback_time_ns=now_ns,
            previous_time_ns=source.record_time_ns,
        )
        records: list[RecordRow] = []
        for row in rows:
            line, flags = line_of(table, row)
            (record,) = assembler.feed(line, row.key) or assembler.flush()
            records.append((*record[:7], record[7] | flags, record[8]))
        end = rows[-1].key if rows else source.offset
        tail = marker(table, rows[-1]) if rows else source.tail
        return Batch(records, source.offset, end, b"", tail, size=upto, format=JSON, more=bool(rows) and end < upto)

    @staticmethod
    def _check_marker(database: LogDatabase, table: LogTable, source: SourceState) -> None:
        if not source.offset:
            return
        row = database.row(table, source.offset)
        if row is not None:
            is_same = marker(table, row) == source.tail
        else:  # deleted since: of old rows that is housekeeping, unless there are new ones with smaller keys
            last = database.last_key(table)
            is_same = last is None or last > source.offset
        if not is_same:
            msg = f"the keys of {table.name} in {source.path} were given anew"
            raise SourceRewrittenError(msg, "it is read from the beginning; what is stored already is not stored twice")


def marker(table: LogTable, row: LogRow) -> bytes:
    """Return what tells a row from another that has the same key: its time and message, hashed."""
    told = [row.key, *(row.values[table.columns.index(column)] for column in (table.time, table.message))]
    return hashlib.blake2b(repr(told).encode(), digest_size=_MARKER_BYTES).digest()


def line_of(table: LogTable, row: LogRow) -> tuple[bytes, int]:
    """Return a row as a line of JSON, and the flags it earned.

    Fields that a column keeps as a JSON object stand beside the others, each once. A message that is itself the JSON of
    a record takes the place of the columns that say the same.
    """
    flags = RecordFlag.SHORTENED if row.sizes else 0
    columns: dict[str, Any] = {}
    for name, value in zip(table.columns, row.values, strict=True):
        plain, replaced = _plain(value)
        flags |= replaced
        if plain not in {None, ""}:
            columns[_TRACE_COLUMNS.get(name, name)] = plain
    if table.time in columns and not plan_keys((table.time,)).time:
        columns["timestamp"] = columns.pop(table.time)
    columns.setdefault(table.message, "")
    nested: dict[str, Any] = {}
    for name in _OBJECT_COLUMNS:
        inner = _object(columns.get(name))
        if inner is not None:
            del columns[name]
            nested |= inner
            if isinstance(own := inner.get("context"), dict):  # the original's handler writes each field twice
                del nested["context"]
                nested = own | nested
    _merge(columns, nested, table.message)
    if row.sizes:
        columns["original_length"] = sum(row.sizes.values())
    return orjson.dumps(columns) + b"\n", flags


def _merge(columns: dict[str, Any], nested: dict[str, Any], message: str) -> None:
    whole = _object(columns[message])
    if whole is not None and (plan := plan_keys(tuple(whole))).evident:
        said = plan_keys(tuple(columns))
        for ours, theirs in ((said.time, plan.time), (said.level, plan.level), (said.logger, plan.logger)):
            for name in ours if theirs else ():
                del columns[name]
        columns.pop(message, None)
        columns |= whole
    clashing = {name: value for name, value in nested.items() if columns.get(name, value) != value}
    columns |= {name: value for name, value in nested.items() if name not in clashing}
    if clashing:
        columns["context"] = clashing


def _plain(value: Value) -> tuple[str | int | float | None, int]:
    return decode_line(value) if isinstance(value, bytes) else (value, 0)


def _object(value: object) -> dict[str, Any] | None:
    if not isinstance(value, str) or not value.startswith("{"):
        return None
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
