"""Some records of a store as a store of their own, which every command and every SQL client reads."""

from __future__ import annotations

import sqlite3
from array import array
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.store.database import open_for_reading, open_for_writing
from loglama_core.store.record_rows import RECORD_COLUMNS
from loglama_core.store.source_rows import SOURCE_COLUMNS
from loglama_core.store.sqlite_errors import translated_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader

_PAGE = 2_000


def copy_records(reader: RecordReader, query: Node | None, target: Path, on_progress: Callable[[int], None]) -> int:
    """Fill the empty file ``target`` with a store of the records that match, their ids kept; return how many.

    ``on_progress``: records done. Nothing is collected into it by itself: its sources are finished ones.
    """
    path = Path(reader.store_info().path)
    ids = array("q")
    for part in reader.find_ids(query, by="arrival"):
        on_progress(0)
        ids.extend(part.ids)
    ids.reverse()
    with (
        closing(open_for_reading(path)) as source,
        closing(open_for_writing(target)) as copy,
        translated_errors(target),
    ):
        copy.execute("BEGIN IMMEDIATE")
        for table, columns in (("services", "id, name"), ("loggers", "id, name"), ("sources", SOURCE_COLUMNS)):
            _copy_table(source, copy, table, columns)
        copy.execute("UPDATE sources SET state = 'finished', record_id = NULL")
        for start in range(0, len(ids), _PAGE):
            wanted = str(list(ids[start : start + _PAGE]))
            _copy_table(source, copy, "records", RECORD_COLUMNS, ("id", wanted))
            _copy_table(source, copy, "long_texts", "record_id, body", ("record_id", wanted))
            on_progress(min(start + _PAGE, len(ids)))
        copy.execute(
            "INSERT INTO minute_counts SELECT (time_ns - (time_ns % 60000000000 + 60000000000) % 60000000000)"
            " / 60000000000, service_id, severity, count(*) FROM records"
            " GROUP BY 1, 2, 3"
        )
        (count,) = copy.execute("SELECT count(*) FROM records").fetchone()
        copy.execute("COMMIT")
        copy.execute("PRAGMA journal_mode = DELETE")  # so that the copy is this one file
    return int(count)


def _copy_table(
    source: sqlite3.Connection,
    copy: sqlite3.Connection,
    table: str,
    columns: str,
    wanted: tuple[str, str] | None = None,
) -> None:
    """Copy the rows of a table, all or, with ``(column, JSON array)``, those whose column is in the array."""
    if wanted is None:
        rows = source.execute(f"SELECT {columns} FROM {table}")
    else:
        column, values = wanted
        condition = f"{column} IN (SELECT value FROM json_each(?))"
        rows = source.execute(f"SELECT {columns} FROM {table} WHERE {condition}", (values,))
    marks = ", ".join("?" * (columns.count(",") + 1))
    copy.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
