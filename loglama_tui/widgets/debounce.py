"""What follows a cursor, done at once for one key and only at the end for a key that is held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer
    from textual.widget import Widget

DEBOUNCE_S = 0.08
"""A held key repeats every 30 to 40 ms: a record drawn anew for each took three quarters of its bytes."""


class Debounce:
    """Calls at once when the call before is some time ago, else when nothing more was asked for that long."""

    def __init__(self, owner: Widget) -> None:
        self._owner = owner
        self._timer: Timer | None = None
        self._asked_at = 0.0

    def call(self, callback: Callable[[], object]) -> None:
        """Call it now or soon; what waited to be called is given up."""
        now, before = time.monotonic(), self._asked_at
        self._asked_at = now
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if now - before > DEBOUNCE_S:
            callback()
        else:
            self._timer = self._owner.set_timer(DEBOUNCE_S, callback)
