"""Finding the ids of matching records, newest first, in portions a caller can show progress between."""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING

from loglama_core.store.record_reader import FoundIds, Position
from loglama_core.store.record_scan import block_scan, record_scan
from loglama_core.store.time_scan import Selection, TimeScan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglama_core.store.plan import Plan
    from loglama_core.store.read_connection import ReadConnection

_REPORT_SECONDS = 0.03
"""Small windows are reported together: a report costs the caller a message to its screen."""

_FIRST_PAGE = 500
"""Hits that are reported as soon as there are so many: more than a screen, and the first are never waited for."""

_FIRST_IDS = 4_096
_MOST_IDS = 200_000
_WINDOW_SECONDS = 0.04

_SORTABLE_RECORDS = 300_000
"""Records that may be read in event order and sorted by arrival in one go (about 100 ms)."""


def ids_by_time(
    connection: ReadConnection, plan: Plan, *, newest_first: bool = True, after: Position | None = None
) -> Iterator[FoundIds]:
    """Yield the ids a plan finds in event-time order, beyond ``after``."""
    found: array[int] = array("q")
    reported, total, searched_to_ns = time.perf_counter(), 0, 0
    scan = record_scan(connection, plan, Selection("id", newest_first=newest_first, after=after))
    for window in scan.windows():
        found.extend(row[0] for row in window.rows)
        searched_to_ns = window.searched_to_ns
        is_first = total == 0 < len(found) or total < _FIRST_PAGE <= total + len(found)
        if is_first or time.perf_counter() - reported > _REPORT_SECONDS:
            yield FoundIds(found, searched_to_ns, 0, done=False)
            total += len(found)
            found, reported = array("q"), time.perf_counter()
    yield FoundIds(found, searched_to_ns, 0, done=True)


def ids_by_arrival(connection: ReadConnection, plan: Plan, *, below_id: int | None = None) -> Iterator[FoundIds]:
    """Yield the ids a plan finds in arrival order, newest first, below ``below_id``."""
    oldest, newest = connection.rows("SELECT (SELECT min(id) FROM records), (SELECT max(id) FROM records)")[0]
    if newest is None or plan.impossible:
        yield FoundIds(array("q"), 0, 0, done=True)
        return
    high = newest if below_id is None else min(newest, below_id - 1)
    if plan.everything and plan.since_ns is None and plan.until_ns is None:
        yield from _windows(connection, "1", (), high, oldest)
        return
    blocks = block_scan(connection, plan, Selection("id"))
    if blocks is not None:
        for rows, searched_to in blocks.id_windows():
            ids = sorted((row[1] for row in rows if row[1] <= high), reverse=True)
            yield FoundIds(array("q", ids), 0, searched_to, done=False)
        yield FoundIds(array("q"), 0, oldest, done=True)
        return
    candidates = TimeScan(connection, plan, Selection("id")).records_to_read(_SORTABLE_RECORDS)
    if candidates <= _SORTABLE_RECORDS < high - oldest:
        ids = sorted(
            (found for part in ids_by_time(connection, plan) for found in part.ids if found <= high), reverse=True
        )
        yield FoundIds(array("q", ids), 0, oldest, done=True)
        return
    condition, parameters = arrival_condition(plan)
    yield from _windows(connection, condition, parameters, high, oldest)


def arrival_condition(plan: Plan) -> tuple[str, tuple[str | int | float, ...]]:
    """Return the plan's condition with its time range, for reading in arrival order."""
    sql, parameters = plan.predicate.sql, plan.predicate.parameters
    for symbol, limit in ((">=", plan.since_ns), ("<", plan.until_ns)):
        if limit is not None:
            sql, parameters = f"time_ns {symbol} ? AND {sql}", (max(-(2**63), min(2**63 - 1, limit)), *parameters)
    return sql, parameters


def _windows(
    connection: ReadConnection, condition: str, parameters: tuple[str | int | float, ...], high: int, oldest: int
) -> Iterator[FoundIds]:
    sql = f"SELECT id FROM records NOT INDEXED WHERE id BETWEEN ? AND ? AND {condition} ORDER BY id DESC"
    size = _FIRST_IDS
    while high >= oldest:
        started = time.perf_counter()
        low = max(oldest, high - size + 1)
        found = array("q", [row[0] for row in connection.rows(sql, (low, high, *parameters))])
        seconds = time.perf_counter() - started
        yield FoundIds(found, 0, low, done=low == oldest)
        high = low - 1
        if seconds < _WINDOW_SECONDS / 2:
            size = min(_MOST_IDS, size * 4)
        elif seconds > 2 * _WINDOW_SECONDS:
            size = max(_FIRST_IDS // 4, size // 2)
        if low == oldest:
            return
    yield FoundIds(array("q"), 0, oldest, done=True)
