"""The last ten minutes as bars: counted whole now and then, its newest end every second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_tui.widgets.histogram import Bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.reader_thread import Stale

SPAN_S = 600
_SECOND = 1_000_000_000
_WHOLE_S = 30.0
"""The whole span is counted again this often, for late records; cheap ones (below ``_CHEAP_S``) every time."""
_CHEAP_S = 0.02
_DEAR_S = 0.3
"""A count that costs more than this is made by the minute from then on: those counts are kept by the store."""
_NEWEST_BARS = 3


@dataclass(eq=False, repr=False)
class ActivityCounted(Message):
    """Bars of the span that ends at ``end_ns``, oldest first; ``recent``: it ends now, not at the newest record."""

    bars: list[Bar]
    end_ns: int
    recent: bool


class Activity:
    """Counts for one query and a number of columns; ``count`` runs in a reader's thread."""

    def __init__(
        self, query: Node | None, columns: int, clock: Callable[[], int], post: Callable[[Message], object]
    ) -> None:
        self._query = query
        self._clock = clock
        self._post = post
        self._step = -(-SPAN_S // max(1, min(columns, 300))) * _SECOND
        self._counted: dict[int, Bar] = {}
        self._whole_at = 0.0
        self._whole_cost = 0.0

    def count(self, reader: RecordReader, stale: Stale) -> None:
        """Count what is due and post the bars."""
        now = self._clock()
        end, recent = self._end(reader, now)
        if self._whole_cost > _DEAR_S:
            self._step = 60 * _SECOND
            self._counted.clear()
            self._whole_cost = 0.0
        until = -(-end // self._step) * self._step
        since = until + -SPAN_S * _SECOND // self._step * self._step
        started = time.monotonic()
        whole = not self._counted or self._whole_cost < _CHEAP_S or started - self._whole_at > _WHOLE_S
        first = since if whole else max(since, until - _NEWEST_BARS * self._step)
        buckets = reader.counts_over_time(self._query, since_ns=first, until_ns=until, step_ns=self._step)
        if whole:
            self._counted.clear()
            self._whole_at, self._whole_cost = started, time.monotonic() - started
        for bucket in buckets:
            self._counted[bucket.time_ns] = Bar.of(bucket.counts)
        if not stale():
            empty = Bar(0, 0, 0)
            bars = [self._counted.get(at, empty) for at in range(since, until, self._step)]
            self._post(ActivityCounted(bars, end, recent))

    def _end(self, reader: RecordReader, now: int) -> tuple[int, bool]:
        """Return the end of the span: now, or the newest record when nothing happened since."""
        bounds = reader.time_bounds()
        if bounds is None or now - SPAN_S * _SECOND <= bounds[1]:
            return now, True
        return bounds[1] + 1, False
