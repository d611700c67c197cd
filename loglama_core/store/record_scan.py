"""The planner: whether the search index says where to look, or the records are read in the order of their times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglama_core.store.block_scan import BlockScan, FoundBlocks
from loglama_core.store.search_database import BLOCK_RECORDS
from loglama_core.store.time_scan import FIRST_NS, LAST_NS, Selection, TimeScan
from loglama_core.store.trigrams import match_expression

if TYPE_CHECKING:
    from loglama_core.store.plan import Plan
    from loglama_core.store.read_connection import ReadConnection

_FEW_RECORDS = 50_000
"""To read so many takes 6-25 ms: the index is not asked."""

_MOST_BEHIND = 400_000
"""Records that are not indexed yet: to read more of them takes longer than the first hits may."""

_PROBED_BLOCKS = 4_096
"""Finding them takes 2-6 ms, however common the text is; reading them 25 ms."""

_DENSE, _DENSE_TO_COUNT = 4, 2
"""A text in every fourth block or more is common: its first hits come at once when everything is read side by side,
while the list of all blocks takes 0.4 us for each. What is only counted has no first hit."""


def record_scan(connection: ReadConnection, plan: Plan, selection: Selection) -> TimeScan | BlockScan:
    """Return the quickest way to read what a plan finds.

    Milliseconds on 10 million records, blocks / by time: a text that is in 103 of them 2 / 1,900; in 28 % of the blocks
    700 / 1,900; in all 2,500 / 1,900.
    """
    found = _found_blocks(connection, plan, selection)
    return TimeScan(connection, plan, selection) if found is None else BlockScan(connection, plan, found, selection)


def block_scan(connection: ReadConnection, plan: Plan, selection: Selection) -> BlockScan | None:
    """Return the scan of the blocks that the search index names, ``None`` if it is not worth asking."""
    found = _found_blocks(connection, plan, selection)
    return None if found is None else BlockScan(connection, plan, found, selection)


def _found_blocks(connection: ReadConnection, plan: Plan, selection: Selection) -> FoundBlocks | None:
    expression = match_expression(plan.required)
    if expression is None or plan.impossible:
        return None
    if plan.is_limited and TimeScan(connection, plan, Selection("id")).records_to_read(_FEW_RECORDS) <= _FEW_RECORDS:
        return None
    newest_id = connection.value("SELECT max(id) FROM records") or 0
    if newest_id - (connection.value("SELECT min(id) FROM records") or 0) < _FEW_RECORDS:
        return None
    indexed = connection.blocks.look()
    if indexed is None or newest_id - indexed.upto > _MOST_BEHIND:
        return None
    probed = connection.ask_blocks(lambda blocks: blocks.probe(indexed, expression, _PROBED_BLOCKS))
    dense = _DENSE_TO_COUNT if selection.is_aggregate else _DENSE
    if probed is None or (probed[0] >= _PROBED_BLOCKS and probed[0] * dense > probed[1]):
        return None
    first_ns = FIRST_NS if plan.since_ns is None else max(FIRST_NS, plan.since_ns)
    last_ns = LAST_NS if plan.until_ns is None else min(LAST_NS, plan.until_ns - 1)
    found = connection.ask_blocks(lambda blocks: blocks.blocks(indexed, expression, first_ns, last_ns))
    if found is None:
        return None
    if plan.is_limited:
        reads = len(found) * BLOCK_RECORDS
        if TimeScan(connection, plan, Selection("id")).records_to_read(reads // 4) <= reads // 4:
            return None
    return FoundBlocks(indexed, found, newest_id)
