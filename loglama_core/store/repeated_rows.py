"""Finding again what is stored already, when neither a byte offset nor a key can tell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from loglama_core.model import RecordRow

StoredLine = tuple[int, int, int, str, int]
"""``(offset, time_ns, severity, message, flags)`` of a record."""

_MILLISECOND_NS = 1_000_000
_SECOND_NS = 1_000_000_000


def repeated_rows(
    connection: sqlite3.Connection, rows: Sequence[RecordRow], source_ids: Sequence[int], *, same_offset: bool
) -> list[bool]:
    """Tell of each row whether records of the sources say the same; of two alike rows each needs a record of its own.

    By the index on time, 10 us a row.
    """
    if not source_ids:
        return [False] * len(rows)
    marks = ", ".join("?" * len(source_ids))
    query = (
        "SELECT message FROM records WHERE (time_ns >= ? AND time_ns < ? OR time_ns = ?) AND severity = ?"
        f" AND source_id IN ({marks})" + (" AND offset = ?" if same_offset else "")
    )
    taken: Counter[tuple[int, int, str]] = Counter()
    found = []
    for time_ns, severity, _, _, message, _, offset, _, _ in rows:
        begin = time_ns - time_ns % _MILLISECOND_NS
        key = begin, severity, message
        moments = (begin, begin + _MILLISECOND_NS, time_ns - time_ns % _SECOND_NS)
        arguments = (*moments, severity, *source_ids, *((offset,) if same_offset else ()))
        alike = sum(stored == message for (stored,) in connection.execute(query, arguments))
        found.append(alike > taken[key])
        taken[key] += 1
    return found


def stored_lines(connection: sqlite3.Connection, source_id: int) -> Iterator[StoredLine]:
    """Yield the records of one source; looks at all there are, 0.2 s a million."""
    yield from connection.execute(
        "SELECT offset, time_ns, severity, message, flags FROM records WHERE source_id = ?", (source_id,)
    )
