"""Whether the day or the month stands first where both orders are in use: 03/04/2026 is 3 April in most countries."""

from __future__ import annotations

from datetime import date

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_NS = 86_400 * 10**9
_RECENT_DAYS = 45
"""A source is mostly read while it is written or when it was rotated: of two dates the recent one is meant."""


class DateOrder:
    """Knows the order of one source's stamps of one form, as far as they told it.

    A day over 12 tells the order for all that follow. Until one comes, a date is the one next to the date before it;
    the first is the usual one of its form, unless that lies after ``reference_ns``, when the source was last written,
    or the other lies shortly before it, and nearer. ``previous_ns``: the time of the last record, if there is one.
    """

    def __init__(self, reference_ns: int, previous_ns: int | None) -> None:
        self._latest = _EPOCH_DAY + reference_ns // _DAY_NS + 1
        self._last = None if previous_ns is None else _EPOCH_DAY + previous_ns // _DAY_NS
        self._is_other: bool | None = None

    def month_and_day(self, year: int, month: int, day: int) -> tuple[int, int]:
        """Return what of ``month`` and ``day``, read in the usual order of the form, is which."""
        if month > 12 >= day:
            self._is_other = True
        elif day > 12:
            self._is_other = False
        is_other = self._guess(year, month, day) if self._is_other is None else self._is_other
        if is_other and day <= 12:
            month, day = day, month
        self._last = _ordinal(year, month, day) or self._last
        return month, day

    def _guess(self, year: int, month: int, day: int) -> bool:
        usual, other = _ordinal(year, month, day), _ordinal(year, day, month)
        if usual is None or other is None:
            return usual is None
        if self._last is not None:
            return abs(other - self._last) < abs(usual - self._last)
        if max(usual, other) > self._latest:
            return other <= self._latest
        return usual < other and self._latest - other <= _RECENT_DAYS


def _ordinal(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None
