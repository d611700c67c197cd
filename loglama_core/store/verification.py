"""Verifying a whole store: its file, its records, its counts, and whether the search index finds what is there."""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglama_core.store.block_index import BlockIndex
from loglama_core.store.database import open_for_reading
from loglama_core.store.integrity import index_problems, integrity_problems
from loglama_core.store.minute_windows import minute_windows
from loglama_core.store.query_functions import whole_text
from loglama_core.store.search_database import BLOCK_RECORDS, remove_index, search_path
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.sqlite_errors import translated_errors
from loglama_core.store.trigrams import match_expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_STEPS_BETWEEN_LOOKS = 10_000
_SAMPLED_RECORDS = 200
"""Records looked up in the index by their own text, spread over the store: about 0.3 s."""

_BAD_COUNTS = (
    "SELECT count(*) FROM (SELECT (time_ns - (time_ns % 60000000000 + 60000000000) % 60000000000) / 60000000000,"
    " service_id, severity, count(*) FROM records WHERE time_ns BETWEEN :first_ns AND :last_ns"
    " GROUP BY 1, 2, 3 EXCEPT SELECT minute, service_id, severity, n FROM minute_counts"
    " WHERE minute >= :first AND minute < :end)"
)
_STRAY_COUNTS = (
    "SELECT count(*) FROM minute_counts AS c WHERE n > 0 AND minute >= :first AND minute < :end"
    " AND NOT EXISTS (SELECT 1 FROM records"
    " WHERE time_ns >= c.minute * 60000000000 AND time_ns < (c.minute + 1) * 60000000000)"
)
_BAD_HOURS = (
    "SELECT count(*) FROM (SELECT (minute - (minute % 60 + 60) % 60) / 60, service_id, severity, sum(n)"
    " FROM minute_counts GROUP BY 1, 2, 3 EXCEPT SELECT hour, service_id, severity, n FROM hour_counts)"
)
_BAD_RECORDS = {
    "fields are no JSON": "fields IS NOT NULL AND NOT json_valid(fields)",
    "service is missing": "service_id NOT IN (SELECT id FROM services)",
    "logger is missing": "logger_id IS NOT NULL AND logger_id NOT IN (SELECT id FROM loggers)",
}

_MINUTE_CHECKS = {"minute are wrong": _BAD_COUNTS, "minute have no records": _STRAY_COUNTS}


@dataclass(slots=True, frozen=True)
class Verdict:
    """What one check found. ``status``: ``ok``, ``fail``, or ``mended`` for a search index that was made anew."""

    check: str
    status: str
    detail: str


def verify_store(
    path: Path,
    *,
    repair: bool,
    stopped: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[Verdict]:
    """Yield a verdict per check; all of the store is read.

    ``repair``: make a damaged search index anew, and bring it up to date; ``on_progress``: ids indexed of all. The
    store itself is never changed. Raises ``StoreError`` if it cannot be read at all, ``QueryCancelledError``.
    """
    problems = integrity_problems(path, stopped)
    yield _verdict("file", "SQLite read all of it", problems)
    with closing(open_for_reading(path)) as connection, translated_errors(path):
        connection.set_progress_handler(stopped, _STEPS_BETWEEN_LOOKS)
        yield _verdict("records", "every record is readable", list(_bad_records(connection)))
        yield _verdict("counts", "the counts by minute are those of the records", list(_bad_counts(connection)))
        yield _index_verdict(path, connection, stopped, repair=repair, on_progress=on_progress)


def _verdict(check: str, fine: str, problems: list[str]) -> Verdict:
    return Verdict(check, "fail" if problems else "ok", "; ".join(problems) or fine)


def _bad_records(connection: sqlite3.Connection) -> Iterator[str]:
    for what, condition in _BAD_RECORDS.items():
        count, first = connection.execute(f"SELECT count(*), min(id) FROM records WHERE {condition}").fetchone()
        if count:
            yield f"{count:,} records whose {what}, the first is {first}"
    for record_id, body in connection.execute("SELECT record_id, body FROM long_texts"):
        try:
            whole_text(body)
        except (zlib.error, UnicodeDecodeError):
            yield f"the whole text of record {record_id} is damaged"
            return


def _bad_counts(connection: sqlite3.Connection) -> Iterator[str]:
    found: Counter[str] = Counter()
    for window in minute_windows(connection):
        for what, sql in _MINUTE_CHECKS.items():
            found[what] += connection.execute(sql, window._asdict()).fetchone()[0]
    found["hour are wrong"] = connection.execute(_BAD_HOURS).fetchone()[0]
    for what, count in found.items():
        if count:
            yield f"{count:,} counts by {what}"


def _index_verdict(
    path: Path,
    connection: sqlite3.Connection,
    stopped: Callable[[], bool],
    *,
    repair: bool,
    on_progress: Callable[[int, int], None],
) -> Verdict:
    index_path = search_path(path)
    problems = _index_problems(path, connection, stopped) if index_path.exists() else []
    if problems and not repair:
        return Verdict("search index", "fail", f"{'; '.join(problems)}; searches read the records instead")
    if problems:
        remove_index(index_path)
    behind = _behind(path, connection)
    if repair and behind:
        with RecordIndexer(path) as indexer:
            done = 0
            while not stopped() and (covered := indexer.step()):
                done += covered
                on_progress(min(done, behind), behind)
        behind = _behind(path, connection)
    detail = f"{behind:,} of the newest records are not in it yet" if behind >= BLOCK_RECORDS else "complete"
    if problems:
        return Verdict("search index", "mended", f"it was made anew ({'; '.join(problems)}); {detail}")
    return Verdict("search index", "ok", detail)


def _index_problems(path: Path, connection: sqlite3.Connection, stopped: Callable[[], bool]) -> list[str]:
    """Return what is wrong with the index file, and whether records are not found by their own text."""
    problems = index_problems(search_path(path), stopped)
    if problems:
        return problems[:1]
    blocks = _blocks(path, connection)
    try:
        indexed = blocks.look()
        if indexed is None:
            return [blocks.problem] if blocks.problem else []
        for record_id, text in _sample(connection, indexed.upto):
            expression = match_expression(text)
            if expression is None:
                continue
            found = blocks.blocks(indexed, expression, -(2**63), 2**63 - 1)
            if found is None:
                return [blocks.problem or "it cannot be read"]
            if record_id // BLOCK_RECORDS not in {block.number for block in found} | {
                replaced // BLOCK_RECORDS for replaced in indexed.replaced
            }:
                return [f"record {record_id} is not found by its own text"]
    finally:
        blocks.close()
    return []


def _sample(connection: sqlite3.Connection, upto: int) -> list[tuple[int, str]]:
    """Return (id, message or fields) of records spread over what is indexed."""
    (oldest,) = connection.execute("SELECT min(id) FROM records").fetchone()
    if oldest is None or oldest > upto:
        return []
    step = max(1, (upto - oldest) // _SAMPLED_RECORDS)
    found = []
    for wanted in range(oldest, upto + 1, step):
        row = connection.execute(
            "SELECT id, message || char(10) || coalesce(fields, '') FROM records WHERE id BETWEEN ? AND ? LIMIT 1",
            (wanted, upto),
        ).fetchone()
        if row is not None:
            found.append((row[0], row[1][:100]))
    return found


def _behind(path: Path, connection: sqlite3.Connection) -> int:
    """Return how many ids there are beyond the index."""
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM records").fetchone()
    blocks = _blocks(path, connection)
    try:
        indexed = blocks.look()
    finally:
        blocks.close()
    return int(newest if indexed is None else max(0, newest - indexed.upto))


def _blocks(path: Path, connection: sqlite3.Connection) -> BlockIndex:
    return BlockIndex(path, lambda sql, parameters: connection.execute(sql, parameters).fetchall())
