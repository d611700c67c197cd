"""The stretch of time that a search looks at: the last so-and-so long, or from one moment to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from loglama_core.query.query_text import query_text
from loglama_core.query.tree import TimeRange
from loglama_tui.widgets.moment import day_form

SECOND_NS = 1_000_000_000


@dataclass(slots=True, frozen=True)
class TimeSpan:
    """``last_s``: seconds back from now; else ``[since_ns, until_ns)``, an open side being ``None``."""

    last_s: int | None = None
    since_ns: int | None = None
    until_ns: int | None = None

    def range(self, now_ns: int) -> TimeRange | None:
        """Return what the query must contain; ``None`` when all time is searched."""
        if self.last_s is not None:
            return TimeRange(since_ns=now_ns - self.last_s * SECOND_NS)
        if self.since_ns is None and self.until_ns is None:
            return None
        return TimeRange(self.since_ns, self.until_ns)

    def within(self, bounds: tuple[int, int], now_ns: int) -> tuple[int, int]:
        """Return the moments between which there can be hits, given the oldest and the newest record's time."""
        since = now_ns - self.last_s * SECOND_NS if self.last_s is not None else self.since_ns
        until = now_ns if self.last_s is not None else self.until_ns
        first = bounds[0] if since is None else since
        return first, max(first + 1, bounds[1] + 1 if until is None else until)

    def query_terms(self) -> str:
        """Return the span as terms of a query text, empty for all time."""
        if self.last_s is not None:
            return f"since:{self.last_s}s" if self.last_s % 60 else f"since:{self.last_s // 60}m"
        return query_text(self.range(0))

    def label(self, now_ns: int, zone: tzinfo | None) -> str:
        """Return the span as a person would say it."""
        if self.last_s is not None:
            return f"last {_length(self.last_s)}"
        since, until = self.since_ns, self.until_ns
        if since is None and until is None:
            return "all time"
        today = _moment(now_ns, zone).date()
        # A second is told apart where the span is short, a day where it is not today.
        fine = since is not None and until is not None and until - since < 600 * SECOND_NS
        clock = "%H:%M:%S" if fine else "%H:%M"
        moments = [_moment(at, zone) for at in (since, until) if at is not None]
        form = day_form((moment.date() for moment in moments), today)
        shown = [f"{moment:{clock if moment.date() == today else f'{form} {clock}'}}" for moment in moments]
        if since is None:
            return f"until {shown[0]}"
        if until is None:
            return f"since {shown[0]}"
        same_day = moments[0].date() == moments[1].date()
        return f"{shown[0]} – {shown[1].split()[-1] if same_day else shown[1]}"


LAST: tuple[TimeSpan, ...] = (
    TimeSpan(),
    TimeSpan(900),
    TimeSpan(3600),
    TimeSpan(21_600),
    TimeSpan(86_400),
    TimeSpan(604_800),
)
"""What the menu of spans offers."""


def _length(seconds: int) -> str:
    for size, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds % size == 0 and seconds >= size * (2 if size == 86_400 else 1):
            number = seconds // size
            return "hour" if (number, name) == (1, "h") else f"{number} {name}"
    return f"{seconds} s"


def _moment(time_ns: int, zone: tzinfo | None) -> datetime:
    """Return a moment in a zone; the ends of the calendar stand for what lies beyond them."""
    try:
        return datetime.fromtimestamp(time_ns / SECOND_NS, zone)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0 if time_ns < 0 else 253_000_000_000, zone)
