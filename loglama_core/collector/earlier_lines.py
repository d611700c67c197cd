"""What is stored of a file's earlier generation: lines that a rewritten file still holds are not stored again.

An editor that saves, or somebody who takes the last line off, leaves a file whose bytes before the offset are no longer
those that were stored, yet most of its lines are.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loglama_core.model import RecordFlag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loglama_core.model import Batch, RecordRow
    from loglama_core.store.repeated_rows import StoredLine

MOST_BYTES = 64 << 20
"""Length of an earlier generation up to which its lines are held against the new one's: 60 MB of hashes."""


class EarlierLines:
    """The lines of a generation stored up to offset ``upto``.

    A line is the same at the same offset, or with the same time of its own at any. ``is_kept``: the new file is at
    least half as long as the old one was, so that also lines without a time are the same and not a service's new
    greeting.
    """

    def __init__(self, lines: Iterable[StoredLine], *, upto: int, is_kept: bool) -> None:
        self._upto = upto
        self._is_kept = is_kept
        self._by_offset: dict[int, int] = {}
        self._by_time: Counter[int] = Counter()
        for offset, time_ns, severity, message, flags in lines:
            self._by_offset[offset] = hash((severity, message))
            if not flags & RecordFlag.TIME_INFERRED:
                self._by_time[hash((time_ns, severity, message))] += 1

    def leave_out(self, batch: Batch) -> bool:
        """Take the lines that are stored out of the batch; returns whether more may follow."""
        begin = 1 if batch.replaces_last else 0
        fresh = [row for row in batch.rows[begin:] if not self._is_stored(row)]
        if batch.rows and (not fresh or fresh[-1] is not batch.rows[-1]):
            batch.open_record = False
        batch.rows[begin:] = fresh
        return batch.more or batch.end < self._upto

    def _is_stored(self, row: RecordRow) -> bool:
        time_ns, severity, _, _, message, _, offset, flags, _ = row
        if flags & RecordFlag.TIME_INFERRED:
            return self._is_kept and self._by_offset.get(offset) == hash((severity, message))
        moment = hash((time_ns, severity, message))
        if not self._by_time[moment]:
            return False
        self._by_time[moment] -= 1
        return True
