"""How fast records arrive, seen from the store: whoever collects them."""

from __future__ import annotations

from collections import deque

_SPAN_S = 5.0


class ArrivalRate:
    """Records per second over the last five seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, at: float, newest_id: int) -> None:
        """Note that at a moment (monotonic seconds) the newest record had an id."""
        self._seen.append((at, newest_id))

    def per_second(self, now: float) -> float:
        """Return the rate; 0 when nothing arrived."""
        while self._seen and now - self._seen[0][0] > _SPAN_S:
            self._seen.popleft()
        if len(self._seen) < 2:
            return 0.0
        (start, first), (_, last) = self._seen[0], self._seen[-1]
        return (last - first) / max(1.0, now - start)
