"""A point in time as a person reads it: whole, on the clock and in UTC."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_NS = 1_000_000_000


DAY, DATE = "%m-%d", "%Y-%m-%d"
"""Forms of a day of this year, and of any."""
DAY_WIDTHS = {"": 0, DAY: 6, DATE: 11}
"""Cells of a day in that form and the blank after it."""


def day_form(days: Iterable[date], today: date) -> str:
    """Return the form in which days can be told apart: empty when all are today, with the year in other years."""
    form = ""
    for day in days:
        if day.year != today.year:
            return DATE
        if day != today:
            form = DAY
    return form


def days_of(times_ns: Iterable[int], zone: tzinfo | None) -> list[date]:
    """Return the days of moments, without those beyond the calendar."""
    days = []
    for time_ns in times_ns:
        with suppress(OverflowError, ValueError, OSError):
            days.append(datetime.fromtimestamp(time_ns / _SECOND_NS, zone).date())
    return days


def local_time(time_ns: int, zone: tzinfo | None) -> str:
    """Return date, time and offset in ``zone`` (``None``: the machine's), as ``2026-11-01 12:03:45.137 +01:00``."""
    moment = _moment(time_ns)
    if moment is None:
        return f"{time_ns} ns since 1970"
    try:
        local = moment.astimezone(zone)
    except (OverflowError, ValueError):  # the first or last day of the calendar
        return utc_time(time_ns)
    return f"{local:%Y-%m-%d %H:%M:%S}{_fraction(time_ns)} {local.isoformat()[-6:]}"


def utc_time(time_ns: int) -> str:
    """Return the time in UTC, as ``2026-11-01 11:03:45.137Z``."""
    moment = _moment(time_ns)
    if moment is None:
        return f"{time_ns} ns since 1970"
    return f"{moment:%Y-%m-%d %H:%M:%S}{_fraction(time_ns)}Z"


def duration(ns: int, *, whole_seconds: bool = False) -> str:
    """Return a length of time in at most eight cells."""
    if whole_seconds and ns < 60_000_000_000:
        return f"{ns // 1_000_000_000} s"
    if ns < 1_000_000:
        return f"{ns / 1e3:.0f} µs"
    if ns < 10_000_000:
        return f"{ns / 1e6:.1f} ms"
    if ns < 1_000_000_000:
        return f"{ns / 1e6:.0f} ms"
    if ns < 60_000_000_000:
        return f"{ns / 1e9:.2f} s"
    minutes, seconds = divmod(ns // 1_000_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24:02d}h" if hours < 24_000 else f"{hours // 24} d"
    return f"{hours}h {minutes:02d}m" if hours else f"{minutes}m {seconds:02d}s"


def _moment(time_ns: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=time_ns // _SECOND_NS)
    except OverflowError:
        return None


def _fraction(time_ns: int) -> str:
    """Return the fraction of the second in 3, 6 or 9 digits, the fewest that lose nothing."""
    nanoseconds = time_ns % _SECOND_NS
    if nanoseconds % 1_000_000 == 0:
        return f".{nanoseconds // 1_000_000:03d}"
    if nanoseconds % 1_000 == 0:
        return f".{nanoseconds // 1_000:06d}"
    return f".{nanoseconds:09d}"
