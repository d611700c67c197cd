"""The bars over Live: the last ten minutes, and whether the log follows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from loglama_tui.widgets.histogram import Bar, Caption, Histogram
from loglama_tui.widgets.moment import DATE, day_form

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo


class ActivityBars(Histogram):
    """Two rows of bars; beside them what they span and whether the log follows."""

    def __init__(self, zone: tzinfo | None, now: Callable[[], int]) -> None:
        super().__init__(bar_rows=2, caption_width=16, id="activity")
        self._zone = zone
        self._now = now
        self._span = "last 10 min"
        self._following = True

    def show_span(self, bars: Sequence[Bar], *, end_ns: int | None) -> None:
        """Draw bars that end now, or at ``end_ns``: the newest record of a store that nothing is written to."""
        self._span = "last 10 min" if end_ns is None else self._until(end_ns)
        self.show(bars)
        self._write()

    def show_following(self, *, following: bool) -> None:
        """Say whether the log follows."""
        self._following = following
        self._write()

    def _until(self, end_ns: int) -> str:
        end = datetime.fromtimestamp(end_ns / 1e9, self._zone)
        today = datetime.fromtimestamp(self._now() / 1e9, self._zone).date()
        form = day_form([end.date()], today)
        return f"to {end:{form}}" if form == DATE else f"to {end:{form} %H:%M}" if form else f"10 min to {end:%H:%M}"

    def _write(self) -> None:
        state = Caption("● following", "good") if self._following else Caption("‖ paused", "warning")
        self.caption(Caption(self._span, "dim"), state)
