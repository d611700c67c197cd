"""When the next scheduled pass is due: at whole intervals after the first, never late by what the last one took."""

from __future__ import annotations

import math


class PassSchedule:
    """Passes at ``begin``, ``begin`` + ``interval_s``, … on the monotonic clock, for one thread.

    A pass that outlasts the interval makes the times it slept through fall away: passes neither pile up nor overlap,
    and the next one is at a whole interval again.
    """

    def __init__(self, interval_s: float, begin: float) -> None:
        self._interval_s = interval_s
        self._begin = begin
        self._next = begin

    def is_due(self, now: float) -> bool:
        """Tell whether a pass is due; it then counts as begun."""
        if now < self._next:
            return False
        passed = math.floor((now - self._begin) / self._interval_s) + 1
        self._next = self._begin + passed * self._interval_s
        return True
