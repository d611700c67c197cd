"""The planner: whether the search index says where to look, or the records are read in the order of their times."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from loglama_core.store.block_scan import BlockScan, FoundBlocks
from loglama_core.store.search_database import BLOCK_RECORDS
from loglama_core.store.time_scan import FIRST_NS, LAST_NS, Selection, TimeScan
from loglama_core.store.trigrams import match_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglama_core.store.block_index import Indexed, Probe
    from loglama_core.store.plan import Plan
    from loglama_core.store.read_connection import ReadConnection
    from loglama_core.store.time_scan import ScannedWindow

_FEW_RECORDS = 50_000
"""To read so many takes 6-25 ms: the index is not asked."""

_MOST_BEHIND = 400_000
"""Records that are not indexed yet: to read more of them takes longer than the first hits may."""

_PROBED_BLOCKS = 1_024
"""Finding them takes 1-3 ms, however common the text is; reading them 6 ms."""

_DENSE = 2
"""A text in every second block or more is common: reading everything, side by side, is as quick."""

_FIRST_HITS = 500
_FIRST_SECONDS = 0.03
"""So many hits, or so long, of a text that is in many blocks are read by time, before all its blocks are listed."""


def record_scan(connection: ReadConnection, plan: Plan, selection: Selection) -> TimeScan | BlockScan | DenseScan:
    """Return the quickest way to read what a plan finds.

    Milliseconds on 10 million records, blocks / by time: a text that is in 103 of them 6 / 2,400; in 28 % of the blocks
    1,100 / 2,400; in nearly all 4,200 / 2,600.
    """
    found = _Lookup.of(connection, plan)
    if found is None:
        return TimeScan(connection, plan, selection)
    if not selection.is_aggregate and not found.probe.whole:
        return DenseScan(connection, plan, found, selection)
    blocks = found.blocks()
    return TimeScan(connection, plan, selection) if blocks is None else BlockScan(connection, plan, blocks, selection)


def block_scan(connection: ReadConnection, plan: Plan, selection: Selection) -> BlockScan | None:
    """Return the scan of the blocks that the search index names, ``None`` if it is not worth asking."""
    found = _Lookup.of(connection, plan)
    blocks = None if found is None else found.blocks()
    return None if blocks is None else BlockScan(connection, plan, blocks, selection)


class DenseScan:
    """The records of a text that is in many blocks: its first hits by time, which come at once, the rest by blocks."""

    def __init__(self, connection: ReadConnection, plan: Plan, found: _Lookup, selection: Selection) -> None:
        self._connection, self._plan, self._found, self._selection = connection, plan, found, selection

    def windows(self) -> Iterator[ScannedWindow]:
        """Yield the windows in the order asked for."""
        hits, selection = 0, self._selection
        started = time.perf_counter()
        by_time = TimeScan(self._connection, self._plan, selection)
        for window in by_time.windows():
            yield window
            hits += len(window.rows)
            selection = selection._replace(after=window.end)
            if hits >= _FIRST_HITS or time.perf_counter() - started > _FIRST_SECONDS:
                break
        else:
            return
        blocks = self._found.blocks()
        if blocks is None:
            yield from TimeScan(self._connection, self._plan, selection).windows()
        else:
            yield from BlockScan(self._connection, self._plan, blocks, selection).windows()


class _Lookup(NamedTuple):
    """What the search index says of a plan that it is worth asking about."""

    connection: ReadConnection
    plan: Plan
    indexed: Indexed
    expression: str
    probe: Probe
    newest_id: int

    @classmethod
    def of(cls, connection: ReadConnection, plan: Plan) -> _Lookup | None:
        """Ask the index; ``None`` if reading by time is quicker, or the index cannot be used."""
        expression = match_expression(plan.required)
        if expression is None or plan.impossible:
            return None
        by_time = TimeScan(connection, plan, Selection("id"))
        if plan.is_limited and by_time.records_to_read(_FEW_RECORDS) <= _FEW_RECORDS:
            return None
        newest_id = connection.value("SELECT max(id) FROM records") or 0
        if newest_id - (connection.value("SELECT min(id) FROM records") or 0) < _FEW_RECORDS:
            return None
        indexed = connection.blocks.look()
        if indexed is None or newest_id - indexed.upto > _MOST_BEHIND:
            return None
        probe = connection.ask_blocks(lambda blocks: blocks.probe(indexed, expression, _PROBED_BLOCKS))
        if probe is None or (not probe.whole and len(probe.blocks) * _DENSE > probe.span):
            return None
        reads = len(probe.blocks) * BLOCK_RECORDS
        if plan.is_limited and by_time.records_to_read(reads // 4) <= reads // 4:
            return None
        return cls(connection, plan, indexed, expression, probe, newest_id)

    def blocks(self) -> FoundBlocks | None:
        """Return every block to read, ``None`` if the index failed."""
        plan = self.plan
        first_ns = FIRST_NS if plan.since_ns is None else max(FIRST_NS, plan.since_ns)
        last_ns = LAST_NS if plan.until_ns is None else min(LAST_NS, plan.until_ns - 1)
        found = self.connection.ask_blocks(
            lambda blocks: blocks.blocks(self.indexed, self.expression, first_ns, last_ns, known=self.probe)
        )
        return None if found is None else FoundBlocks(self.indexed, found, self.newest_id)
