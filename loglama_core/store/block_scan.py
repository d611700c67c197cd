"""Reading the blocks of records in which the search index says that a text may be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from loglama_core.store.predicate import Predicate
from loglama_core.store.record_reader import Position
from loglama_core.store.search_database import BLOCK_RECORDS
from loglama_core.store.time_scan import FIRST_NS, LAST_NS, ScannedWindow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loglama_core.store.block_index import Block, Indexed
    from loglama_core.store.plan import Plan
    from loglama_core.store.read_connection import ReadConnection
    from loglama_core.store.time_scan import Selection

_FIRST_BLOCKS, _MOST_BLOCKS = 32, 8_192
_WINDOW_SECONDS = 0.03
_BEHIND_RECORDS = 65_536
"""Records read at a time of those the index does not know yet."""


class FoundBlocks(NamedTuple):
    """What to read: ``blocks`` that may hold a match, besides all that the index does not know."""

    indexed: Indexed
    blocks: list[Block]
    newest_id: int


class BlockScan:
    """The records of some blocks that a plan finds, newest or oldest first.

    A block is done with when no block that comes later can hold a record before its own: what was found is held back
    until then, so that the order is right although records did not arrive in the order of their times.
    """

    def __init__(self, connection: ReadConnection, plan: Plan, found: FoundBlocks, selection: Selection) -> None:
        self._connection = connection
        self._plan = plan
        self._found = found
        self._selection = selection
        self._size = _FIRST_BLOCKS

    def windows(self) -> Iterator[ScannedWindow]:
        """Yield the windows in the order asked for."""
        newest_first = self._selection.newest_first
        blocks = sorted(self._found.blocks, key=lambda block: -block.newest_ns if newest_first else block.oldest_ns)
        held = [row for spans in self._behind() for row in self._read(spans)]
        at = 0
        while True:
            bound = None if at == len(blocks) else blocks[at].newest_ns if newest_first else blocks[at].oldest_ns
            ready, held = self._released(held, bound)
            if bound is None:
                yield self._window(ready, self._end())
                return
            yield self._window(ready, bound + 1 if newest_first else bound)
            end = min(at + self._size, len(blocks))
            held += self._read_adapting([block.number for block in blocks[at:end]])
            at = end

    def id_windows(self) -> Iterator[tuple[list[tuple[Any, ...]], int]]:
        """Yield rows, newest id first, each time with the id down to which all is read; the second column is the id."""
        numbers = sorted({block.number for block in self._found.blocks} | self._behind_blocks())
        upto = self._found.indexed.upto
        for low, high in reversed(list(_ranges(upto + 1, self._found.newest_id))):
            yield self._read([(low, high)]), low
        while numbers:
            taken = numbers[-self._size :]
            del numbers[-self._size :]
            yield self._read_adapting(taken), numbers[-1] * BLOCK_RECORDS if numbers else 0

    def _behind(self) -> Iterator[list[tuple[int, int]]]:
        """Yield the ranges of ids that the index does not know."""
        if behind := self._behind_blocks():
            yield _spans(list(behind))
        for span in _ranges(self._found.indexed.upto + 1, self._found.newest_id):
            yield [span]

    def _behind_blocks(self) -> set[int]:
        return {record_id // BLOCK_RECORDS for record_id in self._found.indexed.replaced}

    def _released(
        self, rows: list[tuple[Any, ...]], bound: int | None
    ) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Split rows into those that no block still to be read can precede, in order, and the others."""
        if self._selection.is_aggregate:
            return rows, []
        ordered = sorted(dict.fromkeys(rows), key=lambda row: row[:2], reverse=self._selection.newest_first)
        if bound is not None and self._selection.newest_first:
            count = sum(row[0] > bound for row in ordered)
        elif bound is not None:
            count = sum(row[0] < bound for row in ordered)
        else:
            count = len(ordered)
        return [row[2:] for row in ordered[:count]], ordered[count:]

    def _window(self, rows: list[tuple[Any, ...]], searched_to_ns: int) -> ScannedWindow:
        end = Position(searched_to_ns, 0) if self._selection.newest_first else Position(searched_to_ns - 1, LAST_NS)
        return ScannedWindow(rows, searched_to_ns, end)

    def _end(self) -> int:
        limit = self._plan.since_ns if self._selection.newest_first else self._plan.until_ns
        if limit is not None:
            return limit
        return FIRST_NS if self._selection.newest_first else LAST_NS

    def _read_adapting(self, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
        started = time.perf_counter()
        rows = self._read(_spans(numbers))
        seconds = time.perf_counter() - started
        if seconds < _WINDOW_SECONDS / 2:
            self._size = min(_MOST_BLOCKS, self._size * 4)
        elif seconds > 2 * _WINDOW_SECONDS:
            self._size = max(1, self._size // 2)
        return rows

    def _read(self, spans: Sequence[tuple[int, int]]) -> list[tuple[Any, ...]]:
        plan, selection = self._plan, self._selection
        limits = [_time_limits(plan), *_beyond(selection.after, newest_first=selection.newest_first), plan.predicate]
        where = " AND ".join(limit.sql for limit in limits)
        columns = selection.columns if selection.is_aggregate else f"time_ns, id, {selection.columns}"
        sql = (
            f"SELECT {columns} FROM (SELECT value ->> 0 AS low, value ->> 1 AS high FROM json_each(?)) AS span"
            f" CROSS JOIN records ON records.id BETWEEN low AND high WHERE {where} {selection.tail('')}"
        )
        parameters = (
            *selection.parameters,
            orjson.dumps(spans).decode(),
            *(parameter for limit in limits for parameter in limit.parameters),
        )
        return self._connection.rows(selection.summarised(sql), parameters)


def _time_limits(plan: Plan) -> Predicate:
    sql, parameters = ["1"], []
    for symbol, limit in ((">=", plan.since_ns), ("<", plan.until_ns)):
        if limit is not None:
            sql.append(f"time_ns {symbol} ?")
            parameters.append(max(FIRST_NS, min(LAST_NS, limit)))
    return Predicate(" AND ".join(sql), tuple(parameters))


def _beyond(after: Position | None, *, newest_first: bool) -> list[Predicate]:
    if after is None:
        return []
    return [Predicate(f"(time_ns, records.id) {'<' if newest_first else '>'} (?, ?)", (after.time_ns, after.id))]


def _ranges(first: int, last: int) -> Iterator[tuple[int, int]]:
    for low in range(first, last + 1, _BEHIND_RECORDS):
        yield low, min(last, low + _BEHIND_RECORDS - 1)


def _spans(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return blocks as ranges of ids, those side by side as one."""
    spans: list[tuple[int, int]] = []
    for number in sorted(numbers):
        low = number * BLOCK_RECORDS
        if spans and spans[-1][1] == low - 1:
            spans[-1] = spans[-1][0], low + BLOCK_RECORDS - 1
        else:
            spans.append((low, low + BLOCK_RECORDS - 1))
    return spans
